package submission

import (
	"context"
	"strings"
	"sync"

	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/media"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// fieldsOf turns the form's fields into the portal's components.
func (s *Service) fieldsOf(t i18n.Texts, fields []form.Field) []ui.Field {
	out := make([]ui.Field, len(fields))
	for i := range fields {
		s.component(&out[i], t, &fields[i])
		if c := fields[i].Condition; c != nil {
			text := onlyIf(t, fields, c)
			if c.Labels != nil { // the browser cannot tell
				out[i].Hint = strings.TrimSpace(text + " " + out[i].Hint)
				continue
			}
			out[i].When = &ui.When{Name: c.Name, Values: c.Values, Not: c.Not, Text: text}
		}
	}
	return out
}

// choices are lists of choices as components, by the list they were made of:
// those of a compiled form are shared and do not change, so there are as many
// as there are fields and languages.
type choices struct {
	made sync.Map // first *form.Option of the list → []ui.Choice
}

func (c *choices) of(list []form.Option) []ui.Choice {
	if made, ok := c.made.Load(&list[0]); ok {
		return made.([]ui.Choice)
	}
	out := make([]ui.Choice, len(list))
	for i, o := range list {
		out[i] = ui.Choice{Value: o.Value, Label: o.Label, Hint: o.Hint}
	}
	c.made.Store(&list[0], out)
	return out
}

// component makes out the component of f; it is large, and not copied.
func (s *Service) component(out *ui.Field, t i18n.Texts, f *form.Field) {
	*out = ui.Field{
		ID: f.ID, Name: f.Name, Label: f.Label, Hint: f.Hint, Value: f.Value, Values: f.Values, Error: f.Error,
		Required: f.Required, Autocomplete: f.Autocomplete, InputMode: f.InputMode, MaxLength: f.MaxLength,
	}
	switch f.Kind {
	case form.Email:
		out.Type = "email"
	case form.Phone:
		out.Type = "tel"
	case form.Postcode:
		out.Width = ui.Width8
	case form.HouseNumber:
		out.Width = ui.Width8
	case form.Int, form.Decimal:
		out.Width = ui.Width8
	case form.Time:
		out.Width = ui.Width8
	case form.IBAN:
		out.Width = ui.Width24
	case form.BIC, form.Chip, form.TaxID, form.Plate, form.Ranking:
		out.Width = ui.Width16
	}
	switch f.Kind {
	case form.Email, form.Phone, form.Postcode, form.Int, form.Decimal, form.Money, form.Time, form.IBAN, form.BIC, form.Chip, form.TaxID, form.Plate:
		out.LTR = true
	}
	switch f.Widget {
	case form.WidgetArea:
		out.Kind, out.Rows, out.Spell = ui.KindTextArea, 5, true
	case form.WidgetDate:
		out.Kind = ui.KindDate
		out.Date = ui.DateParts{
			Day: f.Parts[0], Month: f.Parts[1], Year: f.Parts[2],
			BadDay: f.ErrorPart == "day", BadMonth: f.ErrorPart == "month", BadYear: f.ErrorPart == "year",
		}
	case form.WidgetYesNo:
		out.Kind, out.Inline = ui.KindYesNo, true
	case form.WidgetConfirm:
		out.Kind = ui.KindConfirm
	case form.WidgetRadio:
		out.Kind = ui.KindRadios
	case form.WidgetSelect:
		out.Kind = ui.KindSelect
	case form.WidgetSearch:
		out.Kind = ui.KindCombo
	case form.WidgetFind:
		out.Kind = ui.KindFind
		out.Find = ui.Find{Total: f.Matches, Asked: f.Searched, Chosen: f.Chosen, ButtonName: "_find", ButtonValue: f.Name}
		for _, o := range f.Choices { // of this page alone
			out.Find.Matches = append(out.Find.Matches, ui.Choice{Value: o.Value, Label: o.Label, Hint: o.Hint})
		}
	case form.WidgetCheckbox:
		out.Kind = ui.KindCheckboxes
	case form.WidgetGroup:
		out.Kind = ui.KindParts
		s.partsOf(t, f, out)
	case form.WidgetFile:
		out.Kind = ui.KindFiles
		out.Upload = uploadOf(t, f)
	default:
		if f.Kind == form.Money {
			out.Kind = ui.KindMoney
		}
	}
	if len(f.Choices) > 0 && f.Widget != form.WidgetYesNo && f.Widget != form.WidgetFind {
		out.Choices = s.choices.of(f.Choices)
	}
}

// partsOf draws the controls of one answer. A problem that is about one of
// them stands there; any other stands under the whole.
func (s *Service) partsOf(t i18n.Texts, f *form.Field, out *ui.Field) {
	for i := range f.Parted {
		c := f.Parted[i]
		own := strings.TrimPrefix(c.Name, f.Name+":")
		if part, inner, _ := strings.Cut(f.ErrorPart, ":"); f.Error != "" && part == own {
			c.Error, c.ErrorPart, out.Error = f.Error, inner, ""
		}
		out.Fields = append(out.Fields, ui.Field{})
		field := &out.Fields[i]
		s.component(field, t, &c)
		field.Part = true
	}
}

func uploadOf(t i18n.Texts, f *form.Field) ui.Upload {
	u := ui.Upload{
		Multiple: f.MaxFiles > 1, Full: len(f.Files) >= f.MaxFiles,
		ButtonName: "_upload", ButtonValue: f.Name,
	}
	var accept []string
	for _, typ := range f.Accept {
		accept = append(append(accept, typ), media.Endings(typ)...)
	}
	u.Accept = strings.Join(accept, ",")
	for _, x := range f.Files {
		u.Files = append(u.Files, ui.File{Name: x.Name, Size: size(t.Lang(), x.Size), RemoveName: "_remove", RemoveValue: f.Name + " " + x.ID})
	}
	return u
}

// onlyIf says in words what brings a field up, for browsers without scripts.
func onlyIf(t i18n.Texts, fields []form.Field, c *form.Condition) string {
	for i := range fields {
		if fields[i].Name != c.Name {
			continue
		}
		labels := c.Labels
		for _, v := range c.Values {
			for _, o := range fields[i].Choices {
				if o.Value == v {
					labels = append(labels, o.Label)
				}
			}
		}
		key := "submission.step.onlyif"
		switch {
		case fields[i].Widget == form.WidgetYesNo && len(labels) == 0:
			labels = []string{t.T("submission.step.yes")}
		case fields[i].Widget == form.WidgetConfirm:
			key = "submission.step.onlyif.ticked"
		}
		if c.Not {
			key += ".not"
		}
		return t.T(key, "field", own(t, fields[i].Label), "values", own(t, strings.Join(labels, t.T("submission.step.or"))))
	}
	return ""
}

// problemsOf turns the form's problems into the error summary.
func problemsOf(fields []ui.Field, problems []form.Problem) []ui.Problem {
	var out []ui.Problem
	for _, p := range problems {
		id := ""
		for i := range fields {
			if fields[i].Name == p.Path {
				if list := ui.Problems(fields[i : i+1]); len(list) > 0 {
					id = list[0].Field
				}
			}
		}
		out = append(out, ui.Problem{Field: id, Text: p.Text})
	}
	return out
}

// stepperOf shows the way through the form by sections: what is done, where
// one is, what lies ahead.
func (s *Service) stepperOf(ctx context.Context, d *desk, v *form.View, at string, check bool) ui.Stepper {
	out := ui.Stepper{Steps: make([]ui.Step, 0, 10)}
	last, base := "", web.Link(ctx, d.path("/seite/"))
	for _, st := range v.Steps() {
		if st.Section != last {
			last = st.Section
			out.Steps = append(out.Steps, ui.Step{Title: st.SectionTitle(), State: ui.StateDone})
			if st.Reachable() {
				out.Steps[len(out.Steps)-1].Href = base + st.Path
			}
		}
		x := &out.Steps[len(out.Steps)-1]
		switch {
		case st.Path == at:
			x.State = ui.StateCurrent
		case x.State == ui.StateCurrent:
		case st.State != form.Done && x.Href == "":
			x.State = ui.StateLocked
		case st.State != form.Done:
			x.State = ui.StateOpen
		}
	}
	final := ui.Step{Title: d.t.T("submission.step.check"), State: ui.StateLocked}
	if _, open := v.Current(); !open || check {
		final.State, final.Href = ui.StateOpen, web.Link(ctx, d.path("/pruefen"))
	}
	if check {
		final.State = ui.StateCurrent
	}
	out.Steps = append(out.Steps, final)
	return out
}

// prelineOf says above the heading where one is: "Schritt 4 von 9 · Hunde".
func prelineOf(t i18n.Texts, s ui.Stepper) string {
	for i, st := range s.Steps {
		if st.State == ui.StateCurrent {
			return t.T("submission.step.of", "n", i+1, "total", len(s.Steps), "section", own(t, st.Title))
		}
	}
	return ""
}

// within adds to the preline which instance the step is about, where groups
// repeat within others.
func within(preline string, st form.Step) string {
	if where := st.Where(); where != "" {
		return preline + " · " + where
	}
	return preline
}

// savedOf is the line that says when the draft was last saved.
func (d *desk) savedOf(ctx context.Context) ui.Saved {
	s := ui.Saved{Later: web.Link(ctx, d.path("/spaeter"))}
	if len(d.rows) > 0 {
		s.At = i18n.FormatTime(d.updated)
	}
	return s
}

// cardsOf is the review as summary cards; change gives the address to change a
// page, "" for none.
func cardsOf(sections []form.Section, change func(page string) string, t i18n.Texts, wrong map[string]bool) []ui.SummaryCard {
	var out []ui.SummaryCard
	for _, sec := range sections {
		for _, b := range sec.Blocks {
			card := ui.SummaryCard{Title: b.Title, Change: change(b.Page)}
			if b.Label != "" {
				card.Title = sec.Title + ": " + b.Label
			}
			pages := map[string]bool{}
			for _, a := range b.Answers {
				row := ui.Row{Key: a.Label, Lines: nil}
				lines := strings.Split(a.Text, "\n")
				row.Value, row.Lines = lines[0], lines[1:]
				if a.Text == "" {
					row.Value = t.T("submission.check.none")
				}
				if a.Page != b.Page && !pages[a.Page] {
					row.Change = change(a.Page) // the card's own link leads to its first page
				}
				if wrong[a.Page] && !pages[a.Page] {
					card.Error = t.T("submission.check.incomplete")
				}
				pages[a.Page] = true
				card.Rows = append(card.Rows, row)
			}
			out = append(out, card)
		}
	}
	return out
}

// amountsOf is what the form has computed, each figure explained.
func amountsOf(t i18n.Texts, results []form.Result, note string) []ui.Amount {
	var out []ui.Amount
	for _, r := range results {
		if len(r.Lines) == 0 || len(r.Sums) == 0 {
			continue
		}
		a := ui.Amount{Label: r.Title, Note: note}
		for _, l := range r.Lines {
			line := ui.AmountLine{Text: l.Text}
			var parts []string
			for i, c := range l.Cents {
				if i > 0 {
					parts = append(parts, r.Sums[i].Label+": "+i18n.Money(t.Lang(), c))
				}
			}
			line.Sum, line.Detail = i18n.Money(t.Lang(), l.Cents[0]), strings.Join(parts, ", ")
			a.Lines = append(a.Lines, line)
		}
		for _, sum := range r.Sums {
			a.Lines = append(a.Lines, ui.AmountLine{Text: sum.Label, Sum: i18n.Money(t.Lang(), sum.Cents), Total: true})
		}
		a.Total = i18n.Money(t.Lang(), r.Sums[0].Cents)
		out = append(out, a)
	}
	return out
}
