package form

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Most rules ask whether answers and parameters have certain values, and each
// page of a form asks all of them that show a page. These are also compiled to
// Go functions, some twenty times as quick as CEL's interpreter; every other
// rule stays with CEL. Nothing that is compiled here can fail: where a sum is
// larger than a number can be, the View is marked, and CEL has the word.
type (
	truth  func(*scope) bool
	value  func(*scope) ref.Val
	number func(*scope) int64
)

// native compiles what it can of one checked rule; nil is the answer to the
// rest.
type native struct {
	c     *compiler
	ast   *ast.AST
	bound map[string]value // variables of exists and all over a written list
}

func (n native) truth(x ast.Expr) truth {
	if n.ast.GetType(x.ID()) != cel.BoolType {
		return nil
	}
	if x.Kind() == ast.ComprehensionKind {
		return n.loop(x.AsComprehension())
	}
	if x.Kind() == ast.CallKind {
		args := x.AsCall().Args()
		switch op := x.AsCall().FunctionName(); op {
		case operators.LogicalNot:
			if a := n.truth(args[0]); a != nil {
				return func(s *scope) bool { return !a(s) }
			}
			return nil
		case operators.LogicalAnd, operators.LogicalOr:
			a, b := n.truth(args[0]), n.truth(args[1])
			switch {
			case a == nil || b == nil:
				return nil
			case op == operators.LogicalAnd:
				return func(s *scope) bool { return a(s) && b(s) }
			}
			return func(s *scope) bool { return a(s) || b(s) }
		case operators.Equals, operators.NotEquals:
			a, b := n.value(args[0]), n.value(args[1])
			if a == nil || b == nil {
				return nil
			}
			same := op == operators.Equals
			return func(s *scope) bool { return (a(s) == b(s)) == same }
		case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
			return n.compare(op, args)
		case operators.In:
			return n.in(args)
		}
	}
	v := n.value(x)
	if v == nil {
		return nil
	}
	return func(s *scope) bool { return v(s) == types.True }
}

func (n native) compare(op string, args []ast.Expr) truth {
	a, b := n.number(args[0]), n.number(args[1])
	if a == nil || b == nil {
		return nil
	}
	switch op {
	case operators.Less:
		return func(s *scope) bool { return a(s) < b(s) }
	case operators.LessEquals:
		return func(s *scope) bool { return a(s) <= b(s) }
	case operators.Greater:
		return func(s *scope) bool { return a(s) > b(s) }
	}
	return func(s *scope) bool { return a(s) >= b(s) }
}

// number compiles a whole number: an answer, a sum, a part of a date.
func (n native) number(x ast.Expr) number {
	if n.ast.GetType(x.ID()) != cel.IntType {
		return nil
	}
	if x.Kind() == ast.CallKind && !x.AsCall().IsMemberFunction() {
		args := x.AsCall().Args()
		switch op := x.AsCall().FunctionName(); op {
		case operators.Add, operators.Subtract:
			a, b := n.number(args[0]), n.number(args[1])
			if a == nil || b == nil {
				return nil
			}
			if op == operators.Subtract {
				return func(s *scope) int64 {
					x, y := a(s), b(s)
					s.v.unsure = s.v.unsure || (x-y < x) != (y > 0)
					return x - y
				}
			}
			return func(s *scope) int64 {
				x, y := a(s), b(s)
				s.v.unsure = s.v.unsure || (x+y < x) != (y < 0)
				return x + y
			}
		default:
			if part := datePart(op); part != nil {
				va, ok := n.variable(args[0])
				if !ok {
					return nil
				}
				return func(s *scope) int64 { return part(s.resolve(va)) }
			}
		}
	}
	v := n.value(x)
	if v == nil {
		return nil
	}
	return func(s *scope) int64 { i, _ := v(s).(types.Int); return int64(i) }
}

// variable is what the name x stands for, unless a loop has bound it.
func (n native) variable(x ast.Expr) (variable, bool) {
	if x.Kind() != ast.IdentKind || n.bound[x.AsIdent()] != nil {
		return variable{}, false
	}
	va, ok := n.c.p.vars[x.AsIdent()]
	return va, ok
}

// in is membership in a written list, or in a parameter.
func (n native) in(args []ast.Expr) truth {
	a := n.value(args[0])
	if a == nil {
		return nil
	}
	if args[1].Kind() == ast.ListKind {
		list := n.values(args[1].AsList().Elements())
		if list == nil {
			return nil
		}
		return func(s *scope) bool {
			v := a(s)
			for _, of := range list {
				if of(s) == v {
					return true
				}
			}
			return false
		}
	}
	if i, ok := n.param(args[1]); ok {
		return func(s *scope) bool {
			list, ok := s.v.env.Params.vals[i].(traits.Container)
			return ok && list.Contains(a(s)) == types.True
		}
	}
	return nil
}

func (n native) param(x ast.Expr) (int, bool) {
	if x.Kind() != ast.IdentKind {
		return 0, false
	}
	va, ok := n.c.p.vars[x.AsIdent()]
	return va.idx, ok && va.kind == varParam
}

// loop unrolls exists and all over a written list.
func (n native) loop(l ast.ComprehensionExpr) truth {
	step := l.LoopStep()
	if l.HasIterVar2() || l.IterRange().Kind() != ast.ListKind || l.AccuInit().Kind() != ast.LiteralKind ||
		step.Kind() != ast.CallKind || l.Result().Kind() != ast.IdentKind {
		return nil
	}
	exists := step.AsCall().FunctionName() == operators.LogicalOr && l.AccuInit().AsLiteral() == types.False
	all := step.AsCall().FunctionName() == operators.LogicalAnd && l.AccuInit().AsLiteral() == types.True
	args := step.AsCall().Args()
	if !exists && !all || args[0].Kind() != ast.IdentKind || args[0].AsIdent() != l.AccuVar() {
		return nil
	}
	items := n.values(l.IterRange().AsList().Elements())
	if items == nil {
		return nil
	}
	each := make([]truth, len(items))
	for i, item := range items {
		inner := n
		inner.bound = map[string]value{l.IterVar(): item}
		for name, v := range n.bound {
			if name != l.IterVar() {
				inner.bound[name] = v
			}
		}
		if each[i] = inner.truth(args[1]); each[i] == nil {
			return nil
		}
	}
	return func(s *scope) bool {
		for _, holds := range each {
			if holds(s) == exists {
				return exists
			}
		}
		return all
	}
}

func (n native) values(list []ast.Expr) []value {
	out := make([]value, len(list))
	for i, x := range list {
		if out[i] = n.value(x); out[i] == nil {
			return nil
		}
	}
	return out
}

// value compiles what has a text, a number or a truth: these compare with ==.
func (n native) value(x ast.Expr) value {
	switch n.ast.GetType(x.ID()) {
	case cel.StringType, cel.IntType, cel.BoolType:
	default:
		return nil
	}
	switch x.Kind() {
	case ast.LiteralKind:
		v := x.AsLiteral()
		return func(*scope) ref.Val { return v }
	case ast.IdentKind:
		if v := n.bound[x.AsIdent()]; v != nil {
			return v
		}
		va, ok := n.variable(x)
		if !ok {
			return nil
		}
		return func(s *scope) ref.Val { return s.resolve(va) }
	case ast.CallKind:
		args := x.AsCall().Args()
		switch x.AsCall().FunctionName() {
		case "attr":
			of := n.values(args)
			if of == nil {
				return nil
			}
			attr := n.c.attr
			return func(s *scope) ref.Val {
				list, _ := of[0](s).(types.String)
				code, _ := of[1](s).(types.String)
				key, _ := of[2](s).(types.String)
				return types.String(attr(string(list), string(code), string(key)))
			}
		case "size":
			if len(args) != 1 { // of a member
				return nil
			}
			if i, ok := n.param(args[0]); ok {
				return func(s *scope) ref.Val {
					if list, ok := s.v.env.Params.vals[i].(traits.Sizer); ok {
						return list.Size()
					}
					return types.IntZero
				}
			}
		}
	}
	return nil
}
