package casework

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/id"
	"leitportal/internal/submission"
	"leitportal/internal/ui"
	"leitportal/internal/web"
)

// Most letters of one print run, and print runs on its page.
const (
	maxRun  = 250
	maxRuns = 50
)

func (s *Service) printPage(w http.ResponseWriter, r *http.Request, d *desk) error {
	return s.renderPrint(w, r, d, http.StatusOK, nil)
}

func (s *Service) renderPrint(w http.ResponseWriter, r *http.Request, d *desk, status int, alert *ui.Alert) error {
	ctx := r.Context()
	tenant := web.SiteOf(ctx).Tenant
	waiting, err := s.store.Letters(ctx, s.DB.Read(), tenant, "", Most)
	if err != nil {
		return err
	}
	runs, err := s.store.Runs(ctx, s.DB.Read(), tenant, maxRuns)
	if err != nil {
		return err
	}
	names, err := s.Staff.Names(ctx, tenant)
	if err != nil {
		return err
	}
	t := d.t
	v := printView{form: ui.FormModel{Action: web.Link(ctx, pathPrint), Hidden: []ui.Hidden{{Name: "lauf", Value: s.IDs.New()}}}, waiting: len(waiting)}
	v.letters = ui.Table{
		Caption: t.T("casework.print.waiting"), CaptionHidden: true, Walk: true,
		Columns: []ui.Column{{Title: t.T("casework.column.number")}, {Title: t.T("casework.print.kind"), Wide: true}, {Title: t.T("casework.print.since")}},
	}
	for _, l := range waiting {
		v.letters.Rows = append(v.letters.Rows, ui.TableRow{Cells: []ui.Cell{
			{Text: l.Number, Href: web.Link(ctx, pathCase+l.Case), Head: true}, {Text: t.T("casework.decided." + l.Kind)}, {Text: d.instant(l.At)},
		}})
	}
	v.runs = ui.Table{
		Caption: t.T("casework.print.runs"), CaptionHidden: true, Empty: t.T("casework.print.norun"),
		Columns: []ui.Column{{Title: t.T("casework.print.run")}, {Title: t.T("casework.print.at")}, {Title: t.T("casework.print.by"), Wide: true}, {Title: t.T("casework.print.letters"), Numeric: true}, {Title: t.T("casework.print.file")}},
	}
	for _, run := range runs {
		v.runs.Rows = append(v.runs.Rows, ui.TableRow{Cells: []ui.Cell{
			{Text: strconv.FormatInt(run.N, 10), Head: true},
			{Text: d.instant(run.At)},
			{Text: d.person(names, run.Author)},
			{Text: strconv.Itoa(run.Letters)},
			{Text: t.T("casework.print.download", "n", run.N), Href: web.Link(ctx, pathPrint+"/"+run.ID+"/briefe.pdf")},
		}})
	}
	return ui.Render(w, r, status, ui.Page{
		Title: t.T("casework.print.title"), Lead: t.T("casework.print.lead"), Layout: ui.LayoutDesk, NoIndex: true, Notice: alert, Body: printPageBody(t, v),
	})
}

// printed makes a print run of all letters that wait, at most maxRun of them.
// The same form sent twice is one run.
func (s *Service) printed(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx := r.Context()
	tenant := web.SiteOf(ctx).Tenant
	v, err := posted(r)
	if err != nil {
		return err
	}
	run := Run{ID: v.Get("lauf"), Author: d.who.ID, At: d.now}
	if !id.Valid(run.ID) {
		return fail.Newf(fail.Invalid, "casework: a form without its id")
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if _, err := s.store.Run(ctx, tx, tenant, run.ID); !fail.Is(err, fail.NotFound) {
			return err // made before: nothing to do
		}
		letters, err := s.store.Letters(ctx, tx, tenant, "", maxRun)
		if err != nil {
			return err
		}
		for _, l := range letters {
			mine, err := s.store.toRun(ctx, tx, tenant, l.ID, run.ID)
			if err != nil {
				return err
			}
			if !mine {
				continue // in a colleague's run by now
			}
			run.Letters++
			if err := s.toPrint(ctx, tx, d, l); err != nil {
				return err
			}
		}
		if run.Letters == 0 {
			return fail.New(fail.Conflict, "casework.print.none", nil)
		}
		if run.N, err = s.store.next(ctx, tx, tenant, "run"); err != nil {
			return err
		}
		isNew, err := s.store.addRun(ctx, tx, tenant, run)
		if err == nil && !isNew {
			err = fail.New(fail.Conflict, "casework.print.none", nil)
		}
		return err
	})
	if isConflict(err) {
		return s.notPrinted(w, r, d, run.ID)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, pathPrint)
}

// notPrinted answers who found no letter left: the same form sent twice at once
// is one run, and what a colleague printed meanwhile is named.
func (s *Service) notPrinted(w http.ResponseWriter, r *http.Request, d *desk, form string) error {
	ctx := r.Context()
	tenant := web.SiteOf(ctx).Tenant
	runs, err := s.store.Runs(ctx, s.DB.Read(), tenant, maxRuns)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(runs, func(run Run) bool { return run.ID == form }) {
		return web.SeeOther(w, r, pathPrint)
	}
	alert := &ui.Alert{Tone: ui.Info, Title: d.t.T("casework.print.none"), Focus: true}
	if len(runs) > 0 {
		names, err := s.Staff.Names(ctx, tenant)
		if err != nil {
			return err
		}
		alert.Text = d.t.T("casework.print.last", "n", runs[0].N, "who", d.person(names, runs[0].Author), "when", d.instant(runs[0].At))
	}
	return s.renderPrint(w, r, d, http.StatusConflict, alert)
}

// toPrint notes that a letter went to print.
func (s *Service) toPrint(ctx context.Context, tx db.Querier, d *desk, l Letter) error {
	if _, err := s.store.addEntry(ctx, tx, l.Tenant, l.Case, Entry{ID: s.IDs.New(), Kind: EntryPrinted, Author: d.who.ID, At: d.now}); err != nil {
		return err
	}
	if err := s.submissions.Record(ctx, tx, l.Tenant, l.Case, s.IDs.New(), submission.Printed, d.now); err != nil {
		return err
	}
	return s.audit(ctx, tx, d.who, l.Tenant, l.Case, "case.print", purposePrint)
}

// runPDF is the letters of a run in one file.
func (s *Service) runPDF(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx := r.Context()
	tenant := web.SiteOf(ctx).Tenant
	run, err := s.store.Run(ctx, s.DB.Read(), tenant, r.PathValue("run"))
	if err != nil {
		return err
	}
	letters, err := s.store.Letters(ctx, s.DB.Read(), tenant, run.ID, maxRun)
	if err != nil {
		return err
	}
	if len(letters) == 0 {
		return fail.Newf(fail.Gone, "casework: the letters were erased with their cases")
	}
	files := make([][]byte, len(letters))
	for i, l := range letters {
		c, err := s.store.Case(ctx, s.DB.Read(), tenant, l.Case)
		if err != nil {
			return err
		}
		full, err := s.store.Letter(ctx, s.DB.Read(), tenant, l.Case, l.ID)
		if err != nil {
			return err
		}
		if files[i], err = s.unseal(c, "letter "+l.ID, full.Sealed); err != nil {
			return err
		}
	}
	file, err := merge(files)
	if err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		for _, l := range letters {
			if err := s.audit(ctx, tx, d.who, tenant, l.Case, "case.letter", purposePrint); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return sendBytes(w, "application/pdf", "attachment", d.t.T("casework.print.filename", "n", run.N)+".pdf", file)
}
