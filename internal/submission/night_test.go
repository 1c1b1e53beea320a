package submission

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/form"
)

// put uploads a file to a draft.
func (w *world) put(t testing.TB, ss *session, name string) form.File {
	t.Helper()
	f, err := w.keepFile(t.Context(), ss, name, bytes.NewReader([]byte("%PDF-1.4 "+name)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// folder lists the files in the folder, in order.
func (w *world) folder(t testing.TB) (out []string) {
	t.Helper()
	for file, err := range w.Blobs.IDs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, file)
	}
	slices.Sort(out)
	return out
}

// holds checks that just these files are in the folder, and in the table.
func (w *world) holds(t testing.TB, when string, files ...form.File) {
	t.Helper()
	var want []string
	for _, f := range files {
		want = append(want, f.ID)
	}
	slices.Sort(want)
	if got := w.folder(t); !slices.Equal(got, want) {
		t.Errorf("%s: the folder holds %d files, want %d", when, len(got), len(want))
	}
	if n := w.count(t, `SELECT count(*) FROM submission_files`); n != len(want) {
		t.Errorf("%s: the table knows %d files, want %d", when, n, len(want))
	}
}

func (w *world) night(t testing.TB) {
	t.Helper()
	if err := w.Night(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// answers name files as evidence.
func (w *world) answers(t testing.TB, d *desk, files ...form.File) *form.Answers {
	t.Helper()
	a, err := d.program.Empty().SetFiles("relief.social_file", files)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What is not named in what is sent goes at once, whether replaced or on an
// abandoned branch; what the office was sent stays, whatever a correction
// leaves out.
func TestOnlySentFilesStay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, tk := w.draft(t)
		sent, abandoned := w.put(t, ss, "a.pdf"), w.put(t, ss, "b.pdf")
		w.holds(t, "uploaded", sent, abandoned)
		d := w.desk(t, ss)
		if err := w.send(ctx, d, w.answers(t, d, sent), ""); err != nil {
			t.Fatal(err)
		}
		w.holds(t, "sent", sent)

		d = w.desk(t, w.reopen(t, tk))
		sub, err := w.store.submissionOfDraft(ctx, w.DB.Read(), paderborn, d.id)
		if err != nil {
			t.Fatal(err)
		}
		added, dropped := w.put(t, d.session, "c.pdf"), w.put(t, d.session, "d.pdf")
		if err := w.correct(ctx, d, sub, w.answers(t, d, added), nil); err != nil {
			t.Fatal(err)
		}
		w.holds(t, "corrected", sent, added)
		w.clock.Advance(48 * time.Hour)
		w.night(t)
		w.holds(t, "the night after", sent, added)

		// A file that is gone cannot be sent.
		if err := w.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			return w.store.setSent(ctx, tx, paderborn, d.id, dropped.ID)
		}); err == nil {
			t.Error("a file that is gone was sent")
		}
		if kept, err := w.still(ctx, d, keptFiles{"x": {added, dropped}}); err != nil || len(kept["x"]) != 1 || kept["x"][0].ID != added.ID {
			t.Errorf("of the files with an answer %v are taken for there, %v", kept, err)
		}
	})
}

// A question that was left half-answered, and a crash between sending and
// erasing, leave files that the night finds after a day; not those of drafts
// and corrections that go on.
func TestForgottenFiles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ss, _, _ := w.submitted(t)
		going, _ := w.draft(t)
		correction, _, sub := w.submitted(t)
		d := w.desk(t, correction)
		if err := w.reopenPages(t.Context(), d, Payload{Submission: sub.ID}); err != nil {
			t.Fatal(err)
		}
		half := w.put(t, ss, "half.pdf")
		others := []form.File{w.put(t, going, "going.pdf"), w.put(t, correction, "correction.pdf")}
		w.clock.Advance(23 * time.Hour)
		w.night(t)
		w.holds(t, "the same day", append(others, half)...)
		w.clock.Advance(time.Hour)
		fresh := w.put(t, ss, "fresh.pdf")
		w.clock.Advance(time.Millisecond)
		w.night(t)
		w.holds(t, "a day later", append(others, fresh)...)
	})
}

// A crash between two steps leaves no file for ever.
func TestCrashLeavesNoFiles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, _ := w.draft(t)
		kept := w.put(t, ss, "kept.pdf")

		// Killed after the row was erased and before the file was; or the
		// database came from a back-up that is older than the folder.
		stray := w.IDs.New()
		if err := w.Blobs.Put(ctx, stray, bytes.NewReader([]byte("sealed"))); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(leftover)
		w.night(t)
		if len(w.folder(t)) != 2 {
			t.Error("a file was erased that may be in the making")
		}
		w.clock.Advance(time.Millisecond)
		w.night(t)
		w.holds(t, "after a crash in between", kept)

		// Killed after the draft was erased and before its files were.
		_, err := w.change(ctx, ss.id, func(ctx context.Context, tx changing) error {
			_, err := w.store.erase(ctx, tx, paderborn, ss.id, never())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.holds(t, "killed while erasing", kept)
		if err := w.Expire(ctx); err != nil {
			t.Fatal(err)
		}
		w.holds(t, "after the next start")

		// Started on another database, it erases nothing.
		for range manyStrays + 1 {
			if err := w.Blobs.Put(ctx, w.IDs.New(), bytes.NewReader([]byte("sealed"))); err != nil {
				t.Fatal(err)
			}
		}
		w.clock.Advance(48 * time.Hour)
		if err := w.Night(ctx); err == nil || len(w.folder(t)) != manyStrays+1 {
			t.Errorf("a folder of another database: %v, %d files left", err, len(w.folder(t)))
		}
	})
}

func TestNextNight(t *testing.T) {
	for now, want := range map[string]string{
		"2026-11-22T01:59:59Z": "2026-11-22T02:00:00Z",
		"2026-11-22T02:00:00Z": "2026-11-23T02:00:00Z",
		"2026-11-22T23:30:00Z": "2026-11-23T02:00:00Z",
		"2026-10-24T23:30:00Z": "2026-10-25T02:00:00Z", // the clocks go back at 3
		"2026-03-28T23:30:00Z": "2026-03-29T01:00:00Z", // and forth at 2
		"2026-12-31T12:00:00Z": "2027-01-01T02:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := nextNight(at).UTC().Format(time.RFC3339); got != want {
			t.Errorf("after %s comes %s, want %s", now, got, want)
		}
	}
}

// A file that cannot be erased holds no draft back whose time is over.
func TestOneFileHoldsNothingUp(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t, dbtest.Open(t, dbtest.SQLite(t), rooms()))
	first, _ := w.draft(t)
	second, _ := w.draft(t)
	for _, draft := range []string{"erased", first.id} {
		w.exec(t, `INSERT INTO submission_files (tenant, draft, id, created) VALUES ($1, $2, $3, 0)`, paderborn, draft, "no name of a file "+draft)
	}
	w.clock.Advance(keep + grace + time.Second)
	if err := w.Expire(ctx); err == nil {
		t.Error("nobody is told")
	}
	if n := w.count(t, `SELECT count(*) FROM submission_drafts WHERE id IN ('`+first.id+`', '`+second.id+`')`); n != 0 {
		t.Errorf("%d drafts are left", n)
	}
	if n := w.count(t, `SELECT count(*) FROM submission_files`); n != 2 {
		t.Errorf("%d files are known, want both to be tried again", n)
	}
}
