package form

import (
	"slices"
	"strconv"
	"strings"
)

// rec is the answers of one scope, page by page. It is never changed once it is
// part of Answers, but for what is read from their source.
type rec struct {
	id     int
	ids    [maxDepth]int // of the instances around it, and its own
	inst   string        // in page paths: "" or "/2/1"
	path   string        // of answers in it: "" or "haushalt/2.kinder/1."
	pages  []*leaf       // nil: nothing is answered, or read yet
	lists  []*list       // per group that repeats in it; nil: not read yet
	src    *source       // of Answers that are read as they are asked for
	before *rec          // what it was cloned from, where that has a source
}

// leaf is the answers on one page of a scope.
type leaf struct {
	answers []answer // in the order of the page's fields
	saved   bool
}

// answer is one answer, or how it is stored until it is asked for.
type answer struct {
	val  Value
	late string
}

// source gives stored rows as they are asked for.
type source struct {
	p   *Program
	row func(path string) ([]byte, error) // nil: all rows are there
	bad error                             // the first row or answer that could not be read after all
	// damaged is the first row of these: an answer can be given anew
	damaged error
}

func (src *source) fail(err error) {
	if src.bad == nil {
		src.bad = err
	}
}

// lose is fail for a whole row.
func (src *source) lose(err error) {
	src.fail(err)
	if src.damaged == nil {
		src.damaged = err
	}
}

// get is the row of a page of r, nil where there is none.
func (src *source) get(r *rec, pg *page) []byte {
	if src.row == nil {
		return nil
	}
	b, err := src.row(pg.path(r))
	if err != nil {
		src.lose(src.p.stored(pg.path(r), err))
		return nil
	}
	return b
}

func (src *source) leaf(r *rec, pg *page) *leaf {
	if b := src.get(r, pg); b != nil {
		l, err := pg.decode(b, true)
		if err == nil {
			return l
		}
		src.lose(src.p.stored(pg.path(r), err))
	}
	return pg.blank
}

func (src *source) list(r *rec, g *group) *list {
	if b := src.get(r, g.list); b != nil {
		l, err := r.decodeList(g, b)
		if err == nil {
			return l
		}
		src.lose(src.p.stored(g.list.path(r), err))
	}
	return newList(g, r, src)
}

// leaf is a page without answers, to be filled in.
func (pg *page) leaf() *leaf { return &leaf{answers: make([]answer, len(pg.fields))} }

// leaf is the answers on a page, not to be changed.
func (r *rec) leaf(pg *page) *leaf {
	l := r.pages[pg.idx]
	if l == nil {
		switch {
		case r.src == nil:
			return pg.blank
		case r.before != nil:
			l = r.before.leaf(pg)
		default:
			l = r.src.leaf(r, pg)
		}
		r.pages[pg.idx] = l
	}
	return l
}

// edit puts a copy of the answers on a page in their place, to be changed. r
// must be a clone.
func (r *rec) edit(pg *page) *leaf {
	l := *r.leaf(pg)
	l.answers = slices.Clone(l.answers)
	r.pages[pg.idx] = &l
	return &l
}

// val is an answer, nil where there is none.
func (r *rec) val(f *field) Value {
	a := &r.leaf(f.page).answers[f.at]
	if a.late != "" {
		v, err := f.decode(a.late)
		if err != nil {
			r.src.fail(err)
			return nil
		}
		*a = answer{val: v}
	}
	return a.val
}

// has tells whether there is an answer, without reading it.
func (r *rec) has(f *field) bool { return r.leaf(f.page).has(f) }

// saved tells whether the page was.
func (r *rec) saved(pg *page) bool { return r.leaf(pg).saved }

func (l *leaf) has(f *field) bool {
	a := &l.answers[f.at]
	return a.val != nil || a.late != ""
}

func (l *leaf) set(f *field, v Value) { l.answers[f.at] = answer{val: v} }

// list says which instances of a group exist.
type list struct {
	stored bool
	recs   []*rec
	next   int
	done   bool // the applicant has said that this is all
}

// newRec is an empty instance of t within up, or the empty application; with a
// source one of which nothing is read yet.
func newRec(t *table, up *rec, id int, src *source) *rec {
	r := &rec{id: id, src: src, pages: make([]*leaf, len(t.pages))}
	if up != nil {
		n := strconv.Itoa(id)
		r.ids, r.inst, r.path = up.ids, up.inst+"/"+n, up.path+t.group.rel+"/"+n+"."
		r.ids[len(t.chain)-1] = id
	}
	if len(t.groups) > 0 {
		r.lists = make([]*list, len(t.groups))
		for i, g := range t.groups {
			if src == nil {
				r.lists[i] = newList(g, r, nil)
			}
		}
	}
	return r
}

// newList is a group of which nothing has been said.
func newList(g *group, up *rec, src *source) *list {
	l := &list{next: g.min + 1}
	for id := 1; id <= g.min; id++ {
		l.recs = append(l.recs, newRec(&g.table, up, id, src))
	}
	return l
}

// list is the instances of a group, not to be changed.
func (r *rec) list(g *group) *list {
	l := r.lists[g.idx]
	if l == nil {
		if r.before != nil {
			l = r.before.list(g)
		} else {
			l = r.src.list(r, g)
		}
		r.lists[g.idx] = l
	}
	return l
}

// ownList puts a copy of a list in its place, to be changed. r must be a clone.
func (r *rec) ownList(g *group) *list {
	l := *r.list(g)
	r.lists[g.idx] = &l
	return &l
}

// clone is a copy whose pages and lists may be replaced.
func (r *rec) clone() *rec {
	out := *r
	out.pages, out.lists = slices.Clone(r.pages), slices.Clone(r.lists)
	if r.src != nil {
		out.before = r
	}
	return &out
}

// add appends an instance to a clone.
func (r *rec) add(g *group) *rec {
	l := r.ownList(g)
	in := newRec(&g.table, r, l.next, r.src)
	l.recs, l.next, l.done, l.stored = append(slices.Clone(l.recs), in), l.next+1, false, true
	return in
}

// more adds up to n instances of every group to an application of its own.
func (r *rec) more(t *table, n int) {
	for _, g := range t.groups {
		for range min(n, g.max-g.min) {
			r.add(g)
		}
		for _, in := range r.list(g).recs {
			in.more(&g.table, n)
		}
	}
}

func (l *list) find(id int) int {
	return slices.IndexFunc(l.recs, func(r *rec) bool { return r.id == id })
}

// path is the page instance path for r.
func (pg *page) path(r *rec) string { return pg.id + r.inst }

// within is the answer path of an instance, "" for the application.
func (r *rec) within() string { return strings.TrimSuffix(r.path, ".") }

// answerPath is the address of f's answer in r.
func (f *field) answerPath(r *rec) string { return r.path + f.rel }
