package app

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leitportal/internal/app/preview"
	"leitportal/internal/clock"
	"leitportal/internal/form"
)

// person asks for pages with cookies and without scripts.
type person struct {
	t      testing.TB
	client *http.Client
	base   string
}

func newPerson(t testing.TB, h http.Handler) *person {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, server.URL}
}

func (p *person) do(r *http.Response, err error) (status int, body []byte) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		p.t.Fatal(err)
	}
	return r.StatusCode, b.Bytes()
}

func (p *person) get(path string) (int, []byte) { return p.do(p.client.Get(p.base + path)) }
func (p *person) post(path string, v url.Values) (int, []byte) {
	return p.do(p.client.PostForm(p.base+path, v))
}

// An author changes the form: the answers stay, what is broken is said with
// file and line, and mending it is enough.
func TestPreviewFollowsTheFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hund")
	if err := os.CopyFS(dir, os.DirFS("../form/testdata/haushalt")); err != nil {
		t.Fatal(err)
	}
	s := newPreview(t.Context(), dir, "paderborn", t.TempDir(), "http://127.0.0.1:1", clock.System())
	t.Cleanup(s.Close)
	d, err := form.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	p, start := newPerson(t, s), "/paderborn/antrag/"+d.ID
	if status, body := p.post(start, url.Values{}); status != http.StatusSeeOther {
		t.Fatalf("begin: %d %s", status, body)
	}
	_, list := p.get("/_preview/")
	for _, want := range []string{"Vorschau", "/_preview/show/empty/start", "/_preview/show/error/", "/_preview/show/filled/pruefen"} {
		if !strings.Contains(string(list), want) {
			t.Errorf("the list of pages lacks %s", want)
		}
	}
	samples := s.Samples()
	for _, one := range append(samples[:5:5], samples[len(samples)-1]) {
		for _, state := range one.States {
			status, body := p.get(s.Address(one.Path, state))
			want := map[preview.State]int{preview.Wrong: http.StatusUnprocessableEntity}[state]
			if want == 0 {
				want = http.StatusOK
			}
			if status != want {
				t.Errorf("%s %s: %d\n%.300s", one.Path, state, status, body)
			}
		}
	}

	change := func(file, old, with string) {
		t.Helper()
		name := filepath.Join(dir, file)
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(b, []byte(old)) {
			t.Fatalf("%s has no %q", file, old)
		}
		if err := os.WriteFile(name, bytes.Replace(b, []byte(old), []byte(with), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		if !s.Look(t.Context()) {
			t.Error("the change was not seen")
		}
	}
	change("pages.yaml", "pages:", "pages: [")
	if status, body := p.get(start); status != http.StatusInternalServerError || !strings.Contains(string(body), "pages.yaml") || !strings.Contains(string(body), "reload.js") {
		t.Errorf("a broken file: %d %s", status, body)
	}
	change("pages.yaml", "pages: [", "pages:")
	change("texts/de.json", `"section.`, `"section.nowhere": "x", "section.`)
	if status, body := p.get(start); status != http.StatusInternalServerError || !strings.Contains(string(body), "texts/de.json:") {
		t.Errorf("a text that fits nothing: %d %s", status, body)
	}
	change("texts/de.json", `"section.nowhere": "x", "section.`, `"section.`)
	if status, body := p.get(start); status != http.StatusOK {
		t.Errorf("after mending: %d %s", status, body)
	}
	if s.Look(t.Context()) {
		t.Error("nothing changed, and yet")
	}
}

// A page that stops and a list that cannot be left as it is are states to be
// seen, too, though no application goes through them.
func TestPreviewOfStopsAndLists(t *testing.T) {
	s := newPreview(t.Context(), "../../tests/browser/testdata/everything", "paderborn", t.TempDir(), "http://127.0.0.1:1", clock.System())
	t.Cleanup(s.Close)
	p, states := newPerson(t, s), map[string]string{}
	for _, one := range s.Samples() {
		states[one.Path] = fmt.Sprint(one.States)
	}
	for path, want := range map[string]string{"elsewhere": "[empty]", "goods/1/1": "[empty filled error]", "household": "[empty filled]", "home": "[empty filled error]", "pruefen": "[filled]"} {
		if states[path] != want {
			t.Errorf("%s is to be seen %s, want %s", path, states[path], want)
		}
	}
	for _, c := range []struct {
		path   string
		state  preview.State
		status int
		says   string
	}{
		{"elsewhere", preview.Empty, http.StatusOK, "Hier endet der Antrag"},
		{"goods/1/1", preview.Empty, http.StatusOK, "Hier steht noch nichts."},
		{"goods/1/1", preview.Wrong, http.StatusUnprocessableEntity, "wird noch nichts verkauft"},
		{"goods/1/1", preview.Filled, http.StatusOK, "Entfernen"},
	} {
		if status, body := p.get(s.Address(c.path, c.state)); status != c.status || !strings.Contains(string(body), c.says) {
			t.Errorf("%s %s: %d, lacks %q", c.path, c.state, status, c.says)
		}
	}
}

// The sheet names every page and state, and refuses other files.
func TestSheet(t *testing.T) {
	s := contactSheet{Title: "Hund & Katze", Pages: []sheetPage{{"halter", []sheetState{{"Leer", []sheetShot{{320, 700, "data:image/webp;base64,AAAA"}}}}}}}
	page, err := s.html()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Hund &amp; Katze", `src="data:image/webp;base64,AAAA"`, `alt="halter, Leer, 320 Pixel breit"`} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the sheet lacks %s:\n%s", want, page)
		}
	}
	if _, notes := run(t, 1, "form", "sheet", "../form/testdata/hund", "-o", "sheet.png"); !strings.Contains(notes, ".html or a .pdf") {
		t.Errorf("said %s", notes)
	}
}

// A page elsewhere whose name is pointed at this machine reads nothing here.
func TestPreviewAnswersThisMachineOnly(t *testing.T) {
	t.Parallel()
	h := calledHere("127.0.0.2:8081", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}))
	for host, want := range map[string]int{
		"localhost:8081": 200, "LOCALHOST:8081": 200, "127.0.0.1:8081": 200, "[::1]:8081": 200, "127.0.0.2:8081": 200, "localhost": 200, "[::1]": 200,
		"evil.example:8081": 421, "evil.example": 421, "localhost.evil.example:8081": 421, "127.0.0.1.evil.example": 421, "192.168.0.5:8081": 421,
		"localhost:8081:80": 421, "[localhost]:8081": 200, "": 421, ":8081": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/_preview/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q gets %d, want %d", host, w.Code, want)
		}
	}
}
