package form

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/i18n"
)

// stopping is a form for people who live here; where dogs bite, it goes to
// another office.
func stopping() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"schema.yaml": file(`id: halt
fields:
  - {id: hier, type: bool, required: true}
  - {id: name, type: text, required: true}
  - {id: bissig, type: bool, required: true}
`),
		"pages.yaml": file(`pages:
  - {id: ort, section: s, fields: [hier]}
  - {id: fremd, section: s, when: "!hier", stop: true}
  - {id: hund, section: s, fields: [name, bissig]}
`),
		"rules.yaml": file(`destinations:
  - {id: ordnungsamt, when: bissig}
  - {id: steueramt}
`),
		"texts/de.json": file(`{"section.s": "Hund", "page.ort.title": "Wohnort", "page.fremd.title": "Nicht zuständig", "page.fremd.intro": "Fragen Sie Ihre Gemeinde.",
"page.hund.title": "Hund", "field.hier.label": "Hier", "field.name.label": "Name", "field.bissig.label": "Bissig",
"destination.ordnungsamt": "Ordnungsamt", "destination.steueramt": "Steueramt"}`),
	}
}

func compileStopping(t *testing.T, file, old, with string) (*Program, error) {
	t.Helper()
	files := stopping()
	if file != "" {
		text := string(files[file].Data)
		if !strings.Contains(text, old) {
			t.Fatalf("%s has no %q", file, old)
		}
		files[file] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, with, 1))}
	}
	d, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return Compile(d, Options{})
}

func TestAFormStops(t *testing.T) {
	p, err := compileStopping(t, "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	paths := func(v *View) string {
		var out []string
		for _, st := range v.Steps() {
			out = append(out, fmt.Sprintf("%s %s", st.Path, st.State))
		}
		return strings.Join(out, ", ")
	}
	v := p.Open(p.Empty(), Env{Today: today, Lang: i18n.DE})
	if got := paths(v); got != "ort current, hund open" {
		t.Errorf("before the question, steps %s", got)
	}
	full := post(t, v, "ort", "hier", "yes")
	full = post(t, full, "hund", "name", "Rex", "bissig", "no")
	if problems := full.Validate(); len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	v = post(t, full, "ort", "hier", "no")
	if got := paths(v); got != "ort done, fremd current" {
		t.Errorf("steps %s", got)
	}
	next, _ := v.Next("ort")
	if st, err := v.Step(next); err != nil || !st.Stop || !st.Reachable() {
		t.Errorf("next is %q: %+v %v", next, st, err)
	}
	if problems := v.Validate(); len(problems) != 1 || problems[0].Key != "form.stopped" || problems[0].Page != "fremd" {
		t.Errorf("%+v", problems)
	}
	v = post(t, v, "fremd") // a browser has no button for it
	if _, open := v.Current(); !open || len(v.Validate()) != 1 {
		t.Errorf("posting the page that stops makes it done: %s", paths(v))
	}
	// Whoever changes the answer finds what was typed before.
	if v = post(t, v, "ort", "hier", "yes"); len(v.Validate()) > 0 || v.Answers().Value("name") != "Rex" {
		t.Errorf("%s: %+v", paths(v), v.Validate())
	}
}

func TestDestination(t *testing.T) {
	p, err := compileStopping(t, "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]Destination{"yes": {"ordnungsamt", "Ordnungsamt"}, "no": {"steueramt", "Steueramt"}} {
		v := post(t, p.Open(p.Empty(), Env{Today: today, Lang: i18n.DE}), "ort", "hier", "yes")
		v = post(t, v, "hund", "name", "Rex", "bissig", answer)
		if got, ok := v.Destination(); !ok || got != want {
			t.Errorf("bissig %s: %v", answer, got)
		}
	}
	p, err = compileStopping(t, "rules.yaml", "{id: steueramt}", "{id: steueramt, when: \"!bissig && hier\"}")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := p.Open(p.Empty(), Env{Today: today, Lang: i18n.DE}).Destination(); ok {
		t.Errorf("nothing is answered, and it goes to %v", got)
	}
	kinds := []RuleKind{}
	for _, r := range p.Inspect().Rules {
		kinds = append(kinds, r.Kind)
	}
	if n := len(slices.DeleteFunc(kinds, func(k RuleKind) bool { return k != SendTo })); n != 2 {
		t.Errorf("%d rules of destinations", n)
	}
}

func TestWhatCannotStop(t *testing.T) {
	for _, c := range []struct{ file, old, with, want string }{
		{"pages.yaml", `when: "!hier", stop`, "stop", "needs `when`"},
		{"pages.yaml", "fields: [name, bissig]", `fields: [name, bissig], when: hier, stop: true`, "no fields"},
		{"pages.yaml", `"!hier"`, "bissig", "asked too late"},
		{"rules.yaml", ", when: bissig", "", "none after it is ever chosen"},
		{"rules.yaml", "id: steueramt", "id: ordnungsamt", "doubled"},
		{"rules.yaml", "id: steueramt", "id: kasse", "destination.kasse is missing"},
		{"rules.yaml", "when: bissig", "when: name", "bool"},
	} {
		if _, err := compileStopping(t, c.file, c.old, c.with); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s instead of %s: want %q, got %v", c.with, c.old, c.want, err)
		}
	}
}
