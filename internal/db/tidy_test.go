package db_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
)

// The log is empty after Tidy, however many write meanwhile, and nothing of
// what they wrote is lost.
func TestTidy(t *testing.T) {
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				for j := range 20 {
					if err := d.Write(ctx, func(ctx context.Context, tx db.Querier) error { return put(ctx, tx, fmt.Sprintf("%d-%d", i, j), j) }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 5 {
			if err := d.Tidy(ctx); err != nil {
				t.Error(err)
			}
		}
		all.Wait()
		if err := d.Tidy(ctx); err != nil {
			t.Error(err)
		}
		if n := len(strings.Fields(ids(t, d))); n != 80 {
			t.Errorf("%d rows, want 80", n)
		}
	})
	url := dbtest.SQLite(t)
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context(), rooms()); err != nil {
		t.Fatal(err)
	}
	wal := func() int64 {
		t.Helper()
		x, err := os.Stat(strings.TrimPrefix(url, "sqlite:") + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return x.Size()
	}
	before := wal()
	if err := d.Tidy(t.Context()); err != nil || before == 0 || wal() != 0 {
		t.Errorf("the log has %d bytes, of %d: %v", wal(), before, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Tidy(t.Context()); err == nil {
		t.Error("a closed database is tidied")
	}
}
