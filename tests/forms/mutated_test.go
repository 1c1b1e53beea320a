package forms

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leitportal/internal/form/fim"
)

// mutations make of a released schema others that nobody has released, but
// might.
var mutations = []struct {
	name string
	part func(n int, p *fim.Part)
}{
	{"may repeat", func(_ int, p *fim.Part) {
		if p.Max == 1 {
			p.Max = 3
		}
	}},
	{"must be given", func(_ int, p *fim.Part) { p.Min = max(p.Min, 1) }},
	{"may be left out", func(_ int, p *fim.Part) { p.Min = 0 }},
	{"lists nobody has", func(_ int, p *fim.Part) {
		if p.Field != nil && p.Field.List != nil {
			p.Field.List = &fim.List{URN: p.Field.List.URN + "-privat", Version: "1"}
		}
	}},
	{"long lists", func(n int, p *fim.Part) {
		if p.Field == nil || p.Field.FieldKind != fim.Select || n%3 > 0 {
			return
		}
		p.Field.List, p.Field.Values = nil, nil
		for i := range 500 {
			p.Field.Values = append(p.Field.Values, fim.Value{Code: fmt.Sprintf("%03d", i), Name: fmt.Sprintf("Eintrag %d von Liste %d", i, n)})
		}
	}},
	{"other kinds", func(n int, p *fim.Part) {
		if p.Field == nil || p.Field.FieldKind != fim.Input {
			return
		}
		kinds := []fim.DataType{
			fim.Text, fim.TextLatin, fim.Date, fim.Time, fim.DateTime, fim.Bool, fim.Number, fim.Integer, fim.Currency, fim.File, fim.Object,
		}
		p.Field.Type, p.Field.Bounds, p.Field.MediaTypes = kinds[n%len(kinds)], fim.Bounds{}, nil
	}},
}

// TestMutatedForms walks forms of schemas that were changed: each change to one
// of the released ones, and in the long run to all.
func TestMutatedForms(t *testing.T) { mutated(t, false) }

// TestSoakMutatedForms walks them all.
func TestSoakMutatedForms(t *testing.T) {
	if os.Getenv("LEITPORTAL_SOAK") == "" {
		t.Skip("a long run: make soak")
	}
	mutated(t, true)
}

func mutated(t *testing.T, all bool) {
	schemas := Schemas()
	if len(schemas) == 0 {
		t.Skip("there are no schemas in ../shared/data/fim/schemas")
	}
	from, dir := t.TempDir(), t.TempDir()
	for i, m := range mutations {
		for j, file := range schemas {
			if !all && j != i*5%len(schemas) {
				continue
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := fim.Read(f)
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			change(doc.Schema.Structure, func(p *fim.Part) { m.part(n, p); n++ })
			doc.Schema.ID = fmt.Sprintf("S%02d%09d", 90+i, j)
			t.Logf("%s: %s, %s", doc.Schema.ID, filepath.Base(file), m.name)
			var b strings.Builder
			if err := fim.Write(&b, doc); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(from, doc.Schema.ID+".xml")
			if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Import(dir, name); err != nil {
				t.Errorf("%s, %s: %v", filepath.Base(file), m.name, err)
			}
		}
		if all { // a folder holds no more than this
			t.Run(m.name, func(t *testing.T) { walkAll(t, dir, dir) })
			dir = t.TempDir()
		}
	}
	if !all {
		walkAll(t, dir, dir)
	}
}

// change visits the parts of a structure, and those within them.
func change(parts []*fim.Part, visit func(*fim.Part)) {
	for _, p := range parts {
		visit(p)
		if p.Group != nil {
			change(p.Group.Structure, visit)
		}
	}
}
