package form

import (
	"fmt"
	"maps"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// expr is a compiled rule.
type expr struct {
	src      string
	prog     cel.Program
	out      *cel.Type
	constant ref.Val    // of a rule that is one literal
	truth    truth      // of a rule that needs no CEL
	cond     *condition // of a rule so simple that the browser can do it
	plain    *field     // of a rule that is nothing but a field
	deps     deps
}

// condition compares one field with fixed values.
type condition struct {
	field  *field
	values []string // codes, or "yes"
	not    bool
}

// deps are the fields and repeating groups that a rule reads, also through
// calcs.
type deps struct {
	fields map[*field]bool
	groups map[*group]bool
}

func (d *deps) add(o deps) {
	if d.fields == nil {
		d.fields, d.groups = map[*field]bool{}, map[*group]bool{}
	}
	maps.Copy(d.fields, o.fields)
	maps.Copy(d.groups, o.groups)
}

type varKind int8

const (
	varField varKind = iota
	varAnswered
	varCalc
	varParam
	varToday
	varGroup
	varIndex
)

// variable is what a name in a rule stands for.
type variable struct {
	kind  varKind
	table *table // the scope it lives in; nil: none
	idx   int
	typ   *cel.Type
	deps  deps
}

const (
	maxExpr  = 2000    // characters
	maxCost  = 2000000 // CEL cost units; a comparison is about 1
	maxMade  = 20000   // the same where a text or list is made: a text of 200,000 characters
	maxLoops = 2       // comprehensions within each other
)

// estimator bounds every list and text a rule may meet, for the cost.
type estimator struct{ groups []*group }

func (e estimator) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	if t := n.Type(); t != nil && t.Kind() == types.ListKind && t.Parameters()[0].Kind() == types.StructKind {
		for _, g := range e.groups {
			if g.kindInCEL == t.Parameters()[0].TypeName() {
				return &cost.SizeEstimate{Min: 0, Max: uint64(g.max)}
			}
		}
	}
	return &cost.SizeEstimate{Min: 0, Max: 100}
}

func (estimator) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// compileExpr checks src against the names known so far. want nil takes any
// type; in is the scope the rule runs in.
func (c *compiler) compileExpr(where, src string, want *cel.Type, in *table) *expr {
	if strings.TrimSpace(src) == "" {
		c.failf("%s: the expression is empty", where)
		return nil
	}
	if len(src) > maxExpr {
		c.failf("%s: the expression is longer than %d characters", where, maxExpr)
		return nil
	}
	env, err := c.envOf(src)
	if err != nil {
		c.failf("%s: %v", where, err)
		return nil
	}
	checked, issues := env.Compile(src)
	if issues.Err() != nil {
		c.failf("%s: %s", where, strings.TrimSpace(issues.Err().Error()))
		return nil
	}
	if want != nil && !checked.OutputType().IsExactType(want) {
		c.failf("%s: %q is %s, must be %s", where, src, checked.OutputType(), want)
		return nil
	}
	e := &expr{src: src, out: checked.OutputType()}
	e.deps.add(deps{})
	tree := checked.NativeRep()
	c.findDeps(where, e, tree, in)
	root := tree.Expr()
	switch root.Kind() {
	case ast.LiteralKind:
		e.constant = root.AsLiteral()
	case ast.IdentKind:
		if v, ok := c.p.vars[root.AsIdent()]; ok && v.kind == varField {
			e.plain = v.table.fields[v.idx]
		}
	}
	e.cond = c.simple(root)
	e.truth = native{c: c, ast: tree}.truth(root)
	if loops(root) > maxLoops {
		c.failf("%s: more than %d loops within each other", where, maxLoops)
		return nil
	}
	if est, err := env.EstimateCost(checked, estimator{c.p.groups}); err == nil && est.Max > maxCost {
		c.failf("%s: the expression may cost %d, more than %d", where, est.Max, maxCost)
		return nil
	}
	opts := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if limit := c.grows(e.out, tree); limit > 0 {
		opts = append(opts, cel.CostLimit(limit))
	}
	prog, err := env.Program(checked, opts...)
	if err != nil {
		c.failf("%s: %v", where, err)
		return nil
	}
	e.prog = prog
	return e
}

// grows is how much a rule may cost when it runs, 0 where the estimate of it
// will do: that knows nothing of what calculations make of texts and lists.
// Forty of them, each twice the one before, have no end.
func (c *compiler) grows(out *cel.Type, tree *ast.AST) uint64 {
	long := func(t *cel.Type) bool { return t.Kind() == types.StringKind || t.Kind() == types.ListKind }
	if long(out) {
		return maxMade
	}
	for _, r := range tree.ReferenceMap() {
		if v, ok := c.p.vars[r.Name]; ok && v.kind == varCalc && long(v.typ) {
			return maxCost
		}
	}
	var limit uint64
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.SelectKind && long(tree.GetType(x.ID())) { // perhaps a calculation of an instance
			limit = maxCost
		}
	}))
	return limit
}

// findDeps notes what e reads, and refuses names of another scope: CEL knows
// every name everywhere, but `hund` exists only where there is one dog.
func (c *compiler) findDeps(where string, e *expr, tree *ast.AST, in *table) {
	for _, r := range tree.ReferenceMap() {
		v, ok := c.p.vars[r.Name]
		if !ok {
			continue
		}
		if v.table != nil && !in.sees(v.table) {
			c.failf("%s: %s is known only where one %s is meant (each: %s)", where, r.Name, v.table.group.as, v.table.group.id)
		}
		e.deps.add(v.deps)
	}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() != ast.SelectKind {
			if x.Kind() == ast.CallKind && x.AsCall().FunctionName() == "attr" {
				c.checkAttr(where, x.AsCall().Args())
			}
			return
		}
		sel := x.AsSelect()
		t := tree.GetType(sel.Operand().ID())
		if t.Kind() == types.StructKind {
			e.deps.add(c.memberDeps[t.TypeName()+"."+sel.FieldName()])
		}
	}))
}

// checkAttr makes sure that a literal list and key exist.
func (c *compiler) checkAttr(where string, args []ast.Expr) {
	literal := func(x ast.Expr) (string, bool) {
		if x.Kind() != ast.LiteralKind {
			return "", false
		}
		s, ok := x.AsLiteral().(types.String)
		return string(s), ok
	}
	list, ok := literal(args[0])
	if !ok {
		c.failf("%s: the list of attr must be a literal", where)
		return
	}
	choices, ok := c.p.lists[list]
	if !ok {
		c.failf("%s: there is no list %q", where, list)
		return
	}
	key, ok := literal(args[2])
	for _, ch := range choices {
		if _, has := ch.Attrs[key]; has {
			return
		}
	}
	if ok {
		c.failf("%s: no choice of list %q has an attribute %q", where, list, key)
	}
}

// simple recognises f, !f, f == 'c', f != 'c' and f in ['a', 'b'].
func (c *compiler) simple(x ast.Expr) *condition {
	ident := func(x ast.Expr) *field {
		if x.Kind() != ast.IdentKind {
			return nil
		}
		if v, ok := c.p.vars[x.AsIdent()]; ok && v.kind == varField {
			return v.table.fields[v.idx]
		}
		return nil
	}
	str := func(x ast.Expr) (string, bool) {
		if x.Kind() != ast.LiteralKind {
			return "", false
		}
		s, ok := x.AsLiteral().(types.String)
		return string(s), ok
	}
	if f := ident(x); f != nil && f.kind.celType() == cel.BoolType {
		return &condition{field: f, values: []string{"yes"}}
	}
	if x.Kind() != ast.CallKind {
		return nil
	}
	args := x.AsCall().Args()
	switch x.AsCall().FunctionName() {
	case operators.LogicalNot:
		if f := ident(args[0]); f != nil && f.kind.celType() == cel.BoolType {
			return &condition{field: f, values: []string{"yes"}, not: true}
		}
	case operators.Equals, operators.NotEquals:
		if f := ident(args[0]); f != nil && f.kind.celType() == cel.StringType {
			if s, ok := str(args[1]); ok && f.kind != Decimal {
				return &condition{field: f, values: []string{s}, not: x.AsCall().FunctionName() == operators.NotEquals}
			}
		}
	case operators.In:
		f := ident(args[0])
		if f == nil || f.kind.celType() != cel.StringType || args[1].Kind() != ast.ListKind {
			return nil
		}
		cond := &condition{field: f}
		for _, el := range args[1].AsList().Elements() {
			s, ok := str(el)
			if !ok {
				return nil
			}
			cond.values = append(cond.values, s)
		}
		return cond
	}
	return nil
}

// loops counts the loops within each other. One over a group inside an
// instance goes no further than the instances there can be, and counts as the
// loop it stands in.
func loops(x ast.Expr) int {
	deepest := 0
	for _, child := range children(x) {
		deepest = max(deepest, loops(child))
	}
	if x.Kind() == ast.ComprehensionKind && x.AsComprehension().IterRange().Kind() != ast.SelectKind {
		return deepest + 1
	}
	return deepest
}

func children(x ast.Expr) []ast.Expr {
	switch x.Kind() {
	case ast.CallKind:
		args := x.AsCall().Args()
		if x.AsCall().IsMemberFunction() {
			return append([]ast.Expr{x.AsCall().Target()}, args...)
		}
		return args
	case ast.SelectKind:
		return []ast.Expr{x.AsSelect().Operand()}
	case ast.ListKind:
		return x.AsList().Elements()
	case ast.MapKind:
		var out []ast.Expr
		for _, e := range x.AsMap().Entries() {
			out = append(out, e.AsMapEntry().Key(), e.AsMapEntry().Value())
		}
		return out
	case ast.ComprehensionKind:
		l := x.AsComprehension()
		return []ast.Expr{l.IterRange(), l.AccuInit(), l.LoopCondition(), l.LoopStep(), l.Result()}
	}
	return nil
}

// holds evaluates a rule that is true or false; a missing rule holds.
func (e *expr) holds(s *scope) bool {
	if e == nil {
		return true
	}
	if e.truth != nil {
		return e.decide(s)
	}
	return e.eval(s) == types.True
}

// decide is what a rule says that was compiled to Go, or CEL in its place
// where a sum was too large. Rules evaluate others meanwhile.
func (e *expr) decide(s *scope) bool {
	outer := s.v.unsure
	s.v.unsure = false
	ok := e.truth(s)
	if s.v.unsure {
		ok = e.run(s) == types.True
	}
	s.v.unsure = outer
	return ok
}

// eval is the value of a rule. A rule that fails (Compile has tried it, so a
// parameter or an unforeseen answer must be the cause) is remembered in the
// View and has the harmless value of its type.
func (e *expr) eval(s *scope) ref.Val {
	if e.constant != nil {
		return e.constant
	}
	if e.plain != nil {
		return s.of(e.plain.table).value(e.plain)
	}
	if e.truth != nil {
		return types.Bool(e.decide(s))
	}
	return e.run(s)
}

// run evaluates a rule as CEL does.
func (e *expr) run(s *scope) ref.Val {
	out, _, err := e.prog.Eval(s)
	if err != nil {
		s.v.fail(fmt.Errorf("form %s: rule %q: %w", s.v.p.id, e.src, err))
		return zeroOf(e.out)
	}
	return out
}

func zeroOf(t *cel.Type) ref.Val {
	switch t.Kind() {
	case types.BoolKind:
		return types.False
	case types.IntKind:
		return types.IntZero
	case types.DoubleKind:
		return types.Double(0)
	case types.StringKind:
		return types.String("")
	case types.TimestampKind:
		return noDate
	case types.MapKind:
		return types.NewStringStringMap(types.DefaultTypeAdapter, nil)
	}
	return types.NewDynamicList(types.DefaultTypeAdapter, []ref.Val{})
}
