package web

import (
	"context"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
)

// A file that is not streamed is held in memory while it arrives. All bodies of
// routes that take such files share maxArriving bytes; who finds none left
// waits, and after arrivalPatience is asked to come again.
const (
	maxArriving     = 144 << 20
	arrivalPatience = 20 * time.Second
)

// metered is a body that takes room for each byte it has given, up to the most
// that is held of it, until it is released. Room is taken as bytes arrive, not
// as they are announced: an announcement costs nothing.
type metered struct {
	io.ReadCloser
	ctx      context.Context
	room     *semaphore.Weighted
	patience time.Duration
	most     int64
	held     int64
}

func (m *metered) Read(b []byte) (int, error) {
	n, err := m.ReadCloser.Read(b)
	more := min(int64(n), m.most-m.held)
	if more == 0 {
		return n, err
	}
	if !m.room.TryAcquire(more) {
		ctx, cancel := context.WithTimeout(m.ctx, m.patience)
		defer cancel()
		if m.room.Acquire(ctx, more) != nil {
			return 0, fail.Newf(fail.Unavailable, "too many files arrive at once")
		}
	}
	m.held += more
	return n, err
}

func (m *metered) release() {
	m.room.Release(m.held)
	m.held = 0
}

// A body with files, and an answer of megabytes, may take bodyPatience,
// and beyond that as long as it comes at leastPace bytes a second, on average.
const (
	bodyPatience = 5 * time.Minute
	leastPace    = 16 << 10
	putOffAfter  = 1 << 20 // bytes, each time
)

// atLeastPace is how long n bytes may take.
func atLeastPace(n int64) time.Duration {
	return bodyPatience + time.Duration(n/leastPace)*time.Second
}

// steady is a body that puts the end of its request off as it arrives.
type steady struct {
	io.ReadCloser
	control *http.ResponseController
	start   time.Time // by the kernel's clock, which ends connections, whatever ours says
	n, next int64     // bytes read, and at which the end is put off again
}

func (s *steady) Read(b []byte) (int, error) {
	n, err := s.ReadCloser.Read(b)
	if s.n += int64(n); s.n >= s.next {
		s.next = s.n + putOffAfter
		end := s.start.Add(atLeastPace(s.n))
		_ = s.control.SetReadDeadline(end) // what has no connection has no end either
		_ = s.control.SetWriteDeadline(end.Add(bodyPatience))
	}
	return n, err
}

// putOff puts the end of an answer off, which is to get to n bytes. What stands
// still is cut off: nobody takes it.
func (w *recorder) putOff(n int64) {
	if w.since.IsZero() {
		w.since = clock.System().Now() // by the kernel's clock, as in steady
	}
	w.allowed = n
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(w.since.Add(atLeastPace(n)))
}
