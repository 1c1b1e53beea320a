package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"leitportal/internal/audit"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/id"
	"leitportal/internal/seal"
	"leitportal/internal/staff"
	"leitportal/internal/submission"
)

// Service is the desk. It implements delivery.Subscriber.
type Service struct {
	Config
	store       Store
	submissions submission.Store
	texts       *i18n.Catalog
}

// NewService returns the room's service.
func NewService(c Config) *Service { return &Service{Config: c, texts: Texts()} }

// Purposes of looking at a case, as "who saw my data" names them: keys of
// Texts.
const (
	purposeReceive = "casework.purpose.receive"
	purposeWork    = "casework.purpose.work"
	purposePrint   = "casework.purpose.print"
)

func keyPurpose(tenant, id string) string { return "casework case " + tenant + " " + id }

// newKey makes the key of a case, wrapped.
func (s *Service) newKey(tenant, id string) ([]byte, error) {
	var key [32]byte
	if _, err := io.ReadFull(s.Rand, key[:]); err != nil {
		return nil, fmt.Errorf("casework: no randomness: %w", err)
	}
	return s.Master.Wrap(keyPurpose(tenant, id), key[:])
}

func (s *Service) key(c Case) (key [32]byte, err error) {
	b, err := s.Master.Unwrap(keyPurpose(c.Tenant, c.ID), c.Key)
	if err == nil && len(b) != len(key) {
		err = seal.ErrOpen
	}
	copy(key[:], b)
	return key, err
}

// Rewrap wraps the keys of all cases anew, after the master key was rotated,
// and answers how many.
func (s *Service) Rewrap(ctx context.Context) (int, error) {
	n := 0
	var last Case
	for {
		cases, err := s.store.keys(ctx, s.DB.Read(), last, 500)
		if err != nil || len(cases) == 0 {
			return n, err
		}
		last = cases[len(cases)-1]
		err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			for _, c := range cases {
				wrapped, fresh, err := s.Master.Rewrap(keyPurpose(c.Tenant, c.ID), c.Key)
				if err != nil {
					return fmt.Errorf("casework: key of case %s: %w", c.ID, err)
				}
				if !fresh {
					continue
				}
				c.Key = wrapped
				if err := s.store.setKey(ctx, tx, c); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			return n, err
		}
	}
}

// seal closes plain under the key of a case; what names the row it is for.
func (s *Service) seal(c Case, what string, plain []byte) ([]byte, error) {
	key, err := s.key(c)
	if err != nil {
		return nil, err
	}
	return seal.Seal(s.Rand, key, []byte(c.ID+" "+what), plain)
}

func (s *Service) unseal(c Case, what string, sealed []byte) ([]byte, error) {
	key, err := s.key(c)
	if err != nil {
		return nil, err
	}
	return seal.Open(key, []byte(c.ID+" "+what), sealed)
}

func (s *Service) sealText(c Case, entry string, text entryText) ([]byte, error) {
	b, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return s.seal(c, "entry "+entry, b)
}

func (s *Service) openText(c Case, e Entry) (text entryText, err error) {
	if e.Sealed == nil {
		return text, nil
	}
	b, err := s.unseal(c, "entry "+e.ID, e.Sealed)
	if err != nil {
		return text, fmt.Errorf("casework: an entry does not open: %w", err)
	}
	return text, json.Unmarshal(b, &text)
}

// audit puts it on record who did what with a case.
func (s *Service) audit(ctx context.Context, tx db.Querier, who staff.Member, tenant, caseID, action, purpose string) error {
	return audit.Record(ctx, tx, audit.Entry{
		Tenant: tenant, Subject: caseID, Unit: who.Unit, Purpose: purpose, Actor: who.ID, Action: action, At: s.Clock.Now(),
	})
}

// deed is a clerk's change of a case.
type deed struct {
	action Action
	rev    int64 // of the case it was decided on; not looked at for Note
	// entry is the line of history. Its ID comes from the form, so that the
	// same form sent twice is one deed.
	entry Entry
	text  *entryText
	final bool       // of Decide: it ends the case
	to    string     // of Assign
	due   clock.Date // of Ask: the day of the answer
	// also runs in the same transaction.
	also func(ctx context.Context, tx db.Querier) error
}

// act does a deed, with its line of history and its audit entry, in one
// transaction. fail.Conflict means that the case is not any more what the
// clerk saw; nothing has happened then.
func (s *Service) act(ctx context.Context, who staff.Member, c Case, d deed) error {
	if !id.Valid(d.entry.ID) {
		return fail.Newf(fail.Invalid, "casework: a form without its id")
	}
	done, err := s.done(ctx, c, d.entry.ID)
	if err != nil || done {
		return err
	}
	if d.action != Note && c.Rev != d.rev {
		return fail.New(fail.Conflict, "casework.error.changed", nil)
	}
	if !c.May(d.action) {
		return fail.New(fail.Conflict, "casework.error.state", nil)
	}
	now := s.Clock.Now()
	after := c.After(d.action, who.ID, d.final)
	after.Changed, after.Due = now, clock.DateOf(now.In(clock.Berlin())).AddDays(LookAgainDays)
	if d.action == Assign {
		after.Assignee = d.to
	}
	if !d.due.IsZero() {
		after.Due = d.due
	}
	d.entry.Author, d.entry.At = who.ID, now
	if d.text != nil {
		if d.entry.Sealed, err = s.sealText(c, d.entry.ID, *d.text); err != nil {
			return err
		}
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if d.action != Note {
			if err := s.store.update(ctx, tx, after); err != nil {
				return err
			}
		}
		if isNew, err := s.store.addEntry(ctx, tx, c.Tenant, c.ID, d.entry); err != nil || !isNew {
			return err
		}
		if err := s.audit(ctx, tx, who, c.Tenant, c.ID, "case."+string(d.action), purposeWork); err != nil {
			return err
		}
		if c.State == New && after.State == InWork && d.also == nil {
			if err := s.submissions.Record(ctx, tx, c.Tenant, c.ID, s.IDs.New(), submission.InWork, now); err != nil {
				return err
			}
		}
		if d.also == nil {
			return nil
		}
		return d.also(ctx, tx)
	})
	if isConflict(err) { // perhaps with itself: the form was sent twice at once
		if done, _ := s.done(ctx, c, d.entry.ID); done {
			return nil
		}
	}
	if err == nil && s.Wake != nil {
		s.Wake()
	}
	return err
}

// done tells whether a form was sent before, and done.
func (s *Service) done(ctx context.Context, c Case, entry string) (bool, error) {
	entries, err := s.store.Entries(ctx, s.DB.Read(), c.Tenant, c.ID)
	return slices.ContainsFunc(entries, func(e Entry) bool { return e.ID == entry }), err
}
