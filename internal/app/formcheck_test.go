package app

import (
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
			r := prove.Check(src, prove.Budget{Left: 400_000})
			for _, f := range r.Findings {
				t.Errorf("%s: %s", r.Form, f)
			}
			if r.Asked != r.Pages || len(r.Applications) == 0 {
				t.Errorf("%s: %d of %d pages walked, %d applications", r.Form, r.Asked, r.Pages, len(r.Applications))
			}
		}
	}
}
