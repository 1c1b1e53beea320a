package rule

import (
	"slices"
	"strings"

	"leitportal/internal/form/fim"
)

// or reads alternatives: a ODER b.
func (p *parser) or() *Expr {
	defer p.enter()()
	args := []*Expr{p.and()}
	for p.joins(token.isOr) {
		args = append(args, p.and())
	}
	return join(Or, args)
}

func (p *parser) and() *Expr {
	args := []*Expr{p.unary()}
	for p.joins(token.isAnd) {
		args = append(args, p.unary())
	}
	return join(And, args)
}

// joins eats the conjunction before another condition; a comma may stand
// before it, a "wenn" or "ob" after it.
func (p *parser) joins(conj func(token) bool) bool {
	save := p.pos
	p.eatPunct(",")
	if !p.eatIf(conj) {
		p.pos = save
		return false
	}
	p.eatPunct(".") // bzw.
	p.eatIf(token.isIf)
	return true
}

func (p *parser) unary() *Expr {
	t := p.cur()
	switch {
	case t.is("nicht") && p.peek(1).punct("("):
		p.pos++
		return not(p.unary())
	case t.is("nicht") && p.beginsElement(1):
		p.pos++
		return p.denied()
	case t.punct("(") && !p.unclosed() && !p.listInBrackets():
		defer p.enter()()
		p.pos++
		e := p.or()
		if !p.eatPunct(")") {
			p.stop("the bracket is to end here")
		}
		return e
	}
	return p.primary()
}

// denied reads a comparison of one element with "nicht" before it, which must be
// the last of a condition: "sofern nicht a oder b" may mean either.
func (p *parser) denied() *Expr {
	e := p.primary()
	if len(p.subject) != 1 || p.cur().isAnd() || p.cur().isOr() || p.cur().punct(",") && (p.peek(1).isAnd() || p.peek(1).isOr()) {
		p.stop("how far “nicht” reaches")
	}
	return not(e)
}

// primary reads one comparison: elements and what is said of them. Without
// elements it is said of those of the comparison before.
func (p *parser) primary() *Expr {
	if e := p.ofState(); e != nil {
		return e
	}
	// ein Datum in Feld F… eingetragen wurde and the like have their elements
	// behind the article; a comparison without elements begins at once.
	found, q := p.subjects()
	if found == nil {
		if p.subject == nil || !p.goesOn() {
			p.stop("a field is expected")
		}
		if p.negated && !p.cur().is("nicht") {
			p.stop("how far “nicht” before it reaches")
		}
		found = p.subject
	}
	p.subject, p.negated = found, false
	start := p.pos
	args := make([]*Expr, len(found))
	for i, n := range found {
		p.pos = start
		args[i] = p.predicate(n)
		p.aux()
	}
	switch q {
	case some, either:
		return join(Or, args)
	case none:
		return not(join(Or, args))
	case exactly, most, onlyOne:
		p.stop("a condition on one of several only")
	}
	return join(And, args)
}

// goesOn tells whether a comparison without elements stands here.
func (p *parser) goesOn() bool {
	t := p.cur()
	if t.is("nicht") {
		t = p.peek(1)
	}
	return t.kind == tOp || t.is("gleich", "ungleich") || p.cur().is("nicht") && (t.kind == tNumber || t.kind == tQuote)
}

// aux eats the verb behind a condition: … belegt ist.
func (p *parser) aux() {
	for p.cur().isAux() && !p.beginsElement(1) {
		p.pos++
	}
}

// beginsElement tells whether an element stands n tokens on.
func (p *parser) beginsElement(n int) bool {
	for {
		t := p.peek(n)
		if t.kind == tRef {
			return true
		}
		if !t.isArticle() && !t.isNoun() && !t.isAdjective() {
			return false
		}
		n++
	}
}

// predicate reads what is said of n.
func (p *parser) predicate(n *node) *Expr {
	defer p.enter()()
	p.eat("der", "die", "das", "den") // der Wert, die Auswahl
	p.eatPunct(":")
	for p.cur().isAdverb() || p.cur().isContent() && !p.peek(1).isFilled() {
		p.wholly(n)
		p.pos++
	}
	p.eatPunct(":")
	t := p.cur()
	switch {
	case t.kind == tOp:
		return p.comparison(n)
	case p.eat("ist", "sind", "hat", "haben", "wird", "wurde"): // das Feld ist leer
		return p.predicate(n)
	case p.eat("nicht"):
		p.negated = true
		return not(p.predicate(n))
	case p.eat("leer", "unbefüllt"):
		return not(filled(n))
	case t.isFilled() || t.is("gesetzt"):
		p.pos++
		return filled(n)
	case t.is("kein", "keine", "keinen", "keinerlei"):
		p.pos++
		return not(p.entry(n))
	case t.is("ein", "eine", "einen"):
		p.pos++
		return p.entry(n)
	case t.is("bejaht", "angekreuzt", "angehakt", "ausgewählt", "zutrifft", "verneint") && n.isBool():
		p.pos++
		return p.equal(n, Value{Bool, map[bool]string{true: "false", false: "true"}[t.is("verneint")]})
	case n.field != nil && n.field.FieldKind == fim.Select && p.eat("ausgewählt", "gewählt"):
		return filled(n)
	case p.eat("mit"), t.is("in", "aus") && p.eat("in", "aus"):
		return p.equals(n)
	case t.is("gleich", "größer", "kleiner", "höher", "niedriger", "mindestens", "höchstens", "maximal", "minimal", "vor", "nach", "älter", "jünger", "zwischen", "ab", "bis", "ungleich", "über", "unter"):
		return p.comparison(n)
	case p.beginsElement(0):
		p.stop("a comparison is expected")
	}
	return p.equals(n)
}

// wholly stops at a word that says of a group that all its fields are filled,
// since a group is filled when one of them is.
func (p *parser) wholly(n *node) {
	if p.cur().is("vollständig", "komplett") && n.field == nil && len(n.leaves) > 1 {
		p.stop("which fields of the group are to be filled")
	}
}

func (n *node) isBool() bool {
	return n.field != nil && n.field.Type == "bool" && len(n.field.Values) == 0
}

// entry reads "Eintrag vorgenommen", "Auswahl getroffen", and "… ausgewählt
// wird, deren Code im Bereich >= a bis < b liegt".
func (p *parser) entry(n *node) *Expr {
	if t := p.cur(); t.isContent() || t.is("datei", "dokument", "nachweis", "text") || n.calls(t) { // Eintrag, Rechtsform
		p.pos++
	}
	if !p.eat("vorgenommen", "erfolgt", "gemacht", "getroffen", "vorhanden", "eingetragen", "angegeben", "ausgewählt", "gewählt", "hinterlegt", "enthalten", "existiert", "erfolgte") {
		p.stop("what was done in the field")
	}
	e := filled(n)
	p.aux()
	save := p.pos
	p.eatPunct(",")
	if !p.eat("deren", "dessen") {
		p.pos = save
		return e
	}
	p.eatIf(token.isContent)
	p.eat("im", "in")
	p.eat("dem", "den")
	p.eat("bereich", "intervall")
	return p.interval(n)
}

// calls tells whether a word is the name of an element, or the first of it:
// "eine Rechtsform" of the field "Rechtsform der Gesellschaft".
func (n *node) calls(t token) bool {
	return t.kind == tWord && slices.ContainsFunc(n.names, func(name []token) bool { return name[0].norm == t.norm })
}

// interval reads two bounds: >= a bis < b; von a bis b; zwischen a und b.
func (p *parser) interval(n *node) *Expr {
	lower, upper := Ge, Le
	p.eat("von", "zwischen")
	if p.cur().kind == tOp {
		lower = Op(p.cur().norm)
		p.pos++
	}
	a := p.operand(n, lower)
	p.eat("bis", "und")
	if p.cur().kind == tOp {
		upper = Op(p.cur().norm)
		p.pos++
	}
	if (lower != Ge && lower != Gt) || (upper != Le && upper != Lt) {
		p.stop("bounds from low to high")
	}
	b := p.operand(n, upper)
	return join(And, []*Expr{p.order(n, lower, a), p.order(n, upper, b)})
}

// relation reads a comparison in signs or words.
func (p *parser) relation() Op {
	t := p.cur()
	p.pos++
	if t.kind == tOp {
		if t.norm == "==" && p.cur().kind == tOp { // "= < 18"
			t = p.cur()
			p.pos++
		}
		return Op(t.norm)
	}
	orEqual := func(strict, weak Op) Op {
		p.eat("als")
		if p.eatAll("oder", "gleich") || p.eat("gleich") {
			p.eat("als")
			return weak
		}
		p.eat("als", "dem", "der", "den")
		return strict
	}
	switch t.norm {
	case "gleich":
		return Eq
	case "ungleich":
		return Ne
	case "größer", "höher", "nach", "über", "älter":
		return orEqual(Gt, Ge)
	case "kleiner", "niedriger", "vor", "unter", "jünger":
		return orEqual(Lt, Le)
	case "mindestens", "minimal", "ab":
		return Ge
	case "höchstens", "maximal", "bis":
		return Le
	}
	p.pos--
	p.stop("a comparison is expected")
	return ""
}

// comparison reads a comparison in signs or words with values.
func (p *parser) comparison(n *node) *Expr {
	if p.cur().is("zwischen") {
		return p.interval(n)
	}
	word := p.cur()
	op := p.relation()
	p.eat("als", "der", "die", "das", "dem", "den")
	p.eatIf(token.isContent)
	p.eatPunct(":")
	if op != Eq && op != Ne {
		with := p.operand(n, op)
		if word.is("vor", "nach") && with.Years {
			p.stop("a day is expected, not an age")
		}
		if word.is("älter", "jünger") && !with.Years && n.field != nil && n.field.Type == fim.Date {
			p.stop("years are expected")
		}
		return p.order(n, op, with)
	}
	if p.cur().is("leer") {
		p.pos++
		if op == Eq {
			return not(filled(n))
		}
		return filled(n)
	}
	e := p.alternatives(n, op)
	p.eatIf(token.isChosen)
	if op == Ne {
		return not(e)
	}
	return e
}

// equals reads values after words like "mit" or nothing at all.
func (p *parser) equals(n *node) *Expr {
	p.eat("dem", "der", "den", "die")
	p.eatIf(token.isContent)
	p.eatPunct(":")
	e := p.alternatives(n, Eq)
	p.eatIf(func(t token) bool { return t.isFilled() || t.isChosen() || t.is("beantwortet") })
	return e
}

// alternatives reads one value or several, of which one must hold: a ODER b,
// (a, b), and after <> also a UND b.
func (p *parser) alternatives(n *node, op Op) *Expr {
	if p.cur().punct("(") && !p.unclosed() {
		defer p.enter()()
		p.pos++
		e := p.alternatives(n, op)
		if !p.eatPunct(")") {
			p.stop("the bracket is to end here")
		}
		return e
	}
	if p.cur().is("einem", "einer", "eines") && (p.peek(1).is("der") || p.peek(1).isContent()) { // einem der Werte
		p.pos += 2
		p.eat("folgenden")
		p.eatIf(token.isContent)
	}
	p.eat("entweder")
	first := p.operand(n, op)
	if first.Path != "" || first.Today {
		return p.order(n, Eq, first)
	}
	values := []Value{first.Value}
	for {
		save := p.pos
		p.eatPunct(",", "/")
		switch {
		case p.eatIf(token.isOr), (op == Ne || p.listing) && p.eatIf(token.isAnd):
		case p.pos > save:
		default:
			return p.one(n, values)
		}
		if p.cur().kind == tOp || p.beginsElement(0) || p.cur().punct("(") {
			p.pos = save
			return p.one(n, values)
		}
		var v Term
		kept := slices.Clone(p.notes)
		if failed := p.try(func() { v = p.operand(n, op) }); failed != nil || v.Path != "" || v.Today {
			if failed != nil && !p.looksLikeValue(save) {
				failed = nil
			}
			if failed != nil {
				panic(*failed)
			}
			p.pos, p.notes = save, kept
			return p.one(n, values)
		}
		values = append(values, v.Value)
	}
}

// looksLikeValue tells whether a value, though one that does not fit, follows
// the conjunction at pos.
func (p *parser) looksLikeValue(pos int) bool {
	if pos+1 >= len(p.toks) {
		return false
	}
	t := p.toks[pos+1]
	return t.kind == tNumber || t.kind == tQuote
}

func (p *parser) one(n *node, values []Value) *Expr {
	if len(values) == 1 {
		return p.equal(n, values[0])
	}
	return &Expr{Op: In, Left: Term{Path: n.path}, Values: values}
}

func (p *parser) equal(n *node, v Value) *Expr {
	return &Expr{Op: Eq, Left: Term{Path: n.path}, Right: Term{Value: v}}
}

// order compares n with a term by op.
func (p *parser) order(n *node, op Op, with Term) *Expr {
	left := Term{Path: n.path}
	if with.Years {
		left.Years, with.Years = true, false
	}
	e := &Expr{Op: op, Left: left, Right: with}
	if op == Ne {
		e.Op = Eq
		return not(e)
	}
	return e
}

// ofState reads a condition on the federal state: Bundesland = TH.
func (p *parser) ofState() *Expr {
	save := p.pos
	for p.cur().isArticle() || p.cur().isIn() {
		p.pos++
	}
	if !p.eat("bundesland", "land") {
		p.pos = save
		return nil
	}
	op := p.cur().norm
	if op != "==" && op != "!=" {
		p.stop("= or <> is expected")
	}
	p.pos++
	quote := p.cur().kind == tQuote
	if quote {
		p.pos++
	}
	e := p.states()
	if e == nil {
		p.stop("a federal state is expected")
	}
	if quote && !p.closing() {
		p.stop("the quotation does not end")
	}
	if op == "!=" {
		return not(e)
	}
	return e
}

// states reads names of federal states.
func (p *parser) states() *Expr {
	var values []Value
	for {
		code := stateOf(p.cur())
		if code == "" {
			break
		}
		values = append(values, Value{Text, code})
		p.pos++
		save := p.pos
		p.eatPunct(",")
		if p.eatIf(token.isAnd) || p.eatIf(token.isOr) || p.pos > save {
			if stateOf(p.cur()) == "" {
				p.pos = save
				break
			}
		}
	}
	if values == nil {
		return nil
	}
	return &Expr{Op: In, Left: Term{Path: State}, Values: values}
}

// place reads where a statement holds: in Thüringen; für das Land TH; für alle
// Länder außer RP und ST; für die anderen Bundesländer. nil when there is none.
func (p *parser) place() *Expr {
	save := p.pos
	if !p.eat("in", "für", "bei") {
		return nil
	}
	p.eat("alle", "allen")
	p.eat("das", "die", "den", "dem", "der")
	others := p.eat("anderen", "andere", "übrigen", "restlichen", "sonstigen")
	noun := p.eat("land", "länder", "ländern", "bundesland", "bundesländer", "bundesländern")
	except := noun && (p.eat("außer", "ausgenommen") || p.eatAll("mit", "ausnahme", "von"))
	e := p.states()
	switch {
	case others && noun && e == nil && p.state != nil:
		return not(p.state)
	case e == nil || others:
		p.pos = save
		return nil
	case except:
		p.state = not(e)
		return p.state
	}
	p.state = e
	return e
}

// calendarOf finds day, month and year among elements by their names.
func calendarOf(found []*node) []Path {
	var parts [3]Path
	for _, n := range found {
		if n.field == nil {
			return nil
		}
		switch first, _, _ := strings.Cut(strings.ToLower(n.field.Name), " "); {
		case first == "tag" && parts[0] == "":
			parts[0] = n.path
		case first == "monat" && parts[1] == "":
			parts[1] = n.path
		case first == "jahr" && parts[2] == "":
			parts[2] = n.path
		default:
			return nil
		}
	}
	if len(found) != 3 {
		return nil
	}
	return parts[:]
}
