package rule

import (
	"regexp"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/form/fim"
)

// operand reads what n is compared with by op: a value of its kind, another
// field, the day of today.
func (p *parser) operand(n *node, op Op) Term {
	if p.today() {
		if n.field == nil || n.field.Type != fim.Date {
			p.stop("%s is no date", n.id)
		}
		return Term{Today: true}
	}
	if p.beginsElement(0) || p.contentOfElement() {
		other := p.element()
		if other.field == nil || n.field == nil {
			p.stop("a group has no value to compare")
		}
		a, b := kindOf(n.field), kindOf(other.field)
		if a != b || a != Number && a != Date && op != Eq && op != Ne || n.field.Type == fim.File || other.field.Type == fim.File {
			p.stop("%s is %s and %s is %s, they cannot be compared so", n.id, a, other.id, b)
		}
		return Term{Path: other.path}
	}
	if n.field == nil {
		return p.age(n)
	}
	if op != Eq && op != Ne && n.field.Type != fim.Date {
		return Term{Value: p.decimal()}
	}
	switch n.field.Type {
	case fim.Bool:
		if len(n.field.Values) == 0 {
			return Term{Value: p.truth()}
		}
	case fim.Date:
		return p.date()
	case fim.Number, fim.Integer, fim.Currency:
		if len(n.field.Values) == 0 && n.field.List == nil {
			return Term{Value: p.decimal()}
		}
	case fim.File, fim.Object:
		p.stop("%s holds a file, which has no value to compare", n.id)
	}
	return Term{Value: Value{Text, p.code(n)}}
}

// contentOfElement tells whether "dem Datum im Feld F…" stands here.
func (p *parser) contentOfElement() bool {
	for i := range chainSize {
		switch t := p.peek(i); {
		case t.kind == tRef:
			return true
		case !t.isArticle() && !t.isContent() && !t.isIn() && !t.isNoun():
			return false
		}
	}
	return false
}

// today reads the words for the current day.
func (p *parser) today() bool {
	save := p.pos
	for p.eat("dem", "der", "das", "den") {
	}
	if p.eat("heute", "tagesdatum", "antragsdatum") {
		return true
	}
	if p.eat("heutige", "heutigen", "aktuelle", "aktuellen", "aktuelles") && p.eat("tag", "datum", "tagesdatum") ||
		p.eatAll("tag", "der", "antragstellung") {
		return true
	}
	p.pos = save
	return false
}

// age reads "18 Jahre", said of a group with the parts of a date.
func (p *parser) age(n *node) Term {
	year := false
	for _, l := range n.leaves {
		year = year || strings.EqualFold(strings.Fields(l.field.Name + " x")[0], "Jahr") || l.field.Type == fim.Date
	}
	if !year {
		p.stop("%s is a group without a date, it has no value to compare", n.id)
	}
	v := p.decimal()
	if !p.peek(-1).is("jahre", "jahren", "jahr", "lebensjahre") {
		p.stop("years are expected")
	}
	return Term{Years: true, Value: v}
}

func (p *parser) date() Term {
	quote := p.eatIf(func(t token) bool { return t.kind == tQuote })
	d, ok := parseDate(p.cur().norm)
	if !ok {
		if v := p.decimal(); p.peek(-1).is("jahre", "jahren", "jahr", "lebensjahre") {
			return Term{Years: true, Value: v}
		}
		p.pos--
		p.stop("a date is expected")
	}
	p.pos++
	if quote && !p.closing() {
		p.stop("the quotation does not end")
	}
	return Term{Value: Value{Date, d.String()}}
}

// parseDate reads 31.12.2020 and 2020-12-31.
func parseDate(s string) (clock.Date, bool) {
	if parts := strings.Split(s, "."); len(parts) == 3 && len(parts[2]) == 4 {
		pad := func(s string) string { return strings.Repeat("0", max(0, 2-len(s))) + s }
		s = parts[2] + "-" + pad(parts[1]) + "-" + pad(parts[0])
	}
	d, err := clock.ParseDate(s)
	return d, err == nil
}

var (
	germanNumber = regexp.MustCompile(`^([0-9]+|[0-9]{1,3}([.][0-9]{3})+)(,[0-9]+)?$`)
	pointNumber  = regexp.MustCompile(`^[0-9]+[.][0-9]{1,2}$`)
)

// decimal reads a number as in German, with its unit.
func (p *parser) decimal() Value {
	quote := p.eatIf(func(t token) bool { return t.kind == tQuote })
	sign := ""
	if p.eatPunct("-") {
		sign = "-"
	}
	t := p.cur()
	s := ""
	switch {
	case germanNumber.MatchString(t.norm):
		s = strings.Replace(strings.ReplaceAll(t.norm, ".", ""), ",", ".", 1)
	case pointNumber.MatchString(t.norm):
		s = t.norm
	}
	if t.kind != tNumber || s == "" || len(s) > 15 {
		p.stop("a number is expected")
	}
	p.pos++
	if quote && !p.closing() {
		p.stop("the quotation does not end")
	}
	if p.cur().is("jahre", "jahren", "jahr", "lebensjahre", "euro", "eur", "prozent", "tage", "tagen", "monate", "monaten", "stunden", "km", "kg", "m", "m²", "qm", "personen", "kinder") ||
		p.cur().punct("€") || p.cur().punct("%") {
		p.pos++
	}
	whole, frac, point := strings.Cut(s, ".")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if point {
		whole += "." + frac
	}
	return Value{Number, sign + whole}
}

func (p *parser) truth() Value {
	quote := p.eatIf(func(t token) bool { return t.kind == tQuote })
	v, ok := truthOf(p.cur())
	if !ok {
		p.stop("yes or no is expected")
	}
	p.pos++
	if quote && !p.closing() {
		p.note("a quotation mark is missing after %s", p.source(p.pos-1, p.pos))
	}
	return Value{Bool, v}
}

// code reads a choice: its code, its words, or both in one of many ways.
func (p *parser) code(n *node) string {
	p.eatIf(token.isContent)
	if len(n.field.Values) == 0 {
		return p.freeCode(n)
	}
	from := p.pos
	quote := p.eatIf(func(t token) bool { return t.kind == tQuote })
	if v, size := p.longestName(n); size > 0 {
		p.pos += size
		if quote && !p.closing() {
			p.note("a quotation mark is missing after %s", trimmed(p.source(from+1, p.pos)))
		}
		if !quote {
			p.verifyLabel(n, v, true)
		}
		return v.Code
	}
	v := p.codeHere(n)
	if v == nil {
		if quote {
			p.stop("the field has no choice %q", p.quotation())
		}
		p.stop("the field has no such choice")
	}
	if quote && p.cur().kind != tQuote { // "001 Ist beantragt"
		from := p.pos
		p.dash()
		size := p.matches(lex(v.Name))
		said := p.quotation()
		if size == 0 && !strings.EqualFold(said, v.Name) {
			p.contradicts(n, v, said, from)
		}
		return v.Code
	}
	if quote {
		p.closing()
	}
	p.verifyLabel(n, v, false)
	return v.Code
}

func (p *parser) dash() { p.eatPunct("-", ":") }

// longestName finds the choice whose words stand here.
func (p *parser) longestName(n *node) (found *fim.Value, size int) {
	for i, words := range n.choices {
		if m := p.matches(words); m > size {
			found, size = &n.field.Values[i], m
		}
	}
	return found, size
}

// codeHere eats a code: as it is in the list, or but for zeros before it.
func (p *parser) codeHere(n *node) *fim.Value {
	t := p.cur()
	if t.kind != tNumber && t.kind != tWord {
		return nil
	}
	said := p.source(p.pos, p.pos+1)
	var near *fim.Value
	for i := range n.field.Values {
		v := &n.field.Values[i]
		switch {
		case v.Code == said:
			p.pos++
			return v
		case t.kind == tNumber && strings.TrimLeft(v.Code, "0") == strings.TrimLeft(said, "0") && strings.Trim(said, "0") != "":
			if near != nil {
				p.stop("%s could be %s or %s", said, near.Code, v.Code)
			}
			near = v
		}
	}
	if near != nil {
		p.pos++
		p.note("%s is read as the code %s", said, near.Code)
	} else if m := p.codeInTokens(n); m != nil {
		return m
	}
	return near
}

// codeInTokens eats a code of several tokens: DE.1, A/B.
func (p *parser) codeInTokens(n *node) *fim.Value {
	for i := range n.field.Values {
		v := &n.field.Values[i]
		if size := p.matches(lex(v.Code)); size > 1 && p.source(p.pos, p.pos+size) == v.Code {
			p.pos += size
			return v
		}
	}
	return nil
}

// verifyLabel reads the words that may stand behind a code. Other words than
// the list's are noted, the words of another code are a contradiction.
func (p *parser) verifyLabel(n *node, v *fim.Value, named bool) {
	from := p.pos
	if p.cur().punct("-") || p.cur().punct(":") || p.cur().kind == tOp && p.cur().norm == "==" {
		p.pos++
	}
	if p.cur().kind == tQuote {
		p.pos++
		if size := p.matches(lex(v.Name)); size > 0 && (p.peek(size).kind == tQuote || !p.quoteEnds()) {
			p.pos += size
			if !p.closing() {
				p.note("a quotation mark is missing after %s", trimmed(p.source(from+1, p.pos)))
			}
			return
		}
		said := p.quotation()
		p.contradicts(n, v, said, from)
		return
	}
	if named {
		p.pos = from
		return
	}
	if other, size := p.longestName(n); size > 0 {
		if other.Code != v.Code && other.Name != v.Name {
			p.pos = from
			p.stop("%s is %q in the schema, but %q is %s", v.Code, v.Name, other.Name, other.Code)
		}
		p.pos += size
		return
	}
	words := p.pos
	p.run()
	if p.pos == words {
		p.pos = from
		return
	}
	p.contradicts(n, v, p.source(words, p.pos), from)
}

// quoteEnds tells whether the quotation here ends before an element.
func (p *parser) quoteEnds() bool {
	for i := range maxQuotation {
		switch p.peek(i).kind {
		case tQuote:
			return true
		case tRef, tEnd:
			return false
		}
	}
	return false
}

func (p *parser) contradicts(n *node, v *fim.Value, said string, at int) {
	said = trimmed(said)
	if strings.EqualFold(said, trimmed(v.Name)) {
		return
	}
	for _, o := range n.field.Values {
		if o.Code != v.Code && strings.EqualFold(said, trimmed(o.Name)) {
			p.pos = at
			p.stop("%s is %q in the schema, but %q is %s", v.Code, v.Name, o.Name, o.Code)
		}
	}
	p.note("%s is called %q in the schema, not %q", v.Code, v.Name, said)
}

// freeCode reads a code of a list that is not at hand, or a text.
func (p *parser) freeCode(n *node) string {
	t := p.cur()
	var code string
	switch {
	case t.kind == tQuote:
		p.pos++
		code = p.quotation()
		if code == "" {
			p.stop("an empty value")
		}
	case t.kind == tNumber, t.kind == tWord && n.field.FieldKind == fim.Select && !t.isGrammar() && !t.isArticle() && !t.isNoun():
		code = p.source(p.pos, p.pos+1)
		p.pos++
		// 121000 "GbR", 04 = Betriebsstätte, 2 - Beispiel
		from := p.pos
		sep := p.cur().punct("-") || p.cur().punct(":") || p.cur().kind == tOp && p.cur().norm == "=="
		if sep {
			p.pos++
		}
		switch {
		case p.cur().kind == tQuote:
			p.pos++
			p.quotation()
		case sep || t.kind == tNumber:
			if p.run(); p.pos == from+1 && sep {
				p.pos = from
			}
		}
	default:
		p.stop("a value is expected")
	}
	if n.field.List != nil {
		p.note("the list %s is not at hand: what is compared with it is taken for its codes", n.field.List.URN)
	} else if n.field.FieldKind == fim.Select {
		p.note("%s has no choices: what is compared with it is taken for codes", n.id)
	}
	return code
}
