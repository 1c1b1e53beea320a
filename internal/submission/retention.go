package submission

import (
	"context"
	"errors"
	"time"

	"leitportal/internal/audit"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// Keeper is a room to the right that keeps something of a submission. It is
// asked before a case is erased whose term is over, and erases its share.
type Keeper interface {
	// Settled tells since when the room has nothing more to do with a
	// submission; ok is false while it has. A room that has nothing to say
	// answers the zero time and true.
	Settled(ctx context.Context, q db.Querier, tenant, submission string) (since time.Time, ok bool, err error)
	// Erase takes away all that the room has of a submission, in the caller's
	// transaction.
	Erase(ctx context.Context, tx db.Querier, tenant, submission string) error
}

// retainedUntil is the end of the term for which a case is kept that was
// closed then: so many full years after that year, in Germany.
func retainedUntil(closed time.Time, years int) time.Time {
	return time.Date(closed.In(clock.Berlin()).Year()+years+1, 1, 1, 0, 0, 0, 0, clock.Berlin())
}

// overBefore is the instant such that what was closed before it, and nothing
// else, is over its term of years by now.
func overBefore(now time.Time, years int) time.Time {
	return time.Date(now.In(clock.Berlin()).Year()-years, 1, 1, 0, 0, 0, 0, clock.Berlin())
}

// eraseCases erases, in all rooms, the cases whose term is over: what was
// decided or withdrawn, is put away at the desk, with its notice sent, and has
// been so for the years that the solution says. Left are the leaf in the
// ledger, which tells nothing without its salt, and a count.
func (s *Service) eraseCases(ctx context.Context) error {
	const batch = 100
	editions, err := s.store.editions(ctx, s.DB.Read())
	if err != nil {
		return err
	}
	erased, held := 0, 0
	for _, e := range editions {
		v, notThere := s.Solutions.Version(e.solution, e.version)
		if notThere != nil { // its term is not known: nothing is erased
			err = errors.Join(err, notThere)
			continue
		}
		end := overBefore(s.Clock.Now(), v.Retention.CaseYears)
		var last Submission
		for {
			list, listErr := s.store.closed(ctx, s.DB.Read(), e, end, last, batch)
			if listErr != nil {
				return errors.Join(err, listErr)
			}
			for _, sub := range list {
				switch caseErr := s.eraseCase(ctx, sub, end); {
				case caseErr == nil:
					erased++
				case fail.Is(caseErr, fail.Conflict):
					held++
				default:
					return errors.Join(err, caseErr)
				}
				last = sub
			}
			if len(list) < batch {
				break
			}
		}
	}
	if erased+held > 0 {
		s.Log.Info("erased cases whose term is over", "cases", erased, "held by something open", held)
	}
	return err
}

// eraseCase erases a case; fail.Conflict, and nothing has happened, when a
// room has something to do with it yet, or had until after end.
func (s *Service) eraseCase(ctx context.Context, sub Submission, end time.Time) error {
	var files []string
	year := clock.Today(s.Clock).Year
	_, err := s.change(ctx, sub.Draft, func(ctx context.Context, tx changing) (err error) {
		for _, k := range s.Keepers {
			since, ok, err := k.Settled(ctx, tx, sub.Tenant, sub.ID)
			if err != nil {
				return err
			}
			if !ok || !since.Before(end) {
				return fail.Newf(fail.Conflict, "submission: not settled")
			}
		}
		for _, k := range s.Keepers {
			if err := k.Erase(ctx, tx, sub.Tenant, sub.ID); err != nil {
				return err
			}
		}
		if files, err = s.store.eraseSent(ctx, tx, sub, end); err != nil {
			return err
		}
		accesses, err := audit.Erase(ctx, tx, sub.Tenant, sub.ID)
		if err != nil {
			return err
		}
		return s.store.countErased(ctx, tx, sub, year, accesses)
	})
	if err != nil {
		return err
	}
	return s.dropFiles(ctx, sub.Tenant, sub.Draft, files)
}
