package whole

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// run is command, which must end well.
func run(t *testing.T, p *apptest.Portal, databaseURL string, args ...string) string {
	t.Helper()
	out, status := command(t, p, databaseURL, args...)
	if status != 0 {
		t.Fatalf("leitportal %s: exit %d: %s", strings.Join(args, " "), status, out)
	}
	return out
}

// refused is command, which must not end well, and say why.
func refused(t *testing.T, p *apptest.Portal, databaseURL, why string, args ...string) {
	t.Helper()
	out, status := command(t, p, databaseURL, args...)
	if status == 0 || !strings.Contains(out, why) {
		t.Errorf("leitportal %s: exit %d, without %q: %s", strings.Join(args, " "), status, why, out)
	}
}

// write writes a file into a folder of the test.
func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// edit replaces something in a file, which must stand there.
func edit(t *testing.T, name, from, to string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), from) {
		t.Fatalf("%s has no %q", name, from)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(b), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// permit is an application for a parking permit, as far as the test needs it.
func permit() walker.Answers {
	tomorrow := time.Now().In(clock.Berlin()).AddDate(0, 0, 1)
	return walker.Answers{}.With(
		"home.registered", "yes", "person.first", "Ada", "person.last", "Weiß", "person.phone", "05251 000000",
		"person.birth:day", "29", "person.birth:month", "2", "person.birth:year", "1980",
		"address.street", "Musterstraße", "address.number", "12a", "address.postcode", "33098", "address.city", "Musterort",
		"vehicle.plate", "PB-AB 123", "vehicle.kind", "car", "vehicle.owner", "self", "permit.zone", "C",
		"permit.start:day", tomorrow.Format("2"), "permit.start:month", tomorrow.Format("1"), "permit.start:year", tomorrow.Format("2006"),
		"permit.term", "one", "payment.how", "transfer", "declarations.correct", "yes", "declarations.changes", "yes",
	)
}

// eventuallyStatus waits until a page answers with a status.
func eventuallyStatus(t *testing.T, b *walker.Browser, path string, want int) {
	t.Helper()
	var p *walker.Page
	var err error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if p, err = b.Get(path); must(t, p, err).Status == want {
			return
		}
	}
	t.Fatalf("%s answers %d, want %d: %s", path, p.Status, want, p.Text())
}

// One portal publishes a solution. Another one, with a database of its own,
// trusts the key, takes and adopts it, takes an application, upgrades while a
// draft is open, which is finished with the old version, and goes back.
func TestPublishAdoptUpgradeRollBack(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		// Portal A publishes.
		a := &apptest.Portal{Data: t.TempDir()}
		folder, published := filepath.Join(t.TempDir(), "bewohnerparken"), t.TempDir()
		if err := os.CopyFS(folder, os.DirFS("../load/solutions/bewohnerparken")); err != nil {
			t.Fatal(err)
		}
		key := filepath.Join(t.TempDir(), "key")
		public := regexp.MustCompile(`kreis\.example\+\S+`).FindString(run(t, a, "", "solution", "key", key, "--name", "kreis.example"))
		publish := func() string {
			return run(t, a, "", "solution", "publish", folder, "--to", published, "--key", key)
		}
		publish()
		files := httptest.NewServer(http.FileServer(http.Dir(published)))
		defer files.Close()
		server := files.URL

		// Portal B offers nothing until it has taken, adopted and released it.
		b := apptest.StartProcess(t, apptest.Options{DatabaseURL: databaseURL, Adopted: true})
		const service = "/paderborn/antrag/bewohnerparken"
		person := walker.New(b.URL)
		defer person.Close()
		if p, err := person.Get("/paderborn/antrag/hundesteuer"); must(t, p, err).Status != http.StatusNotFound {
			t.Fatalf("a solution that nobody has adopted is offered: %d", p.Status)
		}
		refused(t, &b.Portal, databaseURL, "not trusted", "solution", "take", server, "bewohnerparken")
		run(t, &b.Portal, databaseURL, "solution", "trust", public)
		run(t, &b.Portal, databaseURL, "solution", "take", server, "bewohnerparken")
		eventuallyStatus(t, person, service, http.StatusNotFound)

		plan := write(t, `solution: bewohnerparken
towns:
  paderborn:
    bylaws: [{name: Gebührenordnung vom 1. Dezember 2025, decided: 2025-12-01, valid_from: 2026-01-01, values: {office_name: Parkbüro Paderborn, fee: 4000, court: das Verwaltungsgericht Minden}}]
`)
		for why, wrong := range map[string]string{
			"outside 0 to 50000":            "fee: -1, office_name: Parkbüro, court: das Verwaltungsgericht",
			"colour is not a parameter":     "fee: 1, office_name: Parkbüro, court: das Verwaltungsgericht, colour: red",
			"fee is missing: an authority ": "office_name: Parkbüro, court: das Verwaltungsgericht",
		} {
			refused(t, &b.Portal, databaseURL, why, "solution", "adopt", write(t, "solution: bewohnerparken\nfor: [paderborn]\nbylaws: [{name: S, valid_from: 2026-01-01, values: {"+wrong+"}}]\n"))
		}
		if out := run(t, &b.Portal, databaseURL, "solution", "adopt", "--dry-run", plan); !strings.Contains(out, "Would be done: 1 new") {
			t.Errorf("a dry run says %s", out)
		}
		eventuallyStatus(t, person, service, http.StatusNotFound)
		if out := run(t, &b.Portal, databaseURL, "solution", "adopt", plan); !strings.Contains(out, "1 new") {
			t.Errorf("adopt says %s", out)
		}
		if out := run(t, &b.Portal, databaseURL, "solution", "adopt", plan); !strings.Contains(out, "1 as they are") {
			t.Errorf("once more it says %s", out)
		}
		eventuallyStatus(t, person, service, http.StatusOK)
		other := walker.New(b.URL)
		defer other.Close()
		if p, err := other.Get("/aachen/antrag/bewohnerparken"); must(t, p, err).Status != http.StatusNotFound {
			t.Error("another town offers it, too")
		}

		// An application, and a draft that stays open.
		p, err := person.Begin(service)
		must(t, p, err)
		p, err = person.Walk(p, permit(), 0, "", nil)
		sent := submit(t, person, must(t, p, err), "")
		if !strings.HasPrefix(sent.Number(), "BP-") || !sent.Has("Parkbüro Paderborn") {
			t.Fatalf("sent: %s", sent.Text())
		}
		draft := walker.New(b.URL)
		defer draft.Close()
		p, err = draft.Begin(service)
		must(t, p, err)
		p, err = draft.Walk(p, permit(), 0, "/vehicle", nil)
		must(t, p, err)

		// A publishes the next version: another title, another proposal for a value,
		// a parameter with another name. The same number with other content it
		// cannot publish.
		edit(t, filepath.Join(folder, "solution.yaml"), "version: 0.1.0", "version: 1.1.0")
		edit(t, filepath.Join(folder, "publiccode.yml"), "softwareVersion: 0.1.0", "softwareVersion: 1.1.0")
		edit(t, filepath.Join(folder, "publiccode.yml"), "name: Bewohnerparkausweis beantragen", "name: Neuer Titel 1.1.0")
		edit(t, filepath.Join(folder, "solution.yaml"), "de: Bewohnerparkausweis beantragen", "de: Neuer Titel 1.1.0")
		edit(t, filepath.Join(folder, "service", "de.yaml"), "short: Parken", "short: Neu – Parken")
		edit(t, filepath.Join(folder, "parameters.yaml"), "default: 10,", "default: 12,")
		publish()
		publish() // the same once more
		edit(t, filepath.Join(folder, "service", "de.yaml"), "short: Neu", "short: Ganz neu")
		refused(t, a, "", "bewohnerparken-1.1.0", "solution", "publish", folder, "--to", published, "--key", key)

		run(t, &b.Portal, databaseURL, "solution", "take", server, "bewohnerparken")
		if out := run(t, &b.Portal, databaseURL, "solution", "diff", "paderborn", "bewohnerparken"); !strings.Contains(out, "param.default") || !strings.Contains(out, "service/de.yaml") {
			t.Errorf("diff says %s", out)
		}
		run(t, &b.Portal, databaseURL, "solution", "upgrade", "paderborn", "bewohnerparken")
		fresh := walker.New(b.URL)
		defer fresh.Close()
		eventually(t, fresh, service, "Neuer Titel 1.1.0")

		// The draft is finished with the version it began with.
		p, err = draft.Get(service + "/pruefen?weiter=1")
		must(t, p, err)
		if p.Has("Neuer Titel") {
			t.Errorf("the open draft has turned to the new version: %s", p.Text())
		}
		p, err = draft.Walk(p, permit(), 0, "", nil)
		if p = submit(t, draft, must(t, p, err), ""); !strings.HasPrefix(p.Number(), "BP-") {
			t.Errorf("the draft cannot be sent: %s", p.Text())
		}

		// Back, at once; and no further than there was something.
		run(t, &b.Portal, databaseURL, "solution", "rollback", "paderborn", "bewohnerparken")
		last := walker.New(b.URL)
		defer last.Close()
		eventually(t, last, service, "Bewohnerparkausweis beantragen")
		refused(t, &b.Portal, databaseURL, "nothing to go back to", "solution", "rollback", "paderborn", "bewohnerparken")

		// Retired: nothing new, and what was sent is still to be seen; also by a
		// portal that was started anew.
		run(t, &b.Portal, databaseURL, "solution", "retire", "paderborn", "bewohnerparken")
		eventuallyStatus(t, walker.New(b.URL), service, http.StatusNotFound)
		b.Kill()
		b.Start()
		if p, err := draft.Get(service + "/status"); must(t, p, err).Status != http.StatusOK {
			t.Errorf("after retirement the status is answered with %d", p.Status)
		}
	})
}

// A Kreis adopts the dog tax for its fourteen towns from one file, one of which
// has by-laws of its own: all of them, or none.
func TestAKreisAdopts(t *testing.T) {
	portal := apptest.StartProcess(t, apptest.Options{Adopted: true})
	const values = "office_name: Steueramt, rates: [9000, 10800], raised_rates: [60000], raised_for: [found], due_days: ['02-15'], online_mandate: false"
	plan := func(soest string) string {
		return write(t, `solution: hundesteuer
for: ["kreis:05974"]
bylaws: [{name: Hundesteuersatzung vom 1. Dezember 2025, decided: 2025-12-01, valid_from: 2026-01-01, values: {`+values+`}}]
towns:
  soest: {bylaws: [{name: Hundesteuersatzung der Stadt Soest, valid_from: 2026-01-01, values: {`+soest+`}}]}
`)
	}
	refused(t, &portal.Portal, "", "nothing was done", "solution", "adopt", write(t, "solution: hundesteuer\nfrom: 2020-01-01\nfor: [\"kreis:05974\"]\nbylaws: [{name: S, valid_from: 2026-01-01, values: {"+values+"}}]\n"))
	refused(t, &portal.Portal, "", "towns: soest", "solution", "adopt", plan(strings.Replace(values, "9000", "-9000", 1)))
	refused(t, &portal.Portal, "", "five digits", "solution", "adopt", write(t, "solution: hundesteuer\nfor: [\"kreis:soest\"]\n"))
	if out := run(t, &portal.Portal, "", "solution", "users"); !strings.Contains(out, "0 adoptions") {
		t.Errorf("something was done: %s", out)
	}
	if out := run(t, &portal.Portal, "", "solution", "adopt", plan(strings.Replace(values, "9000", "9900", 1))); !strings.Contains(out, "14 new") {
		t.Fatalf("adopt says %s", out)
	}
	b := walker.New(portal.URL)
	defer b.Close()
	eventuallyStatus(t, b, "/soest/antrag/hundesteuer", http.StatusOK)
	for path, want := range map[string]string{"/soest/leistungen/hundesteuer": "99,00", "/lippstadt/leistungen/hundesteuer": "90,00"} {
		if p, err := b.Get(path); !must(t, p, err).Has(want) {
			t.Errorf("%s does not say %s: %s", path, want, p.Text())
		}
	}
	if p, err := b.Get("/paderborn/antrag/hundesteuer"); must(t, p, err).Status != http.StatusNotFound {
		t.Errorf("a town outside of the Kreis answers %d", p.Status)
	}
	if out := run(t, &portal.Portal, "", "solution", "show", "soest", "hundesteuer"); !strings.Contains(out, "9900") || !strings.Contains(out, "der Stadt Soest") {
		t.Errorf("show says %s", out)
	}
	if out := run(t, &portal.Portal, "", "solution", "adopt", write(t, "solution: hundesteuer\nfor: [all]\nbylaws: [{name: S, valid_from: 2026-01-01, values: {"+values+"}}]\n"), "--dry-run"); !strings.Contains(out, "382 new, 14 changed") {
		t.Errorf("for all: %s", out[max(0, len(out)-200):])
	}
}
