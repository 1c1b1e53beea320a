package whole

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// pdf is a file that passes as evidence.
func pdf(marker string) []byte {
	return []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj % " + marker + "\ntrailer<</Root 1 0 R>>\n%%EOF\n")
}

// The whole way: two dogs, one of them on the dangerous list, resumed in a
// second browser by the code, sent, receipt, question, correction, notice.
func TestJourney(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.Start(t, apptest.Options{Demo: true, DatabaseURL: databaseURL})
		first := walker.New(portal.URL)
		defer first.Close()
		a := walker.Keeper().With("dogs/2.name", "Hasso", "dogs/2.breed", "rottweiler", "dogs/2.chip", "276098100000016")
		walk(t, first, a, 2, "/others")

		later := get(t, first, service+"/spaeter")
		code := later.Code()
		if code == "" {
			t.Fatalf("no resume code: %s", later.Text())
		}
		b := walker.New(portal.URL)
		defer b.Close()
		p := get(t, b, "/paderborn/fortsetzen")
		v := p.Own().Values()
		v.Set("code", strings.ToLower(strings.ReplaceAll(code, "0", "o")))
		p, err := b.Send(p.Own(), v)
		must(t, p, err)
		if !strings.HasSuffix(p.Path(), "/others") {
			t.Fatalf("resumed at %s, not where the answers end", p.Path())
		}
		p, err = b.Walk(p, a, 0, "", nil)
		must(t, p, err)
		for _, want := range []string{"Ada", "Weiß", "Musterstraße", "Rex", "Hasso", "Rottweiler", "Labrador"} {
			if !p.Has(want) {
				t.Errorf("the check page does not show %q", want)
			}
		}
		p = submit(t, b, p, "ada@weiss.example")
		number := p.Number()

		sent(t, b)
		for _, name := range []string{"pdf", "json"} {
			receipt := must(t, download(t, b, service+"/quittung."+name), nil)
			again := must(t, download(t, b, service+"/quittung."+name), nil)
			if !bytes.Equal(receipt.Body, again.Body) {
				t.Errorf("the %s receipt changes", name)
			}
			file := filepath.Join(t.TempDir(), "quittung."+name)
			if err := os.WriteFile(file, receipt.Body, 0o600); err != nil {
				t.Fatal(err)
			}
			if out, status := command(t, portal, databaseURL, "verify", file); status != 0 {
				t.Errorf("verify refuses the %s receipt: %s", name, out)
			}
			broken := bytes.Clone(receipt.Body)
			broken[len(broken)/2] ^= 1
			if err := os.WriteFile(file, broken, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, status := command(t, portal, databaseURL, "verify", file); status == 0 {
				t.Errorf("verify accepts a changed %s receipt", name)
			}
		}

		desk := signIn(t, portal, databaseURL, clerk)
		c := openCase(t, desk, number)
		if !c.Has("Hasso") || !c.Has("Ada") {
			t.Fatalf("the desk does not show the answers: %s", c.Text())
		}
		f := c.Form("/zuweisung")
		c, err = desk.Send(f, f.Press(f.Values(), "selbst", "ja"))
		must(t, c, err)
		ask := get(t, desk, c.LinkTo("/rueckfrage"))
		v = ask.Own().Values()
		v.Set("feld", "keeper.last")
		v.Set("frage", "Wie schreibt sich Ihr Nachname?")
		c, err = desk.Send(ask.Own(), v)
		must(t, c, err)
		if c.First != http.StatusSeeOther {
			t.Fatalf("the question was not sent: %s", c.Text())
		}

		p = get(t, b, service+"/status")
		p = get(t, b, p.LinkTo("/nachricht/"))
		if !p.Has("Wie schreibt sich Ihr Nachname?") || p.Own() == nil {
			t.Fatalf("the question does not show: %s", p.Text())
		}
		v = p.Own().Values()
		v.Set("keeper.last", "Weisz")
		p, err = b.Send(p.Own(), v)
		must(t, p, err)
		if p.First != http.StatusSeeOther || !p.Has("Weisz") {
			t.Fatalf("the answer did not arrive: %d %s", p.First, p.Text())
		}

		c = eventually(t, desk, c.Path(), "Weisz")
		decide := get(t, desk, c.LinkTo("/entscheidung"))
		preview, err := desk.Send(decide.Own(), decide.Own().Values())
		must(t, preview, err)
		if preview.Status != http.StatusOK {
			t.Fatalf("no preview of the notice: %d %s", preview.Status, preview.Text())
		}
		f = preview.Own()
		c, err = desk.Send(f, f.Press(f.Values(), "schritt", "senden"))
		must(t, c, err)
		if c.First != http.StatusSeeOther {
			t.Fatalf("the notice was not sent: %s", c.Text())
		}

		p = get(t, b, service+"/status")
		notice := get(t, b, p.LinkTo("/nachricht/"))
		if file := download(t, b, notice.LinkTo("bescheid.pdf")); !bytes.HasPrefix(file.Body, []byte("%PDF-")) {
			t.Error("the notice has no PDF")
		}
		if !strings.Contains(notice.Text(), "Rechtsbehelf") && !strings.Contains(notice.Text(), "Klage") && !strings.Contains(notice.Text(), "Widerspruch") {
			t.Errorf("the notice names no legal remedy: %s", notice.Text())
		}
		if seen := get(t, b, service+"/status"); !seen.Has("Steueramt") {
			t.Error("the status page does not say who saw the data")
		}
	})
}

// A question about evidence: the file that came with a faulty answer is still
// there when the rest is mended.
func TestQuestionKeepsFiles(t *testing.T) {
	portal := apptest.Start(t, apptest.Options{Demo: true})
	b := open(t, portal)
	a := walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes",
		"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
	p := submit(t, b, walk(t, b, a, 1, ""), "")
	desk := signIn(t, portal, "", clerk)
	c := openCase(t, desk, p.Number())
	f := c.Form("/zuweisung")
	c, err := desk.Send(f, f.Press(f.Values(), "selbst", "ja"))
	must(t, c, err)
	ask := get(t, desk, c.LinkTo("/rueckfrage"))
	v := ask.Own().Values()
	v["feld"] = []string{"keeper.last", "dogs/1.permit_file"}
	v.Set("frage", "Bitte senden Sie die Erlaubnis.")
	c, err = desk.Send(ask.Own(), v)
	must(t, c, err)
	p = get(t, b, get(t, b, service+"/status").LinkTo("/nachricht/"))
	v = p.Own().Values()
	v.Set("keeper.last", "")
	p, err = b.Send(p.Own(), v, walker.File{Field: "dogs/1.permit_file", Name: "erlaubnis.pdf", Data: pdf("x")})
	must(t, p, err)
	if p.Status != http.StatusUnprocessableEntity || !p.Has("erlaubnis.pdf") {
		t.Fatalf("a faulty answer: %d %s", p.Status, p.Text())
	}
	v = p.Own().Values()
	v.Set("keeper.last", "Weiß")
	p, err = b.Send(p.Own(), v)
	must(t, p, err)
	if p.First != http.StatusSeeOther || !p.Has("erlaubnis.pdf") {
		t.Errorf("the file is lost: %d %s", p.First, p.Text())
	}
}

// sent waits until the receipt is there, and answers the status page.
func sent(t testing.TB, b *walker.Browser) *walker.Page {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if p := get(t, b, service+"/status"); p.LinkTo("/quittung.json") != "" {
			return p
		}
	}
	t.Fatal("no receipt")
	return nil
}

func download(t testing.TB, b *walker.Browser, path string) *walker.Page {
	t.Helper()
	p := get(t, b, path)
	if p.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(p.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%s is not sent as a file to be saved", path)
	}
	return p
}
