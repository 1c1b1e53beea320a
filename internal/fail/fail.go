// Package fail gives errors the kind by which the edge answers them. A room
// returns such an error; web turns it, in one place, into a page or a
// problem+json with the fitting status. What a person may read (Public) is
// kept apart from what the log gets (Err).
package fail

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an error is.
type Kind int

// The kinds. Internal is what every error without a kind is.
const (
	Internal    Kind = iota // 500: our fault
	NotFound                // 404: there is no such thing, or not for the caller
	Invalid                 // 422: what was sent cannot be used
	Conflict                // 409: it changed meanwhile, or exists already
	Forbidden               // 403: known, and not allowed
	SignIn                  // 401: sign in first
	Limited                 // 429: too many failed attempts
	TooLarge                // 413: more than is taken
	Gone                    // 410: was here, and has expired or was erased
	Unavailable             // 503: something we need does not answer; try again
)

// Error is an error with a kind.
type Error struct {
	Kind Kind
	// Public is the key of a text for the person (i18n, room.page.item), or
	// "" for the kind's own text.
	Public string
	// Err is the cause, for the log only. It must not hold personal data.
	Err error
}

// New returns an error of kind k whose public text has the given key ("" for
// the kind's own), caused by err.
func New(k Kind, public string, err error) error { return &Error{k, public, err} }

// Newf is New with the cause formatted as fmt.Errorf does, and the kind's own
// public text.
func Newf(k Kind, format string, args ...any) error {
	return &Error{Kind: k, Err: fmt.Errorf(format, args...)}
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Kind.String()
	}
	return e.Kind.String() + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first *Error in err's chain, or Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is tells whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

var names = [...]string{"internal", "not found", "invalid", "conflict", "forbidden", "sign in", "limited", "too large", "gone", "unavailable"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(names) {
		return "unknown kind"
	}
	return names[k]
}
