package rule

import (
	"fmt"
	"slices"

	"leitportal/internal/form/fim"
)

// Path names a field or group by the ids of the elements from the schema's top
// down to it: "G05001479/F05002750". "" is the schema itself.
type Path string

// State stands in an Expr for the federal state (Bundesland) in which the form
// is offered; its values are the usual two letters, "TH". It is no element of
// the schema: the form has it from a parameter.
const State Path = "@state"

// Result is what was read from all rules of a schema. A rule is counted at each
// place where it hangs.
type Result struct {
	Rules    int
	Clauses  int // len(Compiled) + len(Open)
	Compiled []Clause
	Open     []Open
	Unknown  []Unknown
}

// Coverage is one line for the author: how much of the rules was compiled.
func (r *Result) Coverage() string {
	return fmt.Sprintf("coverage: rules %d, clauses %d, compiled %d, open %d", r.Rules, r.Clauses, len(r.Compiled), len(r.Open))
}

// Open is a sentence that could not be compiled.
type Open struct {
	Rule     fim.Identity
	At       Path   // where the rule hangs
	Sentence string // whole, as it stood
	Column   int    // of the character in the rule's text at which reading stopped, from 1
	Why      string // in words, English
}

// Unknown is a reference to an element that the schema does not have.
type Unknown struct {
	Rule fim.Identity
	At   Path
	ID   string // as it stood, several ids joined by "."
}

// Effect is what a clause does to its targets.
type Effect string

// The effects. "Filled" of a group means that a field in it is answered.
const (
	Show     Effect = "show"     // shown when When; see the package on several clauses
	Hide     Effect = "hide"     // not shown, and so empty, when When
	Require  Effect = "require"  // shown and to be filled when When
	Optional Effect = "optional" // may be left empty when When
	Forbid   Effect = "forbid"   // must be empty when When
	// Of the targets at least, exactly, at most one is to be filled when When.
	AtLeastOne Effect = "at least one"
	ExactlyOne Effect = "exactly one"
	AtMostOne  Effect = "at most one"
	// Check: the expression Check must hold when When. Targets are its fields.
	Check Effect = "check"
	// Prefill: Value stands in the targets when When; with Hidden the person
	// does not see them.
	Prefill Effect = "prefill"
	Only    Effect = "only"   // no other than Codes may be chosen when When
	Except  Effect = "except" // none of Codes may be chosen when When
)

// Clause is one compiled clause.
type Clause struct {
	Rule     fim.Identity
	At       Path   // where the rule hangs: "", a group, a field
	Sentence string // from which it was compiled, as it stood
	Effect   Effect
	Targets  []Path
	When     *Expr // nil: always
	Check    *Expr // of Check only
	Value    Value // of Prefill only
	Hidden   bool  // of Prefill only
	Codes    []string
	// Notes are what the author should look at, English: a name that is not the
	// schema's, a code list that is not at hand, an explanation passed over.
	Notes []string

	idx *index
}

// Kind is the kind of a value.
type Kind string

// The kinds of values.
const (
	Text   Kind = "text" // also a code
	Bool   Kind = "bool"
	Number Kind = "number"
	Date   Kind = "date"
)

// Value is a value of a field: text or code as it is, "true" or "false", a
// decimal number with a point, a date YYYY-MM-DD.
type Value struct {
	Kind Kind
	Text string
}

// Op is the operation of an Expr.
type Op string

// The operations. A comparison with an unanswered field is false, but Ne is
// always the contrary of Eq.
const (
	And      Op = "and"    // all Args
	Or       Op = "or"     // one of Args
	Not      Op = "not"    // Args[0]
	Filled   Op = "filled" // one of Paths, fields all of them, is answered
	Eq       Op = "=="     // Left with Right
	Ne       Op = "!="
	Lt       Op = "<"
	Le       Op = "<="
	Gt       Op = ">"
	Ge       Op = ">="
	In       Op = "in"       // Left is one of Values
	Calendar Op = "calendar" // the fields Paths (day, month, year) make a day that exists
)

// Expr is a condition over fields.
type Expr struct {
	Op          Op
	Args        []*Expr
	Left, Right Term
	Values      []Value
	Paths       []Path
}

// Term is a side of a comparison: the field Path (or State), the day of today,
// or a value. Years says that its full years until today are meant (an age).
type Term struct {
	Path  Path
	Today bool
	Years bool
	Value Value
}

// fields adds the fields of an expression to those of before, each once.
func (e *Expr) fields(to []Path) []Path {
	for _, a := range e.Args {
		to = a.fields(to)
	}
	for _, p := range append([]Path{e.Left.Path, e.Right.Path}, e.Paths...) {
		if p != "" && p != State && !slices.Contains(to, p) {
			to = append(to, p)
		}
	}
	return to
}
