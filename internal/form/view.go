package form

import (
	"errors"
	"reflect"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// Env is what a form is seen against.
type Env struct {
	// Params are the municipality's; nil: all empty.
	Params *Params
	// Today is the date in Germany.
	Today clock.Date
	Lang  i18n.Lang
}

// View is answers as a Program sees them on one day, for one municipality and
// in one language. It remembers what it has evaluated, is cheap to make, and
// is for one goroutine.
type View struct {
	p     *Program
	a     *Answers
	env   Env
	today ref.Val
	top   *scope
	done  []known // per page outside of groups that repeat
	steps []Step
	found []search
	err   error
	// unsure is set by a rule compiled to Go that cannot tell (truth.go)
	unsure bool
}

// scope is one record seen through a View. It is the activation of the rules
// that run in it, and itself a value in rules (one instance).
type scope struct {
	v     *View
	up    *scope // the scope around it; nil for the application
	t     *table
	rec   *rec
	index int // 1…; 0 for the application
	// per group that repeats in it: its instances, and the same for rules
	inst  [][]scope
	lists []ref.Val
	// remembered
	pageVis []known   // per page
	seen    [][]seen  // per page and field; nil: nothing of the page yet
	calcs   []ref.Val // nil: none yet
}

// seen is what a View remembers of a field.
type seen struct {
	val ref.Val
	vis known
}

// known is what was found out: 0 nothing yet, 1 yes, 2 no.
type known int8

// Open looks at a.
func (p *Program) Open(a *Answers, env Env) *View {
	if env.Params == nil {
		env.Params, _ = p.Params(nil) // cannot fail without values
	}
	return open(View{p: p, env: env, today: dateVal(env.Today)}, a)
}

// again looks at other answers of the same form as v does.
func (v *View) again(a *Answers) *View { return open(View{p: v.p, env: v.env, today: v.today}, a) }

// open makes a View in one piece with its first scope: every page posted needs
// two of them.
func open(like View, a *Answers) *View {
	one := &struct {
		View
		scope
	}{View: like}
	v, n := &one.View, len(like.p.top.pages)
	v.a, v.top = a, &one.scope
	v.fill(v.top, nil, v.p.top, a.top, 0)
	flags := make([]known, 2*n)
	v.done, v.top.pageVis = flags[:n:n], flags[n:]
	return v
}

func (v *View) fill(s, up *scope, t *table, r *rec, index int) {
	n := len(t.pages)
	*s = scope{v: v, up: up, t: t, rec: r, index: index, seen: make([][]seen, n)}
	if groups := len(t.groups); groups > 0 {
		s.inst, s.lists = make([][]scope, groups), make([]ref.Val, groups)
	}
}

// field is what is remembered of f.
func (s *scope) field(f *field) *seen {
	of := s.seen[f.page.idx]
	if of == nil {
		of = make([]seen, len(f.page.fields))
		s.seen[f.page.idx] = of
	}
	return &of[f.at]
}

// Answers are what the View looks at.
func (v *View) Answers() *Answers { return v.a }

// Err is the first rule that failed at run time, for the log; what it should
// have shown is hidden, and Validate and Parse report a problem.
func (v *View) Err() error {
	if v.err == nil && v.a.src != nil {
		return v.a.src.bad
	}
	return v.err
}

func (v *View) fail(err error) {
	if v.err == nil {
		v.err = err
	}
}

// all are the scopes of a group's instances in s, whether it is shown or not.
func (s *scope) all(g *group) []scope {
	if s.inst[g.idx] == nil {
		recs := s.rec.list(g).recs
		scopes := make([]scope, len(recs))
		for i, r := range recs {
			s.v.fill(&scopes[i], s, &g.table, r, i+1)
			scopes[i].pageVis = make([]known, len(g.table.pages))
		}
		s.inst[g.idx] = scopes
	}
	return s.inst[g.idx]
}

// instances are the scopes of a group as rules and steps see them: none where
// its list page is hidden.
func (s *scope) instances(g *group) []scope {
	if !s.pageVisible(g.list) {
		return nil
	}
	return s.all(g)
}

// each goes through the scopes at the end of a chain of groups inside s; of is
// all or instances.
func (s *scope) each(chain []*group, of func(*scope, *group) []scope, do func(*scope)) {
	if len(chain) == 0 {
		do(s)
		return
	}
	scopes := of(s, chain[0])
	for i := range scopes {
		scopes[i].each(chain[1:], of, do)
	}
}

// scopeOf is the scope of t in the instances ids, nil where there is none.
func (v *View) scopeOf(t *table, ids [maxDepth]int) *scope {
	s := v.top
	for depth, g := range t.chain {
		i := s.rec.list(g).find(ids[depth])
		if i < 0 {
			return nil
		}
		s = &s.all(g)[i]
	}
	return s
}

// of is the scope for t seen from s: its own or one around it.
func (s *scope) of(t *table) *scope {
	if t.group == nil {
		return s.v.top
	}
	for s.t != t {
		s = s.up
	}
	return s
}

func (s *scope) pageVisible(pg *page) bool {
	switch s.pageVis[pg.idx] {
	case 1:
		return true
	case 2:
		return false
	}
	ok := (s.up == nil || s.up.pageVisible(s.t.group.list)) && pg.when.holds(s)
	s.pageVis[pg.idx] = flag(ok)
	return ok
}

func (s *scope) visible(f *field) bool {
	see := s.field(f)
	switch see.vis {
	case 1:
		return true
	case 2:
		return false
	}
	ok := s.pageVisible(f.page) && f.when.holds(s)
	see.vis = flag(ok)
	return ok
}

func flag(ok bool) known {
	if ok {
		return 1
	}
	return 2
}

// value is f's answer as rules see it; hidden or unanswered it is the
// harmless one.
func (s *scope) value(f *field) ref.Val {
	see := s.field(f)
	if see.val != nil {
		return see.val
	}
	v := f.zero
	if (f.value != nil || s.rec.has(f)) && s.visible(f) {
		if raw := s.current(f); raw != nil {
			v = f.celValue(raw)
		}
	}
	see.val = v
	return v
}

func (s *scope) answered(f *field) bool {
	return (s.rec.has(f) || s.given(f) != nil) && s.visible(f)
}

func (s *scope) calc(i int) ref.Val {
	if s.calcs == nil {
		s.calcs = make([]ref.Val, len(s.t.calcs))
	}
	if s.calcs[i] == nil {
		s.calcs[i] = s.t.calcs[i].eval(s)
	}
	return s.calcs[i]
}

// ResolveName gives a rule the value of a name.
func (s *scope) ResolveName(name string) (any, bool) {
	va, ok := s.v.p.vars[name]
	if !ok {
		return nil, false
	}
	v := s.resolve(va)
	return v, v != nil
}

// resolve is the value of a variable, nil for none.
func (s *scope) resolve(va variable) ref.Val {
	if va.table != nil {
		s = s.of(va.table)
	}
	switch va.kind {
	case varField:
		return s.value(s.t.fields[va.idx])
	case varAnswered:
		return types.Bool(s.answered(s.t.fields[va.idx]))
	case varCalc:
		return s.calc(va.idx)
	case varParam:
		return s.v.env.Params.vals[va.idx]
	case varToday:
		return s.v.today
	case varGroup:
		return s.list(va.idx)
	case varIndex:
		return types.Int(s.index)
	}
	return nil
}

// Parent ends the chain of activations.
func (s *scope) Parent() cel.Activation { return nil }

// list is the instances of a group in s as a value.
func (s *scope) list(i int) ref.Val {
	if s.lists[i] == nil {
		scopes := s.instances(s.t.groups[i])
		vals := make([]ref.Val, len(scopes))
		for j := range scopes {
			vals[j] = &scopes[j]
		}
		s.lists[i] = types.NewRefValList(types.DefaultTypeAdapter, vals)
	}
	return s.lists[i]
}

// ConvertToNative refuses: an instance stays inside its rules.
func (s *scope) ConvertToNative(reflect.Type) (any, error) {
	return nil, errors.New("form: an instance cannot be converted")
}

// ConvertToType refuses likewise.
func (s *scope) ConvertToType(ref.Type) ref.Val {
	return types.NewErr("form: an instance cannot be converted")
}

// Equal tells whether two instances are the same one.
func (s *scope) Equal(other ref.Val) ref.Val {
	o, ok := other.(*scope)
	return types.Bool(ok && o.rec == s.rec)
}

// Type is the type of the group's instances.
func (s *scope) Type() ref.Type {
	if s.t.group == nil {
		return types.NewObjectType("form")
	}
	return types.NewObjectType(s.t.group.kindInCEL)
}

// Value is the scope itself, for the provider's getters.
func (s *scope) Value() any { return s }

// label names an instance on screen.
func (s *scope) label() string {
	if s.t.group == nil {
		return ""
	}
	if f := s.t.group.label; f != nil {
		if v := s.rec.val(f); v != nil {
			return f.display(v, s.v.env.Lang)
		}
	}
	return s.text(&s.t.group.one)
}

// where names an instance and those around it: "Kind 1 von Person 2".
func (s *scope) where() string {
	name := s.label()
	for up := s.up; up != nil && up.up != nil; up = up.up {
		name = s.v.p.word(s.v.env.Lang, "form.within", "inner", i18n.AsOwn(s.v.env.Lang, name), "outer", i18n.AsOwn(s.v.env.Lang, up.label()))
	}
	return name
}

// text fills in what every text may use: {n}, {label}, {params.…}, and of the
// instances around {person.n}, {person.label}.
func (s *scope) text(t *text) string { return s.textWith(t, nil) }

func (s *scope) textWith(t *text, more func(string) (string, bool)) string {
	return t.fill(s.v.env.Lang, func(name string) (string, bool) {
		if more != nil {
			if v, ok := more(name); ok {
				return v, true
			}
		}
		switch {
		case name == "n" && s.index > 0:
			return strconv.Itoa(s.index), true
		case name == "label" && s.index > 0:
			if t == &s.t.group.one {
				return "", false
			}
			return s.label(), true
		}
		if param, ok := strings.CutPrefix(name, "params."); ok {
			if i, ok := s.v.p.byParam[param]; ok {
				return s.v.env.Params.display(i, s.v.env.Lang), true
			}
		}
		as, what, _ := strings.Cut(name, ".")
		for of := s; of.up != nil; of = of.up {
			switch {
			case of.t.group.as != as:
			case what == "n":
				return strconv.Itoa(of.index), true
			case what == "label" && t != &of.t.group.one:
				return of.label(), true
			}
		}
		return "", false
	})
}

// Prune is the answers without those of abandoned branches: hidden pages,
// hidden fields, groups that are not asked for. Pruning twice is pruning once.
func (v *View) Prune() *Answers {
	return &Answers{v.p, v.top.prune(), v.a.src}
}

func (s *scope) prune() *rec {
	r := s.rec.clone()
	for _, pg := range s.t.pages {
		if pg.list != nil {
			continue
		}
		l := r.edit(pg)
		for _, f := range pg.fields {
			if !s.visible(f) {
				l.set(f, nil)
			} else if v := s.given(f); v != nil {
				l.set(f, v)
			}
		}
		l.saved = s.pageVisible(pg) && (l.saved || s.silent(pg))
	}
	for _, g := range s.t.groups {
		if !s.pageVisible(g.list) {
			r.lists[g.idx] = newList(g, r, nil)
			continue
		}
		scopes := s.all(g)
		l := r.ownList(g)
		l.recs = make([]*rec, len(scopes))
		for j := range scopes {
			l.recs[j] = scopes[j].prune()
		}
	}
	return r
}
