package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
)

const exampleSchema = "../form/fim/build/testdata/antrag.xdf3.xml"

// run runs the program and answers what it said.
func run(t *testing.T, status int, args ...string) (out, notes string) {
	t.Helper()
	var o, e bytes.Buffer
	if got := Main(context.Background(), args, nil, strings.NewReader(""), &o, &e); got != status {
		t.Fatalf("%q ends with %d, want %d:\n%s%s", args, got, status, o.String(), e.String())
	}
	return o.String(), e.String()
}

// A schema becomes a folder that --solutions takes as it is, and whatever the
// author changed in it outlives the next import.
func TestFormImport(t *testing.T) {
	dir := t.TempDir()
	out, notes := run(t, 0, "form", "import", exampleSchema, "--out", dir)
	if want := "coverage: rules 4, clauses 5, compiled 5, open 0\n"; out != want {
		t.Errorf("said %q, want %q", out, want)
	}
	if !strings.Contains(notes, "urn:example:staaten liegt nicht vor") {
		t.Errorf("the missing code list is not named: %s", notes)
	}
	if found, err := addedSolutions(dir, clock.Date{Year: 2026, Month: time.November, Day: 22}); err != nil {
		t.Errorf("the folder does not serve: %v %v", found, err)
	}
	manifest := filepath.Join(dir, "s99000000001", "solution.yaml")
	b, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	mine := strings.Replace(string(b), "case_prefix: ANTRAG", "case_prefix: RAD", 1)
	if err := os.WriteFile(manifest, []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}

	layout := filepath.Join(t.TempDir(), "layout.yaml")
	if err := os.WriteFile(layout, []byte("labels: {g99000000001.f60000000227: Nachname}"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, 0, "form", "import", exampleSchema, "--out", dir, "--layout", layout)
	newer := filepath.Join(t.TempDir(), "newer.xml")
	if b, err = os.ReadFile(exampleSchema); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(newer, bytes.Replace(b, []byte("Nummer des Rades"), []byte("Nummer am Rahmen"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, notes = run(t, 0, "form", "import", newer, "--out", dir)
	if !strings.Contains(notes, "changed: G99000000003/F99000000005: label Nummer des Rades → Nummer am Rahmen") {
		t.Errorf("the changed label is not told: %s", notes)
	}
	if b, err = os.ReadFile(manifest); err != nil || string(b) != mine {
		t.Errorf("the author's manifest was written over (%v)", err)
	}
	texts, err := os.ReadFile(filepath.Join(dir, "s99000000001", "texts", "de.json"))
	if err != nil || !strings.Contains(string(texts), `"Nachname"`) {
		t.Errorf("the layout of the last import is forgotten (%v)", err)
	}

	out, _ = run(t, 0, "form", "diff", exampleSchema, newer)
	if !strings.HasSuffix(out, "changes: 1\n") {
		t.Errorf("diff says %q", out)
	}
	run(t, 1, "form", "import", manifest)
}
