package rules_test

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// uses finds the qualified identifiers (pkg.Name) of a file that belong to one
// of the packages, whatever the file calls them.
func uses(f *goFile, packages ...string) []*ast.SelectorExpr {
	names := map[string]bool{}
	for i, imported := range importsOf(f) {
		if !slices.Contains(packages, imported) {
			continue
		}
		name := path.Base(imported)
		if name == "v2" {
			name = path.Base(path.Dir(imported))
		}
		if n := f.ast.Imports[i].Name; n != nil {
			name = n.Name
		}
		names[name] = true
	}
	if len(names) == 0 {
		return nil
	}
	var out []*ast.SelectorExpr
	for _, decl := range f.ast.Decls {
		own := map[string]bool{}
		if fn, ok := decl.(*ast.FuncDecl); ok {
			own = declared(fn)
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && names[x.Name] && !own[x.Name] {
					out = append(out, s)
				}
			}
			return true
		})
	}
	return out
}

// declared is every name that a function declares itself: receiver,
// parameters, results, variables. What it hides from outside is its own.
func declared(fn *ast.FuncDecl) map[string]bool {
	own := map[string]bool{}
	fields := func(l *ast.FieldList) {
		if l == nil {
			return
		}
		for _, f := range l.List {
			for _, n := range f.Names {
				own[n.Name] = true
			}
		}
	}
	fields(fn.Recv)
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType:
			fields(n.Params)
			fields(n.Results)
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, l := range n.Lhs {
					if id, ok := l.(*ast.Ident); ok {
						own[id.Name] = true
					}
				}
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
					own[id.Name] = true
				}
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				own[id.Name] = true
			}
		}
		return true
	})
	return own
}

// stateful are types that hold state by their nature. (A sync.Pool holds
// nothing that anybody could tell, and sync.OnceValue only what it computes.)
func stateful(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if index, ok := e.(*ast.IndexExpr); ok {
		e = index.X
	}
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		if _, ok := e.(*ast.ChanType); ok {
			return "channel"
		}
		return ""
	}
	switch name := text(s); {
	case name == "sync.Pool":
		return ""
	case strings.HasPrefix(name, "sync.") || strings.HasPrefix(name, "atomic.") || name == "rand.Rand" || name == "slog.Logger":
		return name
	}
	return ""
}

func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return text(e.X) + "." + e.Sel.Name
	}
	return ""
}

// base is the variable behind x, x[i], x.f, *x.
func base(e ast.Expr) *ast.Ident {
	for {
		switch v := e.(type) {
		case *ast.Ident:
			return v
		case *ast.IndexExpr:
			e = v.X
		case *ast.SelectorExpr:
			e = v.X
		case *ast.StarExpr:
			e = v.X
		case *ast.ParenExpr:
			e = v.X
		default:
			return nil
		}
	}
}

// stateRule finds package-level state that can change, and init functions.
func stateRule(tr *tree) []finding {
	var out []finding
	for _, dir := range sorted(tr.pkgs) {
		vars := map[string]bool{}
		for _, f := range tr.pkgs[dir].files {
			if f.test {
				continue
			}
			for _, decl := range f.ast.Decls {
				switch decl := decl.(type) {
				case *ast.FuncDecl:
					if decl.Recv == nil && decl.Name.Name == "init" {
						out = append(out, tr.at(decl.Pos(), "init function"))
					}
				case *ast.GenDecl:
					if decl.Tok != token.VAR {
						continue
					}
					for _, spec := range decl.Specs {
						spec := spec.(*ast.ValueSpec)
						for _, n := range spec.Names {
							vars[n.Name] = n.Name != "_"
						}
						kind := stateful(spec.Type)
						for _, v := range spec.Values {
							if u, ok := v.(*ast.UnaryExpr); ok {
								v = u.X
							}
							if lit, ok := v.(*ast.CompositeLit); ok && kind == "" {
								kind = stateful(lit.Type)
							}
							if call, ok := v.(*ast.CallExpr); ok && kind == "" {
								switch text(call.Fun) {
								case "make", "new", "slog.New", "slog.Default", "rand.New", "sync.NewCond":
									kind = text(call.Fun)
								}
							}
						}
						if kind != "" {
							out = append(out, tr.at(spec.Pos(), "package-level state: %s (%s)", spec.Names[0].Name, kind))
						}
					}
				}
			}
		}
		for _, f := range tr.pkgs[dir].files {
			if f.test {
				continue
			}
			for _, decl := range f.ast.Decls {
				fn, ok := decl.(*ast.FuncDecl)
				if !ok {
					continue
				}
				own := declared(fn)
				changed := func(e ast.Expr) {
					if id := base(e); id != nil && vars[id.Name] && !own[id.Name] {
						out = append(out, tr.at(e.Pos(), "package-level %s is changed", id.Name))
					}
				}
				ast.Inspect(fn, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.AssignStmt:
						if n.Tok != token.DEFINE {
							for _, l := range n.Lhs {
								changed(l)
							}
						}
					case *ast.IncDecStmt:
						changed(n.X)
					case *ast.CallExpr:
						if name := text(n.Fun); (name == "delete" || name == "clear" || name == "maps.Copy" || strings.HasPrefix(name, "slices.Sort")) && len(n.Args) > 0 {
							changed(n.Args[0])
						}
					}
					return true
				})
			}
		}
	}
	return out
}

// hiddenInputRule finds clocks, randomness and outputs that nobody passed in.
// Commands (package main), the wiring (app) and test helpers may: they are
// where such things come from.
func hiddenInputRule(tr *tree) []finding {
	var out []finding
	for p, f := range tr.code {
		room := roomOf(p.dir)
		if room == "" || room == "app" || f.ast.Name.Name == "main" || strings.HasSuffix(p.dir, "test") {
			continue
		}
		if room != "clock" {
			for _, u := range uses(f, "time") {
				switch u.Sel.Name {
				case "Now", "Since", "Until":
					out = append(out, tr.at(u.Pos(), "time.%s: take the clock that was passed in", u.Sel.Name))
				}
			}
		}
		for _, u := range uses(f, "crypto/rand", "math/rand", "math/rand/v2") {
			switch u.Sel.Name {
			case "New", "NewSource", "NewPCG", "NewChaCha8", "Rand", "Source":
			default:
				out = append(out, tr.at(u.Pos(), "rand.%s: take the randomness that was passed in", u.Sel.Name))
			}
		}
		for range uses(f, "log") {
			out = append(out, tr.at(f.ast.Pos(), "package log: take the *slog.Logger that was passed in"))
			break
		}
		for _, u := range uses(f, "log/slog") {
			switch u.Sel.Name {
			case "Debug", "Info", "Warn", "Error", "Log", "LogAttrs", "Default", "SetDefault", "DebugContext", "InfoContext", "WarnContext", "ErrorContext":
				out = append(out, tr.at(u.Pos(), "slog.%s: take the logger that was passed in", u.Sel.Name))
			}
		}
		for _, u := range uses(f, "fmt") {
			switch u.Sel.Name {
			case "Print", "Println", "Printf":
				out = append(out, tr.at(u.Pos(), "fmt.%s: write to what was passed in", u.Sel.Name))
			}
		}
		for _, u := range uses(f, "os") {
			switch u.Sel.Name {
			case "Stdout", "Stderr", "Stdin", "Args", "Getenv", "LookupEnv", "Environ":
				out = append(out, tr.at(u.Pos(), "os.%s: app reads it and passes it in", u.Sel.Name))
			}
		}
	}
	return out
}

func TestNoPackageState(t *testing.T) { keep(t, stateRule, nil) }

func TestNoHiddenInputs(t *testing.T) {
	keep(t, hiddenInputRule, knownHiddenInputs)
}

func TestStateRuleSees(t *testing.T) {
	in := func(src string) map[string]string {
		return map[string]string{"internal/x/x.go": "package x\n" + src}
	}
	try(t, stateRule, []seed{
		{"init", in("func init() {}"), []string{"x.go:2: init function"}},
		{"mutex", in("var mu sync.Mutex"), []string{"mu (sync.Mutex)"}},
		{"pointer to a map", in("var m = &sync.Map{}"), []string{"m (sync.Map)"}},
		{"atomic", in("var n atomic.Pointer[int]"), []string{"n (atomic.Pointer)"}},
		{"made map", in("var m = make(map[string]int)"), []string{"m (make)"}},
		{"logger", in("var log = slog.New(nil)"), []string{"log (slog.New)"}},
		{"assigned", in("var n int\nfunc f() { n = 1 }"), []string{"x.go:3: package-level n is changed"}},
		{"counted", in("var n int\nfunc f() { n++ }"), []string{"n is changed"}},
		{"filled map", in("var m = map[string]int{}\nfunc f() { m[\"a\"] = 1 }"), []string{"m is changed"}},
		{"deleted", in("var m = map[string]int{}\nfunc f() { delete(m, \"a\") }"), []string{"m is changed"}},
		{"field", in("var c = struct{ a int }{}\nfunc f() { c.a = 2 }"), []string{"c is changed"}},
		{"in another file", map[string]string{"internal/x/a.go": "package x\nvar n []int", "internal/x/b.go": "package x\nfunc f() { n = append(n, 1) }"}, []string{"b.go:2: package-level n is changed"}},
		{"a table that nobody changes", in("var m = map[string]int{\"a\": 1}\nfunc f() int { return m[\"a\"] }"), nil},
		{"a local of the same name", in("var n int\nfunc f() { n := 0; n++ }"), nil},
		{"sentinel, regexp, once, pool, check", in("var e = errors.New(\"\")\nvar r = regexp.MustCompile(\"\")\nvar o = sync.OnceValue(f)\nvar p = sync.Pool{}\nvar _ I = (*T)(nil)"), nil},
		{"tests may", map[string]string{"internal/x/x_test.go": "package x\nfunc init() {}"}, nil},
	})
}

func TestHiddenInputRuleSees(t *testing.T) {
	in := func(imported, body string) map[string]string {
		return map[string]string{"internal/x/x.go": "package x\nimport " + imported + "\nfunc f() {\n" + body + "\n}"}
	}
	try(t, hiddenInputRule, []seed{
		{"now", in(`"time"`, "time.Now()"), []string{"x.go:4: time.Now"}},
		{"now under another name", in(`t "time"`, "t.Since(x)"), []string{"time.Since"}},
		{"now as a value", in(`"time"`, "g(time.Now)"), []string{"time.Now"}},
		{"random reader", in(`"crypto/rand"`, "g(rand.Reader)"), []string{"rand.Reader"}},
		{"global dice", in(`"math/rand/v2"`, "rand.IntN(6)"), []string{"rand.IntN"}},
		{"own dice", in(`"math/rand/v2"`, "rand.New(src)"), nil},
		{"log", in(`"log"`, "log.Print(1)"), []string{"package log"}},
		{"global slog", in(`"log/slog"`, "slog.Info(``)"), []string{"slog.Info"}},
		{"own slog", in(`"log/slog"`, "slog.String(``, ``)"), nil},
		{"printing", in(`"fmt"`, "fmt.Println()"), []string{"fmt.Println"}},
		{"printing to a writer", in(`"fmt"`, "fmt.Fprintln(w)"), nil},
		{"environment", in(`"os"`, "os.Getenv(``)"), []string{"os.Getenv"}},
		{"a parameter of that name", map[string]string{"internal/x/x.go": "package x\nimport \"crypto/rand\"\nvar _ = rand.New\nfunc f(rand io.Reader) { g(rand.Read) }"}, nil},
		{"the clock itself", map[string]string{"internal/clock/x.go": "package clock\nimport \"time\"\nvar now = time.Now()"}, nil},
		{"a command", map[string]string{"internal/place/gen/main.go": "package main\nimport \"fmt\"\nfunc main() { fmt.Println() }"}, nil},
	})
}
