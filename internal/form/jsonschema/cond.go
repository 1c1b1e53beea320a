package jsonschema

import (
	"math"
	"slices"

	"leitportal/internal/form"
)

// approx is a condition as schemas: sure accepts only where it holds, maybe
// wherever it can hold. Where they are the same, it is exact. A schema is an
// Object, or true or false.
type approx struct {
	sure, maybe any
	exact       bool
}

var unknown = approx{sure: false, maybe: true}

// level is what a schema can look at: one row of answers, or all of them. term
// gives the schema that looks at a field's answer: required says that the
// answer must be there. ok is false where the level does not see the field.
type level func(path string, value any, required bool) (schema Object, ok bool)

func (at level) cond(c form.Cond) approx {
	term := func(value any, required bool) approx {
		s, ok := at(c.Field, value, required)
		if !ok {
			return unknown
		}
		return approx{s, s, true}
	}
	switch c.Op {
	case form.CondAll, form.CondAny:
		join := all
		if c.Op == form.CondAny {
			join = anyOf
		}
		out := approx{exact: true}
		var sure, maybe []any
		for _, p := range c.Parts {
			a := at.cond(p)
			sure, maybe, out.exact = append(sure, a.sure), append(maybe, a.maybe), out.exact && a.exact
		}
		out.sure, out.maybe = join(sure), join(maybe)
		return out
	case form.CondNot:
		a := at.cond(c.Parts[0])
		return approx{negate(a.maybe), negate(a.sure), a.exact}
	case form.CondAnswered:
		return term(true, true)
	case form.CondHas:
		return term(Object{{"contains", Object{{"const", c.Codes[0]}}}}, true)
	case form.CondIs:
		if slices.Equal(c.Codes, []string{"true"}) {
			return term(Object{{"const", true}}, true)
		}
		with := slices.DeleteFunc(slices.Clone(c.Codes), func(s string) bool { return s == "" })
		if len(with) == 0 {
			return term(false, false)
		}
		return term(Object{{"enum", with}}, len(with) == len(c.Codes))
	case form.CondRange:
		var s Object
		if c.Lo != math.MinInt64 {
			s.Set("minimum", c.Lo)
		}
		if c.Hi != math.MaxInt64 {
			s.Set("maximum", c.Hi)
		}
		return term(s, c.Lo > 0 || c.Hi < 0)
	}
	return unknown
}

func all(list []any) any   { return join("allOf", list, true) }
func anyOf(list []any) any { return join("anyOf", list, false) }

// join leaves out what says nothing: unit. Its opposite decides alone.
func join(word string, list []any, unit bool) any {
	var out []any
	for _, s := range list {
		switch s {
		case unit:
		case !unit:
			return !unit
		default:
			out = append(out, s)
		}
	}
	switch len(out) {
	case 0:
		return unit
	case 1:
		return out[0]
	}
	return Object{{word, out}}
}

func negate(s any) any {
	if b, ok := s.(bool); ok {
		return !b
	}
	if o := s.(Object); len(o) == 1 && o[0].Name == "not" {
		return o[0].Value
	}
	return Object{{"not", s}}
}

// require makes rules of a condition: where it holds for sure, then; where it
// cannot hold, otherwise. nil is a rule that there is not.
func (a approx) require(then, otherwise any) (rules []any) {
	if a.exact && then != nil && otherwise != nil && a.sure != true && a.sure != false {
		return []any{Object{{"if", a.sure}, {"then", then}, {"else", otherwise}}}
	}
	if then != nil && a.sure != false {
		if a.sure == true {
			rules = append(rules, then)
		} else {
			rules = append(rules, Object{{"if", a.sure}, {"then", then}})
		}
	}
	if otherwise != nil && a.maybe != true {
		if a.maybe == false {
			rules = append(rules, otherwise)
		} else {
			rules = append(rules, Object{{"if", a.maybe}, {"else", otherwise}})
		}
	}
	return rules
}
