package browser

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"leitportal/internal/app"
	"leitportal/internal/i18n"
	"leitportal/internal/ledger"
	"leitportal/tests/apptest"
)

// town is where a journey is made, with the words that stand in the town's
// data and not in a catalogue.
type town struct {
	name, slug   string
	what         string // typed into the search
	service      string // the result that is followed
	send         string // the last button
	street, city string
	postcode     string
}

var (
	paderborn = town{"Paderborn", "paderborn", "hund anmelden", "Hund anmelden", "Anmeldung verbindlich absenden", "Kamp", "Paderborn", "33098"}
	aachen    = town{"Aachen", "aachen", "register dog", "Registering a dog", "Send the registration", "Markt", "Aachen", "52062"}
)

// journey is the way of one application.
type journey struct {
	portal  *apptest.Portal
	town    town
	lang    i18n.Lang
	login   string // of the clerk, before the @
	browser context.Context
	scripts bool
	keys    bool // by keyboard alone
	// look is called on each page the journey comes to, once as it is, and on
	// a form's pages in the states "empty", "error" and "filled".
	look func(b *tab, page, state string)
	// faulty tells on which pages a mistake is made first, to see what is wrong
	// said; nil makes none.
	faulty func(page string) bool

	t testing.TB
	w words
}

func (j journey) begin(t testing.TB) *journey {
	j.t, j.w = t, in(t, j.lang)
	if j.look == nil {
		j.look = func(*tab, string, string) {}
	}
	if j.faulty == nil {
		j.faulty = func(string) bool { return false }
	}
	return &j
}

// tab is a browser of its own.
func (j *journey) tab() *tab {
	b := open(j.t, j.browser, j.portal.URL, j.w, j.scripts)
	b.keys = j.keys
	return b
}

// path is an address in the journey's language.
func (j *journey) path(p string) string {
	if j.lang == i18n.DE {
		return p
	}
	return "/" + string(j.lang) + p
}

// walk goes the whole way.
func (j *journey) walk() {
	j.t.Helper()
	first := j.tab()
	j.find(first)
	j.apply(first, firstDog())
	code := j.pause(first)

	b := j.tab()
	j.resume(b, code)
	j.apply(b, secondDog())
	b.sees("American Staffordshire Terrier")
	j.send(b)
	number := j.receipt(b)

	desk := j.tab()
	j.signIn(desk)
	j.ask(desk, number)
	j.answer(b)
	j.decide(desk, number)
	j.notice(b)
}

// find goes from the start page over the search to the first question.
func (j *journey) find(b *tab) {
	j.t.Helper()
	w := j.w
	b.visit(j.path("/"))
	b.at(w.say("service.start.state.title"))
	j.look(b, "start", "")
	b.fill(w.say("ui.search.what"), j.town.what)
	b.fill(w.say("ui.search.where"), j.town.name)
	b.turn(b.enter)
	b.sees(j.town.service)
	j.look(b, "search", "")
	b.turn(func() { b.click(`linkTo(%s)`, "/"+j.town.slug+"/leistungen/hundesteuer") })
	b.sees(w.say("service.part.what"), w.say("service.page.apply"))
	j.look(b, "service", "")
	b.follow(w.say("service.page.apply"))
	b.sees(w.say("submission.start.how"))
	j.look(b, "form-start", "")
	b.press(w.say("submission.start.begin"))
}

// question is a page of the form and how to answer it.
type question struct {
	page  string
	fill  []func(b *tab)
	press string // key of the button; "" is the usual one
	maybe bool   // only asked in some towns
	clean bool   // complete as it stands: sending it empty is no mistake
}

func label(b *tab, field string) string { return b.words.say("field." + field + ".label") }

func written(field, value string) func(*tab) {
	return func(b *tab) { b.fill(label(b, field), value) }
}

func dated(field, iso string) func(*tab) {
	return func(b *tab) { b.date(label(b, field), iso) }
}

func answered(field, yesNo string) func(*tab) {
	return func(b *tab) { b.choose(label(b, field), b.words.say("ui.field."+yesNo)) }
}

func chosen(field, choice string) func(*tab) {
	return func(b *tab) { b.choose(label(b, field), b.words.say("field."+field+".choice."+choice)) }
}

func ticked(field string) func(*tab) {
	return func(b *tab) { b.tick(label(b, field)) }
}

// asked answers a question that only some towns ask.
func asked(field, yesNo string) func(*tab) {
	return func(b *tab) {
		var there bool
		b.must(&there, `!!legend(%s)`, label(b, field))
		if there {
			answered(field, yesNo)(b)
		}
	}
}

// evidence attaches a real PDF.
func evidence(field string) func(*tab) {
	return func(b *tab) { b.attach(label(b, field), scan(b.t)) }
}

// firstDog is the form up to the list of dogs with one dog in it.
func firstDog() []question {
	return []question{
		{page: "privacy", clean: true},
		{page: "keeper-kind", fill: []func(*tab){asked("keeper.company", "no"), answered("keeper.joint", "no")}},
		{page: "keeper", fill: []func(*tab){written("keeper.first", "Änne"), written("keeper.last", "Großekämper"), dated("keeper.birth", "1984-02-29")}},
		{page: "address", fill: []func(*tab){
			func(b *tab) { b.fill(label(b, "address.street"), "Kamp") },
			written("address.number", "12a"), written("address.postcode", "33098"), written("address.city", "Paderborn"), dated("address.moved_in", "2015-05-01"),
		}},
		{page: "contact", fill: []func(*tab){written("keeper.phone", "05251 123456")}, clean: true},
		{page: "dog", fill: []func(*tab){
			written("dogs.name", "Bello"), written("dogs.breed", "Labrador Retriever"), chosen("dogs.sex", "male"), answered("dogs.found", "no"),
		}},
		{page: "dog-origin", fill: []func(*tab){
			dated("dogs.birth", "2024-03-27"), chosen("dogs.estimated", "exact"), written("dogs.chip", "276098106234567"),
			dated("dogs.since", "2024-06-01"), chosen("dogs.origin", "breeder"),
		}},
		{page: "dog-relief", maybe: true, fill: []func(*tab){asked("dogs.assistance", "no"), asked("dogs.watch", "no")}},
		{page: "dogs", press: "page.dogs.add", clean: true},
	}
}

// secondDog is the rest of the form, with a dog on the list of § 3 LHundG NRW.
func secondDog() []question {
	return []question{
		{page: "dog", fill: []func(*tab){
			written("dogs.name", "Rocky"), written("dogs.breed", "American Staffordshire Terrier"), chosen("dogs.sex", "male"), answered("dogs.found", "no"),
		}},
		{page: "dog-origin", fill: []func(*tab){
			dated("dogs.birth", "2023-11-05"), chosen("dogs.estimated", "estimated"), written("dogs.chip", "276098106234568"),
			dated("dogs.since", "2024-02-01"), chosen("dogs.origin", "private"), written("dogs.previous_name", "Ute Beispiel"),
		}},
		{page: "dog-law", fill: []func(*tab){
			chosen("dogs.permit", "yes"), dated("dogs.permit_date", "2024-03-15"), evidence("dogs.permit_file"), asked("dogs.test", "no"),
			answered("dogs.insured", "yes"), evidence("dogs.insurance_file"),
		}},
		{page: "dogs", clean: true},
		{page: "others", fill: []func(*tab){answered("others.has", "no")}},
		{page: "relief", maybe: true, fill: []func(*tab){answered("relief.social", "no")}},
		{page: "payment", fill: []func(*tab){answered("payment.mandate", "yes")}},
		{page: "mandate", fill: []func(*tab){written("payment.holder", "Änne Großekämper"), written("payment.iban", "DE02 1203 0000 0000 2020 51"), ticked("payment.consent")}},
		{page: "declarations", fill: []func(*tab){ticked("declarations.correct"), ticked("declarations.changes")}},
	}
}

// oneDog is the whole form with one dog in it.
func oneDog() []question {
	list := firstDog()
	list[len(list)-1].press = ""
	rest := secondDog()
	return append(list, rest[slices.IndexFunc(rest, func(q question) bool { return q.page == "others" }):]...)
}

// apply answers page after page.
func (j *journey) apply(b *tab, questions []question) {
	j.t.Helper()
	for _, q := range questions {
		_, title, found := strings.Cut(j.w.say("page."+q.page+".title"), "{label}")
		if !found {
			title = j.w.say("page." + q.page + ".title")
		}
		if q.maybe {
			var here bool
			if b.must(&here, `text(document.querySelector("h1")).endsWith(plain(%s))`, title); !here {
				continue
			}
		}
		b.until("page "+q.page, `text(document.querySelector("h1")).endsWith(plain(%s))`, title)
		j.look(b, "form-"+q.page, "empty")
		next := j.w.say("submission.step.next")
		if q.press != "" {
			next = j.w.say(q.press)
		}
		if !q.clean && j.faulty("form-"+q.page) {
			b.press(next)
			b.until("error summary with the focus", `document.activeElement?.closest("[role=alert]") && !!document.querySelector("[role=alert] a[href^='#']")`)
			j.look(b, "form-"+q.page, "error")
		}
		for _, fill := range q.fill {
			fill(b)
		}
		if len(q.fill) > 0 {
			j.look(b, "form-"+q.page, "filled")
		}
		b.press(next)
	}
}

// pause leaves the form and notes the code.
func (j *journey) pause(b *tab) string {
	j.t.Helper()
	b.follow(j.w.say("ui.saved.later"))
	b.at(j.w.say("submission.later.title"))
	b.sees(j.w.say("submission.later.code"))
	j.look(b, "form-later", "")
	var page string
	b.must(&page, `text(document.querySelector("main"))`)
	code := regexp.MustCompile(`([0-9A-HJKMNP-TV-Z]{4} ){4}[0-9A-HJKMNP-TV-Z]{4}`).FindString(page)
	if code == "" {
		j.t.Fatalf("no code in five groups on the page: %s", page)
	}
	b.press(j.w.say("submission.later.leave"))
	b.at(j.w.say("submission.left.title"))
	j.look(b, "form-left", "")
	return code
}

// resume goes on in another browser.
func (j *journey) resume(b *tab, code string) {
	j.t.Helper()
	b.visit(j.path("/" + j.town.slug + "/fortsetzen"))
	b.at(j.w.say("submission.resume.title"))
	j.look(b, "resume", "empty")
	if j.faulty("resume") {
		b.fill(j.w.say("submission.resume.code"), "K7QF")
		b.press(j.w.say("submission.resume.button"))
		b.sees(j.w.say("submission.resume.malformed"))
		j.look(b, "resume", "error")
	}
	b.fill(j.w.say("submission.resume.code"), strings.ToLower(code))
	b.press(j.w.say("submission.resume.button"))
}

// send reads everything once more and submits.
func (j *journey) send(b *tab) {
	j.t.Helper()
	b.at(j.w.say("submission.check.title"))
	b.sees("Großekämper", "Labrador Retriever", "12a", j.w.say("compute.tax.title"), j.w.say("submission.check.amount.note"))
	j.look(b, "form-check", "empty")
	if j.faulty("form-check") {
		b.fill(j.w.say("submission.check.email"), "anne@")
		b.press(j.town.send)
		b.sees(j.w.say("submission.check.email.bad"))
		j.look(b, "form-check", "error")
	}
	b.fill(j.w.say("submission.check.email"), "aenne@example.org")
	b.press(j.town.send)
	// The first to send in a town may have to wait for the office's key.
	for range 5 {
		var wait bool
		if b.must(&wait, `text(document.querySelector("main")).includes(%s)`, j.w.say("submission.check.wait.title")); !wait {
			break
		}
		b.press(j.town.send)
	}
	b.at(j.w.say("submission.status.title"))
}

// receipt reads the status page and checks the receipt, as anyone can.
func (j *journey) receipt(b *tab) (number string) {
	j.t.Helper()
	b.sees(j.w.say("submission.event.received"))
	for waits := !j.scripts; waits; {
		if b.must(&waits, `!!document.querySelector("[data-wait]")`); waits {
			b.follow(j.w.say("submission.status.receipt.again"))
		}
	}
	b.sees(j.w.say("submission.status.receipt.pdf"))
	var page string
	b.must(&page, `text(document.querySelector("main"))`)
	if number = regexp.MustCompile(`HS-\d{4}-\d{6}`).FindString(page); number == "" {
		j.t.Fatalf("no case number on the status page: %s", page)
	}
	j.look(b, "status", "")
	keys := get(j.t, b.base+"/ledger/key")
	for _, link := range []string{"pdf", "json"} {
		file := b.download(j.w.say("submission.status.receipt." + link))
		v, err := ledger.VerifyFile(file, strings.Fields(string(keys)))
		if err != nil || !v.Genuine || v.Receipt == nil {
			j.t.Errorf("the %s receipt (%d bytes) is not genuine: %+v, %v", link, len(file), v, err)
		}
		file[len(file)/2] ^= 1
		if v, err := ledger.VerifyFile(file, strings.Fields(string(keys))); err == nil && v.Genuine {
			j.t.Errorf("the %s receipt with a changed byte counts as genuine", link)
		}
	}
	return number
}

// signIn opens the desk.
func (j *journey) signIn(b *tab) {
	j.t.Helper()
	b.visit(j.path("/" + j.town.slug + "/amt/"))
	b.at(j.w.say("login.title"))
	j.look(b, "sign-in", "empty")
	login := j.login + "@" + j.town.slug + ".example"
	if j.faulty("sign-in") {
		b.fill(j.w.say("login.name"), login)
		b.fill(j.w.say("login.password"), "falsch")
		b.press(j.w.say("login.button"))
		b.sees(j.w.say("login.problem.wrong"))
		j.look(b, "sign-in", "error")
	}
	b.fill(j.w.say("login.name"), login)
	b.fill(j.w.say("login.password"), "Leitportal-Demo-2026")
	b.press(j.w.say("login.button"))
	b.at(j.w.say("login.code.title"))
	j.look(b, "sign-in-code", "empty")
	b.fill(j.w.say("login.code.label"), code(j.t, j.portal.Data, j.town.slug, login))
	b.press(j.w.say("login.button"))
}

// open opens a case from the inbox, once it has arrived there.
func (j *journey) open(b *tab, number string) {
	j.t.Helper()
	here := false
	for end := time.Now().Add(patience); time.Now().Before(end) && !here; time.Sleep(50 * time.Millisecond) {
		b.visit(j.path("/" + j.town.slug + "/amt/eingang"))
		b.must(&here, `!!link(%s)`, number)
	}
	b.at(j.w.say("casework.inbox.title"))
	j.look(b, "inbox", "")
	b.follow(number)
	b.at(number)
	b.sees("Großekämper")
}

// ask asks back about one field.
func (j *journey) ask(b *tab, number string) {
	j.t.Helper()
	j.open(b, number)
	j.look(b, "case", "")
	b.press(j.w.say("casework.action.take"))
	b.sees(j.w.say("casework.done.take"))
	b.press(j.w.say("casework.action.ask"))
	b.at(j.w.say("casework.ask.title", "number", number))
	j.look(b, "ask", "empty")
	if j.faulty("ask") {
		b.press(j.w.say("casework.ask.button"))
		b.sees(j.w.say("casework.problem.fields"), j.w.say("casework.problem.question"))
		j.look(b, "ask", "error")
	}
	b.tick(label(b, "keeper.phone"))
	b.fill(j.w.say("casework.ask.text"), "Unter dieser Nummer erreichen wir Sie nicht. Stimmt sie?")
	b.press(j.w.say("casework.ask.button"))
	b.sees(j.w.say("casework.done.ask"), j.w.say("casework.state.asked"))
	j.look(b, "case-asked", "")
}

// answer corrects just what was asked about.
func (j *journey) answer(b *tab) {
	j.t.Helper()
	b.visit(j.path("/" + j.town.slug + "/antrag/hundesteuer/status"))
	b.at(j.w.say("submission.status.title.asked"))
	j.look(b, "status-asked", "")
	b.follow(j.w.say("submission.message.open.question"))
	b.sees("Unter dieser Nummer erreichen wir Sie nicht")
	var fields int
	if b.must(&fields, `all("main form input:not([type=hidden])").length`); fields != 1 {
		j.t.Errorf("%s: %d fields are open to be changed, one was asked about", b.where(), fields)
	}
	j.look(b, "question", "empty")
	if j.faulty("question") {
		b.fill(label(b, "keeper.phone"), "keine")
		b.press(j.w.say("submission.question.send"))
		b.until("error summary", `!!document.querySelector("[role=alert] a[href^='#']")`)
		j.look(b, "question", "error")
	}
	b.fill(label(b, "keeper.phone"), "05251 654321")
	b.press(j.w.say("submission.question.send"))
	b.sees(j.w.say("submission.event.answered"))
	j.look(b, "status-answered", "")
}

// decide assesses the tax once the question is answered.
func (j *journey) decide(b *tab, number string) {
	j.t.Helper()
	j.open(b, number)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var answered bool
		if b.must(&answered, `shown(%s)`, j.w.say("casework.changes.alert")); answered {
			break
		}
		b.visit(currentPath(b))
	}
	b.sees(j.w.say("casework.changes.alert"), "+49 5251654321")
	j.look(b, "case-answered", "")
	j.assess(b, number)
}

// assess makes the notice of the case that is open.
func (j *journey) assess(b *tab, number string) {
	j.t.Helper()
	b.press(j.w.say("casework.action.decide"))
	b.at(j.w.say("casework.decide.title", "number", number))
	j.look(b, "decide", "empty")
	if j.faulty("decide") {
		var amount string
		b.must(&amount, `field(%s).value`, j.w.say("casework.field.betrag"))
		b.fill(j.w.say("casework.field.betrag"), "viel")
		b.press(j.w.say("casework.decide.preview"))
		b.sees(j.w.say("casework.problem.amount"))
		j.look(b, "decide", "error")
		b.fill(j.w.say("casework.field.betrag"), amount)
	}
	b.press(j.w.say("casework.decide.preview"))
	b.at(j.w.say("casework.preview.title", "number", number))
	b.sees("Großekämper")
	j.look(b, "preview", "")
	b.press(j.w.say("casework.preview.send"))
	b.sees(j.w.say("casework.done.decide"), j.w.say("casework.state.decided"))
	j.look(b, "case-decided", "")
	b.visit(j.path("/" + j.town.slug + "/amt/druck"))
	b.sees(number)
	j.look(b, "print", "")
}

// notice reads the copy of the notice.
func (j *journey) notice(b *tab) {
	j.t.Helper()
	b.visit(j.path("/" + j.town.slug + "/antrag/hundesteuer/status"))
	b.at(j.w.say("submission.status.title.decided"))
	j.look(b, "status-decided", "")
	b.follow(j.w.say("submission.message.open.notice"))
	b.sees(j.w.say("submission.message.copy"))
	j.look(b, "notice", "")
	if file := b.download(j.w.say("submission.message.pdf")); !bytes.HasPrefix(file, []byte("%PDF-")) {
		j.t.Errorf("the notice is no PDF: %.20q", file)
	}
}

func currentPath(b *tab) string {
	var s string
	b.must(&s, `location.pathname`)
	return s
}

// code is the present code of a demo login, from the program itself.
func code(t testing.TB, data, slug, login string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if app.Main(context.Background(), []string{"--data", data, "staff", "code", slug, login}, nil, nil, &out, &errs) != 0 {
		t.Fatalf("staff code: %s", &errs)
	}
	digits := regexp.MustCompile(`\d{3} ?\d{3}`).FindString(out.String())
	if digits == "" {
		t.Fatalf("staff code printed %q", &out)
	}
	return digits
}

func get(t testing.TB, url string) []byte {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", url, r.StatusCode, err)
	}
	return b
}

// scan is a small PDF, as a scanner makes one.
func scan(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "Nachweis.pdf")
	if err := os.WriteFile(file, []byte(smallPDF), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const smallPDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
xref
0 4
0000000000 65535 f 
0000000009 00000 n 
0000000052 00000 n 
0000000101 00000 n 
trailer<</Size 4/Root 1 0 R>>
startxref
164
%%EOF
`
