package browser

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/prove"
	"leitportal/internal/geomap/geomaptest"
	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
	"leitportal/tests/forms"
)

// everything is the form of testdata/everything: a field of every kind, groups
// three deep, a page that stops, in four languages.
type everything struct {
	t       *testing.T
	portal  *apptest.Portal
	browser context.Context
	way     *forms.Way
}

func newEverything(t *testing.T) *everything {
	t.Helper()
	dir, today := t.TempDir(), clock.Today(clock.System())
	if err := forms.Add(dir, "everything", os.DirFS("testdata/everything")); err != nil {
		t.Fatal(err)
	}
	list, err := forms.Load(dir, today)
	if err != nil {
		t.Fatal(err)
	}
	way, err := list[0].Plan(prove.Fullest, today)
	if err != nil {
		t.Fatal(err)
	}
	return &everything{t, apptest.Start(t, apptest.Options{Solutions: dir, Map: geomaptest.Start(t).URL}), launch(t), way}
}

// path is the application's in a language.
func (e *everything) path(lang i18n.Lang) string {
	if lang == i18n.DE {
		return e.way.Form.Service()
	}
	return "/" + string(lang) + e.way.Form.Service()
}

// begin opens a tab in a language and goes to the first question.
func (e *everything) begin(t *testing.T, lang i18n.Lang, scripts, keys bool) *tab {
	t.Helper()
	b := open(t, e.browser, e.portal.URL, in(t, lang), scripts)
	b.keys = keys
	b.visit(e.path(lang))
	b.press(b.words.say("submission.start.begin"))
	return b
}

// mistakes are answers, by page, whose several controls do not go together.
var mistakes = map[string][][2]string{
	"home":     {{"home.since:day", "31"}, {"home.since:month", "13"}},
	"person":   {{"person.mother:day", "7"}, {"person.mother:year", "1950"}, {"person.tax", "12345678901"}, {"person.postcode", "3309"}},
	"fair":     {{"fair.days:from:day", "2"}, {"fair.days:from:month", "2"}, {"fair.days:from:year", "2099"}, {"fair.days:to:day", "1"}, {"fair.days:to:month", "2"}, {"fair.days:to:year", "2099"}, {"fair.site:from:day", "40"}, {"fair.visit:date:day", "1"}, {"fair.opens", "25:00"}},
	"place":    {{"place.point:lat", "51,7"}, {"place.streets:lane", "1"}, {"place.streets:market", "1"}},
	"van":      {{"van.plate", "PB"}, {"van.court:number", "7"}, {"van.length", "1"}, {"van.iban", "DE00"}},
	"member-1": {{"household/1.born:month", "3"}},
	"end":      {{"signed:name", "Ada"}},
}

// walk answers every page to the check page. On the way it sends each page
// empty and with mistakes, is stopped once and turns back; look sees every page
// in every state ("empty", "error", "wrong", "answered", "list", "stopped").
func (e *everything) walk(b *tab, lang i18n.Lang, look func(b *tab, name, state string)) {
	b.t.Helper()
	turned := false
	for _, st := range e.way.Steps {
		b.until("page "+st.Path, `location.pathname === %s`, e.path(lang)+"/seite/"+st.Path)
		name := strings.ReplaceAll(st.Path, "/", "-")
		if st.Button != "" {
			look(b, name, "list")
			if st.Path == "goods/1/1" && st.Button == form.ListAdd && !turned { // a stall without goods
				turned = true
				b.turn(func() { b.click(`submits("_list", "next")`) })
				look(b, name, "error")
			}
			b.turn(func() { b.click(`submits("_list", %s)`, st.Button) })
			continue
		}
		look(b, name, "empty")
		b.turn(func() { b.click(`submits("_go", "next")`) })
		look(b, name, "error")
		if name == "home" {
			e.stopped(b, look)
		}
		if wrong := mistakes[name]; wrong != nil {
			if name == "home" {
				b.pick("home.registered", "yes")
			}
			for _, c := range wrong {
				b.enterInto(c[0], c[1])
			}
			b.turn(func() { b.click(`submits("_go", "next")`) })
			look(b, name, "wrong")
		}
		b.answer(e.way, st)
		look(b, name, "answered")
		b.turn(func() { b.click(`submits("_go", "next")`) })
	}
	b.until("check page", `location.pathname.endsWith("/pruefen")`)
	look(b, "check", "")
}

// further looks at what stands beside the pages of the form: a page after the
// language was changed, the ways to go on later, the file to take along (opened
// at home, by the right words and by others), and the way back with it.
func (e *everything) further(b *tab, lang i18n.Lang, look func(b *tab, name, state string)) {
	b.t.Helper()
	w, home := b.words, e.path(lang)
	b.visit(home + "/seite/person")
	b.typed(`one("person.name")`, "Ada Weiß")
	german := in(b.t, i18n.DE)
	if lang != i18n.DE {
		b.words = german
		b.press(i18n.DE.Name())
		look(b, "person", "from-"+string(lang))
		b.words = w
		b.press(lang.Name())
		b.until("what was typed", `one("person.name").value === "Ada Weiß"`)
		look(b, "person", "switched")
	}
	b.visit(home + "/spaeter")
	look(b, "later", "")
	w = in(b.t, lang.Official()) // from here on the pages are the portal's own
	b.words = w
	b.visit(home + "/datei")
	b.press(w.say("submission.takealong.button"))
	look(b, "file", "error")

	const passphrase = "Lampe Fluß Kreide sieben"
	file := filepath.Join(b.t.TempDir(), "antrag.html")
	if err := os.WriteFile(file, b.fetch(http.MethodPost, b.base+home+"/datei", url.Values{"passphrase": {passphrase}, "again": {passphrase}}), 0o600); err != nil {
		b.t.Fatal(err)
	}
	broken := filepath.Join(filepath.Dir(file), "kaputt.html")
	whole, err := os.ReadFile(file)
	if err == nil {
		i := bytes.Index(whole, []byte(`id="daten">`)) + 200
		whole[i] ^= 1
		err = os.WriteFile(broken, whole, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	town, _, _ := strings.Cut(strings.TrimPrefix(home, "/"+string(lang)), "/antrag/")
	if lang == i18n.EN {
		town = "/en" + town
	}
	for _, c := range []struct{ state, file, passphrase, says string }{
		{"damaged", broken, passphrase, "submission.bring.damaged"},
		{"passphrase", file, passphrase + "!", "submission.bring.passphrase.wrong"},
	} {
		b.visit(town + "/fortsetzen/datei")
		b.attach(w.say("submission.bring.file"), c.file)
		b.fill(w.say("submission.bring.passphrase"), c.passphrase)
		b.press(w.say("submission.resume.button"))
		b.sees(w.say(c.says))
		look(b, "bring", c.state)
	}
	if !b.scripts {
		return
	}
	at := open(b.t, e.browser, "file://", in(b.t, lang.Official()), true)
	at.do(chromedp.Navigate("file://" + file))
	at.until("the form", `ready() && document.querySelector("#ask")?.hidden === false`)
	at.check()
	look(at, "at-home", "closed")
	for _, typed := range []string{passphrase + "!", passphrase} {
		at.typed(`document.querySelector("#passphrase")`, typed)
		at.enter()
		if typed != passphrase {
			at.sees(at.words.say("submission.draftfile.wrong"))
			look(at, "at-home", "wrong")
		}
	}
	at.sees(at.words.say("submission.draftfile.notsent"), "erika.mustermann@example.org")
	look(at, "at-home", "open")
}

// stopped answers the first question so that the application ends, and comes
// back.
func (e *everything) stopped(b *tab, look func(b *tab, name, state string)) {
	b.t.Helper()
	b.pick("home.registered", "no")
	b.turn(func() { b.click(`submits("_go", "next")`) })
	b.until("the page that stops", `location.pathname.endsWith("/seite/elsewhere")`)
	look(b, "elsewhere", "stopped")
	b.follow(b.words.say("submission.stop.change"))
	b.until("the first question", `location.pathname.endsWith("/seite/home")`)
}

// looks holds a page against axe-core and 320 pixels, and sees that every
// entry of the error summary leads to a control.
func looks(b *tab, name, state string) {
	b.t.Helper()
	b.states(state)
	b.narrow()
	b.leads(state)
	b.keep(name + "-" + state)
}

// leads fails when an entry of the error summary leads to no control, or when
// an error has no entry.
func (b *tab) leads(state string) {
	b.t.Helper()
	var wrong []string
	b.must(&wrong, `astray()`)
	for _, w := range wrong {
		b.t.Errorf("%s, %s: %s", b.where(), state, w)
	}
}

// keep keeps pictures of a page for somebody who wants to look at them, in the
// folder LEITPORTAL_LOOK.
func (b *tab) keep(name string) {
	b.t.Helper()
	dir := os.Getenv("LEITPORTAL_LOOK")
	if dir == "" {
		return
	}
	for _, width := range []int64{320, 1280} {
		b.screen(width, 700)
		var height int64
		b.must(&height, `document.documentElement.scrollHeight`)
		b.screen(width, height)
		file := filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", b.words.lang(), name, width))
		if err := os.WriteFile(file, b.picture(), 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	b.size(1280, 900)
}

// TestEverything walks the form of all kinds of fields in Arabic at 320 pixels,
// each page as it is refused and where it stops, and in German without scripts.
func TestEverything(t *testing.T) {
	full(t)
	t.Parallel()
	e := newEverything(t)
	t.Run("Arabic", func(t *testing.T) {
		t.Parallel()
		look := func(b *tab, _, state string) {
			b.t.Helper()
			if state == "empty" || state == "list" || state == "answered" {
				return
			}
			b.size(320, 640)
			b.axe(state, axeAll)
			b.fits(state)
			b.leads(state)
			b.size(1280, 900)
		}
		b := e.begin(t, "ar", true, false)
		e.walk(b, "ar", look)
		e.further(b, "ar", look)
	})
	t.Run("without scripts", func(t *testing.T) {
		t.Parallel()
		e.walk(e.begin(t, i18n.DE, false, false), i18n.DE, func(b *tab, _, state string) {
			b.t.Helper()
			if b.fits(state); state == "wrong" {
				b.states(state)
			}
		})
	})
}

// TestSoakEverything looks at each page of it in every state, in each of its
// languages and without scripts, and goes through it by keyboard alone.
func TestSoakEverything(t *testing.T) {
	full(t)
	if os.Getenv("LEITPORTAL_SOAK") == "" {
		t.Skip("a long run: make soak")
	}
	e := newEverything(t)
	for _, lang := range []i18n.Lang{i18n.DE, i18n.EN, "ar", i18n.Simple} {
		t.Run(string(lang), func(t *testing.T) {
			b := e.begin(t, lang, true, false)
			e.walk(b, lang, looks)
			e.further(b, lang, looks)
		})
	}
	t.Run("without scripts", func(t *testing.T) {
		b := e.begin(t, i18n.DE, false, false)
		look := func(b *tab, _, state string) { b.t.Helper(); b.states(state) }
		e.walk(b, i18n.DE, look)
		e.further(b, i18n.DE, look)
	})
	t.Run("keyboard", func(t *testing.T) {
		e.walk(e.begin(t, i18n.DE, true, true), i18n.DE, func(b *tab, name, state string) {
			b.t.Helper()
			if b.round(); state == "error" {
				b.turnTo()
			}
		})
	})
}

// turnTo goes from each entry of the error summary to its field, by Enter.
func (b *tab) turnTo() {
	b.t.Helper()
	var ids []string
	b.must(&ids, `all(".lp-errors a[href^='#']").map(a => a.hash.slice(1))`)
	for _, id := range ids {
		b.must(nil, `(document.querySelector("[role=alert]").focus(), true)`)
		b.reachBy(`document.activeElement.hash === %s && !!document.activeElement.closest(".lp-errors")`, "#"+id)
		b.enter()
		b.until("focus on "+id, `document.activeElement?.id === %s`, id)
		b.outlined()
		b.until("the field in the window", `inWindow(document.activeElement)`)
	}
}

// pick chooses a radio button or ticks a box, by its name and value.
func (b *tab) pick(name, value string) {
	b.t.Helper()
	var radio bool
	if b.must(&radio, `box(%s, %s).control.type === "radio"`, name, value); radio && b.keys {
		b.reachBy(`document.activeElement?.type === "radio" && document.activeElement.name === %s`, name)
		var here bool
		if b.must(&here, `document.activeElement === box(%s, %s).control`, name, value); here {
			b.key(" ")
		}
		b.arrowTo(name+" "+value, `box(%s, %s).control.checked`, name, value)
		b.kept()
		return
	}
	b.click(`box(%s, %s)`, name, value)
	b.until(name+" "+value, `box(%s, %s).control.checked`, name, value)
}

// enterInto types or chooses a value in the control of a name.
func (b *tab) enterInto(name, value string) {
	b.t.Helper()
	var tag string
	if b.must(&tag, `control(%s).tagName`, name); tag == "SELECT" {
		b.take(name, value)
		return
	}
	b.typed(`one(%s)`, value, name)
}

// take chooses an entry of a list, by its code, also of one that scripts have
// made searchable.
func (b *tab) take(name, code string) {
	b.t.Helper()
	var combo bool
	if b.must(&combo, `one(%s) !== control(%[1]s)`, name); !combo {
		if !b.keys {
			b.until(name, `picked(%s, %s)`, name, code)
			return
		}
		b.tabTo(`one(%s)`, name)
		b.arrowTo(name+" "+code, `one(%s).value === %s`, name, code)
		return
	}
	var label string
	b.must(&label, `plain([...control(%s).options].find(o => o.value === %s).text)`, name, code)
	b.typed(`one(%s)`, label, name)
	if !b.keys {
		b.click(`entry(%s, %s)`, name, label)
		return
	}
	b.until("suggestion "+label, `!!entry(%s, %s)`, name, label)
	b.arrowTo("suggestion "+label, `entry(%s, %s).getAttribute("aria-selected") === "true"`, name, label)
	b.enter()
	b.until(label+" taken", `one(%s).value === %s`, name, label)
}
