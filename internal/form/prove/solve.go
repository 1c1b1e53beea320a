package prove

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"leitportal/internal/clock"
	"leitportal/internal/form"
)

// wish is a set of answers: by variable the candidates that would do. A
// variable is a field's schema path, "params.<name>", or "#" and the schema
// path of a group, whose candidates are numbers of instances.
type wish map[string][]int

// ways are alternatives, any of which would do. Exact tells that there are no
// others: none at all then proves that it cannot be. Otherwise they are
// proposals; the engine says what they come to.
type ways struct {
	list  []wish
	exact bool
}

var (
	always = ways{list: []wish{{}}, exact: true}
	never  = ways{exact: true}
)

// maxWays bounds the alternatives that are followed at once.
const maxWays = 128

func or(a, b ways) ways {
	out := ways{list: slices.Concat(a.list, b.list), exact: a.exact && b.exact}
	return out.cut()
}

func (a ways) cut() ways {
	if len(a.list) > maxWays {
		a.list, a.exact = a.list[:maxWays:maxWays], false
	}
	return a
}

// and joins two sets of alternatives. One of none stays none, and is exact if
// that one was.
func and(a, b ways) ways {
	if len(a.list) == 0 && a.exact || len(b.list) == 0 && b.exact {
		return never
	}
	out := ways{exact: a.exact && b.exact}
	for _, x := range a.list {
		for _, y := range b.list {
			if z, ok := merge(x, y); ok {
				out.list = append(out.list, z)
			}
			if len(out.list) > maxWays {
				return out.cut()
			}
		}
	}
	return out
}

func merge(a, b wish) (wish, bool) {
	out := maps.Clone(a)
	for v, want := range b {
		had, ok := out[v]
		if !ok {
			out[v] = want
			continue
		}
		var both []int
		for _, i := range had {
			if slices.Contains(want, i) {
				both = append(both, i)
			}
		}
		if len(both) == 0 {
			return nil, false
		}
		out[v] = both
	}
	return out, true
}

// solver proposes answers that make rules true or false.
type solver struct {
	w     *walker
	param map[string][]any // candidates of parameters
	shown map[string]ways  // memory of visible
	depth int
	// at is the page that is being answered: what it requires may be missing
	// yet.
	at string
}

func newSolver(w *walker) *solver {
	return &solver{w: w, param: map[string][]any{}, shown: map[string]ways{}}
}

// params are values to try for a parameter: the municipality's own first.
func (s *solver) params(name string) []any {
	if list, ok := s.param[name]; ok {
		return list
	}
	said := s.w.m.said(s.w.m.params[name], nil)
	for _, i := range s.w.m.params[name] { // what an attribute may be compared with
		for _, path := range s.w.m.in.Rules[i].Fields {
			for _, c := range s.w.m.fields[path].Choices {
				for _, key := range slices.Sorted(maps.Keys(c.Attrs)) {
					said.texts = append(said.texts, c.Attrs[key])
				}
			}
		}
	}
	said.tidy()
	var list []any
	if v, ok := s.w.set.Params[name]; ok {
		list = append(list, v)
	}
	switch s.w.m.in.Params[name] {
	case form.ParamBool:
		list = append(list, false, true)
	case form.ParamText:
		list = append(list, "", "x")
		for _, t := range said.texts {
			list = append(list, t)
		}
	case form.ParamInt, form.ParamMoney:
		list = append(list, int64(0), int64(1))
		for _, n := range said.ints {
			list = append(list, n-1, n, n+1)
		}
	case form.ParamDecimal:
		list = append(list, 0.0, 1.0)
	case form.ParamDate:
		list = append(list, clock.Date{}, s.w.set.Today)
	case form.ParamTexts:
		list = append(list, []string(nil), said.texts)
		for _, t := range said.texts {
			list = append(list, []string{t})
		}
	case form.ParamInts, form.ParamMoneys:
		list = append(list, []int64(nil), []int64{1})
	}
	s.param[name] = list
	return list
}

// group is the group whose instances a variable counts, or nil.
func (s *solver) group(v string) *form.GroupInfo {
	if v[0] == '#' {
		return s.w.m.groups[v[1:]]
	}
	return nil
}

// count is how many candidates a variable has.
func (s *solver) count(v string) int {
	if p, ok := strings.CutPrefix(v, "params."); ok {
		return len(s.params(p))
	}
	if g := s.group(v); g != nil {
		return g.Max - g.Min + 1
	}
	return len(s.w.candidates(v))
}

// value is candidate i of a variable as rules see it.
func (s *solver) value(v string, i int) any {
	if p, ok := strings.CutPrefix(v, "params."); ok {
		return s.params(p)[i]
	}
	if g := s.group(v); g != nil {
		return int64(g.Min + i)
	}
	f := s.w.m.fields[v]
	val := s.w.candidates(v)[i].value
	switch x := val.(type) {
	case nil:
		return zero(f.Kind)
	case string:
		if f.Kind == form.Decimal {
			n, _ := strconv.ParseFloat(x, 64)
			return n
		}
	case []form.File:
		names := make([]string, len(x))
		for i, file := range x {
			names[i] = file.Name
		}
		return names
	}
	return val
}

// zero is what rules see of a field without an answer (FORMAT.md).
func zero(k form.Kind) any {
	switch k {
	case form.Int, form.Money:
		return int64(0)
	case form.Decimal:
		return 0.0
	case form.Bool, form.Confirm:
		return false
	case form.Date:
		return clock.Date{}
	case form.SomeOf, form.Files:
		return []string(nil)
	}
	return ""
}

// bound is what the variables of macros stand for: an instance of a group, or
// an entry of a written list.
type bound map[string]any // string (group's path) or ast.Expr

// variable is the variable that x names; answered tells that only whether
// there is an answer is asked.
func (s *solver) variable(x ast.Expr, b bound) (v string, answered bool) {
	n := name(x)
	rest, answered := strings.CutPrefix(n, "answered.")
	if head, tail, ok := strings.Cut(rest, "."); ok {
		if group, ok := b[head].(string); ok {
			if s.w.m.fields[group+"."+tail] != nil {
				return group + "." + tail, answered
			}
			return "", false
		}
	}
	if path, ok := s.w.m.named[rest]; ok {
		return path, answered
	}
	if p, ok := strings.CutPrefix(n, "params."); ok && s.w.m.in.Params[p] != "" {
		return n, false
	}
	return "", false
}

// calc is the calculation that x names, or nil.
func (s *solver) calc(x ast.Expr, b bound) ast.Expr {
	n := name(x)
	if head, tail, ok := strings.Cut(n, "."); ok {
		if group, ok := b[head].(string); ok {
			n = s.w.m.groups[group].As + "." + tail
		}
	}
	if i, ok := s.w.m.calcs[n]; ok {
		return s.w.m.trees[i]
	}
	return nil
}

const maxDepth = 200 // expressions within each other, through calculations

// need are the ways in which x comes to want.
func (s *solver) need(x ast.Expr, want bool, b bound) ways {
	if x == nil {
		return ways{list: []wish{{}}}
	}
	if s.depth++; s.depth > maxDepth {
		s.depth--
		return ways{list: []wish{{}}}
	}
	defer func() { s.depth-- }()
	switch x.Kind() {
	case ast.LiteralKind:
		if v, ok := x.AsLiteral().Value().(bool); ok {
			if v == want {
				return always
			}
			return never
		}
	case ast.ComprehensionKind:
		if w, ok := s.loop(x.AsComprehension(), want, b); ok {
			return w
		}
	case ast.CallKind:
		args := x.AsCall().Args()
		switch op := x.AsCall().FunctionName(); op {
		case operators.LogicalNot:
			return s.need(args[0], !want, b)
		case operators.LogicalAnd, operators.LogicalOr:
			l, r := s.need(args[0], want, b), s.need(args[1], want, b)
			if (op == operators.LogicalAnd) == want {
				return and(l, r)
			}
			return or(l, r)
		case operators.Conditional:
			return or(and(s.need(args[0], true, b), s.need(args[1], want, b)), and(s.need(args[0], false, b), s.need(args[2], want, b)))
		}
	default:
		if e, ok := b[name(x)].(ast.Expr); ok {
			return s.need(e, want, b)
		}
		if e := s.calc(x, b); e != nil {
			return s.need(e, want, bound{})
		}
	}
	if w, ok := s.atom(x, want, b); ok {
		return w
	}
	return s.guess(x, b)
}

// atom tries the candidates of the one or two variables of x.
func (s *solver) atom(x ast.Expr, want bool, b bound) (ways, bool) {
	var vars []string
	t, exact := s.term(x, b, &vars)
	if t == nil || len(vars) > 2 || len(vars) == 0 {
		if t != nil && len(vars) == 0 {
			if t(nil) == want {
				return always, true
			}
			return never, true
		}
		return ways{}, false
	}
	get := map[string]any{}
	hit := func() bool { return t(func(v string) any { return get[v] }) == want }
	out := ways{exact: exact}
	if len(vars) == 1 {
		var fit []int
		for i := range s.count(vars[0]) {
			if s.set(get, vars[0], i) && hit() {
				fit = append(fit, i)
			}
		}
		if len(fit) > 0 {
			out = and(ways{list: []wish{{vars[0]: fit}}, exact: exact}, s.visible(vars[0]))
		}
		if f := s.w.m.fields[vars[0]]; f != nil {
			get[vars[0]], get["answered."+vars[0]] = zero(f.Kind), false
			if hit() {
				out = or(out, s.hidden(vars[0]))
			}
		}
		if g := s.group(vars[0]); g != nil {
			if get[vars[0]] = int64(0); hit() {
				out = or(out, s.condition(g.List, false))
			}
		}
		return out, true
	}
	out.exact = exact && s.finite(vars[0]) && s.finite(vars[1])
	for i := range s.count(vars[0]) {
		if !s.set(get, vars[0], i) {
			continue
		}
		var fit []int
		for j := range s.count(vars[1]) {
			if s.set(get, vars[1], j) && hit() {
				fit = append(fit, j)
			}
		}
		if len(fit) > 0 {
			out.list = append(out.list, wish{vars[0]: {i}, vars[1]: fit})
		}
	}
	out = and(out.cut(), and(s.visible(vars[0]), s.visible(vars[1])))
	// Either may also be hidden; the engine will tell.
	out.exact = false
	return out, true
}

// set puts candidate i of a variable in place; ok is false where nobody comes
// past its page with it.
func (s *solver) set(get map[string]any, v string, i int) (ok bool) {
	get[v] = s.value(v, i)
	f := s.w.m.fields[v]
	if f == nil {
		return true
	}
	there := s.w.candidates(v)[i].value != nil
	get["answered."+v] = there
	return there || f.Page == s.at || !f.Node.Required && f.Kind != form.Confirm
}

// on makes page the one that is being answered.
func (s *solver) on(page string) {
	if s.at != page {
		s.at = page
		clear(s.shown)
	}
}

// finite tells whether all possible answers are among the candidates.
func (s *solver) finite(v string) bool {
	f := s.w.m.fields[v]
	return f != nil && (f.Kind == form.Bool || f.Kind == form.Confirm || f.Kind == form.OneOf && len(f.Choices) <= maxCodes)
}

// loop unrolls exists and all, over a group or a written list.
func (s *solver) loop(l ast.ComprehensionExpr, want bool, b bound) (ways, bool) {
	step := l.LoopStep()
	if l.HasIterVar2() || step.Kind() != ast.CallKind || len(step.AsCall().Args()) != 2 {
		return ways{}, false
	}
	op := step.AsCall().FunctionName()
	if op != operators.LogicalOr && op != operators.LogicalAnd {
		return ways{}, false
	}
	body, some := step.AsCall().Args()[1], (op == operators.LogicalOr) == want // some: one instance suffices
	inner := maps.Clone(b)
	if inner == nil {
		inner = bound{}
	}
	if g := s.w.m.groups[name(l.IterRange())]; g != nil {
		inner[l.IterVar()] = g.Path
		there := s.instances(g)
		out := and(s.need(body, want, inner), there)
		if !some {
			out = or(out, s.none(g))
		}
		out.exact = out.exact && len(out.list) == 0 // instances may differ
		return out, true
	}
	if l.IterRange().Kind() != ast.ListKind {
		return ways{}, false
	}
	out := never
	if !some {
		out = always
	}
	for _, e := range l.IterRange().AsList().Elements() {
		inner[l.IterVar()] = e
		one := s.need(body, want, inner)
		if some {
			out = or(out, one)
		} else {
			out = and(out, one)
		}
	}
	return out, true
}

// guess proposes each candidate of each variable in x, alone and in two
// instances alike.
func (s *solver) guess(x ast.Expr, b bound) ways {
	out := ways{list: []wish{{}}}
	vars := s.mentioned(x, b, nil)
	for _, v := range vars {
		there := s.visible(v)
		for _, i := range fromEnds(s.count(v)) {
			one := and(ways{list: []wish{{v: {i}}}}, there).list
			out.list = append(out.list, one[:min(1, len(one))]...)
			for _, g := range s.within(v) {
				if i := max(2-g.Min, 0); g.Max >= 2 && len(one) > 0 {
					two, ok := merge(one[0], wish{"#" + g.Path: {i}})
					if !ok {
						two = maps.Clone(one[0])
						two["#"+g.Path] = []int{i}
					}
					out.list = append(out.list, two)
				}
			}
		}
	}
	// And two together, one of them at its end: the 31st of each month.
	for _, v := range vars {
		for _, u := range vars {
			if u == v || s.w.m.fields[v] == nil || len(vars) > 4 {
				continue
			}
			for i := range s.count(u) {
				out.list = append(out.list, wish{v: {max(0, s.count(v)-2)}, u: {i}})
			}
		}
	}
	return ways{list: out.cut().list}
}

// fromEnds are 0 to n-1, from both ends inwards: what is extreme comes first.
func fromEnds(n int) []int {
	out := make([]int, 0, n)
	for i, j := 0, n-1; i <= j; i, j = i+1, j-1 {
		if out = append(out, j); i < j {
			out = append(out, i)
		}
	}
	return out
}

// within are the groups a variable lies in, the outermost first.
func (s *solver) within(v string) []*form.GroupInfo {
	f := s.w.m.fields[v]
	if f == nil {
		return nil
	}
	var out []*form.GroupInfo
	for g := s.w.m.groups[f.Group]; g != nil; g = s.w.m.groups[s.parent(g)] {
		out = append(out, g)
	}
	slices.Reverse(out)
	return out
}

// parent is the group that a group lies in, "" for none.
func (s *solver) parent(g *form.GroupInfo) string {
	for _, p := range s.w.m.in.Pages {
		if p.ID == g.List {
			return p.Group
		}
	}
	return ""
}

// mentioned are the variables of x, through calculations.
func (s *solver) mentioned(x ast.Expr, b bound, seen []ast.Expr) []string {
	var out []string
	visit(x, func(x ast.Expr) {
		add := func(v string) {
			if v != "" && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
		v, _ := s.variable(x, b)
		add(v)
		if g := s.w.m.groups[name(x)]; g != nil {
			add("#" + g.Path)
		}
		var of []ast.Expr
		if c := s.calc(x, b); c != nil {
			of = append(of, c)
		} else if x.Kind() == ast.SelectKind && v == "" {
			member := x.AsSelect().FieldName()
			for _, i := range s.w.m.byMember[member] {
				of = append(of, s.w.m.trees[i])
			}
			for _, g := range s.w.m.in.Groups {
				if s.w.m.fields[g.Path+"."+member] != nil && name(x.AsSelect().Operand()) != "" {
					add(g.Path + "." + member)
				}
			}
		}
		for _, e := range of {
			if !slices.Contains(seen, e) && len(seen) < maxDepth {
				for _, v := range s.mentioned(e, bound{}, append(seen, e)) {
					add(v)
				}
			}
		}
	})
	return out
}

// visible are the ways in which a variable is asked for at all.
func (s *solver) visible(v string) ways {
	if g := s.group(v); g != nil {
		return s.condition(g.List, true)
	}
	f := s.w.m.fields[v]
	if f == nil {
		return always
	}
	if w, ok := s.shown[v]; ok {
		return w
	}
	s.shown[v] = ways{list: []wish{{}}} // of a circle, which Compile refuses
	out := s.page(f.Page)
	for i, r := range s.w.m.in.Rules {
		if r.Kind == form.ShowField && r.Field == v {
			out = and(out, s.need(s.w.m.trees[i], true, bound{}))
		}
	}
	s.shown[v] = out
	return out
}

// page are the ways in which a page is asked.
func (s *solver) page(id string) ways {
	out := always
	for _, p := range s.w.m.in.Pages {
		if p.ID == id && p.Group != "" {
			out = and(out, s.instances(s.w.m.groups[p.Group]))
		}
	}
	out = and(out, s.condition(id, true))
	for _, p := range s.w.m.in.Pages { // what stops before it
		if p.ID == id {
			break
		}
		if p.Stop {
			out = and(out, s.condition(p.ID, false))
		}
	}
	return out
}

func (s *solver) condition(page string, want bool) ways {
	for i, r := range s.w.m.in.Rules {
		if r.Kind == form.ShowPage && r.ID == page {
			return s.need(s.w.m.trees[i], want, bound{})
		}
	}
	if want {
		return always
	}
	return never
}

// instances are the ways in which a group has at least one instance; none
// those in which it has none.
func (s *solver) instances(g *form.GroupInfo) ways {
	out := s.condition(g.List, true)
	if up := s.w.m.groups[s.parent(g)]; up != nil {
		out = and(out, s.instances(up))
	}
	if g.Min > 0 {
		return out
	}
	var counts []int
	for n := 1; n <= g.Max; n++ {
		counts = append(counts, n)
	}
	return and(out, ways{list: []wish{{"#" + g.Path: counts}}, exact: true})
}

func (s *solver) none(g *form.GroupInfo) ways {
	out := s.condition(g.List, false)
	if g.Min == 0 {
		out = or(out, and(s.condition(g.List, true), ways{list: []wish{{"#" + g.Path: {0}}}, exact: true}))
	}
	return out
}

// hidden are the ways in which a field is not asked for.
func (s *solver) hidden(v string) ways {
	f := s.w.m.fields[v]
	out := s.condition(f.Page, false)
	if g := s.w.m.groups[f.Group]; g != nil {
		out = or(out, s.none(g))
	}
	for i, r := range s.w.m.in.Rules {
		if r.Kind == form.ShowField && r.Field == v {
			out = or(out, and(s.page(f.Page), s.need(s.w.m.trees[i], false, bound{})))
		}
	}
	return out
}
