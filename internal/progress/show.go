package progress

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/internal/service"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

func lines(s string) []string { return strings.Split(s, "\n") }

// The map: an even projection of North Rhine-Westphalia, in which a degree of
// longitude is as long as it is at 51.4° north.
const (
	mapWest, mapNorth = 5.8, 52.6
	mapScale          = 250.0 // units per degree of latitude
	mapWidth          = 580
	mapHeight         = 590
)

func project(lat, lon float64) (x, y float64) {
	return (lon - mapWest) * mapScale * math.Cos(51.4*math.Pi/180), (mapNorth - lat) * mapScale
}

// size is the class of a number of services on the map.
func size(n int) int {
	switch {
	case n == 0:
		return 0
	case n < 5:
		return 1
	case n < 20:
		return 2
	case n < 100:
		return 3
	}
	return 4
}

func (w words) points(f *Figures) ui.PointMap {
	m := ui.PointMap{Width: mapWidth, Height: mapHeight, Label: w.T("progress.map.alt", "n", f.Towns, "of", f.Of)}
	named := map[string]*Town{} // the largest of each Regierungsbezirk
	for _, t := range f.List {
		if l := named[t.Place.Region]; l == nil || t.Place.Population > l.Place.Population {
			named[t.Place.Region] = t
		}
	}
	for _, t := range f.List {
		x, y := project(t.Place.Lat, t.Place.Lon)
		pt := ui.Point{X: x, Y: y, Size: size(len(t.Online))}
		if named[t.Place.Region] == t {
			pt.Label = t.Place.Name
		}
		m.Points = append(m.Points, pt)
	}
	return m
}

// largest lists the municipalities with most people.
func (w words) largest(f *Figures) []ui.Row {
	list := slices.Clone(f.List)
	slices.SortStableFunc(list, func(a, b *Town) int { return cmp.Compare(b.Place.Population, a.Place.Population) })
	var out []ui.Row
	for _, t := range list[:min(6, len(list))] {
		out = append(out, ui.Row{Key: t.Place.Name, Value: w.N("progress.map.online", len(t.Online)), Href: w.townCell(t).Href})
	}
	return out
}

// chart is a table with a bar in each row.
func (w words) chart(caption, first string) ui.Table {
	bar := w.column("share", false)
	bar.Wide = true
	return w.table(caption, w.column(first, false), w.column("services", true), w.column("online", true), bar, w.column("reported", true))
}

func (w words) chartRow(head ui.Cell, n Count) ui.TableRow {
	head.Head = true
	return ui.TableRow{Cells: []ui.Cell{head, w.text(n.Services), w.text(n.Online), {Body: ui.Bar{Value: n.Online, Of: n.Services}}, w.text(n.Reported)}}
}

func (w words) topics(f *Figures) ui.Table {
	t := w.chart("progress.topics.table", "topic")
	for _, topic := range w.c.Topics {
		t.Rows = append(t.Rows, w.chartRow(ui.Cell{Text: topic.Title(w.Lang()), Href: web.Link(w.ctx, townsPath) + "?thema=" + topic.Slug}, f.Topics[topic]))
	}
	t.Foot = w.chartRow(ui.Cell{Text: w.T("progress.col.all")}, f.All).Cells
	return t
}

func (w words) events(f *Figures) ui.Table {
	t := w.table("progress.events.table", w.column("event", false), w.column("services", true), w.column("online", true), w.column("offers", true))
	t.CaptionHidden = true
	for _, e := range w.c.Events {
		n := f.Events[e]
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{
			{Text: e.Title(w.Lang()), Head: true, Href: web.Link(w.ctx, "/lebenslagen/"+e.Slug)}, w.text(n.Services), w.text(n.Online), w.text(n.Offers),
		}})
	}
	return t
}

// levels is the chart of a maturity model: what the municipalities state, and
// apart from it that of what runs no level is claimed.
func (w words) levels(m Model, counts []int, offers int) ui.Table {
	bar := w.column("share", false)
	bar.Wide = true
	t := ui.Table{Caption: w.T("progress.levels.table", "version", m.Version), Columns: []ui.Column{
		w.column("level", false), w.column("running", true), w.column("reported", true), bar,
	}}
	total := 0
	for _, n := range counts {
		total += n
	}
	row := func(head string, running, n int) {
		share := ui.Cell{}
		if n > 0 {
			share.Body = ui.Bar{Value: n, Of: total}
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: head, Head: true}, w.text(running), w.text(n), share}})
	}
	for l := 0; l <= m.Top; l++ {
		row(w.level(m, Rating(l)), 0, counts[l])
	}
	row(w.T("progress.level.none"), offers, counts[m.Top+1])
	return t
}

// level is a level with its name.
func (w words) level(m Model, r Rating) string {
	if r < 0 {
		return w.T("progress.level.none")
	}
	return fmt.Sprintf("%d – %s", int(r), w.T("progress.level."+m.Key+"."+strconv.Itoa(int(r))))
}

// judged is what can be said of a service that runs.
func (w words) judged(m Model) string {
	l := m.Judge(m.Known())
	if l.Known == 0 {
		return w.T("progress.level.none")
	}
	return w.T("progress.level.most", "level", l.Most, "known", l.Known, "of", l.Of)
}

func (w words) projects(f *Figures) *ui.Table {
	if len(f.Projects) == 0 {
		return nil
	}
	t := w.table("progress.projects.table", w.column("project", false), w.column("labtopic", false), w.column("lead", false), w.column("participants", false), w.column("state", false))
	for _, p := range f.Projects {
		head := ui.Cell{Text: p.Title, Head: true, Href: p.Link}
		if p.Demo {
			head.Mark = &ui.Badge{Text: w.T("progress.demo.mark")}
		}
		var names []string
		for _, ars := range p.Participants {
			if x, ok := f.Town(ars); ok {
				names = append(names, x.Place.Name)
			}
		}
		lead := ""
		if x, ok := f.Town(p.Lead); ok {
			lead = x.Place.Name
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{
			head, {Text: p.Topic}, {Text: lead}, {Text: strings.Join(names, ", ")}, {Text: w.T("progress.state." + string(p.State))},
		}})
	}
	return &t
}

// choice is how the list of municipalities is sorted and narrowed.
type choice struct {
	sort  string // "name", "einwohner" or "online"
	down  bool
	topic *service.Topic
	page  int
}

func readChoice(q url.Values, c *service.Catalog) choice {
	x := choice{sort: "online", down: true}
	if s := q.Get("sortierung"); slices.Contains([]string{"name", "einwohner", "online"}, s) {
		x.sort, x.down = s, q.Get("richtung") == "ab"
	}
	x.topic, _ = c.Topic(q.Get("thema"))
	x.page, _ = strconv.Atoi(q.Get("seite"))
	return x
}

// href is the address of a choice.
func (w words) href(x choice) string {
	q := url.Values{"sortierung": {x.sort}}
	if x.down {
		q.Set("richtung", "ab")
	}
	if x.topic != nil {
		q.Set("thema", x.topic.Slug)
	}
	if x.page > 1 {
		q.Set("seite", strconv.Itoa(x.page))
	}
	return web.Link(w.ctx, townsPath) + "?" + q.Encode()
}

// perPage is how many municipalities stand on a page.
const perPage = 25

func sortTowns(list []*Town, x choice, c *service.Catalog) {
	slices.SortStableFunc(list, func(a, b *Town) int {
		n := 0
		switch x.sort {
		case "einwohner":
			n = cmp.Compare(a.Place.Population, b.Place.Population)
		case "online":
			n = cmp.Compare(a.In(c, x.topic), b.In(c, x.topic))
		}
		if x.down {
			n = -n
		}
		if n == 0 {
			n = strings.Compare(service.Slugify(a.Place.Label()), service.Slugify(b.Place.Label()))
			if x.sort == "name" && x.down {
				n = -n
			}
		}
		return n
	})
}

func (w words) townList(f *Figures, x choice) townsView {
	list := slices.Clone(f.List)
	sortTowns(list, x, w.c)
	pages := (len(list) + perPage - 1) / perPage
	x.page = max(1, min(x.page, pages))
	head := func(key, sort string, numeric bool) ui.Column {
		col := w.column(key, numeric)
		next := choice{sort: sort, topic: x.topic, down: sort != "name"}
		if x.sort == sort {
			next.down = !x.down
			if col.Sorted = "ascending"; x.down {
				col.Sorted = "descending"
			}
		}
		col.Sort = w.href(next)
		return col
	}
	bar := w.column("share", false)
	bar.Wide = true
	v := townsView{t: w.Texts, form: ui.FormModel{
		Action: web.Link(w.ctx, townsPath), Method: "get", Label: w.T("progress.towns.filter"),
		Hidden: []ui.Hidden{{Name: "sortierung", Value: x.sort}},
	}}
	if x.down {
		v.form.Hidden = append(v.form.Hidden, ui.Hidden{Name: "richtung", Value: "ab"})
	}
	caption, of := w.T("progress.towns.table"), f.All.Services
	chosen := ""
	field := ui.Field{Kind: ui.KindSelect, Name: "thema", Label: w.T("progress.col.topic"), Filter: true, Choices: []ui.Choice{{Label: w.T("progress.towns.topics")}}}
	for _, topic := range w.c.Topics {
		field.Choices = append(field.Choices, ui.Choice{Value: topic.Slug, Label: topic.Title(w.Lang())})
	}
	if x.topic != nil {
		chosen, of = x.topic.Slug, len(x.topic.Services)
		caption = w.T("progress.towns.table.topic", "topic", x.topic.Title(w.Lang()))
	}
	field.Value = chosen
	v.fields = []ui.Field{field}
	v.table = ui.Table{Caption: caption, Columns: []ui.Column{head("town", "name", false), head("population", "einwohner", true), head("online", "online", true), bar, w.column("reported", true)}}
	for _, t := range list[(x.page-1)*perPage : min(x.page*perPage, len(list))] {
		n := t.In(w.c, x.topic)
		v.table.Rows = append(v.table.Rows, ui.TableRow{Cells: []ui.Cell{
			w.townCell(t), w.text(t.Place.Population), w.text(n), {Body: ui.Bar{Value: n, Of: of}}, w.text(len(t.Reports)),
		}})
	}
	v.pager = ui.Pager{Page: x.page, Pages: pages, Label: w.T("progress.towns.pages"), Href: func(n int) string {
		y := x
		y.page = n
		return w.href(y)
	}}
	return v
}

// serviceCell leads to the service's page in the town.
func (w words) serviceCell(s *service.Service) ui.Cell {
	title, in := s.Title(w.Lang())
	return ui.Cell{Head: true, Body: ui.Link{Text: title, Lang: in, Href: web.Link(w.ctx, "/leistungen/"+s.Slug)}}
}

// since is a day in words.
func (w words) since(d clock.Date) string {
	if d.IsZero() {
		return w.T("progress.since.unknown")
	}
	return i18n.FormatDate(w.Lang(), d)
}

func (w words) online(t *Town) ui.Table {
	table := w.table("progress.town.online.table", w.column("service", false), w.column("since", false), w.column("solution", false), w.column("level11", false), w.column("level20", false))
	table.CaptionHidden, table.Empty = true, w.T("progress.town.online.none")
	for i := range t.Online {
		s, _ := w.c.ByID(t.Online[i].OZG)
		o := &t.Online[i]
		c := ui.Cell{Text: o.Solution + " " + o.Version}
		if o.Demo {
			c.Mark = &ui.Badge{Text: w.T("progress.demo.mark")}
		}
		table.Rows = append(table.Rows, ui.TableRow{Cells: []ui.Cell{
			w.serviceCell(s), {Text: w.since(o.Since)}, c, {Text: w.judged(Model11())}, {Text: w.judged(Model20())},
		}})
	}
	return table
}

func (w words) reported(t *Town) *ui.Table {
	if len(t.Reports) == 0 {
		return nil
	}
	table := w.table("progress.town.reported.table", w.column("service", false), w.column("level11", false), w.column("level20", false), w.column("since", false), w.column("source", false), w.column("on", false))
	table.CaptionHidden = true
	for i := range t.Reports {
		r := &t.Reports[i]
		s, _ := w.c.ByID(r.OZG)
		source := ui.Cell{Text: r.Source, Href: r.Link}
		if r.Demo {
			source.Mark = &ui.Badge{Text: w.T("progress.demo.mark")}
		}
		table.Rows = append(table.Rows, ui.TableRow{Cells: []ui.Cell{
			w.serviceCell(s),
			{Text: w.level(Model11(), r.Level11)},
			{Text: w.level(Model20(), r.Level20)},
			{Text: w.since(r.Since)},
			source,
			{Text: i18n.FormatDate(w.Lang(), r.On)},
		}})
	}
	return &table
}

// alike is how many similar municipalities are compared.
const alike = 5

func (w words) similar(f *Figures, t *Town) (how string, table ui.Table) {
	kind := "kreis"
	if t.Place.InDistrict == "" {
		kind = "city"
	}
	bar := w.column("share", false)
	bar.Wide = true
	table = w.table("progress.similar.table", w.column("town", false), w.column("population", true), w.column("online", true), bar, w.column("reported", true))
	for _, x := range append([]*Town{t}, f.Similar(t.Place.ARS, alike)...) {
		table.Rows = append(table.Rows, ui.TableRow{Current: x == t, Cells: []ui.Cell{
			w.townCell(x), w.text(x.Place.Population), w.text(len(x.Online)), {Body: ui.Bar{Value: len(x.Online), Of: f.All.Services}}, w.text(len(x.Reports)),
		}})
	}
	return w.T("progress.similar."+kind, "n", alike), table
}

func (w words) townTopics(t *Town) ui.Table {
	bar := w.column("share", false)
	bar.Wide = true
	table := w.table("progress.town.topics.table", w.column("topic", false), w.column("services", true), w.column("online", true), bar, w.column("reported", true))
	table.CaptionHidden = true
	for _, topic := range w.c.Topics {
		reported := 0
		for i := range t.Reports {
			if s, _ := w.c.ByID(t.Reports[i].OZG); s.Topic == topic {
				reported++
			}
		}
		n := t.In(w.c, topic)
		table.Rows = append(table.Rows, ui.TableRow{Cells: []ui.Cell{
			{Text: topic.Title(w.Lang()), Head: true, Href: web.Link(w.ctx, topicPath+topic.Slug)},
			w.text(len(topic.Services)), w.text(n),
			{Body: ui.Bar{Value: n, Of: len(topic.Services)}},
			w.text(reported),
		}})
	}
	return table
}

// services lists those of a topic: what runs, and beside it what is reported.
func (w words) services(t *Town, topic *service.Topic) ui.Table {
	table := w.table("progress.topic.table", w.column("service", false), w.column("running", false), w.column("report", false))
	table.CaptionHidden = true
	for _, s := range topic.Services {
		o, r := t.Of(s.OZGID)
		cells := []ui.Cell{w.serviceCell(s), {Text: w.T("progress.not")}, {Text: w.T("progress.none")}}
		if o != nil {
			cells[1] = ui.Cell{Text: w.T("progress.runs", "solution", o.Solution, "version", o.Version, "since", w.since(o.Since), "level11", w.judged(Model11()), "level20", w.judged(Model20())) + " ", Mark: &ui.Badge{Tone: ui.Success, Text: w.T("progress.online")}}
		}
		if r != nil {
			cells[2] = ui.Cell{Href: r.Link, Text: w.T("progress.says", "level11", w.level(Model11(), r.Level11), "level20", w.level(Model20(), r.Level20), "since", w.since(r.Since), "source", r.Source)}
		}
		table.Rows = append(table.Rows, ui.TableRow{Cells: cells})
	}
	return table
}
