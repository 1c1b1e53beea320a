package app

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"sync"

	"leitportal/internal/audit"
	"leitportal/internal/casework"
	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/ledger"
	"leitportal/internal/login"
	"leitportal/internal/progress"
	"leitportal/internal/search"
	"leitportal/internal/service"
	"leitportal/internal/solution"
	"leitportal/internal/staff"
	"leitportal/internal/submission"
	"leitportal/internal/tenant"
	"leitportal/internal/ui"
	"leitportal/internal/web"
	"leitportal/solutions"
)

// loadSolutions reads the solutions in the binary and those of --solutions.
func (c Config) loadSolutions() (*solution.Catalog, error) {
	if c.only != nil {
		return solution.Load(c.only)
	}
	all := []fs.FS{solutions.Files()}
	if c.Solutions != "" {
		added, err := solution.Folder(c.Solutions)
		if err != nil {
			return nil, err
		}
		all = append(all, added)
	}
	return solution.Load(all...)
}

// programs are the compiled forms of all solutions, one per version, shared by
// all tenants.
type programs struct {
	solutions *solution.Catalog
	mu        sync.Mutex
	compiled  map[string]*form.Program // by the digest of the version
}

func newPrograms(c *solution.Catalog) *programs {
	return &programs{solutions: c, compiled: map[string]*form.Program{}}
}

// compile makes the newest version of every solution ready; a form that does
// not compile keeps the portal from starting.
func (p *programs) compile() error {
	for _, v := range p.solutions.Solutions() {
		if _, err := p.program(v.ID, v.Manifest.Version); err != nil {
			return err
		}
	}
	return nil
}

// program is the compiled form of a version.
func (p *programs) program(id, version string) (*form.Program, error) {
	v, err := p.solutions.Version(id, version)
	if err != nil {
		return nil, err
	}
	return p.of(v)
}

// of is the compiled form of v, which need not be in the catalogue yet.
func (p *programs) of(v *solution.Version) (*form.Program, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.compiled[v.Digest]; ok {
		return c, nil
	}
	def, err := form.Load(v.Files())
	if err != nil {
		return nil, fmt.Errorf("solution %s %s: %w", v.ID, v.Manifest.Version, err)
	}
	types := map[string]form.ParamType{}
	for name, typ := range v.FormTypes() {
		types[name] = form.ParamType(typ)
	}
	c, err := form.Compile(def, form.Options{Params: types})
	if err != nil {
		return nil, fmt.Errorf("solution %s %s: %w", v.ID, v.Manifest.Version, err)
	}
	p.compiled[v.Digest] = c
	return c, nil
}

// try compiles all versions of a solution, and looks at the newest as each of
// its towns will see it on a day.
func (p *programs) try(id string, today clock.Date) error {
	versions := p.solutions.Versions(id)
	for _, v := range versions {
		if _, err := p.program(id, v.Manifest.Version); err != nil {
			return err
		}
	}
	v, err := p.solutions.Solution(id)
	if err != nil {
		return err
	}
	return p.prove(v, p.solutions.Sets(id), today)
}

// prove looks at a version as towns with these parameters will see it on a day,
// in each language: before the first answer everything is asked that rules and
// texts depend on.
func (p *programs) prove(v *solution.Version, sets []*solution.Set, today clock.Date) error {
	c, err := p.of(v)
	if err != nil {
		return err
	}
	for _, set := range sets {
		if today.Before(set.ByLaw.From) {
			today = set.ByLaw.From
		}
		for _, lang := range i18n.Langs() {
			params, err := c.Params(set.Values(lang))
			if err == nil {
				view := c.Open(c.Empty(), form.Env{Params: params, Today: today, Lang: lang})
				_, _ = view.Steps(), view.Compute()
				err = view.Err()
			}
			if err != nil {
				return fmt.Errorf("solution %s with the by-law %q: %w", v.ID, set.ByLaw.Name, err)
			}
		}
	}
	return nil
}

// sight is what the service pages see of the rooms to their right: what is
// online where, in whose words, and the towns' offices.
type sight struct {
	solutions *solution.Catalog
	tenants   *tenant.Directory
	clock     clock.Clock

	texts sync.Map // parameter set and language → []solution.ServiceText
	board *progress.Board
}

func (s *sight) offer(tenantARS, ozgID string) (solution.Offer, bool) {
	find := s.solutions.OfferFor
	if tenantARS == "" {
		find = func(service, _ string, day clock.Date) (solution.Offer, error) {
			return s.solutions.OfferSomewhere(service, day)
		}
	}
	o, err := find(ozgID, tenantARS, clock.Today(s.clock))
	return o, err == nil
}

// Online implements service.Online.
func (s *sight) Online(ctx context.Context, tenantARS, ozgID string) (service.Offer, bool) {
	o, ok := s.offer(tenantARS, ozgID)
	if !ok {
		return service.Offer{}, false
	}
	out := service.Offer{Href: "/antrag/" + o.Version.ID, Demo: o.Demo()}
	for _, t := range s.serviceTexts(ctx, o) {
		if t.Service.Online {
			out.Fee, out.Duration = t.FeeLine, t.DurationLine
			break
		}
	}
	return out, true
}

// serviceTexts is what the offer's services say: as many as there are distinct
// parameter sets and languages.
func (s *sight) serviceTexts(ctx context.Context, o solution.Offer) []solution.ServiceText {
	lang := web.Lang(ctx)
	key := o.Version.Digest + o.Set.Key + string(lang)
	if t, ok := s.texts.Load(key); ok {
		return t.([]solution.ServiceText)
	}
	t := o.ServiceTexts(lang)
	s.texts.Store(key, t)
	return t
}

// Live implements service.Online: the figures of the progress pages.
func (s *sight) Live(ctx context.Context, tenantARS string) service.Live {
	f, err := s.board.Figures(ctx)
	if err != nil {
		return service.Live{} // the start page then says nothing of it
	}
	if t, ok := f.Town(tenantARS); ok {
		return service.Live{Services: len(t.Online), Of: f.Of, Href: progress.BoardPath}
	}
	return service.Live{Services: f.All.Online, Towns: f.Towns, Of: f.Of, Href: progress.BoardPath}
}

// Running implements progress.Running: what each authority offers of each
// solution on day, in the version it has.
func (s *sight) Running(_ context.Context, day clock.Date) ([]progress.Online, error) {
	var out []progress.Online
	for _, v := range s.solutions.Solutions() {
		for _, t := range s.tenants.All() {
			o, err := s.solutions.Offer(t.ID, v.ID, day)
			if err != nil {
				continue
			}
			for _, sv := range o.Version.Services {
				if sv.Online {
					out = append(out, progress.Online{Tenant: t.ID, OZG: sv.OZG, Solution: v.ID, Version: o.Version.Manifest.Version, Since: o.Since, Demo: o.Demo()})
				}
			}
		}
	}
	return out, nil
}

// Revision implements progress.Running: it grows with each adoption, edition
// and version.
func (s *sight) Revision() int64 { return s.solutions.Revision() }

// Texts implements service.Texts.
func (s *sight) Texts(ctx context.Context, tenantARS, ozgID string) []service.Text {
	o, ok := s.offer(tenantARS, ozgID)
	if !ok {
		return nil
	}
	var out []service.Text
	for _, t := range s.serviceTexts(ctx, o) {
		if t.Service.OZG != ozgID {
			continue
		}
		out = append(out, service.Text{
			ID: t.Service.ID, Title: t.Title, Short: t.Short, What: t.What, Who: t.Who, Need: t.Need, Steps: t.Steps,
			Fee: t.Fee, Duration: t.Duration, Legal: t.Legal, Online: t.Service.Online,
		})
	}
	return out
}

// Base implements service.Offices.
func (s *sight) Base(_ context.Context, tenantARS string) (string, bool) {
	t, err := s.tenants.ByID(tenantARS)
	if err != nil {
		return "", false
	}
	return t.Base(), true
}

// Office implements service.Offices.
func (s *sight) Office(ctx context.Context, authorityARS, ozgID string) (ui.Contact, bool) {
	t, err := s.tenants.ByID(authorityARS)
	if err != nil {
		return ui.Contact{}, false
	}
	return t.Card(web.Lang(ctx), s.clock.Now())
}

// revision changes with the tenant's settings, with what anybody adopts, and
// with the day, on which parameters may change.
func (s *sight) revision(tenantARS string) uint64 {
	today := clock.Today(s.clock)
	day := uint64(today.Year)*400 + uint64(today.Month)*31 + uint64(today.Day)
	day = day<<20 | uint64(s.solutions.Revision())&(1<<20-1)
	t, err := s.tenants.ByID(tenantARS)
	if err != nil {
		return day
	}
	return day<<24 | uint64(t.Revision)&(1<<24-1)
}

// phrases are the words by which people look for the services of solutions.
func phrases(c *solution.Catalog) search.Phrases {
	out := search.Phrases{}
	for _, v := range c.Solutions() {
		o, err := c.General(v.ID, clock.Date{Year: 2026, Month: 1, Day: 1})
		if err != nil {
			continue
		}
		for _, lang := range i18n.Langs() {
			for _, t := range o.ServiceTexts(lang) {
				if out[t.Service.OZG] == nil {
					out[t.Service.OZG] = map[i18n.Lang][]string{}
				}
				out[t.Service.OZG][lang] = append(append(out[t.Service.OZG][lang], t.Title), t.Keywords...)
			}
		}
	}
	return out
}

// resolver finds a tenant by the host names of the configuration, by those
// the tenants have entered, and by slug.
type resolver struct {
	tenants *tenant.Directory
	hosts   map[string]string
	own     string // the portal's own host, which no tenant can take
}

func (r resolver) Resolve(host, segment string) (string, string, bool) {
	if host == r.own {
		return r.tenants.Resolve("", segment)
	}
	if id, ok := r.hosts[host]; ok {
		return id, "", true
	}
	return r.tenants.Resolve(host, segment)
}

// recorder puts on record what staff change, for a purpose.
func recorder(purpose string) staff.Recorder {
	members := staff.Store{}
	return func(ctx context.Context, tx db.Querier, e staff.Event) error {
		unit := ""
		if m, err := members.Get(ctx, tx, e.Tenant, e.Actor); err == nil {
			unit = m.Unit
		}
		return audit.Record(ctx, tx, audit.Entry{
			Tenant: e.Tenant, Subject: e.Subject, Unit: unit, Purpose: purpose, Actor: e.Actor, Action: e.Action, At: e.At,
		})
	}
}

// newWords looks a text up in the catalogues of all rooms: the text of an
// error, the purpose of an access. It answers "" for a key that none has.
func newWords() func(lang i18n.Lang, key string) string {
	catalogs := []*i18n.Catalog{
		web.Texts(), submission.Texts(), casework.Texts(), tenant.Texts(), login.Texts(), staff.Texts(), ledger.Texts(), progress.Texts(),
	}
	return func(lang i18n.Lang, key string) string {
		for _, c := range catalogs {
			if t := c.In(lang); t.Has(key) {
				return t.T(key)
			}
		}
		return ""
	}
}

// errorPage draws errors in the look of the site.
func errorPage(words func(i18n.Lang, string) string) func(http.ResponseWriter, *http.Request, int, error) error {
	return func(w http.ResponseWriter, r *http.Request, status int, err error) error {
		ctx := r.Context()
		lang := web.Lang(ctx)
		title, text := web.TextKeys(err)
		explanation := words(lang, text)
		if explanation == "" {
			_, text = web.TextKeys(&fail.Error{Kind: fail.KindOf(err)})
			explanation = words(lang, text)
		}
		return ui.Render(w, r, status, ui.Page{
			Title: words(lang, title), Layout: ui.LayoutForm, NoIndex: true,
			Body: errorBody(explanation, words(lang, "web.error.home"), web.Link(ctx, "/"), i18n.Fill(words(lang, "web.error.id"), "id", web.RequestID(ctx))),
		})
	}
}
