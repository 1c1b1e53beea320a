package build

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/form"
	"leitportal/internal/form/fim/rule"
)

// effects are the conditions that clauses set on one element.
type effects struct {
	show, hide, require, optional []cond
	named                         string // what to say when the field is missing
}

// clauses turns the compiled clauses into conditions and checks.
func (b *builder) clauses() {
	b.byFIM = map[rule.Path]*node{}
	for _, n := range b.all {
		if p := n.fimPath(); b.byFIM[p] == nil {
			b.byFIM[p] = n
		}
	}
	for _, n := range b.all {
		for _, k := range n.of {
			if p := k.fimPath(); b.byFIM[p] == nil || b.byFIM[p] == n {
				b.byFIM[p] = k
			}
		}
	}
	b.nowhere()
	b.torn()
	// What is set without asking is known before anything refers to it.
	for i := range b.o.Rules.Compiled {
		if c := &b.o.Rules.Compiled[i]; c.Effect == rule.Prefill && c.When == nil {
			b.try(c, b.prefill)
		}
	}
	for i := range b.o.Rules.Compiled {
		if c := &b.o.Rules.Compiled[i]; c.Effect == rule.Prefill && c.When != nil {
			b.try(c, b.prefill)
		}
	}
	for i := range b.o.Rules.Compiled {
		switch c := &b.o.Rules.Compiled[i]; c.Effect {
		case rule.Prefill:
		case rule.Require:
			if !b.kept(c) {
				b.try(c, b.effect)
			}
		case rule.AtLeastOne, rule.ExactlyOne, rule.AtMostOne:
			b.try(c, b.oneOf)
		case rule.Check, rule.Only, rule.Except:
			b.late = append(b.late, c) // when pages are known
		default:
			b.try(c, b.effect)
		}
	}
	for _, n := range b.all {
		b.settle(n)
	}
	for _, e := range b.exact {
		b.try(e.clause, func(*rule.Clause) error { return b.exactly(e.groups) })
	}
}

// exact is a clause that wants exactly one of some groups beside each other.
type exact struct {
	clause *rule.Clause
	groups []*node
}

// exactly asks which of the groups it is, unless other rules decide it by the
// answer to one choice.
func (b *builder) exactly(groups []*node) error {
	free := 0
	by := map[string]bool{}
	var fields []string
	for _, n := range groups {
		if len(n.when) == 0 {
			free++
			continue
		}
		field, _, ok := strings.Cut(n.when[0].expr, " == '")
		if ok && n.when[0].simple && len(n.when) == 1 {
			by[n.when[0].expr] = true
			fields = append(fields, field)
		}
	}
	switch {
	case free == len(groups):
		b.alternatives(groups[0].parent, groups)
		return nil
	case len(by) == len(groups) && len(slices.Compact(fields)) == 1:
		return nil
	}
	return errors.New("andere Regeln zeigen diese Gruppen; ob es genau eine ist, wird nicht geprüft")
}

// try reports a clause that the form cannot keep.
func (b *builder) try(c *rule.Clause, do func(*rule.Clause) error) {
	if err := do(c); err != nil {
		b.r.NotKept++
		var m missing
		if errors.As(err, &m) {
			b.wait(m, c.Rule.ID)
			return
		}
		b.r.Warnings = append(b.r.Warnings, Warning{c.Rule.ID, string(c.At), fmt.Sprintf("die Regel „%s“ wird nicht geprüft: %v", sentence(c.Sentence), err)})
	}
}

// fimPath is the way to n by the ids of the schema.
func (n *node) fimPath() rule.Path {
	if n.parent == nil {
		return ""
	}
	return under(n.parent.fimPath(), n.fim)
}

// under is the path of an element in another.
func under(up rule.Path, id string) rule.Path {
	if up == "" {
		return rule.Path(id)
	}
	return up + "/" + rule.Path(id)
}

// cel writes an expression as seen from n.
func (b *builder) cel(e *rule.Expr, n *node) (cond, error) {
	var out cond
	var why error
	in := n.in
	e, truth := b.fold(e)
	if e == nil {
		return cond{expr: strconv.FormatBool(truth)}, nil
	}
	s, err := e.CEL(func(p rule.Path) rule.Ref {
		f := b.byFIM[p]
		switch {
		case f != nil && f.dateParts() != nil:
			ref := rule.Ref{Type: string(form.Date)}
			var parts, answered []string
			for _, k := range f.dateParts() {
				if !k.seenFrom(in) {
					return rule.Ref{}
				}
				out.deps = append(out.deps, k.path)
				parts = append(parts, b.refTo(in, k.path))
				answered = append(answered, "answered."+b.refTo(in, k.path))
			}
			ref.Name = "date(" + strings.Join(parts, ", ") + ")"
			ref.Answered = "(" + strings.Join(answered, " && ") + ")"
			return ref
		case f == nil || f.part.Field == nil:
			return rule.Ref{}
		case f.kind != "" || f.whole != nil:
			w := f.asker()
			if w.gone || !w.seenFrom(in) {
				why = fmt.Errorf("„%s“ wird hier nicht gefragt", w.label())
				return rule.Ref{}
			}
			out.deps = append(out.deps, w.path)
			if f.whole != nil {
				return f.partRef(b.refTo(in, w.path))
			}
			return f.wholeRef(b.refTo(in, w.path))
		case f.constant != "":
			return rule.Ref{Name: "calc." + constantID(f), Answered: "true", Type: f.field.Type, Code: b.codeOf(f)}
		case f.gone:
			why = fmt.Errorf("„%s“ wird nicht gefragt", f.label())
			return rule.Ref{Answered: "false"}
		case f.unlisted:
			why = missing{f}
			return rule.Ref{Answered: "answered." + b.refTo(in, f.path)}
		case !f.seenFrom(in):
			why = fmt.Errorf("„%s“ steht in einer Gruppe, die sich wiederholt", f.label())
			return rule.Ref{}
		}
		out.deps = append(out.deps, f.path)
		return rule.Ref{Name: b.refTo(in, f.path), Answered: "answered." + b.refTo(in, f.path), Type: f.field.Type, Code: b.codeOf(f)}
	})
	if err != nil {
		if why != nil {
			err = why
		}
		return cond{}, err
	}
	out.expr, out.simple = s, simple.MatchString(s)
	return out, nil
}

// dateParts are year, month and day of the harmonised group of a date of which
// only a part may be known (G60000000083), else nil.
func (n *node) dateParts() []*node {
	out := make([]*node, 3)
	for _, k := range n.kids {
		if i := slices.Index([]string{"F60000000233", "F60000000232", "F60000000231"}, k.fim); i >= 0 && !k.gone && k.field.Type == string(form.Int) {
			out[i] = k
		}
	}
	if slices.Contains(out, nil) {
		return nil
	}
	return out
}

// simple are the conditions that a browser understands (FORMAT.md).
var simple = regexp.MustCompile(`^(!?[a-z0-9_.]+|[a-z0-9_.]+ [!=]= '[^'\\]*'|[a-z0-9_.]+ in \['[^'\\]*'(, '[^'\\]*')*\])$`)

func (b *builder) codeOf(n *node) func(string) string {
	return func(s string) string {
		list := n.field.Choices
		if n.field.List != "" {
			list = b.d.Lists[n.field.List]
		}
		like := ""
		for _, ch := range list {
			switch {
			case ch.Code == s || ch.Attrs["fim"] == s:
				return ch.Code
			case folded(ch.Code) == folded(s): // as rules have it that a person typed
				like = ch.Code
			}
		}
		return or(like, s)
	}
}

func (c cond) not() cond {
	c.simple = false
	switch c.expr {
	case "true", "false":
		c.expr = strconv.FormatBool(c.expr == "false")
		return c
	}
	if simple.MatchString(c.expr) && !strings.Contains(c.expr, " ") && !strings.HasPrefix(c.expr, "!") {
		c.expr, c.simple = "!"+c.expr, true
		return c
	}
	if field, value, ok := strings.Cut(c.expr, " == "); ok && simple.MatchString(c.expr) {
		c.expr, c.simple = field+" != "+value, true
		return c
	}
	c.expr = "!(" + c.expr + ")"
	return c
}

// either is the condition that one of them holds; without any it is false.
func either(conds []cond) cond {
	conds = slices.DeleteFunc(slices.Clone(conds), func(c cond) bool { return c.expr == "false" })
	if i := slices.IndexFunc(conds, func(c cond) bool { return c.expr == "true" }); i >= 0 {
		return conds[i]
	}
	if len(conds) == 0 {
		return cond{expr: "false"}
	}
	if len(conds) == 1 {
		return conds[0]
	}
	var out cond
	var parts []string
	for _, c := range conds {
		if p := "(" + c.expr + ")"; !slices.Contains(parts, p) {
			parts = append(parts, p)
			out.deps = append(out.deps, c.deps...)
		}
		out.simple = c.simple
	}
	if len(parts) == 1 {
		out.expr = conds[0].expr
		return out
	}
	out.expr, out.simple = strings.Join(parts, " || "), false
	return out
}

func (b *builder) targets(c *rule.Clause) ([]*node, error) {
	var out []*node
	for _, p := range c.Targets {
		n := b.byFIM[p]
		if n == nil || n.parent == nil {
			return nil, fmt.Errorf("%s gibt es nicht", p)
		}
		if n = n.asker(); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out, nil
}

// torn warns of elements that one rule shows and another hides with the same
// answers: shown, as package rule has it.
func (b *builder) torn() {
	rules, said := b.o.Rules.Compiled, map[*node]bool{}
	for i := range rules {
		hide := &rules[i]
		if hide.Effect != rule.Hide {
			continue
		}
		for _, p := range hide.Targets {
			n := b.byFIM[p]
			if n == nil || n.gone || n.nowhere || said[n] {
				continue
			}
			for j := range rules {
				show := &rules[j]
				if show.Effect != rule.Show || !slices.Contains(show.Targets, p) {
					continue
				}
				if answers, ok := hide.Meets(*show); ok {
					said[n] = true
					b.warn(n, "eine Regel zeigt „%s“ und eine andere blendet es aus, beide etwa bei %s; im Formular wird es gezeigt", n.label(), b.said(answers))
					break
				}
			}
		}
	}
}

// said are answers in words, in the order of their paths.
func (b *builder) said(answers map[rule.Path]rule.Value) string {
	var out []string
	for _, p := range slices.Sorted(maps.Keys(answers)) {
		label := string(p)
		if n := b.byFIM[p]; n != nil {
			label = n.label()
		}
		out = append(out, fmt.Sprintf("%s = %s", label, answers[p].Text))
	}
	return or(strings.Join(out, ", "), "leeren Angaben")
}

// effect collects show, hide, require, optional and forbid.
func (b *builder) effect(c *rule.Clause) error {
	targets, err := b.targets(c)
	if err != nil {
		return err
	}
	for _, n := range targets {
		if n.gone {
			continue
		}
		when, err := b.cel(c.When, n)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(when.deps, n.holds) {
			return fmt.Errorf("„%s“ hinge von sich selbst ab", n.label())
		}
		switch c.Effect {
		case rule.Show:
			n.rules.show = append(n.rules.show, when)
		case rule.Hide, rule.Forbid:
			n.rules.hide = append(n.rules.hide, when)
		case rule.Require:
			n.rules.require = append(n.rules.require, when)
		case rule.Optional:
			n.rules.optional = append(n.rules.optional, when)
		default:
			return fmt.Errorf("die Wirkung %q ist unbekannt", c.Effect)
		}
	}
	return nil
}

// holds tells whether the field at path is n or in it.
func (n *node) holds(path string) bool { return n.path == path || strings.HasPrefix(path, n.path+".") }

// settle makes one condition of all effects on an element: see package rule on
// how several clauses go together.
func (b *builder) settle(n *node) {
	r := &n.rules
	switch {
	case len(r.show) > 0 || len(r.hide) > 0 && len(r.require) > 0:
		n.when = append(n.when, either(append(slices.Clone(r.show), r.require...)))
		n.decided = true
	case len(r.hide) > 0:
		n.when = append(n.when, either(r.hide).not())
	}
	n.when = slices.DeleteFunc(n.when, func(c cond) bool { return c.expr == "true" })
	if n.part.Field == nil || n.field.Type == string(form.Confirm) {
		return
	}
	if n.part.Min > 0 && len(r.optional) == 0 {
		return
	}
	switch {
	case len(r.optional) > 0 && n.part.Min > 0:
		if c := either(r.optional).not(); c.expr != "true" {
			n.field.Required, n.require = false, &c
		}
	case len(r.require) > 0:
		c := either(r.require)
		if c.expr == "false" {
			return
		}
		if c.expr == "true" || len(n.when) == 1 && n.when[0].expr == c.expr {
			n.field.Required = true
		} else {
			n.require = &c
		}
	}
}

func constantID(n *node) string { return strings.ReplaceAll(n.path, ".", "_") }

// filled is whether a part is answered: its question, its field, or one of its
// fields.
func (b *builder) filled(n *node) []cond {
	var out []cond
	for _, f := range n.fields() {
		if f.field.Type == string(form.Bool) && n.part.Group != nil {
			continue
		}
		out = append(out, cond{"answered." + b.refTo(f.in, f.path), []string{f.path}, false})
	}
	return out
}

// oneOf is how many of some parts are to be answered.
func (b *builder) oneOf(c *rule.Clause) error {
	all, err := b.targets(c)
	if err != nil {
		return err
	}
	of := len(all)
	all = slices.DeleteFunc(all, func(n *node) bool { return n.nowhere })
	switch {
	case len(all) == 0 || len(all) < of && len(all) == 1 && c.Effect == rule.AtMostOne:
		return nil // nothing left that it could be about
	case len(all) < of && len(all) == 1:
		one := *c
		one.Effect, one.Targets = rule.Require, []rule.Path{all[0].fimPath()}
		return b.effect(&one)
	}
	all = slices.DeleteFunc(all, func(n *node) bool { return n.gone })
	if len(all) < 2 {
		return fmt.Errorf("weniger als zwei der Angaben werden gefragt")
	}
	slices.SortStableFunc(all, func(x, y *node) int { return slices.Index(b.all, x) - slices.Index(b.all, y) })
	same := true
	for _, n := range all {
		if n.many || n.in != all[0].in {
			return fmt.Errorf("„%s“ steht in einer Gruppe, die sich wiederholt", n.label())
		}
		same = same && n.part.Group != nil && n.parent == all[0].parent && n.part.Min == 0 && n.choice == nil
	}
	if c.Effect == rule.ExactlyOne && same && c.When == nil {
		b.exact = append(b.exact, exact{c, all})
		return nil
	}
	when, err := b.cel(c.When, all[0])
	if err != nil {
		return err
	}
	if when.expr == "false" {
		return nil
	}
	last := all[len(all)-1]
	if last.part.Group != nil && c.Effect != rule.AtMostOne {
		if i := slices.IndexFunc(all, func(n *node) bool { return n.part.Field != nil }); i >= 0 {
			all = append(slices.Delete(all, i, i+1), all[i])
			last = all[len(all)-1]
		}
	}
	var before []cond
	for _, n := range all[:len(all)-1] {
		before = append(before, b.filled(n)...)
	}
	none := either(before).not()
	if when.expr != "true" {
		none = cond{"(" + when.expr + ") && " + none.expr, append(when.deps, none.deps...), false}
	}
	if c.Effect != rule.AtMostOne {
		last.rules.require = append(last.rules.require, none)
		var names []string
		for _, n := range all {
			names = append(names, "„"+n.label()+"“")
		}
		last.rules.named = "Geben Sie mindestens eines an: " + strings.Join(names, ", ") + "."
	}
	if c.Effect != rule.AtLeastOne {
		for i, n := range all[1:] {
			if n.part.Field == nil {
				return fmt.Errorf("ob zu viel angegeben ist, lässt sich bei Gruppen noch nicht prüfen")
			}
			var others []cond
			for _, o := range all[:i+1] {
				others = append(others, b.filled(o)...)
			}
			b.check(n, c, when, either(others).not().expr, i)
		}
	}
	return nil
}

// check adds a rule that must hold where n is answered.
func (b *builder) check(n *node, c *rule.Clause, when cond, must string, i int) {
	id := "r-" + strings.ReplaceAll(n.path, ".", "-") + "-" + ident(c.Rule.ID)
	for base, k := id, 2; b.de["rule."+id] != ""; k++ {
		id = base + "-" + strconv.Itoa(k)
	}
	def := form.CheckDef{ID: id, Field: n.path, Check: must}
	if when.expr != "true" {
		def.When = when.expr
	}
	b.d.Rules.Validate = append(b.d.Rules.Validate, def)
	b.de["rule."+id] = "Die Angaben passen nicht zusammen. Verlangt ist: " + sentence(c.Sentence)
}

// checks are the rules about several answers; each stands where the last of
// them is asked.
func (b *builder) checks() {
	for _, c := range b.late {
		b.try(c, b.lateCheck)
	}
}

func (b *builder) lateCheck(c *rule.Clause) error {
	targets, err := b.targets(c)
	if err != nil {
		return err
	}
	if b.kept(c) {
		return nil
	}
	if !slices.ContainsFunc(targets, func(n *node) bool { return !n.nowhere }) {
		return nil // about nothing that is here
	}
	var fields []*node
	for _, n := range targets {
		fields = append(fields, n.fields()...)
	}
	if targets = fields; c.Effect == rule.Check {
		for _, p := range compared(c.Check) {
			if f := b.byFIM[p]; f != nil && !f.asker().gone && f.part.Field != nil {
				targets = append(targets, f.asker())
			}
		}
	}
	if len(targets) == 0 {
		return fmt.Errorf("keine der Angaben wird gefragt")
	}
	at := func(n *node) int { return slices.Index(b.asked, n.path) }
	last := slices.MaxFunc(targets, func(x, y *node) int {
		// A check inside a group that repeats sees what is outside.
		return cmp.Or(x.depth()-y.depth(), at(x)-at(y))
	})
	if c.Effect == rule.Check {
		targets = []*node{last}
	}
	for _, n := range targets {
		when, err := b.cel(c.When, n)
		if err != nil {
			return err
		}
		if when.expr == "false" {
			continue
		}
		e := c.Check
		if c.Effect != rule.Check {
			e = &rule.Expr{Op: rule.In, Left: rule.Term{Path: n.fimPath()}}
			for _, code := range c.Codes {
				e.Values = append(e.Values, rule.Value{Kind: rule.Text, Text: code})
			}
			if n.unlisted {
				return missing{n}
			}
			if c.Effect == rule.Except {
				e = &rule.Expr{Op: rule.Not, Args: []*rule.Expr{e}}
			}
		}
		must, err := b.cel(e, n)
		if err != nil {
			return err
		}
		// What is left out breaks no rule about values.
		guards := []string{}
		for _, p := range compared(e) {
			f := b.byFIM[p]
			switch {
			case f == nil || f == n || f.asker().gone:
			case f.whole != nil:
				guards = append(guards, f.partRef(b.refTo(n.in, f.path)).Answered)
			default:
				guards = append(guards, "answered."+b.refTo(n.in, f.path))
			}
		}
		slices.Sort(guards)
		if guards = slices.Compact(guards); len(guards) > 0 {
			if when.expr != "true" {
				guards = append([]string{"(" + when.expr + ")"}, guards...)
			}
			when.expr = strings.Join(guards, " && ")
		}
		b.check(n, c, when, must.expr, 0)
	}
	return nil
}

// compared are the fields whose values an expression compares.
func compared(e *rule.Expr) []rule.Path {
	var out []rule.Path
	for _, t := range []rule.Term{e.Left, e.Right} {
		if t.Path != "" && t.Path != rule.State {
			out = append(out, t.Path)
		}
	}
	if e.Op == rule.Calendar {
		out = append(out, e.Paths...)
	}
	for _, a := range e.Args {
		out = append(out, compared(a)...)
	}
	return out
}

var ids = regexp.MustCompile(`\b[FG]\d{8,11}(\.[FG]\d{8,11})*\s*`)

// sentence is a rule's sentence as people can read it: without ids, in one
// line, and not without end.
func sentence(s string) string {
	s = strings.Join(strings.Fields(tidy(ids.ReplaceAllString(s, ""))), " ")
	if r := []rune(s); len(r) > 400 {
		s = string(r[:400]) + " …"
	}
	return s
}
