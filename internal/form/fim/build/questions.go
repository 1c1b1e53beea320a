package build

import (
	"slices"
	"strings"

	"leitportal/internal/form"
)

// questions puts a question before each group that need not be answered but
// asks for something where it is, and before the parts of a choice.
func (b *builder) questions() {
	for _, n := range b.all {
		if n.chooses() {
			var kids []*node
			for _, k := range n.kids {
				if !k.gone && !k.many {
					kids = append(kids, k)
				}
			}
			b.alternatives(n, kids)
		}
	}
	for _, n := range b.all {
		if n.rest != nil && !n.gone {
			b.more(n)
		}
		if n.part.Group == nil || n.part.Min > 0 || n.many || n.decided || !n.needs() {
			continue
		}
		n.question = &form.Node{ID: "mit_" + n.id, Type: string(form.Bool), Required: true, Basis: b.basis(n)}
		path := n.sibling(n.question.ID)
		n.asks = slices.Clone(n.when)
		yes := cond{b.refTo(n.in, path), []string{path}, true}
		if len(n.rules.require) > 0 { // asked only where it is not required anyway
			must := either(n.rules.require)
			n.asks = append(n.asks, must.not())
			yes = either([]cond{yes, must})
		}
		n.when = append(n.when, yes)
		b.de["field."+path+".label"] = "Möchten Sie zu „" + n.label() + "“ etwas angeben?"
		b.de["field."+path+".short"] = "Angaben zu „" + n.label() + "“"
	}
}

func (n *node) chooses() bool { return n.part.Group != nil && n.part.Group.Choice }

// sibling is the path of something that stands beside n.
func (n *node) sibling(id string) string { return join(n.parent.path, id) }

// alternatives asks which of some parts of a group is to be filled in.
func (b *builder) alternatives(group *node, kids []*node) {
	if len(kids) < 2 {
		return
	}
	first := kids[0]
	q := &form.Node{ID: "wahl_" + first.id, Type: string(form.OneOf), Required: true, Basis: b.basis(first)}
	path := join(group.path, q.ID)
	for _, k := range kids {
		q.Choices = append(q.Choices, form.Choice{Code: k.id})
		b.de["field."+path+".choice."+k.id] = k.label()
		k.when = append(k.when, cond{b.refTo(first.in, path) + " == '" + k.id + "'", []string{path}, true})
		k.decided = true
		if k.part.Field != nil {
			k.field.Required = k.field.Type != string(form.Confirm)
		}
	}
	b.de["field."+path+".label"] = "Welche Angabe möchten Sie machen?"
	first.choice = q
}

// refTo is the answer at a path in rules, seen from within the repeating group
// in.
func (b *builder) refTo(in *node, path string) string {
	for ; in != nil; in = in.in {
		if rest, ok := strings.CutPrefix(path, in.path+"."); ok {
			return in.one() + "." + rest
		}
	}
	return path
}

// nodes makes the form's schema, groups within groups as they stand.
func (b *builder) nodes() {
	b.d.Nodes = b.inside(b.root)
	used := map[string]bool{}
	for i := range b.d.Nodes {
		bases(&b.d.Nodes[i], "", used)
	}
	for _, id := range b.bases {
		if !used[id] {
			delete(b.de, "basis."+id)
		}
	}
}

// bases marks the legal bases that fields have, of their own or from a group
// around them, and takes them off groups whose fields all have their own.
func bases(n *form.Node, from string, used map[string]bool) (inherits bool) {
	own := or(n.Basis, from)
	if n.Type != "" {
		used[own] = true
		return n.Basis == ""
	}
	for i := range n.Group {
		inherits = bases(&n.Group[i], own, used) || inherits
	}
	if n.Basis != "" && !inherits {
		n.Basis = ""
	}
	return inherits && n.Basis == ""
}

func (b *builder) inside(parent *node) []form.Node {
	var out []form.Node
	for _, n := range parent.kids {
		if n.choice != nil {
			out = append(out, *n.choice)
		}
		if n.part.Field != nil {
			if n.gone {
				continue
			}
			b.words(n)
			out = append(append(out, n.field), n.copies...)
			b.r.Fields += 1 + len(n.copies)
			if n.rest != nil {
				out = append(out, *n.rest.question, b.repeat(n.rest))
			}
			continue
		}
		if n.question != nil {
			out = append(out, *n.question)
		}
		if n.many {
			if n.asked() {
				out = append(out, b.repeat(n))
			} else {
				n.gone = true
			}
			continue
		}
		g := form.Node{ID: n.id, Basis: b.basis(n)}
		switch g.Group = b.inside(n); {
		case len(g.Group) > 0:
			out = append(out, g)
		case !n.asked():
			n.gone = true
		}
	}
	return out
}

// repeat makes a group that repeats.
func (b *builder) repeat(n *node) form.Node {
	g := form.Node{ID: n.id, Basis: b.basis(n), Repeat: &form.Repeat{As: n.one(), Label: n.named()}}
	g.Group = b.inside(n)
	g.Repeat.Min, g.Repeat.Max = b.room(n)
	b.de["group."+n.path+".one"] = n.label() + " {n}"
	return g
}

// asked tells whether anything in n is asked, in groups that repeat too.
func (n *node) asked() bool {
	if n.part.Field != nil {
		return !n.gone
	}
	for _, k := range n.kids {
		if k.asked() {
			return true
		}
	}
	return false
}

// named is the field by which an instance is known on screen: the first text.
func (n *node) named() string {
	for _, f := range n.fields() {
		switch form.Kind(f.field.Type) {
		case form.Text, form.Phone, form.Email, form.OneOf:
		default:
			continue
		}
		if (f.field.Type == string(form.Text) || f.parent == n && len(n.kids) == 1) && len(f.copies) == 0 && f.conds(n) == nil {
			return strings.TrimPrefix(f.path, n.path+".")
		}
	}
	return ""
}

// copyPath is the path of the i-th copy of a field, 0 for itself.
func (n *node) copyPath(i int) string {
	if i == 0 {
		return n.path
	}
	return n.sibling(n.copies[i-1].ID)
}

// unknown says what of a date may stay empty, by the engine's key.
var unknown = map[string]string{
	"":    "Wenn der Tag oder der Monat nicht bekannt ist, lassen Sie das Feld leer.",
	"day": "Wenn der Tag nicht bekannt ist, lassen Sie das Feld leer.",
}

// words are the texts of a field.
func (b *builder) words(n *node) {
	label, help := or(n.label(), n.fim), n.help()
	for i := range len(n.copies) + 1 {
		key, l := "field."+n.copyPath(i), label
		if len(n.copies) > 0 {
			l = label + " " + itoa(i+1)
		}
		b.de[key+".label"] = l
		if help != "" && help != label {
			b.de[key+".hint"] = help
		}
		if n.rules.named != "" && i == 0 {
			b.de[key+".missing"] = n.rules.named
		}
		for j, ch := range n.field.Choices {
			b.de[key+".choice."+ch.Code] = n.choices[j][0]
			if h := n.choices[j][1]; h != "" {
				b.de[key+".choice."+ch.Code+".hint"] = h
			}
		}
	}
	for i := range len(n.copies) + 1 {
		switch key := "field." + n.copyPath(i); {
		case n.field.Pattern != "":
			b.de[key+".invalid"] = n.invalid
		case n.kind == form.PartialDate:
			b.de[key+".hint"] = strings.TrimSpace(b.de[key+".hint"] + " " + unknown[n.field.Unknown])
		}
	}
}
