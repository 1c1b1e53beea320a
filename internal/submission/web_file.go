package submission

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/seal"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// takeAlong asks for the passphrase of a file of the draft.
func (s *Service) takeAlong(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open)
	if err != nil {
		return or(w, r, err)
	}
	if d.test { // what comes back from a file is an application
		return web.SeeOther(w, r, d.path("/spaeter"))
	}
	return s.askTakeAlong(w, r, d, http.StatusOK, "")
}

// askTakeAlong asks for it; problem is the key of what was wrong with it.
func (s *Service) askTakeAlong(w http.ResponseWriter, r *http.Request, d *desk, status int, problem string) error {
	v, err := s.view(r, d)
	if err != nil {
		return err
	}
	ctx, t := r.Context(), d.t
	carried, left := evidenceOf(v.Review())
	points := []string{t.T("submission.takealong.offline"), t.T("submission.takealong.back", "tenant", d.tenant.Name), t.T("submission.takealong.longer")}
	if len(carried) > 0 {
		points = append(points, t.T("submission.takealong.files", "names", fileNames(carried)))
	}
	if len(left) > 0 {
		points = append(points, t.T("submission.takealong.left", "names", fileNames(left), "max", size(t.Lang(), maxCarried)))
	}
	fields := passphraseFields(t, problem)
	return ui.Render(w, r, status, ui.Page{
		Title: t.T("submission.takealong.title"), Lead: t.T("submission.takealong.lead"), Layout: ui.LayoutForm, NoIndex: true,
		Crumbs: s.crumbs(ctx, d), Back: ui.Link{Href: web.Link(ctx, d.path("/spaeter")), Text: t.T("submission.step.back")},
		Problems: ui.Problems(fields), Body: takeAlongPage(t, points, formView{action: web.Link(ctx, d.path("/datei")), fields: fields}),
	})
}

// tookAlong answers with the file.
func (s *Service) tookAlong(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open)
	if err != nil {
		return or(w, r, err)
	}
	if d.test {
		return web.SeeOther(w, r, d.path("/spaeter"))
	}
	if err := r.ParseForm(); err != nil {
		return badBody(err)
	}
	chosen := r.PostFormValue("passphrase")
	if problem := passphraseProblem(chosen, r.PostFormValue("again")); problem != "" {
		return s.askTakeAlong(w, r, d, http.StatusUnprocessableEntity, problem)
	}
	v, err := s.view(r, d)
	if err != nil {
		return err
	}
	content, err := s.contentOf(r.Context(), d, v)
	if err != nil {
		return err
	}
	var b []byte
	if err := s.slowly(r.Context(), func() (err error) {
		b, err = writeDraftFile(s.Rand, s.texts, s.PortalURL+"/fortsetzen/datei", chosen, pbkdfRounds, content)
		return err
	}); err != nil {
		return err
	}
	return sendFile(w, r, b, "text/html; charset=utf-8", "antrag-"+clock.Today(s.Clock).String()+".html")
}

// contentOf is what a file of the draft holds.
func (s *Service) contentOf(ctx context.Context, d *desk, v *form.View) (fileContent, error) {
	c := fileContent{
		Format: fileFormat, Tenant: d.tenant.ID, Town: d.tenant.Name, Solution: d.solution, Version: d.version, Lang: d.t.Lang().Official(), Made: s.Clock.Now(),
	}
	carried, left := evidenceOf(v.Review())
	for _, f := range carried {
		data, err := s.readFile(ctx, f.File)
		if fail.Is(err, fail.NotFound) { // it was malware
			continue
		}
		if err != nil {
			return c, err
		}
		c.Files = append(c.Files, carriedFile{f.field, f.Name, data})
	}
	for _, lang := range i18n.Langs() {
		there := *d
		there.t = s.texts.In(lang)
		env, err := s.env(&there)
		if err != nil {
			return c, err
		}
		c.Shown = append(c.Shown, s.shownAnswers(&there, d.program.Open(v.Answers(), env), left))
	}
	answers, err := withoutFiles(v)
	if err != nil {
		return c, err
	}
	c.Answers = rawRows(answers)
	return c, nil
}

// shownAnswers is the answers in words, headed by what they are for.
func (s *Service) shownAnswers(d *desk, v *form.View, left []evidence) shownAnswers {
	t := d.t
	out := shownAnswers{Lang: t.Lang(), Parts: []shownPart{{Title: d.title(), Rows: [][2]string{
		{t.T("submission.status.to"), d.offer.Set.Text("office_name", t.Lang()) + ", " + d.tenant.Name},
		{t.T("submission.draftfile.made"), i18n.FormatInstant(t.Lang(), s.Clock.Now())},
		{t.T("submission.draftfile.state"), t.T("submission.draftfile.notsent")},
	}}}}
	if len(left) > 0 {
		out.Parts[0].Rows = append(out.Parts[0].Rows, [2]string{t.T("submission.draftfile.left"), fileNames(left)})
	}
	for _, sec := range v.Review() {
		for _, b := range sec.Blocks {
			part := shownPart{Title: b.Title}
			if b.Label != "" {
				part.Title = sec.Title + ": " + b.Label
			}
			for _, a := range b.Answers {
				text := a.Text
				if text == "" {
					text = t.T("submission.check.none")
				}
				part.Rows, part.Keys = append(part.Rows, [2]string{a.Label, text}), append(part.Keys, storedAs(a.Page, schemaPath(a.Path)))
			}
			out.Parts = append(out.Parts, part)
		}
	}
	return out
}

// evidence is an uploaded file with the answer path of its field.
type evidence struct {
	field string
	form.File
}

// evidenceOf is the files that go into a file of the draft, those that have
// room, and those that do not.
func evidenceOf(sections []form.Section) (carried, left []evidence) {
	room := int64(maxCarried)
	for _, sec := range sections {
		for _, b := range sec.Blocks {
			for _, a := range b.Answers {
				for _, f := range a.Files {
					if f.Size > room {
						left = append(left, evidence{a.Path, f})
						continue
					}
					room -= f.Size
					carried = append(carried, evidence{a.Path, f})
				}
			}
		}
	}
	return carried, left
}

func fileNames(files []evidence) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// withoutFiles is the pruned answers without their files: those are another
// draft's, or nobody's.
func withoutFiles(v *form.View) (*form.Answers, error) {
	answers := v.Prune()
	for _, sec := range v.Review() {
		for _, b := range sec.Blocks {
			for _, a := range b.Answers {
				if len(a.Files) == 0 {
					continue
				}
				var err error
				if answers, err = answers.SetFiles(a.Path, nil); err != nil {
					return nil, err
				}
			}
		}
	}
	return answers, nil
}

// bring asks for a file and its passphrase.
func (s *Service) bring(w http.ResponseWriter, r *http.Request) error {
	return s.askBring(w, r, http.StatusOK, "", "", nil)
}

// askBring asks for a file; problem is one of the file, wrong one of the
// passphrase.
func (s *Service) askBring(w http.ResponseWriter, r *http.Request, status int, problem, wrong string, notice *ui.Alert) error {
	ctx := r.Context()
	t := s.texts.In(web.Lang(ctx))
	fields := []ui.Field{{
		Kind: ui.KindFiles, Name: "file", Label: t.T("submission.bring.file"), Hint: t.T("submission.bring.file.hint"), Required: true,
		Error: problem, Upload: ui.Upload{Accept: "text/html,.html"},
	}, {
		Kind: ui.KindPassword, Name: "passphrase", Label: t.T("submission.bring.passphrase"), Required: true,
		Error: wrong, MaxLength: maxPassphrase, Autocomplete: "off",
	}}
	return ui.Render(w, r, status, ui.Page{
		Title: t.T("submission.bring.title"), Lead: t.T("submission.bring.lead"), Layout: ui.LayoutForm, Notice: notice,
		Back:     ui.Link{Href: web.Link(ctx, "/fortsetzen"), Text: t.T("submission.step.back")},
		Problems: ui.Problems(fields), Body: bringPage(t, formView{action: web.Link(ctx, "/fortsetzen/datei"), fields: fields}),
	})
}

// brought makes a new draft of an uploaded file, and opens it in this browser.
func (s *Service) brought(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t, caller := s.texts.In(web.Lang(ctx)), web.ClientKey(ctx)
	no := func(problem, wrong string) error {
		return s.askBring(w, r, http.StatusUnprocessableEntity, problem, wrong, nil)
	}
	c, problem, err := s.openBrought(r)
	switch {
	case err != nil:
		return err
	case strings.HasPrefix(problem, "passphrase."):
		return no("", t.T("submission.bring."+problem))
	case problem != "":
		return no(t.T("submission.bring."+problem), "")
	}
	town, err := s.Tenants.ByID(c.Tenant)
	if err != nil { // of another state, or nobody's
		return no(t.T("submission.bring.state"), "")
	}
	site := web.SiteOf(ctx)
	if site.Tenant != "" && site.Tenant != town.ID {
		return no(t.T("submission.bring.elsewhere", "tenant", town.Name), "")
	}
	d, err := s.deskOf(ctx, town.ID, c)
	if fail.Is(err, fail.NotFound) {
		return no(t.T("submission.bring.solution"), "")
	}
	if err != nil {
		return err
	}
	answers, unfit, err := d.answersOf(c)
	if err != nil {
		return no(t.T("submission.bring.misfit"), "")
	}
	if wait := s.drafts.take(caller, 1); wait > 0 {
		return s.askBring(w, r, http.StatusTooManyRequests, "", "", s.limited(w, t, "drafts", wait))
	}
	ticket, lost, err := s.beginWith(ctx, d, answers, c.Files, unfitRows(s.texts, c, unfit))
	if err != nil {
		return err
	}
	s.wake()
	to := "/pruefen?weiter=1"
	if lost {
		to = pathUnfit
	}
	if to, err = s.takeUp(w, r, town.ID, c.Solution, ticket, to); err != nil {
		return err
	}
	return seeThere(w, to)
}

// openBrought opens the file that was sent with its passphrase. problem is the
// key of what was wrong with either, "" for nothing.
func (s *Service) openBrought(r *http.Request) (c fileContent, problem string, err error) {
	ctx := r.Context()
	caller := web.ClientKey(ctx)
	if err := s.guesses.Allow(caller); err != nil {
		return c, "", err
	}
	values, files, err := posted(r, func(field string) bool { return field == "file" }, inMemory(maxDraftFile))
	if err != nil {
		return c, "", err
	}
	if len(files) != 1 {
		return c, "none", nil
	}
	f, err := readDraftFile(files[0].data)
	switch {
	case errors.Is(err, errDamaged):
		return c, "damaged", nil
	case err != nil:
		return c, "other", nil
	case values.Get("passphrase") == "":
		return c, "passphrase.missing", nil
	}
	err = s.slowly(ctx, func() (err error) {
		c, err = f.open(values.Get("passphrase"), pbkdfRounds)
		return err
	})
	switch {
	case errors.Is(err, seal.ErrOpen):
		s.guesses.Fail(caller)
		return c, "passphrase.wrong", nil
	case errors.Is(err, errDamaged):
		return c, "damaged", nil
	}
	return c, "", err
}

// deskOf is the desk at which a file goes on: with the version it was begun
// with, or where that is not to be had (any more) with today's; fail.NotFound
// when there is none of that solution.
func (s *Service) deskOf(ctx context.Context, town string, c fileContent) (d *desk, err error) {
	d = &desk{t: s.texts.In(web.Lang(ctx)), today: clock.Today(s.Clock)}
	if d.tenant, err = s.Tenants.ByID(town); err != nil {
		return nil, err
	}
	if d.offer, err = s.Solutions.At(town, c.Solution, c.Version, d.today); fail.Is(err, fail.NotFound) {
		d.offer, err = s.Solutions.Offer(town, c.Solution, d.today)
	}
	if err != nil {
		return nil, err
	}
	d.program, err = s.Program(c.Solution, d.offer.Version.Manifest.Version)
	return d, err
}

// answersOf is the answers of a file, as far as they fit the form, and those
// that do not. Of files it has none: what it says of them is not believed. It
// is an error where nothing fits.
func (d *desk) answersOf(c fileContent) (*form.Answers, []form.Unfit, error) {
	total := 0
	for _, b := range c.Answers {
		if total += len(b); total > maxDraftFile/4 {
			return nil, nil, errors.New("submission: answers of a file are too long")
		}
	}
	answers, unfit, err := d.program.Fit(c.Answers)
	if err == nil && len(unfit) > 0 && len(answers.Rows()) == 0 {
		err = errors.New("submission: no answer of a file fits")
	}
	return answers, unfit, err
}

// storedAs names a stored answer: its page instance path and schema path.
func storedAs(page, field string) string { return page + " " + field }

// schemaPath is an answer path without the instances in it: "dogs.chip" of
// "dogs/2.chip".
func schemaPath(answer string) string {
	parts := strings.Split(answer, "/")
	for i, p := range parts[1:] {
		_, rel, _ := strings.Cut(p, ".")
		parts[i+1] = rel
	}
	return strings.Join(parts, ".")
}

// misfits are what of a brought file had no place in the form: answers in the
// words of each language, and the names of evidence.
type misfits struct {
	Answers map[i18n.Lang][][2]string `json:"answers,omitempty"`
	Files   []string                  `json:"files,omitempty"`
}

// maxMisfit bounds an answer among misfits in characters, mostMisfits their
// number; the file itself, which stays with the applicant, has them whole.
const (
	maxMisfit   = 1000
	mostMisfits = 200
)

// unfitRows are the answers without a place, as the file shows them in each
// language; by their codes where it does not.
func unfitRows(texts *i18n.Catalog, c fileContent, unfit []form.Unfit) map[i18n.Lang][][2]string {
	out := map[i18n.Lang][][2]string{}
	for _, lang := range i18n.Langs() {
		shown := map[string][2]string{}
		for _, in := range c.Shown {
			for _, part := range in.Parts {
				for i := range min(len(part.Rows), len(part.Keys)) {
					if _, has := shown[part.Keys[i]]; !has || in.Lang == lang {
						shown[part.Keys[i]] = [2]string{strings.TrimPrefix(part.Title+": "+part.Rows[i][0], ": "), part.Rows[i][1]}
					}
				}
			}
		}
		for i, u := range unfit {
			row, has := shown[storedAs(u.Page, u.Field)]
			if !has {
				row = [2]string{texts.In(lang).T("submission.unfit.unnamed", "code", u.Field), strings.Trim(string(u.Raw), `"`)}
			}
			if i == mostMisfits {
				row = [2]string{"…", ""}
			}
			out[lang] = append(out[lang], [2]string{shortened(row[0]), shortened(row[1])})
			if i == mostMisfits {
				break
			}
		}
	}
	return out
}

func shortened(s string) string {
	if r := []rune(s); len(r) > maxMisfit {
		return string(r[:maxMisfit]) + "…"
	}
	return s
}

// pathUnfit is the page that names misfits, once: it is a page of its own, so
// that loading it again brings nothing in again.
const pathUnfit = "/mitgebracht"

func (s *Service) unfitPage(w http.ResponseWriter, r *http.Request) error {
	d, err := s.opened(r, open)
	if err != nil {
		return or(w, r, err)
	}
	ctx := r.Context()
	sealed, err := s.store.unfit(ctx, s.DB.Read(), d.tenant.ID, d.id)
	if err != nil {
		return err
	}
	to := "/pruefen?weiter=1"
	if r.URL.Query().Has("weitere") {
		to = "/weitere"
	}
	if len(sealed) == 0 {
		return web.SeeOther(w, r, d.path(to))
	}
	plain, err := d.key.open("unfit "+d.id, sealed)
	if err != nil {
		return err
	}
	var lost misfits
	if err := json.Unmarshal(plain, &lost); err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, ui.Page{
		Title: d.t.T("submission.unfit.title"), Lead: d.t.T("submission.unfit.lead"), Layout: ui.LayoutForm, NoIndex: true,
		Body: unfitPage(d.t, rowsOf(lost.Answers[d.t.Lang()]), lost.Files, web.Link(ctx, d.path(to))),
	})
}

// beginWith makes a draft of answers and evidence, and keeps with it what had
// no place: the answers that are given, and evidence that no field takes. lost
// tells whether there is any; the form asks for it again.
func (s *Service) beginWith(ctx context.Context, d *desk, answers *form.Answers, files []carriedFile, unfit map[i18n.Lang][][2]string) (t ticket, lost bool, err error) {
	t, err = s.begin(ctx, d.tenant.ID, d.offer.Version.ID, d.offer.Version.Manifest.Version, d.t.Lang(), d.keep())
	if err != nil {
		return t, false, err
	}
	if d.session, err = s.openTicket(ctx, d.tenant.ID, t); err != nil {
		return t, false, err
	}
	m := misfits{Answers: unfit}
	if err = s.fill(ctx, d, answers, files, &m); err != nil {
		return t, false, errors.Join(err, s.erase(ctx, d.tenant.ID, d.id, never()))
	}
	return t, len(m.Answers)+len(m.Files) > 0, nil
}

// fill saves answers, evidence and misfits in a draft that was just begun; to
// the misfits it adds the evidence that was not taken.
func (s *Service) fill(ctx context.Context, d *desk, answers *form.Answers, files []carriedFile, m *misfits) error {
	env, err := s.env(d)
	if err != nil {
		return err
	}
	v := d.program.Open(answers, env)
	var fields []form.Field
	if len(files) > 0 {
		for _, st := range v.Steps() {
			fields = append(fields, v.Fields(st, nil, nil)...)
		}
	}
	taken := make([]bool, len(files))
	for _, f := range fields {
		if f.Widget != form.WidgetFile {
			continue
		}
		var list []form.File
		for i, x := range files {
			u := upload{name: fileName(x.Name)}
			if x.Field != f.Name || len(list) >= f.MaxFiles {
				continue
			}
			if err := s.take(ctx, d, &f, &u, bytes.NewReader(x.Data)); err != nil {
				return err
			}
			if taken[i] = u.file.ID != ""; taken[i] {
				list = append(list, u.file)
			}
		}
		if len(list) > 0 {
			if answers, err = answers.SetFiles(f.Name, list); err != nil {
				return err
			}
		}
	}
	for i, x := range files {
		if !taken[i] {
			m.Files = append(m.Files, fileName(x.Name))
		}
	}
	var writes []write
	for path, b := range answers.Rows() {
		writes = append(writes, write{path, b, 0})
	}
	d.rows = []row{}
	if len(m.Answers)+len(m.Files) == 0 {
		return s.save(ctx, d.session, d.keep(), writes, nil)
	}
	plain, err := json.Marshal(m)
	if err != nil {
		return err
	}
	sealed, err := d.key.seal(s.Rand, "unfit "+d.id, plain)
	if err != nil {
		return err
	}
	return s.save(ctx, d.session, d.keep(), writes, nil, func(ctx context.Context, tx db.Querier) error {
		return s.store.setUnfit(ctx, tx, d.tenant.ID, d.id, sealed)
	})
}

func rawRows(a *form.Answers) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for path, b := range a.Rows() {
		out[path] = b
	}
	return out
}
