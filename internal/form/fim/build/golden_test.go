package build

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"leitportal/internal/form"
	"leitportal/internal/form/fim"
)

var update = flag.Bool("update", false, "write the golden files anew")

const example = "testdata/antrag.xdf3.xml"

// TestExample compares the form of a small schema of our own with what was
// read and found good.
func TestExample(t *testing.T) {
	d, r := Form(read(t, example), Options{})
	if _, err := form.Compile(d, form.Options{}); err != nil {
		t.Error(err)
	}
	files, err := Files(d)
	if err != nil {
		t.Fatal(err)
	}
	var notes strings.Builder
	for _, w := range r.Warnings {
		fmt.Fprintln(&notes, w)
	}
	files["notes.txt"] = []byte(notes.String())
	for _, name := range slices.Sorted(maps.Keys(files)) {
		golden := filepath.Join("testdata", "antrag", strings.ReplaceAll(name, "/", "-"))
		if *update {
			if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, files[name], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(files[name]) {
			t.Errorf("%s differs from what was read (go test -update writes it anew):\n%s", golden, files[name])
		}
	}
}

func TestLayout(t *testing.T) {
	l, err := ReadLayout([]byte(`
order: [g99000000007]
cuts: [g99000000001.f60000000227, gone.field]
titles: {g99000000003: Ihre Räder}
labels: {g99000000001.f60000000227: Nachname}
hints: {g99000000003.f99000000005: Sie steht am Rahmen.}
when: {mit_g99000000004: "g99000000007.f99000000011"}
`))
	if err != nil {
		t.Fatal(err)
	}
	d, r := Form(read(t, example), Options{Layout: l})
	if _, err := form.Compile(d, form.Options{}); err != nil {
		t.Error(err)
	}
	texts := d.Texts["de"]
	for key, want := range map[string]string{
		"page.g99000000003.title": "Ihre Räder", "field.g99000000001.f60000000227.label": "Nachname",
		"field.g99000000003.f99000000005.hint": "Sie steht am Rahmen.",
	} {
		if texts[key] != want {
			t.Errorf("%s is %q, want %q", key, texts[key], want)
		}
	}
	if got := d.Pages[0].Fields[0].Field; got != "g99000000007.f99000000010" {
		t.Errorf("the first question is %s", got)
	}
	at := slices.IndexFunc(d.Pages, func(p form.PageDef) bool {
		return len(p.Fields) > 0 && p.Fields[0].Field == "g99000000001.f60000000227"
	})
	if at < 0 {
		t.Error("no page begins with the field of the cut")
	}
	at = slices.IndexFunc(d.Pages, func(p form.PageDef) bool { return p.ID == "mit_g99000000004" })
	if at < 0 || d.Pages[at].When != "g99000000007.f99000000011" {
		t.Errorf("the page's condition is missing: %+v", d.Pages)
	}
	if last := r.Warnings[len(r.Warnings)-1]; last.Element != "layout" || !strings.Contains(last.Text, "gone.field") {
		t.Errorf("nothing says that gone.field is gone: %v", r.Warnings)
	}
	for _, bad := range []string{"oder: [a]", "cuts: {", "titles: [a]"} {
		if _, err := ReadLayout([]byte(bad)); err == nil {
			t.Errorf("%q is read as a layout", bad)
		}
	}
}

func TestDiff(t *testing.T) {
	old, next := read(t, example), read(t, example)
	if got := Diff(old, next); len(got) > 0 {
		t.Errorf("a schema differs from itself: %v", got)
	}
	person := next.Structure[1].Group
	person.Structure[2].Field.Labels.Input = "Nachname"
	person.Structure[2].Min = 0
	longest := 60
	person.Structure[2].Field.Bounds.MaxLength = &longest
	person.Structure[0].Field.Values = person.Structure[0].Field.Values[:1]
	person.Rules[0].Text = "Anders."
	person.Structure = slices.Delete(person.Structure, 5, 6)
	next.Structure = append(next.Structure, &fim.Part{Min: 1, Max: 1, Field: &fim.Field{
		Head: fim.Head{Identity: fim.Identity{ID: "F99000000099"}, Name: "Neu"}, FieldKind: fim.Input, Type: fim.Text,
	}})
	var got []string
	for _, c := range Diff(old, next) {
		got = append(got, c.Path+" "+c.What)
	}
	want := []string{
		"G99000000001 rule", "G99000000001/F99000000001 choices", "G99000000001/F60000000227 label",
		"G99000000001/F60000000227 bounds", "G99000000001/F60000000227 times", "F99000000099 added", "G99000000001/F99000000004 removed",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestIdsStay builds a newer version, with more in it, and finds the same ids.
func TestIdsStay(t *testing.T) {
	old, _ := Form(read(t, example), Options{})
	s := read(t, example)
	s.Structure = slices.Insert(s.Structure, 1, &fim.Part{Min: 1, Max: 1, Field: &fim.Field{
		Head: fim.Head{Identity: fim.Identity{ID: "F99000000099"}, Name: "Neu"}, FieldKind: fim.Input, Type: fim.Text,
	}})
	next, _ := Form(s, Options{})
	for _, p := range old.Pages {
		i := slices.IndexFunc(next.Pages, func(q form.PageDef) bool { return q.ID == p.ID })
		if i < 0 || len(next.Pages[i].Fields) != len(p.Fields) {
			t.Errorf("the page %s is not what it was", p.ID)
		}
	}
	for key, text := range old.Texts["de"] {
		if next.Texts["de"][key] != text {
			t.Errorf("%s was %q and is %q", key, text, next.Texts["de"][key])
		}
	}
}
