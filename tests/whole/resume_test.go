package whole

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// TestResume begins a draft in one browser and finishes it in another, by each
// of the ways.
func TestResume(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL})
		for name, test := range map[string]func(t *testing.T, portal *apptest.Portal){
			"code with passphrase": resumeByPassphrase,
			"file":                 resumeByFile,
			"end here":             endHere,
		} {
			t.Run(name, func(t *testing.T) { test(t, portal) })
		}
	})
}

const passphrase = "Lampe Fluß Kreide sieben"

// send fills in the named values of the page's form and sends it.
func send(t testing.TB, b *walker.Browser, p *walker.Page, form string, typed url.Values, files ...walker.File) *walker.Page {
	t.Helper()
	f := p.Form(form)
	if f == nil {
		t.Fatalf("no form %s on %s: %s", form, p.Path(), p.Text())
	}
	v := f.Values()
	for name, values := range typed {
		v[name] = values
	}
	p, err := b.Send(f, v, files...)
	return must(t, p, err)
}

// finish goes on from the page where the answers end, and sends.
func finish(t testing.TB, b *walker.Browser, p *walker.Page, a walker.Answers) {
	t.Helper()
	p, err := b.Walk(p, a, 0, "", nil)
	if must(t, p, err); !p.Has(a["keeper.last"]) {
		t.Errorf("the check page lacks the name: %s", p.Text())
	}
	submit(t, b, p, "")
}

func resumeByPassphrase(t *testing.T, portal *apptest.Portal) {
	first, second := open(t, portal), open(t, portal)
	a := walker.Keeper()
	walk(t, first, a, 1, "/contact")
	p := get(t, first, get(t, first, service+"/seite/keeper").LinkTo("/spaeter"))
	code := p.Code()
	for typed, wrong := range map[[2]string]string{
		{"kurz", "kurz"}: "passphrase", {passphrase, passphrase + "!"}: "again", {"", ""}: "passphrase",
	} {
		p := send(t, first, p, "/kennwort", url.Values{"passphrase": {typed[0]}, "again": {typed[1]}})
		if p.Status != http.StatusUnprocessableEntity || p.ErrorBeside(wrong) == "" || strings.Contains(string(p.Body), passphrase) {
			t.Errorf("%q: %d, %q", typed, p.Status, p.ErrorBeside(wrong))
		}
	}
	p = send(t, first, p, "/kennwort", url.Values{"passphrase": {passphrase}, "again": {passphrase}})
	if p.Status != http.StatusOK || p.Code() != code || !p.Has("nur zusammen mit diesem Kennwort") {
		t.Fatalf("not protected: %d %s", p.Status, p.Text())
	}
	tight(t, p)
	sheet := must(t, download(t, first, p.LinkTo("/rueckkehr.pdf")), nil)
	if sheet.Status != http.StatusOK || !strings.HasPrefix(string(sheet.Body), "%PDF-") {
		t.Errorf("the sheet is %d %.20q", sheet.Status, sheet.Body)
	}
	ask := get(t, second, "/paderborn/fortsetzen")
	for _, typed := range []string{"", "Lampe Fluss Kreide sieben"} {
		p := send(t, second, ask, "/fortsetzen", url.Values{"code": {code}, "passphrase": {typed}})
		if p.Status != http.StatusUnprocessableEntity || p.ErrorBeside("passphrase") == "" || p.ErrorBeside("code") != "" {
			t.Errorf("with %q: %d, %q", typed, p.Status, p.ErrorBeside("passphrase"))
		}
	}
	p = send(t, second, ask, "/fortsetzen", url.Values{"code": {code}, "passphrase": {passphrase}})
	if !strings.HasSuffix(p.Path(), "/contact") {
		t.Fatalf("resumed at %s: %s", p.Path(), p.Text())
	}
	finish(t, second, p, a)
}

// resumeByFile takes the draft along, erases it, and goes on with the file;
// before that it tries whatever is no such file, and where it does not belong.
func resumeByFile(t *testing.T, portal *apptest.Portal) {
	first, second := open(t, portal), open(t, portal)
	a := walker.Keeper()
	walk(t, first, a, 1, "/contact")
	later := get(t, first, get(t, first, service+"/seite/keeper").LinkTo("/spaeter"))
	ask := get(t, first, later.LinkTo("/datei"))
	tight(t, ask)
	if p := send(t, first, ask, "/datei", url.Values{"passphrase": {"kurz"}, "again": {"kurz"}}); p.Status != http.StatusUnprocessableEntity || p.ErrorBeside("passphrase") == "" {
		t.Errorf("a short passphrase: %d, %q", p.Status, p.ErrorBeside("passphrase"))
	}
	p := send(t, first, ask, "/datei", url.Values{"passphrase": {passphrase}, "again": {passphrase}})
	file := p.Body
	if p.Status != http.StatusOK || !strings.HasPrefix(p.Header.Get("Content-Disposition"), "attachment") || strings.Contains(string(file), a["keeper.last"]) {
		t.Fatalf("the file: %d %v", p.Status, p.Header)
	}
	if p = send(t, first, later, "/loeschen", nil); p.Status != http.StatusOK {
		t.Fatalf("not erased: %d", p.Status)
	}

	bring := func(b *walker.Browser, path, typed string, file []byte) *walker.Page {
		t.Helper()
		ask := get(t, b, path)
		tight(t, ask)
		var files []walker.File
		if file != nil {
			files = append(files, walker.File{Field: "file", Name: "antrag.html", Data: file})
		}
		return send(t, b, ask, "/fortsetzen/datei", url.Values{"passphrase": {typed}}, files...)
	}
	changed := []byte(strings.Replace(string(file), "Kennwort", "Kennwerk", 1))
	for what, x := range map[string]struct {
		path, typed string
		file        []byte
		beside      string
	}{
		"no file":              {"/fortsetzen/datei", passphrase, nil, "file"},
		"another file":         {"/fortsetzen/datei", passphrase, []byte("<html><script>alert(1)</script>"), "file"},
		"a changed file":       {"/fortsetzen/datei", passphrase, changed, "file"},
		"half a file":          {"/fortsetzen/datei", passphrase, file[:len(file)/2], "file"},
		"no passphrase":        {"/fortsetzen/datei", "", file, "passphrase"},
		"a wrong passphrase":   {"/fortsetzen/datei", passphrase + "!", file, "passphrase"},
		"at another authority": {"/aachen/fortsetzen/datei", passphrase, file, "file"},
	} {
		p := bring(second, x.path, x.typed, x.file)
		if p.Status != http.StatusUnprocessableEntity || p.ErrorBeside(x.beside) == "" {
			t.Errorf("%s: %d, %q", what, p.Status, p.ErrorBeside(x.beside))
		}
	}
	p = bring(second, get(t, second, "/paderborn/fortsetzen").LinkTo("/fortsetzen/datei"), passphrase, file)
	if !strings.HasSuffix(p.Path(), "/contact") {
		t.Fatalf("resumed at %s: %s", p.Path(), p.Text())
	}
	finish(t, second, p, a)
	if p = bring(first, "/en/fortsetzen/datei", passphrase, file); !strings.HasPrefix(p.Path(), "/en/paderborn/") {
		t.Errorf("a second time, from the site of the state, it leads to %s", p.Path())
	}
}

// endHere wipes a computer on which two applications were begun: the page says
// what stays where, and that the other one can still be opened.
func endHere(t *testing.T, portal *apptest.Portal) {
	b := open(t, portal)
	p, err := b.Begin("/aachen/antrag/hundesteuer")
	must(t, p, err)
	walk(t, b, walker.Keeper(), 1, "/contact")
	later := get(t, b, service+"/spaeter")
	if p := send(t, b, later, "/erinnern", url.Values{"email": {"kim@"}}); p.Status != http.StatusUnprocessableEntity || p.ErrorBeside("email") == "" {
		t.Errorf("half an address: %d, %q", p.Status, p.ErrorBeside("email"))
	}
	p = send(t, b, later, "/erinnern", url.Values{"email": {"kim@example.org"}})
	if p.Status != http.StatusOK || p.Has("kim@example.org") || !p.Has("sieben Tage vor dem Löschen") {
		t.Errorf("the reminder: %d %s", p.Status, p.Text())
	}
	if p = send(t, b, p, "/erinnern", nil); p.Status != http.StatusOK || p.Form("/erinnern").Shown("email") != "" {
		t.Errorf("the reminder is not taken back: %s", p.Text())
	}
	code := later.Code()
	p = send(t, b, later, "/verlassen", nil)
	tight(t, p)
	for _, want := range []string{"Auf diesem Computer", "Was nur Sie löschen können", "Im Portal", "So machen Sie weiter", "Stadt Aachen"} {
		if !p.Has(want) {
			t.Errorf("the page does not say %q: %s", want, p.Text())
		}
	}
	if p.Status != http.StatusOK || !strings.Contains(p.Header.Get("Clear-Site-Data"), "cache") {
		t.Errorf("%d, Clear-Site-Data: %q", p.Status, p.Header.Get("Clear-Site-Data"))
	}
	if other := get(t, b, p.LinkTo("/spaeter")); other.Code() == "" || other.Code() == code {
		t.Errorf("the other application: %s", other.Text())
	}
	if p = get(t, b, service+"/seite/keeper"); p.Path() != service {
		t.Errorf("it still opens %s", p.Path())
	}
	p = send(t, b, get(t, b, "/paderborn/fortsetzen"), "/fortsetzen", url.Values{"code": {code}})
	if !strings.HasSuffix(p.Path(), "/contact") {
		t.Errorf("the code leads to %s", p.Path())
	}
}
