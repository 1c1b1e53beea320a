package whole

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// A form in a further language: its words are in that language, the portal's
// in German and marked as German; the switch keeps the page and what was
// typed; what the portal writes is German.
func TestFurtherLanguage(t *testing.T) {
	portal := apptest.Start(t, apptest.Options{Demo: true, Solutions: apptest.Arabic(t)})
	b := open(t, portal)
	p := get(t, b, "/ar/paderborn/antrag/bewohnerparken")
	for _, want := range []string{`<html lang="ar" dir="rtl">`, "طلب بطاقة موقف للسكان", `hreflang="de"`, `<span lang="de" dir="ltr">Jetzt beginnen</span>`, "لم يُترجم كل ما في هذه الصفحة"} {
		if !bytes.Contains(p.Body, []byte(want)) {
			t.Errorf("the start page lacks %s", want)
		}
	}
	p, err := b.Begin("/ar/paderborn/antrag/bewohnerparken")
	must(t, p, err)
	if p.Path() != "/ar/paderborn/antrag/bewohnerparken/seite/privacy" || !p.Has("من المسؤول؟") || !p.Has("Wer bekommt Ihre Angaben?") {
		t.Fatalf("%s: %s", p.Path(), p.Text())
	}
	v := p.Own().Values()
	v.Set("home.registered", "yes")
	p, err = b.Send(p.Own(), p.Own().Press(v, "_go", "next"))
	must(t, p, err)

	// What is typed goes along, wrong and unfinished as it is, and nothing of it
	// is stored.
	v = p.Own().Values()
	for name, value := range map[string]string{"person.first": "Ada", "person.birth:day": "99", "person.email": "ada@", "person.phone": "05251 88"} {
		v.Set(name, value)
	}
	page := "/paderborn/antrag/bewohnerparken/seite/person"
	form := *p.Own()
	for _, lang := range []struct{ tag, prefix, first, phone string }{
		{"de", "", "Vorname", "Telefonnummer"}, {"en", "/en", "First name", "Telephone"}, {"ar", "/ar", "الاسم الأول", "Telefonnummer"},
	} {
		if form.Action = lang.prefix + page; !bytes.Contains(p.Body, []byte(`form="antrag" formaction="`+form.Action+`" name="_lang" value="`+lang.tag+`"`)) && lang.tag != "ar" {
			t.Errorf("%s is not offered", lang.tag)
		}
		v.Set("_lang", lang.tag)
		p, err = b.Send(&form, v)
		if must(t, p, err); p.First != http.StatusOK || p.Path() != form.Action || !p.Has(lang.first) || !p.Has(lang.phone) {
			t.Fatalf("in %s: %d %s: %s", lang.tag, p.First, p.Path(), p.Text())
		}
		for name := range v {
			if got := p.Own().Shown(name); !strings.HasPrefix(name, "_") && got != v.Get(name) {
				t.Errorf("in %s %s shows %q", lang.tag, name, got)
			}
		}
	}
	if q := get(t, b, page); q.Own().Shown("person.first") != "" {
		t.Errorf("the switch has stored %q", q.Own().Shown("person.first"))
	}
	v.Del("_lang")
	p, err = b.Send(&form, p.Own().Press(v, "_go", "next"))
	if must(t, p, err); p.First != http.StatusUnprocessableEntity || !strings.Contains(p.ErrorBeside("person.last"), "اسم العائلة") {
		t.Errorf("%d: %q beside the surname", p.First, p.ErrorBeside("person.last"))
	}
	if !bytes.Contains(p.Body, []byte(`lang="ar" dir="rtl">اسم العائلة</span>`)) || bytes.Contains(p.Body, []byte("\uFDD0")) {
		t.Error("the label in a German sentence is not marked as Arabic, or marks have stayed")
	}

	soon := clock.DateOf(time.Now().In(clock.Berlin()).AddDate(0, 0, 1))
	// Another window has stored the page meanwhile: the switch does not hide it.
	stored := url.Values{"_rev": {"0"}, "_go": {"next"}}
	for name, value := range map[string]string{"first": "Eva", "last": "Weiß", "birth:day": "29", "birth:month": "2", "birth:year": "1980"} {
		stored.Set("person."+name, value)
	}
	form.Action = "/ar" + page
	if p, err = b.Send(&form, stored); must(t, p, err).First != http.StatusSeeOther {
		t.Fatalf("the other window: %d %s", p.First, p.Text())
	}
	stored.Set("person.first", "Ada")
	stored.Set("_lang", "ar")
	p, err = b.Send(&form, stored)
	must(t, p, err)
	if p, err = b.Send(p.Own(), p.Own().Press(p.Own().Values(), "_go", "next")); must(t, p, err).First != http.StatusConflict || p.Own().Shown("person.first") != "Ada" {
		t.Errorf("after the switch, over another window's answers: %d", p.First)
	}

	p = get(t, b, "/ar"+page)
	p, err = b.Walk(p, walker.Answers{}.With(
		"person.first", "Ada", "person.last", "Weiß", "person.birth:day", "29", "person.birth:month", "2", "person.birth:year", "1980", "person.phone", "05251 88",
		"address.street", "Am Abdinghof", "address.number", "12a", "address.postcode", "33098", "address.city", "Paderborn",
		"vehicle.plate", "PB-AB 123", "vehicle.kind", "camper", "vehicle.owner", "self",
		"permit.zone", "A", "permit.start:day", fmt.Sprint(soon.Day), "permit.start:month", fmt.Sprint(int(soon.Month)), "permit.start:year", fmt.Sprint(soon.Year), "permit.term", "one",
		"payment.how", "transfer", "declarations.correct", "yes", "declarations.changes", "yes",
	), 0, "/pruefen", nil)
	must(t, p, err)
	for _, want := range []string{"<bdi>+49 525188</bdi>", "<bdi>Weiß</bdi>", "سيارة تخييم"} {
		if !bytes.Contains(p.Body, []byte(want)) {
			t.Errorf("the check page lacks %s", want)
		}
	}
	v = url.Values{"email": {"ada@"}, "_lang": {"en"}}
	check := *p.Form("/pruefen")
	if p, err = b.Send(&check, v); must(t, p, err).First != http.StatusOK || p.Form("/pruefen").Shown("email") != "ada@" {
		t.Errorf("the switch on the check page: %d, %q", p.First, p.Form("/pruefen").Shown("email"))
	}
	if p = submit(t, b, get(t, b, check.Action), ""); p.Path() != "/ar/paderborn/antrag/bewohnerparken/status" {
		t.Fatalf("sent: %d %s", p.First, p.Path())
	}
	eventually(t, b, p.Path(), "Quittung als PDF")
	receipt := get(t, b, "/ar/paderborn/antrag/bewohnerparken/quittung.json")
	if receipt.Path() != "/paderborn/antrag/bewohnerparken/quittung.json" || !bytes.Contains(receipt.Body, []byte("Bewohnerparkausweis beantragen")) || bytes.Contains(receipt.Body, []byte("\uFDD0")) {
		t.Errorf("the receipt at %s: %s", receipt.Path(), receipt.Body)
	}

	// A page that is not there in the language is there in German; so is a form
	// that lacks it.
	for from, to := range map[string]string{
		"/ar/paderborn/?x=1": "/paderborn/?x=1", "/ar/": "/", "/tr/paderborn/antrag/bewohnerparken": "/paderborn/antrag/bewohnerparken",
		"/ar/paderborn/antrag/hundesteuer": "/paderborn/antrag/hundesteuer",
	} {
		if p := get(t, b, from); p.First != http.StatusFound || p.URL.RequestURI() != to || !bytes.Contains(p.Body, []byte(`<html lang="de">`)) {
			t.Errorf("%s: %d, %s", from, p.First, p.URL.RequestURI())
		}
	}
}
