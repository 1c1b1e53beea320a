package job

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// Enqueue adds a job in the transaction of the acting room. Call Runner.Wake
// once that has committed.
func Enqueue(ctx context.Context, tx db.Querier, n New) error {
	var due int64
	if !n.NotBefore.IsZero() {
		due = clock.Micros(n.NotBefore)
	}
	payload := n.Payload
	if payload == nil {
		payload = []byte{}
	}
	// The id only has to be unique; nothing is decided by it.
	_, err := tx.Exec(ctx, `INSERT INTO jobs (id, kind, tenant, payload, unique_key, due) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (unique_key) DO UPDATE SET payload = excluded.payload, again = (jobs.lease <> ''),
			due = CASE WHEN jobs.lease = '' AND jobs.attempts = 0 AND excluded.due < jobs.due THEN excluded.due ELSE jobs.due END`,
		rand.Text(), n.Kind, n.Tenant, payload,
		sql.NullString{String: n.Kind + "\x1f" + n.Tenant + "\x1f" + n.Unique, Valid: n.Unique != ""}, due)
	if err != nil {
		return fmt.Errorf("job: enqueue %s: %w", n.Kind, err)
	}
	return nil
}

// Counts tells how many jobs there are by kind, for metrics.
func Counts(ctx context.Context, q db.Querier) ([]Count, error) {
	rows, err := q.Query(ctx, `-- cross-tenant: figures for the operator
		SELECT kind, COUNT(CASE WHEN dead_at = 0 THEN 1 END), COUNT(CASE WHEN dead_at > 0 THEN 1 END)
		FROM jobs GROUP BY kind ORDER BY kind`)
	if err != nil {
		return nil, fmt.Errorf("job: count: %w", err)
	}
	defer rows.Close()
	var out []Count
	for rows.Next() {
		var c Count
		if err := rows.Scan(&c.Kind, &c.Open, &c.Dead); err != nil {
			return nil, fmt.Errorf("job: count: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Dead lists the newest dead letters, at most limit.
func Dead(ctx context.Context, q db.Querier, limit int) ([]DeadLetter, error) {
	rows, err := q.Query(ctx, `-- cross-tenant: the operator looks after the queue
		SELECT id, kind, tenant, attempts, dead_at, reason FROM jobs WHERE dead_at > 0 ORDER BY dead_at DESC, id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("job: dead letters: %w", err)
	}
	defer rows.Close()
	var out []DeadLetter
	for rows.Next() {
		var l DeadLetter
		var at int64
		if err := rows.Scan(&l.ID, &l.Kind, &l.Tenant, &l.Attempts, &at, &l.Reason); err != nil {
			return nil, fmt.Errorf("job: dead letters: %w", err)
		}
		l.DeadAt = clock.FromMicros(at)
		out = append(out, l)
	}
	return out, rows.Err()
}

// Revive gives a dead letter all its attempts again, at once. It is of kind
// fail.NotFound when there is no such dead letter.
func Revive(ctx context.Context, tx db.Querier, id string) error {
	ok, err := changed(tx.Exec(ctx, `-- cross-tenant: the operator looks after the queue
		UPDATE jobs SET dead_at = 0, reason = '', attempts = 0, due = 0, lease = '' WHERE id = $1 AND dead_at > 0`, id))
	if err == nil && !ok {
		return fail.Newf(fail.NotFound, "job: no dead letter %s", id)
	}
	return err
}

// next tells when the first job of each kind is due (0001-01-01 for none).
func next(ctx context.Context, q db.Querier, kinds []string) ([]time.Time, error) {
	parts, args, due := make([]string, len(kinds)), make([]any, len(kinds)), make([]any, len(kinds))
	values := make([]sql.NullInt64, len(kinds))
	for i, k := range kinds {
		parts[i] = fmt.Sprintf("(SELECT MIN(due) FROM jobs WHERE dead_at = 0 AND kind = $%d)", i+1)
		args[i], due[i] = k, &values[i]
	}
	if err := q.QueryRow(ctx, "-- cross-tenant: one runner serves all\nSELECT "+strings.Join(parts, ", "), args...).Scan(due...); err != nil {
		return nil, fmt.Errorf("job: look for work: %w", err)
	}
	out := make([]time.Time, len(kinds))
	for i, v := range values {
		if v.Valid {
			out[i] = clock.FromMicros(v.Int64)
		}
	}
	return out, nil
}

// claim leases up to n due jobs of a kind until the given instant. The outer
// condition is what PostgreSQL looks at again after it has waited for another
// process that took the same row.
func claim(ctx context.Context, tx db.Querier, kind, lease string, now, until time.Time, n int) ([]Job, error) {
	rows, err := tx.Query(ctx, `-- cross-tenant: one runner serves all
		UPDATE jobs SET lease = $1, due = $2, attempts = attempts + 1
		WHERE dead_at = 0 AND due <= $3 AND id IN (
			SELECT id FROM jobs WHERE dead_at = 0 AND kind = $4 AND due <= $3 ORDER BY due, id`+db.Limit(n)+`)
		RETURNING id, tenant, payload, attempts`, lease, clock.Micros(until), clock.Micros(now), kind)
	if err != nil {
		return nil, fmt.Errorf("job: claim %s: %w", kind, err)
	}
	defer rows.Close()
	var out []Job
	for rows.Next() {
		j := Job{Kind: kind, lease: lease}
		if err := rows.Scan(&j.ID, &j.Tenant, &j.Payload, &j.Attempt); err != nil {
			return nil, fmt.Errorf("job: claim %s: %w", kind, err)
		}
		out = append(out, j)
	}
	return out, rows.Err()
}

// renew prolongs the lease; it is errLost when another has the job.
func renew(ctx context.Context, tx db.Querier, j Job, until time.Time) error {
	return held(tx.Exec(ctx, `-- cross-tenant: by id and lease
		UPDATE jobs SET due = $1 WHERE id = $2 AND lease = $3`, clock.Micros(until), j.ID, j.lease))
}

// finish deletes the job, or lets it run again where that was asked for
// meanwhile.
func finish(ctx context.Context, tx db.Querier, j Job) error {
	ok, err := changed(tx.Exec(ctx, `-- cross-tenant: by id and lease
		DELETE FROM jobs WHERE id = $1 AND lease = $2 AND NOT again`, j.ID, j.lease))
	if err != nil || ok {
		return err
	}
	return restart(ctx, tx, j)
}

// restart lets a job that was asked for again while it ran begin anew.
func restart(ctx context.Context, tx db.Querier, j Job) error {
	return held(tx.Exec(ctx, `-- cross-tenant: by id and lease
		UPDATE jobs SET lease = '', again = FALSE, attempts = 0, due = 0, reason = '' WHERE id = $1 AND lease = $2`, j.ID, j.lease))
}

// release gives the job back, to be taken again at due; attempts is what has
// been used up.
func release(ctx context.Context, tx db.Querier, j Job, due time.Time, attempts int, reason string) error {
	return held(tx.Exec(ctx, `-- cross-tenant: by id and lease
		UPDATE jobs SET lease = '', again = FALSE, due = $1, attempts = $2, reason = $3 WHERE id = $4 AND lease = $5`,
		clock.Micros(due), attempts, reason, j.ID, j.lease))
}

// bury makes the job a dead letter and frees its unique key, or lets it run
// again where that was asked for meanwhile.
func bury(ctx context.Context, tx db.Querier, j Job, now time.Time, reason string) error {
	ok, err := changed(tx.Exec(ctx, `-- cross-tenant: by id and lease
		UPDATE jobs SET lease = '', unique_key = NULL, dead_at = $1, reason = $2 WHERE id = $3 AND lease = $4 AND NOT again`,
		clock.Micros(now), reason, j.ID, j.lease))
	if err != nil || ok {
		return err
	}
	return restart(ctx, tx, j)
}

func changed(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("job: %w", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func held(res sql.Result, err error) error {
	ok, err := changed(res, err)
	if err == nil && !ok {
		return errLost
	}
	return err
}
