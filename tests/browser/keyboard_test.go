package browser

import (
	"testing"

	"github.com/chromedp/cdproto/input"
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
	b.reachBy(`document.activeElement === (`+finds+`)`, args...)
}

// reachBy presses Tab until a condition holds of what has the focus.
func (b *tab) reachBy(condition string, args ...any) {
	b.t.Helper()
	b.until("page to tab through", `ready()`)
	for range stops {
		var at struct {
			There bool
			Bare  string
		}
		if b.must(&at, `({There: `+condition+`, Bare: unmarked(document.activeElement)})`, args...); at.Bare != "" {
			b.t.Errorf("%s: nothing shows the focus on %s", b.where(), at.Bare)
		}
		if at.There {
			return
		}
		b.key(kb.Tab)
	}
	b.t.Fatalf("%s: Tab does not reach %s %q", b.where(), condition, args)
}

func (b *tab) outlined() {
	b.t.Helper()
	var bare string
	if b.must(&bare, `unmarked(document.activeElement)`); bare != "" {
		b.t.Errorf("%s: nothing shows the focus on %s", b.where(), bare)
	}
}

// kept fails when an action on the page has lost the focus.
func (b *tab) kept() {
	b.t.Helper()
	var lost bool
	if b.must(&lost, `!document.activeElement || document.activeElement === document.body`); lost {
		b.t.Errorf("%s: the focus is lost", b.where())
	}
	b.outlined()
}

// landed looks at where a new page puts the focus: on what it has to say
// first, or at its beginning, where the next stop is the skip link.
func (b *tab) landed() {
	b.t.Helper()
	var begins bool
	if b.must(&begins, `!document.activeElement || document.activeElement === document.body`); begins {
		b.key(kb.Tab)
		b.until("skip link as the first stop", `document.activeElement === link(%s)`, b.words.say("ui.page.skip"))
	}
	b.outlined()
}

// strike presses Enter on a link and Space on anything else, at what finds
// names or what that labels.
func (b *tab) strike(finds string, args ...any) {
	b.t.Helper()
	b.until("something to press", `!!(`+finds+`)`, args...)
	b.tabTo(`(e => e.control ?? e)(`+finds+`)`, args...)
	var link bool
	if b.must(&link, `document.activeElement.tagName === "A"`); link {
		b.enter()
	} else {
		b.key(" ")
	}
}

// radio goes to the group of answers under a legend and chooses one by Space
// or arrow keys.
func (b *tab) radio(legend, answer string) {
	b.t.Helper()
	b.until("answers", `!!choice(%s, %s)`, legend, answer)
	b.reachBy(`document.activeElement?.type === "radio" && document.activeElement.name === choice(%s, %s).control.name`, legend, answer)
	var here bool
	if b.must(&here, `document.activeElement === choice(%s, %s).control`, legend, answer); here {
		b.key(" ")
	}
	b.arrowTo("answer "+answer, `choice(%s, %s).control.checked`, legend, answer)
	b.kept()
}

// arrowTo presses the arrow key downwards until a condition holds.
func (b *tab) arrowTo(what, condition string, args ...any) {
	b.t.Helper()
	for range stops {
		var there bool
		if b.must(&there, condition, args...); there {
			return
		}
		b.key(kb.ArrowDown)
	}
	b.t.Fatalf("%s: no %s by arrow keys", b.where(), what)
}

// replace types in place of what the control with the focus holds.
func (b *tab) replace(value string) {
	b.t.Helper()
	b.do(input.DispatchKeyEvent(input.KeyDown).WithKey("a").WithModifiers(input.ModifierCtrl).WithCommands([]string{"selectAll"}))
	if value == "" {
		b.key(kb.Delete)
	} else {
		b.key(value)
	}
	b.kept()
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

// TestKeyboard goes the whole way without a mouse: finds, applies, sends and
// reads the status page; signs in at the desk, asks back, decides. Mistakes
// are made on the way, for the error summary must lead to the field.
func TestKeyboard(t *testing.T) {
	full(t)
	t.Parallel()
	j := (&journey{
		portal: apptest.Start(t, apptest.Options{Demo: true}), browser: launch(t), town: paderborn, lang: i18n.DE, login: "sachbearbeitung", scripts: true, keys: true,
		faulty: func(page string) bool { return page == "form-keeper" || page == "ask" },
		look: func(b *tab, page, state string) {
			b.t.Helper()
			switch {
			case state == "error":
				b.fromSummary()
			case page == "start" || page == "form-keeper" || page == "form-dog" || page == "form-check" || page == "status" || page == "inbox" || page == "case":
				b.round()
			}
		},
	}).begin(t)
	b := j.tab()
	b.visit("/")
	b.suggestions()
	j.find(b)
	j.apply(b, oneDog())
	j.send(b)
	number := j.receipt(b)

	desk := j.tab()
	j.signIn(desk)
	j.open(desk, number)
	desk.visit("/paderborn/amt/eingang")
	desk.shortcuts(number)
	j.ask(desk, number)
	j.answer(b)
	j.decide(desk, number)
	j.notice(b)
}

// suggestions opens, walks and closes the list under the search field, and
// leaves the page by its skip link.
func (b *tab) suggestions() {
	b.t.Helper()
	what := b.words.say("ui.search.what")
	b.tabTo(`link(%s)`, b.words.say("ui.page.skip"))
	b.enter()
	b.until("skip to the content", `location.hash === "#inhalt"`)
	b.tabTo(`field(%s)`, what)
	b.key("hund anm")
	b.until("suggestions", `field(%s).getAttribute("aria-expanded") === "true"`, what)
	b.key(kb.ArrowDown)
	b.until("a marked suggestion", `document.getElementById(field(%s).getAttribute("aria-activedescendant"))?.getAttribute("aria-selected") === "true"`, what)
	b.key(kb.Escape)
	b.until("a closed list", `field(%s).getAttribute("aria-expanded") === "false"`, what)
	b.kept()
}

// fromSummary goes from the error summary, which has the focus, to the first
// field that is wrong.
func (b *tab) fromSummary() {
	b.t.Helper()
	b.until("focus on the error summary", `document.activeElement?.getAttribute("role") === "alert"`)
	b.outlined()
	b.key(kb.Tab)
	var field string
	b.must(&field, `document.activeElement.hash.slice(1)`)
	b.enter()
	b.until("focus on the first field", `document.activeElement?.id === %s`, field)
	b.outlined()
}

// shortcuts works in the inbox with the keys that "?" lists.
func (b *tab) shortcuts(number string) {
	b.t.Helper()
	b.round()
	b.key("?")
	b.until("the list of keys", `document.querySelector("dialog")?.open`)
	b.kept()
	b.key(kb.Escape)
	b.until("the closed list of keys", `!document.querySelector("dialog").open`)
	b.key("j")
	b.until("focus on the first case", `text(document.activeElement) === %s`, number)
	b.outlined()
	b.turn(b.enter)
	b.at(number)
}
