package whole

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// waits tells whether a page says 429 in words, and when to come again.
func waits(t testing.TB, p *walker.Page, title string) {
	t.Helper()
	tight(t, p)
	again, err := strconv.Atoi(p.Header.Get("Retry-After"))
	if p.Status != http.StatusTooManyRequests || !p.Has(title) || err != nil || again < 1 || again > 3600 || p.Focused() == "" {
		t.Fatalf("%s answers %d, again after %q: %s", p.Path(), p.Status, p.Header.Get("Retry-After"), p.Text())
	}
}

// One address cannot fill the disk with drafts or with files; who is over the
// limit keeps what was begun and typed.
func TestLimitsPerAddress(t *testing.T) {
	portal := apptest.Start(t, apptest.Options{Demo: true, DraftsPerHour: 2, UploadsPerHour: 1})
	a := walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes",
		"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
	b := open(t, portal)
	walk(t, b, a, 1, "/dog-law/1")
	const page = service + "/seite/dog-law/1"
	file := func(name string, size int) walker.File {
		return walker.File{Field: "dogs/1.permit_file", Name: name, Type: "application/pdf", Data: append(pdf(name), bytes.Repeat([]byte(" "), size)...)}
	}
	press := func(f *walker.Form, v url.Values, file walker.File) *walker.Page {
		p, err := b.Send(f, f.Press(v, "_upload", "dogs/1.permit_file"), file)
		return must(t, p, err)
	}
	f := get(t, b, page).Own()
	v := a.Fill(f)
	v.Set("dogs/1.permit_date:year", "2023")
	if p := press(f, v, file("eins.pdf", 600_000)); p.Status != http.StatusOK || !p.Has("eins.pdf") {
		t.Fatalf("the first file: %d %s", p.Status, p.Text())
	}
	f = get(t, b, page).Own()
	p := press(f, v, file("zwei.pdf", 600_000))
	waits(t, p, "keine Datei hochladen")
	if p.Has("zwei.pdf") || !p.Has("eins.pdf") || p.Own().Shown("dogs/1.permit_date:year") != "2023" {
		t.Errorf("what was typed is lost: %s", p.Text())
	}
	if p := press(p.Own(), p.Own().Values(), file("drei.pdf", 1000)); p.Status != http.StatusOK || !p.Has("drei.pdf") {
		t.Errorf("a small file that fits: %d %s", p.Status, p.Text())
	}

	second, third := open(t, portal), open(t, portal)
	if p, err := second.Begin(service); err != nil || p.Status != http.StatusOK {
		t.Fatal(p, err)
	}
	p, err := third.Begin(service)
	must(t, p, err)
	waits(t, p, "keinen neuen Antrag beginnen")
	if len(third.Cookies()) != 0 {
		t.Error("a draft was begun all the same")
	}
	get(t, b, page) // goes on
}
