package search

import (
	"strings"
	"testing"
	"unicode/utf8"

	"leitportal/internal/place"
)

func atlas(t testing.TB) *place.Atlas {
	t.Helper()
	a, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSplit(t *testing.T) {
	sp := NewSplitter(atlas(t))
	for _, tc := range []struct {
		text, what, where string
		outcome           place.Outcome
	}{
		{"Hund anmelden Paderborn", "Hund anmelden", "Paderborn", place.One},
		{"hund anmelden paderborn", "hund anmelden", "Paderborn", place.One},
		{"Paderborn Hund anmelden", "Hund anmelden", "Paderborn", place.One},
		{"Hund anmelden in Köln", "Hund anmelden", "Köln", place.One},
		{"in Koeln Hund anmelden", "Hund anmelden", "Köln", place.One},
		{"dog tax in Aachen", "dog tax", "Aachen", place.One},
		{"33098 Hundesteuer", "Hundesteuer", "Paderborn", place.One},
		{"Hundesteuer 33098 Paderborn", "Hundesteuer", "Paderborn", place.One},
		{"Hundesteuer, St. Augustin", "Hundesteuer", "Sankt Augustin", place.One},
		{"Hundesteuer Bad Salzuflen", "Hundesteuer", "Bad Salzuflen", place.One},
		{"Hundesteuer Neunkirchen", "Hundesteuer", "", place.Several},
		{"Hundesteuer 52538", "Hundesteuer", "", place.Several},
		{"Essen auf Rädern", "Essen auf Rädern", "", place.None},
		{"Antrag senden", "Antrag senden", "", place.None},
		{"Personalausweis Essen", "Personalausweis", "Essen", place.One},
		{"Personalausweis in essen", "Personalausweis", "Essen", place.One},
		{"Paderborn", "", "Paderborn", place.One},
		{"Essen", "", "Essen", place.One},
		{"Hund anmelden", "Hund anmelden", "", place.None},
		{"Steuer für meinen Hund", "Steuer für meinen Hund", "", place.None},
		{"Hund anmelden in", "Hund anmelden in", "", place.None},
		{"", "", "", place.None},
		{"Hundesteuer Koeln", "Hundesteuer", "Köln", place.One},
		{"Hundesteuer in Koln", "Hundesteuer", "Köln", place.One},
		{"Hundesteuer Landeshauptstadt Düsseldorf", "Hundesteuer", "Düsseldorf", place.One},
		{"dog tax Cologne", "dog tax", "Köln", place.One},
		{"Hundesteuer M'gladbach", "Hundesteuer", "Mönchengladbach", place.One},
	} {
		p := sp.Split(tc.text)
		if p.What != tc.what || p.Where.Outcome != tc.outcome || p.Where.Place().Name != tc.where {
			t.Errorf("Split(%q) = %q, %v %q; want %q, %v %q", tc.text, p.What, p.Where.Outcome, p.Where.Place().Name, tc.what, tc.outcome, tc.where)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"Hund anmelden in Köln", "33098 Paderborn", "\xff\xfe in", "\u202ekcab Essen", "in in in in", "<script>alert(1)</script> Bonn", strings.Repeat("für ", 300), "a,b;c\x00d"} {
		f.Add(s)
	}
	sp := NewSplitter(atlas(f))
	f.Fuzz(func(t *testing.T, s string) {
		p := sp.Split(s)
		if !utf8.ValidString(p.What) || len(p.What) > 3*maxQuery || strings.ContainsAny(p.What, "\x00\n\u202e") {
			t.Errorf("Split(%q).What = %q", s, p.What)
		}
		if (p.Named == "") != (p.Where.Outcome == place.None) {
			t.Errorf("Split(%q) names %q and found %v", s, p.Named, p.Where.Outcome)
		}
		for _, w := range wordsOf(s) {
			if utf8.RuneCountInString(w) > maxWord || w == "" {
				t.Errorf("wordsOf(%q) has %q", s, w)
			}
		}
	})
}

// What the first letters rule out is nothing the atlas would have found.
func TestEveryPlaceCanBegin(t *testing.T) {
	a := atlas(t)
	sp := NewSplitter(a)
	for _, p := range a.Municipalities() {
		got := sp.Split("Hundesteuer in " + p.Name)
		if want := a.FindMunicipality(p.Name); got.Where.Outcome != want.Outcome {
			t.Errorf("%s: %+v", p.Name, got)
		}
	}
}
