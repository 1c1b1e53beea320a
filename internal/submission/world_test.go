package submission

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leitportal/internal/audit"
	"leitportal/internal/blob"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/id"
	"leitportal/internal/job"
	"leitportal/internal/ledger"
	"leitportal/internal/place"
	"leitportal/internal/seal"
	"leitportal/internal/seal/sealtest"
	"leitportal/internal/solution"
	"leitportal/internal/tenant"
	"leitportal/solutions"
)

const (
	paderborn = "057740032032"
	aachen    = "053340002002"
	keep      = 30 * 24 * time.Hour
)

// world is the room with the rooms to its right faked.
type world struct {
	*Service
	clock    *clock.Manual
	key      *rsa.PrivateKey
	enqueued atomic.Int64 // hand-overs
	offers   atomic.Int64 // calls of Prepare

	folderPath string // of uploads
}

type catalogs struct {
	solutions *solution.Catalog
	program   *form.Program
	atlas     *place.Atlas
}

var loaded = sync.OnceValues(func() (c catalogs, err error) {
	if c.solutions, err = solution.Load(solutions.Files()); err != nil {
		return c, err
	}
	v, err := c.solutions.Solution("hundesteuer")
	if err != nil {
		return c, err
	}
	def, err := form.Load(v.Files())
	if err != nil {
		return c, err
	}
	types := map[string]form.ParamType{}
	for name, typ := range v.FormTypes() {
		types[name] = typ
	}
	if c.program, err = form.Compile(def, form.Options{Params: types}); err != nil {
		return c, err
	}
	c.atlas, err = place.Load()
	return c, err
})

func rooms() []db.Migrations {
	return []db.Migrations{job.Migrations(), ledger.Migrations(), audit.Migrations(), tenant.Migrations(), solution.Migrations(), Migrations()}
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) { test(t, newWorld(t, d)) })
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{clock: clock.NewManual(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)), key: sealtest.OfficeKey(t)}
	log := slog.New(slog.DiscardHandler)
	dir, err := tenant.NewDirectory(t.Context(), c.atlas, d, w.clock, log)
	if err != nil {
		t.Fatal(err)
	}
	master, err := seal.NewMaster(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.folderPath = t.TempDir()
	blobs, err := blob.Open(w.folderPath)
	if err != nil {
		t.Fatal(err)
	}
	signer, _, err := ledger.NewSigner(rand.Reader, "test")
	if err != nil {
		t.Fatal(err)
	}
	w.Service = New(Config{
		DB: d, Clock: w.clock, IDs: id.NewSource(w.clock, rand.Reader), Rand: rand.Reader, Log: log, Master: master, Blobs: blobs,
		Ledger: ledger.New(ledger.Config{DB: d, Clock: w.clock, Log: log, Signer: signer, Holder: "test"}), Signer: signer,
		Tenants: dir, Solutions: c.solutions, Program: func(string, string) (*form.Program, error) { return c.program, nil },
		Offices: w, Delivery: w, PortalURL: "http://portal.example",
	})
	return w
}

func (w *world) Prepare(context.Context, db.Querier, string) error { w.offers.Add(1); return nil }

func (w *world) Key(context.Context, db.Querier, string) (string, *rsa.PublicKey, error) {
	return seal.Kid(&w.key.PublicKey), &w.key.PublicKey, nil
}

func (w *world) Enqueue(context.Context, db.Querier, string, string, int, bool) error {
	w.enqueued.Add(1)
	return nil
}

func (w *world) Withdrawn(context.Context, db.Querier, string, string) error { return nil }

// draft begins a draft and opens it.
func (w *world) draft(t testing.TB) (*session, ticket) {
	t.Helper()
	tk, err := w.begin(t.Context(), paderborn, "hundesteuer", "1.0.0", i18n.DE, keep)
	if err != nil {
		t.Fatal(err)
	}
	return w.reopen(t, tk), tk
}

func (w *world) reopen(t testing.TB, tk ticket) *session {
	t.Helper()
	ss, err := w.openTicket(t.Context(), paderborn, tk)
	if err == nil {
		err = w.load(t.Context(), ss)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ss
}

// desk is what a handler would have of an opened draft.
func (w *world) desk(t testing.TB, ss *session) *desk {
	t.Helper()
	d := &desk{t: w.texts.In(i18n.DE), today: clock.Today(w.clock), session: ss}
	var err error
	if d.tenant, err = w.Tenants.ByID(paderborn); err != nil {
		t.Fatal(err)
	}
	if d.offer, err = w.Solutions.Offer(paderborn, "hundesteuer", d.today); err != nil {
		t.Fatal(err)
	}
	if d.program, err = w.Program("", ""); err != nil {
		t.Fatal(err)
	}
	return d
}

// blobPath is where an upload lies.
func (w *world) blobPath(t testing.TB, id string) (path string) {
	t.Helper()
	err := filepath.WalkDir(w.folderPath, func(p string, e os.DirEntry, err error) error {
		if strings.HasPrefix(e.Name(), id) {
			path = p
		}
		return err
	})
	if err != nil || path == "" {
		t.Fatal(id, err)
	}
	return path
}

func (w *world) count(t testing.TB, sql string) (n int) {
	t.Helper()
	if err := w.DB.Read().QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (w *world) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if err := w.DB.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestTexts(t *testing.T) { i18ntest.Check(t, texts) }
