package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// patience is how long a step waits for what must come.
const patience = 20 * time.Second

// full skips a browser test in a quick run, and without Chromium or axe-core;
// in CI a missing one fails.
func full(t *testing.T) {
	t.Helper()
	if os.Getenv("LEITPORTAL_TEST_FULL") == "" && os.Getenv("LEITPORTAL_SCREENSHOTS") == "" {
		t.Skip("a browser test: set LEITPORTAL_TEST_FULL=1 (make test)")
	}
	missing := t.Skipf
	if os.Getenv("CI") == "true" {
		missing = t.Fatalf
	}
	if _, err := chromium(); err != nil {
		missing("no Chromium: make setup installs it")
	}
	if _, err := os.Stat(axeFile); err != nil {
		missing("no axe-core: make setup fetches it")
	}
}

// chromium is the browser's program: rather the headless shell, which draws no
// windows around its pages, and that by its own file, for what Debian has in
// the path does not end with the test.
func chromium() (string, error) {
	for _, name := range []string{"/usr/lib/chromium/chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if file, err := exec.LookPath(name); err == nil {
			return file, nil
		}
	}
	return "", exec.ErrNotFound
}

// launch starts a browser that ends with the test, and gives its context.
func launch(t *testing.T) context.Context {
	t.Helper()
	file, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(file), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "de-DE"),
		chromedp.WSURLReadTimeout(60*time.Second),
	)
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { cancel(); cancelAlloc() })
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return ctx
}

// tab is one tab of a browser context of its own (cookies apart), with what
// every page in it must keep to.
type tab struct {
	t       testing.TB
	ctx     context.Context
	base    string // of the portal
	words   words
	scripts bool
	keys    bool // nothing is done with the mouse

	mu    sync.Mutex
	wrong []string          // what the pages have done wrong
	bytes map[string]int64  // by type of resource, since last asked
	kinds map[string]string // resource type by request
}

// open makes a tab in the browser; with scripts off its pages run none.
func open(t testing.TB, browser context.Context, base string, w words, scripts bool) *tab {
	t.Helper()
	var id target.ID
	chrome := chromedp.FromContext(browser).Browser
	err := chromedp.Run(browser, chromedp.ActionFunc(func(ctx context.Context) error {
		ctx = cdp.WithExecutor(ctx, chrome)
		apart, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(ctx)
		if err != nil {
			return err
		}
		// A context of its own needs a window of its own.
		id, err = target.CreateTarget("about:blank").WithBrowserContextID(apart).WithNewWindow(true).Do(ctx)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithTargetID(id))
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx); err != nil { // the tab lives as long as this first context
		t.Fatal(err)
	}
	b := &tab{t: t, ctx: ctx, base: base, words: w, scripts: scripts, bytes: map[string]int64{}, kinds: map[string]string{}}
	chromedp.ListenTarget(ctx, b.hear)
	b.do(network.Enable(), cdplog.Enable(), runtime.Enable(), page.Enable(), emulation.SetScrollbarsHidden(true), emulation.SetFocusEmulationEnabled(true))
	b.run(!scripts)
	b.size(1280, 900)
	return b
}

func (b *tab) do(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v", b.where(), err)
	}
}

// hear collects what a page must not do.
func (b *tab) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.wrong = append(b.wrong, "exception: "+e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			line := "console " + e.Type.String()
			for _, a := range e.Args {
				line += " " + string(a.Value) + a.Description
			}
			b.wrong = append(b.wrong, line)
		}
	case *cdplog.EventEntryAdded:
		// The status of a document (404, 422) is logged as a network error; the
		// steps look at what such a page says.
		if (e.Entry.Level == cdplog.LevelError || e.Entry.Level == cdplog.LevelWarning) && e.Entry.Source != cdplog.SourceNetwork {
			b.wrong = append(b.wrong, fmt.Sprintf("log %s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		b.kinds[string(e.RequestID)] = e.Type.String()
		if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" && !strings.HasPrefix(e.Request.URL, b.base+"/") && e.Request.URL != "about:blank" {
			b.wrong = append(b.wrong, "request to another origin: "+e.Request.URL)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument {
			b.wrong = append(b.wrong, fmt.Sprintf("status %d of %s", e.Response.Status, e.Response.URL))
		}
	case *network.EventLoadingFinished:
		b.bytes[b.kinds[string(e.RequestID)]] += int64(e.EncodedDataLength)
	}
}

// faults takes what the pages have done wrong since it was last asked.
func (b *tab) faults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.wrong
	b.wrong = nil
	return out
}

// axeFile is where make setup puts axe-core.
var axeFile = filepath.Join("..", "node_modules", "axe-core", "axe.min.js")
