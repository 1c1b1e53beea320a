package form

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// readText makes a typed answer of what stood in a single control; empty is
// unanswered.
func (f *field) readText(s string, lang i18n.Lang) (Value, issue) {
	if f.kind == Multiline {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	if key := textTrouble(s, f.kind == Multiline); key != "" {
		return nil, issue{key: "form." + key}
	}
	s = clean(s)
	if s == "" {
		return nil, issue{}
	}
	switch f.kind {
	case Text, Multiline, HouseNumber:
		if r, bad := foreign(s); bad {
			return nil, issue{key: "form.chars", args: []any{"char", fmt.Sprintf("„%c“", r)}}
		}
		if f.kind == HouseNumber && (s[0] < '0' || s[0] > '9') {
			return nil, issue{key: "form.housenumber"}
		}
		return s, f.boundText(s, lang)
	case Int:
		n, ok := digits(strings.ReplaceAll(s, ".", ""))
		if !ok || !thousands(s) {
			return nil, issue{key: "form.int"}
		}
		if n == math.MaxInt64 {
			return nil, issue{key: "form.too_large"}
		}
		return n, issue{}
	case Money:
		return readMoney(s)
	case Decimal:
		return f.readDecimal(s, lang)
	case Date:
		parts := strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '/' || r == ' ' })
		if len(parts) != 3 {
			return nil, issue{key: "form.date_digits"}
		}
		return readDate([3]string(parts), lang)
	case Bool, Confirm:
		switch {
		case s == "yes" || s == "true" || f.kind == Confirm && s == "on":
			return true, issue{}
		case (s == "no" || s == "false") && f.kind == Bool:
			return false, issue{}
		}
		return nil, issue{key: "form.choice"}
	case OneOf, Country:
		if _, ok := f.byCode[s]; ok {
			return f.choices[f.byCode[s]].code, issue{}
		}
		// A searchable list without scripts is a text box.
		for i := range f.choices {
			if ch := &f.choices[i]; f.widgetIs(WidgetSearch) && (strings.EqualFold(ch.label.in(lang), s) || slices.Contains(ch.also, s)) {
				return ch.code, issue{}
			}
		}
		return nil, issue{key: "form.choice"}
	case IBAN, BIC, Chip:
		s = strings.ToUpper(strip(s))
	case Phone:
		s = strings.Join(strings.Fields(s), " ")
	case Postcode:
		s = strip(s)
	}
	return s, f.boundText(s, lang)
}

func (f *field) widgetIs(w Widget) bool { return f.widget == w || f.kind == Country }

// boundText is what is wrong with a text by its kind and length.
func (f *field) boundText(s string, _ i18n.Lang) issue {
	switch f.kind {
	case OneOf, Country, Date:
		return issue{}
	case Decimal:
		n, _ := strconv.ParseFloat(s, 64)
		if f.hasMin && n < f.minF {
			return issue{key: "form.min", args: []any{"n", strings.Replace(string(f.node.Min), ".", ",", 1)}}
		}
		if f.hasMax && n > f.maxF {
			return issue{key: "form.max", args: []any{"n", strings.Replace(string(f.node.Max), ".", ",", 1)}}
		}
		return issue{}
	case IBAN:
		if key := ibanTrouble(s); key != "" {
			return issue{key: "form." + key, args: []any{"prefix", head(s, 2), "n", utf8.RuneCountInString(s), "want", ibanLength(head(s, 2))}}
		}
		return issue{}
	case BIC:
		if key := bicTrouble(s); key != "" {
			return issue{key: "form." + key}
		}
		return issue{}
	case Chip:
		if key := chipTrouble(s); key != "" {
			return issue{key: "form." + key, args: []any{"prefix", head(s, 3), "n", utf8.RuneCountInString(s)}}
		}
		return issue{}
	}
	n := int64(utf8.RuneCountInString(s))
	switch {
	case n > f.maxN:
		if f.kind == Postcode {
			return issue{key: "form.postcode"}
		}
		return issue{key: "form.too_long", args: []any{"n", f.maxN}}
	case f.hasMin && n < f.minN:
		return issue{key: "form.too_short", args: []any{"n", f.minN}}
	}
	switch f.kind {
	case Email:
		if !isEmail(s) {
			return issue{key: "form.email"}
		}
	case Phone:
		if !isPhone(s) {
			return issue{key: "form.phone"}
		}
	case Postcode:
		if _, ok := digits(s); len(s) != 5 || !ok || s[0] == '-' {
			return issue{key: "form.postcode"}
		}
	}
	return issue{}
}

func head(s string, n int) string { return s[:min(n, len(s))] }

// clean trims s and puts it in normal form C, single-spaced within lines.
func clean(s string) string {
	s = strings.TrimSpace(s)
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(s, "\u00a0", " ")))
		}
	}
	return s
}

// textTrouble finds what no text may hold: control characters, and characters
// that change the writing direction or show nothing.
func textTrouble(s string, lines bool) string {
	i := 0
	for i < len(s) && s[i] >= 0x20 && s[i] < 0x7f {
		i++
	}
	for _, r := range s[i:] {
		switch {
		case r == '\n' && lines || r == '\t':
		case r < 0x20 || r >= 0x7f && r < 0xa0:
			return "control"
		case r < 0x200b:
		case r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return "direction"
		case r <= 0x200d || r == 0x2028 || r == 0x2029 || r >= 0x2060 && r <= 0x206f || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f:
			return "control"
		}
	}
	return ""
}

// foreign finds the first character outside of what DIN 91379 lets names and
// texts be made of (normative Latin letters with their marks, digits,
// punctuation and signs). The ranges are wider than the norm's table within
// Unicode's Latin blocks; they were not checked against the official list.
func foreign(s string) (rune, bool) {
	for _, r := range s {
		switch {
		case r < 0x7f, r >= 0xa0 && r <= 0x24f, r >= 0x1e00 && r <= 0x1eff:
		case r >= 0x250 && r <= 0x2af && unicode.Is(unicode.Latin, r):
		case r >= 0x2b0 && r <= 0x2ff, r >= 0x300 && r <= 0x36f:
		case r >= 0x2010 && r <= 0x2027, r >= 0x2030 && r <= 0x203a, r == 0x20ac, r == 0x2122, r == 0x2116:
		case r >= 0xa720 && r <= 0xa7ff && unicode.Is(unicode.Latin, r):
		default:
			return r, true
		}
	}
	return 0, false
}

func strip(s string) string {
	if !strings.ContainsAny(s, " -.\t") {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '.' {
			return -1
		}
		return r
	}, s)
}

// digits reads a whole number; one too large is math.MaxInt64.
func digits(s string) (int64, bool) {
	rest := strings.TrimPrefix(s, "-")
	if rest == "" || strings.Trim(rest, "0123456789") != "" {
		return 0, false
	}
	if len(rest) > 17 {
		return math.MaxInt64, true
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// thousands tells whether the dots of s, if any, group thousands.
func thousands(s string) bool {
	parts := strings.Split(strings.TrimPrefix(s, "-"), ".")
	for i, p := range parts {
		if len(parts) > 1 && (i > 0 && len(p) != 3 || i == 0 && (p == "" || len(p) > 3)) {
			return false
		}
	}
	return true
}

// decimalParts cuts a German number: dots group thousands, a comma (or, where
// it cannot group, a dot) begins the decimals.
func decimalParts(s string) (whole, frac string, ok bool) {
	whole, frac, comma := strings.Cut(s, ",")
	if !comma && !thousands(s) {
		if i := strings.LastIndexByte(s, '.'); i > 0 {
			whole, frac = s[:i], s[i+1:]
		}
	}
	if !thousands(whole) {
		return "", "", false
	}
	whole = strings.ReplaceAll(whole, ".", "")
	if whole == "" || whole == "-" || strings.Trim(strings.TrimPrefix(whole, "-"), "0123456789") != "" || strings.Trim(frac, "0123456789") != "" {
		return "", "", false
	}
	return whole, frac, true
}

func readMoney(s string) (Value, issue) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "€"), "EUR"))
	whole, frac, ok := decimalParts(s)
	if frac == "-" || frac == "--" {
		frac = ""
	}
	if !ok || len(frac) > 2 {
		return nil, issue{key: "form.money"}
	}
	n, ok := digits(whole + (frac + "00")[:2])
	switch {
	case !ok:
		return nil, issue{key: "form.money"}
	case n == math.MaxInt64:
		return nil, issue{key: "form.too_large"}
	}
	return n, issue{}
}

func (f *field) readDecimal(s string, lang i18n.Lang) (Value, issue) {
	whole, frac, ok := decimalParts(s)
	if !ok {
		return nil, issue{key: "form.decimal"}
	}
	frac = strings.TrimRight(frac, "0")
	if len(frac) > f.digits {
		return nil, issue{key: "form.digits", args: []any{"n", f.digits}}
	}
	neg := strings.HasPrefix(whole, "-")
	whole = strings.TrimLeft(strings.TrimPrefix(whole, "-"), "0")
	if len(whole) > 15 {
		return nil, issue{key: "form.too_large"}
	}
	if whole == "" {
		whole = "0"
	}
	if frac != "" {
		whole += "." + frac
	}
	if neg && whole != "0" {
		whole = "-" + whole
	}
	return whole, f.boundText(whole, lang)
}

// readDate makes a date of day, month and year as typed.
func readDate(parts [3]string, lang i18n.Lang) (Value, issue) {
	if parts == [3]string{} {
		return nil, issue{}
	}
	var n [3]int
	for i, s := range parts {
		part := dateParts[i]
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

// isEmail is a check for slips of the pen, not for deliverability.
func isEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || strings.ContainsAny(s, " \t,;:()<>[]\"\\") || strings.Contains(domain, "@") {
		return false
	}
	if strings.Contains(s, "..") || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") {
		return false
	}
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
	}
	return len(labels) >= 2 && len(labels[len(labels)-1]) >= 2
}

func isPhone(s string) bool {
	n := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n++
		case r == '+' && i == 0, r == ' ', r == '/', r == '-', r == '(', r == ')':
		default:
			return false
		}
	}
	return n >= 4 && n <= 15
}
