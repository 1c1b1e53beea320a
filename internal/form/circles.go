package form

// circles refuses pages and fields that are shown by what they themselves show,
// which the size of a group can bring about: nobody could say whether they are.
func (c *compiler) circles() {
	w := circle{c: c, open: map[any]bool{}, done: map[any]bool{}}
	for _, pg := range c.p.pages {
		w.page(pg)
	}
}

// circle goes through what decides what is shown: open are the pages and fields
// it is on its way from.
type circle struct {
	c          *compiler
	open, done map[any]bool
}

func (w circle) page(pg *page) {
	w.enter(pg, pg.id, func() {
		for _, g := range pg.table.chain {
			w.page(g.list)
		}
		w.rule(pg.when, pg.table)
	})
}

func (w circle) field(f *field) {
	w.enter(f, f.path, func() {
		w.page(f.page)
		w.rule(f.when, f.table)
		w.rule(f.value, f.table)
	})
}

// rule goes on with what e reads. An instance is there where it is asked in,
// so that its own groups decide nothing but once more.
func (w circle) rule(e *expr, in *table) {
	if e == nil {
		return
	}
	for f := range e.deps.fields {
		w.field(f)
	}
	for g := range e.deps.groups {
		if !in.sees(&g.table) {
			w.page(g.list)
		}
	}
}

func (w circle) enter(at any, name string, look func()) {
	if w.open[at] {
		w.c.failf("pages.yaml: whether %s is shown hangs on itself", name)
		return
	}
	if w.done[at] {
		return
	}
	w.open[at] = true
	look()
	w.open[at], w.done[at] = false, true
}
