package solution

import (
	"context"
	"errors"
	"fmt"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// Step is one authority of many that are to offer a solution: with which
// version and parameters, from which day on.
type Step struct {
	Tenant, Solution, Version string
	Parameters                *Parameters
	From                      clock.Date
}

// What becomes of a step.
const (
	StepNew    = "new"    // the authority adopts the solution and goes live
	StepChange = "change" // it has it; version or parameters change
	StepSame   = "same"   // it has just that already
)

// errDry ends a transaction in which everything was only tried.
var errDry = errors.New("solution: dry run")

// Apply adopts and releases for many, or tries to: all of it is done, in one
// transaction, or nothing. It answers what becomes of each step. With dry
// nothing is done in any case.
func (s *Adoptions) Apply(ctx context.Context, actor string, steps []Step, dry bool) ([]string, error) {
	for _, x := range steps { // not while others wait to write
		if err := s.proven(x.Version, x.Parameters, x.Solution); err != nil {
			return nil, fmt.Errorf("%s: %w", x.Tenant, err)
		}
	}
	outcomes := make([]string, len(steps))
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		kept := map[*Parameters]bool{}
		for i, x := range steps {
			if !kept[x.Parameters] {
				kept[x.Parameters] = true
				if err := s.store.keep(ctx, tx, x.Parameters); err != nil {
					return err
				}
			}
			var err error
			if outcomes[i], err = s.apply(ctx, tx, actor, x); err != nil {
				return fmt.Errorf("%s: %w", x.Tenant, err)
			}
		}
		if dry {
			return errDry
		}
		return s.store.count(ctx, tx)
	})
	if errors.Is(err, errDry) {
		return outcomes, nil
	}
	if err != nil {
		return nil, err
	}
	return outcomes, s.Refresh(ctx)
}

func (s *Adoptions) apply(ctx context.Context, tx db.Querier, actor string, x Step) (string, error) {
	outcome := StepChange
	a, err := s.get(ctx, tx, x.Tenant, x.Solution)
	if fail.Is(err, fail.NotFound) {
		outcome = StepNew
		if err = s.adopt(ctx, tx, actor, x.Tenant, x.Solution); err != nil {
			return "", err
		}
		a = Adoption{Tenant: x.Tenant, Solution: x.Solution, State: Preparing, Begun: s.Clock.Now(), Rev: 1}
	}
	if err != nil {
		return "", err
	}
	if now, ok := a.InForce(x.From); ok && a.State == Live && now.Version == x.Version && now.Parameters.digest == x.Parameters.digest {
		return StepSame, nil
	}
	seen := a.Rev
	a.Version, a.Parameters = x.Version, x.Parameters
	if err := s.release(ctx, tx, actor, &a, x.From); err != nil {
		return "", err
	}
	if err := s.store.change(ctx, tx, a, seen); err != nil {
		return "", err
	}
	return outcome, s.record(ctx, tx, actor, x.Tenant, x.Solution, "solution.release")
}
