package whole

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// rewrite puts other words into a file of a solution.
func rewrite(t *testing.T, file string, oldNew ...string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(string(b), oldNew[i]) {
			t.Fatalf("%s has no %q", file, oldNew[i])
		}
	}
	if err := os.WriteFile(file, []byte(strings.NewReplacer(oldNew...).Replace(string(b))), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Who is not entitled is told why, cannot go on and cannot send, and loses
// nothing by going back; who is entitled is told to which office it goes, and
// so is the desk.
func TestStopAndDestination(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../load/solutions")); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, "bewohnerparken", filepath.FromSlash(name)) }
	rewrite(t, in("pages.yaml"), "  - {id: person, section", "  - {id: elsewhere, section: start, when: \"!home.registered\", stop: true}\n  - {id: person, section")
	rewrite(t, in("rules.yaml"), "  - {id: registered, field: home.registered, check: home.registered}\n", "",
		"compute:", "destinations:\n  - {id: fleet, when: \"vehicle.kind == 'camper'\"}\n  - {id: counter}\n\ncompute:")
	words := `"page.elsewhere.title": "Kein Anspruch", "page.elsewhere.intro": "Den Ausweis gibt es nur für Bewohner.", "destination.fleet": "Stelle für Wohnmobile", "destination.counter": "Bürgerbüro",`
	rewrite(t, in("texts/de.json"), `"basis.fees"`, words+`"basis.fees"`, `"rule.registered"`, `"x.registered"`)
	rewrite(t, in("texts/en.json"), `"basis.fees"`, words+`"basis.fees"`, `"rule.registered"`, `"x.registered"`)
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL, Solutions: dir})
		b := open(t, portal)
		const form = "/paderborn/antrag/bewohnerparken"
		p, err := b.Begin(form)
		must(t, p, err)
		p, err = b.Send(p.Own(), walker.Answers{}.With("home.registered", "no").Fill(p.Own()))
		if must(t, p, err); p.Path() != form+"/seite/elsewhere" || !p.Has("Den Ausweis gibt es nur für Bewohner.") || !p.Has("Es wurde nichts abgesendet") {
			t.Fatalf("%s: %s", p.Path(), p.Text())
		}
		if f := p.Own(); f != nil && f.Action != "" && strings.Contains(f.Action, "/seite/") {
			t.Errorf("the page that stops has a form to %s", f.Action)
		}
		back := p.Link("Zurück zu meinen Angaben")
		for _, path := range []string{"/seite/elsewhere", "/pruefen"} { // by hand
			if p, err = b.Post(form+path, url.Values{"_go": {"next"}}); err != nil || p.First == http.StatusSeeOther && strings.HasSuffix(p.Path(), "/status") {
				t.Fatalf("%s after the stop: %d %s %v", path, p.First, p.Path(), err)
			}
		}
		if p.First != http.StatusUnprocessableEntity || !p.Has("können Sie den Antrag nicht absenden") {
			t.Errorf("sending gets %d: %s", p.First, p.Text())
		}
		if p = get(t, b, form+"/seite/person"); !strings.HasSuffix(p.Path(), "/seite/elsewhere") {
			t.Errorf("behind the stop is %s", p.Path())
		}
		if p = get(t, b, back); p.Own().Shown("home.registered") != "no" {
			t.Fatalf("the way back leads to %s", p.Path())
		}
		tomorrow := clock.DateOf(time.Now().In(clock.Berlin()).AddDate(0, 0, 1))
		p, err = b.Walk(p, walker.Answers{}.With(
			"home.registered", "yes", "person.first", "Ada", "person.last", "Weiß",
			"person.birth:day", "29", "person.birth:month", "2", "person.birth:year", "1980",
			"address.street", "Musterstraße", "address.number", "12a", "address.postcode", "33098", "address.city", "Musterort",
			"vehicle.plate", "PB-AB 123", "vehicle.kind", "camper", "vehicle.owner", "self", "permit.zone", "7",
			"permit.start:day", strconv.Itoa(tomorrow.Day), "permit.start:month", strconv.Itoa(int(tomorrow.Month)), "permit.start:year", strconv.Itoa(tomorrow.Year), "permit.term", "one",
			"payment.how", "transfer", "declarations.correct", "yes", "declarations.changes", "yes",
		), 0, "/pruefen", nil)
		if must(t, p, err); !p.Has("Stelle für Wohnmobile") {
			t.Fatalf("%s: %s", p.Path(), p.Text())
		}
		p, err = b.Submit(p, "")
		if must(t, p, err); p.Number() == "" {
			t.Fatalf("not sent: %s", p.Text())
		}
		if seen := openCase(t, signIn(t, portal, databaseURL, clerk), p.Number()); !seen.Has("Stelle für Wohnmobile") {
			t.Errorf("the desk is not told: %s", seen.Text())
		}
	})
}
