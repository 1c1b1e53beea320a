package casework

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/submission"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// matter is a case opened to be decided: the answers, the tax of the year in
// question, and who decides.
type matter struct {
	c      Case
	rd     *reading // in German: the notice's language
	tax    assessment
	offer  solution.Offer
	sender sender
	kind   string
	facts  facts
	plea   plea // what a decision on relief is about
}

func (s *Service) matter(ctx context.Context, d *desk, c Case, kind string, year int, about string) (m matter, err error) {
	if !slices.Contains(decisionKinds(), kind) {
		kind = solution.Assessment
	}
	m.c, m.kind = c, kind
	if err := s.looked(ctx, d, c, "case.read"); err != nil {
		return m, err
	}
	if m.rd, err = s.open(ctx, c, c.Revision, i18n.DE); err != nil {
		return m, err
	}
	if year == 0 {
		year = m.rd.payload.Today.Year
	}
	if !slices.Contains(m.rd.years(), year) {
		return m, fail.New(fail.Invalid, "casework.error.year", nil)
	}
	if err = s.pleas(ctx, c, m.rd); err != nil {
		return m, err
	}
	if m.facts = m.rd.facts(); kind != solution.Assessment {
		m.plea, _ = m.rd.choice(m.facts, about)
	}
	if m.tax, err = s.assess(m.rd, year, i18n.DE); err != nil {
		return m, err
	}
	if m.offer, err = s.setOf(c, d.today); err != nil {
		return m, err
	}
	m.sender, err = s.sender(c, m.offer, i18n.DE)
	return m, err
}

// open tells whether the decision leaves an application for relief undecided.
func (m matter) open() bool { return len(m.rd.undecided(m.plea.path)) > 0 }

// letter writes the notice of a checked ruling.
func (s *Service) letter(d *desk, m matter, r ruling) (letter, error) {
	l := letter{
		facts: m.facts, sender: m.sender, number: m.c.Number, reference: r.decision[fieldReference], date: d.today, at: d.now,
		due: map[*solution.Row]bool{}, test: m.c.Test,
	}
	render := func(lang i18n.Lang, tax assessment, r ruling) (solution.Notice, error) {
		t := s.texts.In(lang)
		tables := r.tables(tax, d.today, lang, t)
		if due := tables["due"]; len(due) > 0 {
			l.due[&due[0]] = true
		}
		return m.offer.Version.Notice(r.kind, lang, tax.set, r.values(m.c, l.facts, m.sender, d.today, lang, t), tables)
	}
	var err error
	if l.notice, err = render(i18n.DE, m.tax, r); err != nil {
		return l, err
	}
	if lang := i18n.Lang(m.c.Lang); lang != i18n.DE {
		tax, err := s.assess(m.rd, m.tax.year, lang)
		if err != nil {
			return l, err
		}
		view, err := m.rd.on(m.rd.view.Answers(), m.rd.offer.Set, m.rd.payload.Today, lang)
		if err != nil {
			return l, err
		}
		r.decision = maps.Clone(r.decision) // what the desk itself wrote is there in every language
		for field, word := range map[string][2]string{
			fieldRelief: {m.plea.label, m.plea.in(view).label},
			fieldReason: {m.tax.pending, tax.pending},
		} {
			if word[0] != "" && r.decision[field] == word[0] {
				r.decision[field] = word[1]
			}
		}
		for _, key := range []string{"casework.relief.met", "casework.relief.proven", "casework.relief.none"} {
			if r.decision[fieldReason] == s.texts.In(i18n.DE).T(key) {
				r.decision[fieldReason] = s.texts.In(lang).T(key)
			}
		}
		if l.translation, err = render(lang, tax, r); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (s *Service) decidePage(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx := r.Context()
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	if !c.May(Decide) {
		return s.again(w, r, d, kept{}, fail.New(fail.Conflict, "casework.error.state", nil))
	}
	year, _ := strconv.Atoi(r.URL.Query().Get("jahr"))
	m, err := s.matter(ctx, d, c, r.URL.Query().Get("art"), year, r.URL.Query().Get(fieldPlea))
	if err != nil {
		return err
	}
	if m.kind == solution.Assessment && c.CashReference == "" {
		if m.c.CashReference, err = s.reserve(ctx, c, d.today); err != nil {
			return err
		}
	}
	tax := m.tax
	if m.kind == solution.ReliefGranted { // what would be left of it
		if tax, err = s.assessWith(m.rd, m.tax.year, i18n.DE, func(p plea) bool { return p.granted() || p.path == m.plea.path }); err != nil {
			return err
		}
	}
	return s.renderDecide(w, r, d, m, proposed(m.kind, tax, m.plea, m.facts, m.c.CashReference, s.texts.In(i18n.DE)), "", nil, http.StatusOK, nil)
}

// cashSeries names the cash references of a year; tests draw none of those that
// are paid by.
func cashSeries(test bool, year int) string {
	if test {
		return "cash-test-" + strconv.Itoa(year)
	}
	return "cash-" + strconv.Itoa(year)
}

// reserve draws the case's cash reference from the tenant's series.
func (s *Service) reserve(ctx context.Context, c Case, today clock.Date) (reference string, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		n, err := s.store.next(ctx, tx, c.Tenant, cashSeries(c.Test, today.Year))
		if err != nil {
			return err
		}
		if reference = cashReference(today.Year, n); c.Test {
			reference = "TEST-" + reference
		}
		mine, err := s.store.reserve(ctx, tx, c.Tenant, c.ID, reference)
		if err != nil || mine {
			return err
		}
		now, err := s.store.Case(ctx, tx, c.Tenant, c.ID)
		reference = now.CashReference // a colleague was quicker
		return err
	})
	return reference, err
}

func (s *Service) renderDecide(w http.ResponseWriter, r *http.Request, d *desk, m matter, typed decision, entry string, faults []fault, status int, alert *ui.Alert) error {
	ctx := r.Context()
	here := web.Link(ctx, pathCase+m.c.ID+"/entscheidung")
	fields := s.decideFields(d, m, typed, faults)
	problems := ui.Problems(fields)
	for _, f := range faults {
		if f.field == "" {
			problems = append(problems, ui.Problem{Text: d.t.T(f.key)})
		}
	}
	v := decideView{form: ui.FormModel{Action: here, Hidden: append(s.stamps(m.c, entry), ui.Hidden{Name: fieldKind, Value: m.kind})}, fields: fields, back: web.Link(ctx, pathCase+m.c.ID)}
	for _, k := range decisionKinds() {
		if slices.Contains(m.offer.Version.NoticeKinds(), k) {
			v.tabs = append(v.tabs, ui.Tab{Text: d.t.T("casework.kind." + k), Href: here + "?" + url.Values{"art": {k}}.Encode(), Current: k == m.kind})
		}
	}
	if m.kind == solution.Assessment {
		v.form.Hidden = append(v.form.Hidden, ui.Hidden{Name: fieldYear, Value: strconv.Itoa(m.tax.year)})
		years := ui.Field{Kind: ui.KindSelect, Name: fieldYear, ID: "jahr", Label: d.t.T("casework.decide.year"), Value: strconv.Itoa(m.tax.year), Required: true}
		for _, y := range m.rd.years() {
			years.Choices = append(years.Choices, ui.Choice{Value: strconv.Itoa(y), Label: strconv.Itoa(y)})
		}
		v.choose, v.chooseForm, v.chooseText = years, ui.FormModel{Action: here, Method: "get", Label: d.t.T("casework.decide.year")}, d.t.T("casework.decide.compute")
		tax := m.tax // a letter is German, the page may not be
		if lang := d.t.Lang(); lang != i18n.DE {
			var err error
			if tax, err = s.assess(m.rd, m.tax.year, lang); err != nil {
				return err
			}
		}
		box := taxBox(d.t, tax)
		v.amount = &box
	}
	var aside templ.Component
	if v.amount != nil {
		aside = v.amount
		v.open = s.openAlert(ctx, d, m.c, m.rd)
		for _, p := range m.rd.pleas {
			if p.differs() {
				v.differs = append(v.differs, p.name(m.facts, d.t))
			}
		}
	} else {
		if err := s.aboutRelief(ctx, d, m, &v, &aside); err != nil {
			return err
		}
	}
	return ui.Render(w, r, status, ui.Page{
		Title: d.t.T("casework.decide.title", "number", m.c.Number), Mark: d.mark(m.c), Layout: ui.LayoutReading, NoIndex: true, Aside: aside, AsideFirst: v.amount != nil,
		Crumbs: d.crumbs(ctx, ui.Link{Href: web.Link(ctx, pathCase+m.c.ID), Text: m.c.Number}), Notice: alert, Problems: problems,
		Body: decidePageBody(d.t, v),
	})
}

// aboutRelief fills in what a decision on relief is about: the applications to
// choose from, and beside the form what was said of the chosen one.
func (s *Service) aboutRelief(ctx context.Context, d *desk, m matter, v *decideView, aside *templ.Component) error {
	rd := m.rd
	if d.t.Lang() != i18n.DE { // a letter is German, the page may not be
		view, err := rd.on(rd.view.Answers(), rd.offer.Set, rd.payload.Today, d.t.Lang())
		if err != nil {
			return err
		}
		rd = &reading{sub: rd.sub, payload: rd.payload, offer: rd.offer, program: rd.program, view: view, pleas: slices.Clone(rd.pleas)}
		for i, p := range rd.pleas {
			rd.pleas[i] = p.in(view)
		}
	}
	v.form.Hidden = append(v.form.Hidden, ui.Hidden{Name: fieldPlea, Value: m.plea.path})
	v.choose = ui.Field{Kind: ui.KindSelect, Name: fieldPlea, ID: "antrag", Label: d.t.T("casework.decide.plea"), Value: m.plea.path, Required: true}
	for _, p := range rd.choices(m.facts) {
		v.choose.Choices = append(v.choose.Choices, ui.Choice{Value: p.path, Label: d.plea(p, m.facts)})
	}
	v.chooseForm = ui.FormModel{Action: v.form.Action, Method: "get", Label: d.t.T("casework.decide.plea"), Hidden: []ui.Hidden{{Name: fieldKind, Value: m.kind}}}
	v.chooseText = d.t.T("casework.decide.choose")
	if m.plea.page == "" {
		return nil
	}
	card := &ui.SummaryCard{Title: d.t.T("casework.decide.said")}
	for _, sec := range rd.view.Review() {
		for _, b := range sec.Blocks {
			for _, a := range b.Answers {
				if a.Page == m.plea.page {
					card.Rows = append(card.Rows, s.rows(ctx, d, m.c, []form.Answer{a})...)
				}
			}
		}
	}
	*aside = card
	return nil
}

// plea is an application for relief as the desk lists it: what, and what was
// decided.
func (d *desk) plea(p plea, f facts) string {
	if p.label == "" {
		return d.t.T("casework.relief.other", "item", f.item(p.item).name)
	}
	if p.open() {
		return d.t.T("casework.relief.open", "what", p.name(f, d.t))
	}
	return d.t.T("casework.relief."+p.last.kind, "what", p.name(f, d.t), "percent", p.last.percent, "on", i18n.ShortDate(d.t.Lang(), p.last.on))
}

// openAlert says that applications for relief wait for a decision, nil where
// none does.
func (s *Service) openAlert(ctx context.Context, d *desk, c Case, rd *reading) *ui.Alert {
	open := rd.undecided("")
	if len(open) == 0 || !c.May(Decide) {
		return nil
	}
	out := &ui.Alert{Tone: ui.Warning, Title: d.t.N("casework.relief.title", len(open)), Text: d.t.T("casework.relief.text")}
	for _, p := range open {
		out.Links = append(out.Links, ui.Link{
			Text: d.t.T("casework.relief.link", "what", p.name(rd.facts(), d.t)),
			Href: web.Link(ctx, pathCase+c.ID+"/entscheidung?"+url.Values{"art": {solution.ReliefGranted}, fieldPlea: {p.path}}.Encode()),
		})
	}
	return out
}

func (s *Service) decideFields(d *desk, m matter, typed decision, faults []fault) []ui.Field {
	var out []ui.Field
	for _, name := range decisionFields(m.kind) {
		if name == fieldYear || name == fieldPlea {
			continue // chosen above
		}
		f := ui.Field{
			Name: name, Label: d.t.T("casework.field." + name), Value: typed[name], MaxLength: longest(name),
			Required: name != fieldTags && name != fieldMandate && !(name == fieldReason && m.kind != solution.ReliefRefused) && !(name == fieldTo && m.kind == solution.ReliefGranted),
		}
		if hint := "casework.field." + name + ".hint"; d.t.Has(hint) {
			f.Hint = d.t.T(hint)
		}
		switch name {
		case fieldFrom, fieldTo:
			f.Kind, f.Date, f.Beside = ui.KindDate, ui.DatePartsOf(typed[name]), name == fieldTo
		case fieldAmount, fieldFull:
			f.Kind = ui.KindMoney
		case fieldReason:
			f.Kind, f.Rows, f.Spell = ui.KindTextArea, 4, true
		case fieldPercent:
			f.Kind, f.Unit = ui.KindNumber, "%"
		case fieldFinal:
			f.Kind = ui.KindYesNo
		case fieldMandate:
			if m.facts.iban == "" {
				continue // pays an invoice
			}
		case fieldTags:
			if !m.offer.Version.NoticeUses(m.kind, "tags") {
				continue // gives out none
			}
		}
		for _, x := range faults {
			if x.field == name && f.Error == "" {
				f.Error = d.t.T(x.key, "field", f.Label)
			}
		}
		out = append(out, f)
	}
	return out
}

// parseDecision reads the form; dates come in parts or, from the preview, as
// ISO dates.
func parseDecision(v url.Values) decision {
	typed := decision{fieldKind: v.Get(fieldKind)}
	for _, name := range decisionFields(typed[fieldKind]) {
		typed[name] = v.Get(name)
		if (name == fieldFrom || name == fieldTo) && !v.Has(name) {
			typed[name] = ui.DateOf(v, name).ISO()
		}
	}
	return typed
}

// checked reads and checks a posted decision.
func (s *Service) checked(r *http.Request, d *desk) (m matter, typed decision, rule ruling, v url.Values, faults []fault, err error) {
	if v, err = posted(r); err != nil {
		return
	}
	c, err := s.theCase(r)
	if err != nil {
		return
	}
	typed = parseDecision(v)
	if !slices.Contains(decisionKinds(), typed[fieldKind]) {
		err = fail.Newf(fail.Invalid, "casework: unknown kind of decision")
		return
	}
	year, _ := strconv.Atoi(typed[fieldYear])
	if m, err = s.matter(r.Context(), d, c, typed[fieldKind], year, typed[fieldPlea]); err != nil {
		return
	}
	rule, faults = typed.check(m.tax, m.sender, m.plea, m.open())
	return
}

func (s *Service) decided(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx := r.Context()
	m, typed, rule, v, faults, err := s.checked(r, d)
	if err != nil {
		return err
	}
	entry := v.Get("eintrag")
	if len(faults) > 0 {
		return s.renderDecide(w, r, d, m, typed, entry, faults, http.StatusUnprocessableEntity, nil)
	}
	if v.Get("schritt") == "aendern" {
		return s.renderDecide(w, r, d, m, typed, entry, nil, http.StatusOK, nil)
	}
	l, err := s.letter(d, m, rule)
	if err != nil {
		return err
	}
	if v.Get("schritt") != "senden" {
		return s.renderPreview(w, r, d, m, rule, typed, entry, l, v)
	}
	err = s.decide(ctx, d, m, rule, l, revOf(v), entry)
	if err == nil {
		return web.SeeOther(w, r, pathCase+m.c.ID+"?erledigt=decide")
	}
	if !isConflict(err) && !fail.Is(err, fail.Unavailable) {
		return err
	}
	cause := err
	if m.c, err = s.theCase(r); err != nil || !m.c.May(Decide) {
		return s.again(w, r, d, kept{note: typed[fieldReason]}, cause) // the reasons are kept as a note to be
	}
	alert, err := s.trouble(ctx, d, m.c, cause)
	if err != nil {
		return err
	}
	return s.renderDecide(w, r, d, m, typed, entry, nil, web.Status(cause), alert)
}

// decide sends a notice: the letter to the print run, a sealed copy to the
// applicant's postbox, the event to their timeline.
func (s *Service) decide(ctx context.Context, d *desk, m matter, rule ruling, l letter, rev int64, entry string) error {
	file := l.pdf(s.Fonts, s.texts.In(i18n.DE))
	sealed, err := s.seal(m.c, "letter "+entry, file)
	if err != nil {
		return err
	}
	copy := submission.MessageContent{Subject: l.notice.Title, Text: plainText(l.notice), Parts: messageParts(l.notice), PDF: file}
	if l.translation.Title != "" {
		copy.Subject, copy.Text, copy.Parts = l.translation.Title, plainText(l.translation), messageParts(l.translation)
	}
	event := submission.InWork
	if rule.final {
		event = submission.Decided
	}
	return s.act(ctx, d.who, m.c, deed{
		action: Decide, rev: rev, final: rule.final,
		entry: Entry{ID: entry, Kind: EntryDecision, About: rule.kind}, text: rule.text(m.facts, s.texts.In(i18n.DE)),
		also: func(ctx context.Context, tx db.Querier) error {
			if err := s.store.addLetter(ctx, tx, Letter{Tenant: m.c.Tenant, ID: entry, Case: m.c.ID, Kind: rule.kind, At: d.now, Sealed: sealed}); err != nil {
				return err
			}
			return s.tell(ctx, tx, m.rd.sub, submission.Notice, copy, event)
		},
	})
}

// text is what the history of a case keeps of a ruling.
func (r ruling) text(f facts, t i18n.Texts) *entryText {
	out := &entryText{Text: r.decision[fieldReason]}
	if r.kind != solution.Assessment {
		p := r.plea
		p.label = r.decision[fieldRelief]
		out.What, out.Relief, out.Percent, out.From, out.To = p.name(f, t), p.path, r.percent, r.from.String(), r.to.String()
	}
	return out
}

func (s *Service) renderPreview(w http.ResponseWriter, r *http.Request, d *desk, m matter, rule ruling, typed decision, entry string, l letter, v url.Values) error {
	ctx := r.Context()
	here := web.Link(ctx, pathCase+m.c.ID+"/entscheidung")
	hidden := []ui.Hidden{{Name: "rev", Value: v.Get("rev")}, {Name: "eintrag", Value: entry}}
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		hidden = append(hidden, ui.Hidden{Name: name, Value: typed[name]})
	}
	t := s.texts.In(i18n.DE)
	facts := []ui.Row{{Key: t.T("casework.letter.case"), Value: l.number}}
	if l.reference != "" {
		facts = append(facts, ui.Row{Key: t.T("casework.letter.reference"), Value: l.reference})
	}
	facts = append(facts, ui.Row{Key: t.T("casework.letter.date"), Value: i18n.ShortDate(i18n.DE, l.date)})
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: d.t.T("casework.preview.title", "number", m.c.Number), Mark: d.mark(m.c), Lead: d.t.T("casework.preview.lead"), Layout: ui.LayoutForm, NoIndex: true,
		Crumbs: d.crumbs(ctx, ui.Link{Href: web.Link(ctx, pathCase+m.c.ID), Text: m.c.Number}),
		Body: previewPage(d.t, previewView{
			form: ui.FormModel{Action: here, Hidden: hidden}, pdf: here + "/vorschau.pdf", final: rule.final,
			letter: ui.Letter{
				Sender: append([]string{l.sender.authority, l.sender.office}, l.sender.address...), Recipient: l.facts.lines(),
				Facts: facts, Subject: l.title(l.notice.Title, t), Body: noticeBody(l.notice.Blocks),
			},
			translation: l.translation,
		}),
	})
}

// previewPDF is the letter as it would go out.
func (s *Service) previewPDF(w http.ResponseWriter, r *http.Request, d *desk) error {
	m, _, rule, _, faults, err := s.checked(r, d)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return fail.Newf(fail.Invalid, "casework: preview of a faulty decision")
	}
	l, err := s.letter(d, m, rule)
	if err != nil {
		return err
	}
	return sendBytes(w, "application/pdf", "attachment", m.c.Number+"-"+d.t.T("casework.preview.file")+".pdf", l.pdf(s.Fonts, s.texts.In(i18n.DE)))
}

// factsRows are a table of a notice on the screen, where a line may be long.
func factsRows(rows []solution.Row) []ui.Row {
	out := make([]ui.Row, len(rows))
	for i, r := range rows {
		out[i] = ui.Row{Key: r.Label, Value: r.Value}
	}
	return out
}

// messageParts is a notice with its headings and tables, for the postbox.
func messageParts(n solution.Notice) []submission.MessagePart {
	out := make([]submission.MessagePart, len(n.Blocks))
	for i, b := range n.Blocks {
		out[i] = submission.MessagePart{Heading: b.Heading, Text: b.Text}
		for _, r := range b.Rows {
			out[i].Rows = append(out[i].Rows, [2]string{r.Label, r.Value})
		}
	}
	return out
}
