package submission

import (
	"context"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

// edition is a version of a solution.
type edition struct{ solution, version string }

// editions lists those by which anything was decided or withdrawn.
func (Store) editions(ctx context.Context, q db.Querier) ([]edition, error) {
	rows, err := q.Query(ctx, `SELECT DISTINCT solution, version FROM submissions
		WHERE state IN ('decided', 'withdrawn') AND NOT test -- cross-tenant: one job erases what has expired anywhere
		`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []edition
	for rows.Next() {
		var e edition
		if err := rows.Scan(&e.solution, &e.version); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// closed lists submissions that were decided or withdrawn before end, oldest
// first, from after the given one on. Of each it gives tenant, id, draft,
// solution and the time.
func (Store) closed(ctx context.Context, q db.Querier, e edition, end time.Time, after Submission, limit int) ([]Submission, error) {
	from := int64(0)
	if !after.Changed.IsZero() {
		from = clock.Micros(after.Changed)
	}
	rows, err := q.Query(ctx, `SELECT tenant, id, draft, changed FROM submissions
		WHERE state IN ('decided', 'withdrawn') AND NOT test AND solution = $1 AND version = $2 AND changed < $3
			AND (changed > $4 OR changed = $4 AND id > $5) -- cross-tenant: one job erases what has expired anywhere
		ORDER BY changed, id LIMIT $6`, e.solution, e.version, clock.Micros(end), from, after.ID, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Submission
	for rows.Next() {
		s := Submission{Solution: e.solution, Version: e.version}
		var changed int64
		if err := rows.Scan(&s.Tenant, &s.ID, &s.Draft, &changed); err != nil {
			return nil, err
		}
		s.Changed = clock.FromMicros(changed)
		out = append(out, s)
	}
	return out, rows.Err()
}

// eraseSent takes a submission that was closed before end away, with its draft
// and all that hangs on it, and answers the ids of its files: their blobs, and
// then their rows, are the caller's to delete. fail.Conflict when it was not,
// or is gone.
func (s Store) eraseSent(ctx context.Context, tx changing, sub Submission, end time.Time) ([]string, error) {
	ok, err := changed(tx.Exec(ctx, `DELETE FROM submissions WHERE tenant = $1 AND id = $2 AND state IN ('decided', 'withdrawn') AND changed < $3`,
		sub.Tenant, sub.ID, clock.Micros(end)))
	if err := conflict(ok, err); err != nil {
		return nil, err
	}
	return s.eraseRest(ctx, tx, sub)
}

// eraseRest is what eraseSent takes away beside the submission itself.
func (s Store) eraseRest(ctx context.Context, tx changing, sub Submission) ([]string, error) {
	files, err := s.files(ctx, tx, sub.Tenant, sub.Draft)
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{
		`DELETE FROM submission_revisions WHERE tenant = $1 AND submission = $2`,
		`DELETE FROM submission_events WHERE tenant = $1 AND submission = $2`,
		`DELETE FROM submission_receipts WHERE tenant = $1 AND submission = $2`,
	} {
		if _, err := tx.Exec(ctx, sql, sub.Tenant, sub.ID); err != nil {
			return nil, err
		}
	}
	for _, sql := range []string{
		`DELETE FROM submission_drafts WHERE tenant = $1 AND id = $2`,
		`DELETE FROM submission_slots WHERE tenant = $1 AND draft = $2`,
		`DELETE FROM submission_pages WHERE tenant = $1 AND draft = $2`,
	} {
		if _, err := tx.Exec(ctx, sql, sub.Tenant, sub.Draft); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// countErased adds a case to the count of those erased in a year.
func (Store) countErased(ctx context.Context, tx db.Querier, sub Submission, year int, accesses int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO submission_erased (tenant, solution, year, cases, accesses) VALUES ($1, $2, $3, 1, $4)
		ON CONFLICT (tenant, solution, year) DO UPDATE SET cases = submission_erased.cases + 1, accesses = submission_erased.accesses + $4`,
		sub.Tenant, sub.Solution, year, accesses)
	return err
}
