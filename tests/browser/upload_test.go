package browser

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// drops lets go of a file over the field for evidence: a PDF of so many bytes,
// or what is none.
const drops = `(() => {
	const to = document.querySelector('[data-upload]'), data = new DataTransfer()
	data.items.add(new File([%s + ' '.repeat(%s)], %s, { lastModified: 1 }))
	for (const type of ['dragover', 'drop']) to.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }))
	return true
})()`

// line is the speed of the upload, in bytes a second; 0 for none at all, -1 for
// any.
func (b *tab) line(speed float64) {
	b.t.Helper()
	b.do(network.EmulateNetworkConditions(speed == 0, 0, -1, speed))
}

// answered takes what a script was answered, and rightly so, off what is wrong:
// that one answer and nothing else.
func (b *tab) answered(how string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.wrong) != 1 || !strings.HasPrefix(b.wrong[0], how) {
		b.t.Errorf("%q, not %s", b.wrong, how)
	}
	b.wrong = nil
}

// A file goes up beside the form: it is dropped, goes on by itself after a
// lost connection and by choosing it again after the page was loaded anew, and
// what is refused says so beside it. Who leaves the page is asked, and who goes
// on waits for it. The states are looked at by axe.
func TestUploadInPieces(t *testing.T) {
	full(t)
	portal := apptest.Start(t, apptest.Options{})
	person := walker.New(portal.URL)
	defer person.Close()
	p, err := person.Begin(walker.Service("paderborn"))
	if err == nil {
		p, err = person.Walk(p, walker.Keeper().With("dogs.breed", "rottweiler"), 1, "/dog-law/1", nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, launch(t), portal.URL, in(t, i18n.DE), true)
	for _, c := range person.Cookies() {
		b.do(network.SetCookie(c.Name, c.Value).WithURL(portal.URL))
	}
	b.visit(p.Path())
	b.must(nil, `document.querySelector('[name="dogs/1.permit"][value=yes]').click(), true`)

	b.line(100_000)
	b.must(nil, drops, "%PDF-1.4 ", 9_000_000, "erlaubnis.pdf")
	b.until("progress", `document.querySelector('[data-going] progress')?.value > 5`)
	b.states("going up")
	b.line(0)
	b.until("the connection is lost", `shown('Die Verbindung ist unterbrochen')`)
	b.states("lost")
	b.narrow()
	b.line(-1)
	b.must(nil, `dispatchEvent(new Event('online'))`)
	b.until("it is there", `document.querySelector('[data-files]')?.innerText.includes('erlaubnis.pdf')`)
	b.states("done")

	b.must(nil, drops, "MZ", 10_000, "erlaubnis.exe")
	b.until("it is refused", `shown('können wir nicht lesen')`)
	b.answered("status 422 of " + portal.URL + walker.Service("paderborn") + "/hochladen/")
	b.states("refused")
	b.strike(`button('Verwerfen: erlaubnis.exe')`)
	b.until("it is gone, said, and the field has the focus", `!document.querySelector('[data-going] li') &&
		document.querySelector('[data-upload] [role=status]').textContent.includes('„erlaubnis.exe“ wird nicht hochgeladen') && document.activeElement.type === 'file'`)

	b.line(400_000)
	b.must(nil, drops, "%PDF-1.4 ", 2_000_000, "zeugnis.pdf")
	b.until("progress", `document.querySelector('[data-going] progress')?.value > 40`)
	var asked atomic.Int32
	chromedp.ListenTarget(b.ctx, func(ev any) {
		if _, ok := ev.(*page.EventJavascriptDialogOpening); ok {
			asked.Add(1)
			go func() { _ = chromedp.Run(b.ctx, page.HandleJavaScriptDialog(true)) }()
		}
	})
	b.visit(p.Path())
	if asked.Load() != 1 {
		t.Error("who leaves the page while a file goes up is not asked")
	}
	b.must(nil, `document.querySelector('[name="dogs/1.permit"][value=yes]').click(), true`)
	b.sees("Wählen Sie dieselbe Datei noch einmal aus")
	b.states("unfinished")
	b.must(nil, drops, "%PDF-1.4 ", 2_000_000, "zeugnis.pdf")
	b.until("it goes on there", `document.querySelector('[data-going] progress')?.value > 40 && !shown('Wählen Sie dieselbe Datei')`)
	b.turn(func() {
		b.click(`button('Weiter')`)
		b.sees("Es geht weiter, sobald die Dateien hochgeladen sind.")
		b.states("held")
		b.line(-1)
	})
	b.sees("erlaubnis.pdf", "zeugnis.pdf") // beside what is missing on the page
}
