// Package webassets holds what the browser fetches beside the pages: style
// sheet, fonts, scripts, and the TrueType faces the PDF writer embeds.
//
// web/build.mjs (make assets) writes them to dist/ under names that carry a
// hash of their content, with dist/manifest.json mapping "app.css" to
// "app.3f9c2a71.css"; so each may be kept by browsers for ever. Only an empty
// dist/.keep is committed: the module builds without npm, and pages are then
// served unstyled.
package webassets

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Prefix is where the files are served, on every host.
const Prefix = "/assets/"

// ErrMissing says that the assets were not built.
var ErrMissing = errors.New("webassets: no style sheet, fonts and scripts in this build (make assets); pages are served unstyled")

// Set is the assets of one build. A nil *Set is empty and usable.
type Set struct {
	files    fs.FS
	manifest map[string]string // logical name → file name
	served   map[string]file   // file name → content
}

type file struct {
	typ         string
	plain, gzip []byte
}

// Load reads the embedded assets. When they were not built it returns an
// empty Set together with ErrMissing, which the caller logs.
func Load() (*Set, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return load(sub)
}

func load(files fs.FS) (*Set, error) {
	s := &Set{files: files, manifest: map[string]string{}, served: map[string]file{}}
	b, err := fs.ReadFile(files, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return s, ErrMissing
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s.manifest); err != nil {
		return s, fmt.Errorf("webassets: manifest.json: %w", err)
	}
	for _, name := range s.manifest {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return s, fmt.Errorf("webassets: named in manifest.json: %w", err)
		}
		f := file{typ: contentType(name), plain: b}
		if strings.HasPrefix(f.typ, "text/") || strings.HasPrefix(f.typ, "image/svg") {
			f.gzip = compress(b)
		}
		s.served[name] = f
	}
	return s, nil
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	_, _ = z.Write(b)                                       // a bytes.Buffer does not fail
	_ = z.Close()
	return out.Bytes()
}

// Href is the address of an asset by its plain name ("app.css"), or "" when
// it was not built.
func (s *Set) Href(name string) string {
	if s == nil || s.manifest[name] == "" {
		return ""
	}
	return Prefix + s.manifest[name]
}

// Font is the TrueType face the PDF writer embeds: "Regular", "SemiBold" or
// "Bold" of Fira Sans (OFL). The error is fs.ErrNotExist when the assets were
// not built.
func (s *Set) Font(face string) ([]byte, error) {
	if s == nil {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(s.files, "fonts/FiraSans-"+face+".ttf")
}

// ServeHTTP answers GET and HEAD for one file, given by the last part of the
// path. The names carry a content hash, so the answer never changes.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var f file
	var ok bool
	if s != nil {
		f, ok = s.served[strings.TrimPrefix(r.URL.Path, Prefix)]
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.typ)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	body := f.plain
	if f.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = f.gzip
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the browser went away; nobody to tell
	}
}
