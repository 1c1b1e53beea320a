package browser

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"

	"leitportal/internal/db/dbtest"
	"leitportal/internal/i18n"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// TestAccessibilityOfStates holds what is seen seldom against axe-core: what
// stands behind the usual way of an application, a first sign-in, limits that
// are reached, and a database that is away.
func TestAccessibilityOfStates(t *testing.T) {
	full(t)
	t.Parallel()
	browser := launch(t)
	demo := apptest.Start(t, apptest.Options{Demo: true})
	at := func(t *testing.T, portal *apptest.Portal, login string) *journey {
		return journey{portal: portal, browser: browser, town: paderborn, lang: i18n.DE, login: login, scripts: true}.begin(t)
	}
	t.Run("case", func(t *testing.T) { at(t, demo, "sachbearbeitung").afterwards() })
	t.Run("ways back", func(t *testing.T) { at(t, demo, "").waysBack() })
	t.Run("first sign-in", func(t *testing.T) { at(t, demo, "leitung").firstSignIn() })
	t.Run("town", func(t *testing.T) { at(t, demo, "redaktion").townDesk() })
	t.Run("limits", func(t *testing.T) {
		at(t, apptest.Start(t, apptest.Options{DraftsPerHour: 1}), "").limits()
	})
	t.Run("no database", func(t *testing.T) {
		line := apptest.NewLine(t, dbtest.Postgres(t))
		portal := apptest.StartProcess(t, apptest.Options{DatabaseURL: line.URL})
		at(t, &portal.Portal, "").away(line)
	})
}

// afterwards follows one application to the print run and to its end, and
// withdraws another.
func (j *journey) afterwards() {
	j.t.Helper()
	w, status := j.w, "/paderborn/antrag/hundesteuer/status"
	desk := j.tab()
	j.signIn(desk)
	desk.visit("/paderborn/amt/druck")
	desk.states("nothing waits")
	first, number := j.applied()
	j.open(desk, number)
	desk.press(w.say("casework.action.take"))
	j.assess(desk, number)
	desk.press(w.say("casework.print.button.one", "n", 1))
	desk.sees(w.say("casework.print.runs"), w.say("casework.print.download", "n", 1))
	desk.states("run done")
	desk.visit("/paderborn/amt/eingang?ansicht=erledigt")
	desk.states("done")
	desk.follow(number)
	desk.sees(w.say("casework.state.decided"))
	desk.states("printed")
	first.visit(status)
	first.sees(w.say("submission.event.printed"))
	first.states("printed")

	second, number := j.applied()
	second.visit(status)
	second.press(w.say("submission.status.correct"))
	second.at(w.say("submission.check.title"))
	second.states("correcting")
	second.visit(status)
	second.sees(w.say("submission.status.correcting"))
	second.states("correcting")
	second.follow(w.say("submission.discard"))
	second.at(w.say("submission.discard.title"))
	second.states("")
	second.press(w.say("submission.discard"))
	second.visit("/paderborn/antrag/hundesteuer")
	second.sees(w.say("submission.start.sent.title"))
	second.states("sent before")
	second.visit(status)
	second.click(`all("summary").find(s => text(s) === %s)`, w.say("submission.status.withdraw.title"))
	second.states("open")
	second.press(w.say("submission.status.withdraw"))
	second.at(w.say("submission.status.title.withdrawn"))
	second.states("withdrawn")
	j.open(desk, number)
	desk.sees(w.say("casework.withdrawn.title"))
	desk.states("withdrawn")
	desk.press(w.say("casework.action.close"))
	desk.sees(w.say("casework.state.closed"))
	desk.states("closed")
}

// applied sends an application without looking at it, and gives the browser
// that has its key.
func (j *journey) applied() (b *tab, number string) {
	j.t.Helper()
	person := walker.New(j.portal.URL)
	j.t.Cleanup(person.Close)
	p, err := person.Begin("/paderborn/antrag/hundesteuer")
	if err == nil {
		p, err = person.Walk(p, walker.Keeper().With("keeper.last", "Großekämper"), 1, "", nil)
	}
	for tries := 0; err == nil && p.Number() == "" && tries < 30; tries++ {
		p, err = person.Submit(p, "")
	}
	if err != nil || p.Number() == "" {
		j.t.Fatal(p, err)
	}
	b = j.tab()
	for _, c := range person.Jar.Cookies(p.URL) {
		b.do(network.SetCookie(c.Name, c.Value).WithURL(j.portal.URL))
	}
	return b, p.Number()
}

// firstSignIn adds a person and signs in as that person does first: own
// password, second factor, recovery codes.
func (j *journey) firstSignIn() {
	j.t.Helper()
	w, lead := j.w, j.tab()
	j.signIn(lead)
	lead.visit("/paderborn/amt/mitarbeitende/neu")
	lead.fill(w.say("staff.login"), "neu@paderborn.example")
	lead.fill(w.say("staff.name"), "Kim Neu")
	lead.press(w.say("staff.new.button"))
	lead.at(w.say("staff.password.title", "name", "Kim Neu"))
	lead.states("")
	b := j.tab()
	b.visit("/paderborn/amt/")
	b.fill(w.say("login.name"), "neu@paderborn.example")
	b.fill(w.say("login.password"), lead.shownCode("-"))
	b.press(w.say("login.button"))
	b.at(w.say("login.choose.title"))
	b.states("empty")
	b.fill(w.say("login.new"), "kurz")
	b.fill(w.say("login.again"), "anders")
	b.press(w.say("login.choose.button"))
	b.until("error summary", `!!document.querySelector("[role=alert] a[href^='#']")`)
	b.states("error")
	for _, field := range []string{"login.new", "login.again"} {
		b.fill(w.say(field), "Lampe Fluss Kreide sieben")
	}
	b.press(w.say("login.choose.button"))
	b.at(w.say("login.enrol.title"))
	b.states("empty")
	b.fill(w.say("login.code.digits"), "000000")
	b.press(w.say("login.enrol.button"))
	b.sees(w.say("login.problem.code"))
	b.states("error")
	b.fill(w.say("login.code.digits"), totp(j.t, b.shownCode(""), time.Now()))
	b.press(w.say("login.enrol.button"))
	b.at(w.say("login.codes.title"))
	b.states("")
	b.follow(w.say("login.codes.next"))
	b.states("first page")
}

// shownCode is the code that the page shows in groups.
func (b *tab) shownCode(between string) string {
	b.t.Helper()
	var groups []string
	b.must(&groups, `all(".lp-code__value span").map(text)`)
	return strings.Join(groups, between)
}

// totp is the code of RFC 6238 for a secret in base 32.
func totp(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30) // never fails
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:from+4])&0x7fffffff%1_000_000)
}

// townDesk keeps the settings of a town and reads what people wrote.
func (j *journey) townDesk() {
	j.t.Helper()
	w, b := j.w, j.tab()
	b.visit("/paderborn/feedback")
	b.press(w.say("tenant.feedback.send"))
	b.states("error")
	b.fill(w.say("tenant.feedback.message"), "Der Knopf „Weiter“ ist im Hellen kaum zu sehen.")
	b.fill(w.say("tenant.feedback.page"), "Hund anmelden")
	b.fill(w.say("tenant.feedback.mail"), "kim@example.org")
	b.press(w.say("tenant.feedback.send"))
	b.at(w.say("tenant.feedback.done.title"))
	j.signIn(b)
	b.visit("/paderborn/amt/rueckmeldungen")
	b.sees("kim@example.org")
	b.states("a message")
	b.press(w.say("tenant.desk.messages.erase"))
	b.sees(w.say("tenant.desk.messages.erased"))
	b.states("erased")
	b.visit("/paderborn/amt/einstellungen")
	b.fill(w.say("tenant.desk.field.contact.postal_code"), "3309")
	b.fill(w.say("tenant.desk.field.accent"), "#ffff00")
	b.press(w.say("tenant.desk.save"))
	b.sees(w.say("tenant.settings.postalcode"))
	b.states("error")
	b.fill(w.say("tenant.desk.field.contact.postal_code"), "33098")
	b.fill(w.say("tenant.desk.field.accent"), "")
	b.press(w.say("tenant.desk.save"))
	b.sees(w.say("tenant.desk.saved"))
	b.states("saved")
}

// limits begins one more application than an hour allows, and guesses codes.
func (j *journey) limits() {
	j.t.Helper()
	w, b := j.w, j.tab()
	for _, begins := range []bool{true, false} {
		b = j.tab()
		b.visit("/paderborn/antrag/hundesteuer")
		b.press(w.say("submission.start.begin"))
		if begins {
			b.at(w.say("page.privacy.title"))
		}
	}
	b.sees(w.say("submission.limit.drafts.title"))
	b.states("limit of drafts")
	for range 30 {
		b.visit("/paderborn/fortsetzen")
		b.fill(w.say("submission.resume.code"), "K7QF 2MXP 9TRB W4HD K7QF")
		b.press(w.say("submission.resume.button"))
		var limited bool
		if b.must(&limited, `text(document.querySelector("h1")) === %s`, w.say("web.error.limited.title")); limited {
			break
		}
	}
	b.at(w.say("web.error.limited.title"))
	b.states("limit of codes")
	for range 30 {
		b.visit("/paderborn/amt/anmelden")
		b.fill(w.say("login.name"), "niemand@paderborn.example")
		b.fill(w.say("login.password"), "falsch falsch falsch")
		b.press(w.say("login.button"))
		var limited bool
		if b.must(&limited, `shown(%s)`, w.say("login.problem.limited")); limited {
			break
		}
	}
	b.sees(w.say("login.problem.limited"))
	b.states("limit of passwords")
}

// away goes on while the database does not answer: nothing that was typed is
// lost, and every page says what is the matter.
func (j *journey) away(line *apptest.Line) {
	j.t.Helper()
	w, b := j.w, j.tab()
	b.visit("/paderborn/antrag/hundesteuer")
	b.press(w.say("submission.start.begin"))
	b.press(w.say("submission.step.next"))
	j.apply(b, firstDog()[1:2])
	b.fill(label(b, "keeper.first"), "Änne")
	line.Cut(true)
	b.press(w.say("submission.step.next"))
	b.sees(w.say("submission.step.again"))
	b.until("what was typed", `field(%s).value === "Änne"`, label(b, "keeper.first"))
	b.states("not saved")
	b.visit("/paderborn/antrag/hundesteuer/pruefen")
	b.at(w.say("web.error.unavailable.title"))
	b.states("503")
	b.visit("/paderborn/amt/eingang")
	b.states("503")
}
