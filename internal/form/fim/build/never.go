package build

import (
	"fmt"
	"slices"
	"strings"

	"leitportal/internal/form/fim/rule"
)

// fold settles what of a condition is known before anybody answers: the
// federal state, and fields that are never asked and so never answered. Where
// all of it is known, the answer is nil and its truth.
func (b *builder) fold(e *rule.Expr) (rest *rule.Expr, truth bool) {
	if e == nil {
		return nil, true
	}
	none := func(t rule.Term) bool { return t.Path != "" && b.never(t.Path) }
	switch e.Op {
	case rule.And, rule.Or:
		out := *e
		out.Args = nil
		for _, a := range e.Args {
			switch r, truth := b.fold(a); {
			case r != nil:
				out.Args = append(out.Args, r)
			case truth == (e.Op == rule.Or):
				return nil, truth
			}
		}
		switch len(out.Args) {
		case 0:
			return nil, e.Op == rule.And
		case 1:
			return out.Args[0], false
		}
		return &out, false
	case rule.Not:
		r, truth := b.fold(e.Args[0])
		if r == nil {
			return nil, !truth
		}
		out := *e
		out.Args = []*rule.Expr{r}
		return &out, false
	case rule.Filled:
		out := *e
		out.Paths = slices.DeleteFunc(slices.Clone(e.Paths), b.never)
		if len(out.Paths) == 0 {
			return nil, false
		}
		return &out, false
	case rule.Calendar:
		if slices.ContainsFunc(e.Paths, b.never) {
			return nil, false
		}
		return e, false
	}
	if none(e.Left) || none(e.Right) {
		return nil, e.Op == rule.Ne // always the contrary of ==
	}
	state := or(b.o.State, "NW")
	is := func(v rule.Value) bool { return v.Text == state }
	switch {
	case e.Left.Path == rule.State && e.Op == rule.In:
		return nil, slices.ContainsFunc(e.Values, is)
	case e.Left.Path == rule.State && e.Right.Path == "" && (e.Op == rule.Eq || e.Op == rule.Ne):
		return nil, is(e.Right.Value) == (e.Op == rule.Eq)
	case e.Right.Path == rule.State && e.Left.Path == "" && (e.Op == rule.Eq || e.Op == rule.Ne):
		return nil, is(e.Left.Value) == (e.Op == rule.Eq)
	}
	return e, false
}

// never tells whether what stands at a path is never asked, whatever anybody
// answers.
func (b *builder) never(p rule.Path) bool {
	for n := b.byFIM[p]; n != nil; n = n.parent {
		if n.asker().nowhere {
			return true
		}
	}
	return false
}

// nowhere finds what the rules never show here, such as the questions of
// another federal state, and leaves it out with a word.
func (b *builder) nowhere() {
	for found := true; found; {
		found = false
		type fate struct {
			shown          bool // some clause may show it
			shows, hides   int
			hidden         bool // in any case
			rule, sentence string
		}
		fates := map[*node]*fate{}
		for i := range b.o.Rules.Compiled {
			c := &b.o.Rules.Compiled[i]
			if !slices.Contains([]rule.Effect{rule.Show, rule.Require, rule.Hide, rule.Forbid}, c.Effect) || b.kept(c) {
				continue
			}
			targets, err := b.targets(c)
			if err != nil {
				continue
			}
			rest, truth := b.fold(c.When)
			for _, n := range targets {
				f := fates[n]
				if f == nil {
					f = &fate{}
					fates[n] = f
				}
				f.rule, f.sentence = c.Rule.ID, sentence(c.Sentence)
				switch c.Effect {
				case rule.Hide, rule.Forbid:
					f.hides++
					f.hidden = f.hidden || rest == nil && truth
				case rule.Show:
					f.shows++
					fallthrough
				default:
					f.shown = f.shown || rest != nil || truth
				}
			}
		}
		for _, n := range b.all {
			f := fates[n]
			if f == nil || n.nowhere || n.gone && n.part.Field != nil || f.shown || f.shows == 0 && !f.hidden {
				continue
			}
			found = true
			n.leave()
			b.r.Warnings = append(b.r.Warnings, Warning{n.fim, n.path, fmt.Sprintf(
				"„%s“ wird hier (%s) nach den Regeln nie gefragt und steht nicht im Formular: %s „%s“", n.label(), or(b.o.State, "NW"), f.rule, f.sentence)})
		}
	}
}

// leave takes an element and all in it out of the form.
func (n *node) leave() {
	n.nowhere, n.gone = true, true
	for _, k := range n.kids {
		k.leave()
	}
}

// waiting are the clauses that cannot be kept since a code list is missing, by
// its URN.
type waiting struct {
	urn   string
	rules []string
	count int
}

// missing is why a clause is not kept: the code list of n is not at hand.
type missing struct{ n *node }

func (m missing) Error() string {
	return fmt.Sprintf("die Codeliste von „%s“ liegt nicht vor", m.n.label())
}

// wait notes a clause that a list would mend.
func (b *builder) wait(m missing, id string) {
	urn := "ohne Angabe"
	if l := m.n.part.Field.List; l != nil {
		urn = l.URN
	}
	i := slices.IndexFunc(b.waits, func(w waiting) bool { return w.urn == urn })
	if i < 0 {
		i = len(b.waits)
		b.waits = append(b.waits, waiting{urn: urn})
	}
	w := &b.waits[i]
	if w.count++; !slices.Contains(w.rules, id) {
		w.rules = append(w.rules, id)
	}
}

// awaited says once for each list what waits for it.
func (b *builder) awaited() {
	for _, w := range b.waits {
		b.r.Warnings = append(b.r.Warnings, Warning{w.urn, "", fmt.Sprintf(
			"die Codeliste liegt nicht vor; %d Sätze der Regeln %s werden bis dahin nicht geprüft. Sie steht unter https://www.xrepository.de/details/%s; legen Sie sie (Genericode) in den Ordner von --lists und importieren Sie neu",
			w.count, strings.Join(w.rules, ", "), w.urn)})
	}
}
