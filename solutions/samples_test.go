package solutions

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
)

// sample is an application and what must come of it (docs/handbook/solutions.md).
type sample struct {
	Name     string           `yaml:"name"`
	Tenant   string           `yaml:"tenant"`
	Today    string           `yaml:"today"`
	Answers  map[string]any   `yaml:"answers"`
	Dogs     []map[string]any `yaml:"dogs"`
	Partners []map[string]any `yaml:"partners"`
	Now      int64            `yaml:"now"`
	Full     int64            `yaml:"full"`
	Lines    []string         `yaml:"lines"`
	Problems []string         `yaml:"problems"`
}

// desk fills in forms as a browser would.
type desk struct {
	def   *form.Definition
	types map[string]string // schema path → type of field
	prog  *form.Program
	cat   *solution.Catalog
	base  struct {
		Answers map[string]any `yaml:"answers"`
		Dog     map[string]any `yaml:"dog"`
		Partner map[string]any `yaml:"partner"`
	}
}

func newDesk(t testing.TB, cat *solution.Catalog) *desk {
	t.Helper()
	d := &desk{cat: cat, types: map[string]string{}}
	v, err := cat.Solution("hundesteuer")
	if err != nil {
		t.Fatal(err)
	}
	if d.def, err = form.Load(v.Files()); err != nil {
		t.Fatal(err)
	}
	params := map[string]form.ParamType{}
	for name, typ := range v.FormTypes() {
		params[name] = form.ParamType(typ)
	}
	if d.prog, err = form.Compile(d.def, form.Options{Params: params}); err != nil {
		t.Fatal(err)
	}
	var walk func(nodes []form.Node, prefix string)
	walk = func(nodes []form.Node, prefix string) {
		for _, n := range nodes {
			d.types[prefix+n.ID] = n.Type
			walk(n.Group, prefix+n.ID+".")
		}
	}
	walk(d.def.Nodes, "")
	readYAML(t, "hundesteuer/samples/base.yaml", &d.base)
	return d
}

// env is the sample's town on its day.
func (d *desk) env(t testing.TB, s sample, lang i18n.Lang) form.Env {
	t.Helper()
	today := day("2026-11-22")
	if s.Today != "" {
		today = day(s.Today)
	}
	offer, err := d.cat.Offer(s.Tenant, "hundesteuer", today)
	if err != nil {
		t.Fatal(err)
	}
	params, err := d.prog.Params(offer.Set.Values(lang))
	if err != nil {
		t.Fatal(err)
	}
	return form.Env{Params: params, Today: today, Lang: lang}
}

// fill answers page by page until all are done, or one is refused.
func (d *desk) fill(t testing.TB, env form.Env, s sample) (*form.View, []form.Problem) {
	t.Helper()
	v := d.prog.Open(d.prog.Empty(), env)
	merged := func(base, own map[string]any) map[string]any {
		out := maps.Clone(base)
		maps.Copy(out, own)
		return out
	}
	answers := merged(d.base.Answers, s.Answers)
	value := func(path string, st form.Step) any {
		group, rel, _ := strings.Cut(path, ".")
		switch own := st.Instance - 1; group {
		case "dogs":
			dog := merged(d.base.Dog, s.Dogs[own])
			if _, ok := dog["chip"]; !ok {
				dog["chip"] = fmt.Sprintf("2760981023456%02d", own)
			}
			return dog[rel]
		case "partners":
			return merged(d.base.Partner, s.Partners[own])[rel]
		}
		return answers[path]
	}
	wanted := map[string]int{"dogs": len(s.Dogs), "partners": len(s.Partners)}
	for range 300 {
		st, more := v.Current()
		if !more {
			return v, nil
		}
		if st.IsList {
			button := form.ListNext
			if len(v.Answers().Instances(st.Group)) < wanted[st.Group] {
				button = form.ListAdd
			}
			change, problems := v.List(st, button)
			if len(problems) > 0 {
				return v, problems
			}
			v = change.View
			continue
		}
		page := d.def.Pages[slices.IndexFunc(d.def.Pages, func(p form.PageDef) bool { return p.ID == st.Page })]
		posted := url.Values{}
		for _, f := range page.Fields {
			name := f.Field
			if st.Instance > 0 {
				name = strings.Replace(name, ".", "/"+strconv.Itoa(st.Instance)+".", 1)
			}
			d.post(posted, name, d.types[f.Field], value(f.Field, st))
		}
		parsed := v.Parse(st, posted)
		if len(parsed.Problems) > 0 {
			return v, parsed.Problems
		}
		// Stored and read again, as between two requests.
		rows := v.Answers().Rows()
		rows[st.Path] = parsed.JSON
		a, err := d.prog.Decode(rows)
		if err != nil {
			t.Fatal(err)
		}
		v = d.prog.Open(a, env)
	}
	t.Fatalf("%s: the form has no end", s.Name)
	return v, nil
}

// post puts a value into the controls of a field.
func (d *desk) post(into url.Values, name, typ string, val any) {
	switch val := val.(type) {
	case nil:
	case bool:
		into.Set(name, map[bool]string{true: "yes", false: "no"}[val])
	default:
		text := fmt.Sprint(val)
		if typ != "date" {
			into.Set(name, text)
			return
		}
		date := day(text)
		into.Set(name+":day", strconv.Itoa(date.Day))
		into.Set(name+":month", strconv.Itoa(int(date.Month)))
		into.Set(name+":year", strconv.Itoa(date.Year))
	}
}

func TestSamples(t *testing.T) {
	d := newDesk(t, load(t))
	count := 0
	for _, file := range []string{"tax", "invalid"} {
		var in struct {
			Samples []sample `yaml:"samples"`
		}
		readYAML(t, "hundesteuer/samples/"+file+".yaml", &in)
		for _, s := range in.Samples {
			count++
			t.Run(s.Name, func(t *testing.T) { d.run(t, s) })
		}
	}
	if count < 25 {
		t.Errorf("only %d samples", count)
	}
}

func (d *desk) run(t *testing.T, s sample) {
	env := d.env(t, s, i18n.DE)
	v, problems := d.fill(t, env, s)
	var at []string
	for _, p := range problems {
		at = append(at, p.Path)
		if p.Text == "" || strings.ContainsAny(p.Text, "{}") {
			t.Errorf("problem at %s reads %q", p.Path, p.Text)
		}
	}
	if !slices.Equal(at, s.Problems) {
		t.Fatalf("problems at %q, want %q: %+v", at, s.Problems, problems)
	}
	if len(s.Problems) > 0 {
		return
	}
	for _, a := range []*form.Answers{v.Answers(), v.Prune()} {
		view := d.prog.Open(a, env)
		if p := view.Validate(); len(p) > 0 {
			t.Errorf("a filled form is not valid: %+v", p)
		}
		d.checkTax(t, view, s)
	}
}

func (d *desk) checkTax(t *testing.T, v *form.View, s sample) {
	t.Helper()
	results := v.Compute()
	if len(results) != 1 || len(results[0].Sums) != 2 {
		t.Fatalf("results: %+v", results)
	}
	r := results[0]
	if now, full := r.Sums[0].Cents, r.Sums[1].Cents; now != s.Now || full != s.Full {
		t.Errorf("now %d, full %d; want %d, %d\n%+v", now, full, s.Now, s.Full, r.Lines)
	}
	var lines []string
	for _, l := range r.Lines {
		lines = append(lines, l.ID)
		if l.Text == "" || strings.ContainsAny(l.Text, "{}") {
			t.Errorf("line %s reads %q", l.ID, l.Text)
		}
	}
	if s.Lines != nil && !slices.Equal(lines, s.Lines) {
		t.Errorf("lines %q, want %q", lines, s.Lines)
	}
}
