package build

import (
	"regexp"
	"slices"
	"strings"

	"leitportal/internal/form"
	"leitportal/internal/form/fim"
	"leitportal/internal/form/fim/rule"
)

// A compound is one question for what the schema asks for in several fields: a
// date in three numbers, a period in two dates. The kinds of the engine see to
// it that the parts go together, so a person reads one mistake and not three.

// partsOfDate are day, month and year of a date of which only a part may be
// known, by the Baukasten's numbers.
func partsOfDate() []string { return []string{"F60000000231", "F60000000232", "F60000000233"} }

var (
	begins = regexp.MustCompile(`(?i)^von$|^(Start|Anfangs|Beginn)(datum)?( \(von\))?$|\(von\)$|^Datum von$|^Gültig (von|ab)$|^Zeitraum von$`)
	ends   = regexp.MustCompile(`(?i)^bis$|^(End|Ablauf)e?(datum)?( \(bis\))?$|\(bis\)$|^Datum bis$|^Gültig bis$|^Zeitraum bis$`)
)

// compound is the kind of question that becomes of p, which may be a group, or
// with next, the part after it; "" where it stays what it is.
func compound(p, next *fim.Part) form.Kind {
	if g := p.Group; g != nil {
		switch {
		case p.Max != 1 || g.Choice:
		case len(g.Structure) == 3:
			return dateOf(g.Structure)
		case len(g.Structure) == 2 && isPeriod(g.Structure[0], g.Structure[1]):
			return form.Period
		}
		return ""
	}
	if next != nil && isPeriod(p, next) {
		return form.Period
	}
	return ""
}

// dateOf tells whether three parts are day, month and year, and which of them
// need not be known.
func dateOf(parts []*fim.Part) form.Kind {
	var must [3]bool
	for i, id := range partsOfDate() {
		at := slices.IndexFunc(parts, func(p *fim.Part) bool {
			return p.Field != nil && p.Field.ID == id && p.Max == 1 && p.Field.FieldKind == fim.Input && p.Field.Type == fim.Integer
		})
		if at < 0 {
			return ""
		}
		must[i] = parts[at].Min > 0
	}
	switch {
	case must[0] && must[1] && must[2]:
		return form.Date
	case must[0], must[1] && !must[2]:
		return "" // the day, but not the month?
	}
	return form.PartialDate
}

// isPeriod tells whether two parts are the ends of a period.
func isPeriod(from, to *fim.Part) bool {
	is := func(p *fim.Part, named *regexp.Regexp) bool {
		f := p.Field
		return f != nil && p.Max == 1 && f.FieldKind == fim.Input && f.Type == fim.Date && (named.MatchString(f.Name) || named.MatchString(tidy(f.Labels.Input)))
	}
	return is(from, begins) && is(to, ends) && from.Min > 0
}

// alone are the elements that a rule does something with by themselves, beside
// comparing them: what a compound could not keep.
func (b *builder) alone() map[rule.Path]bool {
	out := map[rule.Path]bool{}
	for i := range b.o.Rules.Compiled {
		c := &b.o.Rules.Compiled[i]
		if c.Effect == rule.Check || dateInOrder(c) {
			continue
		}
		for _, p := range c.Targets {
			out[p] = true
		}
	}
	return out
}

// dateInOrder tells of a clause that the kinds of dates keep by themselves: no
// day without a month, no month without a year.
func dateInOrder(c *rule.Clause) bool {
	at := func(p rule.Path) (group rule.Path, part int) {
		i := strings.LastIndexByte(string(p), '/')
		return p[:max(i, 0)], slices.Index(partsOfDate(), string(p[i+1:]))
	}
	if c.Effect != rule.Require || c.When == nil || c.When.Op != rule.Filled || len(c.Targets) != 1 {
		return false
	}
	group, target := at(c.Targets[0])
	return !slices.ContainsFunc(c.When.Paths, func(p rule.Path) bool {
		g, part := at(p)
		return g != group || part < 0 || part >= target
	})
}

// joined makes a compound of n, which begins parts, where it is one, and
// answers what it is made of.
func (b *builder) joined(n *node, parts []*fim.Part) []*fim.Part {
	var next *fim.Part
	if len(parts) > 1 {
		next = parts[1]
	}
	kind, of := compound(n.part, next), []*fim.Part{n.part, next}
	if kind == "" {
		return nil
	}
	at := n.parent.fimPath()
	if g := n.part.Group; g != nil {
		at, of = n.fimPath(), g.Structure
	}
	for _, p := range of {
		if b.touched[under(at, fimID(p))] {
			return nil
		}
	}
	n.kind = kind
	up := n.parent
	if n.part.Group != nil {
		g := n.part.Group
		n.part = &fim.Part{
			Min: n.part.Min, Max: n.part.Max, Bases: n.part.Bases,
			Field: &fim.Field{Head: g.Head, Labels: g.Labels, Help: g.Help, FieldKind: fim.Input, Rules: g.Rules},
		}
		up = n
	} else {
		f := *n.part.Field
		f.Labels = fim.Labels{Input: "Zeitraum", Output: "Zeitraum"}
		n.part = &fim.Part{Min: n.part.Min, Max: 1, Bases: n.part.Bases, Field: &f}
	}
	for _, p := range of {
		n.of = append(n.of, &node{part: p, fim: fimID(p), parent: up, in: n.in, whole: n, path: n.path})
	}
	return of
}

func fimID(p *fim.Part) string { return (&node{part: p}).head().ID }

// must tells whether the schema asks for a part in any case.
func (n *node) must(id string) bool {
	return slices.ContainsFunc(n.of, func(k *node) bool { return k.fim == id && k.part.Min > 0 })
}

// together decides how a compound is asked for.
func (b *builder) together(n *node) {
	o := &n.field
	o.Type = string(n.kind)
	first, last := n.of[0].part.Field.Bounds, n.of[len(n.of)-1].part.Field.Bounds
	switch n.kind {
	case form.Period:
		o.Required, o.Open = n.part.Min > 0, n.of[1].part.Min == 0
		o.Min, o.Max = day(first.MinValue), day(last.MaxValue)
	default:
		years := partsOfDate()[2]
		o.Required = n.part.Min > 0 && n.must(years)
		if n.must(partsOfDate()[1]) && !n.must(partsOfDate()[0]) {
			o.Unknown = "day"
		}
		for _, k := range n.of {
			if k.fim == years {
				o.Min, o.Max = year(k.part.Field.Bounds.MinValue, "-01-01"), year(k.part.Field.Bounds.MaxValue, "-12-31")
			}
		}
		if bornOn.MatchString(n.part.Field.Name) && n.in == nil && !b.seen["bday"] {
			b.seen["bday"], o.Autocomplete = true, "bday"
		}
	}
	b.ordered(n)
}

var bornOn = regexp.MustCompile(`(?i)^Geburtsdatum\b`)

// year is a bound of years as one of days.
func year(s, rest string) form.Bound {
	if s = strings.TrimSpace(s); !years.MatchString(s) {
		return ""
	}
	return form.Bound(s + rest)
}

var years = regexp.MustCompile(`^[12]\d{3}$`)

// partRef is a part of a compound in rules, at its name there.
func (k *node) partRef(name string) rule.Ref {
	part := slices.Index(partsOfDate(), k.fim)
	switch {
	case k.whole.kind == form.Period && k == k.whole.of[0]:
		return rule.Ref{Name: "date(" + name + ".from)", Answered: "answered." + name, Type: string(form.Date)}
	case k.whole.kind == form.Period:
		return rule.Ref{Name: "date(" + name + ".to)", Answered: "(" + name + ".to != '')", Type: string(form.Date)}
	case k.whole.kind == form.Date:
		return rule.Ref{Name: []string{"day", "month", "year"}[part] + "(" + name + ")", Answered: "answered." + name, Type: string(form.Int)}
	}
	return rule.Ref{
		Name: []string{"day", "month", "year"}[part] + "(earliest(" + name + "))", Type: string(form.Int),
		Answered: []string{"(size(" + name + ") == 10)", "(size(" + name + ") > 4)", "answered." + name}[part],
	}
}

// wholeRef is a compound in rules, of which only a date can be compared: one
// of which all is known.
func (n *node) wholeRef(name string) rule.Ref {
	switch n.kind {
	case form.PartialDate:
		return rule.Ref{Name: "earliest(" + name + ")", Answered: "(size(" + name + ") == 10)", Type: string(form.Date)}
	case form.Period:
		return rule.Ref{Name: name, Answered: "answered." + name, Type: string(form.Period)}
	}
	return rule.Ref{Name: name, Answered: "answered." + name, Type: string(form.Date)}
}

// asker is the question in which n is asked for: itself, or the compound it is
// a part of.
func (n *node) asker() *node {
	if n.whole != nil {
		return n.whole
	}
	return n
}

// kept tells of a clause that a compound keeps by itself: that the parts of a
// date go together.
func (b *builder) kept(c *rule.Clause) bool {
	in := func(p rule.Path) *node {
		if n := b.byFIM[p]; n != nil {
			return n.whole
		}
		return nil
	}
	if c.Effect == rule.Check && c.Check.Op == rule.Calendar {
		w := in(c.Check.Paths[0])
		return w != nil && w.kind != form.Period && !slices.ContainsFunc(c.Check.Paths, func(p rule.Path) bool { return in(p) != w })
	}
	return dateInOrder(c) && in(c.Targets[0]) != nil
}
