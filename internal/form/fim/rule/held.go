package rule

// held reads a comparison that must hold: vor dem Datum in Feld F… liegen;
// größer als 0 sein; den Wert "wahr" haben.
func (p *parser) held(pr *predication, found []*node, q quantity, gone *bool) bool {
	t := p.cur()
	if t.kind != tOp && !t.isArticle() && !t.is("gleich", "größer", "kleiner", "höher", "niedriger", "mindestens", "höchstens", "maximal", "minimal", "vor", "nach", "älter", "jünger", "zwischen", "ungleich", "identisch") {
		return p.tense(pr, found, gone)
	}
	if p.eat("identisch") || t.is("gleich") && p.peek(1).is("sein") && p.eat("gleich") {
		return p.alike(pr, found, gone)
	}
	start := p.pos
	args := make([]*Expr, len(found))
	for i, n := range found {
		p.pos = start
		args[i] = ifAnswered(p.predicate(n), *gone)
	}
	p.eat("haben", "aufweisen", "enthalten", "liegen", "sein", "betragen")
	pr.kind = toHold
	switch q {
	case each, all:
		pr.check = join(And, args)
	case some:
		pr.check = join(Or, args)
	case none:
		pr.check = not(join(Or, args))
	default:
		p.stop("a comparison of one of several only")
	}
	if *gone && q != each && q != all {
		p.stop("what is not to hold of several")
	}
	pr.denied, *gone = *gone, false
	return true
}

// alike says that two fields have the same value.
func (p *parser) alike(pr *predication, found []*node, gone *bool) bool {
	if len(found) != 2 || found[0].field == nil || found[1].field == nil || kindOf(found[0].field) != kindOf(found[1].field) {
		p.stop("two fields of the same kind are expected")
	}
	e := &Expr{Op: Eq, Left: Term{Path: found[0].path}, Right: Term{Path: found[1].path}}
	pr.kind, pr.check = toHold, ifAnswered(e, *gone)
	pr.denied, *gone = *gone, false
	return true
}

// ifAnswered makes a comparison, or its contrary, one that only what is
// answered has to keep. Being a certain value is not such a one.
func ifAnswered(e *Expr, gone bool) *Expr {
	inner := e
	if e.Op == Not {
		inner = e.Args[0]
	}
	var free []*Expr
	if !(inner.Op == Eq && inner.Right.Path == "" && !inner.Right.Today || inner.Op == In) {
		for _, p := range inner.fields(nil) {
			free = append(free, not(&Expr{Op: Filled, Paths: []Path{p}}))
		}
	}
	if gone {
		e = not(e)
	}
	return join(Or, append(free, e))
}

// tense reads "in der Vergangenheit liegen", "in der Zukunft liegen".
func (p *parser) tense(pr *predication, found []*node, gone *bool) bool {
	op := Op("")
	switch {
	case p.eatAll("in", "der", "vergangenheit"):
		op = Lt
	case p.eatAll("in", "der", "zukunft"):
		op = Gt
	default:
		return false
	}
	args := make([]*Expr, len(found))
	for i, n := range found {
		if n.field == nil || n.field.Type != "date" {
			p.stop("%s is no date", n.id)
		}
		args[i] = ifAnswered(p.order(n, op, Term{Today: true}), *gone)
	}
	pr.kind, pr.check = toHold, join(And, args)
	pr.denied, *gone = *gone, false
	return true
}

// values reads values that fit the first target.
func (p *parser) values(found []*node) []Value {
	if len(found) != 1 || found[0].field == nil {
		p.stop("a value is for one field")
	}
	e := p.valueWords(found[0])
	switch e.Op {
	case In:
		return e.Values
	case Eq:
		if e.Right.Path == "" && !e.Right.Today {
			return []Value{e.Right.Value}
		}
	}
	p.stop("a value is expected, not another field")
	return nil
}

// valueWords reads values and leaves the verb behind them.
func (p *parser) valueWords(n *node) *Expr {
	p.eat("dem", "der", "den", "die")
	p.eatIf(token.isContent)
	p.eatPunct(":")
	return p.alternatives(n, Eq)
}
