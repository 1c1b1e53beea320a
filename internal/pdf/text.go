package pdf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean is s as it can be set: valid UTF-8, tabs as spaces, line ends as \n,
// without control and direction characters (which could make a reader see
// another order than the bytes have). Soft hyphens stay, as places to break.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == softHyphen:
			return r
		case r == '\t':
			return ' '
		case r == '\r':
			return '\n'
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

const softHyphen = '\u00ad'

// wrap breaks s into lines no wider than width points. It breaks at spaces,
// after hyphens and slashes, at soft hyphens, and anywhere where a single word
// is wider than the line. A line broken at a space keeps the space at its end,
// so that the words stay apart for a screen reader.
func wrap(f *face, size, width float64, s string) []string {
	var lines []string
	for para := range strings.SplitSeq(clean(s), "\n") {
		lines = append(lines, wrapOne(f, size, width, para)...)
	}
	return lines
}

func wrapOne(f *face, size, width float64, s string) []string {
	var lines []string
	limit := width * 1000 / size
	for {
		var used float64   // width of the line so far
		brk, next := -1, 0 // best break: end of the line, start of the next
		hyphen := false    // the best break is a soft hyphen
		cut := -1          // where the line is full
		for i, r := range s {
			if r == softHyphen {
				if i > 0 && used+f.width('-') <= limit {
					brk, next, hyphen = i, i+utf8.RuneLen(r), true
				}
				continue
			}
			if r == ' ' { // may hang over the edge
				brk, next, hyphen = i+1, i+1, false
				used += f.width(r)
				continue
			}
			if used += f.width(r); used > limit+0.5 && i > 0 {
				cut = i
				break
			}
			if (r == '-' || r == '/' || r == '–') && i > 0 {
				brk, next, hyphen = i+utf8.RuneLen(r), i+utf8.RuneLen(r), false
			}
		}
		if cut < 0 {
			return append(lines, strings.ReplaceAll(s, "\u00ad", ""))
		}
		if brk <= 0 { // one long word: break it where the line is full
			for brk = cut; unicode.Is(unicode.Mn, firstRune(s[brk:])); { // a mark stays with its letter
				_, n := utf8.DecodeLastRuneInString(s[:brk])
				if brk == n {
					break
				}
				brk -= n
			}
			next = brk
		}
		line := strings.ReplaceAll(s[:brk], "\u00ad", "")
		if hyphen {
			line += "-"
		}
		lines = append(lines, line)
		s = s[next:]
	}
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
