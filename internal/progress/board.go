package progress

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/place"
	"leitportal/internal/service"
)

// Board holds the figures. It counts again when the day, what runs or the
// tables have changed, which it looks at once a second; everything between is
// read without a lock. It is safe for concurrent use.
type Board struct {
	catalog *service.Catalog
	towns   []place.Place
	running Running
	db      *db.DB
	clock   clock.Clock

	mu  sync.Mutex
	now atomic.Pointer[counted]
}

// counted are figures and what they were counted from.
type counted struct {
	*Figures
	running  int64
	revision int64
	looked   time.Time
}

// NewBoard is the board of the municipalities of atlas.
func NewBoard(c *service.Catalog, atlas *place.Atlas, running Running, d *db.DB, clk clock.Clock) *Board {
	return &Board{catalog: c, towns: atlas.Municipalities(), running: running, db: d, clock: clk}
}

// Figures are those of today. When the database does not answer, the last
// ones of the day stay.
func (b *Board) Figures(ctx context.Context) (*Figures, error) {
	now := b.clock.Now()
	today := clock.Today(b.clock)
	fresh := func(c *counted) bool {
		return c != nil && c.Day == today && c.running == b.running.Revision() && now.Sub(c.looked).Abs() < time.Second
	}
	if c := b.now.Load(); fresh(c) {
		return c.Figures, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	last := b.now.Load()
	if fresh(last) {
		return last.Figures, nil
	}
	next, err := b.count(ctx, today, last)
	if err != nil {
		if last != nil && last.Day == today {
			return last.Figures, nil
		}
		return nil, err
	}
	next.looked = now
	b.now.Store(next)
	return next.Figures, nil
}

func (b *Board) count(ctx context.Context, today clock.Date, last *counted) (*counted, error) {
	// The counters are read first: a change between the reads is then taken up
	// again, never missed.
	next := &counted{running: b.running.Revision()}
	store := Store{}
	var err error
	if next.revision, err = store.Revision(ctx, b.db.Read()); err != nil {
		return nil, err
	}
	if last != nil && last.Day == today && last.running == next.running && last.revision == next.revision {
		next.Figures = last.Figures
		return next, nil
	}
	reports, err := store.Reports(ctx, b.db.Read())
	if err != nil {
		return nil, err
	}
	projects, err := store.Projects(ctx, b.db.Read())
	if err != nil {
		return nil, err
	}
	running, err := b.running.Running(ctx, today)
	if err != nil {
		return nil, err
	}
	next.Figures = Calculate(today, b.catalog, b.towns, running, reports, projects)
	return next, nil
}

// changed makes the next request look at the tables.
func (b *Board) changed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.now.Load(); c != nil {
		old := *c
		old.looked = time.Time{}
		b.now.Store(&old)
	}
}
