package form

import (
	"math"
	"reflect"
	"slices"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/parser"
)

// CondOp is what a Cond asks.
type CondOp int

// The kinds of conditions.
const (
	// CondOpaque is an expression that Conditions does not take apart.
	CondOpaque   CondOp = iota
	CondAll             // each of Parts; none: always
	CondAny             // one of Parts; none: never
	CondNot             // not Parts[0]
	CondIs              // the answer of Field is one of Codes, as rules see it: "" is no answer, "true" a yes
	CondHas             // the answers of Field, a choice of several, hold Codes[0]
	CondRange           // the whole number of Field, 0 without an answer, is Lo to Hi
	CondAnswered        // Field has an answer
)

// Cond is a condition of a form taken apart, for tools that put it in other
// words. A name means what it means in the rule: inside a repeating group the
// answer of the same instance.
type Cond struct {
	Op     CondOp
	Parts  []Cond
	Field  string // schema path
	Codes  []string
	Lo, Hi int64  // math.MinInt64 and math.MaxInt64: open
	Source string // of CondOpaque
}

// Always and Never tell of a condition that does not depend on answers.
func (c Cond) Always() bool { return c.Op == CondAll && len(c.Parts) == 0 }

// Never tells that a condition cannot come true.
func (c Cond) Never() bool { return c.Op == CondAny && len(c.Parts) == 0 }

// Clear tells that nothing in the condition is opaque.
func (c Cond) Clear() bool {
	return c.Op != CondOpaque && !slices.ContainsFunc(c.Parts, func(p Cond) bool { return !p.Clear() })
}

// All joins conditions that must all hold.
func All(parts ...Cond) Cond { return joinConds(CondAll, parts) }

func joinConds(op CondOp, parts []Cond) Cond {
	out := Cond{Op: op}
	for _, p := range parts {
		switch {
		case p.Op == op:
			out.Parts = append(out.Parts, p.Parts...)
		case op == CondAll && p.Never(), op == CondAny && p.Always():
			return p
		case op == CondAll && p.Always(), op == CondAny && p.Never():
		default:
			out.Parts = append(out.Parts, p)
		}
	}
	if len(out.Parts) == 1 {
		return out.Parts[0]
	}
	return out
}

func not(c Cond) Cond {
	switch {
	case c.Op == CondNot:
		return c.Parts[0]
	case c.Always():
		return Cond{Op: CondAny}
	case c.Never():
		return Cond{Op: CondAll}
	}
	return Cond{Op: CondNot, Parts: []Cond{c}}
}

// Cond takes a rule of Inspect apart. With params, what depends on parameters
// alone is worked out; without, it is opaque.
func (p *Program) Cond(r RuleInfo, params *Params) Cond {
	return condReader{p: p, params: params}.source(r.Source)
}

// condReader reads one rule. Nothing in it can fail: what it does not know is
// opaque.
type condReader struct {
	p      *Program
	params *Params
	info   *ast.SourceInfo
	bound  map[string]ast.Expr // variables of exists and all over a written list
	depth  int                 // of calculations within each other
}

func (r condReader) source(src string) Cond {
	ps, err := parser.NewParser()
	if err != nil || r.depth > 20 {
		return Cond{Source: src}
	}
	t, errs := ps.Parse(common.NewTextSource(src))
	if len(errs.GetErrors()) > 0 {
		return Cond{Source: src}
	}
	r.info, r.bound = t.SourceInfo(), nil
	return r.cond(t.Expr())
}

func (r condReader) opaque(x ast.Expr) Cond {
	s, err := parser.Unparse(x, r.info)
	if err != nil {
		s = "…"
	}
	return Cond{Source: s}
}

// resolve is the expression that a bound variable stands for, and the dotted
// name that it spells, or "".
func (r condReader) resolve(x ast.Expr) (ast.Expr, string) {
	if x.Kind() == ast.IdentKind {
		if to, ok := r.bound[x.AsIdent()]; ok {
			return r.resolve(to)
		}
	}
	return x, dotted(x)
}

func dotted(x ast.Expr) string {
	switch x.Kind() {
	case ast.IdentKind:
		return x.AsIdent()
	case ast.SelectKind:
		if sel := x.AsSelect(); !sel.IsTestOnly() {
			if of := dotted(sel.Operand()); of != "" {
				return of + "." + sel.FieldName()
			}
		}
	}
	return ""
}

// field is the field that x names, nil for none.
func (r condReader) field(x ast.Expr) *field {
	_, name := r.resolve(x)
	if v, ok := r.p.vars[name]; ok && v.kind == varField {
		return v.table.fields[v.idx]
	}
	return nil
}

func (r condReader) cond(x ast.Expr) Cond {
	x, name := r.resolve(x)
	if v, ok := r.constant(x); ok {
		if v == types.True {
			return All()
		}
		return Cond{Op: CondAny}
	}
	if v, ok := r.p.vars[name]; ok && name != "" {
		switch v.kind {
		case varField:
			return Cond{Op: CondIs, Field: v.table.fields[v.idx].path, Codes: []string{"true"}}
		case varAnswered:
			return Cond{Op: CondAnswered, Field: v.table.fields[v.idx].path}
		case varCalc:
			r.depth++
			return r.source(v.table.calcs[v.idx].src)
		}
		return r.opaque(x)
	}
	if x.Kind() != ast.CallKind {
		return r.opaque(x)
	}
	call := x.AsCall()
	args := call.Args()
	switch op := call.FunctionName(); op {
	case operators.LogicalNot:
		return not(r.cond(args[0]))
	case operators.LogicalAnd:
		return All(r.cond(args[0]), r.cond(args[1]))
	case operators.LogicalOr:
		return joinConds(CondAny, []Cond{r.cond(args[0]), r.cond(args[1])})
	case operators.Conditional:
		c := r.cond(args[0])
		return joinConds(CondAny, []Cond{All(c, r.cond(args[1])), All(not(c), r.cond(args[2]))})
	case operators.Equals, operators.NotEquals, operators.In, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		if c, ok := r.compare(op, args[0], args[1]); ok {
			return c
		}
	case operators.Exists, operators.All:
		if call.IsMemberFunction() && call.Target().Kind() == ast.ListKind && args[0].Kind() == ast.IdentKind {
			return r.each(op, call.Target().AsList().Elements(), args[0].AsIdent(), args[1])
		}
	}
	return r.opaque(x)
}

// each writes a loop over a written list out.
func (r condReader) each(op string, items []ast.Expr, name string, body ast.Expr) Cond {
	var parts []Cond
	for _, item := range items {
		inner := r
		inner.bound = map[string]ast.Expr{name: item}
		for k, v := range r.bound {
			if k != name {
				inner.bound[k] = v
			}
		}
		parts = append(parts, inner.cond(body))
	}
	if op == operators.All {
		return All(parts...)
	}
	return joinConds(CondAny, parts)
}

// compare reads a comparison of a field, or of an attribute of its choice,
// with what is known.
func (r condReader) compare(op string, a, b ast.Expr) (Cond, bool) {
	if op != operators.In && r.field(a) == nil && r.field(b) != nil {
		a, b, op = b, a, turned(op)
	}
	if op == operators.In {
		if f := r.field(b); f != nil {
			s, ok := r.constant(a)
			code, text := s.(types.String)
			return Cond{Op: CondHas, Field: f.path, Codes: []string{string(code)}}, ok && text
		}
	}
	if c, ok := r.attribute(op, a, b); ok {
		return c, true
	}
	f := r.field(a)
	if f == nil {
		return Cond{}, false
	}
	if op == operators.In {
		codes, ok := r.texts(b)
		return Cond{Op: CondIs, Field: f.path, Codes: codes}, ok && f.kind.celType().Kind() == types.StringKind
	}
	v, ok := r.constant(b)
	if !ok {
		return Cond{}, false
	}
	negate := func(c Cond) (Cond, bool) {
		if op == operators.NotEquals {
			c = not(c)
		}
		return c, op == operators.Equals || op == operators.NotEquals
	}
	switch v := v.(type) {
	case types.String:
		return negate(Cond{Op: CondIs, Field: f.path, Codes: []string{string(v)}})
	case types.Bool:
		c := Cond{Op: CondIs, Field: f.path, Codes: []string{"true"}}
		if v == types.False {
			c = not(c)
		}
		return negate(c)
	case types.Int:
		c, n := Cond{Op: CondRange, Field: f.path, Lo: math.MinInt64, Hi: math.MaxInt64}, int64(v)
		if n == math.MinInt64 || n == math.MaxInt64 || f.kind.celType().Kind() != types.IntKind {
			return Cond{}, false
		}
		switch op {
		case operators.Less:
			c.Hi = n - 1
		case operators.LessEquals:
			c.Hi = n
		case operators.Greater:
			c.Lo = n + 1
		case operators.GreaterEquals:
			c.Lo = n
		default:
			c.Lo, c.Hi = n, n
			return negate(c)
		}
		return c, true
	}
	return Cond{}, false
}

// turned is the operator with its sides changed.
func turned(op string) string {
	switch op {
	case operators.Less:
		return operators.Greater
	case operators.LessEquals:
		return operators.GreaterEquals
	case operators.Greater:
		return operators.Less
	case operators.GreaterEquals:
		return operators.LessEquals
	}
	return op
}

// attribute reads attr('list', f, 'key') == 'v': the choices that have it.
func (r condReader) attribute(op string, a, b ast.Expr) (Cond, bool) {
	a, _ = r.resolve(a)
	if a.Kind() != ast.CallKind || a.AsCall().FunctionName() != "attr" || len(a.AsCall().Args()) != 3 {
		return Cond{}, false
	}
	args := a.AsCall().Args()
	f := r.field(args[1])
	list, ok1 := r.constant(args[0])
	key, ok2 := r.constant(args[2])
	if f == nil || !ok1 || !ok2 {
		return Cond{}, false
	}
	var want []string
	if op == operators.In {
		var ok bool
		if want, ok = r.texts(b); !ok {
			return Cond{}, false
		}
	} else if s, ok := r.constant(b); ok {
		want = []string{textOf(s)}
	} else {
		return Cond{}, false
	}
	c := Cond{Op: CondIs, Field: f.path}
	if slices.Contains(want, "") { // no answer has no attributes
		c.Codes = append(c.Codes, "")
	}
	for _, ch := range r.p.lists[textOf(list)] {
		if slices.Contains(want, ch.Attrs[textOf(key)]) {
			c.Codes = append(c.Codes, ch.Code)
		}
	}
	if op == operators.NotEquals {
		c = not(c)
	}
	return c, op == operators.Equals || op == operators.NotEquals || op == operators.In
}

func textOf(v ref.Val) string {
	s, _ := v.(types.String)
	return string(s)
}

// texts is a written list of known texts, or a parameter that is one.
func (r condReader) texts(x ast.Expr) ([]string, bool) {
	if x.Kind() == ast.ListKind {
		var out []string
		for _, e := range x.AsList().Elements() {
			v, ok := r.constant(e)
			s, text := v.(types.String)
			if !ok || !text {
				return nil, false
			}
			out = append(out, string(s))
		}
		return out, true
	}
	v, ok := r.constant(x)
	if !ok {
		return nil, false
	}
	list, err := v.ConvertToNative(reflect.TypeFor[[]string]())
	if err != nil {
		return nil, false
	}
	out, ok := list.([]string)
	return out, ok
}

// constant is the value of what depends on no answer: literals, and with
// params comparisons of parameters.
func (r condReader) constant(x ast.Expr) (ref.Val, bool) {
	x, name := r.resolve(x)
	if x.Kind() == ast.LiteralKind {
		return x.AsLiteral(), true
	}
	if v, ok := r.p.vars[name]; ok && name != "" {
		if v.kind == varParam && r.params != nil {
			return r.params.vals[v.idx], true
		}
		return nil, false
	}
	if x.Kind() != ast.CallKind || r.params == nil || x.AsCall().IsMemberFunction() {
		return nil, false
	}
	var args []ref.Val
	for _, a := range x.AsCall().Args() {
		v, ok := r.constant(a)
		if !ok {
			return nil, false
		}
		args = append(args, v)
	}
	return fold(x.AsCall().FunctionName(), args)
}

// fold works out the operators that rules about parameters need.
func fold(op string, args []ref.Val) (ref.Val, bool) {
	switch op {
	case operators.LogicalNot:
		return types.Bool(args[0] != types.True), true
	case operators.Equals:
		return args[0].Equal(args[1]), true
	case operators.NotEquals:
		return types.Bool(args[0].Equal(args[1]) != types.True), true
	case operators.In:
		list, ok := args[1].(traits.Container)
		if !ok {
			return nil, false
		}
		return list.Contains(args[0]), true
	case "size":
		list, ok := args[0].(traits.Sizer)
		if !ok {
			return nil, false
		}
		return list.Size(), true
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		a, ok := args[0].(traits.Comparer)
		if !ok {
			return nil, false
		}
		n, ok := a.Compare(args[1]).(types.Int)
		return types.Bool(op == operators.Less && n < 0 || op == operators.LessEquals && n <= 0 || op == operators.Greater && n > 0 || op == operators.GreaterEquals && n >= 0), ok
	}
	return nil, false
}
