package casework

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"leitportal/internal/audit"
	"leitportal/internal/blob"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/id"
	"leitportal/internal/job"
	"leitportal/internal/place"
	"leitportal/internal/seal"
	"leitportal/internal/seal/sealtest"
	"leitportal/internal/solution"
	"leitportal/internal/staff"
	"leitportal/internal/submission"
	"leitportal/internal/tenant"
	"leitportal/solutions"
)

const (
	paderborn = "057740032032"
	bielefeld = "057110000000"
)

// world is a desk with everything round it; the rooms to the right are fakes.
type world struct {
	*Service
	t      testing.TB
	clock  *clock.Manual
	key    *rsa.PrivateKey
	master *seal.Master
	post   *fakePost
	people people
}

type catalogs struct {
	solutions *solution.Catalog
	program   *form.Program
	atlas     *place.Atlas
}

var loaded = sync.OnceValues(func() (catalogs, error) {
	var c catalogs
	var err error
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
		types[name] = form.ParamType(typ)
	}
	if c.program, err = form.Compile(def, form.Options{Params: types}); err != nil {
		return c, err
	}
	c.atlas, err = place.Load()
	return c, err
})

func rooms() []db.Migrations {
	return []db.Migrations{job.Migrations(), audit.Migrations(), tenant.Migrations(), submission.Migrations(), Migrations()}
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
	clk := clock.NewManual(time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC))
	dir, err := tenant.NewDirectory(t.Context(), c.atlas, d, clk, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	master, err := seal.NewMaster(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: clk, key: sealtest.OfficeKey(t), master: master, post: &fakePost{}, people: people{}}
	w.Service = NewService(Config{
		DB: d, Clock: clk, IDs: id.NewSource(clk, rand.Reader), Rand: rand.Reader, Master: master, Blobs: blobs, Tenants: dir,
		Solutions: c.solutions, Program: func(string, string) (*form.Program, error) { return c.program, nil },
		Office: fakeOffice{w.key}, Postbox: w.post, Notifier: w.post, Staff: w.people,
	})
	return w
}

// fakeOffice holds one key, which is Paderborn's.
type fakeOffice struct{ key *rsa.PrivateKey }

func (o fakeOffice) Open(_ context.Context, tenant, kid string, jwe []byte) ([]byte, error) {
	if tenant != paderborn || kid != seal.Kid(&o.key.PublicKey) {
		return nil, fail.Newf(fail.NotFound, "no such key")
	}
	plain, err := seal.DecryptJWE(o.key, jwe)
	if err != nil {
		return nil, fail.New(fail.Invalid, "", err)
	}
	return plain, nil
}

// fakePost remembers what was sent to applicants; down makes it fail.
type fakePost struct {
	messages []submission.MessageContent
	notified int
	down     bool
}

func (p *fakePost) Put(_ context.Context, _ db.Querier, _ submission.Submission, _ submission.MessageKind, c submission.MessageContent) (string, error) {
	if p.down {
		return "", fail.Newf(fail.Unavailable, "down")
	}
	p.messages = append(p.messages, c)
	return "m", nil
}

func (p *fakePost) Notify(context.Context, db.Querier, string, string) error {
	p.notified++
	return nil
}

// people is the staff, by id.
type people map[string]staff.Member

func (p people) Member(_ context.Context, tenant, id string) (staff.Member, error) {
	m, ok := p[id]
	if !ok || m.Tenant != tenant {
		return m, fail.Newf(fail.NotFound, "no such member")
	}
	return m, nil
}

func (p people) Assignable(_ context.Context, tenant, _ string) (out []staff.Member, _ error) {
	for _, m := range p {
		if m.Tenant == tenant && m.Has(staff.Clerk, staff.Lead) {
			out = append(out, m)
		}
	}
	return out, nil
}

func (p people) Names(_ context.Context, tenant string) (map[string]string, error) {
	out := map[string]string{}
	for _, m := range p {
		if m.Tenant == tenant {
			out[m.ID] = m.Name
		}
	}
	return out, nil
}

func (w *world) member(tenant, name string, roles ...staff.Role) staff.Member {
	m := staff.Member{Tenant: tenant, ID: w.IDs.New(), Name: name, Unit: "Steueramt", Roles: roles, Active: true}
	w.people[m.ID] = m
	return m
}

// application is the answers of a person with one dog, page by page.
func application() map[string]string {
	return map[string]string{
		"privacy":      `{}`,
		"keeper-kind":  `{"keeper.company":false,"keeper.joint":false}`,
		"keeper":       `{"keeper.birth":"1980-02-29","keeper.first":"Ada","keeper.last":"Weiß"}`,
		"address":      `{"address.city":"Paderborn","address.moved_in":"2010-05-01","address.number":"12a","address.postcode":"33098","address.street":"Musterstraße"}`,
		"contact":      `{}`,
		"dog/1":        `{"dogs.breed":"labrador_retriever","dogs.found":false,"dogs.name":"Rex","dogs.sex":"male"}`,
		"dog-origin/1": `{"dogs.birth":"2018-05-01","dogs.chip":"276098106123456","dogs.estimated":"exact","dogs.origin":"breeder","dogs.since":"2026-03-05"}`,
		"dog-relief/1": `{"dogs.assistance":false,"dogs.watch":false}`,
		"dogs":         `{"dogs":{"ids":[1],"next":2,"done":true}}`,
		"others":       `{"others.has":false}`,
		"relief":       `{"relief.social":false}`,
		"payment":      `{"payment.mandate":true}`,
		"mandate":      `{"payment.consent":true,"payment.holder":"Ada Weiß","payment.iban":"DE02120300000000202051"}`,
		"declarations": `{"declarations.changes":true,"declarations.correct":true}`,
	}
}

// sent stores a submission of Paderborn as the submission room does, and
// gives its first revision. change may spoil the payload.
func (w *world) sent(lang i18n.Lang, pages map[string]string, change func(*submission.Payload)) submission.Sealed {
	w.t.Helper()
	sub, draft, now := w.IDs.New(), w.IDs.New(), w.clock.Now()
	_, public, err := seal.NewRecipient(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.DB.Write(w.t.Context(), func(ctx context.Context, tx db.Querier) error {
		var n int64
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM submissions WHERE tenant = $1`, paderborn).Scan(&n); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO submission_drafts (tenant, id, solution, version, lang, state, rev, created, updated, expires, recipient_public)
			VALUES ($1, $2, 'hundesteuer', '1.0.0', $3, 'submitted', 1, $4, $4, $4, $5)`, paderborn, draft, string(lang), clock.Micros(now), public); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO submissions (tenant, id, draft, number, solution, version, lang, received, revision, state, changed)
			VALUES ($1, $2, $3, $4, 'hundesteuer', '1.0.0', $5, $6, 0, 'acknowledged', $6)`,
			paderborn, sub, draft, submission.CaseNumber("HS-2026", n+1), string(lang), clock.Micros(now))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.revision(sub, lang, pages, change)
}

// revision stores the next revision of a submission.
func (w *world) revision(sub string, lang i18n.Lang, pages map[string]string, change func(*submission.Payload)) submission.Sealed {
	w.t.Helper()
	s, err := w.submissions.Submission(w.t.Context(), w.DB.Read(), paderborn, sub)
	if err != nil {
		w.t.Fatal(err)
	}
	now := w.clock.Now()
	p := submission.Payload{
		Format: submission.PayloadFormat, Submission: sub, Revision: s.Revision + 1, Tenant: paderborn, Solution: "hundesteuer", Version: "1.0.0",
		Lang: lang, Received: now, Today: clock.DateOf(now.In(clock.Berlin())), Answers: map[string]json.RawMessage{}, Salt: make([]byte, 32),
	}
	for path, b := range pages {
		p.Answers[path] = json.RawMessage(b)
	}
	if change != nil {
		change(&p)
	}
	plain, err := p.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	sealed := submission.Sealed{Tenant: paderborn, Submission: sub, Revision: s.Revision + 1, Received: now, KID: seal.Kid(&w.key.PublicKey)}
	if sealed.JWE, err = seal.EncryptJWE(&w.key.PublicKey, "application/json", plain); err != nil {
		w.t.Fatal(err)
	}
	err = w.DB.Write(w.t.Context(), func(ctx context.Context, tx db.Querier) error {
		if _, err := tx.Exec(ctx, `UPDATE submissions SET revision = $3 WHERE tenant = $1 AND id = $2`, paderborn, sub, sealed.Revision); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO submission_revisions (tenant, submission, revision, received, kid, jwe, copy) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			paderborn, sub, sealed.Revision, clock.Micros(now), sealed.KID, sealed.JWE, []byte{})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return sealed
}

// arrived is a case with these answers at the desk.
func (w *world) arrived(lang i18n.Lang, pages map[string]string) Case {
	w.t.Helper()
	s := w.sent(lang, pages, nil)
	if err := w.Receive(w.t.Context(), s); err != nil {
		w.t.Fatal(err)
	}
	return w.now(s.Submission)
}

// now is a case as it is stored.
func (w *world) now(id string) Case {
	w.t.Helper()
	c, err := w.store.Case(w.t.Context(), w.DB.Read(), paderborn, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// states is the applicant's timeline in one line.
func (w *world) states(id string) string {
	w.t.Helper()
	events, err := w.submissions.Events(w.t.Context(), w.DB.Read(), paderborn, id)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range events {
		out = append(out, string(e.Kind))
	}
	return strings.Join(out, " ")
}

// evidence puts a sealed file on the disk and describes it.
func (w *world) evidence(name, typ string, data []byte) form.File {
	w.t.Helper()
	var key [32]byte
	rand.Read(key[:])
	f := form.File{ID: w.IDs.New(), Name: name, Type: typ, Size: int64(len(data)), Key: base64.RawURLEncoding.EncodeToString(key[:])}
	sum := sha256.Sum256(data)
	f.SHA256 = hex.EncodeToString(sum[:])
	sealed, err := seal.Seal(rand.Reader, key, []byte("file "+f.ID), data)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.Blobs.Put(w.t.Context(), f.ID, bytes.NewReader(sealed)); err != nil {
		w.t.Fatal(err)
	}
	return f
}

func fileJSON(f form.File) string {
	b, err := json.Marshal([]form.File{f})
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"relief.social":true,"relief.social_file":%s,"relief.social_kind":"buergergeld"}`, b)
}
