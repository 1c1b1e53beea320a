package whole

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"leitportal/internal/db"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// What people do: go back, press twice, use two windows, change their minds.
func TestWays(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL})
		for _, way := range []struct {
			name string
			test func(*testing.T, *apptest.Portal)
		}{
			{"back and two tabs", testTabs},
			{"a page pressed twice", testPressedTwice},
			{"one more dog pressed twice", testAddedTwice},
			{"sent many times at once", testSentOften},
			{"corrected after sending", testCorrected},
			{"withdrawn", testWithdrawn},
			{"left and erased", testErased},
			{"of another town", testForeign},
		} {
			t.Run(way.name, func(t *testing.T) { way.test(t, portal) })
		}
		t.Run("expired", func(t *testing.T) { testExpired(t, portal, databaseURL) })
		t.Run("a case of another town", func(t *testing.T) { testForeignCase(t, portal, databaseURL) })
	})
}

func open(t testing.TB, p *apptest.Portal) *walker.Browser {
	b := walker.New(p.URL)
	t.Cleanup(b.Close)
	return b
}

func testTabs(t *testing.T, portal *apptest.Portal) {
	b := open(t, portal)
	walk(t, b, walker.Keeper(), 1, "/contact")
	page := service + "/seite/keeper"
	mine, other := get(t, b, page), get(t, b, page)
	if got := mine.Own().Shown("keeper.last"); got != "Weiß" {
		t.Fatalf("going back shows %q", got)
	}
	send := func(p *walker.Page, last string) *walker.Page {
		v := p.Own().Values()
		v.Set("keeper.last", last)
		p, err := b.Send(p.Own(), v)
		return must(t, p, err)
	}
	if p := send(other, "Schwarz"); p.First != http.StatusSeeOther {
		t.Fatalf("the other tab was not saved: %d", p.First)
	}
	p := send(mine, "Grün")
	if p.Status != http.StatusConflict || p.Own().Shown("keeper.last") != "Grün" || p.Focused() == "" {
		t.Fatalf("a stale tab got %d, shows %q, focus on %q", p.Status, p.Own().Shown("keeper.last"), p.Focused())
	}
	if now := get(t, b, page); now.Own().Shown("keeper.last") != "Schwarz" {
		t.Error("the stale tab has changed what was saved")
	}
	if p = send(p, "Grün"); p.First != http.StatusSeeOther {
		t.Fatalf("insisting does not help: %d", p.First)
	}
	if p = send(mine, "Grün"); p.First != http.StatusSeeOther {
		t.Errorf("the same again from a stale tab got %d", p.First)
	}
	// Ahead of the answers one is led back to where they end.
	if p := get(t, b, service+"/seite/declarations"); !strings.HasSuffix(p.Path(), "/contact") {
		t.Errorf("a page ahead shows %s", p.Path())
	}
}

// atOnce does the same n times at once.
func atOnce(n int, do func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

func testPressedTwice(t *testing.T, portal *apptest.Portal) {
	b := open(t, portal)
	p := walk(t, b, walker.Keeper(), 1, "/address")
	f, v := p.Own(), walker.Keeper().Fill(p.Own())
	atOnce(8, func(int) {
		if p, err := b.Send(f, v); err != nil || p.First != http.StatusSeeOther || !strings.HasSuffix(p.Path(), "/contact") {
			t.Errorf("pressing again led to %v, %v", p, err)
		}
	})
}

func testAddedTwice(t *testing.T, portal *apptest.Portal) {
	b := open(t, portal)
	p := walk(t, b, walker.Keeper(), 1, "/dogs")
	f := p.Own()
	v := f.Press(f.Values(), "_list", "add")
	atOnce(4, func(int) {
		if p, err := b.Send(f, v); err != nil || p.First != http.StatusSeeOther {
			t.Errorf("one more: %v, %v", p, err)
		}
	})
	p, err := b.Send(f, v)
	must(t, p, err)
	if !strings.HasSuffix(p.Path(), "/dog/2") {
		t.Errorf("after one more dog one is at %s", p.Path())
	}
	p, err = b.Walk(p, walker.Keeper().With("dogs/2.chip", "276098100000016"), 0, "/others", nil)
	must(t, p, err)
}

func testSentOften(t *testing.T, portal *apptest.Portal) {
	b := open(t, portal)
	p := walk(t, b, walker.Keeper(), 1, "")
	var mu sync.Mutex
	numbers := map[string]int{}
	atOnce(8, func(int) {
		p, err := b.Submit(p, "")
		if err != nil {
			t.Error(err)
			return
		}
		if p.Status == http.StatusServiceUnavailable {
			return // the key is still being made; said in words
		}
		mu.Lock()
		defer mu.Unlock()
		numbers[p.Number()]++
	})
	p = submit(t, b, p, "")
	numbers[p.Number()]++
	if len(numbers) != 1 || numbers[""] > 0 {
		t.Fatalf("one application became %v", numbers)
	}
	for _, path := range []string{"/seite/keeper", "/pruefen"} {
		if p := get(t, b, service+path); !strings.HasSuffix(p.Path(), "/status") {
			t.Errorf("%s of a sent application shows %s", path, p.Path())
		}
	}
	if p, err := b.Post(service+"/seite/keeper", url.Values{"keeper.last": {"Anders"}}); err != nil || p.First != http.StatusSeeOther || p.Has("Anders") {
		t.Errorf("a sent application was changed: %v %v", p, err)
	}
}

func testCorrected(t *testing.T, portal *apptest.Portal) {
	b := open(t, portal)
	p := submit(t, b, walk(t, b, walker.Keeper(), 1, ""), "")
	number, reopen := p.Number(), p.Form("/korrigieren")
	p, err := b.Send(reopen, reopen.Values())
	must(t, p, err)
	if !strings.HasSuffix(p.Path(), "/pruefen") {
		t.Fatalf("correcting begins at %s (%d)", p.Path(), p.Status)
	}
	page := get(t, b, service+"/seite/keeper?ziel=pruefen")
	v := page.Own().Values()
	v.Set("keeper.first", "Augusta")
	p, err = b.Send(page.Own(), v)
	must(t, p, err)
	if !strings.HasSuffix(p.Path(), "/pruefen") {
		t.Fatalf("the change leads to %s: %s", p.Path(), p.Text())
	}
	// The button pressed in a stale window must not throw the change away.
	p, err = b.Send(reopen, reopen.Values())
	must(t, p, err)
	if !p.Has("Augusta") {
		t.Fatal("correcting again has thrown a saved change away")
	}
	p, err = b.Submit(p, "")
	must(t, p, err)
	if !strings.HasSuffix(p.Path(), "/status") || !p.Has("Augusta") || p.Number() != number {
		t.Fatalf("after the correction: %s %s", p.Path(), p.Text())
	}
	sent(t, b)
	if p := download(t, b, service+"/quittung.json"); !strings.Contains(string(p.Body), number) {
		t.Error("no receipt of the correction")
	}
}

func testWithdrawn(t *testing.T, portal *apptest.Portal) {
	b := open(t, portal)
	p := submit(t, b, walk(t, b, walker.Keeper(), 1, ""), "")
	f, reopen := p.Form("/zurueckziehen"), p.Form("/korrigieren")
	atOnce(4, func(int) {
		if p, err := b.Send(f, f.Values()); err != nil || p.First != http.StatusSeeOther {
			t.Errorf("withdrawing: %v %v", p, err)
		}
	})
	p = get(t, b, service+"/status")
	if p.Form("/zurueckziehen") != nil || p.Form("/korrigieren") != nil {
		t.Error("what was withdrawn can be withdrawn again")
	}
	if n := strings.Count(p.Text(), "zurückgezogen"); n == 0 || n > 4 {
		t.Errorf("the status page says %d times that it was withdrawn: %s", n, p.Text())
	}
	p, err := b.Send(reopen, reopen.Values())
	must(t, p, err)
	if !strings.HasSuffix(p.Path(), "/status") {
		t.Errorf("what was withdrawn can be corrected: %s", p.Path())
	}
}

func testErased(t *testing.T, portal *apptest.Portal) {
	b := open(t, portal)
	walk(t, b, walker.Keeper(), 1, "/contact")
	p := get(t, b, service+"/spaeter")
	code, erase, leave := p.Code(), p.Form("/loeschen"), p.Form("/verlassen")
	p, err := b.Send(leave, leave.Values())
	must(t, p, err)
	if p.Status != http.StatusOK || p.Header.Get("Clear-Site-Data") == "" {
		t.Errorf("leaving answers %d", p.Status)
	}
	if p = get(t, b, service+"/seite/keeper"); p.Path() != service {
		t.Errorf("after leaving the browser still opens %s", p.Path())
	}
	resume := func() *walker.Page {
		p := get(t, b, "/fortsetzen")
		p, err := b.Send(p.Form("/fortsetzen"), url.Values{"code": {code}})
		return must(t, p, err)
	}
	if p = resume(); !strings.HasSuffix(p.Path(), "/contact") {
		t.Fatalf("the code leads to %s", p.Path())
	}
	p, err = b.Send(erase, erase.Values())
	must(t, p, err)
	if p.Status != http.StatusOK {
		t.Errorf("erasing answers %d", p.Status)
	}
	if p = resume(); p.Status != http.StatusUnprocessableEntity || p.ErrorBeside("code") == "" {
		t.Errorf("the code of what was erased: %d, %q", p.Status, p.ErrorBeside("code"))
	}
}

// change changes the portal's database behind its back.
func change(t testing.TB, portal *apptest.Portal, databaseURL, sql string, args ...any) {
	t.Helper()
	if databaseURL == "" {
		databaseURL = "sqlite:" + portal.Data + "/leitportal.db"
	}
	d, err := db.Open(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// draftOf is the id of the draft that the browser's cookie opens.
func draftOf(t testing.TB, b *walker.Browser) string {
	t.Helper()
	for _, c := range b.Cookies() {
		if draft, _, ok := strings.Cut(c.Value, "."); ok && strings.HasPrefix(c.Name, "antrag-") {
			return draft
		}
	}
	t.Fatal("the browser has no draft")
	return ""
}

func testExpired(t *testing.T, portal *apptest.Portal, databaseURL string) {
	b := open(t, portal)
	walk(t, b, walker.Keeper(), 1, "/contact")
	code := get(t, b, service+"/spaeter").Code()
	change(t, portal, databaseURL, `UPDATE submission_drafts SET expires = 1, rev = rev + 1 WHERE id = $1`, draftOf(t, b))
	for _, do := range []func() (*walker.Page, error){
		func() (*walker.Page, error) { return b.Get(service + "/seite/keeper") },
		func() (*walker.Page, error) {
			return b.Post(service+"/seite/keeper", url.Values{"keeper.first": {"Ada"}})
		},
		func() (*walker.Page, error) {
			return b.Post("/paderborn/fortsetzen", url.Values{"code": {code}})
		},
	} {
		p, err := do()
		must(t, p, err)
		if p.Status != http.StatusGone || len(p.Text()) < 60 || strings.Contains(p.Text(), "submission.") {
			t.Errorf("an expired draft answers %d: %s", p.Status, p.Text())
		}
	}
}

func testForeign(t *testing.T, portal *apptest.Portal) {
	b := open(t, portal)
	walk(t, b, walker.Keeper(), 1, "/contact")
	var ticket string
	for _, c := range b.Cookies() {
		ticket = c.Value
	}
	u, err := url.Parse(portal.URL)
	if err != nil {
		t.Fatal(err)
	}
	thief := open(t, portal)
	other := "/aachen/antrag/hundesteuer"
	draft, secret, _ := strings.Cut(ticket, ".")
	for name, value := range map[string]string{
		"of another town":    ticket,
		"without a secret":   draft + ".",
		"a wrong secret":     draft + "." + strings.Repeat("A", 43),
		"a wrong draft":      "00000000-0000-7000-8000-000000000000." + secret,
		"something else":     "x",
		"much too long":      strings.Repeat("x", 3000),
		"another's lookup":   draft + "." + draft,
		"an SQL punctuation": draft + "'--." + secret,
	} {
		thief.Jar.SetCookies(u, []*http.Cookie{{Name: "antrag-053340002002-hundesteuer", Value: value, Path: "/"}})
		for _, path := range []string{"/seite/keeper", "/pruefen", "/status", "/spaeter", "/quittung.pdf"} {
			p := get(t, thief, other+path)
			if p.Path() != other || p.Has("Weiß") {
				t.Errorf("a ticket %s opens %s", name, p.Path())
			}
		}
		p, err := thief.Post(other+"/loeschen", nil)
		must(t, p, err)
		if p.Path() != other {
			t.Errorf("a ticket %s erases: %s", name, p.Path())
		}
	}
	if p := get(t, b, service+"/seite/keeper"); p.Own().Shown("keeper.last") != "Weiß" {
		t.Error("the owner's draft is damaged")
	}
}

func testForeignCase(t *testing.T, portal *apptest.Portal, databaseURL string) {
	b := open(t, portal)
	p, err := b.Begin("/aachen/antrag/hundesteuer")
	must(t, p, err)
	p, err = b.Walk(p, walker.Keeper().With("address.postcode", "52062", "address.city", "Aachen"), 1, "", nil)
	must(t, p, err)
	p = submit(t, b, p, "")

	aachen := walker.New(portal.URL)
	defer aachen.Close()
	desk := signIn(t, portal, databaseURL, "vertretung@paderborn.example")
	id := submissionID(t, portal, databaseURL, p.Number(), "053340002002")
	for _, path := range []string{"", "/rueckfrage", "/entscheidung"} {
		p, err := desk.Get("/paderborn/amt/vorgang/" + id + path)
		must(t, p, err)
		if p.Status != http.StatusNotFound || p.Has("Weiß") {
			t.Errorf("%s of another town's case answers %d", path, p.Status)
		}
		p, err = desk.Get("/aachen/amt/vorgang/" + id + path)
		must(t, p, err)
		if !strings.HasSuffix(p.Path(), "/anmelden") {
			t.Errorf("a clerk of Paderborn opens Aachen's desk: %s", p.Path())
		}
	}
	for _, path := range []string{"/notiz", "/zuweisung", "/abschluss", "/rueckfrage", "/entscheidung"} {
		p, err := desk.Post("/paderborn/amt/vorgang/"+id+path, url.Values{"notiz": {"x"}, "rev": {"1"}, "eintrag": {"01900000-0000-7000-8000-000000000000"}, "art": {"assessment"}})
		must(t, p, err)
		if p.Status != http.StatusNotFound {
			t.Errorf("POST %s to another town's case answers %d: %s", path, p.Status, p.Text())
		}
	}
}

func submissionID(t testing.TB, portal *apptest.Portal, databaseURL, number, tenant string) (id string) {
	t.Helper()
	if databaseURL == "" {
		databaseURL = "sqlite:" + portal.Data + "/leitportal.db"
	}
	d, err := db.Open(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Read().QueryRow(t.Context(), `SELECT id FROM submissions WHERE tenant = $1 AND number = $2`, tenant, number).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}
