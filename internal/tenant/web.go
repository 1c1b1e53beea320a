package tenant

import (
	"context"
	"embed"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/id"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

//go:embed texts
var textFiles embed.FS

// Texts is the room's catalogue.
func Texts() *i18n.Catalog { return catalogue() }

var catalogue = sync.OnceValue(func() *i18n.Catalog { return i18n.MustLoad(textFiles) })

// Pages are the pages that every site has: imprint, privacy, accessibility,
// feedback and sources, and the tenant's style sheet.
type Pages struct {
	dir *Directory
	ids *id.Source
}

// NewPages returns the pages of the directory's tenants; ids names messages.
func NewPages(dir *Directory, ids *id.Source) *Pages { return &Pages{dir, ids} }

// Routes are the room's addresses, on the State's site and each tenant's.
func (p *Pages) Routes() []web.Route {
	var out []web.Route
	for _, site := range []web.Kind{web.State, web.Tenant} {
		for _, x := range []struct {
			pattern string
			handle  web.Handler
		}{
			{"GET /impressum", p.imprint},
			{"GET /datenschutz", p.privacy},
			{"GET /barrierefreiheit", p.accessibility},
			{"GET /quellen", p.sources},
			{"GET /feedback", p.feedback},
			{"POST /feedback", p.sendFeedback},
			{"GET /feedback/danke", p.thanks},
			{"GET /theme.css", p.theme},
		} {
			out = append(out, web.Route{Site: site, Pattern: x.pattern, Access: web.Public, Handle: x.handle, MaxBody: 64 << 10})
		}
	}
	return out
}

// Frame fills base (assets, version, whether it is a demonstrator) with what
// belongs to the site of r: name, monogram, theme, languages and footer.
func (p *Pages) Frame(r *http.Request, base ui.Frame) ui.Frame {
	ctx := r.Context()
	site, t := web.SiteOf(ctx), p.dir.Of(ctx)
	tx := Texts().In(site.Lang)
	base.Lang, base.Name, base.Monogram, base.Home = site.Lang.Official(), t.Name, t.Monogram, web.Link(ctx, "/")
	if base.Note = tx.T("tenant.frame.note"); t.ID == StateID {
		base.Note = tx.T("tenant.frame.state.note")
	}
	if base.Theme = ""; t.css != "" {
		base.Theme = site.Base + "/theme.css?v=" + t.cssVersion
	}
	base.Languages = []ui.Language{
		{Lang: "de", Label: i18n.DE.Name(), Href: web.InLang(r, i18n.DE), Current: site.Lang != i18n.EN},
		{Lang: "en", Label: i18n.EN.Name(), Href: web.InLang(r, i18n.EN), Current: site.Lang == i18n.EN},
	}
	base.Imprint, base.Privacy = web.TenantLink(ctx, "/impressum"), web.TenantLink(ctx, "/datenschutz")
	base.Accessibility, base.Feedback = web.TenantLink(ctx, "/barrierefreiheit"), web.TenantLink(ctx, "/feedback")
	base.Sources = web.TenantLink(ctx, "/quellen")
	base.Attribution = Attribution()
	return base
}

// text draws a page of sections, with the notice of a demonstrator first.
func (p *Pages) text(w http.ResponseWriter, r *http.Request, page, lead, small string, list []section) error {
	t, tx := p.dir.Of(r.Context()), Texts().In(web.Lang(r.Context()))
	var demo *ui.Alert
	if page != "sources" && ui.FrameOf(r.Context()).Demo {
		demo = &ui.Alert{Tone: ui.Info, Title: tx.T("tenant.demo.title"), Text: tx.T("tenant.demo.text", "name", t.Name)}
		if t.Entered.Demo {
			demo.Text += " " + tx.T("tenant.demo.values")
		}
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: tx.T("tenant." + page + ".title"), Lead: lead, Crumbs: p.crumbs(r),
		Body: textPage(demo, small, list),
	})
}

func (p *Pages) crumbs(r *http.Request) []ui.Link {
	return []ui.Link{{Href: web.Link(r.Context(), "/"), Text: p.dir.Of(r.Context()).Name}}
}

func (p *Pages) imprint(w http.ResponseWriter, r *http.Request) error {
	tx := Texts().In(web.Lang(r.Context()))
	return p.text(w, r, "imprint", "", tx.T("tenant.imprint.law"), imprint(p.dir.Of(r.Context()), tx))
}

func (p *Pages) privacy(w http.ResponseWriter, r *http.Request) error {
	tx := Texts().In(web.Lang(r.Context()))
	return p.text(w, r, "privacy", tx.T("tenant.privacy.lead"), "", privacy(p.dir.Of(r.Context()), tx, p.dir.days()))
}

func (p *Pages) accessibility(w http.ResponseWriter, r *http.Request) error {
	t, tx := p.dir.Of(r.Context()), Texts().In(web.Lang(r.Context()))
	list := accessibility(t, tx, web.Link(r.Context(), "/feedback"))
	return p.text(w, r, "access", tx.T("tenant.access.lead", "name", t.Name), "", list)
}

func (p *Pages) sources(w http.ResponseWriter, r *http.Request) error {
	tx := Texts().In(web.Lang(r.Context()))
	return p.text(w, r, "sources", tx.T("tenant.sources.lead"), "", sources(tx))
}

// theme answers with the tenant's style sheet. Under its present version,
// which is a hash of its content, it may be kept for ever.
func (p *Pages) theme(w http.ResponseWriter, r *http.Request) error {
	t := p.dir.Of(r.Context())
	if t.css == "" {
		return fail.Newf(fail.NotFound, "tenant: %s has no theme", t.ID)
	}
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == t.cssVersion {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, err := io.WriteString(w, t.css)
	return err
}

// The bounds of a message about a barrier, and how many a tenant takes in a
// day: enough for every real one, too few to fill a disk.
const (
	maxMessage  = 4000
	maxPage     = 300
	maxMessages = 500
)

// report is what was typed into the feedback form, and what is wrong with it
// (keys of texts).
type report struct {
	message, page, mail                string
	messageError, pageError, mailError string
}

// readReport judges a message.
func readReport(get func(string) string) (rep report, ok bool) {
	clean := func(name string) string {
		s := strings.ReplaceAll(get(name), "\r\n", "\n")
		return norm.NFC.String(strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")))
	}
	rep = report{message: clean("message"), page: clean("page"), mail: clean("mail")}
	switch {
	case rep.message == "":
		rep.messageError = "message.empty"
	case utf8.RuneCountInString(rep.message) > maxMessage:
		rep.messageError = "message.long"
	case !printable(rep.message, true) || strings.ContainsRune(rep.message, '\uFFFD'):
		rep.messageError = "message.odd"
	}
	if !printable(rep.page, false) || utf8.RuneCountInString(rep.page) > maxPage {
		rep.pageError = "page.long"
	}
	if rep.mail != "" && !validMail(rep.mail) {
		rep.mailError = "mail.bad"
	}
	return rep, rep.messageError == "" && rep.pageError == "" && rep.mailError == ""
}

func (p *Pages) feedback(w http.ResponseWriter, r *http.Request) error {
	return p.form(w, r, http.StatusOK, report{}, "")
}

// form draws the feedback form; failure is the key of what went wrong with
// the whole message, "" for nothing.
func (p *Pages) form(w http.ResponseWriter, r *http.Request, status int, rep report, failure string) error {
	ctx := r.Context()
	t, tx := p.dir.Of(ctx), Texts().In(web.Lang(ctx))
	word := func(key string) string { return tx.T("tenant.feedback." + key) }
	wrong := func(key string, most int) string {
		if key == "" {
			return ""
		}
		return tx.T("tenant.feedback."+key, "max", i18n.Number(tx.Lang(), int64(most)))
	}
	fields := []ui.Field{
		{
			Kind: ui.KindTextArea, Name: "message", Label: word("message"), Hint: word("message.hint"), Value: rep.message,
			Error: wrong(rep.messageError, maxMessage), Required: true, MaxLength: maxMessage, Rows: 8, Spell: true,
		},
		{Name: "page", Label: word("page"), Hint: word("page.hint"), Value: rep.page, Error: wrong(rep.pageError, maxPage), MaxLength: maxPage},
		{
			Name: "mail", Label: word("mail"), Hint: word("mail.hint"), Value: rep.mail, Error: wrong(rep.mailError, 0),
			Type: "email", Autocomplete: "email", MaxLength: 254,
		},
	}
	problems := ui.Problems(fields)
	if failure != "" {
		problems = append(problems, ui.Problem{Text: word(failure)})
	}
	return ui.Render(w, r, status, ui.Page{
		Title: word("title"), Lead: tx.T("tenant.feedback.lead", "name", t.Name), Crumbs: p.crumbs(r),
		Layout: ui.LayoutForm, Problems: problems, NoIndex: true,
		Body: feedbackPage(ui.FormModel{Action: web.Link(ctx, "/feedback")}, fields,
			ui.Button{Text: word("send")}, ui.Link{Href: web.Link(ctx, "/datenschutz"), Text: word("privacy")}),
	})
}

func (p *Pages) sendFeedback(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return fail.New(fail.TooLarge, "", err)
		}
		return fail.New(fail.Invalid, "tenant.feedback.bad", err)
	}
	rep, ok := readReport(r.PostForm.Get)
	if !ok {
		return p.form(w, r, http.StatusUnprocessableEntity, rep, "")
	}
	switch err := p.keep(r.Context(), rep); {
	case fail.Is(err, fail.Limited):
		return p.form(w, r, http.StatusTooManyRequests, rep, "many")
	case fail.Is(err, fail.Unavailable):
		return p.form(w, r, http.StatusServiceUnavailable, rep, "failed")
	case err != nil:
		return err
	}
	return web.SeeOther(w, r, "/feedback/danke")
}

func (p *Pages) keep(ctx context.Context, rep report) error {
	d, t := p.dir, p.dir.Of(ctx).ID
	now := d.clock.Now()
	f := Feedback{ID: p.ids.New(), Page: rep.page, Message: rep.message, ReplyTo: rep.mail, At: now}
	return d.db.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		n, err := d.store.CountFeedback(ctx, tx, t, now.Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if n >= maxMessages {
			return fail.Newf(fail.Limited, "tenant: %s got %d messages within a day", t, n)
		}
		if err := d.store.AddFeedback(ctx, tx, t, f); err != nil {
			return err
		}
		return d.eraseLater(ctx, tx, now)
	})
}

func (p *Pages) thanks(w http.ResponseWriter, r *http.Request) error {
	tx := Texts().In(web.Lang(r.Context()))
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: tx.T("tenant.feedback.done.title"), Crumbs: p.crumbs(r), NoIndex: true,
		Body: feedbackDone(tx.T("tenant.feedback.done.text"), ui.Link{Href: web.Link(r.Context(), "/"), Text: tx.T("tenant.feedback.done.back")}),
	})
}
