package search

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/place"
	"leitportal/internal/service"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

func TestTexts(t *testing.T) { i18ntest.Check(t, texts) }

const paderborn = "057740032032"

// world is what the rooms further right would say: dog tax is online in
// Paderborn.
type world struct{}

func (world) Online(ctx context.Context, ars, id string) (service.Offer, bool) {
	return service.Offer{}, ars == paderborn && id == "10160"
}
func (world) Live(context.Context, string) service.Live           { return service.Live{} }
func (world) Base(ctx context.Context, ars string) (string, bool) { return "/ort-" + ars, true }

func (world) Office(context.Context, string, string) (ui.Contact, bool) { return ui.Contact{}, false }

func (world) mux(t testing.TB) (state, town *http.ServeMux) {
	t.Helper()
	ix := index(t)
	h, err := NewHandler(Handler{Index: ix, Catalog: ix.catalog, Atlas: atlas(t), Online: world{}, Offices: world{}})
	if err != nil {
		t.Fatal(err)
	}
	muxes := map[web.Kind]*http.ServeMux{web.State: http.NewServeMux(), web.Tenant: http.NewServeMux()}
	for _, r := range h.Routes() {
		muxes[r.Site].HandleFunc(r.Pattern, func(w http.ResponseWriter, q *http.Request) {
			if err := r.Handle(w, q); err != nil {
				http.Error(w, err.Error(), web.Status(err))
			}
		})
	}
	return muxes[web.State], muxes[web.Tenant]
}

func get(t testing.TB, m *http.ServeMux, s web.Site, path string, values url.Values, cookies ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", path+"?"+values.Encode(), nil)
	for _, c := range cookies {
		r.Header.Add("Cookie", c)
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r.WithContext(ui.WithFrame(web.WithSite(r.Context(), s), ui.Frame{Lang: s.Lang, Name: "Test"})))
	return w
}

func TestSearchPage(t *testing.T) {
	state, town := world{}.mux(t)
	onState := web.Site{Kind: web.State, Lang: i18n.DE}
	inEnglish := web.Site{Kind: web.State, Lang: i18n.EN}
	inTown := web.Site{Kind: web.Tenant, Tenant: paderborn, Base: "/paderborn", Lang: i18n.DE}
	for _, tc := range []struct {
		name     string
		site     web.Site
		values   url.Values
		status   int
		location string
		parts    []string
		lacks    []string
	}{
		{"both fields", onState, url.Values{"q": {"hund anmelden"}, "ort": {"Paderborn"}}, 200, "", []string{`href="/ort-` + paderborn + `/leistungen/hundesteuer"`, "Online in Paderborn", `value="Paderborn (Kreis Paderborn)"`}, nil},
		{"one common word", onState, url.Values{"q": {"hund"}, "ort": {"Paderborn"}}, 200, "", []string{"Online in Paderborn", "noch nicht online"}, nil},
		{"place in the query", onState, url.Values{"q": {"Hund anmelden Paderborn"}}, 200, "", []string{`/ort-` + paderborn + `/leistungen/hundesteuer`, `value="Hund anmelden"`}, nil},
		{"English", inEnglish, url.Values{"q": {"register dog in Aachen"}}, 200, "", []string{`href="/en/ort-053340002002/leistungen/hundesteuer"`, "Aachen"}, nil},
		{"a German title in English", inEnglish, url.Values{"q": {"Mutterschaftsgeld"}}, 200, "", []string{`href="/en/leistungen/mutterschaftsgeld" lang="de">`}, nil},
		{"no place", onState, url.Values{"q": {"Hundesteuer"}}, 200, "", []string{`href="/leistungen/hundesteuer"`}, []string{"noch nicht online"}},
		{"several places", onState, url.Values{"q": {"Hundesteuer"}, "ort": {"Neunkirchen"}}, 200, "", []string{"Mehrere Orte passen zu", "Neunkirchen-Seelscheid"}, nil},
		{"shared postal code", onState, url.Values{"q": {"Hundesteuer 52538"}}, 200, "", []string{"Selfkant", "Gangelt"}, nil},
		{"misspelt place", onState, url.Values{"q": {"Hundesteuer"}, "ort": {"Padderborn"}}, 200, "", []string{"Welchen Ort meinen Sie?", "Paderborn"}, nil},
		{"unknown place", onState, url.Values{"q": {"Hundesteuer"}, "ort": {"Xyzqwertz"}}, 200, "", []string{"Diesen Ort finden wir"}, nil},
		{"a postal code of Hamburg", onState, url.Values{"q": {"Hundesteuer"}, "ort": {"20095"}}, 200, "", []string{"„20095“: Diese Postleitzahl hat nach unserem Verzeichnis keine Gemeinde in Nordrhein-Westfalen", `value="20095"`, "/leistungen/hundesteuer"}, nil},
		{"a postal code and name of elsewhere", onState, url.Values{"q": {"Hundesteuer"}, "ort": {"20095 Hamburg"}}, 200, "", []string{"keine Gemeinde in Nordrhein-Westfalen"}, nil},
		{"a foreign postal code in the query", onState, url.Values{"q": {"Hundesteuer 20095"}}, 200, "", []string{"„20095“: Diese Postleitzahl", `value="Hundesteuer"`}, nil},
		{"a foreign postal code on a town's site", inTown, url.Values{"q": {"20095 Hundesteuer"}}, 200, "", []string{"„20095“: Diese Postleitzahl", "Online in Paderborn"}, nil},
		{"only a place", onState, url.Values{"q": {""}, "ort": {"Köln"}}, 303, "/ort-053150000000/", nil, nil},
		{"a town and a Kreis", onState, url.Values{"q": {"hund"}, "ort": {"soest"}, "thema": {"umwelt"}}, 200, "", []string{`value="Soest (Kreis Soest)"`, `Stadt Soest. <a class="kern-link kern-link--no-visited-state" href="/suche?merken=&amp;q=hund&amp;thema=umwelt&amp;ort=Kreis+Soest">Den Kreis Soest gemeint?</a>`}, nil},
		{"the Kreis itself", onState, url.Values{"q": {"hund"}, "ort": {"Kreis Soest"}}, 200, "", []string{"Mehrere Orte passen zu", "Welver"}, []string{"gemeint?"}},
		{"a town and a Kreis in the query", onState, url.Values{"q": {"hund anmelden in Soest"}}, 200, "", []string{"Den Kreis Soest gemeint?"}, nil},
		{"a town and a Kreis in English", inEnglish, url.Values{"q": {"dog"}, "ort": {"Unna"}}, 200, "", []string{"Stadt Unna. <a", `href="/en/suche?merken=&amp;q=dog&amp;thema=&amp;ort=Kreis+Unna">Did you mean Kreis Unna (the district)?`}, nil},
		{"the town, said so", onState, url.Values{"q": {"hund"}, "ort": {"Soest (Kreis Soest)"}}, 200, "", nil, []string{"gemeint?"}},
		{"only a town and a Kreis", onState, url.Values{"q": {""}, "ort": {"Paderborn"}}, 303, "/ort-" + paderborn + "/?ort=Paderborn", nil, nil},
		{"only a town, said so", onState, url.Values{"q": {""}, "ort": {"Stadt Paderborn"}}, 303, "/ort-" + paderborn + "/", nil, nil},
		{"nothing typed", onState, url.Values{"q": {""}}, 200, "", []string{"Was möchten Sie erledigen?", "Häufig gebraucht"}, nil},
		{"nothing found", onState, url.Values{"q": {"qwxyzkjh"}}, 200, "", []string{"finden wir nichts", "Häufig gebraucht"}, nil},
		{"mistyped", onState, url.Values{"q": {"Hundesteur"}}, 200, "", []string{"ähnlichen Wörtern", "/leistungen/hundesteuer"}, nil},
		{"topic", onState, url.Values{"q": {"Steuer"}, "thema": {"steuern-zoll"}}, 200, "", []string{"Steuern und Zoll"}, []string{"/leistungen/hundesteuer"}},
		{"in a town", inTown, url.Values{"q": {"hund"}}, 200, "", []string{`href="/paderborn/leistungen/hundesteuer"`, "Online in Paderborn"}, []string{`name="ort"`}},
		{"nothing typed in a town", inTown, url.Values{"q": {" "}}, 200, "", []string{"Schreiben Sie in Ihren Worten"}, nil},
		{"another town from a town", inTown, url.Values{"q": {"hund köln"}}, 200, "", []string{`href="/ort-053150000000/leistungen/hundesteuer"`}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := state
			if tc.site.Kind == web.Tenant {
				m = town
			}
			w := get(t, m, tc.site, "/suche", tc.values)
			if w.Code != tc.status || w.Header().Get("Location") != tc.location {
				t.Errorf("%d %q, want %d %q", w.Code, w.Header().Get("Location"), tc.status, tc.location)
			}
			for _, p := range tc.parts {
				if !strings.Contains(w.Body.String(), p) {
					t.Errorf("the page lacks %q", p)
				}
			}
			for _, p := range append(tc.lacks, "⟦", "[de]", "<script>") {
				if strings.Contains(w.Body.String(), p) {
					t.Errorf("the page contains %q", p)
				}
			}
			if w.Body.Len() > 60_000 {
				t.Errorf("the page has %d bytes", w.Body.Len())
			}
		})
	}
}

func TestPlaceIsRememberedOnRequestOnly(t *testing.T) {
	state, _ := world{}.mux(t)
	site := web.Site{Kind: web.State, Lang: i18n.DE}
	q := url.Values{"q": {"hund"}, "ort": {"Paderborn"}}
	if c := get(t, state, site, "/suche", q).Header().Get("Set-Cookie"); c != "" {
		t.Errorf("unasked: %q", c)
	}
	q.Set("merken", "1")
	if c := get(t, state, site, "/suche", q).Header().Get("Set-Cookie"); !strings.Contains(c, "ort="+paderborn) || !strings.Contains(c, "HttpOnly") {
		t.Errorf("asked: %q", c)
	}
	q.Del("merken")
	if c := get(t, state, site, "/suche", q, "ort="+paderborn).Header().Get("Set-Cookie"); !strings.Contains(c, "Max-Age=0") {
		t.Errorf("no longer ticked: %q", c)
	}
	q.Del("ort")
	if c := get(t, state, site, "/suche", q, "ort="+paderborn).Header().Get("Set-Cookie"); c != "" {
		t.Errorf("a link without the field forgets: %q", c)
	}
}

func hostile() []string {
	return []string{
		`"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, "</title><script>alert(1)</script>", "javascript:alert(1)", "{{7*7}}${7*7}",
		"\u202egnp.exe", "\x00\x1b[31m", "\xff\xfe", strings.Repeat("A", 9000), "Hund\r\nSet-Cookie: a=b", "<b>Hund</b> in <i>Köln</i>",
	}
}

func TestHostileRequests(t *testing.T) {
	state, town := world{}.mux(t)
	for _, q := range hostile() {
		for _, lang := range i18n.Langs() {
			for path, m := range map[string]*http.ServeMux{"/suche": state, "/api/vorschlaege/leistungen": town, "/api/suggest/places": state} {
				s := web.Site{Kind: web.State, Lang: lang}
				if m == town {
					s = web.Site{Kind: web.Tenant, Tenant: paderborn, Base: "/paderborn", Lang: lang}
				}
				w := get(t, m, s, path, url.Values{"q": {q}, "ort": {q}, "thema": {q}, "merken": {"1"}})
				b := w.Body.String()
				if w.Code != 200 && w.Code != 303 {
					t.Errorf("%s %.40q: %d", path, q, w.Code)
				}
				for _, bad := range []string{"<script>alert", "<img src=x", "<b>Hund", "\u202e", "\x00", "\x1b"} {
					if strings.Contains(b, bad) {
						t.Errorf("%s %.40q: the answer contains %q", path, q, bad)
					}
				}
				if !utf8.ValidString(b) {
					t.Errorf("%s %.40q: not UTF-8", path, q)
				}
			}
		}
	}
}

func TestSuggestions(t *testing.T) {
	state, town := world{}.mux(t)
	ask := func(m *http.ServeMux, s web.Site, path, q string) (items []ui.Suggestion) {
		t.Helper()
		w := get(t, m, s, path, url.Values{"q": {q}})
		var out ui.Suggestions
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || out.Items == nil {
			t.Fatalf("%s: %v %s", q, err, w.Body)
		}
		if len(out.Items) > 8 {
			t.Errorf("%q has %d suggestions", q, len(out.Items))
		}
		return out.Items
	}
	de := web.Site{Kind: web.State, Lang: i18n.DE}
	if got := ask(state, de, "/api/vorschlaege/leistungen", "hunde"); len(got) == 0 || got[0].Href != "/leistungen/hundesteuer" {
		t.Errorf("got %+v", got)
	}
	inTown := web.Site{Kind: web.Tenant, Tenant: paderborn, Base: "/paderborn", Lang: i18n.EN}
	if got := ask(town, inTown, "/api/suggest/services", "passp"); len(got) == 0 || got[0].Href != "/en/paderborn/leistungen/reisepass" || got[0].Text != "Passport" {
		t.Errorf("got %+v", got)
	}
	if got := ask(town, inTown, "/api/suggest/services", "Mutterschaftsg"); len(got) == 0 || got[0].Lang != i18n.DE {
		t.Errorf("got %+v", got)
	}
	if got := ask(state, de, "/api/vorschlaege/orte", "Pader"); len(got) == 0 || got[0].Value != "Paderborn (Kreis Paderborn)" {
		t.Errorf("got %+v", got)
	}
	if got := ask(state, de, "/api/suggest/places", "33098"); len(got) == 0 || got[0].Text != "Paderborn" {
		t.Errorf("got %+v", got)
	}
	if got := ask(state, de, "/api/suggest/services", ""); len(got) != 0 {
		t.Errorf("nothing typed suggests %+v", got)
	}
	for _, s := range ask(state, de, "/api/suggest/places", "Soest") {
		if r := atlas(t).FindMunicipality(s.Value); r.Outcome != place.One {
			t.Errorf("%q is not one place", s.Value)
		}
	}
}

func FuzzSearch(f *testing.F) {
	for _, q := range append(hostile(), "Hund anmelden", "Mülltonne", "e:dog", "a_b", "ﬁ ﬂ ẞ İ") {
		f.Add(q)
	}
	ix := index(f)
	f.Fuzz(func(t *testing.T, q string) {
		for _, lang := range i18n.Langs() {
			if _, err := ix.Search(t.Context(), Query{Text: q, Lang: lang, Typing: true}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
