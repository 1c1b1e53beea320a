package audit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"leitportal/internal/audit"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
)

var start = time.Date(2026, 11, 22, 8, 0, 0, 1000, time.UTC)

func record(t *testing.T, d *db.DB, es ...audit.Entry) {
	t.Helper()
	if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
		for _, e := range es {
			if err := audit.Record(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func entry(tenant, subject string, i int) audit.Entry {
	return audit.Entry{
		Tenant: tenant, Subject: subject, Unit: "Steueramt", Purpose: "Bearbeitung", Actor: "clerk-1",
		Action: fmt.Sprintf("case.read.%d", i), At: start.Add(time.Duration(i/3) * time.Microsecond), // three at a time
	}
}

func TestRecordAndRead(t *testing.T) {
	dbtest.Each(t, []db.Migrations{audit.Migrations()}, func(t *testing.T, d *db.DB) {
		for i := range 25 {
			record(t, d, entry("paderborn", fmt.Sprintf("case-%d", i%5), i), entry("aachen", "case-1", i))
		}
		got, err := audit.ForSubject(t.Context(), d.Read(), "paderborn", "case-1")
		if err != nil || len(got) != 5 {
			t.Fatalf("%d entries, %v", len(got), err)
		}
		for n, e := range got {
			if want := entry("paderborn", "case-1", 5*n+1); e != want {
				t.Errorf("got %+v, want %+v", e, want)
			}
		}
		if none, err := audit.ForSubject(t.Context(), d.Read(), "köln", "case-1"); err != nil || len(none) != 0 {
			t.Errorf("another tenant sees %v, %v", none, err)
		}

		seen := map[string]bool{}
		var at audit.Cursor
		for pages := 1; ; pages++ {
			p, err := audit.List(t.Context(), d.Read(), "paderborn", at, 4)
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range p.Entries {
				if seen[e.Action] || e.Tenant != "paderborn" || i > 0 && e.At.After(p.Entries[i-1].At) {
					t.Errorf("entry %+v doubled, of another or out of order", e)
				}
				seen[e.Action] = true
			}
			record(t, d, entry("paderborn", "later", 100+pages)) // what comes meanwhile does not shift the pages
			if at = p.Next; !p.More {
				if pages != 7 || len(p.Entries) != 1 {
					t.Errorf("page %d has %d entries", pages, len(p.Entries))
				}
				break
			}
		}
		if len(seen) != 25 {
			t.Errorf("listed %d of 25", len(seen))
		}
	})
}

func TestRecordRefuses(t *testing.T) {
	dbtest.Each(t, []db.Migrations{audit.Migrations()}, func(t *testing.T, d *db.DB) {
		good := entry("t", "s", 0)
		for name, spoil := range map[string]func(e *audit.Entry){
			"no subject": func(e *audit.Entry) { e.Subject = "" },
			"no action":  func(e *audit.Entry) { e.Action = "" },
			"no time":    func(e *audit.Entry) { e.At = time.Time{} },
			"too long":   func(e *audit.Entry) { e.Purpose = strings.Repeat("x", 201) },
			"not UTF-8":  func(e *audit.Entry) { e.Unit = "\xff" },
			"NUL":        func(e *audit.Entry) { e.Actor = "a\x00" },
		} {
			e := good
			spoil(&e)
			err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error { return audit.Record(ctx, tx, e) })
			if !fail.Is(err, fail.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		boom := errors.New("boom") // no act, no entry
		_ = d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
			return errors.Join(audit.Record(ctx, tx, good), boom)
		})
		if p, err := audit.List(t.Context(), d.Read(), "t", audit.Cursor{}, 10); err != nil || len(p.Entries) != 0 || p.More {
			t.Errorf("kept %+v, %v", p, err)
		}
	})
}
