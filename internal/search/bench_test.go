package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"leitportal/internal/i18n"
	"leitportal/internal/place"
	"leitportal/internal/service"
)

// queries makes n distinct queries as people type them: names, phrases and
// parts of them, most with a place, one in five with a slip of the finger.
func queries(tb testing.TB, n int) []string {
	c, err := service.Load()
	if err != nil {
		tb.Fatal(err)
	}
	syn, err := readSynonyms(c, synonyms)
	if err != nil {
		tb.Fatal(err)
	}
	towns := atlas(tb).Municipalities()
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	var out []string
	for len(out) < n {
		s := c.Services[r.IntN(len(c.Services))]
		text := s.Name
		if phrases := syn[s.OZGID][i18n.DE]; len(phrases) > 0 && r.IntN(3) > 0 {
			text = phrases[r.IntN(len(phrases))]
		} else if len(s.Keys) > 0 && r.IntN(2) > 0 {
			text = s.Keys[r.IntN(len(s.Keys))].Name
		}
		if r.IntN(5) == 0 && len(text) > 5 {
			at := 1 + r.IntN(len(text)-3)
			text = strings.ToValidUTF8(text[:at]+text[at+1:], "")
		}
		if r.IntN(3) > 0 {
			text += " " + towns[r.IntN(len(towns))].Name
		}
		if !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

// BenchmarkQueries runs 1,000 distinct queries, place taken out and all, and
// reports the median and the 99th percentile of one in microseconds. The bars
// are 1,000 and 5,000.
func BenchmarkQueries(b *testing.B) {
	ix, sp := index(b), NewSplitter(atlas(b))
	qs := queries(b, 1000)
	var took []time.Duration
	for b.Loop() {
		for _, q := range qs {
			start := time.Now()
			p := sp.Split(q)
			if _, err := ix.Search(b.Context(), Query{Text: p.What, Lang: i18n.DE, Limit: 20}); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(len(took)), "ns/query")
}

// BenchmarkNew is the cost of the index at start.
func BenchmarkNew(b *testing.B) {
	c, err := service.Load()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		ix, err := New(c, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := ix.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleSplitter_Split() {
	a, _ := place.Load()
	sp := NewSplitter(a)
	p := sp.Split("Hund anmelden in Paderborn")
	fmt.Println(p.What, "|", p.Where.Place().Name)
	// Output: Hund anmelden | Paderborn
}
