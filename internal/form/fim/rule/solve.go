package rule

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/form/fim"
)

// ExampleDay is what examples take for today.
func ExampleDay() clock.Date { return clock.Date{Year: 2026, Month: time.July, Day: 1} }

// Examples gives answers under which the condition holds and the clause is
// kept, and answers under which it is violated or, when that cannot be, the
// condition does not hold. A field that is not named is unanswered. Where one
// of them cannot be, or was not found within bounds, err says so.
func (c Clause) Examples() (yes, no map[Path]Value, err error) {
	s := c.idx.solver(c.When, c.Holds())
	if c.When != nil {
		if _, ok := s.find(c.When, true); !ok {
			return nil, nil, s.failed("contradictory: the condition can never hold")
		}
		if no, _ = s.find(c.When, false); no == nil {
			return nil, nil, s.failed("contradictory: the condition always holds")
		}
	}
	yes, ok := s.find(and(c.When, c.Holds()), true)
	if !ok {
		return nil, nil, s.failed("contradictory: it can never be kept")
	}
	if violated, ok := s.find(c.Holds(), false); ok {
		return yes, violated, nil
	}
	if no == nil {
		return nil, nil, s.failed("it says nothing, since it always holds")
	}
	return yes, no, nil
}

// Meets gives answers under which the conditions of both clauses hold; ok is
// false where there are none, or none were found within bounds.
func (c Clause) Meets(d Clause) (answers map[Path]Value, ok bool) {
	both := and(c.When, d.When)
	return c.idx.solver(both).find(both, true)
}

// satisfiable tells whether e can hold; when that was not found out, no.
func (idx *index) satisfiable(e *Expr) bool {
	_, ok := idx.solver(e).find(e, true)
	return ok
}

const maxSteps = 20_000

// solver looks for answers by trying, field by field, the values that can make
// a difference.
type solver struct {
	idx    *index
	tried  map[Path][]Value // per field; the zero Value is unanswered
	values map[Path]Value   // the answers so far, also zero Values
	steps  int
}

func (idx *index) solver(in ...*Expr) *solver {
	s := &solver{idx: idx, tried: map[Path][]Value{}}
	for _, e := range in {
		if e != nil {
			s.collect(e)
		}
	}
	return s
}

func (s *solver) failed(why string) error {
	if s.steps > maxSteps {
		return errors.New("not decided within bounds whether it can be kept and violated")
	}
	return errors.New(why)
}

// find looks for answers under which e has the truth want.
func (s *solver) find(e *Expr, want bool) (map[Path]Value, bool) {
	if e == nil {
		return map[Path]Value{}, want
	}
	s.values, s.steps = map[Path]Value{}, 0
	found := false
	s.solve(e, want, func() bool { found = true; return true })
	if !found {
		return nil, false
	}
	maps.DeleteFunc(s.values, func(_ Path, v Value) bool { return v == Value{} })
	return s.values, true
}

// solve calls then for each way in which e can have the truth want, until it
// gives true.
func (s *solver) solve(e *Expr, want bool, then func() bool) bool {
	if s.steps++; s.steps > maxSteps {
		return false
	}
	switch e.Op {
	case Not:
		return s.solve(e.Args[0], !want, then)
	case Ne:
		eq := *e
		eq.Op = Eq
		return s.solve(&eq, !want, then)
	case And, Or:
		if (e.Op == And) == want {
			return s.every(e.Args, want, then)
		}
		for _, a := range e.Args {
			if s.solve(a, want, then) {
				return true
			}
		}
		return false
	case Filled:
		return s.filled(e.Paths, want, then)
	}
	fields := slices.Clone(e.Paths)
	for _, t := range []Term{e.Left, e.Right} {
		if t.Path != "" {
			fields = append(fields, t.Path)
		}
	}
	return s.assign(fields, func() bool { return s.eval(e) == want && then() })
}

func (s *solver) every(args []*Expr, want bool, then func() bool) bool {
	if len(args) == 0 {
		return then()
	}
	return s.solve(args[0], want, func() bool { return s.every(args[1:], want, then) })
}

func (s *solver) filled(paths []Path, want bool, then func() bool) bool {
	if want {
		for _, p := range paths {
			if s.assign([]Path{p}, func() bool { return s.values[p] != Value{} && then() }) {
				return true
			}
		}
		return false
	}
	var added []Path
	for _, p := range paths {
		if v, ok := s.values[p]; !ok {
			s.values[p] = Value{}
			added = append(added, p)
		} else if (v != Value{}) {
			s.forget(added)
			return false
		}
	}
	if then() {
		return true
	}
	s.forget(added)
	return false
}

func (s *solver) forget(paths []Path) {
	for _, p := range paths {
		delete(s.values, p)
	}
}

// assign tries the values of those of the fields that have none yet.
func (s *solver) assign(fields []Path, then func() bool) bool {
	for len(fields) > 0 {
		if _, ok := s.values[fields[0]]; !ok {
			break
		}
		fields = fields[1:]
	}
	if len(fields) == 0 {
		s.steps++
		return then()
	}
	p := fields[0]
	for _, v := range s.tried[p] {
		if s.steps > maxSteps {
			break
		}
		s.values[p] = v
		if s.assign(fields[1:], then) {
			return true
		}
	}
	delete(s.values, p)
	return false
}

// collect gathers the values worth trying: for each comparison those beside
// its value, and some that are unlike all others.
func (s *solver) collect(e *Expr) {
	for _, a := range e.Args {
		s.collect(a)
	}
	for i, p := range e.Paths {
		s.basics(p)
		if e.Op == Calendar {
			for _, n := range [][]string{{"1", "31"}, {"1", "2"}, {"2024"}}[i] {
				s.add(p, Value{Number, n})
			}
		}
	}
	l, r := e.Left, e.Right
	if l.Path == "" && r.Path != "" {
		l, r = r, l
	}
	if l.Path == "" {
		return
	}
	if l.Years {
		n, _ := strconv.Atoi(r.Value.Text)
		for d := n - 1; d <= n+1; d++ {
			s.add(l.Path, Value{Date, ExampleDay().AddMonths(-12 * min(max(d, 0), 1500)).String()})
		}
		return
	}
	for _, v := range append(slices.Clone(e.Values), r.Value) {
		s.beside(l.Path, v)
	}
	if r.Today {
		s.beside(l.Path, Value{Date, ExampleDay().String()})
	}
	s.basics(l.Path)
	if r.Path != "" {
		s.basics(r.Path)
		for _, v := range slices.Clone(s.tried[l.Path]) {
			s.beside(r.Path, v)
		}
		for _, v := range slices.Clone(s.tried[r.Path]) {
			s.add(l.Path, v)
		}
	}
}

func (s *solver) add(p Path, v Value) {
	if n := s.idx.byPath[p]; n != nil && v.Kind == Text && n.field != nil && len(n.field.Values) > 0 &&
		!slices.ContainsFunc(n.field.Values, func(c fim.Value) bool { return c.Code == v.Text }) {
		return // no choice of the field
	}
	if !slices.Contains(s.tried[p], v) {
		s.tried[p] = append(s.tried[p], v)
	}
}

// beside tries v and its neighbours.
func (s *solver) beside(p Path, v Value) {
	switch v.Kind {
	case "":
		return
	case Number:
		f, err := strconv.ParseFloat(v.Text, 64)
		if err != nil {
			return
		}
		kind := Number
		if n := s.idx.byPath[p]; n != nil && n.field != nil && kindOf(n.field) == Text {
			kind = Text // numbers as codes
		}
		for _, x := range []string{v.Text, strconv.FormatFloat(f-1, 'f', -1, 64), strconv.FormatFloat(f+1, 'f', -1, 64)} {
			s.add(p, Value{kind, x})
		}
	case Date:
		if d, err := clock.ParseDate(v.Text); err == nil {
			s.add(p, v)
			s.add(p, Value{Date, d.AddDays(-1).String()})
			s.add(p, Value{Date, d.AddDays(1).String()})
		}
	default:
		s.add(p, v)
	}
}

// basics tries what does not depend on comparisons, unanswered first.
func (s *solver) basics(p Path) {
	if s.add(p, Value{}); p == State {
		for _, code := range []string{"NW", "TH", "RP", "ST"} {
			s.add(p, Value{Text, code})
		}
		s.tried[p] = slices.DeleteFunc(s.tried[p], func(v Value) bool { return v == Value{} }) // there is always one
		return
	}
	n := s.idx.byPath[p]
	if n == nil || n.field == nil {
		s.add(p, Value{Text, "x"})
		return
	}
	f := n.field
	for _, v := range f.Values[:min(len(f.Values), 40)] {
		s.add(p, Value{Text, v.Code})
	}
	if len(f.Values) > 0 {
		return
	}
	switch kindOf(f) {
	case Bool:
		s.add(p, Value{Bool, "true"})
		s.add(p, Value{Bool, "false"})
	case Number:
		for _, b := range []string{"1", f.Bounds.MinValue, f.Bounds.MaxValue} {
			if _, err := strconv.ParseFloat(b, 64); err == nil {
				s.add(p, Value{Number, b})
			}
		}
	case Date:
		s.add(p, Value{Date, ExampleDay().String()})
	default:
		s.add(p, Value{Text, "x"})
		s.add(p, Value{Text, "y"})
	}
}

// kindOf is the kind of the values of a field.
func kindOf(f *fim.Field) Kind {
	if len(f.Values) > 0 || f.FieldKind == fim.Select {
		return Text
	}
	switch f.Type {
	case fim.Bool:
		return Bool
	case fim.Number, fim.Integer, fim.Currency:
		return Number
	case fim.Date:
		return Date
	}
	return Text
}

// eval computes a comparison, as the CEL that is written for it does.
func (s *solver) eval(e *Expr) bool {
	get := func(t Term) Value {
		switch {
		case t.Today:
			return Value{Date, ExampleDay().String()}
		case t.Path == "":
			return t.Value
		}
		return s.values[t.Path]
	}
	a, b := get(e.Left), get(e.Right)
	switch {
	case e.Op == In:
		return slices.ContainsFunc(e.Values, func(v Value) bool { return same(a, v) })
	case e.Op == Calendar:
		return s.calendar(e.Paths)
	case a == Value{} || b == Value{}:
		return false
	case e.Op == Eq:
		return same(a, b)
	}
	var c int
	switch {
	case e.Left.Years:
		d, err := clock.ParseDate(a.Text)
		n, err2 := strconv.Atoi(b.Text)
		if err != nil || err2 != nil {
			return false
		}
		c = yearsSince(d) - n
	case a.Kind == Date && b.Kind == Date:
		c = strings.Compare(a.Text, b.Text)
	default:
		x, err := strconv.ParseFloat(a.Text, 64)
		y, err2 := strconv.ParseFloat(b.Text, 64)
		if err != nil || err2 != nil {
			return false
		}
		switch {
		case x < y:
			c = -1
		case x > y:
			c = 1
		}
	}
	return e.Op == Lt && c < 0 || e.Op == Le && c <= 0 || e.Op == Gt && c > 0 || e.Op == Ge && c >= 0
}

func same(a, b Value) bool {
	if a.Kind == Number || b.Kind == Number {
		x, err := strconv.ParseFloat(a.Text, 64)
		y, err2 := strconv.ParseFloat(b.Text, 64)
		return err == nil && err2 == nil && x == y
	}
	return a == b
}

func yearsSince(d clock.Date) int {
	now := ExampleDay()
	n := now.Year - d.Year
	if d.AddMonths(12 * n).After(now) {
		n--
	}
	return n
}

func (s *solver) calendar(parts []Path) bool {
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(s.values[p].Text)
		if err != nil {
			return false
		}
		n[i] = v
	}
	d := clock.Date{Year: n[2], Month: time.Month(n[1]), Day: n[0]}
	t := time.Date(n[2], time.Month(n[1]), n[0], 0, 0, 0, 0, time.UTC)
	return n[2] > 1 && n[2] < 10000 && clock.DateOf(t) == d
}
