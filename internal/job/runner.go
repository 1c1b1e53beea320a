package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/id"
)

// Runner does the jobs of one process.
type Runner struct {
	db       *db.DB
	clock    clock.Clock
	ids      *id.Source
	log      *slog.Logger
	handlers map[string]Handler
	kinds    []string // of handlers, sorted

	limits      map[string]int
	yields      map[string]bool
	busy        func() bool
	yield       time.Duration
	poll        time.Duration
	lease       time.Duration
	grace       time.Duration
	attempts    int
	first, last time.Duration

	wake    chan struct{}
	mu      sync.Mutex
	running map[string]int // by kind
	wg      sync.WaitGroup
}

// rest is the least time between two looks for work: in a crowd each sending
// calls Wake, and one look serves many.
const rest = 10 * time.Millisecond

// Option changes how a Runner works.
type Option func(*Runner)

// Busy lets the jobs of the given kinds, which need much computing, wait while
// busy says that people are being served, but at most for limit each.
func Busy(busy func() bool, limit time.Duration, kinds ...string) Option {
	return func(r *Runner) {
		r.busy, r.yield = busy, limit
		for _, k := range kinds {
			r.yields[k] = true
		}
	}
}

// Limit lets at most n jobs of a kind run at once in this process, in place of
// 4.
func Limit(kind string, n int) Option { return func(r *Runner) { r.limits[kind] = n } }

// Poll is how often to look for work that nobody called Wake for, in place of
// each second.
func Poll(d time.Duration) Option { return func(r *Runner) { r.poll = d } }

// Lease is how long after a crash the job is taken up by another process, in
// place of one minute. Leases of running jobs are renewed.
func Lease(d time.Duration) Option { return func(r *Runner) { r.lease = d } }

// Grace is how long Run, asked to stop, lets jobs go on before it ends their
// contexts, in place of 10 seconds.
func Grace(d time.Duration) Option { return func(r *Runner) { r.grace = d } }

// Retry sets the number of attempts, the wait after the first and the longest
// wait, in place of 16 attempts, one second and one hour (nearly five hours
// in all).
func Retry(attempts int, first, longest time.Duration) Option {
	return func(r *Runner) { r.attempts, r.first, r.last = attempts, first, longest }
}

// NewRunner makes a runner of the kinds that handlers has; jobs of other kinds
// it leaves alone.
func NewRunner(d *db.DB, c clock.Clock, ids *id.Source, log *slog.Logger, handlers map[string]Handler, opts ...Option) *Runner {
	r := &Runner{
		db: d, clock: c, ids: ids, log: log, handlers: maps.Clone(handlers), kinds: slices.Sorted(maps.Keys(handlers)),
		limits: map[string]int{}, yields: map[string]bool{}, busy: func() bool { return false },
		poll: time.Second, lease: time.Minute, grace: 10 * time.Second, attempts: 16, first: time.Second, last: time.Hour,
		wake: make(chan struct{}, 1), running: map[string]int{},
	}
	for _, o := range opts {
		o(r)
	}
	return r
}

// Wake makes the runner look for work at once. Call it after the commit that
// enqueued some; it never blocks, and may come before Run.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run does jobs until ctx ends. Then it takes no more, waits for those under
// way (see Grace), and returns nil.
func (r *Runner) Run(ctx context.Context) error {
	if len(r.kinds) == 0 {
		<-ctx.Done()
		return nil
	}
	jobs, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			continue
		case <-r.wake:
		case <-timer.C:
		}
		wait, err := r.round(ctx, jobs)
		if err != nil && ctx.Err() == nil {
			r.log.Error("job: no work can be taken; trying again", "err", err)
		}
		timer.Reset(wait)
		select { // who calls in the meantime is heard all the same
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
	defer time.AfterFunc(r.grace, stop).Stop()
	r.wg.Wait()
	return nil
}

// round starts what is due and can be started, and tells how long there is
// nothing to do. Jobs run with the context jobs.
func (r *Runner) round(ctx, jobs context.Context) (time.Duration, error) {
	due, err := next(ctx, r.db.Read(), r.kinds)
	if err != nil {
		return r.poll, err
	}
	now, wait := r.clock.Now(), r.poll
	free := map[string]int{}
	r.mu.Lock()
	for i, kind := range r.kinds {
		n := r.limit(kind) - r.running[kind]
		switch {
		case due[i].IsZero() || n <= 0: // a job that ends wakes us
		case due[i].After(now):
			wait = min(wait, due[i].Sub(now))
		default:
			free[kind] = n
		}
	}
	r.mu.Unlock()
	if len(free) == 0 {
		return wait, nil
	}
	var taken []Job
	lease := r.ids.New()
	if err := r.db.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		for _, kind := range r.kinds { // in one order everywhere: no deadlocks
			if free[kind] == 0 {
				continue
			}
			got, err := claim(ctx, tx, kind, lease, now, now.Add(r.lease), free[kind])
			if err != nil {
				return err
			}
			taken = append(taken, got...)
		}
		return nil
	}); err != nil {
		return r.poll, err
	}
	for _, j := range taken {
		r.mu.Lock()
		r.running[j.Kind]++
		r.mu.Unlock()
		r.wg.Go(func() {
			r.do(jobs, j)
			r.mu.Lock()
			r.running[j.Kind]--
			r.mu.Unlock()
			r.Wake()
		})
	}
	return wait, nil
}

func (r *Runner) limit(kind string) int {
	if n, ok := r.limits[kind]; ok {
		return n
	}
	return 4
}

// do runs one job and writes down what came of it.
func (r *Runner) do(jobs context.Context, j Job) {
	ctx, cancel := context.WithCancelCause(jobs)
	defer cancel(nil)
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		r.keep(ctx, j, cancel)
	}()
	err := r.attempt(ctx, j)
	lost := context.Cause(ctx) == errLost
	cancel(nil)
	<-renewing
	if lost {
		r.log.Warn("job: lease lost", "kind", j.Kind, "job", j.ID)
		return
	}
	now := r.clock.Now()
	record := context.WithoutCancel(jobs)
	werr := r.db.Write(record, func(ctx context.Context, tx db.Querier) error {
		var final permanent
		switch {
		case err == nil:
			return finish(ctx, tx, j)
		case jobs.Err() != nil: // stopped by us, not its fault
			return release(ctx, tx, j, now, j.Attempt-1, "")
		case errors.As(err, &final) || j.Attempt >= r.attempts:
			return bury(ctx, tx, j, now, reason(err))
		default:
			return release(ctx, tx, j, now.Add(backoff(r.first, r.last, j.ID, j.Attempt)), j.Attempt, reason(err))
		}
	})
	if err != nil {
		r.log.Warn("job failed", "kind", j.Kind, "job", j.ID, "attempt", j.Attempt, "err", err)
	}
	if werr != nil { // the lease ends, and the job is done again
		r.log.Error("job: the outcome could not be written down", "kind", j.Kind, "job", j.ID, "err", werr)
	}
}

// attempt gives way to people, then calls the handler.
func (r *Runner) attempt(ctx context.Context, j Job) (err error) {
	if j.Attempt > r.attempts {
		return Permanent(fmt.Errorf("the process ended during each of %d attempts", r.attempts))
	}
	if r.yields[j.Kind] {
		r.giveWay(ctx)
	}
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("job panicked", "kind", j.Kind, "job", j.ID, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return r.handlers[j.Kind](ctx, j)
}

// giveWay waits until nobody is being served, at several looks in a row: one
// look may fall between two requests of a crowd.
func (r *Runner) giveWay(ctx context.Context) {
	const step, looks = 20 * time.Millisecond, 3
	for waited, calm := time.Duration(0), 0; waited < r.yield && ctx.Err() == nil; waited += step {
		if calm++; r.busy() {
			calm = 0
		}
		if calm == looks {
			return
		}
		time.Sleep(step)
	}
}

// keep renews the lease until ctx ends, which it sees to when the lease is
// lost.
func (r *Runner) keep(ctx context.Context, j Job, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(r.lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := r.db.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			return renew(ctx, tx, j, r.clock.Now().Add(r.lease))
		})
		if errors.Is(err, errLost) {
			cancel(errLost)
		}
	}
}
