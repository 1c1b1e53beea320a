package staff

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Role is what a member may do at the desk, in the form that web.Signed takes.
type Role = string

// The roles. A member has one or more.
const (
	Clerk   Role = "clerk"   // works on cases
	Lead    Role = "lead"    // hands cases out, sees those of the whole unit
	Admin   Role = "admin"   // keeps the list of members
	Auditor Role = "auditor" // reads who saw and changed what
	Editor  Role = "editor"  // writes the tenant's texts
)

// Roles lists all roles in the order in which they are shown.
func Roles() []Role { return []Role{Clerk, Lead, Admin, Auditor, Editor} }

// Member is an employee of a tenant.
type Member struct {
	Tenant string // ARS of the tenant
	ID     string // UUIDv7
	Login  string // login name in the form of an e-mail address, lower case
	Name   string // as shown to colleagues
	Unit   string // organisational unit, "Steueramt"; may be ""
	Roles  []Role // in the order of Roles
	Active bool   // may sign in
	// Demo marks a login of the demo world, whose second factor a command
	// gives away.
	Demo bool
	// Stamp grows with each change of Roles or Active.
	Stamp   int64
	Created time.Time
}

// Has tells whether the member has one of the roles.
func (m Member) Has(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(m.Roles, r) })
}

// Details is what an admin enters about a member.
type Details struct {
	Login, Name, Unit string
	Roles             []Role
	Demo              bool
}

// Problem is a mistake in Details: the field's name (login, name, unit,
// roles) and the key of the text that says how to mend it.
type Problem struct{ Field, Key string }

// Longest entries, in characters; a login as RFC 5321 bounds a mail address.
const (
	maxLogin = 254
	maxText  = 100
)

var loginForm = regexp.MustCompile(`^[a-z0-9.!#$%&'*+/=?^_{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$`)

// NormalLogin is the form in which a login name is kept: trimmed, NFC, lower
// case.
func NormalLogin(s string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(s))) }

// Check brings d into the form in which it is kept and says what is wrong
// with it.
func Check(d Details) (Details, []Problem) {
	d.Login, d.Name, d.Unit = NormalLogin(d.Login), tidy(d.Name), tidy(d.Unit)
	var problems []Problem
	if len(d.Login) > maxLogin || !loginForm.MatchString(d.Login) {
		problems = append(problems, Problem{"login", "staff.problem.login"})
	}
	if d.Name == "" || !plain(d.Name) {
		problems = append(problems, Problem{"name", "staff.problem.name"})
	}
	if !plain(d.Unit) {
		problems = append(problems, Problem{"unit", "staff.problem.unit"})
	}
	var roles []Role
	for _, r := range Roles() { // each once, in order
		if slices.Contains(d.Roles, r) {
			roles = append(roles, r)
		}
	}
	unknown := slices.ContainsFunc(d.Roles, func(r Role) bool { return !slices.Contains(roles, r) })
	if len(roles) == 0 || unknown {
		problems = append(problems, Problem{"roles", "staff.problem.roles"})
	}
	d.Roles = roles
	return d, problems
}

func tidy(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }

// plain refuses what could disguise a name in a list: control and format
// characters (right-to-left marks), broken UTF-8, endless text.
func plain(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxText && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
	})
}

// apply is m changed to d and active, with a new stamp where a session must
// not outlive the change.
func (m Member) apply(d Details, active bool) Member {
	if active != m.Active || !slices.Equal(d.Roles, m.Roles) {
		m.Stamp++
	}
	m.Name, m.Unit, m.Roles, m.Active = d.Name, d.Unit, d.Roles, active
	return m
}

// lastAdmin tells whether members would have no active admin left once one of
// them has become changed.
func lastAdmin(members []Member, changed Member) bool {
	was, is := false, false
	for _, m := range members {
		was = was || m.Active && m.Has(Admin)
		if m.ID == changed.ID {
			m = changed
		}
		is = is || m.Active && m.Has(Admin)
	}
	return was && !is
}
