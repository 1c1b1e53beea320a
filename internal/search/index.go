package search

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"

	"leitportal/internal/i18n"
	"leitportal/internal/service"
)

//go:embed synonyms.txt
var synonyms string

//go:embed compounds.txt
var compounds string

// Fields of the bleve index. Their texts are analysed before (analyzer), so
// bleve only parts them at spaces.
const (
	nameField = "n" // titles and what people call it
	keyField  = "k" // LeiKa names, event, topic
)

// Boosts of the fields and of weaker ways to match.
const (
	nameBoost  = 3.0
	keyBoost   = 1.0
	partBoost  = 0.45 // a part of a compound
	otherBoost = 0.6  // a word of the other language
	guessBoost = 0.5  // a mended or completed word

	popularBoost = 1.2 // an often used service
)

// Bounds of an answer.
const (
	maxHits = 60
	// A hit below this share of the best score is left out: it shares a
	// common word and nothing else.
	weakest = 0.2
	// Beside a hit whose name was typed, others must be nearer than that.
	weakestBesideExact = 0.45
	// Beside a hit that has all words, one that has less than this share of
	// them, weighed by how rare they are, is about something else.
	leastCovered            = 0.6
	leastCoveredBesideExact = 0.75
)

// Query is what is searched for. The zero values of Topic and Limit mean all.
type Query struct {
	Text  string
	Lang  i18n.Lang
	Topic string // slug
	Limit int
	// Typing completes the last word, for suggestions.
	Typing bool
}

// Hit is one service found.
type Hit struct {
	Service *service.Service
	// Exact says that the query is one of the service's names or phrases.
	Exact bool
	Score float64
}

// Result is what was found, the best first.
type Result struct {
	Hits []Hit
	// Guessed tells that words were not known and the nearest known ones were
	// taken.
	Guessed bool
}

// Index is the searchable catalogue, shared by all tenants and languages. It
// is immutable and safe for concurrent use.
type Index struct {
	catalog *service.Catalog
	a       *analyzer
	lex     *lexicon
	exact   map[string][]*service.Service // by analyzer.key of what they are called
	known   map[string][]int32            // all terms, and which services have them (by ordinal)
	ordinal map[string]int32              // OZG id → place in the catalogue
	bleve   bleve.Index
}

// Phrases are names and words by which people look for services: OZG id →
// language → phrases.
type Phrases map[string]map[i18n.Lang][]string

// New indexes the catalogue in memory, with the synonyms in the binary and
// more phrases (titles and keywords of solutions; nil for none). Close frees
// it.
func New(c *service.Catalog, more Phrases) (*Index, error) {
	syn, err := readSynonyms(c, synonyms)
	if err != nil {
		return nil, err
	}
	for id, byLang := range more {
		for lang, phrases := range byLang {
			if syn[id] == nil {
				syn[id] = map[i18n.Lang][]string{}
			}
			syn[id][lang] = append(syn[id][lang], phrases...)
		}
	}
	var vocabulary []string
	for _, s := range c.Services {
		vocabulary = append(vocabulary, split(s.Name)...)
		for _, k := range s.Keys {
			vocabulary = append(vocabulary, split(k.Name)...)
		}
		for _, phrase := range syn[s.OZGID][i18n.DE] {
			vocabulary = append(vocabulary, split(phrase)...)
		}
	}
	a, err := newAnalyzer(vocabulary, compounds)
	if err != nil {
		return nil, fmt.Errorf("search: stop words: %w", err)
	}
	m, err := indexMapping()
	if err != nil {
		return nil, fmt.Errorf("search: mapping: %w", err)
	}
	b, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, nil)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	ix := &Index{catalog: c, a: a, exact: map[string][]*service.Service{}, known: map[string][]int32{}, ordinal: map[string]int32{}, bleve: b}
	build := builder{ix, map[[2]string]int32{}, map[i18n.Lang]map[string][]string{i18n.DE: {}, i18n.EN: {}}}
	batch := b.NewBatch()
	for i, s := range c.Services {
		ix.ordinal[s.OZGID] = int32(i)
		if err := batch.Index(s.OZGID, build.document(s, syn[s.OZGID])); err != nil {
			return nil, fmt.Errorf("search: %s: %w", s.OZGID, err)
		}
	}
	if err := b.Batch(batch); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	ix.lex = newLexicon(build.counts)
	return ix, nil
}

// Close frees the index.
func (ix *Index) Close() error { return ix.bleve.Close() }

func indexMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	if err := m.AddCustomAnalyzer("spaces", map[string]any{"type": custom.Name, "tokenizer": whitespace.Name}); err != nil {
		return nil, err
	}
	m.DefaultAnalyzer = "spaces"
	doc := bleve.NewDocumentStaticMapping()
	for _, name := range []string{nameField, keyField} {
		f := bleve.NewTextFieldMapping()
		f.Store, f.IncludeTermVectors, f.IncludeInAll, f.DocValues = false, false, false, false
		doc.AddFieldMappingsAt(name, f)
	}
	m.DefaultMapping = doc
	return m, nil
}

// builder holds what is needed only while the index is made.
type builder struct {
	*Index
	counts map[[2]string]int32               // surface and term of a word → how much it weighs
	memo   map[i18n.Lang]map[string][]string // word → its terms; names repeat words a lot
}

// terms are the index terms of a text; its words go into the lexicon.
func (b builder) terms(lang i18n.Lang, text string, weight int32) (out []string) {
	for _, w := range split(text) {
		terms, ok := b.memo[lang][w]
		if !ok {
			terms = b.a.wordTerms(lang, w)
			b.memo[lang][w] = terms
		}
		if len(terms) == 0 {
			continue
		}
		surface := w
		if lang == i18n.DE {
			surface = fold(w)
		}
		b.counts[[2]string{surface, terms[0]}] += weight
		out = append(out, terms...)
	}
	return out
}

// document is what bleve keeps of s, given its synonyms.
func (b builder) document(s *service.Service, syn map[i18n.Lang][]string) map[string]string {
	var names, keys []string
	name := func(lang i18n.Lang, text string) {
		names = append(names, b.terms(lang, text, 4)...)
		for _, k := range []string{b.a.key(lang, text), b.a.partKey(lang, text)} {
			if k != "" && !slices.Contains(b.exact[k], s) {
				b.exact[k] = append(b.exact[k], s)
			}
		}
	}
	name(i18n.DE, s.Name)
	for _, l := range i18n.Langs() {
		title, in := s.Title(l)
		name(in, title)
		for _, phrase := range syn[l] {
			name(l, phrase)
		}
		keys = append(keys, b.terms(l, s.Topic.Title(l)+" "+s.Event.Title(l), 1)...)
	}
	for _, k := range s.Keys {
		keys = append(keys, b.terms(i18n.DE, k.Name, 1)...)
	}
	names, keys = dedupe(names), dedupe(keys)
	for _, t := range dedupe(slices.Concat(names, keys)) {
		b.known[t] = append(b.known[t], b.ordinal[s.OZGID])
	}
	return map[string]string{nameField: strings.Join(names, " "), keyField: strings.Join(keys, " ")}
}

// dedupe drops repetitions: a service with 300 keys that all begin alike must
// not win by saying it 300 times.
func dedupe(terms []string) []string {
	seen, out := map[string]bool{}, terms[:0]
	for _, t := range terms {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// Search finds services. It never fails: what cannot be understood finds
// nothing. The error is ctx's or bleve's own.
func (ix *Index) Search(ctx context.Context, q Query) (Result, error) {
	words := wordsOf(q.Text)
	if len(words) > maxWords {
		words = words[:maxWords]
	}
	w := ix.want(words, q)
	if len(w.words) == 0 {
		return Result{}, nil
	}
	req := bleve.NewSearchRequestOptions(w.query(), maxHits, 0, false)
	if q.Topic != "" {
		req.Size = len(ix.catalog.Services) // the filter comes after
	}
	found, err := ix.bleve.SearchInContext(ctx, req)
	if err != nil {
		return Result{}, fmt.Errorf("search: %w", err)
	}
	res := Result{Guessed: w.guessed}
	covered := make([]float64, len(found.Hits))
	best, most := 0.0, 0.0
	for i, h := range found.Hits {
		covered[i] = ix.covered(w, h.ID)
		h.Score *= covered[i]
		best, most = max(best, h.Score), max(most, covered[i])
	}
	least, enough := weakest*best, leastCovered*most
	if len(w.exact) > 0 {
		least, enough = weakestBesideExact*best, leastCoveredBesideExact*most
	}
	for i, h := range found.Hits {
		s, ok := ix.catalog.ByID(h.ID)
		exact := ok && slices.Contains(w.exact, s)
		if !ok || !exact && (h.Score < least || covered[i] < enough) || q.Topic != "" && s.Topic.Slug != q.Topic {
			continue
		}
		if s.Popular > 0 {
			h.Score *= popularBoost
		}
		res.Hits = append(res.Hits, Hit{s, exact, h.Score})
	}
	// Equal scores are told apart by how often a service is used, then by id,
	// so that the same query has the same answer everywhere.
	sort.SliceStable(res.Hits, func(i, j int) bool {
		a, b := res.Hits[i], res.Hits[j]
		switch {
		case a.Exact != b.Exact:
			return a.Exact
		case a.Exact && rank(a.Service) != rank(b.Service): // both are called so
			return rank(a.Service) < rank(b.Service)
		case a.Score != b.Score:
			return a.Score > b.Score
		case rank(a.Service) != rank(b.Service):
			return rank(a.Service) < rank(b.Service)
		}
		return a.Service.OZGID < b.Service.OZGID
	})
	if q.Limit > 0 && len(res.Hits) > q.Limit {
		res.Hits = res.Hits[:q.Limit]
	}
	return res, nil
}

func rank(s *service.Service) int {
	if s.Popular == 0 {
		return 1 << 20
	}
	return s.Popular
}

func term(t, field string, boost float64) query.Query {
	q := bleve.NewTermQuery(t)
	q.SetField(field)
	q.SetBoost(boost)
	return q
}

// readSynonyms reads the maintained list.
func readSynonyms(c *service.Catalog, text string) (Phrases, error) {
	out := Phrases{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		id, rest, _ := strings.Cut(line, " ")
		lang, phrases, _ := strings.Cut(rest, " ")
		_, known := c.ByID(id)
		if l := i18n.Lang(lang); !known || l != i18n.DE && l != i18n.EN || phrases == "" {
			return nil, fmt.Errorf("search: synonyms.txt line %d: want \"OZG-id language phrase; …\", have %q", n, line)
		}
		if out[id] == nil {
			out[id] = map[i18n.Lang][]string{}
		}
		for p := range strings.SplitSeq(phrases, ";") {
			if p = strings.TrimSpace(p); p != "" {
				out[id][i18n.Lang(lang)] = append(out[id][i18n.Lang(lang)], p)
			}
		}
	}
	return out, nil
}
