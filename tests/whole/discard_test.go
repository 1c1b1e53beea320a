package whole

import (
	"net/http"
	"strings"
	"testing"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// An applicant begins to correct, thinks better of it, and has again what was
// sent; a question of the office can be answered then.
func TestDiscardCorrection(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL})
		b := open(t, portal)
		p := submit(t, b, walk(t, b, walker.Keeper(), 1, ""), "")
		number := p.Number()
		if p.LinkTo("/verwerfen") != "" {
			t.Error("a correction can be thrown away that was not begun")
		}
		if p := get(t, b, service+"/verwerfen"); !strings.HasSuffix(p.Path(), "/status") {
			t.Errorf("without a correction the question leads to %s", p.Path())
		}
		begin := func() {
			t.Helper()
			f := get(t, b, service+"/status").Form("/korrigieren")
			p, err := b.Send(f, f.Values())
			must(t, p, err)
			page := get(t, b, service+"/seite/keeper?ziel=pruefen")
			v := page.Own().Values()
			v.Set("keeper.first", "Augusta")
			p, err = b.Send(page.Own(), v)
			if must(t, p, err); !p.Has("Augusta") {
				t.Fatalf("not changed: %s", p.Text())
			}
		}
		begin()
		if get(t, b, service+"/pruefen").LinkTo("/verwerfen") == "" {
			t.Error("the check page does not offer to throw the correction away")
		}
		status := get(t, b, service+"/status")
		ask := get(t, b, status.LinkTo("/verwerfen"))
		tight(t, ask)
		if !strings.HasPrefix(ask.H1(), "Möchten Sie") || ask.LinkTo("/pruefen") == "" || get(t, b, service+"/pruefen").Status != http.StatusOK {
			t.Fatalf("asks: %s", ask.Text())
		}
		f := ask.Form("/verwerfen")
		p, err := b.Send(f, f.Values())
		must(t, p, err)
		if p.First != http.StatusSeeOther || !strings.HasSuffix(p.Path(), "/status") || p.Number() != number || p.Has("Augusta") || p.LinkTo("/verwerfen") != "" || p.Form("/korrigieren") == nil {
			t.Fatalf("thrown away: %d %s %s", p.First, p.Path(), p.Text())
		}
		p, err = b.Send(f, f.Values()) // pressed twice
		if must(t, p, err); !strings.HasSuffix(p.Path(), "/status") {
			t.Errorf("pressed twice it leads to %s", p.Path())
		}
		begin() // and it can be begun anew
		p, err = b.Submit(get(t, b, service+"/pruefen"), "")
		if must(t, p, err); !p.Has("Augusta") {
			t.Errorf("the second correction was not sent: %s", p.Text())
		}
	})
}
