package tenant

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/id"
	"leitportal/internal/job"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

func TestTexts(t *testing.T) { i18ntest.Check(t, textFiles) }

type site struct {
	*Pages
	t *testing.T
}

func open(t *testing.T) site {
	d := dbtest.Open(t, dbtest.SQLite(t), []db.Migrations{Migrations(), job.Migrations()})
	dir := directory(t, d)
	return site{NewPages(dir, id.NewSource(dir.clock, bytes.NewReader(make([]byte, 1<<20)))), t}
}

// ask calls the route as web would, on the site given.
func (s site) ask(at web.Site, method, path string, form url.Values) (*httptest.ResponseRecorder, error) {
	s.t.Helper()
	mux := http.NewServeMux()
	var failed error
	for _, route := range s.Routes() {
		if route.Site == at.Kind {
			mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { failed = route.Handle(w, r) })
		}
	}
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	ctx := web.WithSite(r.Context(), at)
	r = r.WithContext(ctx)
	r = r.WithContext(ui.WithFrame(ctx, s.Frame(r, ui.Frame{Demo: true, Version: "test"})))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w, failed
}

func pb(lang i18n.Lang) web.Site {
	return web.Site{Kind: web.Tenant, Tenant: paderborn, Base: "/paderborn", Lang: lang}
}

func has(t *testing.T, body string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(body, w) {
			t.Errorf("the page lacks %q", w)
		}
	}
}

func TestPagesOfEverySite(t *testing.T) {
	s := open(t)
	state := web.Site{Kind: web.State, Lang: i18n.DE}
	for path, want := range map[string][]string{
		"/impressum":        {"Impressum", "noch nicht hinterlegt", "§\u00a05 des Digitale-Dienste-Gesetzes", "Dies ist ein Demonstrator"},
		"/datenschutz":      {"Datenschutz", "noch nicht hinterlegt", "LDI NRW", "Artikel 21"},
		"/barrierefreiheit": {"Erklärung zur Barrierefreiheit", "Überwachungsstelle für barrierefreie Informationstechnik des Landes Nordrhein-Westfalen", "Ombudsstelle", "22. November 2026"},
		"/quellen":          {"© Statistisches Bundesamt (Destatis)", "© GeoBasis-DE / BKG 2017 (Daten verändert)", "GeoNames"},
		"/feedback":         {"Barriere melden", `name="message"`, `method="post"`},
		"/feedback/danke":   {"Danke"},
	} {
		for _, at := range []web.Site{state, pb(i18n.DE)} {
			w, err := s.ask(at, "GET", path, nil)
			if err != nil || w.Code != http.StatusOK {
				t.Fatalf("%s %s: %d %v", at.Kind, path, w.Code, err)
			}
			has(t, w.Body.String(), want...)
			has(t, w.Body.String(), "<h1", "© Statistisches Bundesamt (Destatis)")
			if strings.Contains(w.Body.String(), "⟦") {
				t.Errorf("%s %s lacks a text", at.Kind, path)
			}
			if at.Kind == web.Tenant {
				has(t, w.Body.String(), "Stadt Paderborn", "/paderborn/theme.css?v=", `href="/paderborn/barrierefreiheit"`)
			}
		}
		w, err := s.ask(pb(i18n.EN), "GET", path, nil)
		if err != nil || strings.Contains(w.Body.String(), "[de]") || strings.Contains(w.Body.String(), "noch nicht") {
			t.Errorf("%s in English: %v", path, err)
		}
		has(t, w.Body.String(), `href="/en/paderborn/impressum"`)
	}
}

func TestPagesShowWhatWasEnteredAsText(t *testing.T) {
	s := open(t)
	err := s.dir.Update(t.Context(), paderborn, Settings{
		Name: "Universitätsstadt <b>P</b>", Representative: "Die Bürgermeisterin", Demo: true,
		Contact:     Contact{Street: "Am Abdinghof 11", PostalCode: "33098", Town: "Paderborn", Phone: "05251 00-0", Mail: "post@paderborn.example"},
		PrivacyText: "Erster Absatz.\n- <script>x</script>", Officer: "dsb@paderborn.example",
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	imprint, _ := s.ask(pb(i18n.DE), "GET", "/impressum", nil)
	has(t, imprint.Body.String(), "Am Abdinghof 11", "33098 Paderborn", "Die Bürgermeisterin", "Universitätsstadt &lt;b&gt;P&lt;/b&gt;", "Beispielwerte")
	if strings.Contains(imprint.Body.String(), "noch nicht hinterlegt") {
		t.Error("something that was entered is called missing")
	}
	privacy, _ := s.ask(pb(i18n.DE), "GET", "/datenschutz", nil)
	has(t, privacy.Body.String(), "Erster Absatz.", "&lt;script&gt;", "dsb@paderborn.example")
}

func TestTheme(t *testing.T) {
	s := open(t)
	ten, _ := s.dir.ByID(paderborn)
	w, err := s.ask(pb(i18n.DE), "GET", "/theme.css?v="+ten.Theme.Version(), nil)
	if err != nil || w.Body.String() != ten.Theme.CSS() || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%v %v %s", err, w.Header(), w.Body)
	}
	w, _ = s.ask(pb(i18n.DE), "GET", "/theme.css?v=old", nil)
	if strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Error("an old address is kept for ever")
	}
	if _, err := s.ask(web.Site{Kind: web.State}, "GET", "/theme.css", nil); err == nil {
		t.Error("the state's site has a theme nobody entered")
	}
	if err := s.dir.Update(t.Context(), StateID, Settings{Accent: "#1a4f9c"}, 0); err != nil {
		t.Fatal(err)
	}
	if w, err := s.ask(web.Site{Kind: web.State}, "GET", "/theme.css", nil); err != nil || !strings.Contains(w.Body.String(), "#1a4f9c") {
		t.Errorf("%v", err)
	}
}

func TestFeedback(t *testing.T) {
	s := open(t)
	long := strings.Repeat("ä", maxMessage+1)
	for name, c := range map[string]struct {
		form url.Values
		want string
	}{
		"nothing":       {url.Values{}, "Bitte beschreiben Sie das Problem"},
		"spaces":        {url.Values{"message": {" \r\n "}}, "Bitte beschreiben Sie das Problem"},
		"long":          {url.Values{"message": {long}}, "höchstens 4.000 Zeichen"},
		"broken":        {url.Values{"message": {"a\xffb"}}, "Zeichen, die wir nicht speichern können"},
		"right-to-left": {url.Values{"message": {"a\u202eb"}}, "Zeichen, die wir nicht speichern können"},
		"page":          {url.Values{"message": {"Text"}, "page": {"a\nb"}}, "höchstens 300"},
		"mail":          {url.Values{"message": {"Mein Text"}, "mail": {"niemand"}}, "prüfen Sie die E-Mail-Adresse"},
	} {
		w, err := s.ask(pb(i18n.DE), "POST", "/feedback", c.form)
		if err != nil || w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %v", name, w.Code, err)
			continue
		}
		has(t, w.Body.String(), c.want, "Fehler:")
		if name == "mail" {
			has(t, w.Body.String(), "Mein Text", `value="niemand"`)
		}
	}
	w, err := s.ask(pb(i18n.EN), "POST", "/feedback", url.Values{"message": {"Der Kn\u006f\u0308pf\r\nfehlt"}, "mail": {"a@b.example"}, "unknown": {"x"}})
	if err != nil || w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/en/paderborn/feedback/danke" {
		t.Fatalf("%d %v %v", w.Code, w.Header(), err)
	}
	list, err := Store{}.Feedback(t.Context(), s.dir.db.Read(), paderborn, 10)
	if err != nil || len(list) != 1 || list[0].Message != "Der Knöpf\nfehlt" || list[0].ReplyTo != "a@b.example" {
		t.Errorf("%+v %v", list, err)
	}
	for range maxMessages - 1 {
		if err := s.keep(web.WithSite(t.Context(), pb(i18n.DE)), report{message: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if w, err := s.ask(pb(i18n.DE), "POST", "/feedback", url.Values{"message": {"Behalten"}}); err != nil || w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), "Behalten") {
		t.Errorf("the flood: %d %v", w.Code, err)
	}
	s.dir.clock.(*clock.Manual).Advance(25 * time.Hour)
	if w, err := s.ask(pb(i18n.DE), "POST", "/feedback", url.Values{"message": {"Neuer Tag"}}); err != nil || w.Code != http.StatusSeeOther {
		t.Errorf("the next day: %d %v", w.Code, err)
	}
	if err := s.dir.db.Close(); err != nil {
		t.Fatal(err)
	}
	if w, err := s.ask(pb(i18n.DE), "POST", "/feedback", url.Values{"message": {"Behalten"}}); err != nil || w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "Behalten") {
		t.Errorf("no database: %d %v", w.Code, err)
	}
}

func TestCard(t *testing.T) {
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	if _, ok := (&Tenant{Name: "Stadt X"}).Card(i18n.DE, monday); ok {
		t.Error("a contact nobody entered is shown")
	}
	ten := &Tenant{Name: "Stadt X", Entered: Settings{
		Contact: Contact{Phone: "05251 1", Web: "https://x.example/"},
		Hours:   []Hours{{time.Monday, "08:00", "12:00"}, {time.Monday, "14:00", "16:00"}},
	}}
	c, ok := ten.Card(i18n.DE, monday)
	if !ok || c.Name != "Stadt X" || c.Web.Text != "x.example" || c.Today != "Jetzt geöffnet" || len(c.Hours) != 7 ||
		c.Hours[0].Times != "08:00 bis 12:00\u00a0Uhr, 14:00 bis 16:00\u00a0Uhr" || !c.Hours[0].Today || c.Hours[1].Times != "geschlossen" {
		t.Errorf("%+v", c)
	}
}

func TestBlocks(t *testing.T) {
	got := parseBlocks("Eins\n\n- a\n-  b \nZwei\r\n- c\n")
	if len(got) != 4 || got[0].para != "Eins" || len(got[1].bullets) != 2 || got[1].bullets[1] != "b" || got[2].para != "Zwei" || got[3].bullets[0] != "c" {
		t.Errorf("%+v", got)
	}
	if parseBlocks("") != nil || parseBlocks("\n \n") != nil {
		t.Error("nothing gives blocks")
	}
}

func FuzzReport(f *testing.F) {
	for _, m := range []string{"", "Text", "a\r\nb", "a\xff", "\u202e", "\x00", "K\u006f\u0308"} {
		f.Add(m, m, m)
	}
	f.Fuzz(func(t *testing.T, message, page, mail string) {
		rep, ok := readReport(func(name string) string {
			return map[string]string{"message": message, "page": page, "mail": mail}[name]
		})
		if !ok {
			return
		}
		if rep.message == "" || len(rep.message) > 4*maxMessage || len(rep.page) > 4*maxPage || len(rep.mail) > 254 ||
			!utf8.ValidString(rep.message+rep.page+rep.mail) || strings.ContainsAny(rep.message+rep.page+rep.mail, "\x00\u202e") || strings.ContainsAny(rep.mail+rep.page, "\r\n") {
			t.Fatalf("taken: %+v", rep)
		}
	})
}
