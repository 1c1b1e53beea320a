package rule

import (
	"slices"
)

// modal is the mode of a statement.
type modal int8

const (
	must modal = iota
	may        // darf, kann
	be         // ist, wird
)

// predication is a predicate of a statement, once read.
type predication struct {
	kind   predKind
	duty   bool // als Pflichtfeld
	only   bool // nur
	values []Value
	check  *Expr
}

type predKind int8

const (
	toFill predKind = iota + 1
	toShow
	toHide
	toBeEmpty
	toBeDuty
	toBeOptional
	toPrefill
	toChoose // one of values
	toHold   // check
)

// actions reads one or several things that happen when `when` holds.
func (p *parser) actions(when *Expr) {
	p.action(when)
	for {
		save := p.pos
		p.eatPunct(",")
		conj := p.eatIf(token.isAnd)
		switch {
		case p.eat("wobei"):
			p.action(when)
			continue
		case (conj || p.pos > save) && p.cur().isImperative(),
			conj && (p.cur().is("erscheint", "erscheinen", "es") || p.cur().isModal()),
			conj && p.beginsStatement():
			p.action(when)
			continue
		}
		p.pos = save
		return
	}
}

// beginsStatement tells whether elements and then a modal verb follow.
func (p *parser) beginsStatement() bool {
	save, notes := p.pos, slices.Clone(p.notes)
	ok := false
	p.try(func() {
		found, _ := p.targets()
		ok = found != nil && (p.cur().isModal() || p.cur().is("erscheint", "erscheinen"))
	})
	p.pos, p.notes = save, notes
	return ok
}

// action reads one statement: an order (zeige …), or elements and what they
// must, may or are to be, in any of the orders of German.
func (p *parser) action(when *Expr) {
	when = and(when, p.place())
	t := p.cur()
	switch {
	case t.isImperative():
		p.ordered(when)
		return
	case t.is("erscheint", "erscheinen", "entfällt", "entfallen"):
		p.pos++
		found, _ := p.need()
		p.appear(when, found, t)
		return
	case t.is("nur") && p.last != nil:
		p.onlyChosen(when)
		return
	case t.is("es") && p.peek(1).isModal():
		p.pos++
	}
	q := each
	if p.cur().is("entweder") && p.peek(1).isModal() {
		p.pos++
		q = exactly
	}
	if m, ok := p.modal(); ok { // muss das Feld … befüllt werden
		p.predicates(when, m, nil, q)
		return
	}
	found, q := p.need()
	if verb := p.cur(); verb.is("erscheint", "erscheinen", "entfällt", "entfallen") {
		p.pos++
		p.appear(when, found, verb)
		return
	}
	m, ok := p.modal()
	if !ok {
		p.stop("a verb is expected")
	}
	p.predicates(when, m, found, q)
}

// onlyChosen reads "nur die Codes A, B ausgewählt werden dürfen" of the targets
// before, where the verb comes last.
func (p *parser) onlyChosen(when *Expr) {
	p.pos++
	var pr predication
	gone := false
	if !p.choice(&pr, p.last, true, &gone) || pr.kind != toChoose {
		p.stop("codes that may be chosen are expected")
	}
	p.eat("werden", "sein")
	m, ok := p.modal()
	if !ok {
		p.stop("“darf” is expected")
	}
	pr.only = true
	p.emit(when, m, gone, pr, p.last, each)
}

// appear emits for "erscheint" and "entfällt".
func (p *parser) appear(when *Expr, found []*node, verb token) {
	gone := verb.is("entfällt", "entfallen") || p.eat("nicht")
	pr := predication{kind: toShow, duty: p.duty()}
	p.emit(when, be, gone, pr, found, each)
	if p.conjThenModal() {
		m, _ := p.modal()
		p.predicates(when, m, found, each)
	}
}

func (p *parser) conjThenModal() bool {
	if p.cur().isAnd() && p.peek(1).isModal() {
		p.pos++
		return true
	}
	return false
}

func (p *parser) modal() (modal, bool) {
	t := p.cur()
	switch {
	case t.isMust():
		p.pos++
		return must, true
	case t.isMay():
		p.pos++
		return may, true
	case t.isBe():
		p.pos++
		return be, true
	}
	return 0, false
}

// targets reads elements, or a pronoun for those before.
func (p *parser) targets() (found []*node, q quantity) {
	if found, q = p.subjects(); found != nil {
		return found, q
	}
	save := p.pos
	switch {
	case p.eat("es", "sie", "er", "diese", "dieses", "dieser", "diesen", "ihn", "das", "die", "der"):
		p.eatIf(token.isAdjective)
		p.eatIf(token.isNoun)
	case p.cur().isIn() && p.peek(1).is("diesem", "diesen", "dieser"):
		p.pos += 2
		p.eatIf(token.isNoun)
	default:
		return nil, each
	}
	if p.last == nil {
		p.pos = save
		return nil, each
	}
	return p.last, each
}

func (p *parser) need() ([]*node, quantity) {
	found, q := p.targets()
	if found == nil {
		p.stop("a field or group, or a verb of the grammar, is expected")
	}
	p.last = found
	return found, q
}

// duty reads "als Pflichtfeld".
func (p *parser) duty() bool {
	save := p.pos
	p.eat("als", "zu", "zum", "zur")
	p.eat("ein", "eine", "einer", "einem")
	if p.eatIf(token.isDuty) {
		return true
	}
	p.pos = save
	return p.eatIf(token.isDutiful)
}

// ordered reads an order: zeige F… als Pflicht nicht an; blende G… aus.
func (p *parser) ordered(when *Expr) {
	verb := p.cur()
	p.pos++
	pr := predication{kind: toShow}
	gone := verb.is("deaktiviere", "verberge", "verstecke")
	flags := func() {
		for {
			switch {
			case p.duty():
				pr.duty = true
			case p.eat("nicht"):
				gone = true
			case p.cur().isAdverb():
				p.pos++
			default:
				return
			}
		}
	}
	flags()
	found, q := p.need()
	if q != each && q != all {
		p.stop("one of several cannot be ordered")
	}
	flags()
	switch {
	case verb.is("zeige"):
		p.eat("an")
		flags()
	case verb.is("blende"):
		switch {
		case p.eat("aus"):
			gone = true
		case !p.eat("ein"):
			p.stop("“ein” or “aus” is expected")
		}
	case verb.is("mache"):
		switch {
		case p.eatIf(token.isOptional):
			pr.kind = toBeOptional
		case !pr.duty && !p.duty():
			p.stop("“zum Pflichtfeld” is expected")
		default:
			pr.kind = toBeDuty
		}
	case verb.is("setze", "befülle", "belege"):
		if !p.eat("auf", "mit") && !p.eatIf(func(t token) bool { return t.kind == tOp && t.norm == "==" }) {
			p.stop("“mit” and a value are expected")
		}
		pr.kind, pr.values = toPrefill, p.values(found)
		p.eat("vor")
	}
	p.emit(when, be, gone, pr, found, q)
}

// predicates reads what the targets must, may or are to be.
func (p *parser) predicates(when *Expr, m modal, found []*node, q quantity) {
	for {
		gone, only := false, false
		var pr predication
		for pr.kind == 0 {
			switch {
			case p.eat("nicht"):
				gone = !gone
			case p.cur().isAdverb():
				p.pos++
			case p.placeOfForm():
			case p.cur().is("nur") && !p.peek(1).is("eines", "einer", "eine"):
				p.pos++
				only = true
			case p.calendar(&pr):
			case found != nil && p.predicated(&pr, found, q, only, &gone):
			default:
				if e := p.place(); e != nil {
					when = and(when, e)
					continue
				}
				if found != nil {
					p.stop("a verb of the grammar is expected")
				}
				before := q
				if found, q = p.need(); before == exactly {
					q = exactly
				}
				p.eatPunct(":")
			}
		}
		for p.eat("werden", "sein", "bleiben", "haben", "liegen", "worden", "lauten") {
		}
		if only && pr.kind != toChoose {
			p.stop("what “nur” means here")
		}
		pr.only = only
		p.emit(when, m, gone, pr, found, q)
		save := p.pos
		if !p.eatIf(token.isAnd) && !(p.eatPunct(",") && p.eatIf(token.isAnd)) {
			p.pos = save
			return
		}
		if p.cur().isImperative() || p.cur().isIf() || p.cur().isElse() {
			p.pos = save
			return
		}
		if next, ok := p.modal(); ok {
			m = next
			continue
		}
		if p.beginsStatement() {
			p.pos = save
			return
		}
		if more, quant := p.subjects(); more != nil {
			found, q = more, quant
			p.last = more
		}
	}
}

// placeOfForm passes over where in the form something happens.
func (p *parser) placeOfForm() bool {
	save := p.pos
	p.eat("in", "im", "auf")
	p.eat("der", "dem")
	if p.pos > save && p.eat("antragsstrecke", "antrag", "formular", "onlinedienst", "online-dienst", "antragsformular", "dialog", "oberfläche", "antragsprozess", "online-antrag") {
		return true
	}
	p.pos = save
	return false
}

// calendar reads "die Validität des sich ergebenden Kalenderdatums
// sichergestellt" of the fields of the condition.
func (p *parser) calendar(pr *predication) bool {
	save := p.pos
	date, valid := false, false
	for !p.done() {
		t := p.cur()
		switch {
		case t.is("validität", "gültigkeit", "korrektheit", "plausibilität", "gültiges", "valides", "korrektes", "existierendes", "gültigen"):
			valid = true
		case t.is("kalenderdatum", "kalenderdatums", "datum", "datums"):
			date = true
		case t.isArticle() || t.is("sich", "ergebenden", "ergebende", "daraus", "hieraus", "resultierenden", "resultierende", "zusammengesetzten", "gesamten", "auf"):
		case valid && date && t.is("sichergestellt", "gewährleistet", "geprüft", "überprüft", "ergeben", "bilden", "sein", "gegeben"):
			p.pos++
			parts := calendarOf(p.subject)
			if parts == nil {
				p.stop("day, month and year are to be the fields of the condition")
			}
			pr.kind, pr.check = toHold, &Expr{Op: Calendar, Paths: parts}
			return true
		default:
			p.pos = save
			return false
		}
		p.pos++
	}
	p.pos = save
	return false
}

// predicated reads one predicate of the targets found.
func (p *parser) predicated(pr *predication, found []*node, q quantity, only bool, gone *bool) bool {
	if p.duty() {
		if p.cur().isShown() || p.cur().isFilled() || p.cur().isToFill() || p.cur().is("zu", "nicht") {
			pr.duty = true
			return true
		}
		pr.kind = toBeDuty
		return true
	}
	t := p.cur()
	switch {
	case t.is("kein", "keine") && p.peek(1).isDuty():
		p.pos += 2
		pr.kind = toBeOptional
	case t.is("ein", "eine") && p.peek(1).isOptional() || t.is("als") && p.peek(1).isOptional():
		p.pos += 2
		p.eatIf(token.isNoun)
		pr.kind = toBeOptional
	case t.isOptional():
		p.pos++
		p.eatIf(token.isNoun)
		pr.kind = toBeOptional
	case t.is("zu") && p.peek(1).is("befüllen"):
		p.pos += 2
		pr.kind = toFill
	case t.isFilled() || t.isToFill():
		p.pos++
		pr.kind = toFill
	case t.isShown():
		p.pos++
		pr.kind = toShow
	case t.isHidden():
		p.pos++
		pr.kind = toHide
	case t.is("leer"):
		p.pos++
		pr.kind = toBeEmpty
	case t.is("mit"):
		p.pos++
		pr.values = p.values(found)
		switch {
		case p.eatIf(token.isPrefilled):
			pr.kind = toPrefill
		case p.eatIf(token.isFilled) || p.eatIf(token.isChosen):
			pr.kind = toChoose
		default:
			p.stop("“vorbefüllt” is expected")
		}
	case p.choice(pr, found, only, gone):
	default:
		return p.held(pr, found, q)
	}
	return true
}

// choice reads "die Auswahl 001 als Vorbefüllung gewählt", "die Codes A, B
// ausgewählt".
func (p *parser) choice(pr *predication, found []*node, only bool, gone *bool) bool {
	save, notes := p.pos, slices.Clone(p.notes)
	p.eatIf(token.isArticle)
	if !p.eat("auswahl", "auswahlen", "wert", "werte", "code", "codes", "option", "optionen", "antwort", "angabe", "angaben", "einträge", "schlüssel") && !only {
		p.pos = save
		return false
	}
	ok := p.try(func() { pr.values = p.values(found) }) == nil
	if ok {
		if p.eat("nicht") {
			*gone = !*gone
		}
		prefill := p.eatAll("als", "vorbefüllung") || p.eatAll("als", "vorbelegung") || p.eatAll("als", "voreinstellung")
		switch {
		case p.eatIf(token.isPrefilled), prefill && p.eatIf(token.isChosen), prefill && p.eat("gesetzt"):
			pr.kind = toPrefill
			return true
		case !prefill && p.eatIf(token.isChosen):
			pr.kind = toChoose
			return true
		case p.cur().is("haben", "annehmen", "enthalten", "aufweisen"):
			p.pos++
			pr.kind = toChoose
			return true
		}
	}
	p.pos, p.notes = save, notes
	return false
}

// held reads a comparison that must hold: vor dem Datum in Feld F… liegen;
// größer als 0 sein; den Wert "wahr" haben.
func (p *parser) held(pr *predication, found []*node, q quantity) bool {
	t := p.cur()
	if t.kind != tOp && !t.isArticle() && !t.is("gleich", "größer", "kleiner", "höher", "niedriger", "mindestens", "höchstens", "vor", "nach", "älter", "jünger", "zwischen", "ungleich", "identisch") {
		return p.tense(pr, found)
	}
	start := p.pos
	args := make([]*Expr, len(found))
	for i, n := range found {
		p.pos = start
		args[i] = ifAnswered(p.predicate(n))
	}
	p.eat("haben", "aufweisen", "enthalten", "liegen", "sein")
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
	return true
}

// ifAnswered makes a comparison of size one that only what is answered has to
// keep.
func ifAnswered(e *Expr) *Expr {
	if e.Op == Not {
		return not(ifAnswered(e.Args[0]))
	}
	if e.Op == Eq && e.Right.Path == "" || e.Op == In || e.Op == Filled || e.Op == And || e.Op == Or {
		return e
	}
	var free []*Expr
	for _, t := range []Term{e.Left, e.Right} {
		if t.Path != "" {
			free = append(free, not(&Expr{Op: Filled, Paths: []Path{t.Path}}))
		}
	}
	return join(Or, append(free, e))
}

// tense reads "in der Vergangenheit liegen", "in der Zukunft liegen".
func (p *parser) tense(pr *predication, found []*node) bool {
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
		args[i] = ifAnswered(p.order(n, op, Term{Today: true}))
	}
	pr.kind, pr.check = toHold, join(And, args)
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
	switch pr.kind {
	case toShow:
		switch {
		case !gone && m != may:
			add(Show)
			if pr.duty {
				add(Require)
			}
		case gone:
			add(Hide)
		default:
			p.stop("whether what may be shown is shown")
		}
	case toHide:
		if gone || m == may {
			p.stop("whether what need not be hidden is shown")
		}
		add(Hide)
	case toFill:
		p.fill(add, m, gone, q)
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
		if m == may && !gone {
			p.stop("whether what may hold holds")
		}
		base.Check = pr.check
		if gone {
			base.Check = not(pr.check)
		}
		add(Check)
	}
}

func (p *parser) fill(add func(Effect), m modal, gone bool, q quantity) {
	switch {
	case q == each || q == all:
		switch {
		case m == may && !gone, m != may && gone:
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
	case q == some && m != may:
		add(AtLeastOne)
	case (q == exactly || q == either) && m != may:
		add(ExactlyOne)
	case q == most || q == exactly || q == either:
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
	case gone && !pr.only:
		add(Except)
	case pr.only && !gone:
		add(Only)
	case m != may && !pr.only:
		base.Check, base.Codes = p.one(found[0], pr.values), nil
		add(Check)
	default:
		p.stop("whether what may be chosen is all that may")
	}
}
