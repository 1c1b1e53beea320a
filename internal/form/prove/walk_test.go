package prove_test

import (
	"errors"
	"os"
	"testing"
	"testing/fstest"
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

// Every kind of field there is has an answer that the engine takes.
func TestWalkAnswersEveryKind(t *testing.T) {
	kinds := map[form.Kind]string{
		form.Text: `pattern: "[A-Z]{2}[0-9]{3}"`, form.OneOf: "choices: [a, b]", form.SomeOf: "choices: [a, b, c], min: 2", form.Ranking: "choices: [a, b, c]",
		form.Files: "accept: [application/pdf]", form.Time: `min: "08:00", max: "17:00"`,
	}
	list := []form.Kind{
		form.Text, form.Multiline, form.Int, form.Decimal, form.Money, form.Date, form.PartialDate, form.Time, form.DateTime, form.Period, form.Bool,
		form.Confirm, form.OneOf, form.SomeOf, form.Ranking, form.Email, form.Phone, form.Postcode, form.HouseNumber, form.Country, form.Nationality,
		form.IBAN, form.BIC, form.TaxID, form.Register, form.Plate, form.Chip, form.Geo, form.Signature, form.Files,
	}
	for _, k := range list {
		more := kinds[k]
		if more != "" {
			more = ", " + more
		}
		files := fstest.MapFS{
			"schema.yaml": {Data: []byte("id: eins\nfields:\n  - {id: f, required: true, basis: g, type: " + string(k) + more + "}\n")},
			"pages.yaml":  {Data: []byte("pages:\n  - {id: p, section: s, fields: [f]}\n")},
		}
		words(t, files, nil)
		d, err := form.Load(files)
		if err != nil {
			t.Fatal(err)
		}
		p, err := form.Compile(d, form.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, how := range []prove.How{prove.Smallest, prove.Fullest} {
			if _, err := prove.Walk(p, prove.Setting{Today: today}, how, &prove.Budget{Left: 500}); err != nil {
				t.Errorf("%s: %v", k, err)
			}
		}
	}
}
