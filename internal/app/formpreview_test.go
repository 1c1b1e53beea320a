package app

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"leitportal/internal/app/preview"
	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/prove"
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

var hiddenRevision = regexp.MustCompile(`name="_rev" value="(\d+)"`)

// Server and preview agree: the same answers give the same pages, byte for
// byte but for the marked block.
func TestPreviewIsTheServer(t *testing.T) {
	t.Parallel()
	const dir = "../../tests/load/solutions/bewohnerparken"
	clk := clock.NewManual(testDay().Time(clock.Berlin()).Add(12 * time.Hour))
	files, err := asSolution(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAt(t.Context(), Config{
		Data: t.TempDir(), MailFrom: "portal@localhost", DraftsPerHour: boundless, UploadsPerHour: boundless, only: files,
	}, "http://portal.example", slog.New(slog.DiscardHandler), clk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	s := newPreview(t.Context(), dir, "paderborn", t.TempDir(), "http://portal.example", clk)
	t.Cleanup(s.Close)
	as, err := a.asPreview("paderborn")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	f := ownFormIn(t, dir)
	for _, how := range []prove.How{prove.Smallest, prove.Fullest} {
		server, author := newPerson(t, a.router), newPerson(t, s)
		same := func(what string, path string, v url.Values) (status int, page []byte) {
			t.Helper()
			ask := func(p *person) (int, []byte) {
				if v == nil {
					return p.get(path)
				}
				return p.post(path, v)
			}
			status, page = ask(server)
			other, marked := ask(author)
			if plain := preview.Strip(marked); other != status || !bytes.Equal(plain, page) {
				t.Fatalf("%s %s: %d and %d\n%s", what, path, status, other, difference(page, plain))
			}
			if bytes.HasPrefix(page, []byte("<!")) && !bytes.Contains(marked, []byte("<!--preview-->")) {
				t.Fatalf("%s %s is not marked", what, path)
			}
			seen++
			return status, page
		}
		const start = "/paderborn/antrag/bewohnerparken"
		same("start", start, nil)
		same("begin", start, url.Values{})
		app, err := prove.Walk(f.program, as.Form.Settings[0], how, &prove.Budget{Left: 20_000})
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range app.Steps {
			path := start + "/seite/" + st.Path
			_, page := same("empty", path, nil)
			rev := string(hiddenRevision.FindSubmatch(page)[1])
			v := url.Values{"_rev": {rev}, "_go": {"next"}}
			if st.Button != "" {
				v = url.Values{"_rev": {rev}, "_list": {st.Button}}
			} else if len(st.Posted) > 0 {
				same("wrong", path, url.Values{"_rev": {rev}, "_go": {"next"}})
			}
			for k, list := range st.Posted {
				v[k] = list
			}
			if len(st.Files) > 0 {
				t.Logf("%s asks for files; the walk ends here", path)
				break
			}
			if status, page := same("answered", path, v); status != http.StatusSeeOther {
				t.Fatalf("%s: %d\n%s", path, status, page)
			}
			same("filled", path, nil)
		}
		same("check", start+"/pruefen", nil)
	}
	if seen < 20 {
		t.Errorf("only %d pages compared", seen)
	}
}

// difference is where two pages begin to differ.
func difference(a, b []byte) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(0, i-100)
	return string(a[from:min(len(a), i+200)]) + "\n---\n" + string(b[from:min(len(b), i+200)])
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
