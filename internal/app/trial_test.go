package app

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db/dbtest"
	"leitportal/tests/whole/walker"
)

const testMark = "TESTFALL – kein echter Antrag"

// page opens a path and wants status 200.
func (k *keeping) page(b *walker.Browser, path string) *walker.Page {
	k.t.Helper()
	p, err := b.Get(path)
	if err != nil || p.Status != http.StatusOK {
		k.t.Fatalf("%s: %v, %v", path, p, err)
	}
	return p
}

// press sends a form and wants the browser to be led on.
func (k *keeping) press(b *walker.Browser, f *walker.Form, v url.Values) *walker.Page {
	k.t.Helper()
	if f == nil {
		k.t.Fatal("no such form")
	}
	p, err := b.Send(f, v)
	if err != nil || p.First != http.StatusSeeOther || p.Status != http.StatusOK {
		k.t.Fatalf("%s: %d %d %v: %s", p.Path(), p.First, p.Status, err, p.Text())
	}
	return p
}

// signIn signs a demo employee of Paderborn in at the desk.
func (k *keeping) signIn(login string) *walker.Browser {
	k.t.Helper()
	b := walker.New(k.base)
	k.t.Cleanup(b.Close)
	p := k.page(b, "/paderborn/amt/anmelden")
	p, err := b.Send(p.Own(), url.Values{"login": {login}, "password": {demoPassword}})
	var code bytes.Buffer
	if err == nil {
		err = k.login.TOTPCode(k.t.Context(), &code, paderborn, login)
	}
	if err == nil {
		p, err = b.Send(p.Own(), url.Values{"code": {strings.TrimSpace(code.String())}})
	}
	if err != nil || p.Form("/abmelden") == nil {
		k.t.Fatalf("%s is not signed in: %v", login, err)
	}
	return b
}

// A test case goes the whole way from the form to the notice on the running
// portal. It says everywhere that it is one, is counted nowhere, leaves an
// application of the same town alone, and after thirty days nothing is left of
// it but its leaf in the log.
func TestTrialWholeWay(t *testing.T) {
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			cfg := Config{Demo: true, OfferAll: true, Listen: "127.0.0.1:0", Data: t.TempDir(), MailFrom: "portal@localhost"}
			if kind == "postgres" {
				cfg.DatabaseURL = dbtest.Postgres(t)
			}
			clk := clock.NewManual(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			k := &keeping{t: t, clock: clk, base: "http://" + l.Addr().String()}
			if k.App, err = newAt(t.Context(), cfg, k.base, slog.New(slog.DiscardHandler), clk); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(k.Close)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- k.Serve(ctx, l) }()
			defer func() {
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			}()

			form, desk := walker.Service("paderborn"), "/paderborn/amt"
			lead := k.signIn("leitung@paderborn.example")
			own, err := lead.Begin(form) // an application of the lead's own, to be found again
			if err != nil || own.Has(testMark) {
				t.Fatalf("%v, %v", own, err)
			}
			tests := k.page(lead, desk+"/testfaelle")
			p := k.press(lead, tests.Form("/testfall/hundesteuer"), nil)
			if !strings.HasPrefix(p.Path(), form+"/seite/") || !p.Has(testMark) {
				t.Fatalf("the test begins at %s: %s", p.Path(), p.Text())
			}
			if p, err = lead.Walk(p, walker.Keeper(), 1, "", nil); err != nil || !p.Has(testMark) {
				t.Fatalf("the check page: %v", err)
			}
			for tries := 0; err == nil && p.Number() == "" && tries < 30; tries++ {
				p, err = lead.Submit(p, "amt@paderborn.example")
			}
			if err != nil || p.Number() != "HS-TEST-2026-000001" || !p.Has(testMark) {
				t.Fatalf("sent: %v %s", err, p.Text())
			}
			number := p.Number()
			id := k.ask(`SELECT id FROM submissions WHERE number = $1`, number)
			draft := k.ask(`SELECT draft FROM submissions WHERE number = $1`, number)
			k.until("1", `SELECT count(*) FROM casework_cases WHERE id = $1`, id)
			k.until("1", `SELECT count(*) FROM ledger_leaves WHERE subject = $1 AND seq IS NOT NULL`, id)
			k.until("0", `SELECT count(*) FROM jobs`)

			// An application of the same town in between.
			real := k.apply()
			if real.number != "HS-2026-000001" {
				t.Errorf("the first application is %s", real.number)
			}

			// The receipt is genuine, and of a test.
			for _, name := range []string{"pdf", "json"} {
				file := filepath.Join(t.TempDir(), "quittung."+name)
				receipt := k.page(lead, form+"/quittung."+name).Body
				if err := os.WriteFile(file, receipt, 0o600); err != nil {
					t.Fatal(err)
				}
				for lang, want := range map[string]string{"de": testMark, "en": "TEST CASE – not a real application"} {
					out, status := program(t, nil, "--data", cfg.Data, "verify", "--lang", lang, file)
					if status != 0 || !strings.Contains(out, want) {
						t.Errorf("verify says of the %s: %d %s", name, status, out)
					}
				}
				changed := bytes.Replace(receipt, []byte("  \"test\": true,\n"), nil, 1)
				if bytes.Equal(changed, receipt) {
					t.Fatalf("the %s does not name the test", name)
				}
				if err := os.WriteFile(file, changed, 0o600); err != nil {
					t.Fatal(err)
				}
				if out, status := program(t, nil, "--data", cfg.Data, "verify", file); status == 0 {
					t.Errorf("without its mark the %s is genuine: %s", name, out)
				}
			}

			// At the desk: not in the inbox, but in its own view.
			clerk := k.signIn("sachbearbeitung@paderborn.example")
			for _, path := range []string{"/", "/eingang", "/eingang?ansicht=alle", "/eingang?ansicht=alle&nummer=TEST", "/druck"} {
				if p := k.page(clerk, desk+path); p.Has(number) {
					t.Errorf("%s shows the test", path)
				}
			}
			if p := k.page(clerk, desk+"/eingang"); !p.Has(real.number) {
				t.Error("the inbox does not show the application")
			}
			list := k.page(clerk, desk+"/eingang?ansicht=testfaelle")
			if !list.Has(number) || !list.Has(testMark) || list.Has(real.number) {
				t.Errorf("the view of tests: %s", list.Text())
			}
			c := k.page(clerk, list.Link(number))
			if !c.Has(testMark) {
				t.Error("the case does not say that it is a test")
			}
			f := c.Form("/zuweisung")
			c = k.press(clerk, f, f.Press(f.Values(), "selbst", "ja"))
			decide := k.page(clerk, c.LinkTo("/entscheidung"))
			preview, err := clerk.Send(decide.Own(), decide.Own().Values())
			if err != nil || preview.Status != http.StatusOK || strings.Count(preview.Text(), testMark) < 2 {
				t.Fatalf("the preview: %v %s", err, preview.Text())
			}
			f = preview.Own()
			c = k.press(clerk, f, f.Press(f.Values(), "schritt", "senden"))
			if !c.Has(testMark) {
				t.Error("the decided case does not say that it is a test")
			}
			if p := k.page(clerk, desk+"/druck"); p.Has(number) {
				t.Error("the letter of a test waits to be printed")
			}
			status := k.page(lead, form+"/status")
			notice := k.page(lead, status.LinkTo("/nachricht/"))
			if !status.Has(testMark) || !notice.Has(testMark) || !strings.HasPrefix(notice.H1(), testMark) || status.Has("mit der Post") {
				t.Errorf("the applicant reads %s and %s", status.Text(), notice.Text())
			}
			k.until("0", `SELECT count(*) FROM jobs`)
			mails, err := filepath.Glob(filepath.Join(cfg.Data, "mail", "*"))
			said := 0
			for _, m := range mails {
				b, readErr := os.ReadFile(m)
				if readErr != nil {
					t.Fatal(readErr)
				}
				if strings.Contains(string(b), "amt@paderborn.example") && strings.Contains(string(b), "TESTFALL") {
					said++
				} else if strings.Contains(string(b), "amt@paderborn.example") || strings.Contains(string(b), "TESTFALL") {
					t.Errorf("a mail: %s", b)
				}
			}
			if err != nil || said != 2 {
				t.Errorf("%d mails of the test, %v", said, err)
			}

			// Nothing is counted.
			k.do(`UPDATE delivery_handovers SET state = 'queued' WHERE submission = $1`, id)
			if p := k.page(walker.New(k.base), "/metrics"); !strings.Contains(string(p.Body), "leitportal_handovers_waiting 0") {
				t.Error("a test that waits is measured")
			}
			for _, x := range [][2]string{
				{"1", `SELECT n FROM submission_counters WHERE series = 'HS-2026'`},
				{"0", `SELECT count(*) FROM casework_counters WHERE series = 'cash-2026' OR series = 'run'`},
				{"0", `SELECT count(*) FROM casework_runs`},
			} {
				if got := k.ask(x[1]); got != x[0] {
					t.Errorf("%s: %s, want %s", x[1], got, x[0])
				}
			}
			got, err := k.submission.Tests(t.Context(), paderborn, "hundesteuer", "")
			if err != nil || len(got) != 1 || !got[0].Passed() || got[0].Decided.IsZero() || got[0].Number != number {
				t.Errorf("the list of tests: %+v, %v", got, err)
			}
			if p := k.page(lead, desk+"/testfaelle"); !p.Has(number) || !p.Has("Bestanden") {
				t.Errorf("the page of tests: %s", p.Text())
			}

			// The own application is where it was.
			others := k.page(lead, form+"/weitere")
			if f := others.Own(); f == nil || !others.Has("TESTFALL") {
				t.Fatalf("the drafts of the lead: %s", others.Text())
			} else if p := k.press(lead, f, f.Values()); p.Has(testMark) {
				t.Error("the own application has become a test")
			}

			// Thirty days later.
			clk.Advance(30 * 24 * time.Hour)
			if err := k.submission.Expire(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := k.tables([]string{id, draft, number}); !slices.Equal(got, []string{"ledger_leaves"}) {
				t.Errorf("after thirty days the test is in %v", got)
			}
			if got := k.tables(real.names); len(got) < 10 {
				t.Errorf("the application is left in %v only", got)
			}
			if n := k.ask(`SELECT count(*) FROM submission_erased`); n != "0" {
				t.Errorf("%s rows count what was erased", n)
			}
		})
	}
}
