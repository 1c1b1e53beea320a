package postbox

import (
	"context"
	"database/sql"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/submission"
)

type store struct{}

func (store) insert(ctx context.Context, tx db.Querier, tenant, submissionID string, m submission.Message) error {
	_, err := tx.Exec(ctx, `INSERT INTO postbox_messages (tenant, submission, id, kind, at, sealed) VALUES ($1, $2, $3, $4, $5, $6)`,
		tenant, submissionID, m.ID, string(m.Kind), clock.Micros(m.At), m.Sealed)
	return err
}

func (store) list(ctx context.Context, q db.Querier, tenant, submissionID string) ([]submission.Message, error) {
	rows, err := q.Query(ctx, `SELECT id, kind, at, read_at, done_at, sealed FROM postbox_messages
		WHERE tenant = $1 AND submission = $2 ORDER BY id DESC`, tenant, submissionID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []submission.Message
	for rows.Next() {
		var m submission.Message
		var kind string
		var at int64
		var read, done sql.NullInt64
		if err := rows.Scan(&m.ID, &kind, &at, &read, &done, &m.Sealed); err != nil {
			return nil, err
		}
		m.Kind, m.At, m.Read, m.Done = submission.MessageKind(kind), clock.FromMicros(at), read.Valid, done.Valid
		out = append(out, m)
	}
	return out, rows.Err()
}

func (store) markRead(ctx context.Context, tx db.Querier, tenant, submissionID, message string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE postbox_messages SET read_at = $4 WHERE tenant = $1 AND submission = $2 AND id = $3 AND read_at IS NULL`,
		tenant, submissionID, message, clock.Micros(now))
	return err
}

func (store) markDone(ctx context.Context, tx db.Querier, tenant, submissionID, message string, now time.Time) error {
	r, err := tx.Exec(ctx, `UPDATE postbox_messages SET done_at = $4, read_at = COALESCE(read_at, $4)
		WHERE tenant = $1 AND submission = $2 AND id = $3 AND kind = 'question' AND done_at IS NULL`,
		tenant, submissionID, message, clock.Micros(now))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return fail.New(fail.Conflict, "", err)
	}
	return nil
}
