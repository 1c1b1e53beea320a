package audit

import (
	"context"
	"fmt"

	"leitportal/internal/db"
)

// Erase takes away the entries about a subject that is itself erased in the
// caller's transaction, and answers how many there were.
func Erase(ctx context.Context, tx db.Querier, tenant, subject string) (int64, error) {
	r, err := tx.Exec(ctx, `DELETE FROM audit_entries WHERE tenant = $1 AND subject = $2`, tenant, subject)
	if err != nil {
		return 0, fmt.Errorf("audit: erase: %w", err)
	}
	return r.RowsAffected()
}
