package whole

import (
	"net/http"
	"testing"

	"leitportal/internal/scan/scantest"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// Uploads are looked at for malware: what is found is refused; while nobody
// looks the person goes on filling in, is told, and sends when it is done.
func TestVirusScan(t *testing.T) {
	clamd := scantest.New(t)
	clamd.Start(t)
	portal := apptest.Start(t, apptest.Options{Demo: true, Clamd: clamd.Address})
	a := walker.Keeper().With("dogs.breed", "rottweiler", "dogs.permit", "yes",
		"dogs.permit_date:day", "1", "dogs.permit_date:month", "2", "dogs.permit_date:year", "2024")
	b := open(t, portal)
	walk(t, b, a, 1, "/dog-law/1")
	const page, field = service + "/seite/dog-law/1", "dogs/1.permit_file"
	press := func(name, text string) *walker.Page {
		t.Helper()
		f := get(t, b, page).Own()
		p, err := b.Send(f, f.Press(a.Fill(f), "_upload", field), walker.File{Field: field, Name: name, Type: "application/pdf", Data: []byte("%PDF-1.4 " + text)})
		return must(t, p, err)
	}
	if p := press("schlecht.pdf", scantest.EICAR); p.Status != http.StatusUnprocessableEntity || !p.Has("Schadsoftware") || p.Has(scantest.Signature) {
		t.Fatalf("malware: %d %s", p.Status, p.Text())
	}
	clamd.Stop()
	p := press("spaeter.pdf", "")
	if p.Status != http.StatusOK || !p.Has("spaeter.pdf") || !p.Has("wird noch auf Schadsoftware geprüft") {
		t.Fatalf("without a scanner: %d %s", p.Status, p.Text())
	}
	check, err := b.Walk(get(t, b, page), a, 1, "", nil)
	must(t, check, err)
	p, err = b.Submit(check, "")
	if must(t, p, err); p.Status != http.StatusConflict || !p.Has("Noch nicht gesendet") || p.Focused() == "" || p.Header.Get("Retry-After") == "" {
		t.Fatalf("sending meanwhile: %d %s", p.Status, p.Text())
	}
	clamd.Start(t)
	if p := submit(t, b, p, ""); p.Status != http.StatusOK || !p.Has("Eingang") {
		t.Fatalf("sending when it is done: %d %s", p.Status, p.Text())
	}
}
