package submission

import (
	"context"

	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// keepCookies takes the oldest slots of cookies away from a draft, but for
// most, among them always the one named.
func (Store) keepCookies(ctx context.Context, tx changing, tenant, draft, newest string, most int) error {
	gone, err := changed(tx.Exec(ctx, `DELETE FROM submission_slots WHERE tenant = $1 AND draft = $2 AND kind = 'cookie' AND lookup <> $3 AND lookup NOT IN (
		SELECT lookup FROM submission_slots WHERE tenant = $1 AND draft = $2 AND kind = 'cookie' AND lookup <> $3 ORDER BY created DESC, lookup`+db.Limit(most-1)+`)`,
		tenant, draft, newest))
	if err != nil || !gone {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE submission_drafts SET rev = rev + 1 WHERE tenant = $1 AND id = $2`, tenant, draft)
	return err
}

// setPassphrase seals the slot of a draft's code anew: with a passphrase
// stretched at these costs, or "" for none. fail.Conflict when there is no
// such slot any more.
func (Store) setPassphrase(ctx context.Context, tx changing, tenant, draft string, sl slot, stretch string) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_slots SET sealed = $4, stretch = NULLIF($5, '')
		WHERE tenant = $1 AND draft = $2 AND lookup = $3 AND kind = 'code'`, tenant, draft, sl.lookup, sl.sealed, stretch))
	if err := conflict(ok, err); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE submission_drafts SET rev = rev + 1 WHERE tenant = $1 AND id = $2`, tenant, draft)
	return err
}

// hasPassphrase tells whether the draft's code opens it only together with a
// passphrase.
func (Store) hasPassphrase(ctx context.Context, q db.Querier, tenant, draft string) (bool, error) {
	var n int
	err := db.NotFound(q.QueryRow(ctx, `SELECT 1 FROM submission_slots WHERE tenant = $1 AND draft = $2 AND kind = 'code' AND stretch IS NOT NULL`,
		tenant, draft).Scan(&n))
	if fail.Is(err, fail.NotFound) {
		return false, nil
	}
	return err == nil, err
}
