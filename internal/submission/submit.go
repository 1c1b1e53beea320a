package submission

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"time"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/job"
	"leitportal/internal/ledger"
	"leitportal/internal/seal"
)

// LeafKind names the ledger leaf of a revision: "received" for the first,
// "corrected-2" and so on for later ones.
func LeafKind(revision int) string {
	if revision == 1 {
		return "received"
	}
	return "corrected-" + itoa(revision)
}

// prepared is a revision, sealed and ready to be stored.
type prepared struct {
	Sealed
	copy []byte
	leaf [32]byte
}

// keyPatience is how long sending waits for an office key that is being made
// just then.
const keyPatience = 15 * time.Second

// prepare seals the pruned answers to the office, and a copy for the
// applicant under the draft's data key. Nothing of it touches the disk before
// it is sealed.
func (s *Service) prepare(ctx context.Context, d *desk, submission string, revision int, answers *form.Answers) (prepared, error) {
	var p prepared
	kid, key, err := s.Offices.Key(ctx, s.DB.Read(), d.tenant.ID)
	for waited := time.Duration(0); fail.Is(err, fail.Unavailable) && waited < keyPatience; waited += keyPatience / 40 {
		select {
		case <-ctx.Done():
			return p, ctx.Err()
		case <-time.After(keyPatience / 40):
		}
		kid, key, err = s.Offices.Key(ctx, s.DB.Read(), d.tenant.ID)
	}
	if err != nil {
		return p, err
	}
	payload := Payload{
		Format: d.format(), Submission: submission, Revision: revision, Tenant: d.tenant.ID,
		Solution: d.solution, Version: d.version, Lang: d.t.Lang().Official(), Received: s.Clock.Now(), Today: d.today,
		Answers: map[string]json.RawMessage{}, Salt: make([]byte, 32),
	}
	for path, b := range answers.Rows() {
		payload.Answers[path] = b
	}
	env, err := s.env(d)
	if err != nil {
		return p, err
	}
	if to, ok := d.program.Open(answers, env).Destination(); ok {
		payload.Destination = to.ID
	}
	if _, err := io.ReadFull(s.Rand, payload.Salt); err != nil {
		return p, err
	}
	hash, err := payload.Hash()
	if err != nil {
		return p, err
	}
	p.leaf = ledger.Leaf([32]byte(payload.Salt), hash)
	plain, err := payload.Encode()
	if err != nil {
		return p, err
	}
	p.Sealed = Sealed{Tenant: d.tenant.ID, Submission: submission, Revision: revision, Received: payload.Received, KID: kid, Test: d.test}
	if p.JWE, err = seal.EncryptJWE(key, "application/json", plain); err != nil {
		return p, err
	}
	p.copy, err = d.key.seal(s.Rand, copyAAD(submission, revision), plain)
	return p, err
}

func copyAAD(submission string, revision int) string {
	return "copy " + submission + " " + itoa(revision)
}

// send makes the draft a submission. A draft that was changed or sent
// meanwhile is fail.Conflict; nothing has happened then.
func (s *Service) send(ctx context.Context, d *desk, answers *form.Answers, email string) error {
	private, public, err := seal.NewRecipient(s.Rand)
	if err != nil {
		return err
	}
	keptPrivate, err := d.key.seal(s.Rand, "recipient "+d.id, private)
	if err != nil {
		return err
	}
	notify, err := s.wrapAddress(d.session.tenant, d.id, email)
	if err != nil {
		return err
	}
	id := s.IDs.New()
	p, err := s.prepare(ctx, d, id, 1, answers)
	if err != nil {
		return err
	}
	sub := Submission{
		Tenant: d.tenant.ID, ID: id, Draft: d.id, Solution: d.solution, Version: d.version, Lang: string(d.t.Lang().Official()),
		Received: p.Received, Changed: p.Received, Revision: 1, State: Received, Test: d.test,
	}
	series := Series(d.offer.Version.CasePrefix, d.test, d.today)
	files, err := s.named(ctx, d, answers)
	if err != nil {
		return err
	}
	done := d.draft
	done.state, done.updated, done.expire = submitted, p.Received, retainedUntil(p.Received, d.offer.Version.Retention.CaseYears)
	if d.test {
		done.expire = d.expire
	}
	done.public, done.private, done.notify, done.remind = public, keptPrivate, notify, nil
	var code drawn // the way back to the answer, shown at once
	if done.code == nil {
		if code, err = s.drawCode(d.session); err != nil {
			return err
		}
		done.code = code.kept
	}
	var left []string // files that do not go with it
	at, err := s.change(ctx, d.id, func(ctx context.Context, tx changing) error {
		if err := s.store.submit(ctx, tx, done); err != nil {
			return err
		}
		if err := s.store.deletePages(ctx, tx, d.tenant.ID, d.id); err != nil {
			return err
		}
		if code.code != "" {
			if err := s.store.insertSlot(ctx, tx, d.tenant.ID, d.id, code.slot.lookup, "code", code.slot.sealed, p.Received); err != nil {
				return err
			}
		}
		n, err := s.store.nextNumber(ctx, tx, d.tenant.ID, series)
		if err != nil {
			return err
		}
		sub.Number = CaseNumber(series, n)
		if err := s.store.insertSubmission(ctx, tx, sub); err != nil {
			return err
		}
		if err := s.store.insertEvent(ctx, tx, d.tenant.ID, id, s.IDs.New(), Received, p.Received); err != nil {
			return err
		}
		if notify != nil {
			if err := s.enqueueMail(ctx, tx, d.tenant.ID, id, "received"); err != nil {
				return err
			}
		}
		if err := s.storeRevision(ctx, tx, p, d.id, files); err != nil || !d.program.TakesFiles() {
			return err
		}
		left, err = s.store.unsent(ctx, tx, d.tenant.ID, d.id, never())
		return err
	})
	if err != nil {
		return err
	}
	done.rev++
	s.shelf.put(at, done, d.lookup, []row{})
	s.wake()
	if len(left) > 0 {
		s.tidy(ctx, d.tenant.ID, d.id)
	}
	return nil
}

// tidy erases the files of a draft that were not sent with what was sent just
// now. Where that fails, the night does it.
func (s *Service) tidy(ctx context.Context, tenant, draft string) {
	if err := s.dropUnsent(ctx, tenant, draft, never()); err != nil {
		s.Log.Warn("files that were not sent stay for now", "error", err)
	}
}

// storeRevision writes what prepare made, its ledger leaf and the job that
// hands it over, in one transaction with whatever belongs to it. The files
// sent with it are the draft's for good: fail.Conflict where one is gone.
func (s *Service) storeRevision(ctx context.Context, tx db.Querier, p prepared, draft string, sent []string) error {
	for _, file := range sent {
		if err := s.store.setSent(ctx, tx, p.Tenant, draft, file); err != nil {
			return err
		}
	}
	if err := s.store.insertRevision(ctx, tx, p.Sealed, p.copy); err != nil {
		return err
	}
	if err := ledger.Add(ctx, tx, p.Tenant, p.Submission, LeafKind(p.Revision), p.leaf); err != nil {
		return err
	}
	return s.Delivery.Enqueue(ctx, tx, p.Tenant, p.Submission, p.Revision, p.Test)
}

// correct stores changed answers as a new revision of a submission. also runs
// in the same transaction (a question is done).
func (s *Service) correct(ctx context.Context, d *desk, sub Submission, answers *form.Answers, also func(ctx context.Context, tx db.Querier) error) error {
	if sub.State.Over() {
		return fail.Newf(fail.Conflict, "submission: %s", sub.State)
	}
	p, err := s.prepare(ctx, d, sub.ID, sub.Revision+1, answers)
	if err != nil {
		return err
	}
	files, err := s.named(ctx, d, answers)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, d.id, func(ctx context.Context, tx changing) error {
		if err := s.store.setState(ctx, tx, d.draft, submitted, p.Received, d.expire); err != nil {
			return err
		}
		if err := s.store.deletePages(ctx, tx, d.tenant.ID, d.id); err != nil {
			return err
		}
		if err := s.store.setRevision(ctx, tx, d.tenant.ID, sub.ID, p.Revision); err != nil {
			return err
		}
		if err := s.store.Record(ctx, tx, d.tenant.ID, sub.ID, s.IDs.New(), Answered, p.Received); err != nil {
			return err
		}
		if also != nil {
			if err := also(ctx, tx); err != nil {
				return err
			}
		}
		return s.storeRevision(ctx, tx, p, d.id, files)
	})
	if err != nil {
		return err
	}
	s.wake()
	s.tidy(ctx, d.tenant.ID, d.id)
	return nil
}

// reopenPages puts the sent answers back into pages, so that the applicant
// walks through them again.
func (s *Service) reopenPages(ctx context.Context, d *desk, payload Payload) error {
	rows := make([]row, 0, len(payload.Answers))
	for path, b := range payload.Answers {
		r := row{row: d.key.row(path), rev: 1}
		plain := append(append([]byte(path), '\n'), b...)
		var err error
		if r.sealed, err = d.key.seal(s.Rand, string(appendPageAAD(nil, d.id, r.row, r.rev)), plain); err != nil {
			return err
		}
		rows = append(rows, r)
	}
	_, err := s.change(ctx, d.id, func(ctx context.Context, tx changing) error {
		if err := s.store.setState(ctx, tx, d.draft, correcting, s.Clock.Now(), d.expire); err != nil {
			return err
		}
		if err := s.store.deletePages(ctx, tx, d.tenant.ID, d.id); err != nil {
			return err
		}
		for _, r := range rows {
			if err := s.store.savePage(ctx, tx, d.tenant.ID, d.id, r); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// payload opens the applicant's copy of a revision.
func (s *Service) payload(ctx context.Context, d *desk, sub Submission, revision int) (Payload, error) {
	sealed, err := s.store.copyOf(ctx, s.DB.Read(), sub.Tenant, sub.ID, revision)
	if err != nil {
		return Payload{}, err
	}
	plain, err := d.key.open(copyAAD(sub.ID, revision), sealed)
	if err != nil {
		plain, err = openEarlierCopy(d, sub, revision, sealed)
	}
	if err != nil {
		return Payload{}, err
	}
	return DecodePayload(plain)
}

// openEarlierCopy opens a copy as they were sealed until November 2026: by
// HPKE to the draft's key pair.
func openEarlierCopy(d *desk, sub Submission, revision int, sealed []byte) ([]byte, error) {
	private, err := d.key.open("recipient "+d.id, d.private)
	if err != nil {
		return nil, err
	}
	return seal.OpenWith(private, "leitportal copy", []byte(sub.ID+" "+itoa(revision)), sealed)
}

// Rows is the payload's answers as the form engine decodes them.
func (p Payload) Rows() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for path, b := range p.Answers {
			if !yield(path, b) {
				return
			}
		}
	}
}

// openMessage opens what the office wrote.
func (s *Service) openMessage(d *desk, sub Submission, m Message) (MessageContent, error) {
	var c MessageContent
	private, err := d.key.open("recipient "+d.id, d.private)
	if err != nil {
		return c, err
	}
	plain, err := seal.OpenWith(private, MessageInfo, []byte(sub.ID+" "+m.ID), m.Sealed)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(plain, &c)
}

// JobMail is the kind of the job that sends a notification.
const JobMail = "submission.mail"

type mailJob struct {
	Submission string `json:"submission"`
	Text       string `json:"text"` // received, news
}

func (s *Service) enqueueMail(ctx context.Context, tx db.Querier, tenant, submission, text string) error {
	b, err := json.Marshal(mailJob{submission, text})
	if err != nil {
		return err
	}
	return job.Enqueue(ctx, tx, job.New{Kind: JobMail, Tenant: tenant, Payload: b, NotBefore: s.Clock.Now(), Unique: submission + " " + text})
}

// Notify tells the applicant by e-mail, where an address was given, that
// there is something new; in the caller's transaction.
func (s *Service) Notify(ctx context.Context, tx db.Querier, tenant, submission string) error {
	wrapped, _, err := s.store.notifyAddress(ctx, tx, tenant, submission)
	if err != nil || wrapped == nil {
		return err
	}
	return s.enqueueMail(ctx, tx, tenant, submission, "news")
}

// wrapAddress keeps an address such that only the portal reads it; nil for
// "".
func (s *Service) wrapAddress(tenant, draft, email string) ([]byte, error) {
	if email == "" {
		return nil, nil
	}
	return s.Master.Wrap(notifyPurpose(tenant, draft), []byte(email))
}

func notifyPurpose(tenant, draft string) string { return "notify " + tenant + " " + draft }

// Rewrap wraps all e-mail addresses anew, after the master key was rotated,
// and answers how many.
func (s *Service) Rewrap(ctx context.Context) (n int, err error) {
	err = s.changeAll(ctx, func(ctx context.Context, tx changing) error {
		n = 0
		drafts, err := s.store.addresses(ctx, tx)
		if err != nil {
			return err
		}
		for _, d := range drafts {
			for _, a := range []struct {
				purpose string
				wrapped []byte
				set     func(ctx context.Context, tx changing, tenant, draft string, wrapped []byte) error
			}{
				{notifyPurpose(d.tenant, d.id), d.notify, s.store.setNotify}, {remindPurpose(d.tenant, d.id), d.remind, s.store.setRemind},
			} {
				if a.wrapped == nil {
					continue
				}
				wrapped, changed, err := s.Master.Rewrap(a.purpose, a.wrapped)
				if err != nil {
					return err
				}
				if !changed {
					continue
				}
				if err := a.set(ctx, tx, d.tenant, d.id, wrapped); err != nil {
					return err
				}
				n++
			}
		}
		return nil
	})
	return n, err
}
