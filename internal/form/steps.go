package form

import (
	"fmt"
	"slices"
)

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
	v.top.walk(v.p.plan, func(*page, *scope) bool { n++; return true })
	steps := make([]Step, 0, n)
	current := false
	v.top.walk(v.p.plan, func(pg *page, s *scope) bool {
		if pg.def.Stop && current { // which is not known yet
			return true
		}
		st := v.step(pg, s)
		if st.State == Open && !current {
			current, st.State = true, Current
		}
		steps = append(steps, st)
		return !pg.def.Stop
	})
	return steps
}

// walk goes through the shown pages of some blocks in the order they are
// asked, until do says no; it tells whether it came to the end.
func (s *scope) walk(blocks []block, do func(*page, *scope) bool) bool {
	for i := range blocks {
		b := &blocks[i]
		if b.group == nil {
			if s.asks(b.page) && !do(b.page, s) {
				return false
			}
			continue
		}
		scopes := s.instances(b.group)
		for j := range scopes {
			if !scopes[j].walk(b.inner, do) {
				return false
			}
		}
	}
	return true
}

// onward is walk from behind a page, given by its way through the blocks and
// the instances it is in.
func (s *scope) onward(blocks []block, way, ids []int, do func(*page, *scope) bool) bool {
	if b := &blocks[way[0]]; b.group != nil {
		scopes := s.instances(b.group)
		j := slices.IndexFunc(scopes, func(in scope) bool { return in.rec.id == ids[0] })
		if !scopes[j].onward(b.inner, way[1:], ids[1:], do) {
			return false
		}
		for j++; j < len(scopes); j++ {
			if !scopes[j].walk(b.inner, do) {
				return false
			}
		}
	}
	return s.walk(blocks[way[0]+1:], do)
}

// asks tells of a page that is shown and has something to ask or to say.
func (s *scope) asks(pg *page) bool { return s.pageVisible(pg) && !s.silent(pg) }

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
	if s.up != nil {
		return s.answers(pg)
	}
	switch s.v.done[pg.idx] {
	case 1:
		return true
	case 2:
		return false
	}
	ok := s.answers(pg)
	s.v.done[pg.idx] = flag(ok)
	return ok
}

// answers is done of a page that nothing is known of.
func (s *scope) answers(pg *page) bool {
	if pg.list != nil {
		l := s.rec.list(pg.list)
		return l.done && len(l.recs) >= pg.list.min
	}
	return !pg.def.Stop && (s.silent(pg) || s.rec.saved(pg) && s.complete(pg))
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
	if pg, s := v.shown(path); pg != nil {
		st := v.step(pg, s)
		if st.State == Open {
			if first, _ := v.Current(); first.Path == path {
				st.State = Current
			}
		}
		return st, nil
	}
	return Step{}, fmt.Errorf("form %s: %w: %q", v.p.id, ErrNoPage, path)
}

// shown is the page, and the scope it is asked in, of the step at a page
// instance path; nil where there is none. Unlike Steps it looks at no more than
// what decides about that page.
func (v *View) shown(path string) (*page, *scope) {
	pg, ids, ok := v.p.locate(path)
	if !ok || v.ends(pg) {
		return nil, nil
	}
	s := v.scopeOf(pg.table, ids)
	if s == nil || !s.asks(pg) {
		return nil, nil
	}
	return pg, s
}

// ends tells whether the application ends before pg: at a page that stops it.
// pg itself is such an end before it is known that all pages before it are done.
func (v *View) ends(pg *page) bool {
	if !slices.ContainsFunc(v.p.stops, func(stop *page) bool { return stop.order <= pg.order && v.top.pageVisible(stop) }) {
		return false
	}
	first, _ := v.Current()
	return first.pg != pg && (pg.def.Stop || first.Stop && first.pg.order < pg.order)
}

// Current is the first step that is not done; ok is false when all are.
func (v *View) Current() (st Step, ok bool) {
	v.top.walk(v.p.plan, func(pg *page, s *scope) bool {
		if s.done(pg) {
			return true
		}
		st, ok = v.step(pg, s), true
		st.State = Current
		return false
	})
	return st, ok
}

// Next is the page instance path of the step after path; ok is false when path
// was the last. Whoever comes from one instance does not pass through another
// that is done already.
func (v *View) Next(path string) (next string, ok bool) {
	from, s := v.shown(path)
	if from == nil {
		st, ok := v.Current()
		return st.Path, ok
	}
	if from.def.Stop {
		return "", false
	}
	v.top.onward(v.p.plan, from.way, s.rec.ids[:], func(pg *page, to *scope) bool {
		if s.aside(to) && to.done(pg) || pg.def.Stop && v.ends(pg) {
			return true
		}
		next, ok = pg.path(to.rec), true
		return false
	})
	return next, ok
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
