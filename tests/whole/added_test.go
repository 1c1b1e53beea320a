package whole

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// A solution from an operator's folder, with no word in common with the dog
// tax, goes the whole way: application, question, correction, notice.
func TestAddedSolution(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL, Solutions: "../load/solutions"})
		b := walker.New(portal.URL)
		defer b.Close()
		const service = "/paderborn/antrag/bewohnerparken"
		tomorrow := clock.DateOf(time.Now().In(clock.Berlin()).AddDate(0, 0, 1))
		p, err := b.Begin(service)
		must(t, p, err)
		p, err = b.Walk(p, walker.Answers{}.With(
			"home.registered", "yes", "person.first", "Ada", "person.last", "Weiß", "person.phone", "05251 000000",
			"person.birth:day", "29", "person.birth:month", "2", "person.birth:year", "1980",
			"address.street", "Musterstraße", "address.number", "12a", "address.postcode", "33098", "address.city", "Musterort",
			"vehicle.plate", "PB-AB 123", "vehicle.kind", "camper", "vehicle.owner", "family", "vehicle.owner_name", "Grete Weiß", "permit.zone", "C",
			"permit.start:day", strconv.Itoa(tomorrow.Day), "permit.start:month", strconv.Itoa(int(tomorrow.Month)), "permit.start:year", strconv.Itoa(tomorrow.Year),
			"permit.term", "two", "payment.how", "transfer", "declarations.correct", "yes", "declarations.changes", "yes",
		), 0, "", nil)
		p = submit(t, b, must(t, p, err), "")
		number := p.Number()
		if !strings.HasPrefix(number, "BP-") {
			t.Fatalf("the case is %q", number)
		}

		desk := signIn(t, portal, databaseURL, clerk)
		c := openCase(t, desk, number)
		if !c.Has("PB-AB 123") || !c.Has("Ada") || c.Has("Hund") {
			t.Fatalf("the desk shows %s", c.Text())
		}
		f := c.Form("/zuweisung")
		c, err = desk.Send(f, f.Press(f.Values(), "selbst", "ja"))
		must(t, c, err)
		ask := get(t, desk, c.LinkTo("/rueckfrage"))
		v := ask.Own().Values()
		v.Set("feld", "vehicle.plate")
		v.Set("frage", "Stimmt das Kennzeichen?")
		c, err = desk.Send(ask.Own(), v)
		if must(t, c, err).First != http.StatusSeeOther {
			t.Fatalf("the question was not sent: %s", c.Text())
		}
		p = get(t, b, service+"/status")
		p = get(t, b, p.LinkTo("/nachricht/"))
		v = p.Own().Values()
		v.Set("vehicle.plate", "PB-XY 99")
		p, err = b.Send(p.Own(), v)
		if must(t, p, err); !p.Has("PB-XY 99") {
			t.Fatalf("the answer did not arrive: %s", p.Text())
		}
		c = eventually(t, desk, c.Path(), "PB-XY 99")
		decide := get(t, desk, c.LinkTo("/entscheidung"))
		if decide.Has("Hund") || decide.Has("Marken") {
			t.Errorf("the decision on a parking permit speaks of dogs or tags: %s", decide.Text())
		}
		preview, err := desk.Send(decide.Own(), decide.Own().Values())
		if must(t, preview, err).Status != http.StatusOK {
			t.Fatalf("no preview of the notice: %d %s", preview.Status, preview.Text())
		}
		f = preview.Own()
		c, err = desk.Send(f, f.Press(f.Values(), "schritt", "senden"))
		if must(t, c, err).First != http.StatusSeeOther {
			t.Fatalf("the notice was not sent: %s", c.Text())
		}
		p = get(t, b, service+"/status")
		notice := get(t, b, p.LinkTo("/nachricht/"))
		if !notice.Has("91,40") || notice.Has("Hund") || notice.Has("Steuer") {
			t.Errorf("the notice is: %s", notice.Text())
		}
	})
}
