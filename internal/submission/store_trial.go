package submission

import (
	"context"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// tests lists the tests of a tenant, of a solution and a version or of all
// (""), the newest first.
func (Store) tests(ctx context.Context, q db.Querier, tenant, solution, version string, limit int) ([]TestCase, error) {
	rows, err := q.Query(ctx, `SELECT d.id, d.solution, d.version, d.created, d.expires,
			COALESCE(s.id, ''), COALESCE(s.number, ''), COALESCE(s.state, ''), COALESCE(s.received, 0),
			COALESCE((SELECT min(e.at) FROM submission_events e WHERE e.tenant = s.tenant AND e.submission = s.id AND e.kind = 'acknowledged'), 0),
			COALESCE((SELECT min(e.at) FROM submission_events e WHERE e.tenant = s.tenant AND e.submission = s.id AND e.kind = 'decided'), 0)
		FROM submission_drafts d LEFT JOIN submissions s ON s.tenant = d.tenant AND s.draft = d.id
		WHERE d.tenant = $1 AND d.test AND ($2 = '' OR d.solution = $2) AND ($3 = '' OR d.version = $3)
		ORDER BY d.created DESC, d.id DESC LIMIT $4`, tenant, solution, version, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []TestCase
	for rows.Next() {
		var c TestCase
		var state string
		var began, ends, submitted, acknowledged, decided int64
		if err := rows.Scan(&c.Draft, &c.Solution, &c.Version, &began, &ends, &c.Submission, &c.Number, &state, &submitted, &acknowledged, &decided); err != nil {
			return nil, err
		}
		c.State, c.Began, c.Ends = EventKind(state), clock.FromMicros(began), clock.FromMicros(ends)
		for at, us := range map[*time.Time]int64{&c.Submitted: submitted, &c.Acknowledged: acknowledged, &c.Decided: decided} {
			if us > 0 {
				*at = clock.FromMicros(us)
			}
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// oldTests lists the tests that end by now.
func (Store) oldTests(ctx context.Context, q db.Querier, now time.Time, limit int) ([]draft, error) {
	return draftNames(q.Query(ctx, `SELECT tenant, id FROM submission_drafts
		WHERE test AND expires <= $1 -- cross-tenant: one job erases what has expired anywhere
		ORDER BY tenant, created LIMIT $2`, clock.Micros(now), limit))
}

// takeTest takes the row of a test away, and of its submission, and answers
// what is known of that: tenant, draft and solution, and its id where it was
// sent. fail.NotFound when there is no test of that draft.
func (s Store) takeTest(ctx context.Context, tx changing, tenant, draft string) (Submission, error) {
	sub := Submission{Tenant: tenant, Draft: draft}
	err := tx.QueryRow(ctx, `DELETE FROM submission_drafts WHERE tenant = $1 AND id = $2 AND test RETURNING solution`, tenant, draft).Scan(&sub.Solution)
	if err = db.NotFound(err); err != nil {
		return sub, err
	}
	err = tx.QueryRow(ctx, `DELETE FROM submissions WHERE tenant = $1 AND draft = $2 RETURNING id`, tenant, draft).Scan(&sub.ID)
	if err = db.NotFound(err); fail.Is(err, fail.NotFound) {
		err = nil
	}
	return sub, err
}
