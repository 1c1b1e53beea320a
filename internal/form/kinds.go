package form

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// readText makes a typed answer of what stood in a single control; empty is
// unanswered. Bounds are left to bound.
func (f *field) readText(s string, lang i18n.Lang) (Value, issue) {
	if f.d.lines {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	if key := textTrouble(s, f.d.lines); key != "" {
		return nil, issue{key: "form." + key}
	}
	if s = clean(s); s == "" {
		return nil, issue{}
	}
	return f.d.read(f, s, lang)
}

func readAny(_ *field, s string, _ i18n.Lang) (Value, issue) { return s, issue{} }

func readStripped(_ *field, s string, _ i18n.Lang) (Value, issue) { return strip(s), issue{} }

func readCapitals(_ *field, s string, _ i18n.Lang) (Value, issue) {
	return strings.ToUpper(strip(s)), issue{}
}

// readLatin takes the characters of DIN 91379.
func readLatin(_ *field, s string, _ i18n.Lang) (Value, issue) {
	if iss := latin(s); iss.key != "" {
		return nil, iss
	}
	return s, issue{}
}

func latin(s string) issue {
	if r, bad := foreign(s); bad {
		return issue{key: "form.chars", args: []any{"char", fmt.Sprintf("„%c“", r)}}
	}
	return issue{}
}

func readHouseNumber(f *field, s string, lang i18n.Lang) (Value, issue) {
	v, iss := readLatin(f, s, lang)
	if iss.key == "" && (s[0] < '0' || s[0] > '9') {
		return nil, issue{key: "form.housenumber"}
	}
	return v, iss
}

// boundText is what is wrong with a text by its length and pattern.
func boundText(f *field, v Value, _ clock.Date, _ i18n.Lang) issue {
	s := v.(string)
	switch n := int64(utf8.RuneCountInString(s)); {
	case n > f.maxN:
		return issue{key: "form.too_long", args: []any{"n", f.maxN}}
	case f.hasMin && n < f.minN:
		return issue{key: "form.too_short", args: []any{"n", f.minN}}
	case f.pattern != nil && !f.pattern.MatchString(s):
		return issue{key: patternKey}
	}
	return issue{}
}

// checked bounds a text by its length and by trouble, which gives the key of a
// text or "".
func checked(trouble func(string) string) func(*field, Value, clock.Date, i18n.Lang) issue {
	return func(f *field, v Value, today clock.Date, lang i18n.Lang) issue {
		iss := boundText(f, v, today, lang)
		if key := trouble(v.(string)); key != "" && (iss.key == "" || f.kind == Postcode) {
			return issue{key: key}
		}
		return iss
	}
}

// numbered bounds a text that stands for a number of some register by trouble,
// which gives a key without its prefix or "".
func numbered(trouble func(string) string) func(*field, Value, clock.Date, i18n.Lang) issue {
	return func(_ *field, v Value, _ clock.Date, _ i18n.Lang) issue {
		s := v.(string)
		if key := trouble(s); key != "" {
			return issue{key: "form." + key, args: []any{"prefix", head(s, 3), "n", utf8.RuneCountInString(s)}}
		}
		return issue{}
	}
}

func boundIBAN(_ *field, v Value, _ clock.Date, _ i18n.Lang) issue {
	s := v.(string)
	if key := ibanTrouble(s); key != "" {
		return issue{key: "form." + key, args: []any{"prefix", head(s, 2), "n", utf8.RuneCountInString(s), "want", ibanLength(head(s, 2))}}
	}
	return issue{}
}

func showIBAN(_ *field, v Value, _ i18n.Lang) string { return groups(v.(string), 4) }

// storedPlain reads any text, storedText one that is fit.
func storedPlain(f *field, raw string) (Value, bool) {
	s, ok := unquote(raw)
	if !ok || s == "" || textTrouble(s, f.d.lines) == "control" {
		return nil, false
	}
	return s, true
}

func storedText(fit func(string) bool) func(*field, string) (Value, bool) {
	return func(f *field, raw string) (Value, bool) {
		v, ok := storedPlain(f, raw)
		return v, ok && fit(v.(string))
	}
}

func unquote(raw string) (s string, ok bool) {
	if n := len(raw); n >= 2 && raw[0] == '"' && raw[n-1] == '"' && plain(raw[1:n-1]) {
		return raw[1 : n-1], true
	}
	return s, json.Unmarshal([]byte(raw), &s) == nil
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

// foreign finds the first character outside of what names and texts may be
// made of: the Latin letters with their marks and the signs of DIN 91379:2022-08
// (groups bll, bnlreq, bnl, bnlopt, dc and enl; not its Greek and Cyrillic
// ones). The ranges are wider than the norm within Unicode's Latin blocks and
// punctuation; TestDIN91379 holds them against its list.
func foreign(s string) (rune, bool) {
	for _, r := range s {
		switch {
		case r < 0x7f, r >= 0xa0 && r <= 0x24f, r >= 0x1e00 && r <= 0x1eff:
		case r >= 0x250 && r <= 0x2af && unicode.Is(unicode.Latin, r):
		case r >= 0x2b0 && r <= 0x2ff, r >= 0x300 && r <= 0x36f, r == 0x1d48, r == 0x1d57:
		case r >= 0x2010 && r <= 0x2027, r >= 0x2030 && r <= 0x203a, r == 0x20ac, r == 0x2122, r == 0x2116:
		case r == 0x2070, r >= 0x2074 && r <= 0x2079, r >= 0x207f && r <= 0x2089, r == 0x221e, r == 0x2264, r == 0x2265:
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
	b := make([]byte, 0, 64) // nearly all are shorter: no allocation
	for _, r := range s {
		if !unicode.IsSpace(r) && r != '-' && r != '.' {
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
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
	last := ""
	for l := range strings.SplitSeq(domain, ".") {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		last = l
	}
	return len(last) < len(domain) && len(last) >= 2
}
