package ui

import (
	"context"
	"embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/a-h/templ"

	"leitportal/internal/i18n"
)

//go:embed texts
var textFiles embed.FS

// texts is read once and never changed; a missing file is a broken build.
var texts = sync.OnceValue(func() *i18n.Catalog { return i18n.MustLoad(textFiles) })

func documentTitle(p *Page, f *framed) string {
	s := p.Title
	if s == "" {
		s = f.Name
	} else if s != f.Name {
		s += " – " + f.Name
	}
	if len(p.Problems) > 0 {
		return f.t.T("ui.errors.prefix") + " " + s
	}
	return s
}

// monogramText is up to three letters; without any, the first letter of the
// last capitalised word of the name ("Stadt Paderborn" → "P").
func monogramText(letters, name string) string {
	if letters == "" {
		words := strings.Fields(name)
		for _, w := range slices.Backward(words) {
			if r, _ := utf8.DecodeRuneInString(w); strings.ToUpper(string(r)) == string(r) && r != '(' {
				return string(r)
			}
		}
		return "·"
	}
	if r := []rune(letters); len(r) > 3 {
		return string(r[:3])
	}
	return letters
}

func monogramSize(letters string) string {
	return [...]string{"21", "21", "17", "13"}[min(utf8.RuneCountInString(letters), 3)]
}

func deskKeys(f *framed) []Shortcut {
	keys := []Shortcut{
		{"?", f.t.T("ui.desk.key.help")},
		{"/", f.t.T("ui.desk.key.search")},
		{"j", f.t.T("ui.desk.key.next")},
		{"k", f.t.T("ui.desk.key.previous")},
		{"↵", f.t.T("ui.desk.key.open")},
	}
	for _, l := range f.Nav {
		if l.Key != "" {
			keys = append(keys, Shortcut{l.Key, l.Text})
		}
	}
	return append(keys, f.Shortcuts...)
}

func unitOf(f *Field) string {
	if f.Unit == "" && f.Kind == KindMoney {
		return "€"
	}
	return f.Unit
}

func inputType(f *Field) string {
	switch {
	case f.Kind == KindPassword:
		return "password"
	case f.Type != "":
		return f.Type
	}
	return "text"
}

func inputMode(f *Field) string {
	switch {
	case f.InputMode != "":
		return f.InputMode
	case f.Kind == KindNumber:
		return "numeric"
	case f.Kind == KindMoney:
		return "decimal"
	}
	return ""
}

// widthClass is a further class for the width of the control, or "".
func widthClass(f *Field) markup {
	w := f.Width
	if w == WidthFull && (f.Kind == KindNumber || f.Kind == KindMoney) {
		w = Width8
	}
	switch {
	case w == WidthFull:
		return ""
	case w <= Width2:
		return " lp-w2"
	case w <= Width4:
		return " lp-w4"
	case w <= Width8:
		return " lp-w8"
	case w <= Width16:
		return " lp-w16"
	}
	return " lp-w24"
}

func partClass(size int, bad bool) markup {
	switch {
	case size == 4 && bad:
		return "kern-form-input__input kern-form-input__input--error lp-w4"
	case size == 4:
		return "kern-form-input__input lp-w4"
	case bad:
		return "kern-form-input__input kern-form-input__input--error lp-w2"
	}
	return "kern-form-input__input lp-w2"
}

func rowsOf(f *Field) int {
	if f.Rows > 0 {
		return f.Rows
	}
	return 5
}

func chosen(f *Field, c *Choice) bool {
	if f.Kind == KindCheckboxes {
		return slices.Contains(f.Values, c.Value)
	}
	return f.Value != "" && f.Value == c.Value
}

// datePartID gives the day the field's own id, for the error summary's link.
func datePartID(f *Field, part string) string {
	if part == ":day" {
		return f.ElementID()
	}
	return f.ElementID() + "-" + part[1:]
}

// badPart marks a part of a wrong date; all of them when none is named, and
// when nothing was typed.
func badPart(f *Field, bad bool) bool {
	d := f.Date
	return f.Error != "" && (bad || d.Empty() || !d.BadDay && !d.BadMonth && !d.BadYear)
}

// focusID is where the error summary leads: the first control that is wrong.
func (f Field) focusID() string {
	if f.Kind == KindDate {
		switch d := f.Date; {
		case d.BadDay:
		case d.BadMonth:
			return datePartID(&f, ":month")
		case d.BadYear:
			return datePartID(&f, ":year")
		}
	}
	if (f.Kind == KindGroup || f.Kind == KindParts) && len(f.Fields) > 0 {
		return f.Fields[0].focusID()
	}
	return f.ElementID()
}

func joinDot(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return strings.Join(parts, " · ")
}

// level is the heading level n, or def when n is not one of 2 to 4.
func level(n, def int) int {
	if n < 2 || n > 4 {
		return def
	}
	return n
}

func stepState(s State) string {
	return [...]string{"ui.step.open", "ui.step.current", "ui.step.done", "ui.step.faulty", "ui.step.locked"}[s]
}

func stepClass(s State) markup {
	return [...]markup{"lp-open", "lp-current", "lp-done", "lp-faulty", "lp-locked"}[s]
}

// position is the current step (from 1) and its title.
func (s Stepper) position() (int, string) {
	for i, step := range s.Steps {
		if step.State == StateCurrent {
			return i + 1, step.Title
		}
	}
	return 0, ""
}

func phoneHref(s string) string {
	return "tel:" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, strings.Replace(s, "(0)", "", 1))
}

// pagesShown picks the pages a pager names: the ends, and two round the
// present one; 0 stands for a gap.
func pagesShown(page, pages int) []int {
	var out []int
	for i := 1; i <= pages; i++ {
		if i == 1 || i == pages || (i >= page-1 && i <= page+1) {
			out = append(out, i)
		} else if out[len(out)-1] != 0 {
			out = append(out, 0)
		}
	}
	return out
}

func methodOf(m *FormModel) string {
	if m.Method == "" {
		return "post"
	}
	return m.Method
}

func buttonClass(b *Button) markup {
	s := [...]markup{
		"kern-btn kern-btn--primary", "kern-btn kern-btn--secondary",
		"kern-btn kern-btn--tertiary", "kern-btn kern-btn--secondary lp-btn--destructive",
	}[b.Kind]
	if b.Wide {
		s += " kern-btn--block"
	}
	return s
}

func alertClass(t Tone) markup {
	return [...]markup{
		"kern-alert lp-alert--neutral", "kern-alert kern-alert--info", "kern-alert kern-alert--success",
		"kern-alert kern-alert--warning", "kern-alert kern-alert--danger",
	}[t]
}

func badgeClass(t Tone) markup {
	return [...]markup{
		"kern-badge lp-badge--neutral", "kern-badge kern-badge--info", "kern-badge kern-badge--success",
		"kern-badge kern-badge--warning", "kern-badge kern-badge--danger",
	}[t]
}

func toneIcon(t Tone) string {
	return [...]string{"dot", "info", "check-circle", "warning", "alert"}[t]
}

func toneWord(t Tone) string {
	return [...]string{"ui.tone.neutral", "ui.tone.info", "ui.tone.success", "ui.tone.warning", "ui.tone.danger"}[t]
}

func orText(ctx context.Context, s, key string) string {
	if s != "" {
		return s
	}
	return tr(ctx, key)
}

func columnTitle(t *Table, j int) string {
	if j < len(t.Columns) && !t.Columns[j].Hidden {
		return t.Columns[j].Title
	}
	return ""
}

// foreign is a language where it is not the page's, else "".
func foreign(f *framed, l i18n.Lang) string {
	if l == f.Lang {
		return ""
	}
	return string(l)
}

func deskClass(list, history templ.Component) string {
	s := "lp-desk-view"
	if list != nil {
		s += " lp-desk-view--list"
	}
	if history != nil {
		s += " lp-desk-view--history"
	}
	return s
}

func searchLabel(ctx context.Context, s *SearchForm) string {
	if s.Place != "" {
		return tr(ctx, "ui.search.label.place", "place", s.Place)
	}
	return tr(ctx, "ui.search.label")
}

func searchID(s *SearchForm, part string) string {
	if s.ID != "" {
		return s.ID + part
	}
	return "suche" + part
}

func whenNot(w *When) string {
	if w.Not {
		return "yes"
	}
	return ""
}

func mainClass(l Layout) markup {
	switch l {
	case LayoutForm:
		return "lp-main lp-width lp-main--form"
	case LayoutWide, LayoutDesk:
		return "lp-main lp-width lp-main--wide"
	}
	return "lp-main lp-width lp-main--reading"
}

func rowClass(r *TableRow) string {
	switch {
	case r.Current:
		return "kern-table__row lp-row-current"
	case r.Strong:
		return "kern-table__row lp-row-strong"
	}
	return "kern-table__row"
}

func columnClass(c *Column) string {
	switch {
	case c.Numeric:
		return "kern-table__header kern-table__header--numeric"
	case c.Wide:
		return "kern-table__header lp-wide"
	}
	return "kern-table__header"
}
