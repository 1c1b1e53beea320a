package ui

import (
	"net/http/httptest"
	"strings"
	"testing"

	"leitportal/internal/i18n"
)

// Marks become mark-up where mark-up may stand, and are taken away where it
// may not; what is wrong about them harms nobody.
func TestSpoken(t *testing.T) {
	for _, c := range []struct {
		lang     i18n.Lang
		in, want string
	}{
		{"ar", `<p>«Ja»</p>`, `<p><span lang="de" dir="ltr">Ja</span></p>`},
		{"fr", `<p>«Ja»</p>`, `<p><span lang="de">Ja</span></p>`},
		{"de-simple", `<p>«Ja, ‹Sie›»</p>`, `<p>Ja, Sie</p>`}, // German in German
		{"ar", `<p>«Feld ‹اسم› fehlt»</p>`, `<p><span lang="de" dir="ltr">Feld <span lang="ar" dir="rtl">اسم</span> fehlt</span></p>`},
		{"ar", `<title>«Ja» – x</title><p title="«Ja»" data-x="a>«b»">«Ja»`, `<title>[de] Ja – x</title><p title="[de] Ja" data-x="a>[de] b"><span lang="de" dir="ltr">Ja</span>`},
		{"ar", `<option value="1">«Ja»</option><textarea>«</textarea>«Ja»`, `<option lang="de" dir="ltr" value="1">Ja</option><textarea></textarea><span lang="de" dir="ltr">Ja</span>`},
		{"fr", `<title>«Ja»</title><option>«Ja» ou «Nein»</option><option value="«Ja»"></option>`, `<title lang="de">Ja</title><option>[de] Ja ou [de] Nein</option><option lang="de" value="Ja"></option>`},
		{"ar", `<input dir="auto" placeholder="«Ja ‹اسم›»"><img alt="«Ja»"><img lang="de" alt="«Ja»">`, `<input lang="de" dir="auto" placeholder="Ja اسم"><img lang="de" alt="Ja"><img lang="de" alt="[de] Ja">`},
		{"ar", `<nav aria-label="«Ja»"><optgroup label="«Ja»"><a aria-label="نعم">«Ja»</a>`, `<nav aria-label="[de] Ja"><optgroup label="[de] Ja"><a aria-label="نعم"><span lang="de" dir="ltr">Ja</span></a>`},
		{"de-simple", `<title>«Ja» – x</title><nav aria-label="«Ja»"><option>«Ja»</option>`, `<title>Ja – x</title><nav aria-label="Ja"><option>Ja</option>`},
		{"ar", `<p>»»a«b<b>c</b>»`, `<p>a<span lang="de" dir="ltr">b</span><b>c</b>`}, // begun and not ended
		{"ar", `<p>«Ja.» «Nein.»، «x»</p>`, `<p><span lang="de" dir="ltr">Ja. Nein.</span>، <span lang="de" dir="ltr">x</span></p>`},
		{"ar", `<p>ﷺ 你</p>`, `<p>ﷺ 你</p>`},
		{"de", `<p>«Ja»</p>`, `<p>Ja</p>`},
	} {
		marks := strings.NewReplacer("«", string(i18n.MarkGerman), "‹", string(i18n.MarkOwn), "»", string(i18n.MarkEnd), "›", string(i18n.MarkEnd))
		in := marks.Replace(c.in)
		if c.lang != "de-simple" && c.lang != "de" && !strings.Contains(c.in, "«") && string(spoken([]byte(in), c.lang)) != in {
			t.Errorf("%s was changed", c.in)
		}
		if got := string(spoken([]byte(in), c.lang)); got != c.want {
			t.Errorf("%s in %s:\n got %s\nwant %s", c.in, c.lang, got, c.want)
		}
	}
}

// A page in a language that is written from right to left: the document says
// so, the portal's own words are German, and figures and what is typed have
// their own direction.
func TestPageFromRightToLeft(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r = r.WithContext(WithFrame(r.Context(), Frame{Name: "Stadt Paderborn", Note: "Serviceportal", Footer: []Link{{Href: "/x", Text: "Mehr"}}}))
	w := httptest.NewRecorder()
	err := Render(w, r, 200, Page{
		Title: "عنوان", Lang: "ar", Switch: "antrag", Enter: Hidden{Name: "_go", Value: "next"},
		Languages: []Language{{Lang: "de", Label: "Deutsch", Href: "/p"}, {Lang: "ar", Label: "العربية", Href: "/ar/p", Current: true}},
		Body: drawn(func(p *pen) {
			p.fields([]Field{{Name: "tel", Label: "هاتف", LTR: true, Required: true}, {Name: "name", Label: i18n.AsGerman("Name")}})
			p.facts([]Row{{Key: "هاتف", Value: "+49 5251 88"}})
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	body := w.Body.String()
	for _, want := range []string{
		`<html lang="ar" dir="rtl">`, `<span lang="de" dir="ltr">Zum Inhalt springen</span>`, `<span lang="de" dir="ltr">Serviceportal</span>`,
		`<span lang="de" dir="ltr">Mehr</span>`, `<label class="kern-label" for="f-name"><span lang="de" dir="ltr">Name</span>`,
		`name="tel" type="text" dir="ltr"`, `name="name" type="text" dir="auto"`, `<bdi>+49 5251 88</bdi>`,
		`<button class="kern-sr-only" type="submit" form="antrag" name="_go" value="next"`,
		`<button class="lp-tool lp-tool--button" type="submit" form="antrag" formaction="/p" name="_lang" value="de" lang="de">Deutsch</button>`,
		`<p class="lp-small">لم`, `<title>عنوان – Stadt Paderborn</title>`, `aria-label="[de] `,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.ContainsAny(body, "\uFDD0\uFDD1\uFDD2") {
		t.Error("marks have stayed")
	}
	if strings.Index(body, `name="_go"`) > strings.Index(body, `name="_lang"`) {
		t.Error("Enter would choose a language")
	}
}
