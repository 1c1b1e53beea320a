package solutions

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"leitportal/internal/form"
	"leitportal/internal/form/sample"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
)

// desk fills in forms as a browser would.
type desk struct {
	def    *form.Definition
	types  map[string]string // schema path → type of field
	prog   *form.Program
	runner *sample.Runner
	cat    *solution.Catalog
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
	d.runner = sample.New(d.prog)
	var walk func(nodes []form.Node, prefix string)
	walk = func(nodes []form.Node, prefix string) {
		for _, n := range nodes {
			d.types[prefix+n.ID] = n.Type
			walk(n.Group, prefix+n.ID+".")
		}
	}
	walk(d.def.Nodes, "")
	return d
}

// env is the sample's town on its day.
func (d *desk) env(t testing.TB, s sample.Sample, lang i18n.Lang) form.Env {
	t.Helper()
	offer, err := d.cat.Offer(s.Tenant, "hundesteuer", s.Day)
	if err != nil {
		t.Fatal(err)
	}
	params, err := d.prog.Params(offer.Set.Values(lang))
	if err != nil {
		t.Fatal(err)
	}
	return form.Env{Params: params, Today: s.Day, Lang: lang}
}

func samples(t testing.TB) []sample.Sample {
	t.Helper()
	sub, err := fs.Sub(Files(), "hundesteuer")
	if err != nil {
		t.Fatal(err)
	}
	list, err := sample.Read(sub)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestSamples(t *testing.T) {
	d := newDesk(t, load(t))
	list := samples(t)
	for _, s := range list {
		t.Run(s.Name, func(t *testing.T) {
			for _, wrong := range d.runner.Check(s, d.env(t, s, i18n.DE)) {
				t.Error(wrong)
			}
			for _, lang := range i18n.Langs() {
				res, err := d.runner.Fill(s, d.env(t, s, lang), nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range res.Problems {
					if p.Text == "" || strings.ContainsAny(p.Text, "{}") {
						t.Errorf("problem at %s reads %q", p.Path, p.Text)
					}
				}
				for _, r := range res.View.Compute() {
					for _, l := range r.Lines {
						if l.Text == "" || strings.ContainsAny(l.Text, "{}") {
							t.Errorf("line %s reads %q", l.ID, l.Text)
						}
					}
				}
			}
		})
	}
	if len(list) < 25 {
		t.Errorf("only %d samples", len(list))
	}
}

// Every word on the way of a rich application, in each town and language: no
// hole, no brace, no empty label.
func TestWordsOnEveryPage(t *testing.T) {
	d := newDesk(t, load(t))
	rich := samples(t)[0].With(map[string]any{
		"keeper.joint": true, "others.has": true, "others.count": 1, "relief.social": true,
		"payment.mandate": true, "payment.iban": "CH9300762011623852957", "payment.bic": "POFICHBEXXX",
		"partners": []any{map[string]any{"same_address": false, "street": "Domplatz", "number": "1", "postcode": "50667", "city": "Köln"}},
		"dogs": []any{
			map[string]any{"since": "2025-03-01", "origin": "shelter", "shelter": true, "assistance": true, "watch": true, "watch_distance": 400},
			map[string]any{"name": "Ida", "breed": "mischling", "cross1": "american_bully", "cross2": "bullterrier", "found": true, "permit": "yes", "permit_date": "2020-01-01", "test": true, "test_date": "2021-01-01"},
		},
	})
	seen := map[string]bool{}
	for _, ars := range append([]string{"051110000000"}, named...) {
		for _, lang := range i18n.Langs() {
			rich.Tenant = ars
			check := func(where, text string, needed bool) {
				if needed && text == "" || strings.ContainsAny(text, "{}") || strings.Contains(text, "  ") || strings.Contains(text, " .") {
					t.Errorf("%s %s %s: %q", ars, lang, where, text)
				}
			}
			res, err := d.runner.Fill(rich, d.env(t, rich, lang), func(v *form.View, st form.Step) {
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
			if err != nil || len(res.Problems) > 0 {
				t.Fatalf("%s: %+v %v", ars, res.Problems, err)
			}
			for _, r := range res.View.Compute() {
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
