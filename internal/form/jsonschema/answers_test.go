package jsonschema_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"testing"
	"testing/fstest"

	foreign "github.com/santhosh-tekuri/jsonschema/v6"

	"leitportal/internal/form"
	"leitportal/internal/form/jsonschema"
	"leitportal/internal/i18n"
)

// condition makes up a rule over a yes-or-no field, a choice, a number and
// several choices.
func condition(r *rand.Rand, depth int) string {
	if depth == 0 || r.Intn(4) == 0 {
		op := []string{"==", "!=", "<", "<=", ">", ">="}
		code := func() string { return "'" + string("abcz"[r.Intn(4)]) + "'" }
		switch r.Intn(8) {
		case 0:
			return "ja"
		case 1:
			return "art == " + code()
		case 2:
			return "art in [" + code() + ", " + code() + "]"
		case 3:
			return "answered.zahl"
		case 4:
			return code() + " in viele"
		case 5:
			return "attr('liste', art, 'k') == '" + string("xy"[r.Intn(2)]) + "'"
		case 6:
			return "['a', " + code() + "].exists(x, x == art)"
		}
		return fmt.Sprintf("zahl %s %d", op[r.Intn(len(op))], r.Intn(5))
	}
	a, b := condition(r, depth-1), condition(r, depth-1)
	switch r.Intn(5) {
	case 0:
		return "!(" + a + ")"
	case 1:
		return "(" + a + " || " + b + ")"
	case 2:
		return "(" + a + " ? " + b + " : " + condition(r, depth-1) + ")"
	case 3:
		return "calc.ruf && " + a
	}
	return "(" + a + " && " + b + ")"
}

func compile(t *testing.T, when string) *form.Program {
	t.Helper()
	texts := `{"section.s": "S", "page.fragen.title": "F", "page.ende.title": "E", "field.ja.label": "Ja", "field.art.label": "Art", "field.zahl.label": "Zahl",
		"field.viele.label": "Viele", "field.viele.choice.a": "A", "field.viele.choice.b": "B", "field.t.label": "T"}`
	d, err := form.Load(fstest.MapFS{
		"schema.yaml": {Data: []byte(`id: zufall
fields:
  - {id: ja, type: bool}
  - {id: art, type: choice, list: liste}
  - {id: zahl, type: int, min: 0, max: 4}
  - {id: viele, type: choices, choices: [a, b]}
  - {id: t, type: text, required: true}
`)},
		"pages.yaml":       {Data: []byte(fmt.Sprintf("pages:\n  - {id: fragen, section: s, fields: [ja, art, zahl, viele]}\n  - id: ende\n    section: s\n    fields:\n      - {field: t, when: %q}\n", when))},
		"rules.yaml":       {Data: []byte("calc:\n  - {id: ruf, expr: \"ja || zahl > 2\"}\n")},
		"lists/liste.yaml": {Data: []byte("- {code: a, de: A, en: A, attrs: {k: x}}\n- {code: b, de: B, en: B, attrs: {k: y}}\n- {code: c, de: C, en: C}\n")},
		"texts/de.json":    {Data: []byte(texts)},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := form.Compile(d, form.Options{})
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	return p
}

// Of made-up conditions the schema says what the engine says, for all answers:
// it refuses an application with what was not asked, and one without what was.
func TestConditionsAreTheEngines(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for range 60 {
		when := condition(r, 3)
		p := compile(t, when)
		answers, defs := jsonschema.Answers(p, "#/$defs/")
		answers.Set("$defs", defs)
		file, err := answers.Indent()
		if err != nil {
			t.Fatal(err)
		}
		doc, err := foreign.UnmarshalJSON(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		c := foreign.NewCompiler()
		if err := c.AddResource("a.json", doc); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile("a.json")
		if err != nil {
			t.Fatal(err)
		}
		takes := func(json string) bool {
			v, err := foreign.UnmarshalJSON(bytes.NewReader([]byte(json)))
			if err != nil {
				t.Fatal(err)
			}
			return schema.Validate(v) == nil
		}
		for n := range 3 * 4 * 4 * 3 {
			row := ""
			for i, said := range [][]string{
				{"", `"ja":true`, `"ja":false`}, {"", `"art":"a"`, `"art":"b"`, `"art":"c"`}, {"", `"zahl":0`, `"zahl":2`, `"zahl":4`}, {"", `"viele":["a"]`, `"viele":["a","b"]`},
			} {
				k := n / []int{1, 3, 12, 48}[i] % len(said)
				if said[k] != "" {
					if row != "" {
						row += ","
					}
					row += said[k]
				}
			}
			with := func(t string) string { return `{"ende":{` + t + `},"fragen":{` + row + `}}` }
			a, err := p.DecodeJSON([]byte(with(`"t":"x"`)))
			if err != nil {
				t.Fatal(err)
			}
			asked := p.Open(a, form.Env{Lang: i18n.DE}).Prune().Value("t") != nil
			if got := takes(with(`"t":"x"`)); got != asked {
				t.Fatalf("%s, {%s}: asked %v, and the schema takes an answer: %v\n%s", when, row, asked, got, file)
			}
			if got := takes(with("")); got == asked {
				t.Fatalf("%s, {%s}: asked %v, and the schema takes none: %v\n%s", when, row, asked, got, file)
			}
		}
	}
}
