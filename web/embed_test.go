package webassets

import (
	"errors"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func TestLoadServesHashedFilesForEver(t *testing.T) {
	s, err := load(fstest.MapFS{
		"manifest.json":              {Data: []byte(`{"app.css":"app.12345678.css","a.woff2":"a.1.woff2"}`)},
		"app.12345678.css":           {Data: []byte("body{}")},
		"a.1.woff2":                  {Data: []byte("font")},
		"fonts/FiraSans-Regular.ttf": {Data: []byte("ttf")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Href("app.css"); got != "/assets/app.12345678.css" {
		t.Fatalf("Href = %q", got)
	}
	for _, c := range []struct {
		path, accept, typ, encoding string
		code                        int
	}{
		{"/assets/app.12345678.css", "", "text/css; charset=utf-8", "", 200},
		{"/assets/app.12345678.css", "gzip, br", "text/css; charset=utf-8", "gzip", 200},
		{"/assets/a.1.woff2", "gzip", "font/woff2", "", 200},
		{"/assets/app.css", "", "text/plain; charset=utf-8", "", 404},
		{"/assets/manifest.json", "", "text/plain; charset=utf-8", "", 404},
		{"/assets/../embed.go", "", "text/plain; charset=utf-8", "", 404},
	} {
		r := httptest.NewRequest("GET", c.path, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		h := w.Header()
		if w.Code != c.code || h.Get("Content-Type") != c.typ || h.Get("Content-Encoding") != c.encoding {
			t.Errorf("%s: %d %v", c.path, w.Code, h)
		}
		if c.code == 200 && h.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", c.path, h.Get("Cache-Control"))
		}
	}
	if b, err := s.Font("Regular"); err != nil || string(b) != "ttf" {
		t.Errorf("Font = %q, %v", b, err)
	}
}

func TestMissingAssetsAreSaidAndHarmless(t *testing.T) {
	s, err := load(fstest.MapFS{".keep": {}})
	if !errors.Is(err, ErrMissing) {
		t.Fatalf("err = %v", err)
	}
	for _, s := range []*Set{s, nil} {
		if s.Href("app.css") != "" {
			t.Error("a link to nothing")
		}
		if _, err := s.Font("Bold"); err == nil {
			t.Error("a font out of nothing")
		}
	}
	if _, err := load(fstest.MapFS{"manifest.json": {Data: []byte(`{"app.css":"gone.css"}`)}}); err == nil || errors.Is(err, ErrMissing) {
		t.Errorf("a torn build: err = %v", err)
	}
}
