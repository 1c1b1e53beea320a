package web

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/id"
)

type towns struct{}

func (towns) Resolve(host, segment string) (string, string, bool) {
	if host == "service.paderborn.example" {
		return "057740032032", "", true
	}
	switch segment {
	case "paderborn":
		return "057740032032", "/paderborn", true
	case "aachen":
		return "053340002002", "/aachen", true
	}
	return "", "", false
}

func echo(w http.ResponseWriter, r *http.Request) error {
	s := SiteOf(r.Context())
	_, err := io.WriteString(w, strings.Join([]string{s.Kind.String(), s.Tenant, s.Base, string(s.Lang), r.URL.Path, r.PathValue("x"), Link(r.Context(), "/l"), StateLink(r.Context(), "/s"), InLang(r, i18n.EN)}, "|"))
	return err
}

func newTestRouter(t *testing.T, c Config, routes ...Route) (*Router, *strings.Builder) {
	t.Helper()
	var log strings.Builder
	clk := clock.NewManual(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	c.Routes, c.Resolver, c.Clock, c.Rand = routes, towns{}, clk, rand.Reader
	c.IDs = id.NewSource(clk, rand.Reader)
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	rt, err := NewRouter(c)
	if err != nil {
		t.Fatal(err)
	}
	return rt, &log
}

func get(rt *Router, method, url string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, nil)
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, r)
	return w
}

func TestAddresses(t *testing.T) {
	rt, _ := newTestRouter(t, Config{PublicURL: "https://nrw.example"},
		Route{Site: Root, Pattern: "GET /healthz", Access: Public, Handle: echo},
		Route{Site: State, Pattern: "GET /{x...}", Access: Public, Handle: echo},
		Route{Site: Tenant, Pattern: "GET /leistungen/{x}", Access: Public, Handle: echo},
		Route{Site: Tenant, Pattern: "GET /{$}", Access: Public, Handle: echo},
		Route{Site: Desk, Pattern: "GET /{$}", Access: Public, Handle: echo},
	)
	for _, c := range []struct {
		url    string
		status int
		want   string // body, or Location of a redirect
	}{
		{"http://h/healthz", 200, "root|||de|/healthz||/l|/s|/en/healthz"},
		{"http://h/", 200, "state|||de|/||/l|/s|/en/"},
		{"http://h/en/suche?q=a", 200, "state|||en|/suche|suche|/en/l|/en/s|/en/suche?q=a"},
		{"http://h/paderborn/", 200, "tenant|057740032032|/paderborn|de|/||/paderborn/l|/s|/en/paderborn/"},
		{"http://h/en/paderborn/leistungen/hundesteuer", 200, "tenant|057740032032|/paderborn|en|/leistungen/hundesteuer|hundesteuer|/en/paderborn/l|/en/s|/en/paderborn/leistungen/hundesteuer"},
		{"http://Service.Paderborn.example:8443/en/leistungen/x", 200, "tenant|057740032032||en|/leistungen/x|x|/en/l|https://nrw.example/en/s|/en/leistungen/x"},
		{"http://h/paderborn/amt/", 200, "desk|057740032032|/paderborn|de|/||/paderborn/amt/l|/s|/en/paderborn/amt/"},
		{"http://h/paderborn", 301, "/paderborn/"},
		{"http://h/paderborn/amt?x=1", 301, "/paderborn/amt/?x=1"},
		{"http://h/en", 301, "/en/"},
		{"http://h/de/suche", 301, "/suche"},
		{"http://h//paderborn//leistungen/../", 301, "/paderborn/"},
		{"http://h/paderborn/gibtsnicht", 404, ""},
		// Nothing leads to another host, also not by signs that browsers drop.
		{"http://h/de//evil.example", 301, "/de/evil.example"},
		{"http://h//%5cevil.example", 301, "/evil.example"},
		{"http://h/de/%09/evil.example", 404, ""},
		{"http://h//%0a/evil.example", 404, ""},
		{"http://h/en/%09/evil.example", 404, ""},
		{"http://h/paderborn/leistungen/%00", 404, ""},
		{"http://h/paderborn/leistungen/%ff", 404, ""},
		{"http://h/de/a%3fb", 301, "/a%3Fb"},
		{"http://h/en/a%3fb", 200, "state|||en|/a?b|a?b|/en/l|/en/s|/en/a%3Fb"},
	} {
		w := get(rt, "GET", c.url)
		got := w.Body.String()
		if w.Code == 301 {
			got = w.Header().Get("Location")
		}
		if w.Code != c.status || c.want != "" && got != c.want {
			t.Errorf("%s: %d %q, want %d %q", c.url, w.Code, got, c.status, c.want)
		}
	}
}

func TestErrorsBecomeAnswersInOnePlace(t *testing.T) {
	boom := func(err error) Handler { return func(http.ResponseWriter, *http.Request) error { return err } }
	rt, log := newTestRouter(t, Config{},
		Route{Site: State, Pattern: "GET /gone", Access: Public, Handle: boom(fail.Newf(fail.Gone, "row erased"))},
		Route{Site: State, Pattern: "GET /plain", Access: Public, Handle: boom(errors.New("secret detail"))},
		Route{Site: State, Pattern: "GET /panic", Access: Public, Handle: func(http.ResponseWriter, *http.Request) error { panic("oh") }},
		Route{Site: State, Pattern: "POST /post", Access: Public, MaxBody: 10, Handle: func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.ReadAll(r.Body)
			return err
		}},
	)
	for _, c := range []struct {
		method, path string
		status       int
	}{{"GET", "/gone", 410}, {"GET", "/plain", 500}, {"GET", "/panic", 500}, {"GET", "/post", 405}, {"GET", "/none", 404}} {
		w := get(rt, c.method, "http://h"+c.path)
		if w.Code != c.status || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", c.path, w.Code, w.Header().Get("Content-Type"))
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s leaks the cause: %s", c.path, w.Body)
		}
		if w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: no CSP", c.path)
		}
	}
	for name, body := range map[string]io.Reader{"announced": strings.NewReader("more than ten bytes"), "streamed": io.MultiReader(strings.NewReader("more than"), strings.NewReader(" ten bytes"))} {
		w := httptest.NewRecorder()
		rt.ServeHTTP(w, httptest.NewRequest("POST", "http://h/post", body))
		if w.Code != 413 {
			t.Errorf("%s body: %d", name, w.Code)
		}
	}
	if !strings.Contains(log.String(), "secret detail") || !strings.Contains(log.String(), `route="GET /plain"`) {
		t.Errorf("the log lacks the cause or the route:\n%s", log)
	}
}

func TestTheLogHoldsNoAddressAndNoQuery(t *testing.T) {
	rt, log := newTestRouter(t, Config{}, Route{Site: Tenant, Pattern: "GET /status/{code}", Access: Public, Handle: echo})
	get(rt, "GET", "http://h/paderborn/status/GEHEIM?name=Mustermann", func(r *http.Request) { r.RemoteAddr = "192.0.2.7:1" })
	for _, s := range []string{"GEHEIM", "Mustermann", "192.0.2.7"} {
		if strings.Contains(log.String(), s) {
			t.Errorf("the log has %q: %s", s, log)
		}
	}
}

func TestWhoMayCall(t *testing.T) {
	var who *Principal
	rt, _ := newTestRouter(t, Config{
		SignInPath:   "/anmelden",
		ProbeToken:   "tok",
		Authenticate: func(*http.Request) (*Principal, error) { return who, nil },
	},
		Route{Site: Desk, Pattern: "GET /eingang", Access: Signed("clerk", "lead"), Handle: echo},
		Route{Site: Desk, Pattern: "POST /eingang", Access: Signed("clerk"), Handle: echo},
		Route{Site: Root, Pattern: "GET /metrics", Access: Probe, Handle: echo},
	)
	clerk := &Principal{Tenant: "057740032032", Roles: []string{"clerk"}}
	foreign := &Principal{Tenant: "053340002002", Roles: []string{"clerk", "lead"}}
	auditor := &Principal{Tenant: "057740032032", Roles: []string{"auditor"}}
	for _, c := range []struct {
		who    *Principal
		method string
		status int
	}{
		{clerk, "GET", 200},
		{clerk, "POST", 200},
		{foreign, "GET", 303},
		{foreign, "POST", 401},
		{auditor, "GET", 403},
		{nil, "GET", 303},
		{nil, "POST", 401},
	} {
		who = c.who
		w := get(rt, c.method, "http://h/en/paderborn/amt/eingang")
		if w.Code != c.status {
			t.Errorf("%v %s: %d, want %d", c.who, c.method, w.Code, c.status)
		}
		if c.status == 303 && w.Header().Get("Location") != "/en/paderborn/amt/anmelden?weiter=%2Feingang" {
			t.Errorf("sent to %s", w.Header().Get("Location"))
		}
	}
	if w := get(rt, "GET", "http://h/metrics", func(r *http.Request) { r.RemoteAddr = "192.0.2.7:1" }); w.Code != 404 {
		t.Errorf("metrics from outside: %d", w.Code)
	}
	if w := get(rt, "GET", "http://h/metrics", func(r *http.Request) {
		r.RemoteAddr = "192.0.2.7:1"
		r.Header.Set("Authorization", "Bearer tok")
	}); w.Code != 200 {
		t.Errorf("metrics with token: %d", w.Code)
	}
	if w := get(rt, "GET", "http://h/metrics", func(r *http.Request) {
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("X-Forwarded-For", "192.0.2.7")
	}); w.Code != 404 {
		t.Errorf("metrics through a proxy of this machine: %d", w.Code)
	}
	_, elsewhere, _ := net.ParseCIDR("10.0.0.0/8")
	_, here, _ := net.ParseCIDR("127.0.0.0/8")
	for _, trusted := range []*net.IPNet{elsewhere, here} {
		rt.TrustedProxies = []*net.IPNet{trusted}
		for name, value := range map[string]string{"X-Forwarded-For": "192.0.2.7:4711", "Forwarded": "for=192.0.2.7"} {
			if w := get(rt, "GET", "http://h/metrics", func(r *http.Request) {
				r.RemoteAddr = "127.0.0.1:1"
				r.Header.Set(name, value)
			}); w.Code != 404 {
				t.Errorf("metrics through a proxy that says %s, trusting %s: %d", name, trusted, w.Code)
			}
		}
	}
	if w := get(rt, "GET", "http://h/metrics", func(r *http.Request) { r.RemoteAddr = "127.0.0.1:1" }); w.Code != 200 {
		t.Errorf("metrics from loopback: %d", w.Code)
	}
}

func TestForeignPostsAreRefused(t *testing.T) {
	rt, _ := newTestRouter(t, Config{}, Route{Site: State, Pattern: "POST /x", Access: Public, Handle: echo})
	if w := get(rt, "POST", "http://h/x", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); w.Code != 403 {
		t.Errorf("cross-site: %d", w.Code)
	}
	if w := get(rt, "POST", "http://h/x", func(r *http.Request) { r.Header.Set("Origin", "http://evil") }); w.Code != 403 {
		t.Errorf("foreign origin: %d", w.Code)
	}
	if w := get(rt, "POST", "http://h/x", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }); w.Code != 200 {
		t.Errorf("same origin: %d", w.Code)
	}
}

func TestRoutesAreComplete(t *testing.T) {
	clk := clock.System()
	for _, r := range []Route{{Pattern: "GET /x", Access: Public}, {Pattern: "GET /x", Handle: echo}} {
		_, err := NewRouter(Config{Routes: []Route{r}, Resolver: towns{}, Clock: clk, IDs: id.NewSource(clk, rand.Reader), Rand: rand.Reader, Log: slog.Default()})
		if err == nil {
			t.Errorf("%+v was taken", r.Pattern)
		}
	}
}

func TestGuessesCountFailures(t *testing.T) {
	c := clock.NewManual(time.Unix(0, 0))
	g := NewGuesses(c, 3, time.Minute)
	for range 3 {
		if err := g.Allow("a"); err != nil {
			t.Fatal(err)
		}
		g.Fail("a")
	}
	if err := g.Allow("a"); !fail.Is(err, fail.Limited) {
		t.Errorf("after three failures: %v", err)
	}
	if err := g.Allow("b"); err != nil {
		t.Errorf("another caller: %v", err)
	}
	c.Advance(time.Minute)
	if err := g.Allow("a"); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	g.Fail("a")
	g.Forget("a")
	if len(g.fails) != 0 {
		t.Error("a forgotten key is kept")
	}
}

func TestCookiesAreOursAlone(t *testing.T) {
	set := func(w http.ResponseWriter, r *http.Request) error {
		SetCookie(w, r, "k", "v", time.Hour)
		return nil
	}
	for _, secure := range []bool{false, true} {
		rt, _ := newTestRouter(t, Config{Secure: secure}, Route{Site: State, Pattern: "GET /x", Access: Public, Handle: set})
		got := get(rt, "GET", "http://h/x").Header().Get("Set-Cookie")
		want := "k=v; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"
		if secure {
			want = "__Host-k=v; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"
		}
		if got != want {
			t.Errorf("secure=%v: %q", secure, got)
		}
	}
}

func TestTexts(t *testing.T) { i18ntest.Check(t, texts) }

func TestClientIPBelievesOnlyOurProxies(t *testing.T) {
	rt, _ := newTestRouter(t, Config{})
	_, own, err := net.ParseCIDR("10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "http://h/", nil)
	r.RemoteAddr = "192.0.2.1:5"
	r.Header.Set("X-Forwarded-For", "198.51.100.1")
	if got := rt.clientIP(r); got != "192.0.2.1" {
		t.Errorf("without proxies: %s", got)
	}
	rt.TrustedProxies = []*net.IPNet{own}
	if got := rt.clientIP(r); got != "192.0.2.1" {
		t.Errorf("a stranger's header: %s", got)
	}
	r.RemoteAddr = "10.0.0.1:5"
	r.Header.Set("X-Forwarded-For", "6.6.6.6, 198.51.100.1, 10.0.0.2")
	if got := rt.clientIP(r); got != "198.51.100.1" {
		t.Errorf("through two proxies: %s", got)
	}
}

// Who has a network of IPv6 is one caller for the limits, whatever of its
// addresses they use.
func TestOneCallerPerNetwork(t *testing.T) {
	rt, _ := newTestRouter(t, Config{})
	key := func(address string) string {
		r := httptest.NewRequest("GET", "http://h/", nil)
		r.RemoteAddr = net.JoinHostPort(address, "5")
		return rt.clientKey(r)
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
		{"fe80::1%eth0", "fe80::2%eth0", true},
	} {
		if (key(c.a) == key(c.b)) != c.same {
			t.Errorf("%s and %s are one caller: %t", c.a, c.b, !c.same)
		}
	}
	if strings.Contains(key("192.0.2.1"), "192") {
		t.Error("the key tells the address")
	}
}

// A page that is there in further languages says in which it is asked for;
// any other is there in German.
func TestFurtherLanguages(t *testing.T) {
	rt, _ := newTestRouter(t, Config{},
		Route{Site: State, Pattern: "GET /{x...}", Access: Public, Handle: echo},
		Route{Site: Tenant, Pattern: "GET /antrag/{x}", Access: Public, Handle: echo, Further: true},
		Route{Site: Tenant, Pattern: "/leistungen/{x}", Access: Public, Handle: echo},
	)
	for _, c := range []struct {
		method, path string
		status       int
		want         string // part of the body, or Location
	}{
		{"GET", "/ar/paderborn/antrag/x", 200, "tenant|057740032032|/paderborn|ar|/antrag/x|x|/ar/paderborn/l|/ar/s|/en/paderborn/antrag/x"},
		{"GET", "/de-simple/paderborn/antrag/x", 200, "|de-simple|"},
		{"GET", "/ar/paderborn/leistungen/x?a=b", 302, "/paderborn/leistungen/x?a=b"},
		{"HEAD", "/ar/paderborn/leistungen/x", 302, "/paderborn/leistungen/x"},
		{"POST", "/ar/paderborn/leistungen/x", 200, "|de|"},
		{"GET", "/ar", 301, "/ar/"},
		{"GET", "/ar/", 302, "/"},
		{"GET", "/xx/paderborn/antrag/x", 200, "state|||de|/xx/paderborn/antrag/x"},
		{"GET", "/ar/ar/paderborn/antrag/x", 302, "/ar/paderborn/antrag/x"},
		{"GET", "/ar//evil.example/x", 301, "/ar/evil.example/x"},
	} {
		w := get(rt, c.method, "http://h"+c.path)
		got := w.Body.String()
		if c.status > 300 {
			got = w.Header().Get("Location")
		}
		if w.Code != c.status || c.status > 300 && got != c.want || !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %d %q", c.method, c.path, w.Code, got)
		}
	}
}
