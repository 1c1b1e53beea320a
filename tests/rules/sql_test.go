package rules_test

import (
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	createTable  = regexp.MustCompile(`(?is)CREATE TABLE (?:IF NOT EXISTS )?(\w+)\s*\((.*?)\n?\s*\)\s*;`)
	addTenant    = regexp.MustCompile(`(?i)ALTER TABLE (\w+) ADD (?:COLUMN )?tenant\b`)
	tenantColumn = regexp.MustCompile(`(?m)(^|[(,])\s*tenant\s+TEXT\b`)
	sqlStart     = regexp.MustCompile(`^(SELECT\s+\S|INSERT INTO \w|UPDATE \w+ (AS \w+ )?SET\b|DELETE FROM \w|WITH (RECURSIVE )?\w+( \([^)]*\))? AS)`)
	lineComment  = regexp.MustCompile(`--[^\n]*`)
	crossTenant  = regexp.MustCompile(`--\s*cross-tenant:\s*\S+\s+\S+`)
	readTables   = regexp.MustCompile(`\b(?:FROM|JOIN|UPDATE)\s+(\w+)(?:\s+(?:AS\s+)?[a-z]\w*)?((?:\s*,\s*\w+(?:\s+(?:AS\s+)?[a-z]\w*)?)*)`)
	bound        = regexp.MustCompile(`(?i)\btenant\s*=\s*(\$\d+|\w+\.tenant)\b|\(tenant(?:,\s*\w+)+\)\s*(?:=|IN)`)
	boundToArg   = regexp.MustCompile(`(?i)\btenant\s*=\s*\$\d+|\(tenant(?:,\s*\w+)+\)\s*(?:=|IN)`)
	insertInto   = regexp.MustCompile(`(?is)\bINSERT INTO (\w+)\s*\(([^)]*)\)`)
)

// tenantTables reads the migrations: the tables that have a tenant column.
func tenantTables(tr *tree) map[string]bool {
	tables := map[string]bool{}
	for _, name := range tr.files {
		if path.Ext(name) != ".sql" || !strings.Contains(name, "/migrations/") {
			continue
		}
		b, err := fs.ReadFile(tr.fsys, name)
		if err != nil {
			continue
		}
		sql := lineComment.ReplaceAllString(string(b), "")
		for _, m := range createTable.FindAllStringSubmatch(sql, -1) {
			if tenantColumn.MatchString(m[2]) {
				tables[m[1]] = true
			}
		}
		for _, m := range addTenant.FindAllStringSubmatch(sql, -1) {
			tables[m[1]] = true
		}
	}
	return tables
}

// sqlText is a piece of SQL in the code.
type sqlText struct {
	pos  token.Pos
	text string
}

// sqlOf gives the strings of a package's files that are SQL statements:
// literals, constants where they are used, and what is put together of both.
// What is not constant stands as «?».
func sqlOf(p *pkg) map[*goFile][]sqlText {
	consts := map[string]ast.Expr{}
	for _, f := range p.files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				for _, s := range d.Specs {
					s := s.(*ast.ValueSpec)
					for i, v := range s.Values {
						consts[s.Names[i].Name] = v
					}
				}
			}
			return true
		})
	}
	var value func(e ast.Expr, depth int) (string, bool)
	value = func(e ast.Expr, depth int) (string, bool) {
		switch e := e.(type) {
		case *ast.BasicLit:
			if e.Kind == token.STRING {
				s, err := strconv.Unquote(e.Value)
				return s, err == nil
			}
		case *ast.ParenExpr:
			return value(e.X, depth)
		case *ast.Ident:
			if v, ok := consts[e.Name]; ok && depth < 10 {
				return value(v, depth+1)
			}
		case *ast.BinaryExpr:
			if e.Op == token.ADD {
				a, okA := value(e.X, depth)
				b, okB := value(e.Y, depth)
				if !okA {
					a = "«?»"
				}
				if !okB {
					b = "«?»"
				}
				return a + b, okA || okB
			}
		}
		return "", false
	}
	out := map[*goFile][]sqlText{}
	for _, f := range p.files {
		if f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				return false // looked at where it is used
			}
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			s, ok := value(e, 0)
			if !ok {
				return true
			}
			if sqlStart.MatchString(strings.TrimSpace(lineComment.ReplaceAllString(s, ""))) {
				out[f] = append(out[f], sqlText{e.Pos(), s})
			}
			return false
		})
	}
	return out
}

// unbound tells which tenant table a statement reads or writes without naming
// the tenant, "" when there is none. It counts: as many bound tenants as
// tenant tables are read, at least one of them to an argument.
func unbound(sql string, tables map[string]bool) string {
	if crossTenant.MatchString(sql) {
		return ""
	}
	sql = lineComment.ReplaceAllString(sql, "")
	for _, m := range insertInto.FindAllStringSubmatch(sql, -1) {
		if !tables[m[1]] {
			continue
		}
		named := false
		for _, column := range strings.Split(m[2], ",") {
			named = named || strings.TrimSpace(column) == "tenant"
		}
		if !named {
			return m[1]
		}
	}
	var read []string
	for _, m := range readTables.FindAllStringSubmatch(sql, -1) {
		if tables[m[1]] {
			read = append(read, m[1])
		}
		for _, more := range strings.Split(m[2], ",") {
			if f := strings.Fields(more); len(f) > 0 && tables[f[0]] {
				read = append(read, f[0])
			}
		}
	}
	_, where, _ := strings.Cut(sql, "WHERE")
	if len(read) > 0 && (len(bound.FindAllString(sql, -1)) < len(read) || !boundToArg.MatchString(where)) {
		return read[0]
	}
	return ""
}

// tenantRule finds statements that could touch another tenant's rows.
func tenantRule(tr *tree) []finding {
	tables := tenantTables(tr)
	var out []finding
	for _, dir := range sorted(tr.pkgs) {
		if roomOf(dir) == "" {
			continue
		}
		found := sqlOf(tr.pkgs[dir])
		for _, f := range tr.pkgs[dir].files {
			for _, s := range found[f] {
				if table := unbound(s.text, tables); table != "" {
					out = append(out, tr.at(s.pos, "SQL on %s without its tenant (or a comment: -- cross-tenant: reason)", table))
				}
			}
		}
	}
	return out
}

// placeOfSQLRule finds SQL outside store.go. (db is the way to the database
// and has its own about migrations.)
func placeOfSQLRule(tr *tree) []finding {
	var out []finding
	for _, dir := range sorted(tr.pkgs) {
		if room := roomOf(dir); room == "db" || strings.HasPrefix(dir, "tests/") {
			continue
		}
		found := sqlOf(tr.pkgs[dir])
		for _, f := range tr.pkgs[dir].files {
			if base := path.Base(f.path); base == "store.go" || strings.HasPrefix(base, "store_") {
				continue
			}
			for _, s := range found[f] {
				out = append(out, tr.at(s.pos, "SQL outside store.go"))
			}
		}
	}
	return out
}

func TestTenantInSQL(t *testing.T) {
	tr := house(t)
	tables := tenantTables(tr)
	for _, name := range []string{"submission_drafts", "submissions", "delivery_keys", "login_sessions", "staff_members", "tenant_settings", "jobs"} {
		if !tables[name] {
			t.Errorf("the migrations of %s were not understood: no tenant column seen", name)
		}
	}
	for _, name := range []string{"ledger_nodes", "tenant_revision"} {
		if tables[name] {
			t.Errorf("%s has no tenant column", name)
		}
	}
	n := 0
	for _, p := range tr.pkgs {
		for _, list := range sqlOf(p) {
			n += len(list)
		}
	}
	if n < 100 {
		t.Errorf("only %d statements seen: the rule is blind", n)
	}
	keep(t, tenantRule, nil)
}

func TestSQLOnlyInStores(t *testing.T) { keep(t, placeOfSQLRule, nil) }

func TestTenantRuleSees(t *testing.T) {
	const migration = "CREATE TABLE cases (\n\ttenant TEXT NOT NULL, -- ARS (12 digits);\n\tid TEXT NOT NULL,\n\tPRIMARY KEY (tenant, id)\n);\n" +
		"CREATE TABLE plain (id TEXT NOT NULL);\nCREATE TABLE later (id TEXT);\nALTER TABLE later ADD COLUMN tenant TEXT;\n"
	in := func(body string) map[string]string {
		return map[string]string{
			"internal/x/migrations/001_x.sql": migration,
			"internal/x/store.go":             "package x\n" + body,
		}
	}
	call := func(sql string) map[string]string { return in("func f() { q(`" + sql + "`) }") }
	try(t, tenantRule, []seed{
		{"select", call("SELECT id FROM cases WHERE id = $1"), []string{"store.go:2: SQL on cases"}},
		{"added column", call("SELECT id FROM later"), []string{"SQL on later"}},
		{"select over lines", call("\n\t\tSELECT id\n\t\tFROM cases\n\t\tORDER BY id"), []string{"SQL on cases"}},
		{"tenant only selected", call("SELECT tenant FROM cases WHERE id = $1"), []string{"SQL on cases"}},
		{"tenant only grouped", call("SELECT id FROM cases WHERE id = $1 ORDER BY tenant"), []string{"SQL on cases"}},
		{"update sets the tenant", call("UPDATE cases SET tenant = $1 WHERE id = $2"), []string{"SQL on cases"}},
		{"delete", call("DELETE FROM cases"), []string{"SQL on cases"}},
		{"insert", call("INSERT INTO cases (id) VALUES ($1)"), []string{"SQL on cases"}},
		{"join binds one of two", call("SELECT a.id FROM cases a JOIN later b ON b.id = a.id WHERE a.tenant = $1"), []string{"SQL on cases"}},
		{"join to each other but to no argument", call("SELECT a.id FROM cases a JOIN later b ON b.tenant = a.tenant WHERE a.id = $1"), []string{"SQL on cases"}},
		{"comma join", call("SELECT a.id FROM cases a, later b WHERE a.tenant = $1"), []string{"SQL on cases"}},
		{"subselect", call("SELECT id FROM plain WHERE id IN (SELECT id FROM cases)"), []string{"SQL on cases"}},
		{"with", call("WITH old AS (SELECT id FROM cases) SELECT id FROM old"), []string{"SQL on cases"}},
		{"reason missing", call("SELECT id FROM cases -- cross-tenant:\n"), []string{"SQL on cases"}},
		{"constant", in("const s = `SELECT id FROM cases`\nfunc f() { q(s) }"), []string{"store.go:3: SQL on cases"}},
		{"put together", in("const cols = `SELECT id FROM cases`\nfunc f() { q(cols + ` WHERE id = $1`) }"), []string{"store.go:3"}},
		{"put together with an unknown", in("func f(x string) { q(`DELETE FROM cases WHERE ` + x) }"), []string{"store.go:2"}},
		{"in another file", map[string]string{"internal/x/migrations/001_x.sql": migration, "internal/x/web.go": "package x\nvar s = `SELECT id FROM cases`"}, []string{"web.go:2"}},
		{"bound", call("SELECT id FROM cases WHERE tenant = $1 AND id = $2"), nil},
		{"bound through a constant", in("const cols = `SELECT id FROM cases`\nfunc f() { q(cols + ` WHERE tenant = $1`) }"), nil},
		{"bound join", call("SELECT a.id FROM cases a JOIN later b ON b.tenant = a.tenant WHERE a.tenant = $1"), nil},
		{"bound insert", call("INSERT INTO cases (tenant, id) VALUES ($1, $2) ON CONFLICT (tenant, id) DO UPDATE SET id = $2"), nil},
		{"reason given", call("SELECT id FROM cases -- cross-tenant: one job serves all\n"), nil},
		{"no tenant table", call("SELECT id FROM plain"), nil},
		{"prose", in("func f() { say(`SELECT`, `UPDATE your browser`, `select a dog from the list`) }"), nil},
	})
}

func TestPlaceOfSQLRuleSees(t *testing.T) {
	try(t, placeOfSQLRule, []seed{
		{"handler", map[string]string{"internal/x/web.go": "package x\nfunc f() { q(\"SELECT 1\") }"}, []string{"web.go:2: SQL outside store.go"}},
		{"command", map[string]string{"cmd/x/main.go": "package main\nfunc f() { q(\"DELETE FROM x\") }"}, []string{"main.go:2"}},
		{"store", map[string]string{"internal/x/store.go": "package x\nfunc f() { q(\"SELECT 1\") }"}, nil},
		{"test", map[string]string{"internal/x/x_test.go": "package x\nfunc f() { q(\"SELECT 1\") }"}, nil},
		{"db", map[string]string{"internal/db/migrate.go": "package db\nfunc f() { q(\"SELECT 1\") }"}, nil},
	})
}
