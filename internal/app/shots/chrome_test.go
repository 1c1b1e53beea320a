package shots

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

func TestFindSaysWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Find(); !errors.Is(err, ErrNoBrowser) {
		t.Errorf("without a browser: %v", err)
	}
}

// A page as a picture, as high as the page is, and on paper.
func TestPicture(t *testing.T) {
	if os.Getenv("LEITPORTAL_TEST_FULL") == "" {
		t.Skip("starts Chromium: set LEITPORTAL_TEST_FULL=1 (make test)")
	}
	file, err := Find()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><html lang="de"><meta name="viewport" content="width=device-width"><title>x</title><style>body{margin:0}div{height:1500px;background:#080}</style><div>Hallo</div>`))
	}))
	defer server.Close()
	b, err := Start(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, c := range []struct{ tallest, want int }{{4000, 1500}, {900, 900}} {
		webp, height, err := b.Picture(server.URL, 320, c.tallest)
		if err != nil || height != c.want || !bytes.HasPrefix(webp, []byte("RIFF")) || !bytes.Contains(webp[:16], []byte("WEBP")) {
			t.Errorf("at most %d: height %d, %v, %.16q", c.tallest, height, err, webp)
		}
	}
	if doc, err := b.PDF(server.URL); err != nil || !bytes.HasPrefix(doc, []byte("%PDF")) {
		t.Errorf("on paper: %v %.8q", err, doc)
	}
	if _, _, err := b.Picture("http://127.0.0.1:1/", 320, 900); err == nil {
		t.Error("a page that is not there has a picture")
	}
}
