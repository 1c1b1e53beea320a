package rule

import (
	"os"
	"path/filepath"
	"testing"

	"leitportal/internal/form/fim"
)

// schemas reads the released schemas beside the repository.
func schemas(t testing.TB) []*fim.Schema {
	files, _ := filepath.Glob("../../../../../shared/data/fim/schemas/*.xml")
	if len(files) == 0 {
		t.Skip("../shared/data/fim/schemas is not there")
	}
	var out []*fim.Schema
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := fim.Read(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, doc.Schema)
	}
	return out
}

func TestReleasedRules(t *testing.T) {
	texts := map[fim.Identity]string{}
	distinct, open := map[string]bool{}, map[string]Open{}
	var rules, clauses, compiled int
	for _, s := range schemas(t) {
		for _, n := range newIndex(s).nodes {
			for _, r := range n.rules {
				texts[r.Identity] = r.Text
				distinct[r.Text] = true
			}
		}
		res := Read(s)
		proof := newBench(t, newIndex(s), res.Compiled)
		for _, c := range res.Compiled {
			if err := proof.prove(c); err != nil {
				t.Errorf("%s at %s, %s: %v\n\t%s", c.Rule.ID, c.At, c.Effect, err, c.Sentence)
			}
		}
		rules += res.Rules
		clauses += res.Clauses
		compiled += len(res.Compiled)
		for _, o := range res.Open {
			open[texts[o.Rule]] = o
		}
	}
	t.Logf("rules %d, distinct texts %d, clauses %d, compiled %d", rules, len(distinct), clauses, compiled)
	for _, o := range open {
		t.Logf("open: %s at %s, column %d: %s\n\t%s", o.Rule.ID, o.At, o.Column, o.Why, o.Sentence)
	}
	whole := len(distinct) - len(open)
	t.Logf("%d of %d distinct texts compiled as a whole, %.1f %%", whole, len(distinct), 100*float64(whole)/float64(len(distinct)))
	if whole*100 < 95*len(distinct) {
		t.Error("fewer than 95 %")
	}
}
