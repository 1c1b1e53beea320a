package tenant

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/internal/place"
)

// ID names a tenant: the ARS of its municipality, 12 digits. It is plain text
// so that it passes through every room, the database and the logs as it is.
type ID = string

// StateID stands for the state's own site where a tenant is asked for, as for
// the feedback on its pages.
const StateID ID = "050000000000"

// Tenant is a municipality as a customer of the portal. It is immutable; its
// slices are shared and must not be changed.
type Tenant struct {
	ID       ID
	Slug     string // first part of its addresses: "paderborn"
	Place    place.Place
	Name     string // "Stadt Paderborn"
	Monogram string // one or two letters
	Theme    Theme
	// Entered is what the authority has entered; the zero Settings when it has
	// not entered anything.
	Entered Settings
	// Revision of the settings this was made from; 0 for defaults.
	Revision int64

	css, cssVersion string // the theme as style sheet; "" for none
}

// Base is the path of the tenant's site on the state's host: "/paderborn".
func (t *Tenant) Base() string { return "/" + t.Slug }

// Day is the opening hours of one weekday.
type Day struct {
	Weekday time.Weekday
	Spans   []Hours // in order; empty: closed
}

// Week is the opening hours from Monday to Sunday, or nil when none were
// entered.
func (t *Tenant) Week() []Day {
	if len(t.Entered.Hours) == 0 {
		return nil
	}
	week := make([]Day, 7)
	for i := range week {
		week[i].Weekday = time.Weekday((i + 1) % 7)
		for _, h := range t.Entered.Hours {
			if h.Day == week[i].Weekday {
				week[i].Spans = append(week[i].Spans, h)
			}
		}
		slices.SortFunc(week[i].Spans, func(a, b Hours) int { return strings.Compare(a.From, b.From) })
	}
	return week
}

// Today is the opening hours of the German day at now, and whether it is open
// at this moment. known is false when no hours were entered. Holidays are not
// known to it.
func (t *Tenant) Today(now time.Time) (day Day, open, known bool) {
	local := now.In(clock.Berlin())
	for _, d := range t.Week() {
		if d.Weekday == local.Weekday() {
			at := local.Format("15:04")
			return d, slices.ContainsFunc(d.Spans, func(h Hours) bool { return h.From <= at && at < h.To }), true
		}
	}
	return Day{}, false, false
}

// Reserved lists the words that are no slug because an address of the portal
// begins with them.
func Reserved() []string {
	words := []string{
		"amt", "en", "de", "api", "suche", "orte", "lebenslagen", "themen", "leistungen", "pruefen", "status", "fortsetzen",
		"barrierefreiheit", "impressum", "datenschutz", "quellen", "feedback", "healthz", "readyz", "metrics", "assets",
		"theme", "theme.css", "komponenten", "hilfe", "anmelden", "konto", "bereich", "mein-bereich", "postfach", "daten",
		"fortschritt", "karte", "robots.txt", "favicon.ico", "sitemap.xml", "schemas", "fit-connect", "oidc", "saml", "nrw",
		"land", "kreis", "start", "static", "www", "admin", "leichte-sprache", "gebaerdensprache", ".well-known",
	}
	for _, lang := range i18n.Further() {
		words = append(words, string(lang))
	}
	return words
}

// slugOf writes a name for an address: lower case, umlauts written out, words
// joined by "-", without what stands in brackets.
func slugOf(name string) string {
	name, _, _ = strings.Cut(name, " (")
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		words[i] = place.Fold(w)
	}
	return strings.Join(words, "-")
}

// slugs gives each municipality its slug. Names that would share one, or that
// are reserved, all get their district's name behind theirs, so that no slug
// depends on the order of the list.
func slugs(towns []place.Place) (map[ID]string, error) {
	count := map[string]int{}
	for _, p := range towns {
		count[slugOf(p.Name)]++
	}
	out, taken := map[ID]string{}, map[string]ID{}
	for _, p := range towns {
		s := slugOf(p.Name)
		if count[s] > 1 || slices.Contains(Reserved(), s) {
			suffix := p.InDistrict
			if suffix == "" {
				suffix = "stadt"
			}
			s += "-" + slugOf(suffix)
		}
		if other, ok := taken[s]; ok || s == "" {
			return nil, fmt.Errorf("tenant: %s and %s would share the slug %q", p.ARS, other, s)
		}
		out[p.ARS], taken[s] = s, p.ARS
	}
	return out, nil
}

// monogram is the first letters of a name's first two words: "BL" for Bad
// Lippspringe, "P" for Paderborn, "M" for Mülheim an der Ruhr.
func monogram(name string) string {
	name, _, _ = strings.Cut(name, " (")
	var out []rune
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) && len(out) < 2 {
			out = append(out, r)
		}
	}
	if before, _, ok := strings.Cut(name, " a"); ok && (strings.HasPrefix(name, before+" an der ") || strings.HasPrefix(name, before+" am ")) {
		out = out[:1]
	}
	return string(out)
}

// derive makes the tenant of a place out of what was entered.
func derive(p place.Place, slug string, s Settings, revision int64) *Tenant {
	t := &Tenant{ID: p.ARS, Slug: slug, Place: p, Name: s.Name, Monogram: s.Monogram, Entered: s, Revision: revision}
	if t.Name == "" {
		t.Name = p.Title()
	}
	if t.Monogram == "" {
		t.Monogram = monogram(p.Name)
	}
	var err error
	if t.Theme, err = s.theme(); err != nil || t.Theme == (Theme{}) {
		t.Theme = defaultTheme(p.ARS)
	}
	t.css, t.cssVersion = t.Theme.CSS(), t.Theme.Version()
	return t
}

// deriveState makes the state's own site out of what was entered for it. It
// has a theme only when one was entered; else the portal's own colours stay.
func deriveState(s Settings, revision int64) *Tenant {
	t := &Tenant{ID: StateID, Name: s.Name, Monogram: s.Monogram, Entered: s, Revision: revision}
	if t.Name == "" {
		t.Name = "Leitportal"
	}
	if theme, err := s.theme(); err == nil && theme != (Theme{}) {
		t.Theme, t.css, t.cssVersion = theme, theme.CSS(), theme.Version()
	}
	return t
}
