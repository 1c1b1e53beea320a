package login

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/seal"
)

func TestSafeReturn(t *testing.T) {
	for _, ok := range []string{"/", "/vorgaenge", "/vorgaenge/?zustand=offen&seite=2", "/vorgaenge/HS-2026-000123", "/eing%C3%A4nge"} {
		if got := safeReturn(ok); got != ok {
			t.Errorf("%q became %q", ok, got)
		}
	}
	for _, bad := range []string{
		"", "x", "//evil.example", "///evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/../../aachen/amt/", "/a/../b",
		"/%2e%2e/%2e%2e/x", "/%2E%2E/x", "/.", "/%5cevil", "/a//b", "/a\r\nSet-Cookie: x", "/%0d%0a", "/%252e%252e/x", "/%ff", "/\xff", "/x#y", "/anmelden", "/anmelden/code", "/abmelden", "/" + strings.Repeat("x", 600),
	} {
		if got := safeReturn(bad); got != "/" {
			t.Errorf("%q was let through as %q", bad, got)
		}
	}
}

func TestCodes(t *testing.T) {
	// RFC 6238, appendix B, SHA-1, the last six digits.
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		for _, off := range []time.Duration{-30, 0, 30} {
			if step, ok, err := matchCode(secret, want, time.Unix(at, 0).Add(off*time.Second)); err != nil || !ok || step != at/30 {
				t.Errorf("at %d%+d: %d %v %v", at, off, step, ok, err)
			}
		}
		if _, ok, _ := matchCode(secret, want, time.Unix(at+60, 0)); ok {
			t.Errorf("at %d: accepted two steps late", at)
		}
	}
}

func TestGiven(t *testing.T) {
	for typed, want := range map[string][2]string{
		"123456": {"123456", ""}, " 123 456 ": {"123456", ""}, "123-456": {"123456", ""}, "12345": {"", ""}, "1234567": {"", ""}, "12345x": {"", ""},
		"abcd-efgh-ijkl-mnop": {"", "abcdefghijklmnop"}, "ABCD EFGH IJKL MNOP": {"", "abcdefghijklmnop"}, "abcd-efgh-0jk1-mnop": {"", "abcdefghojklmnop"},
		"abcd-efgh-ijkl-mno9": {"", ""}, "": {"", ""}, "１２３４５６": {"", ""}, strings.Repeat(" ", 100) + "123456": {"", ""},
	} {
		if code, recovery := given(typed); code != want[0] || recovery != want[1] {
			t.Errorf("%q: %q %q", typed, code, recovery)
		}
	}
}

func TestPasswordRules(t *testing.T) {
	for password, want := range map[string]string{
		"vier ruhige Wege": "", "Schlüsselblüm": "", "kurzkurz": "login.problem.short", "äöüäöüäöüäö": "login.problem.short",
		"aaaaaaaaaaaaaaaa": "login.problem.simple", "Mein Passwort 1!": "login.problem.simple", "m.muster-2026-xyz": "login.problem.simple",
		strings.Repeat("abcdefgh", 100): "login.problem.long", "\xff\xfeabcdefghijklmn": "login.problem.long",
	} {
		if got := passwordProblem(password, "m.muster@stadt.example"); got != want {
			t.Errorf("%.20q: %q, want %q", password, got, want)
		}
	}
}

func TestHash(t *testing.T) {
	h := newHasher(rand.Reader, seal.UsualCost(), 1)
	s, err := h.hash("Schlüssel am Brett")
	if err != nil || !strings.HasPrefix(s, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(s, err)
	}
	for password, want := range map[string]bool{"Schlüssel am Brett": true, "Schlu\u0308ssel am Brett": true, "schlüssel am Brett": false, "": false} {
		if ok, stale, err := h.check(s, password); ok != want || stale || err != nil {
			t.Errorf("%q: %v %v %v", password, ok, stale, err)
		}
	}
	if ok, _, err := h.check("", ""); ok || err != nil {
		t.Error("no password is a password")
	}
}

func TestHashesQueue(t *testing.T) {
	h := newHasher(rand.Reader, seal.Cost{Memory: 64, Time: 1, Lanes: 1}, 1)
	h.Wait = 10 * time.Millisecond
	if err := h.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Enter(t.Context()); !fail.Is(err, fail.Unavailable) {
		t.Errorf("a second hash at once: %v", err)
	}
	h.Leave()
	if err := h.Enter(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestDeviceName(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                               "Firefox, Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0":            "Edge, Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E Safari/604.1": "Safari, iPhone",
		"curl/8": "", "": "",
	} {
		if got := deviceName(agent); got != want {
			t.Errorf("%s: %q", agent, got)
		}
	}
}

func FuzzTokenHash(f *testing.F) {
	good, err := newToken(bytes.NewReader(make([]byte, 32)))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{good, "", good[:42] + "B", good + "=", good[:20] + "\r\n" + good[22:], strings.Repeat("ä", 21) + "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		hash, ok := tokenHash(s)
		if !ok {
			return
		}
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil || len(b) != 32 || base64.RawURLEncoding.EncodeToString(b) != s || len(hash) != 64 {
			t.Errorf("%q has another spelling or a wrong hash %q", s, hash)
		}
	})
}

func FuzzParsePHC(f *testing.F) {
	f.Add(phc(seal.UsualCost(), make([]byte, 16), make([]byte, 32)))
	f.Add("$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=64,t=1,p=1,x=$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, salt, key, err := parsePHC(s)
		if err == nil && (phc(p, salt, key) != s || p.Memory > seal.MostMemory || p.Time > seal.MostTime) {
			t.Errorf("%q was read as %+v", s, p)
		}
	})
}

func FuzzSafeReturn(f *testing.F) {
	for _, s := range []string{"/a?b=c", "//x", "/%2e%2e", "/a/./b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := safeReturn(s)
		if !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n") || strings.Contains(strings.SplitN(got, "?", 2)[0], "/../") {
			t.Errorf("%q became %q", s, got)
		}
	})
}
