package login

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"leitportal/internal/fail"
)

// params are the costs of argon2id (RFC 9106).
type params struct {
	memory uint32 // KiB
	time   uint32
	lanes  uint8
}

// current is OWASP's recommendation for argon2id (Password Storage Cheat
// Sheet): 19 MiB, two passes, one lane; about 40 ms here.
func current() params { return params{19 << 10, 2, 1} }

// What a stored hash may ask for, so that a broken row cannot take the
// machine down.
const (
	mostMemory = 256 << 10
	mostTime   = 16
	saltSize   = 16
	keySize    = 32
)

// hasher makes and checks password hashes, a few at a time.
type hasher struct {
	rand   io.Reader
	params params
	slots  chan struct{}
	wait   time.Duration // longest wait for a slot
	hashed func()        // called for each hash; for tests
}

func newHasher(rand io.Reader, p params, slots int) *hasher {
	return &hasher{rand: rand, params: p, slots: make(chan struct{}, slots), wait: 5 * time.Second, hashed: func() {}}
}

// enter waits for a slot; leave gives it back. fail.Unavailable when none
// comes free in time.
func (h *hasher) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, h.wait)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fail.Newf(fail.Unavailable, "login: too many sign-ins at once")
	}
}

func (h *hasher) leave() { <-h.slots }

// hash is the PHC string of password. The caller holds a slot.
func (h *hasher) hash(password string) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(h.rand, salt); err != nil {
		return "", fmt.Errorf("login: salt: %w", err)
	}
	return phc(h.params, salt, h.key(h.params, salt, password, keySize)), nil
}

func (h *hasher) key(p params, salt []byte, password string, size uint32) []byte {
	h.hashed()
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, p.time, p.memory, p.lanes, size)
}

// check tells whether password is that of the PHC string, and whether the
// hash should be made anew because the costs have changed. An empty string,
// which nobody's password has, costs the same. The caller holds a slot.
func (h *hasher) check(stored, password string) (ok, stale bool, err error) {
	none := stored == ""
	if none {
		stored = phc(h.params, make([]byte, saltSize), make([]byte, keySize))
	}
	p, salt, want, err := parsePHC(stored)
	if err != nil {
		return false, false, err
	}
	got := h.key(p, salt, password, uint32(len(want)))
	ok = subtle.ConstantTimeCompare(got, want) == 1 && !none
	return ok, ok && p != h.params, nil
}

func phc(p params, salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.lanes, b64(salt), b64(key))
}

// parsePHC reads what phc writes (PHC string format).
func parsePHC(s string) (p params, salt, key []byte, err error) {
	bad := errors.New("login: stored password hash is broken; reset the member's access")
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, bad
	}
	if n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.lanes); n != 3 || err != nil {
		return p, nil, nil, bad
	}
	if part[3] != fmt.Sprintf("m=%d,t=%d,p=%d", p.memory, p.time, p.lanes) || p.memory > mostMemory || p.time < 1 || p.time > mostTime || p.lanes < 1 || p.memory < 8*uint32(p.lanes) {
		return p, nil, nil, bad
	}
	b64 := base64.RawStdEncoding.Strict()
	if salt, err = b64.DecodeString(part[4]); err != nil || len(salt) < 8 || len(salt) > 64 {
		return p, nil, nil, bad
	}
	if key, err = b64.DecodeString(part[5]); err != nil || len(key) < 16 || len(key) > 64 {
		return p, nil, nil, bad
	}
	return p, salt, key, nil
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
