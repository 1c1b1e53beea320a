package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"leitportal/internal/job"
	"leitportal/internal/web"
)

const (
	// While more than busyRequests are being answered at once, opening
	// submissions (RSA, milliseconds of computing each) waits, but for
	// busyPatience at most: people come before the desk's acknowledgement.
	busyRequests = 1
	busyPatience = 30 * time.Second
	// stopPatience is how long answers under way may take when the portal
	// stops.
	stopPatience = 15 * time.Second
)

type serveCmd struct{}

func (serveCmd) Run(p *process) error { return serve(p) }

// serve runs the portal until the process is asked to stop.
func serve(p *process) error {
	if err := p.cfg.check(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", p.cfg.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w (is a portal running there already? Set PORT to another one)", p.cfg.Listen, err)
	}
	publicURL := p.cfg.url(l.Addr())
	a, err := New(p.ctx, p.cfg, publicURL, p.log)
	if err != nil {
		l.Close()
		return err
	}
	defer a.Close()
	tuneMemory()
	if p.cfg.Demo {
		a.printDemo(p.out, publicURL)
	}
	p.log.Info("serving", "address", publicURL, "database", string(a.db.Kind()), "version", Version)
	return a.Serve(p.ctx, l)
}

// tuneMemory trades memory for speed: a portal lives on some 30 MB and makes
// 60 kB of garbage a request. Collecting at five times what is alive instead
// of twice saves a tenth of the CPU; the limit keeps a rush from growing past
// what small machines have. With forms of thousands of fields more is alive from
// the start, and the limit is further away: just above what is alive the portal
// would do little but collect. GOGC and GOMEMLIMIT, where set, win.
func tuneMemory() {
	if was := debug.SetGCPercent(400); was != 100 {
		debug.SetGCPercent(was)
	}
	if was := debug.SetMemoryLimit(-1); was == math.MaxInt64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		debug.SetMemoryLimit(max(160<<20, 5*int64(m.HeapAlloc)))
	}
}

// Serve answers requests on l and does the work behind them until ctx ends.
// Then it takes no more, finishes what is under way, and returns.
func (a *App) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: a.router, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	debug.FreeOSMemory() // what building the search index needed
	// Work goes on until the last answer is out, for answers wait for it.
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	var g errgroup.Group
	a.work(work, &g)
	g.Go(func() error {
		defer stopWork()
		failed := make(chan error, 1)
		go func() { failed <- server.Serve(l) }()
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
		}
		a.log.Info("stopping")
		a.stopping.Store(true)
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
		defer cancel()
		if err := server.Shutdown(end); err != nil {
			a.log.Warn("answers under way were cut off", "error", err)
			return server.Close()
		}
		return nil
	})
	err := g.Wait()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}

// work does what goes on behind the requests, until ctx ends.
func (a *App) work(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { return a.jobs.Run(ctx) })
	g.Go(func() error { return a.ledger.Run(ctx) })
	g.Go(func() error { a.tenants.Run(ctx); return nil })
	g.Go(func() error { a.adoptions.Run(ctx); return nil })
	g.Go(func() error { return a.submission.Run(ctx) })
}

// probes are the operator's addresses.
func (a *App) probes() []web.Route {
	handler := promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{})
	return []web.Route{
		{Site: web.Root, Pattern: "GET /healthz", Access: web.Public, Handle: func(w http.ResponseWriter, _ *http.Request) error {
			_, err := w.Write([]byte("ok\n"))
			return err
		}},
		{Site: web.Root, Pattern: "GET /readyz", Access: web.Public, Handle: func(w http.ResponseWriter, r *http.Request) error {
			ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
			defer cancel()
			if err := a.db.Ping(ctx); err != nil || a.stopping.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
				_, err := w.Write([]byte("not ready\n"))
				return err
			}
			_, err := w.Write([]byte("ready\n"))
			return err
		}},
		{Site: web.Root, Pattern: "GET /metrics", Access: web.Probe, Handle: func(w http.ResponseWriter, r *http.Request) error {
			handler.ServeHTTP(w, r)
			return nil
		}},
	}
}

// measure registers what the operator watches beside the requests.
func (a *App) measure() {
	a.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &gauges{app: a})
}

// gauges asks the database when it is read: jobs, and what waits for the
// offices.
type gauges struct{ app *App }

func (g *gauges) descs() (jobs, waiting, oldest *prometheus.Desc) {
	return prometheus.NewDesc("leitportal_jobs", "Jobs, by kind and state (open, dead).", []string{"kind", "state"}, nil),
		prometheus.NewDesc("leitportal_handovers_waiting", "Submissions that no office has acknowledged yet.", nil, nil),
		prometheus.NewDesc("leitportal_handover_oldest_seconds", "How long the oldest of them has been waiting.", nil, nil)
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	jobs, waiting, oldest := g.descs()
	ch <- jobs
	ch <- waiting
	ch <- oldest
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	jobs, waiting, oldest := g.descs()
	if counts, err := job.Counts(ctx, g.app.db.Read()); err == nil {
		for _, c := range counts {
			ch <- prometheus.MustNewConstMetric(jobs, prometheus.GaugeValue, float64(c.Open), c.Kind, "open")
			ch <- prometheus.MustNewConstMetric(jobs, prometheus.GaugeValue, float64(c.Dead), c.Kind, "dead")
		}
	}
	if n, since, err := g.app.delivery.Waiting(ctx); err == nil {
		age := 0.0
		if n > 0 {
			age = g.app.clock.Now().Sub(since).Seconds()
		}
		ch <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(n))
		ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, age)
	}
}
