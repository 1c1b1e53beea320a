package tenant

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/place"
)

func towns(t testing.TB) []place.Place {
	t.Helper()
	a, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	return a.Municipalities()
}

func TestEverySlugIsUniqueAndFree(t *testing.T) {
	list := towns(t)
	got, err := slugs(list)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range list {
		s := got[p.ARS]
		if s == "" || seen[s] || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Contains(s, "--") || slices.Contains(Reserved(), s) {
			t.Errorf("%s has the slug %q", p.Name, s)
		}
		seen[s] = true
	}
	if len(seen) != 396 {
		t.Errorf("%d slugs", len(seen))
	}
	byName := map[string]string{}
	for _, p := range list {
		byName[p.Name] = got[p.ARS]
	}
	for name, want := range map[string]string{
		"Paderborn": "paderborn", "Sankt Augustin": "sankt-augustin", "Köln": "koeln", "Mülheim an der Ruhr": "muelheim-an-der-ruhr",
		"Stolberg (Rhld.)": "stolberg", "Schloß Holte-Stukenbrock": "schloss-holte-stukenbrock", "Fröndenberg/Ruhr": "froendenberg-ruhr",
		"Neunkirchen": "neunkirchen", "Neunkirchen-Seelscheid": "neunkirchen-seelscheid", "Neuenkirchen": "neuenkirchen",
	} {
		if byName[name] != want {
			t.Errorf("the slug of %s is %q, want %q", name, byName[name], want)
		}
	}
}

func TestSlugsThatCollideNameTheirDistrict(t *testing.T) {
	got, err := slugs([]place.Place{
		{ARS: "1", Name: "Halle (Westf.)", InDistrict: "Kreis Gütersloh"},
		{ARS: "2", Name: "Halle (Saale)"},
		{ARS: "3", Name: "Suche", InDistrict: "Kreis Unna"},
	})
	if err != nil || got["1"] != "halle-kreis-guetersloh" || got["2"] != "halle-stadt" || got["3"] != "suche-kreis-unna" {
		t.Errorf("%v %v", got, err)
	}
	if _, err := slugs([]place.Place{{ARS: "1", Name: "A"}, {ARS: "2", Name: "A"}}); err == nil {
		t.Error("two tenants share a slug")
	}
}

func TestMonogram(t *testing.T) {
	for name, want := range map[string]string{
		"Paderborn": "P", "Bad Lippspringe": "BL", "Mülheim an der Ruhr": "M", "Emmerich am Rhein": "E", "Rheda-Wiedenbrück": "RW",
		"Halle (Westf.)": "H", "Übach-Palenberg": "ÜP", "Horn-Bad Meinberg": "HB", "Köln": "K", "Fröndenberg/Ruhr": "FR",
	} {
		if got := monogram(name); got != want {
			t.Errorf("monogram(%q) = %q, want %q", name, got, want)
		}
	}
	for _, p := range towns(t) {
		if n := len([]rune(monogram(p.Name))); n < 1 || n > 2 {
			t.Errorf("%s has the monogram %q", p.Name, monogram(p.Name))
		}
	}
}

func readable(t *testing.T, name string, th Theme) {
	t.Helper()
	for _, g := range lightGrounds() {
		if r := Contrast(th.Light, g); r < MinContrast {
			t.Errorf("%s: %s on %s: %.2f", name, th.Light, g, r)
		}
	}
	for _, g := range darkGrounds() {
		if r := Contrast(th.Dark, g); r < MinContrast {
			t.Errorf("%s: %s on %s: %.2f", name, th.Dark, g, r)
		}
	}
	if r := Contrast(th.OnLight, th.Light); r < MinContrast {
		t.Errorf("%s: text on the light accent: %.2f", name, r)
	}
	if r := Contrast(th.OnDark, th.Dark); r < MinContrast {
		t.Errorf("%s: text on the dark accent: %.2f", name, r)
	}
}

func TestEveryThemeIsReadable(t *testing.T) {
	for _, c := range palette() {
		th, err := NewTheme(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		readable(t, c.String(), th)
	}
	used := map[Theme]int{}
	for _, p := range towns(t) {
		used[defaultTheme(p.ARS)]++
	}
	if len(used) != len(palette()) {
		t.Errorf("%d of %d colours are given out", len(used), len(palette()))
	}
	// Whatever is accepted can be read.
	accepted := 0
	for v := 0; v < 1<<24; v += 9973 {
		c := Color{uint8(v >> 16), uint8(v >> 8), uint8(v)}
		th, err := NewTheme(c, nil)
		if err == nil {
			accepted++
			readable(t, c.String(), th)
		} else if least := worst(c, lightGrounds()); least >= MinContrast {
			t.Errorf("%s is refused at %.2f", c, least)
		}
		if th, err := NewTheme(Color{}, &c); err == nil {
			readable(t, "dark "+c.String(), th)
		}
	}
	if accepted == 0 {
		t.Error("no colour is accepted")
	}
}

func TestContrastIsThatOfWCAG(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ffffff", "#ffffff", 1}} {
		a, _ := ParseColor(c.a)
		b, _ := ParseColor(c.b)
		if got := Contrast(a, b); got < c.want-0.01 || got > c.want+0.01 {
			t.Errorf("%s on %s: %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
	for _, s := range []string{"", "#fff", "0b5d4e0", "#0b5d4g", "red", "#+12345", "#0b5d4e\n"} {
		if _, err := ParseColor(s); err == nil {
			t.Errorf("ParseColor(%q) is taken", s)
		}
	}
}

func TestSettingsAreRefusedWithWords(t *testing.T) {
	for _, c := range []struct {
		name  string
		s     Settings
		field string
	}{
		{"yellow on white", Settings{Accent: "#ffe000"}, "accent"},
		{"black on black", Settings{Accent: "#000000", AccentDark: "#101010"}, "accent_dark"},
		{"no colour", Settings{Accent: "rot"}, "accent"},
		{"dark alone", Settings{AccentDark: "#ffffff"}, "accent"},
		{"three letters", Settings{Monogram: "ABC"}, "monogram"},
		{"a digit", Settings{Monogram: "1"}, "monogram"},
		{"right-to-left", Settings{Name: "Stadt\u202eX"}, "name"},
		{"broken", Settings{Name: "Stadt\xff"}, "name"},
		{"long", Settings{Supervisor: strings.Repeat("ä", 201)}, "supervisor"},
		{"control", Settings{PrivacyText: "a\x00b"}, "privacy_text"},
		{"mail", Settings{Contact: Contact{Mail: "rathaus"}}, "contact.mail"},
		{"mail with name", Settings{Contact: Contact{Mail: "A <a@b.example>"}}, "contact.mail"},
		{"plain http", Settings{Contact: Contact{Web: "http://a.example"}}, "contact.web"},
		{"script", Settings{Contact: Contact{Web: "javascript:alert(1)"}}, "contact.web"},
		{"code", Settings{Contact: Contact{PostalCode: "3309"}}, "contact.postal_code"},
		{"port", Settings{Hosts: []string{"a.example:80"}}, "hosts"},
		{"upper case", Settings{Hosts: []string{"A.example"}}, "hosts"},
		{"address", Settings{Hosts: []string{"127.0.0.1"}}, "hosts"},
		{"no dot", Settings{Hosts: []string{"localhost"}}, "hosts"},
		{"backwards", Settings{Hours: []Hours{{time.Monday, "12:00", "08:00"}}}, "hours"},
		{"24 o'clock", Settings{Hours: []Hours{{time.Monday, "08:00", "24:00"}}}, "hours"},
		{"no day", Settings{Hours: []Hours{{9, "08:00", "12:00"}}}, "hours"},
	} {
		err := c.s.Check()
		var inv *InvalidError
		if !fail.Is(err, fail.Invalid) || !errors.As(err, &inv) || len(inv.Problems) != 1 || inv.Problems[0].Field != c.field {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if p := inv.Problems[0]; !Texts().In("de").Has(p.Key) {
			t.Errorf("%s: there is no text %s", c.name, p.Key)
		}
	}
	good := Settings{
		Name: "Hansestadt Herford", Hosts: []string{"service.herford.example"}, Accent: "#1a4f9c", Monogram: "Hf",
		Contact: Contact{Street: "Rathausplatz 1", PostalCode: "32052", Town: "Herford", Mail: "info@herford.example", Web: "https://herford.example"},
		Hours:   []Hours{{time.Monday, "08:00", "12:30"}}, PrivacyText: "Eins\n\nZwei",
	}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}

func TestOpeningHours(t *testing.T) {
	ten := &Tenant{Entered: Settings{Hours: []Hours{
		{time.Monday, "14:00", "16:00"}, {time.Monday, "08:00", "12:30"}, {time.Thursday, "08:00", "18:00"},
	}}}
	week := ten.Week()
	if len(week) != 7 || week[0].Weekday != time.Monday || week[6].Weekday != time.Sunday || week[0].Spans[0].From != "08:00" {
		t.Errorf("%+v", week)
	}
	for _, c := range []struct {
		at   string
		open bool
		n    int
	}{
		{"2026-11-23T07:00:00Z", true, 2},  // Monday, 8:00 in winter
		{"2026-11-23T06:59:00Z", false, 2}, // 7:59
		{"2026-11-23T11:30:00Z", false, 2}, // 12:30, shut
		{"2026-07-06T06:00:00Z", true, 2},  // Monday, 8:00 in summer
		{"2026-11-22T23:30:00Z", false, 2}, // Monday already
		{"2026-11-24T09:00:00Z", false, 0}, // Tuesday
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		day, open, known := ten.Today(at)
		if !known || open != c.open || len(day.Spans) != c.n {
			t.Errorf("%s: %v %v %+v", c.at, open, known, day)
		}
	}
	if _, _, known := (&Tenant{}).Today(time.Time{}); known {
		t.Error("hours nobody entered are known")
	}
}
