package form

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// wide is a form of 8 pages with 20 fields each on the first, and 40 rules.
func wide(b *testing.B) (*Program, url.Values) {
	b.Helper()
	var schema, pages, rules, texts strings.Builder
	text := func(key, s string) { fmt.Fprintf(&texts, ",%q:%q", key, s) }
	schema.WriteString("id: wide\nfields:\n  - id: a\n    group:\n")
	pages.WriteString("pages:\n")
	form := url.Values{}
	kinds := []struct{ def, value string }{
		{"type: text, required: true", "Weißenburg"},
		{"type: int", "42"},
		{"type: email", "a@example.org"},
		{"type: bool, required: true", "yes"},
		{"type: choice, choices: [x, y, z]", "y"},
		{"type: date, style: text, max: today", "24.3.2019"},
		{"type: iban", "DE89 3704 0044 0532 0130 00"},
		{"type: money", "1.234,56"},
		{"type: postcode", "33098"},
		{"type: phone", "05251 123456"},
	}
	texts.WriteString(`{"section.s":"S"`)
	for i := range 27 {
		k := kinds[i%len(kinds)]
		id := fmt.Sprintf("f%d", i)
		fmt.Fprintf(&schema, "      - {id: %s, %s}\n", id, k.def)
		text("field.a."+id+".label", "Feld "+id)
		if strings.Contains(k.def, "choices") {
			for _, c := range []string{"x", "y", "z"} {
				text("field.a."+id+".choice."+c, c)
			}
		}
		if i < 20 {
			form.Set("a."+id, k.value)
		}
	}
	pages.WriteString("  - id: p0\n    section: s\n    fields:\n")
	for i := range 20 {
		if i%4 == 2 {
			fmt.Fprintf(&pages, "      - {field: a.f%d, require: \"a.f1 > %d && a.f3\"}\n", i, i)
		} else {
			fmt.Fprintf(&pages, "      - a.f%d\n", i)
		}
	}
	text("page.p0.title", "Seite")
	for i := 1; i < 8; i++ {
		fmt.Fprintf(&pages, "  - {id: p%d, section: s, when: \"a.f1 > %d && calc.c%d\", fields: [a.f%d]}\n", i, i, i, 19+i)
		text(fmt.Sprintf("page.p%d.title", i), "Seite")
	}
	rules.WriteString("calc:\n")
	for i := range 13 {
		fmt.Fprintf(&rules, "  - {id: c%d, expr: \"a.f7 > %d || a.f0 == 'x' || year(a.f5) < 2026\"}\n", i, i)
	}
	rules.WriteString("validate:\n")
	for i := range 15 {
		fmt.Fprintf(&rules, "  - {id: v%d, field: a.f%d, check: \"calc.c%d || a.f1 + a.f11 > %d\"}\n", i, i, i%13, i)
		text(fmt.Sprintf("rule.v%d", i), "Falsch")
	}
	all := texts.String() + "}"
	d, err := Load(fstest.MapFS{
		"schema.yaml": {Data: []byte(schema.String())}, "pages.yaml": {Data: []byte(pages.String())}, "rules.yaml": {Data: []byte(rules.String())},
		"texts/de.json": {Data: []byte(all)}, "texts/en.json": {Data: []byte(all)},
	})
	if err != nil {
		b.Fatal(err)
	}
	p, err := Compile(d, Options{})
	if err != nil {
		b.Fatal(err)
	}
	return p, form
}

func wideView(b *testing.B) (*View, url.Values) {
	b.Helper()
	p, form := wide(b)
	params, err := p.Params(nil)
	if err != nil {
		b.Fatal(err)
	}
	v := p.Open(p.Empty(), Env{Params: params, Today: clock.Date{Year: 2026, Month: 11, Day: 22}, Lang: i18n.DE})
	out := v.Parse(v.Steps()[0], form)
	if len(out.Problems) > 0 {
		b.Fatal(out.Problems)
	}
	return out.View, form
}

// Bar: 30 µs for a page of 20 fields: parse, validate, rules, row, next.
func BenchmarkParse(b *testing.B) {
	v, form := wideView(b)
	b.ReportAllocs()
	for b.Loop() {
		at := v.p.Open(v.a, v.env)
		out := at.Parse(at.step(v.p.pages[0], at.top), form)
		if next, ok := out.View.Next("p0"); !ok || len(out.Problems) > 0 || next != "p1" {
			b.Fatal(out.Problems)
		}
	}
}

// Bar: 15 µs for 8 pages.
func BenchmarkSteps(b *testing.B) {
	v, _ := wideView(b)
	b.ReportAllocs()
	for b.Loop() {
		if n := len(v.p.Open(v.a, v.env).Steps()); n != 8 {
			b.Fatal(n)
		}
	}
}

// Bar: 15 µs for 20 fields.
func BenchmarkFields(b *testing.B) {
	v, _ := wideView(b)
	st := v.Steps()[0]
	b.ReportAllocs()
	for b.Loop() {
		at := v.p.Open(v.a, v.env)
		st.s = at.top
		if n := len(at.Fields(st, nil, nil)); n != 20 {
			b.Fatal(n)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	v, _ := wideView(b)
	b.ReportAllocs()
	for b.Loop() {
		v.p.Open(v.a, v.env).Validate()
	}
}

func BenchmarkDecode(b *testing.B) {
	v, _ := wideView(b)
	rows := v.a.Rows()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.p.Decode(maps.All(rows)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}
