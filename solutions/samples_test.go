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

// fill answers page by page until all are done, or one is refused. see, if
// any, is shown every page on the way.
func (d *desk) fill(t testing.TB, env form.Env, s sample, see func(*form.View, form.Step)) (*form.View, []form.Problem) {
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
		if see != nil {
			see(v, st)
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
		a, err := d.prog.Decode(maps.All(rows))
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
	v, problems := d.fill(t, env, s, nil)
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

// Every word on the way of a rich application, in each town and language: no
// hole, no brace, no empty label.
func TestWordsOnEveryPage(t *testing.T) {
	d := newDesk(t, load(t))
	rich := sample{
		Name:     "rich",
		Answers:  map[string]any{"keeper.joint": true, "others.has": true, "others.count": 1, "relief.social": true, "payment.mandate": true, "payment.iban": "CH9300762011623852957", "payment.bic": "POFICHBEXXX"},
		Partners: []map[string]any{{"same_address": false, "street": "Domplatz", "number": "1", "postcode": "50667", "city": "Köln"}},
		Dogs: []map[string]any{
			{"since": "2025-03-01", "origin": "shelter", "shelter": true, "assistance": true, "watch": true, "watch_distance": 400},
			{"name": "Ida", "breed": "mischling", "cross1": "american_bully", "cross2": "bullterrier", "found": true, "permit": "yes", "permit_date": "2020-01-01", "test": true, "test_date": "2021-01-01"},
		},
	}
	seen := map[string]bool{}
	for _, ars := range append([]string{"051110000000"}, named...) {
		for _, lang := range i18n.Langs() {
			rich.Tenant = ars
			check := func(where, text string, needed bool) {
				if needed && text == "" || strings.ContainsAny(text, "{}") || strings.Contains(text, "  ") || strings.Contains(text, " .") {
					t.Errorf("%s %s %s: %q", ars, lang, where, text)
				}
			}
			v, problems := d.fill(t, d.env(t, rich, lang), rich, func(v *form.View, st form.Step) {
				seen[st.Page] = true
				check(st.Path, st.Title(), true)
				check(st.Path, st.Intro(), false)
				check(st.Path, st.SectionTitle(), true)
				for _, n := range st.Notes() {
					check(st.Path+" note "+n.ID, n.Text, true)
				}
				for _, f := range v.Fields(st, nil, nil) {
					check(f.Name, f.Label, true)
					check(f.Name, f.Hint, false)
					check(f.Name, f.Basis, true)
					check(f.Name, f.Purpose, true)
				}
			})
			if len(problems) > 0 {
				t.Fatalf("%s: %+v", ars, problems)
			}
			for _, r := range v.Compute() {
				for _, l := range r.Lines {
					check("line "+l.ID, l.Text, true)
				}
			}
		}
	}
	for _, p := range d.def.Pages {
		if !seen[p.ID] && p.ID != "company" {
			t.Errorf("no town asks the page %s", p.ID)
		}
	}
}

func TestAnswersForLettersExist(t *testing.T) {
	cat := load(t)
	d := newDesk(t, cat)
	v, err := cat.Solution("hundesteuer")
	if err != nil {
		t.Fatal(err)
	}
	p := v.Manifest.Answers
	for _, path := range []string{p.First, p.Last, p.Organisation, p.Street, p.Number, p.Extra, p.Postcode, p.City, p.Email, p.Mandate, p.IBAN, p.ItemName} {
		if d.types[path] == "" {
			t.Errorf("the form has no field %q", path)
		}
	}
	c := d.def.Rules.Compute[0]
	if _, ok := d.types[p.Item]; !ok || c.ID != p.Compute || !slices.Equal(c.Sums, []string{p.SumNow, p.SumFull}) {
		t.Errorf("group %q, computation %q with %q and %q", p.Item, p.Compute, p.SumNow, p.SumFull)
	}
	for _, id := range p.Relief {
		if !slices.ContainsFunc(c.Lines, func(l form.LineDef) bool { return l.ID == id }) {
			t.Errorf("there is no line %q", id)
		}
	}
}
