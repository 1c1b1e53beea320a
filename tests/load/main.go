package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	binary, database string
	solutions        string
	strict, quick    bool
	only             string
	uploadSize       int64
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == bareCommand {
		fatal(bare(os.Args[2]))
		return
	}
	var o options
	flag.StringVar(&o.binary, "binary", "bin/leitportal", "the program to measure")
	flag.StringVar(&o.database, "database", os.Getenv("LEITPORTAL_TEST_POSTGRES"), "address of a PostgreSQL server on which to measure too, for information")
	flag.StringVar(&o.solutions, "solutions", "tests/load/solutions", "folder of the solution to measure on, beside those in the program")
	flag.BoolVar(&o.strict, "strict", false, "exit with status 1 when a bar is missed")
	flag.BoolVar(&o.quick, "quick", false, "a second per measurement, to see that everything works")
	flag.StringVar(&o.only, "only", "", "measure one thing only: service, form, dogform, search, journeys, dogjourneys, wide, list, engine or upload")
	flag.Int64Var(&o.uploadSize, "upload", 1_000_000_000, "bytes of the file to upload")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	missed, err := run(ctx, o, os.Stdout)
	fatal(err)
	if missed > 0 && o.strict {
		os.Exit(1)
	}
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// run measures on SQLite, where the bars count, and then on PostgreSQL, and
// answers how many bars were missed.
func run(ctx context.Context, o options, out io.Writer) (missed int, err error) {
	debug.SetGCPercent(400) // the cores are the portal's
	t, err := measureOn(ctx, o, "SQLite", "")
	if err != nil {
		return 0, err
	}
	t.print(out)
	if o.database == "" {
		fmt.Fprintln(out, "\nPostgreSQL: not measured; scripts/postgres-test.sh starts one.")
		return t.missed(), nil
	}
	address, drop, err := schema(ctx, o.database)
	if err != nil {
		return t.missed(), err
	}
	p, err := measureOn(ctx, o, "PostgreSQL (for information; its own CPU time is not in the columns)", address)
	if err == nil {
		p.print(out)
	}
	if dropErr := drop(); err == nil {
		err = dropErr
	}
	return t.missed(), err
}

// bench is one run on one database.
type bench struct {
	options
	portal, bare *process
	data         string
	address      string    // of the database, "" for SQLite
	plain        []visitor // of the bare handler
	table        *table
}

// towns are those to be walked through, fewer where time is short: each has a
// key made first.
func (b *bench) towns() []string {
	if b.quick {
		return towns()[:2]
	}
	return towns()
}

// span is how long one measurement takes.
func (b *bench) span(full time.Duration) time.Duration {
	if b.quick {
		return time.Second
	}
	return full
}

// times is how often a measurement is made while the host takes the cores away.
func (b *bench) times() int {
	if b.quick {
		return 1
	}
	return 5
}

// load lets the visitors make their rounds at a server while the host leaves it
// the cores.
func (b *bench) load(p *process, d time.Duration, all []visitor) (figures, error) {
	f, taken, err := calm(b.times(), stolen, func() (figures, error) { return load(p.pid(), b.span(d), all) })
	f.taken = taken
	return f, err
}

// step is one of the things to measure; "" belongs to every run.
type step struct {
	name string
	run  func(context.Context) error
}

// steps are in an order in which none disturbs the next. The bars are those of
// a form of 20 fields over 7 pages; the dog tax, with 13 pages, is measured for
// information.
func (b *bench) steps() []step {
	form, dog := permit(time.Now()), dogTax()
	return []step{
		{"", func(context.Context) error { return b.warmUp(form, dog) }},
		{"service", b.servicePage},
		{"form", func(context.Context) error { return b.formPage(form, "form page", true) }},
		{"dogform", func(context.Context) error { return b.formPage(dog, "dog tax: form page", false) }},
		{"search", b.search},
		{"journeys", func(context.Context) error { return b.journeys(form, "whole journeys", true) }},
		{"dogjourneys", func(context.Context) error { return b.journeys(dog, "dog tax: whole journeys", false) }},
		{"", b.memory},
		{"wide", b.wide},
		{"list", b.longList},
		{"engine", b.engine},
		{"upload", b.upload},
	}
}

func measureOn(ctx context.Context, o options, name, database string) (*table, error) {
	dir, err := os.MkdirTemp("", "leitportal-load-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b := &bench{options: o, data: filepath.Join(dir, "data"), address: database, table: &table{title: name}}
	steps := b.steps()
	if o.only != "" && !slices.ContainsFunc(steps, func(s step) bool { return s.name == o.only }) {
		return nil, fmt.Errorf("-only %s: there is nothing of this name to measure", o.only)
	}
	if b.portal, err = b.start(database); err != nil {
		return nil, err
	}
	defer func() { b.portal.stop() }()
	page := filepath.Join(dir, "page.html")
	if err := b.keepPage(page); err != nil {
		return nil, err
	}
	if b.bare, err = startBare(page); err != nil {
		return nil, err
	}
	defer b.bare.stop()
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if o.only != "" && step.name != "" && step.name != o.only {
			continue
		}
		if err := step.run(ctx); err != nil {
			return nil, fmt.Errorf("%w\n%s", err, &b.portal.errors)
		}
	}
	b.portal.stop()
	return b.table, b.secondStart(database)
}

// start starts the portal on the run's data, with the solutions to measure on.
func (b *bench) start(database string) (*process, error) {
	return startPortal(b.binary, b.data, database, "LEITPORTAL_SOLUTIONS="+b.solutions)
}

const (
	serviceAddress = "/paderborn/leistungen/hundesteuer"
	serviceHeading = "Hundesteuer und Hundehaltung"
)

// keepPage stores the service page for the bare handler.
func (b *bench) keepPage(file string) error {
	br, err := newBrowser(b.portal.host)
	if err != nil {
		return err
	}
	defer br.close()
	if err := br.get(serviceAddress); err != nil {
		return err
	}
	if err := br.want(200, "</html>"); err != nil {
		return err
	}
	b.table.bytes = len(br.body)
	return os.WriteFile(file, br.body, 0o600)
}

// crowd are visitors of a server; each makes its own round.
func crowd(host string, round func(i int, b *browser) (func() error, error)) ([]visitor, error) {
	all := make([]visitor, visitors)
	for i := range all {
		b, err := newBrowser(host)
		if err != nil {
			return nil, err
		}
		if all[i].round, err = round(i, b); err != nil {
			return nil, err
		}
		all[i].browser = b
	}
	return all, nil
}

// again is a round of one request whose answer must hold a text.
func again(b *browser, path, text string) func() error {
	return func() error {
		if err := b.get(path); err != nil {
			return err
		}
		return b.want(200, text)
	}
}

// beside loads the portal for a while, and the bare handler before, in the
// middle and after: the machine is not equally quick from one second to the
// next. The portal is stopped then, for it would use the calm to work off what
// waits. It answers what the portal did, and what the bare handler does per
// second.
func (b *bench) beside(d time.Duration, all []visitor) (f figures, bare float64, err error) {
	if b.plain == nil {
		b.plain, err = crowd(b.bare.host, func(_ int, br *browser) (func() error, error) { return again(br, "/", "</html>"), nil })
		if err != nil {
			return f, 0, err
		}
	}
	var plain figures
	for turn := range 3 {
		var p figures
		if err := b.portal.without(func() (err error) {
			p, err = b.load(b.bare, 2*time.Second, b.plain)
			return err
		}); err != nil {
			return f, 0, err
		}
		plain.add(p)
		if turn == 2 {
			break
		}
		half, err := b.load(b.portal, d/2, all)
		if err != nil {
			return f, 0, err
		}
		f.add(half)
	}
	b.table.add(row{what: "bare net/http handler", figure: rate(plain), figures: plain})
	return f, plain.perSecond(), nil
}

// warmUp begins an application in each town, which has the office's key made,
// and sends one of each course when the keys are there.
func (b *bench) warmUp(courses ...course) error {
	br, err := newBrowser(b.portal.host)
	if err != nil {
		return err
	}
	defer br.close()
	for _, town := range b.towns() {
		if err := newWalker(br, courses[0]).begin(town); err != nil {
			return err
		}
	}
	if err := b.portal.quiet(2 * time.Minute); err != nil {
		return err
	}
	for _, c := range courses {
		for _, town := range b.towns() {
			if err := newWalker(br, c).journey(town); err != nil {
				return err
			}
		}
	}
	return b.portal.quiet(time.Minute)
}

func (b *bench) servicePage(context.Context) error {
	all, err := crowd(b.portal.host, func(_ int, br *browser) (func() error, error) {
		return again(br, serviceAddress, serviceHeading+"</h1>"), nil
	})
	if err != nil {
		return err
	}
	f, bare, err := b.beside(6*time.Second, all)
	if err != nil {
		return err
	}
	b.table.add(row{what: "service page", figure: rate(f), figures: f, bar: "≥ 50 % of bare", ratio: f.perSecond() / bare, ok: f.perSecond() >= 0.50*bare})
	return nil
}

// formPage asks for the pages of drafts that are filled in, one after another.
// Without barred the figures are for information.
func (b *bench) formPage(c course, what string, barred bool) error {
	names := b.towns()
	count := 0
	all, err := crowd(b.portal.host, func(i int, br *browser) (func() error, error) {
		w := newWalker(br, c)
		town := names[i%len(names)]
		if err := w.walk(town); err != nil {
			return nil, err
		}
		pages, next := slices.Clone(w.asked), i
		count = len(pages)
		return func() error {
			page := pages[next%len(pages)]
			next++
			return again(br, page, `action="`+page+`"`)()
		}, nil
	})
	if err != nil {
		return err
	}
	if err := b.portal.quiet(10 * time.Second); err != nil {
		return err
	}
	f, bare, err := b.beside(8*time.Second, all)
	if err != nil {
		return err
	}
	p99 := f.quantile(0.99)
	pace := row{what: fmt.Sprintf("%s (%d pages in turn)", what, count), figure: rate(f), figures: f, ratio: f.perSecond() / bare}
	late := row{what: what + ", p99", figure: millis(p99)}
	if barred {
		pace.bar, pace.ok = "≥ 28 % of bare", f.perSecond() >= 0.28*bare
		late.bar, late.ratio, late.ok = "≤ 10 ms", p99.Seconds()/0.010, p99 <= 10*time.Millisecond
	}
	b.table.add(pace)
	b.table.add(late)
	return nil
}

// search measures in this process, and over HTTP for information.
func (b *bench) search(ctx context.Context) error {
	s, err := newSearcher()
	if err != nil {
		return err
	}
	times := 3
	if b.quick {
		times = 1
	}
	f, taken, err := calm(b.times(), stolen, func() (figures, error) { return s.measure(ctx, times) })
	if err != nil {
		return err
	}
	f.taken = taken
	if err := s.index.Close(); err != nil {
		return err
	}
	p50, p99 := f.quantile(0.50), f.quantile(0.99)
	b.table.add(row{what: "search, 1,000 queries, p50", figure: millis(p50), figures: f, bar: "≤ 1 ms", ratio: p50.Seconds() / 0.001, ok: p50 <= time.Millisecond})
	b.table.add(row{what: "search, 1,000 queries, p99", figure: millis(p99), bar: "≤ 5 ms", ratio: p99.Seconds() / 0.005, ok: p99 <= 5*time.Millisecond})
	all, err := crowd(b.portal.host, func(i int, br *browser) (func() error, error) {
		next := i * len(s.queries) / visitors
		return func() error {
			next = (next + 1) % len(s.queries)
			return again(br, "/suche?"+url.Values{"q": {s.queries[next]}}.Encode(), "</h1>")()
		}, nil
	})
	if err != nil {
		return err
	}
	if f, err = b.load(b.portal, 4*time.Second, all); err != nil {
		return err
	}
	b.table.add(row{what: "search page over HTTP", figure: rate(f), figures: f})
	return nil
}

// journeys walks whole applications. Without barred the figures are for
// information.
func (b *bench) journeys(c course, what string, barred bool) error {
	names := b.towns()
	all, err := crowd(b.portal.host, func(i int, br *browser) (func() error, error) {
		w := newWalker(br, c)
		return func() error {
			i++
			return w.journey(names[i%len(names)])
		}, nil
	})
	if err != nil {
		return err
	}
	f, bare, err := b.beside(8*time.Second, all)
	if err != nil {
		return err
	}
	pace := row{what: fmt.Sprintf("%s (%d requests each)", what, f.requests/max(1, f.rounds)), figure: rate(f), figures: f, ratio: f.perSecond() / bare}
	if barred {
		pace.bar, pace.ok = "≥ 16 % of bare", f.perSecond() >= 0.16*bare
	}
	b.table.add(pace)
	b.table.add(row{what: "  the same", figure: fmt.Sprintf("%.0f journeys/s", f.roundsPerSecond())})
	return nil
}

// memory looks at the process once the work behind the pages is done.
func (b *bench) memory(context.Context) error {
	start := time.Now()
	if err := b.portal.quiet(b.span(time.Minute)); err != nil {
		return err
	}
	rss, err := residentMemory(b.portal.pid())
	if err != nil {
		return err
	}
	b.table.add(row{what: fmt.Sprintf("memory after it (%.0f s)", time.Since(start).Seconds()), figure: mega(rss), bar: "≤ 200 MB", ratio: float64(rss) / 200e6, ok: rss <= 200e6})
	return nil
}

// secondStart starts the portal again on what is there by now.
func (b *bench) secondStart(database string) error {
	p, err := b.start(database)
	if err != nil {
		return err
	}
	b.portal = p // stopped by measureOn
	if err := p.wait("/", "</h1>"); err != nil {
		return err
	}
	took := time.Since(p.started)
	b.table.add(row{what: "first page after start", figure: millis(took), bar: "≤ 1 s", ratio: took.Seconds(), ok: took <= time.Second})
	time.Sleep(b.span(5 * time.Second))
	rss, err := residentMemory(p.pid())
	if err != nil {
		return err
	}
	b.table.add(row{what: "memory idle", figure: mega(rss), bar: "≤ 90 MB", ratio: float64(rss) / 90e6, ok: rss <= 90e6})
	return nil
}
