package tenant

import (
	"context"
	"time"

	"leitportal/internal/db"
	"leitportal/internal/job"
)

// JobErase erases messages that were kept long enough.
const JobErase = "tenant.feedback.erase"

const day = 24 * time.Hour

// DefaultKeep is how long messages are kept unless the operator says
// otherwise.
const DefaultKeep = 180 * day

// days is the term in whole days, for people.
func (d *Directory) days() int { return int(d.KeepFeedback / day) }

// Handlers are the room's jobs.
func (d *Directory) Handlers() map[string]job.Handler {
	return map[string]job.Handler{JobErase: func(ctx context.Context, _ job.Job) error { return d.eraseOld(ctx) }}
}

// eraseLater enqueues, once a day, the erasure of messages of the instant at.
func (d *Directory) eraseLater(ctx context.Context, tx db.Querier, at time.Time) error {
	due := at.Add(d.KeepFeedback).Truncate(day).Add(day)
	return job.Enqueue(ctx, tx, job.New{Kind: JobErase, NotBefore: due, Unique: due.Format(time.DateOnly)})
}

// eraseOld erases what is older than the term, at all tenants, and comes back
// for the oldest of the rest: the term may have grown since that was sent.
func (d *Directory) eraseOld(ctx context.Context) error {
	return d.db.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := d.store.EraseFeedbackBefore(ctx, tx, d.clock.Now().Add(-d.KeepFeedback)); err != nil {
			return err
		}
		oldest, err := d.store.OldestFeedback(ctx, tx)
		if err != nil || oldest.IsZero() {
			return err
		}
		return d.eraseLater(ctx, tx, oldest)
	})
}
