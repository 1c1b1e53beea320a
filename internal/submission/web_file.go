package submission

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"leitportal/internal/clock"
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
				part.Rows = append(part.Rows, [2]string{a.Label, text})
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
	answers, err := s.answersOf(d, c)
	if err != nil {
		return no(t.T("submission.bring.misfit"), "")
	}
	if wait := s.drafts.take(caller, 1); wait > 0 {
		return s.askBring(w, r, http.StatusTooManyRequests, "", "", s.limited(w, t, "drafts", wait))
	}
	ticket, err := s.beginWith(ctx, d, answers, c.Files)
	if err != nil {
		return err
	}
	s.wake()
	return s.arrive(w, r, town.ID, c.Solution, ticket, "/pruefen?weiter=1")
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

// deskOf is the desk at which a file goes on; fail.NotFound when its solution,
// or that version of it, is not to be had there.
func (s *Service) deskOf(ctx context.Context, town string, c fileContent) (d *desk, err error) {
	d = &desk{t: s.texts.In(web.Lang(ctx)), today: clock.Today(s.Clock)}
	if d.tenant, err = s.Tenants.ByID(town); err != nil {
		return nil, err
	}
	if d.offer, err = s.Solutions.At(town, c.Solution, c.Version, d.today); err != nil {
		return nil, err
	}
	d.program, err = s.Program(c.Solution, c.Version)
	return d, err
}

// answersOf is the answers of a file, if they fit the form. Of files it has
// none: what it says of them is not believed.
func (s *Service) answersOf(d *desk, c fileContent) (*form.Answers, error) {
	total := 0
	for _, b := range c.Answers {
		if total += len(b); total > maxDraftFile/4 {
			return nil, errors.New("submission: answers of a file are too long")
		}
	}
	answers, err := d.program.Decode(Payload{Answers: c.Answers}.Rows())
	if err != nil {
		return nil, err
	}
	env, err := s.env(d)
	if err != nil {
		return nil, err
	}
	return withoutFiles(d.program.Open(answers, env))
}

// beginWith makes a draft of answers and evidence. Evidence that its field
// does not take is left out; the form asks for it again.
func (s *Service) beginWith(ctx context.Context, d *desk, answers *form.Answers, files []carriedFile) (ticket, error) {
	t, err := s.begin(ctx, d.tenant.ID, d.offer.Version.ID, d.offer.Version.Manifest.Version, d.t.Lang(), d.keep())
	if err != nil {
		return t, err
	}
	if d.session, err = s.openTicket(ctx, d.tenant.ID, t); err != nil {
		return t, err
	}
	if err := s.fill(ctx, d, answers, files); err != nil {
		return t, errors.Join(err, s.erase(ctx, d.tenant.ID, d.id, never()))
	}
	return t, nil
}

// fill saves answers and evidence in a draft that was just begun.
func (s *Service) fill(ctx context.Context, d *desk, answers *form.Answers, files []carriedFile) error {
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
	for _, f := range fields {
		if f.Widget != form.WidgetFile {
			continue
		}
		var list []form.File
		for _, x := range files {
			u := upload{name: fileName(x.Name)}
			if x.Field != f.Name || len(list) >= f.MaxFiles {
				continue
			}
			if err := s.take(ctx, d, &f, &u, bytes.NewReader(x.Data)); err != nil {
				return err
			}
			if u.file.ID != "" {
				list = append(list, u.file)
			}
		}
		if len(list) > 0 {
			if answers, err = answers.SetFiles(f.Name, list); err != nil {
				return err
			}
		}
	}
	var writes []write
	for path, b := range answers.Rows() {
		writes = append(writes, write{path, b, 0})
	}
	d.rows = []row{}
	return s.save(ctx, d.session, d.keep(), writes, nil)
}

func rawRows(a *form.Answers) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for path, b := range a.Rows() {
		out[path] = b
	}
	return out
}
