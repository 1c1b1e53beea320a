package forms

import (
	"path/filepath"
	"strings"
	"testing"

	"leitportal/internal/clock"
	"leitportal/internal/form/prove"
	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// ways are how each form is walked.
var ways = map[string]prove.How{"smallest": prove.Smallest, "fullest": prove.Fullest}

// TestReleasedForms imports each released schema as an author does, and walks the
// form from its first page to the receipt, in its smallest and its fullest
// way.
func TestReleasedForms(t *testing.T) {
	schemas := Schemas()
	if len(schemas) == 0 {
		t.Skip("there are no schemas in ../shared/data/fim/schemas")
	}
	dir := t.TempDir()
	for _, file := range schemas {
		out, err := Import(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(out, "coverage: rules ") || strings.Count(out, "\n") != 1 {
			t.Errorf("%s: the import prints %q", filepath.Base(file), out)
		}
	}
	walkAll(t, dir, dir)
}

// TestShippedForms walks those that we ship, and that of the load test.
func TestShippedForms(t *testing.T) {
	walkAll(t, "../../solutions", "") // in the binary
	walkAll(t, "../load/solutions", "../load/solutions")
}

// walkAll walks every form of a folder of solutions, in a portal to which
// those of added are given.
func walkAll(t *testing.T, dir, added string) {
	today := clock.Today(clock.System())
	portal := apptest.Start(t, apptest.Options{Solutions: added})
	office := openOffice(t, portal)
	forms, err := Load(dir, today)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range forms {
		for name, how := range ways {
			t.Run(f.ID+"/"+name, func(t *testing.T) {
				t.Parallel()
				w, err := f.Plan(how, today)
				if err != nil {
					t.Fatal(err)
				}
				walk(t, portal, office, w)
			})
		}
	}
}

// walk walks one application to its receipt, and holds the answers that the
// portal shows before and after sending, and those that were sealed, against
// those that were given.
func walk(t *testing.T, portal *apptest.Portal, office *office, w *Way) {
	t.Helper()
	b := walker.New(portal.URL)
	defer b.Close()
	check, err := w.Walk(b)
	if err != nil {
		t.Fatal(err)
	}
	answers := w.Answers()
	shows(t, answers, check)
	typed, page := w.Typed(), check.Text()
	for _, s := range typed {
		if !strings.Contains(page, s) {
			t.Errorf("the check page does not show %q", s)
		}
	}
	status, err := Sent(b, check)
	if err != nil {
		t.Fatal(err)
	}
	shows(t, answers, status)
	office.sealed(t, w, check, status.Number())
	if _, err := Receipt(b, status); err != nil {
		t.Error(err)
	}
	t.Logf("%s: %d steps, %d texts, files for %d fields", status.Number(), len(w.Steps), len(typed), len(w.Evidence))
}

// shows holds the answers that a page shows against those that were given.
func shows(t *testing.T, want []Card, p *walker.Page) {
	t.Helper()
	got, err := Cards(p.Body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := Differ(got, want); diff != "" {
		t.Errorf("%s: %s", p.Path(), diff)
	}
}
