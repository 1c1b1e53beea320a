package prove_test

import (
	"bytes"
	"maps"
	"math/rand"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"leitportal/internal/form"
	"leitportal/internal/form/fim"
	"leitportal/internal/form/fim/build"
	"leitportal/internal/form/formtest"
	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
)

// forms are forms of all sorts with applications filled in by the search: small
// and full ones.
func forms(t *testing.T, each func(t *testing.T, p *form.Program, env form.Env, app prove.Application)) {
	t.Helper()
	run := func(name string, p *form.Program, set prove.Setting) {
		t.Run(name, func(t *testing.T) {
			params, err := p.Params(set.Params)
			if err != nil {
				t.Fatal(err)
			}
			for _, how := range []prove.How{prove.Smallest, prove.Fullest} {
				app, err := prove.Walk(p, set, how, &prove.Budget{Left: 20000})
				if err != nil {
					t.Fatal(err)
				}
				each(t, p, form.Env{Params: params, Today: set.Today, Lang: i18n.DE}, app)
			}
		})
	}
	compiled := func(d *form.Definition, err error) *form.Program {
		t.Helper()
		var p *form.Program
		if err == nil {
			p, err = form.Compile(d, form.Options{})
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	run("dog", hund(t), prove.Setting{Params: hundParams, Today: today})
	run("wide", compiled(form.Load(formtest.Wide(6))), prove.Setting{Today: today})
	schemas := []string{"../fim/build/testdata/antrag.xdf3.xml"}
	for _, id := range []string{"S00000000366", "S05000001205", "S07000000219"} { // small ones, where they are
		more, err := filepath.Glob("../../../../shared/data/fim/schemas/" + id + "*.xml")
		if err != nil {
			t.Fatal(err)
		}
		schemas = append(schemas, more...)
	}
	for _, file := range schemas {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := fim.Read(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		d, _ := build.Form(s.Schema, build.Options{})
		run(filepath.Base(file), compiled(d, nil), prove.Setting{Today: today})
	}
}

// answers posts pages in their order, as far as they are shown by then, again
// and again until nothing changes any more.
func answers(t *testing.T, p *form.Program, env form.Env, a *form.Answers, pages []prove.Filled) *form.View {
	t.Helper()
	v := p.Open(a, env)
	for range len(pages) + 2 {
		before := v.Answers().JSON()
		for _, pg := range pages {
			if _, err := v.Step(pg.Path); err != nil {
				continue // hidden yet
			}
			for path, files := range pg.Files {
				with, err := v.Answers().SetFiles(path, files)
				if err != nil {
					t.Fatal(err)
				}
				v = p.Open(with, env)
			}
			st, err := v.Step(pg.Path)
			if err != nil {
				t.Fatal(err)
			}
			v = v.Parse(st, pg.Posted).View
		}
		if bytes.Equal(before, v.Answers().JSON()) {
			return v
		}
	}
	t.Fatal("the answers do not come to rest")
	return nil
}

// Whoever answers the pages of an application in any other order, hidden ones
// left for later, comes to the same application: the same bytes are sent, the
// same is shown for review and worked out.
func TestOrderOfAnswersDoesNotMatter(t *testing.T) {
	forms(t, func(t *testing.T, p *form.Program, env form.Env, app prove.Application) {
		want := p.Open(app.Answers, env)
		lists := app.Answers.Rows()
		var pages []prove.Filled
		seen := map[string]int{}
		for _, st := range app.Steps {
			if st.Button != "" {
				continue
			}
			if i, again := seen[st.Path]; again {
				pages[i] = st // the last answer counts
				continue
			}
			seen[st.Path] = len(pages)
			pages = append(pages, st)
			delete(lists, st.Path)
		}
		r := rand.New(rand.NewSource(3))
		for range 8 {
			r.Shuffle(len(pages), func(i, j int) { pages[i], pages[j] = pages[j], pages[i] })
			start, err := p.Decode(maps.All(lists))
			if err != nil {
				t.Fatal(err)
			}
			v := answers(t, p, env, start, pages)
			if problems := v.Validate(); len(problems) > 0 {
				t.Fatalf("in the order %v: %+v", paths(pages), problems)
			}
			got := p.Open(v.Prune(), env)
			if !bytes.Equal(got.Answers().JSON(), want.Answers().JSON()) {
				t.Fatalf("in the order %v:\n%s\nwant\n%s", paths(pages), got.Answers().JSON(), want.Answers().JSON())
			}
			if !reflect.DeepEqual(got.Review(), want.Review()) || !reflect.DeepEqual(got.Compute(), want.Compute()) {
				t.Fatalf("in the order %v the review differs", paths(pages))
			}
		}
	})
}

func paths(pages []prove.Filled) (out []string) {
	for _, pg := range pages {
		out = append(out, pg.Path)
	}
	return out
}

// Pruning once is pruning twice, it hides nothing and shows nothing new: also
// after answers were changed at random, so that branches were left behind.
func TestPruningIsIdempotent(t *testing.T) {
	forms(t, func(t *testing.T, p *form.Program, env form.Env, app prove.Application) {
		r := rand.New(rand.NewSource(5))
		for range 20 {
			v := p.Open(app.Answers, env)
			for range 3 { // change some pages to what an author did not foresee
				st := v.Steps()[r.Intn(len(v.Steps()))]
				if st.IsList {
					continue
				}
				v = v.Parse(st, changed(r, v.Fields(st, nil, nil))).View
			}
			once := v.Prune()
			seen := p.Open(once, env)
			if twice := seen.Prune(); !bytes.Equal(once.JSON(), twice.JSON()) {
				t.Fatalf("pruning twice differs:\n%s\n%s", once.JSON(), twice.JSON())
			}
			if !reflect.DeepEqual(v.Review(), seen.Review()) || !reflect.DeepEqual(v.Compute(), seen.Compute()) {
				t.Fatalf("pruning changes what is shown of\n%s", v.Answers().JSON())
			}
			if len(v.Validate()) != len(seen.Validate()) {
				t.Fatalf("pruning changes what is wrong with\n%s", v.Answers().JSON())
			}
		}
	})
}

// However the answers are read, the page that is answered, the one that comes
// next and what is sent are the same: also where branches were left behind, and
// with pages that were not answered yet.
func TestReadingByPageChangesNothing(t *testing.T) {
	forms(t, func(t *testing.T, p *form.Program, env form.Env, app prove.Application) {
		r := rand.New(rand.NewSource(7))
		for range 12 {
			v := p.Open(app.Answers, env)
			for range 2 {
				if st := v.Steps()[r.Intn(len(v.Steps()))]; !st.IsList {
					v = v.Parse(st, changed(r, v.Fields(st, nil, nil))).View
				}
			}
			rows := v.Answers().Rows()
			for _, path := range slices.Sorted(maps.Keys(rows)) {
				if r.Intn(8) == 0 {
					delete(rows, path)
				}
			}
			a, err := p.Decode(maps.All(rows))
			if err != nil {
				t.Fatal(err)
			}
			v = p.Open(a, env)
			st := v.Steps()[r.Intn(len(v.Steps()))]
			if st.IsList {
				continue
			}
			if err := formtest.Alike(p, env, rows, st.Path, changed(r, v.Fields(st, nil, nil))); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// changed answers a page anew: some fields as they were, some empty, some
// chosen otherwise.
func changed(r *rand.Rand, fields []form.Field) url.Values {
	out := url.Values{}
	for _, f := range fields {
		switch {
		case r.Intn(4) == 0: // left empty
		case f.Widget == form.WidgetYesNo:
			out.Set(f.Name, []string{"yes", "no"}[r.Intn(2)])
		case len(f.Choices) > 0 && f.Kind != form.SomeOf:
			out.Set(f.Name, f.Choices[r.Intn(len(f.Choices))].Value)
		case f.Value != "":
			out.Set(f.Name, f.Value)
		}
	}
	return out
}
