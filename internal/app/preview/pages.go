package preview

import (
	"html"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"leitportal/internal/i18n"
	"leitportal/internal/ui"
)

// frame is the context of the preview's own pages.
func (s *Server) frame(r *http.Request, t i18n.Texts, p ui.Page, status int, w http.ResponseWriter) {
	p.NoIndex = true
	ctx := ui.WithFrame(r.Context(), ui.Frame{Lang: t.Lang(), Name: "Leitportal", Note: t.T("preview.bar.label"), Home: "/_preview/", Assets: s.Assets})
	a := newAnswer()
	a.header.Set("Cache-Control", "no-store")
	if err := ui.Render(a, r.WithContext(ctx), status, p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.pass(w, a, s.mark(r, html.EscapeString(t.T("preview.bar.own"))))
}

// broken says what keeps the form from loading.
func (s *Server) broken(w http.ResponseWriter, r *http.Request) {
	t := s.t(r)
	rows := make([]ui.TableRow, len(s.wrong))
	for i, f := range s.wrong {
		rows[i] = ui.TableRow{Cells: []ui.Cell{{Text: f.Where, Head: true}, {Text: f.Text}}}
	}
	s.frame(r, t, ui.Page{
		Title: t.T("preview.broken.title"), Lead: t.T("preview.broken.lead"),
		Body: ui.Table{
			Caption: t.T("preview.broken.caption"), Columns: []ui.Column{{Title: t.T("preview.broken.where")}, {Title: t.T("preview.broken.what"), Wide: true}}, Rows: rows,
		},
	}, http.StatusInternalServerError, w)
}

// unbroken is a page for as long as the form loads.
func (s *Server) unbroken(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		if s.portal == nil {
			s.broken(w, r)
			return
		}
		page(w, r)
	}
}

// list shows all pages and their states to jump to.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	t := s.t(r)
	s.shots.load()
	table := ui.Table{
		Caption: t.T("preview.list.caption"), Columns: []ui.Column{{Title: t.T("preview.list.page"), Wide: true}},
		Empty: t.T("preview.list.none"),
	}
	states := []State{Empty, Filled, Wrong}
	for _, state := range states {
		table.Columns = append(table.Columns, ui.Column{Title: t.T("preview.state." + string(state))})
	}
	for _, p := range s.shots.pages {
		cells := []ui.Cell{{Text: p.Path, Head: true}}
		for _, state := range states {
			cell := ui.Cell{}
			for _, has := range p.States {
				if has == state {
					cell = ui.Cell{Text: t.T("preview.list.see", "state", t.T("preview.state."+string(state))), Href: s.address(p.Path, state)}
				}
			}
			cells = append(cells, cell)
		}
		table.Rows = append(table.Rows, ui.TableRow{Cells: cells})
	}
	s.frame(r, t, ui.Page{
		Title: t.T("preview.list.title", "form", s.portal.Title), Lead: t.T("preview.list.lead"),
		Body: templ.Join(ui.Link{Href: s.portal.Start, Text: t.T("preview.list.begin")}, table),
	}, http.StatusOK, w)
}

func (s *Server) address(path string, state State) string {
	return "/_preview/show/" + string(state) + "/" + (&url.URL{Path: path}).EscapedPath()
}

// Samples are the pages that sample answers lead to.
func (s *Server) Samples() []Sample {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.portal == nil {
		return nil
	}
	s.shots.load()
	return s.shots.pages
}

// Address is where a page is shown in a state, without the mark of the preview.
func (s *Server) Address(path string, state State) string { return s.address(path, state) + "?bare" }

// show is a page in a state.
func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	a, err := s.shots.see(r.Context(), r.PathValue("page"), State(r.PathValue("state")))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	mark := ""
	if !r.URL.Query().Has("bare") {
		mark = s.mark(r, html.EscapeString(s.t(r).T("preview.bar.sample")))
	}
	s.pass(w, a, mark)
}

// Title is the form's name, "" while it does not load.
func (s *Server) Title() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.portal == nil {
		return ""
	}
	return s.portal.Title
}
