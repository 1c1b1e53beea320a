package form

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

func readBool(f *field, s string, _ i18n.Lang) (Value, issue) {
	switch {
	case s == "yes" || s == "true" || f.kind == Confirm && s == "on":
		return true, issue{}
	case (s == "no" || s == "false") && f.kind == Bool:
		return false, issue{}
	}
	return nil, issue{key: "form.choice"}
}

func storedBool(_ *field, raw string) (Value, bool) {
	return raw == "true", raw == "true" || raw == "false"
}

func boundConfirm(_ *field, v Value, _ clock.Date, _ i18n.Lang) issue {
	if v != true {
		return issue{key: "form.confirm"}
	}
	return issue{}
}

func showBool(f *field, v Value, lang i18n.Lang) string {
	return f.p.word(lang, map[bool]string{true: "form.yes", false: "form.no"}[v.(bool)])
}

func editBool(v Value) string { return map[bool]string{true: "yes", false: "no"}[v.(bool)] }

func yesNo(_ *field, p *Program, lang i18n.Lang) []Option {
	return []Option{{Value: "yes", Label: p.word(lang, "form.yes")}, {Value: "no", Label: p.word(lang, "form.no")}}
}

func readChoice(f *field, s string, lang i18n.Lang) (Value, issue) {
	if i, ok := f.byCode[s]; ok {
		return f.choices[i].code, issue{}
	}
	// A searchable list without scripts is a text box.
	for i := range f.choices {
		if ch := &f.choices[i]; f.widget == WidgetSearch && (strings.EqualFold(ch.label.in(lang), s) || slices.Contains(ch.also, s)) {
			return ch.code, issue{}
		}
	}
	return nil, issue{key: "form.choice"}
}

func storedChoice(f *field, raw string) (Value, bool) {
	s, ok := unquote(raw)
	i, known := f.byCode[s]
	if !ok || !known {
		return nil, false
	}
	return f.choices[i].value, true
}

func showChoice(f *field, v Value, lang i18n.Lang) string { return f.choiceLabel(v.(string), lang) }

func (f *field) readChoices(vals []string) (Value, issue) {
	chosen := make([]bool, len(f.choices))
	n := 0
	for _, s := range vals {
		if s == "" {
			continue
		}
		i, ok := f.byCode[s]
		switch {
		case !ok:
			return nil, issue{key: "form.choice"}
		case chosen[i]:
			return nil, issue{key: "form.duplicate"}
		}
		chosen[i] = true
		n++
	}
	if n == 0 {
		return nil, issue{}
	}
	codes := make([]string, 0, n)
	for i, on := range chosen {
		if on {
			codes = append(codes, f.choices[i].code)
		}
	}
	return codes, issue{}
}

func storedChoices(f *field, raw string) (Value, bool) {
	var codes []string
	if json.Unmarshal([]byte(raw), &codes) != nil || len(codes) == 0 {
		return nil, false
	}
	last := -1
	for _, c := range codes {
		i, ok := f.byCode[c]
		if !ok || i <= last {
			return nil, false
		}
		last = i
	}
	return codes, true
}

func boundChoices(f *field, v Value, _ clock.Date, _ i18n.Lang) issue {
	switch n := int64(len(v.([]string))); {
	case f.hasMin && n < f.minN:
		return issue{key: "form.choices_min", args: []any{"n", f.minN}}
	case f.hasMax && n > f.maxN:
		return issue{key: "form.choices_max", args: []any{"n", f.maxN}}
	}
	return issue{}
}

func showChoices(f *field, v Value, lang i18n.Lang) string {
	labels := make([]string, len(v.([]string)))
	for i, c := range v.([]string) {
		labels[i] = f.choiceLabel(c, lang)
	}
	return strings.Join(labels, ", ")
}

// maxRanks bounds the choices of a ranking: more cannot be weighed at a glance,
// and each is a control.
const maxRanks = 9

// A ranking has one control for each choice, named by its code, that takes its
// place: 1 for the first.
func joinRanking(f *field, parts []string, _ i18n.Lang) (Value, issue) {
	codes := make([]string, len(f.choices))
	highest := 0
	for i, s := range parts {
		if s == "" {
			continue
		}
		n, err := strconv.Atoi(s)
		switch {
		case err != nil || n < 1 || n > len(codes):
			return nil, issue{key: "form.choice", part: f.parts[i]}
		case codes[n-1] != "":
			return nil, issue{key: "form.rank_double", part: f.parts[i], args: []any{"n", n}}
		}
		codes[n-1] = f.choices[i].code
		highest = max(highest, n)
	}
	if i := slices.Index(codes[:highest], ""); i >= 0 {
		return nil, issue{key: "form.rank_gap", args: []any{"n", i + 1}}
	}
	return codes[:highest:highest], issue{}
}

func splitRanking(f *field, v Value) []string {
	out := make([]string, len(f.choices))
	for i, c := range v.([]string) {
		out[f.byCode[c]] = strconv.Itoa(i + 1)
	}
	return out
}

func storedRanking(f *field, raw string) (Value, bool) {
	var codes []string
	if json.Unmarshal([]byte(raw), &codes) != nil || len(codes) == 0 {
		return nil, false
	}
	for i, c := range codes {
		if _, ok := f.byCode[c]; !ok || slices.Index(codes, c) < i {
			return nil, false
		}
	}
	return codes, true
}

// boundRanking asks for all places where the author does not say how many.
func boundRanking(f *field, v Value, today clock.Date, lang i18n.Lang) issue {
	least := int64(len(f.choices))
	if f.hasMin {
		least = f.minN
	}
	if int64(len(v.([]string))) < least {
		return issue{key: "form.rank_min", args: []any{"n", least}}
	}
	return boundChoices(f, v, today, lang)
}

func showRanking(f *field, v Value, lang i18n.Lang) string {
	labels := make([]string, len(v.([]string)))
	for i, c := range v.([]string) {
		labels[i] = strconv.Itoa(i+1) + ". " + f.choiceLabel(c, lang)
	}
	return strings.Join(labels, ", ")
}

func rankOffers(f *field, _ *Program, _ i18n.Lang) []Option {
	out := make([]Option, len(f.choices))
	for i := range out {
		out[i].Value = strconv.Itoa(i + 1)
		out[i].Label = out[i].Value
	}
	return out
}

func rankControls(f *field, m *Field, lang i18n.Lang, at func(string) string) {
	for i := range f.choices {
		c := &f.choices[i]
		m.Parted = append(m.Parted, Field{Name: c.code, Kind: Ranking, Widget: WidgetSelect, Label: c.label.in(lang), Hint: c.hint.in(lang), Value: at(c.code), Choices: m.Choices, spare: f.hasMin && int(f.minN) < len(f.choices)})
	}
	m.Choices = nil
}

func storedFiles(_ *field, raw string) (Value, bool) {
	var files []File
	return files, json.Unmarshal([]byte(raw), &files) == nil && len(files) > 0
}

func boundFiles(f *field, v Value, _ clock.Date, _ i18n.Lang) issue {
	list := v.([]File)
	if int64(len(list)) > f.maxN {
		return issue{key: "form.file_count", args: []any{"n", f.maxN}}
	}
	for _, file := range list {
		switch {
		case !slices.Contains(f.node.Accept, file.Type):
			return issue{key: "form.file_type", args: []any{"types", strings.Join(f.node.Accept, ", ")}}
		case file.Size <= 0:
			return issue{key: "form.file_empty"}
		case file.Size > f.node.MaxBytes:
			return issue{key: "form.file_size", args: []any{"n", f.node.MaxBytes / 1_000_000}}
		}
	}
	return issue{}
}

func fileNames(v Value) []string {
	names := make([]string, len(v.([]File)))
	for i, file := range v.([]File) {
		names[i] = file.Name
	}
	return names
}

func showFiles(_ *field, v Value, _ i18n.Lang) string { return strings.Join(fileNames(v), ", ") }

func filesInRules(v Value) ref.Val {
	return types.NewStringList(types.DefaultTypeAdapter, fileNames(v))
}
