package submission

import (
	"context"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

// setRemind keeps the wrapped address for a draft's reminder, nil for none;
// fail.Conflict when the draft is not open any more.
func (Store) setRemind(ctx context.Context, tx changing, tenant, draft string, wrapped []byte) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_drafts SET remind = $3, rev = rev + 1 WHERE tenant = $1 AND id = $2 AND state = 'open'`, tenant, draft, wrapped))
	return conflict(ok, err)
}

// forgetRemind takes the wrapped address away to which a reminder went; one
// that was given meanwhile stays.
func (Store) forgetRemind(ctx context.Context, tx changing, tenant, draft string, wrapped []byte) error {
	_, err := tx.Exec(ctx, `UPDATE submission_drafts SET remind = NULL, rev = rev + 1 WHERE tenant = $1 AND id = $2 AND remind = $3`, tenant, draft, wrapped)
	return err
}

// dropReminds takes the addresses away from drafts that are not open any more:
// a release that does not know them leaves them there with the sending.
func (Store) dropReminds(ctx context.Context, tx changing) error {
	_, err := tx.Exec(ctx, `UPDATE submission_drafts SET remind = NULL, rev = rev + 1
		WHERE remind IS NOT NULL AND state <> 'open' -- cross-tenant: one job tidies up everywhere
		`)
	return err
}

// toRemind lists, by id from after the given one on, drafts that expire before
// the given instant and whose applicant wants to be told.
func (Store) toRemind(ctx context.Context, q db.Querier, before time.Time, after string, limit int) ([]draft, error) {
	return draftNames(q.Query(ctx, `SELECT tenant, id FROM submission_drafts
		WHERE remind IS NOT NULL AND expires <= $1 AND id > $2 AND state = 'open' -- cross-tenant: one job reminds everybody
		ORDER BY id LIMIT $3`, clock.Micros(before), after, limit))
}

// reminder is what a reminder of a draft needs.
func (Store) reminder(ctx context.Context, q db.Querier, tenant, id string) (draft, error) {
	d := draft{tenant: tenant, id: id}
	var expires int64
	err := q.QueryRow(ctx, `SELECT lang, state, expires, remind FROM submission_drafts WHERE tenant = $1 AND id = $2`, tenant, id).
		Scan(&d.lang, &d.state, &expires, &d.remind)
	d.expire = clock.FromMicros(expires)
	return d, db.NotFound(err)
}

// addresses are all wrapped e-mail addresses, notify and remind, by draft.
func (Store) addresses(ctx context.Context, q db.Querier) ([]draft, error) {
	rows, err := q.Query(ctx, `SELECT tenant, id, notify, remind FROM submission_drafts
		WHERE notify IS NOT NULL OR remind IS NOT NULL -- cross-tenant: the operator changes the master key
		`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []draft
	for rows.Next() {
		var d draft
		if err := rows.Scan(&d.tenant, &d.id, &d.notify, &d.remind); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}
