package form

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

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
	first, rest, more := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if more && (first == "" || len(first) > 3) {
		return false
	}
	for more {
		var three string
		three, rest, more = strings.Cut(rest, ".")
		if len(three) != 3 {
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

func readInt(_ *field, s string, _ i18n.Lang) (Value, issue) {
	n, ok := digits(strings.ReplaceAll(s, ".", ""))
	switch {
	case !ok || !thousands(s):
		return nil, issue{key: "form.int"}
	case n == math.MaxInt64:
		return nil, issue{key: "form.too_large"}
	}
	return n, issue{}
}

func storedInt(_ *field, raw string) (Value, bool) {
	n, err := strconv.ParseInt(raw, 10, 64)
	return n, err == nil
}

// boundInt and showInt are for what words puts into words.
func boundInt(words func(i18n.Lang, int64) string) func(*field, Value, clock.Date, i18n.Lang) issue {
	return func(f *field, v Value, _ clock.Date, lang i18n.Lang) issue {
		n := v.(int64)
		switch {
		case f.hasMin && n < f.minN:
			return issue{key: "form.min", args: []any{"n", words(lang, f.minN)}}
		case f.hasMax && n > f.maxN:
			return issue{key: "form.max", args: []any{"n", words(lang, f.maxN)}}
		}
		return issue{}
	}
}

func showInt(words func(i18n.Lang, int64) string) func(*field, Value, i18n.Lang) string {
	return func(_ *field, v Value, lang i18n.Lang) string { return words(lang, v.(int64)) }
}

func editInt(v Value) string { return strconv.FormatInt(v.(int64), 10) }

func editMoney(v Value) string {
	n := v.(int64)
	s := strconv.FormatInt(n/100, 10)
	if n < 0 && n > -100 {
		s = "-0"
	}
	return s + "," + fmt.Sprintf("%02d", max(n, -n)%100)
}

func readMoney(_ *field, s string, _ i18n.Lang) (Value, issue) {
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

func readDecimal(f *field, s string, _ i18n.Lang) (Value, issue) {
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
	return whole, issue{}
}

func storedDecimal(_ *field, raw string) (Value, bool) {
	s, ok := unquote(raw)
	_, err := strconv.ParseFloat(s, 64)
	return s, ok && err == nil && strings.Trim(s, "-0123456789.") == ""
}

func floatBounds(f *field) error {
	for _, b := range []struct {
		s   Bound
		has *bool
		v   *float64
	}{{f.node.Min, &f.hasMin, &f.minF}, {f.node.Max, &f.hasMax, &f.maxF}} {
		if b.s == "" {
			continue
		}
		v, err := strconv.ParseFloat(string(b.s), 64)
		if err != nil {
			return err
		}
		*b.has, *b.v = true, v
	}
	return nil
}

func boundDecimal(f *field, v Value, _ clock.Date, lang i18n.Lang) issue {
	n, _ := strconv.ParseFloat(v.(string), 64)
	switch {
	case f.hasMin && n < f.minF:
		return issue{key: "form.min", args: []any{"n", showDecimal(string(f.node.Min), lang)}}
	case f.hasMax && n > f.maxF:
		return issue{key: "form.max", args: []any{"n", showDecimal(string(f.node.Max), lang)}}
	}
	return issue{}
}

func showDecimal(s string, lang i18n.Lang) string {
	if lang != i18n.EN {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}
