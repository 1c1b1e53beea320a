package casework

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"leitportal/internal/audit"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/submission"
)

// Receive implements delivery.Subscriber: it opens a revision with the
// office's key, checks everything in it as if it had come from a stranger,
// and stores the case. Receiving the same revision again changes nothing. A
// payload that does not fit is fail.Invalid.
func (s *Service) Receive(ctx context.Context, sealed submission.Sealed) error {
	sub, err := s.submissions.Submission(ctx, s.DB.Read(), sealed.Tenant, sealed.Submission)
	if err != nil {
		return err
	}
	c, err := s.store.Case(ctx, s.DB.Read(), sub.Tenant, sub.ID)
	known := err == nil
	if known && c.Revision >= sealed.Revision {
		return nil
	}
	if err != nil && !fail.Is(err, fail.NotFound) {
		return err
	}
	r, err := s.read(ctx, sub, sealed, i18n.DE)
	if err != nil {
		return err
	}
	if err := r.valid(); err != nil {
		return err
	}
	now := s.Clock.Now()
	if !known {
		c = Case{
			Tenant: sub.Tenant, ID: sub.ID, Number: sub.Number, Solution: sub.Solution, Version: sub.Version, Lang: sub.Lang,
			State: New, Received: sub.Received, Revision: sealed.Revision, Rev: 1, Test: sub.Test,
		}
		if sealed.Revision > 1 { // the correction was quicker
			c.State = Answered
		}
		if c.Key, err = s.newKey(c.Tenant, c.ID); err != nil {
			return err
		}
	} else {
		c = c.received(sealed.Revision)
	}
	c.Destination = r.destination()
	c.Changed, c.Due = now, clock.DateOf(sealed.Received.In(clock.Berlin())).AddDays(LookAgainDays)
	entry := Entry{ID: s.IDs.New(), Kind: EntryReceived, At: sealed.Received}
	if sealed.Revision > 1 {
		entry.Kind, entry.About = EntryCorrected, strconv.Itoa(sealed.Revision)
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if !known {
			// Another process may have been quicker with the same revision; if
			// it was with another one, the hand-over is tried again.
			if isNew, err := s.store.insert(ctx, tx, c); err != nil || !isNew {
				return errors.Join(err, fail.Newf(fail.Unavailable, "casework: received twice at once"))
			}
		} else if err := s.store.update(ctx, tx, c); err != nil {
			return err
		}
		if _, err := s.store.addEntry(ctx, tx, c.Tenant, c.ID, entry); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Tenant: c.Tenant, Subject: c.ID, Purpose: purposeReceive, Action: "case.receive", At: now})
	})
}

// Withdrawn implements delivery.Subscriber. A withdrawal that is quicker than
// the submission itself is fail.Unavailable, to be tried again.
func (s *Service) Withdrawn(ctx context.Context, tenant, submissionID string) error {
	c, err := s.store.Case(ctx, s.DB.Read(), tenant, submissionID)
	if fail.Is(err, fail.NotFound) {
		if _, err := s.submissions.Submission(ctx, s.DB.Read(), tenant, submissionID); fail.Is(err, fail.NotFound) {
			return nil // erased meanwhile
		}
		return fail.Newf(fail.Unavailable, "casework: withdrawn before it was received")
	}
	if err != nil || c.State == Withdrawn || c.State == Closed {
		return err
	}
	now := s.Clock.Now()
	c.State, c.Changed = Withdrawn, now
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.store.update(ctx, tx, c); err != nil {
			return err
		}
		_, err := s.store.addEntry(ctx, tx, c.Tenant, c.ID, Entry{ID: s.IDs.New(), Kind: EntryWithdrawn, At: now})
		return err
	})
}

// reading is an opened revision, seen in one language.
type reading struct {
	sub     submission.Submission
	payload submission.Payload
	offer   solution.Offer
	program *form.Program
	view    *form.View
	pleas   []plea // for relief, with what was decided; see Service.pleas
}

// read opens a revision and checks that it is what its row says.
func (s *Service) read(ctx context.Context, sub submission.Submission, sealed submission.Sealed, lang i18n.Lang) (*reading, error) {
	plain, err := s.Office.Open(ctx, sealed.Tenant, sealed.KID, sealed.JWE)
	if err != nil {
		return nil, err
	}
	p, err := submission.DecodePayload(plain)
	if err != nil {
		return nil, err
	}
	if err := matches(p, sub, sealed); err != nil {
		return nil, err
	}
	r := &reading{sub: sub, payload: p}
	if r.offer, err = s.at(p.Test(), p.Tenant, p.Solution, p.Version, p.Today); err != nil {
		return nil, err
	}
	if r.program, err = s.Program(p.Solution, p.Version); err != nil {
		return nil, err
	}
	answers, err := r.program.Decode(p.Rows())
	if err != nil {
		return nil, fail.New(fail.Invalid, "", err)
	}
	r.view, err = r.on(answers, r.offer.Set, p.Today, lang)
	return r, err
}

// destination is the id of the office that the form's rules choose; "" for none.
func (r *reading) destination() string {
	to, _ := r.view.Destination()
	return to.ID
}

// on is answers seen on a day, with parameters, in a language.
func (r *reading) on(answers *form.Answers, set *solution.Set, day clock.Date, lang i18n.Lang) (*form.View, error) {
	params, err := r.program.Params(set.Values(lang))
	if err != nil {
		return nil, err
	}
	return r.program.Open(answers, form.Env{Params: params, Today: day, Lang: lang}), nil
}

// matches compares a payload with the readable rows it came with.
func matches(p submission.Payload, sub submission.Submission, sealed submission.Sealed) error {
	day := clock.DateOf(sealed.Received.In(clock.Berlin()))
	for _, c := range []struct {
		what string
		ok   bool
	}{
		{"tenant", p.Tenant == sealed.Tenant && p.Tenant == sub.Tenant},
		{"id", p.Submission == sub.ID && p.Submission == sealed.Submission},
		{"revision", p.Revision == sealed.Revision && p.Revision <= sub.Revision},
		{"solution", p.Solution == sub.Solution && p.Version == sub.Version},
		{"mark of a test", p.Test() == sub.Test && p.Test() == sealed.Test},
		{"time of receipt", p.Received.Equal(sealed.Received)},
		{"day", !p.Today.Before(day.AddDays(-1)) && !p.Today.After(day)},
	} {
		if !c.ok {
			return fail.Newf(fail.Invalid, "casework: the %s in the payload is not that of the submission", c.what)
		}
	}
	return nil
}

// valid checks the answers as the form did before they were sent.
func (r *reading) valid() error {
	if problems := r.view.Validate(); len(problems) > 0 {
		return fail.Newf(fail.Invalid, "casework: %d answers do not pass the form, the first by %s", len(problems), problems[0].Key)
	}
	if err := r.view.Err(); err != nil {
		return fail.New(fail.Invalid, "", err)
	}
	if !bytes.Equal(r.view.Prune().JSON(), r.view.Answers().JSON()) {
		return fail.Newf(fail.Invalid, "casework: answers of abandoned pages")
	}
	return nil
}

// open is the reading of a case's newest or an older revision.
func (s *Service) open(ctx context.Context, c Case, revision int, lang i18n.Lang) (*reading, error) {
	sub, err := s.submissions.Submission(ctx, s.DB.Read(), c.Tenant, c.ID)
	if err != nil {
		return nil, err
	}
	sealed, err := s.submissions.Revision(ctx, s.DB.Read(), c.Tenant, c.ID, revision)
	if err != nil {
		return nil, err
	}
	return s.read(ctx, sub, sealed, lang)
}

// changes lists, in words, what differs between two readings.
func changes(before, after []form.Section) []Change {
	old := map[string]string{}
	for a := range answers(before) {
		old[a.Path] = a.words()
	}
	var out []Change
	for a := range answers(after) {
		was, words := old[a.Path], a.words()
		delete(old, a.Path)
		if was != words {
			out = append(out, Change{a.section, a.Label, was, words})
		}
	}
	for a := range answers(before) { // what is not asked any more
		if was := old[a.Path]; was != "" {
			out = append(out, Change{a.section, a.Label, was, ""})
		}
	}
	return out
}
