package staff

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/id"
	"leitportal/internal/web"
)

const (
	paderborn = "057740032032"
	aachen    = "053340002002"
)

func TestTexts(t *testing.T) {
	i18ntest.Check(t, textFiles)
	for _, r := range Roles() {
		if !Texts().In("de").Has("staff.role." + r) {
			t.Errorf("the role %s has no name", r)
		}
	}
}

func TestCheck(t *testing.T) {
	good := Details{Login: "m.muster@stadt.example", Name: "Maxi Muster", Unit: "Steueramt", Roles: []Role{Clerk}}
	for name, c := range map[string]struct {
		change func(*Details)
		want   string // fields with a problem
	}{
		"good":            {func(*Details) {}, ""},
		"no unit":         {func(d *Details) { d.Unit = "" }, ""},
		"no domain":       {func(d *Details) { d.Login = "muster" }, "login"},
		"a list":          {func(d *Details) { d.Login = "a@b.de,c@d.de" }, "login"},
		"with a name":     {func(d *Details) { d.Login = "Max <a@b.de>" }, "login"},
		"long login":      {func(d *Details) { d.Login = strings.Repeat("a", 250) + "@b.de" }, "login"},
		"no name":         {func(d *Details) { d.Name = " \t " }, "name"},
		"right to left":   {func(d *Details) { d.Name = "Maxi \u202eretsuM" }, "name"},
		"control":         {func(d *Details) { d.Unit = "Steuer\x00amt" }, "unit"},
		"broken UTF-8":    {func(d *Details) { d.Unit = "Steuer\xffamt" }, "unit"},
		"long unit":       {func(d *Details) { d.Unit = strings.Repeat("ä", 101) }, "unit"},
		"no role":         {func(d *Details) { d.Roles = nil }, "roles"},
		"unknown role":    {func(d *Details) { d.Roles = []Role{Clerk, "root"} }, "roles"},
		"everything":      {func(d *Details) { *d = Details{} }, "login name roles"},
		"role with space": {func(d *Details) { d.Roles = []Role{"clerk admin"} }, "roles"},
	} {
		d := good
		c.change(&d)
		_, problems := Check(d)
		var fields []string
		for _, p := range problems {
			fields = append(fields, p.Field)
			if !Texts().In("de").Has(p.Key) {
				t.Errorf("%s: no text %s", name, p.Key)
			}
		}
		if got := strings.Join(fields, " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	d, _ := Check(Details{Login: " M.Muster@Stadt.Example ", Name: "  Mu\u0308ller   Maxi ", Roles: []Role{Admin, Clerk, Admin}})
	if d.Login != "m.muster@stadt.example" || d.Name != "Müller Maxi" || !slices.Equal(d.Roles, []Role{Clerk, Admin}) {
		t.Errorf("%+v", d)
	}
}

func TestLastAdmin(t *testing.T) {
	admin := func(id string, active bool) Member {
		return Member{ID: id, Active: active, Roles: []Role{Clerk, Admin}}
	}
	clerk := func(id string) Member { return Member{ID: id, Active: true, Roles: []Role{Clerk}} }
	for name, c := range map[string]struct {
		members []Member
		changed Member
		want    bool
	}{
		"the only one loses the role":  {[]Member{admin("a", true), clerk("b")}, clerk("a"), true},
		"the only one is deactivated":  {[]Member{admin("a", true), admin("b", false)}, admin("a", false), true},
		"another stays":                {[]Member{admin("a", true), admin("b", true)}, clerk("a"), false},
		"nothing about admins":         {[]Member{admin("a", true), clerk("b")}, clerk("b"), false},
		"there was none":               {[]Member{clerk("a")}, clerk("a"), false},
		"the first is made, by a lead": {[]Member{clerk("a")}, admin("a", true), false},
	} {
		if got := lastAdmin(c.members, c.changed); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// fakeCredentials stands for package login.
type fakeCredentials struct{ reset []string }

func (*fakeCredentials) Initial(context.Context) (string, string, error) {
	return "abcd-efgh", "hash", nil
}

func (f *fakeCredentials) Reset(_ context.Context, _ db.Querier, _, member, _ string) error {
	f.reset = append(f.reset, member)
	return nil
}

type world struct {
	*Service
	credentials *fakeCredentials
	events      []Event
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		clk := clock.NewManual(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
		w := &world{credentials: &fakeCredentials{}}
		w.Service = &Service{DB: d, Clock: clk, IDs: id.NewSource(clk, rand.Reader), Credentials: w.credentials}
		w.Record = func(_ context.Context, _ db.Querier, e Event) error { w.events = append(w.events, e); return nil }
		test(t, w)
	})
}

func (w *world) add(t *testing.T, tenant, login string, roles ...Role) Member {
	t.Helper()
	m, _, err := w.Add(t.Context(), tenant, CommandLine, Details{Login: login, Name: "Name " + login, Unit: "Steueramt", Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMembers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(t, paderborn, "a@p.example", Admin)
		b := w.add(t, paderborn, "b@p.example", Clerk, Lead)
		w.add(t, aachen, "a@p.example", Clerk) // the same name at another tenant
		if _, _, err := w.Add(ctx, paderborn, "x", Details{Login: "A@P.example", Name: "Zwei", Roles: []Role{Clerk}}); !fail.Is(err, fail.Invalid) {
			t.Errorf("a login name twice: %v", err)
		}
		if got, err := w.store.Get(ctx, w.DB.Read(), paderborn, b.ID); err != nil || got.Name != b.Name || !slices.Equal(got.Roles, b.Roles) || !got.Created.Equal(b.Created) || !got.Active || got.Demo {
			t.Errorf("%+v %v", got, err)
		}
		if _, err := w.store.Get(ctx, w.DB.Read(), aachen, b.ID); !fail.Is(err, fail.NotFound) {
			t.Errorf("another tenant's member: %v", err)
		}
		for name, err := range map[string]error{
			"foreign change": w.Change(ctx, aachen, "x", b.ID, Details{Name: "X", Roles: []Role{Admin}}),
			"foreign active": w.SetActive(ctx, aachen, "x", b.ID, false),
			"foreign reset":  func() error { _, _, err := w.ResetAccess(ctx, aachen, "x", b.ID); return err }(),
		} {
			if !fail.Is(err, fail.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.SetActive(ctx, paderborn, a.ID, a.ID, false); !fail.Is(err, fail.Conflict) {
			t.Errorf("the last admin was deactivated: %v", err)
		}
		if err := w.Change(ctx, paderborn, a.ID, a.ID, Details{Name: "A", Roles: []Role{Clerk}}); !fail.Is(err, fail.Conflict) {
			t.Errorf("the last admin lost the role: %v", err)
		}
		if err := w.Change(ctx, paderborn, a.ID, b.ID, Details{Name: "B", Unit: "Ordnungsamt", Roles: []Role{Admin, Clerk}}); err != nil {
			t.Fatal(err)
		}
		if err := w.SetActive(ctx, paderborn, b.ID, a.ID, false); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.ResetAccess(ctx, paderborn, b.ID, a.ID); err != nil {
			t.Fatal(err)
		}
		got, err := w.store.List(ctx, w.DB.Read(), paderborn)
		if err != nil || len(got) != 2 || got[0].Name != "B" || got[0].Stamp != 1 || got[0].Unit != "Ordnungsamt" || got[1].Active || got[1].Stamp != 1 {
			t.Errorf("%+v %v", got, err)
		}
		dir := Directory{DB: w.DB}
		if list, err := dir.Assignable(ctx, paderborn, ""); err != nil || len(list) != 1 || list[0].ID != b.ID {
			t.Errorf("assignable: %+v %v", list, err)
		}
		if list, err := dir.Assignable(ctx, paderborn, "Steueramt"); err != nil || len(list) != 0 {
			t.Errorf("assignable of another unit: %+v %v", list, err)
		}
		if names, err := dir.Names(ctx, paderborn); err != nil || names[a.ID] != a.Name || len(names) != 2 {
			t.Errorf("names: %v %v", names, err)
		}
		var actions []string
		for _, e := range w.events {
			actions = append(actions, e.Action)
		}
		if got := strings.Join(actions, " "); got != "staff.add staff.add staff.add staff.change staff.deactivate staff.reset-access" {
			t.Errorf("events: %s", got)
		}
	})
}

func TestNothingHappensOffTheRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.add(t, paderborn, "a@p.example", Clerk)
		w.Record = func(context.Context, db.Querier, Event) error { return errors.New("audit is gone") }
		if err := w.SetActive(t.Context(), paderborn, "x", m.ID, false); err == nil {
			t.Error("no error")
		}
		if got, err := w.store.Get(t.Context(), w.DB.Read(), paderborn, m.ID); err != nil || !got.Active {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestTwoAdminsCannotRemoveEachOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var mu sync.Mutex
		w.Record = func(context.Context, db.Querier, Event) error { mu.Lock(); defer mu.Unlock(); return nil }
		a, b := w.add(t, paderborn, "a@p.example", Admin), w.add(t, paderborn, "b@p.example", Admin)
		for range 5 {
			var wg sync.WaitGroup
			for _, m := range []Member{a, b} {
				wg.Go(func() { _ = w.SetActive(context.Background(), paderborn, "x", m.ID, false) })
			}
			wg.Wait()
			members, err := w.store.List(t.Context(), w.DB.Read(), paderborn)
			if err != nil || !slices.ContainsFunc(members, func(m Member) bool { return m.Active }) {
				t.Fatalf("no admin is left: %+v %v", members, err)
			}
			for _, m := range members {
				if err := w.SetActive(t.Context(), paderborn, "x", m.ID, true); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

type towns struct{}

func (towns) Resolve(_, segment string) (string, string, bool) {
	return map[string]string{"paderborn": paderborn, "aachen": aachen}[segment], "/" + segment, segment == "paderborn" || segment == "aachen"
}

func TestAdminPages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.add(t, paderborn, "a@p.example", Admin)
		other := w.add(t, aachen, "z@a.example", Admin)
		principal := &web.Principal{ID: admin.ID, Tenant: paderborn, Name: admin.Name, Roles: admin.Roles}
		rt, err := web.NewRouter(web.Config{
			Routes: w.Routes(), Resolver: towns{}, Clock: w.Clock, IDs: w.IDs, Rand: rand.Reader,
			Log:          slog.New(slog.NewTextHandler(io.Discard, nil)),
			Authenticate: func(*http.Request) (*web.Principal, error) { return principal, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		do := func(method, path string, form url.Values, status int, want string) *httptest.ResponseRecorder {
			t.Helper()
			r := httptest.NewRequest(method, "http://h"+path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			rec := httptest.NewRecorder()
			rt.ServeHTTP(rec, r)
			if rec.Code != status || !strings.Contains(rec.Header().Get("Location")+"\n"+rec.Body.String(), want) {
				t.Fatalf("%s %s: %d %q\n%s", method, path, rec.Code, rec.Header().Get("Location"), rec.Body)
			}
			return rec
		}
		const list = "/paderborn/amt/mitarbeitende"
		if rec := do("GET", list, nil, 200, "a@p.example"); strings.Contains(rec.Body.String(), "z@a.example") || rec.Header().Get("Cache-Control") != "no-store" {
			t.Error("another tenant's member is shown, or the page may be kept")
		}
		do("GET", list+"/neu", nil, 200, "Anfangspasswort")
		bad := do("POST", list+"/neu", url.Values{"login": {"nicht<gut>"}, "name": {""}}, 422, "mindestens eine Rolle")
		if !strings.Contains(bad.Body.String(), "nicht&lt;gut&gt;") {
			t.Error("what was typed is lost")
		}
		do("POST", list+"/neu", url.Values{"login": {"b@p.example"}, "name": {"Bea"}, "roles": {"clerk", "lead"}}, 200, "abcd")
		do("POST", list+"/neu", url.Values{"login": {"b@p.example"}, "name": {"Bea"}, "roles": {"clerk"}}, 422, "gibt es schon")
		bea, err := w.store.ByLogin(t.Context(), w.DB.Read(), paderborn, "b@p.example")
		if err != nil {
			t.Fatal(err)
		}
		page := list + "/" + bea.ID
		do("GET", page, nil, 200, "Bea")
		do("GET", "/en"+page, nil, 200, "Reset password and second factor")
		do("POST", page, url.Values{"name": {"Bea Neu"}, "unit": {"Steueramt"}, "roles": {"auditor"}}, 303, page+"?gespeichert")
		do("GET", page+"?gespeichert", nil, 200, "Bea Neu")
		do("POST", page, url.Values{"name": {"Bea Neu"}}, 422, "mindestens eine Rolle")
		do("POST", page+"/aktiv", url.Values{"aktiv": {"nein"}}, 303, page)
		do("GET", page, nil, 200, "kann sich nicht anmelden")
		do("POST", page+"/aktiv", url.Values{"aktiv": {"ja"}}, 303, page)
		do("POST", page+"/zugang", nil, 200, "efgh")
		do("POST", list+"/"+admin.ID+"/aktiv", url.Values{"aktiv": {"nein"}}, 409, "mindestens eine aktive Person")
		do("POST", list+"/"+admin.ID, url.Values{"name": {"A"}, "roles": {"clerk"}}, 409, "mindestens eine aktive Person")
		for _, foreign := range []string{other.ID, "x", strings.Repeat("0", 36)} {
			do("GET", list+"/"+foreign, nil, 404, "")
			do("POST", list+"/"+foreign+"/zugang", nil, 404, "")
		}
		principal.Roles = []Role{Clerk, Lead, Auditor, Editor}
		do("GET", list, nil, 403, "")
		do("POST", page+"/zugang", nil, 403, "")
	})
}
