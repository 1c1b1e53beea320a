package whole

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"leitportal/internal/submission"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// TestResume begins a draft in one browser and finishes it in another, by each
// of the ways.
func TestResume(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		accounts := accounts{}
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL, Account: accounts.of})
		for name, test := range map[string]func(t *testing.T, portal *apptest.Portal){
			"code with passphrase": resumeByPassphrase,
			"file":                 resumeByFile,
			"account":              resumeByAccount,
			"end here":             endHere,
			"several":              several,
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
	for range 100 { // the log is written a moment later
		p, err = b.Get(service + "/quittung.pdf")
		if must(t, p, err); p.Status != http.StatusServiceUnavailable {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if p.Status != http.StatusOK || !strings.HasPrefix(string(p.Body), "%PDF-") {
		t.Errorf("the receipt is %d %.20q", p.Status, p.Body)
	}
}

// accounts is a second holder of keys: who sends the cookie "konto" is signed
// in under its value.
type accounts struct{ sync.Map }

func (a *accounts) of(r *http.Request) submission.Holder {
	c, err := r.Cookie("konto")
	if err != nil {
		return nil
	}
	return account{a, c.Value}
}

type account struct {
	all  *accounts
	name string
}

func (a account) Keep(_ context.Context, k submission.Kept) error {
	a.all.Store([3]string{a.name, k.Tenant, k.Solution}, k)
	return nil
}

func (a account) List(context.Context) (out []submission.Kept, err error) {
	a.all.Range(func(name, k any) bool {
		if name.([3]string)[0] == a.name {
			out = append(out, k.(submission.Kept))
		}
		return true
	})
	return out, nil
}

func (a account) Open(_ context.Context, tenant, solution string) (submission.Kept, bool, error) {
	k, ok := a.all.Load([3]string{a.name, tenant, solution})
	kept, _ := k.(submission.Kept)
	return kept, ok, nil
}

func useAccount(t testing.TB, portal *apptest.Portal, b *walker.Browser, name string) {
	t.Helper()
	u, err := url.Parse(portal.URL)
	if err != nil {
		t.Fatal(err)
	}
	b.Jar.SetCookies(u, []*http.Cookie{{Name: "konto", Value: name, Path: "/"}})
}

// resumeByAccount goes on in another browser, in which nothing but the account
// is known; ending there takes nothing from the account.
func resumeByAccount(t *testing.T, portal *apptest.Portal) {
	first, second, stranger := open(t, portal), open(t, portal), open(t, portal)
	useAccount(t, portal, first, "kim")
	a := walker.Keeper()
	walk(t, first, a, 1, "/contact")
	useAccount(t, portal, second, "kim")
	useAccount(t, portal, stranger, "alex")
	if p := get(t, stranger, service+"/seite/keeper"); p.Path() != service {
		t.Errorf("another account opens %s", p.Path())
	}
	p := get(t, second, service+"/pruefen?weiter=1")
	if !strings.HasSuffix(p.Path(), "/contact") {
		t.Fatalf("resumed at %s: %s", p.Path(), p.Text())
	}
	for _, b := range []*walker.Browser{second, first} {
		if p := send(t, b, get(t, b, service+"/spaeter"), "/verlassen", nil); p.Status != http.StatusOK {
			t.Errorf("ending answers %d: %s", p.Status, p.Text())
		}
	}
	for _, c := range first.Cookies() {
		if strings.HasPrefix(c.Name, "antrag-") {
			t.Errorf("the cookie %s has stayed", c.Name)
		}
	}
	finish(t, second, get(t, second, p.Path()), a)
}

// several drafts of one solution in one browser: whichever way a further one
// comes, it takes the place of none.
func several(t *testing.T, portal *apptest.Portal) {
	b, elsewhere := open(t, portal), open(t, portal)
	ok := func(p *walker.Page, err error) *walker.Page { t.Helper(); return must(t, p, err) }
	begin := func(b *walker.Browser, name string) (code string) {
		t.Helper()
		p := ok(b.Post(service, url.Values{"neu": {"ja"}}))
		ok(b.Walk(p, walker.Keeper().With("keeper.last", name), 1, "/contact", nil))
		return get(t, b, service+"/spaeter").Code()
	}
	begin(b, "Erstens")
	begin(b, "Zweitens")
	code := begin(elsewhere, "Drittens")
	ask := get(t, elsewhere, service+"/datei")
	file := send(t, elsewhere, ask, "/datei", url.Values{"passphrase": {passphrase}, "again": {passphrase}}).Body

	p := send(t, b, get(t, b, "/paderborn/fortsetzen"), "/fortsetzen", url.Values{"code": {code}})
	if p.Path() != service+"/weitere" || !p.Has("Jetzt geöffnet") {
		t.Fatalf("a code in the place of another draft leads to %s: %s", p.Path(), p.Text())
	}
	tight(t, p)
	if p = send(t, b, get(t, b, "/paderborn/fortsetzen"), "/fortsetzen", url.Values{"code": {code}}); !strings.HasSuffix(p.Path(), "/contact") {
		t.Errorf("the code of the draft in use leads to %s", p.Path())
	}
	p = send(t, b, get(t, b, "/paderborn/fortsetzen/datei"), "/fortsetzen/datei", url.Values{"passphrase": {passphrase}}, walker.File{Field: "file", Name: "a.html", Data: file})
	if p.Path() != service+"/weitere" {
		t.Errorf("a file in the place of another draft leads to %s", p.Path())
	}
	if got := len(p.Forms()); get(t, b, service).LinkTo("/weitere") == "" {
		t.Errorf("the start page does not lead to the %d forms of others", got)
	}
	seen := map[string]int{}
	for range 4 { // each is taken in turn: the one that waits longest stands last
		p = get(t, b, service+"/weitere")
		var take []string
		for _, f := range p.Forms() {
			if strings.HasSuffix(f.Action, "/weitere") {
				take = append(take, f.Shown("vorgang"))
			}
		}
		if len(take) != 3 {
			t.Fatalf("%d others: %s", len(take), p.Text())
		}
		if p = ok(b.Post(service+"/weitere", url.Values{"vorgang": {take[2]}})); !strings.HasSuffix(p.Path(), "/contact") {
			t.Errorf("taken, it goes on at %s", p.Path())
		}
		seen[get(t, b, service+"/seite/keeper").Own().Shown("keeper.last")]++
	}
	if len(seen) != 3 || seen["Drittens"] != 2 || seen["Erstens"] != 1 {
		t.Errorf("taken in turn: %v", seen)
	}
	mine := draftOf(t, elsewhere)
	if p = ok(elsewhere.Post(service+"/weitere", url.Values{"vorgang": {draftOf(t, b)}})); p.Path() != service+"/weitere" || draftOf(t, elsewhere) != mine {
		t.Errorf("a draft of another browser is taken: %s", p.Path())
	}
	stale := get(t, b, service+"/seite/keeper")
	p = send(t, b, get(t, b, service+"/spaeter"), "/verlassen", url.Values{"alle": {"ja"}})
	if p.Status != http.StatusOK || p.LinkTo("/weitere") != "" {
		t.Errorf("ending all of them: %d %s", p.Status, p.Text())
	}
	if p = get(t, b, service+"/weitere"); p.Path() != service || p.LinkTo("/weitere") != "" || len(b.Cookies()) != 0 {
		t.Errorf("afterwards there is %s, %v", p.Path(), b.Cookies())
	}

	// What stands in a tab that was left open is not saved, and not lost.
	p = send(t, b, stale, "/seite/keeper", url.Values{"keeper.last": {"Ungespeichert"}})
	if p.Status != http.StatusConflict || p.Own().Shown("keeper.last") != "Ungespeichert" || p.LinkTo("/fortsetzen") == "" {
		t.Fatalf("a stale tab: %d %s", p.Status, p.Text())
	}
	tight(t, p)
	send(t, b, get(t, b, "/paderborn/fortsetzen"), "/fortsetzen", url.Values{"code": {code}})
	p = ok(b.Send(p.Own(), p.Own().Values()))
	if got := get(t, b, service+"/seite/keeper").Own().Shown("keeper.last"); p.Status != http.StatusOK || got != "Ungespeichert" {
		t.Errorf("sent again it is %q: %d %s", got, p.Status, p.Text())
	}
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
	if p.Status != http.StatusOK || p.Code() != code || !p.Has("nur zusammen mit diesem Kennwort") || p.Has("Wer ihn hat, kann Ihre Angaben lesen") {
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
