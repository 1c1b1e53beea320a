package rule

import (
	"slices"
)

// modal is the mode of a statement.
type modal int8

const (
	must  modal = iota // muss
	shall              // soll: as muss, but soll nicht is darf nicht
	may                // darf, kann
	be                 // ist, wird
)

// predication is a predicate of a statement, once read.
type predication struct {
	kind   predKind
	duty   bool // als Pflichtfeld
	only   bool // nur
	denied bool // nicht, and in check already
	// together: nicht gleichzeitig, nicht beide
	together bool
	values   []Value
	check    *Expr
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
		found, q := p.need()
		p.appear(when, found, q, t)
		return
	case t.is("nur") && p.last != nil:
		p.onlyChosen(when)
		return
	case p.last != nil && p.infinitive(when, p.last, each):
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
		p.appear(when, found, q, verb)
		return
	}
	if p.infinitive(when, found, q) {
		return
	}
	m, ok := p.modal()
	if !ok {
		p.stop("a verb is expected")
	}
	p.predicates(when, m, found, q)
}

// infinitive reads the rest of "dann F… als Pflichtfeld nicht anzeigen".
func (p *parser) infinitive(when *Expr, found []*node, q quantity) bool {
	save := p.pos
	pr := predication{kind: toShow, duty: p.duty()}
	gone := p.eat("nicht")
	verb := p.cur()
	if !p.eatIf(token.isInfinitive) {
		p.pos = save
		return false
	}
	if verb.is("ausblenden", "deaktivieren", "verbergen", "verstecken") {
		if gone {
			p.stop("whether what need not be hidden is shown")
		}
		pr.kind = toHide
	}
	p.emit(when, be, gone, pr, found, q)
	return true
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
func (p *parser) appear(when *Expr, found []*node, q quantity, verb token) {
	gone := verb.is("entfällt", "entfallen") || p.eat("nicht")
	pr := predication{kind: toShow, duty: p.duty()}
	if gone && pr.duty {
		p.stop("whether it is shown")
	}
	p.emit(when, be, gone, pr, found, q)
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
		if t.is("muss", "müssen", "muß") {
			return must, true
		}
		return shall, true
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
		p.dutyAt = save
		return true
	}
	p.pos = save
	if p.eatIf(token.isDutiful) {
		p.dutyAt = save
		return true
	}
	return false
}

// noDuty tells whether "nicht" stands before the duty just read: nicht als
// Pflichtfeld.
func (p *parser) noDuty() bool { return p.dutyAt > 0 && p.toks[p.dutyAt-1].is("nicht") }

// ordered reads an order: zeige F… als Pflicht nicht an; blende G… aus.
func (p *parser) ordered(when *Expr) {
	verb := p.cur()
	p.pos++
	pr := predication{kind: toShow}
	gone := verb.is("deaktiviere", "verberge", "verstecke")
	not := false
	flags := func() {
		for {
			switch {
			case p.duty():
				if p.noDuty() {
					p.stop("whether it is shown")
				}
				pr.duty = true
			case p.eat("nicht"):
				if gone {
					p.stop("whether what need not be hidden is shown")
				}
				not, gone = true, true
			case p.cur().isAdverb():
				p.pos++
			default:
				return
			}
		}
	}
	flags()
	if p.eat("an") {
		flags()
	}
	p.eatPunct(":")
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
			if flags(); not {
				p.stop("whether what need not be hidden is shown")
			}
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
	end := 0
	if found == nil {
		found, end = p.listAhead()
		if found != nil {
			p.last = found
		}
	}
	carried := false // "nicht" of the predicate before, which may be of this one
	for {
		gone, only := false, false
		var pr predication
		for pr.kind == 0 {
			switch {
			case p.eat("nicht"):
				gone, carried = !gone, false
			case p.cur().isAdverb():
				for _, n := range found {
					p.wholly(n)
				}
				p.pos++
			case p.eat("gleichzeitig", "zugleich"):
				pr.together = true
			case p.placeOfForm():
			case p.cur().is("nur") && !p.peek(1).is("eines", "einer", "eine"):
				p.pos++
				p.eat("dann")
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
				if pr.together = pr.together || q == all && gone; pr.together {
					q = each
				}
				p.eatPunct(":")
			}
		}
		for p.eat("werden", "sein", "bleiben", "haben", "liegen", "worden", "lauten") {
		}
		if carried {
			p.stop("how far “nicht” reaches")
		}
		if only && pr.kind != toChoose {
			m, gone = p.onlyWhen(when, m, gone, pr)
		}
		pr.only = only
		p.emit(when, m, gone, pr, found, q)
		if end > 0 {
			if !p.eatPunct(":") {
				p.stop("the list of fields is expected")
			}
			p.pos = end
			return
		}
		save := p.pos
		if !p.eatIf(token.isAnd) && !(p.eatPunct(",") && p.eatIf(token.isAnd)) {
			p.pos = save
			return
		}
		if p.cur().isImperative() || p.cur().isIf() || p.cur().isElse() {
			p.pos = save
			return
		}
		denied := gone || pr.denied
		carried = false
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
			continue
		}
		carried = denied
	}
}

// listAhead reads the elements of "die folgenden Felder …: F…, F…", which stand
// behind the predicate, and where they end.
func (p *parser) listAhead() (found []*node, end int) {
	save := p.pos
	p.eatIf(token.isArticle)
	if !p.eat("folgende", "folgenden", "nachfolgende", "nachfolgenden") || !p.eatIf(token.isNoun) || p.cur().kind == tRef {
		p.pos = save
		return nil, 0
	}
	predicate := p.pos
	for !p.cur().punct(":") {
		if p.done() || p.cur().punct(".") || p.cur().kind == tRef {
			p.pos = save
			return nil, 0
		}
		p.pos++
	}
	p.pos++
	found, q := p.subjects()
	if q != each {
		p.stop("a list of fields is expected")
	}
	if found == nil {
		p.pos = save
		return nil, 0
	}
	end, p.pos = p.pos, predicate
	return found, end
}

// onlyWhen takes "darf nur … werden, wenn": it means that it must not be when
// the condition behind it does not hold. What is shown is so anyhow.
func (p *parser) onlyWhen(when *Expr, m modal, gone bool, pr predication) (modal, bool) {
	if when != nil || gone || p.only != noOnly {
		p.stop("what “nur” means here")
	}
	switch pr.kind {
	case toShow:
		p.only = onlyThen
		return be, false
	case toFill, toBeDuty:
		if m == may {
			p.only = onlyElse
			return may, true
		}
		p.only = onlyThen
		return m, false
	}
	p.stop("what “nur” means here")
	return m, gone
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
		if p.noDuty() && p.cur().isShown() {
			p.stop("whether it is shown")
		}
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
		return p.held(pr, found, q, gone)
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
	p.listing = only || p.peek(-1).is("codes", "werte", "optionen")
	ok := p.try(func() { pr.values = p.values(found) }) == nil
	p.listing = false
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
