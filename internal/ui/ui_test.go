package ui

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/web"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestTexts(t *testing.T) { i18ntest.Check(t, textFiles) }

func draw(t testing.TB, lang i18n.Lang, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(WithFrame(context.Background(), Frame{Lang: lang}), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func get(t testing.TB, h web.Handler) string {
	t.Helper()
	return getIn(t, i18n.DE, h)
}

func getIn(t testing.TB, lang i18n.Lang, h web.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	f := Frame{
		Lang: lang, Name: "Stadt Paderborn", Demo: true, Version: "1", Theme: "/theme.css", Imprint: "/impressum",
		Languages: []Language{{Lang: "de", Label: "Deutsch", Href: "/", Current: true}, {Lang: "en", Label: "English", Href: "/en/"}},
		Account:   Link{Href: "/bereich", Text: "Mein Bereich"}, User: "Kim", SignOut: "/abmelden",
	}
	if err := h(w, r.WithContext(WithFrame(r.Context(), f))); err != nil {
		t.Fatal(err)
	}
	if got := w.Header().Get("Content-Length"); got != strconv.Itoa(w.Body.Len()) {
		t.Errorf("Content-Length %s, body has %d bytes", got, w.Body.Len())
	}
	return w.Body.String()
}

// shown are components to keep as golden files.
func shown(lang i18n.Lang) map[string]templ.Component {
	s := bothIn(lang)
	fields := showFields(s, "x", true, true)
	return map[string]templ.Component{
		"text-error":  fields[0],
		"date-error":  fields[5],
		"radios":      fields[6],
		"combo":       fields[11],
		"files":       fields[16],
		"parts":       fields[18],
		"confirm":     fields[20],
		"find":        fields[21],
		"stepper":     Stepper{Steps: showSteps(s)},
		"alert":       Alert{Tone: Danger, Title: "Das Speichern hat nicht geklappt", Text: "Bitte versuchen Sie es erneut.", Focus: true},
		"summary":     SummaryCard{Title: "Über Sie", Change: "/aendern", Rows: []Row{{Key: "Name", Value: "Kim Muster"}}},
		"table":       showTable(s),
		"pager":       Pager{Page: 2, Pages: 9, Href: showHref},
		"code":        Code{Label: "Ihr Code", Groups: []string{"K7QF", "2MXP"}},
		"search":      SearchForm{Action: "/suche", What: "hund", SuggestWhat: "/api/vorschlaege"},
		"page-form":   page(Page{Title: "Ihr Hund", Layout: LayoutForm, NoIndex: true, Body: formBody(questions(), manySteps())}),
		"page-errors": page(Page{Title: "Ihre Hunde", Layout: LayoutForm, Problems: Problems(fields[:1]), Back: Link{Href: "/zurueck", Text: "Zurück"}}),
	}
}

func TestGolden(t *testing.T) {
	for _, lang := range i18n.Langs() {
		for name, c := range shown(lang) {
			name += "." + string(lang) + ".html"
			t.Run(name, func(t *testing.T) {
				got := strings.ReplaceAll(draw(t, lang, c), "><", ">\n<") + "\n"
				file := filepath.Join("testdata", name)
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s differs (go test -update rewrites it); got:\n%s", file, got)
				}
			})
		}
	}
}

// inBoth is what the showcase may say alike in both languages: names, and
// words that both have.
var inBoth = regexp.MustCompile(`^([^\pL]*|(Kim|Toni) (Muster|Beispiel)|Kim|Muster|Toni Beispiel|Kim Donau.*werkbau|Paderborn|33098 Paderborn|Am Abdinghof 11.*|Stadt Paderborn|steueramt@example.org|kim@example.org|HS-2026-.*|Bella|Rex|Mein Bereich|P|Name|Online|Labrador Retriever|Spitz|kg|g [eb]|[?/jkbr]|Version 1|Deutsch|English|Grundstücks.*|.*\.(pdf|heic)|Code|(K7QF|2MXP|9TRB|W4HD)|[a-z-]+)$`)

// What stands on a page of the showcase in German stands in English on the
// English one.
func TestShowcaseSpeaksBothLanguages(t *testing.T) {
	for _, route := range Routes() {
		german := words(t, getIn(t, i18n.DE, route.Handle))
		for w := range words(t, getIn(t, i18n.EN, route.Handle)) {
			if german[w] && !inBoth.MatchString(w) {
				t.Errorf("%s says %q in both languages", route.Pattern, w)
			}
		}
	}
}

// words are the texts of a page, of its elements and of what names them.
func words(t *testing.T, page string) map[string]bool {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	add := func(s string) { out[strings.Join(strings.Fields(s), " ")] = true }
	for n := range doc.Descendants() {
		if n.Type == html.TextNode {
			add(n.Data)
		}
		for _, a := range n.Attr {
			if slices.Contains([]string{"aria-label", "placeholder", "title", "data-count", "data-combo"}, a.Key) || a.Key == "value" && n.Data == "input" {
				add(a.Val)
			}
		}
	}
	return out
}

// The rules of every page, kept by reading what was drawn: nothing that the
// Content-Security-Policy forbids, no id twice, no reference into the void,
// every control named, one h1.
func TestMarkup(t *testing.T) {
	for _, route := range Routes() {
		t.Run(route.Pattern, func(t *testing.T) {
			doc, err := html.Parse(strings.NewReader(get(t, route.Handle)))
			if err != nil {
				t.Fatal(err)
			}
			ids, labelled := map[string]bool{}, map[string]bool{}
			h1 := 0
			var refs []string
			for n := range doc.Descendants() {
				if n.Type != html.ElementNode {
					continue
				}
				a := map[string]string{}
				for _, at := range n.Attr {
					a[at.Key] = at.Val
					if at.Key == "style" || strings.HasPrefix(at.Key, "on") || strings.HasPrefix(at.Val, "javascript:") {
						t.Errorf("<%s %s=%q>", n.Data, at.Key, at.Val)
					}
					if slices.Contains([]string{"aria-describedby", "aria-labelledby", "for", "list"}, at.Key) {
						refs = append(refs, strings.Fields(at.Val)...)
					}
				}
				if id, ok := a["id"]; ok {
					if ids[id] {
						t.Errorf("id %q twice", id)
					}
					ids[id] = true
				}
				switch n.Data {
				case "style":
					t.Error("a style element")
				case "script":
					if a["src"] == "" && a["type"] != "application/ld+json" {
						t.Error("an inline script")
					}
				case "h1":
					h1++
				case "label":
					labelled[a["for"]] = true
				}
			}
			for _, ref := range refs {
				if !ids[ref] {
					t.Errorf("reference to %q, which is not on the page", ref)
				}
			}
			for n := range doc.Descendants() {
				if n.Type == html.ElementNode && slices.Contains([]string{"input", "select", "textarea"}, n.Data) {
					a := map[string]string{}
					for _, at := range n.Attr {
						a[at.Key] = at.Val
					}
					if a["type"] != "hidden" && !labelled[a["id"]] {
						t.Errorf("%s %q has no label", n.Data, a["name"])
					}
				}
			}
			if h1 != 1 {
				t.Errorf("%d h1 elements", h1)
			}
		})
	}
}

func TestRenderWritesNothingWhenDrawingFails(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	if err := Render(w, r.WithContext(ctx), http.StatusOK, Page{Title: "x"}); err == nil {
		t.Fatal("no error")
	}
	if w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("wrote %q, %v", w.Body, w.Header())
	}
}

func TestErrorsComeFirstInTheTitle(t *testing.T) {
	p := Page{Title: "Ihre Hunde", Problems: []Problem{{Field: "f-name", Text: "Geben Sie den Namen ein."}}}
	f := newFramed(Frame{Name: "Stadt Paderborn", Lang: i18n.EN})
	if got, want := documentTitle(&p, f), "Error: Ihre Hunde – Stadt Paderborn"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProblemsLeadToTheWrongControl(t *testing.T) {
	got := Problems([]Field{
		{Kind: KindDate, Name: "geburt", Date: DateParts{BadMonth: true}, Error: "Monat"},
		{Kind: KindGroup, Name: "g", Fields: []Field{{Name: "a.b[0]", Error: "innen"}}, Error: "außen"},
		{Name: "gut"},
	})
	want := []Problem{{"f-geburt-month", "Monat"}, {"f-a-b-0-", "außen"}, {"f-a-b-0-", "innen"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDateParts(t *testing.T) {
	v := url.Values{"d:day": {" 7"}, "d:month": {"3"}, "d:year": {"2026 "}}
	if got := DateOf(v, "d").ISO(); got != "2026-03-07" {
		t.Errorf("ISO = %q", got)
	}
	if got := DatePartsOf("2026-03-07"); got != (DateParts{Day: "7", Month: "3", Year: "2026"}) {
		t.Errorf("DatePartsOf = %+v", got)
	}
	if got := DatePartsOf("irgendwann").Year; got != "irgendwann" {
		t.Errorf("typed text was lost: %q", got)
	}
	if got := (DateParts{}).ISO(); got != "" {
		t.Errorf("empty ISO = %q", got)
	}
}

// A text in another language than the page says so, and no other does.
func TestLanguagesOfParts(t *testing.T) {
	for _, c := range []struct {
		c    templ.Component
		want string
	}{
		{Link{Href: "/x", Text: "Pass", Lang: i18n.DE}, `href="/x" lang="de">`},
		{Link{Href: "/x", Text: "Gesetz", Lang: i18n.DE, HrefLang: i18n.DE}, `lang="de" hreflang="de">`},
		{Link{Href: "/x", Text: "Passport", Lang: i18n.EN}, `href="/x">Passport`},
		{Results([]Card{{Title: "Pass", Href: "/x", Lang: i18n.DE}}), `href="/x" lang="de">Pass`},
		{Results([]Card{{Title: "Pass", Lang: i18n.DE}}), `class="lp-card__title" lang="de">Pass`},
		{Results([]Card{{Title: "Passport", Href: "/x", Lang: i18n.EN}}), `href="/x">Passport`},
		{page(Page{Title: "Pass", TitleLang: i18n.DE, Crumbs: []Link{{Href: "/", Text: "Home"}}}), `<li aria-current="page" lang="de">Pass</li>`},
		{page(Page{Title: "Pass", TitleLang: i18n.DE}), `<h1 class="lp-h1" lang="de">Pass</h1>`},
		{page(Page{Title: "Passport", TitleLang: i18n.EN}), `<h1 class="lp-h1">Passport</h1>`},
	} {
		if got := draw(t, i18n.EN, c.c); !strings.Contains(got, c.want) {
			t.Errorf("no %s in %s", c.want, got)
		}
	}
}

func TestMonogram(t *testing.T) {
	for _, c := range []struct{ letters, name, want string }{
		{"", "Stadt Paderborn", "P"},
		{"NRW", "Land", "NRW"},
		{"ABCD", "", "ABC"},
		{"", "Öhringen am see", "Ö"},
		{"", "", "·"},
	} {
		if got := monogramText(c.letters, c.name); got != c.want {
			t.Errorf("monogramText(%q, %q) = %q, want %q", c.letters, c.name, got, c.want)
		}
	}
}

func TestPagesShown(t *testing.T) {
	for _, c := range []struct {
		page, pages int
		want        []int
	}{
		{1, 1, []int{1}},
		{1, 3, []int{1, 2, 3}},
		{5, 9, []int{1, 0, 4, 5, 6, 0, 9}},
		{9, 9, []int{1, 0, 8, 9}},
	} {
		if got := pagesShown(c.page, c.pages); !slices.Equal(got, c.want) {
			t.Errorf("pagesShown(%d, %d) = %v, want %v", c.page, c.pages, got, c.want)
		}
	}
}

func TestIconsAreDrawn(t *testing.T) {
	for _, name := range Icons() {
		if iconPath(name) == "" {
			t.Errorf("icon %q has no outline", name)
		}
	}
}

func TestAddressFieldsTakeValuesAndErrors(t *testing.T) {
	fields := AddressFields(context.Background(), "halter", func(name string) (string, string) {
		if name == "halter.postcode" {
			return "3309", "Fünf Ziffern"
		}
		return "", ""
	})
	if len(fields) != 4 || fields[2].Value != "3309" || fields[2].Error != "Fünf Ziffern" {
		t.Errorf("got %+v", fields)
	}
}

func TestAssetRoutesWithoutAssets(t *testing.T) {
	w := httptest.NewRecorder()
	_ = AssetRoutes(nil)[0].Handle(w, httptest.NewRequest(http.MethodGet, "/assets/app.css", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}
