package submission

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"slices"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/tenant"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

//go:embed texts
var texts embed.FS

// Texts is the room's words.
func Texts() *i18n.Catalog { return i18n.MustLoad(texts) }

// Routes are the room's addresses.
func (s *Service) Routes() []web.Route {
	at := func(pattern string, access web.Access, h web.Handler) web.Route {
		return web.Route{Site: web.Tenant, Pattern: pattern, Access: access, Handle: noStore(h)}
	}
	// in further languages, too
	further := func(pattern string, access web.Access, h web.Handler) web.Route {
		r := at(pattern, access, s.spoken(h))
		r.Further = true
		return r
	}
	upload := func(r web.Route) web.Route { r.MaxBody, r.Streams = maxUpload, true; return r }
	bring := func(r web.Route) web.Route {
		r.MaxBody, r.Holds = maxDraftFile+maxFields+maxRefused, maxDraftFile+maxFields
		return r
	}
	return append(append(s.uploadRoutes(further), s.trialRoutes()...), []web.Route{
		further("GET /antrag/{solution}", web.Public, s.start),
		further("POST /antrag/{solution}", web.Public, s.begun),
		further("GET /antrag/{solution}/seite/{path...}", web.Applicant, s.step),
		upload(further("POST /antrag/{solution}/seite/{path...}", web.Applicant, s.answered)),
		further("GET /antrag/{solution}/pruefen", web.Applicant, s.check),
		further("POST /antrag/{solution}/pruefen", web.Applicant, s.submit),
		further("GET /antrag/{solution}/karte/{picture}", web.Applicant, s.picture),
		further("GET /antrag/{solution}/spaeter", web.Applicant, s.later),
		at("GET /antrag/{solution}/rueckkehr.pdf", web.Applicant, s.sheet),
		at("POST /antrag/{solution}/kennwort", web.Applicant, s.guarded),
		at("GET /antrag/{solution}/datei", web.Applicant, s.takeAlong),
		at("POST /antrag/{solution}/datei", web.Applicant, s.tookAlong),
		at("GET /antrag/{solution}"+pathUnfit, web.Applicant, s.unfitPage),
		at("POST /antrag/{solution}/erinnern", web.Applicant, s.reminded),
		at("GET /antrag/{solution}/weitere", web.Applicant, s.several),
		at("POST /antrag/{solution}/weitere", web.Applicant, s.taken),
		at("POST /antrag/{solution}/verlassen", web.Applicant, s.left),
		at("POST /antrag/{solution}/loeschen", web.Applicant, s.erased),
		further("GET /antrag/{solution}/status", web.Applicant, s.status),
		at("GET /antrag/{solution}/quittung.pdf", web.Applicant, s.receiptPDF),
		at("GET /antrag/{solution}/quittung.json", web.Applicant, s.receiptJSON),
		at("POST /antrag/{solution}/zurueckziehen", web.Applicant, s.withdraw),
		further("POST /antrag/{solution}/korrigieren", web.Applicant, s.reopen),
		at("GET /antrag/{solution}/verwerfen", web.Applicant, s.discard),
		at("POST /antrag/{solution}/verwerfen", web.Applicant, s.discarded),
		at("GET /antrag/{solution}/nachricht/{message}", web.Applicant, s.message),
		at("GET /antrag/{solution}/nachricht/{message}/bescheid.pdf", web.Applicant, s.noticePDF),
		upload(at("POST /antrag/{solution}/nachricht/{message}", web.Applicant, s.answerQuestion)),
		at("GET /fortsetzen", web.Public, s.resume),
		at("POST /fortsetzen", web.Public, s.resumed),
		at("GET /fortsetzen/datei", web.Public, s.bring),
		bring(at("POST /fortsetzen/datei", web.Public, s.brought)),
		{Site: web.State, Pattern: "GET /fortsetzen/datei", Access: web.Public, Handle: noStore(s.bring)},
		bring(web.Route{Site: web.State, Pattern: "POST /fortsetzen/datei", Access: web.Public, Handle: noStore(s.brought)}),
		{Site: web.State, Pattern: "GET /fortsetzen", Access: web.Public, Handle: noStore(s.resume)},
		{Site: web.State, Pattern: "POST /fortsetzen", Access: web.Public, Handle: noStore(s.resumed)},
	}...)
}

// noStore keeps an applicant's pages out of every cache, the browser's too:
// going back asks us, and gets what is stored now.
func noStore(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		web.NoStore(w)
		return h(w, r)
	}
}

// desk is what most handlers need: the tenant, the offer, the form, and the
// applicant's opened draft.
type desk struct {
	t       i18n.Texts
	tenant  *tenant.Tenant
	offer   solution.Offer
	program *form.Program
	today   clock.Date
	trial   bool  // the offer is there for tests only
	unseen  error // what kept the virus scanner from looking at a file of this request
	*session
}

// offered is the solution that the address names, as the tenant offers it
// today; where it does not, as it is tried, for who holds a test of it.
func (s *Service) offered(r *http.Request) (*desk, error) {
	d, err := s.atTown(r)
	if err != nil {
		return nil, err
	}
	if d.offer, err = s.Solutions.Offer(d.tenant.ID, r.PathValue("solution"), d.today); err != nil {
		if d.offer, err = s.tried(r, d, err); err != nil {
			return nil, err
		}
		d.trial = true
	}
	d.program, err = s.Program(d.offer.Version.ID, d.offer.Version.Manifest.Version)
	return d, err
}

// atTown is the desk without a solution.
func (s *Service) atTown(r *http.Request) (*desk, error) {
	site := web.SiteOf(r.Context())
	d := &desk{t: s.texts.On(site.Lang), today: clock.Today(s.Clock)}
	var err error
	d.tenant, err = s.Tenants.ByID(site.Tenant)
	return d, err
}

// opened is the desk with the applicant's draft in one of the given states, in
// the version it began with, whether or not the solution is still offered. It
// sends elsewhere (see elsewhere) who has none, or one in another state.
func (s *Service) opened(r *http.Request, states ...string) (*desk, error) {
	d, err := s.atTown(r)
	if err != nil {
		return nil, err
	}
	v, err := s.Solutions.Solution(r.PathValue("solution"))
	if err != nil {
		return nil, err
	}
	d.session, err = s.openFor(r, d.tenant.ID, v.ID)
	if fail.Is(err, fail.NotFound) {
		return nil, elsewhere("/antrag/" + v.ID)
	}
	if err != nil {
		return nil, err
	}
	if d.solution != v.ID {
		return nil, fail.Newf(fail.NotFound, "submission: the draft is of another solution")
	}
	if slices.Contains(states, d.state) {
		return d, s.ofVersion(d)
	}
	if d.state == open || d.state == correcting {
		return nil, elsewhere("/antrag/" + v.ID + "/pruefen")
	}
	return nil, elsewhere("/antrag/" + v.ID + "/status")
}

// ofVersion turns the desk to the version the draft began with.
func (s *Service) ofVersion(d *desk) error {
	if d.offer.Version != nil && d.version == d.offer.Version.Manifest.Version {
		return nil
	}
	var err error
	if d.offer, err = s.at(d.test, d.tenant.ID, d.solution, d.version, d.today); err != nil {
		return err
	}
	d.program, err = s.Program(d.solution, d.version)
	return err
}

func (d *desk) path(rest string) string { return "/antrag/" + d.offer.Version.ID + rest }

// keep is how long the draft is kept after its last change.
func (d *desk) keep() time.Duration {
	return time.Duration(d.offer.Version.Retention.DraftDays) * 24 * time.Hour
}

// title is the solution's name in the language of the page.
func (d *desk) title() string { return d.word("solution.title", d.offer.Version.Title) }

// elsewhere is an error that sends the browser to a path of the site: the
// draft is not where the page belongs.
type elsewhere string

func (e elsewhere) Error() string { return "elsewhere: " + string(e) }

// or answers err: an elsewhere by sending the browser there.
func or(w http.ResponseWriter, r *http.Request, err error) error {
	var to elsewhere
	if errors.As(err, &to) {
		return web.SeeOther(w, r, string(to))
	}
	return err
}

// crumbs lead to an applicant's page.
func (s *Service) crumbs(ctx context.Context, d *desk) []ui.Link {
	return []ui.Link{
		{Href: web.Link(ctx, "/"), Text: d.tenant.Name},
		{Href: web.Link(ctx, d.path("")), Text: d.title()},
	}
}
