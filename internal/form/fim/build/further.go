package build

import (
	"slices"
	"strconv"

	"leitportal/internal/form"
	"leitportal/internal/form/fim"
)

// A field that may be answered often is asked for once on its page, with the
// question whether there is more; then the further answers are a group that
// repeats, with a page each. So the usual case costs nobody a page.

// roomOf is how many instances of a group the engine takes, by how many groups
// repeat in each other there: 10,000 together (FORMAT.md).
var roomOf = [...]int{1: 100, 2: 100, 3: 21}

// several makes room for more than one answer to a field.
func (b *builder) several(n *node) {
	o, p := &n.field, n.part
	if n.gone || n.fixed || p.Max == 1 || o.Type == string(form.SomeOf) || o.Type == string(form.Files) {
		return
	}
	if o.Type == string(form.Bool) || o.Type == string(form.Confirm) {
		b.warn(n, "„%s“ darf mehrmals stehen; Ja oder Nein wird einmal gefragt", n.label())
		return
	}
	inline := p.Max
	if p.Max == 0 || p.Max > manyCopies {
		if inline = max(1, min(p.Min, manyCopies)); n.in.depth() < len(roomOf)-1 {
			b.further(n, inline)
		} else {
			inline = manyCopies
			b.warn(n, "„%s“ darf mehrmals stehen; in drei Gruppen, die sich wiederholen, wird höchstens %d Mal gefragt", n.label(), inline)
		}
	}
	for i := 2; i <= inline; i++ {
		c := *o
		c.ID, c.Required, c.Autocomplete = n.id+"_"+strconv.Itoa(i), i <= p.Min, ""
		n.copies = append(n.copies, c)
	}
}

// further makes the group of what comes after the answers on n's page.
func (b *builder) further(n *node, inline int) {
	w := &node{
		part: &fim.Part{Min: 1, Max: 0, Group: &fim.Group{Labels: fim.Labels{Input: "Weitere: " + n.label()}}},
		fim:  n.fim, id: n.id + "_weitere", parent: n.parent, in: n.in, many: true,
	}
	if n.part.Max > 0 {
		w.part.Max = n.part.Max - inline
	}
	w.path = n.sibling(w.id)
	f := &node{part: &fim.Part{Min: 1, Max: 1, Field: n.part.Field}, fim: n.fim, id: n.id, path: join(w.path, n.id), parent: w, in: w}
	f.field, f.choices, f.invalid, f.unlisted = n.field, n.choices, n.invalid, n.unlisted
	f.field.Required, f.field.Autocomplete = true, ""
	w.kids = []*node{f}
	n.rest = w
}

// more puts the question for more answers beside a field.
func (b *builder) more(n *node) {
	w := n.rest
	w.question = &form.Node{ID: "mehr_" + n.id, Type: string(form.Bool), Basis: n.field.Basis}
	path := n.sibling(w.question.ID)
	w.asks = n.when
	w.when = append(slices.Clone(n.when), cond{b.refTo(n.in, path), []string{path}, true})
	b.de["field."+path+".label"] = "Möchten Sie bei „" + n.label() + "“ noch mehr angeben?"
	b.de["field."+path+".short"] = "Weitere Angaben bei „" + n.label() + "“"
}

// rests are the groups of further answers to n, or to the fields in it that
// stand on the same pages.
func (n *node) rests() []*node {
	var out []*node
	if n.rest != nil && !n.gone {
		out = append(out, n.rest)
	}
	for _, k := range n.kids {
		out = append(out, k.rests()...)
	}
	return out
}

// room is how many instances of a group there may be.
func (b *builder) room(n *node) (least, most int) {
	most = roomOf[min(n.depth()+n.inner(), len(roomOf)-1)]
	switch p := n.part; {
	case p.Max > most:
		b.warn(n, "„%s“ darf %d Mal stehen; möglich sind %d Mal", n.label(), p.Max, most)
	case p.Max > 0:
		most = p.Max
	}
	return min(n.part.Min, most), most
}

// inner is how many groups repeat within each other inside n.
func (n *node) inner() int {
	deepest := 0
	for _, k := range append(slices.Clone(n.kids), n.rests()...) {
		d := k.inner()
		if k.many {
			d++
		}
		deepest = max(deepest, d)
	}
	return deepest
}
