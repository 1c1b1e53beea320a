package whole

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"leitportal/internal/app"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// service is where most tests apply.
const service = "/paderborn/antrag/hundesteuer"

// must fails the test with the error of an action of the browser.
func must(t testing.TB, p *walker.Page, err error) *walker.Page {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// get opens a path and wants status 200.
func get(t testing.TB, b *walker.Browser, path string) *walker.Page {
	t.Helper()
	p, err := b.Get(path)
	must(t, p, err)
	if p.Status != http.StatusOK {
		t.Fatalf("%s answers %d: %s", path, p.Status, p.Text())
	}
	return p
}

// walk fills an application in up to the page until, "" for the check page.
func walk(t testing.TB, b *walker.Browser, a walker.Answers, dogs int, until string, files ...walker.File) *walker.Page {
	t.Helper()
	p, err := b.Begin(service)
	must(t, p, err)
	p, err = b.Walk(p, a, dogs, until, nil, files...)
	return must(t, p, err)
}

// submit sends an application from the check page and answers the status page.
// The office's key may still be in the making.
func submit(t testing.TB, b *walker.Browser, check *walker.Page, email string) *walker.Page {
	t.Helper()
	for range 20 {
		p, err := b.Submit(check, email)
		must(t, p, err)
		if p.Status == http.StatusServiceUnavailable {
			check = p
			continue
		}
		if p.First != http.StatusSeeOther || !strings.HasSuffix(p.Path(), "/status") || p.Number() == "" {
			t.Fatalf("sending led to %s (%d): %s", p.Path(), p.Status, p.Text())
		}
		return p
	}
	t.Fatal("the office never got a key")
	return nil
}

// eventually opens path again until the page says want.
func eventually(t testing.TB, b *walker.Browser, path, want string) *walker.Page {
	t.Helper()
	end := time.Now().Add(20 * time.Second)
	for {
		p := get(t, b, path)
		if p.Has(want) {
			return p
		}
		if time.Now().After(end) {
			t.Fatalf("%s never says %q: %s", path, want, p.Text())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// command runs a subcommand of the program on the portal's data.
func command(t testing.TB, p *apptest.Portal, databaseURL string, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	status := app.Main(context.Background(), append([]string{"--data", p.Data}, args...), []string{"DATABASE_URL=" + databaseURL, "LEITPORTAL_LOG=error"}, strings.NewReader(""), &out, &out)
	return out.String(), status
}

// signIn signs a demo employee of Paderborn in at the desk.
func signIn(t testing.TB, p *apptest.Portal, databaseURL, login string) *walker.Browser {
	t.Helper()
	b := walker.New(p.URL)
	t.Cleanup(b.Close)
	page := get(t, b, "/paderborn/amt/anmelden")
	page, err := b.Send(page.Own(), url.Values{"login": {login}, "password": {"Leitportal-Demo-2026"}})
	must(t, page, err)
	code, status := command(t, p, databaseURL, "staff", "code", "paderborn", login)
	if status != 0 {
		t.Fatalf("staff code: %s", code)
	}
	page, err = b.Send(page.Own(), url.Values{"code": {strings.TrimSpace(code)}})
	must(t, page, err)
	if page.Status != http.StatusOK || page.Form("/abmelden") == nil {
		t.Fatalf("not signed in, but at %s (%d): %s", page.Path(), page.Status, page.Text())
	}
	return b
}

const clerk = "sachbearbeitung@paderborn.example"

// openCase waits for a case of the number in the inbox and opens it.
func openCase(t testing.TB, desk *walker.Browser, number string) *walker.Page {
	t.Helper()
	end := time.Now().Add(20 * time.Second)
	for time.Now().Before(end) {
		inbox := get(t, desk, "/paderborn/amt/eingang")
		if to := inbox.Link(number); to != "" {
			return get(t, desk, to)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s never came into the inbox", number)
	return nil
}
