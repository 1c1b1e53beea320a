package service

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/place"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

func TestTexts(t *testing.T) { i18ntest.Check(t, texts) }

const paderborn = "057740032032"

// world is what the rooms further right would say.
type world struct{ drawn atomic.Int64 }

func (*world) Online(ctx context.Context, ars, id string) (Offer, bool) {
	if ars != paderborn || id != "10160" {
		return Offer{}, false
	}
	return Offer{Href: "/antrag/hundesteuer", Fee: "ab 90 Euro im Jahr", Duration: "zwei Wochen", Demo: true}, true
}

func (*world) Live(context.Context, string) Live {
	return Live{Services: 1, Towns: 396, Of: 396, Href: "/fortschritt"}
}

func (w *world) Texts(ctx context.Context, ars, id string) []Text {
	w.drawn.Add(1)
	if id != "10160" {
		return nil
	}
	return []Text{
		{
			ID: "anmeldung", Title: "Hund anmelden", Short: "Wer einen Hund hält, meldet ihn an.", What: []string{"Text"}, Who: []string{"Alle"}, Need: []string{"Chipnummer"},
			Steps: []string{"Formular"}, Fee: []string{"90 Euro"}, Duration: []string{"Zwei Wochen"}, Legal: []string{"KAG </script><script>alert(1)</script>"}, Online: true,
		},
		{ID: "abmeldung", Title: "Hund abmelden", Short: "Wenn der Hund nicht mehr da ist.", What: []string{"Text"}},
	}
}

func (*world) Base(ctx context.Context, ars string) (string, bool) { return "/t" + ars[5:8], true }

func (*world) Office(ctx context.Context, ars, id string) (ui.Contact, bool) {
	if ars != paderborn {
		return ui.Contact{}, false
	}
	return ui.Contact{Name: "Steueramt", Lines: []string{"Am Abdinghof 11"}, Today: "Heute geöffnet bis 12:30 Uhr"}, true
}

type site struct {
	t     testing.TB
	world *world
	clock *clock.Manual
	rev   uint64
	muxes map[web.Kind]*http.ServeMux
}

func newSite(t testing.TB) *site {
	t.Helper()
	a, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	x := &site{t: t, world: &world{}, clock: clock.NewManual(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)), muxes: map[web.Kind]*http.ServeMux{}}
	h, err := NewHandler(Handler{
		Catalog: load(t), Atlas: a, Clock: x.clock, Online: x.world, Texts: x.world, Offices: x.world, Revision: func(string) uint64 { return x.rev },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range h.Routes() {
		if r.Access != web.Public {
			t.Errorf("%s is not public", r.Pattern)
		}
		if x.muxes[r.Site] == nil {
			x.muxes[r.Site] = http.NewServeMux()
		}
		x.muxes[r.Site].HandleFunc(r.Pattern, func(w http.ResponseWriter, q *http.Request) {
			if err := r.Handle(w, q); err != nil {
				http.Error(w, err.Error(), web.Status(err))
			}
		})
	}
	return x
}

func (x *site) get(lang i18n.Lang, ars, path string, header ...string) *httptest.ResponseRecorder {
	x.t.Helper()
	s := web.Site{Kind: web.State, Lang: lang}
	if ars != "" {
		s = web.Site{Kind: web.Tenant, Tenant: ars, Base: "/paderborn", Lang: lang}
	}
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	ctx := ui.WithFrame(web.WithSite(r.Context(), s), ui.Frame{Lang: lang, Name: "Test"})
	x.muxes[s.Kind].ServeHTTP(w, r.WithContext(ctx))
	return w
}

func want(t *testing.T, w *httptest.ResponseRecorder, status int, parts ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d: %.300s", w.Code, status, w.Body)
	}
	for _, p := range parts {
		if !strings.Contains(w.Body.String(), p) {
			t.Errorf("the page lacks %q", p)
		}
	}
}

func TestEveryPageIsDrawn(t *testing.T) {
	x := newSite(t)
	c := load(t)
	paths := []string{"/", "/leistungen", "/leistungen?buchstabe=H", "/leistungen?buchstabe=%3Cscript%3E", "/themen", "/lebenslagen"}
	for _, p := range c.Topics {
		paths = append(paths, "/themen/"+p.Slug)
	}
	for _, e := range c.Events {
		paths = append(paths, "/lebenslagen/"+e.Slug)
	}
	for _, s := range c.Services {
		if s.Popular > 0 || len(s.Keys) == 0 || len(s.Keys) > 100 {
			paths = append(paths, "/leistungen/"+s.Slug)
		}
	}
	for _, ars := range []string{"", paderborn} {
		for _, lang := range i18n.Langs() {
			for _, p := range paths {
				w := x.get(lang, ars, p)
				want(t, w, 200, "<h1", "</html>")
				if n := w.Body.Len(); n > 60_000 {
					t.Errorf("%s has %d bytes", p, n)
				}
				for _, bad := range []string{"⟦", "[de]", "<script>", " style=", " onclick="} {
					if strings.Contains(w.Body.String(), bad) {
						t.Errorf("%s (%s) contains %q", p, lang, bad)
					}
				}
			}
		}
	}
}

func TestStartPages(t *testing.T) {
	x := newSite(t)
	want(t, x.get(i18n.DE, "", "/"), 200, "Was möchten Sie erledigen?", `name="ort"`, "396", "Häufig gebraucht", `href="/lebenslagen/geburt"`)
	want(t, x.get(i18n.EN, "", "/"), 200, "Often used", `href="/en/themen/gesundheit"`)
	want(t, x.get(i18n.DE, paderborn, "/"), 200, "Was möchten Sie in Paderborn erledigen?", "Heute geöffnet bis 12:30 Uhr", `href="/paderborn/leistungen/hundesteuer"`)
	if b := x.get(i18n.DE, paderborn, "/").Body.String(); strings.Contains(b, `name="ort"`) {
		t.Error("a town's search must not ask where")
	}
	want(t, x.get(i18n.DE, "", "/", "Cookie", PlaceCookie+"="+paderborn), 200, `value="Paderborn (Kreis Paderborn)"`, "checked")
	if b := x.get(i18n.DE, "", "/", "Cookie", PlaceCookie+"=<script>").Body.String(); strings.Contains(b, "<script>") {
		t.Error("the cookie is written unescaped")
	}
}

// A town that was taken where a Kreis bears its name says so, on the page that
// the name led to and nowhere else.
func TestTheTownThatWasTakenIsNamed(t *testing.T) {
	x := newSite(t)
	w := x.get(i18n.DE, "", "/leistungen/hundesteuer?ort=paderborn")
	if w.Code != 303 || w.Header().Get("Location") != "/t003/leistungen/hundesteuer?ort=Paderborn" {
		t.Errorf("%d %q", w.Code, w.Header().Get("Location"))
	}
	const line = "Stadt Paderborn. <a"
	want(t, x.get(i18n.DE, paderborn, "/leistungen/hundesteuer?ort=Paderborn"), 200, line, `href="/leistungen/hundesteuer?ort=Kreis+Paderborn">Den Kreis Paderborn gemeint?</a>`)
	want(t, x.get(i18n.DE, "", "/leistungen/hundesteuer?ort=Kreis+Paderborn"), 200, "Mehrere Orte passen zu", "Hövelhof")
	want(t, x.get(i18n.DE, paderborn, "/?ort=Paderborn"), 200, line, `href="/suche?ort=Kreis+Paderborn">`)
	want(t, x.get(i18n.EN, paderborn, "/?ort=Paderborn"), 200, line, `href="/en/suche?ort=Kreis+Paderborn">Did you mean Kreis Paderborn (the district)?</a>`)
	for _, path := range []string{"/", "/leistungen/hundesteuer", "/?ort=", "/?ort=Soest", "/?ort=Stadt+Paderborn", "/?ort=Kreis+Paderborn", "/?ort=33098", "/?ort=%3Cscript%3E", "/leistungen/hundesteuer?ort=Soest"} {
		if b := x.get(i18n.DE, paderborn, path).Body.String(); strings.Contains(b, "gemeint?") || strings.Contains(b, "<script>") {
			t.Errorf("%s asks for the Kreis", path)
		}
	}
	if w := x.get(i18n.DE, "", "/leistungen/hundesteuer?ort=K%C3%B6ln"); w.Header().Get("Location") != "/t000/leistungen/hundesteuer" {
		t.Errorf("Köln: %q", w.Header().Get("Location"))
	}
}

func TestServiceOnline(t *testing.T) {
	x := newSite(t)
	w := x.get(i18n.DE, paderborn, "/leistungen/hundesteuer")
	want(t, w, 200, "Online beantragen", `href="/paderborn/antrag/hundesteuer"`, "ab 90 Euro im Jahr", "Stadt Paderborn", "Am Abdinghof 11", "Hund abmelden", "Chipnummer", `id="abmeldung"`)
	want(t, x.get(i18n.EN, paderborn, "/leistungen/hundesteuer"), 200, "Apply online", `href="/en/paderborn/antrag/hundesteuer"`)
	w = x.get(i18n.DE, paderborn, "/leistungen/hundehaltung")
	if w.Code != 301 || w.Header().Get("Location") != "/paderborn/leistungen/hundesteuer" {
		t.Errorf("%d %q", w.Code, w.Header().Get("Location"))
	}
	want(t, x.get(i18n.DE, paderborn, "/leistungen/gibt-es-nicht"), 404)
}

func TestServiceOfflineIsHonest(t *testing.T) {
	x := newSite(t)
	want(t, x.get(i18n.DE, paderborn, "/leistungen/fuehrerschein"), 200, "noch nicht online", "Kreis Paderborn", "noch keinen Text", "noch nicht eingetragen")
	want(t, x.get(i18n.DE, paderborn, "/leistungen/mutterschaftsgeld"), 200, "Wer hier zuständig ist, wurde noch nicht eingetragen")
	want(t, x.get(i18n.DE, paderborn, "/leistungen/kindergeld"), 200, "Behörde des Bundes")
	want(t, x.get(i18n.DE, paderborn, "/leistungen/erbschein"), 200, "eine andere Stelle")
	want(t, x.get(i18n.EN, paderborn, "/leistungen/mutterschaftsgeld"), 200, `<h1 class="lp-h1" lang="de">`, "not online in Paderborn yet")
}

func TestStructuredData(t *testing.T) {
	x := newSite(t)
	b := x.get(i18n.DE, paderborn, "/leistungen/hundesteuer").Body.String()
	_, rest, ok := strings.Cut(b, `type="application/ld+json"`)
	if !ok {
		t.Fatal("no structured data")
	}
	_, rest, _ = strings.Cut(rest, ">")
	data, _, _ := strings.Cut(rest, "</script>")
	var m map[string]any
	if err := json.Unmarshal([]byte(data), &m); err != nil {
		t.Fatal(err)
	}
	if m["@type"] != "GovernmentService" || m["identifier"] != "OZG-10160" || m["areaServed"].(map[string]any)["identifier"] != paderborn {
		t.Errorf("got %v", m)
	}
	if strings.Contains(data, "<") {
		t.Error("the data block is not escaped")
	}
}

func TestServiceAsksForThePlace(t *testing.T) {
	x := newSite(t)
	want(t, x.get(i18n.DE, "", "/leistungen/hundesteuer"), 200, "Wo brauchen Sie die Leistung?", "Hund anmelden")
	w := x.get(i18n.DE, "", "/leistungen/hundesteuer?ort=paderborn")
	if w.Code != 303 || w.Header().Get("Location") != "/t003/leistungen/hundesteuer?ort=Paderborn" {
		t.Errorf("%d %q", w.Code, w.Header().Get("Location"))
	}
	want(t, x.get(i18n.DE, "", "/leistungen/hundesteuer?ort=Neunkirchen"), 200, "Mehrere Orte passen zu", "Neunkirchen-Seelscheid")
	want(t, x.get(i18n.DE, "", "/leistungen/hundesteuer?ort=Padderborn"), 200, "Welchen Ort meinen Sie?", "Paderborn")
	want(t, x.get(i18n.DE, "", "/leistungen/hundesteuer?ort="), 200, "zum Beispiel Paderborn")
	w = x.get(i18n.EN, "", "/leistungen/hundesteuer?ort=%22%3E%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AE%FF")
	want(t, w, 200, "Check the spelling")
	if strings.Contains(w.Body.String(), "<script>") {
		t.Error("what was typed is written unescaped")
	}
}

func TestServicePageIsKept(t *testing.T) {
	x := newSite(t)
	first := x.get(i18n.DE, paderborn, "/leistungen/hundesteuer")
	again := x.get(i18n.DE, paderborn, "/leistungen/hundesteuer")
	if x.world.drawn.Load() != 1 || first.Body.String() != again.Body.String() {
		t.Errorf("drawn %d times", x.world.drawn.Load())
	}
	tag := first.Header().Get("ETag")
	if w := x.get(i18n.DE, paderborn, "/leistungen/hundesteuer", "If-None-Match", tag); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("with the ETag: %d, %d bytes", w.Code, w.Body.Len())
	}
	x.get(i18n.EN, paderborn, "/leistungen/hundesteuer")
	if x.world.drawn.Load() != 2 {
		t.Error("the language must be part of the key")
	}
	x.rev++
	x.get(i18n.DE, paderborn, "/leistungen/hundesteuer")
	x.clock.Advance(time.Minute)
	x.get(i18n.DE, paderborn, "/leistungen/hundesteuer")
	if x.world.drawn.Load() != 4 {
		t.Errorf("drawn %d times; a new revision and a new minute draw again", x.world.drawn.Load())
	}
	x.get(i18n.DE, paderborn, "/leistungen/hundesteuer?x=1")
	x.get(i18n.DE, paderborn, "/leistungen/hundesteuer?x=1")
	if x.world.drawn.Load() != 6 {
		t.Error("a page with a query must not be kept")
	}
}

func TestPagesAreBounded(t *testing.T) {
	p := newPages(4)
	for i := range 100 {
		p.put(pageKey{minute: int64(i)}, newDrawn(nil))
	}
	if n := len(p.young) + len(p.old); n > 8 {
		t.Errorf("%d pages are held", n)
	}
	if p.get(pageKey{minute: 99}) == nil || p.get(pageKey{minute: 1}) != nil {
		t.Error("the newest must be held, the oldest not")
	}
}

func TestResponsibleFor(t *testing.T) {
	a, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := load(t)
	for _, tc := range []struct {
		id, ars, want string
		sure          bool
	}{
		{"10160", paderborn, "Stadt Paderborn", true},
		{"10169", paderborn, "Kreis Paderborn", true},
		{"10169", "053150000000", "Stadt Köln", true},
		{"10138", paderborn, "Bezirksregierung Detmold", true},
		{"10008", paderborn, "", false},
		{"10005", paderborn, "", false},
	} {
		s, _ := c.ByID(tc.id)
		r, err := ResponsibleFor(a, s, tc.ars)
		if err != nil {
			t.Fatal(err)
		}
		if r.Sure() != tc.sure || tc.sure && r.Authorities[0].Name != tc.want {
			t.Errorf("%s in %s: %+v, want %q", s.Name, tc.ars, r, tc.want)
		}
	}
	s, _ := c.ByID("10160")
	if _, err := ResponsibleFor(a, s, "000000000000"); !fail.Is(err, fail.NotFound) {
		t.Errorf("an unknown place: %v", err)
	}
	for _, s := range c.Services { // every recorded task and level is one place knows
		if _, err := ResponsibleFor(a, s, paderborn); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

// BenchmarkServicePage compares the page with a bare handler that writes the
// same bytes, without the network. The bar (≥ 50 % of the requests/s over
// HTTP) is measured by make bench.
func BenchmarkServicePage(b *testing.B) {
	x := newSite(b)
	body := x.get(i18n.DE, paderborn, "/leistungen/hundesteuer").Body.Bytes()
	b.Run("page", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x.get(i18n.DE, paderborn, "/leistungen/hundesteuer")
		}
	})
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(body) })
		for b.Loop() {
			r := httptest.NewRequest("GET", "/leistungen/hundesteuer", nil)
			bare.ServeHTTP(httptest.NewRecorder(), r)
		}
	})
}

// On a phone the title must come before the facts, and before both the h1
// must be the only one.
func TestHeadingComesFirst(t *testing.T) {
	x := newSite(t)
	for _, tc := range []struct {
		lang i18n.Lang
		path string
	}{{i18n.DE, "/leistungen/hundesteuer"}, {i18n.EN, "/leistungen/hundesteuer"}, {i18n.EN, "/leistungen/mutterschaftsgeld"}} {
		b := x.get(tc.lang, paderborn, tc.path).Body.String()
		if strings.Count(b, "<h1") != 1 || strings.Index(b, "<h1") > strings.Index(b, "<aside") {
			t.Errorf("%s (%s): %d h1, at %d; aside at %d", tc.path, tc.lang, strings.Count(b, "<h1"), strings.Index(b, "<h1"), strings.Index(b, "<aside"))
		}
	}
}

func TestPagesTogether(t *testing.T) {
	x := newSite(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				r := x.get(i18n.DE, paderborn, "/leistungen/fuehrerschein")
				if r.Code != 200 {
					t.Errorf("status %d", r.Code)
				}
			}
		})
	}
	wg.Wait()
}
