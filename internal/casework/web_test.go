package casework

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/i18n"
	"leitportal/internal/staff"
	"leitportal/internal/tenant"
	"leitportal/internal/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

func mustQuery(t *testing.T, s string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

type slugs struct{}

func (slugs) Resolve(_, segment string) (string, string, bool) {
	switch segment {
	case "paderborn":
		return paderborn, "/paderborn", true
	case "bielefeld":
		return bielefeld, "/bielefeld", true
	}
	return "", "", false
}

// browser is one signed-in member before the router.
type browser struct {
	*world
	router http.Handler
	who    staff.Member
}

func (w *world) browser(who staff.Member) *browser {
	w.t.Helper()
	b := &browser{world: w, who: who}
	rt, err := web.NewRouter(web.Config{
		Routes: w.Routes(), Resolver: slugs{}, Clock: w.clock, IDs: w.IDs, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo})), SignInPath: "/anmelden",
		Authenticate: func(*http.Request) (*web.Principal, error) {
			if b.who.ID == "" {
				return nil, nil
			}
			return &web.Principal{ID: b.who.ID, Tenant: b.who.Tenant, Name: b.who.Name, Roles: b.who.Roles}, nil
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	b.router = rt
	return b
}

func (b *browser) send(method, path string, form url.Values) *httptest.ResponseRecorder {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, "http://h"+path, body)
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	b.router.ServeHTTP(rec, r)
	return rec
}

// do wants a status and texts on the page; it gives the page as text.
func (b *browser) do(method, path string, form url.Values, status int, want ...string) string {
	b.t.Helper()
	rec := b.send(method, path, form)
	page := html.UnescapeString(rec.Body.String())
	if rec.Code != status {
		b.t.Fatalf("%s %s: %d, want %d\n%s", method, path, rec.Code, status, page)
	}
	for _, s := range want {
		if !strings.Contains(page+rec.Header().Get("Location"), s) {
			b.t.Errorf("%s %s: no %q on the page", method, path, s)
		}
	}
	return page
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

// hidden is the hidden fields of the form on a page whose action ends so.
func (b *browser) hidden(page, action string) url.Values {
	b.t.Helper()
	v := url.Values{}
	_, rest, ok := strings.Cut(page, `action="`+action+`" method="post"`)
	if !ok {
		b.t.Fatalf("no form for %s", action)
	}
	rest, _, _ = strings.Cut(rest, "</form>")
	for _, m := range hiddenField.FindAllStringSubmatch(rest, -1) {
		v.Set(m[1], m[2])
	}
	return v
}

func with(v url.Values, kv ...string) url.Values {
	for i := 0; i < len(kv); i += 2 {
		v.Add(kv[i], kv[i+1])
	}
	return v
}

const amt = "/paderborn/amt"

// What arrives broken is the sender's to mend, whatever form it was meant for.
func TestBrokenBodies(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, dbtest.SQLite(t), rooms()))
	c := w.arrived(i18n.DE, application())
	b := w.browser(w.member(paderborn, "Kim", staff.Clerk))
	for _, route := range w.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if method != http.MethodPost {
			continue
		}
		path := amt + strings.NewReplacer("{id}", c.ID, "{file}", c.ID, "{letter}", c.ID, "{run}", c.ID).Replace(pattern)
		r := httptest.NewRequest(method, "http://h"+path, strings.NewReader("rev=1&notiz=%zz"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		b.router.ServeHTTP(rec, r)
		if rec.Code < 400 || rec.Code >= 500 {
			t.Errorf("%s answers a broken body with %d", route.Pattern, rec.Code)
		}
	}
	if got := w.now(c.ID); got.Rev != 1 || got.State != New {
		t.Errorf("broken bodies changed the case: %+v", got)
	}
}

// TestAccess walks all routes × all roles × own and other tenant.
func TestAccess(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, dbtest.SQLite(t), rooms()))
	c := w.arrived(i18n.DE, application())
	allowed := map[string]string{
		"GET /{$}": "clerk lead admin auditor editor", "GET /protokoll": "auditor",
	}
	for _, route := range w.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		path := strings.NewReplacer("{$}", "", "{id}", c.ID, "{file}", c.ID, "{letter}", c.ID, "{run}", c.ID).Replace(pattern)
		var form url.Values
		if method == "POST" {
			form = url.Values{"eintrag": {w.IDs.New()}, "rev": {"0"}}
		}
		roles := allowed[route.Pattern]
		if roles == "" {
			roles = "clerk lead"
		}
		for _, role := range staff.Roles() {
			b := w.browser(w.member(paderborn, "X", role))
			may := slices.Contains(strings.Fields(roles), role)
			if code := b.send(method, amt+path, form).Code; (code == 403) == may {
				t.Errorf("%s as %s: %d", route.Pattern, role, code)
			}
			// At another tenant's desk nobody of ours is signed in; and with a
			// forged id our own desk has no such case.
			if code := b.send(method, "/bielefeld/amt"+path, form).Code; code != 401 && code != 303 {
				t.Errorf("%s as %s of another tenant: %d", route.Pattern, role, code)
			}
			if forged := w.browser(w.member(bielefeld, "Y", role)); may && strings.Contains(pattern, "{") && pattern != "/{$}" {
				if code := forged.send(method, "/bielefeld/amt"+path, form).Code; code != 404 {
					t.Errorf("%s with a forged id: %d", route.Pattern, code)
				}
			}
		}
		if code := w.browser(staff.Member{}).send(method, amt+path, form).Code; code != 401 && code != 303 {
			t.Errorf("%s signed out: %d", route.Pattern, code)
		}
	}
	if got := w.now(c.ID); got.Rev != 1 || got.State != New {
		t.Errorf("the walk changed the case: %+v", got)
	}
	for role, to := range map[string]string{"auditor": "/protokoll", "admin": "/mitarbeitende", "editor": "/einstellungen"} {
		if at := w.browser(w.member(paderborn, "X", role)).send("GET", amt+"/", nil).Header().Get("Location"); at != amt+to {
			t.Errorf("%s is sent to %q", role, at)
		}
	}
}

// TestWay walks a case from the inbox to the print run, on both databases.
func TestWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kim := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk))
		kim.do("GET", amt+"/", nil, 200, "Hier ist alles erledigt")
		pages := application()
		png := []byte("\x89PNG\r\n\x1a\n<script>alert(1)</script>")
		evidence := w.evidence(`Nach"weis ü.png`, "image/png", png)
		script := w.evidence("x.pdf", "application/pdf", []byte("%PDF-1.7 <script>"))
		both, _ := json.Marshal([]any{evidence, script})
		pages["relief"] = strings.Replace(fileJSON(evidence), "["+strings.Trim(string(mustJSON(evidence)), "[]")+"]", string(both), 1)
		c := w.arrived(i18n.DE, pages)
		here := amt + "/vorgang/" + c.ID
		kim.do("GET", amt+"/", nil, 200, c.Number, "Neu", "Niemand", "1 Vorgang")
		kim.do("GET", amt+"/eingang?zustand=asked&alter=7&wer=ich", nil, 200, "Kein Vorgang passt", "Rückfrage läuft", "mindestens 7 Tagen")
		kim.do("GET", "/en"+amt+"/eingang", nil, 200, "Inbox", "Nobody")
		// A filter is not asked for: nothing in it is required, or to be chosen first.
		if page := kim.do("GET", amt+"/eingang", nil, 200); strings.Contains(page, "aria-required") || strings.Contains(page, "Bitte wählen") || strings.Contains(page, "freiwillig") {
			t.Error("the inbox asks for its filters")
		}

		page := kim.do("GET", here, nil, 200, "Ada", "Weiß", "Rex", "Labrador Retriever", "Berechnet aus den Angaben", "Selbst bearbeiten", `Nach"weis ü.png`)
		kim.do("GET", "/en"+here, nil, 200, "Write notice", "History")

		// evidence: shown only where harmless, saved otherwise
		rec := kim.send("GET", here+"/datei/"+evidence.ID, nil)
		if rec.Code != 200 || rec.Body.String() != string(png) || rec.Header().Get("Content-Type") != "image/png" || !strings.Contains(rec.Header().Get("Content-Security-Policy"), "sandbox") ||
			rec.Header().Get("X-Content-Type-Options") != "nosniff" || rec.Header().Get("Content-Disposition") != "inline; filename*=UTF-8''Nach%22weis%20%C3%BC.png" {
			t.Errorf("evidence: %d %v", rec.Code, rec.Header())
		}
		if rec := kim.send("GET", here+"/datei/"+script.ID, nil); rec.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment") {
			t.Errorf("a PDF is shown inside the desk: %v", rec.Header())
		}
		kim.do("GET", here+"/datei/"+w.IDs.New(), nil, 404)

		// take, note (twice sent is once kept), wrong notes keep their text
		take := kim.hidden(page, here+"/zuweisung")
		kim.do("POST", here+"/zuweisung", with(take, "selbst", "ja"), 303, here)
		kim.do("POST", here+"/zuweisung", take, 303, here) // double click
		note := kim.hidden(kim.do("GET", here, nil, 200, "Kim Clerk bearbeitet den Vorgang"), here+"/notiz")
		note.Set("notiz", "Ruft\nmorgen an <b>")
		for range 2 {
			kim.do("POST", here+"/notiz", note, 303, here)
		}
		if got := kim.do("GET", here, nil, 200, "Ruft", "Notiz von Kim Clerk"); strings.Count(got, "morgen an") != 1 {
			t.Error("the note sent twice is there twice, or not at all")
		}
		note.Set("eintrag", w.IDs.New())
		for text, want := range map[string]string{" ": "Die Notiz ist leer", strings.Repeat("ä", maxNote+1): "zu lang", "a\u202eb": "nicht erlaubt"} {
			note.Set("notiz", text)
			if got := kim.do("POST", here+"/notiz", note, 422, want); !strings.Contains(got, text) {
				t.Error("what was typed is lost")
			}
		}

		// ask back about one field
		page = kim.do("GET", here+"/rueckfrage", nil, 200, "Chipnummer", "276098106123456")
		ask := with(kim.hidden(page, here+"/rueckfrage"), "frage", "Stimmt die Nummer?", "bis:day", "24", "bis:month", "3", "bis:year", "2026")
		kim.do("POST", here+"/rueckfrage", ask, 422, "mindestens eine Angabe", "Stimmt die Nummer?")
		kim.do("POST", here+"/rueckfrage", with(mustQuery(t, ask.Encode()), "feld", "no/1.such"), 422, "mindestens eine Angabe")
		past := with(mustQuery(t, ask.Encode()), "feld", "dogs/1.chip")
		past.Set("bis:year", "2020")
		kim.do("POST", here+"/rueckfrage", past, 422, "nicht in der Zukunft")
		ask.Add("feld", "dogs/1.chip")
		w.post.down = true
		kim.do("POST", here+"/rueckfrage", ask, 503, "Nicht gespeichert", "Stimmt die Nummer?")
		w.post.down = false
		kim.do("POST", here+"/rueckfrage", ask, 303, here)
		if m := w.post.messages; len(m) != 1 || !slices.Equal(m[0].Fields, []string{"dogs/1.chip"}) || !strings.Contains(m[0].Text, "Stimmt die Nummer?") || !strings.Contains(m[0].Text, "24. März 2026") {
			t.Errorf("question: %+v", m)
		}
		if c = w.now(c.ID); c.State != Asked || c.Due.String() != "2026-03-24" || w.states(c.ID) != "in-work asked" {
			t.Errorf("asked: %+v, %s", c, w.states(c.ID))
		}

		// the applicant corrects; the clerk sees what is new
		w.clock.Advance(3600e9)
		pages["dog-origin/1"] = strings.Replace(pages["dog-origin/1"], "276098106123456", "276098106999999", 1)
		if err := w.Receive(t.Context(), w.revision(c.ID, i18n.DE, pages, nil)); err != nil {
			t.Fatal(err)
		}
		kim.do("GET", here, nil, 200, "Antwort da", "Geänderte Angaben", "276098106123456", "276098106999999", "Fassung 2")

		// the relief asked for is granted before the tax is assessed
		page = kim.do("GET", here+"/entscheidung?art=relief_granted", nil, 200, "Ermäßigung wegen Sozialleistungen", "nach Ihren Angaben und Nachweisen")
		grant := with(kim.hidden(page, here+"/entscheidung"), "nachlass", "Sozialleistungen", "prozent", "50", "von:day", "1", "von:month", "3", "von:year", "2026", "abschluss", "no", "schritt", "senden")
		kim.do("POST", here+"/entscheidung", grant, 303)

		// decide: a correction needs a reason; preview; send once
		page = kim.do("GET", here+"/entscheidung", nil, 200, "2026.000001-1", "Berechneter Betrag 2026", "Nummern der Marken")
		form := with(kim.hidden(page, here+"/entscheidung"), "von:day", "1", "von:month", "3", "von:year", "2026", "bis:day", "31", "bis:month", "12", "bis:year", "2026",
			"betrag", "40,00", "jahresbetrag", "45,00", "kassenzeichen", "2026.000001-1", "mandat", "M-1", "marken", "4711")
		kim.do("POST", here+"/entscheidung", form, 422, "weicht vom berechneten ab", `value="40,00"`)
		form.Set("begruendung", "Die Ermäßigung ist nachgewiesen.")
		preview := kim.do("POST", here+"/entscheidung", form, 200, "Bescheid über die Hundesteuer 2026", "40,00\u00a0€", "Die Ermäßigung ist nachgewiesen.", "Berichtigung durch das Amt", "Widerspruch", "M-1", "2051")
		send := kim.hidden(preview, here+"/entscheidung")
		kim.do("POST", here+"/entscheidung", with(mustQuery(t, send.Encode()), "schritt", "aendern"), 200, `value="40,00"`, "nachgewiesen")
		if rec := kim.send("POST", here+"/entscheidung/vorschau.pdf", send); rec.Code != 200 || !strings.HasPrefix(rec.Body.String(), "%PDF-1.7") {
			t.Errorf("preview: %d", rec.Code)
		}
		send.Set("schritt", "senden")
		for range 2 {
			kim.do("POST", here+"/entscheidung", send, 303, here)
		}
		if c = w.now(c.ID); c.State != Decided || len(w.post.messages) != 3 || len(w.post.messages[2].PDF) == 0 || w.states(c.ID) != "in-work asked in-work decided" {
			t.Errorf("decided: %+v, %d messages, %s", c, len(w.post.messages), w.states(c.ID))
		}
		page = kim.do("GET", here+"/entscheidung", nil, 409, "Entschieden", "Das geht bei diesem Vorgang nicht mehr")
		if strings.Contains(page, "Nicht gespeichert") || strings.Contains(page, "geschrieben haben") {
			t.Error("who has only looked is told that something was not saved")
		}

		// print run: once, and again to download
		page = kim.do("GET", amt+"/druck", nil, 200, c.Number, "Drucklauf mit 2 Briefen")
		run := kim.hidden(page, amt+"/druck")
		for range 2 {
			kim.do("POST", amt+"/druck", run, 303, amt+"/druck")
		}
		kim.do("GET", amt+"/druck", nil, 200, "Es wartet kein Brief", "Kim Clerk")
		kim.do("POST", amt+"/druck", url.Values{"lauf": {w.IDs.New()}}, 409, "Es wartet kein Brief")
		file := kim.send("GET", amt+"/druck/"+run.Get("lauf")+"/briefe.pdf", nil)
		if file.Code != 200 || !strings.HasPrefix(file.Body.String(), "%PDF-1.7") || w.states(c.ID) != "in-work asked in-work decided printed printed" {
			t.Errorf("print run: %d, %s", file.Code, w.states(c.ID))
		}

		// the log names what was done, not what was written
		log := w.browser(w.member(paderborn, "Alex Auditor", staff.Auditor)).do("GET", amt+"/protokoll", nil, 200, c.Number, "Kim Clerk", "Angaben gelesen", "Nachweis geöffnet", "Rückfrage gestellt", "Bescheid erstellt", "Brief gedruckt", "Steueramt")
		for _, secret := range []string{"Ada", "Weiß", "Rex", "morgen an", "nachgewiesen"} {
			if strings.Contains(log, secret) {
				t.Errorf("the log tells %q", secret)
			}
		}
		w.nothingReadable(t)
	})
}

func mustJSON(v any) []byte {
	b, err := json.Marshal([]any{v})
	if err != nil {
		panic(err)
	}
	return b
}

// nothingReadable looks into the desk's tables for what was typed.
func (w *world) nothingReadable(t *testing.T) {
	t.Helper()
	for _, column := range []string{"casework_cases: key, number", "casework_entries: sealed, about", "casework_letters: sealed, kind"} {
		table, columns, _ := strings.Cut(column, ": ")
		rows, err := w.DB.Read().Query(t.Context(), `SELECT `+columns+` FROM `+table+` WHERE tenant = $1`, paderborn)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var sealed []byte
			var text string
			if err := rows.Scan(&sealed, &text); err != nil {
				t.Fatal(err)
			}
			// Three letters stand in some of the sealed bytes by chance.
			for _, secret := range []string{"Ada Wei", "Weiß", "morgen an", "nachgewiesen", "Stimmt die", "%PDF-1"} {
				if strings.Contains(string(sealed), secret) {
					t.Errorf("%s holds %q", table, secret)
				}
			}
			for _, secret := range []string{"Ada", "Weiß", "Rex", "morgen an", "nachgewiesen", "Stimmt die"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s tells %q", table, secret)
				}
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
}

func TestTwoClerksCollide(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kim, pat := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk)), w.browser(w.member(paderborn, "Pat Lead", staff.Lead))
		c := w.arrived(i18n.DE, application())
		here := amt + "/vorgang/" + c.ID
		ofKim := kim.hidden(kim.do("GET", here, nil, 200), here+"/zuweisung")
		ofPat := pat.hidden(pat.do("GET", here, nil, 200), here+"/zuweisung")
		question := with(kim.hidden(kim.do("GET", here+"/rueckfrage", nil, 200), here+"/rueckfrage"),
			"feld", "dogs/1.chip", "frage", "Kims Frage?", "bis:day", "24", "bis:month", "3", "bis:year", "2026")

		pat.do("POST", here+"/zuweisung", with(ofPat, "person", kim.who.ID), 303)
		kim.do("POST", here+"/zuweisung", with(ofKim, "person", pat.who.ID), 409, "Pat Lead hat den Vorgang weitergegeben an: Kim Clerk", "inzwischen geändert")
		if got := w.now(c.ID); got.Assignee != kim.who.ID {
			t.Error("the later clerk has overwritten the earlier one")
		}
		// A question typed meanwhile stays, with word of what happened; sent
		// again, it goes.
		again := kim.do("POST", here+"/rueckfrage", question, 409, "Kims Frage?", "Pat Lead hat den Vorgang weitergegeben")
		retry := with(kim.hidden(again, here+"/rueckfrage"), "feld", "dogs/1.chip", "frage", "Kims Frage?", "bis:day", "24", "bis:month", "3", "bis:year", "2026")
		kim.do("POST", here+"/rueckfrage", retry, 303)
		if len(w.post.messages) != 1 {
			t.Errorf("%d questions went out", len(w.post.messages))
		}
		// A decision that crosses a withdrawal is not sent; its reasons are kept.
		decision := with(pat.hidden(pat.do("GET", here+"/entscheidung?art=relief_refused", nil, 200), here+"/entscheidung"),
			"nachlass", "die Befreiung", "begruendung", "Pats Gründe", "abschluss", "yes", "schritt", "senden")
		if err := w.Withdrawn(t.Context(), paderborn, c.ID); err != nil {
			t.Fatal(err)
		}
		pat.do("POST", here+"/entscheidung", decision, 409, "Pats Gründe", "Zurückgezogen")
		if len(w.post.messages) != 1 || w.now(c.ID).State != Withdrawn {
			t.Error("a withdrawn case was decided")
		}
		closing := pat.hidden(pat.do("GET", here, nil, 200, "Vorgang abschließen"), here+"/abschluss")
		pat.do("POST", here+"/abschluss", closing, 303)
		pat.do("GET", here, nil, 200, "Abgeschlossen von Pat Lead")
		// Somebody who cannot be given cases.
		alex := w.member(paderborn, "Alex Auditor", staff.Auditor)
		c = w.arrived(i18n.DE, application())
		here = amt + "/vorgang/" + c.ID
		form := with(kim.hidden(kim.do("GET", here, nil, 200), here+"/zuweisung"), "person", alex.ID)
		kim.do("POST", here+"/zuweisung", form, 422)
	})
}

// pdfText is a PDF's text by poppler's pdftotext.
func pdfText(t *testing.T, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		if os.Getenv("CI") != "true" {
			t.Skipf("pdftotext (poppler-utils) is not there: %v", err)
		}
		t.Fatal(err)
	}
	return string(out)
}

func TestAssessmentLetter(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, dbtest.SQLite(t), rooms()))
	if err := w.DB.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
		return tenant.Store{}.Put(ctx, tx, paderborn, tenant.Settings{
			Contact: tenant.Contact{Street: "Am Abdinghof 11", PostalCode: "33098", Town: "Paderborn", Phone: "05251 88-0", Mail: "steueramt@paderborn.example"},
		}, 0, w.clock.Now())
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Tenants.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	kim := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk))
	var cases []Case
	for range 2 {
		c := w.arrived(i18n.DE, application())
		cases = append(cases, c)
		here := amt + "/vorgang/" + c.ID
		form := with(kim.hidden(kim.do("GET", here+"/entscheidung", nil, 200), here+"/entscheidung"),
			"von:day", "1", "von:month", "3", "von:year", "2026", "bis:day", "31", "bis:month", "12", "bis:year", "2026",
			"betrag", "75,00", "jahresbetrag", "90,00", "kassenzeichen", "2026.000001-1", "mandat", "2026.000001-1", "marken", "4711", "schritt", "senden")
		kim.do("POST", here+"/entscheidung", form, 303)
	}
	got := pdfText(t, w.post.messages[0].PDF)
	golden := filepath.Join("testdata", "assessment.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("the letter differs from %s (go test -update):\n%s\n%v", golden, got, err)
	}

	// The print run holds both letters whole, each beginning on a front side.
	run := kim.hidden(kim.do("GET", amt+"/druck", nil, 200), amt+"/druck")
	kim.do("POST", amt+"/druck", run, 303)
	all := pdfText(t, kim.send("GET", amt+"/druck/"+run.Get("lauf")+"/briefe.pdf", nil).Body.Bytes())
	sheets := strings.Split(all, "\f")
	if n := len(sheets) - 1; n%4 != 0 || !strings.Contains(sheets[0], cases[0].Number) || !strings.Contains(sheets[n/2], cases[1].Number) || !strings.Contains(sheets[n/2], "33098 Paderborn") {
		t.Errorf("print run of %d pages:\n%s", len(sheets)-1, all)
	}
}

func TestMergeRefuses(t *testing.T) {
	for _, s := range []string{"", "%PDF-1.7", "startxref\n0\n%%EOF\n", "xref\n0 1\nstartxref\n0\n%%EOF\n", "x\nxref\n0 2\n0000000000 65535 f \n0000000000 00000 n \ntrailer\n<</Root 1 0 R>>\nstartxref\n2\n%%EOF\n"} {
		if _, err := merge([][]byte{[]byte(s)}); err == nil {
			t.Errorf("%q is merged", s)
		}
	}
}

func TestSameFormAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kim := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk))
		c := w.arrived(i18n.DE, application())
		here := amt + "/vorgang/" + c.ID
		form := with(kim.hidden(kim.do("GET", here, nil, 200), here+"/zuweisung"), "selbst", "ja")
		codes := make(chan int, 8)
		for range cap(codes) {
			go func() { codes <- kim.send("POST", here+"/zuweisung", form).Code }()
		}
		for range cap(codes) {
			if code := <-codes; code != 303 {
				t.Errorf("status %d", code)
			}
		}
		if got := w.now(c.ID); got.Rev != 2 || got.Assignee != kim.who.ID || w.states(c.ID) != "in-work" {
			t.Errorf("%+v, %s", got, w.states(c.ID))
		}
	})
}

// One print run, started by the same form many times at once and by a
// colleague's: each letter is in one run, and who came second sees it.
func TestPrintAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kim, pat := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk)), w.browser(w.member(paderborn, "Pat Lead", staff.Lead))
		for range 3 {
			here := amt + "/vorgang/" + w.arrived(i18n.DE, application()).ID + "/entscheidung"
			form := with(kim.hidden(kim.do("GET", here+"?art=relief_refused", nil, 200), here), "nachlass", "Wachhund", "begruendung", "Zu nah.", "abschluss", "yes", "schritt", "senden")
			kim.do("POST", here, form, 303)
		}
		ofKim := kim.hidden(kim.do("GET", amt+"/druck", nil, 200), amt+"/druck")
		ofPat := pat.hidden(pat.do("GET", amt+"/druck", nil, 200), amt+"/druck")
		type answer struct {
			code int
			body string
			mine bool
		}
		answers := make(chan answer, 8)
		for i := range cap(answers) {
			go func() {
				b, form := kim, ofKim
				if i%4 == 3 {
					b, form = pat, ofPat
				}
				rec := b.send("POST", amt+"/druck", form)
				answers <- answer{rec.Code, html.UnescapeString(rec.Body.String()), i%4 != 3}
			}()
		}
		codes := map[bool]map[int]int{true: {}, false: {}}
		for range cap(answers) {
			a := <-answers
			codes[a.mine][a.code]++
			if a.code == 409 && (!strings.Contains(a.body, "Lauf 1 von") || !strings.Contains(a.body, "herunterladen")) {
				t.Errorf("who came second does not see the run: %s", a.body)
			}
		}
		if a, b := codes[true], codes[false]; a[303]+b[303] != 6 && a[303]+b[303] != 2 || a[303]+a[409] != 6 || b[303]+b[409] != 2 {
			t.Errorf("answers: %v", codes)
		}
		runs, err := w.store.Runs(t.Context(), w.DB.Read(), paderborn, 9)
		if err != nil || len(runs) != 1 || runs[0].Letters != 3 || runs[0].N != 1 {
			t.Errorf("%+v, %v", runs, err)
		}
		// A stale page, long after.
		kim.do("POST", amt+"/druck", url.Values{"lauf": {w.IDs.New()}}, 409, "Es wartet kein Brief", "Lauf 1 von")
	})
}

// A caller gives the end of a number: found in the open view with the filters
// that are on; what lies elsewhere is offered.
func TestSearchByNumber(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kim := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk))
		var cases []Case
		for range 3 {
			cases = append(cases, w.arrived(i18n.DE, application()))
		}
		page := kim.do("GET", amt+"/eingang?nummer=0002", nil, 200, cases[1].Number, "Nummer enthält 0002", "1 Vorgang", `value="0002"`)
		if strings.Contains(page, cases[0].Number) {
			t.Error("the search shows what was not searched for")
		}
		if !strings.Contains(page, `name="nummer" type="search"`) && !strings.Contains(page, `type="search"`) {
			t.Error("no box to search in")
		}
		kim.do("GET", amt+"/eingang?nummer=hs+2026/3&zustand=new&alter=alle&leistung=alle&wer=alle", nil, 200, cases[2].Number, "Neu", "1 Vorgang")
		if err := w.Withdrawn(t.Context(), paderborn, cases[2].ID); err != nil {
			t.Fatal(err)
		}
		here := amt + "/vorgang/" + cases[2].ID
		kim.do("POST", here+"/abschluss", kim.hidden(kim.do("GET", here, nil, 200), here+"/abschluss"), 303)
		kim.do("GET", amt+"/eingang?nummer=3", nil, 200, "Kein Vorgang passt", "1 Vorgang in allen Ansichten zeigen", "ansicht=alle&nummer=3")
		kim.do("GET", amt+"/eingang?ansicht=alle&nummer=3", nil, 200, cases[2].Number, "Abgeschlossen")
		kim.do("GET", amt+"/eingang?nummer=777", nil, 200, "Kein Vorgang passt", "Alle Filter wegnehmen")
		kim.do("GET", "/en"+amt+"/eingang?nummer=2", nil, 200, cases[1].Number, "Number contains 2")
		// The desk of another town has no such case.
		w.browser(w.member(bielefeld, "Bo", staff.Clerk)).do("GET", "/bielefeld/amt/eingang?ansicht=alle&nummer="+cases[1].Number, nil, 200, "Kein Vorgang passt")
	})
}

// TestTwoTabs acts in a fresh tab and then in a stale one: a note, a question
// and a decision typed there are kept, with word of what happened meanwhile.
func TestTwoTabs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kim, pat := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk)), w.browser(w.member(paderborn, "Pat Lead", staff.Lead))
		c := w.arrived(i18n.DE, application())
		here := amt + "/vorgang/" + c.ID
		decide, ask := here+"/entscheidung", here+"/rueckfrage"
		take := func(b *browser) {
			t.Helper()
			b.do("POST", here+"/zuweisung", with(b.hidden(b.do("GET", here, nil, 200), here+"/zuweisung"), "person", b.who.ID), 303)
		}

		// A note overwrites nothing: it is kept, and says that the page was old.
		note := with(kim.hidden(kim.do("GET", here, nil, 200), here+"/notiz"), "notiz", "Kims Notiz")
		take(pat)
		to := kim.send("POST", here+"/notiz", note).Header().Get("Location")
		kim.do("GET", to, nil, 200, "Die Notiz ist gespeichert", "Pat Lead bearbeitet den Vorgang", "Kims Notiz")
		fresh := with(kim.hidden(kim.do("GET", here, nil, 200), here+"/notiz"), "notiz", "Noch eine")
		if page := kim.do("GET", kim.send("POST", here+"/notiz", fresh).Header().Get("Location"), nil, 200); strings.Contains(page, "inzwischen geändert") {
			t.Error("a fresh page is called old")
		}

		// A question: fields, text and day stay, and it can be sent again.
		typed := func(page string) url.Values {
			return with(kim.hidden(page, ask), "feld", "dogs/1.chip", "frage", "Stimmt die Nummer?", "bis:day", "24", "bis:month", "3", "bis:year", "2026")
		}
		question := typed(kim.do("GET", ask, nil, 200))
		take(kim)
		again := kim.do("POST", ask, question, 409, "Nicht gespeichert", "Kim Clerk bearbeitet den Vorgang", "Stimmt die Nummer?", `value="24"`, `value="dogs/1.chip" checked`)
		kim.do("POST", ask, typed(again), 303)

		// A decision: every field stays, also after the preview.
		fields := []string{
			"von:day", "1", "von:month", "3", "von:year", "2026", "bis:day", "31", "bis:month", "12", "bis:year", "2026",
			"betrag", "70,00", "jahresbetrag", "90,00", "kassenzeichen", "2026.000001-1", "mandat", "", "marken", "4711", "begruendung", "Umzug im Mai.",
		}
		form := with(kim.hidden(kim.do("GET", decide, nil, 200), decide), fields...)
		preview := kim.do("POST", decide, form, 200, "So geht der Brief hinaus")
		take(pat)
		send := with(kim.hidden(preview, decide), "schritt", "senden")
		again = kim.do("POST", decide, send, 409, "Pat Lead bearbeitet den Vorgang", `value="70,00"`, `value="4711"`, "Umzug im Mai.")

		// Decided in the other tab: no second notice, and the reasons are kept.
		late := with(kim.hidden(again, decide), fields...)
		pat.do("POST", decide, with(with(pat.hidden(pat.do("GET", decide, nil, 200), decide), fields...), "schritt", "senden"), 303)
		kim.do("POST", decide, with(late, "schritt", "senden"), 409, "Entschieden", "Festsetzung von Pat Lead", "Umzug im Mai.", "steht im Feld für die Notiz")
		question.Set("eintrag", w.IDs.New())
		kim.do("POST", ask, question, 409, "Entschieden", "Stimmt die Nummer?")
		if n := len(w.post.messages); n != 2 {
			t.Errorf("%d messages went out, want a question and a notice", n)
		}
	})
}
