package audit_test

import (
	"context"
	"testing"

	"leitportal/internal/audit"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
)

func TestErase(t *testing.T) {
	dbtest.Each(t, []db.Migrations{audit.Migrations()}, func(t *testing.T, d *db.DB) {
		for i := range 6 {
			record(t, d, entry("paderborn", "case-1", i), entry("paderborn", "case-2", i), entry("aachen", "case-1", i))
		}
		for _, want := range []int64{6, 0} {
			if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
				n, err := audit.Erase(ctx, tx, "paderborn", "case-1")
				if n != want {
					t.Errorf("%d entries are erased, want %d", n, want)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		for tenant, subject := range map[string]string{"paderborn": "case-2", "aachen": "case-1"} {
			if left, err := audit.ForSubject(t.Context(), d.Read(), tenant, subject); err != nil || len(left) != 6 {
				t.Errorf("%d entries of %s are left, %v", len(left), subject, err)
			}
		}
	})
}
