package prove

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"leitportal/internal/i18n"
)

// What a German text may ask of its reader. The grades of the first Wiener
// Sachtextformel are school years: 4 is very easy, 15 very hard.
const (
	maxGrade    = 14.0 // of a text of at least minWords
	minWords    = 40   // fewer make the formula's percentages a matter of chance
	maxSentence = 30   // words
	maxWord     = 32   // letters
)

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

// readable finds German texts that are hard to read.
func (l *linter) readable() {
	texts := l.d.Texts[i18n.DE]
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		prefix, _, _ := strings.Cut(key, ".")
		if !slices.Contains([]string{"section", "page", "field", "group", "rule", "note", "compute", "destination", "purpose"}, prefix) {
			continue // a legal basis is called what the law calls it
		}
		if strings.Contains(key, ".choice.") && prefix == "field" {
			continue // a choice is called what its list calls it
		}
		where := ""
		hard := func(format string, args ...any) {
			if where == "" {
				where = l.line("texts/de.json", `"`+key+`"`)
			}
			l.add(Fault, Hard, where, "%s: "+format, append([]any{key}, args...)...)
		}
		for _, s := range sentencesOf(texts[key]) {
			if len(s) > maxSentence {
				hard("a sentence of %d words (at most %d): %q: cut it in two", len(s), maxSentence, strings.Join(s[:6], " ")+" …")
			}
			for _, w := range s {
				if n := len([]rune(w)); n > maxWord && !strings.ContainsAny(w, "./@-") {
					hard("the word %s has %d letters (at most %d): take it apart or say it otherwise", w, n, maxWord)
				}
			}
		}
		if grade, words := Grade(texts[key]); words >= minWords && grade > maxGrade {
			hard("grade %.1f of the Wiener Sachtextformel (at most %.0f): shorter sentences, shorter words; the longest are %s", grade, maxGrade, strings.Join(longest(texts[key], 3), ", "))
		}
	}
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
