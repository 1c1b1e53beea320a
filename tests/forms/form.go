package forms

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"leitportal/internal/app"
	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/formtest"
	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
)

// Town is where the forms are walked, and ARS its key.
const (
	Town = "paderborn"
	ars  = "057740032032"
)

// data holds the released schemas and code lists, seen from a folder of tests.
var data = filepath.Join("..", "..", "..", "shared", "data")

// Schemas are the files of the released schemas; none where they are not to be
// had.
func Schemas() []string {
	files, _ := filepath.Glob(filepath.Join(data, "fim", "schemas", "*.xml")) // the pattern is well formed
	return files
}

// Import makes a solution of a schema in the folder dir of solutions, by the
// command that an author uses, and answers what the command printed.
func Import(dir, schema string) (string, error) {
	args := []string{"form", "import", "--out", dir, schema}
	if lists := filepath.Join(data, "codelists"); exists(lists) {
		args = append(args, "--lists", lists)
	}
	var out, said bytes.Buffer
	if status := app.Main(context.Background(), args, nil, strings.NewReader(""), &out, &said); status != 0 {
		return out.String(), fmt.Errorf("form import %s: status %d: %s", schema, status, said.String())
	}
	return out.String(), nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// Add puts a solution around the files of a form into the folder dir of
// solutions.
func Add(dir, id string, files fs.FS) error {
	own, err := solution.Draft{
		ID: id, Version: "0.1.0", Title: "Antrag " + id, Short: "Antrag.", Summary: "Ein Antrag.", CasePrefix: "ANTRAG", OZG: "10000",
		Basis: "Satzung", Released: "2026-01-01",
	}.Files()
	if err != nil {
		return err
	}
	to := filepath.Join(dir, id)
	if err := os.CopyFS(to, files); err != nil {
		return err
	}
	for name, b := range own {
		file := filepath.Join(to, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, b, 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// Form is a form of a folder of solutions, as the portal offers it in Town.
type Form struct {
	ID      string
	program *form.Program
	params  map[string]any
	def     *form.Definition
	fields  map[string]form.FieldInfo // by schema path
}

// Load reads the forms of a folder of solutions, by their ids.
func Load(dir string, today clock.Date) ([]*Form, error) {
	files, err := solution.Folder(dir)
	if err != nil {
		return nil, err
	}
	catalog, err := solution.Load(files)
	if err != nil {
		return nil, err
	}
	var out []*Form
	for _, v := range catalog.Solutions() {
		offer, err := catalog.Offer(ars, v.ID, today)
		if err != nil {
			return nil, err
		}
		d, err := form.Load(v.Files())
		if err != nil {
			return nil, err
		}
		types := map[string]form.ParamType{}
		for name, typ := range v.FormTypes() {
			types[name] = typ
		}
		p, err := form.Compile(d, form.Options{Params: types})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.ID, err)
		}
		f := &Form{ID: v.ID, program: p, params: offer.Set.Values(i18n.DE), def: d, fields: map[string]form.FieldInfo{}}
		for _, x := range p.Inspect().Fields {
			f.fields[x.Path] = x
		}
		out = append(out, f)
	}
	return out, nil
}

// Service is the path of its application.
func (f *Form) Service() string { return "/" + Town + "/antrag/" + f.ID }

// Way is one application, planned to the end.
type Way struct {
	Form  *Form
	Steps []prove.Filled
	// Evidence are the files uploaded on the way, by answer path.
	Evidence map[string][]File
	// sent sees what is sent.
	sent *form.View
}

// File is a file to be uploaded.
type File struct {
	Name, Type string
	Data       []byte
}

// Label is what the choice of a code for the control of a name is called.
func (w *Way) Label(name, code string) string {
	path := form.SchemaPath(name)
	for _, c := range w.Form.def.Lists[w.Form.fields[path].Node.List] {
		if c.Code == code {
			return c.DE
		}
	}
	return w.Form.def.Texts[i18n.DE]["field."+path+".choice."+code]
}

// Plan works out an application: as short or as full as the form allows. No two
// texts in it are the same where the form leaves them free, so that none can
// stand in the place of another unseen.
func (f *Form) Plan(how prove.How, today clock.Date) (*Way, error) {
	set := prove.Setting{Name: Town, Params: f.params, Today: today}
	app, err := prove.Walk(f.program, set, how, &prove.Budget{Left: 20000})
	if err != nil {
		return nil, err
	}
	params, err := f.program.Params(f.params)
	if err != nil {
		return nil, err
	}
	env := form.Env{Params: params, Today: today, Lang: i18n.DE}
	for _, own := range []bool{true, false} { // texts of its own may break a rule that spans pages
		w := &Way{Form: f, Evidence: map[string][]File{}}
		if err = w.replay(app.Steps, f.program.Open(f.program.Empty(), env), env, own); err == nil {
			return w, nil
		}
	}
	return nil, err
}

// replay takes the steps from v on, with texts of their own and real files.
func (w *Way) replay(steps []prove.Filled, v *form.View, env form.Env, own bool) error {
	for i, f := range steps {
		st, err := v.Step(f.Path)
		if err != nil {
			return err
		}
		if f.Button != "" {
			change, problems := v.List(st, f.Button)
			if len(problems) > 0 {
				return fmt.Errorf("%s: %+v", f.Path, problems)
			}
			v, w.Steps = change.View, append(w.Steps, f)
			continue
		}
		if v, err = w.attach(f, v, env); err != nil {
			return err
		}
		if st, err = v.Step(f.Path); err != nil {
			return err
		}
		asked := v.Fields(st, nil, nil)
		for name := range f.Posted { // what hangs on a text may not be asked for with another
			base, _, _ := strings.Cut(name, ":")
			if !slices.ContainsFunc(asked, func(x form.Field) bool { return x.Name == base }) {
				return fmt.Errorf("%s does not ask for %s", f.Path, base)
			}
		}
		posted := f.Posted
		if own {
			f.Posted = w.Form.texts(posted, i)
		}
		if err := formtest.Alike(w.Form.program, env, v.Answers().Rows(), f.Path, f.Posted); err != nil {
			return err
		}
		out := v.Parse(st, f.Posted)
		if len(out.Problems) > 0 {
			f.Posted = posted
			out = v.Parse(st, posted)
		}
		if len(out.Problems) > 0 {
			return fmt.Errorf("%s: %+v", f.Path, out.Problems)
		}
		v, w.Steps = out.View, append(w.Steps, f)
	}
	w.sent = w.Form.program.Open(v.Prune(), env)
	if st, open := w.sent.Current(); open {
		return fmt.Errorf("%s is still to be answered", st.Path)
	}
	if problems := w.sent.Validate(); len(problems) > 0 {
		return fmt.Errorf("%+v", problems)
	}
	return nil
}

// attach uploads the files of a page.
func (w *Way) attach(f prove.Filled, v *form.View, env form.Env) (*form.View, error) {
	answers := v.Answers()
	for path, standIns := range f.Files {
		refs := slices.Clone(standIns)
		w.Evidence[path] = nil
		for i, x := range refs {
			b, err := evidence(x.Type, x.Name)
			if err != nil {
				return nil, err
			}
			w.Evidence[path] = append(w.Evidence[path], File{x.Name, x.Type, b})
			refs[i].Size = int64(len(b))
		}
		var err error
		if answers, err = answers.SetFiles(path, refs); err != nil {
			return nil, err
		}
	}
	return w.Form.program.Open(answers, env), nil
}

// texts are the answers of a step with a text of its own in each free text.
func (f *Form) texts(posted url.Values, step int) url.Values {
	out := maps.Clone(posted)
	for i, name := range slices.Sorted(maps.Keys(posted)) {
		x, there := f.fields[form.SchemaPath(name)]
		if !there || !free(x.Kind) || x.Node.Pattern != "" || len(posted[name]) != 1 {
			continue
		}
		// Letters only, since rules and people expect names.
		own := []rune{'A' + rune(step/26%26), 'a' + rune(step%26), 'a' + rune(i%26)}
		text := append([]rune(posted[name][0]+" "), own...)
		if x.Limit > 0 && int64(len(text)) > x.Limit {
			text = append([]rune(posted[name][0])[:max(0, int(x.Limit)-len(own))], own...)
		}
		if x.Limit == 0 || int64(len(text)) <= x.Limit {
			out[name] = []string{string(text)}
		}
	}
	return out
}

// free tells of a kind whose answers are any text.
func free(k form.Kind) bool { return k == form.Text || k == form.Multiline }
