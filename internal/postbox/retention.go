package postbox

import (
	"context"
	"time"

	"leitportal/internal/db"
)

// Settled implements submission.Keeper. A message that was never read, or a
// question never answered, holds nothing up once the matter is over.
func (p *Postbox) Settled(context.Context, db.Querier, string, string) (time.Time, bool, error) {
	return time.Time{}, true, nil
}

// Erase implements submission.Keeper: it takes away all messages of a
// submission.
func (p *Postbox) Erase(ctx context.Context, tx db.Querier, tenant, submissionID string) error {
	return p.store.erase(ctx, tx, tenant, submissionID)
}
