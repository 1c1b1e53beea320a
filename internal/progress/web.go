package progress

import (
	"context"
	"embed"
	"net/http"
	"strings"
	"sync"

	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/service"
	"leitportal/internal/tenant"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

//go:embed texts
var textFiles embed.FS

// Texts is the room's catalogue.
func Texts() *i18n.Catalog { return catalogue() }

var catalogue = sync.OnceValue(func() *i18n.Catalog { return i18n.MustLoad(textFiles) })

// Pages are the public pages of the room, and its data.
type Pages struct {
	Board   *Board
	Catalog *service.Catalog
	Tenants *tenant.Directory
}

// BoardPath is the address of the overview, on the state's site and on each
// municipality's.
const BoardPath = "/fortschritt"

// Addresses of the other pages, and of the data.
const (
	townsPath   = "/fortschritt/kommunen"
	eventsPath  = "/fortschritt/lagen"
	topicPath   = "/fortschritt/themen/"
	runningPath = "/api/progress.csv"
	reportsPath = "/api/progress/reports.csv"
	dataPath    = "/api/progress.json"
)

// Routes are the room's public addresses.
func (p *Pages) Routes() []web.Route {
	return []web.Route{
		{Site: web.State, Pattern: "GET " + BoardPath, Access: web.Public, Handle: p.board},
		{Site: web.State, Pattern: "GET " + townsPath, Access: web.Public, Handle: p.towns},
		{Site: web.State, Pattern: "GET " + eventsPath, Access: web.Public, Handle: p.events},
		{Site: web.State, Pattern: "GET " + runningPath, Access: web.Public, Handle: p.file("text/csv; charset=utf-8", (*Figures).runningFile)},
		{Site: web.State, Pattern: "GET " + reportsPath, Access: web.Public, Handle: p.file("text/csv; charset=utf-8", (*Figures).reportsFile)},
		{Site: web.State, Pattern: "GET " + dataPath, Access: web.Public, Handle: p.file("application/json", func(f *Figures, c *service.Catalog) ([]byte, error) {
			return f.dataFile(c, tenant.Attribution())
		})},
		{Site: web.Tenant, Pattern: "GET " + BoardPath, Access: web.Public, Handle: p.town},
		{Site: web.Tenant, Pattern: "GET " + topicPath + "{slug}", Access: web.Public, Handle: p.topic},
	}
}

// words are what the pages say a request's figures with.
type words struct {
	i18n.Texts
	ctx context.Context
	dir *tenant.Directory
	c   *service.Catalog
}

func (p *Pages) words(ctx context.Context) words {
	return words{Texts().In(web.Lang(ctx)), ctx, p.Tenants, p.Catalog}
}

func (w words) number(n int) string { return i18n.Number(w.Lang(), int64(n)) }

// townCell leads to a municipality's page.
func (w words) townCell(t *Town) ui.Cell {
	c := ui.Cell{Text: t.Place.Label(), Head: true}
	if x, err := w.dir.ByID(t.Place.ARS); err == nil {
		c.Href = web.SiteLink(w.ctx, x.Base(), BoardPath)
	}
	return c
}

func (w words) column(key string, numeric bool) ui.Column {
	return ui.Column{Title: w.T("progress.col." + key), Numeric: numeric}
}

func (w words) table(caption string, columns ...ui.Column) ui.Table {
	return ui.Table{Caption: w.T(caption), Columns: columns}
}

func (w words) text(n int) ui.Cell { return ui.Cell{Text: w.number(n)} }

func (w words) home() ui.Link {
	return ui.Link{Href: web.Link(w.ctx, "/"), Text: w.T("progress.home")}
}

func (p *Pages) board(rw http.ResponseWriter, r *http.Request) error {
	f, err := p.Board.Figures(r.Context())
	if err != nil {
		return err
	}
	w := p.words(r.Context())
	v := boardView{
		t: w.Texts, points: w.points(f), largest: w.largest(f), topics: w.topics(f),
		events: ui.Link{Href: web.Link(w.ctx, eventsPath), Text: w.T("progress.events.title")},
		all:    ui.Link{Href: web.Link(w.ctx, townsPath), Text: w.T("progress.towns.all", "n", f.Of)},
		figures: []figure{
			{w.number(f.All.Online), w.T("progress.figure.services", "of", f.All.Services)},
			{w.number(f.Towns), w.T("progress.figure.towns", "of", f.Of)},
			{w.number(f.All.Reported), w.T("progress.figure.reports")},
		},
		level11: w.levels(Model11(), f.Levels11, f.All.Offers), level20: w.levels(Model20(), f.Levels20, f.All.Offers),
		projects: w.projects(f),
		downloads: []ui.Link{
			{Href: web.Link(w.ctx, runningPath), Text: w.T("progress.data.running")},
			{Href: web.Link(w.ctx, reportsPath), Text: w.T("progress.data.reports")},
			{Href: web.Link(w.ctx, dataPath), Text: w.T("progress.data.json")},
		},
		demo: w.demo(f.Demo),
	}
	return ui.Render(rw, r, http.StatusOK, ui.Page{
		Title: w.T("progress.title"), Lead: w.T("progress.lead", "day", i18n.FormatDate(w.Lang(), f.Day)), Crumbs: []ui.Link{w.home()},
		Layout: ui.LayoutWide, Body: boardPage(v), Description: w.T("progress.description"),
	})
}

// demo is the notice that n offers show made-up values.
func (w words) demo(n int) *ui.Alert {
	if n == 0 {
		return nil
	}
	return &ui.Alert{Tone: ui.Info, Title: w.T("progress.demo.title"), Text: w.N("progress.demo.text", n)}
}

// events are the figures by life and business event.
func (p *Pages) events(rw http.ResponseWriter, r *http.Request) error {
	f, err := p.Board.Figures(r.Context())
	if err != nil {
		return err
	}
	w := p.words(r.Context())
	return ui.Render(rw, r, http.StatusOK, ui.Page{
		Title: w.T("progress.events.table"), Lead: w.T("progress.lead", "day", i18n.FormatDate(w.Lang(), f.Day)), Layout: ui.LayoutWide,
		Body:   eventsPage(w.events(f)),
		Crumbs: []ui.Link{w.home(), {Href: web.Link(w.ctx, BoardPath), Text: w.T("progress.title")}},
	})
}

// towns is the list of municipalities, sorted and narrowed by the query.
func (p *Pages) towns(rw http.ResponseWriter, r *http.Request) error {
	f, err := p.Board.Figures(r.Context())
	if err != nil {
		return err
	}
	w := p.words(r.Context())
	v := w.townList(f, readChoice(r.URL.Query(), p.Catalog))
	return ui.Render(rw, r, http.StatusOK, ui.Page{
		Title: w.T("progress.towns.title"), Lead: w.T("progress.towns.lead", "n", f.Of), Layout: ui.LayoutWide, Body: townsPage(v),
		Crumbs: []ui.Link{w.home(), {Href: web.Link(w.ctx, BoardPath), Text: w.T("progress.title")}},
	})
}

func (p *Pages) here(r *http.Request) (*Figures, *Town, error) {
	f, err := p.Board.Figures(r.Context())
	if err != nil {
		return nil, nil, err
	}
	t, ok := f.Town(web.SiteOf(r.Context()).Tenant)
	if !ok {
		return nil, nil, fail.Newf(fail.NotFound, "progress: no such municipality")
	}
	return f, t, nil
}

func (p *Pages) town(rw http.ResponseWriter, r *http.Request) error {
	f, t, err := p.here(r)
	if err != nil {
		return err
	}
	w := p.words(r.Context())
	v := townView{
		t: w.Texts, demo: w.demo(t.Demo), online: w.online(t), reported: w.reported(t), topics: w.townTopics(t),
		figures: []figure{
			{w.number(len(t.Online)), w.T("progress.figure.here", "of", f.All.Services)},
			{w.number(len(t.Reports)), w.T("progress.figure.reports.here")},
		},
		state: ui.Link{Href: web.StateLink(w.ctx, BoardPath), Text: w.T("progress.town.state")},
	}
	v.how, v.similar = w.similar(f, t)
	return ui.Render(rw, r, http.StatusOK, ui.Page{
		Title: w.T("progress.town.title", "place", t.Place.Name), Lead: w.T("progress.town.lead", "day", i18n.FormatDate(w.Lang(), f.Day)),
		Layout: ui.LayoutWide, Body: townPage(v), Crumbs: []ui.Link{w.home()},
	})
}

func (p *Pages) topic(rw http.ResponseWriter, r *http.Request) error {
	_, t, err := p.here(r)
	if err != nil {
		return err
	}
	topic, ok := p.Catalog.Topic(r.PathValue("slug"))
	if !ok {
		return fail.Newf(fail.NotFound, "progress: no such topic")
	}
	w := p.words(r.Context())
	title := w.T("progress.topic.title", "topic", topic.Title(w.Lang()), "place", t.Place.Name)
	return ui.Render(rw, r, http.StatusOK, ui.Page{
		Title: title, Layout: ui.LayoutWide,
		Crumbs: []ui.Link{w.home(), {Href: web.Link(w.ctx, BoardPath), Text: w.T("progress.town.title", "place", t.Place.Name)}},
		Body: topicPage(w.T("progress.topic.text"), w.services(t, topic),
			ui.Link{Href: web.Link(w.ctx, BoardPath), Text: w.T("progress.topic.back")}),
	})
}

// file answers with a download that is made once per Figures.
func (p *Pages) file(kind string, of func(*Figures, *service.Catalog) ([]byte, error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := p.Board.Figures(r.Context())
		if err != nil {
			return err
		}
		b, err := of(f, p.Catalog)
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "public, max-age=60")
		if strings.HasPrefix(kind, "text/csv") {
			h.Set("Content-Disposition", "attachment; filename=leitportal-"+strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, "/api/"), "/", "-"))
		}
		_, err = w.Write(b)
		return err
	}
}
