package main

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	engine "leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
	"leitportal/internal/service"
	"leitportal/internal/solution"
)

// The form on which the bars hold has 20 fields over 7 pages, and the driver's
// answers have it ask for all of them.
func TestPermitHas20FieldsOver7Pages(t *testing.T) {
	folder, err := solution.Folder("solutions")
	if err != nil {
		t.Fatal(err)
	}
	all, err := solution.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, clock.Berlin())
	c := permit(now)
	offer, err := all.Offer("057740032032", c.solution, clock.DateOf(now))
	if err != nil {
		t.Fatal(err)
	}
	if !offer.Demo() || !offer.Default || offer.Version.CasePrefix != c.prefix {
		t.Errorf("offer: %+v", offer)
	}
	i18ntest.Check(t, offer.Version.Files())
	if got, want := offer.Version.NoticeKinds(), []string{solution.Answered, solution.Assessment, solution.Question, solution.Withdrawn}; !slices.Equal(got, want) {
		t.Errorf("notices %q, want %q", got, want)
	}
	inCatalogue(t, offer.Version.Services)

	def, err := engine.Load(offer.Version.Files())
	if err != nil {
		t.Fatal(err)
	}
	prog, err := engine.Compile(def, engine.Options{Params: offer.Version.FormTypes()})
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Langs() {
		params, err := prog.Params(offer.Set.Values(lang))
		if err != nil {
			t.Fatal(err)
		}
		pages, fields := walked(t, prog, engine.Env{Params: params, Today: clock.DateOf(now), Lang: lang}, c)
		if pages != 7 || fields != 20 {
			t.Errorf("%s: %d fields over %d pages, want 20 over 7", lang, fields, pages)
		}
	}
}

// walked fills in the form as the driver does, and counts what is asked.
func walked(t *testing.T, prog *engine.Program, env engine.Env, c course) (pages, fields int) {
	t.Helper()
	v := prog.Open(prog.Empty(), env)
	for {
		st, more := v.Current()
		if !more {
			break
		}
		pages++
		posted := url.Values{}
		for _, f := range v.Fields(st, nil, nil) {
			fields++
			if f.Label == "" || strings.ContainsAny(f.Label+f.Hint, "{}") {
				t.Errorf("%s: label %q, hint %q", f.Name, f.Label, f.Hint)
			}
			for name, value := range c.answers {
				if name == f.Name || strings.HasPrefix(name, f.Name+":") {
					posted.Set(name, value)
				}
			}
		}
		parsed := v.Parse(st, posted)
		if len(parsed.Problems) > 0 {
			t.Fatalf("%s: %+v", st.Path, parsed.Problems)
		}
		rows := v.Answers().Rows()
		rows[st.Path] = parsed.JSON
		a, err := prog.Decode(maps.All(rows))
		if err != nil {
			t.Fatal(err)
		}
		v = prog.Open(a, env)
	}
	if p := v.Validate(); len(p) > 0 {
		t.Errorf("%+v", p)
	}
	r := v.Compute()
	if len(r) != 1 || r[0].Sums[0].Cents != 9140 || len(r[0].Lines) != 2 {
		t.Errorf("the fee: %+v", r)
	}
	for _, l := range r[0].Lines {
		if strings.ContainsAny(l.Text, "{}") {
			t.Errorf("line %s reads %q", l.ID, l.Text)
		}
	}
	return pages, fields
}

// inCatalogue looks for the services' keys in the OZG catalogue.
func inCatalogue(t *testing.T, services []solution.Service) {
	t.Helper()
	catalogue, err := service.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range services {
		known, ok := catalogue.ByID(s.OZG)
		if !ok || !slices.ContainsFunc(known.Keys, func(k service.LeiKa) bool { return k.Key == s.LeiKa }) {
			t.Errorf("the catalogue has no %s with %s", s.OZG, s.LeiKa)
		}
	}
}
