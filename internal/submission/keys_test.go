package submission

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"leitportal/internal/id"
)

func TestTicket(t *testing.T) {
	const draft = "01900000-0000-7000-8000-000000000001"
	tk, err := newTicket(rand.Reader, draft)
	if err != nil {
		t.Fatal(err)
	}
	if back, ok := parseTicket(tk.String()); !ok || back != tk {
		t.Fatalf("%v comes back as %v", tk, back)
	}
	for _, s := range []string{
		"", ".", draft, draft + ".", "." + strings.Repeat("A", 43), draft + "." + strings.Repeat("A", 42), draft + "." + strings.Repeat("A", 44),
		draft + "." + strings.Repeat("A", 42) + "B", // bits beyond the 32 bytes
		draft + "." + strings.Repeat("A", 43) + "=", draft + "." + strings.Repeat("+", 43), draft + ". " + strings.Repeat("A", 42),
		strings.ToUpper(draft) + "x." + strings.Repeat("A", 43), draft + "." + strings.Repeat("A", 43) + ".x",
	} {
		if _, ok := parseTicket(s); ok {
			t.Errorf("%q is taken for a ticket", s)
		}
	}
}

func FuzzTicket(f *testing.F) {
	f.Add("01900000-0000-7000-8000-000000000001." + strings.Repeat("A", 43))
	f.Add("x.y")
	f.Fuzz(func(t *testing.T, s string) {
		tk, ok := parseTicket(s)
		if ok && (tk.String() != s || !id.Valid(tk.draft) || len(tk.secret) != 32) {
			t.Errorf("%q becomes %q", s, tk)
		}
	})
}

// A code has 100 bits: 20 signs of 32 kinds, each from its own random byte.
func TestCode(t *testing.T) {
	if len(codeAlphabet) != 32 || codeLength*5 < 80 {
		t.Fatalf("a code has %d signs of %d kinds", codeLength, len(codeAlphabet))
	}
	seen, signs := map[string]bool{}, map[rune]int{}
	for range 2000 {
		c, err := newCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if seen[c] {
			t.Fatalf("%s came twice", c)
		}
		seen[c] = true
		for _, r := range c {
			signs[r]++
		}
		for _, typed := range []string{c, strings.ToLower(c), strings.Join(codeGroups(c), " "), strings.Join(codeGroups(c), "-"), " " + c + " ", strings.NewReplacer("0", "O", "1", "l").Replace(c), strings.NewReplacer("0", "o", "1", "I").Replace(c)} {
			if got, ok := parseCode(typed); !ok || got != c {
				t.Fatalf("%q is read as %q, %v", typed, got, ok)
			}
		}
	}
	for _, r := range codeAlphabet {
		if n := signs[r]; n < 900 || n > 1600 { // 1250 expected, sigma 35
			t.Errorf("%c came %d times in 40,000", r, n)
		}
	}
	if _, err := newCode(bytes.NewReader(make([]byte, 19))); err == nil {
		t.Error("a code without enough randomness")
	}
	for _, s := range []string{"", "K7QF", strings.Repeat("U", 20), strings.Repeat("0", 19), strings.Repeat("0", 21), strings.Repeat("0", 19) + "ö", strings.Repeat("0", 19) + "\u202e0", strings.Repeat(" ", 300)} {
		if got, ok := parseCode(s); ok {
			t.Errorf("%q is read as the code %q", s, got)
		}
	}
}

func FuzzCode(f *testing.F) {
	f.Add("K7QF 2MXP 0000 oil1 ZZZZ")
	f.Add("–.\u00a0")
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := parseCode(s)
		if !ok {
			return
		}
		if again, ok := parseCode(strings.Join(codeGroups(c), " ")); !ok || again != c || len(c) != codeLength {
			t.Errorf("%q becomes %q, then %q", s, c, again)
		}
	})
}

// A slot opens only with its own secret, in its own draft.
func TestSlot(t *testing.T) {
	k, err := newDataKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := secret("the secret")
	sealed, err := s.opener().close(rand.Reader, "draft", k)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.opener().open("draft", sealed); err != nil || got != k {
		t.Fatal("the slot does not open", err)
	}
	if _, err := secret("another").opener().open("draft", sealed); err == nil {
		t.Error("another secret opens the slot")
	}
	if _, err := s.opener().open("other draft", sealed); err == nil {
		t.Error("the slot opens in another draft")
	}
	for i := range sealed {
		broken := slices.Clone(sealed)
		broken[i] ^= 1
		if _, err := s.opener().open("draft", broken); err == nil {
			t.Fatalf("the slot opens with byte %d changed", i)
		}
	}
	if strings.Contains(s.opener().lookup, "secret") || s.opener().lookup == secret("another").opener().lookup {
		t.Error("the slot's name tells or confuses secrets")
	}
}
