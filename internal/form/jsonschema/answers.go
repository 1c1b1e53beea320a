package jsonschema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"leitportal/internal/form"
)

// Answers describes the answers of an application as they are sent: an object
// of pages, each an object of answers by schema path (FORMAT.md, "Stored
// answers"). defs are the lists it refers to, which stand under refs, such as
// "#/$defs/".
func Answers(p *form.Program, refs string) (schema, defs Object) {
	b := &builder{
		p: p, in: p.Inspect(), refs: refs, pages: map[string]form.PageInfo{}, groups: map[string]form.GroupInfo{}, fields: map[string]form.FieldInfo{},
		conds: map[about]form.RuleInfo{}, musts: map[string][]form.RuleInfo{},
	}
	for _, r := range b.in.Rules {
		b.conds[about{r.Kind, r.ID}] = r
		if r.Kind == form.CheckMust {
			b.musts[r.Field] = append(b.musts[r.Field], r)
		}
	}
	for _, pg := range b.in.Pages {
		b.pages[pg.ID] = pg
	}
	for _, g := range b.in.Groups {
		b.groups[g.Path] = g
	}
	for _, f := range b.in.Fields {
		b.fields[f.Path] = f
	}
	return b.answers(), b.defs
}

type builder struct {
	p      *form.Program
	in     form.Inspection
	refs   string
	defs   Object
	pages  map[string]form.PageInfo
	groups map[string]form.GroupInfo
	fields map[string]form.FieldInfo
	conds  map[about]form.RuleInfo
	musts  map[string][]form.RuleInfo // by field
	rules  []any                      // of the answers as a whole
}

// about is which rule is meant.
type about struct {
	kind form.RuleKind
	id   string
}

func (b *builder) answers() Object {
	var top, repeated Object
	var required []string
	for _, pg := range b.in.Pages {
		row := b.page(pg)
		if pg.Group == "" {
			top.Set(pg.ID, row)
		} else {
			repeated.Set(b.rowName(pg), row)
		}
		when := b.asked(pg)
		if pg.Group == "" && when.Always() {
			required = append(required, pg.ID)
			continue
		}
		a := level(b.everywhere).cond(when)
		if pg.Group == "" {
			b.rules = append(b.rules, a.require(Object{{"required", []string{pg.ID}}}, Object{{"properties", Object{{pg.ID, false}}}})...)
		} else {
			b.rules = append(b.rules, a.require(nil, Object{{"patternProperties", Object{{b.rowName(pg), false}}}})...)
		}
	}
	s := Object{
		{"type", "object"},
		{"description", "Antworten, Seite für Seite. Seiten und Felder, die nicht gefragt waren, fehlen. Eine Seite einer Wiederholungsgruppe steht je Eintrag einmal da, mit dessen Nummer (hund/1); die Nummern nennt die Seite der Gruppe in „ids“."},
	}
	s.Set("properties", top)
	s.Set("patternProperties", repeated)
	s.Set("required", required)
	s.Set("additionalProperties", false)
	s.Set("allOf", b.rules)
	return s
}

// rowName is the pattern of the names that the rows of a page in a group have.
func (b *builder) rowName(pg form.PageInfo) string {
	depth := 0
	for g := pg.Group; g != ""; g = b.groups[g].Up {
		depth++
	}
	return "^" + regexp.QuoteMeta(pg.ID) + strings.Repeat("/[1-9][0-9]*", depth) + "$"
}

// asked is when a page is asked: its own condition, and those of the list
// pages around it.
func (b *builder) asked(pg form.PageInfo) form.Cond {
	out := b.rule(form.ShowPage, pg.ID)
	for g := pg.Group; g != ""; g = b.groups[g].Up {
		out = form.All(out, b.rule(form.ShowPage, b.groups[g].List))
	}
	return out
}

// rule is the condition of that kind about id, always where there is none.
func (b *builder) rule(kind form.RuleKind, id string) form.Cond {
	if r, ok := b.conds[about{kind, id}]; ok {
		return b.p.Cond(r, nil)
	}
	return form.All()
}

// page describes the row of a page.
func (b *builder) page(pg form.PageInfo) Object {
	s := Object{{"type", "object"}}
	s.Set("title", pg.Title)
	if pg.List != "" {
		return b.list(s, pg)
	}
	var rules []any
	var parts Object
	var required []string
	for _, f := range b.in.Fields {
		if f.Page != pg.ID {
			continue
		}
		v, remarks := b.value(f)
		when, demand := b.rule(form.ShowField, f.Path), b.rule(form.Demand, f.Path)
		must := f.Node.Required || f.Kind == form.Confirm
		if _, ok := b.conds[about{form.Demand, f.Path}]; ok && !must {
			must = true
		} else {
			demand = form.All()
		}
		switch {
		case must && when.Always() && demand.Always():
			required = append(required, f.Path)
		default:
			rules = append(rules, b.presence(pg, f, when, demand, must, &remarks)...)
		}
		rules = append(rules, b.checks(pg, f, &remarks)...)
		parts.Set(f.Path, described(f, v, remarks))
	}
	s.Set("properties", parts)
	s.Set("required", required)
	s.Set("additionalProperties", false)
	s.Set("allOf", rules)
	return s
}

// described is the schema of an answer with its words.
func described(f form.FieldInfo, v Object, remarks []string) Object {
	out := Object{}
	out.Set("title", f.Label)
	hint := f.Hint
	if strings.Contains(hint, "{") { // an authority's own words
		hint = ""
	}
	words := append([]string{hint}, remarks...)
	out.Set("description", strings.TrimSpace(strings.Join(words, " ")))
	return append(out, v...)
}

// presence says when an answer is there: on the page as far as the page's own
// answers tell, and otherwise as far as all answers tell.
func (b *builder) presence(pg form.PageInfo, f form.FieldInfo, when, demand form.Cond, must bool, remarks *[]string) []any {
	there, gone := Object{{"required", []string{f.Path}}}, Object{{"properties", Object{{f.Path, false}}}}
	shown, wanted := b.on(pg).cond(when), b.on(pg).cond(form.All(when, demand))
	rules := presence(shown, wanted, must, there, gone)
	if !shown.exact || must && !wanted.exact {
		shown, wanted := level(b.everywhere).cond(when), level(b.everywhere).cond(form.All(when, demand))
		if whole := presence(shown, wanted, must, b.row(pg, there), b.row(pg, gone)); len(whole) > 0 {
			b.rules = append(b.rules, whole...)
			if pg.Group == "" {
				rules = nil // all answers show what the page shows, and more
			}
		}
		if !shown.exact || must && !wanted.exact {
			word := "Ist da, wenn"
			if !must {
				word = "Kann da sein, wenn"
			}
			*remarks = append(*remarks, fmt.Sprintf("%s eine Regel über %s es sagt.", word, sources(form.All(when, demand))))
		}
	}
	return rules
}

func presence(shown, wanted approx, must bool, there, gone any) []any {
	if must && shown.exact && wanted.exact && same(shown.sure, wanted.sure) {
		return shown.require(there, gone)
	}
	rules := shown.require(nil, gone)
	if must {
		rules = append(rules, wanted.require(there, nil)...)
	}
	return rules
}

func same(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// sources names what a condition asks, as the form's files have it.
func sources(c form.Cond) string {
	var out []string
	var walk func(form.Cond)
	walk = func(c form.Cond) {
		if c.Op == form.CondOpaque && !slices.Contains(out, c.Source) {
			out = append(out, c.Source)
		}
		if c.Field != "" && !slices.Contains(out, c.Field) {
			out = append(out, c.Field)
		}
		for _, p := range c.Parts {
			walk(p)
		}
	}
	walk(c)
	return strings.Join(out, ", ")
}

// checks are the rules that an answer must keep, as far as they can be said.
func (b *builder) checks(pg form.PageInfo, f form.FieldInfo, remarks *[]string) (rules []any) {
	for _, r := range b.musts[f.Path] {
		must := b.p.Cond(r, nil)
		bad := form.All(form.Cond{Op: form.CondAnswered, Field: f.Path}, b.rule(form.CheckWhen, r.ID), form.Cond{Op: form.CondNot, Parts: []form.Cond{must}})
		a := b.on(pg).cond(bad)
		if a.sure != false {
			rules = append(rules, negate(a.sure))
		} else if whole := level(b.everywhere).cond(bad); whole.sure != false {
			b.rules = append(b.rules, negate(whole.sure))
			a = whole
		}
		if !a.exact && r.Text != "" {
			*remarks = append(*remarks, "Regel: "+r.Text)
		}
	}
	return rules
}

// on sees the answers of one page's row.
func (b *builder) on(pg form.PageInfo) level {
	return func(path string, value any, required bool) (Object, bool) {
		var s Object
		if value != true {
			s.Set("properties", Object{{path, value}})
		}
		if required {
			s.Set("required", []string{path})
		}
		return s, b.fields[path].Page == pg.ID
	}
}

// everywhere sees all answers outside of repeating groups.
func (b *builder) everywhere(path string, value any, required bool) (Object, bool) {
	f := b.fields[path]
	row, _ := b.on(b.pages[f.Page])(path, value, required)
	s := Object{{"properties", Object{{f.Page, row}}}}
	if required {
		s.Set("required", []string{f.Page})
	}
	return s, f.Group == ""
}

// row says something of a page's row, wherever there is one.
func (b *builder) row(pg form.PageInfo, s Object) Object {
	if pg.Group == "" {
		return Object{{"properties", Object{{pg.ID, s}}}}
	}
	return Object{{"patternProperties", Object{{b.rowName(pg), s}}}}
}

// list describes the row of the page that lists a group's instances.
func (b *builder) list(s Object, pg form.PageInfo) Object {
	g := b.groups[pg.List]
	number := Object{{"type", "integer"}, {"minimum", 1}}
	return append(s,
		Member{"properties", Object{{g.Path, record([]string{"ids", "next", "done"}, Object{
			{"ids", Object{{"type", "array"}, {"items", number}, {"uniqueItems", true}, {"minItems", g.Min}, {"maxItems", g.Max}}},
			{"next", append(Object{{"description", "Nummer, die als nächste vergeben würde."}}, number...)},
			{"done", Object{{"const", true}}},
		})}}},
		Member{"required", []string{g.Path}},
		Member{"additionalProperties", false},
	)
}
