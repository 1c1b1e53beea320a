package casework

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/staff"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

//go:embed texts
var textFiles embed.FS

// Texts are the room's words.
var Texts = sync.OnceValue(func() *i18n.Catalog { return i18n.MustLoad(textFiles) })

// Paths at the desk.
const (
	pathInbox    = "/eingang"
	pathCase     = "/vorgang/"
	pathPrint    = "/druck"
	pathLog      = "/protokoll"
	pathStaff    = "/mitarbeitende" // of staff
	pathSettings = "/einstellungen" // of tenant
	pathAccount  = "/konto"         // of login
)

// Nav is the desk's navigation for p, in the language of the request.
func (s *Service) Nav(ctx context.Context, p *web.Principal) []ui.Link {
	t := s.texts.In(web.Lang(ctx))
	var out []ui.Link
	add := func(path, key, keys string) {
		out = append(out, ui.Link{Href: web.DeskLink(ctx, path), Text: t.T(key), Key: keys})
	}
	if p.Has(staff.Clerk, staff.Lead) {
		add(pathInbox, "casework.inbox.title", "g e")
		add(pathPrint, "casework.print.title", "g d")
	}
	if p.Has(staff.Auditor) {
		add(pathLog, "casework.log.title", "g p")
	}
	if p.Has(staff.Admin) {
		add(pathStaff, "casework.nav.staff", "g m")
	}
	add(pathAccount, "casework.nav.account", "g k")
	return out
}

// Routes are the room's addresses at the desk.
func (s *Service) Routes() []web.Route {
	work, audit := web.Signed(staff.Clerk, staff.Lead), web.Signed(staff.Auditor)
	at := func(pattern string, access web.Access, h func(http.ResponseWriter, *http.Request, *desk) error) web.Route {
		return web.Route{Site: web.Desk, Pattern: pattern, Access: access, Handle: func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Cache-Control", "no-store")
			d, err := s.desk(r)
			if err != nil {
				return err
			}
			return h(w, r, d)
		}}
	}
	return []web.Route{
		at("GET /{$}", web.Signed(), s.home),
		at("GET /eingang", work, s.inbox),
		at("GET /vorgang/{id}", work, s.casePage),
		at("GET /vorgang/{id}/datei/{file}", work, s.file),
		at("GET /karte/{picture}", work, s.picture),
		at("GET /vorgang/{id}/bescheid/{letter}", work, s.letterFile),
		at("POST /vorgang/{id}/zuweisung", work, s.assigned),
		at("POST /vorgang/{id}/notiz", work, s.noted),
		at("POST /vorgang/{id}/abschluss", work, s.closed),
		at("GET /vorgang/{id}/rueckfrage", work, s.askPage),
		at("POST /vorgang/{id}/rueckfrage", work, s.asked),
		at("GET /vorgang/{id}/entscheidung", work, s.decidePage),
		at("POST /vorgang/{id}/entscheidung", work, s.decided),
		at("POST /vorgang/{id}/entscheidung/vorschau.pdf", work, s.previewPDF),
		at("GET /druck", work, s.printPage),
		at("POST /druck", work, s.printed),
		at("GET /druck/{run}/briefe.pdf", work, s.runPDF),
		at("GET /protokoll", audit, s.logPage),
	}
}

// desk is what every handler needs: the words, who works, and on which day.
type desk struct {
	t     i18n.Texts
	who   staff.Member
	now   time.Time
	today clock.Date
}

func (s *Service) desk(r *http.Request) (*desk, error) {
	ctx := r.Context()
	p := web.PrincipalOf(ctx)
	who, err := s.Staff.Member(ctx, p.Tenant, p.ID)
	now := s.Clock.Now()
	return &desk{s.texts.In(web.Lang(ctx)), who, now, clock.DateOf(now.In(clock.Berlin()))}, err
}

// home sends everybody to their work.
func (s *Service) home(w http.ResponseWriter, r *http.Request, d *desk) error {
	switch p := web.PrincipalOf(r.Context()); {
	case p.Has(staff.Clerk, staff.Lead):
		return s.inbox(w, r, d)
	case p.Has(staff.Auditor):
		return web.SeeOther(w, r, pathLog)
	case p.Has(staff.Admin):
		return web.SeeOther(w, r, pathStaff)
	case p.Has(staff.Editor):
		return web.SeeOther(w, r, pathSettings)
	}
	return web.SeeOther(w, r, pathAccount)
}

// theCase is the case that the address names, at the tenant of the site.
func (s *Service) theCase(r *http.Request) (Case, error) {
	return s.store.Case(r.Context(), s.DB.Read(), web.SiteOf(r.Context()).Tenant, r.PathValue("id"))
}

// posted reads a form of the desk.
func posted(r *http.Request) (url.Values, error) {
	if err := r.ParseForm(); err != nil {
		return nil, fail.New(fail.Invalid, "", err) // too large stays so: the router looks for it first
	}
	return r.PostForm, nil
}

// revOf is the revision of the case that a form was made from.
func revOf(v url.Values) int64 {
	n, err := strconv.ParseInt(v.Get("rev"), 10, 64)
	if err != nil {
		return -1 // no revision at all: a conflict
	}
	return n
}

// stamps are the hidden fields of every form that changes a case: what it was
// made from, and the id of the entry it will write.
func (s *Service) stamps(c Case, entry string) []ui.Hidden {
	if entry == "" {
		entry = s.IDs.New()
	}
	return []ui.Hidden{{Name: "rev", Value: strconv.FormatInt(c.Rev, 10)}, {Name: "eintrag", Value: entry}}
}

func (d *desk) instant(at time.Time) string {
	if clock.DateOf(at.In(clock.Berlin())) == d.today {
		return d.t.T("casework.today", "time", i18n.FormatTime(at))
	}
	return i18n.ShortDate(d.t.Lang(), clock.DateOf(at.In(clock.Berlin()))) + ", " + i18n.FormatTime(at)
}

// day is the day of at; for today the time.
func (d *desk) day(at time.Time) string {
	if day := clock.DateOf(at.In(clock.Berlin())); day != d.today {
		return i18n.ShortDate(d.t.Lang(), day)
	}
	return d.instant(at)
}

func (d *desk) state(c Case) *ui.Badge {
	tone := map[State]ui.Tone{New: ui.Info, InWork: ui.Neutral, Asked: ui.Neutral, Answered: ui.Warning, Withdrawn: ui.Warning, Decided: ui.Success, Closed: ui.Neutral}[c.State]
	return &ui.Badge{Tone: tone, Text: d.t.T("casework.state." + string(c.State))}
}

// mark says, on every page of a test, that it is one; nil where it is none.
func (d *desk) mark(c Case) *ui.Alert {
	if !c.Test {
		return nil
	}
	return &ui.Alert{Tone: ui.Warning, Title: d.t.T("casework.test.mark"), Text: d.t.T("casework.test.text")}
}

// testView says what ViewTests shows; nil for the other views.
func (d *desk) testView(f Filter) *ui.Alert { return d.mark(Case{Test: f.View == ViewTests}) }

// testBadge marks a test among cases.
func (d *desk) testBadge(c Case) *ui.Badge {
	if !c.Test {
		return nil
	}
	return &ui.Badge{Tone: ui.Warning, Text: d.t.T("casework.test.badge")}
}

// person names a member; one who is not listed any more stays countable.
func (d *desk) person(names map[string]string, id string) string {
	if id == "" {
		return d.t.T("casework.nobody")
	}
	if n, ok := names[id]; ok {
		return n
	}
	return d.t.T("casework.somebody")
}

func (d *desk) crumbs(ctx context.Context, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Href: web.Link(ctx, pathInbox), Text: d.t.T("casework.inbox.title")}}, more...)
}

// isConflict tells whether err says that somebody else was quicker.
func isConflict(err error) bool { return fail.Is(err, fail.Conflict) }
