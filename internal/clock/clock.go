// Package clock gives the time to everything that needs it, so that a test
// decides what time it is. Instants are UTC with microseconds, the resolution
// both databases keep; days of the law are civil dates in Europe/Berlin.
package clock

import (
	"sync"
	"time"
	_ "time/tzdata" // Europe/Berlin must be known on a machine without zone files.
)

// Clock tells the time. Implementations are safe for concurrent use.
type Clock interface {
	// Now is the present instant in UTC, truncated to microseconds.
	Now() time.Time
}

// System is the clock of the machine.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Manual is a clock that stands still until it is set or advanced.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual returns a clock that stands at t.
func NewManual(t time.Time) *Manual {
	return &Manual{now: t.UTC().Truncate(time.Microsecond)}
}

// Now implements Clock.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set moves the clock to t, backwards too.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t.UTC().Truncate(time.Microsecond)
}

// Advance moves the clock by d.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// Berlin is the zone of German legal time. It is read-only.
func Berlin() *time.Location { return berlin() }

var berlin = sync.OnceValue(func() *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic("clock: embedded zone data lacks Europe/Berlin: " + err.Error())
	}
	return loc
})

// Micros is t as the databases keep it: microseconds since 1970, UTC.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// FromMicros is the instant that Micros made us from.
func FromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }
