package audit

import (
	"embed"
	"strings"
	"time"
	"unicode/utf8"

	"leitportal/internal/db"
	"leitportal/internal/fail"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "audit", FS: migrations} }

// Entry is one act. Texts have at most 200 bytes.
type Entry struct {
	Tenant  string    // whose office it was; "" for the state's site
	Subject string    // what was read or changed, such as a case's id
	Unit    string    // the unit the actor works in; "" for the applicant
	Purpose string    // why, in words a person understands or a text's key
	Actor   string    // the actor's id; shown to auditors only
	Action  string    // what was done, such as "case.read"
	At      time.Time // when, UTC with microseconds
}

// Cursor is a place in the list of a tenant's entries: the zero Cursor is
// before the newest.
type Cursor struct {
	At int64  // microseconds
	ID string // of the last entry seen
}

// Page is a part of a tenant's entries, newest first.
type Page struct {
	Entries []Entry
	Next    Cursor // where the next page begins
	More    bool   // whether there is one
}

const maxText = 200

// check refuses an entry that would not help anybody.
func check(e Entry) error {
	if e.Subject == "" || e.Action == "" || e.At.IsZero() {
		return fail.Newf(fail.Invalid, "audit: an entry needs subject, action and time")
	}
	for _, s := range []string{e.Tenant, e.Subject, e.Unit, e.Purpose, e.Actor, e.Action} {
		if len(s) > maxText || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return fail.Newf(fail.Invalid, "audit: a text of %s is longer than %d bytes or not UTF-8", e.Action, maxText)
		}
	}
	return nil
}
