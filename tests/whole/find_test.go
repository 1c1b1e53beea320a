package whole

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/ui"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// An entry of a list too long for a page is found without scripts: by its name,
// or among those that fit what was typed. What else was typed stays.
func TestFindInALongList(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../load/solutions")); err != nil {
		t.Fatal(err)
	}
	var zones strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&zones, "- {code: zone-%d, de: Bewohnerparkzone %d, en: Residents' parking zone %d}\n", i, i, i)
	}
	zones.WriteString("- {code: suedstadt, de: Südstadt, en: Southern quarter, also: [Kaiserviertel]}\n")
	solution := filepath.Join(dir, "bewohnerparken")
	schema, err := os.ReadFile(filepath.Join(solution, "schema.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	searched := strings.Replace(string(schema), "{id: zone, type: text, max: 40}", "{id: zone, type: choice, list: zones, required: true}", 1)
	if searched == string(schema) {
		t.Fatal("the solution has no field of zones")
	}
	for name, text := range map[string]string{"schema.yaml": searched, "lists/zones.yaml": zones.String()} {
		file := filepath.Join(solution, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL, Solutions: dir})
		b := open(t, portal)
		p, err := b.Begin("/paderborn/antrag/bewohnerparken")
		must(t, p, err)
		p, err = b.Walk(p, walker.Answers{}.With(
			"home.registered", "yes", "person.first", "Ada", "person.last", "Weiß",
			"person.birth:day", "29", "person.birth:month", "2", "person.birth:year", "1980",
			"address.street", "Musterstraße", "address.number", "12a", "address.postcode", "33098", "address.city", "Musterort",
			"vehicle.plate", "PB-AB 123", "vehicle.kind", "camper", "vehicle.owner", "self",
		), 0, "/permit", nil)
		must(t, p, err)
		if len(p.Body) > 40_000 {
			t.Errorf("the page has %d bytes", len(p.Body))
		}
		tomorrow := clock.DateOf(time.Now().In(clock.Berlin()).AddDate(0, 0, 1))
		v := p.Own().Values()
		v.Set("permit.zone", "sudst")
		v.Set("permit.start:day", fmt.Sprint(tomorrow.Day))

		p, err = b.Send(p.Own(), p.Own().Press(v, "_find", "permit.zone"))
		if must(t, p, err); p.First != http.StatusOK || !p.Has("Südstadt") || p.Has("Fehler") || p.Own().Shown("permit.start:day") != fmt.Sprint(tomorrow.Day) {
			t.Fatalf("the search got %d: %s", p.First, p.Text())
		}
		v = p.Own().Values()
		v.Set("permit.zone", "parkzone 77")
		v.Set("permit.start:month", fmt.Sprint(int(tomorrow.Month)))
		v.Set("permit.start:year", fmt.Sprint(tomorrow.Year))
		v.Set("permit.term", "one")
		p, err = b.Send(p.Own(), v)
		if must(t, p, err); p.First != http.StatusUnprocessableEntity || p.ErrorBeside("permit.zone") == "" || !p.Has("Bewohnerparkzone 770") || p.Has("Südstadt") {
			t.Fatalf("the page got %d: %s", p.First, p.Text())
		}
		v = p.Own().Values()
		v.Set("permit.zone:code", "zone-77")
		p, err = b.Send(p.Own(), v)
		if must(t, p, err); p.First != http.StatusSeeOther {
			t.Fatalf("the choice got %d: %s", p.First, p.Text())
		}
		next := p
		if p = get(t, b, "/paderborn/antrag/bewohnerparken/seite/permit"); p.Own().Shown("permit.zone") != "Bewohnerparkzone 77" {
			t.Errorf("the page shows %q", p.Own().Shown("permit.zone"))
		}

		// Just so where the office asks back about it, in another language too.
		p, err = b.Walk(next, walker.Answers{}.With("payment.how", "transfer", "declarations.correct", "yes", "declarations.changes", "yes"), 0, "", nil)
		number := submit(t, b, must(t, p, err), "").Number()
		desk := signIn(t, portal, databaseURL, clerk)
		c := openCase(t, desk, number)
		f := c.Form("/zuweisung")
		c, err = desk.Send(f, f.Press(f.Values(), "selbst", "ja"))
		ask := get(t, desk, must(t, c, err).LinkTo("/rueckfrage"))
		v = ask.Own().Values()
		v["feld"] = []string{"permit.zone", "vehicle.plate"}
		v.Set("frage", "In welcher Zone steht das Auto?")
		c, err = desk.Send(ask.Own(), v)
		if must(t, c, err).First != http.StatusSeeOther {
			t.Fatalf("the question was not sent: %s", c.Text())
		}
		question := get(t, b, get(t, b, "/paderborn/antrag/bewohnerparken/status").LinkTo("/nachricht/"))
		v = question.Own().Values()
		v.Set("permit.zone", "sudst")
		v.Set("vehicle.plate", "PB-XY 9")
		p, err = b.Send(question.Own(), question.Own().Press(v, "_find", "permit.zone"))
		if must(t, p, err); p.First != http.StatusOK || !p.Has("Südstadt") || p.Has("Fehler") || p.Own().Shown("vehicle.plate") != "PB-XY 9" || !strings.Contains(string(p.Body), " autofocus") {
			t.Fatalf("the search in an answer got %d: %s", p.First, p.Text())
		}
		v = p.Own().Values()
		v.Set("permit.zone:code", "suedstadt")
		v.Set("vehicle.plate", "PB-")
		p, err = b.Post("/en"+question.Path(), p.Own().Press(v, ui.SwitchName, "en"))
		if must(t, p, err); p.First != http.StatusOK || p.Own().Shown("vehicle.plate") != "PB-" || p.Has("Error") || p.Own().Shown("permit.zone") != "Southern quarter" {
			t.Fatalf("another language got %d, %v: %s", p.First, p.Own().Values(), p.Text())
		}
		v = p.Own().Values()
		v.Set("vehicle.plate", "PB-XY 99")
		p, err = b.Send(p.Own(), v)
		if must(t, p, err); p.First != http.StatusSeeOther || !p.Has("PB-XY 99") || !p.Has("Southern quarter") {
			t.Fatalf("the answer got %d: %s", p.First, p.Text())
		}
	})
}
