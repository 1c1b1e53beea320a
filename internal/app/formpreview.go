package app

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"golang.org/x/sync/errgroup"

	"leitportal/internal/app/preview"
	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	webassets "leitportal/web"
)

type formPreviewCmd struct {
	Dir    string `arg:"" help:"A solution's folder, or the bare files of a form." type:"existingdir"`
	Addr   string `help:"Address to listen on; only this machine can reach it." default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
	Tenant string `help:"Municipality in which the form is shown, as slug." default:"paderborn" placeholder:"SLUG"`
}

// Run serves the form until the process is asked to stop.
func (c formPreviewCmd) Run(p *process) error {
	l, err := listenHere(c.Addr)
	if err != nil {
		return err
	}
	data, err := os.MkdirTemp("", "leitportal-preview-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	s := newPreview(p.ctx, c.Dir, c.Tenant, data, "http://"+l.Addr().String(), clock.System())
	defer s.Close()
	fmt.Fprintf(p.out, "Vorschau: http://%s/_preview/   Beenden: Strg+C\n", l.Addr())
	go s.Watch(p.ctx)
	return serveUntil(p.ctx, l, calledHere(c.Addr, s))
}

// calledHere refuses requests that name another host than this machine or addr:
// a page elsewhere whose name was pointed at this machine (DNS rebinding) must
// not read what an author works on.
func calledHere(addr string, h http.Handler) http.Handler {
	own, _, _ := net.SplitHostPort(addr) // listenHere has refused another form
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil { // no port: the usual one
			host = strings.Trim(r.Host, "[]")
		}
		if !slices.Contains([]string{"localhost", "127.0.0.1", "::1", own}, strings.ToLower(host)) {
			http.Error(w, "Die Vorschau antwortet nur unter http://"+addr+"/_preview/\nThe preview answers at http://"+addr+"/_preview/ only.", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func listenHere(addr string) (net.Listener, error) {
	if !(Config{Listen: addr}).loopback() {
		return nil, fmt.Errorf("the preview listens on this machine only; %q is reachable from elsewhere", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w (choose another one with --addr)", addr, err)
	}
	return l, nil
}

// serveUntil answers requests until ctx ends. What streams is cut off then.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}

// newPreview shows the form in dir as a portal serves it, with the portal's
// data in the folder data.
func newPreview(ctx context.Context, dir, town, data, url string, clk clock.Clock) *preview.Server {
	assets, err := webassets.Load()
	if err != nil {
		assets = nil // the portal says so, and draws plain HTML
	}
	return preview.New(ctx, preview.Config{
		Dir: dir, Assets: assets,
		Open: func(ctx context.Context) (*preview.Portal, error) {
			return openPreview(ctx, dir, town, data, url, clk)
		},
		Wrong: func() []prove.Finding { return wrongIn(dir, clock.Today(clk)) },
	})
}

// openPreview wires a portal that offers the form in dir and nothing else, and
// does its work in the background: nothing leaves the data folder.
func openPreview(ctx context.Context, dir, town, data, url string, clk clock.Clock) (*preview.Portal, error) {
	files, err := asSolution(dir)
	if err != nil {
		return nil, err
	}
	a, err := newAt(ctx, Config{
		Data: data, MailFrom: "portal@localhost", DraftsPerHour: boundless, UploadsPerHour: boundless, only: files,
	}, url, slog.New(slog.NewTextHandler(io.Discard, nil)), clk)
	if err != nil {
		return nil, err
	}
	out, err := a.asPreview(town)
	if err != nil {
		a.Close()
		return nil, err
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	var g errgroup.Group
	a.work(work, &g)
	out.Close = func() {
		stop()
		_ = g.Wait() // it was told to stop
		a.Close()
	}
	return out, nil
}

// boundless is more applications and megabytes in an hour than an author
// tries.
const boundless = 1_000_000

// asPreview is the portal as the preview sees it: the one form it has.
func (a *App) asPreview(town string) (*preview.Portal, error) {
	t, err := a.town(town)
	if err != nil {
		return nil, err
	}
	v := a.solutions.Solutions()[0]
	offer, err := a.solutions.Offer(t.ID, v.ID, clock.Today(a.clock))
	if err != nil {
		return nil, err
	}
	src := sourceOf(a.solutions, v, clock.Today(a.clock)).Source
	src.Settings = []prove.Setting{{Name: offer.Set.ByLaw.Name, Params: offer.Set.Values(i18n.DE), Today: src.Today}}
	return &preview.Portal{
		Handler: a.router, Start: "/" + t.Slug + "/antrag/" + v.ID, Form: src, Title: v.Title.In(i18n.DE),
	}, nil
}

// asSolution is the folder as a folder of one solution. Bare files of a form
// get what an import writes around them.
func asSolution(dir string) (fs.FS, error) {
	folder, whole, err := solutionIn(dir)
	if err != nil || whole {
		return folder, err
	}
	d, err := form.Load(folder)
	if err != nil {
		return nil, err
	}
	files, err := solution.Draft{
		ID: d.ID, Version: "0.1.0", Source: dir, Title: d.ID, Short: d.ID + ".", Summary: d.ID + ".", CasePrefix: "ANTRAG", OZG: "10000",
		Basis: "Vorschriften", Released: "2026-01-01",
	}.Files()
	if err != nil {
		return nil, err
	}
	all := fstest.MapFS{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		all[name] = &fstest.MapFile{Data: files[name], Mode: 0o444}
	}
	err = fs.WalkDir(folder, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(folder, name)
		all[name] = &fstest.MapFile{Data: b, Mode: 0o444}
		return err
	})
	if err != nil {
		return nil, err
	}
	return within(d.ID, all)
}

// wrongIn is what keeps the form in dir from loading, with file and line.
func wrongIn(dir string, today clock.Date) []prove.Finding {
	folder, err := solution.Folder(dir)
	if err != nil {
		return []prove.Finding{{Level: prove.Fault, Kind: prove.Broken, Text: err.Error()}}
	}
	src := prove.Source{Files: folder, Today: today}
	if sources, err := formSources(dir, today); err == nil && len(sources) == 1 {
		src = sources[0].Source
	} else if err != nil && exists(folder, "solution.yaml") {
		return []prove.Finding{{Level: prove.Fault, Kind: prove.Broken, Text: err.Error()}}
	}
	var out []prove.Finding
	for _, f := range prove.Check(src, prove.Budget{}).Findings {
		if f.Kind == prove.Broken {
			out = append(out, f)
		}
	}
	return out
}
