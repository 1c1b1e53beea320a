package rules_test

import (
	"encoding/json"
	"go/ast"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"golang.org/x/mod/modfile"
)

var (
	mdLink     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan   = regexp.MustCompile("`([^`\n]+)`")
	ourFolder  = regexp.MustCompile(`^(internal|docs|deploy|scripts|tests|solutions|cmd|web/src|\.ci)/[\w./-]*$`)
	testName   = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z]\w*$`)
	tableCell  = regexp.MustCompile(`^\|\s*([^|]+?)\s*\|`)
	notWritten = regexp.MustCompile(`<!--\s*(LEAD|TO` + `DO)`)
)

// docsRule finds documentation that names what does not exist: files, folders,
// headings and tests; and gaps that were left to be filled in.
func docsRule(tr *tree) []finding {
	exists := map[string]bool{}
	for _, name := range tr.files {
		for ; name != "."; name = path.Dir(name) {
			exists[name] = true
		}
	}
	tests := map[string]bool{}
	for _, p := range tr.pkgs {
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && f.test && fn.Recv == nil {
					tests[fn.Name.Name] = true
				}
			}
		}
	}
	var out []finding
	for _, name := range tr.files {
		if path.Ext(name) != ".md" {
			continue
		}
		src, err := fs.ReadFile(tr.fsys, name)
		if err != nil {
			continue
		}
		out = append(out, lines(name, src, func(line string) string {
			for _, m := range mdLink.FindAllStringSubmatch(line, -1) {
				target, _, _ := strings.Cut(m[1], "#")
				if target != "" && !strings.Contains(target, ":") && !exists[path.Join(path.Dir(name), target)] {
					return "links to " + m[1] + ", which does not exist"
				}
			}
			for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
				switch word := strings.TrimSuffix(m[1], "/"); {
				case ourFolder.MatchString(word+"/") && !exists[word]:
					return "names " + word + ", which does not exist"
				case testName.MatchString(word) && !tests[word]:
					return "names the test " + word + ", which does not exist"
				}
			}
			if notWritten.MatchString(line) {
				return "a gap that was left to be filled in"
			}
			return ""
		})...)
	}
	return out
}

func TestDocsNameWhatExists(t *testing.T) { keep(t, docsRule, nil) }

func TestDocsRuleSees(t *testing.T) {
	md := func(text string) map[string]string {
		return map[string]string{
			"docs/a.md":            text,
			"docs/b.md":            "# B",
			"internal/x/x.go":      "package x",
			"internal/x/x_test.go": "package x\nfunc TestThere(t *testing.T) {}",
		}
	}
	try(t, docsRule, []seed{
		{"dead link", md("see\n[b](c.md)"), []string{"a.md:2: links to c.md"}},
		{"dead folder", md("see `internal/y/y.go`"), []string{"names internal/y/y.go"}},
		{"dead test", md("by `TestGone`"), []string{"names the test TestGone"}},
		{"gap", md("<!-- LEAD: the commands -->"), []string{"a gap"}},
		{"all there", md("[b](b.md#b) [x](../internal/x/x.go) [w](https://example.org) `internal/x` `internal/x/` `TestThere` `Test`"), nil},
	})
}

// moduleOf is the required module that has the package, "" for our own and for
// the standard library.
func moduleOf(mod *modfile.File, pkg string) string {
	best := ""
	for _, r := range mod.Require {
		if m := r.Mod.Path; (pkg == m || strings.HasPrefix(pkg, m+"/")) && len(m) > len(best) {
			best = m
		}
	}
	return best
}

// TestEveryDependencyHasItsReason compares docs/dependencies.md with what our
// packages import, the tools, and the package.json files, both ways.
func TestEveryDependencyHasItsReason(t *testing.T) {
	tr := house(t)
	listed := map[string]bool{}
	for _, line := range strings.Split(string(tr.read(t, "docs/dependencies.md")), "\n") {
		if m := tableCell.FindStringSubmatch(line); m != nil && strings.ContainsAny(m[1], "./@-") && !strings.HasPrefix(m[1], "--") {
			if strings.Count(line, "|") < 5 {
				t.Errorf("docs/dependencies.md: %s lacks a column", m[1])
			}
			listed[m[1]] = true
		}
	}
	needed := map[string]bool{}
	mod, err := modfile.Parse("go.mod", tr.read(t, "go.mod"), nil)
	if err != nil {
		t.Fatal(err)
	}
	// What is imported counts, not what go.mod calls indirect: that is kept by
	// go mod tidy.
	for _, p := range tr.pkgs {
		for _, f := range p.files {
			for _, imported := range importsOf(f) {
				if m := moduleOf(mod, imported); m != "" {
					needed[m] = true
				}
			}
		}
	}
	for _, tool := range mod.Tool {
		needed[moduleOf(mod, tool.Path)] = true
	}
	for _, name := range []string{"web/package.json", "tests/package.json"} {
		var p struct{ Dependencies, DevDependencies map[string]string }
		if err := json.Unmarshal(tr.read(t, name), &p); err != nil {
			t.Fatal(err)
		}
		if len(p.Dependencies)+len(p.DevDependencies) == 0 {
			t.Errorf("%s: no dependencies seen", name)
		}
		for _, list := range []map[string]string{p.Dependencies, p.DevDependencies} {
			for dep := range list {
				needed[dep] = true
			}
		}
	}
	for _, name := range sorted(needed) {
		if !listed[name] {
			t.Errorf("docs/dependencies.md gives no reason for %s", name)
		}
	}
	for _, name := range sorted(listed) {
		if !needed[name] {
			t.Errorf("docs/dependencies.md lists %s, which nothing needs", name)
		}
	}
}

// TestSettingsAreInTheHandbook compares the operators' table with app.Config.
func TestSettingsAreInTheHandbook(t *testing.T) {
	var table []string
	for _, line := range strings.Split(string(house(t).read(t, "docs/handbook/operators.md")), "\n") {
		if strings.HasPrefix(line, "| `--") {
			table = append(table, line)
		}
	}
	var want []string
	for _, f := range appConfig(t) {
		help := f.tag.Get("help")
		def := f.tag.Get("default")
		if def != "" {
			def = "`" + def + "`"
		}
		help = strings.ReplaceAll(help, "${enum}", strings.ReplaceAll(f.tag.Get("enum"), ",", ", "))
		row := "| `--" + flagName(f) + "` | `" + f.tag.Get("env") + "` | " + def + " | " + help + " |"
		want = append(want, strings.ReplaceAll(row, "|  |", "| |"))
	}
	if len(want) < 10 {
		t.Fatalf("only %d settings seen", len(want))
	}
	if !slices.Equal(table, want) {
		t.Errorf("docs/handbook/operators.md: the table of settings should be\n%s", strings.Join(want, "\n"))
	}
}

// setting is one field of app.Config that can be set.
type setting struct {
	name string
	tag  reflect.StructTag
}

// appConfig reads the settings from the source, so that these tests run even
// while the program does not compile.
func appConfig(t *testing.T) []setting {
	t.Helper()
	var out []setting
	for _, f := range house(t).pkgs["internal/app"].files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != "Config" {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					if field.Tag == nil {
						continue
					}
					tag, err := strconv.Unquote(field.Tag.Value)
					if err != nil {
						t.Fatal(err)
					}
					if st := reflect.StructTag(tag); st.Get("help") != "" && st.Get("kong") != "-" {
						out = append(out, setting{field.Names[0].Name, st})
					}
				}
			}
			return false
		})
	}
	return out
}

var nameWords = regexp.MustCompile(`[A-Z]+[a-z]*`)

// flagName is the name kong gives a field: its words in small letters with
// hyphens, where capitals in a row (URL, SMTP) are one word.
func flagName(s setting) string {
	if name := s.tag.Get("name"); name != "" {
		return name
	}
	return strings.ToLower(strings.Join(nameWords.FindAllString(s.name, -1), "-"))
}

// appVersion is the version that the program prints.
func appVersion(t *testing.T) string {
	t.Helper()
	for _, f := range house(t).pkgs["internal/app"].files {
		if m := versionConst.FindSubmatch(f.src); m != nil {
			return string(m[1])
		}
	}
	t.Fatal("internal/app has no constant Version")
	return ""
}

var versionConst = regexp.MustCompile(`(?m)^const Version = "([^"]+)"`)

// TestVersionIsOneEverywhere: the program, the changelog and publiccode.yml
// name the same version.
func TestVersionIsOneEverywhere(t *testing.T) {
	tr, version := house(t), appVersion(t)
	if !strings.Contains(string(tr.read(t, "CHANGELOG.md")), "\n## "+version+" ") {
		t.Errorf("CHANGELOG.md has no heading for %s", version)
	}
	var p struct {
		Version string `yaml:"softwareVersion"`
	}
	if err := yaml.Unmarshal(tr.read(t, "publiccode.yml"), &p); err != nil {
		t.Fatal(err)
	}
	if p.Version != version {
		t.Errorf("publiccode.yml says version %q, the program %q", p.Version, version)
	}
}
