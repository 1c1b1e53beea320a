package staff

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"strings"
	"sync"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

//go:embed texts
var textFiles embed.FS

// Texts are the room's words.
var Texts = sync.OnceValue(func() *i18n.Catalog { return i18n.MustLoad(textFiles) })

// path of the list at the desk.
const path = "/mitarbeitende"

// Routes are the admin's pages at the desk.
func (s *Service) Routes() []web.Route {
	admin := web.Signed(Admin)
	row := func(pattern string, h web.Handler) web.Route {
		return web.Route{Site: web.Desk, Pattern: pattern, Access: admin, Handle: func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Cache-Control", "no-store")
			return h(w, r)
		}}
	}
	return []web.Route{
		row("GET "+path, s.listPage),
		row("GET "+path+"/neu", s.newPage),
		row("POST "+path+"/neu", s.add),
		row("GET "+path+"/{id}", s.memberPage),
		row("POST "+path+"/{id}", s.save),
		row("POST "+path+"/{id}/aktiv", s.setActive),
		row("POST "+path+"/{id}/zugang", s.resetAccess),
	}
}

func (s *Service) listPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t := Texts().In(web.Lang(ctx))
	members, err := s.store.List(ctx, s.DB.Read(), web.SiteOf(ctx).Tenant)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: t.T("staff.list.title"), Lead: t.T("staff.list.lead"), Layout: ui.LayoutDesk,
		Body: listBody(t, memberTable(ctx, t, members)), NoIndex: true,
	})
}

func memberTable(ctx context.Context, t i18n.Texts, members []Member) ui.Table {
	table := ui.Table{
		Caption: t.T("staff.list.caption"), CaptionHidden: true, Walk: true, Empty: t.T("staff.list.empty"),
		Columns: []ui.Column{
			{Title: t.T("staff.name"), Wide: true},
			{Title: t.T("staff.login")},
			{Title: t.T("staff.unit")},
			{Title: t.T("staff.roles")},
			{Title: t.T("staff.state")},
		},
	}
	for _, m := range members {
		name := ui.Cell{Text: m.Name, Href: web.Link(ctx, path+"/"+m.ID), Head: true}
		if m.Demo {
			name.Mark = &ui.Badge{Tone: ui.Info, Text: t.T("staff.demo")}
		}
		state := ui.Cell{Mark: &ui.Badge{Tone: ui.Success, Text: t.T("staff.active")}}
		if !m.Active {
			state.Mark = &ui.Badge{Tone: ui.Neutral, Text: t.T("staff.inactive")}
		}
		table.Rows = append(table.Rows, ui.TableRow{Cells: []ui.Cell{
			name, {Text: m.Login}, {Text: m.Unit}, {Text: roleNames(t, m.Roles)}, state,
		}})
	}
	return table
}

func roleNames(t i18n.Texts, roles []Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = t.T("staff.role." + r)
	}
	return strings.Join(names, ", ")
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request) error {
	return s.renderNew(w, r, http.StatusOK, Details{Roles: []Role{Clerk}}, nil)
}

func (s *Service) renderNew(w http.ResponseWriter, r *http.Request, status int, d Details, problems []Problem) error {
	ctx := r.Context()
	t := Texts().In(web.Lang(ctx))
	login := ui.Field{
		Name: "login", Label: t.T("staff.login"), Hint: t.T("staff.login.hint"), Value: d.Login,
		Required: true, Type: "email", Autocomplete: "off", MaxLength: maxLogin, Error: problemText(t, problems, "login"),
	}
	fields := append([]ui.Field{login}, detailFields(t, d, problems)...)
	return ui.Render(w, r, status, ui.Page{
		Title: t.T("staff.new.title"), Lead: t.T("staff.new.lead"), Layout: ui.LayoutForm, NoIndex: true,
		Crumbs: crumbs(ctx, t), Problems: ui.Problems(fields),
		Body: formBody(ui.FormModel{Action: web.Link(ctx, path+"/neu")}, fields, t.T("staff.new.button")),
	})
}

func crumbs(ctx context.Context, t i18n.Texts) []ui.Link {
	return []ui.Link{{Href: web.Link(ctx, "/"), Text: t.T("staff.desk")}, {Href: web.Link(ctx, path), Text: t.T("staff.list.title")}}
}

func detailFields(t i18n.Texts, d Details, problems []Problem) []ui.Field {
	choices := make([]ui.Choice, 0, len(Roles()))
	for _, role := range Roles() {
		choices = append(choices, ui.Choice{Value: role, Label: t.T("staff.role." + role), Hint: t.T("staff.role." + role + ".hint")})
	}
	return []ui.Field{
		{Name: "name", Label: t.T("staff.name"), Value: d.Name, Required: true, Autocomplete: "off", MaxLength: maxText, Error: problemText(t, problems, "name")},
		{Name: "unit", Label: t.T("staff.unit"), Hint: t.T("staff.unit.hint"), Value: d.Unit, Autocomplete: "off", MaxLength: maxText, Error: problemText(t, problems, "unit")},
		{Kind: ui.KindCheckboxes, Name: "roles", Label: t.T("staff.roles"), Values: d.Roles, Required: true, Choices: choices, Error: problemText(t, problems, "roles")},
	}
}

func problemText(t i18n.Texts, problems []Problem, field string) string {
	for _, p := range problems {
		if p.Field == field {
			return t.T(p.Key)
		}
	}
	return ""
}

func parseDetails(r *http.Request) (Details, error) {
	if err := r.ParseForm(); err != nil {
		return Details{}, fail.New(fail.Invalid, "", err)
	}
	f := r.PostForm
	return Details{Login: f.Get("login"), Name: f.Get("name"), Unit: f.Get("unit"), Roles: f["roles"]}, nil
}

func (s *Service) add(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := parseDetails(r)
	if err != nil {
		return err
	}
	m, password, err := s.Add(ctx, web.SiteOf(ctx).Tenant, web.PrincipalOf(ctx).ID, d)
	if bad := (*InvalidError)(nil); errors.As(err, &bad) {
		return s.renderNew(w, r, http.StatusUnprocessableEntity, d, bad.Problems)
	}
	if err != nil {
		return err
	}
	return renderPassword(w, r, m, password)
}

// renderPassword shows an initial password, the one time it can be seen.
func renderPassword(w http.ResponseWriter, r *http.Request, m Member, password string) error {
	t := Texts().In(web.Lang(r.Context()))
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: t.T("staff.password.title", "name", m.Name), Layout: ui.LayoutForm, NoIndex: true,
		Crumbs: crumbs(r.Context(), t),
		Body: passwordBody(t, ui.Code{
			Label: t.T("staff.password.label"), Groups: strings.Split(password, "-"), Hint: t.T("staff.password.hint"), Print: true,
		}, m, web.DeskLink(r.Context(), "/anmelden"), web.Link(r.Context(), path)),
	})
}

func (s *Service) member(r *http.Request) (Member, error) {
	return s.store.Get(r.Context(), s.DB.Read(), web.SiteOf(r.Context()).Tenant, r.PathValue("id"))
}

func (s *Service) memberPage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.member(r)
	if err != nil {
		return err
	}
	var notice *ui.Alert
	if r.URL.Query().Has("gespeichert") {
		notice = &ui.Alert{Tone: ui.Success, Title: Texts().In(web.Lang(r.Context())).T("staff.saved")}
	}
	return s.renderMember(w, r, http.StatusOK, m, Details{Name: m.Name, Unit: m.Unit, Roles: m.Roles}, nil, notice)
}

func (s *Service) renderMember(w http.ResponseWriter, r *http.Request, status int, m Member, d Details, problems []Problem, notice *ui.Alert) error {
	ctx := r.Context()
	t := Texts().In(web.Lang(ctx))
	fields := detailFields(t, d, problems)
	here := web.Link(ctx, path+"/"+m.ID)
	created := clock.DateOf(m.Created.In(clock.Berlin()))
	facts := []ui.Row{
		{Key: t.T("staff.login"), Value: m.Login},
		{Key: t.T("staff.since"), Value: i18n.FormatDate(t.Lang(), created)},
	}
	return ui.Render(w, r, status, ui.Page{
		Title: m.Name, Layout: ui.LayoutForm, NoIndex: true, Crumbs: crumbs(ctx, t), Notice: notice, Problems: ui.Problems(fields),
		Body: memberBody(t, m, facts, formBody(ui.FormModel{Action: here}, fields, t.T("staff.member.save")), here),
	})
}

func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	d, err := parseDetails(r)
	if err != nil {
		return err
	}
	return s.answerChange(w, r, d, func(ctx context.Context, tenant, actor, member string) error {
		return s.Change(ctx, tenant, actor, member, d)
	})
}

func (s *Service) setActive(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fail.New(fail.Invalid, "", err)
	}
	m, err := s.member(r)
	if err != nil {
		return err
	}
	active := r.PostForm.Get("aktiv") == "ja"
	return s.answerChange(w, r, Details{Name: m.Name, Unit: m.Unit, Roles: m.Roles}, func(ctx context.Context, tenant, actor, member string) error {
		return s.SetActive(ctx, tenant, actor, member, active)
	})
}

// answerChange makes a change, and shows the member again with what was
// entered when the change was refused.
func (s *Service) answerChange(w http.ResponseWriter, r *http.Request, d Details, change func(ctx context.Context, tenant, actor, member string) error) error {
	ctx := r.Context()
	m, err := s.member(r)
	if err != nil {
		return err
	}
	err = change(ctx, m.Tenant, web.PrincipalOf(ctx).ID, m.ID)
	bad := (*InvalidError)(nil)
	switch {
	case errors.As(err, &bad):
		return s.renderMember(w, r, http.StatusUnprocessableEntity, m, d, bad.Problems, nil)
	case fail.Is(err, fail.Conflict):
		t := Texts().In(web.Lang(ctx))
		return s.renderMember(w, r, http.StatusConflict, m, d, nil, &ui.Alert{
			Tone: ui.Danger, Title: t.T("staff.notsaved"), Text: t.T("staff.problem.lastadmin"), Focus: true,
		})
	case err != nil:
		return err
	}
	return web.SeeOther(w, r, path+"/"+m.ID+"?gespeichert")
}

func (s *Service) resetAccess(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	m, password, err := s.ResetAccess(ctx, web.SiteOf(ctx).Tenant, web.PrincipalOf(ctx).ID, r.PathValue("id"))
	if err != nil {
		return err
	}
	return renderPassword(w, r, m, password)
}
