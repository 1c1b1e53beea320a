package browser

import (
	"testing"

	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
)

// pages are addresses that show themselves to everybody, with what makes them
// a page or a state of its own.
var pages = []string{
	"/", "/en/", "/paderborn/", "/en/paderborn/", "/soest/?ort=Soest",
	"/themen", "/themen/engagement-hobby", "/lebenslagen", "/lebenslagen/tierhaltung", "/leistungen", "/paderborn/leistungen?buchstabe=W",
	"/leistungen/hundesteuer", "/paderborn/leistungen/hundesteuer", "/en/aachen/leistungen/hundesteuer",
	"/paderborn/leistungen/personalausweis", "/en/paderborn/leistungen/personalausweis?ort=Paderborn", "/paderborn/leistungen/lohnsteuer", "/leistungen/hundesteuer?ort=Xyzdorf",
	"/suche", "/suche?q=hund+anmelden", "/paderborn/suche?q=hund+anmelden", "/suche?q=xyzzyq", "/suche?q=hund&ort=Neunkirchen", "/suche?q=hund&ort=52538", "/suche?q=hund&ort=Xyzdorf",
	"/paderborn/antrag/hundesteuer", "/fortsetzen", "/fortsetzen/datei", "/en/paderborn/fortsetzen/datei", "/pruefen", "/paderborn/pruefen",
	"/impressum", "/datenschutz", "/barrierefreiheit", "/feedback", "/feedback/danke", "/quellen",
	"/paderborn/impressum", "/paderborn/datenschutz", "/paderborn/barrierefreiheit", "/paderborn/feedback", "/en/aachen/datenschutz",
	"/gibt-es-nicht", "/paderborn/gibt-es-nicht", "/paderborn/antrag/gibt-es-nicht", "/paderborn/amt/anmelden", "/en/aachen/amt/anmelden",
	"/fortschritt", "/en/fortschritt", "/fortschritt/lagen", "/fortschritt/kommunen?thema=engagement-hobby&sortierung=name", "/paderborn/fortschritt", "/en/aachen/fortschritt/themen/engagement-hobby",
	"/komponenten", "/komponenten/start", "/komponenten/amt", "/en/komponenten",
}

// TestAccessibility holds every page in every state against axe-core: as it
// is, filled, with errors, in the dark, at 320 pixels and without scripts. On
// the pages that show themselves to everybody nothing may be cut off either, or
// have to be scrolled sideways.
func TestAccessibility(t *testing.T) {
	full(t)
	t.Parallel()
	portal := apptest.Start(t, apptest.Options{Demo: true})
	browser := launch(t)
	look := func(b *tab, _, state string) { b.t.Helper(); b.states(state) }
	t.Run("journey", func(t *testing.T) {
		t.Parallel()
		j := journey{portal: portal, browser: browser, town: paderborn, lang: i18n.DE, login: "sachbearbeitung", scripts: true, faulty: always, look: look}
		j.begin(t).walk()
	})
	t.Run("journey without scripts", func(t *testing.T) {
		t.Parallel()
		j := journey{portal: portal, browser: browser, town: aachen, lang: i18n.EN, login: "vertretung", faulty: always, look: look}
		j.begin(t).walk()
	})
	t.Run("pages", func(t *testing.T) {
		t.Parallel()
		with, without := map[string]*tab{}, map[string]*tab{}
		for _, lang := range i18n.Langs() {
			with[string(lang)] = open(t, browser, portal.URL, in(t, lang), true)
			without[string(lang)] = open(t, browser, portal.URL, in(t, lang), false)
		}
		for _, page := range pages {
			for _, b := range []*tab{with[langOf(page)], without[langOf(page)]} {
				b.visit(page)
				b.states("")
				if b.scripts {
					b.narrow()
				}
			}
		}
	})
	t.Run("desk", func(t *testing.T) {
		t.Parallel()
		for login, paths := range map[string][]string{
			"leitung":   {"eingang?zustand=closed", "konto", "mitarbeitende", "mitarbeitende/neu", "druck", "rueckmeldungen", "testfaelle", "eingang?ansicht=testfaelle", "gibt-es-nicht"},
			"redaktion": {"einstellungen", "rueckmeldungen", "fortschritt?q=hund", "fortschritt/10160"},
			"revision":  {"protokoll", "eingang"},
		} {
			j := (&journey{portal: portal, browser: browser, town: aachen, lang: i18n.DE, login: login, scripts: true, look: look}).begin(t)
			b := j.tab()
			j.signIn(b)
			for _, p := range paths {
				b.visit("/aachen/amt/" + p)
				b.states("")
			}
			if login != "leitung" {
				continue
			}
			b.visit("/aachen/amt/mitarbeitende/neu")
			b.press(j.w.say("staff.new.button"))
			b.states("error")
			b.visit("/aachen/amt/mitarbeitende")
			b.follow("Demo Vertretung")
			b.states("filled")
		}
	})
}

func always(string) bool { return true }

func langOf(path string) string {
	if len(path) > 3 && path[:4] == "/en/" {
		return "en"
	}
	return "de"
}
