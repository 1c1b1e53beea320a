package form

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func params() map[string]ParamType {
	return map[string]ParamType{"gefaehrliche": ParamTexts, "saetze": ParamMoneys, "erhoeht": ParamMoney, "lastschrift": ParamBool, "satzung_name": ParamText}
}

func load(t testing.TB) *Program {
	t.Helper()
	d, err := Load(os.DirFS("testdata/hund"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(d, Options{Params: params()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// example is the example form with some of its words replaced.
func example(t testing.TB, file, old, with string) fs.FS {
	t.Helper()
	return exampleOf(t, "testdata/hund", file, old, with)
}

func exampleOf(t testing.TB, folder, file, old, with string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	src := os.DirFS(folder)
	err := fs.WalkDir(src, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(src, name)
		if name == file {
			if !strings.Contains(string(b), old) {
				t.Fatalf("%s does not contain %q", file, old)
			}
			b = []byte(strings.Replace(string(b), old, with, 1))
		}
		out[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMistakesOfAuthorsAreFound(t *testing.T) {
	for _, c := range []struct{ file, old, with, says string }{
		{"schema.yaml", "max: 80, autocomplete", "maximum: 80, autocomplete", "schema.yaml:"},
		{"schema.yaml", "type: phone", "type: fone", `no type "fone"`},
		{"schema.yaml", "id: mail", "id: nachname", "stands there twice"},
		{"schema.yaml", "id: mail", "id: in", "cannot be an id"},
		{"schema.yaml", "list: hunderassen", "list: katzen", "no lists/katzen.yaml"},
		{"schema.yaml", "as: hund,", "", "`as`"},
		{"schema.yaml", "max: today,", "max: tomorrow,", "min or max"},
		{"schema.yaml", "max: today,", "max: [today],", "a bound is a number or a text"},
		{"schema.yaml", "person, gemeinsam", "person, person", "stands there twice"},
		{"schema.yaml", "sensitive: health", "sensitive: secret", "can only be health"},
		{"schema.yaml", "label: name", "label: nam", "for its label"},
		{"pages.yaml", "- halter.nachname", "- halter.vorname", `no field "halter.vorname"`},
		{"pages.yaml", "      - halter.nachname\n", "", "stands on no page"},
		{"pages.yaml", "fields: [erklaerung]", "fields: [erklaerung, halter.mail]", "already"},
		{"pages.yaml", "fields: [erklaerung]", "fields: [erklaerung, hunde.name]", "stands on"},
		{"pages.yaml", "id: abschluss", "id: zahlung", "stands there twice"},
		{"pages.yaml", "when: params.lastschrift", "when: params.last", "undeclared reference"},
		{"pages.yaml", "when: params.lastschrift", "when: erklaerung", "asked too late"},
		{"pages.yaml", "when: params.lastschrift", "when: hund.gefaehrlich", "only where one hund"},
		{"pages.yaml", "when: params.lastschrift", "when: weitere.anzahl", "must be bool"},
		{"pages.yaml", `when: "halter.art == 'firma'"`, `when: "halter.art.startsWith('f')"`, "later page"},
		{"pages.yaml", `when: "halter.art == 'firma'"`, `when: "halter.nachname == 'x'"`, "must stand before"},
		{"pages.yaml", "  - {id: hunde, section: hunde, list: hunde, columns: [hunde.name, hunde.rasse]}\n", "", "one with list: hunde"},
		{"pages.yaml", "kind: warning", "kind: loud", "info or warning"},
		{"rules.yaml", "halter.geburt, today", "halter.geburtt, today", "undeclared reference"},
		{"rules.yaml", ">= 18", ">= 'x'", "no matching overload"},
		{"rules.yaml", "h.chip ==", "h.chipp ==", "undefined field"},
		{"rules.yaml", "'lhundg'", "'farbe'", "attribute"},
		{"rules.yaml", "attr('hunderassen'", "attr('katzen'", "no list"},
		{"rules.yaml", "field: halter.geburt", "field: halter.alter", "no repeating group"},
		{"rules.yaml", "size(hunde) + weitere.anzahl", "1 / weitere.anzahl", "on an empty application"},
		{"rules.yaml", "size(hunde) + weitere.anzahl", "hunde.map(a, hunde.map(b, hunde.map(c, 1).size()).size()).size()", "loops"},
		{"rules.yaml", "volles_jahr: hund.jahressatz", "letztes_jahr: hund.jahressatz", "no sum"},
		{"rules.yaml", "seit: hund.gehalten_seit", "von: hund.gehalten_seit", "nothing gives {seit}"},
		{"rules.yaml", "id: gefaehrlich", "id: name", "taken"},
		{"lists/hunderassen.yaml", "code: pudel", "code: labrador", "stands there twice"},
		{"lists/hunderassen.yaml", "en: Poodle", "fr: Caniche", "lists/hunderassen.yaml:"},
		{"texts/de.json", `"note.ordnungsamt"`, `"note.ordnung"`, "note.ordnungsamt is missing"},
		{"texts/en.json", `"note.ordnungsamt"`, `"note.ordnung"`, "texts/en.json: note.ordnung fits nothing"},
		{"texts/de.json", "{params.satzung_name}", "{params.satzung}", "no parameter satzung"},
		{"texts/de.json", `":`, `"`, "line "},
	} {
		d, err := Load(example(t, c.file, c.old, c.with))
		if err == nil {
			_, err = Compile(d, Options{Params: params()})
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q instead of %q: got %v, want %q", c.file, c.with, c.old, err, c.says)
		}
	}
}

func TestLoadWithoutRules(t *testing.T) {
	src := example(t, "schema.yaml", "", "").(fstest.MapFS)
	delete(src, "rules.yaml")
	if _, err := Load(src); err != nil {
		t.Error(err)
	}
	delete(src, "pages.yaml")
	if _, err := Load(src); err == nil {
		t.Error("a form without pages was loaded")
	}
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"schema.yaml", "pages.yaml", "rules.yaml"} {
		b, err := os.ReadFile("testdata/hund/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, b)
	}
	f.Add("schema.yaml", []byte("fields: [{id: a, type: date, min: today}]"))
	f.Add("texts/de.json", []byte(`{"a":{"text":1}}`))
	base := example(f, "schema.yaml", "", "").(fstest.MapFS)
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		if base[name] == nil || len(b) > 4096 {
			return
		}
		src := fstest.MapFS{}
		for k, v := range base {
			src[k] = v
		}
		src[name] = &fstest.MapFile{Data: b}
		d, err := Load(src)
		if err != nil {
			return
		}
		// Whatever loads either compiles or says why not.
		_, _ = Compile(d, Options{Params: params()})
	})
}
