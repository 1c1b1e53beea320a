package search

import (
	"maps"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/de"
	bleveen "github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/german"
	"golang.org/x/text/unicode/norm"

	"leitportal/internal/i18n"
)

// Bounds of a query. What is longer is cut, never an error: a person who
// pastes a letter still gets an answer.
const (
	maxQuery = 200 // bytes looked at
	maxWords = 12
	maxWord  = 40 // runes; longer ones are no words
)

// analyzer turns texts into index terms. German words are folded (umlauts,
// ß), stemmed and split where they are compounds; English ones are stemmed and
// marked with "e:", so that both languages share the index and never meet.
type analyzer struct {
	stop  map[i18n.Lang]analysis.TokenMap
	dict  map[string]bool // folded parts of compounds
	empty map[string]bool // stems of German noise: parts that say nothing in a question
}

// noise are words of asking, not of the thing asked for.
var noise = map[i18n.Lang]string{
	i18n.DE: "möchte möchten will wollen wie wo wann beantragen beantragt bestellen bekommen brauche brauchen bitte gibt geht online antrag formular kosten kostet viel neu neue neuen neues neuer stadt gemeinde kreis melden",
	i18n.EN: "want need get how where when apply application for please online form cost much please city town new germany renew buy do does",
}

func newAnalyzer(vocabulary []string, compounds string) (*analyzer, error) {
	a := &analyzer{stop: map[i18n.Lang]analysis.TokenMap{}, dict: map[string]bool{}, empty: map[string]bool{}}
	for w := range strings.FieldsSeq(noise[i18n.DE]) {
		a.empty[stemDE(fold(w))] = true
	}
	for lang, list := range map[i18n.Lang][]byte{i18n.DE: de.GermanStopWords, i18n.EN: bleveen.EnglishStopWords} {
		m := analysis.NewTokenMap()
		if err := m.LoadBytes(list); err != nil {
			return nil, err
		}
		for w := range strings.FieldsSeq(noise[lang]) {
			m.AddToken(w)
		}
		if lang == i18n.DE { // "fur" is typed where there is no ü
			for w := range maps.Clone(m) {
				m.AddToken(fold(w))
			}
		}
		a.stop[lang] = m
	}
	for line := range strings.Lines(compounds) {
		if !strings.HasPrefix(line, "#") {
			for w := range strings.FieldsSeq(line) {
				a.dict[fold(w)] = true
			}
		}
	}
	a.learn(vocabulary)
	return a, nil
}

// learn adds the catalogue's own words as parts of compounds: those that
// stand alone somewhere, are not themselves made of parts, and are neither so
// short that they hide in other words nor so long that nothing is made of
// them.
func (a *analyzer) learn(words []string) {
	sort.Slice(words, func(i, j int) bool {
		return len(words[i]) < len(words[j]) || len(words[i]) == len(words[j]) && words[i] < words[j]
	})
	for _, w := range words {
		f := fold(w)
		if n := len(f); n >= 5 && n <= 12 && !a.stop[i18n.DE][w] && len(a.split(f)) == 0 {
			a.dict[f] = true
		}
	}
}

// wordsOf parts a text into lower-case words of letters and digits. Control
// and direction characters, marks and broken UTF-8 part words or vanish.
func wordsOf(text string) []string {
	if len(text) > maxQuery {
		text = strings.ToValidUTF8(text[:maxQuery], "")
	}
	return split(text)
}

// split is wordsOf without the bounds of a query.
func split(text string) []string {
	// Some keyboards send a decomposed umlaut (a + U+0308).
	text = strings.ReplaceAll(strings.ReplaceAll(norm.NFC.String(text), "'", ""), "’", "")
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) > maxWord })
}

// fold writes a German word without umlauts and ß, however they were typed:
// "Müll", "Muell" and "Mull" are one.
func fold(w string) string {
	ts := de.NewGermanNormalizeFilter().Filter(analysis.TokenStream{{Term: []byte(w)}})
	return string(ts[0].Term)
}

func stemDE(folded string) string {
	env := snowballstem.NewEnv(folded)
	german.Stem(env)
	return env.Current()
}

func stemEN(w string) string {
	env := snowballstem.NewEnv(w)
	english.Stem(env)
	return "e:" + env.Current()
}

// split parts a folded compound into the words it is made of, nil where it
// is none: every letter must belong to a part or to a link between parts, and
// fewer parts are better than more.
func (a *analyzer) split(folded string) []string {
	n := len(folded)
	if n < 7 || n > maxWord {
		return nil
	}
	// best[i] are the fewest parts that make up folded[:i].
	best := make([][]string, n+1)
	best[0] = []string{}
	for i := 0; i < n; i++ {
		if best[i] == nil || len(best[i]) == 4 {
			continue
		}
		for j := min(n, i+15); j >= i+3; j-- {
			part := folded[i:j]
			if j-i == n || !a.dict[part] {
				continue
			}
			for _, link := range [...]string{"", "s", "es", "n", "en", "e", "er"} {
				end := j + len(link)
				if end > n || folded[j:end] != link || end == n && link != "" && link != "n" && link != "en" && link != "e" {
					continue
				}
				if best[end] == nil || len(best[end]) > len(best[i])+1 {
					best[end] = append(slices.Clone(best[i]), part)
				}
			}
		}
	}
	if len(best[n]) < 2 {
		return nil
	}
	return best[n]
}

// wordTerms are the terms of one lower-case word: its stem first, then those
// of its parts; none for a stop word.
func (a *analyzer) wordTerms(lang i18n.Lang, w string) []string {
	if a.stop[lang][w] {
		return nil
	}
	if lang == i18n.EN {
		return []string{stemEN(w)}
	}
	f := fold(w)
	out := []string{stemDE(f)}
	for _, p := range a.split(f) {
		out = append(out, stemDE(p))
	}
	return out
}

// key makes one term of a whole phrase: its stems, sorted, without
// repetition. "Steuer für meinen Hund" and "hunde steuern" have one key.
func (a *analyzer) key(lang i18n.Lang, text string) string {
	var stems []string
	for _, w := range split(text) {
		if terms := a.wordTerms(lang, w); len(terms) > 0 {
			stems = append(stems, terms[0])
		}
	}
	return keyOf(stems)
}

// partKey is key with German compounds taken apart and without the parts that
// only ask: "Personalausweisantrag" and "Ausweis für Personal" have one.
func (a *analyzer) partKey(lang i18n.Lang, text string) string {
	var stems []string
	for _, w := range split(text) {
		terms := a.wordTerms(lang, w)
		if len(terms) > 1 {
			terms = a.telling(terms[1:])
		}
		stems = append(stems, terms...)
	}
	return keyOf(stems)
}

// telling leaves out of the parts of a compound those that only ask, unless
// all do.
func (a *analyzer) telling(parts []string) []string {
	out := make([]string, 0, len(parts))
	for _, p := range parts {
		if !a.empty[p] {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return parts
	}
	return out
}

// keyOf is key for stems; it sorts them.
func keyOf(stems []string) string {
	sort.Strings(stems)
	return strings.Join(slices.Compact(stems), "_")
}
