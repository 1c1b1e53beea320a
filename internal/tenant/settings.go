package tenant

import (
	"errors"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
)

// Settings is what an authority has entered about itself; what is empty is
// derived from its place or left out. It is stored as JSON.
type Settings struct {
	// Name as the authority calls itself ("Hansestadt Herford"); "" for "Stadt
	// Herford".
	Name string `json:"name,omitempty"`
	// Hosts are its own host names ("service.paderborn.example"), lower case,
	// without port.
	Hosts []string `json:"hosts,omitempty"`
	// Accent and AccentDark are colours #rrggbb; see NewTheme.
	Accent     string `json:"accent,omitempty"`
	AccentDark string `json:"accent_dark,omitempty"`
	// Monogram is one or two letters.
	Monogram string `json:"monogram,omitempty"`
	// Contact is the authority's own; offices of a service have theirs.
	Contact Contact `json:"contact,omitzero"`
	// Hours are the opening hours of a usual week.
	Hours []Hours `json:"hours,omitempty"`
	// Representative is who may act for the authority (imprint), Supervisor
	// the supervisory authority, VAT its VAT identification number.
	Representative string `json:"representative,omitempty"`
	Supervisor     string `json:"supervisor,omitempty"`
	VAT            string `json:"vat,omitempty"`
	// Officer is how to reach the data protection officer, PrivacyText what
	// the authority adds to the privacy text. Paragraphs are parted by an
	// empty line.
	Officer     string `json:"officer,omitempty"`
	PrivacyText string `json:"privacy_text,omitempty"`
	// Barriers describes known barriers, AccessReviewed the day the statement
	// was last checked.
	Barriers       string     `json:"barriers,omitempty"`
	AccessReviewed clock.Date `json:"access_reviewed,omitzero"`
	// Demo marks the values as invented for a demonstration.
	Demo bool `json:"demo,omitempty"`
}

// Contact is how to reach an authority.
type Contact struct {
	Office     string `json:"office,omitempty"`
	Street     string `json:"street,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Town       string `json:"town,omitempty"`
	Phone      string `json:"phone,omitempty"`
	Mail       string `json:"mail,omitempty"`
	Web        string `json:"web,omitempty"` // https://…
	// Access tells about the accessibility of the building.
	Access string `json:"access,omitempty"`
}

// Lines is the postal address, "" lines left out.
func (c Contact) Lines() []string {
	lines := []string{c.Street, strings.TrimSpace(c.PostalCode + " " + c.Town)}
	return slices.DeleteFunc(lines, func(s string) bool { return s == "" })
}

// Hours is one span in which an office is open on a weekday.
type Hours struct {
	Day  time.Weekday `json:"day"`
	From string       `json:"from"` // "08:00", Europe/Berlin
	To   string       `json:"to"`   // "12:30", later than From
}

// Problem is one thing that is wrong with Settings: the JSON name of the
// field, and the key of a text of this room with its arguments.
type Problem struct {
	Field, Key string
	Args       []any
}

// In is the problem in words.
func (p Problem) In(tx i18n.Texts) string {
	args := slices.Clone(p.Args)
	for i, a := range args {
		if ratio, ok := a.(float64); ok { // a contrast; rounded up it might look enough
			s := strconv.FormatFloat(math.Floor(ratio*10)/10, 'f', 1, 64)
			if tx.Lang() == i18n.DE {
				s = strings.Replace(s, ".", ",", 1)
			}
			args[i] = s
		}
	}
	return tx.T(p.Key, args...)
}

// InvalidError lists all problems of refused Settings; it is wrapped in an
// error of kind fail.Invalid.
type InvalidError struct{ Problems []Problem }

func (e *InvalidError) Error() string {
	fields := make([]string, 0, len(e.Problems))
	for _, p := range e.Problems {
		fields = append(fields, p.Field+" ("+p.Key+")")
	}
	return "tenant: settings refused: " + strings.Join(fields, ", ")
}

const (
	maxLine  = 200
	maxText  = 20_000
	maxHosts = 10
	maxHours = 21
)

var (
	hostPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
	timePattern = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
)

// Check returns nil for settings that can be used, else an error of kind
// fail.Invalid around an *InvalidError. Whether a host name is another
// tenant's is for the Directory to say.
func (s Settings) Check() error {
	var ps []Problem
	bad := func(field, key string, args ...any) {
		ps = append(ps, Problem{field, "tenant.settings." + key, args})
	}
	for _, l := range []struct{ field, value string }{
		{"name", s.Name},
		{"representative", s.Representative},
		{"supervisor", s.Supervisor},
		{"vat", s.VAT},
		{"contact.office", s.Contact.Office},
		{"contact.street", s.Contact.Street},
		{"contact.town", s.Contact.Town},
		{"contact.phone", s.Contact.Phone},
	} {
		if !printable(l.value, false) || utf8.RuneCountInString(l.value) > maxLine {
			bad(l.field, "line", "max", maxLine)
		}
	}
	for _, l := range []struct{ field, value string }{
		{"officer", s.Officer},
		{"privacy_text", s.PrivacyText},
		{"barriers", s.Barriers},
		{"contact.access", s.Contact.Access},
	} {
		if !printable(l.value, true) || utf8.RuneCountInString(l.value) > maxText {
			bad(l.field, "text", "max", maxText)
		}
	}
	if c := s.Contact.PostalCode; c != "" && (len(c) != 5 || strings.Trim(c, "0123456789") != "") {
		bad("contact.postal_code", "postalcode")
	}
	if m := s.Contact.Mail; m != "" && !validMail(m) {
		bad("contact.mail", "mail")
	}
	if w := s.Contact.Web; w != "" {
		if u, err := url.Parse(w); err != nil || u.Scheme != "https" || u.Host == "" || len(w) > maxLine {
			bad("contact.web", "web")
		}
	}
	if n := utf8.RuneCountInString(s.Monogram); n > 2 || strings.ContainsFunc(s.Monogram, func(r rune) bool { return !unicode.IsLetter(r) }) {
		bad("monogram", "monogram")
	}
	if len(s.Hosts) > maxHosts || slices.ContainsFunc(s.Hosts, func(h string) bool { return len(h) > 253 || !hostPattern.MatchString(h) }) {
		bad("hosts", "hosts", "max", maxHosts)
	}
	if len(s.Hours) > maxHours || slices.ContainsFunc(s.Hours, func(h Hours) bool {
		return h.Day < time.Sunday || h.Day > time.Saturday || !timePattern.MatchString(h.From) || !timePattern.MatchString(h.To) || h.To <= h.From
	}) {
		bad("hours", "hours")
	}
	if _, err := s.theme(); err != nil {
		var low *ContrastError
		switch {
		case errors.As(err, &low) && low.Dark:
			bad("accent_dark", "contrast.dark", "color", low.Color, "ratio", low.Ratio)
		case errors.As(err, &low):
			bad("accent", "contrast.light", "color", low.Color, "ratio", low.Ratio)
		default:
			field := "accent"
			if _, err := ParseColor(s.Accent); err == nil {
				field = "accent_dark"
			}
			bad(field, "color")
		}
	}
	if len(ps) > 0 {
		return fail.New(fail.Invalid, "tenant.settings.invalid", &InvalidError{ps})
	}
	return nil
}

// theme is the theme of the entered colours, or the zero Theme when none is.
func (s Settings) theme() (Theme, error) {
	if s.Accent == "" && s.AccentDark == "" {
		return Theme{}, nil
	}
	light, err := ParseColor(s.Accent)
	if err != nil {
		return Theme{}, err
	}
	var dark *Color
	if s.AccentDark != "" {
		d, err := ParseColor(s.AccentDark)
		if err != nil {
			return Theme{}, err
		}
		dark = &d
	}
	return NewTheme(light, dark)
}

// printable tells whether s is valid UTF-8 without control characters and
// without characters that turn the direction of writing; lines may be
// allowed.
func printable(s string, lines bool) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		if lines && (r == '\n' || r == '\r' || r == '\t') {
			return false
		}
		return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
	})
}

func validMail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && printable(s, false)
}
