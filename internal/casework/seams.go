package casework

import (
	"context"
	"embed"
	"io"

	"leitportal/internal/blob"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/form"
	"leitportal/internal/geomap"
	"leitportal/internal/id"
	"leitportal/internal/pdf"
	"leitportal/internal/seal"
	"leitportal/internal/solution"
	"leitportal/internal/staff"
	"leitportal/internal/submission"
	"leitportal/internal/tenant"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "casework", FS: migrations} }

// Office opens what was sealed to an office; delivery.Service does.
type Office interface {
	Open(ctx context.Context, tenant, kid string, jwe []byte) ([]byte, error)
}

// Postbox seals and keeps what the office writes to an applicant;
// postbox.Postbox does.
type Postbox interface {
	Put(ctx context.Context, tx db.Querier, s submission.Submission, kind submission.MessageKind, content submission.MessageContent) (string, error)
}

// Notifier tells an applicant, where an address was given, that there is
// something new, in the caller's transaction; submission.Service does.
type Notifier interface {
	Notify(ctx context.Context, tx db.Querier, tenant, submissionID string) error
}

// Colleagues tells who works at a desk; staff.Directory does.
type Colleagues interface {
	Member(ctx context.Context, tenant, id string) (staff.Member, error)
	Assignable(ctx context.Context, tenant, unit string) ([]staff.Member, error)
	Names(ctx context.Context, tenant string) (map[string]string, error)
}

// Config is what the room needs. All fields but Fonts and Wake are needed.
type Config struct {
	DB      *db.DB
	Clock   clock.Clock
	IDs     *id.Source
	Rand    io.Reader
	Master  *seal.Master // wraps the keys of the cases
	Blobs   *blob.Store  // sealed evidence files
	Fonts   *pdf.Fonts   // may be nil
	Tenants *tenant.Directory
	Map     *geomap.Map // on which places are shown; nil for none
	// Solutions are the online services, Program the compiled form of each
	// version.
	Solutions *solution.Catalog
	Program   func(solution, version string) (*form.Program, error)
	// Trial is what tests run with; may be nil.
	Trial    submission.Trial
	Office   Office
	Postbox  Postbox
	Notifier Notifier
	Staff    Colleagues
	// Wake is called after a commit that left work behind; may be nil.
	Wake func()
}
