package form

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
)

// Who is shown where he is shown cannot be told, and would be asked for ever.
func TestCirclesAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ pages, want string }{
		"a list by its own size": {`
  - {id: pa, section: s, each: a, fields: [a.x]}
  - {id: la, section: s, list: a, when: "size(a) > 0"}
  - {id: pb, section: s, each: b, fields: [b.y]}
  - {id: lb, section: s, list: b}`, "la is shown hangs on itself"},
		"lists by each other": {`
  - {id: pa, section: s, each: a, fields: [a.x]}
  - {id: la, section: s, list: a, when: "size(b) > 0"}
  - {id: pb, section: s, each: b, fields: [b.y]}
  - {id: lb, section: s, list: b, when: "size(a) > 0"}`, "hangs on itself"},
		"an instance is there though its page is not": {`
  - {id: pa, section: s, each: a, when: "size(b) > 1", fields: [a.x]}
  - {id: la, section: s, list: a}
  - {id: pb, section: s, each: b, fields: [b.y]}
  - {id: lb, section: s, list: b, when: "size(a) > 0"}`, ""},
		"none": {`
  - {id: pa, section: s, each: a, when: "one.index > 1 || size(a) > 2", fields: [a.x]}
  - {id: la, section: s, list: a}
  - {id: pb, section: s, each: b, fields: [b.y]}
  - {id: lb, section: s, list: b, when: "a.exists(i, i.x)"}`, ""},
	} {
		words := map[string]string{"section.s": "S", "group.a.one": "A", "group.b.one": "B", "field.a.x.label": "x", "field.b.y.label": "y"}
		for _, pg := range []string{"la", "pa", "lb", "pb"} {
			words["page."+pg+".title"] = pg
		}
		for _, pg := range []string{"la", "lb"} {
			words["page."+pg+".add"], words["page."+pg+".next"] = "+", ">"
		}
		texts, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Load(fstest.MapFS{
			"schema.yaml": {Data: []byte("id: circle\nfields:\n  - {id: a, repeat: {min: 0, max: 3, as: one}, group: [{id: x, type: bool}]}\n  - {id: b, repeat: {min: 0, max: 3, as: two}, group: [{id: y, type: bool}]}\n")},
			"pages.yaml":  {Data: []byte("pages:" + c.pages + "\n")}, "texts/de.json": {Data: texts}, "texts/en.json": {Data: texts},
		})
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := Compile(d, Options{}); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A row that is asked for and does not fit is told of; an answer in one that
// does counts as not given.
func TestADamagedRowIsToldOf(t *testing.T) {
	p := load(t)
	e := env(t, p)
	rows := filled(t, p).Answers().Rows()
	for path := range rows {
		v := p.Open(p.Stored(func(at string) ([]byte, error) {
			if at == path {
				return []byte("[]"), nil
			}
			return rows[at], nil
		}), e)
		v.Steps()
		if v.Answers().Err() == nil || v.Known() != nil {
			t.Errorf("%s: %v, known %v", path, v.Answers().Err(), v.Known())
		}
	}
	v := p.Open(p.Stored(func(at string) ([]byte, error) { return rows[at], nil }), e)
	if v.Steps(); v.Answers().Err() != nil || p.Empty().Err() != nil {
		t.Error(v.Answers().Err())
	}
}
