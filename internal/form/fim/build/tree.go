package build

import (
	"regexp"
	"strconv"
	"strings"

	"leitportal/internal/form"
	"leitportal/internal/form/fim"
	"leitportal/internal/form/fim/rule"
)

// node is a part of the schema, on its way to be a field or group of the form.
type node struct {
	part   *fim.Part
	fim    string // id in the schema, F…, G…
	id     string // id among its siblings in the form
	path   string // schema path in the form
	parent *node
	kids   []*node
	in     *node // the repeating group it lies in (not itself), nil at the top
	// field is what a field became; copies are the further ones where it may be
	// answered a few times, as part of the same question.
	field  form.Node
	copies []form.Node
	gone   bool // not asked
	many   bool // a group that repeats
	forced bool // answered in any case, though not marked as required
	blind  bool // a condition of it was left out
	told   bool // its help stands on a page already
	// when are the conditions under which it is shown, beside those of the
	// groups it lies in.
	when []cond
	// question asks whether the group is to be answered, choice which of its
	// parts.
	question, choice *form.Node
	asks             []cond // conditions of the question
	rules            effects
	// require is when a field must be answered, beside field.Required.
	require *cond
	// decided: rules say when the group is shown, so nobody is asked.
	decided  bool
	choices  [][2]string // what field.Choices say, and their help
	invalid  string      // what to say where field.Pattern does not fit
	unlisted bool        // its code list is not at hand
	constant string      // CEL: set without asking
	// A compound has its kind and the parts it is made of, which lie nowhere
	// else; a part has the compound it is in.
	kind  form.Kind
	of    []*node
	whole *node
	// gives is what stands in the field without the person's doing; fixed:
	// instead of the person's answer, with what to show of it.
	gives *cond
	fixed bool
	shows string
	// nowhere: never asked, whatever anybody answers.
	nowhere bool
	// rest is the group of further answers to a field.
	rest *node
}

func (n *node) head() *fim.Head {
	switch {
	case n.part.Field != nil:
		return &n.part.Field.Head
	case n.part.Group != nil:
		return &n.part.Group.Head
	}
	return &fim.Head{}
}

// label is what people read beside the element.
func (n *node) label() string {
	l := fim.Labels{}
	if f := n.part.Field; f != nil {
		l = f.Labels
	} else if g := n.part.Group; g != nil {
		l = g.Labels
	}
	if t := tidy(l.Input); t != "" {
		return t
	}
	return tidy(n.head().Name)
}

func (n *node) help() string {
	if f := n.part.Field; f != nil {
		return tidy(f.Help.Input)
	}
	return tidy(n.part.Group.Help.Input)
}

// tree makes the nodes of all parts, with ids and paths.
func (b *builder) tree(s *fim.Schema) *node {
	root := &node{part: &fim.Part{Min: 1, Max: 1}, fim: s.ID}
	b.touched, b.read = b.alone(), map[string]bool{}
	for _, c := range b.o.Rules.Compiled {
		for _, e := range []*rule.Expr{c.When, c.Check} {
			if e == nil {
				continue
			}
			for _, p := range compared(e) {
				b.read[string(p[strings.LastIndexByte(string(p), '/')+1:])] = true
			}
		}
	}
	b.grow(root, s.Structure)
	return root
}

func (b *builder) grow(parent *node, parts []*fim.Part) {
	taken := map[string]int{}
	var last *fim.Part // of the compound just made
	for i, p := range parts {
		if p == last {
			continue
		}
		n := &node{part: p, parent: parent, in: parent.in}
		n.fim = n.head().ID
		n.id = ident(n.fim)
		if taken[n.id]++; taken[n.id] > 1 {
			n.id += "_" + strconv.Itoa(taken[n.id])
		}
		if parent.many {
			n.in = parent
		}
		n.path = join(parent.path, n.id)
		b.all = append(b.all, n)
		parent.kids = append(parent.kids, n)
		if of := b.joined(n, parts[i:]); len(of) > 0 {
			if p.Field != nil {
				last = of[1]
			}
			continue
		}
		if p.Group == nil {
			continue
		}
		if n.many = p.Max != 1; n.many && n.depth() > 3 {
			n.many = false
			b.warn(n, "die Gruppe „%s“ wiederholt sich in drei Gruppen, die sich wiederholen; gefragt wird einmal", n.label())
		}
		b.grow(n, p.Group.Structure)
	}
}

// depth is how many groups that repeat lie around n, itself among them.
func (n *node) depth() int {
	d := 0
	for g := n; g != nil; g = g.in {
		if g.many {
			d++
		}
	}
	return d
}

// seenFrom tells whether the instance that f lies in is known where in is: it is
// the same, or one around it.
func (f *node) seenFrom(in *node) bool {
	for ; in != nil; in = in.in {
		if f.in == in {
			return true
		}
	}
	return f.in == nil
}

// groups are the groups n lies in, the nearest first, without the root.
func (n *node) groups() []*node {
	var out []*node
	for g := n.parent; g != nil && g.parent != nil; g = g.parent {
		out = append(out, g)
	}
	return out
}

// fields are the fields in n that are asked and lie in the same repeating
// group.
func (n *node) fields() []*node {
	if n.part.Field != nil {
		if n.gone {
			return nil
		}
		return []*node{n}
	}
	var out []*node
	for _, k := range n.kids {
		if !k.many {
			out = append(out, k.fields()...)
		}
	}
	return out
}

// needs tells whether a field inside must be answered where n is shown.
func (n *node) needs() bool {
	if n.part.Field != nil {
		return !n.gone && (n.field.Required || n.forced)
	}
	for _, k := range n.kids {
		if (k.part.Field != nil || k.part.Min > 0) && k.needs() {
			return true
		}
	}
	return false
}

func join(prefix, id string) string {
	if prefix == "" {
		return id
	}
	return prefix + "." + id
}

var notIdent = regexp.MustCompile(`[^a-z0-9_]+`)

// ident is the id of a schema's element as an id of a form.
func ident(id string) string {
	s := notIdent.ReplaceAllString(strings.ToLower(id), "_")
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		s = "e" + s
	}
	return s
}

var (
	tags   = regexp.MustCompile(`<[^<>]{0,200}>`)
	spaces = regexp.MustCompile(`[^\S\n]+`)
	breaks = regexp.MustCompile(`\s*\n\s*\n\s*`)
)

// tidy is a text of the schema as it can stand on a page: without markup and
// braces, which are placeholders there, paragraphs parted by an empty line.
func tidy(s string) string {
	s = tags.ReplaceAllString(strings.ReplaceAll(s, "\r\n", "\n"), " ")
	s = strings.NewReplacer("{", "(", "}", ")").Replace(s)
	s = breaks.ReplaceAllString(spaces.ReplaceAllString(s, " "), "\n\n")
	return strings.TrimSpace(s)
}
