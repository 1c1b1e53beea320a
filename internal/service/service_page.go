package service

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/place"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// townService is the page of one service in one town: the page most asked
// for, so it is drawn once and kept.
func (h *Handler) townService(w http.ResponseWriter, r *http.Request) error {
	s, moved, ok := h.Catalog.BySlug(r.PathValue("slug"))
	if !ok {
		return fail.Newf(fail.NotFound, "service: no such service")
	}
	if moved {
		return movedTo(w, web.Link(r.Context(), "/leistungen/"+s.Slug))
	}
	site := web.SiteOf(r.Context())
	k := pageKey{site.Tenant, site.Base, s.OZGID, site.Lang, h.Revision(site.Tenant), h.Clock.Now().Unix() / 60}
	// The links to the other languages repeat a query, so a page asked for
	// with one is drawn for this visitor alone.
	plain := r.URL.RawQuery == ""
	if plain {
		if d := h.pages.get(k); d != nil {
			return d.send(w, r)
		}
	}
	v, err := h.view(r, s)
	if err != nil {
		return err
	}
	v.taken = h.taken(r, func(where string) string { return "/leistungen/" + s.Slug + "?ort=" + where })
	to := &capture{header: http.Header{}}
	get := *r
	get.Method = http.MethodGet
	if err := ui.Render(to, &get, http.StatusOK, v.page()); err != nil {
		return err
	}
	d := newDrawn(to.Bytes())
	if plain {
		h.pages.put(k, d)
	}
	return d.send(w, r)
}

// stateService asks where, then leads to the town's page. Without a place it
// shows what is the same everywhere.
func (h *Handler) stateService(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s, moved, ok := h.Catalog.BySlug(r.PathValue("slug"))
	if !ok {
		return fail.Newf(fail.NotFound, "service: no such service")
	}
	if moved {
		return movedTo(w, web.Link(ctx, "/leistungen/"+s.Slug))
	}
	v, err := h.view(r, s)
	if err != nil {
		return err
	}
	v.where = ui.Field{
		Kind: ui.KindCombo, Free: true, Name: "ort", Label: v.t.T("service.where.label"), Hint: v.t.T("service.where.hint"),
		Suggest: web.Link(ctx, "/api/vorschlaege/orte"), MaxLength: 100, Required: true,
	}
	v.action = web.Link(ctx, "/leistungen/"+s.Slug)
	typed := strings.TrimSpace(r.URL.Query().Get("ort"))
	if !r.URL.Query().Has("ort") {
		if p, ok := h.Atlas.ByKey(web.Cookie(r, PlaceCookie)); ok && p.IsMunicipality() {
			v.where.Value = p.Label()
		}
		return ui.Render(w, r, http.StatusOK, v.page())
	}
	to := func(p place.Place) (string, bool) {
		base, ok := h.Offices.Base(ctx, p.ARS)
		return web.SiteLink(ctx, base, "/leistungen/"+s.Slug), ok
	}
	found := h.Atlas.FindMunicipality(typed)
	if found.Outcome == place.One {
		if href, ok := to(found.Place()); ok {
			w.Header().Set("Location", WithTyped(href, found))
			w.WriteHeader(http.StatusSeeOther)
			return nil
		}
	}
	v.where.Value = typed
	v.ask = Ask(v.t, found, typed, to)
	if v.ask == nil || found.Outcome == place.None {
		v.where.Error = NoPlace(v.t, found, typed)
	}
	return ui.Render(w, r, http.StatusOK, v.page())
}

func movedTo(w http.ResponseWriter, href string) error {
	w.Header().Set("Location", href)
	w.WriteHeader(http.StatusMovedPermanently)
	return nil
}

// Asking is the question which of several places is meant.
type Asking struct {
	Title, Text string
	Links       []ui.Link
}

// Ask makes the question for what was typed: the places that fit, or for none
// those that are written nearly so. It is nil when there is nothing to choose.
// t are texts of this room (Words), to gives the address behind a choice.
func Ask(t i18n.Texts, found place.Result, typed string, to func(place.Place) (string, bool)) *Asking {
	a := &Asking{Title: t.T("service.ask.title", "place", typed), Text: t.T("service.ask.text")}
	list := found.Places
	if found.Outcome == place.None {
		a.Title, a.Text = t.T("service.ask.similar.title"), t.T("service.ask.similar.text")
		list = found.Similar
	}
	for _, p := range list {
		if !p.IsMunicipality() {
			continue
		}
		if href, ok := to(p); ok {
			a.Links = append(a.Links, ui.Link{Href: href, Text: p.Label()})
		}
	}
	if len(a.Links) == 0 {
		return nil
	}
	return a
}

// WithTyped is href with the name that led there, where a Kreis bears it too:
// the town's page behind it then says which was taken.
func WithTyped(href string, found place.Result) string {
	if found.Passed.ARS == "" {
		return href
	}
	return href + "?" + url.Values{"ort": {found.Place().Name}}.Encode()
}

// Taken is the quiet line where a town was taken and a Kreis bears its name
// too; nil where none does. t are texts of this room (Words), path leads on the
// state's site to the same question with the given place.
func Taken(ctx context.Context, t i18n.Texts, found place.Result, path func(where string) string) templ.Component {
	if found.Passed.ARS == "" {
		return nil
	}
	kreis := found.Passed.Title()
	return ui.Remark(t.T("service.taken.text", "town", found.Place().Title()),
		ui.Link{Href: web.StateLink(ctx, path(url.QueryEscape(kreis))), Text: t.T("service.taken.link", "kreis", kreis)})
}

// taken is Taken for a town's page that a name led to (WithTyped).
func (h *Handler) taken(r *http.Request, path func(where string) string) templ.Component {
	ctx := r.Context()
	found := h.Atlas.FindMunicipality(r.URL.Query().Get("ort"))
	if found.Place().ARS != web.SiteOf(ctx).Tenant {
		return nil
	}
	return Taken(ctx, h.t(r), found, path)
}

// NoPlace says why what was typed leads to no place, and what to do. t are
// texts of this room (Words).
func NoPlace(t i18n.Texts, found place.Result, typed string) string {
	switch {
	case typed == "":
		return t.T("service.where.empty")
	case found.By == place.ByPostalCode:
		return t.T("service.where.postal", "typed", typed)
	}
	return t.T("service.where.unknown")
}

// serviceView is what the page of a service shows.
type serviceView struct {
	t       i18n.Texts
	s       *Service
	title   string
	titleIn i18n.Lang
	town    place.Place     // zero on the state's site
	taken   templ.Component // says which place was taken, or nil
	crumbs  []ui.Link
	main    *Text // nil where nothing is written
	others  []Text
	offer   *Offer
	apply   string // address of the online service
	sorry   string // why it is not online, in a sentence
	who     Responsible
	office  *ui.Contact
	keys    []string
	laws    []Law
	// On the state's site: the question for the place.
	where  ui.Field
	action string
	ask    *Asking
}

// view gathers what the page of s shows on the site of r.
func (h *Handler) view(r *http.Request, s *Service) (*serviceView, error) {
	ctx, t := r.Context(), h.t(r)
	ars := web.SiteOf(ctx).Tenant
	v := &serviceView{t: t, s: s, laws: h.Catalog.Laws(s), keys: leaves(s.Keys)}
	v.title, v.titleIn = s.Title(t.Lang())
	v.crumbs = []ui.Link{h.home(r), {Href: web.Link(ctx, "/themen/"+s.Topic.Slug), Text: s.Topic.Title(t.Lang())}}
	if texts := h.Texts.Texts(ctx, ars, s.OZGID); len(texts) > 0 {
		v.main, v.others = &texts[0], texts[1:]
	}
	if ars == "" {
		return v, nil
	}
	var ok bool
	if v.town, ok = h.Atlas.ByKey(ars); !ok {
		return nil, fail.Newf(fail.NotFound, "service: no place %s", ars)
	}
	var err error
	if v.who, err = ResponsibleFor(h.Atlas, s, ars); err != nil {
		return nil, err
	}
	if o, ok := h.Online.Online(ctx, ars, s.OZGID); ok {
		v.offer, v.apply = &o, web.Link(ctx, o.Href)
	} else {
		v.sorry = sorry(t, v.who, v.town)
	}
	if v.who.Sure() {
		if c, ok := h.Offices.Office(ctx, v.who.Authorities[0].ID, s.OZGID); ok {
			v.office = &c
		}
	}
	return v, nil
}

// sorry is the honest sentence for a service that is not online in a town:
// what is known about where to go instead, and no more.
func sorry(t i18n.Texts, who Responsible, town place.Place) string {
	switch {
	case who.Sure():
		return t.T("service.offline.sure", "place", town.Name, "authority", who.Authorities[0].Name)
	case len(who.Authorities) > 1:
		var names []string
		for _, a := range who.Authorities {
			names = append(names, a.Name)
		}
		return t.T("service.offline.several", "place", town.Name, "authorities", strings.Join(names, t.T("service.offline.or")))
	case who.Level == Federal:
		return t.T("service.offline.federal", "place", town.Name)
	case who.Level == OtherBody:
		return t.T("service.offline.other", "place", town.Name)
	}
	return t.T("service.offline.unknown", "place", town.Name, "town", town.Title())
}

// leaves are the names of the acts, or of the subjects where a service has
// no acts.
func leaves(keys []LeiKa) []string {
	var acts, subjects []string
	for _, k := range keys {
		if k.Group() {
			subjects = append(subjects, k.Name)
		} else {
			acts = append(acts, k.Name)
		}
	}
	if len(acts) == 0 {
		return subjects
	}
	return acts
}

func (v *serviceView) page() ui.Page {
	p := ui.Page{
		Title: v.title, TitleLang: v.titleIn, Lead: v.lead(), Crumbs: v.crumbs, Body: serviceBody(v), Aside: serviceAside(v), AsideFirst: true,
		Description: v.lead(), StructuredData: v.structured(),
	}
	if v.where.Error != "" {
		p.Problems = []ui.Problem{{Field: v.where.ElementID(), Text: v.where.Error}}
	}
	return p
}

// lead is the sentence under the title.
func (v *serviceView) lead() string {
	if v.main != nil {
		return v.main.Short
	}
	return v.t.T("service.page.lead", "topic", v.s.Topic.Title(v.t.Lang()), "event", v.s.Event.Title(v.t.Lang()))
}

// facts are the fee, the duration and who answers, as far as they are known;
// for a service that is not online the sentence above says who answers.
func (v *serviceView) facts() []ui.Row {
	var rows []ui.Row
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, ui.Row{Key: v.t.T(key), Value: value})
		}
	}
	if v.offer != nil {
		add("service.fact.fee", v.offer.Fee)
		add("service.fact.duration", v.offer.Duration)
		if v.who.Sure() {
			add("service.fact.authority", v.who.Authorities[0].Name)
		}
	}
	return rows
}

// structured is the service for machines (schema.org GovernmentService).
func (v *serviceView) structured() any {
	m := map[string]any{
		"@context": "https://schema.org", "@type": "GovernmentService", "name": v.title, "alternateName": v.s.Name,
		"serviceType": v.s.Topic.Name, "identifier": "OZG-" + v.s.OZGID, "description": v.lead(),
	}
	if v.town.ARS == "" {
		return m
	}
	m["areaServed"] = map[string]any{"@type": "AdministrativeArea", "name": v.town.Official, "identifier": v.town.ARS}
	if v.who.Sure() {
		m["serviceOperator"] = map[string]any{"@type": "GovernmentOrganization", "name": v.who.Authorities[0].Name}
	}
	if v.offer != nil {
		m["availableChannel"] = map[string]any{"@type": "ServiceChannel", "serviceUrl": v.apply}
	}
	return m
}

// byLetter groups services, sorted by title, by the first letter; umlauts are
// with their vowel and everything else under "#".
func byLetter(sorted []*Service, lang i18n.Lang) (letters []string, groups map[string][]*Service) {
	groups = map[string][]*Service{}
	for _, s := range sorted {
		title, _ := s.Title(lang)
		r, _ := utf8.DecodeRuneInString(strings.ToUpper(title))
		l := string(r)
		switch r {
		case 'Ä':
			l = "A"
		case 'Ö':
			l = "O"
		case 'Ü':
			l = "U"
		default:
			if r < 'A' || r > 'Z' {
				l = "#"
			}
		}
		if groups[l] == nil {
			letters = append(letters, l)
		}
		groups[l] = append(groups[l], s)
	}
	return letters, groups
}
