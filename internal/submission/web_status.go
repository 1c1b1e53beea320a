package submission

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"leitportal/internal/audit"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// sentView is the sent answers of a revision as their form saw them then.
func (s *Service) sentView(r *http.Request, d *desk, sub Submission, revision int) (Payload, *form.View, error) {
	p, err := s.payload(r.Context(), d, sub, revision)
	if err != nil {
		return p, nil, err
	}
	answers, err := d.program.Decode(p.Rows())
	if err != nil {
		return p, nil, err
	}
	then := *d
	then.today = p.Today
	if then.offer, err = s.at(d.test, d.tenant.ID, p.Solution, p.Version, p.Today); err != nil {
		return p, nil, err
	}
	env, err := s.env(&then)
	return p, d.program.Open(answers, env), err
}

// viewToday is the sent answers as their form sees them today: what an answer
// to a question is checked by, for the desk will check it so. A permit that
// the office asked for may well be younger than the application.
func (s *Service) viewToday(r *http.Request, d *desk, sub Submission) (*form.View, error) {
	p, err := s.payload(r.Context(), d, sub, sub.Revision)
	if err != nil {
		return nil, err
	}
	answers, err := d.program.Decode(p.Rows())
	if err != nil {
		return nil, err
	}
	env, err := s.env(d)
	return d.program.Open(answers, env), err
}

// status is the page of what was sent: when it arrived, where it stands, what
// the office has written, who has looked at it.
func (s *Service) status(w http.ResponseWriter, r *http.Request) error {
	d, sub, err := s.sent(r)
	if err != nil {
		return or(w, r, err)
	}
	ctx, t, lang := r.Context(), d.t, d.t.Lang()
	q := s.DB.Read()
	events, err := s.store.Events(ctx, q, sub.Tenant, sub.ID)
	if err != nil {
		return err
	}
	messages, err := s.Postbox.List(ctx, q, sub.Tenant, sub.ID)
	if err != nil {
		return err
	}
	seen, err := audit.ForSubject(ctx, q, sub.Tenant, sub.ID)
	if err != nil {
		return err
	}
	_, proofErr := s.Ledger.Proof(ctx, q, sub.Tenant, sub.ID, LeafKind(sub.Revision))
	if proofErr != nil && !fail.Is(proofErr, fail.Unavailable) {
		return proofErr
	}
	_, v, err := s.sentView(r, d, sub, sub.Revision)
	if err != nil {
		return err
	}
	code, err := s.resumeCode(ctx, d.session)
	if err != nil {
		return err
	}
	x := statusView{
		facts: []ui.Row{
			{Key: t.T("submission.status.number"), Value: sub.Number},
			{Key: t.T("submission.status.received"), Value: i18n.FormatInstant(lang, sub.Received)},
			{Key: t.T("submission.status.to"), Value: d.offer.Set.Text("office_name", lang) + ", " + d.tenant.Name},
			{Key: t.T("submission.status.what"), Value: d.title()},
		},
		code:        ui.Code{Label: t.T("submission.later.code"), Groups: codeGroups(code), Hint: t.T("submission.later.code.hint"), Print: true},
		receiptWait: proofErr != nil,
		again:       ui.Link{Href: web.Link(ctx, d.path("/status")), Text: t.T("submission.status.receipt.again")},
		receipt: []ui.Link{
			{Href: web.Link(ctx, d.path("/quittung.pdf")), Text: t.T("submission.status.receipt.pdf"), Download: true},
			{Href: web.Link(ctx, d.path("/quittung.json")), Text: t.T("submission.status.receipt.json"), Download: true},
			{Href: web.Link(ctx, "/pruefen"), Text: t.T("submission.status.receipt.check")},
		},
		timeline: timelineOf(t, events, sub),
		cards:    cardsOf(v.Review(), func(string) string { return "" }, t, nil),
		seen:     s.seenTable(t, seen),
		later:    web.Link(ctx, d.path("/spaeter")),
	}
	state := sub.State
	for _, m := range messages {
		view, err := s.messageView(r, d, sub, m)
		if err != nil {
			return err
		}
		x.messages = append(x.messages, view)
		if m.open(sub) { // a correction sent meanwhile answers no question
			state = Asked
		}
	}
	if !sub.State.Over() {
		x.correct, x.withdraw = web.Link(ctx, d.path("/korrigieren")), web.Link(ctx, d.path("/zurueckziehen"))
		if d.state == correcting {
			x.going, x.discard = web.Link(ctx, d.path("/pruefen")), web.Link(ctx, d.path("/verwerfen"))
		}
	}
	page := ui.Page{Title: statusTitle(t, state), Layout: ui.LayoutReading, NoIndex: true, Crumbs: s.crumbs(ctx, d), Body: statusPage(t, x)}
	if !sub.State.Over() {
		page.Notice = correctingNotice(r, d)
	}
	return s.render(w, r, d, http.StatusOK, page)
}

func statusTitle(t i18n.Texts, state EventKind) string {
	if key := "submission.status.title." + string(state); t.Has(key) {
		return t.T(key)
	}
	return t.T("submission.status.title")
}

// timelineOf is what has happened, and the next thing that is to come.
func timelineOf(t i18n.Texts, events []Event, sub Submission) []ui.Event {
	state := sub.State
	var out []ui.Event
	acknowledged := slices.ContainsFunc(events, func(e Event) bool { return e.Kind == Acknowledged })
	for _, e := range events {
		line := ui.Event{
			Title: t.T("submission.event." + string(e.Kind)), Text: t.T("submission.event." + string(e.Kind) + ".text"),
			When: i18n.FormatInstant(t.Lang(), e.At), DateTime: e.At.Format(time.RFC3339), State: ui.StateDone,
		}
		if acknowledged && (e.Kind == HandedOver || e.Kind == Failed) {
			line.Text = "" // it was not confirmed then; now it is
		}
		if sub.Test && e.Kind == Decided {
			line.Text = t.T("submission.test.decided")
		}
		out = append(out, line)
	}
	if !acknowledged && !state.Over() {
		out = append(out, ui.Event{Title: t.T("submission.event.next.acknowledged"), State: ui.StateOpen})
	}
	if !state.Over() {
		out = append(out, ui.Event{Title: t.T("submission.event.next.decided"), State: ui.StateOpen})
	}
	return out
}

// seenTable says who has opened or changed the answers: the unit and why, not
// names (§ 72 LPVG NRW leaves those to the staff council). What would read the
// same, minute for minute, is one row with the number of times.
func (s *Service) seenTable(t i18n.Texts, entries []audit.Entry) ui.Table {
	table := ui.Table{
		Caption: t.T("submission.status.seen.caption"), CaptionHidden: true, Empty: t.T("submission.status.seen.empty"),
		Columns: []ui.Column{{Title: t.T("submission.status.seen.when")}, {Title: t.T("submission.status.seen.unit")}, {Title: t.T("submission.status.seen.purpose"), Wide: true}},
	}
	var last [3]string
	times := 0
	for _, e := range entries {
		purpose := s.Words(t.Lang(), e.Purpose)
		if purpose == "" {
			purpose = e.Purpose
		}
		unit := e.Unit
		if unit == "" {
			unit = t.T("submission.status.seen.portal")
		}
		when := i18n.FormatInstant(t.Lang(), e.At)
		if row := [3]string{when, unit, purpose}; row == last {
			times++
			table.Rows[len(table.Rows)-1].Cells[2].Text = t.T("submission.status.seen.times", "purpose", purpose, "n", times)
			continue
		} else {
			last, times = row, 1
		}
		table.Rows = append(table.Rows, ui.TableRow{Cells: []ui.Cell{
			{Text: when, DateTime: e.At.Format(time.RFC3339), Head: true}, {Text: unit}, {Text: purpose},
		}})
	}
	return table
}

func (s *Service) messageView(r *http.Request, d *desk, sub Submission, m Message) (messageView, error) {
	c, err := s.openMessage(d, sub, m)
	if err != nil {
		return messageView{}, err
	}
	kind := string(m.Kind)
	v := messageView{
		title: d.t.T("submission.message."+kind, "subject", c.Subject), when: d.t.T("submission.message.at", "time", i18n.FormatInstant(d.t.Lang(), m.At)),
		href: web.Link(r.Context(), d.path("/nachricht/"+m.ID)), link: d.t.T("submission.message.open." + kind), tone: ui.Info,
	}
	switch {
	case m.open(sub):
		v.tone = ui.Warning
	case m.Kind == Question:
		v.tone, v.link = ui.Neutral, d.t.T("submission.message.open.info")
	}
	return v, nil
}

// open tells whether m is a question that still waits for its answer.
func (m Message) open(sub Submission) bool {
	return m.Kind == Question && !m.Done && !sub.State.Over()
}

// mail is the message that the address names.
func (s *Service) messageOf(r *http.Request, d *desk, sub Submission) (Message, MessageContent, error) {
	list, err := s.Postbox.List(r.Context(), s.DB.Read(), sub.Tenant, sub.ID)
	if err != nil {
		return Message{}, MessageContent{}, err
	}
	for _, m := range list {
		if m.ID == r.PathValue("message") {
			c, err := s.openMessage(d, sub, m)
			return m, c, err
		}
	}
	return Message{}, MessageContent{}, fail.Newf(fail.NotFound, "submission: no such message")
}

// message shows what the office has written; an open question with the fields
// it is about.
func (s *Service) message(w http.ResponseWriter, r *http.Request) error {
	d, sub, err := s.sent(r)
	if err != nil {
		return or(w, r, err)
	}
	m, c, err := s.messageOf(r, d, sub)
	if err != nil {
		return err
	}
	if !m.Read {
		if err := s.markRead(r, sub, m.ID); err != nil {
			return err
		}
	}
	if m.open(sub) {
		v, err := s.viewToday(r, d, sub)
		if err != nil {
			return err
		}
		return s.showQuestion(w, r, d, m, c, asked{view: v, status: http.StatusOK, notice: correctingNotice(r, d)})
	}
	ctx, t := r.Context(), d.t
	links := []ui.Link{{Href: web.Link(ctx, d.path("/status")), Text: t.T("submission.message.back")}}
	note := ""
	if m.Kind == Notice {
		note = t.T("submission.message.copy")
		if len(c.PDF) > 0 {
			links = append([]ui.Link{{Href: web.Link(ctx, d.path("/nachricht/"+m.ID+"/bescheid.pdf")), Text: t.T("submission.message.pdf"), Download: true}}, links...)
		}
	}
	if m.Done {
		note = t.T("submission.message.answered")
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: c.Subject, Preline: t.T("submission.message.at", "time", i18n.FormatInstant(t.Lang(), m.At)), NoIndex: true, Mark: d.mark(),
		Crumbs: s.crumbs(ctx, d), Body: messagePage(c, links, note),
	})
}

// partsOf is a message's parts; a plain text is one.
func partsOf(c MessageContent) []MessagePart {
	if len(c.Parts) > 0 {
		return c.Parts
	}
	return []MessagePart{{Text: c.Text}}
}

func rowsOf(rows [][2]string) []ui.Row {
	out := make([]ui.Row, len(rows))
	for i, r := range rows {
		out[i] = ui.Row{Key: r[0], Value: r[1]}
	}
	return out
}

func paragraphs(text string) []string {
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// asked is how a question is to be shown.
type asked struct {
	view     *form.View
	raw      url.Values
	problems []form.Problem
	refused  map[string]string
	kept     keptFiles
	status   int
	notice   *ui.Alert
}

func (s *Service) showQuestion(w http.ResponseWriter, r *http.Request, d *desk, m Message, c MessageContent, x asked) error {
	ctx, t := r.Context(), d.t
	asks := x.view.FieldsAt(c.Fields, x.raw, x.problems)
	fields := s.fieldsOf(t, asks)
	if err := s.noteStates(ctx, d, fields); err != nil {
		return err
	}
	multipart, finds := false, s.maps(r, d, asks, fields)
	page := ui.Page{
		Title: c.Subject, Preline: t.T("submission.message.at", "time", i18n.FormatInstant(t.Lang(), m.At)), Layout: ui.LayoutForm,
		NoIndex: true, Crumbs: s.crumbs(ctx, d), Notice: x.notice,
		Switch: formID, Enter: ui.Hidden{Name: "_go", Value: "send"},
	}
	for i := range fields {
		multipart = multipart || fields[i].Kind == ui.KindFiles
		finds = finds || fields[i].Kind == ui.KindFind
		fields[i].Focus = fields[i].Kind == ui.KindFind && fields[i].Name == r.FormValue("_find")
		if fields[i].Kind == ui.KindFiles {
			fields[i].Upload.ButtonName = "" // an answer is sent whole
			for j := range fields[i].Upload.Files {
				fields[i].Upload.Files[j].RemoveName = ""
			}
		}
		if why := x.refused[fields[i].Name]; why != "" {
			fields[i].Error = why
		}
	}
	page.Problems = problemsOf(fields, x.problems)
	for i := range fields {
		if why := x.refused[fields[i].Name]; why != "" {
			page.Problems = append(page.Problems, ui.Problem{Field: fields[i].ElementID(), Text: why})
		}
	}
	var hidden []ui.Hidden
	if len(x.kept) > 0 {
		sealed, err := s.sealKept(d, m, x.kept)
		if err != nil {
			return err
		}
		hidden = []ui.Hidden{{Name: "_kept", Value: sealed}}
	}
	page.Body = questionPage(paragraphs(c.Text), stepView{
		id: formID, hidden: hidden, action: web.Link(ctx, d.path("/nachricht/"+m.ID)), multipart: multipart, finds: finds, fields: fields,
		next: t.T("submission.question.send"), goes: page.Enter.Value,
	})
	return s.render(w, r, d, x.status, page)
}

// answerQuestion takes the applicant's answer: just the fields asked about,
// checked within the whole, and sent as a new revision.
func (s *Service) answerQuestion(w http.ResponseWriter, r *http.Request) error {
	d, sub, err := s.sent(r)
	if err != nil {
		return or(w, r, err)
	}
	m, c, err := s.messageOf(r, d, sub)
	if err != nil {
		return err
	}
	if m.Kind != Question {
		return web.SeeOther(w, r, d.path("/status"))
	}
	v, err := s.viewToday(r, d, sub)
	if err != nil {
		return err
	}
	takes, take := s.receive(r.Context(), d, v.FieldsAt(c.Fields, nil, nil))
	values, files, err := posted(r, takes, take)
	defer func() { s.forget(r.Context(), d, files) }()
	if err != nil {
		return err
	}
	r.Form = values // for showQuestion, which asks what was searched for
	if m.Done || sub.State.Over() {
		return s.tooLate(w, r, d, sub, v, c, values, files)
	}
	kept, err := s.still(r.Context(), d, openKept(d, m, values.Get("_kept")))
	if err != nil {
		return err
	}
	if wait := uploadWait(files); wait > 0 {
		parsed := v.Correct(c.Fields, values)
		return s.showQuestion(w, r, d, m, c, asked{
			view: parsed.View, raw: parsed.Raw, kept: kept, status: http.StatusTooManyRequests, notice: s.limited(w, d.t, "uploads", wait),
		})
	}
	v, refused, err := s.addFiles(r, d, v, v.FieldsAt(c.Fields, nil, nil), files, kept)
	if err != nil {
		return err
	}
	pressed := s.pointed(v.FieldsAt(c.Fields, nil, nil), values)
	parsed := v.Correct(c.Fields, values)
	if (pressed || values.Has("_find") || values.Has(ui.SwitchName)) && len(refused) == 0 { // as on the pages of the form
		return s.showQuestion(w, r, d, m, c, asked{view: parsed.View, raw: parsed.Raw, kept: kept, status: http.StatusOK, notice: correctingNotice(r, d)})
	}
	problems := parsed.Problems
	if len(problems) == 0 {
		problems = parsed.View.Validate()
	}
	if len(problems) > 0 || len(refused) > 0 {
		return s.showQuestion(w, r, d, m, c, asked{view: parsed.View, raw: parsed.Raw, problems: problems, refused: refused, kept: kept, status: http.StatusUnprocessableEntity})
	}
	if d.state == correcting { // sending the answer would throw away what was changed there
		return s.showQuestion(w, r, d, m, c, asked{view: parsed.View, raw: parsed.Raw, kept: kept, status: http.StatusConflict, notice: correctingNotice(r, d)})
	}
	err = s.correct(r.Context(), d, sub, parsed.View.Prune(), s.questionDone(sub, m.ID))
	if notice := s.unsendable(w, d, err); notice != nil {
		return s.showQuestion(w, r, d, m, c, asked{view: parsed.View, raw: parsed.Raw, kept: kept, status: http.StatusConflict, notice: notice})
	}
	switch {
	case err == nil:
		return web.SeeOther(w, r, d.path("/status"))
	case fail.Is(err, fail.Conflict):
		return s.crossed(w, r, values, files, kept)
	case !fail.Is(err, fail.Unavailable):
		return err
	}
	return s.showQuestion(w, r, d, m, c, asked{
		view: parsed.View, raw: parsed.Raw, kept: kept, status: http.StatusServiceUnavailable,
		notice: &ui.Alert{Tone: ui.Danger, Focus: true, Title: d.t.T("submission.step.failed.title"), Text: d.t.T("submission.step.failed.text")},
	})
}

// crossed shows an answer again that could not be sent since something else
// had changed what was sent; what was typed stays.
func (s *Service) crossed(w http.ResponseWriter, r *http.Request, values url.Values, files []*upload, kept keptFiles) error {
	d, sub, err := s.sent(r) // as it is now
	if err != nil {
		return or(w, r, err)
	}
	m, c, err := s.messageOf(r, d, sub)
	if err != nil {
		return err
	}
	v, err := s.viewToday(r, d, sub)
	if err != nil {
		return err
	}
	if m.Done || sub.State.Over() {
		return s.tooLate(w, r, d, sub, v, c, values, files)
	}
	v, _, err = s.addFiles(r, d, v, v.FieldsAt(c.Fields, nil, nil), nil, kept)
	if err != nil {
		return err
	}
	parsed := v.Correct(c.Fields, values)
	return s.showQuestion(w, r, d, m, c, asked{
		view: parsed.View, raw: parsed.Raw, problems: parsed.Problems, kept: kept, status: http.StatusConflict,
		notice: &ui.Alert{Tone: ui.Danger, Focus: true, Title: d.t.T("submission.question.crossed.title"), Text: d.t.T("submission.question.crossed.text")},
	})
}

// tooLate answers who answers a question that takes no answer any more: the
// same answer twice is one, another is shown so that it can be kept.
func (s *Service) tooLate(w http.ResponseWriter, r *http.Request, d *desk, sub Submission, v *form.View, c MessageContent, values url.Values, files []*upload) error {
	was := answersAt(v, c.Fields)
	parsed := v.Correct(c.Fields, values)
	typed := answersAt(parsed.View, c.Fields)
	same := len(parsed.Problems) == 0
	for path, a := range typed {
		same = same && a.Text == was[path].Text
	}
	for _, f := range files {
		same = same && slices.ContainsFunc(was[f.field].Files, func(x form.File) bool { return x.Name == f.name && x.SHA256 == f.file.SHA256 })
	}
	if same && !sub.State.Over() {
		return web.SeeOther(w, r, d.path("/status")) // sent twice
	}
	var rows []ui.Row
	for _, f := range s.fieldsOf(d.t, parsed.View.FieldsAt(c.Fields, nil, nil)) {
		row := ui.Row{Key: f.Label, Value: typed[f.Name].Text}
		if row.Value == "" { // what does not fit, as it was typed
			row.Value = strings.Join(slices.Concat(values[f.Name], values[f.Name+":day"], values[f.Name+":month"], values[f.Name+":year"]), " ")
		}
		for _, u := range files {
			if u.field == f.Name {
				row.Value = strings.TrimPrefix(row.Value+", "+u.name, ", ")
			}
		}
		rows = append(rows, row)
	}
	key := "submission.question.answered"
	if sub.State.Over() {
		key = "submission.question.over"
	}
	return ui.Render(w, r, http.StatusConflict, ui.Page{
		Title: c.Subject, NoIndex: true, Mark: d.mark(), Crumbs: s.crumbs(r.Context(), d), Body: ui.Facts(rows),
		Notice: &ui.Alert{Tone: ui.Danger, Focus: true, Title: d.t.T("submission.question.late.title"), Text: d.t.T(key), Links: []ui.Link{
			{Href: web.Link(r.Context(), d.path("/status")), Text: d.t.T("submission.message.back")},
		}},
	})
}

// answersAt are the answers at some paths, as they are shown.
func answersAt(v *form.View, paths []string) map[string]form.Answer {
	out := map[string]form.Answer{}
	for _, section := range v.Review() {
		for _, b := range section.Blocks {
			for _, a := range b.Answers {
				if slices.Contains(paths, a.Path) {
					out[a.Path] = a
				}
			}
		}
	}
	return out
}

// correctingNotice leads to the correction that was begun, nil for none.
func correctingNotice(r *http.Request, d *desk) *ui.Alert {
	if d.state != correcting {
		return nil
	}
	return &ui.Alert{Tone: ui.Info, Title: d.t.T("submission.status.correcting"), Links: []ui.Link{
		{Href: web.Link(r.Context(), d.path("/pruefen")), Text: d.t.T("submission.start.going.link")},
		{Href: web.Link(r.Context(), d.path("/verwerfen")), Text: d.t.T("submission.discard")},
	}}
}

// noticePDF is the copy of a notice.
func (s *Service) noticePDF(w http.ResponseWriter, r *http.Request) error {
	d, sub, err := s.sent(r)
	if err != nil {
		return or(w, r, err)
	}
	_, c, err := s.messageOf(r, d, sub)
	if err != nil {
		return err
	}
	if len(c.PDF) == 0 {
		return fail.Newf(fail.NotFound, "submission: the message has no PDF")
	}
	return sendFile(w, r, c.PDF, "application/pdf", "bescheid-"+sub.Number+".pdf")
}
