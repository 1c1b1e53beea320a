package submission

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/id"
)

const (
	// nightHour is when, in Germany, the portal tidies up.
	nightHour = 3
	// leftover is how old something must be that nobody refers to before it is
	// taken for left behind, and not for being in the making.
	leftover = 24 * time.Hour
	// manyStrays is how many files may lie in the folder unknown before we ask
	// whether it belongs to another database.
	manyStrays = 10
)

// nextNight is the first hour of tidying up after now.
func nextNight(now time.Time) time.Time {
	day := clock.DateOf(now.In(clock.Berlin()))
	for {
		at := time.Date(day.Year, time.Month(day.Month), day.Day, nightHour, 0, 0, 0, clock.Berlin())
		if at.After(now) {
			return at
		}
		day = day.AddDays(1)
	}
}

// Run erases, until ctx ends, drafts whose time is over, and tidies up in the
// night; for the first time an hour after the start, for those who switch the
// portal off at night.
func (s *Service) Run(ctx context.Context) error {
	var looking sync.WaitGroup
	defer looking.Wait()
	looking.Go(func() { s.rescanning(ctx) })
	night := s.Clock.Now().Add(time.Hour)
	for {
		if err := s.Expire(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("expired drafts were not erased", "error", err)
		}
		s.drafts.sweep()
		s.uploads.sweep()
		s.stretches.sweep()
		if now := s.Clock.Now(); !now.Before(night) {
			if err := s.Night(ctx); err == nil {
				night = nextNight(now)
			} else if ctx.Err() == nil {
				s.Log.Error("tidying up is not done; it is tried again in an hour", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Hour):
		}
	}
}

// Night does what is to be done once a night, in any number of processes: it
// reminds those whose draft will soon be erased, and erases cases whose term
// is over, corrections that came too late, files that were never sent, and
// what a crash has left in the folder of files, at last from the database's log.
func (s *Service) Night(ctx context.Context) error {
	before := s.Clock.Now().Add(-leftover)
	return errors.Join(s.remind(ctx), s.eraseCases(ctx), s.dropOvertaken(ctx), s.dropForgotten(ctx, before), s.dropStrays(ctx, before), s.Blobs.Sweep(ctx, before), s.DB.Tidy(ctx))
}

// dropOvertaken throws corrections away that can be sent no more.
func (s *Service) dropOvertaken(ctx context.Context) error {
	const batch = 100
	for {
		drafts, err := s.store.overtaken(ctx, s.DB.Read(), batch)
		if err != nil {
			return err
		}
		for _, d := range drafts {
			if err := s.dropCorrection(ctx, d); err != nil && !fail.Is(err, fail.Conflict) {
				return err
			}
		}
		if len(drafts) < batch {
			return nil
		}
	}
}

// dropForgotten erases files that were uploaded before the given instant and
// not sent with the rest: a crash came between, or a question was left
// half-answered.
func (s *Service) dropForgotten(ctx context.Context, before time.Time) error {
	const batch = 100
	for {
		drafts, err := s.store.forgotten(ctx, s.DB.Read(), before, batch)
		if err != nil {
			return err
		}
		for _, d := range drafts {
			if err := s.dropUnsent(ctx, d.tenant, d.id, before); err != nil {
				return err
			}
		}
		if len(drafts) < batch {
			return nil
		}
	}
}

// dropUnsent erases the files of a sent draft that were uploaded before the
// given instant and not sent. The row goes first: a file on its way to the office meanwhile is not touched, and what a
// crash leaves in the folder then is found by dropStrays.
func (s *Service) dropUnsent(ctx context.Context, tenant, draft string, before time.Time) error {
	ids, err := s.store.unsent(ctx, s.DB.Read(), tenant, draft, before)
	for _, file := range ids {
		if err != nil {
			break
		}
		gone := false
		if err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) (err error) {
			gone, err = s.store.deleteUnsent(ctx, tx, tenant, draft, file)
			return err
		}); err == nil && gone {
			err = s.Blobs.Delete(ctx, file)
		}
	}
	return err
}

// dropStrays erases files in the folder that no draft has and that were made
// before the given instant. Where they are more than what is known, it erases
// nothing: somebody has started us on another database.
func (s *Service) dropStrays(ctx context.Context, before time.Time) error {
	var strays []string
	all := 0
	for file, err := range s.Blobs.IDs(ctx) {
		if err != nil {
			return err
		}
		all++
		if !id.Time(file).Before(before) {
			continue
		}
		known, err := s.store.knowsFile(ctx, s.DB.Read(), file)
		if err != nil {
			return err
		}
		if !known {
			strays = append(strays, file)
		}
	}
	if len(strays) > manyStrays && len(strays) > all/2 {
		return fmt.Errorf("submission: %d of %d files belong to no application; nothing is erased, for the folder seems to be that of another database", len(strays), all)
	}
	for _, file := range strays {
		if err := s.Blobs.Delete(ctx, file); err != nil {
			return err
		}
	}
	if len(strays) > 0 {
		s.Log.Info("erased files that belonged to no application", "files", len(strays))
	}
	return nil
}
