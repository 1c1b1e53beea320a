package progress

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/place"
	"leitportal/internal/service"
	"leitportal/internal/tenant"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// Desk is where a tenant's staff enter what it says of its services.
type Desk struct {
	Board   *Board
	Catalog *service.Catalog
	// Roles may enter reports.
	Roles  []string
	Record tenant.Recorder
}

// deskPath is the address at the desk.
const deskPath = "/fortschritt"

// Routes are the desk's addresses.
func (d *Desk) Routes() []web.Route {
	row := func(pattern string, h web.Handler) web.Route {
		return web.Route{Site: web.Desk, Pattern: pattern, Access: web.Signed(d.Roles...), Handle: func(w http.ResponseWriter, r *http.Request) error {
			web.NoStore(w)
			return h(w, r)
		}}
	}
	return []web.Route{
		row("GET "+deskPath, d.list),
		row("GET "+deskPath+"/{ozg}", d.edit),
		row("POST "+deskPath+"/{ozg}", d.save),
		row("POST "+deskPath+"/{ozg}/loeschen", d.drop),
	}
}

// Nav is the entry of the desk's navigation for who is signed in.
func (d *Desk) Nav(ctx context.Context, p *web.Principal) []ui.Link {
	if !p.Has(d.Roles...) {
		return nil
	}
	return []ui.Link{{Href: web.DeskLink(ctx, deskPath), Text: Texts().In(web.Lang(ctx)).T("progress.desk.nav"), Key: "g o"}}
}

// mostFound is how many services a search shows.
const mostFound = 40

// find lists the services whose titles or number hold every word typed.
func find(c *service.Catalog, lang i18n.Lang, typed string) []*service.Service {
	var words []string
	for _, w := range strings.Fields(typed) {
		words = append(words, place.Fold(w))
	}
	var out []*service.Service
	for _, s := range c.Alphabetical(lang) {
		title, _ := s.Title(lang)
		text := place.Fold(title) + " " + place.Fold(s.Name) + " " + s.OZGID
		fits := len(words) > 0
		for _, w := range words {
			fits = fits && strings.Contains(text, w)
		}
		if fits && len(out) < mostFound {
			out = append(out, s)
		}
	}
	return out
}

// deskView is the list at the desk.
type deskView struct {
	t        i18n.Texts
	search   ui.FormModel
	fields   []ui.Field
	asked    bool
	found    []ui.Link
	reported *ui.Table
	see      ui.Link
}

func (d *Desk) list(rw http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := d.Board.Figures(ctx)
	if err != nil {
		return err
	}
	w := words{Texts().In(web.Lang(ctx)), ctx, nil, d.Catalog}
	q := []rune(strings.ToValidUTF8(r.URL.Query().Get("q"), ""))
	typed := string(q[:min(len(q), 100)])
	v := deskView{
		t: w.Texts, asked: strings.TrimSpace(typed) != "",
		search: ui.FormModel{Action: web.Link(ctx, deskPath), Method: "get", Label: w.T("progress.desk.search")},
		fields: []ui.Field{{Name: "q", Label: w.T("progress.desk.search"), Hint: w.T("progress.desk.search.hint"), Value: typed, MaxLength: 100, Filter: true}},
		see:    ui.Link{Href: web.TenantLink(ctx, BoardPath), Text: w.T("progress.desk.see")},
	}
	for _, s := range find(d.Catalog, w.Lang(), typed) {
		title, in := s.Title(w.Lang())
		v.found = append(v.found, ui.Link{Href: web.Link(ctx, deskPath+"/"+s.OZGID), Text: title, Lang: in})
	}
	if t, ok := f.Town(web.SiteOf(ctx).Tenant); ok {
		if v.reported = w.reported(t); v.reported != nil {
			for i := range v.reported.Rows {
				s, _ := d.Catalog.ByID(t.Reports[i].OZG)
				title, in := s.Title(w.Lang())
				v.reported.Rows[i].Cells[0].Body = ui.Link{Href: web.Link(ctx, deskPath+"/"+s.OZGID), Text: title, Lang: in}
			}
		}
	}
	var notice *ui.Alert
	for _, key := range []string{"saved", "dropped"} {
		if r.URL.Query().Has(key) {
			notice = &ui.Alert{Tone: ui.Success, Title: w.T("progress.desk." + key)}
		}
	}
	return ui.Render(rw, r, http.StatusOK, ui.Page{
		Title: w.T("progress.desk.title"), Lead: w.T("progress.desk.lead"), NoIndex: true, Notice: notice, Body: deskPage(v),
	})
}

// formView is the form for one service.
type formView struct {
	t          i18n.Texts
	form, drop ui.FormModel
	runs       string
	models     []modelView
	rest       []ui.Field
	stored     bool
	last       string
}

// modelView asks for the maturity by one model.
type modelView struct {
	level    []ui.Field
	summary  string
	open     bool
	note     string
	criteria []ui.Field
}

// typed is a report as it was typed, and what is wrong with it, by column.
type typed struct {
	Report
	since ui.DateParts
	bad   map[string]string
}

func (d *Desk) service(r *http.Request) (*service.Service, error) {
	s, ok := d.Catalog.ByID(r.PathValue("ozg"))
	if !ok {
		return nil, fail.Newf(fail.NotFound, "progress: no such service")
	}
	return s, nil
}

func (d *Desk) edit(rw http.ResponseWriter, r *http.Request) error {
	s, err := d.service(r)
	if err != nil {
		return err
	}
	rep, stored, err := Store{}.Report(r.Context(), d.Board.db.Read(), web.SiteOf(r.Context()).Tenant, s.OZGID)
	if err != nil {
		return err
	}
	if !stored {
		rep = Report{Level11: NotAssessed, Level20: NotAssessed, Ratings11: Model11().Unrated(), Ratings20: Model20().Unrated()}
	}
	x := typed{Report: rep}
	if !rep.Since.IsZero() {
		x.since = ui.DatePartsOf(rep.Since.String())
	}
	return d.form(rw, r, http.StatusOK, s, x, stored)
}

func (d *Desk) form(rw http.ResponseWriter, r *http.Request, status int, s *service.Service, x typed, stored bool) error {
	ctx := r.Context()
	w := words{Texts().In(web.Lang(ctx)), ctx, nil, d.Catalog}
	here := web.Link(ctx, deskPath+"/"+s.OZGID)
	title, in := s.Title(w.Lang())
	v := formView{t: w.Texts, form: ui.FormModel{Action: here}, drop: ui.FormModel{Action: here + "/loeschen", Label: w.T("progress.desk.drop")}, stored: stored}
	if f, err := d.Board.Figures(ctx); err == nil {
		if t, ok := f.Town(web.SiteOf(ctx).Tenant); ok {
			if o, _ := t.Of(s.OZGID); o != nil {
				v.runs = w.T("progress.desk.runs", "solution", o.Solution, "version", o.Version)
			}
		}
	}
	if stored && !x.On.IsZero() {
		v.last = w.T("progress.desk.last", "day", i18n.FormatDate(w.Lang(), x.On))
	}
	said := func(column string) string {
		if key := x.bad[column]; key != "" {
			return w.T(key)
		}
		return ""
	}
	var all []ui.Field
	for _, m := range []struct {
		Model
		level   Rating
		ratings Ratings
	}{{Model11(), x.Level11, x.Ratings11}, {Model20(), x.Level20, x.Ratings20}} {
		view := w.modelFields(m.Model, m.level, m.ratings)
		view.level[0].Error = said("level_" + m.Key)
		all = append(all, view.level...)
		v.models = append(v.models, view)
	}
	v.rest = []ui.Field{
		{Kind: ui.KindDate, Name: "since", Label: w.T("progress.desk.since"), Date: x.since, Error: said("since")},
		{Name: "link", Label: w.T("progress.desk.link"), Hint: w.T("progress.desk.link.hint"), Value: x.Link, Type: "url", MaxLength: maxLink, Error: said("link"), Autocomplete: "off"},
		{Name: "source", Label: w.T("progress.desk.source"), Hint: w.T("progress.desk.source.hint"), Value: x.Source, MaxLength: maxSource, Error: said("source"), Required: true, Autocomplete: "off"},
	}
	return ui.Render(rw, r, status, ui.Page{
		Title: title, TitleLang: in, Lead: w.T("progress.desk.form.lead"), Layout: ui.LayoutForm, NoIndex: true,
		Back:     ui.Link{Href: web.Link(ctx, deskPath), Text: w.T("progress.desk.title")},
		Problems: ui.Problems(append(all, v.rest...)), Body: reportPage(v),
	})
}

// modelFields are the questions for a model: the level, and each criterion.
func (w words) modelFields(m Model, level Rating, ratings Ratings) modelView {
	choices := func(name func(Rating) string, further ...ui.Choice) []ui.Choice {
		out := append([]ui.Choice{{Label: w.T("progress.level.none")}}, further...)
		for l := 0; l <= m.Top; l++ {
			out = append(out, ui.Choice{Value: strconv.Itoa(l), Label: name(Rating(l))})
		}
		return out
	}
	v := modelView{
		summary: w.T("progress.desk.criteria", "version", m.Version), open: ratings.Any(), note: w.T("progress.desk.criteria.open"),
		level: []ui.Field{{
			Kind: ui.KindSelect, Name: "level_" + m.Key, Label: w.T("progress.desk.level", "version", m.Version), Value: level.String(), Filter: true,
			Choices: choices(func(r Rating) string { return w.level(m, r) }),
		}},
	}
	for i, r := range ratings {
		label := w.T("progress.desk.criterion", "n", i+1)
		if i < m.Named {
			label += ": " + w.T("progress.criterion."+strconv.Itoa(i+1))
		}
		value := r.String()
		if r == NotNeeded {
			value = "n"
		}
		v.criteria = append(v.criteria, ui.Field{
			Kind: ui.KindSelect, Name: "criterion_" + m.Key + "_" + strconv.Itoa(i+1), Label: label, Value: value, Filter: true,
			Choices: choices(func(r Rating) string { return strconv.Itoa(int(r)) }, ui.Choice{Value: "n", Label: w.T("progress.desk.notneeded")}),
		})
	}
	return v
}

// readTyped judges what was sent.
func readTyped(form url.Values, today clock.Date) typed {
	clean := func(name string) string {
		return norm.NFC.String(strings.Join(strings.Fields(strings.ToValidUTF8(form.Get(name), "\uFFFD")), " "))
	}
	x := typed{Report: Report{Link: clean("link"), Source: clean("source"), On: today}, since: ui.DateOf(form, "since")}
	wrong := map[string]string{}
	read := func(m Model) (level Rating, ratings Ratings) {
		level, err := m.ParseLevel(form.Get("level_" + m.Key))
		if err != nil {
			level, wrong["level_"+m.Key] = NotAssessed, "progress.bad.choice"
		}
		var parts []string
		for i := range m.Criteria {
			if v := form.Get("criterion_" + m.Key + "_" + strconv.Itoa(i+1)); v != "" {
				parts = append(parts, strconv.Itoa(i+1)+"="+v)
			}
		}
		if ratings, err = m.ParseRatings(strings.Join(parts, " ")); err != nil {
			ratings, wrong["level_"+m.Key] = m.Unrated(), "progress.bad.choice"
		}
		return level, ratings
	}
	x.Level11, x.Ratings11 = read(Model11())
	x.Level20, x.Ratings20 = read(Model20())
	if !x.since.Empty() {
		var err error
		if x.Since, err = clock.ParseDate(x.since.ISO()); err != nil {
			wrong["since"] = "progress.bad.since"
		}
	}
	x.bad = x.Check(today)
	for column, key := range wrong {
		x.bad[column] = key
	}
	return x
}

func (d *Desk) save(rw http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s, err := d.service(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fail.New(fail.Invalid, "", err)
	}
	x := readTyped(r.PostForm, clock.Today(d.Board.clock))
	if len(x.bad) > 0 {
		return d.form(rw, r, http.StatusUnprocessableEntity, s, x, false)
	}
	p := web.PrincipalOf(ctx)
	x.Tenant, x.OZG, x.By = p.Tenant, s.OZGID, p.ID
	return d.write(rw, r, "progress.report", "saved", func(ctx context.Context, tx db.Querier) error {
		return Store{}.PutReport(ctx, tx, p.Tenant, x.Report, d.Board.clock.Now())
	})
}

func (d *Desk) drop(rw http.ResponseWriter, r *http.Request) error {
	s, err := d.service(r)
	if err != nil {
		return err
	}
	return d.write(rw, r, "progress.report.drop", "dropped", func(ctx context.Context, tx db.Querier) error {
		return Store{}.DropReport(ctx, tx, web.PrincipalOf(ctx).Tenant, s.OZGID)
	})
}

// write does a change and puts it on record, in one transaction.
func (d *Desk) write(rw http.ResponseWriter, r *http.Request, action, said string, do func(context.Context, db.Querier) error) error {
	p := web.PrincipalOf(r.Context())
	err := d.Board.db.Write(r.Context(), func(ctx context.Context, tx db.Querier) error {
		if err := do(ctx, tx); err != nil {
			return err
		}
		return d.Record(ctx, tx, tenant.Event{Tenant: p.Tenant, Subject: p.Tenant, Actor: p.ID, Action: action, At: d.Board.clock.Now()})
	})
	if err != nil {
		return err
	}
	d.Board.changed()
	return web.SeeOther(rw, r, deskPath+"?"+said)
}
