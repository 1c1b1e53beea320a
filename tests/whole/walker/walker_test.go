package walker

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

const page = `<!doctype html><html><body><main><h1>Wer</h1>
<form action="/p" method="post"><input type="hidden" name="_rev" value="3">
<input type="text" name="a" value="&lt;x&gt;" aria-describedby="a-hint a-error"><p id="a-error">Bitte ausfüllen</p>
<input type="radio" name="r" value="yes"><input type="radio" name="r" value="no" checked>
<input type="checkbox" name="c" value="1"><select name="s"><option value="">-</option><option value="v" selected>V</option></select>
<textarea name="t">
zwei
Zeilen</textarea><input type="file" name="f"><input name="off" value="x" disabled>
<button name="_go" value="next">Weiter</button><button name="_go" value="stay">Bleiben</button></form></main></body></html>`

func TestForm(t *testing.T) {
	var got url.Values
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_ = r.ParseForm() // an empty form fails the comparison
			got = r.PostForm
			http.Redirect(w, r, "/p", http.StatusSeeOther)
			return
		}
		_, _ = w.Write([]byte(page)) // a short page fails the comparison
	}))
	defer srv.Close()
	b := New(srv.URL)
	p, err := b.Get("/p")
	if err != nil {
		t.Fatal(err)
	}
	f := p.Own()
	if f == nil || p.H1() != "Wer" || p.ErrorBeside("a") != "Bitte ausfüllen" || f.Shown("r") != "no" {
		t.Fatalf("page read wrongly: %+v", f)
	}
	if p, err = b.Send(f, f.Values()); err != nil || p.First != http.StatusSeeOther || p.Status != 200 {
		t.Fatal(p, err)
	}
	want := url.Values{"_rev": {"3"}, "a": {"<x>"}, "r": {"no"}, "s": {"v"}, "t": {"zwei\nZeilen"}, "_go": {"next"}}
	if got.Encode() != want.Encode() {
		t.Fatalf("sent %v, want %v", got, want)
	}
}
