package tenant

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "tenant", FS: migrations} }

// Store is the room's SQL.
type Store struct{}

type storedSettings struct {
	Settings
	revision int64
}

// Revision counts the changes to all settings.
func (Store) Revision(ctx context.Context, q db.Querier) (int64, error) {
	var n int64
	err := q.QueryRow(ctx, `SELECT revision FROM tenant_revision WHERE id = $1 -- cross-tenant: one counter for all`, int64(1)).Scan(&n)
	return n, db.NotFound(err)
}

// All reads what every tenant has entered.
func (Store) All(ctx context.Context, q db.Querier) (map[ID]storedSettings, error) {
	rows, err := q.Query(ctx, `SELECT tenant, settings, revision FROM tenant_settings -- cross-tenant: the directory holds all tenants`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ID]storedSettings{}
	for rows.Next() {
		var id, text string
		var s storedSettings
		if err := rows.Scan(&id, &text, &s.revision); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &s.Settings); err != nil {
			return nil, fmt.Errorf("tenant: settings of %s: %w", id, err)
		}
		out[id] = s
	}
	return out, rows.Err()
}

// Put stores what a tenant has entered, replacing what was there, and counts
// the change. seen is the tenant's revision the change was made from (0 when
// it had none): an error of kind Conflict says that somebody was quicker.
func (Store) Put(ctx context.Context, q db.Querier, t ID, s Settings, seen int64, now time.Time) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	var revision int64
	err = q.QueryRow(ctx, `UPDATE tenant_revision SET revision = revision + 1 WHERE id = $1
		RETURNING revision -- cross-tenant: one counter for all`, int64(1)).Scan(&revision)
	if err != nil {
		return db.NotFound(err)
	}
	res, err := q.Exec(ctx, `INSERT INTO tenant_settings (tenant, settings, revision, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant) DO UPDATE SET settings = excluded.settings, revision = excluded.revision, updated_at = excluded.updated_at
		WHERE tenant_settings.tenant = $1 AND tenant_settings.revision = $5`,
		t, string(text), revision, clock.Micros(now), seen)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fail.New(fail.Conflict, "tenant.settings.conflict", fmt.Errorf("tenant: %s changed after revision %d (%w)", t, seen, err))
	}
	return nil
}

// Feedback is a message about a barrier on a tenant's pages.
type Feedback struct {
	ID      string
	Page    string // which page, in the sender's words; may be ""
	Message string
	ReplyTo string // e-mail address; may be ""
	At      time.Time
}

// AddFeedback keeps a message for tenant t.
func (Store) AddFeedback(ctx context.Context, q db.Querier, t ID, f Feedback) error {
	_, err := q.Exec(ctx, `INSERT INTO tenant_feedback (id, tenant, page, message, reply_to, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		f.ID, t, f.Page, f.Message, f.ReplyTo, clock.Micros(f.At))
	return err
}

// CountFeedback is the number of messages for tenant t since an instant.
func (Store) CountFeedback(ctx context.Context, q db.Querier, t ID, since time.Time) (int, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT COUNT(*) FROM tenant_feedback WHERE tenant = $1 AND created_at >= $2`, t, clock.Micros(since)).Scan(&n)
	return n, db.NotFound(err)
}

// Feedback lists at most limit messages for tenant t, the newest first.
func (Store) Feedback(ctx context.Context, q db.Querier, t ID, limit int) ([]Feedback, error) {
	rows, err := q.Query(ctx, `SELECT id, page, message, reply_to, created_at FROM tenant_feedback
		WHERE tenant = $1 ORDER BY created_at DESC, id DESC LIMIT $2`, t, int64(limit))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Feedback
	for rows.Next() {
		var f Feedback
		var at int64
		if err := rows.Scan(&f.ID, &f.Page, &f.Message, &f.ReplyTo, &at); err != nil {
			return nil, err
		}
		f.At = clock.FromMicros(at)
		out = append(out, f)
	}
	return out, rows.Err()
}

// EraseFeedback erases a message for tenant t; kind NotFound when there is
// none.
func (Store) EraseFeedback(ctx context.Context, q db.Querier, t ID, id string) error {
	res, err := q.Exec(ctx, `DELETE FROM tenant_feedback WHERE tenant = $1 AND id = $2`, t, id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fail.Newf(fail.NotFound, "tenant: no such message")
}

// EraseFeedbackBefore erases the messages that came before an instant.
func (Store) EraseFeedbackBefore(ctx context.Context, q db.Querier, before time.Time) error {
	_, err := q.Exec(ctx, `DELETE FROM tenant_feedback WHERE created_at < $1 -- cross-tenant: one term for all`, clock.Micros(before))
	return err
}

// OldestFeedback is when the oldest message came; the zero time for none.
func (Store) OldestFeedback(ctx context.Context, q db.Querier) (time.Time, error) {
	var at sql.NullInt64
	err := q.QueryRow(ctx, `SELECT MIN(created_at) FROM tenant_feedback -- cross-tenant: one term for all`).Scan(&at)
	if err != nil || !at.Valid {
		return time.Time{}, err
	}
	return clock.FromMicros(at.Int64), nil
}
