package delivery

import (
	"context"
	"time"

	"leitportal/internal/db"
)

// Settled implements submission.Keeper. Whether a hand-over was acknowledged
// does not matter any more once the matter is over.
func (s *Service) Settled(context.Context, db.Querier, string, string) (time.Time, bool, error) {
	return time.Time{}, true, nil
}

// Erase implements submission.Keeper: the hand-overs go, the office's keys
// stay.
func (s *Service) Erase(ctx context.Context, tx db.Querier, tenant, submissionID string) error {
	return s.store.eraseHandovers(ctx, tx, tenant, submissionID)
}
