package ledger

import (
	"bytes"
	"crypto/rand"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/i18n"
	"leitportal/internal/id"
	"leitportal/internal/web"
)

type towns struct{}

func (towns) Resolve(_, segment string) (string, string, bool) {
	return "057740032032", "/paderborn", segment == "paderborn"
}

func newSite(t *testing.T, l *Ledger) http.Handler {
	t.Helper()
	rt, err := web.NewRouter(web.Config{
		Routes: l.Routes(), Resolver: towns{}, Clock: l.Clock, Rand: rand.Reader,
		IDs: id.NewSource(l.Clock, rand.Reader), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

func ask(h http.Handler, method, url, kind string, body io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// form is a multipart body with the file in the named field.
func form(t *testing.T, field string, file []byte) (string, io.Reader) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile(field, "beleg.pdf")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), &b
}

func TestPruefen(t *testing.T) {
	s := newSample(t)
	h := newSite(t, newLedger(t, nil, clock.System(), s.signer, "a"))
	for _, base := range []string{"http://h/pruefen", "http://h/paderborn/pruefen", "http://h/en/pruefen"} {
		if w := ask(h, "GET", base, "", nil); w.Code != 200 || !strings.Contains(w.Body.String(), `enctype="multipart/form-data"`) || !strings.Contains(w.Body.String(), `name="datei"`) {
			t.Errorf("GET %s: %d\n%s", base, w.Code, w.Body)
		}
	}
	changed := bytes.Clone(s.file)
	changed[len(s.base)/2] ^= 1
	de, en := Texts().In(i18n.DE), Texts().In(i18n.EN)
	for _, c := range []struct {
		name, url, field string
		file             []byte
		status           int
		want             []string
	}{
		{"a genuine PDF", "http://h/paderborn/pruefen", fileField, s.file, 200, []string{de.T("ledger.verdict.genuine"), "HS-2026-000123", "Stadt Paderborn", "25. Oktober 2026, 02:30\u00a0Uhr"}},
		{"a genuine receipt, in English", "http://h/en/pruefen", fileField, s.receipt, 200, []string{en.T("ledger.verdict.genuine"), "HS-2026-000123"}},
		{"a changed PDF", "http://h/pruefen", fileField, changed, 200, []string{de.T("ledger.problem.pdf.title"), "HS-2026-000123"}},
		{"a changed receipt", "http://h/pruefen", fileField, s.receipt[:len(s.receipt)-1], 200, []string{de.T("ledger.problem.changed.title")}},
		{"no bytes", "http://h/pruefen", fileField, nil, 422, []string{de.T("ledger.problem.empty.title")}},
		{"another field", "http://h/pruefen", "x", s.file, 422, []string{de.T("ledger.problem.empty.title")}},
		{"a text", "http://h/pruefen", fileField, []byte("<script>"), 422, []string{de.T("ledger.problem.unknown.title")}},
		{"too much", "http://h/pruefen", fileField, make([]byte, MaxFile+1), 413, []string{de.T("ledger.problem.large.title")}},
		{"far too much", "http://h/pruefen", fileField, make([]byte, MaxFile+1<<20), 413, []string{de.T("ledger.problem.large.title")}},
		{"far too much elsewhere", "http://h/pruefen", "x", make([]byte, MaxFile+1<<20), 413, []string{de.T("ledger.problem.large.title")}},
	} {
		kind, body := form(t, c.field, c.file)
		// Without a length, so that not already the router refuses it.
		w := ask(h, "POST", c.url, kind, io.MultiReader(body))
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.status)
		}
		for _, want := range c.want {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: the page lacks %q", c.name, want)
			}
		}
		if strings.Contains(w.Body.String(), "⟦") {
			t.Errorf("%s: a text is missing", c.name)
		}
	}
	if w := ask(h, "POST", "http://h/pruefen", "text/plain", strings.NewReader("x")); w.Code != 422 {
		t.Errorf("not a form: %d", w.Code)
	}
	kind, body := form(t, fileField, s.file)
	whole, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if w := ask(h, "POST", "http://h/pruefen", kind, bytes.NewReader(whole[:len(whole)/2])); w.Code != 422 {
		t.Errorf("broken off: %d", w.Code)
	}
}

func TestCheckpointsAndKeyAreServed(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t), []db.Migrations{Migrations()})
	l := newLedger(t, d, clock.NewManual(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)), newSigner(t), "a")
	h := newSite(t, l)
	w := ask(h, "GET", "http://h/ledger/checkpoint", "", nil)
	verifier, err := note.NewVerifier(l.Signer.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	const empty = "portal.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
	if n, err := note.Open(w.Body.Bytes(), note.VerifierList(verifier)); w.Code != 200 || err != nil || n.Text != empty {
		t.Errorf("empty log: %d %v %q", w.Code, err, w.Body)
	}
	add(t, d, 1)
	if _, err := l.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/ledger/checkpoint": "portal.example\n1\n", "/ledger/checkpoint/1": "portal.example\n1\n", "/ledger/key": l.Signer.Verifier() + "\n",
	} {
		w := ask(h, "GET", "http://h"+path, "", nil)
		if w.Code != 200 || !strings.HasPrefix(w.Body.String(), want) || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
	}
	for _, size := range []string{"2", "0", "-1", "01", "x", "99999999999999999999"} {
		if w := ask(h, "GET", "http://h/ledger/checkpoint/"+size, "", nil); w.Code != 404 {
			t.Errorf("size %s: %d", size, w.Code)
		}
	}
}
