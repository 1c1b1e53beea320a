package browser

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"

	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// TestDesk searches by number, decides on relief and works on one case in two
// tabs at once; the pages of it are held against axe-core and 320 pixels, with
// scripts and without.
func TestDesk(t *testing.T) {
	full(t)
	t.Parallel()
	portal := apptest.Start(t, apptest.Options{Demo: true})
	person := walker.New(portal.URL)
	t.Cleanup(person.Close)
	p, err := person.Begin("/paderborn/antrag/hundesteuer")
	if err == nil { // two dogs of one name, one of them a watch dog
		p, err = person.Walk(p, walker.Keeper().With("dogs/2.chip", "276098100000009", "dogs/2.watch", "yes", "dogs/2.watch_distance", "350"), 2, "", nil)
	}
	for tries := 0; err == nil && p.Number() == "" && tries < 30; tries++ {
		p, err = person.Submit(p, "")
	}
	if err != nil || p.Number() == "" {
		t.Fatal(p, err)
	}
	number := p.Number()
	desk := walker.New(portal.URL)
	t.Cleanup(desk.Close)
	const login = "sachbearbeitung@paderborn.example"
	p, err = desk.Get("/paderborn/amt/anmelden")
	if err == nil {
		p, err = desk.Send(p.Own(), url.Values{"login": {login}, "password": {"Leitportal-Demo-2026"}})
	}
	if err == nil {
		_, err = desk.Send(p.Own(), url.Values{"code": {code(t, portal.Data, "paderborn", login)}})
	}
	to := ""
	for end := time.Now().Add(patience); err == nil && to == "" && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if p, err = desk.Get("/paderborn/amt/eingang"); err == nil {
			to = p.Link(number)
		}
	}
	if err != nil || to == "" {
		t.Fatalf("the case does not come: %v", err)
	}
	to = to[strings.Index(to, "/paderborn"):]
	browser := launch(t)
	for _, scripts := range []bool{true, false} {
		tab := func() *tab {
			b := open(t, browser, portal.URL, in(t, i18n.DE), scripts)
			for _, c := range desk.Cookies() {
				b.do(network.SetCookie(c.Name, c.Value).WithURL(portal.URL))
			}
			return b
		}
		a, b := tab(), tab()
		look := func(name string) {
			t.Helper()
			a.states(name)
			a.narrow()
		}

		a.visit("/paderborn/amt/eingang")
		a.fill(a.words.say("casework.inbox.search"), number[len(number)-4:])
		a.press(a.words.say("casework.filter.button"))
		a.sees(number, "Nummer enthält "+number[len(number)-4:])
		look("search")
		a.visit("/paderborn/amt/eingang?ansicht=erledigt&nummer=" + number)
		a.sees("1 Vorgang in allen Ansichten zeigen")
		look("elsewhere")
		a.follow("1 Vorgang in allen Ansichten zeigen")
		a.follow(number)
		a.sees("Hunde: Rex (2)", "Über einen Antrag auf Nachlass")
		look("case")
		a.follow("Entscheiden über Rex (2): Wachhund")
		a.sees("Angaben dazu", "350")
		look("grant")
		a.visit(to + "/entscheidung")
		a.sees("Über einen Antrag auf Nachlass")
		look("assess")

		// The question is typed in one tab while the case changes in the other.
		a.visit(to + "/rueckfrage")
		a.tick("Chipnummer")
		a.fill(a.words.say("casework.ask.text"), "Stimmt die Nummer?")
		b.visit(to)
		if scripts {
			b.press(b.words.say("casework.action.take"))
		} else { // it is taken already
			b.press(b.words.say("casework.assign.button"))
		}
		a.press(a.words.say("casework.ask.button"))
		a.sees("Nicht gespeichert: Der Vorgang hat sich inzwischen geändert", "Demo Sachbearbeitung bearbeitet den Vorgang")
		kept := ""
		a.must(&kept, `field(%s).value`, a.words.say("casework.ask.text"))
		if kept != "Stimmt die Nummer?" {
			t.Errorf("what was typed is lost: %q", kept)
		}
		look("stale")
	}
}
