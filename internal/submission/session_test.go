package submission

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"leitportal/internal/fail"
)

func TestDraft(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, tk := w.draft(t)
		if w.offers.Load() != 1 {
			t.Error("beginning a draft does not see to the office's key")
		}
		if err := w.save(ctx, ss, keep, []write{{"keeper", []byte(`{"a":1}`), 0}, {"dog/1", []byte(`{}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.save(ctx, ss, keep, []write{{"keeper", []byte(`{"a":2}`), 1}}, []string{"dog/1"}); err != nil {
			t.Fatal(err)
		}
		ss = w.reopen(t, tk)
		if p := ss.pages.at("keeper"); len(ss.pages) != 1 || string(p.json) != `{"a":2}` || p.rev != 2 || ss.rev != 2 {
			t.Fatalf("the pages come back as %+v", ss.pages)
		}

		code, err := w.resumeCode(ctx, ss)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.resumeCode(ctx, w.reopen(t, tk)); err != nil || again != code {
			t.Fatalf("the code was %s, is %s, %v", code, again, err)
		}
		other, otherTicket, err := w.openCode(ctx, code, "")
		if err != nil || other.id != ss.id || other.key != ss.key {
			t.Fatalf("the code opens %+v, %v", other, err)
		}
		if err := w.leave(ctx, ss); err != nil {
			t.Fatal(err)
		}
		if _, err := w.openTicket(ctx, paderborn, tk); !fail.Is(err, fail.NotFound) {
			t.Errorf("after leaving the ticket gives %v", err)
		}
		w.reopen(t, otherTicket)

		// A cookie's secret is no code, and nobody's ticket opens another's.
		if _, err := w.store.draftByCode(ctx, w.DB.Read(), otherTicket.secret.opener().lookup); !fail.Is(err, fail.NotFound) {
			t.Errorf("a cookie's secret is taken as a code: %v", err)
		}
		third, thirdTicket := w.draft(t)
		for _, tk := range []ticket{{third.id, otherTicket.secret}, {ss.id, thirdTicket.secret}, {ss.id, ""}, {"", ""}} {
			if _, err := w.openTicket(ctx, paderborn, tk); !fail.Is(err, fail.NotFound) {
				t.Errorf("a mixed ticket gives %v", err)
			}
		}
		if _, err := w.openTicket(ctx, aachen, otherTicket); !fail.Is(err, fail.NotFound) {
			t.Errorf("another town opens the draft: %v", err)
		}

		if err := w.erase(ctx, paderborn, ss.id, never()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.openCode(ctx, code, ""); !fail.Is(err, fail.NotFound) {
			t.Errorf("the code of an erased draft gives %v", err)
		}
		if err := w.save(ctx, other, keep, []write{{"keeper", []byte(`{}`), 2}}, nil); !fail.Is(err, fail.Conflict) {
			t.Errorf("saving an erased draft gives %v", err)
		}
		for _, table := range []string{"submission_pages", "submission_slots WHERE draft <> '" + third.id + "'"} {
			if n := w.count(t, "SELECT count(*) FROM "+table); n != 0 {
				t.Errorf("%d rows of an erased draft stay in %s", n, table)
			}
		}
	})
}

// Two windows draw the code at once: there is one.
func TestCodeOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, tk := w.draft(t)
		codes := make([]string, 8)
		var wg sync.WaitGroup
		for i := range codes {
			ss := w.reopen(t, tk)
			wg.Go(func() {
				var err error
				if codes[i], err = w.resumeCode(t.Context(), ss); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, c := range codes {
			if c != codes[0] || c == "" {
				t.Fatalf("windows show the codes %v", codes)
			}
		}
		if n := w.count(t, `SELECT count(*) FROM submission_slots WHERE kind = 'code'`); n != 1 {
			t.Errorf("%d slots of codes", n)
		}
	})
}

// What the disk gives back must be this draft's, this page's, this revision's.
func TestSwappedRows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, tk := w.draft(t)
		stranger, _ := w.draft(t)
		for _, x := range []*session{ss, stranger} {
			if err := w.save(ctx, x, keep, []write{{"keeper", []byte(`{"a":1}`), 0}, {"address", []byte(`{"b":1}`), 0}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := w.store.pages(ctx, w.DB.Read(), paderborn, ss.id)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := w.store.pages(ctx, w.DB.Read(), paderborn, stranger.id)
		if err != nil {
			t.Fatal(err)
		}
		keeper := ss.key.row("keeper")
		var old []byte
		for _, r := range rows {
			if r.row == keeper {
				old = r.sealed
			}
		}
		if err := w.save(ctx, ss, keep, []write{{"keeper", []byte(`{"a":2}`), 1}}, nil); err != nil {
			t.Fatal(err)
		}
		rows, err = w.store.pages(ctx, w.DB.Read(), paderborn, ss.id)
		if err != nil {
			t.Fatal(err)
		}
		var good, address []byte
		for _, r := range rows {
			if r.row == keeper {
				good = r.sealed
			} else {
				address = r.sealed
			}
		}
		for what, sealed := range map[string][]byte{
			"an older revision": old, "another page": address, "another draft's": theirs[0].sealed,
			"nothing": {}, "a changed byte": append([]byte{good[0] ^ 1}, good[1:]...), "a cut end": good[:len(good)-1],
		} {
			w.exec(t, `UPDATE submission_pages SET sealed = $2 WHERE row = $1`, keeper, sealed)
			w.shelf.clear() // the disk is asked, not the memory
			x, err := w.openTicket(ctx, paderborn, tk)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.load(ctx, x); err == nil {
				t.Errorf("%s opens as the page", what)
			}
		}
		w.exec(t, `UPDATE submission_pages SET sealed = $2 WHERE row = $1`, keeper, good)
		w.shelf.clear()
		w.reopen(t, tk)
		w.exec(t, `UPDATE submission_pages SET rev = 7 WHERE row = $1`, keeper)
		w.shelf.clear()
		if x, err := w.openTicket(ctx, paderborn, tk); err != nil || w.load(ctx, x) == nil {
			t.Error("a page opens under another revision")
		}
	})
}

// Of windows that save the same page at once one wins, the others hear of it.
func TestSaveConflict(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, tk := w.draft(t)
		const windows = 16
		var mu sync.Mutex
		var won []string
		var wg sync.WaitGroup
		for i := range windows {
			ss := w.reopen(t, tk)
			wg.Go(func() {
				json := fmt.Sprintf(`{"a":%d}`, i)
				err := w.save(t.Context(), ss, keep, []write{{"keeper", []byte(json), 0}}, nil)
				switch {
				case err == nil:
					mu.Lock()
					won = append(won, json)
					mu.Unlock()
				case !fail.Is(err, fail.Conflict):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		ss := w.reopen(t, tk)
		if len(won) != 1 || string(ss.pages.at("keeper").json) != won[0] || ss.rev != 1 {
			t.Fatalf("%d windows have won (%v), stored is %s at %d", len(won), won, ss.pages.at("keeper").json, ss.rev)
		}
	})
}

func TestExpire(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		stale, staleTicket := w.draft(t)
		file, err := w.keepFile(ctx, stale, "a.pdf", bytes.NewReader([]byte("%PDF-1.4")))
		if err != nil {
			t.Fatal(err)
		}
		sent, sentTicket := w.draft(t)
		if err := w.send(ctx, w.desk(t, sent), w.desk(t, sent).program.Empty(), ""); err != nil {
			t.Fatal(err)
		}
		fresh, freshTicket := w.draft(t)
		w.clock.Advance(keep - time.Second)
		if err := w.save(ctx, fresh, keep, []write{{"keeper", []byte(`{}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		late := w.reopen(t, staleTicket)
		w.clock.Advance(grace + time.Second)
		if _, err := w.openTicket(ctx, paderborn, staleTicket); !fail.Is(err, fail.Gone) {
			t.Errorf("an expired draft gives %v", err)
		}
		var e *fail.Error
		if _, err := w.openTicket(ctx, paderborn, staleTicket); !errors.As(err, &e) || !w.texts.In("de").Has(e.Public) || !w.texts.In("en").Has(e.Public) {
			t.Errorf("no words for an expired draft: %v", err)
		}

		// Found expired, but saved before it is erased: it stays.
		now := w.clock.Now()
		found, err := w.store.expired(ctx, w.DB.Read(), now, 10)
		if err != nil || len(found) != 1 || found[0].id != stale.id {
			t.Fatalf("expired are %v, %v", found, err)
		}
		if err := w.save(ctx, late, keep, []write{{"keeper", []byte(`{"a":1}`), 0}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.erase(ctx, paderborn, stale.id, now); !fail.Is(err, fail.Conflict) {
			t.Fatalf("a draft saved at the last moment is erased: %v", err)
		}
		w.reopen(t, staleTicket)

		w.clock.Advance(keep + grace)
		if err := w.save(ctx, fresh, keep, []write{{"keeper", []byte(`{"a":1}`), 1}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Expire(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := w.openTicket(ctx, paderborn, staleTicket); !fail.Is(err, fail.NotFound) {
			t.Errorf("an erased draft gives %v", err)
		}
		if _, err := w.Blobs.Get(ctx, file.ID); !fail.Is(err, fail.NotFound) {
			t.Errorf("its file is still there: %v", err)
		}
		w.reopen(t, sentTicket)
		w.reopen(t, freshTicket)
	})
}

// A file belongs to a draft that is there, and its key is not on the disk.
func TestFiles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ss, _ := w.draft(t)
		data := []byte("%PDF-1.4 " + strings.Repeat("secret", 100))
		f, err := w.keepFile(ctx, ss, "a.pdf", bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.readFile(ctx, f); err != nil || string(got) != string(data) {
			t.Fatalf("the file does not come back: %v", err)
		}
		other, err := w.keepFile(ctx, ss, "b.pdf", bytes.NewReader([]byte("%PDF-1.5")))
		if err != nil {
			t.Fatal(err)
		}
		for what, x := range map[string]func() (id, key, sum string){
			"another's key": func() (string, string, string) { return f.ID, other.Key, f.SHA256 },
			"another's id":  func() (string, string, string) { return other.ID, f.Key, f.SHA256 },
			"another's sum": func() (string, string, string) { return f.ID, f.Key, other.SHA256 },
			"no key":        func() (string, string, string) { return f.ID, "", f.SHA256 },
			"no id":         func() (string, string, string) { return "../../x", f.Key, f.SHA256 },
		} {
			y := f
			y.ID, y.Key, y.SHA256 = x()
			if _, err := w.readFile(ctx, y); err == nil {
				t.Errorf("a file opens with %s", what)
			}
		}
		if err := w.erase(ctx, paderborn, ss.id, never()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.keepFile(ctx, ss, "a.pdf", bytes.NewReader(data)); !fail.Is(err, fail.Conflict) {
			t.Errorf("a file for an erased draft: %v", err)
		}
		if n := w.count(t, `SELECT count(*) FROM submission_files`); n != 0 {
			t.Errorf("%d files belong to no draft", n)
		}
	})
}
