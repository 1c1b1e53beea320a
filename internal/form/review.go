package form

import (
	"cel.dev/cel-go/common/types"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// Section is a part of the review: check page, PDF, desk.
type Section struct {
	ID, Title string
	Blocks    []Block
}

// Block is the answers of one page, or of one instance (Label set).
type Block struct {
	// Page is the page instance path of the block's first page.
	Page string
	// Title is the page's heading; Label names the instance, within those
	// around it ("Kind 1 von Person 2").
	Title, Label string
	Answers      []Answer
}

// Answer is one answer in words.
type Answer struct {
	// Path is the answer path, Page the page instance path to change it.
	Path, Page string
	Label      string
	// Text is the answer as a person reads it; "" is unanswered.
	Text      string
	Value     Value
	Kind      Kind
	Files     []File
	Sensitive Sensitivity
}

func (s *scope) answer(f *field) Answer {
	v := s.current(f)
	files, _ := v.([]File)
	return Answer{
		Path: f.answerPath(s.rec), Page: f.page.path(s.rec), Label: s.text(&f.short), Text: f.display(v, s.v.env.Lang),
		Value: v, Kind: f.kind, Files: files, Sensitive: f.node.Sensitive,
	}
}

// Review is every shown answer in the order of the steps. Optional fields
// without an answer are there with an empty Text. All pages of one instance
// are one Block; list pages and pages without fields are left out.
func (v *View) Review() []Section {
	var out []Section
	var last *scope // of the last block
	for _, st := range v.Steps() {
		if len(st.pg.fields) == 0 {
			continue
		}
		if len(out) == 0 || out[len(out)-1].ID != st.Section {
			out = append(out, Section{ID: st.Section, Title: st.SectionTitle()})
			last = nil
		}
		sec := &out[len(out)-1]
		if st.Instance == 0 || st.s != last {
			sec.Blocks = append(sec.Blocks, Block{Page: st.Path, Title: st.Title(), Label: st.s.where()})
		}
		last = st.s
		b := &sec.Blocks[len(sec.Blocks)-1]
		for _, f := range st.pg.fields {
			if st.s.visible(f) {
				b.Answers = append(b.Answers, st.s.answer(f))
			}
		}
	}
	return out
}

// Destination is the office that an application goes to.
type Destination struct{ ID, Label string }

// Destination is the first of the form's destinations whose condition holds;
// ok is false where none does, or the form has none.
func (v *View) Destination() (to Destination, ok bool) {
	for i := range v.p.destinations {
		if d := &v.p.destinations[i]; d.when.holds(v.top) {
			return Destination{d.id, v.top.text(&d.label)}, true
		}
	}
	return Destination{}, false
}

// Destinations are all the offices that the form's rules choose from, in their
// order.
func (v *View) Destinations() []Destination {
	out := make([]Destination, len(v.p.destinations))
	for i := range out {
		d := &v.p.destinations[i]
		out[i] = Destination{d.id, v.top.text(&d.label)}
	}
	return out
}

// Result is a computation in figures and words.
type Result struct {
	ID, Title string
	Sums      []Sum
	Lines     []Line
}

// Sum is one total, in cents.
type Sum struct {
	ID, Label string
	Cents     int64
}

// Line is one line of a Result.
type Line struct {
	ID string
	// Instance is the id of the instance the line is about, 0 for none; Within
	// its answer path ("haushalt/2.kinder/1").
	Instance int
	Within   string
	// Cents are the line's shares in the Result's Sums, in their order.
	Cents []int64
	// Text explains the line.
	Text string
}

// Compute works out every computation of the form.
func (v *View) Compute() []Result {
	out := make([]Result, len(v.p.computes))
	for i, c := range v.p.computes {
		out[i] = v.compute(c)
	}
	return out
}

func (v *View) compute(c *compute) Result {
	r := Result{ID: c.id, Title: v.top.text(&c.title), Sums: make([]Sum, len(c.sums))}
	for i := range c.sums {
		r.Sums[i] = Sum{ID: c.sums[i].id, Label: v.top.text(&c.sums[i].label)}
	}
	for _, l := range c.lines {
		chain := []*group(nil)
		if l.group != nil {
			chain = l.group.chain
		}
		v.top.each(chain, (*scope).instances, func(s *scope) { v.line(&r, l, s) })
	}
	return r
}

func (v *View) line(r *Result, l *line, s *scope) {
	if !l.when.holds(s) {
		return
	}
	out := Line{ID: l.id, Instance: s.rec.id, Within: s.rec.within(), Cents: make([]int64, len(r.Sums))}
	for i, e := range l.cents {
		if e == nil {
			continue
		}
		n, _ := e.eval(s).(types.Int)
		out.Cents[i] = int64(n)
		r.Sums[i].Cents = addSaturating(r.Sums[i].Cents, int64(n))
	}
	out.Text = s.textWith(&l.text, func(name string) (string, bool) {
		for _, val := range l.values {
			if val.name == name {
				return val.display(s), true
			}
		}
		return "", false
	})
	r.Lines = append(r.Lines, out)
}

func (val lineValue) display(s *scope) string {
	lang := s.v.env.Lang
	if f := val.expr.plain; f != nil && !val.money {
		of := s.of(f.table)
		if !of.answered(f) {
			return ""
		}
		return f.display(of.rec.val(f), lang)
	}
	switch x := val.expr.eval(s).(type) {
	case types.Int:
		if val.money {
			return i18n.Money(lang, int64(x))
		}
		return i18n.Number(lang, int64(x))
	case types.String:
		return string(x)
	case types.Bool:
		return s.v.p.word(lang, map[bool]string{true: "form.yes", false: "form.no"}[bool(x)])
	case types.Timestamp:
		if d, ok := civil(x); ok {
			return i18n.FormatDate(lang, clock.Date{Year: d.Year, Month: d.Month, Day: d.Day})
		}
	case types.Double:
		return showDecimal(trimFloat(float64(x)), lang)
	}
	return ""
}
