package db_test

import (
	"context"
	"path/filepath"
	"testing"

	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
)

// Our own commits leave the mark as it is, those of another process do not.
// Another handle stands for the process: SQLite does not tell them apart.
func TestAlone(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "a.db")
	ours, theirs := dbtest.Open(t, path, rooms()), dbtest.Open(t, path, rooms())
	write := func(d *db.DB, id string) {
		t.Helper()
		if err := d.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			_, err := tx.Exec(ctx, savePage, id, 1, true, []byte("x"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	write(ours, "a")
	first, ok := ours.Alone()
	if !ok {
		t.Fatal("not known after our own commit")
	}
	write(ours, "b")
	nothing := func(context.Context, db.Querier) error { return nil }
	if err := ours.Write(ctx, nothing); err != nil {
		t.Fatal(err)
	}
	if err := ours.Write(ctx, func(context.Context, db.Querier) error { return context.Canceled }); err == nil {
		t.Fatal("no error")
	}
	for _, id := range []string{"b", "z"} { // written, and not
		var got string
		err := ours.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			return tx.QueryRow(ctx, `UPDATE page SET n = 2 WHERE id = $1 RETURNING id`, id).Scan(&got)
		})
		if (err == nil) != (id == "b") {
			t.Fatal(err)
		}
	}
	if again, ok := ours.Alone(); !ok || again != first {
		t.Errorf("after our own commits %d, %v; want %d", again, ok, first)
	}
	write(theirs, "c")
	if _, ok := ours.Alone(); ok {
		t.Error("the commit of another process is not seen")
	}
	write(ours, "d")
	if second, ok := ours.Alone(); !ok || second == first {
		t.Errorf("after both have committed %d, %v; want another than %d", second, ok, first)
	}
}
