package casework

import (
	"net/http"
	"net/url"
	"strconv"

	"leitportal/internal/audit"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// logPage shows the auditor who did what with which case: never an answer.
func (s *Service) logPage(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx := r.Context()
	tenant := web.SiteOf(ctx).Tenant
	q := r.URL.Query()
	after := audit.Cursor{ID: q.Get("nach")}
	after.At, _ = strconv.ParseInt(q.Get("bis"), 10, 64)
	if after.At <= 0 || len(after.ID) > 60 || !plain(after.ID) {
		after = audit.Cursor{}
	}
	page, err := audit.List(ctx, s.DB.Read(), tenant, after, 100)
	if err != nil {
		return err
	}
	subjects := make([]string, len(page.Entries))
	for i, e := range page.Entries {
		subjects[i] = e.Subject
	}
	numbers, err := s.store.Numbers(ctx, s.DB.Read(), tenant, subjects)
	if err != nil {
		return err
	}
	names, err := s.Staff.Names(ctx, tenant)
	if err != nil {
		return err
	}
	t := d.t
	table := ui.Table{
		Caption: t.T("casework.log.title"), CaptionHidden: true, Walk: true, Empty: t.T("casework.log.empty"),
		Columns: []ui.Column{
			{Title: t.T("casework.log.at")},
			{Title: t.T("casework.log.who")},
			{Title: t.T("casework.log.unit")},
			{Title: t.T("casework.log.action")},
			{Title: t.T("casework.log.subject")},
			{Title: t.T("casework.log.purpose")},
		},
	}
	word := func(key, other string) string {
		if t.Has(key) {
			return t.T(key)
		}
		return other
	}
	for _, e := range page.Entries {
		subject := numbers[e.Subject]
		if subject == "" {
			subject = names[e.Subject] // an entry about a member
		}
		who := t.T("casework.log.program")
		if e.Actor != "" {
			who = d.person(names, e.Actor)
		}
		table.Rows = append(table.Rows, ui.TableRow{Cells: []ui.Cell{
			{Text: d.instant(e.At), DateTime: e.At.Format("2006-01-02T15:04:05Z"), Head: true},
			{Text: who},
			{Text: e.Unit},
			{Text: word("casework.action."+e.Action, e.Action)},
			{Text: subject},
			{Text: word(e.Purpose, word("casework.purpose."+e.Purpose, e.Purpose))},
		}})
	}
	next := ""
	if page.More {
		next = web.Link(ctx, pathLog+"?"+url.Values{"bis": {strconv.FormatInt(page.Next.At, 10)}, "nach": {page.Next.ID}}.Encode())
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: t.T("casework.log.title"), Lead: t.T("casework.log.lead"), Layout: ui.LayoutDesk, NoIndex: true, Body: logPageBody(t, table, next),
	})
}
