package browser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/network"

	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// TestDiscardPages holds the pages on which a correction is thrown away, and
// those that say an address is over its limit, against axe-core and 320
// pixels, with scripts and without. LEITPORTAL_LOOK names a folder for pictures
// of them.
func TestDiscardPages(t *testing.T) {
	full(t)
	t.Parallel()
	portal := apptest.Start(t, apptest.Options{Demo: true, DraftsPerHour: 1})
	person := walker.New(portal.URL)
	t.Cleanup(person.Close)
	const service = "/paderborn/antrag/hundesteuer"
	p, err := person.Begin(service)
	if err == nil {
		p, err = person.Walk(p, walker.Keeper(), 1, "", nil)
	}
	for tries := 0; err == nil && p.Number() == "" && tries < 30; tries++ {
		p, err = person.Submit(p, "")
	}
	if err != nil || p.Number() == "" {
		t.Fatal(p, err)
	}
	if p, err = person.Post(service+"/korrigieren", nil); err != nil || p.Status != 200 {
		t.Fatal(p, err)
	}
	browser := launch(t)
	for _, scripts := range []bool{true, false} {
		b := open(t, browser, portal.URL, in(t, i18n.DE), scripts)
		look := func(name string) {
			t.Helper()
			b.states(name)
			b.narrow()
			if dir := os.Getenv("LEITPORTAL_LOOK"); dir != "" && scripts {
				b.screen(1280, 1600)
				if err := os.WriteFile(filepath.Join(dir, name+".png"), b.picture(), 0o600); err != nil {
					t.Fatal(err)
				}
				b.size(1280, 900)
			}
		}
		b.visit(service)
		b.press("Jetzt beginnen")
		b.sees("keinen neuen Antrag beginnen")
		look("limited")
		for _, c := range person.Cookies() {
			b.do(network.SetCookie(c.Name, c.Value).WithURL(portal.URL))
		}
		b.visit(service + "/status")
		b.sees("Berichtigung verwerfen")
		look("status")
		b.visit(service + "/pruefen")
		look("check")
		b.follow("Berichtigung verwerfen")
		b.at("Möchten Sie die Berichtigung verwerfen?")
		look("ask")
		if !scripts { // the last one does it
			b.press("Berichtigung verwerfen")
			b.sees(p.Number(), "Angaben berichtigen")
		}
	}
}
