package i18n_test

import (
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// A further language need not have every text: what is missing is German, and
// marked, line by line. In the portal's own languages it changes nothing.
func TestFurtherLanguages(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	files := fstest.MapFS{
		"texts/de.json": file(`{"a": "Guten Tag, {name}", "b": "eins\n\nzwei"}`),
		"texts/en.json": file(`{"a": {"text": "Hello, {name}", "of": "` + i18n.Hash("Guten Tag, {name}") + `"}, "b": {"text": "one", "of": "` + i18n.Hash("eins\n\nzwei") + `"}}`),
		"texts/ar.json": file(`{"a": {"text": "مرحبا {name}", "of": "` + i18n.Hash("Guten Tag, {name}") + `"}}`),
	}
	c, err := i18n.Load(files)
	if err != nil || len(c.Stale()) > 0 {
		t.Fatal(err, c.Stale())
	}
	for _, x := range []struct {
		of   i18n.Texts
		key  string
		want string
	}{
		{c.On("ar"), "a", "مرحبا Ada"},
		{c.On("ar"), "b", "\uFDD0eins\uFDD2\n\n\uFDD0zwei\uFDD2"},
		{c.On("tr"), "a", "\uFDD0Guten Tag, Ada\uFDD2"},
		{c.On("de"), "a", "Guten Tag, Ada"},
		{c.On("en"), "b", "one"},
		{c.On("xx"), "a", "Guten Tag, Ada"},
		{c.In("ar"), "a", "Guten Tag, Ada"}, // letters, mails, receipts
		{c.In("ar"), "b", "eins\n\nzwei"},
	} {
		if got := x.of.T(x.key, "name", "Ada"); got != x.want {
			t.Errorf("%s in %s: %q", x.key, x.of.Lang(), got)
		}
	}
	if !c.On("ar").Has("b") || c.On("ar").Has("c") {
		t.Error("Has does not tell what T can say")
	}
	if s := i18n.Plain(i18n.AsGerman("a " + i18n.AsOwn("ar", "b"))); s != "a b" {
		t.Errorf("without marks: %q", s)
	}
	if s := i18n.AsOwn("en", "b"); s != "b" {
		t.Errorf("marked in English: %q", s)
	}
	files["texts/ar.json"] = file(`{"a": {"text": "مرحبا", "of": "00000000"}, "z": {"text": "ي", "of": ""}}`)
	if c, err = i18n.Load(files); err != nil || !slices.Equal(c.Stale(), []string{"ar: a is stale (its German text has changed)", "ar: z has no German source"}) {
		t.Error(err, c.Stale())
	}
}

func TestLanguagesHaveNamesAndDirections(t *testing.T) {
	for _, lang := range append(i18n.Langs(), i18n.Further()...) {
		if lang.Name() == "" || lang.Portal() == lang.Further() || !lang.Official().Portal() {
			t.Errorf("%s: %q", lang, lang.Name())
		}
	}
	if i18n.Lang("ar").Dir() != "rtl" || i18n.Simple.Dir() != "ltr" || i18n.Further()[0] != i18n.Simple || i18n.Lang("xx").Name() != "" {
		t.Error("directions or order")
	}
}

// Dates in a further language are figures, as on German papers.
func TestDatesInFurtherLanguages(t *testing.T) {
	day := clock.Date{Year: 2026, Month: 11, Day: 22}
	at := time.Date(2026, 11, 22, 13, 3, 0, 0, time.UTC)
	for lang, want := range map[i18n.Lang]string{"ar": "22.11.2026, 14:03", i18n.Simple: "22. November 2026, 14:03\u00a0Uhr", "en": "22 November 2026, 14:03"} {
		if got := i18n.FormatInstant(lang, at); got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
	if got := i18n.FormatDate("ar", day) + " " + i18n.Money("ar", 123456); got != "22.11.2026 1.234,56\u00a0€" {
		t.Error(got)
	}
}
