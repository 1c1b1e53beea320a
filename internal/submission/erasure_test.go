package submission

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
)

// What was erased is in no file any more, not even sealed: neither in the
// database, nor in its log, nor in the folder of uploads.
func TestErasedFromTheFiles(t *testing.T) {
	ctx := t.Context()
	url := dbtest.SQLite(t)
	d, err := db.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(ctx, rooms()); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, d)
	noise := make([]byte, 20_000)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	var trace [][]byte // of the draft that is erased
	for i := range 12 {
		ss, tk := w.draft(t)
		if _, err := w.resumeCode(ctx, ss); err != nil {
			t.Fatal(err)
		}
		if err := w.setReminder(ctx, ss, "kim@example.org"); err != nil {
			t.Fatal(err)
		}
		file := w.put(t, ss, "permit.pdf")
		// Pages that fit into the table, and one that goes on elsewhere.
		writes := []write{{"keeper", []byte(`{"a":1}`), 0}, {"address", noise[:3000], 0}, {"dog/1", noise, 0}}
		if err := w.save(ctx, w.reopen(t, tk), keep, writes, nil); err != nil {
			t.Fatal(err)
		}
		if i != 5 {
			continue
		}
		ss = w.reopen(t, tk)
		sealed, err := os.ReadFile(w.blobPath(t, file.ID))
		if err != nil {
			t.Fatal(err)
		}
		trace = append(trace, []byte(ss.id), []byte(file.ID), ss.slot, ss.code, ss.remind, sealed, []byte(ss.lookup))
		for _, r := range ss.rows {
			trace = append(trace, []byte(r.row), r.sealed[:min(len(r.sealed), 64)], r.sealed[max(0, len(r.sealed)-64):])
		}
	}
	path := strings.TrimPrefix(url, "sqlite:")
	found := func() (which []int) {
		t.Helper()
		for i, x := range trace {
			if len(x) == 0 {
				t.Fatal("nothing to look for")
			}
			there := false
			for _, root := range []string{filepath.Dir(path), w.folderPath} {
				err := filepath.WalkDir(root, func(p string, e os.DirEntry, err error) error {
					if err != nil || e.IsDir() {
						return err
					}
					b, err := os.ReadFile(p)
					there = there || bytes.Contains(b, x) || strings.Contains(p, string(x))
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if there {
				which = append(which, i)
			}
		}
		return which
	}
	if before := found(); len(before) != len(trace) {
		t.Fatalf("of %d traces only %v are found before: the test looks in the wrong place", len(trace), before)
	}
	if err := w.erase(ctx, paderborn, string(trace[0]), never()); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil { // the log is written back
		t.Fatal(err)
	}
	if after := found(); len(after) != 0 {
		t.Errorf("of %d traces %v are found afterwards", len(trace), after)
	}
}
