package submission

import (
	"cmp"
	"context"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"leitportal/internal/blob"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/form"
	"leitportal/internal/geomap"
	"leitportal/internal/i18n"
	"leitportal/internal/id"
	"leitportal/internal/ledger"
	"leitportal/internal/mail"
	"leitportal/internal/media"
	"leitportal/internal/pdf"
	"leitportal/internal/seal"
	"leitportal/internal/solution"
	"leitportal/internal/tenant"
	"leitportal/internal/web"
)

// Config is what the room needs.
type Config struct {
	DB      *db.DB
	Clock   clock.Clock
	IDs     *id.Source
	Rand    io.Reader
	Log     *slog.Logger
	Master  *seal.Master // wraps e-mail addresses, which the portal must read
	Blobs   *blob.Store  // sealed evidence files
	Scanner Scanner      // looks at them for malware; nil for nobody
	Ledger  *ledger.Ledger
	Signer  ledger.Signer // signs receipts
	Fonts   *pdf.Fonts    // may be nil
	Mail    mail.Sender
	Tenants *tenant.Directory
	Map     *geomap.Map // on which places are shown; nil for none
	// Solutions are the online services, Program the compiled form of each
	// version.
	Solutions *solution.Catalog
	Program   func(solution, version string) (*form.Program, error)
	// Trial is what tests run with; nil where none can be begun. Testers are the
	// roles at the desk that begin and erase tests, TestRecord puts that on record.
	Trial      Trial
	Testers    []string
	TestRecord func(ctx context.Context, tx db.Querier, e TestEvent) error
	// Read reads a draft's answers; nil for those of form.Program.
	Read     func(p *form.Program, rows iter.Seq2[string, []byte]) (*form.Answers, error)
	Offices  Offices
	Delivery Delivery
	Postbox  Postbox
	Keepers  []Keeper // the rooms to the right, which keep something of a case
	// Words is a text of any room by its key, "" for none: the purpose of an
	// access is named by the room that had it.
	Words func(lang i18n.Lang, key string) string
	// Account is the holder of who is signed in, nil for nobody; may be nil
	// itself, as long as there are no accounts.
	Account func(r *http.Request) Holder
	// Wake is called after a commit that left work behind; may be nil.
	Wake func()
	// PortalURL is the address of the portal, printed on receipts.
	PortalURL string
	// DraftsPerHour is how many drafts one network address may begin in an
	// hour, UploadsPerHour how many megabytes it may upload; 0 for the usual.
	DraftsPerHour, UploadsPerHour int
	// DiskReserve is how many megabytes of the disk uploads leave free, so that
	// answers can still be saved; 0 for the usual.
	DiskReserve int
}

// Service walks applicants from the first question to the notice.
type Service struct {
	Config
	store   Store
	guesses *web.Guesses // of resume codes and passphrases
	// stretching is what passphrases wait in, stretches how many each caller
	// has had.
	stretching *seal.Queue
	stretches  *quota
	drafts     *quota              // begun
	uploads    *quota              // bytes stored
	pictures   *quota              // of maps, asked of their server
	reserve    int64               // bytes that uploads leave free
	arriving   arrivals            // uploads in pieces, as far as this process reads them
	drawing    *semaphore.Weighted // memory for the pixels of pictures
	shelf      shelf               // sealed pages at hand
	params     sync.Map            // parameter set and form → *form.Params
	choices    choices
	texts      *i18n.Catalog
}

// New returns the room's service.
func New(c Config) *Service {
	return &Service{
		Config: c, guesses: web.NewGuesses(c.Clock, 10, 15*time.Minute), texts: Texts(),
		stretching: seal.NewQueue(2), stretches: newQuota(c.Clock, stretchesPerHour),
		drawing:  semaphore.NewWeighted(media.MaxPixels),
		drafts:   newQuota(c.Clock, int64(cmp.Or(c.DraftsPerHour, draftsPerHour))),
		reserve:  int64(cmp.Or(c.DiskReserve, diskReserve)) * 1_000_000,
		pictures: newQuota(c.Clock, mapsPerHour),
		uploads:  newQuota(c.Clock, int64(cmp.Or(c.UploadsPerHour, uploadsPerHour))*1_000_000),
	}
}

func (s *Service) wake() {
	if s.Wake != nil {
		s.Wake()
	}
	s.Ledger.Wake()
}
