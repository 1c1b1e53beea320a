package prove_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/form/prove"
)

// In groups within groups, a text may name its own entry and those around it,
// at whatever depth; what is not there, or not in a group, is a fault.
func TestNestedPlaceholders(t *testing.T) {
	const stunden, ort = `"field.haushalt.familie.kinder.zeiten.stunden.label": "Stunden je Woche"`, `"field.ort.label": "`
	for _, c := range []struct{ old, with, fault string }{
		{stunden, strings.Replace(stunden, "je Woche", "von {label} ({n})", 1), ""},
		{stunden, strings.Replace(stunden, "je Woche", "von {zeit.label} bei {kind.label}, {person.label}, {kind.n}", 1), ""},
		{stunden, strings.Replace(stunden, "je Woche", "von {vorname}", 1), "nothing fills in {vorname}; known here are {params.…}, {n} and {label}"},
		{stunden, strings.Replace(stunden, "je Woche", "von {kinder.label}", 1), "nothing fills in {kinder.label}"},
		{ort, ort + "{label} ", "field.ort.label: nothing fills in {label}; known here are {params.…}"},
		{ort, ort + "{n}. ", "field.ort.label: nothing fills in {n}"},
	} {
		files, err := inMemory("../testdata/haushalt")
		if err != nil {
			t.Fatal(err)
		}
		de := files["texts/de.json"]
		if !strings.Contains(string(de.Data), c.old) {
			t.Fatalf("the texts have no %s", c.old)
		}
		de.Data = []byte(strings.Replace(string(de.Data), c.old, c.with, 1))
		var found []string
		for _, f := range prove.Check(prove.Source{Files: files, Today: today}, prove.Budget{Left: 10}).Findings {
			if f.Kind == prove.Placeholder {
				found = append(found, f.String())
			}
		}
		if all := strings.Join(found, "\n"); c.fault == "" && all != "" || !strings.Contains(all, c.fault) {
			t.Errorf("%s: %q, want %q", c.with, all, c.fault)
		}
	}
}

// inMemory reads a folder.
func inMemory(dir string) (fstest.MapFS, error) {
	out, files := fstest.MapFS{}, os.DirFS(dir)
	return out, fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, name)
		out[name] = &fstest.MapFile{Data: b}
		return err
	})
}
