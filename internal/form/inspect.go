package form

import (
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// Inspection is what a compiled form is made of, for tools that reason about
// it (package prove). It shares nothing that could change the Program.
type Inspection struct {
	// Pages are all pages and Fields all fields in the order they are asked.
	Pages  []PageInfo
	Fields []FieldInfo
	Groups []GroupInfo
	// Rules are all expressions: those of pages in their order, then
	// calculations, checks and lines.
	Rules []RuleInfo
	// Params are the names and types of the parameters.
	Params map[string]ParamType
	// Destinations are the ids of the offices that rules choose from, in order.
	Destinations []string
}

// PageInfo is one page.
type PageInfo struct {
	ID string
	// Group is the schema path of the group whose instances the page asks
	// about, List that of the group it lists; "" for none.
	Group, List string
	// Title is the heading in German.
	Title string
	// Stop: the form ends here for whoever gets the page.
	Stop bool
	// Given tells that rules may answer all its fields: nobody comes to see it
	// then.
	Given bool
}

// FieldInfo is one field with what the schema says about it, its Basis and
// Purpose inherited.
type FieldInfo struct {
	// Path is the schema path, Page the page's id, Group the repeating group's
	// schema path or "".
	Path, Page, Group string
	Kind              Kind
	Node              Node
	// Limit is the largest length, number or count as it is checked.
	Limit int64
	// Choices are the codes on offer with their attributes and German labels.
	Choices []Choice
	// Label, Hint and Declaration are the German words, their placeholders not
	// filled in.
	Label, Hint, Declaration string
	// Pattern is the regular expression that the whole of a text must fit,
	// written so that ECMA-262 (flag u) and RE2 read it alike; "" for none.
	Pattern string
	// Given tells that a rule may answer in the place of the person.
	Given bool
}

// GroupInfo is one repeating group.
type GroupInfo struct {
	Path, As string
	Min, Max int
	// List is the id of its list page, Up the schema path of the group around
	// it, "" for none.
	List, Up string
}

// RuleKind says what a rule decides.
type RuleKind string

// The kinds of rules.
const (
	ShowPage  RuleKind = "page"
	ShowField RuleKind = "field"
	Demand    RuleKind = "require"
	ShowNote  RuleKind = "note"
	Calculate RuleKind = "calc"
	CheckWhen RuleKind = "check when"
	CheckMust RuleKind = "check"
	LineWhen  RuleKind = "line"
	SendTo    RuleKind = "destination"
)

// RuleInfo is one expression of a form.
type RuleInfo struct {
	Kind RuleKind
	// ID names what the rule is about: a page's id, a field's schema path, the
	// id of a note, check, line or destination, or the name of a calculation in rules.
	ID string
	// Page is the page it stands on; Field the schema path it decides about
	// (of a check on a list page, the group's).
	Page, Field string
	// Group is the repeating group in whose instances it runs, "" for none.
	Group  string
	Source string
	// Fields and Groups are the schema paths it reads, also through
	// calculations; sorted.
	Fields, Groups []string
	// Truth tells whether its value is yes or no.
	Truth bool
	// Text is what a check says in German where it fails.
	Text string

	e  *expr
	t  *table
	pg *page
	f  *field
	ch *check
}

// On is the day that a date's bound names; ok is false where there is none.
func (b Bound) On(today clock.Date) (day clock.Date, ok bool) {
	bound, err := parseDateBound(b)
	return bound.on(today), err == nil && bound.set
}

// Inspect lays the form open.
func (p *Program) Inspect() Inspection {
	out := Inspection{Params: map[string]ParamType{}}
	for _, d := range p.params {
		out.Params[d.name] = d.typ
	}
	for _, g := range p.groups {
		out.Groups = append(out.Groups, GroupInfo{Path: g.id, As: g.as, Min: g.min, Max: g.max, List: g.list.id, Up: groupOf(g.up)})
	}
	for _, pg := range p.pages {
		info := PageInfo{ID: pg.id, Group: groupOf(pg.table), Title: pg.title.in(i18n.DE), Stop: pg.def.Stop}
		info.Given = len(pg.fields) > 0 && !slices.ContainsFunc(pg.fields, func(f *field) bool { return f.value == nil })
		if pg.list != nil {
			info.List = pg.list.id
		}
		out.Pages = append(out.Pages, info)
		out.rule(RuleInfo{Kind: ShowPage, ID: pg.id, Page: pg.id, e: pg.when, t: pg.table, pg: pg})
		for _, f := range pg.fields {
			fi := FieldInfo{Path: f.path, Page: pg.id, Group: groupOf(f.table), Kind: f.kind, Node: f.node, Limit: f.maxN, Label: f.short.in(i18n.DE), Hint: f.hint.in(i18n.DE), Declaration: f.declaration.in(i18n.DE), Given: f.value != nil}
			if f.pattern != nil {
				fi.Pattern, _ = rewritePattern(f.node.Pattern) // Compile has done so before
			}
			for _, c := range f.choices {
				fi.Choices = append(fi.Choices, Choice{Code: c.code, DE: c.label.in(i18n.DE), Attrs: c.attrs})
			}
			out.Fields = append(out.Fields, fi)
			out.rule(RuleInfo{Kind: ShowField, ID: f.path, Page: pg.id, Field: f.path, e: f.when, t: f.table, pg: pg, f: f})
			out.rule(RuleInfo{Kind: Demand, ID: f.path, Page: pg.id, Field: f.path, e: f.require, t: f.table, pg: pg, f: f})
		}
		for _, n := range pg.notes {
			out.rule(RuleInfo{Kind: ShowNote, ID: n.id, Page: pg.id, e: n.when, t: pg.table, pg: pg})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.vars)) {
		if v := p.vars[name]; v.kind == varCalc {
			out.rule(RuleInfo{Kind: Calculate, ID: name, e: v.table.calcs[v.idx], t: v.table})
		}
	}
	for _, ch := range p.checks {
		r := RuleInfo{ID: ch.id, Text: ch.text.in(i18n.DE), t: p.top, f: ch.field, ch: ch}
		if ch.field != nil {
			r.t, r.pg, r.Page, r.Field = ch.field.table, ch.field.page, ch.field.page.id, ch.field.path
		} else {
			r.t, r.pg, r.Page, r.Field = ch.group.up, ch.group.list, ch.group.list.id, ch.group.id
		}
		r.Kind, r.e = CheckWhen, ch.when
		out.rule(r)
		r.Kind, r.e = CheckMust, ch.must
		out.rule(r)
	}
	for _, c := range p.computes {
		for _, l := range c.lines {
			t := p.top
			if l.group != nil {
				t = &l.group.table
			}
			out.rule(RuleInfo{Kind: LineWhen, ID: c.id + "." + l.id, e: l.when, t: t})
		}
	}
	for _, d := range p.destinations {
		out.Destinations = append(out.Destinations, d.id)
		out.rule(RuleInfo{Kind: SendTo, ID: d.id, e: d.when, t: p.top})
	}
	return out
}

func groupOf(t *table) string {
	if t.group == nil {
		return ""
	}
	return t.group.id
}

func (in *Inspection) rule(r RuleInfo) {
	if r.e == nil {
		return
	}
	r.Source, r.Group, r.Truth = r.e.src, groupOf(r.t), r.e.out.IsExactType(cel.BoolType)
	for f := range r.e.deps.fields {
		r.Fields = append(r.Fields, f.path)
	}
	for g := range r.e.deps.groups {
		r.Groups = append(r.Groups, g.id)
	}
	slices.Sort(r.Fields)
	slices.Sort(r.Groups)
	in.Rules = append(in.Rules, r)
}

// Truth tells whether a rule of Inspect holds somewhere in the answers, and
// whether it fails somewhere: in the instances there are, and only where it
// decides something (a field's condition on a page that is shown, a check of
// an answer that is there).
func (v *View) Truth(r RuleInfo) (holds, fails bool) {
	see := func(s *scope) {
		switch {
		case r.Kind == ShowPage || r.pg == nil:
		case !s.pageVisible(r.pg):
			return
		case r.Kind == Demand && !s.visible(r.f):
			return
		case r.ch != nil && r.f != nil && !s.answered(r.f):
			return
		case r.Kind == CheckMust && !r.ch.when.holds(s):
			return
		}
		if r.e.holds(s) {
			holds = true
		} else {
			fails = true
		}
	}
	v.top.each(r.t.chain, (*scope).instances, see)
	return holds, fails
}

// Shown is how many pages and fields the answers bring up.
func (v *View) Shown() int {
	n := 0
	for _, st := range v.Steps() {
		n++
		for _, f := range st.pg.fields {
			if st.s.visible(f) {
				n++
			}
		}
	}
	return n
}

// SchemaPath is the schema path of an answer path: hunde.rasse of
// hunde/3.rasse.
func SchemaPath(answer string) string {
	var b strings.Builder
	for rest := answer; ; {
		head, tail, ok := strings.Cut(rest, "/")
		b.WriteString(head)
		if !ok {
			return b.String()
		}
		rest = strings.TrimLeft(tail, "0123456789")
	}
}
