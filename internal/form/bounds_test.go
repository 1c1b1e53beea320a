package form_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/formtest"
	"leitportal/internal/i18n"
)

// hostile is a form of two pages with a text and a yes or no, and these rules.
func hostile(t *testing.T, pages, rules string) (*form.Program, error) {
	t.Helper()
	texts := `{"section.s": "S", "page.eins.title": "Eins", "page.zwei.title": "Zwei", "rule.v": "Falsch", "field.a.label": "A", "field.b.label": "B"}`
	if pages == "" {
		pages = "pages:\n  - {id: eins, section: s, fields: [a]}\n  - {id: zwei, section: s, fields: [b]}\n"
	}
	d, err := form.Load(fstest.MapFS{
		"schema.yaml": {Data: []byte("id: hostile\nfields:\n  - {id: a, type: text, max: 2000}\n  - {id: b, type: bool}\n")},
		"pages.yaml":  {Data: []byte(pages)}, "rules.yaml": {Data: []byte(rules)},
		"texts/de.json": {Data: []byte(texts)}, "texts/en.json": {Data: []byte(texts)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return form.Compile(d, form.Options{})
}

// Rules that go round in a circle are refused.
func TestCyclesAreRefused(t *testing.T) {
	for _, c := range []struct{ pages, rules, want string }{
		{"", "calc:\n  - {id: x, expr: calc.x + 1}\n", "undeclared reference"},
		{"", "calc:\n  - {id: x, expr: calc.y}\n  - {id: y, expr: calc.x}\n", "undeclared reference"},
		{"pages:\n  - {id: eins, section: s, when: b, fields: [a]}\n  - {id: zwei, section: s, when: \"a == 'x'\", fields: [b]}\n", "", "asked too late"},
		{"pages:\n  - {id: eins, section: s, when: calc.x, fields: [a]}\n  - {id: zwei, section: s, fields: [b]}\n", "calc:\n  - {id: x, expr: b}\n", "asked too late"},
		{"pages:\n  - {id: eins, section: s, when: \"answered.a\", fields: [a]}\n  - {id: zwei, section: s, fields: [b]}\n", "", "asked too late"},
	} {
		if _, err := hostile(t, c.pages, c.rules); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s%s: %v, want %q", c.pages, c.rules, err, c.want)
		}
	}
}

// Rules that double a text or a list again and again come to an end, in time
// and memory, and nothing can be sent that they should have judged.
func TestDoublingComesToAnEnd(t *testing.T) {
	for _, first := range []string{"a + a", "[1, 2]"} {
		rules := "calc:\n  - {id: c0, expr: \"" + first + "\"}\n"
		for i := range 60 {
			rules += fmt.Sprintf("  - {id: c%d, expr: calc.c%d + calc.c%d}\n", i+1, i, i)
		}
		rules += "validate:\n  - {id: v, field: b, check: \"" + map[bool]string{true: "calc.c60 != 'x'", false: "!calc.c60.exists(x, x == calc.c60[0] && x != x)"}[first == "a + a"] + "\"}\n"
		p, err := hostile(t, "", rules)
		if err != nil {
			continue // refused is good, too
		}
		v := p.Open(p.Empty(), form.Env{Today: clock.Date{Year: 2026, Month: 11, Day: 22}, Lang: i18n.DE})
		for _, pg := range []struct{ path, field, value string }{{"eins", "a", strings.Repeat("ä", 2000)}, {"zwei", "b", "yes"}} {
			st, err := v.Step(pg.path)
			if err != nil {
				t.Fatal(err)
			}
			out := v.Parse(st, url.Values{pg.field: {pg.value}}) // without an end it takes years
			if pg.field == "b" && (len(out.Problems) != 1 || out.Problems[0].Key != "form.rule_failed" || out.View.Err() == nil) {
				t.Errorf("%s: %+v, %v", first, out.Problems, out.View.Err())
			}
			v = out.View
		}
	}
}

// A form of 10,000 fields and 3,000 rules is compiled and answered like any
// other.
func TestTenThousandFields(t *testing.T) {
	const pages = 500
	d, err := form.Load(formtest.Wide(pages))
	if err != nil {
		t.Fatal(err)
	}
	p, err := form.Compile(d, form.Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := p.Inspect()
	if len(in.Fields) != pages*formtest.PerPage || len(in.Rules) < (pages-1)*formtest.RulesPerPage {
		t.Errorf("%d fields, %d rules", len(in.Fields), len(in.Rules))
	}
	v := p.Open(p.Empty(), form.Env{Today: clock.Date{Year: 2026, Month: 11, Day: 22}, Lang: i18n.DE})
	for n := range 3 {
		st, ok := v.Current()
		if !ok || st.Path != formtest.Page(n) {
			t.Fatalf("page %d is %s", n, st.Path)
		}
		out := v.Parse(st, formtest.Posted(n))
		if len(out.Problems) > 0 {
			t.Fatalf("%+v", out.Problems)
		}
		v = out.View
	}
}
