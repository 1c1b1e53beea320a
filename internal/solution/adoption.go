package solution

import (
	"slices"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
)

// State is how far an authority is with a solution.
type State string

// The states.
const (
	Preparing State = "preparing" // values and tasks are being settled; nobody sees it
	Live      State = "live"      // people apply from the day of its first edition on
	Retired   State = "retired"   // nothing new is taken; what was begun goes on
)

// Adoption is what an authority has made of a solution.
type Adoption struct {
	Tenant, Solution string
	State            State
	// Version and Parameters are what is being prepared: what the next edition
	// will hold. Parameters is nil while nothing was entered.
	Version    string
	Parameters *Parameters
	Begun      time.Time
	// Live is when it was first released, zero while it was not.
	Live time.Time
	// Retired is the day from which nothing new is taken, zero for none.
	Retired clock.Date
	// Rev grows with every change; a change names the one it was made from.
	Rev      int64
	Editions []Edition // in the order in which they were made
}

// States of editions.
const (
	Proposed = "proposed" // waits for a second person
	Approved = "approved" // applies from its day on
	Revoked  = "revoked"  // taken back before it applied
)

// Edition is a version with parameters that an authority has set to apply from
// a day on. Of those of one day the later one counts.
type Edition struct {
	N          int64 // 1 for the first of an adoption
	Version    string
	Parameters *Parameters
	From       clock.Date
	// Restores is the edition to which a roll-back went back, 0 for none.
	Restores int64
	State    string
	Author   string // member, or command-line
	At       time.Time
	Approver string
	Approved time.Time
}

// InForce is the edition that applies on day, whether or not the solution was
// retired since.
func (a Adoption) InForce(day clock.Date) (Edition, bool) {
	best := -1
	for i, r := range a.Editions {
		if r.State == Approved && !day.Before(r.From) && (best < 0 || !r.From.Before(a.Editions[best].From)) {
			best = i
		}
	}
	if best < 0 {
		return Edition{}, false
	}
	return a.Editions[best], true
}

// Before is the edition to which a roll-back on day goes: the one that applied
// before that in force, or before the one that a roll-back has brought back.
func (a Adoption) Before(day clock.Date) (Edition, bool) {
	now, ok := a.InForce(day)
	if !ok {
		return Edition{}, false
	}
	first := now.N
	if now.Restores > 0 {
		first = now.Restores
	}
	for _, r := range slices.Backward(a.Editions) {
		if r.N < first && r.State == Approved && r.Restores == 0 && !day.Before(r.From) {
			return r, true
		}
	}
	return Edition{}, false
}

// Coming are the editions that do not apply on day yet: proposed ones, and
// those whose day is still to come.
func (a Adoption) Coming(day clock.Date) []Edition {
	var out []Edition
	for _, r := range a.Editions {
		if r.State == Proposed || r.State == Approved && day.Before(r.From) {
			out = append(out, r)
		}
	}
	return out
}

// Since is the first day of the first edition, zero for none.
func (a Adoption) Since() clock.Date {
	var since clock.Date
	for _, r := range a.Editions {
		if r.State == Approved && (since.IsZero() || r.From.Before(since)) {
			since = r.From
		}
	}
	return since
}

// edition finds an edition by its number.
func (a Adoption) edition(n int64) (Edition, error) {
	if n < 1 || n > int64(len(a.Editions)) {
		return Edition{}, fail.Newf(fail.NotFound, "solution: there is no edition %d", n)
	}
	return a.Editions[n-1], nil
}

// next is the edition that a holds ready, to apply from a day on. Errors:
// Invalid for a day that is over, Conflict where nothing was entered.
func (a Adoption) next(from, today clock.Date, author string, at time.Time) (Edition, error) {
	if a.Parameters == nil {
		return Edition{}, fail.New(fail.Conflict, "solution.release.empty", errNothingEntered)
	}
	if from.Before(today) {
		return Edition{}, fail.New(fail.Invalid, "solution.release.past", errPast)
	}
	return Edition{
		N: int64(len(a.Editions)) + 1, Version: a.Version, Parameters: a.Parameters, From: from,
		State: Proposed, Author: author, At: at,
	}, nil
}

// approve is r approved by somebody.
func (r Edition) approve(by string, at time.Time) Edition {
	r.State, r.Approver, r.Approved = Approved, by, at
	return r
}
