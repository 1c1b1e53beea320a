package form

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// readDate makes a date of day, month and year as typed.
func readDate(parts [3]string, lang i18n.Lang) (Value, issue) {
	if parts == [3]string{} {
		return nil, issue{}
	}
	var n [3]int
	for i, s := range parts {
		part := [...]string{"day", "month", "year"}[i]
		if s == "" {
			return nil, issue{key: "form.date_" + part, part: part}
		}
		v, err := strconv.ParseUint(s, 10, 16)
		if err != nil || len(s) > 4 || !utf8.ValidString(s) {
			return nil, issue{key: "form.date_digits", part: part}
		}
		n[i] = int(v)
	}
	if n[2] < 1000 {
		return nil, issue{key: "form.date_year4", part: "year"}
	}
	d := clock.Date{Year: n[2], Month: time.Month(n[1]), Day: n[0]}
	if !exists(d) {
		part := "day"
		if n[1] < 1 || n[1] > 12 {
			part = "month"
		}
		typed := fmt.Sprintf("%02d.%02d.", n[0], n[1])
		if exists(clock.Date{Year: 2000, Month: d.Month, Day: d.Day}) || lang == i18n.EN {
			typed += strconv.Itoa(n[2]) // 29 February lacks only in some years
		}
		return nil, issue{key: "form.date_none", part: part, args: []any{"date", typed}}
	}
	return d, issue{}
}

func joinDate(_ *field, parts []string, lang i18n.Lang) (Value, issue) {
	return readDate([3]string(parts), lang)
}

func readDateText(_ *field, s string, lang i18n.Lang) (Value, issue) {
	var parts [3]string
	n := 0
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '.' || r == '/' || r == ' ' }) {
		if n < 3 {
			parts[n] = part
		}
		n++
	}
	if n != 3 {
		return nil, issue{key: "form.date_digits"}
	}
	return readDate(parts, lang)
}

func splitDate(_ *field, v Value) []string {
	d := v.(clock.Date)
	return []string{two(d.Day), two(int(d.Month)), two(d.Year)}
}

// two is n with two digits, or with four from 100 on.
func two(n int) string {
	s := [4]byte{byte('0' + n/1000%10), byte('0' + n/100%10), byte('0' + n/10%10), byte('0' + n%10)}
	if n < 100 {
		return string(s[2:])
	}
	return string(s[:])
}

func editDate(v Value) string {
	d := v.(clock.Date)
	return fmt.Sprintf("%02d.%02d.%04d", d.Day, int(d.Month), d.Year)
}

func storedDate(_ *field, raw string) (Value, bool) {
	s, ok := unquote(raw)
	d, err := clock.ParseDate(s)
	return d, ok && err == nil && !d.IsZero()
}

func dateBounds(f *field) (err error) {
	if f.minD, err = parseDateBound(f.node.Min); err != nil {
		return err
	}
	f.maxD, err = parseDateBound(f.node.Max)
	return err
}

func boundDate(f *field, v Value, today clock.Date, lang i18n.Lang) issue {
	return f.within(v.(clock.Date), v.(clock.Date), today, lang)
}

// within is what is wrong with the days from first to last by the field's
// bounds.
func (f *field) within(first, last, today clock.Date, lang i18n.Lang) issue {
	if lim := f.minD.on(today); f.minD.set && first.Before(lim) {
		if f.minD.relativeToday && lim == today {
			return issue{key: "form.date_past"}
		}
		return issue{key: "form.date_before", args: []any{"date", i18n.ShortDate(lang, lim)}}
	}
	if lim := f.maxD.on(today); f.maxD.set && last.After(lim) {
		if f.maxD.relativeToday && lim == today {
			return issue{key: "form.date_future"}
		}
		return issue{key: "form.date_after", args: []any{"date", i18n.ShortDate(lang, lim)}}
	}
	return issue{}
}

// A partial date is "2019", "2019-03" or "2019-03-24".

// joinPartial takes a date of which what the author allows may be empty: the
// day, or day and month (FORMAT.md, `unknown`).
func joinPartial(f *field, parts []string, lang i18n.Lang) (Value, issue) {
	day, month, year := parts[0], parts[1], parts[2]
	switch {
	case day != "" || month == "" && (year == "" || f.node.Unknown == "day"):
		d, iss := readDate([3]string{day, month, year}, lang)
		if iss.key == "form.date_day" && f.node.Unknown == "day" {
			iss = issue{key: "form.date_month", part: "month"}
		}
		if iss.key != "" {
			return nil, iss
		}
		return d.(clock.Date).String(), issue{}
	case month == "":
		month = "1"
	}
	d, iss := readDate([3]string{"1", month, year}, lang)
	if iss.key != "" {
		return nil, iss
	}
	s := d.(clock.Date).String()
	if parts[1] == "" {
		return s[:len("2006")], issue{}
	}
	return s[:len("2006-01")], issue{}
}

// partial is the first and the last day that a partial date may mean.
func partial(s string) (first, last clock.Date, ok bool) {
	full := s
	switch len(s) {
	case len("2006"):
		full += "-01-01"
	case len("2006-01"):
		full += "-01"
	}
	first, err := clock.ParseDate(full)
	if err != nil || first.Year < 1000 {
		return first, last, false
	}
	switch last = first; len(s) {
	case len("2006"):
		last = clock.Date{Year: first.Year, Month: time.December, Day: 31}
	case len("2006-01"):
		last = first.AddMonths(1).AddDays(-1)
	}
	return first, last, true
}

func isPartial(s string) bool { _, _, ok := partial(s); return ok }

func splitPartial(_ *field, v Value) []string {
	out := []string{"", "", ""}
	for i, part := range strings.Split(v.(string), "-") {
		out[2-i] = part
	}
	return out
}

// boundPartial refuses what lies outside of the bounds whatever day is meant.
func boundPartial(f *field, v Value, today clock.Date, lang i18n.Lang) issue {
	first, last, _ := partial(v.(string))
	if len(v.(string)) < len("2006-01") && f.node.Unknown == "day" {
		return issue{key: "form.date_month", part: "month"}
	}
	return f.within(last, first, today, lang)
}

func showPartial(_ *field, v Value, lang i18n.Lang) string {
	s := v.(string)
	first, _, _ := partial(s)
	switch len(s) {
	case len("2006"):
		return s
	case len("2006-01"): // without its "1. "
		_, words, _ := strings.Cut(i18n.FormatDate(lang, first), " ")
		return words
	}
	return i18n.FormatDate(lang, first)
}

// A time of day is "14:05".
var timePattern = regexp.MustCompile(`^([0-9]{1,2})(?:[:.,h ]? ?([0-9]{2}))? ?(am|pm|a\.m\.|p\.m\.|uhr|h)?$`)

func readTime(_ *field, s string, _ i18n.Lang) (Value, issue) {
	m := timePattern.FindStringSubmatch(strings.ToLower(s))
	if m == nil {
		return nil, issue{key: "form.time"}
	}
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(or(m[2], "0"))
	if half, twelve := strings.CutSuffix(strings.ReplaceAll(m[3], ".", ""), "m"); twelve {
		if hour < 1 || hour > 12 {
			return nil, issue{key: "form.time"}
		}
		if hour %= 12; half == "p" {
			hour += 12
		}
	}
	if hour > 23 || minute > 59 {
		return nil, issue{key: "form.time"}
	}
	return two(hour) + ":" + two(minute), issue{}
}

func isTime(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == len("15:04")
}

func timeBounds(f *field) error {
	for _, b := range []Bound{f.node.Min, f.node.Max} {
		if b != "" && !isTime(string(b)) {
			return fmt.Errorf("%q is no time such as 08:30", string(b))
		}
	}
	return nil
}

func boundTime(f *field, v Value, _ clock.Date, lang i18n.Lang) issue {
	s := v.(string)
	switch lo, hi := string(f.node.Min), string(f.node.Max); {
	case lo != "" && s < lo:
		return issue{key: "form.time_before", args: []any{"time", showTime(f, lo, lang)}}
	case hi != "" && s > hi:
		return issue{key: "form.time_after", args: []any{"time", showTime(f, hi, lang)}}
	}
	return issue{}
}

func showTime(_ *field, v Value, lang i18n.Lang) string {
	if lang.German() {
		return v.(string) + "\u00a0Uhr"
	}
	return v.(string)
}

// A date with a time is "2026-11-22T14:05", as clocks show it in Germany.

func joinDateTime(f *field, parts []string, lang i18n.Lang) (Value, issue) {
	d, iss := joinUnder("date", parts[:3], lang)
	if iss.key != "" {
		return nil, iss
	}
	if d == nil {
		return nil, issue{key: "form.date_day", part: "date:day"}
	}
	if parts[3] == "" {
		return nil, issue{key: "form.time_missing", part: "time"}
	}
	t, iss := readTime(f, parts[3], lang)
	if iss.key != "" {
		iss.part = "time"
		return nil, iss
	}
	return d.(clock.Date).String() + "T" + t.(string), issue{}
}

// joinUnder makes a date of controls that stand in a part of their own.
func joinUnder(part string, parts []string, lang i18n.Lang) (Value, issue) {
	v, iss := readDate([3]string(parts), lang)
	if iss.key != "" {
		iss.part = part + ":" + or(iss.part, "day")
	}
	return v, iss
}

func dateTime(s string) (clock.Date, string, bool) {
	day, at, _ := strings.Cut(s, "T")
	d, err := clock.ParseDate(day)
	return d, at, err == nil && d.Year >= 1000 && isTime(at)
}

func isDateTime(s string) bool { _, _, ok := dateTime(s); return ok }

func splitDateTime(f *field, v Value) []string {
	d, at, _ := dateTime(v.(string))
	return append(splitDate(f, d), at)
}

func dateTimeControls(f *field, m *Field, lang i18n.Lang, at func(string) string) {
	m.Parted = []Field{
		dateControl(f, "date", "form.part_date", lang, at),
		{Name: "time", Label: f.p.word(lang, "form.part_time"), Value: at("time"), InputMode: "decimal", MaxLength: 12, Kind: Time},
	}
}

func dateControl(f *field, part, label string, lang i18n.Lang, at func(string) string) Field {
	return Field{
		Name: part, Kind: Date, Widget: WidgetDate, Label: f.p.word(lang, label), InputMode: "numeric",
		Parts: [3]string{at(part + ":day"), at(part + ":month"), at(part + ":year")},
	}
}

func boundDateTime(f *field, v Value, today clock.Date, lang i18n.Lang) issue {
	d, _, _ := dateTime(v.(string))
	return boundDate(f, d, today, lang)
}

func showDateTime(f *field, v Value, lang i18n.Lang) string {
	d, at, _ := dateTime(v.(string))
	return i18n.FormatDate(lang, d) + ", " + showTime(f, at, lang)
}

func dateTimeInRules(v Value) ref.Val {
	t, err := time.Parse("2006-01-02T15:04", v.(string))
	if err != nil {
		return noDate
	}
	return types.Timestamp{Time: t}
}

// A period is {from, to}: two dates, to absent where it is still going on.

func joinPeriod(f *field, parts []string, lang i18n.Lang) (Value, issue) {
	from, iss := joinUnder("from", parts[:3], lang)
	if iss.key != "" {
		return nil, iss
	}
	to, iss := joinUnder("to", parts[3:], lang)
	switch {
	case iss.key != "":
		return nil, iss
	case from == nil:
		return nil, issue{key: "form.period_from", part: "from:day"}
	case to == nil && !f.node.Open:
		return nil, issue{key: "form.period_to", part: "to:day"}
	case to == nil:
		return map[string]string{"from": from.(clock.Date).String()}, issue{}
	case to.(clock.Date).Before(from.(clock.Date)):
		return nil, issue{key: "form.period_order", part: "to:day"}
	}
	return map[string]string{"from": from.(clock.Date).String(), "to": to.(clock.Date).String()}, issue{}
}

// period is the two ends; to is zero where it is open.
func period(v Value) (from, to clock.Date, ok bool) {
	m := v.(map[string]string)
	from, err := clock.ParseDate(m["from"])
	if err != nil || len(m) == 1 {
		return from, to, err == nil
	}
	to, err = clock.ParseDate(m["to"])
	return from, to, err == nil && len(m) == 2 && !to.Before(from)
}

func isPeriod(m map[string]string) bool { _, _, ok := period(m); return ok }

func splitPeriod(f *field, v Value) []string {
	from, to, _ := period(v)
	if to.IsZero() {
		return append(splitDate(f, from), "", "", "")
	}
	return append(splitDate(f, from), splitDate(f, to)...)
}

func periodControls(f *field, m *Field, lang i18n.Lang, at func(string) string) {
	to := "form.part_to"
	if f.node.Open {
		to = "form.part_to_open"
	}
	m.Parted = []Field{dateControl(f, "from", "form.part_from", lang, at), dateControl(f, "to", to, lang, at)}
	m.Parted[1].spare = f.node.Open
}

func boundPeriod(f *field, v Value, today clock.Date, lang i18n.Lang) issue {
	from, to, _ := period(v)
	if to.IsZero() {
		if !f.node.Open {
			return issue{key: "form.period_to", part: "to:day"}
		}
		to = from
	}
	iss := f.within(from, to, today, lang)
	switch iss.key {
	case "":
	case "form.date_past", "form.date_before":
		iss.part = "from:day"
	default:
		iss.part = "to:day"
	}
	return iss
}

func showPeriod(f *field, v Value, lang i18n.Lang) string {
	from, to, _ := period(v)
	if to.IsZero() {
		return f.p.word(lang, "form.period_since", "from", i18n.FormatDate(lang, from))
	}
	return f.p.word(lang, "form.period", "from", i18n.FormatDate(lang, from), "to", i18n.FormatDate(lang, to))
}
