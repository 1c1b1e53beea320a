package rule

import (
	"strings"
	"testing"
)

func refs(kinds map[Path]string) func(Path) Ref {
	return func(p Path) Ref {
		if kinds[p] == "" {
			return Ref{}
		}
		return Ref{Name: "x." + strings.ToLower(string(p)), Answered: "answered.x." + strings.ToLower(string(p)), Type: kinds[p]}
	}
}

func TestCEL(t *testing.T) {
	name := refs(map[Path]string{"B": "bool", "C": "choice", "M": "choices", "N": "int", "D": "date", "E": "date", "T": "text", "S": "decimal", "G": "money"})
	eq := func(p Path, k Kind, v string) *Expr {
		return &Expr{Op: Eq, Left: Term{Path: p}, Right: Term{Value: Value{k, v}}}
	}
	for _, c := range []struct {
		want string
		in   *Expr
	}{
		{"true", nil},
		{"x.b", eq("B", Bool, "true")},
		{"answered.x.b && !x.b", eq("B", Bool, "false")},
		{"!x.b", &Expr{Op: Not, Args: []*Expr{eq("B", Bool, "true")}}},
		{"x.c == '001'", eq("C", Text, "001")},
		{"x.c != '001'", &Expr{Op: Not, Args: []*Expr{eq("C", Text, "001")}}},
		{`x.c == 'it\'s'`, eq("C", Text, "it's")},
		{"'001' in x.m", eq("M", Text, "001")},
		{"x.c in ['1', '2']", &Expr{Op: In, Left: Term{Path: "C"}, Values: []Value{{Text, "1"}, {Text, "2"}}}},
		{"answered.x.n && x.n == 0", eq("N", Number, "0")},
		{"answered.x.s && x.s == 5.0", eq("S", Number, "5")},
		{"answered.x.d && x.d < date('2020-01-31')", &Expr{Op: Lt, Left: Term{Path: "D"}, Right: Term{Value: Value{Date, "2020-01-31"}}}},
		{"answered.x.d && answered.x.e && x.d < x.e", &Expr{Op: Lt, Left: Term{Path: "D"}, Right: Term{Path: "E"}}},
		{"answered.x.d && years(x.d, today) < 18", &Expr{Op: Lt, Left: Term{Path: "D", Years: true}, Right: Term{Value: Value{Number, "18"}}}},
		{"!(answered.x.b || answered.x.t)", &Expr{Op: Not, Args: []*Expr{{Op: Filled, Paths: []Path{"B", "T"}}}}},
		{
			"(answered.x.n && answered.x.n && answered.x.s && x.s >= 0.0 && x.s <= 9999.0 && x.s == double(int(x.s)) && " +
				"date((answered.x.s && x.s >= 0.0 && x.s <= 9999.0 && x.s == double(int(x.s)) ? int(x.s) : 0), " +
				"(answered.x.n ? x.n : 0), (answered.x.n ? x.n : 0)) != date(1, 1, 1))",
			&Expr{Op: Calendar, Paths: []Path{"N", "N", "S"}},
		},
		{
			"x.b && (x.c == '1' || (answered.x.n && x.n > 3))",
			&Expr{Op: And, Args: []*Expr{eq("B", Bool, "true"), {Op: Or, Args: []*Expr{
				eq("C", Text, "1"), {Op: Gt, Left: Term{Path: "N"}, Right: Term{Value: Value{Number, "3"}}},
			}}}},
		},
	} {
		got, err := c.in.CEL(name)
		if err != nil || got != c.want {
			t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
		}
	}
	if _, err := eq("gone", Text, "x").CEL(name); err == nil || !strings.Contains(err.Error(), "no field for gone") {
		t.Errorf("an unknown field gives %v", err)
	}
	for what, e := range map[string]*Expr{
		"a date for yes or no": eq("D", Bool, "true"), "a number for a text": eq("N", Text, "x"),
		"a decimal for one of two texts": {Op: In, Left: Term{Path: "S"}, Values: []Value{{Text, "1"}, {Text, "2"}}},
		"an amount for a month":          {Op: Calendar, Paths: []Path{"N", "G", "N"}},
	} {
		if got, err := e.CEL(name); err == nil {
			t.Errorf("it takes %s: %s", what, got)
		}
	}
}
