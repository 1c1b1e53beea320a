package rules_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"leitportal/internal/i18n/i18ntest"
)

const (
	maxLines  = 700
	maxBinary = 200_000
)

// lengthRule finds Go and templ files too long to be read in one go.
func lengthRule(tr *tree) []finding {
	var out []finding
	for _, name := range tr.files {
		if ext := path.Ext(name); ext != ".go" && ext != ".templ" || strings.HasSuffix(name, "_templ.go") {
			continue
		}
		b, err := fs.ReadFile(tr.fsys, name)
		if n := bytes.Count(b, []byte("\n")); err == nil && n > maxLines && !bytes.HasPrefix(b, []byte("// Code generated")) {
			out = append(out, finding{name, maxLines, "longer than 700 lines"})
		}
	}
	return out
}

func binary(b []byte) bool { return bytes.IndexByte(b[:min(len(b), 8000)], 0) >= 0 }

// binaryRule finds large binary files; screenshots have their own budget.
func binaryRule(tr *tree) []finding {
	var out []finding
	for _, name := range tr.files {
		if strings.HasPrefix(name, "docs/screenshots/") {
			continue
		}
		if b, err := fs.ReadFile(tr.fsys, name); err == nil && len(b) > maxBinary && binary(b) {
			out = append(out, finding{name, 0, "binary file over 200 kB"})
		}
	}
	return out
}

var (
	// Written in two halves, so that they do not find themselves.
	todo      = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	todoIssue = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b.*(#|issue )\d+`)
	machine   = regexp.MustCompile(`(^|[\s"'=(:` + "`" + `])/(root|home/\w+|Users/\w+|work/(main|shared)|tmp/lp|builds)(/|\b)`)
	// What a lock file or a configuration says of where its packages came from
	// belongs to the machine that wrote it.
	registry = regexp.MustCompile(`(?i)(\bGO` + `PROXY\s*=|\bGO` + `SUMDB\s*=|_auth` + `Token|"resol` + `ved":|\bregistry\s*=\s*http|\b(artifactory|nexus|registry|verdaccio|athens)[\w-]*\.[\w.-]+\.[a-z]{2,})`)
)

// commitRule finds what does not belong into a commit: paths and registries
// of a machine, and unfinished work that names no issue.
func commitRule(tr *tree) []finding {
	var out []finding
	for _, name := range tr.files {
		b, err := fs.ReadFile(tr.fsys, name)
		if err != nil || binary(b) || strings.HasSuffix(name, ".sum") {
			continue
		}
		out = append(out, lines(name, b, func(line string) string {
			switch {
			case machine.MatchString(line):
				return "path of a machine"
			case registry.MatchString(line):
				return "package registry of a machine"
			case todo.MatchString(line) && !todoIssue.MatchString(line) && path.Ext(name) != ".md":
				return "unfinished work that names no issue (#123)"
			}
			return ""
		})...)
	}
	return out
}

func TestFilesAreShort(t *testing.T) { keep(t, lengthRule, nil) }

func TestNoLargeBinaries(t *testing.T) { keep(t, binaryRule, nil) }

func TestNothingOfAMachineIsCommitted(t *testing.T) { keep(t, commitRule, nil) }

// TestScreenshotsAreSmall keeps the pictures of the main pages within 1.5 MB.
func TestScreenshotsAreSmall(t *testing.T) {
	tr, sum := house(t), 0
	for _, name := range tr.files {
		if strings.HasPrefix(name, "docs/screenshots/") {
			sum += len(tr.read(t, name))
		}
	}
	if sum > 1_500_000 {
		t.Errorf("docs/screenshots holds %d bytes, more than 1.5 MB", sum)
	}
}

// TestTextsAreComplete checks the words of every room, also of one that
// forgot to.
func TestTextsAreComplete(t *testing.T) {
	folders := map[string]bool{}
	for _, name := range house(t).files {
		if dir := path.Dir(name); roomOf(dir) != "" && path.Base(dir) == "texts" {
			folders[dir] = true
		}
	}
	if len(folders) < 8 {
		t.Fatalf("only %d catalogues found: %v", len(folders), sorted(folders))
	}
	for _, dir := range sorted(folders) {
		t.Run(path.Base(path.Dir(dir)), func(t *testing.T) {
			// A room embeds "texts"; the catalogue looks for it in that folder.
			i18ntest.Check(t, os.DirFS(filepath.Join(root, path.Dir(dir))))
		})
	}
}

// TestLibcFitsSQLite: modernc.org/sqlite is translated C over modernc.org/libc,
// and works with exactly the version that its own go.mod names.
func TestLibcFitsSQLite(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite").Output()
	if err != nil {
		t.Fatalf("go list -m modernc.org/sqlite: %v", err)
	}
	theirs, err := os.ReadFile(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	want, ours := requires(t, theirs, "modernc.org/libc"), requires(t, house(t).read(t, "go.mod"), "modernc.org/libc")
	if want == "" || ours != want {
		t.Errorf("go.mod requires modernc.org/libc %q, modernc.org/sqlite was made for %q", ours, want)
	}
}

func requires(t *testing.T, gomod []byte, module string) string {
	t.Helper()
	f, err := modfile.ParseLax("go.mod", gomod, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.Require {
		if r.Mod.Path == module {
			return r.Mod.Version
		}
	}
	return ""
}

func TestFileRulesSee(t *testing.T) {
	long := "package x\n" + strings.Repeat("\n", maxLines)
	try(t, lengthRule, []seed{
		{"long", map[string]string{"internal/x/x.go": long}, []string{"longer than 700 lines"}},
		{"long page", map[string]string{"internal/x/x.templ": long}, []string{"longer than 700 lines"}},
		{"long but generated", map[string]string{"internal/x/x_templ.go": long, "internal/x/y.go": "// Code generated by gen. DO NOT EDIT.\n" + long}, nil},
		{"just short enough", map[string]string{"internal/x/x.go": long[:len(long)-1]}, nil},
	})
	big := "\x00" + strings.Repeat("x", maxBinary)
	try(t, binaryRule, []seed{
		{"binary", map[string]string{"web/a.woff2": big}, []string{"a.woff2:0: binary file"}},
		{"screenshot", map[string]string{"docs/screenshots/a.png": big}, nil},
		{"small", map[string]string{"web/a.png": big[:1000]}, nil},
		{"text", map[string]string{"a.tsv": big[1:]}, nil},
	})
	try(t, commitRule, []seed{
		{"todo", map[string]string{"internal/x/a.templ": "// TO" + "DO later"}, []string{"a.templ:1: unfinished"}},
		{"todo in a script", map[string]string{"scripts/a.sh": "x\n# FIX" + "ME"}, []string{"a.sh:2: unfinished"}},
		{"todo with issue", map[string]string{"internal/x/a.templ": "// TO" + "DO(#12): later"}, nil},
		{"machine", map[string]string{"a.md": "see /wo" + "rk/main/docs"}, []string{"path of a machine"}},
		{"home", map[string]string{"a.sh": "cd \"/ro" + "ot/x\""}, []string{"path of a machine"}},
		{"lock file", map[string]string{"package-lock.json": "\"resol" + "ved\": \"https://npm.example/x.tgz\""}, []string{"package registry"}},
		{"proxy", map[string]string{"Makefile": "export GO" + "PROXY=https://go.example"}, []string{"package registry"}},
		{"mirror", map[string]string{".npmrc": "regi" + "stry = https://npm.example"}, []string{"package registry"}},
		{"path within the project", map[string]string{"a.md": "../root/x and docs/homework/x, /paderborn/"}, nil},
	})
	for src, want := range map[string]string{
		"module x\n\nrequire a.example/b v1.2.3 // indirect\n": "v1.2.3",
		"module x\n\nrequire a.example/bb v1.2.3\n":            "",
	} {
		if got := requires(t, []byte(src), "a.example/b"); got != want {
			t.Errorf("requires = %q, want %q in %q", got, want, src)
		}
	}
}
