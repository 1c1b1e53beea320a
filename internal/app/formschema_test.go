package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/codelist"
	"leitportal/internal/form/fim"
	"leitportal/internal/form/fim/build"
	"leitportal/internal/form/fim/rule"
	"leitportal/internal/form/formtest"
	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
	"leitportal/internal/submission"
)

func testDay() clock.Date { return clock.Date{Year: 2026, Month: time.March, Day: 14} }

// validator is the form's own schema in a foreign validator.
func validator(t testing.TB, f ownForm) *jsonschema.Schema {
	t.Helper()
	file, err := f.schema(false, "")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("payload.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("payload.json")
	if err != nil {
		t.Fatalf("%s: the schema is not one: %v", f.about.Solution, err)
	}
	return s
}

// payload is an application as it leaves the portal.
func payload(t testing.TB, f ownForm, a *form.Answers) []byte {
	t.Helper()
	p := submission.Payload{
		Format: submission.PayloadFormat, Submission: "018f3e2a-7c1d-7b3e-9c4f-0123456789ab", Revision: 1, Tenant: "057740032032",
		Solution: f.about.Solution, Version: f.about.Version, Lang: i18n.DE, Received: testDay().Time(time.UTC), Today: testDay(),
		Answers: map[string]json.RawMessage{}, Salt: make([]byte, 32),
	}
	if p.Version == "" {
		p.Version = "1.0.0"
	}
	for path, b := range a.Rows() {
		p.Answers[path] = b
	}
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func valid(s *jsonschema.Schema, payload []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func ownFormIn(t testing.TB, dir string) ownForm {
	t.Helper()
	f, err := oneForm(dir, testDay())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Every application that the engine takes fits the schema, whatever way
// through the form it took.
func TestSchemaTakesWhatIsSent(t *testing.T) {
	wide, err := compiled(formSource{Source: prove.Source{Files: formtest.Wide(3), Today: testDay()}})
	if err != nil {
		t.Fatal(err)
	}
	bare := func(dir string, params map[string]form.ParamType) ownForm {
		f, err := compiled(formSource{Source: prove.Source{Files: os.DirFS(dir), Params: params, Today: testDay()}})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, f := range []ownForm{
		ownFormIn(t, "../../solutions/hundesteuer"), ownFormIn(t, "../../tests/load/solutions/bewohnerparken"), wide,
		bare("../form/testdata/haushalt", nil),
	} {
		s, n := validator(t, f), 0
		for _, a := range prove.Check(f.Source, prove.Budget{Left: 20_000}).Applications {
			n++
			if err := valid(s, payload(t, f, a.Answers)); err != nil {
				t.Fatalf("%s: %s\n%v", f.about.Solution, a.Answers.JSON(), err)
			}
		}
		if n < 2 {
			t.Errorf("%s: only %d applications", f.about.Solution, n)
		}
	}
}

// The forms of the released FIM schemas, in their smallest and fullest way.
func TestSchemaOfFIMForms(t *testing.T) {
	t.Parallel()
	const data = "../../../shared/data/fim"
	files, _ := filepath.Glob(data + "/schemas/*.xml")
	if len(files) == 0 {
		t.Skip("the released schemas are not here: ../shared/data/fim")
	}
	lists, err := codelist.Open(os.DirFS("../../../shared/data/codelists"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		doc, err := readSchema(file)
		if err != nil {
			t.Fatal(err)
		}
		f := imported(t, doc, lists)
		s := validator(t, f)
		for _, how := range []prove.How{prove.Smallest, prove.Fullest} {
			a, err := prove.Walk(f.program, prove.Setting{Today: testDay()}, how, &prove.Budget{Left: 20_000})
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if err := valid(s, payload(t, f, a.Answers)); err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
			}
		}
	}
}

func imported(t testing.TB, doc *fim.Document, lists *codelist.Registry) ownForm {
	t.Helper()
	d, _ := build.Form(doc.Schema, build.Options{ID: strings.ToLower(doc.Schema.ID), Rules: rule.Read(doc.Schema), Lists: lists})
	p, err := form.Compile(d, form.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return ownForm{program: p, about: submission.About{Solution: d.ID, Title: d.ID}}
}

// What the engine would never send, the schema refuses.
func TestSchemaRefuses(t *testing.T) {
	f := ownFormIn(t, "../../solutions/hundesteuer")
	s := validator(t, f)
	a, err := prove.Walk(f.program, f.Settings[0], prove.Fullest, &prove.Budget{Left: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	good := payload(t, f, a.Answers)
	if err := valid(s, good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(p, answers map[string]any){
		"another format":           func(p, _ map[string]any) { p["format"] = "leitportal.application/0" },
		"another version":          func(p, _ map[string]any) { p["version"] = "0.0.1" },
		"no day":                   func(p, _ map[string]any) { delete(p, "today") },
		"a member of its own":      func(p, _ map[string]any) { p["note"] = "hallo" },
		"a page too many":          func(_, a map[string]any) { a["nowhere"] = map[string]any{} },
		"a page too few":           func(_, a map[string]any) { delete(a, "address") },
		"an instance of nothing":   func(_, a map[string]any) { a["dog/x"] = map[string]any{} },
		"a field too many":         func(_, a map[string]any) { a["address"].(map[string]any)["address.planet"] = "Erde" },
		"a field too few":          func(_, a map[string]any) { delete(a["address"].(map[string]any), "address.street") },
		"a text that is a number":  func(_, a map[string]any) { a["address"].(map[string]any)["address.street"] = 7 },
		"a text that is empty":     func(_, a map[string]any) { a["address"].(map[string]any)["address.street"] = "" },
		"a text too long":          func(_, a map[string]any) { a["address"].(map[string]any)["address.street"] = strings.Repeat("ä", 81) },
		"a postal code of letters": func(_, a map[string]any) { a["address"].(map[string]any)["address.postcode"] = "ABCDE" },
		"no date":                  func(_, a map[string]any) { a["address"].(map[string]any)["address.moved_in"] = "14.3.2026" },
		"no day of a month":        func(_, a map[string]any) { a["address"].(map[string]any)["address.moved_in"] = "2026-02-30" },
		"an unknown breed":         func(_, a map[string]any) { a["dog/1"].(map[string]any)["dogs.breed"] = "katze" },
		"what was not asked":       func(_, a map[string]any) { a["others"] = map[string]any{"others.has": false, "others.count": 2} },
		"what was asked":           func(_, a map[string]any) { a["others"] = map[string]any{"others.has": true} },
		"a page of the other way":  func(_, a map[string]any) { a["keeper-kind"] = map[string]any{"keeper.company": true} },
		"a number too large":       func(_, a map[string]any) { a["others"] = map[string]any{"others.has": true, "others.count": 51} },
		"a cross of crosses": func(_, a map[string]any) {
			a["dog-cross/1"] = map[string]any{"dogs.cross1": "mischling", "dogs.cross2": "labrador"}
		},
		"nothing declared": func(_, a map[string]any) { a["declarations"].(map[string]any)["declarations.correct"] = false },
		"an open list":     func(_, a map[string]any) { a["dogs"].(map[string]any)["dogs"].(map[string]any)["done"] = false },
		"a dog twice":      func(_, a map[string]any) { a["dogs"].(map[string]any)["dogs"].(map[string]any)["ids"] = []int{1, 1} },
	} {
		var p map[string]any
		if err := json.Unmarshal(good, &p); err != nil {
			t.Fatal(err)
		}
		spoil(p, p["answers"].(map[string]any))
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if valid(s, b) == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// The command prints files; the OpenAPI document resolves within itself.
func TestFormSchemaCommand(t *testing.T) {
	out, _ := run(t, 0, "form", "schema", "../../tests/load/solutions/bewohnerparken", "--base", "https://portal.example/schema/")
	if !strings.Contains(out, `"$id": "https://portal.example/schema/bewohnerparken/`) {
		t.Errorf("no $id of its own: %.300s", out)
	}
	out, _ = run(t, 0, "form", "schema", "../../solutions/hundesteuer", "--openapi")
	var doc struct {
		OpenAPI    string
		Paths      map[string]any
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" || len(doc.Paths) != 1 || doc.Components.Schemas["hundesteuer"] == nil {
		t.Errorf("not the document: %.300s", out)
	}
	for _, ref := range strings.Split(out, `"$ref": "`)[1:] {
		ref, _, _ = strings.Cut(ref, `"`)
		name, ok := strings.CutPrefix(ref, "#/components/schemas/")
		if !ok || doc.Components.Schemas[name] == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	}
	run(t, 1, "form", "schema", "testdata") // no form there
}

// The commands write what they are asked for.
func TestFormPDFCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "form.pdf")
	run(t, 0, "form", "pdf", "../../solutions/hundesteuer", "-o", file, "--lang", "en")
	b, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(b, []byte("%PDF-1.7")) || !bytes.Contains(b, []byte("/StructTreeRoot")) {
		t.Errorf("no tagged PDF: %v %.20s", err, b)
	}
}

// A form is printed for a municipality without making a portal; where there is
// one, with the address that was entered.
func TestFormPDFForATown(t *testing.T) {
	dir, err := filepath.Abs("../../solutions/hundesteuer")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, database := range []string{"", "sqlite:db/portal.db", "db/portal.db"} {
		if out, status := program(t, []string{"DATABASE_URL=" + database}, "form", "pdf", dir, "-o", "form.pdf", "--tenant", "paderborn"); status != 0 {
			t.Fatal(out)
		}
		if left := names(t, "."); !slices.Equal(left, []string{"form.pdf"}) {
			t.Errorf("with the database %q printing leaves %v", database, left)
		}
	}
	if err := os.WriteFile("town.yaml", []byte("contact: {office: Rathaus, street: Marktplatz 1, postal_code: '33098', town: Paderborn}"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, 0, "tenant", "set", "paderborn", "town.yaml") // before the first start
	was := names(t, "var")
	run(t, 0, "form", "pdf", dir, "-o", "form.pdf", "--tenant", "paderborn")
	if left := names(t, "var"); !slices.Equal(left, was) {
		t.Errorf("printing makes of %v %v", was, left)
	}
	p := &process{ctx: t.Context(), cfg: Config{Data: "var"}}
	if town, err := p.authority("paderborn"); err != nil || !slices.Equal(letterTo(town.Entered.Contact), []string{"Marktplatz 1", "33098 Paderborn"}) {
		t.Errorf("what was entered is not read: %v %v", town, err)
	}
	run(t, 1, "form", "pdf", dir, "-o", "form.pdf", "--tenant", "nowhere")
}

// What looks after a portal says so where there is none, and makes none.
func TestCommandsMakeNoPortal(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"tenant", "show", "paderborn"},
		{"tenant", "messages"},
		{"staff", "reset", "paderborn", "a@b.example"},
		{"staff", "code", "paderborn", "a@b.example"},
		{"keys", "rotate"},
		{"keys", "office", "paderborn"},
		{"keys", "ledger"},
		{"ledger", "check"},
		{"ledger", "key"},
		{"jobs", "dead"},
		{"jobs", "revive", "x"},
	} {
		if _, notes := run(t, 1, args...); !strings.Contains(notes, "no portal has been started here") || !strings.Contains(notes, "--data") {
			t.Errorf("%v: %s", args, notes)
		}
		if left := names(t, "."); len(left) > 0 {
			t.Fatalf("%v leaves %v", args, left)
		}
	}
}

// names are the files in a folder.
func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
