package casework

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"leitportal/internal/clock"
)

// State is how far the office is with a case.
type State string

// The states. In New to Answered the case is open.
const (
	New       State = "new"      // received; nobody has begun
	InWork    State = "in-work"  // somebody has it
	Asked     State = "asked"    // we wait for the applicant's answer
	Answered  State = "answered" // the applicant has answered or corrected
	Withdrawn State = "withdrawn"
	Decided   State = "decided"
	Closed    State = "closed" // after a withdrawal
)

// States lists all states in the order of a case's life.
func States() []State { return []State{New, InWork, Asked, Answered, Withdrawn, Decided, Closed} }

// Open tells whether the office still has something to do.
func (s State) Open() bool { return s != Decided && s != Closed }

// Action is what a clerk does to a case.
type Action string

// The actions.
const (
	Take     Action = "take"     // work on it oneself
	Assign   Action = "assign"   // give it to a colleague
	Unassign Action = "unassign" // give it back
	Note     Action = "note"     // write something down for the office
	Ask      Action = "ask"      // ask the applicant back
	Decide   Action = "decide"   // send a notice
	Close    Action = "close"    // put a withdrawn case away
)

// Case is a case as the desk's tables know it: nothing of its answers.
type Case struct {
	Tenant, ID        string // ID is that of the submission
	Number            string // HS-2026-000123
	Solution, Version string
	Lang              string // the language the applicant used
	State             State
	Assignee          string // id of a member; "" for nobody
	Received, Changed time.Time
	Due               clock.Date // when somebody should look at it again
	Revision          int        // the newest revision of the answers we hold
	Rev               int64      // grows with every change; see Service.act
	Key               []byte     // the case's key, wrapped by the master key
	// CashReference is the reserved Kassenzeichen, "" for none yet.
	CashReference string
	// Destination is the office that the form's rules chose from the newest
	// answers, by its id in the form; "" for none.
	Destination string
	// Test says that it is a test case and no application: it is in no inbox
	// but that of ViewTests, and in no print run.
	Test bool
}

// destination is what Filter.Destination calls the office the case is for.
func (c Case) destination() string { return c.Solution + "/" + c.Destination }

// May tells whether the action fits the state of the case.
func (c Case) May(a Action) bool {
	switch a {
	case Note:
		return true
	case Take, Assign:
		return c.State.Open()
	case Unassign:
		return c.State.Open() && c.Assignee != ""
	case Ask, Decide:
		return c.State.Open() && c.State != Withdrawn
	case Close:
		return c.State == Withdrawn
	}
	return false
}

// After is the case after an action of actor. final tells of Decide whether
// it ends the case (an assessment does; relief may leave the tax to be
// assessed). It must be May.
func (c Case) After(a Action, actor string, final bool) Case {
	switch a {
	case Take:
		c.Assignee = actor
		if c.State == New {
			c.State = InWork
		}
	case Unassign:
		c.Assignee = ""
		if c.State == InWork {
			c.State = New
		}
	case Assign:
		if c.State == New {
			c.State = InWork
		}
	case Ask:
		c.State = Asked
	case Decide:
		if c.State = InWork; final {
			c.State = Decided
		}
	case Close:
		c.State = Closed
	}
	if c.Assignee == "" && (a == Ask || a == Decide) {
		c.Assignee = actor
	}
	return c
}

// received is the case after a newer revision of its answers has come in. A
// correction that crossed the decision on its way opens the case again: a
// clerk has to see it.
func (c Case) received(revision int) Case {
	c.Revision = revision
	if c.State != Withdrawn && c.State != Closed {
		c.State = Answered
	}
	return c
}

// LookAgainDays is after how many days a case that nobody has touched shows
// as overdue. It is a reminder of the desk, no term of law.
const LookAgainDays = 14

// Overdue tells whether the day of looking again is past.
func (c Case) Overdue(today clock.Date) bool {
	return c.State.Open() && !c.Due.IsZero() && c.Due.Before(today)
}

// EntryKind is what a line of a case's history tells.
type EntryKind string

// The kinds of entries. About holds the member an assignment is to, the kind
// of a decision, or the revision of a correction.
const (
	EntryReceived  EntryKind = "received"
	EntryCorrected EntryKind = "corrected"
	EntryWithdrawn EntryKind = "withdrawn"
	EntryTaken     EntryKind = "taken"
	EntryAssigned  EntryKind = "assigned"
	EntryReturned  EntryKind = "returned"
	EntryNote      EntryKind = "note"
	EntryQuestion  EntryKind = "question"
	EntryDecision  EntryKind = "decision"
	EntryPrinted   EntryKind = "printed"
	EntryClosed    EntryKind = "closed"
)

// Entry is one line of a case's history.
type Entry struct {
	ID     string
	Kind   EntryKind
	Author string // id of a member; "" for the applicant
	At     time.Time
	About  string
	Sealed []byte // JSON of entryText under the case's key, nil for none
}

// entryText is the readable part of an entry.
type entryText struct {
	Text   string   `json:"text"`
	Fields []string `json:"fields,omitempty"` // of a question: the answers asked about, in words
	By     string   `json:"by,omitempty"`     // of a question: the day of the answer, YYYY-MM-DD
	What   string   `json:"what,omitempty"`   // of a decision on relief: what it is about, in words
	// Of a decision on relief: the answer path of the plea, and what was granted.
	Relief  string `json:"relief,omitempty"`
	Percent int    `json:"percent,omitempty"`
	From    string `json:"from,omitempty"` // YYYY-MM-DD
	To      string `json:"to,omitempty"`   // YYYY-MM-DD, "" until further notice
}

// Letter is a notice that goes by post.
type Letter struct {
	Tenant, ID, Case string
	Number           string // of the case
	Kind             string // of the notice, as package solution has it
	At               time.Time
	Run              string // id of the print run; "" while it waits
	Sealed           []byte // the PDF under the case's key; only where asked for
}

// Run is one print run.
type Run struct {
	ID      string
	N       int64 // counts from 1 in each tenant
	Author  string
	At      time.Time
	Letters int
}

// Views of the inbox.
const (
	ViewOpen = "offen"
	ViewDone = "erledigt"
	ViewAll  = "alle"
	// ViewTests shows the test cases, done or not; the others show none.
	ViewTests = "testfaelle"
)

// Whose cases the inbox shows, beside a member's id.
const (
	WhoAll    = ""
	WhoNobody = "niemand"
	WhoMe     = "ich"
)

// Filter is what the inbox shows. Its zero value is all open cases, those
// that have waited longest first.
type Filter struct {
	View     string // one of the views; "" for ViewOpen
	State    State  // "" for all
	Solution string // "" for all
	// Destination is an office that a form's rules choose, "solution/id"; "" for
	// all.
	Destination string
	Who         string // "", WhoNobody, WhoMe or a member's id
	Older       int    // received at least so many days ago; 0 for all
	Number      string // a case number or a part of it, as typed; "" for all
	Sort        string // one of Sorts; "" for the first
	Page        int    // from 1
}

// Sorts are the orders of the inbox: by receipt (oldest first, newest first),
// by number, by last change, by the day to look again.
func Sorts() []string { return []string{"eingang", "neueste", "nummer", "geaendert", "faellig"} }

// Ages are the ages in days that the inbox offers as a filter.
func Ages() []int { return []int{3, 7, 14, 30} }

// PerPage is how many cases a page of the inbox shows; Most bounds what is
// counted, so that a full inbox stays quick. MostDestinations bounds the offices
// it offers to filter by.
const (
	PerPage          = 25
	Most             = 1000
	MostDestinations = 100
)

// clean brings a filter into its range; what is unknown is left out.
func (f Filter) clean() Filter {
	if f.View != ViewDone && f.View != ViewAll && f.View != ViewTests {
		f.View = ViewOpen
	}
	if !slices.Contains(States(), f.State) {
		f.State = ""
	}
	if !slices.Contains(Sorts(), f.Sort) {
		f.Sort = Sorts()[0]
	}
	if !slices.Contains(Ages(), f.Older) {
		f.Older = 0
	}
	if len(f.Destination) > 200 || !plain(f.Destination) {
		f.Destination = ""
	}
	if len(f.Who) > 40 || len(f.Solution) > 60 || !plain(f.Who+f.Solution) {
		f.Who, f.Solution = "", ""
	}
	if f.Number = strings.Join(numberParts(f.Number), " "); len(f.Number) > 40 {
		f.Number = strings.TrimSpace(f.Number[:40])
	}
	f.Page = min(max(f.Page, 1), Most/PerPage)
	return f
}

// numberParts are the runs of letters and of digits of a case number as people
// type or say it ("hs 2026/123", "HS2026-000123", "123"), in capitals. All else
// is left out, so that nothing is a wildcard.
func numberParts(s string) []string {
	var out []string
	last := 0 // 1 a letter, 2 a digit
	for _, r := range strings.ToUpper(s) {
		kind := 0
		switch {
		case r >= 'A' && r <= 'Z':
			kind = 1
		case r >= '0' && r <= '9':
			kind = 2
		}
		if kind != 0 && kind != last {
			out = append(out, "")
		}
		if last = kind; kind != 0 {
			out[len(out)-1] += string(r)
		}
	}
	return out
}

// Change is one answer that a correction changed, in words; "" is unanswered.
type Change struct{ Section, Label, Old, New string }

// cashReference is the n-th reference of a year: year, six digits and a check
// digit (Luhn, ISO/IEC 7812-1 annex B), in groups for people: 2026.000123-4.
func cashReference(year int, n int64) string {
	digits := fmt.Sprintf("%04d%06d", year, n)
	return fmt.Sprintf("%s.%s-%d", digits[:4], digits[4:], luhn(digits))
}

// luhn is the check digit for a run of decimal digits.
func luhn(digits string) int {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10 - sum%10) % 10
}
