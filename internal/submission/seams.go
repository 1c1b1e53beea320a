package submission

import (
	"context"
	"crypto/rsa"

	"leitportal/internal/db"
)

// Offices gives the keys to which submissions are sealed. The rooms to the
// right own them; app fills it.
type Offices interface {
	// Prepare sees to it that the tenant's office will have a key, in the
	// caller's transaction; it does not make it there.
	Prepare(ctx context.Context, tx db.Querier, tenant string) error
	// Key is the office's present public key; fail.Unavailable while it is
	// being made.
	Key(ctx context.Context, q db.Querier, tenant string) (kid string, key *rsa.PublicKey, err error)
}

// Delivery hands a sealed revision on to the office.
type Delivery interface {
	// Enqueue starts the hand-over of a revision in the transaction that
	// stores it. test says that it is a test case and no application.
	Enqueue(ctx context.Context, tx db.Querier, tenant, submission string, revision int, test bool) error
	// Withdrawn tells the office, in the caller's transaction, that the
	// applicant has withdrawn.
	Withdrawn(ctx context.Context, tx db.Querier, tenant, submission string) error
}

// Postbox holds what the office has written to the applicant.
type Postbox interface {
	// List is the messages of a submission, newest first.
	List(ctx context.Context, q db.Querier, tenant, submission string) ([]Message, error)
	// MarkRead notes that the applicant has opened a message.
	MarkRead(ctx context.Context, tx db.Querier, tenant, submission, message string) error
	// MarkDone notes that the applicant has answered a question.
	MarkDone(ctx context.Context, tx db.Querier, tenant, submission, message string) error
}

// Sites tells where a tenant's site is.
type Sites interface {
	// Base is the path of the tenant's site ("/paderborn").
	Base(tenant string) (base string, ok bool)
}

// Holder keeps somebody's keys to drafts: a browser does so by its cookies, an
// account will (Config.Account). Whatever holds a key is as good as the other.
type Holder interface {
	// Keep takes a key, in the place of one for the same tenant and solution:
	// that one may still be listed, but is not the one that Open gives.
	Keep(ctx context.Context, k Kept) error
	// List is all keys, in no order.
	List(ctx context.Context) ([]Kept, error)
	// Open is the key for a tenant and solution; ok is false where there is
	// none.
	Open(ctx context.Context, tenant, solution string) (k Kept, ok bool, err error)
}

// Kept is a key as a Holder has it. Who has the ticket opens the draft: a
// holder on the disk seals it.
type Kept struct {
	Tenant, Solution string
	Ticket           string
}
