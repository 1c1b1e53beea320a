package browser

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
)

// stops is the most Tab presses that a page may need to come round.
const stops = 150

// tabTo presses Tab until what finds names has the focus; every stop on the
// way must show that it has it.
func (b *tab) tabTo(finds string, args ...any) {
	b.t.Helper()
	for range stops {
		b.key(kb.Tab)
		b.outlined()
		var there bool
		if b.must(&there, `document.activeElement === (`+finds+`)`, append([]any(nil), args...)...); there {
			return
		}
	}
	b.t.Fatalf("%s: Tab does not reach %s %q", b.where(), finds, args)
}

func (b *tab) outlined() {
	b.t.Helper()
	var bare string
	if b.must(&bare, `unmarked(document.activeElement)`); bare != "" {
		b.t.Errorf("%s: nothing shows the focus on %s", b.where(), bare)
	}
}

// round tabs through the whole page, out of it and in again: no stop keeps
// the focus.
func (b *tab) round() {
	b.t.Helper()
	b.must(nil, `(document.activeElement?.blur(), scrollTo(0, 0), true)`)
	var first, now string
	for i := range stops {
		b.key(kb.Tab)
		b.outlined()
		last := now
		b.must(&now, `stop(document.activeElement)`)
		if i == 0 {
			first = now
		} else if now == first || now == "BODY" {
			return
		}
		if now == last {
			b.t.Fatalf("%s: Tab does not leave %s", b.where(), now)
		}
	}
	b.t.Errorf("%s: Tab does not come round in %d stops", b.where(), stops)
}

// TestKeyboard finds, applies and works without a mouse.
func TestKeyboard(t *testing.T) {
	full(t)
	j := (&journey{
		portal: apptest.Start(t, apptest.Options{Demo: true}), browser: launch(t), town: paderborn, lang: i18n.DE, login: "sachbearbeitung", scripts: true,
	}).begin(t)
	w, b := j.w, j.tab()
	enter := func() { b.enter() }

	b.visit("/")
	b.round()
	b.must(nil, `(document.activeElement?.blur(), true)`)
	b.visit("/")
	b.tabTo(`link(%s)`, w.say("ui.page.skip"))
	b.enter()
	b.until("skip to the content", `location.hash === "#inhalt"`)

	// the combobox: suggestions by arrow keys, Escape closes, Enter sends
	b.tabTo(`field(%s)`, w.say("ui.search.what"))
	b.key("hund anm")
	b.until("suggestions", `field(%s).getAttribute("aria-expanded") === "true"`, w.say("ui.search.what"))
	b.key(kb.ArrowDown)
	b.until("a marked suggestion", `document.getElementById(field(%s).getAttribute("aria-activedescendant"))?.getAttribute("aria-selected") === "true"`, w.say("ui.search.what"))
	b.key(kb.Escape)
	b.until("a closed list", `field(%s).getAttribute("aria-expanded") === "false"`, w.say("ui.search.what"))
	b.key("elden")
	b.tabTo(`field(%s)`, w.say("ui.search.where"))
	b.key("Paderborn")
	b.turn(enter)
	b.tabTo(`linkTo(%s)`, "/paderborn/leistungen/hundesteuer")
	b.turn(enter)
	b.tabTo(`button(%s)`, w.say("service.page.apply"))
	b.turn(enter)
	b.tabTo(`button(%s)`, w.say("submission.start.begin"))
	b.turn(enter)
	b.tabTo(`button(%s)`, w.say("submission.step.next"))
	b.turn(enter)

	// radio buttons by Space and arrows
	no := `choice(%s, %s).control`
	b.tabTo(`choice(%s, %s).control`, label(b, "keeper.company"), w.say("ui.field.yes"))
	b.key(" ")
	b.key(kb.ArrowRight)
	b.until("an answer by arrow key", no+`.checked`, label(b, "keeper.company"), w.say("ui.field.no"))
	b.tabTo(`choice(%s, %s).control`, label(b, "keeper.joint"), w.say("ui.field.yes"))
	b.key(" ")
	b.key(kb.ArrowRight)
	b.until("an answer by arrow key", no+`.checked`, label(b, "keeper.joint"), w.say("ui.field.no"))
	b.tabTo(`button(%s)`, w.say("submission.step.next"))
	b.turn(enter)

	// the error summary: has the focus, and leads to the field
	b.at(w.say("page.keeper.title"))
	b.round()
	b.tabTo(`button(%s)`, w.say("submission.step.next"))
	b.turn(enter)
	b.until("focus on the error summary", `document.activeElement?.getAttribute("role") === "alert"`)
	b.outlined()
	b.key(kb.Tab)
	b.enter()
	b.until("focus on the first field", `document.activeElement === field(%s)`, label(b, "keeper.first"))
	b.outlined()
	b.key("Änne")
	b.until("the first name", `field(%s).value === "Änne"`, label(b, "keeper.first"))
	b.tabTo(`field(%s)`, label(b, "keeper.last"))
	b.key("Großekämper")
	for i, part := range []string{"29", "2", "1984"} {
		b.tabTo([]string{`part(%s, 0)`, `part(%s, 1)`, `part(%s, 2)`}[i], label(b, "keeper.birth"))
		b.key(part)
	}
	b.tabTo(`button(%s)`, w.say("submission.step.next"))
	b.turn(enter)
	b.at(w.say("page.address.title"))

	// the desk: its inbox, by Tab and by the keys that "?" lists
	k := (&journey{portal: j.portal, browser: j.browser, town: paderborn, lang: i18n.DE, login: "vertretung", scripts: true}).begin(t)
	c := k.tab()
	k.find(c)
	k.apply(c, firstDog())
	k.apply(c, secondDog())
	k.send(c)
	number := k.receipt(c)
	b = j.tab()
	j.signIn(b)
	j.open(b, number)
	b.visit("/paderborn/amt/eingang")
	b.round()
	b.key("?")
	b.until("the list of keys", `document.querySelector("dialog")?.open`)
	b.key(kb.Escape)
	b.until("the closed list of keys", `!document.querySelector("dialog").open`)
	b.key("j")
	b.until("focus on the first case", `text(document.activeElement) === %s`, number)
	b.outlined()
	b.turn(enter)
	b.at(number)
	b.round()
}
