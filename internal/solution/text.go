package solution

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/i18n"
)

// A placeholder is {name} or {params.name}; {params.rates.2} is the second
// entry of a list of amounts, or its last when it is shorter.
var placeholder = regexp.MustCompile(`\{([a-z0-9_.]+)\}`)

// Line is one entry of a list in a text; When names a placeholder whose empty,
// false or zero value leaves the line out.
type Line struct {
	Text string
	When string
}

// UnmarshalYAML reads a plain text, or {text, when}.
func (l *Line) UnmarshalYAML(decode func(any) error) error {
	if err := decode(&l.Text); err == nil {
		return nil
	}
	var full struct {
		Text string `yaml:"text"`
		When string `yaml:"when"`
	}
	if err := decode(&full); err != nil {
		return err
	}
	l.Text, l.When = full.Text, full.When
	return nil
}

// checkText finds placeholders that nothing will fill, and stray braces.
func (v *Version) checkText(text string, allowed []string) error {
	var errs []error
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		errs = append(errs, v.checkName(m[1], allowed))
	}
	if rest := placeholder.ReplaceAllString(text, ""); strings.ContainsAny(rest, "{}") {
		errs = append(errs, fmt.Errorf("%q has a brace that is no placeholder", text))
	}
	return errors.Join(errs...)
}

func (v *Version) checkName(name string, allowed []string) error {
	if slices.Contains(allowed, name) {
		return nil
	}
	param, ok := strings.CutPrefix(name, "params.")
	if !ok {
		return fmt.Errorf("unknown placeholder {%s}; known are params.… and %s", name, strings.Join(allowed, ", "))
	}
	types := v.FormTypes()
	if types[param] != "" {
		return nil
	}
	if base, n, ok := cutIndex(param); ok && n > 0 && types[base] == "moneys" {
		return nil
	}
	return fmt.Errorf("unknown placeholder {%s}: parameters.yaml does not declare it", name)
}

func cutIndex(param string) (base string, n int, ok bool) {
	base, index, ok := strings.Cut(param, ".")
	if !ok {
		return "", 0, false
	}
	n, err := strconv.Atoi(index)
	return base, n, err == nil
}

// show is a value of the set as a person reads it: amounts with their
// currency, percentages with their sign, days and choices in words, yes and
// no. ok is false for one that is empty, false or zero.
func (s *Set) show(name string, p Parameter, lang i18n.Lang) (text string, ok bool) {
	if base, n, indexed := cutIndex(name); indexed {
		amounts := s.Cents(base)
		if len(amounts) == 0 {
			return "", false
		}
		return i18n.Money(lang, amounts[min(n, len(amounts))-1]), true
	}
	if w, isWords := s.words[name]; isWords {
		return w.In(lang), w.In(lang) != ""
	}
	switch val := s.values[name].(type) {
	case bool:
		if val {
			return Words{"ja", "yes"}.In(lang), true
		}
		return Words{"nein", "no"}.In(lang), false
	case int64:
		switch p.Type {
		case "money":
			return i18n.Money(lang, val), val != 0
		case "percent":
			return Words{fmt.Sprintf("%d\u00a0%%", val), fmt.Sprintf("%d%%", val)}.In(lang), val != 0
		}
		return i18n.Number(lang, val), val != 0
	case []int64:
		return amounts(val, lang), len(val) > 0
	case []string:
		t := s.words[name+"_text"].In(lang)
		return t, t != ""
	case string:
		if i := slices.IndexFunc(p.Options, func(o Option) bool { return o.ID == val }); i >= 0 {
			return p.Options[i].Text.In(lang), true
		}
		return dated(val, lang), val != ""
	}
	return "", false
}

// filler fills placeholders from a set and from values given by the caller.
type filler struct {
	v      *Version
	set    *Set
	lang   i18n.Lang
	values map[string]string
}

func (f filler) value(name string) (string, bool) {
	if param, ok := strings.CutPrefix(name, "params."); ok {
		return f.set.show(param, f.v.params[param], f.lang)
	}
	s := f.values[name]
	return s, s != ""
}

// text fills a text; a placeholder without a value is an error, since a
// notice with a hole in it must not leave the house.
func (f filler) text(s string) (string, error) {
	var missing []string
	out := placeholder.ReplaceAllStringFunc(s, func(m string) string {
		name := m[1 : len(m)-1]
		val, ok := f.value(name)
		if !ok && !strings.HasPrefix(name, "params.") {
			missing = append(missing, name)
		}
		if f.lang.Dir() == "rtl" {
			return i18n.Isolated(val)
		}
		return val
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("solution: no value for %s", strings.Join(missing, ", "))
	}
	return i18n.Bind(out), nil
}

// Fill fills the placeholders of a text with the values of the offer.
func (o Offer) Fill(lang i18n.Lang, text string) (string, error) {
	return filler{v: o.Version, set: o.Set, lang: lang}.text(text)
}

// general is the condition of a line that stands where no town is chosen.
const general = "general"

// shown decides a condition. Where no town is chosen (set nil), every
// condition on a town's values leaves its line out, negated or not.
func (f filler) shown(when string) bool {
	if when == "" || f.set == nil {
		return when == "" || when == general
	}
	name, negated := strings.CutPrefix(when, "!")
	_, ok := f.value(name)
	return ok != negated
}

func (f filler) lines(in []Line) ([]string, error) {
	var out []string
	for _, l := range in {
		if !f.shown(l.When) {
			continue
		}
		s, err := f.line(l.Text)
		if err != nil {
			return nil, err
		}
		if s != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

// line is text, but "" where no town is chosen and the text needs one.
func (f filler) line(s string) (string, error) {
	if f.set == nil && placeholder.MatchString(s) {
		return "", nil
	}
	return f.text(s)
}
