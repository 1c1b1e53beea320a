package login

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	uuid "leitportal/internal/id"
	"leitportal/internal/staff"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// The handlers of /konto: one's own access.

// normalLogin is the login name as it is kept; what is far too long, or text
// that a database refuses, is nobody's.
func normalLogin(s string) string {
	if len(s) > 1024 || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return ""
	}
	return staff.NormalLogin(s)
}

// problems are the texts beside the fields of the account page.
type problems struct{ old, new, again, codes string }

func (s *Service) accountPage(w http.ResponseWriter, r *http.Request, x visit) error {
	t := tr(r)
	var notice *ui.Alert
	switch q := r.URL.Query(); {
	case q.Has("passwort"):
		notice = &ui.Alert{Tone: ui.Success, Title: t.T("login.account.changed")}
	case q.Has("beendet"):
		notice = &ui.Alert{Tone: ui.Success, Title: t.T("login.account.ended")}
	case q.Has("wiederherstellung"):
		notice = &ui.Alert{Tone: ui.Warning, Title: t.T("login.account.recovered"), Text: t.T("login.account.recovered.text")}
	}
	return s.renderAccount(w, r, http.StatusOK, x, problems{}, notice)
}

func (s *Service) renderAccount(w http.ResponseWriter, r *http.Request, status int, x visit, p problems, notice *ui.Alert) error {
	ctx := r.Context()
	t := tr(r)
	sessions, err := s.store.sessions(ctx, s.DB.Read(), x.Tenant, x.Member)
	if err != nil {
		return err
	}
	left, err := s.store.recoveryLeft(ctx, s.DB.Read(), x.Tenant, x.Member)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	rows := make([]sessionRow, 0, len(sessions))
	for _, o := range sessions {
		if o.Stage == stageFull && o.Stamp == x.Stamp && o.alive(now) {
			rows = append(rows, sessionRow{
				id: o.ID, device: o.Device, own: o.TokenHash == x.TokenHash,
				since: i18n.FormatInstant(t.Lang(), o.Created), seen: i18n.FormatInstant(t.Lang(), o.Seen),
			})
		}
	}
	a := account{
		facts: []ui.Row{
			{Key: t.T("login.account.person"), Value: x.member.Name},
			{Key: t.T("login.name"), Value: x.member.Login},
			{Key: t.T("login.account.unit"), Value: x.member.Unit},
		},
		sessions: rows, left: left,
		password: append([]ui.Field{{
			Kind: ui.KindPassword, Name: "old", Label: t.T("login.old"), Required: true, Autocomplete: "current-password", Error: p.old,
		}}, newPasswordFields(t, p.new, p.again)...),
		codes: []ui.Field{{
			Kind: ui.KindPassword, Name: "password", Label: t.T("login.password"), Required: true, Autocomplete: "current-password", Error: p.codes,
		}},
	}
	return ui.Render(w, r, status, ui.Page{
		Title: t.T("login.account.title"), Layout: ui.LayoutReading, NoIndex: true, Notice: notice,
		Problems: append(ui.Problems(a.password), ui.Problems(a.codes)...),
		Body:     accountBody(t, a, web.Link(ctx, "/konto")),
	})
}

func (s *Service) changePassword(w http.ResponseWriter, r *http.Request, x visit) error {
	ctx := r.Context()
	t := tr(r)
	password, problem, again := newPassword(t, r, x.member.Login)
	if problem+again != "" {
		return s.renderAccount(w, r, http.StatusUnprocessableEntity, x, problems{new: problem, again: again}, nil)
	}
	_, c, err := s.checkPassword(ctx, x.Tenant, x.member.Login, r.PostForm.Get("old"), s.limits(r, x.Tenant, x.member.Login))
	if status, text, ok := refusalOwn(t, err); ok {
		return s.renderAccount(w, r, status, x, problems{old: text}, nil)
	}
	if err != nil {
		return err
	}
	hash, err := s.hashNew(ctx, password)
	if err != nil {
		return err
	}
	if err := s.advance(w, r, x, stageFull, "login.password", func(ctx context.Context, tx db.Querier) error {
		ok, err := s.store.setPassword(ctx, tx, x.Tenant, x.Member, c.Password, hash)
		if err := must(ok, err, errSignIn()); err != nil {
			return err
		}
		return s.store.endSessions(ctx, tx, x.Tenant, x.Member, "") // the new one comes after
	}); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/konto?passwort")
}

// refusalOwn is refusal where the login name is known to be right.
func refusalOwn(t i18n.Texts, err error) (status int, text string, ok bool) {
	if fail.Is(err, fail.Invalid) {
		return http.StatusUnprocessableEntity, t.T("login.problem.old"), true
	}
	return refusal(t, err)
}

func (s *Service) newCodes(w http.ResponseWriter, r *http.Request, x visit) error {
	ctx := r.Context()
	_, _, err := s.checkPassword(ctx, x.Tenant, x.member.Login, r.PostForm.Get("password"), s.limits(r, x.Tenant, x.member.Login))
	if status, text, ok := refusalOwn(tr(r), err); ok {
		return s.renderAccount(w, r, status, x, problems{codes: text}, nil)
	}
	if err != nil {
		return err
	}
	codes, hashes, err := newRecovery(s.Rand, x.Member)
	if err != nil {
		return err
	}
	if err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.store.setRecovery(ctx, tx, x.Tenant, x.Member, hashes); err != nil {
			return err
		}
		return s.record(ctx, tx, x.member, "login.recovery-codes")
	}); err != nil {
		return err
	}
	return renderCodes(w, r, codes, "/konto")
}

// endSessions ends one other session of the member, or with no id all others.
func (s *Service) endSessions(w http.ResponseWriter, r *http.Request, x visit) error {
	id := r.PostForm.Get("id")
	if err := s.DB.Write(r.Context(), func(ctx context.Context, tx db.Querier) error {
		if id == "" {
			return s.store.endSessions(ctx, tx, x.Tenant, x.Member, x.TokenHash)
		}
		if !uuid.Valid(id) {
			return nil // nobody's session
		}
		return s.store.endByID(ctx, tx, x.Tenant, x.Member, id)
	}); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/konto?beendet")
}
