package form

import "bytes"

// What a View has found out about the pages outside of groups that repeat can
// be kept beside the answers it looks at, for the next View of them: so one
// page of a long form does not ask the whole form anew what is shown before it.
// A page on which that depends on nothing later is settled, and stays as it was
// found whatever is answered behind it.

// Known is what v has found out so far about which pages are shown and which
// are done, to be given to Recall; nil where a rule has failed. It tells of the
// answers, and is as secret as they are.
func (v *View) Known() []byte {
	if v.Err() != nil {
		return nil
	}
	out := make([]byte, len(v.p.top.pages))
	for i, pg := range v.p.top.pages {
		if pg.settled {
			out[i] = byte(v.top.pageVis[i]) | byte(v.done[i])<<2
		}
	}
	return bytes.TrimRight(out, "\x00")
}

// Recall tells v what another View of the same answers has Known, with the same
// parameters, on the same day and through the same Program.
func (v *View) Recall(facts []byte) {
	for i, k := range facts[:min(len(facts), len(v.p.top.pages))] {
		v.top.pageVis[i], v.done[i] = known(k&3), known(k>>2&3)
	}
}

// recall is Recall for answers that differ on one page, changed.
func (v *View) recall(before *View, changed *page) {
	if before.Err() != nil {
		return
	}
	for i, pg := range v.p.top.pages {
		if !pg.settled || pg.order > changed.order {
			continue
		}
		v.top.pageVis[i] = before.top.pageVis[i]
		if pg != changed {
			v.done[i] = before.done[i]
		}
	}
}

// settle marks the settled pages.
func (c *compiler) settle() {
	// The pages of a group that repeats, and its list, are settled together.
	last := map[*group]int{}
	outer := func(pg *page) *group {
		if chain := pg.table.chain; len(chain) > 0 {
			return chain[0]
		}
		return pg.list
	}
	for _, pg := range c.p.pages {
		last[outer(pg)] = pg.order
	}
	end := func(pg *page) int {
		if g := outer(pg); g != nil {
			return last[g]
		}
		return pg.order
	}
	for _, pg := range c.p.pages {
		limit := pg.order - 1
		if pg.table.group != nil {
			limit = end(pg)
		}
		before := func(dep *page) bool { return dep.settled && end(dep) <= limit }
		ok := true
		look := func(e *expr, own *page) {
			if e == nil {
				return
			}
			for f := range e.deps.fields {
				ok = ok && (f.page == own || before(f.page))
			}
			for g := range e.deps.groups {
				ok = ok && (pg.table.sees(&g.table) || before(g.list))
			}
		}
		look(pg.when, nil)
		for _, f := range pg.fields {
			look(f.when, pg)
			look(f.require, pg)
			look(f.value, pg)
		}
		pg.settled = ok
	}
}
