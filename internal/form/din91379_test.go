package form

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"leitportal/internal/i18n"
)

// din91379 are the code points of DIN 91379:2022-08, groups bll, bnlreq, bnl,
// bnlopt, dc and enl, in ranges (hexadecimal), without the tab and the
// no-break space, which clean makes blanks of or refuses. Source: the list of
// letters and sequences 1.3 published by String-Latin (github.com/String-Latin,
// CC BY 4.0); the norm itself was not at hand.
const din91379 = `
20-7e a1-ac ae-17e 187-188 18f 192 197 1a0-1a1 1af-1b0 1b7 1cd-1dc 1de-1df 1e2-1f0 1f4-1f5 1f8-1ff 212-213
218-21b 21e-21f 227-233 259 268 292 2b0 2b3 2b9-2ba 2be-2bf 2c6 2c8 2cc 2dc 2e2 300-302 304 306-308 30b-30d
310 315 31b 323 325-328 331 35f 1d48 1d57 1e02-1e03 1e06-1e07 1e0a-1e11 1e17 1e1c-1e2b 1e2f-1e37 1e3a-1e3b
1e40-1e49 1e52-1e5b 1e5e-1e63 1e6a-1e6f 1e80-1e87 1e8c-1e97 1e9e 1ea0-1ef9 2018-201a 201c-201e 2020-2021 2026
2030 2032-2033 2039-203a 2070 2074-2079 207f-2089 20ac 2122 221e 2264-2265`

func TestDIN91379(t *testing.T) {
	n := 0
	for _, word := range strings.Fields(din91379) {
		var from, to rune
		if _, err := fmt.Sscanf(word, "%x-%x", &from, &to); err != nil {
			if _, err := fmt.Sscanf(word, "%x", &from); err != nil {
				t.Fatal(word)
			}
			to = from
		}
		for r := from; r <= to; r++ {
			n++
			if _, bad := foreign(string(r)); bad {
				t.Errorf("%U %c is refused", r, r)
			}
		}
	}
	if n != 646 {
		t.Errorf("%d code points, want 646", n)
	}
	// Sequences of a letter and marks stay as they are, in normal form C.
	f := &field{kind: Text, d: describe(Text), maxN: 10}
	for _, s := range []string{"A\u030b", "C\u0328\u0306", "K\u035fH", "L\u0325\u0304", "S\u031b\u0304", "z\u0327", "\u1e62\u0304", "\u017d\u0327"} {
		if got, iss := f.readText(s, i18n.DE); iss.key != "" || got != norm.NFC.String(s) {
			t.Errorf("%q: %q %s", s, got, iss.key)
		}
	}
	for _, s := range []string{"Ω", "я", "中", "ا", "😀", "ﬁ"} { // Greek, Cyrillic and ligatures are not of these groups
		if _, bad := foreign(s); !bad {
			t.Errorf("%q is taken", s)
		}
	}
}
