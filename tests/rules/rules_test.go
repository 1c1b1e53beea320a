// Package rules_test keeps the house rules true: who may import whom, the
// tenant in every SQL statement, documentation, no hidden state, and what may
// be committed.
//
// A rule is a function from a tree of files to its findings. Each is first
// tried on small trees with seeded violations, since a rule that is blind is
// worse than none, and then on the house itself.
package rules_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// tree is a set of files, parsed.
type tree struct {
	fsys fs.FS
	fset *token.FileSet
	// files are the paths of all files, sorted.
	files []string
	// pkgs are the Go packages by folder; external test packages are part of
	// the package they test.
	pkgs map[string]*pkg
}

// pkg is the Go files of one folder.
type pkg struct {
	dir   string
	files []*goFile
}

// goFile is one Go file with its comments.
type goFile struct {
	path            string
	src             []byte
	ast             *ast.File
	test, generated bool
}

// finding is one place where a rule is broken.
type finding struct {
	path string
	line int
	text string
}

func (f finding) String() string { return fmt.Sprintf("%s:%d: %s", f.path, f.line, f.text) }

// at is a finding at a position of a Go file.
func (tr *tree) at(pos token.Pos, format string, args ...any) finding {
	p := tr.fset.Position(pos)
	return finding{p.Filename, p.Line, fmt.Sprintf(format, args...)}
}

func (tr *tree) read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := fs.ReadFile(tr.fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// code gives the packages that ship (tests left out), by folder.
func (tr *tree) code(yield func(*pkg, *goFile) bool) {
	for _, dir := range sorted(tr.pkgs) {
		for _, f := range tr.pkgs[dir].files {
			if !f.test && !yield(tr.pkgs[dir], f) {
				return
			}
		}
	}
}

// parse reads the files of fsys.
func parse(fsys fs.FS, files []string) (*tree, error) {
	tr := &tree{fsys: fsys, fset: token.NewFileSet(), files: files, pkgs: map[string]*pkg{}}
	slices.Sort(tr.files)
	for _, name := range tr.files {
		if path.Ext(name) != ".go" || strings.Contains(name, "testdata/") {
			continue
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		a, err := parser.ParseFile(tr.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		dir := path.Dir(name)
		if tr.pkgs[dir] == nil {
			tr.pkgs[dir] = &pkg{dir: dir}
		}
		tr.pkgs[dir].files = append(tr.pkgs[dir].files, &goFile{
			path: name, src: src, ast: a,
			test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(a),
		})
	}
	return tr, nil
}

// seeded is a tree of the given files: path to content.
func seeded(t *testing.T, files map[string]string) *tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, content := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	tr, err := parse(fsys, sorted(fsys))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// root is the folder of the repository.
const root = "../.."

// theHouse reads the repository once: what git has, and what it would take.
var theHouse = sync.OnceValues(func() (*tree, error) {
	files, err := listFiles()
	if err != nil {
		return nil, err
	}
	return parse(os.DirFS(root), files)
})

func house(t *testing.T) *tree {
	t.Helper()
	tr, err := theHouse()
	if err != nil {
		t.Fatal(err)
	}
	if len(tr.pkgs) < 20 {
		t.Fatalf("only %d packages found: the rules look at the wrong folder", len(tr.pkgs))
	}
	return tr
}

// listFiles asks git, and walks where there is none (an unpacked archive).
func listFiles() ([]string, error) {
	out, err := exec.Command("git", "-C", root, "ls-files", "-coz", "--exclude-standard", "--deduplicate").Output()
	if err == nil {
		var files []string
		for _, name := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
			if info, err := os.Stat(filepath.Join(root, name)); err == nil && info.Mode().IsRegular() {
				files = append(files, name)
			}
		}
		return files, nil
	}
	var files []string
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "node_modules", "bin", "var"}, d.Name()) || name == "web/dist" {
			return fs.SkipDir
		}
		if d.Type().IsRegular() {
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// exceptions are known findings that are allowed, by "path: text", with the
// reason. One that no longer occurs must go.
type exceptions map[string]string

// keep runs a rule on the house and fails for each finding that is no known
// exception.
func keep(t *testing.T, rule func(*tree) []finding, known exceptions) {
	t.Helper()
	used := map[string]bool{}
	for _, f := range rule(house(t)) {
		key := f.path + ": " + f.text
		if known[key] == "" {
			t.Error(f)
		}
		used[key] = true
	}
	for _, key := range sorted(known) {
		if !used[key] {
			t.Errorf("this exception is not needed any more, delete it: %q", key)
		}
	}
}

// seed is a small tree and what a rule must find in it: parts of findings, in
// order; none for a tree that keeps the rule.
type seed struct {
	name  string
	files map[string]string
	want  []string
}

// try runs a rule on seeded trees.
func try(t *testing.T, rule func(*tree) []finding, seeds []seed) {
	t.Helper()
	for _, s := range seeds {
		t.Run(s.name, func(t *testing.T) {
			got := rule(seeded(t, s.files))
			if len(got) != len(s.want) {
				t.Fatalf("found %d, want %d: %v", len(got), len(s.want), got)
			}
			for i, f := range got {
				if !strings.Contains(f.String(), s.want[i]) {
					t.Errorf("found %q, want %q in it", f, s.want[i])
				}
			}
		})
	}
}

// lines finds every match line by line.
func lines(name string, src []byte, what func(line string) string) []finding {
	var out []finding
	for i, line := range bytes.Split(src, []byte("\n")) {
		if text := what(string(line)); text != "" {
			out = append(out, finding{name, i + 1, text})
		}
	}
	return out
}

func sorted[M ~map[string]V, V any](m M) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
