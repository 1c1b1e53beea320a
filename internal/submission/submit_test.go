package submission

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/ledger"
	"leitportal/internal/seal"
)

// Pressed sixteen times at once, an application is sent once.
func TestSendOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		const drafts, presses = 4, 16
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := map[string]int{}
		for range drafts {
			ss, tk := w.draft(t)
			if err := w.save(ctx, ss, keep, []write{{"privacy", []byte(`{}`), 0}}, nil); err != nil {
				t.Fatal(err)
			}
			for range presses {
				d := w.desk(t, w.reopen(t, tk))
				wg.Go(func() {
					err := w.send(ctx, d, d.program.Empty(), "")
					switch {
					case err == nil:
						mu.Lock()
						won[d.id]++
						mu.Unlock()
					case !fail.Is(err, fail.Conflict):
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		for draft, n := range won {
			if n != 1 {
				t.Errorf("%s was sent %d times", draft, n)
			}
		}
		for _, table := range []string{"submissions", "submission_revisions", "submission_events", "ledger_leaves"} {
			if n := w.count(t, "SELECT count(*) FROM "+table); n != drafts {
				t.Errorf("%d rows in %s", n, table)
			}
		}
		if n := w.count(t, "SELECT count(*) FROM submission_pages"); n != 0 {
			t.Errorf("%d sealed pages of sent drafts stay", n)
		}
		if w.enqueued.Load() < drafts {
			t.Errorf("%d hand-overs", w.enqueued.Load())
		}
		for i := range drafts {
			if n := w.count(t, fmt.Sprintf("SELECT count(*) FROM submissions WHERE number = 'HS-2026-%06d'", i+1)); n != 1 {
				t.Errorf("the number %d is there %d times", i+1, n)
			}
		}
	})
}

// submitted is a sent application.
func (w *world) submitted(t testing.TB) (*session, ticket, Submission) {
	t.Helper()
	ss, tk := w.draft(t)
	d := w.desk(t, ss)
	if err := w.send(t.Context(), d, d.program.Empty(), "ada@weiss.example"); err != nil {
		t.Fatal(err)
	}
	sub, err := w.store.submissionOfDraft(t.Context(), w.DB.Read(), paderborn, ss.id)
	if err != nil {
		t.Fatal(err)
	}
	return w.reopen(t, tk), tk, sub
}

// The leaf in the ledger is that of the payload that the office opens, and
// the applicant's copy is the same payload.
func TestPayloadAndLeaf(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, _, sub := w.submitted(t)
		sealed, err := w.store.Revision(ctx, w.DB.Read(), paderborn, sub.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := seal.DecryptJWE(w.key, sealed.JWE)
		if err != nil {
			t.Fatal(err)
		}
		p, err := DecodePayload(plain)
		if err != nil {
			t.Fatal(err)
		}
		if p.Tenant != paderborn || p.Submission != sub.ID || p.Revision != 1 || !p.Received.Equal(sub.Received) || !p.Received.Equal(w.clock.Now()) || len(p.Salt) != 32 {
			t.Errorf("the payload says %+v", p)
		}
		// 00:30 UTC on the day the clocks go back is 02:30 in Germany, the
		// first of two; the law's day is the German one.
		if p.Today.String() != "2026-10-25" {
			t.Errorf("today is %s", p.Today)
		}
		mine, err := w.payload(ctx, w.desk(t, ss), sub, 1)
		if err != nil {
			t.Fatal(err)
		}
		a, errA := p.Encode()
		b, errB := mine.Encode()
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Error("the applicant's copy is not what the office got")
		}
		hash, err := p.Hash()
		if err != nil {
			t.Fatal(err)
		}
		want := ledger.Leaf([32]byte(p.Salt), hash)
		var leaf []byte
		if err := w.DB.Read().QueryRow(ctx, `SELECT hash FROM ledger_leaves WHERE tenant = $1 AND subject = $2`, paderborn, sub.ID).Scan(&leaf); err != nil {
			t.Fatal(err)
		}
		if string(leaf) != string(want[:]) {
			t.Error("the leaf in the ledger is not the payload's")
		}
	})
}

func TestEarlierCopyOpens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, _, sub := w.submitted(t)
		want, err := w.payload(ctx, w.desk(t, ss), sub, 1)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		earlier, err := seal.SealTo(sub.Recipient, "leitportal copy", []byte(sub.ID+" 1"), plain)
		if err != nil {
			t.Fatal(err)
		}
		w.exec(t, `UPDATE submission_revisions SET copy = $1 WHERE submission = $2`, earlier, sub.ID)
		got, err := w.payload(ctx, w.desk(t, ss), sub, 1)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
		earlier[len(earlier)-1] ^= 1
		w.exec(t, `UPDATE submission_revisions SET copy = $1 WHERE submission = $2`, earlier, sub.ID)
		if _, err := w.payload(ctx, w.desk(t, ss), sub, 1); err == nil {
			t.Error("a changed copy opens")
		}
	})
}

func TestNothingAfterSending(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, tk := w.draft(t)
		stale := w.reopen(t, tk)
		d := w.desk(t, ss)
		if err := w.send(ctx, d, d.program.Empty(), ""); err != nil {
			t.Fatal(err)
		}
		if err := w.save(ctx, stale, keep, []write{{"keeper", []byte(`{}`), 0}}, nil); !fail.Is(err, fail.Conflict) {
			t.Errorf("saving a sent draft gives %v", err)
		}
		if err := w.erase(ctx, paderborn, ss.id, never()); !fail.Is(err, fail.Conflict) {
			t.Errorf("erasing a sent draft gives %v", err)
		}
	})
}

// A draft that was changed after it was looked through is not sent.
func TestSendWhatWasSeen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, tk := w.draft(t)
		d := w.desk(t, w.reopen(t, tk))
		if err := w.save(ctx, ss, keep, []write{{"keeper", []byte(`{}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.send(ctx, d, d.program.Empty(), ""); !fail.Is(err, fail.Conflict) {
			t.Errorf("an old view is sent: %v", err)
		}
		if n := w.count(t, "SELECT count(*) FROM submissions"); n != 0 {
			t.Error("a conflict leaves a submission behind")
		}
	})
}

func (w *world) record(t testing.TB, sub Submission, kind EventKind) error {
	t.Helper()
	return w.DB.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
		return w.store.Record(ctx, tx, sub.Tenant, sub.ID, w.IDs.New(), kind, w.clock.Now())
	})
}

// A withdrawal is final, whoever was about to do something else.
func TestWithdrawalIsFinal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, _, sub := w.submitted(t)
		if err := w.record(t, sub, Withdrawn); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []EventKind{Withdrawn, Answered, Asked, InWork, Decided} {
			if err := w.record(t, sub, kind); !fail.Is(err, fail.Conflict) {
				t.Errorf("%s after a withdrawal: %v", kind, err)
			}
		}
		if err := w.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			return w.store.Advance(ctx, tx, sub.Tenant, sub.ID, w.IDs.New(), Acknowledged, w.clock.Now())
		}); err != nil {
			t.Fatal(err)
		}
		// The correction was begun before; sub still says "received".
		d := w.desk(t, ss)
		if err := w.correct(ctx, d, sub, d.program.Empty(), nil); !fail.Is(err, fail.Conflict) {
			t.Errorf("a correction after a withdrawal: %v", err)
		}
		now, err := w.store.Submission(ctx, w.DB.Read(), paderborn, sub.ID)
		if err != nil || now.State != Withdrawn || now.Revision != 1 {
			t.Errorf("the submission is %s at revision %d, %v", now.State, now.Revision, err)
		}
		if n := w.count(t, `SELECT count(*) FROM submission_events WHERE kind = 'withdrawn'`); n != 1 {
			t.Errorf("%d withdrawals on the timeline", n)
		}
		if err := w.record(t, Submission{Tenant: aachen, ID: sub.ID}, InWork); !fail.Is(err, fail.NotFound) {
			t.Errorf("another town's event: %v", err)
		}
		_, _, other := w.submitted(t)
		if err := w.record(t, other, Decided); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []EventKind{Withdrawn, Answered} {
			if err := w.record(t, other, kind); !fail.Is(err, fail.Conflict) {
				t.Errorf("%s after a decision: %v", kind, err)
			}
		}
	})
}

// Two corrections at once: one is taken, and it has its own leaf.
func TestCorrect(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, tk, sub := w.submitted(t)
		until := w.reopen(t, tk).expire
		p, err := w.payload(ctx, w.desk(t, w.reopen(t, tk)), sub, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.reopenPages(ctx, w.desk(t, w.reopen(t, tk)), p); err != nil {
			t.Fatal(err)
		}
		ss := w.reopen(t, tk)
		if err := w.save(ctx, ss, keep, []write{{"keeper", []byte(`{}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		if now := w.reopen(t, tk); !now.expire.Equal(until) {
			t.Errorf("correcting moves the end of a sent draft from %s to %s", until, now.expire)
		}
		var wg sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			d := w.desk(t, w.reopen(t, tk))
			wg.Go(func() { results[i] = w.correct(ctx, d, sub, d.program.Empty(), nil) })
		}
		wg.Wait()
		taken := 0
		for _, err := range results {
			if err == nil {
				taken++
			} else if !fail.Is(err, fail.Conflict) {
				t.Error(err)
			}
		}
		if n := w.count(t, `SELECT count(*) FROM ledger_leaves WHERE kind = 'corrected-2'`); taken != 1 || n != 1 {
			t.Errorf("%d corrections taken, %d leaves", taken, n)
		}
		if now, err := w.store.Submission(ctx, w.DB.Read(), paderborn, sub.ID); err != nil || now.Revision != 2 || now.State != Answered || !now.Received.Equal(sub.Received) {
			t.Errorf("after the correction: %+v, %v", now, err)
		}
	})
}

// The address for notices is readable only with the master key, and is
// wrapped anew when that changes.
func TestRewrap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, _, sub := w.submitted(t)
		next, err := w.Master.Rotate()
		if err != nil {
			t.Fatal(err)
		}
		w.Master = next
		for want := 1; want >= 0; want-- { // the second time there is nothing to do
			if n, err := w.Rewrap(ctx); err != nil || n != want {
				t.Fatalf("wrapped %d anew, %v; want %d", n, err, want)
			}
		}
		wrapped, lang, err := w.store.notifyAddress(ctx, w.DB.Read(), paderborn, sub.ID)
		if err != nil || lang != "de" {
			t.Fatal(lang, err)
		}
		if address, err := next.Unwrap(notifyPurpose(paderborn, ss.id), wrapped); err != nil || string(address) != "ada@weiss.example" {
			t.Errorf("the address is %q, %v", address, err)
		}
		if _, err := next.Unwrap(notifyPurpose(aachen, ss.id), wrapped); err == nil {
			t.Error("the address opens for another town")
		}
	})
}
