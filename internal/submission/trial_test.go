package submission

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/ledger"
	"leitportal/internal/seal"
	"leitportal/internal/solution"
	"leitportal/internal/web"
	"leitportal/solutions"
)

// trials lets the world test, and remembers what is put on record.
func (w *world) trials() *[]TestEvent {
	var events []TestEvent
	w.Trial, w.Testers = w.Solutions.Offer, []string{"admin"}
	w.TestRecord = func(_ context.Context, _ db.Querier, e TestEvent) error {
		events = append(events, e)
		return nil
	}
	return &events
}

// test begins a test and opens it.
func (w *world) test(t testing.TB) (*session, ticket) {
	t.Helper()
	o, err := w.Trial(paderborn, "hundesteuer", clock.Today(w.clock))
	if err != nil {
		t.Fatal(err)
	}
	tk, err := w.beginTest(t.Context(), o, i18n.DE, "kim")
	if err != nil {
		t.Fatal(err)
	}
	return w.reopen(t, tk), tk
}

func (w *world) testSent(t testing.TB) (*session, Submission) {
	t.Helper()
	ss, _ := w.test(t)
	d := w.desk(t, ss)
	if err := w.send(t.Context(), d, d.program.Empty(), "ada@weiss.example"); err != nil {
		t.Fatal(err)
	}
	sub, err := w.store.submissionOfDraft(t.Context(), w.DB.Read(), paderborn, ss.id)
	if err != nil {
		t.Fatal(err)
	}
	return ss, sub
}

// A test has a series of its own, says inside the seal what it is, and leaves
// the numbers of applications alone.
func TestTestIsMarked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		events := w.trials()
		_, _, before := w.submitted(t)
		ss, sub := w.testSent(t)
		_, _, after := w.submitted(t)
		if before.Number != "HS-2026-000001" || sub.Number != "HS-TEST-2026-000001" || after.Number != "HS-2026-000002" {
			t.Errorf("numbers %s, %s, %s", before.Number, sub.Number, after.Number)
		}
		for _, x := range []struct {
			sub    Submission
			test   bool
			format string
		}{{before, false, PayloadFormat}, {sub, true, TestFormat}, {after, false, PayloadFormat}} {
			sealed, err := w.store.Revision(ctx, w.DB.Read(), paderborn, x.sub.ID, 0)
			if err != nil || sealed.Test != x.test || x.sub.Test != x.test {
				t.Fatalf("%s: marked %v and %v, %v", x.sub.Number, x.sub.Test, sealed.Test, err)
			}
			plain, err := seal.DecryptJWE(w.key, sealed.JWE)
			if err != nil {
				t.Fatal(err)
			}
			p, err := DecodePayload(plain)
			if err != nil || p.Format != x.format || p.Test() != x.test {
				t.Errorf("%s: payload of format %s, %v", x.sub.Number, p.Format, err)
			}
			proof := w.count(t, `SELECT count(*) FROM ledger_leaves WHERE subject = '`+x.sub.ID+`'`)
			if proof != 1 {
				t.Errorf("%s has %d leaves", x.sub.Number, proof)
			}
		}
		list, err := w.Tests(ctx, paderborn, "hundesteuer", "1.0.0")
		if err != nil || len(list) != 1 || list[0].Number != sub.Number || list[0].Draft != ss.id || list[0].Passed() || list[0].Submitted.IsZero() || list[0].State != Received {
			t.Errorf("the list is %+v, %v", list, err)
		}
		for _, kind := range []EventKind{Acknowledged, Decided} {
			w.clock.Advance(time.Minute)
			if err := w.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
				return w.store.Record(ctx, tx, paderborn, sub.ID, w.IDs.New(), kind, w.clock.Now())
			}); err != nil {
				t.Fatal(err)
			}
		}
		if list, err = w.Tests(ctx, paderborn, "", ""); err != nil || !list[0].Passed() || list[0].Decided.Sub(list[0].Acknowledged) != time.Minute || list[0].State != Decided {
			t.Errorf("the list is %+v, %v", list, err)
		}
		for _, none := range [][3]string{{aachen, "", ""}, {paderborn, "hundesteuer", "9.9.9"}, {paderborn, "other", ""}} {
			if list, err := w.Tests(ctx, none[0], none[1], none[2]); err != nil || len(list) != 0 {
				t.Errorf("%v: %+v, %v", none, list, err)
			}
		}
		if len(*events) != 1 || (*events)[0].Action != TestBegun || (*events)[0].Actor != "kim" || (*events)[0].Tenant != paderborn {
			t.Errorf("on record is %+v", *events)
		}
	})
}

// A test ends thirty days after it was begun, whatever is done with it and
// whatever the other rooms have of it, and leaves its leaf and no count.
func TestTestIsErased(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		events := w.trials()
		room := &room{open: true}
		w.Keepers = []Keeper{room}
		realDraft, _ := w.draft(t)
		_, _, real := w.submitted(t)
		opened, _ := w.test(t)
		file := w.put(t, opened, "permit.pdf")
		_, sub := w.testSent(t)
		_, decided := w.testSent(t)
		w.exec(t, `UPDATE submissions SET state = 'decided' WHERE id = $1`, decided.ID)
		w.clock.Advance(20 * 24 * time.Hour)
		if err := w.save(ctx, opened, 90*24*time.Hour, []write{{"privacy", []byte(`{}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.save(ctx, realDraft, keep, []write{{"privacy", []byte(`{}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		drafts := func(want int) {
			t.Helper()
			if err := w.Expire(ctx); err != nil {
				t.Fatal(err)
			}
			if n := w.count(t, `SELECT count(*) FROM submission_drafts WHERE test`); n != want {
				t.Errorf("%d tests are left, want %d", n, want)
			}
		}
		drafts(3)
		// At once, by one of the staff; another authority's is not there.
		if err := w.eraseTest(ctx, aachen, decided.Draft); !fail.Is(err, fail.NotFound) {
			t.Errorf("Aachen erases Paderborn's: %v", err)
		}
		for _, draft := range []string{realDraft.id, real.Draft} {
			if err := w.eraseTest(ctx, paderborn, draft); !fail.Is(err, fail.NotFound) {
				t.Errorf("an application is erased as a test: %v", err)
			}
		}
		if err := w.eraseTest(ctx, paderborn, decided.Draft); err != nil {
			t.Fatal(err)
		}
		drafts(2)
		w.clock.Advance(10 * 24 * time.Hour)
		drafts(0)
		if err := w.Night(ctx); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			sql  string
			want int
		}{
			{`SELECT count(*) FROM submission_erased`, 0},
			{`SELECT count(*) FROM submissions WHERE test`, 0},
			{`SELECT count(*) FROM submissions`, 1},
			{`SELECT count(*) FROM submission_drafts`, 2},
			{`SELECT count(*) FROM submission_files WHERE id = '` + file.ID + `'`, 0},
			{`SELECT count(*) FROM submission_slots WHERE draft = '` + sub.Draft + `'`, 0},
			{`SELECT count(*) FROM submission_events WHERE submission = '` + sub.ID + `'`, 0},
			{`SELECT count(*) FROM submission_revisions WHERE submission = '` + sub.ID + `'`, 0},
			{`SELECT count(*) FROM ledger_leaves`, 3},
		} {
			if n := w.count(t, x.sql); n != x.want {
				t.Errorf("%s: %d, want %d", x.sql, n, x.want)
			}
		}
		if len(room.erased) != 2 {
			t.Errorf("the rooms have erased %v", room.erased)
		}
		if len(*events) != 3 {
			t.Errorf("on record is %+v", *events)
		}
	})
}

// No more than MostTests at a time.
func TestMostTests(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.trials()
		for range MostTests {
			w.test(t)
		}
		o, _ := w.Trial(paderborn, "hundesteuer", clock.Today(w.clock))
		if _, err := w.beginTest(t.Context(), o, i18n.DE, "kim"); !fail.Is(err, fail.Conflict) {
			t.Errorf("one more: %v", err)
		}
		if o, err := w.Trial(aachen, "hundesteuer", clock.Today(w.clock)); err != nil {
			t.Error(err)
		} else if _, err := w.beginTest(t.Context(), o, i18n.DE, "kim"); err != nil {
			t.Errorf("another authority's: %v", err)
		}
	})
}

type paderbornOnly struct{}

func (paderbornOnly) Resolve(_, segment string) (string, string, bool) {
	return paderborn, "/paderborn", segment == "paderborn"
}

// client is a browser before the room's pages.
type client struct {
	t       testing.TB
	router  http.Handler
	roles   []string // nil for who is not signed in
	cookies map[string]string
}

func (w *world) client(t testing.TB) *client {
	t.Helper()
	c := &client{t: t, cookies: map[string]string{}}
	rt, err := web.NewRouter(web.Config{
		Routes: w.Routes(), Resolver: paderbornOnly{}, Clock: w.clock, IDs: w.IDs, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), SignInPath: "/anmelden",
		Authenticate: func(*http.Request) (*web.Principal, error) {
			if c.roles == nil {
				return nil, nil
			}
			return &web.Principal{ID: "kim", Tenant: paderborn, Name: "Kim", Roles: c.roles}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.router = rt
	return c
}

func (c *client) send(method, path string, v url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://h"+path, strings.NewReader(v.Encode()))
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range c.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	rec := httptest.NewRecorder()
	c.router.ServeHTTP(rec, r)
	for _, k := range rec.Result().Cookies() {
		if c.cookies[k.Name] = k.Value; k.MaxAge < 0 {
			delete(c.cookies, k.Name)
		}
	}
	return rec
}

const markOfTest = "TESTFALL – kein echter Antrag"

// A form that is not live opens for a test and for nobody else; neither a
// cookie nor a field of a form makes one of the other.
func TestTrialOfWhatIsNotLive(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.trials()
		live := w.Solutions
		w.Trial = live.Offer
		prepared, err := solution.Load(solutions.Files())
		if err == nil { // nobody has adopted anything
			err = (&solution.Adoptions{DB: w.DB, Clock: w.clock, Log: w.Log, Catalog: prepared}).Refresh(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		begin := url.Values{"test": {"ja"}, "testfall": {"ja"}, "neu": {"ja"}}
		const form, desk = "/paderborn/antrag/hundesteuer", "/paderborn/amt"

		// a real draft, from when the form was live
		kim := w.client(t)
		if rec := kim.send("POST", form, begin); rec.Code != http.StatusSeeOther {
			t.Fatal(rec.Code)
		}
		first := kim.cookies["antrag-"+paderborn+"-hundesteuer"]
		if w.count(t, `SELECT count(*) FROM submission_drafts WHERE test`) != 0 {
			t.Fatal("a field of the form made a test")
		}
		if rec := kim.send("GET", form+"/pruefen", nil); rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), markOfTest) {
			t.Errorf("an application: %d, or it is marked", rec.Code)
		}

		for _, roles := range [][]string{nil, {}, {"clerk"}} {
			kim.roles = roles
			for _, path := range []string{"/testfall/hundesteuer", "/testfaelle/x/loeschen"} {
				if rec := kim.send("POST", desk+path, nil); rec.Code == http.StatusSeeOther && !strings.Contains(rec.Header().Get("Location"), "/anmelden") || rec.Code < 300 {
					t.Errorf("%v begins a test: %d", roles, rec.Code)
				}
			}
		}
		if w.count(t, `SELECT count(*) FROM submission_drafts WHERE test`) != 0 {
			t.Fatal("a test was begun without the right")
		}

		w.Solutions = prepared // the form is live no more
		kim.roles = []string{"admin"}
		for _, method := range []string{"GET", "POST"} {
			if rec := kim.send(method, form, begin); rec.Code != http.StatusNotFound {
				t.Errorf("%s of a form that is not live: %d", method, rec.Code)
			}
		}
		rec := kim.send("POST", desk+"/testfall/hundesteuer", nil)
		if to := rec.Header().Get("Location"); rec.Code != http.StatusSeeOther || to != form+"/pruefen?weiter=1" {
			t.Fatalf("beginning a test: %d %s", rec.Code, to)
		}
		if kim.cookies["weitere-"+paderborn+"-hundesteuer"] != first || kim.cookies["antrag-"+paderborn+"-hundesteuer"] == first {
			t.Error("the application of this browser was not put aside")
		}
		if rec := kim.send("GET", form+"/weitere", nil); !strings.Contains(rec.Body.String(), markOfTest) {
			t.Error("the list of drafts does not say which is a test")
		}
		if rec := kim.send("GET", form, nil); rec.Code != http.StatusSeeOther || !strings.Contains(rec.Header().Get("Location"), "/pruefen") {
			t.Errorf("the form page of a test: %d", rec.Code)
		}
		for _, path := range []string{"/pruefen", "/spaeter", "/seite/privacy"} {
			if rec := kim.send("GET", form+path, nil); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), markOfTest) {
				t.Errorf("%s of a test: %d, or it does not say so", path, rec.Code)
			}
			if rec := kim.send("GET", "/en"+form+path, nil); !strings.Contains(rec.Body.String(), "TEST CASE – not a real application") {
				t.Errorf("%s of a test does not say so in English", path)
			}
		}
		if rec := kim.send("POST", form, begin); rec.Code != http.StatusNotFound {
			t.Errorf("an application is begun where the form is not live: %d", rec.Code)
		}
		for _, path := range []string{"/datei", "/erinnern"} {
			if rec := kim.send("POST", form+path, url.Values{"passphrase": {"ein gutes kennwort"}, "again": {"ein gutes kennwort"}, "email": {"kim@example.org"}}); rec.Code != http.StatusSeeOther || !strings.HasSuffix(rec.Header().Get("Location"), "/spaeter") {
				t.Errorf("%s of a test: %d", path, rec.Code)
			}
		}
		// Who has no test of it, or a forged key, sees nothing.
		eve := w.client(t)
		eve.cookies["antrag-"+paderborn+"-hundesteuer"] = strings.Replace(kim.cookies["antrag-"+paderborn+"-hundesteuer"], ".", ".A", 1)
		for path, want := range map[string]int{"": http.StatusNotFound, "/pruefen": http.StatusSeeOther} {
			if rec := eve.send("GET", form+path, nil); rec.Code != want {
				t.Errorf("%s with a forged key: %d", path, rec.Code)
			}
		}
		if n := w.count(t, `SELECT count(*) FROM submission_drafts WHERE test`); n != 1 {
			t.Errorf("%d tests", n)
		}

		// The desk's page: one test, to be erased.
		page := kim.send("GET", desk+"/testfaelle", nil)
		draft := strings.SplitN(kim.cookies["antrag-"+paderborn+"-hundesteuer"], ".", 2)[0]
		if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "/testfaelle/"+draft+"/loeschen") || !strings.Contains(page.Body.String(), form+"/pruefen?weiter=1") {
			t.Errorf("the page of tests: %d %s", page.Code, page.Body)
		}
		for range 2 {
			if rec := kim.send("POST", desk+"/testfaelle/"+draft+"/loeschen", nil); rec.Code != http.StatusSeeOther {
				t.Errorf("erasing: %d", rec.Code)
			}
		}
		if n := w.count(t, `SELECT count(*) FROM submission_drafts`); n != 1 {
			t.Errorf("%d drafts are left", n)
		}
	})
}

// The receipt of a test says so, in the file for people and in that for
// programs.
func TestReceiptOfATest(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.trials()
		ss, sub := w.testSent(t)
		if _, err := w.Ledger.Sequence(ctx); err != nil {
			t.Fatal(err)
		}
		d := w.desk(t, ss)
		r := httptest.NewRequest("GET", "/", nil)
		file, receipt, err := w.receipt(r, d, sub)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Test bool }
		if err := json.Unmarshal(receipt, &got); err != nil || !got.Test {
			t.Errorf("the receipt: %s, %v", receipt, err)
		}
		v, err := ledger.VerifyFile(file, []string{w.Signer.Verifier()})
		if err != nil || !v.Genuine || !v.Receipt.Test {
			t.Errorf("verified: %+v, %v", v, err)
		}
		if !bytes.Contains(file, []byte("%PDF")) {
			t.Error("no PDF")
		}
	})
}
