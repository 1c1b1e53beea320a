package submission

import (
	"net/http"
	"strings"

	"leitportal/internal/i18n"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// A browser can have the keys to several drafts of one solution: a second one
// was begun, or opened by a code or a file. One of them is in use; the others
// are put aside (see cookies), and taken up again here.

// further is what of a browser's drafts is another than ss (nil for none), of
// the tenant and solution of d only, where d is not nil.
func further(list []keptDraft, d *desk, ss *session) (out []keptDraft) {
	for _, k := range list {
		if ss != nil && k.id == ss.id || d != nil && (k.tenant != d.tenant.ID || k.solution != d.offer.Version.ID) {
			continue
		}
		out = append(out, k)
	}
	return out
}

// arrive makes a draft that was opened by a code or a file the one in use in
// this browser, and leads there; where it is in the place of another, it says
// so first.
func (s *Service) arrive(w http.ResponseWriter, r *http.Request, tenant, solution string, t ticket, to string) error {
	to, err := s.takeUp(w, r, tenant, solution, t, to)
	if err != nil {
		return err
	}
	return seeThere(w, to)
}

// seeThere sends the browser to an address, perhaps of another site.
func seeThere(w http.ResponseWriter, to string) error {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// takeUp is arrive, but answers the address to lead to.
func (s *Service) takeUp(w http.ResponseWriter, r *http.Request, tenant, solution string, t ticket, to string) (string, error) {
	ctx := r.Context()
	list, err := s.kept(r)
	if err != nil {
		return "", err
	}
	others := false
	for _, k := range list {
		if k.tenant == tenant && k.solution == solution && k.id != t.draft && k.inUse {
			others = true
		}
	}
	switch {
	case others && to == pathUnfit:
		to += "?weitere=1"
	case others:
		to = "/weitere"
	}
	if err := s.keepFor(w, r, tenant, solution, t); err != nil {
		return "", err
	}
	site := web.SiteOf(ctx)
	base := site.Base
	if site.Tenant != tenant {
		town, err := s.Tenants.ByID(tenant)
		if err != nil {
			return "", err
		}
		base = town.Base()
	}
	return web.SiteLink(ctx, base, "/antrag/"+solution+to), nil
}

// several shows the drafts of a solution that this browser opens.
func (s *Service) several(w http.ResponseWriter, r *http.Request) error {
	d, err := s.offered(r)
	if err != nil {
		return err
	}
	list, err := s.kept(r)
	if err != nil {
		return err
	}
	ctx, t := r.Context(), d.t
	list = further(list, d, nil)
	if len(list) == 0 {
		return web.SeeOther(w, r, d.path(""))
	}
	v := severalView{action: web.Link(ctx, d.path("/weitere"))}
	for _, k := range list {
		begun := i18n.FormatInstant(t.Lang(), k.created)
		state := "submission.draftfile.notsent"
		if k.state != open {
			state = "submission.several.sent"
		}
		d.session = k.session
		x := keptView{title: t.T("submission.several.one", "time", begun), facts: []ui.Row{
			{Key: t.T("submission.several.saved"), Value: i18n.FormatInstant(t.Lang(), k.updated)},
			{Key: t.T("submission.draftfile.state"), Value: t.T(state)},
			{Key: t.T("submission.sheet.until"), Value: d.until()},
		}}
		if k.test {
			x.facts = append([]ui.Row{{Key: t.T("submission.test.kind"), Value: t.T("submission.test.mark")}}, x.facts...)
		}
		if k.inUse {
			x.title = t.T("submission.several.inuse", "time", begun)
			v.going = ui.Link{Href: web.Link(ctx, d.path(goesOn(k.session))), Text: t.T("submission.later.back")}
		} else {
			x.take = ui.Button{Text: t.T("submission.several.take", "time", begun), Kind: ui.Secondary, Name: "vorgang", Value: k.id}
		}
		v.drafts = append(v.drafts, x)
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: t.T("submission.several.title"), Lead: t.T("submission.several.lead"), Layout: ui.LayoutForm, NoIndex: true,
		Crumbs: s.crumbs(ctx, d), Body: severalPage(v),
	})
}

// goesOn is where a draft goes on.
func goesOn(ss *session) string {
	if ss.state == submitted {
		return "/status"
	}
	return "/pruefen?weiter=1"
}

// taken makes another draft the one in use. One that this browser does not
// open (any more) is not there: the page shows what is.
func (s *Service) taken(w http.ResponseWriter, r *http.Request) error {
	d, err := s.offered(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badBody(err)
	}
	list, err := s.kept(r)
	if err != nil {
		return err
	}
	list = further(list, d, nil)
	if len(list) == 0 {
		return web.SeeOther(w, r, d.path(""))
	}
	for _, k := range list {
		if k.id != strings.TrimSpace(r.PostFormValue("vorgang")) {
			continue
		}
		if err := (cookies{w, r}).Keep(r.Context(), Kept{k.tenant, k.solution, k.ticket}); err != nil {
			return err
		}
		return web.SeeOther(w, r, d.path(goesOn(k.session)))
	}
	return web.SeeOther(w, r, d.path("/weitere"))
}
