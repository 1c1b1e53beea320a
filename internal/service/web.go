package service

import (
	"embed"
	"net/http"
	"net/url"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/place"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

//go:embed texts/*.json
var texts embed.FS

// Words are the texts of this room, for Ask.
func Words() (*i18n.Catalog, error) { return i18n.Load(texts) }

// PlaceCookie is the name of the cookie that remembers a person's place (its
// ARS), set by the search only when they ask for it.
const PlaceCookie = "ort"

// Handler answers the pages of the room.
type Handler struct {
	Catalog *Catalog
	Atlas   *place.Atlas
	Clock   clock.Clock
	Online  Online
	Texts   Texts
	Offices Offices
	// Revision changes whenever an answer of Online, Texts or Offices may have
	// changed for the tenant, or its frame; pages drawn before are then
	// forgotten.
	Revision func(tenantARS string) uint64

	words *i18n.Catalog
	pages *pages
}

// NewHandler completes h, whose exported fields must all be set. About 512
// drawn service pages (some 8 MB) are kept.
func NewHandler(h Handler) (*Handler, error) {
	words, err := Words()
	if err != nil {
		return nil, err
	}
	h.words, h.pages = words, newPages(256)
	return &h, nil
}

// Routes are the room's pages on the state's and the tenants' sites.
func (h *Handler) Routes() []web.Route {
	both := func(pattern string, handle web.Handler) []web.Route {
		return []web.Route{
			{Site: web.State, Pattern: pattern, Access: web.Public, Handle: handle},
			{Site: web.Tenant, Pattern: pattern, Access: web.Public, Handle: handle},
		}
	}
	routes := []web.Route{
		{Site: web.State, Pattern: "GET /{$}", Access: web.Public, Handle: h.stateStart},
		{Site: web.Tenant, Pattern: "GET /{$}", Access: web.Public, Handle: h.townStart},
		{Site: web.State, Pattern: "GET /leistungen/{slug}", Access: web.Public, Handle: h.stateService},
		{Site: web.Tenant, Pattern: "GET /leistungen/{slug}", Access: web.Public, Handle: h.townService},
	}
	routes = append(routes, both("GET /leistungen", h.list)...)
	routes = append(routes, both("GET /themen", h.topics)...)
	routes = append(routes, both("GET /themen/{slug}", h.topic)...)
	routes = append(routes, both("GET /lebenslagen", h.events)...)
	return append(routes, both("GET /lebenslagen/{slug}", h.event)...)
}

func (h *Handler) t(r *http.Request) i18n.Texts { return h.words.In(web.Lang(r.Context())) }

// SearchForm is the search of a page: with the place fixed on a tenant's site,
// with the place remembered, if any, on the state's.
func SearchForm(r *http.Request, atlas *place.Atlas) ui.SearchForm {
	ctx := r.Context()
	f := ui.SearchForm{Action: web.Link(ctx, "/suche"), SuggestWhat: web.Link(ctx, "/api/vorschlaege/leistungen")}
	if ars := web.SiteOf(ctx).Tenant; ars != "" {
		p, _ := atlas.ByKey(ars)
		f.Place = p.Name
		return f
	}
	f.SuggestWhere, f.Remember = web.Link(ctx, "/api/vorschlaege/orte"), true
	if p, ok := atlas.ByKey(web.Cookie(r, PlaceCookie)); ok && p.IsMunicipality() {
		f.Where, f.Remembered = p.Label(), true
	}
	return f
}

func (h *Handler) stateStart(w http.ResponseWriter, r *http.Request) error {
	t, ctx := h.t(r), r.Context()
	form := SearchForm(r, h.Atlas)
	form.Large = true
	live := h.Online.Live(ctx, "")
	v := startView{
		t: t, form: form, popular: h.cards(r, h.Catalog.Popular()), events: h.eventCards(r, startEvents), topics: h.topicCards(r),
		title: t.T("service.start.state.title"), lead: t.T("service.start.state.lead"), all: h.all(r),
		allEvents: ui.Link{Href: web.Link(ctx, "/lebenslagen"), Text: t.T("service.start.events.all")},
	}
	if live.Towns > 0 {
		if live.Href != "" {
			v.live = ui.Link{Href: web.Link(ctx, live.Href), Text: t.T("service.start.live.more")}
		}
		v.figure = t.N("service.start.live.services", live.Services)
		v.figureLabel = t.T("service.start.live.towns", "n", live.Towns, "of", live.Of)
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: v.title, Hero: hero(v), Layout: ui.LayoutWide, Body: start(v), Description: v.lead,
	})
}

func (h *Handler) townStart(w http.ResponseWriter, r *http.Request) error {
	t, ctx := h.t(r), r.Context()
	ars := web.SiteOf(ctx).Tenant
	p, ok := h.Atlas.ByKey(ars)
	if !ok {
		return fail.Newf(fail.NotFound, "service: no place %s", ars)
	}
	form := SearchForm(r, h.Atlas)
	form.Large = true
	v := startView{
		t: t, form: form, popular: h.cards(r, h.Catalog.Popular()), topics: h.topicCards(r),
		title: t.T("service.start.town.title", "place", p.Name), lead: t.T("service.start.town.lead"), all: h.all(r),
		taken: h.taken(r, func(where string) string { return "/suche?ort=" + where }),
	}
	if live := h.Online.Live(ctx, ars); live.Services > 0 && live.Href != "" {
		v.figure, v.figureLabel = t.N("service.start.live.services", live.Services), t.T("service.start.live.here")
		v.live = ui.Link{Href: web.Link(ctx, live.Href), Text: t.T("service.start.live.more.here")}
	}
	if office, ok := h.Offices.Office(ctx, ars, ""); ok {
		v.office = &office
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: v.title, Hero: hero(v), Layout: ui.LayoutWide, Body: start(v), Description: v.lead,
	})
}

// startEvents are the life events on the state's start page.
var startEvents = [...]string{
	"geburt", "kinderbetreuung", "schule", "eheschliessung", "wohnen-umzug", "hausbau-immobilien", "tierhaltung", "kfz-besitz",
	"arbeitsplatzverlust-suche", "existenzsicherung", "einwanderung", "unternehmensstart", "behinderung", "pflege", "tod",
}

func (h *Handler) eventCards(r *http.Request, slugs [len(startEvents)]string) []ui.Card {
	var out []ui.Card
	for _, slug := range slugs {
		if e, ok := h.Catalog.Event(slug); ok {
			out = append(out, h.eventCard(r, e))
		}
	}
	return out
}

func (h *Handler) eventCard(r *http.Request, e *Event) ui.Card {
	t := h.t(r)
	return ui.Card{
		Title: e.Title(t.Lang()), Href: web.Link(r.Context(), "/lebenslagen/"+e.Slug), Icon: e.Icon,
		Meta: t.N("service.list.count", len(e.Services)),
	}
}

func (h *Handler) topicCards(r *http.Request) []ui.Card {
	t := h.t(r)
	var out []ui.Card
	for _, topic := range h.Catalog.Topics {
		out = append(out, ui.Card{
			Title: topic.Title(t.Lang()), Href: web.Link(r.Context(), "/themen/"+topic.Slug), Icon: topic.Icon,
			Meta: t.N("service.list.count", len(topic.Services)),
		})
	}
	return out
}

// cards are services with a mark where they are online here.
func (h *Handler) cards(r *http.Request, list []*Service) []ui.Card {
	t, ctx := h.t(r), r.Context()
	var out []ui.Card
	for _, s := range list {
		title, in := s.Title(t.Lang())
		c := ui.Card{Title: title, Lang: in, Href: web.Link(ctx, "/leistungen/"+s.Slug)}
		if ars := web.SiteOf(ctx).Tenant; ars != "" {
			if _, ok := h.Online.Online(ctx, ars, s.OZGID); ok {
				c.Mark = &ui.Badge{Tone: ui.Success, Text: t.T("service.mark.online")}
			}
		}
		out = append(out, c)
	}
	return out
}

// links are services as a plain list.
func (h *Handler) links(r *http.Request, list []*Service) []ui.Link {
	lang := web.Lang(r.Context())
	out := make([]ui.Link, 0, len(list))
	for _, s := range list {
		title, in := s.Title(lang)
		out = append(out, ui.Link{Text: title, Lang: in, Href: web.Link(r.Context(), "/leistungen/"+s.Slug)})
	}
	return out
}

func (h *Handler) all(r *http.Request) ui.Link {
	return ui.Link{Href: web.Link(r.Context(), "/leistungen"), Text: h.t(r).T("service.start.all")}
}

func (h *Handler) home(r *http.Request) ui.Link {
	return ui.Link{Href: web.Link(r.Context(), "/"), Text: h.t(r).T("service.crumb.home")}
}

// list is the services A to Z, one letter a page.
func (h *Handler) list(w http.ResponseWriter, r *http.Request) error {
	t := h.t(r)
	all := h.Catalog.Alphabetical(t.Lang())
	letters, groups := byLetter(all, t.Lang())
	letter := r.URL.Query().Get("buchstabe")
	if groups[letter] == nil {
		letter = letters[0]
	}
	v := listView{t: t, intro: t.T("service.list.intro", "n", len(all)), letter: letter, links: h.links(r, groups[letter])}
	for _, l := range letters {
		v.tabs = append(v.tabs, ui.Tab{Text: l, Href: web.Link(r.Context(), "/leistungen?buchstabe="+url.QueryEscape(l)), Current: l == letter})
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: t.T("service.list.title"), Lead: v.intro, Crumbs: []ui.Link{h.home(r)}, Body: list(v), Layout: ui.LayoutWide,
	})
}

func (h *Handler) topics(w http.ResponseWriter, r *http.Request) error {
	t := h.t(r)
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: t.T("service.topics.title"), Lead: t.T("service.topics.lead"), Crumbs: []ui.Link{h.home(r)}, Layout: ui.LayoutWide, Body: ui.Grid(h.topicCards(r)),
	})
}

func (h *Handler) topic(w http.ResponseWriter, r *http.Request) error {
	t := h.t(r)
	topic, ok := h.Catalog.Topic(r.PathValue("slug"))
	if !ok {
		return fail.Newf(fail.NotFound, "service: no such topic")
	}
	var groups []group
	for _, e := range h.Catalog.Events {
		var list []*Service
		for _, s := range e.Services {
			if s.Topic == topic {
				list = append(list, s)
			}
		}
		if len(list) > 0 {
			groups = append(groups, group{e.Title(t.Lang()), h.links(r, list)})
		}
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: topic.Title(t.Lang()), Lead: t.N("service.topic.lead", len(topic.Services)),
		Crumbs: []ui.Link{h.home(r), {Href: web.Link(r.Context(), "/themen"), Text: t.T("service.topics.title")}}, Body: grouped(groups),
	})
}

func (h *Handler) events(w http.ResponseWriter, r *http.Request) error {
	t := h.t(r)
	var cards []ui.Card
	for _, e := range h.Catalog.Events {
		cards = append(cards, h.eventCard(r, e))
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: t.T("service.events.title"), Lead: t.T("service.events.lead"), Crumbs: []ui.Link{h.home(r)}, Layout: ui.LayoutWide, Body: ui.Grid(cards),
	})
}

func (h *Handler) event(w http.ResponseWriter, r *http.Request) error {
	t := h.t(r)
	e, ok := h.Catalog.Event(r.PathValue("slug"))
	if !ok {
		return fail.Newf(fail.NotFound, "service: no such life event")
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: e.Title(t.Lang()), Lead: t.N("service.event.lead", len(e.Services)),
		Crumbs: []ui.Link{h.home(r), {Href: web.Link(r.Context(), "/lebenslagen"), Text: t.T("service.events.title")}}, Body: ui.Links(h.links(r, e.Services)),
	})
}
