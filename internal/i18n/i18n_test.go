package i18n

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"leitportal/internal/clock"
)

func files(de, en string) fstest.MapFS {
	return fstest.MapFS{"texts/de.json": {Data: []byte(de)}, "texts/en.json": {Data: []byte(en)}}
}

func TestTexts(t *testing.T) {
	c, err := Load(files(
		`{"a.b.hello":"Guten Tag, {name}!","a.b.dog.one":"{n} Hund","a.b.dog.other":"{n} Hunde","a.b.only":"nur hier"}`,
		`{"a.b.hello":{"text":"Hello, {name}!","of":"`+Hash("Guten Tag, {name}!")+`"},"a.b.dog.one":{"text":"{n} dog","of":"x"},"a.b.new":{"text":"?","of":""}}`))
	if err != nil {
		t.Fatal(err)
	}
	de, en := c.In(DE), c.In(EN)
	for _, x := range []struct{ got, want string }{
		{de.T("a.b.hello", "name", "Zoë"), "Guten Tag, Zoë!"},
		{en.T("a.b.hello", "name", "{name}"), "Hello, {name}!"},
		{de.N("a.b.dog", 1), "1 Hund"},
		{de.N("a.b.dog", 1200), "1.200 Hunde"},
		{en.T("a.b.only"), "[de] nur hier"},
		{en.T("a.b.nowhere"), "⟦a.b.nowhere⟧"},
		{c.In("fr").T("a.b.only"), "nur hier"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
	got := strings.Join(c.Stale(), "\n")
	want := "en: a.b.dog.one is stale (its German text has changed)\nen: a.b.dog.other is missing\nen: a.b.new has no German source\nen: a.b.only is missing"
	if got != want {
		t.Errorf("Stale:\n%s\nwant:\n%s", got, want)
	}
}

func TestStamp(t *testing.T) {
	out, err := Stamp([]byte(`{"k":"Hund"}`), []byte(`{"k":"dog"}`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(files(`{"k":"Hund"}`, string(out)))
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Stale(); len(s) != 0 {
		t.Error(s)
	}
	if _, err := Stamp([]byte(`{}`), []byte(`{"k":"dog"}`)); err == nil {
		t.Error("a translation without a source was stamped")
	}
}

func TestFormats(t *testing.T) {
	d := clock.Date{Year: 2026, Month: time.March, Day: 5}
	at := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC) // half an hour after the clock change
	for _, x := range []struct{ got, want string }{
		{FormatDate(DE, d), "5. März 2026"},
		{FormatDate(EN, d), "5 March 2026"},
		{ShortDate(DE, d), "05.03.2026"},
		{FormatInstant(DE, at), "29. März 2026, 03:30\u00a0Uhr"},
		{FormatInstant(DE, time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)), "25. Oktober 2026, 02:30\u00a0Uhr (MESZ)"},
		{FormatInstant(DE, time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)), "25. Oktober 2026, 02:30\u00a0Uhr (MEZ)"},
		{FormatInstant(EN, time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)), "25 October 2026, 02:30 (CET)"},
		{FormatInstant(DE, time.Date(2026, 10, 25, 2, 30, 0, 0, time.UTC)), "25. Oktober 2026, 03:30\u00a0Uhr"},
		{Number(DE, 17932651), "17.932.651"},
		{Number(EN, -1234), "-1,234"},
		{Money(DE, 123456), "1.234,56\u00a0€"},
		{Money(EN, -9600), "−€96.00"},
		{Money(DE, 5), "0,05\u00a0€"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
}

// No line breaks between a figure and its unit, nor between a sign of law and
// its number.
func TestBind(t *testing.T) {
	for in, want := range map[string]string{
		"höchstens 10 MB je Datei":       "höchstens 10\u00a0MB je Datei",
		"{n} MB, {percent} % und 3 EUR.": "{n}\u00a0MB, {percent}\u00a0% und 3\u00a0EUR.",
		"§ 3 und §§ 3 bis 5, Art. 13":    "§\u00a03 und §§\u00a03 bis 5, Art.\u00a013",
		"in € oder %, § oder 3 MBit":     "in € oder %, § oder 3 MBit",
		"{from} bis {to} Uhr, eine Uhr":  "{from} bis {to}\u00a0Uhr, eine Uhr",
		"500.000 € für 1 € 2 €":          "500.000\u00a0€ für 1\u00a0€ 2\u00a0€",
		"":                               "",
	} {
		if got := Bind(in); got != want || Bind(got) != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}
