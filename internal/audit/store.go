package audit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"math"
	"slices"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

// Record adds e in the transaction of the act itself.
func Record(ctx context.Context, tx db.Querier, e Entry) error {
	if err := check(e); err != nil {
		return err
	}
	// The id only has to be unique; nothing is decided by it.
	if _, err := tx.Exec(ctx, `INSERT INTO audit_entries (tenant, id, subject, unit, purpose, actor, action, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.Tenant, rand.Text(), e.Subject, e.Unit, e.Purpose, e.Actor, e.Action, clock.Micros(e.At)); err != nil {
		return fmt.Errorf("audit: record: %w", err)
	}
	return nil
}

// maxSubject bounds what ForSubject gives.
const maxSubject = 1000

// ForSubject gives the newest 1,000 entries about subject, oldest first.
func ForSubject(ctx context.Context, q db.Querier, tenant, subject string) ([]Entry, error) {
	rows, err := q.Query(ctx, `SELECT id, subject, unit, purpose, actor, action, at FROM audit_entries
		WHERE tenant = $1 AND subject = $2 ORDER BY at DESC`+db.Limit(maxSubject), tenant, subject)
	if err != nil {
		return nil, fmt.Errorf("audit: entries of a subject: %w", err)
	}
	out, _, err := collect(rows, tenant)
	slices.Reverse(out)
	return out, err
}

// List gives the tenant's entries after the cursor, newest first, at most
// limit of them.
func List(ctx context.Context, q db.Querier, tenant string, after Cursor, limit int) (Page, error) {
	if after == (Cursor{}) {
		after.At = math.MaxInt64
	}
	rows, err := q.Query(ctx, `SELECT id, subject, unit, purpose, actor, action, at FROM audit_entries
		WHERE tenant = $1 AND (at < $2 OR at = $2 AND id < $3) ORDER BY at DESC, id DESC LIMIT $4`,
		tenant, after.At, after.ID, limit+1)
	if err != nil {
		return Page{}, fmt.Errorf("audit: list: %w", err)
	}
	entries, ids, err := collect(rows, tenant)
	p := Page{Entries: entries}
	if len(entries) > limit {
		p.Entries, p.More = entries[:limit], true
	}
	if n := len(p.Entries); n > 0 {
		p.Next = Cursor{clock.Micros(p.Entries[n-1].At), ids[n-1]}
	}
	return p, err
}

func collect(rows *sql.Rows, tenant string) (out []Entry, ids []string, err error) {
	defer rows.Close()
	for rows.Next() {
		e := Entry{Tenant: tenant}
		var id string
		var at int64
		if err := rows.Scan(&id, &e.Subject, &e.Unit, &e.Purpose, &e.Actor, &e.Action, &at); err != nil {
			return nil, nil, fmt.Errorf("audit: %w", err)
		}
		e.At = clock.FromMicros(at)
		out, ids = append(out, e), append(ids, id)
	}
	return out, ids, rows.Err()
}
