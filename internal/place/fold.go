package place

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold writes s as it is compared: lower case, ä ö ü ß as ae oe ue ss, other
// accents dropped, "St." written out, and nothing but letters and digits.
func Fold(s string) string { return strings.Join(words(s, "e", true), "") }

// folds is s folded in the two ways people write an umlaut without having
// one on the keyboard: "Koeln" and "Koln". The second is "" when equal.
// Whoever compares must look up both: folding "ue" to "u" instead would turn
// Neuenkirchen into Neunkirchen.
func folds(s string) (with, without string) {
	with, without = Fold(s), strings.Join(words(s, "", true), "")
	if with == without {
		without = ""
	}
	return with, without
}

// words splits s into its folded words, an umlaut written as its vowel and
// tail. "St" is written out as "sankt" when it stands alone; complete says
// whether the end of s ends its last word, too.
func words(s, tail string, complete bool) []string {
	var out []string
	var w strings.Builder
	end := func(done bool) {
		if w.Len() > 0 {
			word := w.String()
			if word == "st" && done {
				word = "sankt"
			}
			out = append(out, word)
			w.Reset()
		}
	}
	var last rune
	for _, r := range norm.NFD.String(s) {
		r = unicode.ToLower(r)
		switch {
		case r == 'ß':
			w.WriteString("ss")
		case r == '\u0308' && (last == 'a' || last == 'o' || last == 'u'):
			w.WriteString(tail)
		case unicode.Is(unicode.Mn, r): // another accent
		case unicode.IsLetter(r), unicode.IsDigit(r):
			w.WriteRune(r)
		default:
			end(true)
		}
		last = r
	}
	end(complete)
	return out
}

// distance is the number of letters to insert, remove, change or swap with
// their neighbour to make b of a (optimal string alignment), or limit+1 when
// it is more than limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	var rows [3][64]int
	if len(a) > 63 || len(b) > 63 {
		return limit + 1
	}
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			v := min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				v = min(v, before[j-2]+1)
			}
			row[j] = v
			least = min(least, v)
		}
		if least > limit {
			return limit + 1
		}
		before, above, row = above, row, before
	}
	return min(above[len(b)], limit+1)
}
