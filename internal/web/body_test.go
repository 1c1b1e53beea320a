package web

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"

	"leitportal/internal/fail"
)

// Files that arrive at once share the memory there is: one that finds none
// left is refused, and gets it when the others are done.
func TestFilesShareMemory(t *testing.T) {
	room := semaphore.NewWeighted(3 << 20)
	read := func() (*metered, error) {
		m := &metered{ReadCloser: io.NopCloser(bytes.NewReader(make([]byte, 2<<20))), ctx: t.Context(), room: room, patience: time.Millisecond, most: 4 << 20}
		_, err := io.ReadAll(m)
		return m, err
	}
	first, err := read()
	if err != nil {
		t.Fatal(err)
	}
	second, err := read()
	if !fail.Is(err, fail.Unavailable) {
		t.Errorf("a file beyond the memory: %v", err)
	}
	second.release()
	first.release()
	last, err := read()
	if err != nil {
		t.Errorf("afterwards: %v", err)
	}
	last.release()
	if !room.TryAcquire(3 << 20) {
		t.Error("memory was not given back")
	}
}

// The router meters routes that take files, and gives back what they held,
// whatever the handler does.
func TestRouterMetersFiles(t *testing.T) {
	var held int64
	rt, _ := newTestRouter(t, Config{}, Route{
		Site: State, Pattern: "POST /datei", Access: Public, MaxBody: 4 << 20,
		Handle: func(_ http.ResponseWriter, r *http.Request) error {
			io.Copy(io.Discard, r.Body)
			held = r.Body.(*metered).held
			panic("whatever")
		},
	})
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/datei", bytes.NewReader(make([]byte, 1<<20))))
	if held != 1<<20 || w.Code != http.StatusInternalServerError {
		t.Errorf("held %d, answered %d", held, w.Code)
	}
	if !rt.arriving.TryAcquire(maxArriving) {
		t.Error("memory was not given back")
	}
}

// Of what a handler drops no memory is counted: a body may be longer than all
// there is.
func TestRouterMetersWhatIsHeld(t *testing.T) {
	var held int64
	rt, _ := newTestRouter(t, Config{}, Route{
		Site: State, Pattern: "POST /datei", Access: Public, MaxBody: 1 << 30, Holds: 1 << 20,
		Handle: func(_ http.ResponseWriter, r *http.Request) error {
			_, err := io.Copy(io.Discard, r.Body)
			held = r.Body.(*metered).held
			return err
		},
	})
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/datei", io.LimitReader(zeros{}, maxArriving+1)))
	if held != 1<<20 || w.Code != http.StatusOK {
		t.Errorf("held %d, answered %d", held, w.Code)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A streamed body is not held, and lasts as long as enough of it comes.
func TestRouterStreams(t *testing.T) {
	var ends []time.Time
	rt, _ := newTestRouter(t, Config{}, Route{
		Site: State, Pattern: "POST /datei", Access: Public, MaxBody: 4 << 30, Streams: true,
		Handle: func(_ http.ResponseWriter, r *http.Request) error {
			_, err := io.Copy(io.Discard, r.Body)
			return err
		},
	})
	w := &deadlines{ResponseRecorder: httptest.NewRecorder(), ends: &ends}
	rt.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/datei", bytes.NewReader(make([]byte, 8<<20))))
	if w.Code != http.StatusOK || len(ends) < 8 || len(ends) > 10 {
		t.Fatalf("answered %d, the end was put off %d times", w.Code, len(ends))
	}
	if more := ends[len(ends)-1].Sub(ends[0]); more < 7*64*time.Second || more > 8*64*time.Second {
		t.Errorf("8 MiB put the end off by %s", more)
	}
	if !rt.arriving.TryAcquire(maxArriving) {
		t.Error("a streamed body takes memory from the others")
	}
}

// A long answer lasts as long as somebody takes it, in whatever pieces it is
// written; a short one as long as the server says.
func TestRouterPutsOff(t *testing.T) {
	for _, c := range []struct{ pieces, size, most int }{
		{3, 300 << 10, 0}, {128, 64 << 10, 8}, {1, 8 << 20, 1},
	} {
		rt, _ := newTestRouter(t, Config{}, Route{
			Site: State, Pattern: "GET /datei", Access: Public,
			Handle: func(w http.ResponseWriter, _ *http.Request) error {
				for range c.pieces {
					if _, err := w.Write(make([]byte, c.size)); err != nil {
						return err
					}
				}
				return nil
			},
		})
		var ends []time.Time
		w := &deadlines{ResponseRecorder: httptest.NewRecorder(), written: &ends}
		before := time.Now()
		rt.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/datei", nil))
		if w.Code != http.StatusOK || w.Body.Len() != c.pieces*c.size || len(ends) != c.most {
			t.Fatalf("%d × %d: answered %d with %d bytes, the end was put off %d times", c.pieces, c.size, w.Code, w.Body.Len(), len(ends))
		}
		if c.most > 0 && ends[len(ends)-1].Sub(before) < bodyPatience+8*64*time.Second {
			t.Errorf("%d × %d: there is time until %s", c.pieces, c.size, ends[len(ends)-1].Sub(before))
		}
	}
}

type deadlines struct {
	*httptest.ResponseRecorder
	ends    *[]time.Time
	written *[]time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error { *d.ends = append(*d.ends, at); return nil }

func (d *deadlines) SetWriteDeadline(at time.Time) error {
	if d.written != nil {
		*d.written = append(*d.written, at)
	}
	return nil
}
