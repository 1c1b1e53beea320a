package progress

import (
	"context"

	"leitportal/internal/db"
)

// ByImport stands in a report for who entered it, when a file did.
const ByImport = "import"

// TakeReports stores the reports of a file that differ from what is stored, all
// of them or, after an error, none; dry only tells which they are.
func (b *Board) TakeReports(ctx context.Context, list []Report, dry bool) ([]Report, error) {
	var changes []Report
	err := b.db.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		stored, err := Store{}.Reports(ctx, tx)
		if err != nil {
			return err
		}
		changes = Changes(stored, list)
		if dry {
			return nil
		}
		for _, r := range changes {
			r.By = ByImport
			if err := (Store{}).PutReport(ctx, tx, r.Tenant, r, b.clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.changed()
	return changes, nil
}

// TakeProjects stores list in place of all projects.
func (b *Board) TakeProjects(ctx context.Context, list []Project) error {
	err := b.db.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		return Store{}.PutProjects(ctx, tx, list, b.clock.Now())
	})
	b.changed()
	return err
}
