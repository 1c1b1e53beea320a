package web

import (
	"net/http"
	"time"
)

// recorder remembers what was answered, and carries the handler's error.
type recorder struct {
	http.ResponseWriter
	status  int
	bytes   int64
	allowed int64     // bytes for which there is time, see putOff
	since   time.Time // when there came to be more of them
	err     error
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	if h := w.Header(); status == http.StatusTooManyRequests && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "900") // the quarter of an hour that Guesses are counted for
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if end := w.bytes + int64(len(b)); end >= w.allowed+putOffAfter {
		w.putOff(end)
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// discard takes an answer that nobody gets.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }
