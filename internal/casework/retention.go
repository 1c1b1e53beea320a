package casework

import (
	"context"
	"time"

	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// Settled implements submission.Keeper: a case is settled once it is decided,
// or was withdrawn and put away, and no letter of it waits for a print run;
// since the last of these happened. A submission that never became a case is.
func (s *Service) Settled(ctx context.Context, q db.Querier, tenant, submissionID string) (time.Time, bool, error) {
	c, err := s.store.Case(ctx, q, tenant, submissionID)
	if fail.Is(err, fail.NotFound) {
		return time.Time{}, true, nil
	}
	if err != nil || c.State.Open() {
		return time.Time{}, false, err
	}
	waiting, since, err := s.store.posted(ctx, q, tenant, submissionID)
	if err != nil || waiting > 0 {
		return time.Time{}, false, err
	}
	if c.Changed.After(since) {
		since = c.Changed
	}
	return since, true, nil
}

// Erase implements submission.Keeper: it takes a case away with its key, its
// history and its letters. Print runs keep their number and count.
func (s *Service) Erase(ctx context.Context, tx db.Querier, tenant, submissionID string) error {
	return s.store.erase(ctx, tx, tenant, submissionID)
}
