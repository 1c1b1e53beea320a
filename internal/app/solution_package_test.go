package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func says(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
}

// From an empty folder to a published release that others verify, by commands
// alone.
func TestSolutionCommands(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "sperrmuell")
	run(t, 0, "solution", "new", bin, "--title", "Sperrmüll anmelden", "--case-prefix", "SM")
	_, notes := run(t, 1, "solution", "new", bin)
	says(t, notes, "is there already")
	_, notes = run(t, 1, "solution", "new", filepath.Join(dir, "Groß"))
	says(t, notes, "is not lower-case letters")
	if left, err := filepath.Glob(filepath.Join(dir, ".new-*")); err != nil || len(left) > 0 {
		t.Errorf("left over: %v %v", left, err)
	}
	out, _ := run(t, 0, "solution", "check", bin)
	says(t, out, "sperrmuell-0.1.0: faults 0; pages 4 of 4 walked")

	key := filepath.Join(dir, "key")
	public, _ := run(t, 0, "solution", "key", key, "--name", "kreis.example")
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private key's file: %v %v", info.Mode(), err)
	}
	_, notes = run(t, 1, "solution", "key", key, "--name", "kreis.example")
	says(t, notes, "never written over")
	other, _ := run(t, 0, "solution", "key", filepath.Join(dir, "other"), "--name", "other.example")
	public, other = strings.TrimSpace(public), strings.TrimSpace(other)

	first, second := filepath.Join(dir, "1.zip"), filepath.Join(dir, "2.zip")
	run(t, 0, "solution", "pack", bin, "-o", first)
	run(t, 0, "solution", "pack", bin, "-o", second)
	a, errA := os.ReadFile(first)
	b, errB := os.ReadFile(second)
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Errorf("two archives of one folder (%v, %v)", errA, errB)
	}

	releases := filepath.Join(dir, "releases")
	out, _ = run(t, 0, "solution", "publish", bin, "--to", releases, "--key", key)
	says(t, out, "sperrmuell-0.1.0 is published in "+releases+", signed by kreis.example")
	archive := filepath.Join(releases, "sperrmuell-0.1.0.zip")
	out, _ = run(t, 0, "solution", "verify", archive, "--key", public)
	says(t, out, "genuine: sperrmuell-0.1.0 (Sperrmüll anmelden), signed by kreis.example")
	_, notes = run(t, 1, "solution", "verify", archive, "--key", other)
	says(t, notes, "not trusted here (kreis.example+")
	server := httptest.NewServer(http.FileServer(http.Dir(releases)))
	defer server.Close()
	out, _ = run(t, 0, "solution", "verify", server.URL+"/sperrmuell-0.1.0.zip", "--key", other, "--key", public)
	says(t, out, "genuine: ")
	out, _ = run(t, 0, "solution", "list", server.URL, "--key", other)
	says(t, out, "(not signed by a trusted key)\n1 releases\n")

	// Other words under the same number.
	texts := filepath.Join(bin, "texts", "de.json")
	old, err := os.ReadFile(texts)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(texts, []byte(strings.Replace(string(old), "Zum Schluss", "Am Ende", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, notes = run(t, 1, "solution", "publish", bin, "--to", releases, "--key", key)
	says(t, notes, "faults to mend: ") // the English is older than the German now
	if err := os.WriteFile(texts, append(old, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	_, notes = run(t, 1, "solution", "publish", bin, "--to", releases, "--key", key)
	says(t, notes, "published already, with other content")

	// One byte on the way.
	a[len(a)/3] ^= 1
	if err := os.WriteFile(archive, a, 0o600); err != nil {
		t.Fatal(err)
	}
	_, notes = run(t, 1, "solution", "verify", archive, "--key", public)
	says(t, notes, "not the one that was signed")
	_, notes = run(t, 1, "solution", "list", "http://kreis.example/")
	says(t, notes, "is not an https address")
}

// Every file of parameters there is fits the schema that a foreign validator
// reads; what the portal refuses and a schema can say does not.
func TestParameterSchema(t *testing.T) {
	for _, dir := range []string{"../../solutions/hundesteuer", "../../tests/load/solutions/bewohnerparken"} {
		out, _ := run(t, 0, "solution", "schema", dir)
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource("parameters.json", doc); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile("parameters.json")
		if err != nil {
			t.Fatal(err)
		}
		validate := func(text []byte) error {
			t.Helper()
			j, err := yaml.YAMLToJSON(text)
			if err != nil {
				t.Fatal(err)
			}
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
			if err != nil {
				t.Fatal(err)
			}
			return schema.Validate(value)
		}
		files, err := filepath.Glob(filepath.Join(dir, "parameters", "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(b); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
		if !strings.Contains(dir, "hundesteuer") {
			continue
		}
		const good = `{tenant: "055660076076", demo: false, bylaws: [{name: Satzung, valid_from: 2026-01-01, values: {office_name: Steueramt, rates: [9000], raised_rates: [60000], raised_for: [found], due_days: ["07-01"], online_mandate: false}}]}`
		if err := validate([]byte(good)); err != nil {
			t.Error(err)
		}
		for _, bad := range []struct{ from, to string }{
			{"rates: [9000]", "rates: [-1]"},
			{"rates: [9000]", "rates: []"},
			{"rates: [9000]", "rates: [90.5]"},
			{"rates: [9000], ", ""},
			{"rates: [9000]", "rates: [9000], rate: 1"},
			{"[found]", "[found, found]"},
			{"[found]", "[lost]"},
			{"07-01", "07-32"},
			{"Steueramt", "St"},
			{"online_mandate: false", "online_mandate: maybe"},
			{"2026-01-01", "2026-02-30"},
			{"valid_from: 2026-01-01, ", ""},
			{`"055660076076"`, `"05566"`},
			{"name: Satzung, ", ""},
			{"demo: false", "demo: false, more: x"},
		} {
			text := strings.Replace(good, bad.from, bad.to, 1)
			if text == good {
				t.Fatalf("%q changes nothing", bad.from)
			}
			if validate([]byte(text)) == nil {
				t.Errorf("%q for %q fits", bad.to, bad.from)
			}
		}
	}
}

// What is in the binary passes every check.
func TestSolutionCheckPassesOurs(t *testing.T) {
	for _, dir := range []string{"../../solutions/hundesteuer", "../../tests/load/solutions/bewohnerparken"} {
		out, _ := run(t, 0, "solution", "check", dir)
		says(t, out, ": faults 0")
	}
}
