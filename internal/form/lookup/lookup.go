package lookup

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of a question; what is longer is cut.
const (
	maxQuery = 200 // bytes
	maxWords = 8
	// maxDear bounds the words that begin no word of the index, for which all of
	// it is read: the letters may stand inside a word, or hold a slip.
	maxDear = 2
)

// Index finds entries, which it knows by their number.
type Index struct {
	n     int
	words string    // all words, sorted, one behind the other
	ends  []uint32  // of each word in words
	first []uint32  // the first of each word's posts; one more at the end
	posts []uint32  // entry<<2 | where
	size  []uint8   // of each entry's first name, in bytes, 255 for more
	idle  sync.Pool // of []state, all zero: of a question nothing stays
}

// Where a word stands in an entry.
const (
	head  = 1 << iota // it begins a name
	other             // it is of a further name only
)

// New makes an index of n entries. names gives those of one: what it is shown
// as (in several languages), and further names that find it, too.
func New(n int, names func(i int) (shown, further []string)) *Index {
	x := &Index{n: n, size: make([]uint8, n)}
	x.idle.New = func() any { return new(make([]state, n)) }
	ids := map[string]uint32{}
	type pair struct{ word, post uint32 }
	var pairs []pair
	for i := range n {
		from := len(pairs)
		add := func(name string, where uint32) {
			for _, tail := range [...]string{"e", ""} {
				for k, w := range split(name, tail) {
					id, ok := ids[w]
					if !ok {
						id = uint32(len(ids))
						ids[strings.Clone(w)] = id
					}
					post := uint32(i)<<2 | where
					if k == 0 && where == 0 {
						post |= head
					}
					at := slices.IndexFunc(pairs[from:], func(p pair) bool { return p.word == id })
					if at < 0 {
						pairs = append(pairs, pair{id, post})
					} else if better := &pairs[from+at]; better.post&other != 0 || post&head != 0 && post&other == 0 {
						better.post = post
					}
				}
				if plain(name) {
					break // the same without umlauts
				}
			}
		}
		shown, further := names(i)
		for k, name := range shown {
			if k == 0 {
				x.size[i] = uint8(min(len(name), 255))
			}
			add(name, 0)
		}
		for _, name := range further {
			add(name, other)
		}
	}
	sorted := make([]string, 0, len(ids))
	for w := range ids {
		sorted = append(sorted, w)
	}
	slices.Sort(sorted)
	rank := make([]uint32, len(ids))
	x.ends = make([]uint32, len(sorted))
	var all strings.Builder
	for k, w := range sorted {
		all.WriteString(w)
		rank[ids[w]], x.ends[k] = uint32(k), uint32(all.Len())
	}
	x.words = all.String()
	keys := make([]uint64, len(pairs))
	for k, p := range pairs {
		keys[k] = uint64(rank[p.word])<<32 | uint64(p.post)
	}
	slices.Sort(keys)
	x.first, x.posts = make([]uint32, len(sorted)+1), make([]uint32, len(keys))
	for k, key := range keys {
		x.posts[k] = uint32(key)
		x.first[key>>32+1] = uint32(k + 1)
	}
	return x
}

func (x *Index) word(k int) string {
	from := uint32(0)
	if k > 0 {
		from = x.ends[k-1]
	}
	return x.words[from:x.ends[k]]
}

// How well a word of the question fits a word of an entry; less is better.
const (
	beginsWithIt  = iota // the name begins with the word
	beginsSo             // the name begins with letters of a longer word
	hasWord              // the name has the word
	hasBeginning         // the name has a word that begins so
	furtherWord          // as hasWord, of a further name
	furtherBegins        // as hasBeginning, of a further name
	inside               // a word has the letters somewhere
	slip                 // a word has one letter more, less, other or swapped
)

// Find gives the entries that fit the question best, best first, at most most of
// them, and how many fit as well in all. These are the entries in which as many
// words of the question were found as in any; among them counts how well the
// words fit, then a short name, then the order of the list.
func (x *Index) Find(question string, most int) (hits []int, total int) {
	hits, total, _ = x.find(question, most)
	return hits, total
}

// find is Find; looked counts the words and the places of words looked at.
func (x *Index) find(question string, most int) (hits []int, total, looked int) {
	words := split(head200(question), "e")
	if len(words) > maxWords {
		words = words[:maxWords]
	}
	scratch := x.idle.Get().(*[]state)
	defer func() {
		clear(*scratch)
		x.idle.Put(scratch)
	}()
	entries := *scratch
	best, dear := uint8(0), 0
	for i, w := range words {
		now := uint8(i + 1)
		see := func(from, to int, fits *[4]uint8) {
			posts := x.posts[x.first[from]:x.first[to]]
			looked += len(posts)
			for _, post := range posts {
				q := fits[post&(head|other)]
				switch e := &entries[post>>2]; {
				case e.word != now:
					e.word, e.fit = now, q
					e.have++
					e.sum += q
					best = max(best, e.have)
				case q < e.fit:
					e.sum -= e.fit - q
					e.fit = q
				}
			}
		}
		if !x.begins(w, see) && dear < maxDear {
			dear, looked = dear+1, looked+len(x.ends)
			x.resembles(w, see)
		}
	}
	top := make([]uint64, 0, most+1) // what counts, in the order in which it does
	for n := range entries {
		e := &entries[n]
		if best == 0 || e.have != best {
			continue
		}
		total++
		key := uint64(e.sum)<<40 | uint64(x.size[n])<<32 | uint64(n)
		if len(top) == most && (most == 0 || key > top[most-1]) {
			continue
		}
		at, _ := slices.BinarySearch(top, key)
		top = slices.Insert(top, at, key)
		top = top[:min(len(top), most)]
	}
	for _, key := range top {
		hits = append(hits, int(uint32(key)))
	}
	return hits, total, looked
}

// state is what Find knows of an entry: how many words of the question it has,
// the last of them (from 1) and how well that fits, and the sum of all.
type state struct{ have, word, fit, sum uint8 }

// sight takes the words of the index from one number to before another; how
// well they fit hangs on where they stand in an entry.
type sight func(from, to int, fits *[4]uint8)

// How well a word fits that is one of the question, begins so, has it inside,
// or is it but for a slip; by where it stands.
var (
	wholly   = [4]uint8{0: hasWord, head: beginsWithIt, other: furtherWord, head | other: furtherWord}
	beginsAs = [4]uint8{0: hasBeginning, head: beginsSo, other: furtherBegins, head | other: furtherBegins}
	within   = [4]uint8{inside, inside, inside, inside}
	nearly   = [4]uint8{slip, slip, slip, slip}
)

// begins goes through the words of the index that begin with w, and tells
// whether there are any.
func (x *Index) begins(w string, see sight) bool {
	from := sort.Search(len(x.ends), func(k int) bool { return x.word(k) >= w })
	n := sort.Search(len(x.ends)-from, func(k int) bool { return !strings.HasPrefix(x.word(from+k), w) })
	if n == 0 {
		return false
	}
	to, rest := from+n, from
	if x.word(from) == w {
		rest++
		see(from, rest, &wholly)
	}
	see(rest, to, &beginsAs)
	return true
}

// resembles goes through the words of the index that have w inside, or else
// are w but for a slip: once through all of them.
func (x *Index) resembles(w string, see sight) {
	if len(w) < 3 {
		return
	}
	any, k := false, 0
	for from := 0; ; {
		i := strings.Index(x.words[from:], w)
		if i < 0 {
			break
		}
		from += i
		k += ahead(x.ends[k:], uint32(from))
		if from+len(w) <= int(x.ends[k]) { // not across the end of a word
			any = true
			see(k, k+1, &within)
			from = int(x.ends[k])
		} else {
			from++
		}
	}
	if any || len(w) < 4 {
		return
	}
	from := 0
	for k, end := range x.ends {
		if d := int(end) - from - len(w); d >= -1 && d <= 1 && slipped(w, x.words[from:end]) {
			see(k, k+1, &nearly)
		}
		from = int(end)
	}
}

// ahead counts the ends that do not lie behind at. What is asked for mostly
// lies near, so it looks in steps that double.
func ahead(ends []uint32, at uint32) int {
	step := 1
	for step < len(ends) && ends[step-1] <= at {
		step *= 2
	}
	low := step / 2
	return low + sort.Search(min(step, len(ends))-low, func(i int) bool { return ends[low+i] > at })
}

// slipped tells whether b is a with one byte inserted, left out, changed, or
// swapped with its neighbour.
func slipped(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) || a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// Same tells whether two texts are the same words.
func Same(a, b string) bool { return slices.Equal(split(a, "e"), split(b, "e")) }

// head200 is as much of a question as is looked at.
func head200(s string) string {
	if len(s) <= maxQuery {
		return s
	}
	s = s[:maxQuery]
	for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// split gives the words of s folded: letters and digits in lower case, without
// accents, an umlaut as its vowel and tail.
func split(s, tail string) []string {
	if plain(s) {
		return strings.FieldsFunc(strings.ToLower(s), func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
	}
	var b strings.Builder
	b.Grow(len(s) + 4)
	last := ' '
	fold := func(c rune) {
		c = unicode.ToLower(c)
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			b.WriteByte(byte(c))
		case letters[c] != "":
			b.WriteString(letters[c])
		case c == '\u0308' && (last == 'a' || last == 'o' || last == 'u'):
			b.WriteString(tail)
		case unicode.Is(unicode.Mn, c): // another accent
		case unicode.IsLetter(c), unicode.IsDigit(c):
			b.WriteRune(c)
		default:
			b.WriteByte(' ')
		}
		last = c
	}
	for _, c := range s {
		switch {
		case c < utf8.RuneSelf:
			fold(c)
		case c == utf8.RuneError:
			fold(' ')
		default:
			for _, part := range norm.NFD.String(string(c)) {
				fold(part)
			}
		}
	}
	return strings.Fields(b.String())
}

// letters that are no vowel with an accent, as they are typed without them.
var letters = map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i"}
