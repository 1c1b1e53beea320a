package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"leitportal/internal/audit"
	"leitportal/internal/blob"
	"leitportal/internal/casework"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/delivery"
	"leitportal/internal/form"
	"leitportal/internal/id"
	"leitportal/internal/job"
	"leitportal/internal/ledger"
	"leitportal/internal/login"
	"leitportal/internal/mail"
	"leitportal/internal/pdf"
	"leitportal/internal/place"
	"leitportal/internal/postbox"
	"leitportal/internal/progress"
	"leitportal/internal/seal"
	"leitportal/internal/search"
	"leitportal/internal/service"
	"leitportal/internal/solution"
	"leitportal/internal/staff"
	"leitportal/internal/submission"
	"leitportal/internal/tenant"
	"leitportal/internal/ui"
	"leitportal/internal/web"
	webassets "leitportal/web"
)

// App is a portal, wired and ready to serve.
type App struct {
	cfg   Config
	log   *slog.Logger
	clock clock.Clock
	rand  io.Reader
	ids   *id.Source

	master  *seal.Master
	db      *db.DB
	blobs   *blob.Store
	assets  *webassets.Set
	fonts   *pdf.Fonts
	mail    mail.Sender
	metrics *prometheus.Registry

	atlas     *place.Atlas
	tenants   *tenant.Directory
	pages     *tenant.Pages
	desk      *tenant.Desk
	catalog   *service.Catalog
	board     *progress.Board
	reports   *progress.Desk
	index     *search.Index
	solutions *solution.Catalog
	adoptions *solution.Adoptions
	programs  *programs

	signer     ledger.Signer
	ledgerKeys []string
	ledger     *ledger.Ledger
	delivery   *delivery.Service
	postbox    *postbox.Postbox
	submission *submission.Service
	casework   *casework.Service
	staff      *staff.Service
	login      *login.Service
	jobs       *job.Runner

	router   *web.Router
	stopping atomic.Bool // /readyz says no; the balancer sends people elsewhere
}

// migrations are the tables of all rooms, in the order of the way of the data.
func migrations() []db.Migrations {
	return []db.Migrations{
		job.Migrations(), ledger.Migrations(), audit.Migrations(), staff.Migrations(), login.Migrations(),
		tenant.Migrations(), progress.Migrations(), solution.Migrations(), submission.Migrations(), delivery.Migrations(), casework.Migrations(), postbox.Migrations(),
	}
}

// portalName is the name under which the portal signs.
const portalName = "leitportal"

// New opens everything and builds the rooms. The public URL must be known
// by then (it is printed on receipts).
func New(ctx context.Context, cfg Config, publicURL string, log *slog.Logger) (*App, error) {
	return newAt(ctx, cfg, publicURL, log, clock.System())
}

// newAt is New with another clock; for tests.
func newAt(ctx context.Context, cfg Config, publicURL string, log *slog.Logger, clk clock.Clock) (*App, error) {
	a := &App{cfg: cfg, log: log, clock: clk, rand: rand.Reader, metrics: prometheus.NewRegistry()}
	a.ids = id.NewSource(a.clock, a.rand)
	if err := a.open(ctx); err != nil {
		a.Close()
		return nil, err
	}
	if err := a.follow(ctx); err != nil {
		a.Close()
		return nil, err
	}
	if err := a.build(publicURL); err != nil {
		a.Close()
		return nil, err
	}
	if cfg.Demo {
		if err := a.seedDemo(ctx); err != nil {
			a.Close()
			return nil, fmt.Errorf("the demo world: %w", err)
		}
	}
	return a, nil
}

// open reads keys, database and files, and what is embedded; what does not
// wait for each other does so side by side.
func (a *App) open(ctx context.Context) error {
	if err := os.MkdirAll(a.cfg.Data, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w", err)
	}
	var g errgroup.Group
	g.Go(func() (err error) {
		if a.catalog, err = service.Load(); err != nil {
			return err
		}
		if a.solutions, err = a.cfg.loadSolutions(); err != nil {
			return err
		}
		a.programs = newPrograms(a.solutions)
		g.Go(a.programs.compile)
		a.index, err = search.New(a.catalog, phrases(a.solutions))
		return err
	})
	g.Go(func() (err error) {
		a.assets, err = webassets.Load()
		if errors.Is(err, webassets.ErrMissing) {
			a.log.Warn(err.Error())
			err = nil
		} else if err == nil {
			a.fonts, err = loadFonts(a.assets)
		}
		return err
	})
	g.Go(func() (err error) {
		if a.atlas, err = place.Load(); err != nil {
			return err
		}
		if a.master, err = seal.LoadOrCreateMaster(a.cfg.masterKeyFile(), a.rand); err != nil {
			return fmt.Errorf("the master key: %w", err)
		}
		if a.blobs, err = blob.Open(a.cfg.path("files")); err != nil {
			return err
		}
		if a.mail, err = a.openMail(); err != nil {
			return err
		}
		if a.db, err = db.Open(ctx, a.cfg.database()); err != nil {
			return err
		}
		if err = a.db.Migrate(ctx, migrations()); err != nil {
			return err
		}
		if a.tenants, err = tenant.NewDirectory(ctx, a.atlas, a.db, a.clock, a.log); err != nil {
			return err
		}
		a.signer, a.ledgerKeys, err = ledger.OpenKeys(ctx, a.db, a.master, a.clock, a.rand, portalName)
		if err != nil {
			return err
		}
		return ledger.SaveKeys(a.cfg.Data, a.ledgerKeys)
	})
	return g.Wait()
}

// follow brings the catalogue of solutions to what was adopted.
func (a *App) follow(ctx context.Context) error {
	a.adoptions = &solution.Adoptions{
		DB: a.db, Clock: a.clock, Log: a.log, Catalog: a.solutions, Everywhere: a.cfg.OfferAll || a.cfg.only != nil,
		Record: func(ctx context.Context, tx db.Querier, e solution.Event) error {
			return recorder("solution")(ctx, tx, staff.Event(e))
		},
		Prove: func(v *solution.Version, sets []*solution.Set) error {
			return a.programs.prove(v, sets, clock.Today(a.clock))
		},
	}
	return a.adoptions.Refresh(ctx)
}

func (a *App) openMail() (mail.Sender, error) {
	if a.cfg.SMTP != "" {
		return mail.NewSMTP(a.cfg.SMTP, a.cfg.MailFrom, a.clock)
	}
	return mail.NewFolder(a.cfg.path("mail"), a.cfg.MailFrom, a.clock)
}

func loadFonts(assets *webassets.Set) (*pdf.Fonts, error) {
	regular, err := assets.Font("Regular")
	if err != nil {
		return nil, fmt.Errorf("font of the PDF writer: %w", err)
	}
	bold, err := assets.Font("SemiBold")
	if err != nil {
		return nil, fmt.Errorf("font of the PDF writer: %w", err)
	}
	return pdf.LoadFonts(regular, bold)
}

// build makes the rooms and connects them.
func (a *App) build(publicURL string) error {
	words := newWords()
	a.ledger = ledger.New(ledger.Config{
		DB: a.db, Clock: a.clock, Log: a.log, Signer: a.signer, Keys: a.ledgerKeys, Holder: a.ids.New(),
	})
	a.delivery = delivery.New(delivery.Config{DB: a.db, Clock: a.clock, IDs: a.ids, Rand: a.rand, Master: a.master})
	a.postbox = postbox.New(a.clock, a.ids)
	a.submission = submission.New(submission.Config{
		DB: a.db, Clock: a.clock, IDs: a.ids, Rand: a.rand, Log: a.log, Master: a.master, Mail: a.mail, Blobs: a.blobs,
		Ledger: a.ledger, Signer: a.signer, Fonts: a.fonts, Tenants: a.tenants, Solutions: a.solutions,
		Program: a.programs.program, Offices: a.delivery, Delivery: a.delivery, Postbox: a.postbox,
		Words: words, Wake: a.wake, Account: a.cfg.Account, PortalURL: publicURL, DraftsPerHour: a.cfg.DraftsPerHour, UploadsPerHour: a.cfg.UploadsPerHour, DiskReserve: a.cfg.DiskReserve,
	})
	a.casework = casework.NewService(casework.Config{
		DB: a.db, Clock: a.clock, IDs: a.ids, Rand: a.rand, Master: a.master, Blobs: a.blobs, Fonts: a.fonts,
		Tenants: a.tenants, Solutions: a.solutions, Program: a.programs.program,
		Office: a.delivery, Postbox: a.postbox, Notifier: a.submission, Staff: staff.Directory{DB: a.db}, Wake: a.wake,
	})
	if a.cfg.only != nil {
		a.submission.Read = (*form.Program).Salvage
	}
	scanner, err := a.cfg.scanner()
	if err != nil {
		return err
	}
	if scanner != nil {
		a.submission.Scanner = scanner
	}
	if a.casework.Map, err = a.cfg.geoMap(areaOf(a.atlas), a.master, a.clock, a.log); err != nil {
		return err
	}
	a.submission.Map = a.casework.Map
	a.submission.Trial, a.casework.Trial = a.solutions.Trial, a.solutions.Trial
	a.submission.Testers = []string{staff.Admin, staff.Lead}
	a.submission.TestRecord = func(ctx context.Context, tx db.Querier, e submission.TestEvent) error {
		return recorder("test")(ctx, tx, staff.Event(e))
	}
	record := recorder("staff")
	a.submission.Keepers = []submission.Keeper{a.delivery, a.casework, a.postbox} // some of them need submission first
	a.login = login.New(login.Config{DB: a.db, Clock: a.clock, IDs: a.ids, Rand: a.rand, Master: a.master, Record: record})
	a.staff = &staff.Service{DB: a.db, Clock: a.clock, IDs: a.ids, Record: record, Credentials: a.login}
	a.pages = tenant.NewPages(a.tenants, a.ids)
	if days := a.cfg.FeedbackDays; days > 0 {
		a.tenants.KeepFeedback = time.Duration(days) * 24 * time.Hour
	}
	a.desk = &tenant.Desk{
		Directory: a.tenants, Settings: []string{staff.Editor}, Messages: []string{staff.Editor, staff.Lead},
		Record: func(ctx context.Context, tx db.Querier, e tenant.Event) error {
			return recorder("tenant")(ctx, tx, staff.Event(e))
		},
	}

	routes, err := a.routes()
	if err != nil {
		return err
	}
	proxies, err := a.cfg.proxies()
	if err != nil {
		return err
	}
	hosts, err := a.cfg.hosts()
	if err != nil {
		return err
	}
	a.router, err = web.NewRouter(web.Config{
		Routes: routes, Resolver: resolver{a.tenants, hosts, hostOf(publicURL)}, Authenticate: a.authenticate, SignInPath: login.SignInPath,
		ErrorPage: errorPage(words), Around: a.frame, PublicURL: publicURL, Secure: a.cfg.secure(), TrustedProxies: proxies,
		ProbeToken: a.cfg.ProbeToken, Clock: a.clock, IDs: a.ids, Rand: a.rand, Log: a.log, Metrics: web.NewMetrics(a.metrics),
	})
	if err != nil {
		return err
	}
	a.jobs = a.runner()
	a.measure()
	return nil
}

// routes is the whole route table.
func (a *App) routes() ([]web.Route, error) {
	see := &sight{solutions: a.solutions, tenants: a.tenants, clock: a.clock}
	a.board = progress.NewBoard(a.catalog, a.atlas, see, a.db, a.clock)
	see.board = a.board
	a.reports = &progress.Desk{Board: a.board, Catalog: a.catalog, Roles: []string{staff.Editor, staff.Admin}, Record: a.desk.Record}
	advance := &progress.Pages{Board: a.board, Catalog: a.catalog, Tenants: a.tenants}
	services, err := service.NewHandler(service.Handler{
		Catalog: a.catalog, Atlas: a.atlas, Clock: a.clock, Online: see, Texts: see, Offices: see, Revision: see.revision,
	})
	if err != nil {
		return nil, err
	}
	searching, err := search.NewHandler(search.Handler{
		Index: a.index, Catalog: a.catalog, Atlas: a.atlas, Online: see, Offices: see,
	})
	if err != nil {
		return nil, err
	}
	var all []web.Route
	for _, routes := range [][]web.Route{
		a.probes(), ui.AssetRoutes(a.assets), ui.Routes(), a.pages.Routes(), a.desk.Routes(), services.Routes(), advance.Routes(), a.reports.Routes(), searching.Routes(),
		a.submission.Routes(), a.ledger.Routes(), a.login.Routes(), a.staff.Routes(), a.casework.Routes(),
	} {
		all = append(all, routes...)
	}
	return all, nil
}

// runner does the jobs of all rooms. What takes much computing waits a while
// for the people who are being served.
func (a *App) runner() *job.Runner {
	handlers := a.delivery.Handlers(a.casework)
	maps.Copy(handlers, a.submission.Handlers())
	maps.Copy(handlers, a.tenants.Handlers())
	return job.NewRunner(a.db, a.clock, a.ids, a.log, handlers,
		job.Limit(delivery.JobKey, 1), job.Limit(delivery.JobHandOver, 1),
		job.Busy(func() bool { return a.router.InFlight() > busyRequests }, busyPatience, delivery.JobHandOver),
	)
}

func (a *App) wake() {
	if a.jobs != nil {
		a.jobs.Wake()
	}
}

// hostOf is the host name of an address, "" for none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// frame puts what stands round the page into the context of a request.
func (a *App) frame(r *http.Request) context.Context {
	base := ui.Frame{Assets: a.assets, Version: Version, Demo: a.cfg.Demo, Desk: web.SiteOf(r.Context()).Kind == web.Desk}
	return ui.WithFrame(r.Context(), a.pages.Frame(r, base))
}

// authenticate tells who is signed in at the desk, and puts the name and the
// way out into the frame.
func (a *App) authenticate(r *http.Request) (*web.Principal, error) {
	p, err := a.login.Authenticate(r)
	if p != nil {
		ctx := r.Context()
		f := ui.FrameOf(ctx)
		f.User, f.SignOut = p.Name, web.DeskLink(ctx, "/abmelden")
		f.Nav = a.casework.Nav(ctx, p)
		f.Nav = slices.Insert(f.Nav, len(f.Nav)-1, slices.Concat(a.submission.Nav(ctx, p), a.desk.Nav(ctx, p), a.reports.Nav(ctx, p))...) // the account stays last
		*r = *r.WithContext(ui.WithFrame(ctx, f))
	}
	return p, err
}

// Close closes what was opened; serving must have ended.
func (a *App) Close() {
	if a.index != nil {
		a.logError("close the search index", a.index.Close())
	}
	if a.db != nil {
		a.logError("close the database", a.db.Close())
	}
	if a.blobs != nil {
		a.logError("close the file store", a.blobs.Close())
	}
}

func (a *App) logError(doing string, err error) {
	if err != nil {
		a.log.Error(doing, "error", err)
	}
}
