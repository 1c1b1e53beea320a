package form

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// overlaid is the example form with further files.
func overlaid(t *testing.T, files map[string]string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for _, name := range []string{"schema.yaml", "pages.yaml", "rules.yaml", "lists/hunderassen.yaml", "texts/de.json", "texts/en.json"} {
		b, err := os.ReadFile("testdata/hund/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: b}
	}
	for name, s := range files {
		out[name] = &fstest.MapFile{Data: []byte(s)}
	}
	return out
}

// A form in a further language shows what is translated in it, and what is not
// in German, marked; a label within the engine's German words is marked as
// being in the language of the page.
func TestFurtherLanguage(t *testing.T) {
	d, err := Load(overlaid(t, map[string]string{"texts/ar.json": `{
		"page.halter.title": {"text": "من يملك الكلب؟", "of": ""},
		"field.halter.nachname.label": "اسم العائلة",
		"field.hunde.name.label": "",
		"list.hunderassen.labrador": "لابرادور"
	}`}))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(d, Options{Params: params()})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Langs(), []i18n.Lang{"de", "en", "ar"}) || !p.Speaks("ar") || p.Speaks("tr") {
		t.Errorf("it speaks %v", p.Langs())
	}
	v := p.Open(p.Empty(), Env{Today: clock.Date{Year: 2026, Month: 11, Day: 22}, Lang: "ar"})
	st, err := v.Step("halter")
	if err != nil {
		t.Fatal(err)
	}
	if st.Title() != "من يملك الكلب؟" {
		t.Errorf("title %q", st.Title())
	}
	german := func(s string) bool { return strings.HasPrefix(s, "\uFDD0") && strings.HasSuffix(s, "\uFDD2") }
	for _, f := range v.Fields(st, nil, nil) {
		if f.Name == "halter.nachname" != (f.Label == "اسم العائلة") || f.Name != "halter.nachname" != german(f.Label) {
			t.Errorf("%s: label %q", f.Name, f.Label)
		}
		for _, o := range f.Choices {
			if !german(o.Label) {
				t.Errorf("%s: choice %q", f.Name, o.Label)
			}
		}
	}
	parsed := v.Parse(st, url.Values{"halter.art": {"person"}})
	i := slices.IndexFunc(parsed.Problems, func(p Problem) bool { return p.Path == "halter.nachname" })
	if i < 0 || !german(parsed.Problems[i].Text) || !strings.Contains(parsed.Problems[i].Text, "\uFDD1اسم العائلة\uFDD2") {
		t.Errorf("problems %+v", parsed.Problems)
	}
	breeds := p.byPath["hunde.rasse"]
	if i := breeds.byCode["labrador"]; breeds.choices[i].label.on("ar") != "لابرادور" || !german(breeds.choices[i+1].label.on("ar")) || german(breeds.choices[i+1].label.in("ar")) {
		t.Error("entries of a list")
	}
	for _, lang := range []i18n.Lang{"de", "en", "tr"} { // as before
		if s := p.Open(p.Empty(), Env{Lang: lang}).Steps()[0].Title(); strings.ContainsAny(s, "\uFDD0\uFDD1\uFDD2") != (lang == "tr") {
			t.Errorf("%s: %q", lang, s)
		}
	}
}

func TestFurtherLanguageFaults(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"a language nobody knows": {"texts/xy.json", `{}`, `"xy" is none of the languages`},
		"a key of nothing":        {"texts/ar.json", `{"field.halter.nachnahme.label": "x"}`, "field.halter.nachnahme.label fits nothing"},
		"an entry of no list":     {"texts/ar.json", `{"list.hunderassen.katze": "x"}`, "list.hunderassen.katze fits no entry"},
		"no such parameter":       {"texts/ar.json", `{"page.halter.title": "{params.mond}"}`, "there is no parameter mond"},
	} {
		d, err := Load(overlaid(t, map[string]string{c.file: c.text}))
		if err == nil {
			_, err = Compile(d, Options{Params: params()})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
