package rule

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"leitportal/internal/form/fim"
)

// quantity says how many of several elements are meant.
type quantity int8

const (
	each      quantity = iota // no word of it
	all                       // alle
	some                      // mindestens eines
	exactly                   // genau eines, entweder … oder
	onlyOne                   // nur eines
	most                      // höchstens eines
	none                      // keines
	either                    // oder between them
	chainSize = 6
)

// subjects reads elements with their names: "das Feld F… "x", die Gruppe G…
// und F…". It leaves p as it was, and gives none, when there are none.
func (p *parser) subjects() (found []*node, q quantity) {
	save := p.pos
	q = p.quantifier()
	neither := p.peek(-1).is("weder")
	bracket := q == each && p.cur().punct("(") && p.listInBrackets()
	if bracket {
		p.pos++
	}
	first := p.element()
	if first == nil {
		p.pos = save
		return nil, each
	}
	found = append(found, first)
	ands, ors := false, false
	for {
		sep := p.pos
		and, or := false, false
		for p.eatPunct(",", "/") {
		}
		switch {
		case p.eatIf(token.isAnd):
			slash := p.eatPunct("/")
			or = p.eatIf(token.isOr) // und/oder
			if and = !or; slash && and {
				p.pos = sep
			}
		case p.eatIf(token.isOr):
			or = true
			p.eatPunct(".") // bzw.
		case neither && p.eat("noch"):
		}
		if sep == p.pos {
			break
		}
		n := p.element()
		if n == nil {
			p.pos = sep
			break
		}
		if found = append(found, n); len(found) > maxElements {
			p.stop("more than %d elements in one list", maxElements)
		}
		if ands, ors = ands || and, ors || or; ands && ors && (q == each || q == either || q == all) {
			p.stop("“und” and “oder” in one list")
		}
		if or && q == each {
			q = either
		}
	}
	if q != each && len(found) == 1 && found[0].field == nil && len(found[0].leaves) > 0 { // alle Felder der Gruppe
		if found = found[0].leaves; len(found) > maxElements {
			p.stop("more than %d elements in one list", maxElements)
		}
	}
	if bracket && !p.eatPunct(")") {
		p.stop("the bracket is to end here")
	}
	return found, q
}

// listInBrackets tells whether the bracket here holds nothing but elements, so
// no comparison.
func (p *parser) listInBrackets() bool {
	refs := 0
	for i := 1; ; i++ {
		switch t := p.peek(i); {
		case t.kind == tEnd || t.kind == tOp || t.isFilled() || t.is("leer"):
			return false
		case t.kind == tRef:
			refs++
		case t.punct(")"):
			return refs > 0
		}
	}
}

// quantifier reads "mindestens eines der", "alle drei", "entweder".
func (p *parser) quantifier() quantity {
	save := p.pos
	one := func() bool {
		if !p.eat("eines", "eine", "einer", "ein", "einem", "einen", "eins", "1") {
			return false
		}
		p.eat("von", "aus")
		return true
	}
	switch {
	case p.eat("alle", "allen", "sämtliche", "beide"):
		p.eat("zwei", "drei", "vier", "fünf", "sechs", "2", "3", "4", "5", "6")
		return all
	case p.eat("mindestens", "wenigstens", "zumindest"):
		if one() {
			return some
		}
	case p.eat("genau", "exakt"):
		if one() {
			return exactly
		}
	case p.cur().is("nur") && p.peek(1).is("eines", "einer", "eine"):
		p.pos++
		one()
		return onlyOne
	case p.eat("höchstens", "maximal"):
		if one() {
			return most
		}
	case p.eat("entweder"):
		return exactly
	case p.eat("keines", "keiner", "keine", "weder"):
		p.eat("von")
		return none
	case p.cur().is("eines", "einer", "eins", "einem") && p.peek(1).is("der", "von", "aus", "dieser", "den"):
		p.pos++
		p.eat("von", "aus")
		return some
	}
	p.pos = save
	return each
}

// element reads one element with the words before it, and its name; nil
// without moving when there is none.
func (p *parser) element() *node {
	save := p.pos
	for {
		t := p.cur()
		if t.isArticle() || t.isAdjective() || t.isNoun() || t.isContent() || t.isIn() || t.is("dieses", "diese", "dieser") {
			p.pos++
			continue
		}
		if t.punct("/") && p.peek(-1).isContent() && p.peek(1).isContent() || t.punct("(") && p.unclosed() {
			if t.punct("(") {
				p.note("a bracket is not closed")
			}
			p.pos++
			continue
		}
		break
	}
	named := p.nameBefore()
	if p.cur().kind != tRef {
		p.pos = save
		return nil
	}
	ref := p.pos
	ids := strings.FieldsFunc(p.toks[ref].norm, func(r rune) bool { return r == '.' || r == '/' })
	p.pos++
	if named == "(" && !p.eatPunct(")") {
		p.stop("the bracket is to end here")
	}
	if named == "" {
		p.name(ids[len(ids)-1])
	}
	// in der Gruppe G… im Feld F…; Feld F… in der Gruppe G…
	for range chainSize {
		inner := p.pos
		p.eatPunct(",")
		if !p.eat("in", "im", "aus", "der", "des", "innerhalb") {
			p.pos = inner
			break
		}
		for p.cur().isArticle() || p.cur().isNoun() {
			p.pos++
		}
		next := strings.Split(p.cur().norm, ".")
		group := ids[len(ids)-1][0] == 'G'
		switch {
		case p.cur().kind == tRef && group:
			ids = append(ids, next...)
		case p.cur().kind == tRef && next[len(next)-1][0] == 'G':
			ids = append(next, ids...)
		default:
			p.pos = inner
			next = nil
		}
		if next == nil {
			break
		}
		p.pos++
		p.name(next[len(next)-1])
	}
	return p.resolve(ref, ids)
}

// nameBefore passes over a name in quotation marks that stands before the id,
// which may then be in brackets, and gives "(" or "name"; "" when there is none.
func (p *parser) nameBefore() string {
	if p.cur().kind == tWord {
		return p.knownBefore()
	}
	if p.cur().kind != tQuote || !p.peek(-1).isNoun() {
		return ""
	}
	for i := 1; i < maxQuotation; i++ {
		if p.peek(i).kind != tQuote {
			continue
		}
		switch {
		case p.peek(i+1).kind == tRef:
			p.pos += i + 1
			return "name"
		case p.peek(i+1).punct("(") && p.peek(i+2).kind == tRef && p.peek(i+3).punct(")"):
			p.pos += i + 2
			return "("
		}
		break
	}
	return ""
}

// knownBefore does the same for the schema's own name without quotation marks.
func (p *parser) knownBefore() string {
	i := 0
	for p.peek(i).kind == tWord && i < 12 {
		i++
	}
	at, before := i, "name"
	if p.peek(i).punct("(") {
		at, before = i+1, "("
	}
	ref := p.peek(at)
	if ref.kind != tRef || strings.ContainsAny(ref.norm, "./") {
		return ""
	}
	for _, n := range p.idx.byID[long(ref.norm)] {
		for _, name := range n.names {
			if p.matches(name) == i {
				p.pos += at
				return before
			}
		}
	}
	return ""
}

// unclosed tells whether the bracket here has no end in the sentence.
func (p *parser) unclosed() bool { return p.match[p.pos] == 0 }

func (p *parser) resolve(ref int, ids []string) *node {
	found := p.idx.find(p.at, ids)
	switch len(found) {
	case 1:
		return found[0]
	case 0:
		as := strings.Join(ids, ".")
		if u := (Unknown{p.rule.Identity, p.at.path, as}); !slices.Contains(p.res.Unknown, u) {
			p.res.Unknown = append(p.res.Unknown, u)
		}
		panic(stop{ref, "the schema has no " + as + " here"})
	}
	places := make([]string, len(found))
	for i, n := range found {
		places[i] = string(n.path)
	}
	if len(places) > 3 {
		places = append(places[:3], "…")
	}
	panic(stop{ref, "ambiguous, none nearer than the others: " + strings.Join(places, ", ")})
}

// name passes over the name of the element id: its own name or label, with or
// without quotation marks; anything in quotation marks; else words that have
// no meaning of their own.
func (p *parser) name(id string) {
	p.eatPunct(":")
	from := p.pos
	known := func() int {
		best := 0
		for _, n := range p.idx.byID[long(id)] {
			for _, name := range n.names {
				best = max(best, p.matches(name))
			}
		}
		return best
	}
	switch {
	case p.cur().kind == tQuote:
		p.pos++
		if n := known(); n > 0 {
			p.pos += n
			if !p.closing() {
				p.note("a quotation mark is missing after %s", trimmed(p.source(from+1, p.pos)))
			}
			return
		}
		if p.quotesChoice(id) {
			p.pos = from
			return
		}
		p.quotation()
	case p.cur().punct("(") && !p.unclosed():
		p.pos++
		if n := known(); n > 0 && p.peek(n).punct(")") {
			p.pos += n + 1
			return
		}
		p.pos = from
		end := p.bracketEnd()
		if end < 0 {
			return
		}
		p.pos = end + 1
	default:
		if n := known(); n > 0 {
			p.pos += n
			return
		}
		p.run()
		for i := from; i < p.pos; i++ {
			if _, truth := truthOf(p.toks[i]); truth || p.isCode(id, i) {
				p.pos = i
				p.stop("a comparison is expected, or the name as it is in the schema")
			}
		}
	}
	if p.pos > from && len(p.idx.byID[long(id)]) > 0 {
		p.note("%s is called otherwise in the schema than %s", id, trimmed(p.source(from, p.pos)))
	}
}

// isCode tells whether the token i is a code of a choice of the element id.
func (p *parser) isCode(id string, i int) bool {
	said := p.source(i, i+1)
	return slices.ContainsFunc(p.idx.byID[long(id)], func(n *node) bool {
		return n.field != nil && slices.ContainsFunc(n.field.Values, func(v fim.Value) bool { return v.Code == said })
	})
}

// quotesChoice tells whether the quotation here is a choice of the element and
// not its name: in F… "Ja" ausgewählt wurde.
func (p *parser) quotesChoice(id string) bool {
	size := 0
	if _, ok := truthOf(p.cur()); ok {
		size = 1
	}
	for _, n := range p.idx.byID[long(id)] {
		for _, words := range n.choices {
			size = max(size, p.matches(words))
		}
	}
	return size > 0 && p.peek(size).kind == tQuote && p.peek(size+1).kind != tOp
}

// matches is how many tokens here are those of a name, 0 when they are not.
func (p *parser) matches(name []token) int {
	i := 0
	for _, t := range name {
		o := p.peek(i)
		if o.kind != t.kind || o.norm != t.norm {
			return 0
		}
		i++
	}
	if next := p.peek(i); next.kind == tWord && next.from == p.peek(i-1).to {
		return 0
	}
	return i
}

// closing eats the end of a quotation, also when it was typed twice.
func (p *parser) closing() bool {
	if p.cur().kind != tQuote {
		return false
	}
	p.pos++
	if p.cur().kind == tQuote && p.cur().from == p.peek(-1).to {
		p.pos++
		p.note("a quotation mark too many")
	}
	return true
}

const maxQuotation = 80 // tokens

// quotation reads to the end of a quotation whose begin was eaten and gives
// what it holds.
func (p *parser) quotation() string {
	from := p.pos
	for p.cur().kind != tQuote {
		if p.done() || p.cur().kind == tRef || p.pos-from > maxQuotation {
			p.pos = from - 1
			p.stop("the quotation does not end")
		}
		p.pos++
	}
	s := p.source(from, p.pos)
	p.closing()
	return s
}

// run passes over a name that the schema does not have: a capital letter and
// further words without a meaning in the grammar.
func (p *parser) run() {
	from := p.pos
	if r, _ := utf8.DecodeRuneInString(p.source(p.pos, min(p.pos+1, len(p.toks)))); !unicode.IsUpper(r) || strings.Contains(p.cur().norm, ".") {
		return
	}
	for !p.done() {
		t := p.cur()
		switch {
		case t.kind == tOp || t.kind == tQuote || t.kind == tRef || t.kind == tNumber && strings.Contains(t.norm, "."), t.kind == tWord && t.isGrammar(),
			t.punct(",") || t.punct(".") || t.punct(";") || t.punct(")") || t.punct("+") || t.punct("*"), t.changes():
			p.back(from)
			return
		case t.isContent() && (p.peek(1).kind == tNumber || p.peek(1).kind == tQuote || p.peek(1).kind == tOp):
			p.back(from)
			return
		case t.punct("("):
			end := p.bracketEnd()
			if end < 0 || p.pos == from || p.peek(-1).isIn() {
				p.back(from)
				return
			}
			p.pos = end
		}
		p.pos++
	}
	p.back(from)
}

// back gives back the last words of a run that belong to what follows.
func (p *parser) back(from int) {
	for p.pos > from {
		t := p.peek(-1)
		if !t.isParticle() && !t.isContent() && !t.isArticle() && !t.isIn() {
			return
		}
		p.pos--
	}
}

// bracketEnd is where the bracket here ends, if it holds no elements and no
// comparisons; -1 else.
func (p *parser) bracketEnd() int {
	for i := p.pos + 1; i < len(p.toks) && i < p.pos+maxQuotation; i++ {
		switch t := p.toks[i]; {
		case t.kind == tRef || t.kind == tOp || t.punct("("):
			return -1
		case t.punct(")"):
			return i
		}
	}
	return -1
}
