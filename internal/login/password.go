package login

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"leitportal/internal/seal"
)

const (
	saltSize = 16
	keySize  = 32
)

// hasher makes and checks password hashes, a few at a time.
type hasher struct {
	*seal.Queue
	rand   io.Reader
	cost   seal.Cost
	hashed func() // called for each hash; for tests
}

func newHasher(rand io.Reader, c seal.Cost, slots int) *hasher {
	return &hasher{Queue: seal.NewQueue(slots), rand: rand, cost: c, hashed: func() {}}
}

// hash is the PHC string of password. The caller holds a slot.
func (h *hasher) hash(password string) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(h.rand, salt); err != nil {
		return "", fmt.Errorf("login: salt: %w", err)
	}
	return phc(h.cost, salt, h.key(h.cost, salt, password, keySize)), nil
}

func (h *hasher) key(c seal.Cost, salt []byte, password string, size uint32) []byte {
	h.hashed()
	return c.Stretch(salt, password, size)
}

// check tells whether password is that of the PHC string, and whether the
// hash should be made anew because the costs have changed. An empty string,
// which nobody's password has, costs the same. The caller holds a slot.
func (h *hasher) check(stored, password string) (ok, stale bool, err error) {
	none := stored == ""
	if none {
		stored = phc(h.cost, make([]byte, saltSize), make([]byte, keySize))
	}
	p, salt, want, err := parsePHC(stored)
	if err != nil {
		return false, false, err
	}
	got := h.key(p, salt, password, uint32(len(want)))
	ok = subtle.ConstantTimeCompare(got, want) == 1 && !none
	return ok, ok && p != h.cost, nil
}

func phc(c seal.Cost, salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$%s$%s$%s", argon2.Version, c, b64(salt), b64(key))
}

// parsePHC reads what phc writes (PHC string format).
func parsePHC(s string) (c seal.Cost, salt, key []byte, err error) {
	bad := errors.New("login: stored password hash is broken; reset the member's access")
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, bad
	}
	c, ok := seal.ParseCost(part[3])
	if !ok {
		return c, nil, nil, bad
	}
	b64 := base64.RawStdEncoding.Strict()
	if salt, err = b64.DecodeString(part[4]); err != nil || len(salt) < 8 || len(salt) > 64 {
		return c, nil, nil, bad
	}
	if key, err = b64.DecodeString(part[5]); err != nil || len(key) < 16 || len(key) > 64 {
		return c, nil, nil, bad
	}
	return c, salt, key, nil
}

// Bounds of a password, in characters and bytes.
const (
	minPassword = 12
	maxPassword = 512
)

// passwordProblem is the key of the text that says why password cannot be
// login's password, or "". Length is what counts; nothing is asked for that
// makes people write passwords down.
func passwordProblem(password, login string) string {
	name, _, _ := strings.Cut(login, "@")
	distinct := map[rune]bool{}
	for _, r := range password {
		distinct[r] = true
	}
	lower := strings.ToLower(password)
	switch {
	case !utf8.ValidString(password) || len(password) > maxPassword:
		return "login.problem.long"
	case utf8.RuneCountInString(password) < minPassword:
		return "login.problem.short"
	case len(distinct) < 5 || len(name) >= 4 && strings.Contains(lower, name) || strings.Contains(lower, "passwort") || strings.Contains(lower, "password"):
		return "login.problem.simple"
	}
	return ""
}
