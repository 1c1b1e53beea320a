package submission

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
)

func TestQuota(t *testing.T) {
	clk := clock.NewManual(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))
	q := newQuota(clk, 10)
	for _, step := range []struct {
		caller string
		n      int64
		wait   time.Duration
	}{
		{"a", 4, 0},
		{"a", 6, 0}, // just full
		{"a", 1, 50 * time.Minute},
		{"a", 0, 0},  // nothing is always granted
		{"b", 90, 0}, // one alone may be larger than the quota
		{"b", 1, time.Hour},
	} {
		if got := q.wait(step.caller, step.n); got != step.wait {
			t.Errorf("%s waits %s for %d more, want %s", step.caller, got, step.n, step.wait)
		}
		if step.wait == 0 && step.n > 0 {
			q.use(step.caller, step.n)
			clk.Advance(map[string]time.Duration{"a": 5 * time.Minute}[step.caller])
		}
	}
	clk.Advance(50*time.Minute - time.Microsecond)
	if q.wait("a", 1) != time.Microsecond {
		t.Error("the hour ends early")
	}
	clk.Advance(time.Microsecond)
	if q.wait("a", 1) != 0 || q.wait("b", 1) == 0 {
		t.Error("the hour of the one ends with that of the other, or never")
	}
	q.sweep()
	if len(q.spent) != 1 {
		t.Errorf("%d callers are remembered, want b", len(q.spent))
	}
	for i := range mostCallers + 10 {
		q.use(fmt.Sprint(i), 1)
	}
	if len(q.spent) > mostCallers {
		t.Errorf("%d callers are remembered", len(q.spent))
	}
}

// Ten browsers have the key to a draft; the eleventh takes it from the first,
// also when the clock was set back meanwhile. The code opens it for ever.
func TestSlotsAreBounded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, first := w.draft(t)
		other, _ := w.draft(t)
		code, err := w.resumeCode(ctx, ss)
		if err != nil {
			t.Fatal(err)
		}
		tickets := []ticket{first}
		for range maxCookies {
			w.clock.Advance(time.Minute)
			w.reopen(t, first) // it lies at hand, and is refused nevertheless
			_, tk, err := w.openCode(ctx, code, "")
			if err != nil {
				t.Fatal(err)
			}
			tickets = append(tickets, tk)
		}
		if _, err := w.openTicket(ctx, paderborn, first); !fail.Is(err, fail.NotFound) {
			t.Errorf("the oldest of %d browsers gets %v", len(tickets), err)
		}
		for _, tk := range tickets[1:] {
			w.reopen(t, tk)
		}
		w.clock.Advance(-time.Hour)
		_, late, err := w.openCode(ctx, code, "")
		if err != nil {
			t.Fatal(err)
		}
		w.reopen(t, late)
		if n := w.count(t, `SELECT count(*) FROM submission_slots WHERE kind = 'cookie' AND draft = '`+ss.id+`'`); n != maxCookies {
			t.Errorf("%d browsers have the key", n)
		}
		if n := w.count(t, `SELECT count(*) FROM submission_slots WHERE draft = '`+other.id+`'`); n != 1 {
			t.Error("another draft has lost its key")
		}
	})
}

// Of many at once no more get through than may.
func TestQuotaAtOnce(t *testing.T) {
	q := newQuota(clock.NewManual(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)), 10)
	var through atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if q.take("a", 1) == 0 {
				through.Add(1)
			}
		})
	}
	wg.Wait()
	if through.Load() != 10 {
		t.Errorf("%d got through, want 10", through.Load())
	}
}
