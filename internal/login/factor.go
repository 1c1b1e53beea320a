package login

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"rsc.io/qr"
)

// TOTP as every authenticator app knows it (RFC 6238: SHA-1, 30 s, 6 digits),
// with a secret of 160 bits (RFC 4226, section 4, R6).
const (
	stepSeconds = 30
	secretSize  = 20
	codeDigits  = 6
	recoveries  = 10
)

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

func stepAt(t time.Time) int64 { return t.Unix() / stepSeconds }

// codeAt is the code of secret (raw bytes) in a time step.
func codeAt(secret []byte, step int64) (string, error) {
	return hotp.GenerateCodeCustom(base32Plain.EncodeToString(secret), uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
}

// matchCode is the time step, now or one beside it, whose code this is. All
// three are compared whatever matches.
func matchCode(secret []byte, code string, now time.Time) (step int64, ok bool, err error) {
	for s := stepAt(now) - 1; s <= stepAt(now)+1; s++ {
		want, err := codeAt(secret, s)
		if err != nil {
			return 0, false, fmt.Errorf("login: code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = s, true // the newest of equal codes
		}
	}
	return step, ok, nil
}

// given is what was typed as second factor: a code of the app, or a recovery
// code in its normal form; both are "" when it is neither.
func given(typed string) (code, recovery string) {
	if len(typed) > 64 {
		return "", ""
	}
	s := strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' || r == '\t' {
			return -1
		}
		return r
	}, typed))
	// Digits that look like letters are not in the alphabet: take them as those.
	r := strings.NewReplacer("0", "o", "1", "l").Replace(s)
	switch {
	case len(s) == codeDigits && strings.Trim(s, "0123456789") == "":
		return s, ""
	case len(r) == 16 && strings.Trim(r, "abcdefghijklmnopqrstuvwxyz234567") == "":
		return "", r
	}
	return "", ""
}

// newCode is a random code of 80 bits, "abcd-efgh-ijkl-mnop".
func newCode(rand io.Reader) (string, error) {
	b := make([]byte, 10)
	if _, err := io.ReadFull(rand, b); err != nil {
		return "", fmt.Errorf("login: code: %w", err)
	}
	return strings.Join(groups(strings.ToLower(base32Plain.EncodeToString(b))), "-"), nil
}

// newRecovery makes a set of recovery codes and their hashes. 80 random bits
// need no slow hash.
func newRecovery(rand io.Reader, member string) (codes, hashes []string, err error) {
	for range recoveries {
		code, err := newCode(rand)
		if err != nil {
			return nil, nil, err
		}
		_, normal := given(code)
		codes, hashes = append(codes, code), append(hashes, recoveryHash(member, normal))
	}
	return codes, hashes, nil
}

func recoveryHash(member, code string) string {
	sum := sha256.Sum256([]byte(member + "\n" + code))
	return hex.EncodeToString(sum[:])
}

// groups cuts s into fours, as it is read out.
func groups(s string) []string {
	var out []string
	for len(s) > 4 {
		out, s = append(out, s[:4]), s[4:]
	}
	return append(out, s)
}

// setupURL is the otpauth address that a QR code hands to the app.
func setupURL(secret []byte, issuer, login string) string {
	q := url.Values{"secret": {base32Plain.EncodeToString(secret)}, "issuer": {issuer}}
	// Apps read "+" as a plus, not as a space.
	return "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// qrPNG is a QR code as PNG.
func qrPNG(text string) ([]byte, error) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("login: QR code: %w", err)
	}
	c.Scale = 5
	return c.PNG(), nil
}
