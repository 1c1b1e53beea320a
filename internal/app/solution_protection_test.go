package app

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"leitportal/internal/clock"
)

// Each solution that is there has what data protection law wants written down,
// from its own package, for any town; what only the authority knows is marked.
func TestProtectionOfEverySolution(t *testing.T) {
	a := start(t, clock.System())
	town, err := a.town("rheine")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range a.solutions.Solutions() {
		offer, err := a.solutions.Trial(town.ID, v.ID, clock.Today(a.clock))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := a.writeProtection(&out, town, offer); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		for _, want := range []string{"Art. 13 DSGVO", "Art. 30 DSGVO", "Löschfristen", "Art. 35 DSGVO", "Rheine", "einzutragen", v.Title.DE, v.Retention.Basis.DE} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: nothing of %q", v.ID, want)
			}
		}
		p, err := a.programs.of(v)
		if err != nil {
			t.Fatal(err)
		}
		fields, _, _ := strings.Cut(text[strings.Index(text, "## Angaben im Einzelnen"):], "## Löschfristen")
		if n := strings.Count(fields, "\n|") - 2; n != len(p.Inspect().Fields) || strings.Contains(fields, "einzutragen") {
			t.Errorf("%s: %d of %d fields, or one without purpose or basis", v.ID, n, len(p.Inspect().Fields))
		}
		if strings.Contains(text, "{") || strings.Contains(text, "%!") {
			t.Errorf("%s: something was not filled in", v.ID)
		}
	}
}

// A field that is asked for no purpose fails the check.
func TestCheckWantsAPurpose(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bewohnerparken")
	if err := os.CopyFS(dir, os.DirFS("../../tests/load/solutions/bewohnerparken")); err != nil {
		t.Fatal(err)
	}
	edit := func(name, from string) {
		t.Helper()
		file := filepath.Join(dir, name)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(b), from, "", 1)
		if text == string(b) {
			t.Fatalf("%s has changed", name)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	edit("schema.yaml", "    purpose: fee\n")
	for _, lang := range []string{"de", "en"} {
		b, err := os.ReadFile(filepath.Join(dir, "texts", lang+".json"))
		if err != nil {
			t.Fatal(err)
		}
		edit("texts/"+lang+".json", regexp.MustCompile(`(?s)  "purpose\.fee": ("[^"]*"|\{.*?\}),\n`).FindString(string(b)))
	}
	var out bytes.Buffer
	if status := Main(t.Context(), []string{"solution", "check", dir}, nil, strings.NewReader(""), &out, &out); status != 1 || !strings.Contains(out.String(), "payment.how is asked for no purpose") {
		t.Errorf("exit %d: %s", status, out.String())
	}
}
