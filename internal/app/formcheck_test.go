package app

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/form/prove"
)

// The solutions in the binary, and the one of the load test, trap nobody.
func TestFormCheckFindsNothingInTheSolutions(t *testing.T) {
	for _, dir := range []string{"../../solutions", "../../tests/load/solutions/bewohnerparken"} {
		sources, err := formSources(dir, clock.Date{Year: 2026, Month: time.March, Day: 14})
		if err != nil {
			t.Fatal(err)
		}
		for _, src := range sources {
			r := prove.Check(src.Source, prove.Budget{Left: 400_000})
			for _, f := range r.Findings {
				t.Errorf("%s: %s", r.Form, f)
			}
			if r.Asked != r.Pages || len(r.Applications) == 0 {
				t.Errorf("%s: %d of %d pages walked, %d applications", r.Form, r.Asked, r.Pages, len(r.Applications))
			}
		}
	}
}

// The commands print what they find and end with 1 where there is something
// to mend.
func TestFormCommands(t *testing.T) {
	var out, errs bytes.Buffer
	p := &process{out: &out, err: &errs}
	if err := (formCheckCmd{Dir: "../form/testdata/hund", Budget: 1000}).Run(p); err != exitCode(1) {
		t.Errorf("a form whose parameters nobody declares: %v", err)
	}
	if !strings.Contains(out.String(), "pages.yaml:25: parameter: parameter gefaehrliche is used and not declared") {
		t.Errorf("printed\n%s", out.String())
	}
	out.Reset()
	if err := (formTestCmd{Dir: "../../tests/load/solutions", Budget: 10_000, JSON: true}).Run(p); err != nil {
		t.Errorf("%v\n%s", err, errs.String())
	}
	if !strings.Contains(errs.String(), "stuck 0") || !strings.HasPrefix(out.String(), "{") {
		t.Errorf("printed\n%s\n%s", out.String(), errs.String())
	}
}
