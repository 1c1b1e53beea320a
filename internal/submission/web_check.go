package submission

import (
	"context"
	"net/http"
	"net/mail"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// check shows all answers before they are sent. With ?weiter=1 it leads to
// the first page that is not finished, if there is one.
func (s *Service) check(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open, correcting)
	if err != nil {
		return or(w, r, err)
	}
	v, err := s.view(r, d)
	if err != nil {
		return err
	}
	if now, ok := v.Current(); ok && r.URL.Query().Get("weiter") != "" {
		return web.SeeOther(w, r, d.path("/seite/"+now.Path))
	}
	return s.showCheck(w, r, d, v, checked{status: http.StatusOK})
}

// checked is how the check page is to be shown.
type checked struct {
	status   int
	problems []form.Problem
	email    string
	badEmail bool
	notice   *ui.Alert
}

func (s *Service) showCheck(w http.ResponseWriter, r *http.Request, d *desk, v *form.View, x checked) error {
	ctx, t := r.Context(), d.t
	change := func(page string) string { return web.Link(ctx, d.path("/seite/"+page+"?ziel=pruefen")) }
	wrong := map[string]bool{}
	for _, st := range v.Steps() {
		wrong[st.Path] = st.State != form.Done
	}
	var problems []ui.Problem
	for _, p := range x.problems {
		wrong[p.Page] = true
		problems = append(problems, ui.Problem{Text: p.Text})
	}
	now, unfinished := v.Current()
	note := t.T("submission.check.amount.note")
	if d.offer.Demo() {
		note += " " + t.T("submission.check.amount.demo", "tenant", d.tenant.Name)
	}
	email := ui.Field{
		Name: "email", Type: "email", Autocomplete: "email", Value: x.email, MaxLength: 254,
		Label: t.T("submission.check.email"), Hint: t.T("submission.check.email.hint"),
	}
	if x.badEmail {
		email.Error = t.T("submission.check.email.bad")
		problems = append(problems, ui.Problem{Field: email.ElementID(), Text: email.Error})
	}
	office := d.offer.Set.Text("office_name", t.Lang())
	if to, ok := v.Destination(); ok {
		office = to.Label
	}
	c := checkView{
		action: web.Link(ctx, d.path("/pruefen")), ready: !unfinished && len(x.problems) == 0,
		cards: cardsOf(v.Review(), change, t, wrong), amounts: amountsOf(t, v.Compute(), note),
		who: t.T("submission.check.who"), email: email, first: d.state == open, button: d.word("solution.action", d.offer.Version.Action),
		next: []string{
			t.T("submission.check.next.receipt"),
			t.T("submission.check.next.office", "office", office, "tenant", d.tenant.Name),
			t.T("submission.check.next.question"),
			t.T("submission.check.next.notice"),
		},
		saved: d.savedOf(ctx), stepper: s.stepperOf(ctx, d, v, "", true),
	}
	if d.state == correcting {
		c.button, c.discard = t.T("submission.check.correct"), web.Link(ctx, d.path("/verwerfen"))
	}
	page := ui.Page{
		Title: t.T("submission.check.title"), Preline: prelineOf(t, c.stepper), Lead: t.T("submission.check.lead"), Layout: ui.LayoutForm,
		NoIndex: true, Problems: problems, Notice: x.notice,
	}
	if unfinished {
		page.Lead = ""
		page.Notice = &ui.Alert{
			Tone: ui.Warning, Title: t.T("submission.check.missing.title"),
			Links: []ui.Link{{Href: change(now.Path), Text: t.T("submission.check.missing.go", "page", own(t, now.Title()))}},
		}
	}
	if steps := v.Steps(); len(steps) > 0 {
		page.Back = ui.Link{Href: web.Link(ctx, d.path("/seite/"+steps[len(steps)-1].Path)), Text: t.T("submission.step.back")}
	}
	if c.ready && c.first {
		c.id, page.Switch, page.Enter = formID, formID, ui.Hidden{Name: "_go", Value: "send"}
	}
	page.Body = checkPage(t, c)
	return s.render(w, r, d, x.status, page)
}

// submit checks everything once more and sends it. Pressed twice, it sends
// once: the second time the draft is a submission already, and its status
// page is shown.
func (s *Service) submit(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open, correcting)
	if err != nil {
		return or(w, r, err)
	}
	if err := r.ParseForm(); err != nil {
		return badBody(err)
	}
	v, err := s.view(r, d)
	if err != nil {
		return err
	}
	x := checked{status: http.StatusUnprocessableEntity, email: clean(r.PostFormValue("email"), 254)}
	if r.PostForm.Has(ui.SwitchName) { // another language, with the address that was typed
		x.status = http.StatusOK
		return s.showCheck(w, r, d, v, x)
	}
	if x.problems = v.Validate(); len(x.problems) > 0 {
		return s.showCheck(w, r, d, v, x)
	}
	if x.email != "" {
		if a, err := mail.ParseAddress(x.email); err != nil || a.Address != x.email {
			x.badEmail = true
			return s.showCheck(w, r, d, v, x)
		}
	}
	if d.state == correcting {
		err = s.sendCorrection(r.Context(), d, v.Prune())
	} else {
		err = s.send(r.Context(), d, v.Prune(), x.email)
	}
	if x.notice = s.unsendable(w, d, err); x.notice != nil {
		x.status = http.StatusConflict
		return s.showCheck(w, r, d, v, x)
	}
	switch {
	case err == nil, fail.Is(err, fail.Conflict):
		// In a conflict another window was quicker: it has sent the draft, and
		// the status page shows it, or changed it, and leads back to check.
		return web.SeeOther(w, r, d.path("/status"))
	case fail.Is(err, fail.Unavailable):
		s.Log.Warn("could not send yet", "id", web.RequestID(r.Context()), "error", err)
		x.status = http.StatusServiceUnavailable
		x.notice = &ui.Alert{Tone: ui.Warning, Focus: true, Title: d.t.T("submission.check.wait.title"), Text: d.t.T("submission.check.wait.text")}
		return s.showCheck(w, r, d, v, x)
	}
	return err
}

func (s *Service) sendCorrection(ctx context.Context, d *desk, answers *form.Answers) error {
	sub, err := s.store.submissionOfDraft(ctx, s.DB.Read(), d.tenant.ID, d.id)
	if err != nil {
		return err
	}
	return s.correct(ctx, d, sub, answers, nil)
}

// reopen puts the sent answers back into pages, to be corrected.
func (s *Service) reopen(w http.ResponseWriter, r *http.Request) error {
	d, sub, err := s.sent(r)
	if err != nil {
		return or(w, r, err)
	}
	if sub.State.Over() {
		return web.SeeOther(w, r, d.path("/status"))
	}
	if d.state == correcting { // in another window; what was typed there stays
		return web.SeeOther(w, r, d.path("/pruefen"))
	}
	payload, err := s.payload(r.Context(), d, sub, sub.Revision)
	if err != nil {
		return err
	}
	if err := s.reopenPages(r.Context(), d, payload); err != nil && !fail.Is(err, fail.Conflict) {
		return err
	}
	return web.SeeOther(w, r, d.path("/pruefen"))
}

// withdraw takes a submission back.
func (s *Service) withdraw(w http.ResponseWriter, r *http.Request) error {
	d, sub, err := s.sent(r)
	if err != nil {
		return or(w, r, err)
	}
	if !sub.State.Over() {
		now := s.Clock.Now()
		err = s.DB.Write(r.Context(), func(ctx context.Context, tx db.Querier) error {
			if err := s.store.Record(ctx, tx, sub.Tenant, sub.ID, s.IDs.New(), Withdrawn, now); err != nil {
				return err
			}
			return s.Delivery.Withdrawn(ctx, tx, sub.Tenant, sub.ID)
		})
		if err != nil && !fail.Is(err, fail.Conflict) { // over meanwhile: the status page says how
			return err
		}
		s.wake()
	}
	return web.SeeOther(w, r, d.path("/status"))
}

// sent is the desk of a draft that was submitted, and its submission.
func (s *Service) sent(r *http.Request) (*desk, Submission, error) {
	d, err := s.opened(r, submitted, correcting)
	if err != nil {
		return nil, Submission{}, err
	}
	sub, err := s.store.submissionOfDraft(r.Context(), s.DB.Read(), d.tenant.ID, d.id)
	return d, sub, err
}
