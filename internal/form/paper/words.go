package paper

import (
	"math"
	"slices"
	"strings"

	"leitportal/internal/form"
	"leitportal/internal/i18n"
)

// words puts conditions into words.
type words struct {
	t      i18n.Texts
	fields map[string]form.SheetField
}

// longest is how many characters a condition may have in words; a longer one
// only names what it depends on.
const longest = 260

// when says a condition as the end of "only where …"; "" for one that always
// holds. of are the labels of what it reads.
func (w words) when(c form.Cond, of []string) string {
	if c.Always() {
		return ""
	}
	s, ok := w.cond(c, false)
	if ok && len([]rune(s)) <= longest {
		return w.t.T("paper.when", "condition", s)
	}
	if len(of) == 0 || len(of) > 6 {
		return w.t.T("paper.when.asked")
	}
	return w.t.T("paper.when.from", "fields", w.list(of, "paper.and"))
}

func (w words) list(items []string, join string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = w.t.T("paper.quoted", "text", s)
	}
	return joined(quoted, w.t.T(join))
}

func joined(items []string, last string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " " + last + " " + items[len(items)-1]
}

// cond says a condition, or its opposite; ok is false where it cannot.
func (w words) cond(c form.Cond, not bool) (string, bool) {
	f := w.fields[c.Field]
	say := func(key string, args ...any) (string, bool) {
		if not {
			key += ".not"
		}
		return w.t.T(key, append([]any{"field", f.Short}, args...)...), f.Path != ""
	}
	switch c.Op {
	case form.CondNot:
		return w.cond(c.Parts[0], !not)
	case form.CondAll, form.CondAny:
		word := "paper.and"
		if (c.Op == form.CondAny) != not { // De Morgan
			word = "paper.or"
		}
		var parts []string
		for _, p := range c.Parts {
			s, ok := w.cond(p, not)
			if !ok {
				return "", false
			}
			if (p.Op == form.CondAll || p.Op == form.CondAny) && len(p.Parts) > 1 {
				s = "(" + s + ")"
			}
			if !slices.Contains(parts, s) {
				parts = append(parts, s)
			}
		}
		return joined(parts, w.t.T(word)), len(parts) > 0
	case form.CondAnswered:
		return say("paper.cond.answered")
	case form.CondHas, form.CondIs:
		switch {
		case f.Kind == form.Confirm:
			return say("paper.cond.ticked")
		case f.Kind == form.Bool:
			return say("paper.cond.yes")
		}
		var labels []string
		for _, code := range c.Codes {
			if code != "" {
				labels = append(labels, w.label(f, code))
			}
		}
		nothing := len(labels) < len(c.Codes)
		switch {
		case len(labels) == 0:
			not = !not
			return say("paper.cond.answered")
		case nothing:
			return "", false
		}
		return say("paper.cond.is", "values", w.list(labels, "paper.or"))
	case form.CondRange:
		show := func(n int64) string {
			if f.Kind == form.Money {
				return i18n.Money(w.t.Lang(), n)
			}
			return i18n.Number(w.t.Lang(), n)
		}
		switch {
		case c.Lo == c.Hi:
			return say("paper.cond.equal", "n", show(c.Lo))
		case c.Hi == math.MaxInt64:
			return say("paper.cond.least", "n", show(c.Lo))
		case c.Lo == math.MinInt64:
			return say("paper.cond.most", "n", show(c.Hi))
		}
	}
	return "", false
}

func (w words) label(f form.SheetField, code string) string {
	for _, o := range f.Choices {
		if o.Value == code {
			return o.Label
		}
	}
	return code
}
