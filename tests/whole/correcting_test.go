package whole

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// A correction that is under way takes nothing from what was sent, and an
// answer to a question nothing from the correction.
func TestCorrectingAndAsked(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL})
		b := open(t, portal)
		permit := pdf("Erlaubnis")
		a := walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes",
			"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
		p := submit(t, b, walk(t, b, a, 1, "", walker.File{Field: "dogs/1.permit_file", Name: "erlaubnis.pdf", Type: "application/pdf", Data: permit}), "")
		sent(t, b)

		desk := signIn(t, portal, databaseURL, clerk)
		c := openCase(t, desk, p.Number())
		f := c.Form("/zuweisung")
		c, err := desk.Send(f, f.Press(f.Values(), "selbst", "ja"))
		must(t, c, err)
		ask := get(t, desk, c.LinkTo("/rueckfrage"))
		v := ask.Own().Values()
		v.Set("feld", "keeper.last")
		v.Set("frage", "Wie schreibt sich Ihr Nachname?")
		c, err = desk.Send(ask.Own(), v)
		must(t, c, err)

		// The question is open in one window; in another a correction begins.
		status := get(t, b, service+"/status")
		question := get(t, b, status.LinkTo("/nachricht/"))
		reopen := status.Form("/korrigieren")
		p, err = b.Send(reopen, reopen.Values())
		must(t, p, err)
		page := get(t, b, service+"/seite/keeper?ziel=pruefen")
		v = page.Own().Values()
		v.Set("keeper.first", "Augusta")
		p, err = b.Send(page.Own(), v)
		must(t, p, err)

		v = question.Own().Values()
		v.Set("keeper.last", "Weisz")
		p, err = b.Send(question.Own(), v)
		must(t, p, err)
		if p.Status != http.StatusConflict || p.Own().Shown("keeper.last") != "Weisz" || p.LinkTo("/pruefen") == "" {
			t.Fatalf("an answer beside a correction gets %d: %s", p.Status, p.Text())
		}

		// A file taken out of the correction stays what the office was sent.
		page = get(t, b, service+"/seite/dog-law/1")
		remove, _, _ := strings.Cut(after(string(page.Body), `name="_remove" value="`), `"`)
		if remove == "" {
			t.Fatalf("%s offers no file to take out: %s", page.Path(), page.Text())
		}
		v = page.Own().Values()
		v.Set("_remove", remove)
		p, err = b.Send(page.Own(), v)
		must(t, p, err)
		if p.Has("erlaubnis.pdf") {
			t.Fatalf("the file was not taken out: %s", p.Text())
		}
		file := get(t, desk, get(t, desk, c.Path()).LinkTo("/datei/"))
		if file.Status != http.StatusOK || !bytes.Equal(file.Body, permit) {
			t.Fatalf("the office's file is gone: %d", file.Status)
		}

		// With the file back in place the correction can be sent, and then the
		// answer.
		page = get(t, b, p.Path()+"?ziel=pruefen")
		p, err = b.Send(page.Own(), page.Own().Values(), walker.File{Field: "dogs/1.permit_file", Name: "neu.pdf", Type: "application/pdf", Data: permit})
		must(t, p, err)
		p, err = b.Submit(get(t, b, service+"/pruefen"), "")
		must(t, p, err)
		if !strings.HasSuffix(p.Path(), "/status") || !p.Has("Augusta") || p.H1() != "Das Amt hat eine Rückfrage" {
			t.Fatalf("the correction was not sent: %s %s", p.Path(), p.Text())
		}
		p, err = b.Send(question.Own(), url.Values{"keeper.last": {"Weisz"}})
		must(t, p, err)
		if p.First != http.StatusSeeOther || !p.Has("Augusta") || !p.Has("Weisz") || p.H1() != "Ihre Angaben sind eingegangen" {
			t.Fatalf("correction and answer: %d %s", p.First, p.Text())
		}
		eventually(t, desk, c.Path(), "Weisz")
	})
}

// after is what follows sep in s, "" where it has none.
func after(s, sep string) string {
	_, rest, _ := strings.Cut(s, sep)
	return rest
}
