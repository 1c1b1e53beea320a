package postbox

import (
	"context"

	"leitportal/internal/db"
)

func (store) erase(ctx context.Context, tx db.Querier, tenant, submissionID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM postbox_messages WHERE tenant = $1 AND submission = $2`, tenant, submissionID)
	return err
}
