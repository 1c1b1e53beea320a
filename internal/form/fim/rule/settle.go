package rule

import "slices"

// settle takes the clauses of a rule into the result, but for those that
// contradict themselves or each other.
func (p *parser) settle() {
	p.compiled = hidePrefilled(p.compiled)
	why := make([]string, len(p.compiled))
	for i := range p.compiled {
		c := &p.compiled[i]
		if _, _, err := c.Examples(); err != nil {
			why[i] = err.Error()
		}
	}
	for i := range p.compiled {
		for j := range i {
			a, b := &p.compiled[j], &p.compiled[i]
			if !contrary(a.Effect, b.Effect) && !contrary(b.Effect, a.Effect) || !shared(a.Targets, b.Targets) {
				continue
			}
			if p.idx.satisfiable(and(a.When, b.When)) {
				text := "contradictory: " + string(a.Effect) + " and " + string(b.Effect) + " of the same target at the same time"
				why[i], why[j] = text, text
			}
		}
	}
	for i, c := range p.compiled {
		if why[i] == "" {
			p.res.Compiled = append(p.res.Compiled, c)
		} else {
			p.open(c.Sentence, 1, why[i])
		}
	}
}

// contrary tells whether two effects cannot be had at once.
func contrary(a, b Effect) bool {
	switch a {
	case Show:
		return b == Hide
	case Require:
		return b == Hide || b == Forbid || b == Optional
	}
	return false
}

func shared(a, b []Path) bool {
	return slices.ContainsFunc(a, func(p Path) bool { return slices.Contains(b, p) })
}

// hidePrefilled joins "is filled in beforehand" and "is hidden" of one target.
func hidePrefilled(clauses []Clause) []Clause {
	for i := range clauses {
		c := &clauses[i]
		if c.Effect != Prefill {
			continue
		}
		for j, h := range clauses {
			if h.Effect == Hide && h.When == c.When && slices.Equal(h.Targets, c.Targets) {
				c.Hidden = true
				clauses = slices.Delete(clauses, j, j+1)
				return hidePrefilled(clauses)
			}
		}
	}
	return clauses
}

// Holds is what complete answers that keep the clause fulfil, of Show: that
// nothing is answered where nothing is shown.
func (c Clause) Holds() *Expr {
	var parts []*Expr
	for _, t := range c.Targets {
		parts = append(parts, &Expr{Op: Filled, Paths: c.idx.shown(t)})
	}
	empty := not(join(Or, parts))
	var body *Expr
	switch c.Effect {
	case Show:
		if c.When == nil {
			return nil
		}
		return join(Or, []*Expr{c.When, empty})
	case Hide, Forbid:
		body = empty
	case Require:
		body = join(And, parts)
	case Optional:
		return nil
	case AtLeastOne:
		body = join(Or, parts)
	case ExactlyOne:
		body = join(And, append([]*Expr{join(Or, parts)}, pairs(parts)...))
	case AtMostOne:
		body = join(And, pairs(parts))
	case Check:
		body = c.Check
	case Prefill:
		body = &Expr{Op: Eq, Left: Term{Path: c.Targets[0]}, Right: Term{Value: c.Value}}
	case Only, Except:
		in := &Expr{Op: In, Left: Term{Path: c.Targets[0]}}
		for _, code := range c.Codes {
			in.Values = append(in.Values, Value{Text, code})
		}
		if c.Effect == Except {
			body = not(in)
		} else {
			body = join(Or, []*Expr{empty, in})
		}
	}
	if c.When == nil {
		return body
	}
	return join(Or, []*Expr{not(c.When), body})
}

// pairs says of each two that not both hold.
func pairs(parts []*Expr) []*Expr {
	var out []*Expr
	for i, a := range parts {
		for _, b := range parts[:i] {
			out = append(out, not(join(And, []*Expr{a, b})))
		}
	}
	return out
}

// shown are the fields of which one is answered when the element is; of what
// holds no data, a notice, the element itself.
func (idx *index) shown(p Path) []Path {
	n := idx.byPath[p]
	if n == nil || len(n.leaves) == 0 {
		return []Path{p}
	}
	return filled(n).Paths
}
