package delivery

import (
	"context"

	"leitportal/internal/db"
)

func (store) eraseHandovers(ctx context.Context, tx db.Querier, tenant, submission string) error {
	_, err := tx.Exec(ctx, `DELETE FROM delivery_handovers WHERE tenant = $1 AND submission = $2`, tenant, submission)
	return err
}
