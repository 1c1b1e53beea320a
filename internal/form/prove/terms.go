package prove

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"

	"leitportal/internal/clock"
	"leitportal/internal/form"
)

// constants are what rules compare with, by type; sorted.
type constants struct {
	texts  []string
	ints   []int64
	floats []float64
	dates  []clock.Date
}

// tree parses a rule that has been compiled before; macros are written out.
func tree(source string) ast.Expr {
	p, err := parser.NewParser(parser.Macros(parser.AllMacros...))
	if err != nil {
		return nil
	}
	t, errs := p.Parse(common.NewTextSource(source))
	if len(errs.GetErrors()) > 0 {
		return nil
	}
	return t.Expr()
}

// name is the dotted name that x spells, or "".
func name(x ast.Expr) string {
	switch x.Kind() {
	case ast.IdentKind:
		return x.AsIdent()
	case ast.SelectKind:
		if sel := x.AsSelect(); !sel.IsTestOnly() {
			if of := name(sel.Operand()); of != "" {
				return of + "." + sel.FieldName()
			}
		}
	}
	return ""
}

// visit calls f on x and all in it.
func visit(x ast.Expr, f func(ast.Expr)) {
	if x != nil {
		ast.PreOrderVisit(x, ast.NewExprVisitor(f))
	}
}

// collect adds the constants of x.
func (c *constants) collect(x ast.Expr) {
	visit(x, func(x ast.Expr) {
		if x.Kind() == ast.CallKind && x.AsCall().FunctionName() == "date" {
			if n := literals(x.AsCall().Args()); len(n) == 3 {
				if d, err := clock.ParseDate(isoDate(n)); err == nil {
					c.dates = append(c.dates, d)
				}
			}
		}
		if x.Kind() == ast.CallKind && x.AsCall().FunctionName() == "matches" {
			for _, arg := range x.AsCall().Args() {
				if pattern, ok := arg.AsLiteral().(types.String); ok {
					c.texts = append(c.texts, examples(string(pattern))...)
				}
			}
		}
		if x.Kind() != ast.LiteralKind {
			return
		}
		c.constant(x.AsLiteral().Value())
	})
}

func (c *constants) constant(v any) {
	switch v := v.(type) {
	case string:
		c.texts = append(c.texts, v)
		if d, err := clock.ParseDate(v); err == nil {
			c.dates = append(c.dates, d)
		}
	case int64:
		c.ints = append(c.ints, v)
	case int:
		c.ints = append(c.ints, int64(v))
	case float64:
		c.floats = append(c.floats, v)
	case clock.Date:
		c.dates = append(c.dates, v)
	case []string:
		c.texts = append(c.texts, v...)
	case []int64:
		c.ints = append(c.ints, v...)
	}
}

func (c *constants) tidy() {
	slices.Sort(c.texts)
	slices.Sort(c.ints)
	slices.Sort(c.floats)
	slices.SortFunc(c.dates, clock.Date.Compare)
	c.texts, c.ints, c.floats, c.dates = slices.Compact(c.texts), slices.Compact(c.ints), slices.Compact(c.floats), slices.Compact(c.dates)
}

func literals(args []ast.Expr) []int64 {
	var out []int64
	for _, a := range args {
		if a.Kind() != ast.LiteralKind {
			return nil
		}
		n, ok := a.AsLiteral().(types.Int)
		if !ok {
			return nil
		}
		out = append(out, int64(n))
	}
	return out
}

func isoDate(n []int64) string {
	pad := func(v int64, width int) string {
		s := types.Int(v).ConvertToType(types.StringType).Value().(string)
		return strings.Repeat("0", max(0, width-len(s))) + s
	}
	return pad(n[0], 4) + "-" + pad(n[1], 2) + "-" + pad(n[2], 2)
}

// model is a form laid open, with what may be answered.
type model struct {
	p      *form.Program
	in     form.Inspection
	fields map[string]*form.FieldInfo
	groups map[string]*form.GroupInfo
	trees  []ast.Expr     // of in.Rules
	calcs  map[string]int // name in rules → rule
	named  map[string]string
	reads  map[string][]int // schema path of a field or group → rules that read it
	params map[string][]int // parameter → rules that name it, also through calculations

	byMember map[string][]int // last part of a calculation's name → rules
	closures [][]int
}

func newModel(p *form.Program) *model {
	m := &model{
		p: p, in: p.Inspect(), fields: map[string]*form.FieldInfo{}, groups: map[string]*form.GroupInfo{}, calcs: map[string]int{},
		named: map[string]string{}, reads: map[string][]int{}, params: map[string][]int{}, byMember: map[string][]int{},
	}
	for i := range m.in.Groups {
		m.groups[m.in.Groups[i].Path] = &m.in.Groups[i]
	}
	for i := range m.in.Fields {
		f := &m.in.Fields[i]
		m.fields[f.Path] = f
		inRules := f.Path
		if g := m.groups[f.Group]; g != nil {
			inRules = g.As + strings.TrimPrefix(f.Path, g.Path)
		}
		m.named[inRules] = f.Path
	}
	for i, r := range m.in.Rules {
		m.trees = append(m.trees, tree(r.Source))
		if r.Kind == form.Calculate {
			m.calcs[r.ID] = i
			member := r.ID[strings.LastIndexByte(r.ID, '.')+1:]
			m.byMember[member] = append(m.byMember[member], i)
		}
	}
	m.closures = make([][]int, len(m.in.Rules))
	for i, r := range m.in.Rules {
		for _, path := range slices.Concat(r.Fields, r.Groups) {
			m.reads[path] = append(m.reads[path], i)
		}
		for _, j := range m.closure(i) {
			visit(m.trees[j], func(x ast.Expr) {
				if n, ok := strings.CutPrefix(name(x), "params."); ok && !slices.Contains(m.params[n], i) {
					m.params[n] = append(m.params[n], i)
				}
			})
		}
	}
	return m
}

// closure is rule i with the calculations it uses, also of others: a member
// of an instance (d.raised) is known by its last part.
func (m *model) closure(i int) []int {
	if m.closures[i] != nil {
		return m.closures[i]
	}
	out := []int{i}
	for at := 0; at < len(out); at++ {
		visit(m.trees[out[at]], func(x ast.Expr) {
			if x.Kind() != ast.SelectKind {
				return
			}
			for _, j := range m.byMember[x.AsSelect().FieldName()] {
				if !slices.Contains(out, j) {
					out = append(out, j)
				}
			}
		})
	}
	m.closures[i] = out
	return out
}

// said are the constants that decide about a field or parameter: those of
// every rule that reads it, with the parameters those name.
func (m *model) said(rules []int, params map[string]any) constants {
	var c constants
	seen := map[int]bool{}
	for _, i := range rules {
		for _, j := range m.closure(i) {
			if seen[j] {
				continue
			}
			seen[j] = true
			c.collect(m.trees[j])
			visit(m.trees[j], func(x ast.Expr) {
				if n, ok := strings.CutPrefix(name(x), "params."); ok {
					c.constant(params[n])
				}
			})
		}
	}
	c.tidy()
	return c
}
