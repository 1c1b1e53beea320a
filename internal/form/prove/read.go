package prove

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"leitportal/internal/i18n"
)

// bounds are what a text may ask of its reader. The grades of the first
// Wiener Sachtextformel are school years: 4 is very easy, 15 very hard.
type bounds struct {
	grade    float64 // of a text of at least minWords
	sentence int     // words
	word     int     // letters
	minWords int     // fewer make the formula's percentages a matter of chance
}

// boundsOf are those of a sort of German. In Leichte Sprache a long word is
// cut by a hyphen or a middle dot, and each part counts as a word (rules of
// Netzwerk Leichte Sprache; DIN SPEC 33429).
func boundsOf(lang i18n.Lang) bounds {
	if lang == i18n.Simple {
		return bounds{grade: 6, sentence: 14, word: 15, minWords: 20}
	}
	return bounds{grade: 14, sentence: 30, word: 32, minWords: 40}
}

// Grade is the first Wiener Sachtextformel of a German text (Bamberger and
// Vanecek, Lesen – Verstehen – Lernen – Schreiben, Wien 1984):
//
//	0,1935·MS + 0,1672·SL + 0,1297·IW − 0,0327·ES − 0,875
//
// with MS the percentage of words of three syllables and more, SL the mean
// number of words in a sentence, IW the percentage of words of more than six
// letters, ES the percentage of words of one syllable. Syllables are counted
// as groups of vowels. words is how many words there are.
func Grade(text string) (grade float64, words int) {
	var many, long, one float64
	sentences := sentencesOf(text)
	for _, s := range sentences {
		for _, w := range s {
			words++
			n := syllables(w)
			if n >= 3 {
				many++
			}
			if n == 1 {
				one++
			}
			if len([]rune(w)) > 6 {
				long++
			}
		}
	}
	if words == 0 {
		return 0, 0
	}
	all := float64(words)
	return 0.1935*100*many/all + 0.1672*all/float64(len(sentences)) + 0.1297*100*long/all - 0.0327*100*one/all - 0.875, words
}

// abbreviations end with a point and no sentence.
const abbreviations = " Abs Art Buchst Dr Nr Prof S St Str Tel Ziff a b bspw bzw ca d e evtl ff g gem ggf h i inkl m o s u usw v vgl z zzgl B V "

// sentencesOf cuts a text into sentences of words. A point ends one only
// before a blank and a capital letter, and not after an abbreviation or a
// number ("Art. 6", "z. B.", "3. Mai").
func sentencesOf(text string) [][]string {
	text = placeholderPattern.ReplaceAllString(text, "Wert")
	var out [][]string
	var now []string
	end := func() {
		if len(now) > 0 {
			out, now = append(out, now), nil
		}
	}
	for _, line := range strings.Split(text, "\n") {
		tokens := strings.Fields(line)
		for i, token := range tokens {
			word := strings.TrimFunc(token, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			if strings.ContainsFunc(word, unicode.IsLetter) {
				now = append(now, word)
			}
			closed := strings.TrimRight(token, `"“”‘’»«)`)
			next := ""
			if i+1 < len(tokens) {
				next = strings.TrimLeft(tokens[i+1], `„"“(»«`)
			}
			switch {
			case strings.HasSuffix(closed, "!") || strings.HasSuffix(closed, "?") || strings.HasSuffix(closed, ":"):
				end()
			case strings.HasSuffix(closed, ".") && next != "" && unicode.IsUpper([]rune(next)[0]) && strings.ContainsFunc(word, unicode.IsLetter) && !strings.Contains(abbreviations, " "+word+" "):
				end()
			}
		}
		end()
	}
	return out
}

// syllables counts the groups of vowels in a word.
func syllables(word string) int {
	n, in := 0, false
	for _, r := range strings.ToLower(word) {
		vowel := strings.ContainsRune("aeiouyäöüáàâéèêíìîóòôúùû", r)
		if vowel && !in {
			n++
		}
		in = vowel
	}
	return max(1, n)
}

// readable finds texts in German and in Leichte Sprache that are hard to read.
func (l *linter) readable() {
	l.readableIn(i18n.DE)
	l.readableIn(i18n.Simple)
}

func (l *linter) readableIn(lang i18n.Lang) {
	texts, file, most := l.d.Texts[lang], "texts/"+string(lang)+".json", boundsOf(lang)
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		prefix, _, _ := strings.Cut(key, ".")
		if !slices.Contains([]string{"section", "page", "field", "group", "rule", "note", "compute", "destination", "purpose", "solution"}, prefix) {
			continue // a legal basis is called what the law calls it
		}
		if strings.Contains(key, ".choice.") && prefix == "field" {
			continue // a choice is called what its list calls it
		}
		where := ""
		hard := func(format string, args ...any) {
			if where == "" {
				where = l.line(file, `"`+key+`"`)
			}
			l.add(Fault, Hard, where, "%s: "+format, append([]any{key}, args...)...)
		}
		for _, s := range sentencesOf(texts[key]) {
			if len(s) > most.sentence {
				hard("a sentence of %d words (at most %d): %q: cut it in two", len(s), most.sentence, strings.Join(s[:6], " ")+" …")
			}
			for _, w := range s {
				for _, part := range parts(lang, w) {
					if n := len([]rune(part)); n > most.word && !strings.ContainsAny(part, "./@-") {
						hard("the word %s has %d letters (at most %d): take it apart or say it otherwise", part, n, most.word)
					}
				}
			}
		}
		text := strings.Join(parts(lang, texts[key]), " ")
		if grade, words := Grade(text); words >= most.minWords && grade > most.grade {
			hard("grade %.1f of the Wiener Sachtextformel (at most %.0f): shorter sentences, shorter words; the longest are %s", grade, most.grade, strings.Join(longest(text, 3), ", "))
		}
	}
}

// parts are what counts as a word: in Leichte Sprache what stands between
// hyphens and middle dots.
func parts(lang i18n.Lang, s string) []string {
	if lang != i18n.Simple {
		return []string{s}
	}
	return strings.FieldsFunc(s, func(r rune) bool { return r == '·' || r == '-' })
}

func longest(text string, n int) []string {
	var all []string
	for _, s := range sentencesOf(text) {
		all = append(all, s...)
	}
	slices.SortStableFunc(all, func(a, b string) int { return len([]rune(b)) - len([]rune(a)) })
	all = slices.Compact(all)
	return all[:min(n, len(all))]
}
