package main

import (
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"leitportal/internal/i18n"
	"leitportal/internal/place"
	"leitportal/internal/search"
	"leitportal/internal/service"
)

//go:embed queries.txt
var phrases string

// searcher is the search as the portal has it, in this process.
type searcher struct {
	index   *search.Index
	split   *search.Splitter
	queries []string
}

// distinctQueries is how many queries are searched for, each another.
const distinctQueries = 1000

func newSearcher() (*searcher, error) {
	catalog, err := service.Load()
	if err != nil {
		return nil, err
	}
	atlas, err := place.Load()
	if err != nil {
		return nil, err
	}
	s := &searcher{split: search.NewSplitter(atlas), queries: queries(catalog, atlas, distinctQueries)}
	s.index, err = search.New(catalog, nil)
	return s, err
}

// queries are n distinct things to type, the same in every run: what people
// say (queries.txt), names of services and of their acts; two thirds with one
// of the towns, one in five with a slip of the finger.
func queries(c *service.Catalog, a *place.Atlas, n int) []string {
	var said []string
	for line := range strings.Lines(phrases) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			said = append(said, line)
		}
	}
	towns := a.Municipalities()
	r := rand.New(rand.NewPCG(557, 396))
	seen := map[string]bool{}
	out := make([]string, 0, n)
	for len(out) < n {
		s := c.Services[r.IntN(len(c.Services))]
		text := s.Name
		switch r.IntN(3) {
		case 0:
			text = said[r.IntN(len(said))]
		case 1:
			if len(s.Keys) > 0 {
				text = s.Keys[r.IntN(len(s.Keys))].Name
			}
		}
		if r.IntN(5) == 0 {
			text = slip(r, text)
		}
		switch town := towns[r.IntN(len(towns))]; r.IntN(6) {
		case 0:
			text += " in " + town.Name
		case 1:
			text = town.Name + " " + text
		case 2, 3:
			text += " " + town.Name
		}
		if !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

// slip leaves out a letter, or has two change places.
func slip(r *rand.Rand, text string) string {
	letters := []rune(text)
	if len(letters) < 5 {
		return text
	}
	i := 1 + r.IntN(len(letters)-3)
	if r.IntN(2) == 0 {
		return string(slices.Delete(letters, i, i+1))
	}
	letters[i], letters[i+1] = letters[i+1], letters[i]
	return string(letters)
}

// measure searches for every query, place taken out and all, so many times.
func (s *searcher) measure(ctx context.Context, times int) (figures, error) {
	var f figures
	found := 0
	before, start := ownCPU(), time.Now()
	for range times {
		for _, q := range s.queries {
			at := time.Now()
			res, err := s.index.Search(ctx, search.Query{Text: s.split.Split(q).What, Lang: i18n.DE, Limit: 20})
			if err != nil {
				return f, fmt.Errorf("search for %q: %w", q, err)
			}
			f.took = append(f.took, time.Since(at))
			if len(res.Hits) > 0 {
				found++
			}
		}
	}
	f.elapsed, f.driver, f.requests = time.Since(start), ownCPU()-before, len(f.took)
	slices.Sort(f.took)
	if found < f.requests*9/10 {
		return f, fmt.Errorf("search: only %d of %d queries found something", found, f.requests)
	}
	return f, nil
}
