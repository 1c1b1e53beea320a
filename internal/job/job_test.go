package job_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
	"leitportal/internal/id"
	"leitportal/internal/job"
)

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func rooms() []db.Migrations { return []db.Migrations{job.Migrations()} }

type world struct {
	*testing.T
	d     *db.DB
	clock *clock.Manual
	log   bytes.Buffer
	mu    sync.Mutex
}

func each(t *testing.T, test func(w *world)) {
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) {
		test(&world{T: t, d: d, clock: clock.NewManual(start)})
	})
}

func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

// runner starts a runner that polls each 5 ms, and returns how to stop it.
func (w *world) runner(handlers map[string]job.Handler, opts ...job.Option) (stop func()) {
	w.Helper()
	opts = append([]job.Option{job.Poll(5 * time.Millisecond)}, opts...)
	r := job.NewRunner(w.d, w.clock, id.NewSource(w.clock, rand.Reader), slog.New(slog.NewTextHandler(w, nil)), handlers, opts...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Run(ctx); err != nil {
			w.Error(err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	w.Cleanup(stop)
	return stop
}

func (w *world) enqueue(jobs ...job.New) {
	w.Helper()
	if err := w.d.Write(w.Context(), func(ctx context.Context, tx db.Querier) error {
		for _, j := range jobs {
			if err := job.Enqueue(ctx, tx, j); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		w.Fatal(err)
	}
}

// counts is "kind open/dead" of each kind.
func (w *world) counts() string {
	w.Helper()
	cs, err := job.Counts(w.Context(), w.d.Read())
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, c := range cs {
		out = append(out, fmt.Sprintf("%s %d/%d", c.Kind, c.Open, c.Dead))
	}
	return strings.Join(out, ", ")
}

// until waits for f at most 10 s.
func (w *world) until(what string, f func() bool) {
	w.Helper()
	for range 2000 {
		if f() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	w.Fatalf("in vain: %s (counts %q)", what, w.counts())
}

func TestEnqueueAndRun(t *testing.T) {
	each(t, func(w *world) {
		var mu sync.Mutex
		seen := map[string]int{}
		w.enqueue(job.New{Kind: "other", Payload: []byte("left alone")})
		for i := range 30 {
			w.enqueue(job.New{Kind: "greet", Tenant: "05774032", Payload: []byte(fmt.Sprint(i))})
		}
		w.runner(map[string]job.Handler{"greet": func(_ context.Context, j job.Job) error {
			mu.Lock()
			defer mu.Unlock()
			if j.Kind != "greet" || j.Tenant != "05774032" || j.Attempt != 1 || j.ID == "" {
				w.Errorf("job %+v", j)
			}
			seen[string(j.Payload)]++
			return nil
		}})
		w.until("all done", func() bool { return w.counts() == "other 1/0" })
		mu.Lock()
		defer mu.Unlock()
		if len(seen) != 30 {
			w.Errorf("%d of 30 jobs ran", len(seen))
		}
		for p, n := range seen {
			if n != 1 {
				w.Errorf("job %s ran %d times", p, n)
			}
		}
	})
}

func TestEnqueueIsTransactional(t *testing.T) {
	each(t, func(w *world) {
		boom := errors.New("boom")
		if err := w.d.Write(w.Context(), func(ctx context.Context, tx db.Querier) error {
			if err := job.Enqueue(ctx, tx, job.New{Kind: "a"}); err != nil {
				return err
			}
			return boom
		}); !errors.Is(err, boom) {
			w.Fatal(err)
		}
		if got := w.counts(); got != "" {
			w.Errorf("counts %q", got)
		}
	})
}

func TestWakeAndNotBefore(t *testing.T) {
	each(t, func(w *world) {
		ran := make(chan string, 10)
		ids := id.NewSource(w.clock, rand.Reader)
		r := job.NewRunner(w.d, w.clock, ids, slog.New(slog.DiscardHandler), map[string]job.Handler{
			"a": func(_ context.Context, j job.Job) error { ran <- string(j.Payload); return nil },
		}, job.Poll(time.Hour))
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		w.enqueue(job.New{Kind: "a", Payload: []byte("later"), NotBefore: start.Add(24 * time.Hour)}, job.New{Kind: "a", Payload: []byte("now")})
		r.Wake()
		if got := <-ran; got != "now" {
			w.Errorf("first %s", got)
		}
		w.until("the first is off the books", func() bool { return w.counts() == "a 1/0" })
		w.clock.Advance(24 * time.Hour)
		r.Wake()
		if got := <-ran; got != "later" {
			w.Errorf("second %s", got)
		}
		cancel()
		if err := <-done; err != nil {
			w.Error(err)
		}
	})
}

func TestUnique(t *testing.T) {
	each(t, func(w *world) {
		one := func(payload string) job.New {
			return job.New{Kind: "key", Tenant: "t", Unique: "u", Payload: []byte(payload), NotBefore: start.Add(time.Hour)}
		}
		w.enqueue(one("a"), one("b"), job.New{Kind: "key", Tenant: "t2", Unique: "u"}, job.New{Kind: "key", Tenant: "t"}, job.New{Kind: "key", Tenant: "t"})
		if got := w.counts(); got != "key 4/0" {
			w.Errorf("counts %q", got)
		}
		w.clock.Advance(time.Hour)
		entered, leave := make(chan string), make(chan struct{})
		stop := w.runner(map[string]job.Handler{"key": func(_ context.Context, j job.Job) error {
			if len(j.Payload) > 0 {
				entered <- string(j.Payload)
				<-leave
			}
			return nil
		}})
		if got := <-entered; got != "b" {
			w.Errorf("ran with payload %s, want the newest", got)
		}
		w.enqueue(one("c")) // asked for while it runs: runs again
		leave <- struct{}{}
		if got := <-entered; got != "c" {
			w.Errorf("second run with %s", got)
		}
		leave <- struct{}{}
		w.until("all done", func() bool { return w.counts() == "" })
		stop()
	})
}

func TestRetryAndDeadLetter(t *testing.T) {
	each(t, func(w *world) {
		var calls, panics atomic.Int64
		w.enqueue(job.New{Kind: "flaky", Tenant: "t", Unique: "u"}, job.New{Kind: "hopeless", Tenant: "t"}, job.New{Kind: "panics"})
		w.runner(map[string]job.Handler{
			"flaky": func(_ context.Context, j job.Job) error {
				if n := calls.Add(1); n <= 3 && int64(j.Attempt) != n {
					w.Errorf("attempt %d", j.Attempt)
				}
				return errors.New(strings.Repeat("ä", 400))
			},
			"hopeless": func(context.Context, job.Job) error {
				return fmt.Errorf("no: %w", job.Permanent(errors.New("wrong format")))
			},
			"panics": func(context.Context, job.Job) error { panics.Add(1); panic("oh") },
		}, job.Retry(3, time.Second, time.Minute))
		w.until("first attempts", func() bool { return calls.Load() == 1 && w.counts() == "flaky 1/0, hopeless 0/1, panics 1/0" })
		time.Sleep(30 * time.Millisecond)
		if calls.Load() != 1 {
			w.Error("retried without waiting")
		}
		w.clock.Advance(time.Second)
		w.until("second attempt", func() bool { return calls.Load() == 2 && panics.Load() == 2 })
		w.until("dead letters", func() bool {
			w.clock.Advance(time.Second)
			return w.counts() == "flaky 0/1, hopeless 0/1, panics 0/1"
		})
		dead, err := job.Dead(w.Context(), w.d.Read(), 10)
		if err != nil || len(dead) != 3 {
			w.Fatalf("%v %v", dead, err)
		}
		for _, l := range dead {
			want := map[string]string{"flaky": strings.Repeat("ä", 248), "hopeless": "no: wrong format", "panics": "panic: oh"}[l.Kind]
			if !strings.HasPrefix(l.Reason, want) || len(l.Reason) > 500 || l.DeadAt.Before(start) {
				w.Errorf("dead letter %+v", l)
			}
			if l.Kind == "flaky" {
				w.enqueue(job.New{Kind: "flaky", Tenant: "t", Unique: "u", NotBefore: start.Add(time.Hour)}) // the key is free again
				if err := w.d.Write(w.Context(), func(ctx context.Context, tx db.Querier) error { return job.Revive(ctx, tx, l.ID) }); err != nil {
					w.Error(err)
				}
			}
		}
		w.until("revived", func() bool { return calls.Load() >= 4 })
		err = w.d.Write(w.Context(), func(ctx context.Context, tx db.Querier) error { return job.Revive(ctx, tx, "none") })
		if !fail.Is(err, fail.NotFound) {
			w.Errorf("revive nothing: %v", err)
		}
	})
}

// A process that dies leaves its lease; when that has ended, another takes the
// job, and one that kills every process ends as a dead letter.
func TestCrash(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(job.New{Kind: "a"})
		block := make(chan struct{})
		defer close(block)
		var calls atomic.Int64
		hang := map[string]job.Handler{"a": func(context.Context, job.Job) error {
			if calls.Add(1) < 3 {
				<-block // never comes back: as good as dead
			}
			return nil
		}}
		// The first two do not renew their leases: their tickers are too slow.
		for i := range 2 {
			r := job.NewRunner(w.d, w.clock, id.NewSource(w.clock, rand.Reader), slog.New(slog.DiscardHandler), hang, job.Poll(5*time.Millisecond), job.Grace(0))
			ctx, cancel := context.WithCancel(context.Background())
			go func() { _ = r.Run(ctx) }()
			w.until("taken", func() bool { return calls.Load() == int64(i)+1 })
			cancel()
			w.clock.Advance(59 * time.Second)
			time.Sleep(20 * time.Millisecond)
			if calls.Load() != int64(i)+1 {
				w.Error("taken while leased")
			}
			w.clock.Advance(time.Second)
		}
		w.runner(hang, job.Retry(3, time.Second, time.Second))
		w.until("done by the third", func() bool { return w.counts() == "" })
	})
}

func TestLeaseIsRenewed(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(job.New{Kind: "a"})
		var calls atomic.Int64
		leave := make(chan struct{})
		h := map[string]job.Handler{"a": func(context.Context, job.Job) error { calls.Add(1); <-leave; return nil }}
		w.runner(h, job.Lease(60*time.Millisecond))
		w.runner(h, job.Lease(60*time.Millisecond))
		for range 10 {
			time.Sleep(25 * time.Millisecond)
			w.clock.Advance(5 * time.Millisecond)
		}
		if calls.Load() != 1 {
			w.Errorf("%d runners have the job", calls.Load())
		}
		close(leave)
		w.until("done", func() bool { return w.counts() == "" })
	})
}

func TestLostLeaseEndsTheHandler(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(job.New{Kind: "a"})
		ended := make(chan struct{})
		w.runner(map[string]job.Handler{"a": func(ctx context.Context, _ job.Job) error {
			if err := w.d.Write(ctx, func(ctx context.Context, tx db.Querier) error {
				_, err := tx.Exec(ctx, `UPDATE jobs SET lease = 'another', due = $1`, clock.Micros(start.Add(time.Hour)))
				return err
			}); err != nil {
				return err
			}
			<-ctx.Done()
			close(ended)
			return nil
		}}, job.Lease(30*time.Millisecond))
		<-ended
		time.Sleep(20 * time.Millisecond)
		if got := w.counts(); got != "a 1/0" {
			w.Errorf("counts %q: a job of another process was finished", got)
		}
	})
}

func TestLimitAndSeveralRunners(t *testing.T) {
	each(t, func(w *world) {
		const jobs = 60
		var now, most, total atomic.Int64
		h := map[string]job.Handler{"a": func(context.Context, job.Job) error {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Millisecond)
			now.Add(-1)
			total.Add(1)
			return nil
		}}
		for i := range jobs {
			w.enqueue(job.New{Kind: "a", Payload: []byte{byte(i)}})
		}
		for range 3 {
			w.runner(h, job.Limit("a", 2))
		}
		w.until("done", func() bool { return w.counts() == "" })
		if most.Load() > 6 || total.Load() != jobs {
			w.Errorf("%d at once by 3 runners of 2, %d runs of %d jobs", most.Load(), total.Load(), jobs)
		}
	})
}

func TestGracefulStop(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(job.New{Kind: "short"}, job.New{Kind: "endless"})
		var started sync.WaitGroup
		started.Add(2)
		stop := w.runner(map[string]job.Handler{
			"short":   func(context.Context, job.Job) error { started.Done(); time.Sleep(50 * time.Millisecond); return nil },
			"endless": func(ctx context.Context, _ job.Job) error { started.Done(); <-ctx.Done(); return ctx.Err() },
		}, job.Grace(200*time.Millisecond))
		started.Wait()
		stop()
		if got := w.counts(); got != "endless 1/0" {
			w.Errorf("counts %q", got)
		}
		again := make(chan int)
		w.runner(map[string]job.Handler{"endless": func(_ context.Context, j job.Job) error { again <- j.Attempt; return nil }})
		if got := <-again; got != 1 {
			w.Errorf("being stopped was counted as a failure: attempt %d", got)
		}
	})
}

func TestBusy(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(job.New{Kind: "heavy"}, job.New{Kind: "light"})
		began := time.Now()
		took := make(chan string, 2)
		note := func(_ context.Context, j job.Job) error {
			took <- fmt.Sprint(j.Kind, time.Since(began) >= 100*time.Millisecond)
			return nil
		}
		w.runner(map[string]job.Handler{"heavy": note, "light": note},
			job.Busy(func() bool { return true }, 100*time.Millisecond, "heavy"))
		if got := <-took; !strings.HasPrefix(got, "light") {
			w.Errorf("first %s", got)
		}
		if got := <-took; got != "heavytrue" {
			w.Errorf("then %s", got)
		}
	})
}

// A look that falls between two requests of a crowd is no calm.
func TestBusyBetweenRequests(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(job.New{Kind: "heavy"})
		began, look := time.Now(), 0
		took := make(chan time.Duration, 1)
		w.runner(map[string]job.Handler{"heavy": func(context.Context, job.Job) error {
			took <- time.Since(began)
			return nil
		}}, job.Busy(func() bool { look++; return look%3 == 0 }, 300*time.Millisecond, "heavy"))
		if got := <-took; got < 300*time.Millisecond {
			w.Errorf("done after %v, between two requests", got)
		}
	})
}
