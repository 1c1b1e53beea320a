package whole

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// An answer that comes too late, or crosses another, is never lost: the page
// says why it was not sent and shows what was typed.
func TestAnswersThatCross(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL})
		b := open(t, portal)
		p := submit(t, b, walk(t, b, walker.Keeper(), 1, ""), "")
		sent(t, b)
		desk := signIn(t, portal, databaseURL, clerk)
		c := openCase(t, desk, p.Number())
		ask := func() *walker.Page {
			t.Helper()
			page := get(t, desk, c.LinkTo("/rueckfrage"))
			v := page.Own().Values()
			v.Set("feld", "keeper.last")
			v.Set("frage", "Wie schreibt sich Ihr Nachname?")
			p, err := desk.Send(page.Own(), v)
			if must(t, p, err); p.First != http.StatusSeeOther {
				t.Fatalf("asking back gets %d: %s", p.Status, p.Text())
			}
			status := get(t, b, service+"/status")
			return get(t, b, status.LinkTo("/nachricht/"))
		}
		answer := func(q *walker.Page, name string) *walker.Page {
			t.Helper()
			p, err := b.Send(q.Own(), url.Values{"keeper.last": {name}})
			must(t, p, err)
			return p
		}

		// Many windows at once: one answer is sent, the others stay on the screen.
		question := ask()
		var mu sync.Mutex
		sent := ""
		atOnce(6, func(i int) {
			name := "Weiß" + strings.Repeat("z", i+1) // never the name that is there already
			p, err := b.Send(question.Own(), url.Values{"keeper.last": {name}})
			switch {
			case err != nil:
				t.Error(err)
			case p.First == http.StatusSeeOther:
				mu.Lock()
				defer mu.Unlock()
				if sent += name; sent != name {
					t.Errorf("two answers to one question: %s", sent)
				}
			case p.Status != http.StatusConflict || !strings.Contains(string(p.Body), name):
				t.Errorf("%s gets %d: %s", name, p.Status, p.Text())
			}
		})
		if !get(t, b, service+"/status").Has(sent) || sent == "" {
			t.Errorf("%q was sent and is not there", sent)
		}
		// The same answer again is the same answer; another one is too late.
		if p := answer(question, sent); p.First != http.StatusSeeOther {
			t.Errorf("sent twice: %d %s", p.Status, p.Text())
		}
		if p := answer(question, "Weisz"); p.Status != http.StatusConflict || !p.Has("Weisz") || !p.Has("schon beantwortet") || p.LinkTo("/status") == "" {
			t.Errorf("too late: %d %s", p.Status, p.Text())
		}
		if p := answer(question, strings.Repeat("x", 200)); p.Status != http.StatusConflict || !p.Has(strings.Repeat("x", 200)) {
			t.Errorf("too late and too long: %d %s", p.Status, p.Text())
		}

		// Withdrawn in another window, while an answer was typed.
		c = eventually(t, desk, c.Path(), sent) // the answer is with the office
		question = ask()
		status := get(t, b, service+"/status")
		f := status.Form("/zurueckziehen")
		p, err := b.Send(f, f.Values())
		must(t, p, err)
		if p := answer(question, "Weisz"); p.Status != http.StatusConflict || !p.Has("Weisz") || !p.Has("abgeschlossen") {
			t.Errorf("after withdrawing: %d %s", p.Status, p.Text())
		}
	})
}
