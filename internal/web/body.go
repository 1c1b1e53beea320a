package web

import (
	"context"
	"io"
	"time"

	"golang.org/x/sync/semaphore"

	"leitportal/internal/fail"
)

// Files are held in memory while they arrive, for nothing of them may touch
// the disk unsealed. All bodies of routes that take files share maxArriving
// bytes; who finds none left waits, and after arrivalPatience is asked to come
// again.
const (
	maxArriving     = 144 << 20
	arrivalPatience = 20 * time.Second
)

// metered is a body that takes room for each byte it has given, until it is
// released. Room is taken as bytes arrive, not as they are announced: an
// announcement costs nothing.
type metered struct {
	io.ReadCloser
	ctx      context.Context
	room     *semaphore.Weighted
	patience time.Duration
	held     int64
}

func (m *metered) Read(b []byte) (int, error) {
	n, err := m.ReadCloser.Read(b)
	if n == 0 {
		return n, err
	}
	if !m.room.TryAcquire(int64(n)) {
		ctx, cancel := context.WithTimeout(m.ctx, m.patience)
		defer cancel()
		if m.room.Acquire(ctx, int64(n)) != nil {
			return 0, fail.Newf(fail.Unavailable, "too many files arrive at once")
		}
	}
	m.held += int64(n)
	return n, err
}

func (m *metered) release() {
	m.room.Release(m.held)
	m.held = 0
}
