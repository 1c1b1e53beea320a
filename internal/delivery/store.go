package delivery

import (
	"context"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

type store struct{}

// keyRow is a row of delivery_keys.
type keyRow struct {
	tenant, kid     string
	public, private []byte
}

func (store) currentKey(ctx context.Context, q db.Querier, tenant string) (k keyRow, err error) {
	k.tenant = tenant
	err = q.QueryRow(ctx, `SELECT kid, public FROM delivery_keys WHERE tenant = $1 AND current`, tenant).Scan(&k.kid, &k.public)
	return k, db.NotFound(err)
}

func (store) key(ctx context.Context, q db.Querier, tenant, kid string) (k keyRow, err error) {
	k.tenant, k.kid = tenant, kid
	err = q.QueryRow(ctx, `SELECT public, private FROM delivery_keys WHERE tenant = $1 AND kid = $2`, tenant, kid).Scan(&k.public, &k.private)
	return k, db.NotFound(err)
}

// insertCurrent makes k the tenant's current key in place of the one before.
func (store) insertCurrent(ctx context.Context, tx db.Querier, k keyRow, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE delivery_keys SET current = false WHERE tenant = $1 AND current`, k.tenant); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO delivery_keys (tenant, kid, public, private, current, created) VALUES ($1, $2, $3, $4, true, $5)`,
		k.tenant, k.kid, k.public, k.private, clock.Micros(now))
	return err
}

func (store) allKeys(ctx context.Context, q db.Querier) ([]keyRow, error) {
	rows, err := q.Query(ctx, `SELECT tenant, kid, private FROM delivery_keys -- cross-tenant: the operator changes the master key
		ORDER BY tenant, kid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []keyRow
	for rows.Next() {
		var k keyRow
		if err := rows.Scan(&k.tenant, &k.kid, &k.private); err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

func (store) setPrivate(ctx context.Context, tx db.Querier, k keyRow) error {
	_, err := tx.Exec(ctx, `UPDATE delivery_keys SET private = $3 WHERE tenant = $1 AND kid = $2`, k.tenant, k.kid, k.private)
	return err
}

func (store) queue(ctx context.Context, tx db.Querier, tenant, submission string, revision int, test bool, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO delivery_handovers (tenant, submission, revision, state, queued, test) VALUES ($1, $2, $3, 'queued', $4, $5)`,
		tenant, submission, revision, clock.Micros(now), test)
	return err
}

// handedOver notes that the revision is with the receiver; it tells whether
// that is news.
func (store) handedOver(ctx context.Context, tx db.Querier, tenant, submission string, revision int, now time.Time) (bool, error) {
	return news(tx.Exec(ctx, `UPDATE delivery_handovers SET state = 'handed-over', handed_over = $4
		WHERE tenant = $1 AND submission = $2 AND revision = $3 AND state = 'queued'`, tenant, submission, revision, clock.Micros(now)))
}

// acknowledged notes the receiver's word; it tells whether that is news.
func (store) acknowledged(ctx context.Context, tx db.Querier, tenant, submission string, revision int, now time.Time) (bool, error) {
	return news(tx.Exec(ctx, `UPDATE delivery_handovers SET state = 'acknowledged', acknowledged = $4
		WHERE tenant = $1 AND submission = $2 AND revision = $3 AND state <> 'acknowledged'`, tenant, submission, revision, clock.Micros(now)))
}

// oldestOpen is when the hand-over was queued that waits longest, and how many
// wait; tests are left out.
func (store) oldestOpen(ctx context.Context, q db.Querier) (n int, oldest time.Time, err error) {
	var us int64
	err = q.QueryRow(ctx, `SELECT count(*), COALESCE(min(queued), 0) FROM delivery_handovers
		WHERE state <> 'acknowledged' AND NOT test -- cross-tenant: the operator's measure of what waits`).Scan(&n, &us)
	return n, clock.FromMicros(us), err
}

func news(r interface{ RowsAffected() (int64, error) }, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}
