package login

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// How long sessions last.
const (
	idle    = 30 * time.Minute // since the last request
	longest = 10 * time.Hour   // since signing in
	pending = 15 * time.Minute // between password and second factor
	// touchAfter spares a write per request: what is noted as the last
	// request may be this much older than it.
	touchAfter = time.Minute
)

// stage is how far a session has come.
type stage string

const (
	stagePassword stage = "password" // an own password has to be chosen
	stageEnrol    stage = "enrol"    // the second factor has to be set up
	stageCode     stage = "code"     // the second factor has to be given
	stageFull     stage = "full"     // signed in
)

// session is a row of login_sessions.
type session struct {
	Tenant, TokenHash string
	ID                string // names the session in the member's list
	Member            string
	Stage             stage
	Stamp             int64 // staff.Member.Stamp when it began
	ReturnTo          string
	Device            string // coarse, "Firefox, Linux"
	Created, Seen     time.Time
}

// alive tells whether the session counts at the instant now. A clock that was
// set back makes nothing last longer than it would have.
func (s session) alive(now time.Time) bool {
	if s.Stage != stageFull {
		return now.Sub(s.Created) < pending
	}
	return now.Sub(s.Seen) < idle && now.Sub(s.Created) < longest
}

// next is the stage after the password was right.
func next(c credential) stage {
	switch {
	case c.Initial:
		return stagePassword
	case !c.Enrolled:
		return stageEnrol
	}
	return stageCode
}

// page is the path of the page on which a stage is left.
func (s stage) page() string {
	switch s {
	case stagePassword:
		return "/anmelden/passwort"
	case stageEnrol:
		return "/anmelden/einrichten"
	case stageCode:
		return "/anmelden/code"
	}
	return "/konto"
}

const tokenSize = 32

// newToken is a fresh token, as it stands in the cookie.
func newToken(rand io.Reader) (string, error) {
	b := make([]byte, tokenSize)
	if _, err := io.ReadFull(rand, b); err != nil {
		return "", fmt.Errorf("login: token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// tokenHash is under what the token in a cookie is stored; false when it has
// not the form of one.
func tokenHash(cookie string) (string, bool) {
	if len(cookie) != base64.RawURLEncoding.EncodedLen(tokenSize) {
		return "", false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	if err != nil || len(b) != tokenSize {
		return "", false // strict: one token has one spelling; it skips line breaks
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), true
}

// safeReturn is to where it is a path of the desk to come back to, else "/".
// It is appended to the desk's own address, so that no other host is reached;
// what is left to refuse are ways up and out of the desk.
func safeReturn(to string) string {
	u, err := url.Parse(to)
	if err != nil || len(to) > 500 || !utf8.ValidString(to+u.Path) || !strings.HasPrefix(to, "/") || u.IsAbs() || u.Host != "" || u.User != nil || u.Fragment != "" ||
		strings.ContainsAny(u.Path, "\\%") || strings.ContainsFunc(to+u.Path, unicode.IsControl) {
		return "/"
	}
	if clean := path.Clean(u.Path); clean != u.Path && clean+"/" != u.Path {
		return "/"
	}
	for _, own := range []string{"/anmelden", "/abmelden"} {
		if u.Path == own || strings.HasPrefix(u.Path, own+"/") {
			return "/"
		}
	}
	return to
}

// deviceName says in two words what a session runs on, for the member's own
// list; no more of the header is kept.
func deviceName(agent string) string {
	pick := func(names ...string) string { // pairs of what is sought and what is said
		for i := 0; i < len(names); i += 2 {
			if strings.Contains(agent, names[i]) {
				return names[i+1]
			}
		}
		return ""
	}
	browser := pick("Firefox", "Firefox", "Edg", "Edge", "OPR", "Opera", "Chrom", "Chrome", "Safari", "Safari")
	system := pick("Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS", "macOS", "Linux", "Linux")
	return strings.Trim(browser+", "+system, ", ")
}
