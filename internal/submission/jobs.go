package submission

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/job"
	"leitportal/internal/mail"
)

// Handlers are the room's jobs.
func (s *Service) Handlers() map[string]job.Handler {
	return map[string]job.Handler{JobMail: s.sendMail, JobRemind: s.sendReminder}
}

// sendMail tells an applicant that there is something new. It says nothing
// else: mail is read by many.
func (s *Service) sendMail(ctx context.Context, j job.Job) error {
	var m mailJob
	if err := json.Unmarshal(j.Payload, &m); err != nil {
		return job.Permanent(fmt.Errorf("submission: mail: %w", err))
	}
	sub, err := s.store.Submission(ctx, s.DB.Read(), j.Tenant, m.Submission)
	if fail.Is(err, fail.NotFound) { // erased meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	wrapped, lang, err := s.store.notifyAddress(ctx, s.DB.Read(), j.Tenant, m.Submission)
	if err != nil || wrapped == nil {
		return err
	}
	address, err := s.Master.Unwrap(notifyPurpose(j.Tenant, sub.Draft), wrapped)
	if err != nil {
		return job.Permanent(err)
	}
	town, err := s.Tenants.ByID(j.Tenant)
	if err != nil {
		return err
	}
	t := s.texts.In(i18n.Lang(lang))
	subject, text := t.T("submission.mail."+m.Text+".subject"), t.T("submission.mail."+m.Text+".text", "tenant", town.Name, "url", s.PortalURL+town.Base()+"/fortsetzen")
	if sub.Test {
		subject, text = t.T("submission.test.titled", "title", subject), t.T("submission.test.mark")+"\n\n"+text
	}
	err = s.Mail.Send(ctx, mail.Message{To: string(address), Lang: t.Lang(), Key: j.ID, Subject: subject, Text: text})
	if fail.Is(err, fail.Invalid) {
		return job.Permanent(err)
	}
	return err
}

// Expire erases all drafts that have expired by now, tests too, uploads that nobody went
// on with, and files that outlived their draft because the portal went down
// while that was erased. What cannot
// be erased holds nothing else up.
func (s *Service) Expire(ctx context.Context) error {
	const batch = 100
	ids, of, err := s.store.leftFiles(ctx, s.DB.Read(), batch)
	for i, id := range ids {
		err = errors.Join(err, s.dropFiles(ctx, of[i].tenant, of[i].id, []string{id}))
	}
	err = errors.Join(err, s.dropOverdue(ctx), s.eraseOldTests(ctx))
	for {
		now := s.Clock.Now()
		drafts, failed := s.store.expired(ctx, s.DB.Read(), now, batch)
		for _, d := range drafts {
			if err := s.erase(ctx, d.tenant, d.id, now); !fail.Is(err, fail.Conflict) {
				failed = errors.Join(failed, err)
			}
		}
		err = errors.Join(err, failed)
		if len(drafts) < batch || failed != nil {
			return err
		}
	}
}

func (s *Service) markRead(r *http.Request, sub Submission, message string) error {
	return s.DB.Write(r.Context(), func(ctx context.Context, tx db.Querier) error {
		return s.Postbox.MarkRead(ctx, tx, sub.Tenant, sub.ID, message)
	})
}

func (s *Service) questionDone(sub Submission, message string) func(context.Context, db.Querier) error {
	return func(ctx context.Context, tx db.Querier) error {
		return s.Postbox.MarkDone(ctx, tx, sub.Tenant, sub.ID, message)
	}
}

// keptFiles are the files, by field, that came with an answer to a question
// which was shown again; they travel with the page, sealed.
type keptFiles map[string][]form.File

func (s *Service) sealKept(d *desk, m Message, kept keptFiles) (string, error) {
	b, err := json.Marshal(kept)
	if err == nil {
		b, err = d.key.seal(s.Rand, "kept "+m.ID, b)
	}
	return base64.RawURLEncoding.EncodeToString(b), err
}

// openKept reads what sealKept wrote; anything else is no files.
func openKept(d *desk, m Message, sealed string) keptFiles {
	kept := keptFiles{}
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err == nil {
		b, err = d.key.open("kept "+m.ID, b)
	}
	if err != nil || json.Unmarshal(b, &kept) != nil {
		return keptFiles{}
	}
	return kept
}

// still leaves out of kept what is not there any more: it was not sent for a
// day, or something else was sent meanwhile. The field asks for it again.
func (s *Service) still(ctx context.Context, d *desk, kept keptFiles) (keptFiles, error) {
	if len(kept) == 0 {
		return kept, nil
	}
	all, err := s.store.files(ctx, s.DB.Read(), d.tenant.ID, d.id)
	for field, files := range kept {
		kept[field] = slices.DeleteFunc(files, func(f form.File) bool { return !slices.Contains(all, f.ID) })
	}
	return kept, err
}

// addFiles keeps the files of an answer to a question beside those already
// sent and those kept, to which it adds. A file that is kept and then not sent
// goes with the draft's other unsent files.
func (s *Service) addFiles(r *http.Request, d *desk, v *form.View, fields []form.Field, files []*upload, kept keptFiles) (*form.View, map[string]string, error) {
	if len(files) == 0 && len(kept) == 0 {
		return v, nil, nil
	}
	answers, refused := v.Answers(), map[string]string{}
	for _, f := range fields {
		list := append(append([]form.File(nil), f.Files...), kept[f.Name]...)
		for _, u := range files {
			if u.field != f.Name {
				continue
			}
			if u.why == "" && len(list) >= f.MaxFiles {
				u.why = d.t.T("submission.upload.many", "max", f.MaxFiles)
			}
			if u.why != "" {
				refused[f.Name] = u.why
				continue
			}
			u.named = true
			list, kept[f.Name] = append(list, u.file), append(kept[f.Name], u.file)
		}
		if len(list) > len(f.Files) {
			var err error
			if answers, err = answers.SetFiles(f.Name, list); err != nil {
				return nil, nil, err
			}
		}
	}
	env, err := s.env(d)
	if err != nil {
		return nil, nil, err
	}
	return d.program.Open(answers, env), refused, nil
}
