package submission

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// view is the draft's answers as its form sees them today.
func (s *Service) view(r *http.Request, d *desk) (*form.View, error) {
	if err := s.load(r.Context(), d.session); err != nil {
		return nil, err
	}
	read := s.Read
	if read == nil {
		read = (*form.Program).Lazy
	}
	answers, err := read(d.program, d.pages.all)
	if err != nil {
		return nil, err
	}
	return s.viewOf(d, answers)
}

// viewOfPage is view for who looks at one page only, or answers it: it opens no
// more pages than have a say in that, and asks nothing anew that is known.
func (s *Service) viewOfPage(r *http.Request, d *desk) (*form.View, error) {
	if s.Read != nil {
		return s.view(r, d)
	}
	if err := s.fetch(r.Context(), d.session); err != nil {
		return nil, err
	}
	v, err := s.viewOf(d, d.program.Stored(d.session.answers))
	if err != nil {
		return nil, err
	}
	if d.known != nil {
		if d.recalled, err = d.key.open(d.knowing(), d.known); err == nil {
			v.Recall(d.recalled)
		}
	}
	return v, nil
}

// know keeps what a view of the draft, as it is stored now, has found out for
// the next page: sealed as the pages are, bound to all that it depends on, and
// in memory only.
func (s *Service) know(d *desk, v *form.View) {
	known := v.Known()
	if bytes.Equal(known, d.recalled) {
		return
	}
	if sealed, err := d.key.seal(s.Rand, d.knowing(), known); err == nil {
		s.shelf.know(d.at, d.id, d.rev, sealed)
	}
}

// knowing names the draft's revision and what its form is seen against.
func (d *desk) knowing() string {
	return "known " + d.id + " " + strconv.FormatInt(d.rev, 10) + " " + d.against() + " " + d.today.String()
}

// against names the form and the parameters of the tenant, in a language.
func (d *desk) against() string {
	return d.offer.Set.Key + " " + d.program.ID() + " " + d.offer.Version.Digest + " " + string(d.t.Lang())
}

func (s *Service) viewOf(d *desk, answers *form.Answers) (*form.View, error) {
	env, err := s.env(d)
	if err != nil {
		return nil, err
	}
	return d.program.Open(answers, env), nil
}

// env is what the form is seen against: the tenant's parameters and today.
func (s *Service) env(d *desk) (form.Env, error) {
	name := d.against()
	if p, ok := s.params.Load(name); ok {
		return form.Env{Params: p.(*form.Params), Today: d.today, Lang: d.t.Lang()}, nil
	}
	p, err := d.program.Params(d.offer.Set.Values(d.t.Lang()))
	if err != nil {
		return form.Env{}, err
	}
	s.params.Store(name, p) // as many as there are distinct parameter sets
	return form.Env{Params: p, Today: d.today, Lang: d.t.Lang()}, nil
}

// here is the step that the address names. Who is ahead of the answers, or
// asks for a page that there is no more, is sent to where the answers end.
func (s *Service) here(r *http.Request, d *desk, v *form.View) (form.Step, error) {
	st, err := v.Step(r.PathValue("path"))
	if err == nil && st.Reachable() {
		return st, nil
	}
	if now, ok := v.Current(); ok {
		return st, elsewhere(d.path("/seite/" + now.Path))
	}
	return st, elsewhere(d.path("/pruefen"))
}

// step shows one page of the form.
func (s *Service) step(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open, correcting)
	if err != nil {
		return or(w, r, err)
	}
	v, err := s.viewOfPage(r, d)
	if err != nil {
		return err
	}
	st, err := s.here(r, d, v)
	if d.bad != nil {
		return d.bad
	}
	if err != nil {
		return or(w, r, err)
	}
	if err := s.showStep(w, r, d, shown{view: v, step: st, status: http.StatusOK}); err != nil {
		return err
	}
	s.know(d, v)
	return nil
}

// formID is the form on a page, by which the switch of languages takes along
// what was typed.
const formID = "antrag"

// shown is a page of the form to be drawn, perhaps with what was typed and
// what is wrong with it.
type shown struct {
	view     *form.View
	step     form.Step
	raw      url.Values // nil: show what is stored
	json     []byte     // what was to be stored
	rev      string     // the revision that was typed on, where it is not the present one
	problems []form.Problem
	refused  map[string]string // files not taken, by field
	notice   *ui.Alert
	status   int
}

func (s *Service) showStep(w http.ResponseWriter, r *http.Request, d *desk, x shown) error {
	ctx, t, st := r.Context(), d.t, x.step
	asked := x.view.Fields(st, x.raw, x.problems)
	fields := s.fieldsOf(t, asked)
	now, err := d.page(st.Path)
	if err != nil {
		return err
	}
	if err := s.noteStates(ctx, d, fields); err != nil {
		return err
	}
	if err := s.inPieces(ctx, d, st, fields); err != nil {
		return err
	}
	multipart, finds := false, s.maps(r, d, asked, fields)
	for i := range fields {
		multipart = multipart || fields[i].Kind == ui.KindFiles
		finds = finds || fields[i].Kind == ui.KindFind
		fields[i].Focus = fields[i].Kind == ui.KindFind && fields[i].Name == r.FormValue("_find")
		if why := x.refused[fields[i].Name]; why != "" {
			fields[i].Error = why
		}
	}
	v := stepView{
		action: web.Link(ctx, d.path("/seite/"+st.Path)), multipart: multipart, finds: finds, fields: fields,
		hidden:  []ui.Hidden{{Name: "_rev", Value: cmp.Or(x.rev, strconv.FormatInt(now.rev, 10))}},
		stepper: s.stepperOf(ctx, d, x.view, st.Path, false), saved: d.savedOf(ctx),
		next: t.T("submission.step.next"), goes: "next",
	}
	if r.FormValue("ziel") == "pruefen" || r.FormValue("_ziel") == "pruefen" {
		v.hidden = append(v.hidden, ui.Hidden{Name: "_ziel", Value: "pruefen"})
	}
	if intro := st.Intro(); intro != "" {
		v.intro = strings.Split(intro, "\n\n")
	}
	if st.Page == "privacy" {
		if v.privacy, err = s.privacy(d); err != nil {
			return err
		}
	}
	if !d.program.Speaks(t.Lang()) {
		v.notes = append(v.notes, ui.Alert{Tone: ui.Info, Title: t.T("submission.german.title"), Text: t.T("submission.german.text")})
	}
	for _, n := range st.Notes() {
		note := ui.Alert{Tone: ui.Info, Title: t.T("submission.note.info"), Text: n.Text}
		if n.Kind == "warning" {
			note.Tone, note.Title = ui.Warning, t.T("submission.note.warning")
		}
		v.notes = append(v.notes, note)
	}
	if st.IsList {
		v.items, v.next, v.list = itemsOf(r, d, st), st.NextLabel(), true
	}
	before, hasBefore := x.view.Before(st.Path)
	if st.Stop {
		v.stop = []ui.Link{{Href: web.Link(ctx, d.path("/spaeter")), Text: t.T("submission.stop.leave")}}
		if hasBefore {
			v.stop = append([]ui.Link{{Href: web.Link(ctx, d.path("/seite/"+before.Path)), Text: t.T("submission.stop.change")}}, v.stop...)
		}
	}
	page := ui.Page{
		Title: st.Title(), Preline: within(prelineOf(t, v.stepper), st), Layout: ui.LayoutForm, NoIndex: true, Notice: x.notice,
		Problems: problemsOf(fields, x.problems),
	}
	for i := range fields {
		if why := x.refused[fields[i].Name]; why != "" {
			page.Problems = append(page.Problems, ui.Problem{Field: fields[i].ElementID(), Text: why})
		}
	}
	if hasBefore {
		page.Back = ui.Link{Href: web.Link(ctx, d.path("/seite/"+before.Path)), Text: t.T("submission.step.back")}
	} else {
		page.Back = ui.Link{Href: web.Link(ctx, d.path("")), Text: t.T("submission.step.back")}
	}
	if len(fields) > 0 && v.stop == nil { // elsewhere nothing is typed
		v.id, page.Switch, page.Enter = formID, formID, ui.Hidden{Name: "_go", Value: v.goes}
	}
	if err := errors.Join(d.bad, x.view.Answers().Err()); err != nil {
		return err
	}
	page.Body = stepPage(t, v)
	return s.render(w, r, d, x.status, page)
}

// privacy is the information of Art. 13 GDPR.
func (s *Service) privacy(d *desk) ([]ui.Row, error) {
	facts, err := d.offer.Version.PrivacyFacts(d.t.Lang(), d.offer.Set, map[string]string{
		"authority": d.tenant.Name, "authority_contact": contactLine(d), "dpo": officerLine(d),
	}, func(key string) string { return d.program.Word(d.t.Lang(), key) })
	if err != nil {
		return nil, err
	}
	var rows []ui.Row
	for _, f := range facts {
		rows = append(rows, ui.Row{Key: f.Label, Value: f.Value})
	}
	return rows, nil
}

func itemsOf(r *http.Request, d *desk, st form.Step) *itemsView {
	ctx := r.Context()
	out := &itemsView{add: st.AddLabel()}
	entries := st.Entries()
	for _, e := range entries {
		it := item{
			label: e.Label, change: web.Link(ctx, d.path("/seite/"+e.Path)),
			card: ui.SummaryCard{Title: e.Label},
		}
		if !e.Done {
			it.card.Error = d.t.T("submission.list.incomplete")
		}
		for _, c := range e.Columns {
			it.card.Rows = append(it.card.Rows, ui.Row{Key: c.Label, Value: c.Text})
		}
		if e.Removable {
			it.remove = form.ListRemove + strconv.Itoa(e.ID)
		}
		out.items = append(out.items, it)
	}
	return out
}

// answered takes a page: checks it, saves it, and goes on. Nothing that was
// typed is lost on the way: what is wrong, and what could not be saved, is
// shown again as it was typed.
func (s *Service) answered(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open, correcting)
	if err != nil {
		return s.keptOr(w, r, err)
	}
	v, err := s.viewOfPage(r, d)
	if err != nil {
		return s.keptOr(w, r, err)
	}
	st, err := s.here(r, d, v)
	if d.bad != nil {
		return d.bad
	}
	if err != nil {
		return or(w, r, err)
	}
	takes, take := noFiles, taker(nil)
	if st.TakesFiles() {
		takes, take = s.receive(r.Context(), d, v.Fields(st, nil, nil))
	}
	values, files, err := posted(r, takes, take)
	defer func() { s.forget(r.Context(), d, files) }()
	if err != nil {
		return err
	}
	r.Form = values // for showStep, which asks where the page leads
	if st.Stop {
		return s.showStep(w, r, d, shown{view: v, step: st, status: http.StatusOK})
	}
	if st.IsList {
		return s.listed(w, r, d, v, st, values)
	}
	if over, err := s.overLimit(w, r, d, v, st, values, files); over {
		return err
	}
	from, err := d.page(st.Path)
	if err != nil {
		return err
	}
	before := v
	v, refused, err := s.takeFiles(r, d, v, st, values, files)
	if err != nil {
		parsed := before.Parse(st, values)
		return s.notSaved(w, r, d, shown{view: parsed.View, step: st, raw: parsed.Raw, json: parsed.JSON}, err)
	}
	if st, err = v.Step(st.Path); err != nil {
		return err
	}
	pressed := s.pointed(v.Fields(st, nil, nil), values)
	parsed := v.Parse(st, values)
	again := shown{view: parsed.View, step: st, raw: parsed.Raw, json: parsed.JSON, problems: parsed.Problems, refused: refused, status: http.StatusUnprocessableEntity}
	if slices.ContainsFunc(files, func(u *upload) bool { return u.full }) {
		again.status = http.StatusInsufficientStorage
	}
	stay := pressed || values.Has("_upload") || values.Has("_remove") || values.Has("_find") || values.Has(ui.SwitchName)
	if stay && values.Get("_rev") != strconv.FormatInt(from.rev, 10) {
		again.rev = values.Get("_rev") // the conflict is told when it is to be saved
	}
	if stay && len(refused) == 0 {
		again.problems, again.status = nil, http.StatusOK
		return s.showStep(w, r, d, again)
	}
	if len(parsed.Problems) > 0 || len(refused) > 0 {
		return s.showStep(w, r, d, again)
	}
	if values.Get("_rev") != strconv.FormatInt(from.rev, 10) && !bytes.Equal(parsed.JSON, from.json) {
		again.status, again.notice = http.StatusConflict, &ui.Alert{
			Tone: ui.Warning, Focus: true, Title: d.t.T("submission.step.conflict.title"), Text: d.t.T("submission.step.conflict.text"),
		}
		return s.showStep(w, r, d, again)
	}
	to := s.onward(d, parsed.View, st.Path, values)
	now, err := d.page(st.Path) // as its files have left it
	if err := errors.Join(d.bad, err); err != nil {
		return err
	}
	if now.rev == 0 || !bytes.Equal(parsed.JSON, now.json) {
		err := s.save(r.Context(), d.session, d.keep(), []write{{st.Path, parsed.JSON, now.rev}}, nil)
		if err != nil {
			return s.notSaved(w, r, d, again, err)
		}
	}
	s.know(d, parsed.View)
	return web.SeeOther(w, r, to)
}

// onward is where a saved page leads: the next one, or the check page from
// where it was opened, unless the change has brought up new questions.
func (s *Service) onward(d *desk, v *form.View, path string, values url.Values) string {
	if values.Get("_ziel") == "pruefen" {
		if st, ok := v.Current(); ok && st.Path != path {
			return d.path("/seite/" + st.Path + "?ziel=pruefen")
		}
		return d.path("/pruefen")
	}
	if next, ok := v.Next(path); ok {
		return d.path("/seite/" + next)
	}
	return d.path("/pruefen")
}

// notSaved shows the page again with what was typed, and says at the top that
// it is not saved.
func (s *Service) notSaved(w http.ResponseWriter, r *http.Request, d *desk, again shown, err error) error {
	if fail.Is(err, fail.Conflict) {
		// Another window was quicker, or has sent the draft.
		return s.conflicted(w, r, again)
	}
	s.Log.Error("a page was not saved", "id", web.RequestID(r.Context()), "error", err)
	if errors.As(err, new(*http.MaxBytesError)) || fail.Is(err, fail.TooLarge) {
		return err
	}
	again.status, again.problems = http.StatusServiceUnavailable, nil
	again.notice = &ui.Alert{Tone: ui.Danger, Focus: true, Title: d.t.T("submission.step.failed.title"), Text: d.t.T("submission.step.failed.text")}
	return s.showStep(w, r, d, again)
}

// keptOr answers err as or does, but where the draft cannot even be read (the
// database is away) or this browser has no key to it (any more), it shows what
// was typed, to be sent again.
func (s *Service) keptOr(w http.ResponseWriter, r *http.Request, err error) error {
	var to elsewhere
	away := fail.Is(err, fail.Unavailable) || errors.Is(err, context.DeadlineExceeded)
	if !away && !errors.As(err, &to) {
		return err
	}
	d, offerErr := s.offered(r)
	if offerErr != nil {
		return err
	}
	if !away && string(to) != d.path("") {
		return or(w, r, err)
	}
	values, _, readErr := posted(r, noFiles, nil)
	if readErr != nil {
		return readErr
	}
	r.Form = values
	t := d.t
	x := stepView{action: web.Link(r.Context(), r.URL.Path), next: t.T("submission.step.again"), bare: true}
	fieldNames := map[string]bool{}
	if env, err := s.env(d); err == nil {
		v := d.program.Open(d.program.Empty(), env)
		if st, err := v.Step(r.PathValue("path")); err == nil && !st.IsList {
			x.fields = s.fieldsOf(t, v.Fields(st, values, nil))
		}
	}
	for i := range x.fields {
		fieldNames[x.fields[i].Name] = true
		x.fields[i].When = nil // the answers it hangs on may be elsewhere
		if x.fields[i].Kind == ui.KindFiles {
			x.multipart, x.fields[i].Upload.ButtonName = true, ""
		}
	}
	if !away && len(x.fields) == 0 { // nothing that is typed
		return or(w, r, err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		base, _, _ := strings.Cut(name, ":")
		if fieldNames[base] || name == "_upload" || name == "_remove" || name == "_find" || name == "_go" || name == mapMove || strings.HasPrefix(name, mapPoint) || name == ui.SwitchName {
			continue
		}
		for _, value := range values[name] {
			x.hidden = append(x.hidden, ui.Hidden{Name: name, Value: strings.ToValidUTF8(value, "\uFFFD")})
		}
	}
	status := http.StatusConflict
	notice := ui.Alert{
		Tone: ui.Danger, Focus: true, Title: t.T("submission.step.failed.title"), Text: t.T("submission.step.keyless"),
		Links: []ui.Link{{Href: web.Link(r.Context(), "/fortsetzen"), Text: t.T("submission.start.resume")}, {Href: web.Link(r.Context(), d.path("")), Text: t.T("submission.step.keyless.start")}},
	}
	if away {
		s.Log.Error("a page was not saved", "id", web.RequestID(r.Context()), "error", err)
		w.Header().Set("Retry-After", "5")
		status, notice.Text, notice.Links = http.StatusServiceUnavailable, t.T("submission.step.away"), nil
	}
	return s.render(w, r, d, status, ui.Page{Title: d.title(), Layout: ui.LayoutForm, NoIndex: true, Notice: &notice, Body: stepPage(t, x)})
}

// conflicted shows the page again, on the present state of the draft.
func (s *Service) conflicted(w http.ResponseWriter, r *http.Request, again shown) error {
	d, err := s.opened(r, open, correcting)
	if err != nil {
		return or(w, r, err)
	}
	if err := s.load(r.Context(), d.session); err != nil {
		return err
	}
	if bytes.Equal(d.pages.at(again.step.Path).json, again.json) { // the same, sent twice
		return web.SeeOther(w, r, s.onward(d, again.view, again.step.Path, r.Form))
	}
	again.status = http.StatusConflict
	again.notice = &ui.Alert{Tone: ui.Warning, Focus: true, Title: d.t.T("submission.step.conflict.title"), Text: d.t.T("submission.step.conflict.text")}
	return s.showStep(w, r, d, again)
}

// listed carries out a button of a list page.
func (s *Service) listed(w http.ResponseWriter, r *http.Request, d *desk, v *form.View, st form.Step, values url.Values) error {
	now, err := d.page(st.Path)
	if err != nil {
		return err
	}
	stale := values.Has("_rev") && values.Get("_rev") != strconv.FormatInt(now.rev, 10)
	if stale && values.Get("_list") == form.ListAdd { // pressed twice: one more is one more
		if now, ok := v.Current(); ok {
			return web.SeeOther(w, r, d.path("/seite/"+now.Path))
		}
		return web.SeeOther(w, r, d.path("/seite/"+st.Path))
	}
	change, problems := v.List(st, values.Get("_list"))
	if len(problems) > 0 {
		return s.showStep(w, r, d, shown{view: v, step: st, problems: problems, status: http.StatusUnprocessableEntity})
	}
	if d.bad != nil {
		return d.bad
	}
	if now.rev == 0 || !bytes.Equal(change.JSON, now.json) {
		err := s.save(r.Context(), d.session, d.keep(), []write{{st.Path, change.JSON, now.rev}}, change.Removed)
		if fail.Is(err, fail.Conflict) { // pressed twice, or in two windows: the list shows what came of it
			return web.SeeOther(w, r, d.path("/seite/"+st.Path))
		}
		if err != nil {
			return s.notSaved(w, r, d, shown{view: v, step: st}, err)
		}
	}
	s.know(d, change.View)
	if change.GoTo == "" || values.Get("_ziel") == "pruefen" && values.Get("_list") == form.ListNext {
		return web.SeeOther(w, r, s.onward(d, change.View, st.Path, url.Values{"_ziel": {"pruefen"}}))
	}
	return web.SeeOther(w, r, d.path("/seite/"+change.GoTo))
}

// takeFiles keeps what was uploaded and drops what was removed, and saves the
// page's list of files at once: a file that arrived must not hang on the rest
// of the page. It answers the changed view, and why files were refused.
func (s *Service) takeFiles(r *http.Request, d *desk, v *form.View, st form.Step, values url.Values, files []*upload, also ...func(context.Context, db.Querier) error) (*form.View, map[string]string, error) {
	removeField, removeID, remove := strings.Cut(values.Get("_remove"), " ")
	if len(files) == 0 && !remove {
		return v, nil, nil
	}
	ctx := r.Context()
	answers := v.Answers()
	refused := map[string]string{}
	drop := ""
	for _, f := range v.Fields(st, nil, nil) {
		if f.Widget != form.WidgetFile {
			continue
		}
		list := append([]form.File(nil), f.Files...)
		for i := range list {
			if remove && removeField == f.Name && list[i].ID == removeID {
				list, drop = append(list[:i], list[i+1:]...), removeID
				break
			}
		}
		for _, u := range files {
			if u.field != f.Name {
				continue
			}
			if u.why != "" {
				refused[f.Name] = u.why
				continue
			}
			list = append(list, u.file)
		}
		var err error
		if answers, err = answers.SetFiles(f.Name, list); err != nil {
			return nil, nil, err
		}
	}
	env, err := s.env(d)
	if err != nil {
		return nil, nil, err
	}
	v = d.program.Open(answers, env)
	if err := s.saveFiles(r, d, v, st, also...); err != nil {
		return nil, nil, err
	}
	for _, u := range files {
		u.named = true
	}
	if drop != "" && d.state == open { // what was sent once is in the office's hands, too
		if err := s.dropFiles(ctx, d.tenant.ID, d.id, []string{drop}); err != nil {
			return nil, nil, err
		}
	}
	return v, refused, nil
}

// saveFiles stores the page with its present files and otherwise as it was.
func (s *Service) saveFiles(r *http.Request, d *desk, v *form.View, st form.Step, also ...func(context.Context, db.Querier) error) error {
	st, err := v.Step(st.Path)
	if err != nil {
		return err
	}
	json, ok := v.Answers().PageJSON(st.Path)
	if !ok {
		json = v.Parse(st, url.Values{}).JSON
	}
	now, err := d.page(st.Path)
	if err = errors.Join(d.bad, err); err != nil || bytes.Equal(json, now.json) {
		return err
	}
	return s.save(r.Context(), d.session, d.keep(), []write{{st.Path, json, now.rev}}, nil, also...)
}

// contactLine is how to reach the authority, as far as it has entered that.
func contactLine(d *desk) string {
	c := d.tenant.Entered.Contact
	var parts []string
	for _, p := range []string{c.Street, strings.TrimSpace(c.PostalCode + " " + c.Town), c.Phone, c.Mail} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return d.t.T("submission.privacy.unknown", "tenant", d.tenant.Name)
	}
	return strings.Join(parts, ", ") + "."
}

// officerLine is how to reach the data protection officer.
func officerLine(d *desk) string {
	if d.tenant.Entered.Officer == "" {
		return d.t.T("submission.privacy.unknown", "tenant", d.tenant.Name)
	}
	return d.tenant.Entered.Officer
}
