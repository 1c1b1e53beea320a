package submission

import (
	"net/http"

	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// start shows what is ahead, and the draft or submission this browser already
// holds.
func (s *Service) start(w http.ResponseWriter, r *http.Request) error {
	d, err := s.offered(r)
	if err != nil {
		return err
	}
	ss, err := s.held(r, d)
	if err != nil {
		return err
	}
	if d.trial && ss != nil { // there is nothing to begin here yet
		return web.SeeOther(w, r, d.path(goesOn(ss)))
	}
	return s.showStart(w, r, d, ss, http.StatusOK, nil)
}

func (s *Service) showStart(w http.ResponseWriter, r *http.Request, d *desk, ss *session, status int, notice *ui.Alert) error {
	ctx := r.Context()
	v := startView{
		action: web.Link(ctx, d.path("")), resume: web.Link(ctx, "/fortsetzen"),
		points: []string{
			d.t.T("submission.start.point.save"),
			d.t.T("submission.start.point.later", "days", d.offer.Version.Retention.DraftDays),
			d.t.T("submission.start.point.seal", "office", d.offer.Set.Text("office_name", d.t.Lang())),
			d.t.T("submission.start.point.receipt"),
		},
	}
	if ss != nil {
		d.session = ss
		v.going, v.later = web.Link(ctx, d.path("/pruefen")), web.Link(ctx, d.path("/spaeter"))
		v.savedAt = i18n.FormatInstant(d.t.Lang(), ss.updated)
		if ss.state == submitted {
			v.going, v.sent = web.Link(ctx, d.path("/status")), true
		}
	}
	if web.Cookie(r, aside(d.tenant.ID, d.offer.Version.ID)) != "" {
		list, err := s.kept(r)
		if err != nil {
			return err
		}
		if n := len(further(list, d, ss)); n > 0 {
			v.further = ui.Link{Href: web.Link(ctx, d.path("/weitere")), Text: d.t.N("submission.start.further", n), Icon: "arrow-right"}
		}
	}
	return s.render(w, r, d, status, ui.Page{
		Title: d.title(), Lead: d.word("solution.summary", d.offer.Version.Summary), Layout: ui.LayoutForm, NoIndex: true,
		Crumbs: s.crumbs(ctx, d)[:1], Notice: notice,
		Body: startPage(d.t, v),
	})
}

// held is the draft that this browser opens, or nil where it opens none. That the draft cannot be read just now is an error: a new ticket in
// its place would lose it for good.
func (s *Service) held(r *http.Request, d *desk) (*session, error) {
	ss, err := s.openFor(r, d.tenant.ID, d.offer.Version.ID)
	if fail.Is(err, fail.NotFound) || fail.Is(err, fail.Gone) {
		return nil, nil
	}
	return ss, err
}

// begun makes a draft, unless this browser has one and did not ask for
// another.
func (s *Service) begun(w http.ResponseWriter, r *http.Request) error {
	d, err := s.offered(r)
	if err != nil {
		return err
	}
	ss, err := s.held(r, d)
	if err != nil {
		return err
	}
	if ss != nil && r.PostFormValue("neu") != "ja" && ss.state == open {
		return web.SeeOther(w, r, d.path("/pruefen")+"?weiter=1")
	}
	if d.trial {
		return fail.Newf(fail.NotFound, "submission: the solution is there for tests only")
	}
	caller := web.ClientKey(r.Context())
	if wait := s.drafts.take(caller, 1); wait > 0 {
		return s.showStart(w, r, d, ss, http.StatusTooManyRequests, s.limited(w, d.t, "drafts", wait))
	}
	t, err := s.begin(r.Context(), d.tenant.ID, d.offer.Version.ID, d.offer.Version.Manifest.Version, d.t.Lang().Official(), d.keep())
	if err != nil {
		return err
	}
	s.wake()
	if err := s.keepFor(w, r, d.tenant.ID, d.offer.Version.ID, t); err != nil {
		return err
	}
	return web.SeeOther(w, r, d.path("/pruefen")+"?weiter=1")
}

// resume asks for the code.
func (s *Service) resume(w http.ResponseWriter, r *http.Request) error {
	return s.askCode(w, r, http.StatusOK, "", "", "")
}

// askCode asks for the code; problem is one of the code, wrong one of the
// passphrase.
func (s *Service) askCode(w http.ResponseWriter, r *http.Request, status int, typed, problem, wrong string) error {
	ctx := r.Context()
	t := s.texts.In(web.Lang(ctx))
	fields := []ui.Field{{
		Name: "code", Label: t.T("submission.resume.code"), Hint: t.T("submission.resume.code.hint"), Required: true,
		Value: typed, Error: problem, MaxLength: 60, Width: ui.Width24, Autocomplete: "off",
	}, {
		Kind: ui.KindPassword, Name: "passphrase", Label: t.T("submission.passphrase"), Hint: t.T("submission.resume.passphrase.hint"),
		Error: wrong, MaxLength: maxPassphrase, Autocomplete: "off",
	}}
	return ui.Render(w, r, status, ui.Page{
		Title: t.T("submission.resume.title"), Lead: t.T("submission.resume.lead"), Layout: ui.LayoutForm,
		Problems: ui.Problems(fields),
		Body:     resumePage(t, web.Link(ctx, "/fortsetzen"), web.Link(ctx, "/fortsetzen/datei"), fields),
	})
}

// resumed opens the draft or submission of a code in this browser.
func (s *Service) resumed(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t := s.texts.In(web.Lang(ctx))
	if err := s.guesses.Allow(web.ClientKey(ctx)); err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fail.New(fail.Invalid, "", err)
	}
	typed := clean(r.PostFormValue("code"), 200)
	code, ok := parseCode(typed)
	if !ok {
		return s.askCode(w, r, http.StatusUnprocessableEntity, typed, t.T("submission.resume.malformed"), "")
	}
	ss, ticket, err := s.openCode(ctx, code, r.PostFormValue("passphrase"))
	switch err {
	case errWrongPassphrase:
		s.guesses.Fail(web.ClientKey(ctx))
		fallthrough
	case errNoPassphrase:
		return s.askCode(w, r, http.StatusUnprocessableEntity, typed, "", t.T(publicOf(err)))
	}
	if fail.Is(err, fail.NotFound) {
		s.guesses.Fail(web.ClientKey(ctx))
		return s.askCode(w, r, http.StatusUnprocessableEntity, typed, t.T("submission.resume.unknown"), "")
	}
	if err != nil {
		return err
	}
	site := web.SiteOf(ctx)
	if site.Tenant != "" && site.Base == "" && site.Tenant != ss.tenant {
		// A town's own host cannot set a cookie for another's.
		return s.askCode(w, r, http.StatusUnprocessableEntity, "", t.T("submission.resume.elsewhere"), "")
	}
	return s.arrive(w, r, ss.tenant, ss.solution, ticket, goesOn(ss))
}
