package submission

import (
	"bytes"
	"io"
	"mime/multipart"
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
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, err := w.CreateFormFile("file", "a.pdf")
		if err != nil {
			t.Fatal(err)
		}
		part.Write(make([]byte, 2<<20))
		w.Close()
		m := &metered{ReadCloser: io.NopCloser(&b), ctx: t.Context(), room: room, patience: time.Millisecond}
		r := httptest.NewRequest(http.MethodPost, "/", m)
		r.Header.Set("Content-Type", w.FormDataContentType())
		_, _, err = posted(r, func(string) int64 { return 10 << 20 })
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
