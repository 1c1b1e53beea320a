package casework

import (
	"context"
	"testing"
	"time"

	"leitportal/internal/db"
	"leitportal/internal/i18n"
)

// A case is settled when it is put away and its letters are printed, since the
// later of the two; erasing one leaves the others.
func TestSettledAndErased(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		c, other := w.arrived(i18n.DE, application()), w.arrived(i18n.DE, application())
		settled := func(id string) (time.Time, bool) {
			t.Helper()
			since, ok, err := w.Settled(ctx, w.DB.Read(), paderborn, id)
			if err != nil {
				t.Fatal(err)
			}
			return since, ok
		}
		write := func(do func(ctx context.Context, tx db.Querier) error) {
			t.Helper()
			if err := w.DB.Write(ctx, do); err != nil {
				t.Fatal(err)
			}
		}
		if since, ok := settled(w.IDs.New()); !ok || !since.IsZero() {
			t.Error("what never came holds something up")
		}
		for _, state := range States() {
			w.clock.Advance(time.Hour)
			c = w.now(c.ID)
			c.State, c.Changed = state, w.clock.Now()
			write(func(ctx context.Context, tx db.Querier) error { return w.store.update(ctx, tx, c) })
			since, ok := settled(c.ID)
			if want := state == Decided || state == Closed; ok != want || ok && !since.Equal(c.Changed) {
				t.Errorf("%s is settled: %t, since %s", state, ok, since)
			}
		}
		letter, run := w.IDs.New(), w.IDs.New()
		for _, x := range []Case{c, other} {
			entry := w.IDs.New()
			if x.ID == c.ID {
				entry = letter
			}
			write(func(ctx context.Context, tx db.Querier) error {
				if _, err := w.store.addEntry(ctx, tx, x.Tenant, x.ID, Entry{ID: entry, Kind: EntryDecision, At: w.clock.Now()}); err != nil {
					return err
				}
				return w.store.addLetter(ctx, tx, Letter{Tenant: x.Tenant, ID: entry, Case: x.ID, Kind: "assessment", At: w.clock.Now(), Sealed: []byte("x")})
			})
		}
		if _, ok := settled(c.ID); ok {
			t.Error("a case is settled whose letter waits to be printed")
		}
		w.clock.Advance(time.Hour)
		write(func(ctx context.Context, tx db.Querier) error {
			if _, err := w.store.toRun(ctx, tx, paderborn, letter, run); err != nil {
				return err
			}
			_, err := w.store.addRun(ctx, tx, paderborn, Run{ID: run, N: 1, At: w.clock.Now(), Letters: 1})
			return err
		})
		if since, ok := settled(c.ID); !ok || !since.Equal(w.clock.Now()) {
			t.Errorf("printed, it is settled: %t, since %s", ok, since)
		}

		write(func(ctx context.Context, tx db.Querier) error { return w.Erase(ctx, tx, bielefeld, c.ID) })
		w.now(c.ID) // another town erases nothing
		write(func(ctx context.Context, tx db.Querier) error { return w.Erase(ctx, tx, paderborn, c.ID) })
		for table, want := range map[string]int{"casework_cases": 1, "casework_letters": 1, "casework_runs": 1, "casework_entries": 2} {
			var n int
			if err := w.DB.Read().QueryRow(ctx, `SELECT count(*) FROM `+table).Scan(&n); err != nil || n != want {
				t.Errorf("%d rows are left in %s, want %d; %v", n, table, want, err)
			}
		}
		w.now(other.ID)
	})
}
