package submission

import (
	"context"
	"database/sql"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

// arrivalRow is an upload in pieces as it is stored. It has no blob of its own;
// its file is another row.
type arrivalRow struct {
	tenant, draft, id string
	state             string // arriving, or arrived when its file was taken
	sealed            []byte // id of the file, then what is needed to go on
	done              int64  // bytes on disk
	touched           time.Time
}

// insertArrival notes an upload that begins; fail.Conflict when there is no
// such draft any more.
func (Store) insertArrival(ctx context.Context, tx db.Querier, a arrivalRow) error {
	ok, err := changed(tx.Exec(ctx, `INSERT INTO submission_files (tenant, draft, id, created, state, sealed, touched)
		SELECT d.tenant, d.id, $3, $4, 'arriving', $5, $4 FROM submission_drafts d WHERE d.tenant = $1 AND d.id = $2`,
		a.tenant, a.draft, a.id, clock.Micros(a.touched), a.sealed))
	return conflict(ok, err)
}

// arrival is an upload of a draft; fail.NotFound when it has none of that id.
func (Store) arrival(ctx context.Context, q db.Querier, tenant, draft, id string) (arrivalRow, error) {
	a := arrivalRow{tenant: tenant, draft: draft, id: id}
	var touched int64
	err := q.QueryRow(ctx, `SELECT state, sealed, done, touched FROM submission_files
		WHERE tenant = $1 AND draft = $2 AND id = $3 AND state IN ('arriving', 'arrived')`, tenant, draft, id).Scan(&a.state, &a.sealed, &a.done, &touched)
	a.touched = clock.FromMicros(touched)
	return a, db.NotFound(err)
}

// arrivals lists the uploads of a draft that are not whole, the longest left
// alone first.
func (Store) arrivals(ctx context.Context, q db.Querier, tenant, draft string) ([]arrivalRow, error) {
	return arrivalRows(q.Query(ctx, `SELECT tenant, draft, id, state, sealed, done, touched FROM submission_files
		WHERE tenant = $1 AND draft = $2 AND state = 'arriving' ORDER BY touched, id`, tenant, draft))
}

// overdue lists uploads that nobody went on with since the given instant.
func (Store) overdue(ctx context.Context, q db.Querier, before time.Time, limit int) ([]arrivalRow, error) {
	return arrivalRows(q.Query(ctx, `SELECT tenant, draft, id, state, sealed, done, touched FROM submission_files
		WHERE state = 'arriving' AND touched < $1 -- cross-tenant: one job erases what was left anywhere
		ORDER BY touched LIMIT $2`, clock.Micros(before), limit))
}

// moveArrival notes how far an upload has come; fail.Conflict when it is gone,
// or whole.
func (Store) moveArrival(ctx context.Context, tx db.Querier, a arrivalRow) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_files SET sealed = $4, done = $5, touched = $6
		WHERE tenant = $1 AND draft = $2 AND id = $3 AND state = 'arriving'`, a.tenant, a.draft, a.id, a.sealed, a.done, clock.Micros(a.touched)))
	return conflict(ok, err)
}

// endArrival notes that the file of an upload was taken; fail.Conflict when it
// was already.
func (Store) endArrival(ctx context.Context, tx db.Querier, a arrivalRow) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_files SET state = 'arrived', sealed = NULL, done = $4
		WHERE tenant = $1 AND draft = $2 AND id = $3 AND state = 'arriving'`, a.tenant, a.draft, a.id, a.done))
	return conflict(ok, err)
}

func arrivalRows(rows *sql.Rows, err error) ([]arrivalRow, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []arrivalRow
	for rows.Next() {
		var a arrivalRow
		var touched int64
		if err := rows.Scan(&a.tenant, &a.draft, &a.id, &a.state, &a.sealed, &a.done, &touched); err != nil {
			return nil, err
		}
		a.touched = clock.FromMicros(touched)
		out = append(out, a)
	}
	return out, rows.Err()
}
