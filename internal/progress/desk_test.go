package progress

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/i18n"
	"leitportal/internal/tenant"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// bureau is a desk whose events are kept.
type bureau struct {
	*Desk
	t      *testing.T
	events []tenant.Event
}

func (b *bureau) ask(ars, method, path string, form url.Values) (*httptest.ResponseRecorder, error) {
	b.t.Helper()
	mux := http.NewServeMux()
	var failed error
	for _, route := range b.Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { failed = route.Handle(w, r) })
	}
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	ctx := web.WithSite(r.Context(), web.Site{Kind: web.Desk, Tenant: ars, Base: "/stadt", Lang: i18n.DE})
	ctx = web.WithPrincipal(ctx, &web.Principal{ID: "m1", Tenant: ars, Name: "Demo Redaktion", Roles: []string{"editor"}})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r.WithContext(ui.WithFrame(ctx, ui.Frame{Lang: i18n.DE, Name: "Stadt"})))
	return w, failed
}

func TestDeskEntersReports(t *testing.T) {
	c, atlas := facts(t)
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		clk := clock.NewManual(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
		b := &bureau{t: t}
		b.Desk = &Desk{
			Board: NewBoard(c, atlas, &fixed{list: []Online{{Tenant: bonn, OZG: "10160", Solution: "hundesteuer", Version: "1.0.0"}}}, d, clk), Catalog: c, Roles: []string{"editor"},
			Record: func(_ context.Context, _ db.Querier, e tenant.Event) error {
				b.events = append(b.events, e)
				return nil
			},
		}
		page := func(path string, holds ...string) {
			t.Helper()
			w, err := b.ask(bonn, "GET", path, nil)
			if err != nil || w.Code != http.StatusOK {
				t.Fatalf("%s: %d %v", path, w.Code, err)
			}
			for _, h := range holds {
				if !strings.Contains(w.Body.String(), h) {
					t.Errorf("%s does not hold %q", path, h)
				}
			}
		}
		page("/fortschritt", "Noch ist nichts eingetragen")
		page("/fortschritt?q=hundehaltung", "/fortschritt/10160")
		page("/fortschritt?q=xyzzy", "Keine Leistung passt")
		page("/fortschritt/10160", "hundesteuer 1.0.0", "Kriterium 6: Nachweise", "Kriterium 13")
		if _, err := b.ask(bonn, "GET", "/fortschritt/99999", nil); err == nil {
			t.Error("a service that does not exist has a page")
		}

		bad := url.Values{"level_11": {"4"}, "criterion_11_6": {"2"}, "since:day": {"1"}, "link": {"http://a.example"}, "source": {""}}
		w, err := b.ask(bonn, "POST", "/fortschritt/10160", bad)
		if err != nil || w.Code != http.StatusUnprocessableEntity || len(b.events) != 0 {
			t.Fatalf("%d %v %v", w.Code, err, b.events)
		}
		for _, h := range []string{"höher als das schwächste", "mit https:// beginnt", "worauf die Angabe beruht", "liegt in der Zukunft", `value="http://a.example"`} {
			if !strings.Contains(w.Body.String(), h) {
				t.Errorf("the errors do not say %q", h)
			}
		}
		for _, odd := range []url.Values{{"level_11": {"9"}, "source": {"x"}}, {"criterion_20_13": {"8"}, "source": {"x"}}, {"level_20": {"-1"}, "source": {"x"}}} {
			if w, _ := b.ask(bonn, "POST", "/fortschritt/10160", odd); w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%v is taken", odd)
			}
		}

		good := url.Values{
			"level_11": {"2"}, "criterion_11_6": {"2"}, "criterion_11_5": {"n"}, "since:day": {"1"}, "since:month": {"7"}, "since:year": {"2025"},
			"link": {"https://a.example"}, "source": {" Reifegrad-Check  vom 1.7.2025 "},
		}
		if w, err := b.ask(bonn, "POST", "/fortschritt/10160", good); err != nil || w.Code != http.StatusSeeOther {
			t.Fatalf("%d %v", w.Code, err)
		}
		r, ok, err := Store{}.Report(t.Context(), d.Read(), bonn, "10160")
		if err != nil || !ok || r.Level11 != 2 || r.Level20 != NotAssessed || r.Ratings11.String() != "5=n 6=2" || r.Since.String() != "2025-07-01" ||
			r.Source != "Reifegrad-Check vom 1.7.2025" || r.By != "m1" || r.On != today() {
			t.Fatalf("%+v %v %v", r, ok, err)
		}
		page("/fortschritt", "Reifegrad-Check vom 1.7.2025")
		page("/fortschritt/10160", "Zuletzt eingetragen am 23.")
		if w, err := b.ask(paderborn, "POST", "/fortschritt/10160/loeschen", nil); err != nil || w.Code != http.StatusSeeOther {
			t.Fatalf("%d %v", w.Code, err)
		}
		page("/fortschritt", "Reifegrad-Check vom 1.7.2025")
		if w, err := b.ask(bonn, "POST", "/fortschritt/10160/loeschen", nil); err != nil || w.Code != http.StatusSeeOther {
			t.Fatalf("%d %v", w.Code, err)
		}
		page("/fortschritt?dropped", "Noch ist nichts eingetragen", "gelöscht")
		if len(b.events) != 3 || b.events[0].Action != "progress.report" || b.events[0].Tenant != bonn || b.events[2].Action != "progress.report.drop" {
			t.Errorf("%+v", b.events)
		}
	})
}

func TestAFileIsTakenAsAWhole(t *testing.T) {
	c, atlas := facts(t)
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		b := NewBoard(c, atlas, &fixed{}, d, clock.NewManual(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)))
		list := []Report{report(bonn, "10160"), report(paderborn, "10160")}
		count := func() int {
			t.Helper()
			f, err := b.Figures(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return f.All.Reported
		}
		take := func(list []Report, dry bool, want int) {
			t.Helper()
			changes, err := b.TakeReports(t.Context(), list, dry)
			if err != nil || len(changes) != want {
				t.Fatalf("%d changes, want %d, %v", len(changes), want, err)
			}
		}
		if take(list, true, 2); count() != 0 {
			t.Error("a dry run has stored something")
		}
		if take(list, false, 2); count() != 2 {
			t.Error("not all reports are stored")
		}
		take(list, false, 0)
		list[1].Source = "anders"
		take(list, true, 1)
		if err := b.TakeProjects(t.Context(), []Project{{ID: "a", Title: "T", Lead: bonn}}); err != nil {
			t.Fatal(err)
		}
		if f, _ := b.Figures(t.Context()); len(f.Projects) != 1 {
			t.Error("the project is not shown")
		}
	})
}
