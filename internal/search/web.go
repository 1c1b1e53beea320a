package search

import (
	"embed"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/place"
	"leitportal/internal/service"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

//go:embed texts/*.json
var texts embed.FS

// rememberFor is how long the place is kept on the device of who asked for it.
const rememberFor = 180 * 24 * time.Hour

// Handler answers the search page and the suggestions.
type Handler struct {
	Index   *Index
	Catalog *service.Catalog
	Atlas   *place.Atlas
	Online  service.Online
	Offices service.Offices

	split *Splitter
	words *i18n.Catalog
	asks  *i18n.Catalog // service's texts: the question for the place
}

// NewHandler completes h, whose exported fields must all be set.
func NewHandler(h Handler) (*Handler, error) {
	var err, err2 error
	h.words, err = i18n.Load(texts)
	h.asks, err2 = service.Words()
	h.split = NewSplitter(h.Atlas)
	return &h, errors.Join(err, err2)
}

// Routes are the room's addresses on the state's and the tenants' sites: the
// page, and the suggestions in German for people's pages and in English for
// programs.
func (h *Handler) Routes() []web.Route {
	var out []web.Route
	for _, site := range []web.Kind{web.State, web.Tenant} {
		for pattern, handle := range map[string]web.Handler{
			"GET /suche":                      h.page,
			"GET /api/vorschlaege/leistungen": h.suggestServices,
			"GET /api/suggest/services":       h.suggestServices,
			"GET /api/vorschlaege/orte":       h.suggestPlaces,
			"GET /api/suggest/places":         h.suggestPlaces,
		} {
			out = append(out, web.Route{Site: site, Pattern: pattern, Access: web.Public, Handle: handle})
		}
	}
	return out
}

// asked is what a search request says.
type asked struct {
	text  string // as typed
	where string // as typed into the second field
	topic *service.Topic
	parsed
}

// parsed is what was understood.
type parsed struct {
	what  string
	place place.Place  // zero: none, or to be asked for
	found place.Result // of the place that was named; None when none was
	named string
}

// understand decides what is searched for and where. The second field wins
// over a place in the first; on a town's site another place in the query
// leads there.
func (h *Handler) understand(text, where string) parsed {
	var p parsed
	s := h.split.Split(text)
	p.what, p.named, p.found = s.What, s.Named, s.Where
	if where = strings.Join(fieldsOf(where), " "); where != "" {
		p.named, p.found = where, h.Atlas.FindMunicipality(where)
	} else if p.named == "" {
		p.what, p.named, p.found = h.foreignCode(p.what)
	}
	p.place = p.found.Place()
	return p
}

// foreignCode takes a postal code out of what is searched for that no
// municipality has, so that the page can say so; found is then of kind None.
func (h *Handler) foreignCode(text string) (what, code string, found place.Result) {
	fields := strings.Fields(text)
	for i, f := range fields {
		if isPostalCode(f) {
			return strings.Join(slices.Delete(fields, i, i+1), " "), f, h.Atlas.FindMunicipality(f)
		}
	}
	return text, "", place.Result{}
}

// page is the list of results.
func (h *Handler) page(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	t := h.words.In(web.Lang(ctx))
	in := asked{text: strings.Join(fieldsOf(q.Get("q")), " "), where: strings.Join(fieldsOf(q.Get("ort")), " ")}
	in.topic, _ = h.Catalog.Topic(q.Get("thema"))
	in.parsed = h.understand(in.text, in.where)
	site := web.SiteOf(ctx)
	h.remember(w, r, in.place)

	town, link := h.leads(r, in.place)
	if in.place.ARS != "" && town.ARS == in.place.ARS && in.what == "" && in.topic == nil { // only a place was typed
		return redirect(w, service.WithTyped(link("/"), in.found))
	}
	v := resultView{t: t, in: in, town: town, form: service.SearchForm(r, h.Atlas)}
	v.form.What = in.what
	if site.Tenant == "" {
		v.form.Where = in.named
		if town.ARS != "" {
			v.form.Where = town.Label()
		}
	}
	v.taken = service.Taken(ctx, h.asks.In(t.Lang()), in.found, func(where string) string {
		return "/suche?" + url.Values{"q": {in.what}, "thema": {q.Get("thema")}, "merken": {q.Get("merken")}}.Encode() + "&ort=" + where
	})
	if in.named != "" && in.found.Outcome != place.One {
		h.ask(r, &v)
	}
	res, err := h.Index.Search(ctx, Query{Text: in.what, Lang: t.Lang(), Topic: slugOf(in.topic)})
	if err != nil {
		return fail.New(fail.Unavailable, "", err)
	}
	v.guessed = res.Guessed
	for _, hit := range res.Hits[:min(len(res.Hits), perPage)] {
		v.cards = append(v.cards, h.card(r, hit.Service, town, link(pathOf(hit.Service))))
	}
	v.total = len(res.Hits)
	v.topics = h.topicChoices(r, in, res)
	v.popular = h.popular(r, link)
	return ui.Render(w, r, http.StatusOK, v.page(r))
}

// leads says which town the answers are for (the zero Place for none) and
// where a path of its site leads: on this site, or by way of the state's to
// another town, whatever host this is.
func (h *Handler) leads(r *http.Request, asked place.Place) (town place.Place, link func(path string) string) {
	ctx := r.Context()
	here := func(path string) string { return web.Link(ctx, path) }
	own := web.SiteOf(ctx).Tenant
	if own != "" && (asked.ARS == "" || asked.ARS == own) {
		town, _ = h.Atlas.ByKey(own)
		return town, here
	}
	if base, ok := h.Offices.Base(ctx, asked.ARS); ok && asked.ARS != "" {
		return asked, func(path string) string { return web.StateLink(ctx, base+path) }
	}
	return place.Place{}, here
}

func pathOf(s *service.Service) string { return "/leistungen/" + s.Slug }

// perPage is how many results are shown. Who does not find it among the first
// is better helped by another word or a topic than by a second page.
const perPage = 20

func slugOf(t *service.Topic) string {
	if t == nil {
		return ""
	}
	return t.Slug
}

func redirect(w http.ResponseWriter, href string) error {
	w.Header().Set("Location", href)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// remember keeps or forgets the place on the person's device, as they ticked.
func (h *Handler) remember(w http.ResponseWriter, r *http.Request, p place.Place) {
	q := r.URL.Query()
	switch {
	case q.Get("merken") == "1" && p.ARS != "":
		web.SetCookie(w, r, service.PlaceCookie, p.ARS, rememberFor)
	case q.Has("ort") && !q.Has("merken") && web.Cookie(r, service.PlaceCookie) != "":
		web.ClearCookie(w, r, service.PlaceCookie)
	}
}

// ask puts the question for the place, or says that there is no such place.
func (h *Handler) ask(r *http.Request, v *resultView) {
	here := url.Values{}
	for _, k := range []string{"thema", "merken"} {
		if s := r.URL.Query().Get(k); s != "" {
			here.Set(k, s)
		}
	}
	here.Set("q", v.in.what)
	v.ask = service.Ask(h.asks.In(v.t.Lang()), v.in.found, v.in.named, func(p place.Place) (string, bool) {
		here.Set("ort", p.Label())
		return web.StateLink(r.Context(), "/suche?"+here.Encode()), true
	})
	if v.in.found.Outcome == place.None {
		v.form.WhereError = service.NoPlace(h.asks.In(v.t.Lang()), v.in.found, v.in.named)
	}
}

// card is one result: the service, whether it is online in the town, and its
// topic.
func (h *Handler) card(r *http.Request, s *service.Service, town place.Place, href string) ui.Card {
	lang := web.Lang(r.Context())
	t := h.words.In(lang)
	title, in := s.Title(lang)
	c := ui.Card{Title: title, Lang: in, Href: href, Meta: s.Topic.Title(lang)}
	if title != s.Name {
		c.Text = t.T("search.result.official", "name", s.Name)
	}
	if town.ARS == "" {
		return c
	}
	if _, ok := h.Online.Online(r.Context(), town.ARS, s.OZGID); ok {
		c.Mark = &ui.Badge{Tone: ui.Success, Text: t.T("search.result.online", "place", town.Name)}
	} else {
		c.Mark = &ui.Badge{Tone: ui.Neutral, Text: t.T("search.result.offline")}
	}
	return c
}

// topicChoices are the topics of the results, to filter by, and the one
// chosen.
func (h *Handler) topicChoices(r *http.Request, in asked, res Result) topicFilter {
	lang := web.Lang(r.Context())
	href := func(topic string) string {
		q := url.Values{"q": {in.what}}
		if in.named != "" {
			q.Set("ort", in.named)
			if web.Cookie(r, service.PlaceCookie) != "" {
				q.Set("merken", "1") // going through the results forgets nothing
			}
		}
		if topic != "" {
			q.Set("thema", topic)
		}
		return web.Link(r.Context(), "/suche?"+q.Encode())
	}
	var f topicFilter
	if in.topic != nil {
		f.chosen = []ui.Chip{{Text: in.topic.Title(lang), Remove: href("")}}
		return f
	}
	seen := map[*service.Topic]bool{}
	for _, hit := range res.Hits {
		seen[hit.Service.Topic] = true
	}
	for _, topic := range h.Catalog.Topics {
		if seen[topic] && len(seen) > 1 {
			f.links = append(f.links, ui.Link{Href: href(topic.Slug), Text: topic.Title(lang)})
		}
	}
	return f
}

func (h *Handler) popular(r *http.Request, link func(path string) string) []ui.Link {
	lang := web.Lang(r.Context())
	var out []ui.Link
	for _, s := range h.Catalog.Popular() {
		title, in := s.Title(lang)
		out = append(out, ui.Link{Href: link(pathOf(s)), Text: title, Lang: in})
	}
	return out
}

// suggestServices completes what is typed into "Was möchten Sie erledigen?".
// With ?ort= the entries lead to that town's pages.
func (h *Handler) suggestServices(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := h.understand(r.URL.Query().Get("q"), r.URL.Query().Get("ort"))
	lang := web.Lang(ctx)
	_, link := h.leads(r, p.place)
	res, err := h.Index.Search(ctx, Query{Text: p.what, Lang: lang, Limit: 8, Typing: true})
	if err != nil {
		return fail.New(fail.Unavailable, "", err)
	}
	out := ui.Suggestions{Items: []ui.Suggestion{}}
	for _, hit := range res.Hits {
		title, in := hit.Service.Title(lang)
		s := ui.Suggestion{Text: title, Note: hit.Service.Topic.Title(lang), Href: service.WithTyped(link(pathOf(hit.Service)), p.found)}
		if in != lang {
			s.Lang = in
		}
		out.Items = append(out.Items, s)
	}
	return writeJSON(w, out)
}

// suggestPlaces completes what is typed into "Wo?".
func (h *Handler) suggestPlaces(w http.ResponseWriter, r *http.Request) error {
	out := ui.Suggestions{Items: []ui.Suggestion{}}
	for _, p := range h.Atlas.Suggest(strings.Join(fieldsOf(r.URL.Query().Get("q")), " "), 16) {
		if p.IsMunicipality() && len(out.Items) < 8 {
			out.Items = append(out.Items, ui.Suggestion{Text: p.Name, Note: p.InDistrict, Value: p.Label()})
		}
	}
	return writeJSON(w, out)
}

func writeJSON(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=300")
	_, err = w.Write(b)
	return err
}
