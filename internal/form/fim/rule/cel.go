package rule

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Ref tells how the form names a field of the schema (or State).
type Ref struct {
	Name     string // CEL of the value: "halter.geburt"; of a group of date parts, of the date
	Answered string // CEL of whether there is one: "answered.halter.geburt"; "" of State
	Type     string // the field type of FORMAT.md: "text", "choice", "date", …
	// Code gives the form's code of a code of the schema; nil: the same.
	Code func(string) string
}

// CEL writes the expression in the words of internal/form/FORMAT.md. name
// tells how a field is called there; a Ref without a Name is an error. What is
// written never fails on unanswered fields. A nil expression is "true".
func (e *Expr) CEL(name func(Path) Ref) (string, error) {
	if e == nil {
		return "true", nil
	}
	w := celWriter{name: name}
	s := w.expr(e, false)
	return s, w.err
}

type celWriter struct {
	name func(Path) Ref
	err  error
}

func (w *celWriter) fail(format string, args ...any) string {
	if w.err == nil {
		w.err = fmt.Errorf("rule: "+format, args...)
	}
	return "false"
}

func (w *celWriter) ref(p Path) Ref {
	r := w.name(p)
	if r.Name == "" {
		w.fail("the form has no field for %s", p)
	}
	return r
}

// expr writes e, in brackets where it is an operand and needs them.
func (w *celWriter) expr(e *Expr, operand bool) string {
	var s string
	switch e.Op {
	case And, Or:
		sep := map[Op]string{And: " && ", Or: " || "}[e.Op]
		parts := make([]string, len(e.Args))
		for i, a := range e.Args {
			parts[i] = w.expr(a, len(e.Args) > 1)
		}
		s = strings.Join(parts, sep)
		operand = operand && len(parts) > 1
	case Not:
		return w.not(e.Args[0], operand)
	case Filled:
		parts := make([]string, len(e.Paths))
		for i, p := range e.Paths {
			if parts[i] = w.ref(p).Answered; parts[i] == "" {
				return w.fail("whether %s is answered has no name in the form", p)
			}
		}
		s = strings.Join(parts, " || ")
		operand = operand && len(parts) > 1
	case Ne:
		eq := *e
		eq.Op = Eq
		return w.not(&eq, operand)
	case In:
		return w.in(e)
	case Calendar:
		return w.calendar(e)
	default:
		s = w.compare(e)
		operand = operand && strings.Contains(s, " && ")
	}
	if operand {
		return "(" + s + ")"
	}
	return s
}

// not writes the contrary of e. The forms that a form asks for conditions on
// the same page (f == 'x', f != 'x', f in […]) stay in these forms.
func (w *celWriter) not(e *Expr, operand bool) string {
	if e.Op == Not {
		return w.expr(e.Args[0], operand)
	}
	s := w.expr(e, false)
	if field, value, ok := strings.Cut(s, " == "); ok && plain(field) && plain(value) {
		return field + " != " + value
	}
	if plain(s) {
		return "!" + s
	}
	return "!(" + s + ")"
}

// plain tells whether s is one name or one literal.
func plain(s string) bool {
	if strings.HasPrefix(s, "'") {
		return strings.Count(strings.ReplaceAll(s, `\'`, ""), "'") == 2 && strings.HasSuffix(s, "'")
	}
	return !strings.ContainsAny(s, " !")
}

func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`).Replace(s) + "'"
}

func (r Ref) code(s string) string {
	if r.Code != nil {
		return r.Code(s)
	}
	return s
}

func (w *celWriter) in(e *Expr) string {
	r := w.ref(e.Left.Path)
	switch {
	case len(e.Values) == 1 || e.Values[0].Kind != Text:
		args := make([]*Expr, len(e.Values))
		for i, v := range e.Values {
			args[i] = &Expr{Op: Eq, Left: e.Left, Right: Term{Value: v}}
		}
		return w.expr(&Expr{Op: Or, Args: args}, true)
	case r.Type == "choices":
		parts := make([]string, len(e.Values))
		for i, v := range e.Values {
			parts[i] = quoted(r.code(v.Text)) + " in " + r.Name
		}
		return "(" + strings.Join(parts, " || ") + ")"
	}
	parts := make([]string, len(e.Values))
	for i, v := range e.Values {
		parts[i] = quoted(r.code(v.Text))
	}
	if !isText(r.Type) {
		return w.fail("%s is %s, no text", e.Left.Path, r.Type)
	}
	return r.Name + " in [" + strings.Join(parts, ", ") + "]"
}

// calendar writes that three answered numbers make a day.
func (w *celWriter) calendar(e *Expr) string {
	var all, nums [3]string
	for i, p := range e.Paths {
		n, guard := w.number(Term{Path: p}, "int")
		switch w.ref(p).Type {
		case "decimal": // whole, and small enough for an int
			guard += fmt.Sprintf(" && %s >= 0.0 && %s <= 9999.0 && %s == double(int(%s))", n, n, n, n)
			n = "int(" + n + ")"
		case "money":
			return w.fail("%s is money, no part of a date", p)
		}
		all[i], nums[i] = guard, fmt.Sprintf("(%s ? %s : 0)", guard, n)
	}
	return fmt.Sprintf("(%s && date(%s, %s, %s) != date(1, 1, 1))",
		strings.Join(all[:], " && "), nums[2], nums[1], nums[0])
}

func (w *celWriter) compare(e *Expr) string {
	l, r := e.Left, e.Right
	if l.Path == "" && r.Path != "" { // a value, or today, with a field
		turned := map[Op]Op{Lt: Gt, Le: Ge, Gt: Lt, Ge: Le, Eq: Eq}
		return w.compare(&Expr{Op: turned[e.Op], Left: r, Right: l})
	}
	ref := w.ref(l.Path)
	if l.Years {
		return fmt.Sprintf("%s && years(%s, today) %s %s", ref.Answered, ref.Name, e.Op, r.Value.Text)
	}
	if r.Path != "" {
		return w.fields(e)
	}
	if r.Today {
		return fmt.Sprintf("%s && %s %s today", ref.Answered, w.date(l), e.Op)
	}
	v := r.Value
	switch {
	case v.Kind == Bool:
		if ref.Type != "bool" && ref.Type != "confirm" {
			return w.fail("%s is %s, not yes or no", l.Path, ref.Type)
		}
		if v.Text == "true" {
			return ref.Name
		}
		return ref.Answered + " && !" + ref.Name
	case v.Kind == Date:
		return fmt.Sprintf("%s && %s %s date(%s)", ref.Answered, w.date(l), e.Op, quoted(v.Text))
	case v.Kind == Text && ref.Type == "choices":
		return quoted(ref.code(v.Text)) + " in " + ref.Name
	case v.Kind == Text && !isText(ref.Type):
		return w.fail("%s is %s, no text", l.Path, ref.Type)
	case v.Kind == Text && e.Op == Eq:
		return ref.Name + " == " + quoted(ref.code(v.Text))
	}
	typ := "int"
	if strings.Contains(v.Text, ".") {
		typ = "double"
	}
	n, guard := w.number(l, typ)
	return fmt.Sprintf("%s && %s %s %s", guard, n, e.Op, w.literal(ref, v.Text))
}

// isText tells whether the answers to a kind of field are texts in CEL.
func isText(kind string) bool {
	switch kind {
	case "int", "decimal", "money", "bool", "confirm", "date", "datetime", "choices", "ranking", "period", "register", "geo", "signature", "file":
		return false
	}
	return true
}

// literal writes a number as what the field is compared with.
func (w *celWriter) literal(ref Ref, text string) string {
	switch ref.Type {
	case "decimal":
		if !strings.Contains(text, ".") {
			return text + ".0"
		}
	case "money":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f != f || f > 1e15 || f < -1e15 {
			return w.fail("%q is no amount", text)
		}
		return strconv.FormatInt(int64(math.Round(f*100)), 10)
	case "int":
		if strings.Contains(text, ".") {
			return w.fail("%s is no whole number", text)
		}
	}
	return text
}

// number writes a field as a number, and when it is one.
func (w *celWriter) number(t Term, typ string) (value, guard string) {
	ref := w.ref(t.Path)
	switch ref.Type {
	case "int", "decimal", "money":
		return ref.Name, ref.Answered
	case "text", "choice", "postcode":
		pattern := "^-?[0-9]{1,18}$"
		if typ == "double" {
			pattern = `^-?[0-9]{1,15}([.][0-9]{1,9})?$`
		}
		return typ + "(" + ref.Name + ")", fmt.Sprintf("%s.matches('%s')", ref.Name, pattern)
	}
	return w.fail("%s is %s, no number", t.Path, ref.Type), "false"
}

func (w *celWriter) date(t Term) string {
	ref := w.ref(t.Path)
	if ref.Type != "date" {
		return w.fail("%s is %s, no date", t.Path, ref.Type)
	}
	return ref.Name
}

// fields compares two fields; both must be answered.
func (w *celWriter) fields(e *Expr) string {
	a, b := w.ref(e.Left.Path), w.ref(e.Right.Path)
	left, right, guards := a.Name, b.Name, a.Answered+" && "+b.Answered
	texts := func(t string) bool { return t == "text" || t == "choice" || t == "multiline" || t == "postcode" }
	number := func(t string) bool { return t == "int" || t == "decimal" || t == "money" }
	switch {
	case a.Type == b.Type && (number(a.Type) || a.Type == "date" || e.Op == Eq):
	case number(a.Type) && number(b.Type):
		scaled := func(r Ref) string {
			if r.Type == "money" {
				return "double(" + r.Name + ") / 100.0"
			}
			return "double(" + r.Name + ")"
		}
		left, right = scaled(a), scaled(b)
	case e.Op == Eq && texts(a.Type) && texts(b.Type):
	default:
		return w.fail("%s is %s, %s is %s: they cannot be compared", e.Left.Path, a.Type, e.Right.Path, b.Type)
	}
	return fmt.Sprintf("%s && %s %s %s", guards, left, e.Op, right)
}
