package submission

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"leitportal/internal/id"
	"leitportal/internal/seal"
)

// A draft has a random data key. It never lies on the disk as such: each way
// back into the draft is a slot, which holds the data key sealed by a key
// derived from a secret. The browser's cookie carries one secret, the resume
// code is another; the portal keeps neither.

// dataKey opens everything of one draft.
type dataKey [32]byte

// secret is what the applicant holds: 32 bytes in a cookie, or a code.
type secret string

// opener is what a secret gives: lookup names its slot without telling the
// secret, key opens it.
type opener struct {
	lookup string
	key    [32]byte
}

func (s secret) opener() opener {
	e := seal.Extract(s)
	name := e.Derive("leitportal submission slot name")
	return opener{hex.EncodeToString(name[:16]), e.Derive("leitportal submission slot key")}
}

// with is the opener of a code that has a passphrase: the same name, and a key
// that needs both. The passphrase is stretched under a salt that only the code
// gives: who has stolen the table cannot begin to try without it.
func (s secret) with(passphrase string, c seal.Cost) opener {
	e := seal.Extract(s)
	salt := e.Derive("leitportal submission passphrase salt")
	both := append([]byte(s), c.Stretch(salt[:16], passphrase, 32)...)
	return opener{s.opener().lookup, seal.Derive(both, "leitportal submission slot key with passphrase")}
}

// Bounds of a passphrase: what is not shorter cannot be tried out by who has
// the file or the code, what is longer is a slip.
const (
	minPassphrase = 12 // characters, as below
	maxPassphrase = 100
)

// passphraseProblem is the key of the text that says why a passphrase is not
// taken, or "". Length is what counts.
func passphraseProblem(chosen, again string) string {
	distinct := map[rune]bool{}
	for _, r := range chosen {
		distinct[r] = true
	}
	switch {
	case !utf8.ValidString(chosen) || utf8.RuneCountInString(chosen) > maxPassphrase:
		return "submission.passphrase.long"
	case utf8.RuneCountInString(chosen) < minPassphrase || len(distinct) < 5:
		return "submission.passphrase.short"
	case chosen != again:
		return "submission.passphrase.again.differs"
	}
	return ""
}

// close seals k into the slot.
func (o opener) close(rand io.Reader, draft string, k dataKey) ([]byte, error) {
	return seal.Seal(rand, o.key, []byte("slot "+draft), k[:])
}

// open takes the data key out of the slot.
func (o opener) open(draft string, sealed []byte) (k dataKey, err error) {
	b, err := seal.Open(o.key, []byte("slot "+draft), sealed)
	if err == nil && len(b) != len(k) {
		err = errors.New("submission: slot holds no key")
	}
	copy(k[:], b)
	return k, err
}

func newDataKey(rand io.Reader) (k dataKey, err error) {
	_, err = io.ReadFull(rand, k[:])
	return k, err
}

// row is the name under which the page of a path is stored: the table does
// not even tell which pages were reached.
func (k dataKey) row(path string) string {
	mac := hmac.New(sha256.New, k[:])
	io.WriteString(mac, "page "+path)
	var sum [32]byte
	return hex.EncodeToString(mac.Sum(sum[:0])[:16])
}

func (k dataKey) seal(rand io.Reader, aad string, plain []byte) ([]byte, error) {
	return seal.Seal(rand, k, []byte(aad), plain)
}

func (k dataKey) open(aad string, sealed []byte) ([]byte, error) {
	return seal.Open(k, []byte(aad), sealed)
}

// appendPageAAD appends what binds a sealed page to its draft, row and
// revision, so that the disk cannot give back an older page or another's.
func appendPageAAD(b []byte, draft, row string, rev int64) []byte {
	b = append(append(append(append(b, draft...), ' '), row...), ' ')
	return strconv.AppendInt(b, rev, 10)
}

// A ticket is the cookie's value: the draft's id and the cookie's secret.
type ticket struct {
	draft  string
	secret secret
}

func newTicket(rand io.Reader, draft string) (ticket, error) {
	var b [32]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return ticket{}, err
	}
	return ticket{draft, secret(b[:])}, nil
}

func (t ticket) String() string {
	return t.draft + "." + base64.RawURLEncoding.EncodeToString([]byte(t.secret))
}

// parseTicket reads a cookie; anything else than ours is no ticket.
func parseTicket(s string) (ticket, bool) {
	draft, rest, ok := strings.Cut(s, ".")
	if !ok || !id.Valid(draft) {
		return ticket{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil || len(b) != 32 {
		return ticket{}, false
	}
	return ticket{draft, secret(b)}, true
}

// Crockford's base 32 has no I, L, O, U: nothing to mistake on paper.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength is 20 signs of 5 bits: 100 bits, far more than anybody can
// guess.
const codeLength = 20

// newCode draws a resume code.
func newCode(rand io.Reader) (string, error) {
	var b [codeLength]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return "", err
	}
	for i := range b {
		b[i] = codeAlphabet[b[i]&31]
	}
	return string(b[:]), nil
}

// codeGroups splits a code as it is printed and spoken: K7QF 2MXP ….
func codeGroups(code string) []string {
	var out []string
	for len(code) > 4 {
		out = append(out, code[:4])
		code = code[4:]
	}
	return append(out, code)
}

// parseCode reads a code as people type it: any case, with spaces or hyphens,
// O for 0, I or L for 1.
func parseCode(s string) (string, bool) {
	if len(s) > 200 {
		return "", false
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '\u00a0' || r == '–' || r == '.':
			return -1
		case r == 'o' || r == 'O':
			return '0'
		case r == 'i' || r == 'I' || r == 'l' || r == 'L':
			return '1'
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
	if len(s) != codeLength || strings.Trim(s, codeAlphabet) != "" {
		return "", false
	}
	return s, true
}
