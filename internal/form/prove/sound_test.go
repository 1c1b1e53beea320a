package prove_test

import (
	"fmt"
	"math/rand"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/form"
	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
)

// condition makes up a rule over a yes-or-no field, a choice and a number.
func condition(r *rand.Rand, depth int) string {
	if depth == 0 || r.Intn(4) == 0 {
		op := []string{"==", "!=", "<", "<=", ">", ">="}
		switch r.Intn(6) {
		case 0:
			return "ja"
		case 1:
			return "art == '" + string("abcz"[r.Intn(4)]) + "'"
		case 2:
			return "art in ['" + string("abc"[r.Intn(3)]) + "', '" + string("abc"[r.Intn(3)]) + "']"
		case 3:
			return "answered.zahl"
		}
		return fmt.Sprintf("zahl %s %d", op[r.Intn(len(op))], r.Intn(5))
	}
	a, b := condition(r, depth-1), condition(r, depth-1)
	switch r.Intn(4) {
	case 0:
		return "!(" + a + ")"
	case 1:
		return "(" + a + " || " + b + ")"
	case 2:
		return "(" + a + " ? " + b + " : " + condition(r, depth-1) + ")"
	}
	return "(" + a + " && " + b + ")"
}

// What the check claims of two hundred made-up conditions is what the engine
// says when every answer there is has been tried.
func TestClaimsAreTrue(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	conditions := make([]string, 200)
	var pages strings.Builder
	pages.WriteString("pages:\n  - {id: fragen, section: s, fields: [ja, art, zahl]}\n  - id: ende\n    section: s\n    notes:\n")
	for i := range conditions {
		conditions[i] = condition(r, 3)
		fmt.Fprintf(&pages, "      - {id: n%d, when: %q}\n", i, conditions[i])
	}
	files := fstest.MapFS{
		"schema.yaml": {Data: []byte(`id: zufall
fields:
  - {id: ja, type: bool, required: true, basis: g}
  - {id: art, type: choice, required: true, basis: g, choices: [a, b, c]}
  - {id: zahl, type: int, basis: g, min: 0, max: 4}
`)},
		"pages.yaml": {Data: []byte(pages.String())},
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
	shown, all := map[string]int{}, 0
	for _, ja := range []string{"yes", "no"} {
		for _, art := range []string{"a", "b", "c"} {
			for _, zahl := range []string{"", "0", "1", "2", "3", "4"} {
				v := p.Open(p.Empty(), form.Env{Today: today, Lang: i18n.DE})
				st, err := v.Step("fragen")
				if err != nil {
					t.Fatal(err)
				}
				out := v.Parse(st, url.Values{"ja": {ja}, "art": {art}, "zahl": {zahl}})
				if len(out.Problems) > 0 {
					t.Fatal(out.Problems)
				}
				if st, err = out.View.Step("ende"); err != nil {
					t.Fatal(err)
				}
				for _, n := range st.Notes() {
					shown[n.ID]++
				}
				all++
			}
		}
	}
	claims := map[string]prove.Kind{}
	for _, f := range prove.Check(prove.Source{Files: files, Today: today}, prove.Budget{Left: 100_000}).Findings {
		if f.Level == prove.Undecided {
			t.Errorf("%s", f)
		}
		var id string
		if _, err := fmt.Sscanf(f.Text, "the condition of note %s", &id); err == nil {
			claims[id] = f.Kind
		}
	}
	for i, c := range conditions {
		id, want := fmt.Sprintf("n%d", i), prove.Kind("")
		switch shown[id] {
		case 0:
			want = prove.NeverTrue
		case all:
			want = prove.AlwaysTrue
		}
		if claims[id] != want {
			t.Errorf("%s: %q is true for %d of %d answers; the check says %q", id, c, shown[id], all, claims[id])
		}
	}
}
