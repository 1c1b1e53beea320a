package web

import (
	"sync"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
)

// Guesses bounds how often somebody may guess wrongly: it counts failures,
// not visits. It is safe for concurrent use and its memory is bounded.
type Guesses struct {
	clock clock.Clock
	max   int
	per   time.Duration
	mu    sync.Mutex
	fails map[string]*tally
}

type tally struct {
	n     int
	until time.Time
}

// NewGuesses allows max failures of one key within per.
func NewGuesses(c clock.Clock, max int, per time.Duration) *Guesses {
	return &Guesses{clock: c, max: max, per: per, fails: map[string]*tally{}}
}

// mostTallies bounds the memory; past it the oldest windows are dropped.
const mostTallies = 100_000

// Allow is nil while key has failures left, else a fail.Limited.
func (g *Guesses) Allow(key string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t, ok := g.fails[key]; ok && t.n >= g.max && g.clock.Now().Before(t.until) {
		return fail.Newf(fail.Limited, "more than %d failures in %s", g.max, g.per)
	}
	return nil
}

// Fail counts a failure of key.
func (g *Guesses) Fail(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	t, ok := g.fails[key]
	if !ok || !now.Before(t.until) {
		if len(g.fails) >= mostTallies {
			g.sweep(now)
		}
		t = &tally{until: now.Add(g.per)}
		g.fails[key] = t
	}
	t.n++
}

// Forget clears the failures of key, after a success.
func (g *Guesses) Forget(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.fails, key)
}

func (g *Guesses) sweep(now time.Time) {
	for k, t := range g.fails {
		if !now.Before(t.until) {
			delete(g.fails, k)
		}
	}
	for k := range g.fails { // all still open: an attack from many addresses
		if len(g.fails) < mostTallies {
			return
		}
		delete(g.fails, k)
	}
}
