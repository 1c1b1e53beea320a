package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// finder finds what a person means by words on the screen.
//
//go:embed finder.js
var finder string

// js runs an expression in the page, in which the functions of finder.js are
// known, and reads its JSON answer into out. It works where the page itself
// may run no scripts.
func (b *tab) js(out any, format string, args ...any) error {
	quoted := make([]any, len(args))
	for i, a := range args {
		j, err := json.Marshal(a)
		if err != nil {
			return err
		}
		quoted[i] = string(j)
	}
	code := "(()=>{" + finder + "\nreturn JSON.stringify((" + fmt.Sprintf(format, quoted...) + ") ?? null)})()"
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		res, bad, err := runtime.Evaluate(code).WithReturnByValue(true).Do(ctx)
		if err != nil {
			return err
		}
		if bad != nil {
			return bad
		}
		var s string
		if err := json.Unmarshal(res.Value, &s); err != nil {
			return fmt.Errorf("%w: %s", err, res.Value)
		}
		if out == nil {
			return nil
		}
		return json.Unmarshal([]byte(s), out)
	}))
}

// must is js that may not fail.
func (b *tab) must(out any, format string, args ...any) {
	b.t.Helper()
	if err := b.js(out, format, args...); err != nil {
		b.t.Fatalf("%s: %v", b.where(), err)
	}
}

// where tells the page one is on, for messages.
func (b *tab) where() string {
	var s string
	if err := b.js(&s, `location.pathname + location.search + " «" + document.title + "»"`); err != nil {
		return "?"
	}
	return s
}

// until waits for a condition in the page.
func (b *tab) until(what, format string, args ...any) {
	b.t.Helper()
	b.await(nil, what, format, args...)
}

// await waits until an expression is neither null nor false, and reads it
// into out.
func (b *tab) await(out any, what, format string, args ...any) {
	b.t.Helper()
	last := error(nil)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		var got json.RawMessage
		// While the page changes the question may fail; it is asked again.
		if last = b.js(&got, format, args...); last != nil || string(got) == "null" || string(got) == "false" {
			continue
		}
		if out != nil {
			last = json.Unmarshal(got, out)
		}
		if last == nil {
			return
		}
	}
	var text string
	_ = b.js(&text, `text(document.querySelector("main") ?? document.body).slice(0, 1500)`)
	b.t.Fatalf("%s: no %s (%v); the page says:\n%s", b.where(), what, last, text)
}

// turn does something, once, that leads to another page, and waits for it.
func (b *tab) turn(do func()) {
	b.t.Helper()
	b.must(nil, `window.__before = 1`)
	do()
	b.until("new page", `window.__before === undefined && ready() && location.href !== "about:blank"`)
	b.check()
	if b.keys {
		b.landed()
	}
}

// visit goes to a path of the portal.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.turn(func() { b.do(chromedp.ActionFunc(navigate(b.base + path))) })
}

func navigate(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		return chromedp.Evaluate(`location.href = `+fmt.Sprintf("%q", url), nil).Do(ctx)
	}
}

// check holds the page against what every page must keep to.
func (b *tab) check() {
	b.t.Helper()
	var p struct {
		H1          int
		Title, Lang string
	}
	b.must(&p, `({H1: document.querySelectorAll("h1").length, Title: document.title, Lang: document.documentElement.lang})`)
	if p.H1 != 1 || strings.TrimSpace(p.Title) == "" || p.Lang != b.words.lang() {
		b.t.Errorf("%s: %d h1, title %q, lang %q", b.where(), p.H1, p.Title, p.Lang)
	}
	for _, f := range b.faults() {
		b.t.Errorf("%s: %s", b.where(), f)
	}
}

// sees fails unless all texts are to be read on the page.
func (b *tab) sees(texts ...string) {
	b.t.Helper()
	for _, s := range texts {
		b.until(fmt.Sprintf("text %q", s), `shown(%s)`, s)
	}
}

// at fails unless the page's h1 is the given one.
func (b *tab) at(title string) {
	b.t.Helper()
	b.until(fmt.Sprintf("page %q", title), `text(document.querySelector("h1")) === plain(%s)`, title)
}

// click presses the mouse, once, on what finds, an expression of finder.js,
// names: when the page is there in full and the place has come to rest, so
// that the press cannot miss. A hand on the keys presses Enter or Space there.
func (b *tab) click(finds string, args ...any) {
	b.t.Helper()
	if b.keys {
		b.strike(finds, args...)
		return
	}
	var p struct{ X, Y float64 }
	b.await(&p, fmt.Sprintf("%s %q", finds, args), `ready() && rested(`+finds+`)`, args...)
	b.do(chromedp.MouseClickXY(p.X, p.Y))
}

// press presses the button with this text, and waits for the page it leads to.
func (b *tab) press(text string) {
	b.t.Helper()
	b.turn(func() { b.click(`button(%s)`, text) })
}

// follow follows the link with this text.
func (b *tab) follow(text string) {
	b.t.Helper()
	b.turn(func() { b.click(`link(%s)`, text) })
}

// fill types a value into the field with this label.
func (b *tab) fill(label, value string) {
	b.t.Helper()
	b.until(fmt.Sprintf("field %q", label), `!!field(%s)`, label)
	var kind string
	b.must(&kind, `field(%s).tagName + " " + (field(%[1]s).getAttribute("role") ?? "") + (field(%[1]s).dataset.suggest ? " free" : "")`, label)
	switch {
	case strings.HasPrefix(kind, "SELECT") && b.keys:
		b.tabTo(`field(%s)`, label)
		b.arrowTo(fmt.Sprintf("%q in %q", value, label), `text(field(%s).selectedOptions[0]) === plain(%s)`, label, value)
	case strings.HasPrefix(kind, "SELECT"):
		b.until(fmt.Sprintf("%q in %q", value, label), `pick(field(%s), %s)`, label, value)
	case strings.HasSuffix(kind, "combobox"):
		b.typed(`field(%s)`, value, label)
		b.until(fmt.Sprintf("suggestion %q", value), `suggests(%s, %s)`, label, value)
		if b.keys {
			b.arrowTo(fmt.Sprintf("suggestion %q", value), `option(%s, %s).getAttribute("aria-selected") === "true"`, label, value)
			b.enter()
			b.until(fmt.Sprintf("%q taken", value), `document.activeElement === field(%s) && field(%[1]s).value === %s`, label, value)
			return
		}
		b.click(`option(%s, %s)`, label, value)
	default:
		b.typed(`field(%s)`, value, label)
	}
}

// typed puts the cursor into a control and types in place of what was there.
func (b *tab) typed(finds, value string, args ...any) {
	b.t.Helper()
	if b.keys {
		b.tabTo(finds, args...)
		b.replace(value)
		return
	}
	b.must(nil, `focused(`+finds+`)`, args...)
	if value == "" {
		b.must(nil, `emptied(`+finds+`)`, args...)
		return
	}
	b.do(input.InsertText(value))
}

// date types a date (ISO) into the three fields under a legend.
func (b *tab) date(legend, iso string) {
	b.t.Helper()
	b.until(fmt.Sprintf("date %q", legend), `!!part(%s, 2)`, legend)
	y, m, d := iso[:4], strings.TrimPrefix(iso[5:7], "0"), strings.TrimPrefix(iso[8:], "0")
	for i, v := range []string{d, m, y} {
		b.typed(`part(%s, `+fmt.Sprint(i)+`)`, v, legend)
	}
}

// choose chooses an answer under a legend.
func (b *tab) choose(legend, answer string) {
	b.t.Helper()
	if b.keys {
		b.radio(legend, answer)
		return
	}
	b.click(`choice(%s, %s)`, legend, answer)
	b.until(fmt.Sprintf("%q chosen", answer), `choice(%s, %s).control.checked`, legend, answer)
}

// tick ticks the box with this label.
func (b *tab) tick(label string) {
	b.t.Helper()
	b.click(`labelled(%s)`, label)
	b.until(fmt.Sprintf("%q ticked", label), `labelled(%s).control.checked`, label)
}

// attach puts a file of this machine into the upload with this label.
func (b *tab) attach(label, file string) {
	b.t.Helper()
	b.until(fmt.Sprintf("upload %q", label), `!!field(%s)`, label)
	quoted, err := json.Marshal(label)
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		res, _, err := runtime.Evaluate("(()=>{" + finder + "\nreturn field(" + string(quoted) + ")})()").Do(ctx)
		if err != nil {
			return err
		}
		return dom.SetFileInputFiles([]string{file}).WithObjectID(res.ObjectID).Do(ctx)
	}))
}

// download gets what the link with this text leads to, as the browser would:
// with its cookies.
func (b *tab) download(text string) []byte {
	b.t.Helper()
	var href string
	b.until(fmt.Sprintf("link %q", text), `!!link(%s)`, text)
	b.must(&href, `link(%s).href`, text)
	return b.fetch(http.MethodGet, href, nil)
}

// fetch is what the portal answers to this browser; with values it posts them.
func (b *tab) fetch(method, href string, values url.Values) []byte {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.ctx, method, href, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range b.cookies(href) {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: status %d, %v", href, res.StatusCode, err)
	}
	return body
}

func (b *tab) cookies(url string) (out []*network.Cookie) {
	b.t.Helper()
	b.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		out, err = network.GetCookies().WithURLs([]string{url}).Do(ctx)
		return err
	}))
	return out
}

// key presses keys, as on a keyboard.
func (b *tab) key(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// enter presses Enter as a keyboard does: one key that carries its character.
// (chromedp sends the two apart, and the character would reach what the key
// has put the focus on.)
func (b *tab) enter() {
	b.t.Helper()
	press := input.DispatchKeyEvent(input.KeyDown).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13).WithText("\r")
	b.do(press, input.DispatchKeyEvent(input.KeyUp).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13))
}

// run lets the pages run scripts, or not.
func (b *tab) run(off bool) {
	b.t.Helper()
	b.do(emulation.SetScriptExecutionDisabled(off))
}

// size sets the window's size in CSS pixels.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(emulation.SetDeviceMetricsOverride(width, height, 1, false))
}

// dark asks for the dark colours, or the light ones.
func (b *tab) dark(on bool) {
	b.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	b.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}))
}
