package delivery

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
	"leitportal/internal/id"
	"leitportal/internal/job"
	"leitportal/internal/seal"
	"leitportal/internal/seal/sealtest"
	"leitportal/internal/submission"
)

const (
	paderborn = "057740032032"
	aachen    = "053340002002"
)

type world struct {
	*Service
	clock *clock.Manual
	subs  submission.Store
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	rooms := []db.Migrations{job.Migrations(), submission.Migrations(), Migrations()}
	dbtest.Each(t, rooms, func(t *testing.T, d *db.DB) {
		clk := clock.NewManual(time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC))
		master, err := seal.NewMaster(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		test(t, &world{Service: New(Config{DB: d, Clock: clk, IDs: id.NewSource(clk, rand.Reader), Rand: rand.Reader, Master: master}), clock: clk})
	})
}

func (w *world) write(t testing.TB, do func(ctx context.Context, tx db.Querier) error) {
	t.Helper()
	if err := w.DB.Write(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

func (w *world) count(t testing.TB, sql string) (n int) {
	t.Helper()
	if err := w.DB.Read().QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// giveKey stores a ready-made key as the tenant's: making one takes seconds.
func (w *world) giveKey(t testing.TB, tenant string) string {
	t.Helper()
	key := sealtest.OfficeKey(t)
	private, err := seal.PrivateJWK(key)
	if err != nil {
		t.Fatal(err)
	}
	k := keyRow{tenant: tenant, kid: seal.Kid(&key.PublicKey), public: seal.PublicJWK(&key.PublicKey)}
	if k.private, err = w.Master.Wrap(purpose(tenant, k.kid), private); err != nil {
		t.Fatal(err)
	}
	w.write(t, func(ctx context.Context, tx db.Querier) error {
		return w.store.insertCurrent(ctx, tx, k, w.clock.Now())
	})
	return k.kid
}

// submitted stores a submission with its hand-over, as submission does.
func (w *world) submitted(t testing.TB, n int) (submissionID string) {
	t.Helper()
	submissionID = w.IDs.New()
	us := clock.Micros(w.clock.Now())
	w.write(t, func(ctx context.Context, tx db.Querier) error {
		for _, q := range []struct {
			sql  string
			args []any
		}{
			{`INSERT INTO submission_drafts (tenant, id, solution, version, lang, state, rev, created, updated, expires) VALUES ($1, $2, 's', '1', 'de', 'submitted', 1, $3, $3, $3)`, []any{paderborn, submissionID, us}},
			{`INSERT INTO submissions (tenant, id, draft, number, solution, version, lang, received, revision, state, changed) VALUES ($1, $2, $2, $3, 's', '1', 'de', $4, 1, 'received', $4)`, []any{paderborn, submissionID, fmt.Sprint("HS-", n), us}},
			{`INSERT INTO submission_revisions (tenant, submission, revision, received, kid, jwe, copy) VALUES ($1, $2, 1, $3, 'k', $4, $4)`, []any{paderborn, submissionID, us, []byte("sealed")}},
		} {
			if _, err := tx.Exec(ctx, q.sql, q.args...); err != nil {
				return err
			}
		}
		return w.Enqueue(ctx, tx, paderborn, submissionID, 1, false)
	})
	return submissionID
}

// desk is a subscriber that answers as it is told.
type desk struct {
	mu       sync.Mutex
	answer   func(n int) error
	received []submission.Sealed
	taken    map[string]int
}

func (d *desk) Receive(_ context.Context, s submission.Sealed) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.received = append(d.received, s)
	if err := d.answer(len(d.received)); err != nil {
		return err
	}
	if d.taken == nil {
		d.taken = map[string]int{}
	}
	d.taken[s.Submission]++
	return nil
}

func (d *desk) Withdrawn(context.Context, string, string) error { return nil }

func (w *world) job(submissionID string, attempt int) job.Job {
	b, _ := json.Marshal(handover{Submission: submissionID, Revision: 1}) // cannot fail
	return job.Job{ID: "j", Kind: JobHandOver, Tenant: paderborn, Payload: b, Attempt: attempt}
}

func (w *world) state(t testing.TB, submissionID string) submission.EventKind {
	t.Helper()
	s, err := w.subs.Submission(t.Context(), w.DB.Read(), paderborn, submissionID)
	if err != nil {
		t.Fatal(err)
	}
	return s.State
}

func TestKeyIsMadeOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		if _, _, err := w.Key(ctx, w.DB.Read(), paderborn); !fail.Is(err, fail.Unavailable) {
			t.Errorf("a key that is not there gives %v", err)
		}
		for range 5 { // drafts
			w.write(t, func(ctx context.Context, tx db.Querier) error { return w.Prepare(ctx, tx, paderborn) })
		}
		if n := w.count(t, `SELECT count(*) FROM jobs WHERE kind = 'delivery.key'`); n != 1 {
			t.Fatalf("%d jobs make the key", n)
		}
		kid := w.giveKey(t, paderborn)
		if err := w.makeKey(ctx, job.Job{Tenant: paderborn}); err != nil {
			t.Fatal(err)
		}
		w.write(t, func(ctx context.Context, tx db.Querier) error { return w.Prepare(ctx, tx, paderborn) })
		got, key, err := w.Key(ctx, w.DB.Read(), paderborn)
		if err != nil || got != kid || seal.Kid(key) != kid || w.count(t, `SELECT count(*) FROM delivery_keys`) != 1 {
			t.Errorf("the key is %s, %v; want %s, once", got, err, kid)
		}
		if _, _, err := w.Key(ctx, w.DB.Read(), aachen); !fail.Is(err, fail.Unavailable) {
			t.Errorf("another town has the key: %v", err)
		}
	})
}

func TestOpen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		kid := w.giveKey(t, paderborn)
		_, key, err := w.Key(ctx, w.DB.Read(), paderborn)
		if err != nil {
			t.Fatal(err)
		}
		jwe, err := seal.EncryptJWE(key, "application/json", []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // from the disk, then from memory
			if plain, err := w.Open(ctx, paderborn, kid, jwe); err != nil || string(plain) != "{}" {
				t.Fatalf("opens as %q, %v", plain, err)
			}
		}
		if _, err := w.Open(ctx, aachen, kid, jwe); !fail.Is(err, fail.NotFound) {
			t.Errorf("another town opens it: %v", err)
		}
		if _, err := w.Open(ctx, paderborn, kid, []byte("x.y.z.a.b")); !fail.Is(err, fail.Invalid) {
			t.Errorf("something else opens: %v", err)
		}
		// The private key moved to another town's row does not unwrap.
		w.write(t, func(ctx context.Context, tx db.Querier) error {
			_, err := tx.Exec(ctx, `UPDATE delivery_keys SET tenant = $1`, aachen)
			return err
		})
		if _, err := w.Open(ctx, aachen, kid, jwe); err == nil {
			t.Error("a key moved to another town opens")
		}
	})
}

func TestRewrap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		kid := w.giveKey(t, paderborn)
		next, err := w.Master.Rotate()
		if err != nil {
			t.Fatal(err)
		}
		w.Master = next
		for want := 1; want >= 0; want-- {
			if n, err := w.Rewrap(ctx); err != nil || n != want {
				t.Fatalf("wrapped %d anew, %v; want %d", n, err, want)
			}
		}
		if _, err := w.privateKey(ctx, paderborn, kid); err != nil {
			t.Error(err)
		}
	})
}

func TestHandOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		s := w.submitted(t, 1)
		d := &desk{answer: func(n int) error {
			if n == 1 {
				return errors.New("not now")
			}
			return nil
		}}
		if err := w.handOver(ctx, w.job(s, 1), d); err == nil || w.state(t, s) != submission.HandedOver {
			t.Fatalf("refused once: %v, %s", err, w.state(t, s))
		}
		if n, _, err := w.Waiting(ctx); n != 1 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
		for attempt := 2; attempt < 5; attempt++ { // the answer got lost: done again
			if err := w.handOver(ctx, w.job(s, attempt), d); err != nil || w.state(t, s) != submission.Acknowledged {
				t.Fatalf("%v, %s", err, w.state(t, s))
			}
		}
		events, err := w.subs.Events(ctx, w.DB.Read(), paderborn, s)
		if err != nil || len(events) != 2 || events[0].Kind != submission.HandedOver || events[1].Kind != submission.Acknowledged {
			t.Errorf("the timeline is %v, %v", events, err)
		}
		if n, _, err := w.Waiting(ctx); n != 0 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
		if string(d.received[0].JWE) != "sealed" || d.received[0].KID != "k" || d.received[0].Tenant != paderborn {
			t.Errorf("handed over %+v", d.received[0])
		}
		gone := w.job("01900000-0000-7000-8000-000000000000", 1)
		if err := w.handOver(ctx, gone, d); err == nil {
			t.Error("a submission that is not there is handed over")
		}
		gone.Payload = []byte("{")
		if err := w.handOver(ctx, gone, d); err == nil {
			t.Error("a broken job is done")
		}
		other := w.job(s, 1)
		other.Tenant = aachen
		if err := w.handOver(ctx, other, d); err == nil {
			t.Error("another town's job hands it over")
		}
	})
}

// A hand-over that is refused again and again shows on the timeline once, and
// is acknowledged all the same when it succeeds.
func TestLate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		s, gone := w.submitted(t, 1), w.submitted(t, 2)
		d := &desk{answer: func(int) error { return errors.New("no") }}
		for attempt := 1; attempt <= helpAfter+3; attempt++ {
			if attempt == helpAfter-1 {
				w.write(t, func(ctx context.Context, tx db.Querier) error {
					return w.subs.Record(ctx, tx, paderborn, gone, w.IDs.New(), submission.Withdrawn, w.clock.Now())
				})
			}
			for _, id := range []string{s, gone} {
				if err := w.handOver(ctx, w.job(id, attempt), d); err == nil {
					t.Fatal("a refusal counts as taken")
				}
			}
			if want := submission.HandedOver; attempt < helpAfter && w.state(t, s) != want {
				t.Errorf("after %d attempts it is %s", attempt, w.state(t, s))
			}
		}
		if w.state(t, s) != submission.Failed || w.state(t, gone) != submission.Withdrawn {
			t.Errorf("the states are %s and %s", w.state(t, s), w.state(t, gone))
		}
		if n := w.count(t, `SELECT count(*) FROM submission_events WHERE kind = 'failed'`); n != 1 {
			t.Errorf("%d times on the timeline", n)
		}
		d.answer = func(int) error { return nil }
		for _, id := range []string{s, gone} {
			if err := w.handOver(ctx, w.job(id, 12), d); err != nil {
				t.Fatal(err)
			}
		}
		if w.state(t, s) != submission.Acknowledged || w.state(t, gone) != submission.Withdrawn {
			t.Errorf("after that they are %s and %s", w.state(t, s), w.state(t, gone))
		}
	})
}

// Two portals hand the same over at once: acknowledged once.
func TestHandOverAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.submitted(t, 1)
		d := &desk{answer: func(int) error { return nil }}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := w.handOver(t.Context(), w.job(s, 1), d); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := w.count(t, `SELECT count(*) FROM submission_events`); n != 2 || w.state(t, s) != submission.Acknowledged {
			t.Errorf("%d events, state %s", n, w.state(t, s))
		}
	})
}

// A key that was made in this process or in another one counts at once.
func TestKeyIsTheNewest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	rooms := []db.Migrations{job.Migrations(), submission.Migrations(), Migrations()}
	clk := clock.NewManual(time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC))
	master, err := seal.NewMaster(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	open := func() *world {
		d := dbtest.Open(t, path, rooms)
		return &world{Service: New(Config{DB: d, Clock: clk, IDs: id.NewSource(clk, rand.Reader), Rand: rand.Reader, Master: master}), clock: clk}
	}
	ours, theirs := open(), open()
	rotate := func(w *world) { // what RotateKey does once the key is made
		t.Helper()
		w.write(t, func(ctx context.Context, tx db.Querier) error {
			n := w.count(t, `SELECT count(*) FROM delivery_keys`)
			key := sealtest.OfficeKey(t)
			return w.store.insertCurrent(ctx, tx, keyRow{tenant: paderborn, kid: fmt.Sprint("key ", n), public: seal.PublicJWK(&key.PublicKey), private: []byte("wrapped")}, clk.Now())
		})
		w.made.Add(1)
	}
	for n, w := range []*world{ours, ours, theirs, ours, theirs, theirs} {
		rotate(w)
		for range 2 { // read, and at hand
			kid, _, err := ours.Key(t.Context(), ours.DB.Read(), paderborn)
			if err != nil || kid != fmt.Sprint("key ", n) {
				t.Fatalf("after %d keys: %q, %v", n+1, kid, err)
			}
		}
	}
}

// The hand-over of a test is not measured, and one that was erased before it
// was handed over leaves no failed job.
func TestOfTests(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		real, test := w.submitted(t, 1), w.submitted(t, 2)
		w.write(t, func(ctx context.Context, tx db.Querier) error {
			if err := w.Enqueue(ctx, tx, paderborn, test, 2, true); err != nil {
				return err
			}
			for _, sql := range []string{`UPDATE submissions SET test = TRUE WHERE id = $1`, `UPDATE delivery_handovers SET test = TRUE WHERE submission = $1`} {
				if _, err := tx.Exec(ctx, sql, test); err != nil {
					return err
				}
			}
			return nil
		})
		if n, _, err := w.Waiting(ctx); n != 1 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
		d := &desk{answer: func(int) error { return nil }}
		for _, s := range []string{real, test} {
			if err := w.handOver(ctx, w.job(s, 1), d); err != nil {
				t.Error(err)
			}
		}
		if len(d.received) != 2 || d.received[0].Test || !d.received[1].Test {
			t.Errorf("handed over as %+v", d.received)
		}
		gone := w.job(w.IDs.New(), 1)
		gone.Payload = []byte(`{"submission":"01900000-0000-7000-8000-000000000000","revision":1,"test":true}`)
		if err := w.handOver(ctx, gone, d); err != nil || len(d.received) != 2 {
			t.Errorf("an erased test: %v, %d", err, len(d.received))
		}
	})
}
