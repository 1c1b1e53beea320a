package rule

// emit makes the clauses of a predicate.
func (p *parser) emit(when *Expr, m modal, gone bool, pr predication, found []*node, q quantity) {
	base := Clause{Rule: p.rule.Identity, At: p.at.path, When: when, idx: p.idx}
	for _, n := range found {
		base.Targets = append(base.Targets, n.path)
	}
	p.last = found
	add := func(e Effect) {
		c := base
		c.Effect = e
		p.out = append(p.out, c)
	}
	if q != each && q != all && pr.kind != toHold && pr.kind != toFill && !(pr.kind == toChoose && q == some) {
		p.stop("this of one of several only")
	}
	if pr.together && pr.kind != toFill {
		p.stop("what not at the same time means here")
	}
	switch pr.kind {
	case toShow:
		switch {
		case !gone && m != may:
			add(Show)
			if pr.duty {
				add(Require)
			}
		case gone && m != must:
			add(Hide)
		default:
			p.stop("whether what may or need not be shown is shown")
		}
	case toHide:
		if gone || m == may {
			p.stop("whether what need not be hidden is shown")
		}
		add(Hide)
	case toFill:
		p.fill(add, m, gone, q, pr, found)
	case toBeEmpty:
		switch {
		case m == may && gone:
			add(Require)
		case m != may && !gone:
			add(Forbid)
		default:
			p.stop("whether it may be empty")
		}
	case toBeDuty:
		if gone || m == may {
			add(Optional)
		} else {
			add(Require)
		}
	case toBeOptional:
		if gone {
			p.stop("what is not optional")
		}
		add(Optional)
	case toPrefill:
		if gone || m == may || len(pr.values) != 1 {
			p.stop("one value to be filled in beforehand")
		}
		base.Value = pr.values[0]
		add(Prefill)
	case toChoose:
		p.choose(add, &base, m, gone, pr, found)
	case toHold:
		if m == may && !pr.denied || m == must && pr.denied || gone {
			p.stop("whether what may hold holds")
		}
		base.Check, base.Targets = pr.check, pr.check.fields(nil)
		add(Check)
	}
}

func (p *parser) fill(add func(Effect), m modal, gone bool, q quantity, pr predication, found []*node) {
	switch {
	case pr.together:
		if !gone || m == must || len(found) != 2 {
			p.stop("how many may be filled")
		}
		add(AtMostOne)
	case q == all && gone:
		p.stop("whether none or not all are to be filled")
	case q == each || q == all:
		switch {
		case m == be && gone:
			p.stop("whether it may or must not be filled")
		case m == may && !gone, m == must && gone:
			add(Optional)
		case gone:
			add(Forbid)
		default:
			add(Require)
		}
	case q == none && !gone:
		add(Forbid)
	case gone:
		p.stop("what is not to be filled of several")
	case (q == some || q == either) && m != may:
		add(AtLeastOne)
	case q == exactly && m != may:
		add(ExactlyOne)
	case q == most || (q == exactly || q == onlyOne) && m == may:
		add(AtMostOne)
	default:
		p.stop("how many are to be filled")
	}
}

// choose emits for "nur die Codes … ausgewählt", "darf Auswahl … nicht
// ausgewählt werden", "muss die Auswahl … gewählt sein".
func (p *parser) choose(add func(Effect), base *Clause, m modal, gone bool, pr predication, found []*node) {
	for _, v := range pr.values {
		base.Codes = append(base.Codes, v.Text)
	}
	switch {
	case gone && !pr.only && m != must:
		add(Except)
	case pr.only && !gone:
		add(Only)
	case !gone && m != may && !pr.only && len(pr.values) == 1:
		base.Check, base.Codes = p.one(found[0], pr.values), nil
		base.Targets = base.Check.fields(nil)
		add(Check)
	default:
		p.stop("whether what may be chosen is all that may")
	}
}
