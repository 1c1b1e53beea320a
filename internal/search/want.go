package search

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"

	"leitportal/internal/i18n"
	"leitportal/internal/service"
)

// wanted is what the words of a query are looked for by.
type wanted struct {
	words   []word
	exact   []*service.Service // called as the query says, mended where need be
	guessed bool               // words were mended
}

// word is one word of a query.
type word struct {
	terms map[string]float64 // by which it may stand in the index, and their boosts
	parts []string           // the parts that tell, where it is a compound
	// mended are the terms of words it may be a mistyping of, the most probable
	// first; empty for a word of the page's language.
	mended []string
}

// Bounds of looking for a phrase with mended words.
const (
	maxMended  = 6
	maxPhrases = 64
)

// want looks the words of q up.
func (ix *Index) want(words []string, q Query) wanted {
	var out wanted
	all := make([]word, len(words))
	for i, w := range words {
		var guessed bool
		all[i], guessed = ix.word(w, q.Lang, q.Typing && i == len(words)-1)
		out.guessed = out.guessed || guessed
	}
	ix.phrase(&out, words, all, q.Lang)
	for i, w := range all {
		if i > 0 { // "Führer Schein"
			if t := stemDE(fold(words[i-1] + words[i])); len(ix.known[t]) > 0 {
				w.terms[t] = 1
			}
		}
		if len(w.terms) > 0 {
			out.words = append(out.words, w)
		}
	}
	return out
}

// word finds the terms for w. guessed tells that no language knows it and
// the nearest known words were taken.
func (ix *Index) word(w string, page i18n.Lang, typing bool) (out word, guessed bool) {
	out.terms = map[string]float64{}
	if ix.a.stop[page][w] {
		return out, false
	}
	add := func(t string, boost float64) bool {
		if len(ix.known[t]) > 0 && out.terms[t] < boost {
			out.terms[t] = boost
		}
		return len(ix.known[t]) > 0
	}
	known := false
	for _, lang := range i18n.Langs() {
		boost := 1.0
		if lang != page {
			boost = otherBoost
		}
		terms := ix.a.wordTerms(lang, w)
		if len(terms) == 0 {
			continue
		}
		known = add(terms[0], boost) && lang == page || known
		if len(terms) > 1 {
			out.parts = ix.a.telling(terms[1:])
			for _, t := range out.parts {
				known = add(t, boost*partBoost) && lang == page || known
			}
		}
	}
	folded := fold(w)
	if typing && len(folded) >= 2 {
		for _, t := range ix.lex.complete(folded, 8) {
			add(t, guessBoost)
		}
	}
	if known || len(folded) < 3 || ix.a.stop[i18n.DE][w] || ix.a.stop[i18n.EN][w] {
		return out, false
	}
	out.mended = ix.lex.mend(folded, max(1, slips(folded)), maxMended)
	if len(folded) < 4 { // too short to mend but where it makes a phrase
		out.mended = append(out.mended, ix.lex.complete(folded, maxMended)...)
		return out, false
	}
	if len(out.terms) > 0 { // a word of the other language
		return out, false
	}
	for _, t := range out.mended[:min(3, len(out.mended))] {
		guessed = add(t, guessBoost) || guessed
	}
	for _, t := range ix.lex.complete(folded, 4) {
		guessed = add(t, guessBoost) || guessed
	}
	if !guessed {
		out.parts = ix.mendParts(folded)
		for _, t := range out.parts {
			guessed = add(t, guessBoost) || guessed
		}
	}
	return out, guessed
}

// mendParts are the terms of a compound that is nowhere known and one of
// whose parts may be mistyped ("Autoanmeldugn"); a part that stays unknown is
// left out ("Hundehalterhaftpflicht").
func (ix *Index) mendParts(folded string) (fallback []string) {
	for i := len(folded) - 3; i >= 3; i-- {
		head := folded[:i]
		parts := ix.a.split(head)
		if ix.a.dict[head] {
			parts = []string{head}
		}
		if len(parts) == 0 {
			continue
		}
		var terms []string
		for _, p := range parts {
			terms = append(terms, stemDE(p))
		}
		if len(fallback) == 0 && i >= 4 {
			fallback = terms
		}
		for _, link := range [...]string{"", "s", "n", "en", "e"} {
			if tail, ok := strings.CutPrefix(folded[i:], link); ok && len(tail) >= 4 {
				if mended := ix.lex.mend(tail, slips(tail), 1); len(mended) > 0 && !strings.HasPrefix(mended[0], "e:") {
					return ix.a.telling(append(terms, mended[0]))
				}
			}
		}
	}
	for i := 4; i <= len(folded)-5; i++ {
		if !ix.a.dict[folded[i:]] {
			continue
		}
		if mended := ix.lex.mend(folded[:i], slips(folded[:i]), 1); len(mended) > 0 && !strings.HasPrefix(mended[0], "e:") {
			return ix.a.telling([]string{mended[0], stemDE(folded[i:])})
		}
	}
	return ix.a.telling(fallback)
}

// phrase finds the services that are called as the words say: as they were
// typed, else with those mended that the language does not know. A mended
// word that makes a phrase counts as typed.
func (ix *Index) phrase(out *wanted, words []string, all []word, page i18n.Lang) {
	text := strings.Join(words, " ")
	add := func(key string) {
		for _, s := range ix.exact[key] {
			if key != "" && !slices.Contains(out.exact, s) {
				out.exact = append(out.exact, s)
			}
		}
	}
	for _, lang := range i18n.Langs() {
		add(ix.a.key(lang, text))
		add(ix.a.partKey(lang, text))
	}
	if len(words) == 2 {
		add(ix.a.key(i18n.DE, words[0]+words[1]))
	}
	for _, lang := range i18n.Langs() {
		if len(out.exact) > 0 {
			return
		}
		if s := ix.mendPhrase(words, all, lang); len(s) > 0 {
			out.exact, out.guessed = s, true
		}
	}
}

// mendPhrase tries the words' mended forms in one language until they make a
// phrase, the most probable first, and puts those that do among the terms.
func (ix *Index) mendPhrase(words []string, all []word, lang i18n.Lang) []*service.Service {
	choices := [][]string{{}} // stems so far
	at := make([]int, 0, len(words))
	for i, w := range words {
		terms := ix.a.wordTerms(lang, w)
		if len(terms) == 0 {
			continue
		}
		at = append(at, i)
		forms := terms[:1]
		switch {
		case len(ix.known[terms[0]]) > 0:
		case len(terms) > 1:
			forms = []string{strings.Join(terms[1:], " ")}
		default:
			forms = nil
			for _, t := range all[i].mended {
				if strings.HasPrefix(t, "e:") == (lang == i18n.EN) {
					forms = append(forms, t)
				}
			}
			if len(forms) == 0 && len(all[i].parts) > 0 {
				forms = []string{strings.Join(all[i].parts, " ")}
			}
		}
		var next [][]string
		for _, c := range choices {
			for _, f := range forms {
				if len(next) < maxPhrases {
					next = append(next, append(slices.Clone(c), f))
				}
			}
		}
		choices = next
	}
	for _, c := range choices {
		found := ix.exact[keyOf(strings.Fields(strings.Join(c, " ")))]
		if len(found) == 0 {
			continue
		}
		for n, i := range at {
			if len(at) > 1 && len(all[i].mended) > 0 { // the phrase says what was meant
				clear(all[i].terms)
			}
			for t := range strings.FieldsSeq(c[n]) {
				if len(ix.known[t]) > 0 {
					all[i].terms[t] = 1
				}
			}
		}
		return found
	}
	return nil
}

// covered is how much of what was asked for a service has, 0 to 1: its share
// of the words, each weighed by how rare it is in the catalogue.
func (ix *Index) covered(w wanted, ozgID string) float64 {
	n := ix.ordinal[ozgID]
	has := func(t string) bool {
		_, ok := slices.BinarySearch(ix.known[t], n)
		return ok
	}
	got, all := 0.0, 0.0
	for _, x := range w.words {
		whole, part, parts := false, 0.0, 0.0
		weight := math.Inf(1)
		for t := range x.terms {
			if slices.Contains(x.parts, t) && x.terms[t] < 1 {
				continue
			}
			weight = min(weight, ix.rarity(t))
			whole = whole || has(t)
		}
		for _, t := range x.parts {
			parts += ix.rarity(t)
			if has(t) {
				part += ix.rarity(t)
			}
		}
		if parts > 0 {
			weight = parts
		}
		all += weight
		if whole {
			got += weight
		} else {
			got += part
		}
	}
	if all == 0 {
		return 0
	}
	return got / all
}

// rarity grows with the number of services that lack the term.
func (ix *Index) rarity(t string) float64 {
	return math.Log(1 + float64(len(ix.catalog.Services))/float64(max(1, len(ix.known[t]))))
}

// query is bleve's: one group of alternatives per word.
func (w wanted) query() query.Query {
	groups := make([]query.Query, len(w.words))
	for i, x := range w.words {
		alternatives := make([]query.Query, 0, 2*len(x.terms))
		for _, t := range slices.Sorted(maps.Keys(x.terms)) {
			alternatives = append(alternatives, term(t, nameField, nameBoost*x.terms[t]), term(t, keyField, keyBoost*x.terms[t]))
		}
		groups[i] = bleve.NewDisjunctionQuery(alternatives...)
	}
	return bleve.NewDisjunctionQuery(groups...)
}
