package forms

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"leitportal/internal/form"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// act is one page of an application: where one must be, what is typed there by
// the end of a control's name, and which button is pressed. A link is followed
// before, to the page of an entry that is to be changed.
type act struct {
	link   string
	at     string
	typed  map[string]string
	button string
}

type typed map[string]string

// household is a form three deep: people, their children, and when these are
// looked after. At each depth somebody adds, changes and removes.
var household = []act{
	{at: "ort", typed: typed{"ort": "Musterort"}},
	{at: "person/1", typed: typed{".name": "Anna", ".hat_kinder": "yes"}},
	{at: "kind/1/1", typed: typed{".vorname": "Mia", ".geburt": "1.2.2020", ".betreut": "yes"}},
	{at: "zeiten/1/1", button: form.ListAdd},
	{at: "zeit/1/1/1", typed: typed{".art": "kita", ".stunden": "20"}},
	{at: "zeiten/1/1", button: form.ListAdd},
	{at: "zeit/1/1/2", typed: typed{".art": "schule", ".stunden": "10"}},
	{at: "zeiten/1/1", button: form.ListAdd},
	{at: "zeit/1/1/3", typed: typed{".art": "tagespflege", ".stunden": "5"}},
	// The second time is changed, and the first removed.
	{link: "zeit/1/1/2", at: "zeit/1/1/2", typed: typed{".art": "schule", ".stunden": "12"}},
	{at: "zeiten/1/1", button: form.ListRemove + "1"},
	{at: "zeiten/1/1", button: form.ListNext},
	// A second child is changed, and the first removed with its times.
	{at: "kinder/1", button: form.ListAdd},
	{at: "kind/1/2", typed: typed{".vorname": "Ben", ".geburt": "3.4.2021", ".betreut": "yes"}},
	{at: "zeiten/1/2", button: form.ListAdd},
	{at: "zeit/1/2/1", typed: typed{".art": "kita", ".stunden": "25"}},
	{at: "zeiten/1/2", button: form.ListNext},
	{link: "kind/1/2", at: "kind/1/2", typed: typed{".vorname": "Benno", ".geburt": "3.4.2021", ".betreut": "yes"}},
	{at: "zeit/1/2/1", typed: typed{".art": "kita", ".stunden": "25"}},
	{at: "zeiten/1/2", button: form.ListNext},
	{at: "kinder/1", button: form.ListRemove + "1"},
	{at: "kinder/1", button: form.ListNext},
	{at: "einkommen/1", typed: typed{".einkommen": "1.234,56"}},
	// A second person comes, the first is changed, and a third goes again.
	{at: "haushalt", button: form.ListAdd},
	{at: "person/2", typed: typed{".name": "Bert", ".hat_kinder": "no"}},
	{at: "einkommen/2", typed: typed{".einkommen": "0"}},
	{at: "haushalt", button: form.ListAdd},
	{at: "person/3", typed: typed{".name": "Cleo", ".hat_kinder": "no"}},
	{at: "einkommen/3", typed: typed{".einkommen": "99"}},
	{link: "person/1", at: "person/1", typed: typed{".name": "Anne", ".hat_kinder": "yes"}},
	{link: "haushalt", at: "haushalt", button: form.ListRemove + "3"},
	{at: "haushalt", button: form.ListNext},
	{at: "abschluss", typed: typed{"erklaerung": "yes"}},
}

// TestThreeDeep adds, changes and removes entries at each depth of a form whose
// groups repeat within each other, without scripts.
func TestThreeDeep(t *testing.T) {
	dir := t.TempDir()
	if err := Add(dir, "haushalt", os.DirFS("../../internal/form/testdata/haushalt")); err != nil {
		t.Fatal(err)
	}
	portal := apptest.Start(t, apptest.Options{Solutions: dir})
	b := walker.New(portal.URL)
	defer b.Close()
	service := "/" + Town + "/antrag/haushalt"
	p, err := b.Begin(service)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range household {
		if a.link != "" {
			if p, err = b.Get(service + "/seite/" + a.link); err != nil {
				t.Fatal(err)
			}
		}
		if p.Path() != service+"/seite/"+a.at || p.Status != http.StatusOK {
			t.Fatalf("step %d is %s (%d), not %s: %s", i+1, p.Path(), p.Status, a.at, p.Text())
		}
		f := p.Own()
		v := f.Values()
		if a.button != "" {
			f.Press(v, "_list", a.button)
			if !slices.ContainsFunc(f.Controls, func(c walker.Control) bool { return c.Name == "_list" && c.Value == a.button }) {
				t.Fatalf("%s has no button %s", p.Path(), a.button)
			}
		}
		for end, s := range a.typed {
			at := slices.IndexFunc(f.Controls, func(c walker.Control) bool { return strings.HasSuffix(c.Name, end) && takes(c, s) })
			if at < 0 {
				t.Fatalf("%s has no %s: %+v", p.Path(), end, f.Controls)
			}
			v.Set(f.Controls[at].Name, s)
		}
		if p, err = taken(b.Send(f, v)); err != nil {
			t.Fatalf("step %d, %s: %v", i+1, a.at, err)
		}
	}
	want := []Card{
		{"Wo wohnen Sie?", [][2]string{{"Ort", "Musterort"}}},
		{"Personen: Anne", [][2]string{{"Name", "Anne"}, {"Kinder im Haushalt", "Ja"}}},
		{"Personen: Benno von Anne", [][2]string{{"Vorname", "Benno"}, {"Geburtsdatum", "3. April 2021"}, {"Wird betreut", "Ja"}}},
		{"Personen: Zeit 1 von Benno von Anne", [][2]string{{"Betreuung", "Kindertagesstätte"}, {"Stunden je Woche", "25"}}},
		{"Personen: Anne", [][2]string{{"Einkommen im Monat", "1.234,56 €"}}},
		{"Personen: Bert", [][2]string{{"Name", "Bert"}, {"Kinder im Haushalt", "Nein"}, {"Einkommen im Monat", "0,00 €"}}},
		{"Erklärung", [][2]string{{"Meine Angaben sind richtig.", "Ja"}}},
	}
	shows(t, want, p)
	status, err := Sent(b, p)
	if err != nil {
		t.Fatal(err)
	}
	shows(t, want, status)
	if _, err := Receipt(b, status); err != nil {
		t.Error(err)
	}
}
