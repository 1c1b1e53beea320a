package paper

import (
	"embed"
	"slices"
	"strings"
	"time"

	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/pdf"
)

//go:embed texts
var texts embed.FS

// Texts is the room's words.
func Texts() *i18n.Catalog { return i18n.MustLoad(texts) }

// Sender is where a printed form goes, and what stands on it.
type Sender struct {
	// Title is the form's name, Version names what it was printed from.
	Title, Version string
	// Authority and Office receive it; Address are the lines of their address,
	// none where it is not known: then there is room to write it.
	Authority, Office string
	Address           []string
	Created           time.Time
}

// blankCopies is how many blank copies there are of a group that repeats.
const blankCopies = 3

// Print writes the form p as it is seen against env. Without fonts it is set in
// Helvetica (package pdf).
func Print(p *form.Program, env form.Env, to Sender, fonts *pdf.Fonts) []byte {
	t := Texts().In(env.Lang)
	d := pdf.New(fonts, pdf.Meta{Title: to.Title, Lang: string(env.Lang), Author: to.Authority, Created: to.Created, Footer: to.Title + " · " + to.Version})
	w := &writer{d: d, words: words{t, map[string]form.SheetField{}}}
	sheets := p.Open(p.Empty(), env).Outline(blankCopies)
	for _, s := range sheets {
		for _, f := range s.Fields {
			w.fields[f.Path] = f
		}
	}
	d.Head(to.Authority, to.Office)
	d.H1(to.Title)
	d.P(t.T("paper.intro"))
	d.List([]string{t.T("paper.intro.block"), t.T("paper.intro.optional"), t.T("paper.intro.only")}, false)
	for _, s := range sheets {
		w.sheet(s)
	}
	w.end(to)
	return d.Bytes()
}

type writer struct {
	words
	d       *pdf.Doc
	section string
	files   []string
}

// sheet prints a page. What its conditions can never show is left out.
func (w *writer) sheet(s form.Sheet) {
	if s.When.Never() {
		return
	}
	fields := slices.DeleteFunc(slices.Clone(s.Fields), func(f form.SheetField) bool { return f.When.Never() })
	if s.List != "" {
		w.d.P(w.t.T("paper.more", "title", s.Title))
		return
	}
	if len(fields) == 0 && s.Intro == "" {
		return
	}
	w.d.Section(func() {
		if s.SectionTitle != w.section {
			w.section = s.SectionTitle
			w.d.H2(s.SectionTitle)
		}
		title := s.Title
		if s.Copies > 1 {
			title = w.t.T("paper.copy", "title", s.Title, "n", s.Copy, "max", s.Max)
		}
		w.d.H3(title)
		if when := w.when(s.When, s.Rule); when != "" {
			w.d.Strong(when)
		}
		if s.Copy > 1 && s.Copies > 1 {
			w.d.Small(w.t.T("paper.copy.hint"))
		} else {
			for _, para := range strings.Split(s.Intro, "\n\n") {
				if para != "" {
					w.d.P(para)
				}
			}
			for _, n := range s.Notes {
				w.d.P(w.t.T("paper.note", "text", n.Text))
			}
		}
		for _, f := range fields {
			w.field(f)
		}
	})
}

// field prints one question.
func (w *writer) field(f form.SheetField) {
	label := f.Label
	if !f.Required && f.Kind != form.Files {
		label += " " + w.t.T("paper.optional")
	}
	var hints []string
	if when := w.when(f.When, f.Rule); when != "" {
		hints = append(hints, when)
	}
	if f.Hint != "" {
		hints = append(hints, f.Hint)
	}
	w.answer(f.Field, label, strings.Join(hints, "\n"))
	if f.Kind == form.Files && !slices.Contains(w.files, f.Label) {
		w.files = append(w.files, f.Label)
	}
}

// fewTicks is up to how many choices are printed; of more, the one is written
// by hand.
const fewTicks = 24

// answer is the label with room for the answer.
func (w *writer) answer(f form.Field, label, hint string) {
	ask := func(need float64) { w.d.Question(label, hint, need) }
	row := pdf.BoxHeight
	combs := func(groups ...int) {
		ask(row)
		w.d.Combs(groups...)
	}
	lines := func(n int, share float64) {
		ask(row * float64(n))
		w.d.Lines(n, share)
	}
	switch f.Kind {
	case form.Bool:
		ask(row)
		w.d.Ticks([]string{w.t.T("paper.yes"), w.t.T("paper.no")}, 4)
	case form.Confirm:
		if hint != "" {
			ask(row)
			w.d.Ticks([]string{w.t.T("paper.declare")}, 1)
			return
		}
		w.d.Ticks([]string{label}, 1)
	case form.Files:
		ask(row)
		w.d.Ticks([]string{w.t.T("paper.enclosed")}, 1)
	case form.OneOf, form.SomeOf, form.Ranking, form.Country, form.Nationality:
		w.choice(f, label, hint)
	case form.Date, form.PartialDate:
		if f.Hint == "" {
			hint = strings.TrimPrefix(hint+"\n"+w.t.T("paper.date"), "\n")
		}
		combs(2, 2, 4)
	case form.Time:
		combs(2, 2)
	case form.DateTime:
		combs(2, 2, 4, 2, 2)
	case form.Period:
		hint = strings.TrimPrefix(hint+"\n"+w.t.T("paper.period"), "\n")
		combs(2, 2, 4, 2, 2, 4)
	case form.Postcode:
		combs(5)
	case form.IBAN:
		combs(4, 4, 4, 4, 4, 2)
	case form.BIC:
		combs(11)
	case form.TaxID:
		combs(2, 3, 3, 3)
	case form.Chip:
		combs(3, 4, 4, 4)
	case form.Int, form.Decimal, form.HouseNumber, form.Plate:
		lines(1, 0.35)
	case form.Money:
		ask(row)
		w.d.Lines(1, 0.35)
	case form.Multiline:
		lines(5, 1)
	case form.Signature, form.Register, form.Geo:
		ask(2 * row)
		for _, part := range f.Parted {
			if part.Kind == form.Confirm {
				w.d.Ticks([]string{part.Label}, 1)
				continue
			}
			w.answer(form.Field{Kind: form.Text, Label: part.Label, MaxLength: 60}, part.Label, "")
		}
	default:
		lines(1, map[bool]float64{true: 0.6, false: 1}[f.MaxLength > 0 && f.MaxLength <= 40])
	}
}

func (w *writer) choice(f form.Field, label, hint string) {
	say := func(key string) { hint = strings.TrimPrefix(hint+"\n"+w.t.T(key), "\n") }
	if len(f.Choices) == 0 || len(f.Choices) > fewTicks {
		w.d.Question(label, hint, pdf.BoxHeight)
		w.d.Lines(1, 1)
		return
	}
	switch f.Kind {
	case form.SomeOf:
		say("paper.several")
	case form.Ranking:
		say("paper.rank")
	}
	items := make([]string, len(f.Choices))
	longest := 0
	for i, o := range f.Choices {
		items[i] = o.Label
		longest = max(longest, len([]rune(o.Label)))
		if o.Hint != "" {
			items[i] += " (" + o.Hint + ")"
			longest = 100
		}
	}
	columns := 1
	switch {
	case longest <= 22 && len(items) > 2:
		columns = 3
	case longest <= 36:
		columns = 2
	}
	w.d.Question(label, hint, pdf.BoxHeight*float64(min(3, (len(items)+columns-1)/columns)))
	w.d.Ticks(items, columns)
}

// end is the signature, and where it all goes.
func (w *writer) end(to Sender) {
	d := w.d
	d.Section(func() {
		d.H2(w.t.T("paper.sign.title"))
		if len(w.files) > 0 {
			d.P(w.t.T("paper.enclose"))
			d.List(w.files, false)
		}
		w.answer(form.Field{Kind: form.Text, MaxLength: 40}, w.t.T("paper.place"), "")
		d.Question(w.t.T("paper.signature"), "", 2*pdf.BoxHeight)
		d.Lines(2, 0.7)
	})
	d.Section(func() {
		d.H2(w.t.T("paper.send.title"))
		d.P(strings.Join(slices.DeleteFunc([]string{to.Authority, to.Office}, func(s string) bool { return s == "" }), "\n"))
		if len(to.Address) > 0 {
			d.P(strings.Join(to.Address, "\n"))
			return
		}
		d.Question(w.t.T("paper.address"), w.t.T("paper.address.hint"), 4*pdf.BoxHeight)
		d.Lines(3, 0.7)
	})
}
