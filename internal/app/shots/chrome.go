package shots

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// ErrNoBrowser says that there is no Chromium on this machine.
var ErrNoBrowser = errors.New("no Chromium was found on PATH (chromium, chromium-browser, google-chrome); on Debian: apt install chromium")

// Find is the path of the machine's Chromium, or ErrNoBrowser.
func Find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if file, err := exec.LookPath(name); err == nil {
			return file, nil
		}
	}
	return "", ErrNoBrowser
}

// Browser is a Chromium with one tab. It is for one goroutine.
type Browser struct {
	cmd     *exec.Cmd
	profile string
	in      io.WriteCloser
	out     *bufio.Reader
	pipe    io.Closer
	last    int
	session string
	loaded  bool // the page has fired its load event
}

// Start starts the Chromium at file, without a window, until ctx ends or Close.
func Start(ctx context.Context, file string) (*Browser, error) {
	profile, err := os.MkdirTemp("", "leitportal-chromium-*")
	if err != nil {
		return nil, err
	}
	b := &Browser{profile: profile}
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(profile))
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, theirIn.Close(), in.Close(), os.RemoveAll(profile))
	}
	b.in, b.out, b.pipe = in, bufio.NewReader(out), out
	b.cmd = exec.CommandContext(ctx, file,
		"--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-component-update",
		"--no-first-run", "--lang=de-DE", "--user-data-dir="+profile, "about:blank")
	b.cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	b.cmd.WaitDelay = 5 * time.Second
	err = b.cmd.Start()
	_, _ = theirIn.Close(), theirOut.Close() // the child has its own
	if err == nil {
		err = b.attach()
	}
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("the browser does not start: %w", err)
	}
	return b, nil
}

// Close ends the browser and erases what it wrote.
func (b *Browser) Close() {
	if b.cmd.Process != nil {
		late := time.AfterFunc(5*time.Second, func() { _ = b.cmd.Process.Kill() })
		b.session = ""
		_ = b.call("Browser.close", nil, nil) // with all its processes, which write into the profile
		_ = b.cmd.Wait()
		late.Stop()
	}
	_ = b.in.Close()
	_ = b.pipe.Close()
	_ = os.RemoveAll(b.profile)
}

func (b *Browser) attach() error {
	var target struct{ TargetID string }
	if err := b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return err
	}
	var session struct{ SessionID string }
	err := b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	b.session = session.SessionID
	if err == nil {
		err = b.call("Page.enable", nil, nil)
	}
	return err
}

type message struct {
	ID     int
	Method string
	Result json.RawMessage
	Error  *struct{ Message string }
}

// call does one command and waits for its answer.
func (b *Browser) call(method string, params any, into any) error {
	b.last++
	m := map[string]any{"id": b.last, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	j, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := b.in.Write(append(j, 0)); err != nil {
		return err
	}
	for {
		got, err := b.next()
		if err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		if got.ID != b.last {
			continue
		}
		if got.Error != nil {
			return fmt.Errorf("%s: %s", method, got.Error.Message)
		}
		if into == nil {
			return nil
		}
		return json.Unmarshal(got.Result, into)
	}
}

func (b *Browser) next() (message, error) {
	var m message
	j, err := b.out.ReadBytes(0)
	if err != nil {
		return m, err
	}
	err = json.Unmarshal(j[:len(j)-1], &m)
	b.loaded = b.loaded || m.Method == "Page.loadEventFired"
	return m, err
}

// open goes to an address and waits until its page is there.
func (b *Browser) open(url string) error {
	b.loaded = false
	var went struct{ ErrorText string }
	if err := b.call("Page.navigate", map[string]any{"url": url}, &went); err != nil {
		return err
	}
	if went.ErrorText != "" {
		return fmt.Errorf("%s: %s", url, went.ErrorText)
	}
	for !b.loaded {
		if _, err := b.next(); err != nil {
			return err
		}
	}
	return nil
}

// Picture is the whole page at an address in a window of that width: WebP, and
// its height in pixels, tallest at most.
func (b *Browser) Picture(url string, width, tallest int) (webp []byte, height int, err error) {
	size := func(h int) error {
		return b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": h, "deviceScaleFactor": 1, "mobile": width < 700}, nil)
	}
	if err := size(700); err != nil {
		return nil, 0, err
	}
	if err := b.open(url); err != nil {
		return nil, 0, err
	}
	var layout struct{ CSSContentSize struct{ Height float64 } }
	if err := b.call("Page.getLayoutMetrics", nil, &layout); err != nil {
		return nil, 0, err
	}
	height = min(int(layout.CSSContentSize.Height), tallest)
	if err := size(height); err != nil {
		return nil, 0, err
	}
	var shot struct{ Data []byte }
	err = b.call("Page.captureScreenshot", map[string]any{"format": "webp", "quality": 75}, &shot)
	return shot.Data, height, err
}

// PDF prints the page at an address on A4, landscape.
func (b *Browser) PDF(url string) ([]byte, error) {
	if err := b.open(url); err != nil {
		return nil, err
	}
	var doc struct{ Data []byte }
	err := b.call("Page.printToPDF", map[string]any{
		"landscape": true, "paperWidth": 8.27, "paperHeight": 11.69, "printBackground": true, "preferCSSPageSize": true,
		"generateTaggedPDF": true,
	}, &doc)
	return doc.Data, err
}
