package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/id"
	"leitportal/internal/staff"
	"leitportal/internal/web"
)

var update = flag.Bool("update", false, "write testdata/routes.txt anew")

const (
	paderborn = "057740032032"
	aachen    = "053340002002"
)

// start makes a portal on a temporary folder, without serving.
func start(t testing.TB, clk clock.Clock) *App {
	t.Helper()
	a, err := newAt(t.Context(), Config{OfferAll: true, Listen: "127.0.0.1:0", Data: t.TempDir(), MailFrom: "portal@localhost"}, "http://portal.example", slog.New(slog.DiscardHandler), clk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// table is the route table as text, one route a line.
func table(routes []web.Route) string {
	var lines []string
	for _, r := range routes {
		lines = append(lines, fmt.Sprintf("%-6s  %-62s  %s", r.Site, r.Pattern, r.Access))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// The whole route table, to be reviewed as text: who may call what.
func TestRouteTable(t *testing.T) {
	a := start(t, clock.System())
	routes, err := a.routes()
	if err != nil {
		t.Fatal(err)
	}
	got := table(routes)
	golden := filepath.Join("testdata", "routes.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		for _, line := range strings.Split(got, "\n") {
			if !strings.Contains(string(want), line+"\n") {
				t.Errorf("new:  %s", line)
			}
		}
		for _, line := range strings.Split(string(want), "\n") {
			if !strings.Contains(got, line+"\n") {
				t.Errorf("gone: %s", line)
			}
		}
		t.Error("the route table has changed; review it and run go test ./internal/app -run TestRouteTable -update")
	}
	for _, r := range routes {
		switch {
		case r.Handle == nil || r.Access == "":
			t.Errorf("%s %s has no handler or no access", r.Site, r.Pattern)
		case r.Site == web.Desk && !strings.HasPrefix(string(r.Access), "signed:") && !strings.Contains(r.Pattern, " /anmelden") && !strings.Contains(r.Pattern, "/abmelden"):
			t.Errorf("%s of the desk is open to all", r.Pattern)
		case r.Site != web.Desk && strings.HasPrefix(string(r.Access), "signed:"):
			t.Errorf("%s is staff's but not at the desk", r.Pattern)
		}
	}
}

// caller is somebody who calls routes: nobody (roles nil), or an employee.
type caller struct {
	name, tenant string
	roles        []string
}

// may tells what the table says of a call at paderborn's address.
func (c caller) may(access web.Access) (reach bool, refused int) {
	list, signed := strings.CutPrefix(string(access), "signed:")
	switch {
	case !signed:
		return true, 0
	case c.tenant != paderborn:
		return false, http.StatusUnauthorized
	case list == "":
		return true, 0
	}
	for _, role := range strings.Split(list, ",") {
		if slices.Contains(c.roles, role) {
			return true, 0
		}
	}
	return false, http.StatusForbidden
}

// Every route is called by everybody; who gets through is what the table says
// and nothing else. The handlers are replaced by one that only tells that it
// was reached, so that what is tested is the guard of every row.
func TestEveryRouteEveryRole(t *testing.T) {
	a := start(t, clock.System())
	routes, err := a.routes()
	if err != nil {
		t.Fatal(err)
	}
	type key struct{}
	for i := range routes {
		pattern := routes[i].Pattern
		routes[i].Handle = func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("X-Reached", pattern)
			w.WriteHeader(http.StatusTeapot)
			return nil
		}
	}
	router, err := web.NewRouter(web.Config{
		Routes: routes, Resolver: resolver{tenants: a.tenants}, SignInPath: "/anmelden", PublicURL: "http://portal.example",
		Authenticate: func(r *http.Request) (*web.Principal, error) {
			c, _ := r.Context().Value(key{}).(caller)
			if c.tenant == "" {
				return nil, nil
			}
			return &web.Principal{ID: "x", Tenant: c.tenant, Roles: c.roles}, nil
		},
		Clock: clock.System(), IDs: id.NewSource(clock.System(), rand.Reader), Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	callers := []caller{{name: "anonymous"}, {name: "applicant"}}
	for _, role := range staff.Roles() {
		for _, tenant := range []string{paderborn, aachen} {
			callers = append(callers, caller{role + " of " + tenant, tenant, []string{role}})
		}
	}
	callers = append(callers, caller{"without a role", paderborn, nil}, caller{"everything elsewhere", aachen, staff.Roles()})
	calls := 0
	for _, route := range routes {
		method, path := example(route)
		for _, c := range callers {
			for _, lang := range []string{"", "/en"} {
				if lang != "" && route.Site == web.Root {
					continue
				}
				r := httptest.NewRequest(method, lang+path, nil)
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				r.RemoteAddr = "192.0.2.7:1234"
				r = r.WithContext(context.WithValue(r.Context(), key{}, c))
				w := httptest.NewRecorder()
				router.ServeHTTP(w, r)
				calls++
				reach, refused := c.may(route.Access)
				if route.Access == web.Probe { // not from another machine
					reach, refused = false, http.StatusNotFound
				}
				got := w.Code
				if got == http.StatusSeeOther && refused == http.StatusUnauthorized && strings.Contains(w.Header().Get("Location"), "/amt/anmelden") {
					got = http.StatusUnauthorized
				}
				switch {
				case reach && w.Header().Get("X-Reached") == "":
					t.Errorf("%s: %s %s%s answers %d, and the table lets them in", c.name, method, lang, path, got)
				case !reach && (w.Header().Get("X-Reached") != "" || got != refused):
					t.Errorf("%s: %s %s%s answers %d, want %d", c.name, method, lang, path, got, refused)
				case reach && w.Header().Get("X-Reached") != route.Pattern:
					t.Errorf("%s %s%s leads to %q, not to %q", method, lang, path, w.Header().Get("X-Reached"), route.Pattern)
				}
			}
		}
	}
	t.Logf("%d routes, %d callers, %d calls", len(routes), len(callers), calls)
}

// example is a call that a route's pattern takes, at Paderborn's address.
func example(r web.Route) (method, path string) {
	method, pattern, _ := strings.Cut(r.Pattern, " ")
	for _, part := range strings.Split(pattern, "/")[1:] {
		switch {
		case part == "{$}":
			part = ""
		case strings.HasPrefix(part, "{"):
			part = "beispiel"
		}
		path += "/" + part
	}
	switch r.Site {
	case web.Tenant:
		path = "/paderborn" + path
	case web.Desk:
		path = "/paderborn/amt" + path
	}
	return method, path
}

// What has no key or no session gets nothing from the real handlers either:
// every route of an applicant sends an anonymous caller, and one with the key
// to a draft of another municipality, whatever they call it, to where one
// begins (an upload in pieces, which no page answers, is not there); every route of the desk to the page for signing in; and none fails.
func TestEveryRouteForNobody(t *testing.T) {
	a := start(t, clock.System())
	routes, err := a.routes()
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path string, cookies ...*http.Cookie) *http.Response {
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Accept", "text/html")
		if strings.Contains(path, "/hochladen/") {
			for _, h := range [][2]string{{"Tus-Resumable", "1.0.0"}, {"Content-Type", "application/offset+octet-stream"}, {"Upload-Offset", "0"}, {"Upload-Length", "5"}, {"X-HTTP-Method-Override", "HEAD"}} {
				r.Header.Set(h[0], h[1])
			}
		}
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		a.router.ServeHTTP(w, r)
		return w.Result()
	}
	keys := call("POST", "/aachen/antrag/hundesteuer").Cookies()
	if len(keys) != 1 || call("GET", "/aachen/antrag/hundesteuer/spaeter", keys...).StatusCode != http.StatusOK {
		t.Fatalf("%v is no key to a draft", keys)
	}
	for _, prefix := range []string{"antrag-", "weitere-"} {
		keys = append(keys, &http.Cookie{Name: prefix + paderborn + "-hundesteuer", Value: keys[0].Value})
	}
	for _, route := range routes {
		method, path := example(route)
		path = strings.Replace(path, "/antrag/beispiel", "/antrag/hundesteuer", 1)
		for caller, cookies := range map[string][]*http.Cookie{"nobody": nil, "who has a key elsewhere": keys} {
			w := call(method, path, cookies...)
			to := w.Header.Get("Location")
			switch {
			case w.StatusCode >= 500:
				t.Errorf("%s %s answers %s %d", method, path, caller, w.StatusCode)
			case strings.Contains(path, "/hochladen/") && route.Access == web.Applicant:
				if w.StatusCode != http.StatusNotFound {
					t.Errorf("%s %s answers %s %d", method, path, caller, w.StatusCode)
				}
			case route.Access == web.Applicant && (w.StatusCode != http.StatusSeeOther || to != "/paderborn/antrag/hundesteuer"):
				t.Errorf("%s %s answers %s %d, %s", method, path, caller, w.StatusCode, to)
			case strings.HasPrefix(string(route.Access), "signed:") && w.StatusCode != http.StatusUnauthorized && !strings.HasPrefix(to, "/paderborn/amt/anmelden"):
				t.Errorf("%s %s answers %s %d, %s", method, path, caller, w.StatusCode, to)
			}
		}
	}
	if call("GET", "/aachen/antrag/hundesteuer/spaeter", keys[0]).StatusCode != http.StatusOK {
		t.Error("a call elsewhere has taken the key away")
	}
}

// No town's slug hides an address of the portal, and no address a town.
func TestReservedSlugs(t *testing.T) {
	a := start(t, clock.System())
	routes, err := a.routes()
	if err != nil {
		t.Fatal(err)
	}
	slugs := map[string]bool{}
	for _, town := range a.tenants.All() {
		if slugs[town.Slug] {
			t.Errorf("the slug %s is there twice", town.Slug)
		}
		slugs[town.Slug] = true
	}
	if len(slugs) != 396 {
		t.Fatalf("%d towns", len(slugs))
	}
	taken := []string{"en", "de", "amt", "api", "assets"}
	for _, r := range routes {
		if _, pattern, _ := strings.Cut(r.Pattern, " "); r.Site == web.State || r.Site == web.Root {
			first, _, _ := strings.Cut(strings.TrimPrefix(pattern, "/"), "/")
			if !strings.HasPrefix(first, "{") {
				taken = append(taken, first)
			}
		}
	}
	for _, word := range taken {
		if slugs[word] {
			t.Errorf("the town %s hides /%s", word, word)
		}
		if _, _, ok := a.tenants.Resolve("127.0.0.1", word); ok && word != "" {
			t.Errorf("/%s leads to a town", word)
		}
	}
}

// program runs the program as main does.
func program(t testing.TB, env []string, args ...string) (out string, status int) {
	t.Helper()
	var b bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	status = Main(ctx, args, env, strings.NewReader(""), &b, &b)
	return b.String(), status
}

func TestConfigPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "leitportal.yaml")
	if err := os.WriteFile(file, []byte("listen: 127.0.0.1:1001\nhosts: [057740032032=a.example, 053340002002=b.example]\nmail-from: file@x.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(env []string, args ...string) Config {
		t.Helper()
		var c cli
		m := environment(env)
		status := 0
		parser, err := newParser(&c, m, args, io.Discard, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parse(parser, append(args, "serve"), &status); err != nil {
			t.Fatal(err)
		}
		return c.withPort(m)
	}
	for name, x := range map[string]struct {
		env  []string
		args []string
		want string
	}{
		"default":               {nil, nil, "127.0.0.1:8080"},
		"file":                  {nil, []string{"--config", file}, "127.0.0.1:1001"},
		"file by environment":   {[]string{"LEITPORTAL_CONFIG=" + file}, nil, "127.0.0.1:1001"},
		"environment over file": {[]string{"LEITPORTAL_LISTEN=127.0.0.1:1002"}, []string{"--config=" + file}, "127.0.0.1:1002"},
		"flag over all":         {[]string{"LEITPORTAL_LISTEN=127.0.0.1:1002", "PORT=1004"}, []string{"--config", file, "--listen", "127.0.0.1:1003"}, "127.0.0.1:1003"},
		"PORT":                  {[]string{"PORT=1004"}, nil, "127.0.0.1:1004"},
		"listen over PORT":      {[]string{"PORT=1004", "LEITPORTAL_LISTEN=127.0.0.1:1002"}, nil, "127.0.0.1:1002"},
	} {
		if got := read(x.env, x.args...).Listen; got != x.want {
			t.Errorf("%s: listens on %s, want %s", name, got, x.want)
		}
	}
	if hosts, err := read(nil, "--config", file).hosts(); err != nil || hosts["a.example"] != paderborn || hosts["b.example"] != aachen {
		t.Errorf("hosts of the file: %v, %v", hosts, err)
	}
}

// What cannot work is said in words, with the name of the setting.
func TestWrongConfiguration(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.yaml")
	if err := os.WriteFile(broken, []byte("listen: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	typo := filepath.Join(dir, "typo.yaml")
	if err := os.WriteFile(typo, []byte("listen: 127.0.0.1:0\nclamav: unix:/run/clamav/clamd.ctl\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		args []string
		say  string
	}{
		"listen":          {[]string{"--listen", "here", "serve"}, "--listen"},
		"public url":      {[]string{"--public-url", "portal", "serve"}, "--public-url"},
		"path in the url": {[]string{"--public-url", "https://x.example/portal", "serve"}, "--public-url"},
		"proxies":         {[]string{"--trusted-proxies", "10.0.0.1", "serve"}, "--trusted-proxies"},
		"hosts":           {[]string{"--hosts", "paderborn=x", "serve"}, "--hosts"},
		"drafts per hour": {[]string{"--drafts-per-hour=0", "serve"}, "--drafts-per-hour"},
		"log level":       {[]string{"--log-level", "loud", "serve"}, "log-level"},
		"open demo":       {[]string{"--listen", "0.0.0.0:0", "demo"}, "demo"},
		"unknown flag":    {[]string{"--lisen", "x", "serve"}, "lisen"},
		"unknown in file": {[]string{"--config", typo, "--data", dir, "doctor"}, `typo.yaml: there is no setting "clamav"`},
		"mail server":     {[]string{"--smtp", "http://user:secretword@x", "--data", dir, "doctor"}, "--smtp"},
		"unknown command": {[]string{"serv"}, "serv"},
		"no such file":    {[]string{"--config", filepath.Join(dir, "none.yaml"), "serve"}, "none.yaml"},
		"broken file":     {[]string{"--config", broken, "serve"}, "broken.yaml"},
		"database":        {[]string{"--database-url", "mysql://x", "--listen", "127.0.0.1:0", "--data", dir, "serve"}, "mysql"},
		"no such town":    {[]string{"--data", dir, "staff", "add", "atlantis", "x", "--name", "x", "--unit", "x"}, "atlantis"},
	} {
		out, status := program(t, nil, x.args...)
		if status == 0 || !strings.Contains(out, x.say) || strings.Contains(out, "goroutine") || strings.Contains(out, "secretword") {
			t.Errorf("%s: status %d, %q", name, status, out)
		}
	}
	if out, status := program(t, nil, "--help"); status != 0 || !strings.Contains(out, "doctor") {
		t.Errorf("--help: %d %s", status, out)
	}
	if out, status := program(t, nil, "version"); status != 0 || !strings.Contains(out, Version) {
		t.Errorf("version: %d %s", status, out)
	}
}

func TestDoctor(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	out, _ := program(t, nil, "--data", data, "doctor")
	for _, want := range []string{"ok  configuration", "ok  data folder", "ok  database (sqlite)", "ok  ledger", "ok  background work", "ok  hand-over", "no --smtp"} {
		if !strings.Contains(out, want) {
			t.Errorf("doctor does not say %q: %s", want, out)
		}
	}
	if err := os.Chmod(filepath.Join(data, "master.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, status := program(t, nil, "--data", data, "doctor"); status != 1 || !strings.Contains(out, "chmod 600") {
		t.Errorf("a master key that all can read: %d %s", status, out)
	}
	if err := os.WriteFile(filepath.Join(data, "leitportal.db"), bytes.Repeat([]byte("no database"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, status := program(t, nil, "--data", data, "doctor"); status != 1 || !strings.Contains(out, "!!  start") {
		t.Errorf("a broken database: %d %s", status, out)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, status := program(t, nil, "--data", file, "doctor"); status != 1 || !strings.Contains(out, "!!  data folder") {
		t.Errorf("a file for a data folder: %d %s", status, out)
	}
}

// The doctor tries the solutions that an operator adds, and says what is wrong
// with them; a portal starts with good ones only.
func TestAddedSolutions(t *testing.T) {
	const permit = "../../tests/load/solutions"
	data := t.TempDir()
	out, status := program(t, []string{"LEITPORTAL_SOLUTIONS=" + permit}, "--data", data, "doctor")
	for _, want := range []string{"bewohnerparken 0.1.0, digest ", "parameters: 1", "ok  solutions in " + permit, "ok  start"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("status %d; doctor does not say %q: %s", status, want, out)
		}
	}
	for name, x := range map[string]struct{ file, old, new, say string }{
		"a rule that is none":       {"rules.yaml", "params.fee * calc.years", "params.fe * calc.years", "params.fe"},
		"a page without a field":    {"pages.yaml", "permit.zone", "permit.zones", "permit.zones"},
		"a text that is missing":    {"texts/de.json", "page.permit.title", "page.permit.titles", "page.permit.title"},
		"an unknown key":            {"solution.yaml", "case_prefix:", "case_prefx:", "case_prefx"},
		"an unknown service":        {"solution.yaml", "\"10173\"", "\"99999\"", "99999"},
		"a value out of its bounds": {"parameters/default.yaml", "values: {}", "values: {fee: 99999}", "99999 is outside"},
		"an id of the program":      {"solution.yaml", "id: bewohnerparken", "id: hundesteuer", "not the folder's name"},
		"nothing that is one":       {"solution.yaml", "", "", "there is none"},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(permit)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "bewohnerparken", x.file)
		b, err := os.ReadFile(file)
		if err == nil && x.old == "" {
			err = os.Remove(file)
		} else if err == nil {
			err = os.WriteFile(file, bytes.Replace(b, []byte(x.old), []byte(x.new), 1), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if out, status := program(t, nil, "--data", data, "--solutions", dir, "doctor"); status != 1 || !strings.Contains(out, "!!  solutions in "+dir) || !strings.Contains(out, x.say) {
			t.Errorf("%s: status %d; doctor does not say %q: %s", name, status, x.say, out)
		}
	}
	clash := t.TempDir()
	if err := os.CopyFS(filepath.Join(clash, "hundesteuer"), os.DirFS("../../solutions/hundesteuer")); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{clash, filepath.Join(clash, "none")} {
		if out, status := program(t, nil, "--data", data, "--solutions", wrong, "--listen", "127.0.0.1:0", "serve"); status != 1 || !strings.Contains(out, "solution: ") {
			t.Errorf("%s: status %d, %s", wrong, status, out)
		}
	}
}

// Asked to stop, the portal finishes what is under way, and takes no more.
func TestGracefulStop(t *testing.T) {
	a := start(t, clock.System())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx, l) }()
	base := "http://" + l.Addr().String()

	// A request whose body arrives in two halves, the second after the stop.
	body, send := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/fortsetzen", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := make(chan string, 1)
	go func() {
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body) // a short page fails the comparison
		answer <- fmt.Sprint(r.StatusCode, strings.Contains(string(b), "abc"))
	}()
	if _, err := send.Write([]byte("code=")); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); a.router.InFlight() == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	cancel()
	time.Sleep(50 * time.Millisecond)
	if _, err := http.PostForm(base+"/fortsetzen", url.Values{}); err == nil {
		t.Error("a stopping portal takes new requests")
	}
	if _, err := send.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	send.Close()
	if got := <-answer; got != "422 true" {
		t.Errorf("the request under way got %q", got)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the portal does not end")
	}
}
