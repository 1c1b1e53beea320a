package app

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/submission"
)

type formCheckCmd struct {
	Dir    string `arg:"" help:"A solution's folder, a folder of such folders, or the bare files of a form." type:"existingdir"`
	Budget int    `help:"How many times the engine may be asked; what is left over is reported as not decided." default:"400000"`
}

// Run prints what the check has to say, and fails where there is something to
// mend.
func (c formCheckCmd) Run(p *process) error {
	sources, err := formSources(c.Dir, clock.Today(clock.System()))
	if err != nil {
		return err
	}
	faults := 0
	for _, src := range sources {
		r := prove.Check(src.Source, prove.Budget{Left: c.Budget})
		for _, f := range r.Findings {
			fmt.Fprintln(p.out, f)
		}
		open, silent := r.Count(prove.Undecided), ""
		if r.Silent > 0 {
			silent = fmt.Sprintf(" (and %d that only carry values)", r.Silent)
		}
		fmt.Fprintf(p.out, "%s: faults %d, not decided %d; pages %d of %d walked%s, values of rules %d of %d seen, walks %d\n",
			r.Form, r.Faults(), open, r.Asked, r.Pages, silent, r.Seen, r.Values, r.Walks)
		faults += r.Faults()
	}
	if faults > 0 {
		return exitCode(1)
	}
	return nil
}

type formTestCmd struct {
	Dir    string `arg:"" help:"A solution's folder, a folder of such folders, or the bare files of a form." type:"existingdir"`
	Budget int    `help:"How many times the engine may be asked." default:"400000"`
	JSON   bool   `help:"Print the applications, one JSON object a line: sample data."`
}

// Run fills the form in and tells how many applications came through.
func (c formTestCmd) Run(p *process) error {
	sources, err := formSources(c.Dir, clock.Today(clock.System()))
	if err != nil {
		return err
	}
	stuck := 0
	for _, src := range sources {
		r := prove.Check(src.Source, prove.Budget{Left: c.Budget})
		if c.JSON {
			for _, a := range r.Applications {
				fmt.Fprintf(p.out, "%s\n", a.Answers.JSON())
			}
		}
		n := 0
		for _, f := range r.Findings {
			switch {
			case f.Kind == prove.Broken:
				fmt.Fprintln(p.err, f)
				n++
			case f.Path != "":
				fmt.Fprintln(p.err, f.Path)
				n++
			}
		}
		stuck += n
		fmt.Fprintf(p.err, "%s: applications %d, stuck %d\n", r.Form, len(r.Applications), n)
	}
	if stuck > 0 {
		return exitCode(1)
	}
	return nil
}

// formSources reads what stands in dir: one solution, several, or a form
// alone.
func formSources(dir string, today clock.Date) ([]formSource, error) {
	folder, whole, err := solutionIn(dir)
	if err != nil {
		return nil, err
	}
	if !whole && exists(folder, "schema.yaml") {
		return []formSource{{Source: prove.Source{Files: folder, Today: today}}}, nil
	}
	catalog, err := solution.Load(folder)
	if err != nil {
		return nil, err
	}
	var out []formSource
	for _, v := range catalog.Solutions() {
		out = append(out, sourceOf(catalog, v, today))
	}
	if len(out) == 0 {
		return nil, errors.New("there is neither a solution.yaml nor a schema.yaml in " + dir)
	}
	return out, nil
}

// oneSource is the form in dir; of several, it says that there are several.
func oneSource(dir string, today clock.Date) (formSource, error) {
	sources, err := formSources(dir, today)
	if err != nil {
		return formSource{}, err
	}
	if len(sources) != 1 {
		return formSource{}, fmt.Errorf("%s holds %d forms; name the folder of one", dir, len(sources))
	}
	return sources[0], nil
}

// solutionIn is the files in dir. Those of one solution are whole, and stand in
// a folder of the same name, as in a folder of solutions.
func solutionIn(dir string) (files fs.FS, whole bool, err error) {
	files, err = solution.Folder(dir)
	if err != nil || !exists(files, "solution.yaml") {
		return files, false, err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, false, err
	}
	files, err = within(filepath.Base(abs), files)
	return files, true, err
}

// formSource is a form, and the solution that it belongs to, if any.
type formSource struct {
	prove.Source
	about submission.About
}

// sourceOf is a solution's form with the parameters of every authority that
// has its own.
func sourceOf(catalog *solution.Catalog, v *solution.Version, today clock.Date) formSource {
	src := prove.Source{Files: v.Files(), Params: map[string]form.ParamType{}, Today: today, Used: usedByPortal(), Texts: v.German()}
	for name, typ := range v.FormTypes() {
		src.Params[name] = typ
	}
	for _, p := range v.Parameters() {
		src.Declared = append(src.Declared, p.Name)
	}
	for _, set := range catalog.Sets(v.ID) {
		src.Settings = append(src.Settings, prove.Setting{Name: set.ByLaw.Name, Params: set.Values(i18n.DE), Today: today})
	}
	return formSource{src, submission.About{Solution: v.ID, Version: v.Manifest.Version, Title: v.Title.In(i18n.DE)}}
}

// usedByPortal are the parameters that the portal itself shows or works with.
func usedByPortal() []string { return []string{"office_name"} }

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}
