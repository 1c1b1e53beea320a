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
	if err := w.Night(ctx); err != nil {
		t.Fatal(err)
	}
	if after := found(); len(after) != 0 {
		t.Errorf("of %d traces %v are found after the night", len(trace), after)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if after := found(); len(after) != 0 {
		t.Errorf("of %d traces %v are found afterwards", len(trace), after)
	}
}

// On PostgreSQL what was erased lies dead in the files of the tables until
// they are written anew (VACUUM FULL), and in the server's log until that is
// recycled. What can be proven: all of it was sealed from the beginning, so
// that neither ever held a word that was typed, and without the slots nothing
// in the tables opens it; after VACUUM FULL the tables' files hold nothing.
func TestErasedOnPostgres(t *testing.T) {
	ctx := t.Context()
	d := dbtest.Open(t, dbtest.PostgresDatabase(t), rooms())
	w := newWorld(t, d)
	var first string
	if err := d.Read().QueryRow(ctx, `SELECT pg_walfile_name(pg_current_wal_lsn())`).Scan(&first); err != nil {
		t.Fatal(err)
	}
	name, email := rand.Text(), rand.Text()+"@example.org"
	ss, tk := w.draft(t)
	code, err := w.resumeCode(ctx, ss)
	if err == nil {
		err = w.setReminder(ctx, w.reopen(t, tk), email)
	}
	if err == nil {
		err = w.save(ctx, w.reopen(t, tk), keep, []write{{"keeper", []byte(`{"keeper.last":"` + name + `"}`), 0}}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	ss = w.reopen(t, tk)
	sealed := [][]byte{ss.slot, ss.code, ss.remind, ss.rows[0].sealed}
	// tables counts the tables whose file holds something, log the files of
	// the server's log since the test began.
	count := func(query string, args ...any) (n int) {
		t.Helper()
		w.exec(t, `CHECKPOINT`)
		if err := d.Read().QueryRow(ctx, query, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	tables := func(what []byte) int {
		return count(`SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
			AND position($1::bytea IN pg_read_binary_file(pg_relation_filepath(oid))) > 0`, what)
	}
	log := func(what []byte) int {
		return count(`SELECT count(*) FROM pg_ls_waldir() WHERE length(name) = 24 AND name >= $2
			AND position($1::bytea IN pg_read_binary_file('pg_wal/' || name, 0, 1 << 26, true)) > 0`, what, first)
	}
	for i, x := range sealed {
		if tables(x) == 0 {
			t.Fatalf("%d is not found before: the test looks in the wrong place", i)
		}
	}
	if log([]byte(ss.id)) == 0 {
		t.Fatal("the log is not found")
	}
	for _, typed := range []string{name, email, code} {
		if n, m := tables([]byte(typed)), log([]byte(typed)); n+m != 0 {
			t.Errorf("%s lies open in %d tables and %d files of the log", typed, n, m)
		}
	}
	if err := w.erase(ctx, paderborn, ss.id, never()); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, `SELECT (SELECT count(*) FROM submission_slots) + (SELECT count(*) FROM submission_pages) + (SELECT count(*) FROM submission_drafts)`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	for _, table := range []string{"drafts", "slots", "pages"} {
		if _, err := d.Read().Exec(ctx, `VACUUM FULL submission_`+table); err != nil {
			t.Fatal(err)
		}
	}
	for i, x := range sealed {
		if n := tables(x); n != 0 {
			t.Errorf("%d is found in %d tables after VACUUM FULL", i, n)
		}
	}
}
