package submission

import (
	"context"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// setSent notes that a file goes to the office; fail.Conflict when it is gone.
func (Store) setSent(ctx context.Context, tx db.Querier, tenant, draft, file string) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_files SET sent = TRUE WHERE tenant = $1 AND draft = $2 AND id = $3`, tenant, draft, file))
	return conflict(ok, err)
}

// deleteUnsent forgets a file unless it was sent; it tells whether it did.
func (Store) deleteUnsent(ctx context.Context, tx db.Querier, tenant, draft, file string) (bool, error) {
	return changed(tx.Exec(ctx, `DELETE FROM submission_files WHERE tenant = $1 AND draft = $2 AND id = $3 AND NOT sent`, tenant, draft, file))
}

// unsent lists the files of a draft that came before the given instant and
// were not sent.
func (Store) unsent(ctx context.Context, q db.Querier, tenant, draft string, before time.Time) ([]string, error) {
	return fileIDs(q.Query(ctx, `SELECT id FROM submission_files WHERE tenant = $1 AND draft = $2 AND NOT sent AND created < $3`, tenant, draft, clock.Micros(before)))
}

// forgotten lists drafts that were sent without files which came before the
// given instant.
func (Store) forgotten(ctx context.Context, q db.Querier, before time.Time, limit int) ([]draft, error) {
	return draftNames(q.Query(ctx, `SELECT DISTINCT d.tenant, d.id FROM submission_files f JOIN submission_drafts d ON d.tenant = f.tenant AND d.id = f.draft
		WHERE NOT f.sent AND f.created < $1 AND d.state = 'submitted' -- cross-tenant: one job erases what was left anywhere
		LIMIT $2`, clock.Micros(before), limit))
}

// knowsFile tells whether any draft has the file.
func (Store) knowsFile(ctx context.Context, q db.Querier, file string) (bool, error) {
	var n int
	err := db.NotFound(q.QueryRow(ctx, `SELECT 1 FROM submission_files WHERE id = $1 -- cross-tenant: the folder of files is one for all
		LIMIT 1`, file).Scan(&n))
	if fail.Is(err, fail.NotFound) {
		return false, nil
	}
	return err == nil, err
}
