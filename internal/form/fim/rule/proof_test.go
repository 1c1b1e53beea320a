package rule

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"cel.dev/cel-go/cel"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/fim"
)

// bench proves clauses with real CEL: each field of the schema is a variable.
type bench struct {
	t     testing.TB
	idx   *index
	names map[Path]string
	env   *cel.Env
	progs map[string]cel.Program
}

func newBench(t testing.TB, idx *index, clauses []Clause) *bench {
	b := &bench{t: t, idx: idx, names: map[Path]string{}, progs: map[string]cel.Program{}}
	opts := append(form.Functions(), cel.Variable("today", cel.TimestampType))
	for _, c := range clauses {
		for _, e := range []*Expr{c.When, c.Holds()} {
			if e == nil {
				continue
			}
			all := e.fields(nil)
			if usesState(e) {
				all = append(all, State)
			}
			for _, p := range all {
				if b.names[p] == "" {
					b.names[p] = "f" + strconv.Itoa(len(b.names))
					opts = append(opts, cel.Variable(b.names[p], b.celType(p)), cel.Variable("answered_"+b.names[p], cel.BoolType))
				}
			}
		}
	}
	var err error
	if b.env, err = cel.NewEnv(opts...); err != nil {
		t.Fatal(err)
	}
	return b
}

func usesState(e *Expr) bool {
	return e.Left.Path == State || slices.ContainsFunc(e.Args, usesState)
}

// kind is the type of the form's field for a path.
func (b *bench) kind(p Path) string {
	n := b.idx.byPath[p]
	switch {
	case p == State:
		return "text"
	case n.field == nil:
		return "date" // a group of date parts
	case n.field.Type == fim.Currency:
		return "money"
	}
	return map[Kind]string{Bool: "bool", Number: "int", Date: "date", Text: "text"}[kindOf(n.field)]
}

func (b *bench) celType(p Path) *cel.Type {
	return map[string]*cel.Type{"bool": cel.BoolType, "int": cel.IntType, "money": cel.IntType, "date": cel.TimestampType, "text": cel.StringType}[b.kind(p)]
}

func (b *bench) ref(p Path) Ref {
	return Ref{Name: b.names[p], Answered: "answered_" + b.names[p], Type: b.kind(p)}
}

// holds evaluates e over the answers, as CEL.
func (b *bench) holds(e *Expr, answers map[Path]Value) bool {
	b.t.Helper()
	src, err := e.CEL(b.ref)
	if err != nil {
		b.t.Fatal(err)
	}
	prog := b.progs[src]
	if prog == nil {
		ast, issues := b.env.Compile(src)
		if issues.Err() != nil {
			b.t.Fatalf("%s: %v", src, issues.Err())
		}
		if prog, err = b.env.Program(ast); err != nil {
			b.t.Fatal(err)
		}
		b.progs[src] = prog
	}
	vars := map[string]any{"today": midnight(ExampleDay())}
	for p, name := range b.names {
		v, ok := answers[p]
		vars["answered_"+name] = ok
		vars[name] = b.value(p, v)
	}
	out, _, err := prog.Eval(vars)
	if err != nil {
		b.t.Fatalf("%s with %v: %v", src, answers, err)
	}
	return out.Value().(bool)
}

func midnight(d clock.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

func (b *bench) value(p Path, v Value) any {
	switch b.kind(p) {
	case "bool":
		return v.Text == "true"
	case "int":
		n, _ := strconv.ParseInt(v.Text, 10, 64)
		return n
	case "money":
		f, _ := strconv.ParseFloat(v.Text, 64)
		return int64(f * 100)
	case "date":
		d, err := clock.ParseDate(v.Text)
		if err != nil {
			d = clock.Date{Year: 1, Month: 1, Day: 1}
		}
		return midnight(d)
	}
	return v.Text
}

// prove checks a clause by its examples, in CEL.
func (b *bench) prove(c Clause) error {
	yes, no, err := c.Examples()
	if err != nil {
		return err
	}
	if !b.holds(c.When, yes) || !b.holds(c.Holds(), yes) {
		return fmt.Errorf("the example %v does not keep it", yes)
	}
	if b.holds(c.When, no) && b.holds(c.Holds(), no) {
		return fmt.Errorf("the counter-example %v keeps it", no)
	}
	return nil
}
