package casework

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/staff"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// all is what a control of the filter sends for "do not narrow".
const all = "alle"

// parseFilter reads the inbox's query.
func parseFilter(v url.Values) Filter {
	get := func(name string) string { return strings.TrimPrefix(v.Get(name), all) } // "alle" is no filter
	older, _ := strconv.Atoi(get("alter"))
	page, _ := strconv.Atoi(v.Get("seite"))
	return Filter{
		View: v.Get("ansicht"), State: State(get("zustand")), Solution: get("leistung"), Destination: get("stelle"), Who: get("wer"),
		Older: older, Number: v.Get("nummer"), Sort: v.Get("sort"), Page: page,
	}.clean()
}

// query is the inverse of parseFilter, without what is usual.
func (f Filter) query() string {
	v := url.Values{}
	set := func(name, value, usual string) {
		if value != usual {
			v.Set(name, value)
		}
	}
	set("ansicht", f.View, ViewOpen)
	set("zustand", string(f.State), "")
	set("leistung", f.Solution, "")
	set("stelle", f.Destination, "")
	set("wer", f.Who, WhoAll)
	set("nummer", f.Number, "")
	set("alter", strconv.Itoa(f.Older), "0")
	set("sort", f.Sort, Sorts()[0])
	set("seite", strconv.Itoa(f.Page), "1")
	if len(v) == 0 {
		return pathInbox
	}
	return pathInbox + "?" + v.Encode()
}

// with is f changed, on its first page.
func (f Filter) with(change func(*Filter)) Filter {
	f.Page = 1
	change(&f)
	return f.clean()
}

func (s *Service) inbox(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx := r.Context()
	site := web.SiteOf(ctx)
	f := parseFilter(r.URL.Query())
	cases, err := s.store.Inbox(ctx, s.DB.Read(), site.Tenant, f, d.who.ID, d.now)
	if err != nil {
		return err
	}
	total, err := s.store.Count(ctx, s.DB.Read(), site.Tenant, f, d.who.ID, d.now)
	if err != nil {
		return err
	}
	names, err := s.Staff.Names(ctx, site.Tenant)
	if err != nil {
		return err
	}
	colleagues, err := s.Staff.Assignable(ctx, site.Tenant, "")
	if err != nil {
		return err
	}
	offices, err := s.offices(ctx, d, site.Tenant)
	if err != nil {
		return err
	}
	tabs, err := s.tabs(ctx, d, f)
	if err != nil {
		return err
	}
	t := d.t
	link := func(f Filter) string { return web.Link(ctx, f.query()) }
	v := inboxView{
		tabs: tabs, chips: s.chips(d, f, names, offices, link), clear: link(Filter{View: f.View}.clean()),
		fields: s.filterFields(d, f, colleagues, offices), hidden: []ui.Hidden{{Name: "ansicht", Value: f.View}, {Name: "sort", Value: f.Sort}},
		action: web.Link(ctx, pathInbox),
		count:  t.N("casework.inbox.count", total),
		pager: ui.Pager{Page: f.Page, Pages: (total + PerPage - 1) / PerPage, Label: t.T("casework.inbox.pages"), Href: func(n int) string {
			g := f
			g.Page = n
			return link(g)
		}},
	}
	if total == Most {
		v.count = t.T("casework.inbox.many", "n", i18n.Number(t.Lang(), Most))
	}
	if v.filtered = len(v.chips) > 0; len(cases) > 0 {
		v.table = s.inboxTable(ctx, d, f, cases, names, link)
	} else if every := (Filter{View: ViewAll, Number: f.Number}).clean(); f.Number != "" {
		n, err := s.store.Count(ctx, s.DB.Read(), site.Tenant, every, d.who.ID, d.now)
		if err != nil {
			return err
		}
		if n > 0 { // it is there, but not in this view, or not with these filters
			v.elsewhere = ui.Link{Href: link(every), Text: t.N("casework.inbox.elsewhere", n)}
		}
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: t.T("casework.inbox.title"), Mark: d.testView(f), Layout: ui.LayoutDesk, NoIndex: true, Body: inboxPage(t, v),
	})
}

func (s *Service) tabs(ctx context.Context, d *desk, f Filter) ([]ui.Tab, error) {
	var out []ui.Tab
	for _, tab := range []struct {
		key string
		f   Filter
	}{
		{"open", Filter{View: ViewOpen}},
		{"mine", Filter{View: ViewOpen, Who: WhoMe}},
		{"nobody", Filter{View: ViewOpen, Who: WhoNobody}},
		{"done", Filter{View: ViewDone, Sort: "geaendert"}},
		{"tests", Filter{View: ViewTests, Sort: "neueste"}},
	} {
		g := tab.f.clean()
		count := ""
		if g.View == ViewOpen {
			n, err := s.store.Count(ctx, s.DB.Read(), web.SiteOf(ctx).Tenant, g, d.who.ID, d.now)
			if err != nil {
				return nil, err
			}
			if count = strconv.Itoa(n); n == Most {
				count = strconv.Itoa(Most-1) + "+"
			}
		}
		out = append(out, ui.Tab{
			Text: d.t.T("casework.tab." + tab.key), Href: web.Link(ctx, g.query()), Count: count,
			Current: f.View == g.View && f.Who == g.Who,
		})
	}
	return out, nil
}

// chips are the filters that are on.
func (s *Service) chips(d *desk, f Filter, names map[string]string, offices []ui.Choice, link func(Filter) string) []ui.Chip {
	var out []ui.Chip
	on := func(is bool, text string, off func(*Filter)) {
		if is {
			out = append(out, ui.Chip{Text: text, Remove: link(f.with(off))})
		}
	}
	t := d.t
	on(f.Number != "", t.T("casework.filter.number", "number", f.Number), func(f *Filter) { f.Number = "" })
	on(f.State != "", t.T("casework.state."+string(f.State)), func(f *Filter) { f.State = "" })
	on(f.Older > 0, t.N("casework.filter.older", f.Older), func(f *Filter) { f.Older = 0 })
	on(f.Solution != "", s.title(f.Solution, t.Lang()), func(f *Filter) { f.Solution = "" })
	on(f.Destination != "", officeOf(offices, f.Destination), func(f *Filter) { f.Destination = "" })
	who := t.T("casework.filter.me")
	switch f.Who {
	case WhoAll, WhoMe:
	case WhoNobody:
		who = t.T("casework.nobody")
	default:
		who = d.person(names, f.Who)
	}
	on(f.Who != WhoAll, who, func(f *Filter) { f.Who = WhoAll })
	return out
}

// offices are the destinations that the tenant's cases are for, as choices of
// the filter, named as the newest version that knows them does; and the service
// beside it where two services name theirs alike.
func (s *Service) offices(ctx context.Context, d *desk, tenant string) ([]ui.Choice, error) {
	cases, err := s.store.Destinations(ctx, s.DB.Read(), tenant)
	if err != nil {
		return nil, err
	}
	var out []ui.Choice
	names := map[string]int{}
	for _, c := range cases {
		c.Tenant = tenant
		name := cmp.Or(s.officeName(d, c), c.Destination)
		out = append(out, ui.Choice{Value: c.destination(), Label: name})
		names[name]++
	}
	for i, c := range cases {
		if names[out[i].Label] > 1 {
			out[i].Label += " (" + s.title(c.Solution, d.t.Lang()) + ")"
		}
	}
	slices.SortFunc(out, func(a, b ui.Choice) int { return strings.Compare(a.Label, b.Label) })
	return out, nil
}

// officeName is how the newest version of a case's service names its
// destination, or the case's own; "" where neither does.
func (s *Service) officeName(d *desk, c Case) string {
	versions := []string{c.Version}
	if v, err := s.Solutions.Solution(c.Solution); err == nil {
		versions = []string{v.Version, c.Version}
	}
	for _, version := range versions {
		offer, err := s.Solutions.At(c.Tenant, c.Solution, version, d.today)
		if err != nil {
			continue
		}
		r := reading{}
		if r.program, err = s.Program(c.Solution, version); err != nil {
			continue
		}
		view, err := r.on(r.program.Empty(), offer.Set, d.today, d.t.Lang())
		if err != nil {
			continue
		}
		for _, to := range view.Destinations() {
			if to.ID == c.Destination {
				return to.Label
			}
		}
	}
	return ""
}

// officeOf is the name of an office among the choices, its id where it is none
// of them.
func officeOf(offices []ui.Choice, value string) string {
	for _, o := range offices {
		if o.Value == value {
			return o.Label
		}
	}
	_, id, _ := strings.Cut(value, "/")
	return id
}

func (s *Service) filterFields(d *desk, f Filter, colleagues []staff.Member, offices []ui.Choice) []ui.Field {
	t := d.t
	every := ui.Choice{Value: all, Label: t.T("casework.filter.all")}
	states := []ui.Choice{every}
	for _, st := range States() {
		states = append(states, ui.Choice{Value: string(st), Label: t.T("casework.state." + string(st))})
	}
	ages := []ui.Choice{every}
	for _, a := range Ages() {
		ages = append(ages, ui.Choice{Value: strconv.Itoa(a), Label: t.N("casework.filter.older", a)})
	}
	services := []ui.Choice{every}
	for _, v := range s.Solutions.Solutions() {
		services = append(services, ui.Choice{Value: v.ID, Label: v.Title.In(t.Lang())})
	}
	people := []ui.Choice{every, {Value: WhoMe, Label: t.T("casework.filter.me")}, {Value: WhoNobody, Label: t.T("casework.nobody")}}
	for _, m := range colleagues {
		if m.ID != d.who.ID {
			people = append(people, ui.Choice{Value: m.ID, Label: m.Name})
		}
	}
	older := ""
	if f.Older > 0 {
		older = strconv.Itoa(f.Older)
	}
	sel := func(name, key, value string, choices []ui.Choice) ui.Field {
		value = cmp.Or(value, all)
		return ui.Field{Kind: ui.KindSelect, Name: name, Label: t.T(key), Value: value, Choices: choices, Filter: true}
	}
	fields := []ui.Field{
		{Kind: ui.KindText, Name: "nummer", Type: "search", Label: t.T("casework.inbox.search"), Value: f.Number, MaxLength: 40, Filter: true},
		sel("zustand", "casework.column.state", string(f.State), states),
		sel("alter", "casework.filter.age", older, ages),
		sel("leistung", "casework.column.service", f.Solution, services),
		sel("wer", "casework.column.assignee", f.Who, people),
	}
	if len(offices) > 1 {
		fields = append(fields, sel("stelle", "casework.case.destination", f.Destination, append([]ui.Choice{every}, offices...)))
	}
	return fields
}

func (s *Service) inboxTable(ctx context.Context, d *desk, f Filter, cases []Case, names map[string]string, link func(Filter) string) ui.Table {
	t := d.t
	column := func(key, sort, sorted string) ui.Column {
		c := ui.Column{Title: t.T(key)}
		if sort != "" {
			c.Sort = link(f.with(func(f *Filter) { f.Sort = sort }))
			c.Sorted = sorted
		}
		return c
	}
	is := func(sort, direction string) string {
		if f.Sort == sort {
			return direction
		}
		return ""
	}
	received, direction := "eingang", is("neueste", "descending")
	if f.Sort == "eingang" {
		received, direction = "neueste", "ascending"
	}
	service := column("casework.column.service", "", "")
	service.Wide = true
	table := ui.Table{
		Caption: t.T("casework.inbox.caption"), CaptionHidden: true, Walk: true,
		Columns: []ui.Column{
			column("casework.column.number", "nummer", is("nummer", "ascending")),
			service,
			column("casework.column.received", received, direction),
			column("casework.column.state", "", ""),
			column("casework.column.assignee", "", ""),
			column("casework.column.due", "faellig", is("faellig", "ascending")),
		},
	}
	for _, c := range cases {
		due := ui.Cell{Text: i18n.ShortDate(t.Lang(), c.Due)}
		if c.Overdue(d.today) {
			due.Mark = &ui.Badge{Tone: ui.Warning, Text: t.T("casework.overdue")}
		}
		if !c.State.Open() {
			due = ui.Cell{}
		}
		table.Rows = append(table.Rows, ui.TableRow{Strong: c.State == New || c.State == Answered, Cells: []ui.Cell{
			{Text: c.Number, Href: web.Link(ctx, pathCase+c.ID), Head: true, Mark: d.testBadge(c)},
			{Text: s.title(c.Solution, t.Lang())},
			{Text: d.day(c.Received), DateTime: c.Received.Format("2006-01-02T15:04:05Z")},
			{Mark: d.state(c)},
			{Text: d.person(names, c.Assignee)},
			due,
		}})
	}
	return table
}

// title is the name of a solution; its id where it is not installed any more.
func (s *Service) title(id string, lang i18n.Lang) string {
	v, err := s.Solutions.Solution(id)
	if err != nil {
		return id
	}
	return v.Title.In(lang)
}

// at is what applies to a case that began with a version: to a test perhaps what
// is on trial.
func (s *Service) at(test bool, tenant, id, version string, day clock.Date) (solution.Offer, error) {
	if test {
		return s.Trial.At(s.Solutions, tenant, id, version, day)
	}
	return s.Solutions.At(tenant, id, version, day)
}

// setOf is the parameters that apply to a case today, for what the office
// says of itself.
func (s *Service) setOf(c Case, day clock.Date) (solution.Offer, error) {
	return s.at(c.Test, c.Tenant, c.Solution, c.Version, day)
}
