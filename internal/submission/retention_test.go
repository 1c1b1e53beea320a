package submission

import (
	"context"
	"errors"
	"testing"
	"time"

	"leitportal/internal/db"
)

// room is a room to the right, as the eraser sees it.
type room struct {
	since  time.Time
	open   bool
	fails  error
	erased []string
}

func (r *room) Settled(context.Context, db.Querier, string, string) (time.Time, bool, error) {
	return r.since, !r.open, nil
}

func (r *room) Erase(_ context.Context, _ db.Querier, _, submission string) error {
	r.erased = append(r.erased, submission)
	return r.fails
}

func TestTerm(t *testing.T) {
	for closed, end := range map[string]string{
		"2026-11-22T08:00:00Z": "2036-12-31T23:00:00Z",
		"2026-12-31T22:59:59Z": "2036-12-31T23:00:00Z",
		"2026-12-31T23:00:00Z": "2037-12-31T23:00:00Z", // New Year in Germany
		"2026-01-01T00:00:00Z": "2036-12-31T23:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, closed)
		if err != nil {
			t.Fatal(err)
		}
		until := retainedUntil(at, 10)
		if got := until.UTC().Format(time.RFC3339); got != end {
			t.Errorf("closed %s, kept until %s, want %s", closed, got, end)
		}
		if at.Before(overBefore(until.Add(-time.Microsecond), 10)) || !at.Before(overBefore(until, 10)) {
			t.Errorf("closed %s, it is not over just at %s", closed, until)
		}
	}
}

// Any room may hold a case, by something open or by a later end; a room that
// cannot erase leaves everything as it is.
func TestRoomsAreAsked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, _, sub := w.submitted(t)
		_, _, open := w.submitted(t)
		w.exec(t, `UPDATE submissions SET state = 'decided' WHERE id = $1`, sub.ID)
		first, second := &room{}, &room{}
		w.Keepers = []Keeper{first, second}
		w.night(t)
		if len(first.erased) > 0 {
			t.Fatal("erased before the term")
		}
		w.clock.Set(retainedUntil(sub.Received, 10))
		kept := func(when string, n int) {
			t.Helper()
			if got := w.count(t, `SELECT count(*) FROM submissions`); got != n {
				t.Errorf("%s: %d submissions are left, want %d", when, got, n)
			}
		}
		second.open = true
		w.night(t)
		kept("something is open", 2)
		second.open, second.since = false, w.clock.Now().Add(-time.Hour)
		w.night(t)
		kept("put away a year later", 2)
		second.since, second.fails = time.Time{}, errors.New("no")
		first.erased = nil
		if err := w.Night(ctx); err == nil || len(first.erased) != 1 {
			t.Errorf("a room fails: %v, %v", err, first.erased)
		}
		kept("a room fails", 2)
		second.fails = nil
		w.night(t)
		kept("over", 1)
		if len(second.erased) == 0 || second.erased[0] != sub.ID || w.count(t, `SELECT count(*) FROM submissions WHERE id = '`+open.ID+`'`) != 1 {
			t.Errorf("erased %v of %s", second.erased, sub.ID)
		}
		// A version that is no more known has no term: nothing of it is erased.
		w.exec(t, `UPDATE submissions SET state = 'withdrawn', version = '0.0.1'`)
		if err := w.Night(ctx); err == nil {
			t.Error("nobody hears of a version without a term")
		}
		kept("without a term", 1)
	})
}
