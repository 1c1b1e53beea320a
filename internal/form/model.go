package form

import (
	"net/url"
	"slices"
	"strings"

	"leitportal/internal/i18n"
)

// Widget is the sort of control a field is shown as.
type Widget string

// The widgets.
const (
	WidgetText     Widget = "text"
	WidgetArea     Widget = "area"
	WidgetDate     Widget = "date" // three boxes: Name:day, Name:month, Name:year
	WidgetYesNo    Widget = "yesno"
	WidgetConfirm  Widget = "confirm"
	WidgetRadio    Widget = "radio"
	WidgetSelect   Widget = "select"
	WidgetSearch   Widget = "search" // a select, or a combobox over it
	WidgetFind     Widget = "find"   // a text; Choices are the entries that fit it, in a control Name:code
	WidgetCheckbox Widget = "checkbox"
	WidgetFile     Widget = "file"
	WidgetGroup    Widget = "group" // several controls that are one answer: Parted
)

// Field is a form field described without any markup.
type Field struct {
	// ID is unique on the page and fit for an id attribute; Name is the
	// control's name and the answer path. Dates in parts append -day and :day.
	ID, Name string
	Kind     Kind
	Widget   Widget
	Label    string
	Hint     string
	Required bool
	// Value is what stands in the control: text; "yes" or "no"; a code. Dates
	// in parts use Parts (day, month, year), several choices use Values.
	Value  string
	Parts  [3]string
	Values []string
	// Choices of radio, select, search and checkbox; yes and no for yesno. All
	// views in a language share them; they must not be changed.
	Choices []Option
	// Parted are the controls of a group, each a Field of its own with name
	// ("halter.zeit:from"), label and value.
	Parted []Field
	// Matches is how many entries fit what was typed in a find; Choices are the
	// best of them.
	Matches int
	// Searched says that Value is what was typed in a find, not an answer.
	Searched bool
	// Chosen is the entry that was chosen among them and not taken.
	Chosen string
	// Files are the uploaded ones.
	Files []File
	// Error is the problem's text, "" for none; ErrorPart the control it is
	// about, where there are several ("day", "from:day"); "" for all of them.
	Error, ErrorPart string
	Autocomplete     string
	InputMode        string
	MaxLength        int
	Accept           []string
	MaxBytes         int64
	MaxPages         int // of a PDF
	MaxFiles         int
	Sensitive        Sensitivity
	Basis, Purpose   string
	// Condition shows the field only while another control on the page has one
	// of some values; nil: always shown.
	Condition *Condition
	// Shown tells whether the answers so far show the field.
	Shown bool

	spare bool // one of Parted that may be empty though an answer is required
}

// Option is one choice on offer.
type Option struct {
	Value, Label, Hint string
	// Also are further names a search finds.
	Also []string
}

// Condition ties a field to another control of the same page.
type Condition struct {
	// Name is the other control's name, Values the values ("yes", codes) it
	// must have; with Not it must have none of them.
	Name   string
	Values []string
	Not    bool
	// Labels name the values where the other control is a find: the browser
	// cannot tell them, and shows the field always.
	Labels []string
}

// Title is the page's heading.
func (st Step) Title() string { return st.s.text(&st.pg.title) }

// Intro is the page's introduction, paragraphs parted by an empty line, or "".
func (st Step) Intro() string { return st.s.text(&st.pg.intro) }

// SectionTitle is the heading of the step's section.
func (st Step) SectionTitle() string {
	t := st.s.v.p.sections[st.pg.def.Section]
	return st.s.v.top.text(&t)
}

// AddLabel and NextLabel are the buttons of a list page.
func (st Step) AddLabel() string { return st.s.text(&st.pg.add) }

// NextLabel is the button that leaves a list page.
func (st Step) NextLabel() string { return st.s.text(&st.pg.next) }

// Note is a hint on a page.
type Note struct {
	// Kind is "info" or "warning".
	ID, Kind, Text string
}

// Notes are the hints that apply now.
func (st Step) Notes() []Note {
	var out []Note
	for i := range st.pg.notes {
		if n := &st.pg.notes[i]; n.when.holds(st.s) {
			out = append(out, Note{n.id, n.kind, st.s.text(&n.text)})
		}
	}
	return out
}

// Where names the instance that the step is about within those around it
// ("Kind 1 von Person 2"); "" where its own title says enough: outside of
// groups that repeat within others.
func (st Step) Where() string {
	if st.s.up == nil || st.s.up.up == nil && !st.IsList {
		return ""
	}
	return st.s.where()
}

// Entry is one instance on a list page.
type Entry struct {
	ID    int
	Label string
	// Path is the page instance path to change it.
	Path string
	// Done tells whether nothing is missing.
	Done bool
	// Removable tells whether there are more than there must be.
	Removable bool
	Columns   []Answer
}

// Entries are the instances on a list page.
func (st Step) Entries() []Entry {
	g := st.pg.list
	if g == nil {
		return nil
	}
	scopes := st.s.instances(g)
	out := make([]Entry, 0, len(scopes))
	for i := range scopes {
		s := &scopes[i]
		e := Entry{ID: s.rec.id, Label: s.label(), Done: s.finished(), Removable: len(scopes) > g.min}
		for _, pg := range g.pages {
			if s.pageVisible(pg) && !s.silent(pg) {
				e.Path = pg.path(s.rec)
				break
			}
		}
		for _, f := range st.pg.columns {
			if s.answered(f) {
				e.Columns = append(e.Columns, s.answer(f))
			}
		}
		out = append(out, e)
	}
	return out
}

// Fields describes the fields of a step for the screen. raw is what was typed
// (Parsed.Raw), nil to show the stored answers; problems are those of the
// page. Fields that another control on the page brings up are all there, with
// their Condition.
func (v *View) Fields(st Step, raw url.Values, problems []Problem) []Field {
	return v.fields(st.s, st.pg.fields, raw, problems)
}

// FieldsAt describes single fields by answer path, for a correction; unknown
// paths are left out. A field of a group is labelled with its instance
// ("Rex: Chipnummer"), for the same field of several may be asked.
func (v *View) FieldsAt(paths []string, raw url.Values, problems []Problem) []Field {
	var out []Field
	for _, path := range paths {
		if f, r := v.a.find(path); f != nil {
			s := v.scopeOf(f.table, r.ids)
			one := v.fields(s, []*field{f}, raw, problems)
			for i := range one {
				one[i].Condition = nil
				if label := s.where(); label != "" {
					one[i].Label = label + ": " + one[i].Label
				}
			}
			out = append(out, one...)
		}
	}
	return out
}

// TakesFiles tells whether the step asks for files.
func (st Step) TakesFiles() bool {
	return slices.ContainsFunc(st.pg.fields, func(f *field) bool { return f.kind == Files })
}

func (v *View) fields(s *scope, fields []*field, raw url.Values, problems []Problem) []Field {
	out := make([]Field, 0, len(fields))
	for _, f := range fields {
		shown := s.visible(f)
		if !shown && f.cond == nil || s.given(f) != nil {
			continue
		}
		out = append(out, Field{})
		m := &out[len(out)-1]
		s.model(m, f, raw)
		m.Shown = shown
		for i := range problems {
			if problems[i].Path == m.Name {
				m.Error = problems[i].Text
				if !problems[i].whole {
					_, m.ErrorPart, _ = strings.Cut(problems[i].Control, ":")
				}
				break
			}
		}
	}
	return out
}

// makeOptions draws up what f offers, once for all views: a list of breeds
// took most of the memory of its page.
func (f *field) makeOptions(p *Program) {
	if f.d.offers == nil && len(f.choices) == 0 || f.finder != nil {
		return
	}
	f.options = map[i18n.Lang][]Option{}
	for _, lang := range p.shownIn() {
		if f.d.offers != nil {
			f.options[lang] = f.d.offers(f, p, lang)
			continue
		}
		list := make([]Option, len(f.choices))
		for i := range f.choices {
			ch := &f.choices[i]
			list[i] = Option{Value: ch.code, Label: ch.label.on(lang), Hint: ch.hint.on(lang), Also: ch.also}
		}
		f.options[lang] = list
	}
}

func (s *scope) model(m *Field, f *field, raw url.Values) {
	lang := s.v.env.Lang
	name := f.answerPath(s.rec)
	*m = Field{
		ID: f.id, Name: name, Kind: f.kind, Widget: f.widgetOf(), Label: s.text(&f.labels), Hint: s.text(&f.hint),
		Required: s.required(f), Autocomplete: f.node.Autocomplete, InputMode: f.inputMode(), Sensitive: f.node.Sensitive,
		Basis: s.text(&f.basis), Purpose: s.text(&f.purpose),
	}
	if f.table.group != nil {
		m.ID = idOf(name)
	}
	if f.cond != nil {
		m.Condition = &Condition{Name: f.cond.field.answerPath(s.of(f.cond.field.table).rec), Values: f.cond.values, Not: f.cond.not}
		m.Condition.labelled(f.cond, lang)
	}
	val := s.stands(f)
	switch {
	case f.kind == Files:
		m.Accept, m.MaxBytes, m.MaxPages, m.MaxFiles = f.node.Accept, f.node.MaxBytes, f.node.MaxPages, int(f.maxN)
		m.Files, _ = val.([]File)
	case f.inParts(): // below, since controls may need the choices
	case f.kind == SomeOf:
		m.Values, _ = val.([]string)
		if raw != nil {
			m.Values = raw[name]
		}
	case raw != nil:
		m.Value = raw.Get(name)
	default:
		m.Value = f.edit(val, lang)
	}
	if m.MaxLength = f.d.length; m.MaxLength == 0 && f.d.read != nil && f.d.max > 0 {
		m.MaxLength = int(f.maxN)
	}
	if m.Hint == "" && f.d.hint != "" {
		m.Hint = f.ownHint(lang)
	}
	if m.Choices = f.options[lang]; m.Choices == nil {
		m.Choices = f.options[i18n.DE]
	}
	if f.inParts() {
		f.partsOf(m, val, raw, lang)
	}
	if f.finder != nil {
		s.found(m, f, raw)
	}
}

// partsOf describes the controls of a field that has several.
func (f *field) partsOf(m *Field, val Value, raw url.Values, lang i18n.Lang) {
	var stored []string
	if raw == nil && val != nil {
		stored = f.d.split(f, val)
	}
	at := func(part string) string {
		if raw != nil {
			return raw.Get(m.Name + ":" + part)
		}
		if i := slices.Index(f.parts, part); i >= 0 && stored != nil {
			return stored[i]
		}
		return ""
	}
	if f.d.controls == nil {
		m.Parts = [3]string{at("day"), at("month"), at("year")}
		return
	}
	f.d.controls(f, m, lang, at)
	for i := range m.Parted {
		c := &m.Parted[i]
		c.ID, c.Name, c.Required = m.ID+"-"+c.Name, m.Name+":"+c.Name, m.Required && !c.spare
		if c.Widget == "" {
			c.Widget = WidgetText
		}
	}
}

// ownHint is the hint of the kind, in the variant that fits what the author
// allows.
func (f *field) ownHint(lang i18n.Lang) string {
	switch {
	case f.kind == PartialDate && f.node.Unknown == "day":
		return f.p.word(lang, "form.partial_hint_day")
	case f.kind == Period && !f.node.Open:
		return ""
	}
	return f.p.word(lang, f.d.hint, "n", len(f.choices))
}

// idOf makes a name fit for an id attribute.
func idOf(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '.' || r == ':' {
			return '-'
		}
		return r
	}, name)
}

func (f *field) widgetOf() Widget {
	switch {
	case f.widget == "" || f.widget == WidgetDate && !f.inParts():
		return WidgetText
	}
	return f.widget
}

func (f *field) inputMode() string {
	if f.node.InputMode != "" {
		return f.node.InputMode
	}
	return f.d.mode
}
