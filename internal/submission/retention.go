package submission

import (
	"time"

	"leitportal/internal/clock"
)

// retainedUntil is the end of the term for which a case is kept that was
// closed then: so many full years after that year, in Germany.
func retainedUntil(closed time.Time, years int) time.Time {
	return time.Date(closed.In(clock.Berlin()).Year()+years+1, 1, 1, 0, 0, 0, 0, clock.Berlin())
}
