package search

import (
	"math/bits"
	"slices"
	"sort"
	"strings"
)

// lexicon is every word of the index, to complete what is being typed and to
// mend what was typed wrongly.
type lexicon struct {
	words []entry // by text
	byLen [maxWord + 1][]int32
}

type entry struct {
	text  string // folded, unstemmed
	term  string // what stands for it in the index
	count int32
	mask  uint32 // which letters it has
}

func newLexicon(counts map[[2]string]int32) *lexicon {
	l := &lexicon{}
	for k, n := range counts {
		l.words = append(l.words, entry{text: k[0], term: k[1], count: n, mask: letters(k[0])})
	}
	sort.Slice(l.words, func(i, j int) bool {
		a, b := l.words[i], l.words[j]
		return a.text < b.text || a.text == b.text && a.term < b.term
	})
	for i, e := range l.words {
		if n := len(e.text); n <= maxWord {
			l.byLen[n] = append(l.byLen[n], int32(i))
		}
	}
	return l
}

// letters is the set of letters of w, one bit each; all else shares a bit.
func letters(w string) (m uint32) {
	for i := 0; i < len(w); i++ {
		if c := w[i]; c >= 'a' && c <= 'z' {
			m |= 1 << (c - 'a')
		} else {
			m |= 1 << 26
		}
	}
	return m
}

// complete lists the terms of at most n words that begin with prefix, the
// most frequent first.
func (l *lexicon) complete(prefix string, n int) []string {
	from := sort.Search(len(l.words), func(i int) bool { return l.words[i].text >= prefix })
	var found []entry
	for _, e := range l.words[from:] {
		if !strings.HasPrefix(e.text, prefix) {
			break
		}
		found = append(found, e)
	}
	slices.SortStableFunc(found, func(a, b entry) int { return int(b.count) - int(a.count) })
	return termsOf(found, n)
}

// slips is how many slips of the finger a word may hold: one in words of four
// letters, two from seven on.
func slips(w string) int {
	switch {
	case len(w) >= 7:
		return 2
	case len(w) >= 4:
		return 1
	}
	return 0
}

// mend lists the terms of at most n words that w is probably a mistyping of,
// with at most limit slips (a wrong, missing, additional or swapped letter).
// Nearer words win.
func (l *lexicon) mend(w string, limit, n int) []string {
	mask := letters(w)
	var found []entry
	for size := max(1, len(w)-limit); size <= min(maxWord, len(w)+limit) && limit > 0; size++ {
		for _, i := range l.byLen[size] {
			e := l.words[i]
			if bits.OnesCount32(mask^e.mask) > 2*limit {
				continue
			}
			switch d := distance(w, e.text, limit); {
			case d > limit:
			case d < limit:
				limit, found = d, append(found[:0], e)
			default:
				found = append(found, e)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b entry) int {
		if x, y := a.text[0] == w[0], b.text[0] == w[0]; x != y { // the first letter is seldom wrong
			if x {
				return -1
			}
			return 1
		}
		return int(b.count) - int(a.count)
	})
	return termsOf(found, n)
}

func termsOf(found []entry, n int) []string {
	var out []string
	for _, e := range found {
		if len(out) == n {
			break
		}
		if !slices.Contains(out, e.term) {
			out = append(out, e.term)
		}
	}
	return out
}

// distance is the number of slips between a and b (optimal string alignment),
// or limit+1 when it is more than limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	var rows [3][maxWord + 3]int
	prev2, prev, cur := &rows[0], &rows[1], &rows[2]
	if len(a) > maxWord || len(b) > maxWord+1 {
		return limit + 1
	}
	for j := 0; j <= len(b); j++ {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		low := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
			low = min(low, cur[j])
		}
		if low > limit {
			return limit + 1
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
