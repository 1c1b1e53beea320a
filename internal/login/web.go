package login

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"sync"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

//go:embed texts
var textFiles embed.FS

// Texts are the room's words.
var Texts = sync.OnceValue(func() *i18n.Catalog { return i18n.MustLoad(textFiles) })

// SignInPath is the desk's page for signing in, for web.Config.
const SignInPath = "/anmelden"

// Routes are the pages at the desk for signing in and out and for one's own
// access.
func (s *Service) Routes() []web.Route {
	row := func(pattern string, access web.Access, h web.Handler) web.Route {
		return web.Route{Site: web.Desk, Pattern: pattern, Access: access, MaxBody: 16 << 10, Handle: func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Cache-Control", "no-store")
			if err := r.ParseForm(); err != nil {
				return fail.New(fail.Invalid, "", err)
			}
			return h(w, r)
		}}
	}
	return []web.Route{
		row("GET /anmelden", web.Public, s.signInPage),
		row("POST /anmelden", web.Public, s.signIn),
		row("GET /anmelden/passwort", web.Public, s.at(stagePassword, s.passwordPage)),
		row("POST /anmelden/passwort", web.Public, s.at(stagePassword, s.choosePassword)),
		row("GET /anmelden/einrichten", web.Public, s.at(stageEnrol, s.enrolPage)),
		row("POST /anmelden/einrichten", web.Public, s.at(stageEnrol, s.enrol)),
		row("GET /anmelden/code", web.Public, s.at(stageCode, s.codePage)),
		row("POST /anmelden/code", web.Public, s.at(stageCode, s.code)),
		row("POST /abmelden", web.Public, s.signOut),
		row("GET /konto", web.Signed(), s.at(stageFull, s.accountPage)),
		row("POST /konto/passwort", web.Signed(), s.at(stageFull, s.changePassword)),
		row("POST /konto/codes", web.Signed(), s.at(stageFull, s.newCodes)),
		row("POST /konto/sitzungen", web.Signed(), s.at(stageFull, s.endSessions)),
	}
}

// at calls h when the request's session stands at the stage, and sends the
// browser to where it can go on when not.
func (s *Service) at(want stage, h func(http.ResponseWriter, *http.Request, visit) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		x, err := s.visit(r)
		switch {
		case fail.Is(err, fail.SignIn):
			return web.SeeOther(w, r, SignInPath+"?abgelaufen")
		case err != nil:
			return err
		case x.Stage != want:
			return web.SeeOther(w, r, x.Stage.page())
		}
		err = h(w, r, x)
		if fail.Is(err, fail.SignIn) { // the session was used up by another tab
			return web.SeeOther(w, r, SignInPath+"?abgelaufen")
		}
		return err
	}
}

func tr(r *http.Request) i18n.Texts { return Texts().In(web.Lang(r.Context())) }

// refusal is what a person reads for err: the status, and the text beside the
// field; false for errors that are not theirs to mend.
func refusal(t i18n.Texts, err error) (status int, text string, ok bool) {
	var e *fail.Error
	switch {
	case !errors.As(err, &e):
		return 0, "", false
	case e.Kind == fail.Limited:
		return http.StatusTooManyRequests, t.T("login.problem.limited"), true
	case e.Kind == fail.Invalid && t.Has(e.Public):
		return http.StatusUnprocessableEntity, t.T(e.Public), true
	}
	return 0, "", false
}

func (s *Service) signInPage(w http.ResponseWriter, r *http.Request) error {
	x, err := s.visit(r)
	if err != nil && !fail.Is(err, fail.SignIn) {
		return err
	}
	if err == nil && x.Stage == stageFull {
		return web.SeeOther(w, r, safeReturn(r.URL.Query().Get("weiter")))
	}
	t := tr(r)
	var notice *ui.Alert
	switch q := r.URL.Query(); {
	case q.Has("abgemeldet"):
		notice = &ui.Alert{Tone: ui.Success, Title: t.T("login.out")}
	case q.Has("abgelaufen"):
		notice = &ui.Alert{Tone: ui.Info, Title: t.T("login.expired"), Text: t.T("login.expired.text")}
	}
	return s.renderSignIn(w, r, http.StatusOK, "", r.URL.Query().Get("weiter"), "", notice)
}

func (s *Service) renderSignIn(w http.ResponseWriter, r *http.Request, status int, login, to, problem string, notice *ui.Alert) error {
	t := tr(r)
	return renderForm(w, r, status, form{
		title: t.T("login.title"), lead: t.T("login.lead"), action: "/anmelden", button: t.T("login.button"), notice: notice,
		hidden: []ui.Hidden{{Name: "weiter", Value: safeReturn(to)}},
		fields: []ui.Field{
			{Name: "login", Label: t.T("login.name"), Value: login, Required: true, Type: "email", Autocomplete: "username", MaxLength: 254},
			{Kind: ui.KindPassword, Name: "password", Label: t.T("login.password"), Required: true, Autocomplete: "current-password", Error: problem},
		},
	})
}

// form is a page with one form.
type form struct {
	title, lead, action, button string
	hidden                      []ui.Hidden
	fields                      []ui.Field
	notice                      *ui.Alert
	before                      setup
}

func renderForm(w http.ResponseWriter, r *http.Request, status int, f form) error {
	return ui.Render(w, r, status, ui.Page{
		Title: f.title, Lead: f.lead, Layout: ui.LayoutForm, NoIndex: true, Notice: f.notice, Problems: ui.Problems(f.fields),
		Body: formPage(tr(r), f, web.Link(r.Context(), f.action)),
	})
}

func (s *Service) signIn(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f := r.PostForm
	login, to := normalLogin(f.Get("login")), safeReturn(f.Get("weiter"))
	tenant := web.SiteOf(ctx).Tenant
	m, c, err := s.checkPassword(ctx, tenant, login, f.Get("password"), s.limits(r, tenant, login))
	if status, text, ok := refusal(tr(r), err); ok {
		return s.renderSignIn(w, r, status, f.Get("login"), to, text, nil)
	}
	if err != nil {
		return err
	}
	stage, err := s.begin(w, r, m, c, to)
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, stage.page())
}

func (s *Service) signOut(w http.ResponseWriter, r *http.Request) error {
	tenant := web.SiteOf(r.Context()).Tenant
	if hash, ok := tokenHash(web.Cookie(r, cookie(tenant))); ok {
		if err := s.DB.Write(r.Context(), func(ctx context.Context, tx db.Querier) error {
			_, err := s.store.endSession(ctx, tx, tenant, hash)
			return err
		}); err != nil {
			return err
		}
	}
	web.ClearCookie(w, r, cookie(tenant))
	return web.SeeOther(w, r, SignInPath+"?abgemeldet")
}

func (s *Service) passwordPage(w http.ResponseWriter, r *http.Request, x visit) error {
	return s.renderPassword(w, r, http.StatusOK, x, "", "")
}

func (s *Service) renderPassword(w http.ResponseWriter, r *http.Request, status int, x visit, problem, again string) error {
	t := tr(r)
	return renderForm(w, r, status, form{
		title: t.T("login.choose.title"), lead: t.T("login.choose.lead", "name", x.member.Name), action: "/anmelden/passwort",
		button: t.T("login.choose.button"), fields: newPasswordFields(t, problem, again),
	})
}

func newPasswordFields(t i18n.Texts, problem, again string) []ui.Field {
	return []ui.Field{
		{Kind: ui.KindPassword, Name: "new", Label: t.T("login.new"), Hint: t.T("login.new.hint"), Required: true, Autocomplete: "new-password", Error: problem},
		{Kind: ui.KindPassword, Name: "again", Label: t.T("login.again"), Required: true, Autocomplete: "new-password", Error: again},
	}
}

// newPassword checks what was typed as a new password; the texts say what is
// wrong with it and with its repetition.
func newPassword(t i18n.Texts, r *http.Request, login string) (password, problem, again string) {
	password = r.PostForm.Get("new")
	if key := passwordProblem(password, login); key != "" {
		return "", t.T(key), ""
	}
	if r.PostForm.Get("again") != password {
		return "", "", t.T("login.problem.again")
	}
	return password, "", ""
}

// hashNew makes the hash of a chosen password.
func (s *Service) hashNew(ctx context.Context, password string) (string, error) {
	if err := s.hasher.Enter(ctx); err != nil {
		return "", err
	}
	defer s.hasher.Leave()
	return s.hasher.hash(password)
}

func (s *Service) choosePassword(w http.ResponseWriter, r *http.Request, x visit) error {
	ctx := r.Context()
	password, problem, again := newPassword(tr(r), r, x.member.Login)
	if problem+again != "" {
		return s.renderPassword(w, r, http.StatusUnprocessableEntity, x, problem, again)
	}
	c, err := s.store.credential(ctx, s.DB.Read(), x.Tenant, x.Member)
	if err != nil {
		return err
	}
	if !c.Initial { // chosen in another tab
		return errSignIn()
	}
	hash, err := s.hashNew(ctx, password)
	if err != nil {
		return err
	}
	secret, err := s.newSecret(x.member)
	if err != nil {
		return err
	}
	if err := s.advance(w, r, x, stageEnrol, "login.password", func(ctx context.Context, tx db.Querier) error {
		ok, err := s.store.setPassword(ctx, tx, x.Tenant, x.Member, c.Password, hash)
		if err := must(ok, err, errSignIn()); err != nil {
			return err
		}
		_, err = s.store.offerSecret(ctx, tx, x.Tenant, x.Member, secret)
		return err
	}); err != nil {
		return err
	}
	return web.SeeOther(w, r, stageEnrol.page())
}

func (s *Service) enrolPage(w http.ResponseWriter, r *http.Request, x visit) error {
	return s.renderEnrol(w, r, http.StatusOK, x, "")
}

func (s *Service) renderEnrol(w http.ResponseWriter, r *http.Request, status int, x visit, problem string) error {
	t := tr(r)
	c, err := s.store.credential(r.Context(), s.DB.Read(), x.Tenant, x.Member)
	if err != nil {
		return err
	}
	if c.Enrolled || c.Secret == nil { // set up in another tab, or reset
		return errSignIn()
	}
	secret, err := s.Master.Unwrap(secretPurpose(x.Tenant, x.Member), c.Secret)
	if err != nil {
		return err
	}
	before, err := newSetup(secret, ui.FrameOf(r.Context()).Name, x.member.Login)
	if err != nil {
		return err
	}
	return renderForm(w, r, status, form{
		title: t.T("login.enrol.title"), lead: t.T("login.enrol.lead"), action: "/anmelden/einrichten", button: t.T("login.enrol.button"),
		before: before, fields: []ui.Field{codeField(t, "login.code.digits", "", problem)},
	})
}

func codeField(t i18n.Texts, label, hint, problem string) ui.Field {
	f := ui.Field{Name: "code", Label: t.T(label), Required: true, Autocomplete: "one-time-code", Width: ui.Width24, MaxLength: 30, Error: problem}
	if hint != "" {
		f.Hint = t.T(hint)
	}
	return f
}

// codeCounter counts wrong codes of an account, apart for a known device.
func (s *Service) codeCounter(r *http.Request, x visit) counter {
	if device := s.knownDevice(r, x.Tenant, x.Member); device != "" {
		return counter{s.codes, device}
	}
	return counter{s.codes, x.Tenant + "/" + x.Member}
}

// tryCode runs attempt unless too many wrong codes came before it. It is
// counted before, so that codes sent all at once are all counted.
func (s *Service) tryCode(r *http.Request, x visit, attempt func() error) error {
	k := s.codeCounter(r, x)
	if err := k.g.Allow(k.key); err != nil {
		return err
	}
	k.g.Fail(k.key)
	err := attempt()
	if err == nil {
		k.g.Forget(k.key)
	}
	return err
}

func (s *Service) enrol(w http.ResponseWriter, r *http.Request, x visit) error {
	var codes []string
	err := s.tryCode(r, x, func() (err error) {
		c, err := s.store.credential(r.Context(), s.DB.Read(), x.Tenant, x.Member)
		if err != nil {
			return err
		}
		if c.Enrolled || c.Secret == nil {
			return errSignIn()
		}
		code, _ := given(r.PostForm.Get("code"))
		step, err := s.step(c, code)
		if err != nil {
			return err
		}
		var hashes []string
		if codes, hashes, err = newRecovery(s.Rand, x.Member); err != nil {
			return err
		}
		return s.advance(w, r, x, stageFull, "login.enrol", func(ctx context.Context, tx db.Querier) error {
			ok, err := s.store.enrol(ctx, tx, x.Tenant, x.Member, c.Secret, step)
			if err := must(ok, err, errSignIn()); err != nil {
				return err
			}
			return s.store.setRecovery(ctx, tx, x.Tenant, x.Member, hashes)
		})
	})
	if status, text, ok := refusal(tr(r), err); ok {
		return s.renderEnrol(w, r, status, x, text)
	}
	if err != nil {
		return err
	}
	if err := s.rememberDevice(w, r, x.member); err != nil {
		return err
	}
	return renderCodes(w, r, codes, x.ReturnTo)
}

// renderCodes shows recovery codes, the one time they can be seen.
func renderCodes(w http.ResponseWriter, r *http.Request, codes []string, next string) error {
	t := tr(r)
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: t.T("login.codes.title"), Lead: t.T("login.codes.lead"), Layout: ui.LayoutForm, NoIndex: true,
		Body: codesPage(t, codes, web.Link(r.Context(), next)),
	})
}

func (s *Service) codePage(w http.ResponseWriter, r *http.Request, _ visit) error {
	return s.renderCode(w, r, http.StatusOK, "")
}

func (s *Service) renderCode(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	t := tr(r)
	return renderForm(w, r, status, form{
		title: t.T("login.code.title"), lead: t.T("login.code.lead"), action: "/anmelden/code", button: t.T("login.button"),
		fields: []ui.Field{codeField(t, "login.code.label", "login.code.hint", problem)},
	})
}

func (s *Service) code(w http.ResponseWriter, r *http.Request, x visit) error {
	spare := false
	err := s.tryCode(r, x, func() error {
		c, err := s.store.credential(r.Context(), s.DB.Read(), x.Tenant, x.Member)
		if err != nil {
			return err
		}
		if !c.Enrolled { // reset meanwhile
			return errSignIn()
		}
		use, recovery, err := s.secondFactor(c, r.PostForm.Get("code"))
		if err != nil {
			return err
		}
		action := "login.sign-in"
		if spare = recovery; spare {
			action = "login.sign-in-recovery"
		}
		return s.advance(w, r, x, stageFull, action, use)
	})
	if status, text, ok := refusal(tr(r), err); ok {
		return s.renderCode(w, r, status, text)
	}
	if err != nil {
		return err
	}
	if err := s.rememberDevice(w, r, x.member); err != nil {
		return err
	}
	if spare {
		return web.SeeOther(w, r, "/konto?wiederherstellung")
	}
	return web.SeeOther(w, r, x.ReturnTo)
}
