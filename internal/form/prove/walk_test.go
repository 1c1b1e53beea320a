package prove_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
)

var today = clock.Date{Year: 2026, Month: time.March, Day: 14}

// hund is the small complete form of FORMAT.md.
func hund(t *testing.T) *form.Program {
	t.Helper()
	d, err := form.Load(os.DirFS("../testdata/hund"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := form.Compile(d, form.Options{Params: hundTypes()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func hundTypes() map[string]form.ParamType {
	return map[string]form.ParamType{
		"satzung_name": form.ParamText, "saetze": form.ParamMoneys, "erhoeht": form.ParamMoney,
		"gefaehrliche": form.ParamTexts, "lastschrift": form.ParamBool,
	}
}

var hundParams = map[string]any{"gefaehrliche": []string{"3"}, "lastschrift": true, "saetze": []int64{9000, 12000}}

func TestWalkFillsAFormInBothWays(t *testing.T) {
	p := hund(t)
	set := prove.Setting{Name: "Musterstadt", Params: hundParams, Today: today}
	sizes := map[prove.How]int{}
	for _, how := range []prove.How{prove.Smallest, prove.Fullest} {
		app, err := prove.Walk(p, set, how, &prove.Budget{Left: 20000})
		if err != nil {
			t.Fatal(err)
		}
		params, err := p.Params(set.Params)
		if err != nil {
			t.Fatal(err)
		}
		env := form.Env{Params: params, Today: today, Lang: i18n.DE}
		v := p.Open(app.Answers, env)
		if problems := v.Validate(); len(problems) > 0 {
			t.Errorf("the application is refused: %+v", problems)
		}
		sizes[how] = v.Shown()

		// The steps lead there again, page by page, as they would over HTTP.
		again := p.Open(p.Empty(), env)
		for _, f := range app.Steps {
			st, err := again.Step(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			if f.Button != "" {
				change, problems := again.List(st, f.Button)
				if len(problems) > 0 {
					t.Fatalf("%s %s: %+v", f.Path, f.Button, problems)
				}
				again = change.View
				continue
			}
			at := again.Answers()
			for path, files := range f.Files {
				if at, err = at.SetFiles(path, files); err != nil {
					t.Fatal(err)
				}
			}
			again = p.Open(at, env)
			if st, err = again.Step(f.Path); err != nil {
				t.Fatal(err)
			}
			parsed := again.Parse(st, f.Posted)
			if len(parsed.Problems) > 0 {
				t.Fatalf("%s: %+v", f.Path, parsed.Problems)
			}
			again = parsed.View
		}
		if got := string(again.Prune().JSON()); got != string(app.Answers.JSON()) {
			t.Errorf("the steps give\n%s, the application is\n%s", got, app.Answers.JSON())
		}
	}
	if sizes[prove.Fullest] <= sizes[prove.Smallest] {
		t.Errorf("the fullest way shows %d pages and fields, the smallest %d", sizes[prove.Fullest], sizes[prove.Smallest])
	}
}

func TestWalkEndsWithItsBudget(t *testing.T) {
	_, err := prove.Walk(hund(t), prove.Setting{Params: hundParams, Today: today}, prove.Fullest, &prove.Budget{Left: 5})
	var stuck *prove.Stuck
	if !errors.As(err, &stuck) || !stuck.Spent {
		t.Errorf("got %v, want a walk that says its budget is spent", err)
	}
}
