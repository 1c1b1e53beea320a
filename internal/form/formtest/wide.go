package formtest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"testing/fstest"
)

// PerPage is how many fields a page of a Wide form has.
const PerPage = 20

// RulesPerPage is how many rules a page of a Wide form has, but the first: a
// condition of its own, two of fields, a demand, a calculation and a check.
const RulesPerPage = 6

// kinds are the sorts of fields in turn, with a value as typed.
var kinds = [...]struct{ def, value string }{
	{"type: text, required: true", "Weißenburg"},
	{"type: int", "42"},
	{"type: email", "a@example.org"},
	{"type: bool, required: true", "yes"},
	{"type: choice, required: true, choices: [x, y, z]", "y"},
	{"type: date, style: text, max: today", "24.3.2019"},
	{"type: iban", "DE89 3704 0044 0532 0130 00"},
	{"type: money", "1.234,56"},
	{"type: postcode", "33098"},
	{"type: phone", "05251 123456"},
}

// Wide is the files of a form with so many pages of 20 fields in a row, each
// page with six rules about its own fields and those of the page before: 50
// pages are 1,000 fields and about 300 rules. The answers of Posted show every
// page and field of it.
func Wide(pages int) fs.FS {
	var schema, layout, calcs, checks strings.Builder
	texts := map[string]string{"section.s": "S"}
	schema.WriteString("id: wide\nfields:\n")
	layout.WriteString("pages:\n")
	calcs.WriteString("calc:\n")
	checks.WriteString("validate:\n")
	for p := range pages {
		fmt.Fprintf(&schema, "  - id: g%d\n    group:\n", p)
		fmt.Fprintf(&layout, "  - id: p%d\n    section: s\n", p)
		if p > 0 {
			fmt.Fprintf(&layout, "    when: \"g%d.f3 || g%d.f1 > 100\"\n", p-1, p-1)
			fmt.Fprintf(&calcs, "  - {id: c%d, expr: \"g%d.f7 > %d || g%d.f0 == 'x'\"}\n", p, p-1, p, p)
			fmt.Fprintf(&checks, "  - {id: v%d, field: g%d.f1, check: \"calc.c%d || g%d.f1 + g%d.f11 > %d\"}\n", p, p, p, p, p-1, p)
			texts[fmt.Sprintf("rule.v%d", p)] = "Falsch"
		}
		layout.WriteString("    fields:\n")
		texts[fmt.Sprintf("page.p%d.title", p)] = fmt.Sprintf("Seite %d", p)
		for i := range PerPage {
			path := fmt.Sprintf("g%d.f%d", p, i)
			kind := kinds[i%len(kinds)].def
			fmt.Fprintf(&schema, "      - {id: f%d, %s}\n", i, kind)
			switch {
			case p > 0 && i == 6:
				fmt.Fprintf(&layout, "      - {field: %s, when: \"g%d.f4 == 'y'\"}\n", path, p)
			case p > 0 && i == 16:
				fmt.Fprintf(&layout, "      - {field: %s, when: \"g%d.f13\"}\n", path, p-1)
			case p > 0 && i == 2:
				fmt.Fprintf(&layout, "      - {field: %s, require: \"calc.c%d && g%d.f3\"}\n", path, p, p)
			default:
				fmt.Fprintf(&layout, "      - %s\n", path)
			}
			texts["field."+path+".label"] = fmt.Sprintf("Feld %d auf Seite %d", i, p)
			if strings.Contains(kind, "choices") {
				for _, c := range []string{"x", "y", "z"} {
					texts["field."+path+".choice."+c] = c
				}
			}
		}
	}
	if pages < 2 {
		calcs.Reset()
		checks.Reset()
	}
	words, err := json.Marshal(texts)
	if err != nil {
		panic(err) // texts always marshal
	}
	return fstest.MapFS{
		"schema.yaml": {Data: []byte(schema.String())}, "pages.yaml": {Data: []byte(layout.String())},
		"rules.yaml": {Data: []byte(calcs.String() + checks.String())}, "texts/de.json": {Data: words}, "texts/en.json": {Data: words},
	}
}

// Page is the path of page n of a Wide form, 0…
func Page(n int) string { return fmt.Sprintf("p%d", n) }

// Posted is a good answer to page n of a Wide form, as a browser posts it.
func Posted(n int) url.Values {
	out := url.Values{}
	for i := range PerPage {
		out.Set(fmt.Sprintf("g%d.f%d", n, i), kinds[i%len(kinds)].value)
	}
	return out
}
