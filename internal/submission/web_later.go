package submission

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/pdf"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// later shows the ways in which the applicant goes on elsewhere.
func (s *Service) later(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open, correcting, submitted)
	if err != nil {
		return or(w, r, err)
	}
	return s.showLater(w, r, d, laterShown{status: http.StatusOK})
}

// laterShown is how the page of later is to be shown: problem is one of the
// passphrase, email what was typed for a reminder.
type laterShown struct {
	status   int
	problem  string
	email    string
	badEmail bool
}

func (s *Service) showLater(w http.ResponseWriter, r *http.Request, d *desk, x laterShown) error {
	ctx := r.Context()
	code, err := s.resumeCode(ctx, d.session)
	if err != nil {
		return err
	}
	guarded, err := s.store.hasPassphrase(ctx, s.DB.Read(), d.tenant.ID, d.id)
	if err != nil {
		return err
	}
	v := laterView{
		code:  ui.Code{Label: d.t.T("submission.later.code"), Groups: codeGroups(code), Hint: d.t.T(codeHint(guarded)), Print: true},
		sheet: ui.Link{Href: web.Link(ctx, d.path("/rueckkehr.pdf")), Text: d.t.T("submission.later.sheet"), Download: true},
		how:   d.t.T("submission.later.how", "until", d.until()),
		back:  web.Link(ctx, d.path("/pruefen")+"?weiter=1"),
		leave: web.Link(ctx, d.path("/verlassen")), erase: web.Link(ctx, d.path("/loeschen")),
		sent: d.state != open, guarded: guarded,
		guard: formView{action: web.Link(ctx, d.path("/kennwort")), fields: passphraseFields(d.t, x.problem), open: x.problem != ""},
	}
	if v.sent {
		v.how = d.t.T("submission.later.how.sent", "until", d.until())
	}
	if d.state == open && !d.test {
		v.file = web.Link(ctx, d.path("/datei"))
	}
	if d.state == open && !d.test && d.keep() > remindBefore {
		v.remind = formView{action: web.Link(ctx, d.path("/erinnern")), fields: []ui.Field{reminderField(d.t, x)}, open: x.badEmail}
		v.reminded = d.remind != nil
	}
	if d.state == submitted {
		v.back = web.Link(ctx, d.path("/status"))
	}
	list, err := s.kept(r)
	if err != nil {
		return err
	}
	if n := len(further(list, nil, d.session)); n > 0 {
		v.all = d.t.N("submission.later.leave.all", n)
	}
	return s.render(w, r, d, x.status, ui.Page{
		Title: d.t.T("submission.later.title"), Lead: d.t.T("submission.later.lead"), Layout: ui.LayoutForm, NoIndex: true,
		Crumbs: s.crumbs(ctx, d), Problems: ui.Problems(slices.Concat(v.guard.fields, v.remind.fields)), Body: laterPage(d.t, v),
	})
}

// codeHint is the key of what a code is to its finder.
func codeHint(guarded bool) string {
	if guarded {
		return "submission.later.code.hint.guarded"
	}
	return "submission.later.code.hint"
}

// until is the last day on which the draft can be opened, in words.
func (d *desk) until() string {
	return i18n.FormatDate(d.t.Lang(), clock.DateOf(d.expire.In(clock.Berlin())))
}

// passphraseFields ask for a passphrase that is to be, twice; problem is the
// key of what is wrong with it.
func passphraseFields(t i18n.Texts, problem string) []ui.Field {
	fields := []ui.Field{{
		Kind: ui.KindPassword, Name: "passphrase", Label: t.T("submission.passphrase.new"), Hint: t.T("submission.passphrase.hint", "min", minPassphrase),
		Required: true, MaxLength: maxPassphrase, Autocomplete: "new-password",
	}, {
		Kind: ui.KindPassword, Name: "again", Label: t.T("submission.passphrase.again"),
		Required: true, MaxLength: maxPassphrase, Autocomplete: "new-password",
	}}
	if problem != "" {
		i := 0
		if strings.HasSuffix(problem, ".differs") {
			i = 1
		}
		fields[i].Error = t.T(problem, "min", minPassphrase, "max", maxPassphrase)
	}
	return fields
}

// guarded gives the code a passphrase, or takes it away.
func (s *Service) guarded(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open, correcting, submitted)
	if err != nil {
		return or(w, r, err)
	}
	if err := r.ParseForm(); err != nil {
		return badBody(err)
	}
	chosen := r.PostFormValue("passphrase")
	if r.PostFormValue("ohne") == "ja" {
		chosen = ""
	} else if problem := passphraseProblem(chosen, r.PostFormValue("again")); problem != "" {
		return s.showLater(w, r, d, laterShown{status: http.StatusUnprocessableEntity, problem: problem})
	}
	if err := s.setPassphrase(r.Context(), d.session, chosen); err != nil {
		return err
	}
	return web.SeeOther(w, r, d.path("/spaeter"))
}

// sheet is the code on paper: code, address, until when.
func (s *Service) sheet(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open, correcting, submitted)
	if err != nil {
		return or(w, r, err)
	}
	ctx, t := r.Context(), d.t
	code, err := s.resumeCode(ctx, d.session)
	if err != nil {
		return err
	}
	guarded, err := s.store.hasPassphrase(ctx, s.DB.Read(), d.tenant.ID, d.id)
	if err != nil {
		return err
	}
	title := d.titled(t.T("submission.sheet.title"))
	doc := pdf.New(s.Fonts, pdf.Meta{Title: title, Lang: string(t.Lang()), Author: d.tenant.Name, Created: s.Clock.Now()})
	address := s.PortalURL + d.tenant.Base() + "/fortsetzen"
	doc.Head(d.tenant.Name, d.offer.Set.Text("office_name", t.Lang()))
	doc.H1(title)
	d.warn(doc)
	doc.P(t.T("submission.sheet.how"))
	doc.Facts([]pdf.Fact{
		{Term: t.T("submission.later.code"), Value: strings.Join(codeGroups(code), " ")},
		{Term: t.T("submission.sheet.address"), Value: address},
		{Term: t.T("submission.sheet.until"), Value: d.until()},
		{Term: t.T("submission.sheet.what"), Value: d.title()},
	})
	doc.P(t.T(codeHint(guarded)))
	if guarded {
		doc.P(t.T("submission.sheet.guarded"))
	}
	if err := doc.QR(address, t.T("submission.sheet.qr"), t.T("submission.sheet.qr.caption", "url", address), 90); err != nil {
		return err
	}
	return sendFile(w, r, doc.Bytes(), "application/pdf", "rueckkehr.pdf")
}

// left takes this browser's key away, or all its keys: nothing of the draft
// stays on a shared computer. The key of an account stays: who signs out has
// left it.
func (s *Service) left(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open, correcting, submitted)
	if err != nil {
		return or(w, r, err)
	}
	if err := r.ParseForm(); err != nil {
		return badBody(err)
	}
	list, err := s.kept(r)
	if err != nil {
		return err
	}
	stay := further(list, nil, d.session)
	if r.PostFormValue("alle") == "ja" {
		for _, k := range stay {
			if err := s.leave(r.Context(), k.session); err != nil {
				return err
			}
			web.ClearCookie(w, r, cookie(k.tenant, k.solution))
			web.ClearCookie(w, r, aside(k.tenant, k.solution))
		}
		stay = nil
	}
	if !d.account {
		if err := s.leave(r.Context(), d.session); err != nil {
			return err
		}
	}
	t, v := d.t, leftView{}
	if v.others, err = s.others(r, t, stay); err != nil {
		return err
	}
	here := "submission.left.portal"
	if d.state != open {
		here += ".sent"
	}
	v.facts = []ui.Row{
		{Key: t.T("submission.left.computer"), Value: t.T("submission.left.computer.text")},
		{Key: t.T("submission.left.yours"), Value: t.T("submission.left.yours.text")},
		{Key: t.T("submission.left.portal"), Value: t.T(here+".text", "until", d.until())},
		{Key: t.T("submission.left.on"), Value: t.T("submission.left.on.text")},
	}
	return s.gone(w, r, d, "left", leftPage(t, v))
}

// others leads to where each of the drafts can be left; where there are
// several of a tenant and solution, to where one is chosen.
func (s *Service) others(r *http.Request, t i18n.Texts, list []keptDraft) (out []ui.Link, err error) {
	ctx := r.Context()
	site := web.SiteOf(ctx)
	for _, k := range list {
		town, err := s.Tenants.ByID(k.tenant)
		if err != nil {
			return nil, err
		}
		version, err := s.Solutions.Solution(k.solution)
		if err != nil {
			return nil, err
		}
		base := site.Base
		if k.tenant != site.Tenant {
			base = town.Base()
		}
		to := "/spaeter"
		for _, other := range list {
			if !k.inUse || other.id != k.id && other.tenant == k.tenant && other.solution == k.solution {
				to = "/weitere"
			}
		}
		link := ui.Link{Href: web.SiteLink(ctx, base, "/antrag/"+k.solution+to), Text: version.Title.In(t.Lang()) + ", " + town.Name}
		if !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	return out, nil
}

// erased destroys a draft that was not sent.
func (s *Service) erased(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open)
	if err != nil {
		return or(w, r, err)
	}
	if err := s.erase(r.Context(), d.session.tenant, d.id, never()); err != nil {
		return err
	}
	return s.gone(w, r, d, "erased", ui.Text(d.t.T("submission.erased.text")))
}

// gone says that this browser holds nothing any more, and sees to it that it
// does not.
func (s *Service) gone(w http.ResponseWriter, r *http.Request, d *desk, what string, body templ.Component) error {
	web.ClearCookie(w, r, cookie(d.tenant.ID, d.offer.Version.ID))
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	ctx := r.Context()
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: d.t.T("submission." + what + ".title"), Layout: ui.LayoutForm, NoIndex: true, Mark: d.mark(),
		Body: gonePage(body, []ui.Link{
			{Href: web.Link(ctx, "/"), Text: d.tenant.Name},
			{Href: web.Link(ctx, "/fortsetzen"), Text: d.t.T("submission.start.resume")},
		}),
	})
}

// publicOf is the key of the text that an error has for people, "" for none.
func publicOf(err error) string {
	var e *fail.Error
	if errors.As(err, &e) {
		return e.Public
	}
	return ""
}
