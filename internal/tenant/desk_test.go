package tenant

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/job"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

const aachen ID = "053340002002"

// bureau is a desk whose events are kept.
type bureau struct {
	*Desk
	t      *testing.T
	events []Event
	fails  error
}

func openDesk(t *testing.T, d *db.DB) *bureau {
	b := &bureau{t: t}
	b.Desk = &Desk{
		Directory: directory(t, d), Settings: []string{"editor"}, Messages: []string{"editor", "lead"},
		Record: func(_ context.Context, _ db.Querier, e Event) error {
			b.events = append(b.events, e)
			return b.fails
		},
	}
	return b
}

// ask calls a route of the desk of a tenant, signed in there.
func (b *bureau) ask(tenant ID, lang i18n.Lang, method, path string, form url.Values) (*httptest.ResponseRecorder, error) {
	b.t.Helper()
	mux := http.NewServeMux()
	var failed error
	for _, route := range b.Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { failed = route.Handle(w, r) })
	}
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	ctx := web.WithSite(r.Context(), web.Site{Kind: web.Desk, Tenant: tenant, Base: "/stadt", Lang: lang})
	ctx = web.WithPrincipal(ctx, &web.Principal{ID: "m1", Tenant: tenant, Name: "Demo Redaktion", Roles: []string{"editor"}})
	r = r.WithContext(ui.WithFrame(ctx, ui.Frame{Lang: lang, Name: "Stadt"}))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w, failed
}

func sqlite(t *testing.T) *db.DB {
	return dbtest.Open(t, dbtest.SQLite(t), []db.Migrations{Migrations(), job.Migrations()})
}

func TestDeskRoutesAreForStaff(t *testing.T) {
	b := openDesk(t, sqlite(t))
	want := map[string]web.Access{
		"GET /einstellungen": web.Signed("editor"), "POST /einstellungen": web.Signed("editor"),
		"GET /rueckmeldungen": web.Signed("editor", "lead"), "POST /rueckmeldungen/{id}/loeschen": web.Signed("editor", "lead"),
	}
	got := map[string]web.Access{}
	for _, r := range b.Routes() {
		if r.Site != web.Desk {
			t.Errorf("%s is not at the desk", r.Pattern)
		}
		got[r.Pattern] = r.Access
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	ctx := web.WithSite(t.Context(), web.Site{Kind: web.Desk, Tenant: paderborn, Base: "/paderborn", Lang: i18n.DE})
	for role, n := range map[string]int{"editor": 2, "lead": 1, "clerk": 0, "auditor": 0} {
		if nav := b.Nav(ctx, &web.Principal{Roles: []string{role}}); len(nav) != n {
			t.Errorf("%s sees %v", role, nav)
		}
	}
}

// entered is a settings form as a browser sends it.
func entered() url.Values {
	return url.Values{
		"revision":       {"0"},
		"contact.office": {" Bürgerbüro "}, "contact.street": {"Beispielweg  1"}, "contact.postal_code": {"33098"}, "contact.town": {"Paderborn"},
		"contact.phone": {"05251 000000"}, "contact.mail": {"rathaus@paderborn.example"}, "contact.web": {"https://paderborn.example"},
		"hours.1": {"8 – 12.30 Uhr und 14:00 bis 17:30"}, "hours.5": {"08:00-12:00"},
		"representative": {"Die Bürgermeisterin"}, "officer": {"Rathaus\r\nDatenschutz"}, "accent": {"#1A4F9C"}, "monogram": {"PB"},
		"hosts": {"evil.example"}, "demo": {"on"},
	}
}

func TestSettingsAreEntered(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations(), job.Migrations()}, func(t *testing.T, d *db.DB) {
		b := openDesk(t, d)
		if err := b.Directory.Update(t.Context(), paderborn, Settings{Hosts: []string{"service.paderborn.example"}, Demo: true}, 0); err != nil {
			t.Fatal(err)
		}
		form := entered()
		form["revision"] = []string{"1"}
		w, err := b.ask(paderborn, i18n.EN, "POST", "/einstellungen", form)
		if err != nil || w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/en/stadt/amt/einstellungen?gespeichert" {
			t.Fatalf("%d %v %v %s", w.Code, err, w.Header(), w.Body)
		}
		ten, _ := b.Directory.ByID(paderborn)
		want := Settings{
			Hosts: []string{"service.paderborn.example"}, Demo: true,
			Contact: Contact{
				Office: "Bürgerbüro", Street: "Beispielweg 1", PostalCode: "33098", Town: "Paderborn",
				Phone: "05251 000000", Mail: "rathaus@paderborn.example", Web: "https://paderborn.example",
			},
			Hours:          []Hours{{time.Monday, "08:00", "12:30"}, {time.Monday, "14:00", "17:30"}, {time.Friday, "08:00", "12:00"}},
			Representative: "Die Bürgermeisterin", Officer: "Rathaus\nDatenschutz", Accent: "#1a4f9c", Monogram: "PB",
		}
		if !reflect.DeepEqual(ten.Entered, want) {
			t.Errorf("got  %+v\nwant %+v", ten.Entered, want)
		}
		if len(b.events) != 1 || b.events[0].Action != "tenant.settings" || b.events[0].Actor != "m1" || b.events[0].Tenant != paderborn || b.events[0].At.IsZero() {
			t.Errorf("on record: %+v", b.events)
		}
		if other, _ := b.Directory.ByID(aachen); !reflect.DeepEqual(other.Entered, Settings{}) {
			t.Errorf("another town has changed: %+v", other.Entered)
		}
		w, err = b.ask(paderborn, i18n.DE, "GET", "/einstellungen?gespeichert", nil)
		if err != nil || w.Code != http.StatusOK {
			t.Fatal(w.Code, err)
		}
		has(t, w.Body.String(), `value="08:00–12:30, 14:00–17:30"`, `value="Bürgerbüro"`, `value="#1a4f9c"`, "gespeichert und gelten sofort", `name="revision" value="2"`)
		if strings.Contains(w.Body.String(), "⟦") {
			t.Error("a text is missing")
		}
	})
}

func TestSettingsAreRefusedInWords(t *testing.T) {
	b := openDesk(t, sqlite(t))
	for name, c := range map[string]struct{ field, value, want string }{
		"low contrast":       {"accent", "#ffee00", "zu schwer zu lesen: Ihr Kontrast ist 1,0 zu 1"},
		"low contrast, dark": {"accent_dark", "#101010", "auf dunklem Grund zu schwer zu lesen"},
		"no colour":          {"accent", "blau", "Eine Farbe besteht aus #"},
		"postal code":        {"contact.postal_code", "3309", "fünf Ziffern"},
		"mail":               {"contact.mail", "rathaus", "prüfen Sie die E-Mail-Adresse"},
		"web":                {"contact.web", "http://paderborn.example", "beginnt mit https://"},
		"hours":              {"hours.2", "vormittags", "Zeiten für Dienstag"},
		"hours backwards":    {"hours.2", "12:00–08:00", "Zeiten für Dienstag"},
		"hours overlap":      {"hours.2", "08:00–12:00, 11:00–13:00", "Zeiten für Dienstag"},
		"no such hour":       {"hours.2", "08:00–25:00", "Zeiten für Dienstag"},
		"endless":            {"representative", strings.Repeat("ä", maxLine+1), "höchstens 200"},
		"right-to-left":      {"contact.street", "a\u202eb", "gewöhnliche Zeichen"},
		"control characters": {"officer", "a\x00b", "gewöhnliche Zeichen"},
		"no dark colour":     {"accent_dark", "hell", `id="f-accent_dark" name="accent_dark" type="text" value="hell"`},
		"digit in monogram":  {"monogram", "P1", "einem oder zwei Buchstaben"},
	} {
		form := entered()
		form.Set("accent", "#1a4f9c")
		form.Set("supervisor", "Bezirksregierung")
		form.Set(c.field, c.value)
		w, err := b.ask(paderborn, i18n.DE, "POST", "/einstellungen", form)
		if err != nil || w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %v", name, w.Code, err)
			continue
		}
		has(t, w.Body.String(), c.want, "Fehler:", `value="Bezirksregierung"`, `aria-invalid="true"`)
		if c.field != "officer" && c.field != "contact.street" {
			has(t, w.Body.String(), `value="`+c.value+`"`)
		}
	}
	if ten, _ := b.Directory.ByID(paderborn); ten.Revision != 0 || len(b.events) != 0 {
		t.Errorf("something was saved: %+v %v", ten.Entered, b.events)
	}
}

// What the page does not ask for stays as another process has left it just
// now, of which ours has not heard.
func TestSettingsOfTwoProcesses(t *testing.T) {
	d := sqlite(t)
	b, other := openDesk(t, d), directory(t, d)
	hosts := []string{"service.paderborn.example"}
	if err := other.Update(t.Context(), paderborn, Settings{Hosts: hosts}, 0); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"revision": {"1"}, "representative": {"Eins"}}
	if w, err := b.ask(paderborn, i18n.DE, "POST", "/einstellungen", form); err != nil || w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, err)
	}
	if ten, _ := b.Directory.ByID(paderborn); !reflect.DeepEqual(ten.Entered.Hosts, hosts) || ten.Entered.Representative != "Eins" {
		t.Errorf("entered is %+v", ten.Entered)
	}
}

func TestSettingsOfTwoEditors(t *testing.T) {
	b := openDesk(t, sqlite(t))
	if err := b.Directory.Update(t.Context(), paderborn, Settings{Representative: "Eins"}, 0); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"revision": {"0"}, "representative": {"Zwei"}}
	w, err := b.ask(paderborn, i18n.DE, "POST", "/einstellungen", form)
	if err != nil || w.Code != http.StatusConflict {
		t.Fatal(w.Code, err)
	}
	has(t, w.Body.String(), "Jemand anderes hat die Einstellungen", `value="Zwei"`, `name="revision" value="1"`)
	form.Set("revision", "1")
	if w, err := b.ask(paderborn, i18n.DE, "POST", "/einstellungen", form); err != nil || w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, err)
	}
	b.fails = fail.New(fail.Unavailable, "", errors.New("no record"))
	form = url.Values{"revision": {"2"}, "representative": {"Drei"}}
	w, err = b.ask(paderborn, i18n.DE, "POST", "/einstellungen", form)
	if err != nil || w.Code != http.StatusServiceUnavailable {
		t.Fatal(w.Code, err)
	}
	has(t, w.Body.String(), "Ihre Eingaben stehen noch hier", `value="Drei"`)
	if ten, _ := b.Directory.ByID(paderborn); ten.Entered.Representative != "Zwei" {
		t.Error("saved without a record")
	}
}

func TestMessagesAtTheDesk(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations(), job.Migrations()}, func(t *testing.T, d *db.DB) {
		b := openDesk(t, d)
		at := b.Directory.clock.Now()
		add := func(tenant ID, id, message string, at time.Time) {
			t.Helper()
			err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
				return Store{}.AddFeedback(ctx, tx, tenant, Feedback{ID: id, Page: "Suche", Message: message, ReplyTo: "a@b.example", At: at})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		w, err := b.ask(paderborn, i18n.DE, "GET", "/rueckmeldungen", nil)
		if err != nil || w.Code != http.StatusOK {
			t.Fatal(w.Code, err)
		}
		has(t, w.Body.String(), "Es gibt keine Nachrichten", "nach 180 Tagen")
		add(paderborn, "a", "Der <b>Knopf</b> fehlt", at)
		add(aachen, "b", "Geheimnis von Aachen", at)
		w, _ = b.ask(paderborn, i18n.DE, "GET", "/rueckmeldungen", nil)
		has(t, w.Body.String(), "Der &lt;b&gt;Knopf&lt;/b&gt; fehlt", `href="mailto:a@b.example"`, "/stadt/amt/rueckmeldungen/a/loeschen")
		if strings.Contains(w.Body.String(), "Geheimnis") {
			t.Error("another town's message is shown")
		}
		// A forged id of another town's message erases nothing.
		if w, err := b.ask(paderborn, i18n.DE, "POST", "/rueckmeldungen/b/loeschen", nil); err != nil || w.Code != http.StatusSeeOther {
			t.Error(w.Code, err)
		}
		if list, _ := (Store{}).Feedback(t.Context(), d.Read(), aachen, 10); len(list) != 1 || len(b.events) != 0 {
			t.Errorf("%v %v", list, b.events)
		}
		for range 2 {
			if w, err := b.ask(paderborn, i18n.EN, "POST", "/rueckmeldungen/a/loeschen", nil); err != nil || w.Header().Get("Location") != "/en/stadt/amt/rueckmeldungen?geloescht" {
				t.Error(w.Code, err)
			}
		}
		if list, _ := (Store{}).Feedback(t.Context(), d.Read(), paderborn, 10); len(list) != 0 {
			t.Error("the message is still there")
		}
		if len(b.events) != 1 || b.events[0].Action != "tenant.feedback.erase" || b.events[0].Subject != "a" {
			t.Errorf("on record: %+v", b.events)
		}
	})
}

func TestOldMessagesAreErased(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations(), job.Migrations()}, func(t *testing.T, d *db.DB) {
		dir := directory(t, d)
		dir.KeepFeedback = 10 * day
		now := dir.clock.(*clock.Manual)
		send := func(id string) {
			t.Helper()
			err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
				if err := (Store{}).AddFeedback(ctx, tx, paderborn, Feedback{ID: id, Message: "x", At: now.Now()}); err != nil {
					return err
				}
				return dir.eraseLater(ctx, tx, now.Now())
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		left := func() (ids []string) {
			list, err := Store{}.Feedback(t.Context(), d.Read(), paderborn, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range list {
				ids = append(ids, f.ID)
			}
			return ids
		}
		open := func() int {
			counts, err := job.Counts(t.Context(), d.Read())
			if err != nil || len(counts) != 1 || counts[0].Kind != JobErase {
				t.Fatal(counts, err)
			}
			return counts[0].Open
		}
		send("a")
		send("b")
		if open() != 1 {
			t.Errorf("%d jobs for one day", open())
		}
		now.Advance(3 * day)
		send("c")
		now.Advance(8 * day)
		erase := dir.Handlers()[JobErase]
		if err := erase(t.Context(), job.Job{}); err != nil {
			t.Fatal(err)
		}
		if got := left(); !reflect.DeepEqual(got, []string{"c"}) {
			t.Errorf("left: %v", got)
		}
		dir.KeepFeedback = 100 * day // the operator keeps them longer now
		if err := erase(t.Context(), job.Job{}); err != nil || len(left()) != 1 {
			t.Error(err, left())
		}
		now.Advance(101 * day)
		if err := erase(t.Context(), job.Job{}); err != nil || len(left()) != 0 {
			t.Error(err, left())
		}
	})
}

func FuzzParseHours(f *testing.F) {
	for _, s := range []string{"", "8-12", "08:00–12:30, 14.00 bis 17.30 Uhr", "8 - 12 und 13 - 14", "x", "25-26", "8-8", ",;", "１２-13"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, ok := parseHours(time.Monday, s)
		if !ok {
			return
		}
		if err := (Settings{Hours: list}).Check(); err != nil && len(list) <= maxHours {
			t.Fatalf("%q: %+v: %v", s, list, err)
		}
		again, ok := parseHours(time.Monday, writeHours(list, time.Monday))
		if !ok || !reflect.DeepEqual(again, list) {
			t.Fatalf("%q: %+v is read again as %+v", s, list, again)
		}
	})
}
