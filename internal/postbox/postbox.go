package postbox

import (
	"context"
	"embed"
	"encoding/json"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/id"
	"leitportal/internal/seal"
	"leitportal/internal/submission"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "postbox", FS: migrations} }

// Postbox writes and lists messages. It implements submission.Postbox.
type Postbox struct {
	clock clock.Clock
	ids   *id.Source
	store store
}

// New returns the postbox.
func New(c clock.Clock, ids *id.Source) *Postbox { return &Postbox{clock: c, ids: ids} }

// Put seals content to the applicant of s and stores it, in the caller's
// transaction. It answers the message's id.
func (p *Postbox) Put(ctx context.Context, tx db.Querier, s submission.Submission, kind submission.MessageKind, content submission.MessageContent) (string, error) {
	if len(s.Recipient) == 0 {
		return "", fail.Newf(fail.Conflict, "postbox: the submission has no recipient key")
	}
	plain, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	m := submission.Message{ID: p.ids.New(), Kind: kind, At: p.clock.Now()}
	if m.Sealed, err = seal.SealTo(s.Recipient, submission.MessageInfo, []byte(s.ID+" "+m.ID), plain); err != nil {
		return "", err
	}
	return m.ID, p.store.insert(ctx, tx, s.Tenant, s.ID, m)
}

// List is the messages of a submission, newest first.
func (p *Postbox) List(ctx context.Context, q db.Querier, tenant, submissionID string) ([]submission.Message, error) {
	return p.store.list(ctx, q, tenant, submissionID)
}

// MarkRead notes that the applicant has opened a message.
func (p *Postbox) MarkRead(ctx context.Context, tx db.Querier, tenant, submissionID, message string) error {
	return p.store.markRead(ctx, tx, tenant, submissionID, message, p.clock.Now())
}

// MarkDone notes that the applicant has answered a question; fail.Conflict
// when that happened before.
func (p *Postbox) MarkDone(ctx context.Context, tx db.Querier, tenant, submissionID, message string) error {
	return p.store.markDone(ctx, tx, tenant, submissionID, message, p.clock.Now())
}
