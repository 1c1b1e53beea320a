package i18n

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"leitportal/internal/clock"
)

// FormatDate writes d in full: "22. November 2026", "22 November 2026"; in a
// further language in figures, as German papers have it. The zero date is "".
func FormatDate(lang Lang, d clock.Date) string {
	if d.IsZero() {
		return ""
	}
	if lang == EN {
		return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year)
	}
	if !lang.German() {
		return ShortDate(lang, d)
	}
	return fmt.Sprintf("%d. %s %d", d.Day, monthsDE(d.Month), d.Year)
}

// ShortDate writes d in figures: "22.11.2026", "22/11/2026".
func ShortDate(lang Lang, d clock.Date) string {
	if d.IsZero() {
		return ""
	}
	if lang == EN {
		return fmt.Sprintf("%02d/%02d/%04d", d.Day, d.Month, d.Year)
	}
	return fmt.Sprintf("%02d.%02d.%04d", d.Day, d.Month, d.Year)
}

// FormatTime writes the time of day of t in Germany: "14:03".
func FormatTime(t time.Time) string { return t.In(clock.Berlin()).Format("15:04") }

// FormatInstant writes t as date and time of day in Germany: "22. November
// 2026, 14:03 Uhr" (no line breaks before "Uhr"), "22 November 2026, 14:03". In the hour that comes twice
// when summer time ends it says which of the two is meant: "02:30 Uhr (MESZ)".
func FormatInstant(lang Lang, t time.Time) string {
	local := t.In(clock.Berlin())
	s := FormatDate(lang, clock.DateOf(local)) + ", " + FormatTime(t)
	if lang.German() {
		s += "\u00a0Uhr"
	}
	twice := false
	for _, d := range []time.Duration{-time.Hour, time.Hour} {
		other := t.Add(d).In(clock.Berlin())
		twice = twice || other.Hour() == local.Hour() && other.Day() == local.Day()
	}
	if twice {
		zone, _ := local.Zone()
		if lang.German() {
			zone = map[string]string{"CET": "MEZ", "CEST": "MESZ"}[zone]
		}
		s += " (" + zone + ")"
	}
	return s
}

// Number writes n with its thousands grouped: "12.345", "12,345".
func Number(lang Lang, n int64) string {
	sep := "."
	if lang == EN {
		sep = ","
	}
	return group(n, sep)
}

// Money writes an amount of euro cents: "1.234,56 €", "€1,234.56". The space
// is one that no line breaks at, as everywhere between a figure and its unit.
func Money(lang Lang, cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "−", -cents
	}
	if lang == EN {
		return fmt.Sprintf("%s€%s.%02d", sign, group(cents/100, ","), cents%100)
	}
	return fmt.Sprintf("%s%s,%02d\u00a0€", sign, group(cents/100, "."), cents%100)
}

// unitAhead are what a line must not break before where a figure, or a word to
// be filled in, stands there; signAhead what it must not break after.
var (
	unitAhead = regexp.MustCompile(`([0-9}]) (€|%|(?:EUR|kB|MB|GB|Uhr)\b)`)
	signAhead = regexp.MustCompile(`(§|Art\.) ([0-9{])`)
)

// Bind puts a space that no line breaks at (U+00A0) between a figure and its
// unit, and between a sign of law and its number: "10 MB", "§ 11".
func Bind(s string) string {
	may := false // nearly no text has one of them
	for _, sign := range [...]string{"€", "EUR", "%", "kB", "MB", "GB", "Uhr", "§", "Art."} {
		may = may || strings.Contains(s, " "+sign) || strings.Contains(s, sign+" ")
	}
	if !may {
		return s
	}
	return signAhead.ReplaceAllString(unitAhead.ReplaceAllString(s, "$1\u00a0$2"), "$1\u00a0$2")
}

func group(n int64, sep string) string {
	s := strconv.FormatInt(n, 10)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	if neg {
		return "-" + s
	}
	return s
}

func monthsDE(m time.Month) string {
	return [...]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}[m-1]
}
