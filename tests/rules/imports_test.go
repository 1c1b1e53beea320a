package rules_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// module is the path of our module.
const module = "leitportal"

// ground is the ground floor: no word of the town hall in there.
var ground = strings.Fields("db web ui job seal i18n mail blob pdf clock id fail media scan geomap")

// way is the way of the data, from left to right.
var way = strings.Fields("place tenant service progress search solution form submission delivery casework postbox")

// beside are the rooms that the way calls, and what of each other they may
// import.
var beside = map[string][]string{
	"ledger": nil,
	"audit":  nil,
	"staff":  {"audit"},          // every change of a member is recorded in its transaction
	"login":  {"staff", "audit"}, // who signs in is a member of the staff
}

// called are rooms beside the way that one room of the way calls, apart from
// ledger and audit, which any may.
var called = map[string][]string{
	"casework": {"staff"}, // who works on a case is a member of the staff
}

// asset folders embed files and hold no rules.
var assets = []string{"web", "solutions"}

// roomOf names the room of a folder, "" outside internal/.
func roomOf(dir string) string {
	rest, ok := strings.CutPrefix(dir, "internal/")
	if !ok {
		return ""
	}
	room, _, _ := strings.Cut(rest, "/")
	return room
}

// mayImport tells why a folder may not import another one, "" when it may.
func mayImport(from, to string) string {
	a, b := roomOf(from), roomOf(to)
	switch {
	case a == "app" || strings.HasPrefix(from, "tests/") || from == to:
		return ""
	case b == "app":
		if strings.HasPrefix(from, "cmd/") {
			return ""
		}
		return "nobody imports app but cmd and tests"
	case strings.HasPrefix(to, "cmd/") || strings.HasPrefix(to, "tests/"):
		return to + " is not to be imported"
	case a == "":
		return fmt.Sprintf("%s imports no room", from)
	case b == "" && slices.Contains(assets, to):
		if to == "web" && a == "ui" {
			return ""
		}
		return fmt.Sprintf("%s are files; app hands them to %s", to, a)
	case a == b:
		return ""
	case slices.Contains(ground, a):
		if !slices.Contains(ground, b) {
			return fmt.Sprintf("%s is on the ground floor and may not know %s", a, b)
		}
		return ""
	case slices.Contains(ground, b):
		return ""
	}
	if allowed, ok := beside[a]; ok {
		if !slices.Contains(allowed, b) {
			return fmt.Sprintf("%s stands beside the way and may not know %s", a, b)
		}
		return ""
	}
	at := slices.Index(way, a)
	switch {
	case at < 0:
		return fmt.Sprintf("%s is no room of the plan: give it a place in tests/rules", a)
	case b == "ledger" || b == "audit" || slices.Contains(called[a], b):
		return ""
	case slices.Index(way, b) < 0 || slices.Index(way, b) > at:
		return fmt.Sprintf("%s does not stand left of %s", b, a)
	}
	return ""
}

func importsOf(f *goFile) []string {
	var out []string
	for _, spec := range f.ast.Imports {
		out = append(out, strings.Trim(spec.Path.Value, `"`))
	}
	return out
}

// importRule finds imports against the way of the data.
func importRule(tr *tree) []finding {
	var out []finding
	for p, f := range tr.code {
		for i, name := range importsOf(f) {
			to, ok := strings.CutPrefix(name, module+"/")
			if !ok {
				continue
			}
			if why := mayImport(p.dir, to); why != "" {
				out = append(out, tr.at(f.ast.Imports[i].Pos(), "%s", why))
			}
		}
	}
	return out
}

// pureRule finds what would make form impure: the network, a database, files
// or the clock, in form or in any of our packages that it uses.
func pureRule(tr *tree) []finding {
	forbidden := []string{"net", "net/http", "database/sql", "os", "os/exec", "math/rand", "math/rand/v2", "crypto/rand"}
	var out []finding
	seen := map[string]bool{}
	todo := []string{"internal/form"}
	for len(todo) > 0 {
		dir := todo[0]
		todo = todo[1:]
		if seen[dir] || tr.pkgs[dir] == nil {
			continue
		}
		seen[dir] = true
		for _, f := range tr.pkgs[dir].files {
			if f.test {
				continue
			}
			for i, name := range importsOf(f) {
				if to, ok := strings.CutPrefix(name, module+"/"); ok {
					todo = append(todo, to)
				} else if slices.Contains(forbidden, name) {
					out = append(out, tr.at(f.ast.Imports[i].Pos(), "form is pure; %s brings in %s", path.Base(dir), name))
				}
			}
		}
	}
	// clock may be imported for its Date; reading it is another matter.
	if p := tr.pkgs["internal/form"]; p != nil {
		for _, f := range p.files {
			if f.test {
				continue
			}
			for _, use := range uses(f, "leitportal/internal/clock", "time") {
				if slices.Contains([]string{"Now", "System", "Since", "Until", "Clock", "After", "Sleep"}, use.Sel.Name) {
					out = append(out, tr.at(use.Pos(), "form is pure; it is told the day and reads no clock (%s)", use.Sel.Name))
				}
			}
		}
	}
	return out
}

func TestImports(t *testing.T) { keep(t, importRule, nil) }

func TestFormIsPure(t *testing.T) {
	if house(t).pkgs["internal/form"] == nil {
		t.Fatal("internal/form is not where this rule looks for it")
	}
	keep(t, pureRule, nil)
}

// TestEveryRoomHasItsPlace fails for a folder that the plan does not know.
func TestEveryRoomHasItsPlace(t *testing.T) {
	for dir := range house(t).pkgs {
		room := roomOf(dir)
		if room == "" || room == "app" || slices.Contains(ground, room) || slices.Contains(way, room) {
			continue
		}
		if _, ok := beside[room]; !ok {
			t.Errorf("%s: %s is neither on the ground floor, nor on the way, nor beside it", dir, room)
		}
	}
}

func TestImportRuleSees(t *testing.T) {
	imports := func(dir, pkg string) map[string]string {
		return map[string]string{dir + "/a.go": "package a\n\nimport _ \"" + module + "/" + pkg + "\"\n"}
	}
	try(t, importRule, []seed{
		{"ground floor knows a room", imports("internal/web", "internal/tenant"), []string{"a.go:3: web is on the ground floor and may not know tenant"}},
		{"helper of a ground floor knows a room", imports("internal/db/dbtest", "internal/place"), []string{"db is on the ground floor"}},
		{"left knows right", imports("internal/submission", "internal/casework"), []string{"casework does not stand left of submission"}},
		{"casework knows postbox", imports("internal/casework", "internal/postbox"), []string{"postbox does not stand left of casework"}},
		{"a room knows staff", imports("internal/submission", "internal/staff"), []string{"staff does not stand left of submission"}},
		{"a room knows login", imports("internal/casework", "internal/login"), []string{"login does not stand left of casework"}},
		{"ledger knows submission", imports("internal/ledger", "internal/submission"), []string{"ledger stands beside the way"}},
		{"a room knows app", imports("internal/form", "internal/app"), []string{"nobody imports app"}},
		{"a room reads embedded files", imports("internal/solution", "solutions"), []string{"app hands them to solution"}},
		{"an unknown room", imports("internal/newroom", "internal/place"), []string{"newroom is no room of the plan"}},
		{"a room knows an unknown room", imports("internal/service", "internal/newroom"), []string{"newroom does not stand left of service"}},
		{"cmd knows a room", imports("cmd/leitportal", "internal/db"), []string{"cmd/leitportal imports no room"}},
		{"right knows left", imports("internal/postbox", "internal/submission"), nil},
		{"casework assigns to staff", imports("internal/casework", "internal/staff"), nil},
		{"a room records", imports("internal/casework", "internal/audit"), nil},
		{"a room on the ground", imports("internal/place", "internal/fail"), nil},
		{"the ground among itself", imports("internal/ui", "internal/web"), nil},
		{"app knows everyone", imports("internal/app", "internal/postbox"), nil},
		{"cmd starts app", imports("cmd/leitportal", "internal/app"), nil},
		{"login asks staff", imports("internal/login", "internal/staff"), nil},
	})
}

func TestPureRuleSees(t *testing.T) {
	try(t, pureRule, []seed{
		{"http", map[string]string{"internal/form/a.go": "package form\n\nimport _ \"net/http\"\n"}, []string{"a.go:3: form is pure; form brings in net/http"}},
		{"http through another room", map[string]string{
			"internal/form/a.go": "package form\n\nimport _ \"leitportal/internal/i18n\"\n",
			"internal/i18n/b.go": "package i18n\n\nimport _ \"database/sql\"\n",
		}, []string{"i18n brings in database/sql"}},
		{"clock", map[string]string{"internal/form/a.go": "package form\n\nimport \"time\"\n\nvar x = time.Now\n"}, []string{"a.go:5: form is pure; it is told the day"}},
		{"a date is a value", map[string]string{"internal/form/a.go": "package form\n\nimport \"leitportal/internal/clock\"\n\ntype x = clock.Date\n"}, nil},
		{"tests may", map[string]string{"internal/form/a_test.go": "package form\n\nimport _ \"net/http\"\n"}, nil},
	})
}
