package prove

import (
	"cmp"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"leitportal/internal/clock"
	"leitportal/internal/form"
)

// term is the value of x from the values of its variables, which it adds to
// vars; nil where it cannot be told. exact tells that the candidates show
// every case.
func (s *solver) term(x ast.Expr, b bound, vars *[]string) (f func(get func(string) any) any, exact bool) {
	if v, answered := s.variable(x, b); v != "" {
		if !slices.Contains(*vars, v) {
			*vars = append(*vars, v)
		}
		if answered {
			return func(get func(string) any) any { return get("answered." + v) }, true
		}
		field := s.w.m.fields[v]
		return func(get func(string) any) any { return get(v) }, field == nil || exactKind(field.Kind)
	}
	if e, ok := b[name(x)].(ast.Expr); ok {
		return s.term(e, b, vars)
	}
	constant := func(v any) func(func(string) any) any { return func(func(string) any) any { return v } }
	switch x.Kind() {
	case ast.LiteralKind:
		return constant(x.AsLiteral().Value()), true
	case ast.IdentKind:
		if x.AsIdent() == "today" {
			return constant(s.w.set.Today), true
		}
	case ast.ListKind:
		return s.terms(x.AsList().Elements(), b, vars, func(vals []any) any { return vals })
	case ast.CallKind:
		args := x.AsCall().Args()
		switch op := x.AsCall().FunctionName(); op {
		case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
			t, exact := s.terms(args, b, vars, func(v []any) any { return compare(op, v[0], v[1]) })
			ordered := op != operators.Equals && op != operators.NotEquals
			for _, v := range *vars {
				if f := s.w.m.fields[v]; f != nil && ordered && f.Kind != form.Int && f.Kind != form.Money && f.Kind != form.Date {
					exact = false // the neighbours of a text are not tried
				}
			}
			return t, exact
		case operators.In:
			return s.terms(args, b, vars, func(v []any) any { return contains(v[1], v[0]) })
		case "attr":
			t, exact := s.terms(args, b, vars, func(v []any) any { return nil })
			if t == nil || len(*vars) == 0 {
				return nil, false
			}
			field := s.w.m.fields[(*vars)[len(*vars)-1]]
			if field == nil {
				return nil, false
			}
			return s.attr(args, b, field), exact
		case "date":
			return s.terms(args, b, vars, func(v []any) any {
				if len(v) == 1 {
					text, _ := v[0].(string)
					d, _ := clock.ParseDate(text)
					return d
				}
				var n [3]int64
				for i := range n {
					n[i], _ = v[i].(int64)
				}
				d, _ := clock.ParseDate(isoDate(n[:]))
				return d
			})
		case "size":
			if len(args) == 1 {
				if g := s.w.m.groups[name(args[0])]; g != nil {
					*vars = append(*vars, "#"+g.Path)
					return func(get func(string) any) any { return get("#" + g.Path) }, true
				}
				t, _ := s.terms(args, b, vars, func(v []any) any { return size(v[0]) })
				return t, false
			}
		}
	}
	return nil, false
}

func (s *solver) terms(args []ast.Expr, b bound, vars *[]string, of func([]any) any) (func(get func(string) any) any, bool) {
	list := make([]func(func(string) any) any, len(args))
	exact := true
	for i, a := range args {
		t, e := s.term(a, b, vars)
		if t == nil {
			return nil, false
		}
		list[i], exact = t, exact && e
	}
	return func(get func(string) any) any {
		vals := make([]any, len(list))
		for i, t := range list {
			vals[i] = t(get)
		}
		return of(vals)
	}, exact
}

// attr is the attribute of a choice, by the codes of the field it is of.
func (s *solver) attr(args []ast.Expr, b bound, f *form.FieldInfo) func(func(string) any) any {
	key, _ := args[2].AsLiteral().Value().(string)
	return func(get func(string) any) any {
		code, _ := get(f.Path).(string)
		if i := place(*f, code); i >= 0 {
			return f.Choices[i].Attrs[key]
		}
		return ""
	}
}

// exactKind tells whether the candidates of a kind show every case of a
// comparison with a constant.
func exactKind(k form.Kind) bool {
	switch k {
	case form.Bool, form.Confirm, form.OneOf, form.Country, form.Nationality, form.Int, form.Money, form.Date:
		return true
	}
	return exactText(k)
}

func size(v any) any {
	switch v := v.(type) {
	case string:
		return int64(len([]rune(v)))
	case []string:
		return int64(len(v))
	case []int64:
		return int64(len(v))
	case []any:
		return int64(len(v))
	}
	return nil
}

func contains(list, v any) any {
	switch l := list.(type) {
	case []any:
		return slices.ContainsFunc(l, func(x any) bool { return compare(operators.Equals, x, v) == true })
	case []string:
		s, ok := v.(string)
		return ok && slices.Contains(l, s)
	case []int64:
		n, ok := v.(int64)
		return ok && slices.Contains(l, n)
	}
	return nil
}

func compare(op string, a, b any) any {
	var c int
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		if !ok {
			return nil
		}
		c = strings.Compare(x, y)
	case int64:
		y, ok := b.(int64)
		if !ok {
			return nil
		}
		c = cmp.Compare(x, y)
	case float64:
		y, ok := b.(float64)
		if !ok {
			return nil
		}
		c = cmp.Compare(x, y)
	case clock.Date:
		y, ok := b.(clock.Date)
		if !ok {
			return nil
		}
		c = x.Compare(y)
	case bool:
		y, ok := b.(bool)
		if !ok {
			return nil
		}
		c = map[bool]int{true: 0, false: 1}[x == y]
	default:
		return nil
	}
	switch op {
	case operators.Equals:
		return c == 0
	case operators.NotEquals:
		return c != 0
	case operators.Less:
		return c < 0
	case operators.LessEquals:
		return c <= 0
	case operators.Greater:
		return c > 0
	}
	return c >= 0
}
