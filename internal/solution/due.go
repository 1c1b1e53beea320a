package solution

import (
	"time"

	"leitportal/internal/clock"
)

// Instalment is an amount and the day it has to be paid.
type Instalment struct {
	Due   clock.Date
	Cents int64
}

// Instalments divides the amount of one calendar year over the days on which
// the by-law makes it due (MM-DD, in order). from is the first day the amount
// is for, in that year; notified is the day of the notice. Each due day
// carries an equal share of the year; what would have been due by notified or
// before from is due one month after notified, in one sum, as the by-laws have
// it for the past. The shares add up to cents exactly; odd cents go to the
// last one. A year without due days is due one month after the notice.
func Instalments(cents int64, dueDays []string, from, notified clock.Date) []Instalment {
	firstDue := notified.AddMonths(1)
	if cents <= 0 {
		return nil
	}
	start := int(from.Month) - 1
	months := int64(12 - start)
	span := 0
	if len(dueDays) > 0 {
		span = 12 / len(dueDays)
	}
	var out []Instalment
	var given, past int64
	for i, day := range dueDays {
		due, err := clock.ParseDate(from.Time(time.UTC).Format("2006-") + day)
		if err != nil {
			continue // Load has refused days that do not exist
		}
		first, last := max(i*span, start), (i+1)*span
		if i == len(dueDays)-1 {
			last = 12
		}
		if last <= first {
			continue
		}
		share := cents * int64(last-first) / months
		if i == len(dueDays)-1 {
			share = cents - given
		}
		given += share
		if due.Before(firstDue) {
			past += share
			continue
		}
		out = append(out, Instalment{due, share})
	}
	past += cents - given
	if past > 0 {
		out = append([]Instalment{{firstDue, past}}, out...)
	}
	return out
}
