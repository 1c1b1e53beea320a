package casework

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/submission"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// answerDays is how long an applicant gets to answer, unless the clerk says
// otherwise.
const answerDays = 14

// maxQuestion bounds a question, in characters.
const maxQuestion = 3000

// question is a question back, as typed.
type question struct {
	fields []string // answer paths
	text   string
	by     ui.DateParts
	entry  string
	// what is wrong, in words
	bad map[string]string
}

func (s *Service) askPage(w http.ResponseWriter, r *http.Request, d *desk) error {
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	if !c.May(Ask) {
		return s.again(w, r, d, kept{}, fail.New(fail.Conflict, "casework.error.state", nil))
	}
	q := question{by: ui.DatePartsOf(d.today.AddDays(answerDays).String())}
	return s.renderAsk(w, r, d, c, q, http.StatusOK, nil)
}

func (s *Service) renderAsk(w http.ResponseWriter, r *http.Request, d *desk, c Case, q question, status int, alert *ui.Alert) error {
	ctx := r.Context()
	if err := s.looked(ctx, d, c, "case.read"); err != nil {
		return err
	}
	rd, err := s.open(ctx, c, c.Revision, d.t.Lang())
	if err != nil {
		return err
	}
	fields := askFields(d, q, rd.view.Review())
	return ui.Render(w, r, status, ui.Page{
		Title: d.t.T("casework.ask.title", "number", c.Number), Lead: d.t.T("casework.ask.lead"), Layout: ui.LayoutForm, NoIndex: true, Mark: d.mark(c),
		Crumbs: d.crumbs(ctx, ui.Link{Href: web.Link(ctx, pathCase+c.ID), Text: c.Number}), Notice: alert, Problems: ui.Problems(fields),
		Body: formPage(ui.FormModel{Action: web.Link(ctx, pathCase+c.ID+"/rueckfrage"), Hidden: s.stamps(c, q.entry)}, fields,
			[]ui.Button{{Text: d.t.T("casework.ask.button")}, {Text: d.t.T("casework.back"), Kind: ui.Secondary, Href: web.Link(ctx, pathCase+c.ID)}}),
	})
}

// askFields are one group of boxes for each part of the answers, the text and
// the day.
func askFields(d *desk, q question, sections []form.Section) []ui.Field {
	var out []ui.Field
	place := ""
	for a := range answers(sections) {
		if a.section != place {
			place = a.section
			out = append(out, ui.Field{
				Kind: ui.KindCheckboxes, ID: "feld-" + strconv.Itoa(len(out)), Name: "feld", Label: place, Values: q.fields, Required: true,
			})
		}
		hint := a.words()
		if hint == "" {
			hint = d.t.T("casework.answer.none")
		}
		f := &out[len(out)-1]
		f.Choices = append(f.Choices, ui.Choice{Value: a.Path, Label: a.Label, Hint: hint})
	}
	if len(out) > 0 {
		out[0].Error = q.bad["feld"]
	}
	return append(out,
		ui.Field{Kind: ui.KindTextArea, Name: "frage", Label: d.t.T("casework.ask.text"), Hint: d.t.T("casework.ask.text.hint"), Value: q.text, Error: q.bad["frage"], MaxLength: maxQuestion, Rows: 6, Spell: true, Required: true},
		ui.Field{Kind: ui.KindDate, Name: "bis", Label: d.t.T("casework.ask.by"), Date: q.by, Error: q.bad["bis"], Required: true},
	)
}

// parseQuestion reads the form; what cannot be used is in bad.
func parseQuestion(d *desk, v url.Values, sections []form.Section) (q question, by clock.Date, labels []string) {
	q = question{fields: v["feld"], text: v.Get("frage"), by: ui.DateOf(v, "bis"), entry: v.Get("eintrag"), bad: map[string]string{}}
	left := slices.Clone(q.fields)
	for a := range answers(sections) {
		if i := slices.Index(left, a.Path); i >= 0 {
			left = slices.Delete(left, i, i+1)
			labels = append(labels, a.section+": "+a.Label)
		}
	}
	if len(left) > 0 || len(labels) == 0 {
		q.bad["feld"] = d.t.T("casework.problem.fields")
	}
	switch text := tidy(q.text); {
	case text == "":
		q.bad["frage"] = d.t.T("casework.problem.question")
	case utf8.RuneCountInString(text) > maxQuestion:
		q.bad["frage"] = d.t.T("casework.problem.long")
	case !plain(text):
		q.bad["frage"] = d.t.T("casework.problem.signs")
	}
	by, err := clock.ParseDate(q.by.ISO())
	if err != nil {
		q.bad["bis"] = d.t.T("casework.problem.date")
	} else if !by.After(d.today) || by.After(d.today.AddDays(365)) {
		q.bad["bis"] = d.t.T("casework.problem.by")
	}
	return q, by, labels
}

func (s *Service) asked(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx := r.Context()
	v, err := posted(r)
	if err != nil {
		return err
	}
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	rd, err := s.open(ctx, c, c.Revision, d.t.Lang())
	if err != nil {
		return err
	}
	q, by, labels := parseQuestion(d, v, rd.view.Review())
	if len(q.bad) > 0 {
		return s.renderAsk(w, r, d, c, q, http.StatusUnprocessableEntity, nil)
	}
	text := tidy(q.text)
	message, err := s.questionMessage(ctx, rd, c, text, by, d.today)
	if err != nil {
		return err
	}
	message.Fields = q.fields
	err = s.act(ctx, d.who, c, deed{
		action: Ask, rev: revOf(v), due: by,
		entry: Entry{ID: q.entry, Kind: EntryQuestion}, text: &entryText{Text: text, Fields: labels, By: by.String()},
		also: func(ctx context.Context, tx db.Querier) error {
			return s.tell(ctx, tx, rd.sub, submission.Question, message, submission.Asked)
		},
	})
	if err == nil {
		return web.SeeOther(w, r, pathCase+c.ID+"?erledigt=ask")
	}
	if !isConflict(err) && !fail.Is(err, fail.Unavailable) {
		return err
	}
	cause := err
	now, err := s.theCase(r)
	if err != nil || !now.May(Ask) {
		return s.again(w, r, d, kept{note: q.text}, cause) // the text is kept as a note to be
	}
	alert, err := s.trouble(ctx, d, now, cause)
	if err != nil {
		return err
	}
	return s.renderAsk(w, r, d, now, q, web.Status(cause), alert)
}

// trouble says why a deed could not be done now.
func (s *Service) trouble(ctx context.Context, d *desk, c Case, cause error) (*ui.Alert, error) {
	if isConflict(cause) {
		return s.conflict(ctx, d, c, cause)
	}
	return &ui.Alert{Tone: ui.Danger, Title: d.t.T("casework.failed.title"), Text: d.t.T("casework.failed.text"), Focus: true}, nil
}

// questionMessage is the question in the solution's words and the applicant's
// language.
func (s *Service) questionMessage(ctx context.Context, rd *reading, c Case, text string, by, today clock.Date) (submission.MessageContent, error) {
	lang := i18n.Lang(c.Lang)
	offer, err := s.setOf(c, today)
	if err != nil {
		return submission.MessageContent{}, err
	}
	o, err := s.sender(c, offer, lang)
	if err != nil {
		return submission.MessageContent{}, err
	}
	values := ruling{decision: decision{}}.values(c, rd.facts(), o, today, lang, s.texts.In(lang))
	values["question"], values["answer_by"] = text, i18n.FormatDate(lang, by)
	n, err := offer.Version.Notice(solution.Question, lang, offer.Set, values, nil)
	if err != nil {
		return submission.MessageContent{}, err
	}
	return submission.MessageContent{Subject: n.Title, Text: plainText(n)}, nil
}

func (s *Service) sender(c Case, offer solution.Offer, lang i18n.Lang) (sender, error) {
	t, err := s.Tenants.ByID(c.Tenant)
	if err != nil {
		return sender{}, err
	}
	return senderOf(t, offer.Set, lang), nil
}

// tell puts a sealed message into the applicant's postbox, notes the event on
// their timeline, and sends word that there is news.
func (s *Service) tell(ctx context.Context, tx db.Querier, sub submission.Submission, kind submission.MessageKind, content submission.MessageContent, event submission.EventKind) error {
	if sub.Test {
		content.Subject = s.texts.In(i18n.Lang(sub.Lang)).T("casework.test.titled", "title", content.Subject)
	}
	if _, err := s.Postbox.Put(ctx, tx, sub, kind, content); err != nil {
		return err
	}
	if event != "" {
		if err := s.submissions.Record(ctx, tx, sub.Tenant, sub.ID, s.IDs.New(), event, s.Clock.Now()); err != nil {
			return err
		}
	}
	return s.Notifier.Notify(ctx, tx, sub.Tenant, sub.ID)
}
