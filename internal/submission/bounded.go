package submission

import (
	"context"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"leitportal/internal/fail"
	"leitportal/internal/web"
)

// Files are held in memory while they arrive, for nothing of them may touch
// the disk unsealed. All that arrive at once share maxArriving bytes; who finds
// none left waits, and after arrivalPatience is asked to come again.
const (
	maxArriving     = 3 * maxUpload
	arrivalPatience = 20 * time.Second
)

// bounded lets h read a body with files only as far as there is memory.
func (s *Service) bounded(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.ContentLength >= 0 && r.ContentLength <= maxFields { // no larger than any page
			return h(w, r)
		}
		m := &metered{ReadCloser: r.Body, ctx: r.Context(), room: s.arriving, patience: arrivalPatience}
		defer m.release()
		r.Body = m
		return h(w, r)
	}
}

// metered is a body that takes room for each byte it has given. Room is taken
// as bytes arrive, not as they are announced: an announcement costs nothing.
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
			return 0, fail.Newf(fail.Unavailable, "submission: too many files arrive at once")
		}
	}
	m.held += int64(n)
	return n, err
}

func (m *metered) release() {
	m.room.Release(m.held)
	m.held = 0
}
