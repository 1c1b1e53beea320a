package login

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/id"
	"leitportal/internal/seal"
	"leitportal/internal/staff"
	"leitportal/internal/web"
)

const (
	paderborn = "057740032032"
	aachen    = "053340002002"
	clerk     = "k.lerk@stadt.example"
	password  = "vier ruhige Wege am Fluss"
)

type towns struct{}

func (towns) Resolve(_, segment string) (string, string, bool) {
	switch segment {
	case "paderborn":
		return paderborn, "/paderborn", true
	case "aachen":
		return aachen, "/aachen", true
	}
	return "", "", false
}

// world is a portal with nothing but staff, login and one page at the desk.
type world struct {
	*testing.T
	clock  *clock.Manual
	login  *Service
	staff  *staff.Service
	router *web.Router
	events []string
	hashes int
}

func each(t *testing.T, test func(w *world)) {
	dbtest.Each(t, []db.Migrations{staff.Migrations(), Migrations()}, func(t *testing.T, d *db.DB) { test(newWorld(t, d)) })
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := &world{T: t, clock: clock.NewManual(time.Date(2026, 11, 22, 12, 0, 1, 0, time.UTC))}
	master, err := seal.NewMaster(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	record := func(_ context.Context, _ db.Querier, e staff.Event) error {
		w.events = append(w.events, e.Action)
		return nil
	}
	ids := id.NewSource(w.clock, rand.Reader)
	w.login = New(Config{DB: d, Clock: w.clock, IDs: ids, Rand: rand.Reader, Master: master, Record: record})
	w.login.hasher = newHasher(rand.Reader, seal.Cost{Memory: 64, Time: 1, Lanes: 1}, 2)
	w.login.hasher.hashed = func() { w.hashes++ }
	w.staff = &staff.Service{DB: d, Clock: w.clock, IDs: ids, Record: record, Credentials: w.login}
	routes := append(w.login.Routes(), w.staff.Routes()...)
	routes = append(routes, web.Route{Site: web.Desk, Pattern: "GET /{$}", Access: web.Signed("clerk"), Handle: func(out http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(out, "desk of "+web.PrincipalOf(r.Context()).Name)
		return err
	}})
	w.router, err = web.NewRouter(web.Config{
		Routes: routes, Resolver: towns{}, Authenticate: w.login.Authenticate, SignInPath: SignInPath,
		Clock: w.clock, IDs: ids, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// browser keeps cookies.
type browser struct {
	w       *world
	cookies map[string]string
	addr    string
}

func (w *world) browser() *browser {
	return &browser{w: w, cookies: map[string]string{}, addr: "192.0.2.1:1"}
}

func (b *browser) do(method, path string, form url.Values) *httptest.ResponseRecorder {
	b.w.Helper()
	r := httptest.NewRequest(method, "http://h"+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = b.addr
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	rec := httptest.NewRecorder()
	b.w.router.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return rec
}

func (b *browser) get(path string) *httptest.ResponseRecorder { return b.do("GET", path, nil) }

// want fails unless the answer has the status and, in Location or body, text.
func (b *browser) want(rec *httptest.ResponseRecorder, status int, text string) {
	b.w.Helper()
	if rec.Code != status || !strings.Contains(rec.Header().Get("Location")+"\n"+rec.Body.String(), text) {
		b.w.Fatalf("got %d %q\n%s\nwant %d with %q", rec.Code, rec.Header().Get("Location"), rec.Body, status, text)
	}
}

func (b *browser) password(tenant, login, pass string) *httptest.ResponseRecorder {
	b.w.Helper()
	return b.do("POST", "/"+tenant+"/amt/anmelden", url.Values{"login": {login}, "password": {pass}})
}

func (b *browser) code(code string) *httptest.ResponseRecorder {
	b.w.Helper()
	return b.do("POST", "/paderborn/amt/anmelden/code", url.Values{"code": {code}})
}

func (w *world) signedIn(login string) *browser {
	w.Helper()
	b := w.browser()
	b.want(b.password("paderborn", login, password), 303, "/paderborn/amt/anmelden/code")
	b.want(b.code(w.totp(login)), 303, "/paderborn/amt/")
	return b
}

func (w *world) totp(login string) string {
	w.Helper()
	var out strings.Builder
	if err := w.login.TOTPCode(w.Context(), &out, paderborn, login); err != nil {
		w.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

// demo adds a demo member with a password and a second factor.
func (w *world) demo(login string, roles ...string) staff.Member {
	w.Helper()
	m, _, err := w.staff.Add(w.Context(), paderborn, staff.CommandLine, staff.Details{Login: login, Name: "Kim Lerk", Unit: "Steueramt", Roles: roles, Demo: true})
	if err != nil {
		w.Fatal(err)
	}
	if err := w.login.SeedDemo(w.Context(), paderborn, login, password); err != nil {
		w.Fatal(err)
	}
	return m
}

func TestFirstSignIn(t *testing.T) {
	each(t, func(w *world) {
		var out strings.Builder
		err := staff.StaffAdd(w.Context(), w.staff, &out, paderborn, "http://h/paderborn/amt/anmelden", staff.Details{Login: "Erste@Stadt.example ", Name: "Erste Admin", Roles: []string{staff.Admin}})
		if err != nil {
			w.Fatal(err)
		}
		initial := regexp.MustCompile(`[a-z2-7]{4}(-[a-z2-7]{4}){3}`).FindString(out.String())
		b := w.browser()
		b.want(b.get("/paderborn/amt/mitarbeitende"), 303, "/paderborn/amt/anmelden")
		b.want(b.get("/paderborn/amt/anmelden?weiter=/mitarbeitende"), 200, `name="weiter" value="/mitarbeitende"`)
		b.want(b.do("POST", "/paderborn/amt/anmelden", url.Values{"login": {"erste@stadt.example"}, "password": {initial}, "weiter": {"/mitarbeitende"}}), 303, "/anmelden/passwort")
		before := b.cookies[cookie(paderborn)]
		b.want(b.get("/paderborn/amt/mitarbeitende"), 303, "/paderborn/amt/anmelden")
		b.want(b.get("/paderborn/amt/anmelden/einrichten"), 303, "/anmelden/passwort") // no step is skipped
		b.want(b.do("POST", "/paderborn/amt/anmelden/passwort", url.Values{"new": {"kurz"}, "again": {"kurz"}}), 422, "zu kurz")
		b.want(b.do("POST", "/paderborn/amt/anmelden/passwort", url.Values{"new": {password}, "again": {"anders"}}), 422, "Wiederholung")
		b.want(b.do("POST", "/paderborn/amt/anmelden/passwort", url.Values{"new": {password}, "again": {password}}), 303, "/anmelden/einrichten")
		if b.cookies[cookie(paderborn)] == before {
			w.Error("the token was not rotated after the password")
		}
		page := b.get("/paderborn/amt/anmelden/einrichten")
		b.want(page, 200, `src="data:image/png;base64,`)
		m, err := w.login.members.ByLogin(w.Context(), w.login.DB.Read(), paderborn, "erste@stadt.example")
		if err != nil {
			w.Fatal(err)
		}
		c, err := w.login.store.credential(w.Context(), w.login.DB.Read(), paderborn, m.ID)
		if err != nil {
			w.Fatal(err)
		}
		secret, err := w.login.Master.Unwrap(secretPurpose(paderborn, m.ID), c.Secret)
		if err != nil {
			w.Fatal(err)
		}
		if strings.Contains(string(c.Secret), string(secret)) {
			w.Error("the secret lies open in the table")
		}
		for _, g := range groups(base32Plain.EncodeToString(secret)) {
			b.want(page, 200, g)
		}
		code, err := codeAt(secret, stepAt(w.clock.Now()))
		if err != nil {
			w.Fatal(err)
		}
		b.want(b.do("POST", "/paderborn/amt/anmelden/einrichten", url.Values{"code": {"12345"}}), 422, "gilt nicht")
		done := b.do("POST", "/paderborn/amt/anmelden/einrichten", url.Values{"code": {code}})
		b.want(done, 200, `href="/paderborn/amt/mitarbeitende"`)
		b.want(done, 200, "Code 10")
		b.want(b.get("/paderborn/amt/mitarbeitende"), 200, "Erste Admin")
		b.want(b.get("/paderborn/amt/konto"), 200, "noch 10 Wiederherstellungscodes")
		// The initial password is worth nothing any more.
		other := w.browser()
		other.want(other.password("paderborn", "erste@stadt.example", initial), 422, "stimmen nicht")
		if err := w.login.TOTPCode(w.Context(), io.Discard, paderborn, "erste@stadt.example"); !fail.Is(err, fail.Forbidden) {
			w.Errorf("the command gives away a real login's code: %v", err)
		}
		if got := strings.Join(w.events, " "); got != "staff.add login.password login.enrol" {
			w.Errorf("events: %s", got)
		}
	})
}

func TestSignInAndOut(t *testing.T) {
	each(t, func(w *world) {
		w.demo(clerk, staff.Clerk)
		b := w.browser()
		b.cookies[cookie(paderborn)] = strings.Repeat("A", 43) // planted by somebody else
		b.want(b.password("paderborn", "K.Lerk@Stadt.example", password), 303, "/paderborn/amt/anmelden/code")
		first := b.cookies[cookie(paderborn)]
		if first == strings.Repeat("A", 43) {
			w.Fatal("the planted token was taken over")
		}
		b.want(b.get("/paderborn/amt/"), 303, "/paderborn/amt/anmelden") // half a sign-in opens nothing
		b.want(b.get("/paderborn/amt/konto"), 303, "/paderborn/amt/anmelden")
		b.want(b.code("000000"), 422, "gilt nicht")
		code := w.totp(clerk)
		b.want(b.code(code[:3]+" "+code[3:]), 303, "/paderborn/amt/")
		full := b.cookies[cookie(paderborn)]
		if full == first {
			w.Error("the token was not rotated at sign-in")
		}
		b.want(b.get("/paderborn/amt/"), 200, "desk of Kim Lerk")
		b.want(b.get("/en/paderborn/amt/konto"), 200, "this session")
		b.want(b.get("/paderborn/amt/anmelden?weiter=/konto"), 303, "/paderborn/amt/konto") // signed in already

		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		other := string(alphabet[strings.IndexByte(alphabet, full[42])+1]) // differs in bits beyond the 256th
		for name, token := range map[string]string{"pending": first, "forged": strings.Repeat("B", 43), "short": full[:42], "long": full + "A", "other spelling": full[:42] + other} {
			x := w.browser()
			x.cookies[cookie(paderborn)] = token
			if rec := x.get("/paderborn/amt/"); rec.Code != 303 {
				w.Errorf("%s token: %d", name, rec.Code)
			}
		}
		// The same token at another tenant is nobody's.
		x := w.browser()
		x.cookies[cookie(aachen)], x.cookies[cookie(paderborn)] = full, full
		x.want(x.get("/aachen/amt/"), 303, "/aachen/amt/anmelden")
		x.want(x.password("aachen", clerk, password), 422, "stimmen nicht")

		b.want(b.do("POST", "/paderborn/amt/abmelden", nil), 303, "/paderborn/amt/anmelden?abgemeldet")
		x.cookies = map[string]string{cookie(paderborn): full}
		x.want(x.get("/paderborn/amt/"), 303, "/paderborn/amt/anmelden")
	})
}

func TestACodeIsAcceptedOnce(t *testing.T) {
	each(t, func(w *world) {
		w.demo(clerk, staff.Clerk)
		code := w.totp(clerk)
		a, b := w.browser(), w.browser()
		a.password("paderborn", clerk, password)
		b.password("paderborn", clerk, password)
		a.want(a.code(code), 303, "/paderborn/amt/")
		b.want(b.code(code), 422, "schon verwendet")
		b.want(b.code(w.totp(clerk)), 303, "/paderborn/amt/") // the next one, a step early
		if err := w.login.TOTPCode(w.Context(), io.Discard, paderborn, clerk); !fail.Is(err, fail.Limited) {
			w.Errorf("a third code in one half minute: %v", err)
		}
		c := w.browser()
		c.password("paderborn", clerk, password)
		w.clock.Advance(90 * time.Second)
		c.want(c.code(code), 422, "gilt nicht") // two steps late
	})
}

func TestRecoveryCodes(t *testing.T) {
	each(t, func(w *world) {
		w.demo(clerk, staff.Clerk)
		b := w.signedIn(clerk)
		b.want(b.do("POST", "/paderborn/amt/konto/codes", url.Values{"password": {"falsch"}}), 422, "Passwort stimmt nicht")
		page := b.do("POST", "/paderborn/amt/konto/codes", url.Values{"password": {password}})
		b.want(page, 200, "Code 10")
		codes, hashes, err := newRecovery(rand.Reader, "m")
		if err != nil || len(codes) != 10 || len(hashes) != 10 {
			w.Fatal(codes, err)
		}
		// The page shows groups; put known codes in their place.
		m, _ := w.login.members.ByLogin(w.Context(), w.login.DB.Read(), paderborn, clerk)
		codes, hashes, _ = newRecovery(rand.Reader, m.ID)
		if err := w.login.DB.Write(w.Context(), func(ctx context.Context, tx db.Querier) error {
			return w.login.store.setRecovery(ctx, tx, paderborn, m.ID, hashes)
		}); err != nil {
			w.Fatal(err)
		}
		x := w.browser()
		x.password("paderborn", clerk, password)
		x.want(x.code(strings.ToUpper(codes[3])), 303, "/paderborn/amt/konto?wiederherstellung")
		x.want(x.get("/paderborn/amt/konto"), 200, "noch 9 Wiederherstellungscodes")
		y := w.browser()
		y.password("paderborn", clerk, password)
		y.want(y.code(codes[3]), 422, "gilt nicht")
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(w *world) {
		m := w.demo(clerk, staff.Clerk)
		w.demo("chef@stadt.example", staff.Admin)
		in := func() *browser { w.clock.Advance(2 * time.Minute); return w.signedIn(clerk) }
		out := func(b *browser, why string) {
			w.Helper()
			if rec := b.get("/paderborn/amt/"); rec.Code != 303 {
				w.Errorf("%s: %d", why, rec.Code)
			}
		}
		b := in()
		for range 21 { // kept alive by use, until the tenth hour
			w.clock.Advance(28 * time.Minute)
			b.want(b.get("/paderborn/amt/"), 200, "desk")
		}
		w.clock.Advance(13 * time.Minute)
		out(b, "after ten hours")
		b = in()
		w.clock.Advance(idle)
		out(b, "idle")
		b = w.browser()
		b.password("paderborn", clerk, password)
		w.clock.Advance(pending)
		b.want(b.code(w.totp(clerk)), 303, "/anmelden?abgelaufen")

		b = in()
		if err := w.staff.Change(w.Context(), paderborn, "x", m.ID, staff.Details{Name: "Kim Lerk", Unit: "Ordnungsamt", Roles: []string{staff.Clerk}}); err != nil {
			w.Fatal(err)
		}
		b.want(b.get("/paderborn/amt/"), 200, "desk") // a new unit is no reason
		if err := w.staff.Change(w.Context(), paderborn, "x", m.ID, staff.Details{Name: "Kim Lerk", Roles: []string{staff.Clerk, staff.Lead}}); err != nil {
			w.Fatal(err)
		}
		out(b, "other roles")
		b = in()
		if err := w.staff.SetActive(w.Context(), paderborn, "x", m.ID, false); err != nil {
			w.Fatal(err)
		}
		out(b, "deactivated")
		b.want(b.password("paderborn", clerk, password), 422, "stimmen nicht")
		if err := w.staff.SetActive(w.Context(), paderborn, "x", m.ID, true); err != nil {
			w.Fatal(err)
		}
		out(b, "deactivated and active again")
		b = in()
		if _, _, err := w.staff.ResetAccess(w.Context(), paderborn, "x", m.ID); err != nil {
			w.Fatal(err)
		}
		out(b, "reset")
		b.want(b.password("paderborn", clerk, password), 422, "stimmen nicht")
	})
}

func TestAccountPage(t *testing.T) {
	each(t, func(w *world) {
		w.demo(clerk, staff.Clerk)
		a := w.signedIn(clerk)
		w.clock.Advance(time.Minute)
		b := w.signedIn(clerk)
		page := a.get("/paderborn/amt/konto").Body.String()
		other := regexp.MustCompile(`name="id" value="([0-9a-f-]{36})"`).FindStringSubmatch(page)
		if other == nil || strings.Count(page, `name="id"`) != 1 {
			w.Fatalf("want one other session:\n%s", page)
		}
		a.want(a.do("POST", "/paderborn/amt/konto/sitzungen", url.Values{"id": {other[1]}}), 303, "beendet")
		b.want(b.get("/paderborn/amt/"), 303, "/anmelden")
		w.clock.Advance(time.Minute)
		b = w.signedIn(clerk)
		const fresh = "neun kleine Lichter im Hafen"
		change := func(old, new, again string) *httptest.ResponseRecorder {
			return a.do("POST", "/paderborn/amt/konto/passwort", url.Values{"old": {old}, "new": {new}, "again": {again}})
		}
		a.want(change("falsch", fresh, fresh), 422, "Passwort stimmt nicht")
		a.want(change(password, "k.lerk k.lerk k.lerk", ""), 422, "zu leicht")
		before := a.cookies[cookie(paderborn)]
		a.want(change(password, fresh, fresh), 303, "/konto?passwort")
		if a.cookies[cookie(paderborn)] == before {
			w.Error("the token was not rotated")
		}
		a.want(a.get("/paderborn/amt/konto"), 200, "Meine Sitzungen")
		b.want(b.get("/paderborn/amt/"), 303, "/anmelden")
		b.want(b.password("paderborn", clerk, password), 422, "stimmen nicht")
		b.want(b.password("paderborn", clerk, fresh), 303, "/code")
	})
}

func TestUnknownUserCostsTheSame(t *testing.T) {
	each(t, func(w *world) {
		w.demo(clerk, staff.Clerk)
		w.demo("chef@stadt.example", staff.Admin)
		w.demo("weg@stadt.example", staff.Clerk)
		gone, _ := w.login.members.ByLogin(w.Context(), w.login.DB.Read(), paderborn, "weg@stadt.example")
		if err := w.staff.SetActive(w.Context(), paderborn, "x", gone.ID, false); err != nil {
			w.Fatal(err)
		}
		bodies := map[string]bool{}
		for _, login := range []string{clerk, "niemand@stadt.example", "weg@stadt.example", "", strings.Repeat("x", 2000), "\xff@stadt.example", "a\x00@stadt.example"} {
			w.hashes = 0
			b := w.browser()
			rec := b.password("paderborn", login, "falsches Passwort")
			b.want(rec, 422, "stimmen nicht")
			if w.hashes != 1 {
				w.Errorf("%.20q ran %d hashes", login, w.hashes)
			}
			if len(b.cookies) != 0 {
				w.Errorf("%.20q got a cookie", login)
			}
			bodies[regexp.MustCompile(` value="[^"]*"`).ReplaceAllString(rec.Body.String(), "")] = true
		}
		if len(bodies) != 1 {
			w.Error("the answers differ")
		}
	})
}

func TestGuessingIsLimitedAndNobodyIsLockedOut(t *testing.T) {
	each(t, func(w *world) {
		w.demo(clerk, staff.Clerk)
		known := w.signedIn(clerk)
		known.do("POST", "/paderborn/amt/abmelden", nil)
		attacker := w.browser()
		attacker.addr = "198.51.100.7:9"
		for range 10 {
			attacker.want(attacker.password("paderborn", clerk, "geraten und falsch"), 422, "stimmen nicht")
		}
		w.hashes = 0
		attacker.want(attacker.password("paderborn", clerk, password), 429, "Zu viele")
		if w.hashes != 0 {
			w.Error("a refused guess ran a hash")
		}
		elsewhere := w.browser()
		elsewhere.want(elsewhere.password("paderborn", clerk, password), 429, "Zu viele")
		// The device the clerk has used before is not concerned.
		known.want(known.password("paderborn", clerk, password), 303, "/code")
		stolen := w.browser() // the mark of a device is worth nothing at another login
		stolen.cookies[deviceCookie(paderborn)] = known.cookies[deviceCookie(paderborn)]
		w.demo("zwei@stadt.example", staff.Clerk)
		for range 10 {
			stolen.password("paderborn", "zwei@stadt.example", "geraten und falsch")
		}
		stolen.want(stolen.password("paderborn", "zwei@stadt.example", password), 429, "Zu viele")
		w.clock.Advance(15 * time.Minute)
		elsewhere.want(elsewhere.password("paderborn", clerk, password), 303, "/code")

		// Who has the password still cannot try all codes.
		for range 10 {
			elsewhere.want(elsewhere.code("000000"), 422, "gilt nicht")
		}
		elsewhere.want(elsewhere.code(w.totp(clerk)), 429, "Zu viele")
		w.clock.Advance(time.Hour)
		elsewhere.password("paderborn", clerk, password)
		elsewhere.want(elsewhere.code(w.totp(clerk)), 303, "/paderborn/amt/")
	})
}

func TestOneClientCannotTryManyAccounts(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser()
		for i := range 50 {
			b.want(b.password("paderborn", string(rune('a'+i%26))+string(rune('a'+i/26))+"@stadt.example", "Sommer2026!!"), 422, "stimmen nicht")
		}
		b.want(b.password("paderborn", "neu@stadt.example", "Sommer2026!!"), 429, "Zu viele")
	})
}

func TestInitialPasswordExpires(t *testing.T) {
	each(t, func(w *world) {
		_, initial, err := w.staff.Add(w.Context(), paderborn, "x", staff.Details{Login: clerk, Name: "Kim", Roles: []string{staff.Clerk}})
		if err != nil {
			w.Fatal(err)
		}
		w.clock.Advance(initialFor - time.Second)
		b := w.browser()
		b.want(b.password("paderborn", clerk, initial), 303, "/passwort")
		w.clock.Advance(time.Second)
		b.want(b.password("paderborn", clerk, initial), 422, "7 Tage")
	})
}

func TestHashIsRenewedWhenItsCostsChange(t *testing.T) {
	each(t, func(w *world) {
		m := w.demo(clerk, staff.Clerk)
		w.login.hasher = newHasher(rand.Reader, seal.Cost{Memory: 128, Time: 2, Lanes: 1}, 1)
		w.signedIn(clerk)
		c, err := w.login.store.credential(w.Context(), w.login.DB.Read(), paderborn, m.ID)
		if err != nil || !strings.HasPrefix(c.Password, "$argon2id$v=19$m=128,t=2,p=1$") || !c.Enrolled {
			w.Fatalf("%+v %v", c, err)
		}
		w.clock.Advance(time.Minute)
		w.signedIn(clerk)
	})
}

func TestRewrapAfterRotation(t *testing.T) {
	each(t, func(w *world) {
		w.demo(clerk, staff.Clerk)
		if n, err := w.login.Rewrap(w.Context()); n != 0 || err != nil {
			w.Fatal(n, err)
		}
		master, err := w.login.Master.(*seal.Master).Rotate()
		if err != nil {
			w.Fatal(err)
		}
		w.login.Master = master
		if n, err := w.login.Rewrap(w.Context()); n != 1 || err != nil {
			w.Fatal(n, err)
		}
		w.signedIn(clerk)
	})
}

func TestTexts(t *testing.T) { i18ntest.Check(t, textFiles) }
