package browser

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// TestDraftFile opens the file of a draft from the disk, as at home without a
// net: it shows the answers after the passphrase, in both languages, and says
// what is wrong with another passphrase and with a changed file.
func TestDraftFile(t *testing.T) {
	full(t)
	t.Parallel()
	const passphrase = "Lampe Fluß Kreide sieben"
	portal := apptest.Start(t, apptest.Options{})
	person := walker.New(portal.URL)
	t.Cleanup(person.Close)
	p, err := person.Begin("/paderborn/antrag/hundesteuer")
	if err == nil {
		p, err = person.Walk(p, walker.Keeper().With("keeper.last", "Großekämper"), 1, "/contact", nil)
	}
	if err == nil {
		p, err = person.Get("/paderborn/antrag/hundesteuer/datei")
	}
	if err == nil {
		p, err = person.Send(p.Form("/datei"), url.Values{"passphrase": {passphrase}, "again": {passphrase}})
	}
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	at := func(name string, b []byte) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := at("antrag.html", p.Body)
	i := bytes.Index(p.Body, []byte(`id="daten">`)) + 200
	p.Body[i] = map[bool]byte{true: 'B', false: 'A'}[p.Body[i] == 'A']
	broken := at("kaputt.html", p.Body)

	browser := launch(t)
	b := open(t, browser, "file://", in(t, i18n.DE), true)
	w := b.words
	show := func(path, typed string) {
		t.Helper()
		b.do(chromedp.Navigate("file://" + path))
		b.until("the form", `ready() && document.querySelector("#ask")?.hidden === false`)
		b.check()
		b.typed(`document.querySelector("#passphrase")`, typed)
		b.click(`document.querySelector("#ask button")`)
	}
	show(good, passphrase+"!")
	b.sees(w.say("submission.draftfile.wrong"))
	b.states("wrong passphrase")
	show(broken, passphrase)
	b.sees(w.say("submission.draftfile.damaged"))
	show(good, passphrase)
	b.sees("Großekämper", w.say("submission.draftfile.notsent"), "Ada")
	b.states("open")
	b.narrow()
	b.click(`document.querySelector("#en")`)
	b.sees("Großekämper", in(t, i18n.EN).say("submission.draftfile.notsent"))
	if b.must(nil, `true`); len(b.faults()) > 0 {
		t.Error("the file does what it must not")
	}
	b.run(true)
	b.scripts = false
	b.do(chromedp.Navigate("file://" + good))
	b.sees(w.say("submission.draftfile.script"))
	b.states("without scripts")

	// In another browser the application goes on with it, also without scripts.
	b = open(t, browser, portal.URL, w, false)
	b.visit("/paderborn/fortsetzen")
	b.follow(w.say("submission.resume.file"))
	b.at(w.say("submission.bring.title"))
	b.attach(w.say("submission.bring.file"), good)
	b.fill(w.say("submission.bring.passphrase"), passphrase)
	b.press(w.say("submission.resume.button"))
	b.until("the next page", `location.pathname.endsWith("/seite/contact")`)
	b.check()
}

// waysBack looks at the ways to go on elsewhere, and at what is wrong with
// what is typed there.
func (j *journey) waysBack() {
	j.t.Helper()
	w, b := j.w, j.tab()
	b.visit("/paderborn/antrag/hundesteuer")
	b.press(w.say("submission.start.begin"))
	b.follow(w.say("ui.saved.later"))
	b.at(w.say("submission.later.title"))
	b.click(`all("summary").find(s => text(s) === %s)`, w.say("submission.later.guard.set"))
	b.press(w.say("submission.later.guard.button"))
	b.states("error")
	b.fill(w.say("submission.passphrase.new"), "Lampe Fluss Kreide sieben")
	b.fill(w.say("submission.passphrase.again"), "Lampe Fluss Kreide sieben")
	b.press(w.say("submission.later.guard.button"))
	b.sees(w.say("submission.later.guarded"))
	b.click(`all("summary").find(s => text(s) === %s)`, w.say("submission.later.guard.change"))
	b.states("guarded")
	b.narrow()
	b.click(`all("summary").find(s => text(s) === %s)`, w.say("submission.remind.set"))
	b.press(w.say("submission.remind.button"))
	b.states("error of the address")
	b.fill(w.say("submission.remind.email"), "kim@example.org")
	b.press(w.say("submission.remind.button"))
	b.sees(w.say("submission.remind.on"))
	b.states("reminded")
	b.follow(w.say("submission.later.file"))
	b.at(w.say("submission.takealong.title"))
	b.states("empty")
	b.narrow()
	b.press(w.say("submission.takealong.button"))
	b.states("error")
	b.visit("/paderborn/antrag/hundesteuer/spaeter")
	b.press(w.say("submission.later.leave"))
	b.at(w.say("submission.left.title"))
	b.states("")
	b.narrow()
	b.visit("/paderborn/antrag/hundesteuer")
	b.press(w.say("submission.start.begin"))
	b.visit("/paderborn/antrag/hundesteuer")
	b.press(w.say("submission.start.again"))
	b.visit("/paderborn/antrag/hundesteuer/weitere")
	b.at(w.say("submission.several.title"))
	b.states("several")
	b.narrow()
	b.visit("/paderborn/fortsetzen/datei")
	b.press(w.say("submission.resume.button"))
	b.sees(w.say("submission.bring.none"))
	b.states("error")
	b.narrow()
}
