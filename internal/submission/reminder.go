package submission

import (
	"context"
	"errors"
	"net/http"
	netmail "net/mail"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/job"
	"leitportal/internal/mail"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// remindBefore is how long before a draft is erased its reminder goes out.
const remindBefore = 7 * 24 * time.Hour

// JobRemind is the kind of the job that sends a reminder; its payload is the
// draft's id.
const JobRemind = "submission.remind"

func remindPurpose(tenant, draft string) string { return "remind " + tenant + " " + draft }

// setReminder keeps the address to which one reminder goes, or forgets it
// where it is "".
func (s *Service) setReminder(ctx context.Context, ss *session, email string) error {
	var wrapped []byte
	if email != "" {
		var err error
		if wrapped, err = s.Master.Wrap(remindPurpose(ss.tenant, ss.id), []byte(email)); err != nil {
			return err
		}
	}
	_, err := s.change(ctx, ss.id, func(ctx context.Context, tx changing) error {
		return s.store.setRemind(ctx, tx, ss.tenant, ss.id, wrapped)
	})
	return err
}

// reminded keeps or forgets the address for the reminder.
func (s *Service) reminded(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open)
	if err != nil {
		return or(w, r, err)
	}
	if d.test { // it is not kept any longer for going on
		return web.SeeOther(w, r, d.path("/spaeter"))
	}
	if err := r.ParseForm(); err != nil {
		return badBody(err)
	}
	email := clean(r.PostFormValue("email"), 254)
	if r.PostFormValue("ohne") == "ja" {
		email = ""
	} else if a, err := netmail.ParseAddress(email); err != nil || a.Address != email {
		return s.showLater(w, r, d, laterShown{status: http.StatusUnprocessableEntity, email: email, badEmail: true})
	}
	if err := s.setReminder(r.Context(), d.session, email); err != nil {
		return err
	}
	return web.SeeOther(w, r, d.path("/spaeter"))
}

// reminderField asks for the address.
func reminderField(t i18n.Texts, x laterShown) ui.Field {
	f := ui.Field{
		Name: "email", Type: "email", Autocomplete: "email", Value: x.email, MaxLength: 254, Required: true,
		Label: t.T("submission.remind.email"), Hint: t.T("submission.remind.hint"),
	}
	if x.badEmail {
		f.Error = t.T("submission.remind.bad")
	}
	return f
}

// remind enqueues a reminder for each draft that is soon to be erased and has
// an address for it. One that waits already is not enqueued twice.
func (s *Service) remind(ctx context.Context) error {
	const batch = 100
	if err := s.changeAll(ctx, s.store.dropReminds); err != nil {
		return err
	}
	for after := ""; ; {
		now := s.Clock.Now()
		drafts, err := s.store.toRemind(ctx, s.DB.Read(), now.Add(remindBefore), after, batch)
		if err != nil {
			return err
		}
		for _, d := range drafts {
			after = d.id
			if err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
				return job.Enqueue(ctx, tx, job.New{Kind: JobRemind, Tenant: d.tenant, Payload: []byte(d.id), NotBefore: now, Unique: d.id})
			}); err != nil {
				return err
			}
		}
		if len(drafts) < batch {
			if after != "" {
				s.wake()
			}
			return nil
		}
	}
}

// sendReminder writes once that a draft will be erased, and forgets the
// address. Whoever has gone on meanwhile is reminded later, or not at all.
func (s *Service) sendReminder(ctx context.Context, j job.Job) error {
	d, err := s.store.reminder(ctx, s.DB.Read(), j.Tenant, string(j.Payload))
	if fail.Is(err, fail.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	if d.remind == nil || d.state != open || d.expire.After(now.Add(remindBefore)) || !now.Before(d.expire) {
		return nil
	}
	address, err := s.Master.Unwrap(remindPurpose(d.tenant, d.id), d.remind)
	if err != nil {
		return job.Permanent(err)
	}
	town, err := s.Tenants.ByID(d.tenant)
	if err != nil {
		return err
	}
	t := s.texts.In(i18n.Lang(d.lang))
	err = s.Mail.Send(ctx, mail.Message{
		To: string(address), Lang: t.Lang(), Key: j.ID, Subject: t.T("submission.mail.remind.subject"),
		Text: t.T("submission.mail.remind.text", "tenant", town.Name, "url", s.PortalURL+town.Base()+"/fortsetzen",
			"until", i18n.FormatDate(t.Lang(), clock.DateOf(d.expire.In(clock.Berlin())))),
	})
	if err != nil && !fail.Is(err, fail.Invalid) {
		return err
	}
	_, cleared := s.change(ctx, d.id, func(ctx context.Context, tx changing) error {
		return s.store.forgetRemind(ctx, tx, d.tenant, d.id, d.remind)
	})
	if err != nil {
		return job.Permanent(errors.Join(err, cleared))
	}
	return cleared
}
