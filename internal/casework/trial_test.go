package casework

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/staff"
	"leitportal/internal/submission"
)

// testArrives is a test case at the desk.
func (w *world) testArrives(lang i18n.Lang) Case {
	w.t.Helper()
	s := w.sent(lang, application(), func(p *submission.Payload) { p.Format = submission.TestFormat })
	w.markTest(s.Submission, "HS-TEST-2026-000001")
	s.Test = true
	if err := w.Receive(w.t.Context(), s); err != nil {
		w.t.Fatal(err)
	}
	return w.now(s.Submission)
}

func (w *world) markTest(id, number string) {
	w.t.Helper()
	if err := w.DB.Write(w.t.Context(), func(ctx context.Context, tx db.Querier) error {
		_, err := tx.Exec(ctx, `UPDATE submissions SET test = TRUE, number = $3 WHERE tenant = $1 AND id = $2`, paderborn, id, number)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

// A test stands in its own view and nowhere else, says on every page what it
// is, draws no cash reference and goes into no print run.
func TestTestCase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kim := w.browser(w.member(paderborn, "Kim Clerk", staff.Clerk))
		c := w.testArrives(i18n.EN)
		if !c.Test {
			t.Fatal("the case is not marked")
		}
		for _, path := range []string{"/", "/eingang", "/eingang?ansicht=alle", "/eingang?ansicht=erledigt", "/eingang?wer=niemand", "/eingang?nummer=TEST", "/druck"} {
			if page := kim.do("GET", amt+path, nil, 200); strings.Contains(page, c.Number) || strings.Contains(page, "1 Vorgang") {
				t.Errorf("%s shows the test", path)
			}
		}
		kim.do("GET", amt+"/eingang?ansicht=testfaelle", nil, 200, c.Number, "TESTFALL – kein echter Antrag", "1 Vorgang")
		kim.do("GET", "/en"+amt+"/eingang?ansicht=testfaelle", nil, 200, c.Number, "TEST CASE – not a real application")

		real := w.arrived(i18n.DE, application())
		kim.do("GET", amt+"/eingang", nil, 200, real.Number, "1 Vorgang")
		if page := kim.do("GET", amt+"/eingang?ansicht=testfaelle", nil, 200); strings.Contains(page, real.Number) {
			t.Error("an application stands among the tests")
		}
		if page := kim.do("GET", amt+"/vorgang/"+real.ID, nil, 200); strings.Contains(page, "TESTFALL") {
			t.Error("an application is marked as a test")
		}

		here := amt + "/vorgang/" + c.ID
		const mark = "TESTFALL – kein echter Antrag"
		kim.do("GET", here, nil, 200, mark)
		ask := with(kim.hidden(kim.do("GET", here+"/rueckfrage", nil, 200, mark), here+"/rueckfrage"),
			"feld", "keeper.last", "frage", "Wie heißen Sie?", "bis:day", "24", "bis:month", "3", "bis:year", "2026")
		kim.do("POST", here+"/rueckfrage", ask, 303)
		if got := w.post.messages[0].Subject; !strings.HasPrefix(got, "TEST CASE – not a real application: ") {
			t.Errorf("the question is called %q", got)
		}
		page := kim.do("GET", here+"/entscheidung", nil, 200, mark, "TEST-2026.000001-")
		form := with(kim.hidden(page, here+"/entscheidung"),
			"von:day", "1", "von:month", "3", "von:year", "2026", "bis:day", "31", "bis:month", "12", "bis:year", "2026",
			"betrag", "75,00", "jahresbetrag", "90,00", "kassenzeichen", "TEST-2026.000001-8", "mandat", "TEST-2026.000001-8", "marken", "4711")
		kim.do("POST", here+"/entscheidung", form, 200, mark)
		kim.do("POST", here+"/entscheidung", with(form, "schritt", "senden"), 303)
		notice := w.post.messages[1]
		text := strings.Join(strings.Fields(pdfText(t, notice.PDF)), " ")
		if !strings.HasPrefix(notice.Subject, "TEST CASE") || strings.Count(text, mark) < 3 || !strings.Contains(text, "Dieser Bescheid ist eine Probe.") {
			t.Errorf("the notice %q does not say what it is: %s", notice.Subject, text)
		}
		kim.do("GET", here, nil, 200, mark, "Entschieden")

		page = kim.do("GET", amt+"/druck", nil, 200)
		if strings.Contains(page, c.Number) {
			t.Error("the letter of a test waits to be printed")
		}
		kim.do("POST", amt+"/druck", with(url.Values{}, "lauf", w.IDs.New()), 409)
		if page := kim.do("GET", amt+"/vorgang/"+real.ID+"/entscheidung", nil, 200); !strings.Contains(page, "2026.000001-") || strings.Contains(page, "TEST-2026") {
			t.Error("the test has drawn a cash reference")
		}
		if err := w.DB.Write(t.Context(), func(ctx context.Context, tx db.Querier) error { return w.Erase(ctx, tx, paderborn, c.ID) }); err != nil {
			t.Fatal(err)
		}
		kim.do("GET", here, nil, 404)
		kim.do("GET", amt+"/vorgang/"+real.ID, nil, 200)
	})
}

// The mark inside the seal and that of the row must agree.
func TestMarkIsChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		inside := w.sent(i18n.DE, application(), func(p *submission.Payload) { p.Format = submission.TestFormat })
		if err := w.Receive(ctx, inside); !fail.Is(err, fail.Invalid) {
			t.Errorf("a test comes in as an application: %v", err)
		}
		outside := w.sent(i18n.DE, application(), nil)
		w.markTest(outside.Submission, "HS-TEST-2026-000002")
		for _, marked := range []bool{true, false} {
			outside.Test = marked
			if err := w.Receive(ctx, outside); !fail.Is(err, fail.Invalid) {
				t.Errorf("an application comes in as a test: %v", err)
			}
		}
		// Withdrawn and erased before the desk heard of it: nothing is left to do.
		if err := w.Service.Withdrawn(ctx, paderborn, w.IDs.New()); err != nil {
			t.Error(err)
		}
	})
}
