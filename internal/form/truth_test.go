package form

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/fstest"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/solutions"
)

// rules are all rules of a form that are true or false, with the scope they
// run in.
func (p *Program) rules() map[*expr]*table {
	out := map[*expr]*table{}
	add := func(t *table, list ...*expr) {
		for _, e := range list {
			if e != nil {
				out[e] = t
			}
		}
	}
	tables := []*table{p.top}
	for _, g := range p.groups {
		tables = append(tables, &g.table)
	}
	for _, t := range tables {
		add(t, t.calcs...)
		for _, f := range t.fields {
			add(t, f.when, f.require)
			for _, ch := range f.checks {
				add(t, ch.when, ch.must)
			}
		}
		for _, pg := range t.pages {
			add(t, pg.when)
			for _, n := range pg.notes {
				add(t, n.when)
			}
		}
	}
	return out
}

// guess is an answer that may stand in a field, or none.
func guess(r *rand.Rand, f *field) Value {
	if r.IntN(4) == 0 {
		return nil
	}
	if len(f.choices) > 0 && f.kind == OneOf {
		return f.choices[r.IntN(len(f.choices))].code
	}
	switch f.kind {
	case Bool, Confirm:
		return r.IntN(2) == 0
	case Int, Money:
		return int64(r.IntN(8) - 2)
	case Date:
		return clock.Date{Year: 2020 + r.IntN(8), Month: 5, Day: 1 + r.IntN(28)}
	case Text:
		return string("abx"[r.IntN(3)])
	}
	return nil
}

func guessParams(t *testing.T, r *rand.Rand, p *Program) *Params {
	t.Helper()
	vals := map[string]any{}
	for _, d := range p.params {
		switch d.typ {
		case ParamBool:
			vals[d.name] = r.IntN(2) == 0
		case ParamInt, ParamMoney:
			vals[d.name] = int64(r.IntN(3))
		case ParamTexts:
			vals[d.name] = []string{"listed3", "found", "listed10"}[:r.IntN(4)]
		case ParamText:
			vals[d.name] = []string{"", "all", "x"}[r.IntN(3)]
		}
	}
	ps, err := p.Params(vals)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// dogTax is the form of the dog tax.
func dogTax(t *testing.T) *Program {
	t.Helper()
	all, err := solution.Load(solutions.Files())
	if err != nil {
		t.Fatal(err)
	}
	v, err := all.Solution("hundesteuer")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Load(v.Files())
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]ParamType{}
	for name, typ := range v.FormTypes() {
		types[name] = ParamType(typ)
	}
	p, err := Compile(d, Options{Params: types})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// guesses is an application made up of anything.
func guesses(t *testing.T, r *rand.Rand, p *Program) *View {
	t.Helper()
	a := p.Empty()
	var fill func(rc *rec, tab *table)
	fill = func(rc *rec, tab *table) {
		for _, f := range tab.fields {
			rc.edit(f.page).set(f, guess(r, f))
		}
		for _, g := range tab.groups {
			l := rc.ownList(g)
			l.recs = nil
			for id := range 1 + r.IntN(2) {
				in := newRec(&g.table, rc, id+1, nil)
				fill(in, &g.table)
				l.recs = append(l.recs, in)
			}
		}
	}
	fill(a.top, p.top)
	return p.Open(a, Env{Params: guessParams(t, r, p), Today: today, Lang: i18n.DE})
}

// What a rule compiled to Go says, CEL says too.
func TestTruthAgreesWithCEL(t *testing.T) {
	for name, c := range map[string]struct {
		p     *Program
		least int
	}{"example": {load(t), 5}, "dog tax": {dogTax(t), 40}} {
		rules := c.p.rules()
		r := rand.New(rand.NewPCG(1, 2))
		seen := map[*expr][2]int{}
		for range 400 {
			v := guesses(t, r, c.p)
			for e, in := range rules {
				if e.truth == nil {
					continue
				}
				v.top.each(in.chain, (*scope).all, func(s *scope) {
					out, _, err := e.prog.Eval(s)
					if err != nil {
						t.Fatalf("%s: %v", e.src, err)
					}
					got := e.truth(s)
					if types.Bool(got) != out {
						t.Fatalf("%s: %s is %v, CEL says %v", name, e.src, got, out)
					}
					n := seen[e]
					n[map[bool]int{true: 1}[got]]++
					seen[e] = n
				})
			}
			if v.Err() != nil {
				t.Fatal(v.Err())
			}
		}
		both := 0
		for e, n := range seen {
			if n[0] > 0 && n[1] > 0 {
				both++
			} else {
				t.Logf("%s: %s was one thing only: %v", name, e.src, n)
			}
		}
		for e := range rules {
			if e.truth == nil && e.constant == nil && e.out == cel.BoolType {
				t.Logf("%s: left to CEL: %s", name, e.src)
			}
		}
		if both < c.least {
			t.Errorf("%s: only %d rules were compiled and seen both true and false", name, both)
		}
	}
}

// Where a sum is larger than a number can be, CEL has the word: the rule fails,
// which stops everything, and the rules around it are not touched by it.
func TestASumThatIsTooLarge(t *testing.T) {
	d, err := Load(fstest.MapFS{
		"schema.yaml":   {Data: []byte("id: sums\nfields:\n  - {id: a, type: int}\n  - {id: b, type: int}\n  - {id: c, type: date}\n")},
		"pages.yaml":    {Data: []byte("pages:\n  - {id: p, section: s, fields: [a, b, c]}\n  - {id: q, section: s, when: \"year(c) > 2020 && calc.more\"}\n")},
		"rules.yaml":    {Data: []byte("calc:\n  - {id: more, expr: \"a + b > 3 || a - b > 3\"}\n")},
		"texts/de.json": {Data: []byte(`{"section.s":"S","page.p.title":"P","page.q.title":"Q","page.q.intro":"I","field.a.label":"A","field.b.label":"B","field.c.label":"C"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		a, b   int64
		shown  bool
		failed bool
	}{
		{1, 2, false, false},
		{2, 2, true, false},
		{-1, -9, true, false},
		{math.MaxInt64, -1, true, false},
		{math.MaxInt64, 1, true, false}, // the difference holds: CEL needs no sum
		{math.MinInt64, 0, false, false},
		{math.MinInt64, -1, false, true},
	} {
		a := p.Empty()
		l := a.top.edit(p.byPage["p"])
		l.set(p.byPath["a"], c.a)
		l.set(p.byPath["b"], c.b)
		l.set(p.byPath["c"], clock.Date{Year: 2026, Month: 1, Day: 2})
		v := p.Open(a, Env{Today: today, Lang: i18n.DE})
		if got := v.top.pageVisible(p.byPage["q"]); got != c.shown || (v.Err() != nil) != c.failed || v.unsure {
			t.Errorf("%d and %d: shown %v, %v", c.a, c.b, got, v.Err())
		}
	}
	for _, e := range []*expr{p.byPage["q"].when, p.top.calcs[0]} {
		if e.truth == nil {
			t.Errorf("%s was left to CEL", e.src)
		}
	}
}
