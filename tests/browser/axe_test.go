package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var axeSource = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile(axeFile)
	return string(b), err
})

// The rules a page is held against; in the dark those that look at colours,
// since nothing else differs there; in a narrow window that draws the very same
// elements in the very same ways (drawn) those that look at where they lie: the
// others read what is equal.
const (
	axeAll     = `{type: "tag", values: ["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]}`
	axeColours = `{type: "rule", values: ["color-contrast","link-in-text-block"]}`
	axePlaces  = `{type: "rule", values: ["color-contrast","link-in-text-block","target-size","scrollable-region-focusable","css-orientation-lock"]}`
)

// axe holds the page as it stands against axe-core.
func (b *tab) axe(state, rules string) {
	b.t.Helper()
	source, err := axeSource()
	if err != nil {
		b.t.Fatal(err)
	}
	ask := `(async () => JSON.stringify((await axe.run(document, {runOnly: ` + rules + `, resultTypes: ["violations"], preload: false}))
		.violations.map(v => v.id + ": " + v.help + "\n" + v.nodes.slice(0, 3).map(n => "    " + n.html.slice(0, 200) + "\n      " + (n.failureSummary || "").replace(/\s+/g, " ").slice(0, 300)).join("\n"))))()`
	var found []string
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		there, bad, err := runtime.Evaluate(`typeof axe`).WithReturnByValue(true).Do(ctx)
		if err == nil && bad == nil && string(there.Value) == `"undefined"` { // half a megabyte, once per page
			_, bad, err = runtime.Evaluate(source).Do(ctx)
		}
		if err != nil || bad != nil {
			return fmt.Errorf("axe-core does not load: %w %v", err, bad)
		}
		res, bad, err := runtime.Evaluate(ask).WithAwaitPromise(true).WithReturnByValue(true).Do(ctx)
		if err != nil || bad != nil {
			return fmt.Errorf("axe-core does not run: %w %v", err, bad)
		}
		var s string
		if err := json.Unmarshal(res.Value, &s); err != nil {
			return err
		}
		return json.Unmarshal([]byte(s), &found)
	}))
	for _, f := range found {
		b.t.Errorf("%s, %s: %s", b.where(), state, f)
	}
}

// states holds the page against axe-core as it is, in the dark and at 320
// pixels; a page of a browser without scripts as it was drawn there.
func (b *tab) states(state string) {
	b.t.Helper()
	if !b.scripts {
		b.run(false)
		b.axe(state+" without scripts", axeAll)
		b.run(true)
		return
	}
	b.axe(state, axeAll)
	b.dark(true)
	b.axe(state+" dark", axeColours)
	b.dark(false)
	var wide, narrow string
	b.must(&wide, `drawn()`)
	b.size(320, 640)
	rules := axeAll
	if b.must(&narrow, `drawn()`); narrow == wide {
		rules = axePlaces
	}
	b.axe(state+" 320 px", rules)
	b.size(1280, 900)
}

// fits fails when the page is wider than the window, or a text is cut off.
func (b *tab) fits(state string) {
	b.t.Helper()
	var over []string
	b.must(&over, `overflowing()`)
	for _, o := range over {
		b.t.Errorf("%s, %s: %s", b.where(), state, o)
	}
}
