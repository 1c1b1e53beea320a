package search

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"leitportal/internal/i18n"
)

// TestRelevance holds the search to the pairs of relevance.tsv.
func TestRelevance(t *testing.T) {
	b, err := os.ReadFile("relevance.tsv")
	if err != nil {
		t.Fatal(err)
	}
	ix := index(t)
	n := 0
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if f[0] == "" || f[0][0] == '#' {
			continue
		}
		if len(f) != 4 {
			t.Fatalf("relevance.tsv: %q", line)
		}
		within, err := strconv.Atoi(f[3])
		if err != nil {
			t.Fatal(err)
		}
		n++
		res, err := ix.Search(t.Context(), Query{Text: f[0], Lang: i18n.Lang(f[1]), Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		got := ids(res)
		ok := false
		for _, id := range got[:min(within, len(got))] {
			ok = ok || id == f[2]
		}
		if !ok {
			t.Errorf("%q (%s): want %s within the first %d, got %v", f[0], f[1], f[2], within, names(res))
		}
	}
	if n < 120 {
		t.Errorf("only %d pairs", n)
	}
}

func ids(r Result) (out []string) {
	for _, h := range r.Hits {
		out = append(out, h.Service.OZGID)
	}
	return out
}

func names(r Result) (out []string) {
	for _, h := range r.Hits {
		out = append(out, h.Service.OZGID+" "+h.Service.Name)
	}
	return out
}
