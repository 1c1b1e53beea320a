package submission

import (
	"context"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

// overtaken lists drafts with a correction that was begun and cannot be sent
// any more, for the submission was decided or withdrawn.
func (Store) overtaken(ctx context.Context, q db.Querier, limit int) ([]draft, error) {
	rows, err := q.Query(ctx, `SELECT d.tenant, d.id, d.state, d.rev, d.expires FROM submission_drafts d
			JOIN submissions s ON s.tenant = d.tenant AND s.draft = d.id
		WHERE d.state = 'correcting' AND s.state IN ('decided', 'withdrawn') -- cross-tenant: one job erases what was left anywhere
		LIMIT $1`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []draft
	for rows.Next() {
		var d draft
		var expires int64
		if err := rows.Scan(&d.tenant, &d.id, &d.state, &d.rev, &expires); err != nil {
			return nil, err
		}
		d.expire = clock.FromMicros(expires)
		out = append(out, d)
	}
	return out, rows.Err()
}
