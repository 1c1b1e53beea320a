package app

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/codelist"
	"leitportal/internal/form/fim"
	"leitportal/internal/form/fim/build"
	"leitportal/internal/form/fim/rule"
	"leitportal/internal/i18n"
	"leitportal/internal/service"
	"leitportal/internal/solution"
)

type formCmd struct {
	Import    formImportCmd    `cmd:"" help:"Make a form of a FIM schema (XDatenfelder)."`
	Diff      formDiffCmd      `cmd:"" help:"Say what differs between two versions of a schema."`
	Check     formCheckCmd     `cmd:"" help:"Prove that a form traps nobody, and say what to mend."`
	Translate formTranslateCmd `cmd:"" help:"Make or renew the texts of a form in a further language."`
	Test      formTestCmd      `cmd:"" help:"Fill a form in, in every way that its rules tell apart; sample data."`
	Preview   formPreviewCmd   `cmd:"" help:"Serve one form to its author: pages as the portal shows them, loaded anew when a file changes."`
	PDF       formPDFCmd       `cmd:"" name:"pdf" help:"Print a form empty, to fill in by hand (PDF)."`
	Sheet     formSheetCmd     `cmd:"" help:"Take pictures of every page in every state (needs Chromium)."`
	Schema    formSchemaCmd    `cmd:"" help:"Print the JSON Schema of what is sent, or an OpenAPI document."`
}

// Files of an import that the portal does not read: their names begin with _.
const (
	keptSchema = "_schema.xdf3.xml"
	keptLayout = "_layout.yaml"
)

type formImportCmd struct {
	File   string `arg:"" help:"The schema, XDatenfelder 3.0.0 or 2.0." type:"existingfile"`
	Lists  string `help:"Folder of code lists (genericode, .xml or .gc)." type:"existingdir" placeholder:"DIR"`
	Layout string `help:"What the author says beside the schema; without it, that of the last import." type:"existingfile" placeholder:"FILE"`
	Out    string `help:"Folder of solutions to write the form's folder into, as --solutions takes it. Without it, nothing is written." placeholder:"DIR"`
	OZG    string `name:"ozg" help:"Number of the service in the OZG catalogue (5 digits); without it, the one whose title is nearest."`
	LeiKa  string `name:"leika" help:"LeiKa key of the service (14 digits)."`
}

func (c formImportCmd) Run(p *process) error {
	doc, err := readSchema(c.File)
	if err != nil {
		return err
	}
	s := doc.Schema
	o := build.Options{ID: strings.ToLower(s.ID)}
	for _, w := range doc.Warnings {
		fmt.Fprintf(p.err, "%s: %v\n", filepath.Base(c.File), w)
	}
	if c.Lists != "" {
		lists, err := codelist.Open(os.DirFS(c.Lists))
		if err != nil {
			return err
		}
		o.Lists = lists
	}
	dir := ""
	if c.Out != "" {
		dir = filepath.Join(c.Out, o.ID)
	}
	layout, err := c.layout(dir)
	if err != nil {
		return err
	}
	if layout != nil {
		if o.Layout, err = build.ReadLayout(layout); err != nil {
			return err
		}
	}
	o.Rules = rule.Read(s)
	for _, open := range o.Rules.Open {
		fmt.Fprintf(p.err, "open: %s at %s, character %d: %s: %s\n", open.Rule.ID, cmp.Or(string(open.At), s.ID), open.Column, open.Why, oneLine(open.Sentence))
	}
	for _, n := range notes(o.Rules.Compiled) {
		fmt.Fprintln(p.err, n)
	}
	for _, u := range o.Rules.Unknown {
		fmt.Fprintf(p.err, "unknown: %s at %s speaks of %s, which the schema does not have\n", u.Rule.ID, cmp.Or(string(u.At), s.ID), u.ID)
	}
	d, report := build.Form(s, o)
	for _, w := range report.Warnings {
		fmt.Fprintln(p.err, "note:", w)
	}
	// The schema has loaded: whatever else is wrong, its line is told.
	defer fmt.Fprintln(p.out, o.Rules.Coverage())
	if _, err := form.Compile(d, form.Options{}); err != nil {
		err = fmt.Errorf("no form could be made of %s; please report it with the schema: %w", s.ID, err)
		if dir != "" {
			return err
		}
		fmt.Fprintln(p.err, err)
		return nil
	}
	if dir != "" {
		if err := c.write(p, dir, doc, d, report, layout); err != nil {
			return err
		}
	}
	if report.NotKept > 0 {
		fmt.Fprintf(p.err, "rules that were read but are not in the form: %d, see the notes\n", report.NotKept)
	}
	return nil
}

// notes are what the author should look at in rules that were compiled, each
// once.
func notes(compiled []rule.Clause) []string {
	var out []string
	for _, c := range compiled {
		for _, n := range c.Notes {
			if n := fmt.Sprintf("read: %s: %s", c.Rule.ID, n); !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

func readSchema(name string) (*fim.Document, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := fim.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if doc.Schema == nil {
		return nil, fmt.Errorf("%s holds a group, not a schema; a form is made of a schema (S…)", name)
	}
	return doc, nil
}

// layout is the file that was named, else the one in the folder, else nil.
func (c formImportCmd) layout(dir string) ([]byte, error) {
	if c.Layout != "" {
		return os.ReadFile(c.Layout)
	}
	if dir == "" {
		return nil, nil
	}
	b, err := os.ReadFile(filepath.Join(dir, keptLayout))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// write writes the form's files, and those of the solution that are not there
// yet: these are the author's.
func (c formImportCmd) write(p *process, dir string, doc *fim.Document, d *form.Definition, r *build.Report, layout []byte) error {
	if old, err := readSchema(filepath.Join(dir, keptSchema)); err == nil {
		for _, ch := range build.Diff(old.Schema, doc.Schema) {
			fmt.Fprintln(p.err, "changed:", ch)
		}
	}
	files, err := build.Files(d)
	if err != nil {
		return err
	}
	var xml bytes.Buffer
	if err := fim.Write(&xml, doc); err != nil {
		return err
	}
	files[keptSchema] = xml.Bytes()
	if layout != nil {
		files[keptLayout] = layout
	}
	// Lists and rules of the last import that are no longer used go.
	stale, _ := filepath.Glob(filepath.Join(dir, "lists", "*.yaml"))
	for _, name := range append(stale, filepath.Join(dir, "rules.yaml")) {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	own, err := c.draft(doc.Schema, d.ID, r)
	if err != nil {
		return err
	}
	for name, b := range own {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); errors.Is(err, fs.ErrNotExist) {
			files[name] = b
		}
	}
	if err := writeFiles(dir, files); err != nil {
		return err
	}
	fmt.Fprintf(p.err, "%s: %d fields on %d pages; look at what is marked EDIT, then: leitportal form check %s\n", dir, r.Fields, r.Pages, dir)
	return nil
}

// draft is the solution around the form.
func (c formImportCmd) draft(s *fim.Schema, id string, r *build.Report) (map[string][]byte, error) {
	title := cmp.Or(strings.TrimSpace(s.Title), s.Name, s.ID)
	d := solution.Draft{
		ID: id, Version: "0.1.0", Source: s.ID + " " + s.Version, Title: title, Short: title + ".",
		Summary: oneLine(cmp.Or(s.Description, s.Definition, title+".")), CasePrefix: "ANTRAG", LeiKa: c.LeiKa, OZG: c.OZG,
		Basis: "Vorschriften des Bundes und des Landes", Need: r.Evidence[:min(8, len(r.Evidence))], Released: "2026-01-01",
	}
	for _, b := range s.Bases {
		d.Legal = append(d.Legal, solution.DraftLaw{Text: oneLine(b.Text), URL: b.Link})
		d.Basis = oneLine(s.Bases[0].Text)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Known)) {
		d.Answers = append(d.Answers, solution.DraftAnswer{Name: name, Path: r.Known[name]})
	}
	if day, err := clock.ParseDate(s.LastChange[:min(10, len(s.LastChange))]); err == nil {
		d.Released = day.String()
	}
	if d.LeiKa == "" {
		d.LeiKa = leikaKey.FindString(s.Description + " " + s.Definition)
	}
	if d.OZG == "" {
		var err error
		if d.OZG, err = nearest(d.LeiKa, title+" "+s.Name); err != nil {
			return nil, err
		}
	}
	return d.Files()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// leikaKey is how editors name the service in the description of a schema.
var leikaKey = regexp.MustCompile(`\b99\d{12}\b`)

// nearest is the number of the service that has the LeiKa key, else of that
// whose title shares most with words.
func nearest(leika, words string) (string, error) {
	c, err := service.Load()
	if err != nil {
		return "", err
	}
	stems := func(s string) map[string]bool {
		out := map[string]bool{}
		for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzäöüß", r) }) {
			if r := []rune(w); len(r) > 4 && w != "antrag" && w != "anzeige" {
				out[string(r[:min(7, len(r))])] = true
			}
		}
		return out
	}
	want := stems(words)
	best, most := "", -1.0
	for _, s := range c.Alphabetical(i18n.DE) {
		if slices.ContainsFunc(s.Keys, func(k service.LeiKa) bool { return k.Key == leika }) {
			return s.OZGID, nil
		}
		title, _ := s.Title(i18n.DE)
		have := stems(title)
		shared := 0.0
		for w := range have {
			if want[w] {
				shared++
			}
		}
		if shared -= float64(len(have)) / 100; shared > most {
			best, most = s.OZGID, shared
		}
	}
	return best, nil
}

// within is the file system with everything in a folder.
func within(folder string, files fs.FS) (fs.FS, error) {
	out := fstest.MapFS{} // the standard library's file system in memory
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, name)
		out[path.Join(folder, name)] = &fstest.MapFile{Data: b, Mode: 0o444}
		return err
	})
	return out, err
}

type formDiffCmd struct {
	Old string `arg:"" help:"A schema." type:"existingfile"`
	New string `arg:"" help:"A newer version of it." type:"existingfile"`
}

func (c formDiffCmd) Run(p *process) error {
	old, err := readSchema(c.Old)
	if err != nil {
		return err
	}
	next, err := readSchema(c.New)
	if err != nil {
		return err
	}
	changes := build.Diff(old.Schema, next.Schema)
	for _, ch := range changes {
		fmt.Fprintln(p.out, ch)
	}
	fmt.Fprintf(p.out, "changes: %d\n", len(changes))
	return nil
}
