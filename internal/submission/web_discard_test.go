package submission

import (
	"testing"

	"leitportal/internal/fail"
)

// A correction that is thrown away leaves what was sent, and nothing else; one
// that another window has changed meanwhile stays.
func TestDropCorrection(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, tk := w.draft(t)
		sent := w.put(t, ss, "sent.pdf")
		d := w.desk(t, ss)
		if err := w.send(ctx, d, w.answers(t, d, sent), ""); err != nil {
			t.Fatal(err)
		}
		before := w.reopen(t, tk)
		sub, err := w.store.submissionOfDraft(ctx, w.DB.Read(), paderborn, ss.id)
		if err != nil {
			t.Fatal(err)
		}
		correct := func() *session {
			t.Helper()
			d := w.desk(t, w.reopen(t, tk))
			p, err := w.payload(ctx, d, sub, sub.Revision)
			if err == nil {
				err = w.reopenPages(ctx, d, p)
			}
			if err != nil {
				t.Fatal(err)
			}
			return w.reopen(t, tk)
		}
		asSent := func(when string) {
			t.Helper()
			w.holds(t, when, sent)
			after := w.reopen(t, tk)
			now, err := w.store.submissionOfDraft(ctx, w.DB.Read(), paderborn, ss.id)
			if err != nil || now.State != sub.State || now.Revision != sub.Revision || !now.Changed.Equal(sub.Changed) {
				t.Errorf("%s: the submission is %+v, %v", when, now, err)
			}
			if after.state != submitted || len(after.pages) != 0 || !after.expire.Equal(before.expire) || w.count(t, `SELECT count(*) FROM submission_pages`) != 0 {
				t.Errorf("%s: the draft is %s with %d pages", when, after.state, len(after.pages))
			}
			if _, err := w.payload(ctx, w.desk(t, after), sub, 1); err != nil {
				t.Errorf("%s: the copy does not open: %v", when, err)
			}
		}

		c := correct()
		w.put(t, c, "new.pdf")
		if err := w.save(ctx, w.reopen(t, tk), keep, []write{{"contact", []byte(`{}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.dropCorrection(ctx, c.draft); !fail.Is(err, fail.Conflict) {
			t.Errorf("changed in another window, it gives %v", err)
		}
		if now := w.reopen(t, tk); now.state != correcting || len(now.pages) == 0 || len(w.folder(t)) != 2 {
			t.Fatal("a refused discard has taken something away")
		}
		if err := w.dropCorrection(ctx, w.reopen(t, tk).draft); err != nil {
			t.Fatal(err)
		}
		asSent("discarded")
		if err := w.dropCorrection(ctx, c.draft); !fail.Is(err, fail.Conflict) {
			t.Errorf("discarded twice: %v", err)
		}

		// Decided while it was being corrected: the night throws it away.
		w.put(t, correct(), "late.pdf")
		w.night(t)
		if w.reopen(t, tk).state != correcting {
			t.Fatal("the night has taken a correction that can be sent")
		}
		w.exec(t, `UPDATE submissions SET state = 'decided'`)
		sub.State = Decided
		w.night(t)
		asSent("overtaken")
	})
}
