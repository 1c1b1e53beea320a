package submission

import (
	"context"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// What is the matter with a file.
const (
	arriving = "arriving" // an upload in pieces, see arrivalRow
	arrived  = "arrived"  // one whose file was taken
	waiting  = "waiting"  // to be looked at for malware
	infected = "infected" // malware was found, and the file erased
)

// setSent notes that a file goes to the office; fail.Conflict when it is gone,
// or not all is well with it.
func (Store) setSent(ctx context.Context, tx db.Querier, tenant, draft, file string) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_files SET sent = TRUE WHERE tenant = $1 AND draft = $2 AND id = $3 AND state = ''`, tenant, draft, file))
	return conflict(ok, err)
}

// deleteUnsent forgets a file unless it was sent; it tells whether it did.
func (Store) deleteUnsent(ctx context.Context, tx db.Querier, tenant, draft, file string) (bool, error) {
	return changed(tx.Exec(ctx, `DELETE FROM submission_files WHERE tenant = $1 AND draft = $2 AND id = $3 AND NOT sent`, tenant, draft, file))
}

// unsent lists the files of a draft that came before the given instant and
// were not sent.
func (Store) unsent(ctx context.Context, q db.Querier, tenant, draft string, before time.Time) ([]string, error) {
	return fileIDs(q.Query(ctx, `SELECT id FROM submission_files WHERE tenant = $1 AND draft = $2 AND NOT sent AND created < $3`, tenant, draft, clock.Micros(before)))
}

// forgotten lists drafts that were sent without files which came before the
// given instant.
func (Store) forgotten(ctx context.Context, q db.Querier, before time.Time, limit int) ([]draft, error) {
	return draftNames(q.Query(ctx, `SELECT DISTINCT d.tenant, d.id FROM submission_files f JOIN submission_drafts d ON d.tenant = f.tenant AND d.id = f.draft
		WHERE NOT f.sent AND f.created < $1 AND d.state = 'submitted' -- cross-tenant: one job erases what was left anywhere
		LIMIT $2`, clock.Micros(before), limit))
}

// knowsFile tells whether any draft has the file.
func (Store) knowsFile(ctx context.Context, q db.Querier, file string) (bool, error) {
	var n int
	err := db.NotFound(q.QueryRow(ctx, `SELECT 1 FROM submission_files WHERE id = $1 -- cross-tenant: the folder of files is one for all
		LIMIT 1`, file).Scan(&n))
	if fail.Is(err, fail.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// setWaiting notes that a file waits to be looked at, and its wrapped key;
// fail.Conflict when it is gone.
func (Store) setWaiting(ctx context.Context, tx db.Querier, tenant, draft, file string, key []byte) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_files SET state = 'waiting', sealed = $4 WHERE tenant = $1 AND draft = $2 AND id = $3`, tenant, draft, file, key))
	return conflict(ok, err)
}

// setLookedAt notes what came of it: ” or infected.
func (Store) setLookedAt(ctx context.Context, tx db.Querier, tenant, draft, file, state string) error {
	_, err := tx.Exec(ctx, `UPDATE submission_files SET state = $4, sealed = NULL WHERE tenant = $1 AND draft = $2 AND id = $3 AND state = 'waiting'`, tenant, draft, file, state)
	return err
}

// waitingFile is a file that waits to be looked at.
type waitingFile struct {
	tenant, draft, id string
	key               []byte // wrapped
}

// waitingFiles lists them by id, from after the given one on.
func (Store) waitingFiles(ctx context.Context, q db.Querier, after string, limit int) ([]waitingFile, error) {
	rows, err := q.Query(ctx, `SELECT tenant, draft, id, sealed FROM submission_files
		WHERE state = 'waiting' AND id > $1 -- cross-tenant: one scanner looks at all
		ORDER BY id LIMIT $2`, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []waitingFile
	for rows.Next() {
		var f waitingFile
		if err := rows.Scan(&f.tenant, &f.draft, &f.id, &f.key); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// waitingFile is one of a draft; fail.NotFound when it waits no more.
func (Store) waitingFile(ctx context.Context, q db.Querier, tenant, draft, file string) (waitingFile, error) {
	f := waitingFile{tenant: tenant, draft: draft, id: file}
	return f, db.NotFound(q.QueryRow(ctx, `SELECT sealed FROM submission_files WHERE tenant = $1 AND draft = $2 AND id = $3 AND state = 'waiting'`, tenant, draft, file).Scan(&f.key))
}

// countWaiting is how many files wait to be looked at, and since when the
// first of them does.
func (Store) countWaiting(ctx context.Context, q db.Querier) (n int, since time.Time, err error) {
	var first int64
	err = q.QueryRow(ctx, `SELECT count(*), coalesce(min(created), 0) FROM submission_files WHERE state = 'waiting' -- cross-tenant: for the operator`).Scan(&n, &first)
	return n, clock.FromMicros(first), err
}

// states are those of a draft's files with which not all is well, by id.
func (Store) states(ctx context.Context, q db.Querier, tenant, draft string) (map[string]string, error) {
	rows, err := q.Query(ctx, `SELECT id, state FROM submission_files WHERE tenant = $1 AND draft = $2 AND state <> ''`, tenant, draft)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var id, state string
		if err := rows.Scan(&id, &state); err != nil {
			return nil, err
		}
		out[id] = state
	}
	return out, rows.Err()
}
