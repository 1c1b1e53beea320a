package submission

import (
	"context"

	"leitportal/internal/db"
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
