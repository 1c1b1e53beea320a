package prove

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"leitportal/internal/form"
)

// cover walks a form until every page was asked, every rule was true and
// false, every field answered and every choice chosen, or the budget ends.
type cover struct {
	m      *model
	w      *walker // in the first setting, also with other parameters
	s      *solver
	budget *Budget
	open   []goal
	pages  map[string]bool
	fields map[string]bool // answered on a page that was accepted
	codes  map[string]bool // path + "=" + code
	stuck  []*Stuck
	seen   map[string]bool // of stuck
	apps   []Application
	stops  []Application // one for each page that stops
	walks  int
	values int // that rules can come to
}

// goal is a rule that has not yet had a value.
type goal struct {
	rule int
	want bool
}

func newCover(p *form.Program, settings []Setting, budget *Budget) (*cover, error) {
	c := &cover{
		m: newModel(p), budget: budget, pages: map[string]bool{}, fields: map[string]bool{}, codes: map[string]bool{}, seen: map[string]bool{},
	}
	for i, r := range c.m.in.Rules {
		if r.Truth && r.Kind != form.Calculate && !plainly(r.Source) {
			c.open = append(c.open, goal{i, true})
			if !c.repeats(r) {
				c.open = append(c.open, goal{i, false})
			}
		}
	}
	c.values = len(c.open)
	for i, set := range settings {
		w, err := c.walker(set)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			c.w, c.s = w, newSolver(w)
		}
		for _, how := range []How{Smallest, Fullest} {
			c.walk(w, plan{how: how}, true)
		}
	}
	return c, nil
}

// plainly tells that a rule says yes or no in so many words.
func plainly(source string) bool {
	s := strings.TrimSpace(source)
	return s == "true" || s == "false"
}

func (c *cover) walker(set Setting) (*walker, error) {
	w, err := newWalker(c.m, set, c.budget)
	if err != nil {
		return nil, err
	}
	w.see = c.note
	w.took = c.took
	return w, nil
}

// note strikes off what a state of the answers shows.
func (c *cover) note(v *form.View) {
	c.open = slices.DeleteFunc(c.open, func(g goal) bool {
		holds, fails := v.Truth(c.m.in.Rules[g.rule])
		return g.want && holds || !g.want && fails
	})
}

func (c *cover) took(page, path string, cand candidate) {
	c.pages[page] = true
	if path == "" || cand.value == nil {
		return
	}
	c.fields[path] = true
	for _, code := range cand.typed {
		c.codes[path+"="+code] = true
	}
}

// walk tries a plan; with real parameters a dead end on the way is kept.
func (c *cover) walk(w *walker, pl plan, real bool) bool {
	c.walks++
	w.met = nil
	if real {
		w.met = func(s *Stuck) {
			key := s.Page + fmt.Sprint(s.rules)
			for _, p := range s.Problems {
				key += p.Key
			}
			if !c.seen[key] {
				c.seen[key] = true
				c.stuck = append(c.stuck, s)
			}
		}
	}
	w.stops = nil
	if real {
		w.stops = func(a Application) {
			last := func(a Application) string { return a.Steps[len(a.Steps)-1].Path }
			if !slices.ContainsFunc(c.stops, func(b Application) bool { return last(a) == last(b) }) {
				c.stops = append(c.stops, a)
			}
		}
	}
	app, stuck := w.fill(pl)
	if stuck == nil && real {
		c.apps = append(c.apps, app)
	}
	return stuck == nil
}

// pursue tries ways until done says so. tried is how many were tried.
func (c *cover) pursue(from ways, done func() bool) (tried int) {
	for _, one := range from.list {
		if tried >= maxPursuits || c.budget.Left <= 0 {
			return tried
		}
		tried++
		w, pl, real := c.plan(one)
		if w == nil {
			continue
		}
		c.walk(w, pl, real)
		if done() {
			return tried
		}
	}
	return tried
}

const maxPursuits = 64 // walks for the sake of one value of one rule

// plan makes a wish a plan, in the first setting or one with the wish's
// parameters.
func (c *cover) plan(one wish) (w *walker, pl plan, real bool) {
	pl = plan{how: plain, want: map[string][]int{}, count: map[string]int{}}
	var params map[string]any
	for _, v := range slices.Sorted(maps.Keys(one)) {
		name, ok := strings.CutPrefix(v, "params.")
		switch g := c.s.group(v); {
		case ok && one[v][0] > 0:
			if params == nil {
				params = maps.Clone(c.w.set.Params)
				if params == nil {
					params = map[string]any{}
				}
			}
			params[name] = c.s.params(name)[one[v][0]]
		case ok:
		case g != nil:
			pl.count[g.Path] = g.Min + one[v][0]
		default:
			pl.want[v] = one[v][:1]
		}
	}
	if params == nil {
		return c.w, pl, true
	}
	set := c.w.set
	set.Name, set.Params = "", params
	w, err := c.walker(set)
	if err != nil {
		return nil, pl, false
	}
	w.cands = c.w.cands // what a wish numbers
	return w, pl, false
}

// premise are the ways in which a rule is asked at all.
func (c *cover) premise(r form.RuleInfo) ways {
	switch r.Kind {
	case form.ShowPage, form.LineWhen, form.SendTo:
		if g := c.m.groups[r.Group]; g != nil {
			return c.s.instances(g)
		}
		return always
	case form.ShowField, form.ShowNote:
		return c.s.page(r.Page)
	case form.Demand:
		return c.s.visible(r.Field)
	}
	out := c.s.page(r.Page)
	if c.m.fields[r.Field] != nil {
		out = and(c.s.visible(r.Field), c.answered(r.Field))
	}
	if r.Kind == form.CheckMust {
		for i, when := range c.m.in.Rules {
			if when.Kind == form.CheckWhen && when.ID == r.ID {
				out = and(out, c.s.need(c.m.trees[i], true, bound{}))
			}
		}
	}
	return out
}

func (c *cover) answered(path string) ways {
	var full []int
	for i, cand := range c.s.w.candidates(path) {
		if cand.value != nil {
			full = append(full, i)
		}
	}
	if len(full) == 0 {
		return never
	}
	return ways{list: []wish{{path: full}}, exact: true}
}

// rules pursues every goal. A goal that is left is proven impossible, or not
// decided.
func (c *cover) rules() (impossible, undecided []goal, tried map[goal]int) {
	tried = map[goal]int{}
	for _, g := range slices.Clone(c.open) {
		if !slices.Contains(c.open, g) {
			continue
		}
		r := c.m.in.Rules[g.rule]
		c.s.on("")
		if r.Kind == form.CheckWhen || r.Kind == form.CheckMust {
			c.s.on(r.Page)
		}
		how := and(c.premise(r), c.s.need(c.m.trees[g.rule], g.want, bound{}))
		if len(how.list) == 0 && how.exact {
			impossible = append(impossible, g)
			continue
		}
		tried[g] = c.pursue(how, func() bool { return !slices.Contains(c.open, g) })
		if slices.Contains(c.open, g) {
			undecided = append(undecided, g)
		}
	}
	left := func(g goal) bool { return !slices.Contains(c.open, g) }
	return slices.DeleteFunc(impossible, left), slices.DeleteFunc(undecided, left), tried
}

// musts are the checks of a field with their conditions.
func (c *cover) musts(path string) ways {
	out := always
	for i, r := range c.m.in.Rules {
		if r.Kind != form.CheckMust || r.Field != path {
			continue
		}
		one := c.s.need(c.m.trees[i], true, bound{})
		for j, when := range c.m.in.Rules {
			if when.Kind == form.CheckWhen && when.ID == r.ID {
				one = or(one, c.s.need(c.m.trees[j], false, bound{}))
			}
		}
		out = and(out, one)
	}
	return out
}

// answer tries to get a field answered, with one of candidates (nil: any).
// It tells whether that came about, and if not, whether it is impossible.
func (c *cover) answer(path string, with []int, done func() bool) (reached, impossible bool, tried int) {
	if done() {
		return true, false, 0
	}
	c.s.on("")
	how := and(c.s.visible(path), c.answered(path))
	if with != nil {
		how = and(how, ways{list: []wish{{path: with}}, exact: true})
	}
	how = and(how, c.musts(path))
	if len(how.list) == 0 && how.exact {
		return false, true, 0
	}
	tried = c.pursue(how, done)
	return done(), false, tried
}
