package search

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"leitportal/internal/i18n"
)

// TestRelevance holds the search to the pairs of relevance.tsv.
func TestRelevance(t *testing.T) {
	b, err := os.ReadFile("relevance.tsv")
	if err != nil {
		t.Fatal(err)
	}
	ix := index(t)
	n := 0
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if f[0] == "" || f[0][0] == '#' {
			continue
		}
		if len(f) != 4 {
			t.Fatalf("relevance.tsv: %q", line)
		}
		within, err := strconv.Atoi(f[3])
		if err != nil {
			t.Fatal(err)
		}
		n++
		res, err := ix.Search(t.Context(), Query{Text: f[0], Lang: i18n.Lang(f[1]), Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		got := ids(res)
		ok := false
		for _, id := range got[:min(within, len(got))] {
			ok = ok || id == f[2]
		}
		if !ok {
			t.Errorf("%q (%s): want %s within the first %d, got %v", f[0], f[1], f[2], within, names(res))
		}
	}
	if n < 220 {
		t.Errorf("only %d pairs", n)
	}
}

func ids(r Result) (out []string) {
	for _, h := range r.Hits {
		out = append(out, h.Service.OZGID)
	}
	return out
}

func names(r Result) (out []string) {
	for _, h := range r.Hits {
		out = append(out, h.Service.OZGID+" "+h.Service.Name)
	}
	return out
}

// TestNoise holds the search to leaving out what shares only a common word,
// or one part of a compound, with the question.
func TestNoise(t *testing.T) {
	ix := index(t)
	for _, tc := range []struct{ text, never string }{
		{"Hund anmelden", "10309"},         // Lohnsteueranmeldung
		{"Hunt anmelden", "10309"},         // with a slip
		{"Hunt anmelden", "10294"},         // not found for "Hund anmelden" either
		{"Hunt anmelden", "10149"},         // hunting is English here
		{"Hund anmelden", "10332"},         // Anmeldung von Verträgen
		{"Hundesteueranmeldung", "10309"},  // two of three parts
		{"Hundesteueranmeldung", "10362"},  // Energiesteuer
		{"Autoanmeldung", "10309"},         // Anmeldung
		{"Mülltonnenbestellung", "10351"},  // Bestellung von Treuhändern
		{"Personalausweisantrag", "10131"}, // Einwohnerantrag
		{"Personalausweisantrag", "10297"}, // Personalveränderungen
		{"Geburtsurkundenbestellung", "10242"},
		{"Schlüssel verloren", "10119"},
		{"Auto Steuer zahlen", "10362"},
		{"dog tax", "10078"}, // church tax
	} {
		res, err := ix.Search(t.Context(), Query{Text: tc.text, Lang: i18n.DE})
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Hits) == 0 || slices.Contains(ids(res), tc.never) {
			t.Errorf("%q finds %v, among them or instead of all %s", tc.text, names(res), tc.never)
		}
	}
}
