package form

import (
	"strconv"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Answers that a rule gives: `value`, where nobody is asked, and `default`,
// which stands in the control until the page is saved (FORMAT.md).

// given is the answer that a rule gives in the place of the person, nil where
// the person is asked.
func (s *scope) given(f *field) Value {
	if f.value == nil {
		return nil
	}
	return f.ofRule(f.value.eval(s))
}

// current is f's answer: given by a rule, else by the person.
func (s *scope) current(f *field) Value {
	if v := s.given(f); v != nil {
		return v
	}
	return s.rec.val(f)
}

// silent tells of a page on which nothing is left to ask or to say: all its
// shown fields have their answers from rules.
func (s *scope) silent(pg *page) bool {
	if !pg.gives || len(pg.notes) > 0 || pg.def.Stop {
		return false
	}
	for _, f := range pg.fields {
		if s.visible(f) && s.given(f) == nil {
			return false
		}
	}
	return true
}

// ofRule is the value of a rule as an answer; nil where it is none: empty, or
// no code of the list.
func (f *field) ofRule(v ref.Val) Value {
	switch v := v.(type) {
	case types.String:
		if v == "" {
			return nil
		}
		if f.kind == OneOf || f.kind == Country || f.kind == Nationality {
			i, ok := f.byCode[string(v)]
			if !ok {
				return nil
			}
			return f.choices[i].value
		}
		return string(v)
	case types.Bool:
		return bool(v)
	case types.Int:
		return int64(v)
	case types.Double:
		return strconv.FormatFloat(float64(v), 'f', -1, 64)
	case types.Timestamp:
		if d, ok := civil(v); ok && d.Year >= 1000 {
			return d
		}
	}
	return nil
}

// giving compiles the rules that give f's answer.
func (c *compiler) giving(where string, f *field, pf PageField) {
	if pf.Value != "" && pf.Default != "" {
		c.failf("%s %s: value and default exclude each other", where, f.path)
	}
	one := func(key, src string) *expr {
		if src == "" {
			return nil
		}
		where := where + " " + f.path + " " + key
		switch f.kind {
		case Confirm, SomeOf, Ranking, Period, Register, Geo, Signature, DateTime, Files:
			c.failf("%s: a %s has none", where, f.kind)
			return nil
		}
		e := c.compileExpr(where, src, f.kind.celType(), f.table)
		if e == nil {
			return nil
		}
		for dep := range c.expand(e.deps) {
			if dep.page.order >= f.page.order {
				c.failf("%s: %s is asked too late (page %s)", where, dep.path, dep.page.id)
			}
		}
		if e.constant != nil && f.ofRule(e.constant) == nil {
			c.failf("%s: %s is no answer", where, src)
		}
		return e
	}
	f.value, f.initial = one("value", pf.Value), one("default", pf.Default)
	f.page.gives = f.page.gives || f.value != nil
}

// stands is what stands in f's control at first.
func (s *scope) stands(f *field) Value {
	v := s.rec.val(f)
	if v == nil && f.initial != nil && !s.rec.saved(f.page) {
		return f.ofRule(f.initial.eval(s))
	}
	return v
}
