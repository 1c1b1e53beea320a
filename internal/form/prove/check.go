package prove

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/form"
)

// Level says how sure and how bad a finding is.
type Level string

// The levels.
const (
	// Fault: an author must mend it.
	Fault Level = "fault"
	// Undecided: the check could not find out within its means, and says what
	// it tried.
	Undecided Level = "not decided"
	// Note: worth knowing. The form works, and says so itself.
	Note Level = "note"
)

// Kind names a sort of finding; the handbook lists them and how to mend each.
type Kind string

// The kinds of findings.
const (
	Broken       Kind = "broken"       // the files cannot be read or compiled
	Unreachable  Kind = "unreachable"  // a page or field that is never asked
	DeadEnd      Kind = "dead-end"     // a page that cannot be left
	Loop         Kind = "loop"         // a page that is asked again and again
	Cycle        Kind = "cycle"        // calculations that need each other
	NeverTrue    Kind = "never"        // a rule that never holds
	AlwaysTrue   Kind = "always"       // a rule that always holds
	Unanswerable Kind = "unanswerable" // a field or choice whose every answer is refused
	Bounds       Kind = "bounds"       // limits that leave nothing over
	Stale        Kind = "stale"        // a translation older than its source
	Untranslated Kind = "untranslated" // texts that a further language lacks
	NoBasis      Kind = "basis"        // a question without a legal basis
	Hard         Kind = "hard"         // a text that is hard to read
	Placeholder  Kind = "placeholder"  // a placeholder that nothing fills
	Parameter    Kind = "parameter"    // used and not declared, or the reverse
	Spent        Kind = "budget"       // the budget ended before the check
)

// Finding is one thing the check has to say.
type Finding struct {
	Level Level
	Kind  Kind
	// Where is the file and line ("pages.yaml:12"), as far as it is known.
	Where string
	// Text is the finding in words.
	Text string
	// Path is the way a person walks to see it, "" where there is none.
	Path string
}

func (f Finding) String() string {
	s := string(f.Kind) + ": " + f.Text
	if f.Where != "" {
		s = f.Where + ": " + s
	}
	if f.Level != Fault {
		s = string(f.Level) + ": " + s
	}
	if f.Path != "" {
		s += "\n    " + f.Path
	}
	return s
}

// Source is a form to check, and what is known around it.
type Source struct {
	// Files is the form's folder (form.Load).
	Files fs.FS
	// Params are the parameters it may use, by name.
	Params map[string]form.ParamType
	// Declared are the parameters that ought to be used; Used those that
	// something outside of Files uses.
	Declared, Used []string
	// Texts are German texts beside the form's own, by the key under which
	// further languages have them.
	Texts map[string]string
	// Settings are the municipalities to walk in; none: one with empty
	// parameters.
	Settings []Setting
	Today    clock.Date
}

// Report is what a check found out.
type Report struct {
	Form     string
	Findings []Finding
	// Walks is how many times the form was walked, Applications those that
	// came through, each valid.
	Walks        int
	Applications []Application
	// Stops are ways to the pages that stop, one for each that was reached: its
	// last step is that page, and nothing of it can be sent.
	Stops []Application
	// Values counts the values that rules can have (true and false each), Seen
	// those that the walks brought about.
	Values, Seen int
	// Pages counts the pages that ask or say something, Asked those of them
	// that were asked and left again. Silent are the others: rules answer all
	// their fields, so they need not come up.
	Pages, Asked, Silent int
}

// Faults counts the findings that must be mended.
func (r Report) Faults() int { return r.Count(Fault) }

// Count counts the findings of a level.
func (r Report) Count(level Level) int {
	n := 0
	for _, f := range r.Findings {
		if f.Level == level {
			n++
		}
	}
	return n
}

// Check proves what it can about a form.
func Check(src Source, budget Budget) Report {
	l := &linter{src: src}
	d, err := form.Load(src.Files)
	if err != nil {
		l.broken(err)
		return Report{Findings: l.found}
	}
	l.d = d
	l.lint()
	r := Report{Form: d.ID}
	p, err := form.Compile(d, form.Options{Params: src.Params})
	if err != nil {
		l.broken(err)
		r.Findings = l.sorted()
		return r
	}
	settings := src.Settings
	if len(settings) == 0 {
		settings = []Setting{{Today: src.Today}}
	}
	c, err := newCover(p, settings, &budget)
	if err != nil {
		l.broken(err)
		r.Findings = l.sorted()
		return r
	}
	r.Values = c.values
	c.judge(l)
	r.Walks, r.Applications, r.Stops, r.Seen = c.walks, c.apps, c.stops, r.Values-len(c.open)
	for _, p := range c.m.in.Pages {
		switch asked := c.pages[p.ID]; {
		case asked:
			r.Asked++
			fallthrough
		case !p.Given:
			r.Pages++
		default:
			r.Silent++
		}
	}
	r.Findings = l.sorted()
	return r
}

// judge walks, and puts what it finds into words.
func (c *cover) judge(l *linter) {
	impossible, undecided, tried := c.rules()
	c.s.on("")
	hidden := map[string]bool{} // pages and fields that are never asked
	for _, g := range impossible {
		c.impossible(l, c.m.in.Rules[g.rule], g.want, hidden)
	}
	for _, g := range undecided {
		r := c.m.in.Rules[g.rule]
		if r.Page != "" && !c.pages[r.Page] && len(c.stuck) > 0 {
			continue // the dead end before it is what to mend
		}
		l.add(Undecided, map[bool]Kind{true: NeverTrue, false: AlwaysTrue}[g.want], l.rule(r),
			"no application was found in which %s is %s; %d were tried on purpose", c.said(r), map[bool]string{true: "true", false: "false"}[g.want], tried[g])
	}
	for _, p := range c.m.in.Pages {
		if p.Group != "" && hidden[c.m.groups[p.Group].List] {
			hidden[p.ID] = true
		}
	}
	c.answers(l, hidden)
	c.traps(l)
	for _, p := range c.m.in.Pages {
		if p.Stop && !c.pages[p.ID] && !hidden[p.ID] { // no way through the form leads there
			c.s.on("")
			c.pursue(c.s.page(p.ID), func() bool { return c.pages[p.ID] })
		}
		if !c.pages[p.ID] && !hidden[p.ID] {
			c.unreached(l, p)
		}
	}
	if c.budget.Left <= 0 {
		l.add(Undecided, Spent, "", "the budget ended before everything was tried: check again with a larger one (--budget)")
	}
}

// unreached is a page that no walk left, though nothing hides it for good.
func (c *cover) unreached(l *linter, p form.PageInfo) {
	for _, s := range c.stuck {
		if s.Page == p.ID {
			return // said already
		}
	}
	if p.Given {
		return
	}
	where := l.line("pages.yaml", "id: "+p.ID)
	if len(c.stuck) > 0 {
		l.add(Fault, Unreachable, where, "page %s was never reached: page %s before it could not be left", p.ID, c.stuck[0].Page)
		return
	}
	if how := c.s.page(p.ID); len(how.list) == 0 && how.exact {
		l.add(Fault, Unreachable, where, "page %s can never be reached: whoever would get it is stopped before", p.ID)
		return
	}
	l.add(Undecided, Unreachable, where, "page %s was never reached in %d walks", p.ID, c.walks)
}

func (c *cover) said(r form.RuleInfo) string {
	switch r.Kind {
	case form.ShowPage:
		return fmt.Sprintf("the condition of page %s (%s)", r.ID, r.Source)
	case form.ShowField:
		return fmt.Sprintf("the condition of field %s on page %s (%s)", r.Field, r.Page, r.Source)
	case form.Demand:
		return fmt.Sprintf("require of field %s on page %s (%s)", r.Field, r.Page, r.Source)
	case form.ShowNote:
		return fmt.Sprintf("the condition of note %s on page %s (%s)", r.ID, r.Page, r.Source)
	case form.CheckWhen:
		return fmt.Sprintf("the condition of check %s (%s)", r.ID, r.Source)
	case form.CheckMust:
		return fmt.Sprintf("check %s of %s (%s)", r.ID, r.Field, r.Source)
	}
	if r.Kind == form.SendTo {
		return fmt.Sprintf("the condition of destination %s (%s)", r.ID, r.Source)
	}
	return fmt.Sprintf("the condition of line %s (%s)", r.ID, r.Source)
}

// impossible words a rule that never has a value.
func (c *cover) impossible(l *linter, r form.RuleInfo, want bool, hidden map[string]bool) {
	where := l.rule(r)
	what := c.said(r)
	if !want {
		if c.premiseNever(r) {
			return // said of what hides it
		}
		l.add(Fault, AlwaysTrue, where, "%s is always true: leave it out, or mend it", what)
		return
	}
	if c.premiseNever(r) && r.Kind != form.ShowPage {
		return
	}
	switch r.Kind {
	case form.ShowPage:
		hidden[r.ID] = true
		l.add(Fault, Unreachable, where, "page %s can never be reached: %s is never true", r.ID, what)
		for _, f := range c.m.in.Fields {
			if f.Page == r.ID && f.Node.Required {
				l.add(Fault, Unreachable, l.line("schema.yaml", "id: "+last(f.Path)), "field %s is required and can never be shown: it stands on page %s", f.Path, r.ID)
			}
		}
	case form.ShowField:
		hidden[r.Field] = true
		text := "field %s can never be shown: %s is never true"
		if c.m.fields[r.Field].Node.Required {
			text = "field %s is required and can never be shown: %s is never true"
		}
		l.add(Fault, Unreachable, where, text, r.Field, what)
	case form.CheckMust:
		l.add(Fault, NeverTrue, where, "%s is never true: it refuses every answer", what)
	default:
		l.add(Fault, NeverTrue, where, "%s is never true: leave it out, or mend it", what)
	}
}

// repeats tells that a page of a group says once more what its list page says.
func (c *cover) repeats(r form.RuleInfo) bool {
	g := c.m.groups[r.Group]
	return r.Kind == form.ShowPage && g != nil && slices.ContainsFunc(c.m.in.Rules, func(o form.RuleInfo) bool {
		return o.Kind == form.ShowPage && o.ID == g.List && o.Source == r.Source
	})
}

func (c *cover) premiseNever(r form.RuleInfo) bool {
	p := c.premise(r)
	return len(p.list) == 0 && p.exact
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// answers makes sure that each field can be answered and each choice chosen.
func (c *cover) answers(l *linter, hidden map[string]bool) {
	for _, f := range c.m.in.Fields {
		if hidden[f.Path] || hidden[f.Page] || f.Given {
			continue
		}
		shown := c.s.visible(f.Path)
		if len(shown.list) == 0 && shown.exact {
			continue // what hides it has been said
		}
		where := l.line("schema.yaml", "id: "+last(f.Path))
		done := func() bool { return c.fields[f.Path] }
		ok, impossible, tried := c.answer(f.Path, nil, done)
		switch {
		case impossible && len(c.answered(f.Path).list) == 0:
			l.add(Fault, Unanswerable, where, "field %s can never be answered: no value lies within its limits", f.Path)
		case impossible:
			l.add(Fault, Unanswerable, where, "field %s can never be answered: its checks refuse every value (%s)", f.Path, strings.Join(c.checksOf(f.Path), ", "))
		case !ok && len(c.stuck) == 0:
			l.add(Undecided, Unanswerable, where, "no application was found in which field %s is answered; %d were tried on purpose", f.Path, tried)
		}
		if !ok || f.Node.List != "" || len(f.Choices) > maxCodes || f.Kind != form.OneOf && f.Kind != form.SomeOf {
			continue
		}
		for _, ch := range f.Choices {
			with := []int{}
			for i, cand := range c.w.candidates(f.Path) {
				if slices.Contains(cand.typed, ch.Code) {
					with = append(with, i)
				}
			}
			ok, impossible, tried := c.answer(f.Path, with, func() bool { return c.codes[f.Path+"="+ch.Code] })
			switch {
			case impossible:
				l.add(Fault, Unanswerable, where, "choice %s of field %s can never be chosen: the checks of the field refuse it (%s)", ch.Code, f.Path, strings.Join(c.checksOf(f.Path), ", "))
			case !ok:
				l.add(Undecided, Unanswerable, where, "no application was found in which %s of field %s is chosen; %d were tried on purpose", ch.Code, f.Path, tried)
			}
		}
	}
}

func (c *cover) checksOf(path string) []string {
	var out []string
	for _, r := range c.m.in.Rules {
		if r.Kind == form.CheckMust && r.Field == path {
			out = append(out, r.ID)
		}
	}
	return out
}

// traps words the places where walks could not go on.
func (c *cover) traps(l *linter) {
	for _, s := range c.stuck {
		if s.list && c.pages[s.Page] {
			continue // the entries can be changed from the list itself
		}
		if s.Page == "" || s.Loop {
			l.trap(Finding{Fault, Loop, l.line("pages.yaml", "id: "+s.Page), fmt.Sprintf("page %s is asked again and again", s.Page), s.Error()})
			continue
		}
		var checks []string
		exact, proven := true, false
		c.s.on(s.Page)
		for _, i := range s.rules {
			if r := c.m.in.Rules[i]; r.Kind == form.CheckMust {
				checks = append(checks, r.ID)
				how := c.s.need(c.m.trees[i], true, bound{})
				exact, proven = exact && how.exact, proven || how.exact && len(how.list) == 0
			}
		}
		because := "what it asks for cannot be given"
		if len(checks) > 0 {
			because = "refused by " + strings.Join(checks, ", ")
		}
		level := Fault
		if !proven && (!s.All || !exact) {
			level = Undecided
		}
		text := fmt.Sprintf("page %s cannot be left: %s; %d answers of the page were tried", s.Page, because, s.Tried)
		if c.pages[s.Page] {
			text = fmt.Sprintf("page %s cannot be left by whoever answers so: %s; %d answers of the page were tried, and only an earlier answer helps", s.Page, because, s.Tried)
		}
		l.trap(Finding{level, DeadEnd, l.line("pages.yaml", "id: "+s.Page), text, s.Error()})
	}
}
