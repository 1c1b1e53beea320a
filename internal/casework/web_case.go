package casework

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
	"leitportal/internal/staff"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// maxNote bounds a note, in characters.
const maxNote = 4000

// kept is what a clerk typed on the case page and must not lose.
type kept struct {
	status   int
	alert    *ui.Alert
	note     string
	noteBad  string
	assignee string
	chosen   bool // assignee was chosen
}

func (s *Service) casePage(w http.ResponseWriter, r *http.Request, d *desk) error {
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	k := kept{status: http.StatusOK}
	if key := "casework.done." + r.URL.Query().Get("erledigt"); d.t.Has(key) {
		k.alert = &ui.Alert{Tone: ui.Success, Title: d.t.T(key)}
		if seen, err := strconv.ParseInt(r.URL.Query().Get("stand"), 10, 64); err == nil && seen < c.Rev {
			meanwhile, err := s.meanwhile(r.Context(), d, c, "casework.note.meanwhile", EntryNote)
			if err != nil {
				return err
			}
			k.alert.Tone, k.alert.Text = ui.Warning, meanwhile
		}
	}
	return s.renderCase(w, r, d, c, k)
}

// looked puts on record that a clerk sees the answers of a case, before they
// are shown.
func (s *Service) looked(ctx context.Context, d *desk, c Case, action string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		return s.audit(ctx, tx, d.who, c.Tenant, c.ID, action, purposeWork)
	})
}

func (s *Service) renderCase(w http.ResponseWriter, r *http.Request, d *desk, c Case, k kept) error {
	ctx := r.Context()
	if err := s.looked(ctx, d, c, "case.read"); err != nil {
		return err
	}
	rd, err := s.open(ctx, c, c.Revision, d.t.Lang())
	if err != nil {
		return err
	}
	if to := rd.destination(); to != c.Destination {
		c.Destination = to
		if err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error { return s.store.setDestination(ctx, tx, c) }); err != nil {
			return err
		}
	}
	names, err := s.Staff.Names(ctx, c.Tenant)
	if err != nil {
		return err
	}
	colleagues, err := s.Staff.Assignable(ctx, c.Tenant, "")
	if err != nil {
		return err
	}
	entries, err := s.store.Entries(ctx, s.DB.Read(), c.Tenant, c.ID)
	if err != nil {
		return err
	}
	sections := rd.view.Review()
	v := caseView{
		title: c.Number, facts: s.caseFacts(d, c, names), here: web.Link(ctx, pathCase+c.ID), c: c, mine: c.Assignee == d.who.ID,
		sections: s.cards(ctx, d, c, rd, sections),
		stamps:   func() []ui.Hidden { return s.stamps(c, "") },
	}
	if to, ok := rd.view.Destination(); ok {
		v.facts = append(v.facts, ui.Row{Key: d.t.T("casework.case.destination"), Value: to.Label})
	}
	if err := s.pleas(ctx, c, rd); err != nil {
		return err
	}
	if v.amounts, err = s.amounts(d, rd); err != nil {
		return err
	}
	v.open = s.openAlert(ctx, d, c, rd)
	for _, p := range rd.view.Validate() {
		v.warnings = append(v.warnings, p.Text)
	}
	for _, step := range rd.view.Steps() {
		for _, n := range step.Notes() {
			if n.Kind == "warning" && !slices.Contains(v.advice, n.Text) {
				v.advice = append(v.advice, n.Text)
			}
		}
	}
	if c.Revision > 1 {
		before, err := s.open(ctx, c, c.Revision-1, d.t.Lang())
		if err != nil {
			return err
		}
		v.changes = changeTable(d.t, changes(before.view.Review(), sections))
	}
	if v.history, err = s.timeline(ctx, d, c, entries, names); err != nil {
		return err
	}
	if v.others, err = s.others(ctx, d, c); err != nil {
		return err
	}
	v.note = ui.Field{
		Kind: ui.KindTextArea, Name: "notiz", Label: d.t.T("casework.note.label"), Hint: d.t.T("casework.note.hint"),
		Value: k.note, Error: k.noteBad, MaxLength: maxNote, Rows: 3, Spell: true, Required: true,
	}
	v.assign = assignField(d, c, colleagues, names, k)
	page := ui.Page{
		Title: d.t.T("casework.case.title", "number", c.Number), OwnHeading: true, Layout: ui.LayoutDesk, NoIndex: true, Crumbs: d.crumbs(ctx), Mark: d.mark(c), Notice: k.alert,
		Problems: ui.Problems([]ui.Field{v.note}), Body: casePageBody(d.t, v),
	}
	return ui.Render(w, r, k.status, page)
}

func assignField(d *desk, c Case, colleagues []staff.Member, names map[string]string, k kept) ui.Field {
	value := c.Assignee
	if k.chosen {
		value = k.assignee
	}
	choices := []ui.Choice{{Value: "", Label: d.t.T("casework.nobody")}}
	for _, m := range colleagues {
		choices = append(choices, ui.Choice{Value: m.ID, Label: m.Name})
	}
	if !slices.ContainsFunc(choices, func(x ui.Choice) bool { return x.Value == value }) {
		choices = append(choices, ui.Choice{Value: value, Label: d.person(names, value)})
	}
	for i := range choices { // an empty value would read "please choose"
		choices[i].Value = cmp.Or(choices[i].Value, WhoNobody)
	}
	value = cmp.Or(value, WhoNobody)
	return ui.Field{Kind: ui.KindSelect, Name: "person", Label: d.t.T("casework.assign.label"), Value: value, Choices: choices, Required: true}
}

func (s *Service) caseFacts(d *desk, c Case, names map[string]string) []ui.Row {
	lang := d.t.Lang()
	rows := []ui.Row{
		{Key: d.t.T("casework.column.state"), Mark: d.state(c)},
		{Key: d.t.T("casework.column.service"), Value: s.title(c.Solution, lang)},
		{Key: d.t.T("casework.column.received"), Value: i18n.FormatInstant(lang, c.Received)},
		{Key: d.t.T("casework.column.assignee"), Value: d.person(names, c.Assignee)},
	}
	if c.State.Open() && !c.Due.IsZero() {
		row := ui.Row{Key: d.t.T("casework.column.due"), Value: i18n.FormatDate(lang, c.Due)}
		if c.Overdue(d.today) {
			row.Mark = &ui.Badge{Tone: ui.Warning, Text: d.t.T("casework.overdue")}
		}
		rows = append(rows, row)
	}
	return rows
}

// timeline is the history of a case, opened.
func (s *Service) timeline(ctx context.Context, d *desk, c Case, entries []Entry, names map[string]string) ([]ui.Event, error) {
	var out []ui.Event
	for i, e := range entries {
		text, err := s.openText(c, e)
		if err != nil {
			return nil, err
		}
		event := ui.Event{
			Title: s.entryTitle(d, e, names), When: d.instant(e.At), DateTime: e.At.Format("2006-01-02T15:04:05Z"),
			Text: text.Text, State: ui.StateDone,
		}
		if i == len(entries)-1 {
			event.State = ui.StateCurrent
		}
		if text.What != "" {
			what := text.What
			if text.Percent > 0 {
				what += ", " + strconv.Itoa(text.Percent) + "\u00a0%"
			}
			event.Text = strings.TrimSpace(what + ". " + text.Text)
		}
		if len(text.Fields) > 0 {
			event.Text = d.t.T("casework.entry.fields", "fields", strings.Join(text.Fields, "; ")) + " " + event.Text
		}
		if e.Kind == EntryDecision {
			event.Body = fileLinks([]ui.Link{{Href: web.Link(ctx, pathCase+c.ID+"/bescheid/"+e.ID), Text: d.t.T("casework.entry.letter"), Icon: "file"}})
		}
		out = append(out, event)
	}
	return out, nil
}

func (s *Service) entryTitle(d *desk, e Entry, names map[string]string) string {
	about := e.About
	switch e.Kind {
	case EntryAssigned:
		about = d.person(names, e.About)
	case EntryDecision:
		about = d.t.T("casework.decided." + e.About)
	}
	return d.t.T("casework.entry."+string(e.Kind), "who", d.person(names, e.Author), "about", about)
}

// others are the clerk's own open cases, to go on with.
func (s *Service) others(ctx context.Context, d *desk, c Case) ([]ui.Card, error) {
	mine, err := s.store.Inbox(ctx, s.DB.Read(), c.Tenant, Filter{Who: WhoMe, Sort: "faellig"}, d.who.ID, d.now)
	var out []ui.Card
	for _, o := range mine[:min(len(mine), 12)] {
		if o.ID != c.ID {
			out = append(out, ui.Card{Title: o.Number, Href: web.Link(ctx, pathCase+o.ID), Mark: d.state(o), Meta: d.instant(o.Received)})
		}
	}
	return out, err
}

// conflict says in words what happened meanwhile; what was typed is in k.
func (s *Service) conflict(ctx context.Context, d *desk, c Case, cause error) (*ui.Alert, error) {
	key := "casework.conflict.text"
	if _, public := web.TextKeys(cause); public == "casework.error.state" || !c.State.Open() {
		key = "casework.conflict.state"
	}
	text, err := s.meanwhile(ctx, d, c, key, "")
	return &ui.Alert{Tone: ui.Danger, Title: d.t.T("casework.conflict.title"), Focus: true, Text: text}, err
}

// meanwhile says what was done last to a case, but for entries of one kind.
func (s *Service) meanwhile(ctx context.Context, d *desk, c Case, key string, but EntryKind) (string, error) {
	entries, err := s.store.Entries(ctx, s.DB.Read(), c.Tenant, c.ID)
	if err != nil {
		return "", err
	}
	names, err := s.Staff.Names(ctx, c.Tenant)
	if err != nil {
		return "", err
	}
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return e.Kind == but })
	last := entries[len(entries)-1] // there is always the receipt
	return d.t.T(key, "what", s.entryTitle(d, last, names), "when", d.instant(last.At), "state", d.t.T("casework.state."+string(c.State))), nil
}

// again shows the case after a deed that failed, with what was typed.
func (s *Service) again(w http.ResponseWriter, r *http.Request, d *desk, k kept, cause error) error {
	if !isConflict(cause) && !fail.Is(cause, fail.Unavailable) {
		return cause
	}
	c, err := s.theCase(r) // as it is now
	if err != nil {
		return cause
	}
	k.status = web.Status(cause)
	switch {
	case r.Method == http.MethodGet && isConflict(cause): // nobody has written anything
		text, err := s.meanwhile(r.Context(), d, c, "casework.past.text", "")
		if err != nil {
			return err
		}
		k.alert = &ui.Alert{Tone: ui.Info, Title: d.t.T("casework.past.title"), Text: text, Focus: true}
	case isConflict(cause):
		if k.alert, err = s.conflict(r.Context(), d, c, cause); err != nil {
			return err
		}
	default:
		k.alert = &ui.Alert{Tone: ui.Danger, Title: d.t.T("casework.failed.title"), Text: d.t.T("casework.failed.text"), Focus: true}
	}
	return s.renderCase(w, r, d, c, k)
}

func (s *Service) noted(w http.ResponseWriter, r *http.Request, d *desk) error {
	v, err := posted(r)
	if err != nil {
		return err
	}
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	k := kept{status: http.StatusUnprocessableEntity, note: v.Get("notiz")}
	text := tidy(k.note)
	switch {
	case text == "":
		k.noteBad = d.t.T("casework.note.empty")
	case utf8.RuneCountInString(text) > maxNote:
		k.noteBad = d.t.T("casework.note.long", "max", maxNote)
	case !plain(text):
		k.noteBad = d.t.T("casework.problem.signs")
	}
	if k.noteBad != "" {
		return s.renderCase(w, r, d, c, k)
	}
	err = s.act(r.Context(), d.who, c, deed{action: Note, entry: Entry{ID: v.Get("eintrag"), Kind: EntryNote}, text: &entryText{Text: text}})
	if err != nil {
		return s.again(w, r, d, k, err)
	}
	return web.SeeOther(w, r, pathCase+c.ID+"?erledigt=note&stand="+strconv.FormatInt(revOf(v), 10))
}

// assigned takes a case, gives it to a colleague, or back.
func (s *Service) assigned(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx := r.Context()
	v, err := posted(r)
	if err != nil {
		return err
	}
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	to := strings.TrimPrefix(v.Get("person"), WhoNobody)
	if v.Has("selbst") {
		to = d.who.ID
	}
	deed := deed{action: Assign, rev: revOf(v), to: to, entry: Entry{ID: v.Get("eintrag"), Kind: EntryAssigned, About: to}}
	switch to {
	case "":
		deed.action, deed.entry.Kind = Unassign, EntryReturned
		if c.Assignee == "" && c.Rev == deed.rev {
			return web.SeeOther(w, r, pathCase+c.ID) // nobody had it, nobody has it
		}
	case d.who.ID:
		deed.action, deed.entry.Kind, deed.entry.About = Take, EntryTaken, ""
	default:
		colleagues, err := s.Staff.Assignable(ctx, c.Tenant, "")
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(colleagues, func(m staff.Member) bool { return m.ID == to }) {
			return fail.New(fail.Invalid, "casework.error.person", nil)
		}
	}
	if err := s.act(ctx, d.who, c, deed); err != nil {
		return s.again(w, r, d, kept{assignee: to, chosen: true}, err)
	}
	return web.SeeOther(w, r, pathCase+c.ID+"?erledigt="+string(deed.action))
}

// closed puts a withdrawn case away.
func (s *Service) closed(w http.ResponseWriter, r *http.Request, d *desk) error {
	v, err := posted(r)
	if err != nil {
		return err
	}
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	if err := s.act(r.Context(), d.who, c, deed{action: Close, rev: revOf(v), entry: Entry{ID: v.Get("eintrag"), Kind: EntryClosed}}); err != nil {
		return s.again(w, r, d, kept{}, err)
	}
	return web.SeeOther(w, r, pathCase+c.ID+"?erledigt=close")
}
