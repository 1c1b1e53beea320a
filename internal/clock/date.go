package clock

import (
	"fmt"
	"time"
)

// Date is a civil day, without time or zone: a birthday, the day a by-law
// comes into force. The zero Date means "no date".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Today is the civil date in Germany at the clock's present instant.
func Today(c Clock) Date { return DateOf(c.Now().In(Berlin())) }

// DateOf is the civil date of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads an ISO 8601 date, YYYY-MM-DD, and refuses days that do not
// exist.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("clock: %q is not a date YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

// String is the date as YYYY-MM-DD, or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	if d.Year < 1000 || d.Year > 9999 || d.Month > 12 || d.Day > 31 || d.Month < 1 || d.Day < 1 {
		return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
	}
	two := func(n int) (byte, byte) { return byte('0' + n/10), byte('0' + n%10) }
	b := [...]byte{0, 0, 0, 0, '-', 0, 0, '-', 0, 0}
	b[0], b[1] = two(d.Year / 100)
	b[2], b[3] = two(d.Year % 100)
	b[5], b[6] = two(int(d.Month))
	b[8], b[9] = two(d.Day)
	return string(b[:])
}

// MarshalText writes the date as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads; empty text is the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err == nil {
		*d = v
	}
	return err
}

// IsZero tells whether d is no date at all.
func (d Date) IsZero() bool { return d == Date{} }

// Compare is negative when d is before o, 0 when equal, positive after.
func (d Date) Compare(o Date) int {
	if d.Year != o.Year {
		return d.Year - o.Year
	}
	if d.Month != o.Month {
		return int(d.Month - o.Month)
	}
	return d.Day - o.Day
}

// Before tells whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After tells whether d is a later day than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// Time is the start of the day in zone loc.
func (d Date) Time(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// AddDays is the date n days later.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC))
}

// AddMonths is the same day n months later, or the last day of that month
// where it is shorter (31 January + 1 month = 28 or 29 February), as § 188
// (3) BGB counts.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), first.Month(), min(d.Day, last)}
}

// FirstOfMonth is the first day of d's month.
func (d Date) FirstOfMonth() Date { return Date{d.Year, d.Month, 1} }
