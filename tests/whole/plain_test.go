package whole

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// Files in the answer to a question, and a file to go on with, come by the form
// alone. One of 200 MB is refused in words, where a browser hears them and what
// was typed stays; a connection that breaks off leaves nothing behind and
// nothing undone.
func TestFilesByTheFormAlone(t *testing.T) {
	portal := apptest.Start(t, apptest.Options{Demo: true})
	b := open(t, portal)
	a := walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes",
		"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
	number := submit(t, b, walk(t, b, a, 1, ""), "").Number()
	desk := signIn(t, portal, "", clerk)
	f := openCase(t, desk, number).Form("/zuweisung")
	c, err := desk.Send(f, f.Press(f.Values(), "selbst", "ja"))
	must(t, c, err)
	const field = "dogs/1.permit_file"
	ask := get(t, desk, c.LinkTo("/rueckfrage"))
	v := ask.Own().Values()
	v["feld"] = []string{"keeper.last", field}
	v.Set("frage", "Bitte senden Sie die Erlaubnis.")
	c, err = desk.Send(ask.Own(), v)
	must(t, c, err)
	question := get(t, b, get(t, b, service+"/status").LinkTo("/nachricht/"))
	v = question.Own().Values()
	v.Set("keeper.last", "Weißenfels")

	kept := func() (n int) {
		t.Helper()
		if err := filepath.WalkDir(filepath.Join(portal.Data, "files"), func(_ string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				n++
			}
			return err
		}); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		return n
	}
	before := kept()
	p := long(t, b, question.Own().Action, v, walker.File{Field: field, Name: "erlaubnis.pdf", Data: pdf("x")}, 200<<20)
	if wrong := p.ErrorBeside(field); p.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong, "größer als") {
		t.Fatalf("200 MB: %d %q", p.Status, wrong)
	}
	if p.Own().Shown("keeper.last") != "Weißenfels" || kept() != before {
		t.Errorf("typed was %q; there are %d files, before %d", p.Own().Shown("keeper.last"), kept(), before)
	}

	typ, body, err := walker.Multipart(v, walker.File{Field: field, Name: "erlaubnis.pdf", Data: append(pdf("x"), make([]byte, 3<<20)...)})
	if err != nil {
		t.Fatal(err)
	}
	wait := func(what string, is func() bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: there are %d files, before %d", what, kept(), before)
			}
		}
	}
	for _, at := range []int{len(body) - 10, len(body) / 2} {
		if err := b.Cut("POST", question.Own().Action, body[:at], len(body), func() {
			wait("on its way", func() bool { return kept() > before })
		}, "Content-Type", typ); err != nil {
			t.Fatal(err)
		}
		wait("cut off", func() bool { return kept() == before })
	}
	p, err = b.Send(question.Own(), v, walker.File{Field: field, Name: "erlaubnis.pdf", Data: pdf("x")})
	must(t, p, err)
	if p.First != http.StatusSeeOther || !p.Has("erlaubnis.pdf") || !p.Has("Weißenfels") {
		t.Errorf("afterwards: %d %s", p.First, p.Text())
	}

	ask = get(t, b, "/paderborn/fortsetzen/datei")
	p = long(t, b, ask.Own().Action, url.Values{"passphrase": {"x"}}, walker.File{Field: "file", Name: "urlaub.html", Data: []byte("<html>")}, 200<<20)
	if wrong := p.ErrorBeside("file"); p.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong, "keine Datei aus diesem Portal") {
		t.Errorf("200 MB to go on with: %d %q", p.Status, wrong)
	}
}

// long sends a form with a file that goes on for so many bytes.
func long(t testing.TB, b *walker.Browser, path string, v url.Values, f walker.File, bytes int) *walker.Page {
	t.Helper()
	typ, body, err := walker.Multipart(v, f)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndex(string(body), "\r\n--") // the file is the last part
	p, err := b.Stream(path, typ, int64(len(body)+bytes), io.MultiReader(strings.NewReader(string(body[:at])), io.LimitReader(spaces{}, int64(bytes)), strings.NewReader(string(body[at:]))))
	return must(t, p, err)
}

// spaces is a file without an end.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
