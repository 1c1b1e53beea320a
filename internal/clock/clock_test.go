package clock

import (
	"testing"
	"time"
)

func TestAddMonthsKeepsWithinTheMonth(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"},
		{"2028-01-31", 1, "2028-02-29"},
		{"2026-11-15", 3, "2027-02-15"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-12-31", 12, "2027-12-31"},
	} {
		d, err := ParseDate(c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestParseDateRefusesDaysThatDoNotExist(t *testing.T) {
	for _, s := range []string{"", "2026-02-29", "2026-13-01", "01.02.2026", "2026-1-1", "20260101"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", s, d)
		}
	}
}

// The German day begins at midnight in Berlin, not in Greenwich.
func TestTodayIsTheDayInGermany(t *testing.T) {
	c := NewManual(time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC))
	if got := Today(c).String(); got != "2027-01-01" {
		t.Errorf("winter: got %s", got)
	}
	c.Set(time.Date(2026, 6, 30, 22, 30, 0, 0, time.UTC))
	if got := Today(c).String(); got != "2026-07-01" {
		t.Errorf("summer: got %s", got)
	}
}
