package casework

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// cards are the answers, section by section.
func (s *Service) cards(ctx context.Context, d *desk, c Case, rd *reading, sections []form.Section) []ui.SummaryCard {
	var out []ui.SummaryCard
	f, group := rd.facts(), rd.offer.Version.Answers.Item+"/"
	for _, sec := range sections {
		for _, b := range sec.Blocks {
			card := ui.SummaryCard{Title: sec.Title}
			if b.Label != "" {
				label := b.Label
				for _, it := range f.items { // two of one name are told apart
					if len(b.Answers) == 0 {
						continue
					}
					if rel, ok := strings.CutPrefix(b.Answers[0].Path, group+strconv.Itoa(it.id)+"."); ok && !strings.Contains(rel, "/") {
						label = f.apart(it.id, label)
					}
				}
				card.Title = sec.Title + ": " + label
			} else if n := len(out); n > 0 && out[n-1].Title == sec.Title {
				out[n-1].Rows = append(out[n-1].Rows, s.rows(ctx, d, c, b.Answers)...)
				continue
			}
			card.Rows = s.rows(ctx, d, c, b.Answers)
			out = append(out, card)
		}
	}
	return out
}

func (s *Service) rows(ctx context.Context, d *desk, c Case, answers []form.Answer) []ui.Row {
	var out []ui.Row
	for _, a := range answers {
		row := ui.Row{Key: a.Label, Value: a.Text}
		switch {
		case len(a.Files) > 0:
			row.Value, row.Body = "", fileLinks(fileRefs(ctx, d, c, a.Files))
		case a.Text == "":
			row.Value = d.t.T("casework.answer.none")
		}
		if m := s.mapOf(ctx, d, a); m != nil {
			row.Value, row.Body = "", m
		}
		if a.Sensitive != "" {
			row.Mark = &ui.Badge{Tone: ui.Info, Text: d.t.T("casework.answer.sensitive")}
		}
		out = append(out, row)
	}
	return out
}

func fileRefs(ctx context.Context, d *desk, c Case, files []form.File) []ui.Link {
	var out []ui.Link
	for _, f := range files {
		out = append(out, ui.Link{
			Href: web.Link(ctx, pathCase+c.ID+"/datei/"+url.PathEscape(f.ID)), Icon: "file",
			Text: d.t.T("casework.file.link", "name", f.Name, "size", i18n.Number(d.t.Lang(), (f.Size+999)/1000)),
		})
	}
	return out
}

// amounts are the computations with every line explained; the one that is
// assessed deducts only what was granted.
func (s *Service) amounts(d *desk, rd *reading) ([]ui.Amount, error) {
	var out []ui.Amount
	t := d.t
	for _, r := range rd.view.Compute() {
		if len(r.Sums) == 0 {
			continue
		}
		if r.ID == rd.offer.Version.Answers.Compute {
			a, err := s.assess(rd, rd.payload.Today.Year, t.Lang())
			if err != nil {
				return nil, err
			}
			out = append(out, taxBox(t, a))
			continue
		}
		a := ui.Amount{Label: t.T("casework.amount.title", "sum", r.Sums[0].Label), Total: i18n.Money(t.Lang(), r.Sums[0].Cents), Note: t.T("casework.amount.note")}
		for _, l := range r.Lines {
			a.Lines = append(a.Lines, ui.AmountLine{Text: l.Text, Sum: i18n.Money(t.Lang(), l.Cents[0])})
		}
		for _, sum := range r.Sums {
			a.Lines = append(a.Lines, ui.AmountLine{Text: sum.Label, Sum: i18n.Money(t.Lang(), sum.Cents), Total: true})
		}
		out = append(out, a)
	}
	return out, nil
}

// taxBox is the tax of a year as it would be assessed.
func taxBox(t i18n.Texts, a assessment) ui.Amount {
	box := ui.Amount{Label: t.T("casework.decide.computed", "year", a.year), Total: i18n.Money(t.Lang(), a.now), Note: t.T("casework.amount.note")}
	for _, l := range a.lines {
		box.Lines = append(box.Lines, ui.AmountLine{Text: l.Label, Sum: l.Value})
	}
	box.Lines = append(box.Lines, ui.AmountLine{Text: t.T("casework.decide.full"), Sum: i18n.Money(t.Lang(), a.full), Total: true})
	return box
}

func changeTable(t i18n.Texts, list []Change) *ui.Table {
	table := &ui.Table{
		Caption: t.T("casework.changes.title"), CaptionHidden: true, Empty: t.T("casework.changes.none"),
		Columns: []ui.Column{{Title: t.T("casework.changes.what"), Wide: true}, {Title: t.T("casework.changes.old")}, {Title: t.T("casework.changes.new")}},
	}
	or := func(s string) string {
		if s == "" {
			return t.T("casework.answer.none")
		}
		return s
	}
	for _, c := range list {
		table.Rows = append(table.Rows, ui.TableRow{Cells: []ui.Cell{{Text: c.Section + ": " + c.Label, Head: true}, {Text: or(c.Old)}, {Text: or(c.New)}}})
	}
	return table
}
