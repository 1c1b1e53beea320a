package form

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
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
	steps []Step
	found []search
	err   error
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
	// remembered: 0 unknown, 1 yes, 2 no
	vis, pageVis []int8
	cel          []ref.Val
	calcs        []ref.Val
}

// Open looks at a.
func (p *Program) Open(a *Answers, env Env) *View {
	if env.Params == nil {
		env.Params, _ = p.Params(nil) // cannot fail without values
	}
	v := &View{p: p, a: a, env: env, today: dateVal(env.Today)}
	v.top = &scope{}
	v.fill(v.top, nil, p.top, a.top, 0)
	return v
}

func (v *View) fill(s, up *scope, t *table, r *rec, index int) {
	n, pages, groups := len(t.fields), len(t.pages), len(t.groups)
	flags := make([]int8, n+pages)
	vals := make([]ref.Val, n+len(t.calcs)+groups)
	*s = scope{v: v, up: up, t: t, rec: r, index: index, vis: flags[:n:n], pageVis: flags[n:], cel: vals[:n:n], calcs: vals[n : len(vals)-groups], lists: vals[len(vals)-groups:]}
	if groups > 0 {
		s.inst = make([][]scope, groups)
	}
}

// Answers are what the View looks at.
func (v *View) Answers() *Answers { return v.a }

// Err is the first rule that failed at run time, for the log; what it should
// have shown is hidden, and Validate and Parse report a problem.
func (v *View) Err() error {
	if v.err == nil && v.a.bad != nil {
		return *v.a.bad
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
		recs := s.rec.lists[g.idx].recs
		scopes := make([]scope, len(recs))
		for i, r := range recs {
			s.v.fill(&scopes[i], s, &g.table, r, i+1)
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

// scopeOf is the scope of a record of t, nil where there is none.
func (v *View) scopeOf(t *table, r *rec) *scope {
	s := v.top
	for depth, g := range t.chain {
		i := s.rec.lists[g.idx].find(r.ids[depth])
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
	switch s.vis[f.idx] {
	case 1:
		return true
	case 2:
		return false
	}
	ok := s.pageVisible(f.page) && f.when.holds(s)
	s.vis[f.idx] = flag(ok)
	return ok
}

func flag(ok bool) int8 {
	if ok {
		return 1
	}
	return 2
}

// value is f's answer as rules see it; hidden or unanswered it is the
// harmless one.
func (s *scope) value(f *field) ref.Val {
	if v := s.cel[f.idx]; v != nil {
		return v
	}
	v := f.zero
	if (f.value != nil || s.rec.has(f)) && s.visible(f) {
		if raw := s.current(f); raw != nil {
			v = f.celValue(raw)
		}
	}
	s.cel[f.idx] = v
	return v
}

func (s *scope) answered(f *field) bool {
	return (s.rec.has(f) || s.given(f) != nil) && s.visible(f)
}

func (s *scope) calc(i int) ref.Val {
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

// State says how far a step is.
type State string

// The states of a step.
const (
	// Done: saved, and nothing that is required is missing.
	Done State = "done"
	// Current: the first step that is not done.
	Current State = "current"
	// Open: any later step that is not done.
	Open State = "open"
)

// Step is one page instance that is to be answered.
type Step struct {
	// Path is the page instance path: "halter", "hund/3".
	Path string
	// Page is the page's id, Section the id of its section.
	Page, Section string
	// Group and Instance name the innermost repeating group and instance of the
	// page; "" and 0 elsewhere.
	Group    string
	Instance int
	// IsList marks the page that lists the instances of Group; its Instance is
	// 0 even where that group lies within another.
	IsList bool
	// Within is the answer path of the instance the page is asked in
	// ("haushalt/2.kinder/1"); "" outside of groups.
	Within string
	// Stop marks the page on which an application ends without being sent. It
	// is the last of the steps, and never done.
	Stop  bool
	State State

	pg *page
	s  *scope
}

// Reachable tells whether the applicant may open the step: it is done, or it
// is the first that is not.
func (st Step) Reachable() bool { return st.State != Open }

// Steps are all steps in the order they are asked, as far as today's answers
// show, up to a page that stops. They are found once; the slice must not be
// changed.
func (v *View) Steps() []Step {
	if v.steps == nil {
		v.steps = v.findSteps()
	}
	return v.steps
}

func (v *View) findSteps() []Step {
	n := 0
	v.top.walk(v.p.plan, func(*page, *scope) { n++ })
	steps := make([]Step, 0, n)
	current, stopped := false, false
	v.top.walk(v.p.plan, func(pg *page, s *scope) {
		if stopped || pg.def.Stop && current { // which is not known yet
			return
		}
		stopped = pg.def.Stop
		st := v.step(pg, s)
		if st.State == Open && !current {
			current, st.State = true, Current
		}
		steps = append(steps, st)
	})
	return steps
}

// walk goes through the shown pages of some blocks in the order they are
// asked.
func (s *scope) walk(blocks []block, do func(*page, *scope)) {
	for i := range blocks {
		b := &blocks[i]
		if b.group == nil {
			if s.pageVisible(b.page) && !s.silent(b.page) {
				do(b.page, s)
			}
			continue
		}
		scopes := s.instances(b.group)
		for j := range scopes {
			scopes[j].walk(b.inner, do)
		}
	}
}

// step describes one page instance; its State is Done or Open.
func (v *View) step(pg *page, s *scope) Step {
	st := Step{Path: pg.path(s.rec), Page: pg.id, Section: pg.def.Section, Stop: pg.def.Stop, State: Open, Within: s.rec.within(), pg: pg, s: s}
	if s.done(pg) {
		st.State = Done
	}
	switch {
	case pg.list != nil:
		st.Group, st.IsList = pg.list.id, true
	case pg.table.group != nil:
		st.Group, st.Instance = pg.table.group.id, s.rec.id
	}
	return st
}

// done tells whether a page has been answered, and nothing is missing on it.
func (s *scope) done(pg *page) bool {
	if pg.list != nil {
		l := &s.rec.lists[pg.list.idx]
		return l.done && len(l.recs) >= pg.list.min
	}
	return !pg.def.Stop && (s.silent(pg) || s.rec.saved[pg.idx] && s.complete(pg))
}

// finished tells whether all pages of an instance, and of those in it, are
// done.
func (s *scope) finished() bool {
	for _, pg := range s.t.pages {
		if s.pageVisible(pg) && !s.done(pg) {
			return false
		}
	}
	for _, g := range s.t.groups {
		scopes := s.instances(g)
		for i := range scopes {
			if !scopes[i].finished() {
				return false
			}
		}
	}
	return true
}

// complete tells whether nothing required is missing on the page.
func (s *scope) complete(pg *page) bool {
	for _, f := range pg.must {
		if !s.rec.has(f) && s.required(f) && s.visible(f) && s.given(f) == nil {
			return false
		}
	}
	return true
}

func (s *scope) required(f *field) bool {
	return f.node.Required || f.kind == Confirm || f.require != nil && f.require.holds(s)
}

// Step is the step at a page instance path. It is ErrNoPage when there is no
// such page, or the answers so far do not lead to it.
func (v *View) Step(path string) (Step, error) {
	for _, st := range v.Steps() {
		if st.Path == path {
			return st, nil
		}
	}
	return Step{}, fmt.Errorf("form %s: %w: %q", v.p.id, ErrNoPage, path)
}

// Current is the first step that is not done; ok is false when all are.
func (v *View) Current() (st Step, ok bool) {
	for _, st := range v.Steps() {
		if st.State == Current {
			return st, true
		}
	}
	return Step{}, false
}

// Next is the step after path; ok is false when path was the last. Whoever
// comes from one instance does not pass through another that is done already.
func (v *View) Next(path string) (st Step, ok bool) {
	steps := v.Steps()
	for i, from := range steps {
		if from.Path != path {
			continue
		}
		for _, to := range steps[i+1:] {
			if to.State == Done && from.s.aside(to.s) {
				continue
			}
			return to, true
		}
		return Step{}, false
	}
	return v.Current()
}

// aside tells whether o lies in another instance of a group than s does.
func (s *scope) aside(o *scope) bool {
	for i := range min(len(s.t.chain), len(o.t.chain)) {
		if s.t.chain[i] != o.t.chain[i] {
			return false
		}
		if s.rec.ids[i] != o.rec.ids[i] {
			return true
		}
	}
	return false
}

// Before is the step before path, for a link back.
func (v *View) Before(path string) (st Step, ok bool) {
	for _, s := range v.Steps() {
		if s.Path == path {
			return st, ok
		}
		st, ok = s, true
	}
	return Step{}, false
}

// Prune is the answers without those of abandoned branches: hidden pages,
// hidden fields, groups that are not asked for. Pruning twice is pruning once.
func (v *View) Prune() *Answers {
	return &Answers{v.p, v.top.prune(), v.a.bad}
}

func (s *scope) prune() *rec {
	r := s.rec.clone()
	for _, f := range s.t.fields {
		if !s.visible(f) {
			r.set(f, nil)
		} else if v := s.given(f); v != nil {
			r.set(f, v)
		}
	}
	for _, pg := range s.t.pages {
		r.saved[pg.idx] = s.pageVisible(pg) && (r.saved[pg.idx] || s.silent(pg))
	}
	r.lists = slices.Clone(r.lists)
	for i, g := range s.t.groups {
		if !s.pageVisible(g.list) {
			r.lists[i] = newList(g, r)
			continue
		}
		scopes := s.all(g)
		r.lists[i].recs = make([]*rec, len(scopes))
		for j := range scopes {
			r.lists[i].recs[j] = scopes[j].prune()
		}
	}
	return r
}
