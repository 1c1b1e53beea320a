package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"leitportal/internal/place"
)

// Places is what a query's place is looked up with: place.Atlas.
type Places interface {
	FindMunicipality(query string) place.Result
}

// Parsed is a query parted into what is wanted and where.
type Parsed struct {
	What  string
	Named string       // how the place was written; "" when none was
	Where place.Result // of Named
}

// Splitter takes places out of queries. It is immutable.
type Splitter struct {
	places Places
	// starts are the first letters of all words in the names of places. A
	// look-up that fails is dear, for it seeks what was meant; most words of a
	// query cannot begin a place and need none.
	starts map[string]bool
}

// NewSplitter returns a Splitter for the places of the atlas.
func NewSplitter(a *place.Atlas) *Splitter {
	s := &Splitter{a, map[string]bool{}}
	for _, p := range a.Municipalities() {
		for _, w := range split(p.Official + " " + p.InDistrict + " St Cologne MGladbach Landeshauptstadt Bundesstadt Universitätsstadt Hansestadt") {
			s.starts[start(w)] = true
		}
	}
	return s
}

// start is what of a word is compared: its first three letters, folded.
func start(w string) string {
	w = fold(strings.ToLower(w))
	return w[:min(3, len(w))]
}

// Split takes the name or postal code of a place out of a query ("Hund
// anmelden Paderborn", "33098 Hundesteuer", "dog tax in Aachen"). A place is
// taken from the end, from the beginning or after "in"; a name that is also a
// common word ("Essen auf Rädern") only after "in", or at the end with a
// capital. What fits several places is left as Several for the page to ask.
func (s *Splitter) Split(text string) Parsed {
	fields := fieldsOf(text)
	whole := Parsed{What: strings.Join(fields, " ")}
	n := len(fields)
	take := func(from, to int) (Parsed, bool) {
		name := strings.Join(fields[from:to], " ")
		if len(name) < 3 || !isPostalCode(fields[from]) && !s.begins(fields[from]) {
			return Parsed{}, false
		}
		r := s.places.FindMunicipality(name)
		if r.Outcome == place.None || to-from > 1 && r.By == place.ByPostalCode {
			return Parsed{}, false // a postal code beside other words stands alone
		}
		rest := slices.Concat(fields[:from], fields[to:])
		// The words that led to the place go with it.
		for from > 0 && from <= len(rest) && isPreposition(rest[from-1]) {
			rest = slices.Delete(rest, from-1, from)
			from--
		}
		return Parsed{What: strings.Join(rest, " "), Named: name, Where: r}, true
	}
	for size := min(4, n); size >= 1; size-- {
		for from := n - size; from >= 0; from-- {
			to := from + size
			switch led := from > 0 && isPreposition(fields[from-1]); {
			case isPreposition(fields[from]) || isPreposition(fields[to-1]):
				continue
			case size == 1 && isPostalCode(fields[from]), led:
			case from > 0 && to < n, size == 1 && isWord(fields[from]) && !(from > 0 && startsUpper(fields[from]) || n == 1):
				continue
			}
			if p, ok := take(from, to); ok {
				return p
			}
		}
	}
	return whole
}

// begins tells whether a place's name may begin with w.
func (s *Splitter) begins(w string) bool {
	first := split(w)
	return len(first) > 0 && s.starts[start(first[0])]
}

// fieldsOf parts a query at spaces and commas, within the bounds of a query
// and without control and direction characters.
func fieldsOf(text string) []string {
	if len(text) > maxQuery {
		text = text[:maxQuery]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == ',' || r == ';' || unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
	f := strings.Fields(text)
	return f[:min(len(f), maxWords)]
}

func isPostalCode(w string) bool {
	return len(w) == 5 && strings.Trim(w, "0123456789") == ""
}

func isPreposition(w string) bool {
	switch strings.ToLower(w) {
	case "in", "im", "bei", "für", "at", "near", "for", "aus":
		return true
	}
	return false
}

// isWord tells whether a place's name is a common word as well.
func isWord(w string) bool {
	switch strings.ToLower(w) {
	case "essen", "senden", "wenden", "kamen", "lage", "enger", "wetter", "halle", "much", "hagen", "hamm", "haan", "selm", "rees", "werl":
		return true
	}
	return false
}

func startsUpper(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(r)
}
