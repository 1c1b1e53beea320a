package rule

import (
	"fmt"
	"slices"
	"strings"

	"leitportal/internal/form/fim"
)

// parser reads the text of one rule at one place by recursive descent.
type parser struct {
	idx  *index
	rule *fim.Rule
	at   *node
	res  *Result
	toks []token
	pos  int
	nest int
	// match is where the bracket that opens at a token closes; 0: nowhere in
	// the sentence.
	match []int

	begin int      // first token of the sentence
	notes []string // of the sentence
	out   []Clause // of the sentence

	subject  []*node  // of the comparison before, for "bei <> x" and "= a ODER = b"
	negated  bool     // "nicht" was said of it
	dutyAt   int      // first token of the duty that was read last
	last     []*node  // the targets before, for "sie", "die Felder"
	cond     *Expr    // of the conditional before, for "sonst"
	did      []Clause // of the conditional before, for "sonst nicht"
	ifBegin  int      // its first token
	chained  bool     // another one stands before it
	state    *Expr    // the states before, for "die anderen Länder"
	listing  bool     // values are listed that may be chosen: "und" is as "oder"
	only     onlyKind // of a statement with "nur", whose condition follows
	compiled []Clause // of the rule
	whole    int      // where in compiled the sentences begin that no full stop parts from this one
	prior    int      // where those before them begin
	joined   bool     // no full stop parts this sentence from the one before
}

// onlyKind says how the condition behind "nur" is to be taken.
type onlyKind int8

const (
	noOnly   onlyKind = iota
	onlyThen          // as it is
	onlyElse          // its contrary
)

// stop ends the reading of a sentence.
type stop struct {
	pos int
	why string
}

func (p *parser) stop(format string, args ...any) {
	panic(stop{p.pos, fmt.Sprintf(format, args...)})
}

func (p *parser) text() {
	s := p.rule.Text
	if len(s) > maxText {
		p.open(s[:200]+" …", 1, fmt.Sprintf("longer than %d KB", maxText>>10))
		return
	}
	p.toks = lex(s)
	if len(p.toks) > maxTokens {
		p.open(s, 1, fmt.Sprintf("more than %d words", maxTokens))
		return
	}
	p.brackets()
	before := len(p.res.Open)
	for {
		gap := p.pos
		for p.eatPunct(".", ";", ",") || p.sentenceAnd() {
		}
		if p.done() {
			break
		}
		p.joined = gap > 0 && !p.apart(gap)
		if !p.joined {
			p.prior, p.whole = p.whole, len(p.compiled)
		}
		p.begin, p.notes, p.out = p.pos, nil, nil
		if failed := p.try(func() { p.sentence(); p.end() }); failed != nil {
			switch {
			case p.joined:
				p.doubt(p.whole)
			case p.refersBack(*failed):
				p.doubt(p.prior)
			}
			p.recover(*failed)
			continue
		}
		for i := range p.out {
			p.out[i].Sentence = p.source(p.begin, p.pos)
			p.out[i].Notes = p.notes
		}
		p.compiled = append(p.compiled, p.out...)
	}
	if len(p.compiled) == 0 && len(p.res.Open) == before {
		p.open(s, 1, "the rule has no text")
	}
	p.settle()
}

func (p *parser) brackets() {
	p.match = make([]int, len(p.toks))
	var open []int
	for i, t := range p.toks {
		switch {
		case t.punct("("):
			open = append(open, i)
		case t.punct(")") && len(open) > 0:
			p.match[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
	}
}

// sentenceAnd passes over an "und" between two conditionals.
func (p *parser) sentenceAnd() bool {
	if p.cur().isAnd() && (p.peek(1).isIf() || p.peek(1).isElse()) {
		p.pos++
		return true
	}
	return false
}

// apart tells whether a full stop or a new line stands between the sentence that ended before the token gap and the one that begins here.
func (p *parser) apart(gap int) bool {
	return slices.ContainsFunc(p.toks[gap:p.pos], func(t token) bool { return t.punct(".") }) || p.newLine(gap)
}

// newLine tells whether a line ends between the token before gap and this one.
func (p *parser) newLine(gap int) bool {
	return strings.Contains(p.rule.Text[p.toks[gap-1].to:p.toks[p.pos].from], "\n")
}

// refersBack tells whether a sentence that could not be read is about the one
// before it: an exception from it, or a condition without a consequence.
func (p *parser) refersBack(failed stop) bool {
	t := p.toks[p.begin]
	if t.is("es") && p.begin+1 < len(p.toks) && p.toks[p.begin+1].is("sei") {
		return true
	}
	ends := failed.pos >= len(p.toks) || p.toks[failed.pos].punct(".") || p.toks[failed.pos].punct(";")
	return t.isIf() && ends || t.is("dies", "das", "dieses", "diese", "außer", "ausnahme", "ausnahmen", "ausgenommen", "hiervon", "davon", "jedoch",
		"allerdings", "abweichend", "aber", "nicht", "nur", "sondern", "soweit", "solange", "sobald")
}

// doubt keeps the clauses from the one with this index on as open.
func (p *parser) doubt(from int) {
	for _, c := range p.compiled[from:] {
		p.open(c.Sentence, 1, "what follows it could not be read, and may change what it means")
	}
	p.compiled = p.compiled[:from]
	p.whole = min(p.whole, from)
}

// try runs f and gives back where and why it stopped, if it did.
func (p *parser) try(f func()) (failed *stop) {
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(stop)
			if !ok {
				panic(r)
			}
			failed = &s
		}
	}()
	f()
	return nil
}

// recover keeps the sentence as open, and goes on with the next.
func (p *parser) recover(failed stop) {
	p.pos = max(failed.pos, p.begin+1)
	for !p.done() {
		if p.match[p.pos] > 0 && p.pos > p.begin {
			p.pos = p.match[p.pos]
		}
		before := p.toks[p.pos-1]
		if p.cur().isIf() && p.pos > p.begin+1 && (before.kind == tPunct || before.kind == tQuote) ||
			before.punct(".") && (p.cur().isArticle() || p.cur().is("es", "für", "im", "in")) {
			break
		}
		p.pos++
	}
	col := len([]rune(p.rule.Text[:p.offset(failed.pos)])) + 1
	p.open(p.source(p.begin, p.pos), col, failed.why+p.near(failed.pos))
	p.cond, p.did = nil, nil
}

func (p *parser) offset(pos int) int {
	if pos < len(p.toks) {
		return p.toks[pos].from
	}
	return len(p.rule.Text)
}

func (p *parser) near(pos int) string {
	if pos >= len(p.toks) {
		return ", at the end"
	}
	return fmt.Sprintf(", at %q", p.rule.Text[p.toks[pos].from:p.toks[pos].to])
}

func (p *parser) open(sentence string, col int, why string) {
	p.res.Open = append(p.res.Open, Open{p.rule.Identity, p.at.path, sentence, col, why})
}

// source is the text of the tokens from..to.
func (p *parser) source(from, to int) string {
	if from >= to {
		return ""
	}
	return p.rule.Text[p.toks[from].from:p.toks[to-1].to]
}

func (p *parser) done() bool { return p.pos >= len(p.toks) }
func (p *parser) cur() token { return p.peek(0) }

func (p *parser) peek(n int) token {
	if p.pos+n < len(p.toks) && p.pos+n >= 0 {
		return p.toks[p.pos+n]
	}
	return token{}
}

func (p *parser) eat(words ...string) bool {
	if p.cur().is(words...) {
		p.pos++
		return true
	}
	return false
}

// eatAll eats words that follow each other, all or none.
func (p *parser) eatAll(words ...string) bool {
	for i, w := range words {
		if !p.peek(i).is(w) {
			return false
		}
	}
	p.pos += len(words)
	return true
}

func (p *parser) eatPunct(marks ...string) bool {
	if t := p.cur(); t.kind == tPunct && slices.Contains(marks, t.norm) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) eatIf(f func(token) bool) bool {
	if f(p.cur()) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(p.notes, n) {
		p.notes = append(p.notes, n)
	}
}

// enter counts nested brackets; the caller calls the result when it leaves.
func (p *parser) enter() func() {
	if p.nest++; p.nest > maxNested {
		p.stop("brackets are nested deeper than %d", maxNested)
	}
	return func() { p.nest-- }
}

// sentence reads a conditional with its branches, a statement, or an
// explanation.
func (p *parser) sentence() {
	t := p.cur()
	switch {
	case t.is("nur") && p.peek(1).isIf():
		p.pos += 2
		p.conditional()
		if slices.ContainsFunc(p.out, func(c Clause) bool { return c.Effect == Optional }) {
			p.stop("what “nur” means here")
		}
	case t.isIf() || t.is("bei") && p.bareComparison() || t.is("ist", "sind", "wird", "wurde", "werden", "wurden"):
		p.pos++
		p.conditional()
	case t.is("bei") && (p.peek(1).is("auswahl", "angabe", "eingabe") || p.peek(2).is("auswahl", "angabe", "eingabe")):
		p.pos++
		p.onChoice()
	case t.isElse():
		p.otherwise()
	case t.is("d.h.", "d.h", "z.b.", "z.b", "hinweis", "erläuterung", "anmerkung", "beispiel", "beispiele", "begründung") ||
		t.is("das", "dies") && p.peek(1).is("heißt", "bedeutet"):
		p.explanation()
	default:
		p.statement()
	}
}

// end sees to it that the sentence was read as a whole: it ends, or another one
// begins here.
func (p *parser) end() {
	t := p.cur()
	if p.done() || t.punct(".") || t.punct(";") || t.isIf() || t.isElse() || t.is("bei") || strings.Contains(p.rule.Text[p.peek(-1).to:t.from], "\n") {
		return
	}
	if t.punct(",") || t.isAnd() {
		next := p.peek(1)
		p.pos++
		statement := p.beginsStatement()
		p.pos--
		if next.kind == tEnd || next.isIf() || next.isElse() || next.is("bei", "für", "in", "es", "nur", "wobei") || statement {
			return
		}
	}
	p.stop("words that were not read")
}

// bareComparison tells whether "bei" begins a condition: bei <> "x", bei
// F… = "x".
func (p *parser) bareComparison() bool {
	for i := 1; i < maxQuotation; i++ {
		switch t := p.peek(i); {
		case t.kind == tOp || t.isFilled() || t.is("leer"):
			return true
		case t.kind == tEnd || t.isModal() || t.punct(",") || t.punct("."):
			return false
		}
	}
	return false
}

// explanation passes over a sentence that explains the one before. One that
// speaks of elements could be a rule of its own.
func (p *parser) explanation() {
	from := p.pos
	for ; !p.done(); p.pos++ {
		if p.cur().kind == tRef || p.cur().isIf() {
			p.stop("an explanation that could be a rule")
		}
		if p.cur().punct(".") && (p.pos+1 >= len(p.toks) || p.peek(1).isIf() || p.peek(1).isArticle()) {
			break
		}
	}
	if len(p.compiled) == 0 {
		p.stop("an explanation of nothing")
	}
	for i := range p.compiled {
		p.compiled[i].Notes = append(slices.Clone(p.compiled[i].Notes), "explanation passed over: "+p.source(from, p.pos))
	}
}

// conditional reads what follows "wenn".
func (p *parser) conditional() {
	p.chained = p.cond != nil
	p.ifBegin, p.cond, p.did, p.last = p.begin, nil, nil, nil
	p.consequence(p.or())
}

// onChoice reads what follows "bei" in "bei Auswahl von 001 im Feld F… ist …":
// the value stands before its field.
func (p *parser) onChoice() {
	p.ifBegin, p.cond, p.did = p.begin, nil, nil
	p.eatIf(token.isArticle)
	p.pos++
	p.eat("von", "des", "der", "des")
	p.eatIf(token.isContent)
	value := p.pos
	for p.cur().kind != tRef {
		if p.done() || p.cur().isModal() || p.pos-value > maxQuotation {
			p.stop("the field of the choice is expected")
		}
		p.pos++
	}
	for p.pos > value && (p.peek(-1).isArticle() || p.peek(-1).isNoun() || p.peek(-1).isIn()) {
		p.pos--
	}
	field := p.pos
	n := p.element()
	end := p.pos
	p.pos = value
	cond := p.alternatives(n, Eq)
	if p.pos != field {
		p.stop("the field of the choice is expected")
	}
	p.pos, p.subject = end, []*node{n}
	p.consequence(cond)
}

// consequence reads what follows a condition.
func (p *parser) consequence(cond *Expr) {
	p.eatPunct(",")
	p.eatIf(token.isThen)
	p.eatPunct(",", ":")
	p.actions(cond)
	p.cond, p.did = cond, slices.Clone(p.out)
	p.branches()
}

// branches reads the ELSE that follows in the same sentence.
func (p *parser) branches() {
	save := p.pos
	for p.eatPunct(",", ";", "-") || p.cur().isAnd() && p.peek(1).isElse() && p.eatIf(token.isAnd) {
	}
	if p.cur().isElse() {
		p.otherwise()
		return
	}
	p.pos = save
}

// otherwise reads an ELSE branch, of this sentence or the one before.
func (p *parser) otherwise() {
	if p.chained && (p.joined || p.newLine(p.pos)) {
		p.stop("to which of the conditions before it “sonst” belongs")
	}
	p.pos++
	if p.cond == nil {
		p.stop("“sonst” without a condition that could be read before it")
	}
	p.begin = p.ifBegin
	when := not(p.cond)
	p.eatPunct(",", ":")
	p.eatIf(token.isThen)
	if p.cur().is("nicht") && (p.pos+1 >= len(p.toks) || p.peek(1).kind == tPunct || p.peek(1).isIf()) {
		p.pos++
		for _, c := range p.did {
			switch c.Effect {
			case Show:
				c.Effect = Hide
			case Require:
				c.Effect = Optional
			case Hide:
				c.Effect = Show
			default:
				p.stop("what “nicht” means after %q", c.Effect)
			}
			c.When = when
			p.out = append(p.out, c)
		}
		return
	}
	p.actions(when)
}

// statement reads a sentence without "wenn" before it; a condition may follow
// it.
func (p *parser) statement() {
	p.cond, p.did, p.ifBegin, p.only = nil, nil, p.begin, noOnly
	p.actions(nil)
	save, kept := p.pos, *p
	p.eatPunct(",")
	if !p.cur().isIf() {
		if p.pos = save; p.only != noOnly {
			p.stop("“nur” without a condition behind it")
		}
		return
	}
	p.pos++
	var cond *Expr
	failed := p.try(func() {
		cond = p.or()
		if !p.done() && !p.cur().punct(".") && !p.cur().punct(";") {
			p.stop("a condition behind a statement ends here")
		}
	})
	if failed == nil {
		if p.joined {
			p.stop("whether the condition is also of what stands before the comma")
		}
		when := cond
		if p.only == onlyElse {
			when = not(cond)
		}
		for i := range p.out {
			p.out[i].When = and(p.out[i].When, when)
		}
		p.cond, p.did = cond, slices.Clone(p.out)
		return
	}
	// It may be a conditional of its own: … , wenn a, dann b.
	at := failed.pos
	if p.only != noOnly || at >= len(p.toks) || !p.toks[at].isThen() && !(p.toks[at].punct(",") && at+1 < len(p.toks) && p.toks[at+1].isThen()) {
		panic(*failed)
	}
	kept.pos = save
	*p = kept
}

func not(e *Expr) *Expr {
	switch e.Op {
	case Not:
		return e.Args[0]
	case Ne, Eq:
		c := *e
		c.Op = map[Op]Op{Eq: Ne, Ne: Eq}[e.Op]
		return &c
	}
	return &Expr{Op: Not, Args: []*Expr{e}}
}

func and(a, b *Expr) *Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return join(And, []*Expr{a, b})
}

// join makes one expression of several, without needless levels: equalities
// of one field with codes become In.
func join(op Op, args []*Expr) *Expr {
	var flat []*Expr
	for _, a := range args {
		if a.Op == op {
			flat = append(flat, a.Args...)
		} else {
			flat = append(flat, a)
		}
	}
	if in := listed(op, flat); in != nil {
		return in
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return &Expr{Op: op, Args: flat}
}

// listed makes In of "a == x || a == y", and its contrary of "a != x && a != y".
func listed(op Op, args []*Expr) *Expr {
	want := map[Op]Op{Or: Eq, And: Ne}[op]
	in := &Expr{Op: In}
	for _, a := range args {
		if a.Op != want || a.Left.Path == "" || a.Right.Value.Kind != Text || len(args) < 2 || a.Left != args[0].Left {
			return nil
		}
		in.Left = a.Left
		in.Values = append(in.Values, a.Right.Value)
	}
	if len(args) < 2 {
		return nil
	}
	if op == And {
		return not(in)
	}
	return in
}

// filled says that one field of an element is answered.
func filled(n *node) *Expr {
	paths := make([]Path, len(n.leaves))
	for i, l := range n.leaves {
		paths[i] = l.path
	}
	return &Expr{Op: Filled, Paths: paths}
}

// trimmed is a text of the source for a note.
func trimmed(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + " …"
	}
	return s
}
