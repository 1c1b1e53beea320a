package rule

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of one rule text; what is longer stays open.
const (
	maxText   = 64 << 10 // bytes
	maxTokens = 20_000
	maxNested = 40 // brackets
	// maxElements bounds a list of fields; of each two of them is said that not
	// both are filled.
	maxElements = 60
)

type tokenKind int8

const (
	tEnd    tokenKind = iota
	tWord             // letters and digits, lower-cased in norm
	tNumber           // digits, with points, commas and dashes between digits
	tRef              // ids joined by points
	tOp               // one of == != < <= > >=, as such in norm
	tQuote            // any quotation mark
	tPunct            // any other character
)

// token is a piece of a text: text[from:to].
type token struct {
	kind     tokenKind
	norm     string
	from, to int
}

// lex cuts a text into tokens.
func lex(s string) []token {
	var out []token
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		from := i
		kind, norm := tPunct, ""
		switch {
		case unicode.IsSpace(r) || r == '\u00ad' || r == '\u200b' || r == '\ufeff':
			i += size
			continue
		case refLen(s[i:]) > 0:
			i += refLen(s[i:])
			kind, norm = tRef, s[from:i]
			i += versionLen(s[i:])
		case isDigit(s[i]):
			i, kind = number(s, i)
			norm = strings.ToLower(s[from:i])
		case unicode.IsLetter(r):
			i = word(s, i)
			kind, norm = tWord, strings.ToLower(s[from:i])
		case strings.ContainsRune("=<>!≠≤≥", r):
			if norm, size = operator(s[i:]); norm != "" {
				kind = tOp
			}
			i += size
		case strings.ContainsRune("\"'„“”‚‘’»«`´", r):
			i += size
			kind = tQuote
		default:
			i += size
			norm = s[from:i]
			if r == '–' || r == '—' {
				norm = "-"
			}
		}
		out = append(out, token{kind, norm, from, i})
	}
	return out
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// idLen is the length of one id of a field or group: a letter and eleven
// digits, eight in XDatenfelder 2.0.
func idLen(s string) int {
	if s == "" || s[0] != 'F' && s[0] != 'G' {
		return 0
	}
	n := 1
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n != 9 && n != 12 {
		return 0
	}
	if n < len(s) {
		if r, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsLetter(r) && r != 'V' {
			return 0
		}
	}
	return n
}

// refLen is the length of ids joined by points or slashes.
func refLen(s string) int {
	n := idLen(s)
	for n > 0 && n < len(s) && (s[n] == '.' || s[n] == '/') {
		next := idLen(s[n+1:])
		if next == 0 {
			break
		}
		n += 1 + next
	}
	return n
}

// versionLen is the length of a version behind an id: V1.2.
func versionLen(s string) int {
	if len(s) < 2 || s[0] != 'V' || !isDigit(s[1]) {
		return 0
	}
	n := 1
	for n < len(s) && (isDigit(s[n]) || s[n] == '.' && n+1 < len(s) && isDigit(s[n+1])) {
		n++
	}
	return n
}

// number reads digits with points, commas and dashes between them (a date, a
// decimal), or a code that begins with digits.
func number(s string, i int) (int, tokenKind) {
	for i < len(s) && (isDigit(s[i]) || (s[i] == '.' || s[i] == ',' || s[i] == '-') && i+1 < len(s) && isDigit(s[i+1])) {
		i++
	}
	if r, _ := utf8.DecodeRuneInString(s[i:]); unicode.IsLetter(r) {
		return word(s, i), tWord
	}
	return i, tNumber
}

// word reads letters and digits, with dashes between them, and abbreviations
// of single letters: d.h., z.B.
func word(s string, i int) int {
	from := i
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_':
		case r == '-' && i > from && letterAt(s, i+1):
		case r == '.' && i > from && abbreviation(s[from:i]) && (letterAt(s, i+1) || strings.Contains(s[from:i], ".")):
		default:
			return i
		}
		i += size
	}
	return i
}

func letterAt(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsLetter(r)
}

// abbreviation tells whether s is single letters with points between.
func abbreviation(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if utf8.RuneCountInString(part) != 1 {
			return false
		}
	}
	return true
}

// operator reads a comparison.
func operator(s string) (norm string, size int) {
	for _, o := range []struct{ text, norm string }{
		{"===", "=="},
		{"!==", "!="},
		{"==", "=="},
		{"=>", ">="},
		{"<=", "<="},
		{"=<", "<="},
		{">=", ">="},
		{"<>", "!="},
		{"!=", "!="},
		{"≠", "!="},
		{"≤", "<="},
		{"≥", ">="},
		{"=", "=="},
		{"<", "<"},
		{">", ">"},
	} {
		if strings.HasPrefix(s, o.text) {
			return o.norm, len(o.text)
		}
	}
	_, size = utf8.DecodeRuneInString(s)
	return "", size
}
