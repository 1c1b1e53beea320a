package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
)

// narrow holds the page against 320 pixels and against text at twice its
// size (WCAG 2.1, 1.4.10 and 1.4.4).
func (b *tab) narrow() {
	b.t.Helper()
	b.size(320, 640)
	b.fits("320 px")
	b.size(1280, 900)
	var size float64
	b.must(nil, `(document.documentElement.style.fontSize = "200%%", true)`)
	if b.must(&size, `parseFloat(getComputedStyle(document.body).fontSize)`); size < 32 {
		b.t.Errorf("%s: text does not grow: %v px", b.where(), size)
	}
	b.fits("text at 200 %")
	b.must(nil, `(document.documentElement.style.fontSize = "", true)`)
}

// mostOfPage is the most a public page may weigh before fonts, in bytes on
// the wire (design/look.md).
const mostOfPage = 60_000

// TestWeight weighs the public pages, and sees that nothing on a start page
// and a form page moves while it loads.
func TestWeight(t *testing.T) {
	full(t) // not beside others: what arrives late moves what is there
	portal := apptest.Start(t, apptest.Options{Demo: true})
	browser := launch(t)
	for _, lang := range i18n.Langs() {
		b := open(t, browser, portal.URL, in(t, lang), true)
		b.do(network.SetCacheDisabled(true))
		for _, page := range pages {
			if langOf(page) != string(lang) || strings.Contains(page, "/komponenten") { // for designers
				continue
			}
			b.weighed()
			b.visit(page)
			if n := b.weighed(); n > mostOfPage || n < 5_000 {
				t.Errorf("%s weighs %d bytes before fonts, more than %d or next to nothing", page, n, mostOfPage)
			}
			b.still()
		}
	}
	j := (&journey{portal: portal, browser: browser, town: paderborn, lang: i18n.DE, scripts: true}).begin(t)
	b := j.tab()
	j.find(b)
	j.apply(b, firstDog()[:5])
	b.do(network.SetCacheDisabled(true))
	b.visit(currentPath(b)) // the page with the longest list
	b.still()
}

// weighed is the weight of what was loaded since it was last asked: pages,
// style sheets and scripts.
func (b *tab) weighed() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.bytes["Document"] + b.bytes["Stylesheet"] + b.bytes["Script"]
	clear(b.bytes)
	return n
}

// A shift of less than this is a fraction of a pixel of one word, when its
// face of the font arrives; tools show it as 0.
const stillEnough = "0.001"

// still fails when something on the page has moved while it loaded.
func (b *tab) still() {
	b.t.Helper()
	b.must(nil, `(window.__moved = null, document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => {
		const seen = new PerformanceObserver(() => {})
		seen.observe({ type: "layout-shift", buffered: true })
		window.__moved = seen.takeRecords().filter(s => s.value >= Number(%s)).map(s => s.value + " " + s.sources.map(x => x.node?.outerHTML?.slice(0, 120) ?? x.node?.nodeName).join(" | "))
	}))), true)`, stillEnough)
	b.until("end of loading", `Array.isArray(window.__moved)`)
	var moved []string
	b.must(&moved, `window.__moved`)
	for _, m := range moved {
		b.t.Errorf("%s: something moved: %s", b.where(), m)
	}
}
