package ledger

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
)

func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Migrations{Migrations()}, fn)
}

func newLedger(t testing.TB, d *db.DB, c clock.Clock, s Signer, holder string) *Ledger {
	t.Helper()
	return New(Config{DB: d, Clock: c, Log: slog.New(slog.DiscardHandler), Signer: s, Keys: []string{s.Verifier()}, Holder: holder})
}

func newSigner(t testing.TB) Signer {
	t.Helper()
	s, _, err := NewSigner(rand.Reader, "portal.example")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func leaf(n int) [32]byte { return sha256.Sum256(fmt.Append(nil, n)) }

func add(t testing.TB, d *db.DB, n int) {
	t.Helper()
	err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
		return Add(ctx, tx, "057740032032", fmt.Sprint("subject-", n), "received", leaf(n))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func whole(t testing.TB, d *db.DB, size int64) {
	t.Helper()
	r, err := Check(t.Context(), d.Read())
	if err != nil || len(r.Problems) > 0 || r.Size != size {
		t.Fatalf("Check: %+v, want size %d (%v)", r, size, err)
	}
}

func proven(t testing.TB, l *Ledger, n int) Proof {
	t.Helper()
	p, err := l.Proof(t.Context(), l.DB.Read(), "057740032032", fmt.Sprint("subject-", n), "received")
	if err != nil {
		t.Fatal(err)
	}
	if p.Leaf != leaf(n) {
		t.Fatalf("leaf %d: proof of another leaf", n)
	}
	if err := p.check(); err != nil {
		t.Fatalf("leaf %d: %v", n, err)
	}
	trusted, err := verifiers(l.Keys)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Open([]byte(p.Checkpoint), trusted)
	if err != nil || signed.Text != checkpointText("portal.example", p.Size, p.Root) {
		t.Fatalf("leaf %d: checkpoint %q: %v", n, p.Checkpoint, err)
	}
	return p
}

func TestAddSequenceProve(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewManual(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))
		l := newLedger(t, d, c, newSigner(t), "a")
		if n, err := l.Sequence(t.Context()); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		whole(t, d, 0)
		total := 0
		for size := range 40 { // sizes of batches: every shape of the tree's edge
			for range size % 7 {
				add(t, d, total)
				total++
			}
			if n, err := l.Sequence(t.Context()); n != size%7 || err != nil {
				t.Fatal(n, err)
			}
		}
		whole(t, d, int64(total))
		for n := range total {
			proven(t, l, n)
		}

		add(t, d, total)
		ctx := t.Context()
		if _, err := l.Proof(ctx, d.Read(), "057740032032", fmt.Sprint("subject-", total), "received"); !fail.Is(err, fail.Unavailable) {
			t.Errorf("unsequenced: %v", err)
		}
		if _, err := l.Proof(ctx, d.Read(), "053340002002", "subject-1", "received"); !fail.Is(err, fail.NotFound) {
			t.Errorf("another tenant: %v", err)
		}
		err := d.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			return Add(ctx, tx, "057740032032", "subject-1", "received", leaf(9999))
		})
		if !fail.Is(err, fail.Conflict) {
			t.Errorf("twice: %v", err)
		}
	})
}

// From the leaf in the database to the file that somebody checks years later,
// when the key has long been rotated.
func TestReceiptFromTheLog(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := newSample(t)
		l := newLedger(t, d, clock.System(), s.signer, "a")
		for n := range 9 {
			add(t, d, n)
		}
		err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
			return Add(ctx, tx, s.facts.TenantARS, "case", "received", Leaf(s.facts.Salt, s.facts.Payload))
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Sequence(t.Context()); err != nil {
			t.Fatal(err)
		}
		p, err := l.Proof(t.Context(), d.Read(), s.facts.TenantARS, "case", "received")
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := IssueReceipt(l.Signer, s.facts, p, s.base)
		if err != nil {
			t.Fatal(err)
		}
		file, err := AttachReceipt(s.base, receipt)
		if err != nil {
			t.Fatal(err)
		}
		keys := []string{newSigner(t).Verifier(), s.signer.Verifier()}
		if v := verdict(t, file, keys); !v.Genuine || v.Receipt.Size != 10 {
			t.Errorf("%+v", v)
		}
	})
}

func TestManyAtOnceAndLargeBatches(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		l := newLedger(t, d, clock.System(), newSigner(t), "a")
		err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
			for n := range 2*batch + 17 {
				if err := Add(ctx, tx, "057740032032", fmt.Sprint("subject-", n), "received", leaf(n)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{batch, batch, 17, 0} {
			if n, err := l.Sequence(t.Context()); n != want || err != nil {
				t.Fatal(n, want, err)
			}
		}
		whole(t, d, 2*batch+17)
		proven(t, l, batch+3)
	})
}

func TestPublishedOnceAMinute(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewManual(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))
		l := newLedger(t, d, c, newSigner(t), "a")
		step := func(want int64) {
			t.Helper()
			if _, err := l.Sequence(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, err := published(t.Context(), d.Read(), 0)
			if err != nil || got.size != want {
				t.Fatalf("published %d, want %d (%v)", got.size, want, err)
			}
		}
		if _, err := published(t.Context(), d.Read(), 0); !fail.Is(err, fail.NotFound) {
			t.Error(err)
		}
		add(t, d, 1)
		step(1)
		add(t, d, 2)
		step(1)
		add(t, d, 3)
		c.Advance(30 * time.Second)
		step(1)
		c.Advance(31 * time.Second)
		step(3) // though nothing new came
		add(t, d, 4)
		c.Advance(-time.Hour) // a clock that went back does not stop it
		step(4)
		if _, err := published(t.Context(), d.Read(), 2); !fail.Is(err, fail.NotFound) {
			t.Error("an unpublished size is served")
		}
		if got, err := published(t.Context(), d.Read(), 3); err != nil || got.size != 3 {
			t.Error(got, err)
		}
		whole(t, d, 4)
	})
}

func TestOnlyTheHolderOfTheLeaseWorks(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewManual(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))
		s := newSigner(t)
		a, b := newLedger(t, d, c, s, "a"), newLedger(t, d, c, s, "b")
		work := func(l *Ledger, want int) {
			t.Helper()
			if n, err := l.Sequence(t.Context()); n != want || err != nil {
				t.Fatal(n, want, err)
			}
		}
		add(t, d, 1)
		work(a, 1)
		add(t, d, 2)
		work(b, 0)
		c.Advance(leaseTime - time.Millisecond)
		work(b, 0)
		c.Advance(time.Millisecond) // a has died
		work(b, 1)
		add(t, d, 3)
		work(a, 0)
		whole(t, d, 2)
	})
}

// crashing is a signer whose process dies now and then, in the middle of the
// transaction: nothing of the batch may stay.
type crashing struct {
	Signer
	n atomic.Int64
}

func (c *crashing) Sign(msg []byte) ([]byte, error) {
	if c.n.Add(1)%3 == 0 {
		return nil, errors.New("crash")
	}
	return c.Signer.Sign(msg)
}

// Several processes sequence and die while many people add; whatever was
// acknowledged is in the log exactly once, and the log is whole.
func TestConcurrentAddsAndCrashes(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		const writers, per = 8, 40
		s := newSigner(t)
		ctx, cancel := context.WithCancel(t.Context())
		var processes, adders sync.WaitGroup
		for p := range 3 {
			processes.Go(func() {
				for life := 0; ctx.Err() == nil; life++ { // dies and is started again
					l := newLedger(t, d, clock.System(), &crashing{Signer: s}, fmt.Sprint(p, "-", life))
					short, end := context.WithTimeout(ctx, 60*time.Millisecond)
					l.Wake()
					_ = l.Run(short)
					end()
				}
			})
		}
		lost := errors.New("the person's own transaction fails")
		for w := range writers {
			adders.Go(func() {
				r := mathrand.New(mathrand.NewPCG(uint64(w), 7))
				for i := range per {
					n := w*per + i
					for done := false; !done; {
						bad := r.IntN(5) == 0
						err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
							if err := Add(ctx, tx, "057740032032", fmt.Sprint("subject-", n), "received", leaf(n)); err != nil {
								return err
							}
							if bad {
								return lost
							}
							return nil
						})
						if err != nil && !errors.Is(err, lost) {
							t.Error(err)
							return
						}
						done = err == nil
					}
					if r.IntN(4) == 0 {
						time.Sleep(time.Duration(r.IntN(3)) * time.Millisecond)
					}
				}
			})
		}
		adders.Wait()
		cancel()
		processes.Wait()
		last := newLedger(t, d, clock.System(), s, "last")
		for deadline := time.Now().Add(20 * time.Second); ; {
			if _, err := last.Sequence(t.Context()); err != nil {
				t.Fatal(err)
			}
			r, err := Check(t.Context(), d.Read())
			if err != nil {
				t.Fatal(err)
			}
			if r.Waiting == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("still waiting: %+v", r)
			}
			time.Sleep(20 * time.Millisecond)
		}
		whole(t, d, writers*per)
		seen := map[int64]bool{}
		for n := range writers * per {
			p := proven(t, last, n)
			if seen[p.Index] {
				t.Fatalf("two leaves have number %d", p.Index)
			}
			seen[p.Index] = true
		}
	})
}

// running lets l sequence until stop is called.
func running(t *testing.T, l *Ledger) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() {
		if err := l.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	return func() { cancel(); run.Wait() }
}

// The bubble's time moves only when everything in it waits: what is measured
// is how long the sequencer lets a leaf wait, not how busy the machine is.
// What the work itself takes is measured by make bench.
func TestWokenWithin50Milliseconds(t *testing.T) {
	const look = 100 * time.Microsecond
	for name, address := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			at := address(t)
			synctest.Test(t, func(t *testing.T) {
				d := dbtest.Open(t, at, []db.Migrations{Migrations()})
				l := newLedger(t, d, clock.System(), newSigner(t), "a")
				stop := running(t, l)
				defer stop()
				for n := range 20 {
					add(t, d, n)
					start := time.Now()
					l.Wake()
					for {
						if _, err := l.Proof(t.Context(), d.Read(), "057740032032", fmt.Sprint("subject-", n), "received"); err == nil {
							break
						}
						time.Sleep(look)
					}
					// It may have come at once after the look before.
					if took := time.Since(start) - look; took > 50*time.Millisecond {
						t.Errorf("leaf %d waited %v", n, took)
					}
				}
			})
		})
	}
}

// Check finds what somebody changed in the database, and the sequencer builds
// nothing on a tree that is not the one it signed.
func TestCheckFindsTampering(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		l := newLedger(t, d, clock.System(), newSigner(t), "a")
		for n := range 20 {
			add(t, d, n)
		}
		if _, err := l.Sequence(t.Context()); err != nil {
			t.Fatal(err)
		}
		whole(t, d, 20)
		for _, c := range []struct{ do, undo string }{
			{`UPDATE ledger_leaves SET seq = 99 WHERE seq = 19`, `UPDATE ledger_leaves SET seq = 19 WHERE seq = 99`},
			{`UPDATE ledger_nodes SET idx = 999 WHERE idx = 3`, `UPDATE ledger_nodes SET idx = 3 WHERE idx = 999`},
			{`UPDATE ledger_checkpoints SET size = 19`, `UPDATE ledger_checkpoints SET size = 20`},
			{`UPDATE ledger_nodes SET idx = -idx WHERE idx IN (30, 34)`, `UPDATE ledger_nodes SET idx = -idx WHERE idx < 0`},
		} {
			change(t, d, c.do)
			if r, err := Check(t.Context(), d.Read()); err != nil || len(r.Problems) == 0 {
				t.Errorf("%s: not found (%v)", c.do, err)
			}
			change(t, d, c.undo)
		}
		whole(t, d, 20)
		zero := tlog.Hash{}
		err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
			_, err := tx.Exec(ctx, `UPDATE ledger_nodes SET hash = $1 WHERE idx = (SELECT MAX(idx) FROM ledger_nodes)`, zero[:])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		add(t, d, 20)
		if n, err := l.Sequence(t.Context()); err == nil {
			t.Errorf("sequenced %d leaves on a changed tree", n)
		}
	})
}

func change(t *testing.T, d *db.DB, query string) {
	t.Helper()
	err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
		_, err := tx.Exec(ctx, query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// xor stands for the master key.
type xor byte

func (x xor) Wrap(purpose string, plain []byte) ([]byte, error) {
	out := append([]byte(purpose), plain...)
	for i := range out {
		out[i] ^= byte(x)
	}
	return out, nil
}

func (x xor) Unwrap(purpose string, sealed []byte) ([]byte, error) {
	out, _ := x.Wrap("", sealed)
	if len(out) < len(purpose) || string(out[:len(purpose)]) != purpose {
		return nil, errors.New("another key or purpose")
	}
	return out[len(purpose):], nil
}

func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c, ctx := clock.System(), t.Context()
		open := func(w Wrapper) (Signer, []string, error) {
			return OpenKeys(ctx, d, w, c, rand.Reader, "portal.example")
		}
		first, keys, err := open(xor(7))
		if err != nil || len(keys) != 1 || keys[0] != first.Verifier() {
			t.Fatal(keys, err)
		}
		if again, _, err := open(xor(7)); err != nil || again.Verifier() != first.Verifier() {
			t.Fatal("another key at the second start", err)
		}
		if _, _, err := open(xor(8)); err == nil {
			t.Error("opened with another master key")
		}
		if err := RotateKey(ctx, d, xor(7), c, rand.Reader, "portal.example"); err != nil {
			t.Fatal(err)
		}
		second, keys, err := open(xor(7))
		if err != nil || len(keys) != 2 || second.Verifier() == first.Verifier() || keys[1] != first.Verifier() {
			t.Fatal(keys, err)
		}
		if err := Rewrap(ctx, d, xor(7)); err != nil {
			t.Fatal(err)
		}
		if again, _, err := open(xor(7)); err != nil || again.Verifier() != second.Verifier() {
			t.Error("lost by sealing again", err)
		}
	})
}

func BenchmarkAddAndSequence(b *testing.B) {
	d := dbtest.Open(b, dbtest.SQLite(b), []db.Migrations{Migrations()})
	l := newLedger(b, d, clock.System(), newSigner(b), "a")
	ctx, cancel := context.WithCancel(b.Context())
	var run sync.WaitGroup
	run.Go(func() { _ = l.Run(ctx) })
	var next atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			add(b, d, int(next.Add(1)))
			l.Wake()
		}
	})
	for {
		if n, err := waiting(b.Context(), d.Read()); err != nil {
			b.Fatal(err)
		} else if n == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
	cancel()
	run.Wait()
}

func BenchmarkProof(b *testing.B) {
	d := dbtest.Open(b, dbtest.SQLite(b), []db.Migrations{Migrations()})
	l := newLedger(b, d, clock.System(), newSigner(b), "a")
	for n := range 5000 {
		add(b, d, n)
	}
	for left := 1; left > 0; {
		var err error
		if left, err = l.Sequence(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for b.Loop() {
		proven(b, l, n%5000)
		n++
	}
}

// While leaves keep coming, a batch begins no sooner than 50 ms after the one
// before, and all of them get in.
func TestACrowdSharesCheckpoints(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		l := newLedger(t, d, clock.System(), newSigner(t), "a")
		ctx, stop := t.Context(), running(t, l)
		start, sizes := time.Now(), map[int64]bool{}
		const leaves = 100
		for n := 0; n < leaves || !sizes[leaves]; n++ {
			if n < leaves {
				add(t, d, n)
				l.Wake()
			}
			var size int64
			if err := d.Read().QueryRow(ctx, `SELECT COALESCE(max(size), 0) FROM ledger_checkpoints`).Scan(&size); err != nil {
				t.Fatal(err)
			}
			sizes[size] = true
			time.Sleep(time.Millisecond)
		}
		took := time.Since(start)
		stop()
		if most := 3 + int(took/lookAgain); len(sizes) > most {
			t.Errorf("%d checkpoints within %v", len(sizes), took)
		}
	})
}
