package db

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Callers that wait for the writer share a commit, up to maxGroup.
func TestGroupCommit(t *testing.T) {
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := &d.engine.(*sqliteDB).writer
	write := func(fn func()) {
		if err := d.Write(t.Context(), func(ctx context.Context, tx Querier) error {
			fn()
			_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS a (id TEXT)`)
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	for _, c := range []struct{ callers, commits int }{{1, 1}, {10, 1}, {maxGroup + 1, 2}, {3 * maxGroup, 3}} {
		before := w.commits
		var wg sync.WaitGroup
		wg.Go(func() {
			write(func() {
				for range c.callers - 1 {
					wg.Go(func() { write(func() {}) })
				}
				for w.waiting.Load() < int64(c.callers)-1 {
					time.Sleep(time.Millisecond)
				}
			})
		})
		wg.Wait()
		if got := w.commits - before; got != c.commits {
			t.Errorf("%d callers: %d commits, want %d", c.callers, got, c.commits)
		}
	}
}

// A commit of another process between the end of our transaction, which wrote
// nothing, and our taking note of that is not taken for ours.
func TestMarkOfAnEmptyTransaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	ours, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	m := ours.engine.(*sqliteDB).mark
	before, ok := ours.Alone()
	if !ok {
		t.Fatal("not known at first")
	}
	m.begun()
	if err := theirs.Write(t.Context(), func(ctx context.Context, tx Querier) error {
		_, err := tx.Exec(ctx, `CREATE TABLE a (id TEXT)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	m.ended(false)
	if now, ok := ours.Alone(); ok && now == before {
		t.Error("the commit of another process passes for ours")
	}
}
