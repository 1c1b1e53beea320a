package tenant

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// Event is a change at the desk that is put on record: who did what to the
// tenant's settings, or to the message Subject.
type Event struct {
	Tenant, Subject, Actor, Action string
	At                             time.Time
}

// Recorder puts an event on record in the transaction tx.
type Recorder func(ctx context.Context, tx db.Querier, e Event) error

// Desk is where a tenant's staff keep its site: settings, and the messages
// about barriers.
type Desk struct {
	Directory *Directory
	Record    Recorder
	// Settings and Messages are the roles that may change the settings, and
	// read and erase messages.
	Settings, Messages []string
}

// Addresses at the desk.
const (
	settingsPath = "/einstellungen"
	messagesPath = "/rueckmeldungen"
)

// Routes are the desk's addresses.
func (d *Desk) Routes() []web.Route {
	row := func(pattern string, roles []string, h web.Handler) web.Route {
		return web.Route{Site: web.Desk, Pattern: pattern, Access: web.Signed(roles...), Handle: func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Cache-Control", "no-store")
			return h(w, r)
		}}
	}
	return []web.Route{
		row("GET "+settingsPath, d.Settings, d.settings),
		row("POST "+settingsPath, d.Settings, d.save),
		row("GET "+messagesPath, d.Messages, d.messages),
		row("POST "+messagesPath+"/{id}/loeschen", d.Messages, d.erase),
	}
}

// Nav are the entries of the desk's navigation for who is signed in.
func (d *Desk) Nav(ctx context.Context, p *web.Principal) []ui.Link {
	tx := Texts().In(web.Lang(ctx))
	var out []ui.Link
	if p.Has(d.Messages...) {
		out = append(out, ui.Link{Href: web.DeskLink(ctx, messagesPath), Text: tx.T("tenant.desk.messages.nav"), Key: "g r"})
	}
	if p.Has(d.Settings...) {
		out = append(out, ui.Link{Href: web.DeskLink(ctx, settingsPath), Text: tx.T("tenant.desk.settings.nav"), Key: "g s"})
	}
	return out
}

// entry is one field of the settings page: where its value is kept, and how
// it is asked for. Names are those of Problem.Field.
type entry struct {
	name  string
	of    func(*Settings) *string
	width ui.Width
	lines int // 0 for one line
	typ   string
	max   int
}

// part is one section of the settings page.
type part struct {
	key     string
	entries []entry
}

// parts are what the settings page asks for. Host names and the mark of demo
// values are the operator's.
func parts() []part {
	return []part{
		{"contact", []entry{
			{name: "contact.office", of: func(s *Settings) *string { return &s.Contact.Office }},
			{name: "contact.street", of: func(s *Settings) *string { return &s.Contact.Street }},
			{name: "contact.postal_code", of: func(s *Settings) *string { return &s.Contact.PostalCode }, width: ui.Width8, max: 5},
			{name: "contact.town", of: func(s *Settings) *string { return &s.Contact.Town }},
			{name: "contact.phone", of: func(s *Settings) *string { return &s.Contact.Phone }, typ: "tel"},
			{name: "contact.mail", of: func(s *Settings) *string { return &s.Contact.Mail }, typ: "email", max: 254},
			{name: "contact.web", of: func(s *Settings) *string { return &s.Contact.Web }, typ: "url"},
			{name: "contact.access", of: func(s *Settings) *string { return &s.Contact.Access }, lines: 3},
		}},
		{"hours", nil},
		{"imprint", []entry{
			{name: "name", of: func(s *Settings) *string { return &s.Name }},
			{name: "representative", of: func(s *Settings) *string { return &s.Representative }},
			{name: "supervisor", of: func(s *Settings) *string { return &s.Supervisor }},
			{name: "vat", of: func(s *Settings) *string { return &s.VAT }, width: ui.Width16},
		}},
		{"privacy", []entry{
			{name: "officer", of: func(s *Settings) *string { return &s.Officer }, lines: 4},
			{name: "privacy_text", of: func(s *Settings) *string { return &s.PrivacyText }, lines: 6},
			{name: "barriers", of: func(s *Settings) *string { return &s.Barriers }, lines: 4},
		}},
		{"look", []entry{
			{name: "monogram", of: func(s *Settings) *string { return &s.Monogram }, width: ui.Width4, max: 2},
			{name: "accent", of: func(s *Settings) *string { return &s.Accent }, width: ui.Width8, max: 7},
			{name: "accent_dark", of: func(s *Settings) *string { return &s.AccentDark }, width: ui.Width8, max: 7},
		}},
	}
}

// hoursName is the name of the field for the opening hours of a day.
func hoursName(d time.Weekday) string { return "hours." + strconv.Itoa(int(d)) }

// weekdays are the days from Monday to Sunday.
func weekdays() [7]time.Weekday {
	return [7]time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
}

var spanForm = regexp.MustCompile(`(?i)^(\d{1,2})(?:[:.](\d{2}))? ?(?:uhr)? ?(?:-|–|bis|to) ?(\d{1,2})(?:[:.](\d{2}))? ?(?:uhr)?$`)

// parseHours reads the opening hours of a day as people write them
// ("8 – 12.30 Uhr, 14:00 bis 17:30"); ok is false when it cannot.
func parseHours(day time.Weekday, text string) (out []Hours, ok bool) {
	for _, field := range strings.FieldsFunc(strings.ReplaceAll(text, " und ", ","), func(r rune) bool { return r == ',' || r == ';' }) {
		m := spanForm.FindStringSubmatch(strings.Join(strings.Fields(field), " "))
		if m == nil {
			return nil, false
		}
		at := func(hour, minute string) string {
			if minute == "" {
				minute = "00"
			}
			return fmt.Sprintf("%02s:%s", hour, minute)
		}
		h := Hours{day, at(m[1], m[2]), at(m[3], m[4])}
		if !timePattern.MatchString(h.From) || !timePattern.MatchString(h.To) || h.To <= h.From {
			return nil, false
		}
		for _, o := range out {
			if h.From < o.To && o.From < h.To { // they overlap
				return nil, false
			}
		}
		out = append(out, h)
	}
	return out, true
}

// writeHours writes the opening hours of a day as parseHours reads them.
func writeHours(all []Hours, day time.Weekday) string {
	var spans []string
	for _, h := range all {
		if h.Day == day {
			spans = append(spans, h.From+"–"+h.To)
		}
	}
	return strings.Join(spans, ", ")
}

// typed is what the settings page holds: the values by field name, and what is
// wrong with them.
type typed struct {
	values, errors map[string]string
	revision       int64
}

// typedOf is the page of what has been entered.
func typedOf(t *Tenant) typed {
	p := typed{map[string]string{}, map[string]string{}, t.Revision}
	s := t.Entered
	for _, part := range parts() {
		for _, e := range part.entries {
			p.values[e.name] = *e.of(&s)
		}
	}
	for _, day := range weekdays() {
		p.values[hoursName(day)] = writeHours(s.Hours, day)
	}
	return p
}

// readSettings takes what was typed over into s, which holds what the page
// does not ask for.
func readSettings(form url.Values, s Settings, tx i18n.Texts) (Settings, typed) {
	p := typed{values: map[string]string{}, errors: map[string]string{}}
	p.revision, _ = strconv.ParseInt(form.Get("revision"), 10, 64)
	clean := func(name string, lines bool) string {
		v := strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(strings.ToValidUTF8(form.Get(name), "\uFFFD"), "\r\n", "\n")))
		if !lines {
			v = strings.Join(strings.Fields(v), " ")
		}
		p.values[name] = v
		return v
	}
	for _, part := range parts() {
		for _, e := range part.entries {
			*e.of(&s) = clean(e.name, e.lines > 0)
		}
	}
	s.Accent, s.AccentDark = strings.ToLower(s.Accent), strings.ToLower(s.AccentDark)
	s.Hours = nil
	for _, day := range weekdays() {
		list, ok := parseHours(day, clean(hoursName(day), false))
		if !ok {
			p.errors[hoursName(day)] = tx.T("tenant.desk.hours.bad", "day", tx.T(fmt.Sprintf("tenant.day.%d", int(day))))
		}
		s.Hours = append(s.Hours, list...)
	}
	var invalid *InvalidError
	if errors.As(s.Check(), &invalid) {
		for _, x := range invalid.Problems {
			p.errors[x.Field] = x.In(tx)
		}
	}
	return s, p
}

// fields are the questions of one part.
func (p typed) fields(part part, tx i18n.Texts) []ui.Field {
	var out []ui.Field
	field := func(name, label string) ui.Field {
		return ui.Field{Name: name, Label: label, Value: p.values[name], Error: p.errors[name], MaxLength: maxLine, Autocomplete: "off"}
	}
	for _, e := range part.entries {
		f := field(e.name, tx.T("tenant.desk.field."+e.name))
		f.Width, f.Type = e.width, e.typ
		if e.max > 0 {
			f.MaxLength = e.max
		}
		if hint := "tenant.desk.field." + e.name + ".hint"; tx.Has(hint) {
			f.Hint = tx.T(hint)
		}
		if e.lines > 0 {
			f.Kind, f.Rows, f.MaxLength, f.Spell = ui.KindTextArea, e.lines, maxText, true
		}
		out = append(out, f)
	}
	if part.key == "hours" {
		for _, day := range weekdays() {
			f := field(hoursName(day), tx.T(fmt.Sprintf("tenant.day.%d", int(day))))
			f.Width = ui.Width24
			out = append(out, f)
		}
	}
	return out
}

func (d *Desk) settings(w http.ResponseWriter, r *http.Request) error {
	var notice *ui.Alert
	tx := Texts().In(web.Lang(r.Context()))
	if r.URL.Query().Has("gespeichert") {
		notice = &ui.Alert{Tone: ui.Success, Title: tx.T("tenant.desk.saved"), Links: []ui.Link{
			{Href: web.TenantLink(r.Context(), "/"), Text: tx.T("tenant.desk.see")},
			{Href: web.TenantLink(r.Context(), "/impressum"), Text: tx.T("tenant.imprint.title")},
		}}
	}
	return d.form(w, r, http.StatusOK, typedOf(d.Directory.Of(r.Context())), notice)
}

func (d *Desk) form(w http.ResponseWriter, r *http.Request, status int, p typed, notice *ui.Alert) error {
	ctx := r.Context()
	tx := Texts().In(web.Lang(ctx))
	v := settingsView{t: tx, form: ui.FormModel{
		Action: web.Link(ctx, settingsPath), Hidden: []ui.Hidden{{Name: "revision", Value: strconv.FormatInt(p.revision, 10)}},
	}}
	var problems []ui.Problem
	for _, part := range parts() {
		fields := p.fields(part, tx)
		problems = append(problems, ui.Problems(fields)...)
		v.parts = append(v.parts, settingsPart{part.key, tx.T("tenant.desk.part." + part.key), tx.T("tenant.desk.part." + part.key + ".text"), fields})
	}
	return ui.Render(w, r, status, ui.Page{
		Title: tx.T("tenant.desk.settings.title"), Lead: tx.T("tenant.desk.settings.lead", "name", d.Directory.Of(ctx).Name),
		Layout: ui.LayoutForm, NoIndex: true, Notice: notice, Problems: problems, Body: settingsPage(v),
	})
}

func (d *Desk) save(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := r.ParseForm(); err != nil {
		return fail.New(fail.Invalid, "", err)
	}
	// What the page does not ask for is taken from what is stored now: the form
	// may have come from another process, which knows more than this one.
	err := d.Directory.Refresh(ctx)
	t, tx := d.Directory.Of(ctx), Texts().In(web.Lang(ctx))
	s, p := readSettings(r.PostForm, t.Entered, tx)
	if len(p.errors) > 0 {
		return d.form(w, r, http.StatusUnprocessableEntity, p, nil)
	}
	who := web.PrincipalOf(ctx).ID
	if err == nil {
		err = d.Directory.update(ctx, t.ID, s, p.revision, func(ctx context.Context, tx db.Querier) error {
			return d.Record(ctx, tx, Event{Tenant: t.ID, Subject: t.ID, Actor: who, Action: "tenant.settings", At: d.Directory.clock.Now()})
		})
	}
	var status int
	text := "tenant.desk.conflict"
	switch {
	case err == nil:
		return web.SeeOther(w, r, settingsPath+"?gespeichert")
	case fail.Is(err, fail.Conflict):
		// What was typed stays; who sends it again has been told.
		status = http.StatusConflict
		if err := d.Directory.Refresh(ctx); err != nil {
			return err
		}
		p.revision = d.Directory.Of(ctx).Revision
	case fail.Is(err, fail.Unavailable):
		status, text = http.StatusServiceUnavailable, "tenant.desk.failed"
	default:
		return err
	}
	return d.form(w, r, status, p, &ui.Alert{Tone: ui.Danger, Title: tx.T("tenant.desk.notsaved"), Text: tx.T(text), Focus: true})
}

// messages lists what people wrote about barriers.
func (d *Desk) messages(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	tx := Texts().In(web.Lang(ctx))
	dir := d.Directory
	list, err := dir.store.Feedback(ctx, dir.db.Read(), web.SiteOf(ctx).Tenant, mostMessages+1)
	if err != nil {
		return err
	}
	v := messagesView{t: tx, more: len(list) > mostMessages}
	for _, f := range list[:min(len(list), mostMessages)] {
		v.list = append(v.list, d.message(ctx, tx, f))
	}
	var notice *ui.Alert
	if r.URL.Query().Has("geloescht") {
		notice = &ui.Alert{Tone: ui.Success, Title: tx.T("tenant.desk.messages.erased")}
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: tx.T("tenant.desk.messages.title"), Lead: tx.N("tenant.desk.messages.lead", dir.days()),
		NoIndex: true, Notice: notice, Body: messagesPage(v),
	})
}

// mostMessages are shown at once, the newest; erasing makes room for older
// ones.
const mostMessages = 100

func (d *Desk) message(ctx context.Context, tx i18n.Texts, f Feedback) messageView {
	when := i18n.FormatInstant(tx.Lang(), f.At)
	v := messageView{title: when, blocks: parseBlocks(f.Message), erase: ui.FormModel{
		Action: web.Link(ctx, messagesPath+"/"+f.ID+"/loeschen"), Label: tx.T("tenant.desk.messages.erase.label", "when", when),
	}}
	if f.Page != "" {
		v.rows = append(v.rows, ui.Row{Key: tx.T("tenant.feedback.page"), Value: f.Page})
	}
	if f.ReplyTo != "" {
		v.rows = append(v.rows, ui.Row{Key: tx.T("tenant.desk.messages.reply"), Value: f.ReplyTo, Href: "mailto:" + url.PathEscape(f.ReplyTo)})
	}
	return v
}

func (d *Desk) erase(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, dir, message := web.PrincipalOf(ctx), d.Directory, r.PathValue("id")
	err := dir.db.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := dir.store.EraseFeedback(ctx, tx, p.Tenant, message); err != nil {
			return err
		}
		return d.Record(ctx, tx, Event{Tenant: p.Tenant, Subject: message, Actor: p.ID, Action: "tenant.feedback.erase", At: dir.clock.Now()})
	})
	// Who presses the button twice, or after a colleague, has what they wanted.
	if err != nil && !fail.Is(err, fail.NotFound) {
		return err
	}
	return web.SeeOther(w, r, messagesPath+"?geloescht")
}
