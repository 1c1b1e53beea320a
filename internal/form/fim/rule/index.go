package rule

import (
	"strings"

	"leitportal/internal/form/fim"
)

// node is an element at its place in the schema.
type node struct {
	path    Path
	id      string
	parent  *node
	field   *fim.Field // nil: a group, or the schema
	names   [][]token  // by which sentences call it: name, labels
	choices [][]token  // the words of field.Values
	rules   []*fim.Rule
	leaves  []*node // the fields inside that hold data, of a field itself
	parts   []*node
}

// index finds the elements of a schema by id.
type index struct {
	nodes  []*node // in the order of the schema, the schema first
	byID   map[string][]*node
	byPath map[Path]*node
}

func newIndex(s *fim.Schema) *index {
	idx := &index{byID: map[string][]*node{}, byPath: map[Path]*node{}}
	top := &node{id: s.ID, rules: s.Rules}
	idx.nodes = append(idx.nodes, top)
	idx.byPath[""] = top
	idx.add(top, s.Structure)
	return idx
}

func (idx *index) add(in *node, parts []*fim.Part) {
	for _, part := range parts {
		n := &node{parent: in, field: part.Field}
		var labels fim.Labels
		var name string
		if g := part.Group; g != nil {
			n.id, n.rules, labels, name = g.ID, g.Rules, g.Labels, g.Name
		} else {
			f := part.Field
			n.id, n.rules, labels, name = f.ID, f.Rules, f.Labels, f.Name
			for _, v := range f.Values {
				n.choices = append(n.choices, lex(v.Name))
			}
			if f.FieldKind != fim.Label {
				n.leaves = []*node{n}
			}
		}
		if n.path = Path(n.id); in.path != "" {
			n.path = in.path + "/" + n.path
		}
		for _, s := range []string{name, labels.Input, labels.Output} {
			if toks := lex(s); len(toks) > 0 {
				n.names = append(n.names, toks)
			}
		}
		in.parts = append(in.parts, n)
		idx.nodes = append(idx.nodes, n)
		idx.byID[n.id] = append(idx.byID[n.id], n)
		idx.byPath[n.path] = n
		if part.Group != nil {
			idx.add(n, part.Group.Structure)
		}
		in.leaves = append(in.leaves, n.leaves...)
	}
}

// long is the id as of XDatenfelder 3: sentences may still have that of 2.0,
// which lacks three zeros after the number of the editor.
func long(id string) string {
	if len(id) == 9 {
		return id[:3] + "000" + id[3:]
	}
	return id
}

// find gives the element that ids (from the outside in) mean at a place: of
// those that fit, that whose way to the place is shortest upwards, and then
// that whose outermost id lies directly there. More than one left is ambiguous.
func (idx *index) find(at *node, ids []string) (found []*node) {
	best := -1
	var outer []*node
	for _, n := range idx.byID[long(ids[len(ids)-1])] {
		top := n.within(ids[:len(ids)-1])
		if top == nil {
			continue
		}
		near := common(at.path, n.path)
		if near > best {
			best, found, outer = near, nil, nil
		}
		if near == best {
			found, outer = append(found, n), append(outer, top)
		}
	}
	for i, top := range outer {
		if len(found) > 1 && depth(top.path) == best+1 {
			return found[i : i+1]
		}
	}
	return found
}

// within gives the outermost of the groups around n that the ids name, n
// itself without ids, nil when they are not around n in this order.
func (n *node) within(ids []string) *node {
	top := n
	for up := n.parent; len(ids) > 0; up = up.parent {
		if up == nil {
			return nil
		}
		if up.id == long(ids[len(ids)-1]) {
			ids, top = ids[:len(ids)-1], up
		}
	}
	return top
}

func depth(p Path) int {
	if p == "" {
		return 0
	}
	return strings.Count(string(p), "/") + 1
}

// common counts the elements that two paths begin with together.
func common(a, b Path) int {
	n := 0
	for a != "" && b != "" {
		x, restA, _ := strings.Cut(string(a), "/")
		y, restB, _ := strings.Cut(string(b), "/")
		if x != y {
			break
		}
		a, b = Path(restA), Path(restB)
		n++
	}
	return n
}
