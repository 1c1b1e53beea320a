package casework

import (
	"context"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

// posted tells how many letters of a case wait for a print run, and when the
// last of the others went to print (the zero time for none). A letter has the
// id of the entry by which it was decided.
func (Store) posted(ctx context.Context, q db.Querier, tenant, caseID string) (waiting int, last time.Time, err error) {
	var us int64
	err = q.QueryRow(ctx, `SELECT count(CASE WHEN l.run = '' THEN 1 END), COALESCE(max(r.at), 0)
		FROM casework_entries e JOIN casework_letters l ON l.tenant = e.tenant AND l.id = e.id
			LEFT JOIN casework_runs r ON r.tenant = l.tenant AND r.id = l.run
		WHERE e.tenant = $1 AND e.case_id = $2`, tenant, caseID).Scan(&waiting, &us)
	if us > 0 {
		last = clock.FromMicros(us)
	}
	return waiting, last, err
}

// erase takes a case away with its history and its letters.
func (Store) erase(ctx context.Context, tx db.Querier, tenant, caseID string) error {
	for _, sql := range []string{
		`DELETE FROM casework_letters WHERE tenant = $1 AND id IN (SELECT id FROM casework_entries WHERE tenant = $1 AND case_id = $2)`,
		`DELETE FROM casework_entries WHERE tenant = $1 AND case_id = $2`,
		`DELETE FROM casework_cases WHERE tenant = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(ctx, sql, tenant, caseID); err != nil {
			return err
		}
	}
	return nil
}
