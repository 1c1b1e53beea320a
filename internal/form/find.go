package form

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"leitportal/internal/form/lookup"
	"leitportal/internal/i18n"
)

const (
	// findFrom is how many choices a page may carry whole; lists that are longer
	// are asked for by a text (WidgetFind).
	findFrom = 400
	// findShown is how many entries are shown to choose from.
	findShown = 12
)

// chosenPart ends the name of the control in which an entry is chosen out of
// those found: "halter.staat" is the text, "halter.staat:code" the radios.
const chosenPart = ":code"

// findable makes f a field that is searched where its list is too long for a
// page.
func (c *compiler) findable(f *field) {
	if f.kind != OneOf || f.widget != WidgetSearch || len(f.choices) <= findFrom {
		return
	}
	f.widget = WidgetFind
	if f.finder = c.finders[f.node.List]; f.finder != nil {
		return
	}
	f.finder = lookup.New(len(f.choices), func(i int) (shown, further []string) {
		ch := &f.choices[i]
		for _, lang := range c.p.shownIn() {
			if s := ch.label.in(lang); !slices.Contains(shown, s) {
				shown = append(shown, s)
			}
		}
		return shown, append(slices.Clip(ch.also), ch.code)
	})
	if f.node.List != "" {
		c.finders[f.node.List] = f.finder
	}
}

// isChoice tells whether name is the control of fields in which an entry that
// was found is chosen.
func isChoice(name string, fields []*field, names []string) bool {
	base, ok := strings.CutSuffix(name, chosenPart)
	i := slices.Index(names, base)
	return ok && i >= 0 && fields[i].finder != nil
}

// readFound takes a field that is searched: the entry that was chosen among
// those found for the text, else the entry that the text names.
func (v *View) readFound(f *field, name string, posted, raw url.Values) (Value, issue) {
	var typed [2]string
	for i, control := range [...]string{name, name + chosenPart} {
		vals := posted[control]
		if len(vals) == 0 {
			continue
		}
		raw[control] = []string{echo(vals[0])}
		if len(vals) > 1 {
			return nil, issue{key: "form.duplicate"}
		}
		if !utf8.ValidString(vals[0]) {
			return nil, issue{key: "form.bad_utf8"}
		}
		if key := textTrouble(vals[0], false); key != "" {
			return nil, issue{key: "form." + key}
		}
		typed[i] = clean(vals[0])
	}
	text := typed[0]
	if _, asked := posted[name]; !asked {
		text = typed[1]
	}
	if text == "" {
		return nil, issue{}
	}
	val, hits, _ := v.named(f, text, typed[1])
	switch {
	case val != nil:
		return val, issue{}
	case len(hits) == 0:
		return nil, issue{key: "form.find_none"}
	}
	return nil, issue{key: "form.find"}
}

// search is what was found in a long list.
type search struct {
	in    *lookup.Index
	text  string
	hits  []int
	total int
}

// find searches a long list, once for each text.
func (v *View) find(in *lookup.Index, text string) ([]int, int) {
	for _, s := range v.found {
		if s.in == in && s.text == text {
			return s.hits, s.total
		}
	}
	hits, total := in.Find(text, findShown)
	v.found = append(v.found, search{in, text, hits, total})
	return hits, total
}

// named is the entry of f that a text names, or that was chosen by its code
// among those found for the text; else val is nil, and hits are the best of the
// total that fit.
func (v *View) named(f *field, text, code string) (val Value, hits []int, total int) {
	if i, ok := f.byCode[text]; ok {
		return f.choices[i].value, nil, 0
	}
	lang := v.env.Lang
	hits, total = v.find(f.finder, text)
	for _, i := range hits {
		switch ch := &f.choices[i]; {
		case ch.code == code:
			return ch.value, nil, 0
		case !lookup.Same(ch.label.in(lang), text):
		case val != nil: // two of one name
			return nil, hits, total
		default:
			val = ch.value
		}
	}
	return val, hits, total
}

// found describes the control of a field that is searched: with the answer as
// its text, or with the text that was typed and the entries that fit it.
func (s *scope) found(m *Field, f *field, raw url.Values) {
	lang := s.v.env.Lang
	m.MaxLength, m.Choices = 0, nil
	val, hits := s.rec.val(f), []int(nil)
	if raw != nil {
		text, code := clean(raw.Get(m.Name)), raw.Get(m.Name+chosenPart)
		if _, asked := raw[m.Name]; !asked {
			text = code
		}
		val, hits, m.Matches = s.v.named(f, text, code)
		m.Searched, m.Chosen = text != "", code
	}
	if val != nil {
		m.Value, m.Matches, m.Searched = i18n.Plain(f.choiceLabel(val.(string), lang)), 0, false
		return
	}
	for _, i := range hits {
		ch := &f.choices[i]
		m.Choices = append(m.Choices, Option{Value: ch.code, Label: ch.label.on(lang), Hint: strings.Join(ch.also[:min(len(ch.also), 2)], ", "), Also: ch.also})
	}
	for i := range m.Choices { // entries of the same name are told apart by their codes
		for j := range m.Choices {
			if i != j && m.Choices[i].Label == m.Choices[j].Label {
				m.Choices[i].Hint = m.Choices[i].Value
			}
		}
	}
}

// labelled names what a condition is about where its control is a text, by
// which the browser cannot tell.
func (c *Condition) labelled(by *condition, lang i18n.Lang) {
	if by.field.finder != nil {
		for _, code := range c.Values {
			c.Labels = append(c.Labels, by.field.choiceLabel(code, lang))
		}
	}
}
