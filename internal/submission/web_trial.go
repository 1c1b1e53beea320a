package submission

import (
	"context"
	"net/http"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// Addresses of tests at the desk.
const (
	pathTests = "/testfaelle"
	pathTest  = "/testfall/"
)

// trialRoutes are the addresses at the desk, none where nobody may test.
func (s *Service) trialRoutes() []web.Route {
	if len(s.Testers) == 0 {
		return nil
	}
	row := func(pattern string, h web.Handler) web.Route {
		return web.Route{Site: web.Desk, Pattern: pattern, Access: web.Signed(s.Testers...), Handle: noStore(h)}
	}
	return []web.Route{
		row("GET "+pathTests, s.testsPage),
		row("POST "+pathTest+"{solution}", s.testBegun),
		row("POST "+pathTests+"/{draft}/loeschen", s.testErased),
	}
}

// Nav are the entries of the desk's navigation for who is signed in.
func (s *Service) Nav(ctx context.Context, p *web.Principal) []ui.Link {
	if len(s.Testers) == 0 || !p.Has(s.Testers...) {
		return nil
	}
	return []ui.Link{{Href: web.DeskLink(ctx, pathTests), Text: s.texts.In(web.Lang(ctx)).T("submission.tests.title"), Key: "g t"}}
}

// tried is the offer that a solution is tried with, for who holds a test of
// it; or else why, for whom there is no offer.
func (s *Service) tried(r *http.Request, d *desk, why error) (solution.Offer, error) {
	id := r.PathValue("solution")
	if s.Trial == nil {
		return solution.Offer{}, why
	}
	ss, err := s.openFor(r, d.tenant.ID, id)
	if err != nil || !ss.test || ss.solution != id {
		return solution.Offer{}, why
	}
	return s.Trial.At(s.Solutions, d.tenant.ID, id, ss.version, d.today)
}

// testView is a test on the desk's page.
type testView struct {
	title string
	rows  []ui.Row
	links []ui.Link
	erase ui.FormModel
}

type testsView struct {
	t     i18n.Texts
	tests []testView
	begin []ui.FormModel // a form for each solution, named by it
}

func (s *Service) testsPage(w http.ResponseWriter, r *http.Request) error {
	return s.showTests(w, r, http.StatusOK, nil)
}

func (s *Service) showTests(w http.ResponseWriter, r *http.Request, status int, notice *ui.Alert) error {
	ctx := r.Context()
	t, tenant, today := s.texts.In(web.Lang(ctx)), web.SiteOf(ctx).Tenant, clock.Today(s.Clock)
	list, err := s.Tests(ctx, tenant, "", "")
	if err != nil {
		return err
	}
	v := testsView{t: t}
	for _, v1 := range s.Solutions.Solutions() {
		if s.Trial == nil {
			break
		}
		if _, err := s.Trial(tenant, v1.ID, today); err == nil {
			v.begin = append(v.begin, ui.FormModel{
				Action: web.Link(ctx, pathTest+v1.ID), Label: t.T("submission.tests.begin", "service", v1.Title.In(t.Lang())),
			})
		}
	}
	for _, c := range list {
		v.tests = append(v.tests, s.testView(r, t, c))
	}
	switch {
	case notice != nil:
	case r.URL.Query().Has("geloescht"):
		notice = &ui.Alert{Tone: ui.Success, Title: t.T("submission.tests.erased")}
	}
	return ui.Render(w, r, status, ui.Page{
		Title: t.T("submission.tests.title"), Lead: t.T("submission.tests.lead", "days", TestDays), NoIndex: true,
		Notice: notice, Body: testsPageBody(v),
	})
}

func (s *Service) testView(r *http.Request, t i18n.Texts, c TestCase) testView {
	ctx := r.Context()
	name := c.Solution
	if v, err := s.Solutions.Solution(c.Solution); err == nil {
		name = v.Title.In(t.Lang())
	}
	state := t.T("submission.draftfile.notsent")
	if c.State != "" {
		state = t.T("submission.event." + string(c.State))
	}
	began := i18n.FormatInstant(t.Lang(), c.Began)
	v := testView{title: t.T("submission.tests.one", "time", began), rows: []ui.Row{
		{Key: t.T("submission.status.what"), Value: name + ", " + t.T("submission.tests.version", "version", c.Version)},
		{Key: t.T("submission.draftfile.state"), Value: state},
	}}
	if c.Number != "" {
		v.title = t.T("submission.tests.numbered", "number", c.Number)
		v.rows = append(v.rows, ui.Row{Key: t.T("submission.tests.began"), Value: began})
	}
	if c.Passed() {
		v.rows = append(v.rows, ui.Row{Key: t.T("submission.tests.passed"), Value: i18n.FormatInstant(t.Lang(), c.Acknowledged)})
	}
	if !c.Decided.IsZero() {
		v.rows = append(v.rows, ui.Row{Key: t.T("submission.tests.decided"), Value: i18n.FormatInstant(t.Lang(), c.Decided)})
	}
	v.rows = append(v.rows, ui.Row{Key: t.T("submission.tests.ends"), Value: i18n.FormatDate(t.Lang(), clock.DateOf(c.Ends.In(clock.Berlin())))})
	if to := s.testLink(r, c); to != "" {
		v.links = []ui.Link{{Href: to, Text: t.T("submission.tests.open", "name", v.title), Icon: "arrow-right"}}
	}
	v.erase = ui.FormModel{Action: web.Link(ctx, pathTests+"/"+c.Draft+"/loeschen"), Label: t.T("submission.tests.erase.label", "name", v.title)}
	return v
}

// testLink leads to a test as its applicant sees it, where this browser has
// the key; "" where it does not.
func (s *Service) testLink(r *http.Request, c TestCase) string {
	tenant := web.SiteOf(r.Context()).Tenant
	held := func(tickets string) bool {
		for _, s := range strings.Split(tickets, "~") {
			if t, ok := parseTicket(s); ok && t.draft == c.Draft {
				return true
			}
		}
		return false
	}
	to := ""
	switch {
	case held(web.Cookie(r, cookie(tenant, c.Solution))):
		if to = "/pruefen?weiter=1"; c.Submission != "" {
			to = "/status"
		}
	case held(web.Cookie(r, aside(tenant, c.Solution))):
		to = "/weitere"
	default:
		return ""
	}
	return web.TenantLink(r.Context(), "/antrag/"+c.Solution+to)
}

// testBegun begins a test and leads to its form, in this browser: what it held
// of the same solution is put aside. No account keeps the key.
func (s *Service) testBegun(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, tenant, id := web.PrincipalOf(ctx), web.SiteOf(ctx).Tenant, r.PathValue("solution")
	if s.Trial == nil {
		return fail.Newf(fail.NotFound, "submission: nothing can be tested")
	}
	offer, err := s.Trial(tenant, id, clock.Today(s.Clock))
	if err != nil {
		return err
	}
	t, err := s.beginTest(ctx, offer, web.Lang(ctx).Official(), p.ID)
	if fail.Is(err, fail.Conflict) {
		texts := s.texts.In(web.Lang(ctx))
		return s.showTests(w, r, http.StatusConflict, &ui.Alert{Tone: ui.Danger, Focus: true, Title: texts.T("submission.tests.many", "n", MostTests)})
	}
	if err != nil {
		return err
	}
	s.wake()
	if err := (cookies{w, r}).Keep(ctx, Kept{tenant, offer.Version.ID, t.String()}); err != nil {
		return err
	}
	return seeThere(w, web.TenantLink(ctx, "/antrag/"+offer.Version.ID+"/pruefen?weiter=1"))
}

func (s *Service) testErased(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, tenant := web.PrincipalOf(ctx), web.SiteOf(ctx).Tenant
	err := s.eraseTest(ctx, tenant, r.PathValue("draft"), func(ctx context.Context, tx db.Querier, solution string) error {
		return s.TestRecord(ctx, tx, TestEvent{tenant, solution, p.ID, TestErased, s.Clock.Now()})
	})
	// Who presses the button twice, or after a colleague, has what they wanted.
	if err != nil && !fail.Is(err, fail.NotFound) {
		return err
	}
	return web.SeeOther(w, r, pathTests+"?geloescht")
}
