package place

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxQuery is the length in bytes beyond which a query is not looked at.
const MaxQuery = 200

// Outcome says how many places a query fits.
type Outcome int

// The outcomes of a look-up.
const (
	None    Outcome = iota // no place; Similar may hold some that were meant
	One                    // exactly one: Places[0]
	Several                // several: ask which of Places
)

// By says what of a place the query named.
type By int

// The ways to name a place.
const (
	ByName By = iota
	ByPostalCode
	ByKey
)

// Result is the answer to Find.
type Result struct {
	Outcome Outcome
	By      By      // for None: ByPostalCode says that a postal code was typed that no municipality has
	Places  []Place // one for One, two or more for Several
	Similar []Place // for None: at most 5 names that are nearly what was typed; never to be taken unasked
	// Passed is the Kreis that bears the name too, where FindMunicipality took
	// the one town or city of that name; zero otherwise.
	Passed Place
}

// Place is the one place found; the zero Place unless Outcome is One.
func (r Result) Place() Place {
	if r.Outcome != One {
		return Place{}
	}
	return r.Places[0]
}

// strength says how exactly a written form names a place; smaller is better.
type strength int

const (
	precise strength = iota // title, official name, label: alone
	plain                   // the name itself: other places that have it too are asked for
	part                    // a part of the name: "Rheda", "Salzuflen", "Halle"
	loose                   // a part of a Kreis's name: "Wittgenstein"
)

type hit struct {
	place    int
	strength strength
}

// index finds places by their folded names.
type index struct {
	exact  map[string][]hit
	prefix []prefixEntry // sorted by key; for suggestions while typing
	near   []prefixEntry // names for the search of typing errors
	twins  map[int][]int // places whose long names differ by one letter
}

type prefixEntry struct {
	key string
	hit
}

// otherNames are written forms that folding does not reach, by name.
func otherNames(name string) []string {
	switch name {
	case "Köln":
		return []string{"Cologne"}
	case "Preußisch Oldendorf":
		return []string{"Pr. Oldendorf"}
	case "Bergisch Gladbach":
		return []string{"Berg. Gladbach"}
	case "Mülheim an der Ruhr":
		return []string{"Mülheim/Ruhr", "Mülheim a. d. Ruhr"}
	case "Mönchengladbach":
		return []string{"M'gladbach", "MGladbach"}
	}
	return nil
}

func newIndex(places []Place) index {
	x := index{exact: map[string][]hit{}}
	for i, p := range places {
		add := func(s string, st strength, suggest bool) {
			with, without := folds(s)
			for _, key := range []string{with, without} {
				if key == "" {
					continue
				}
				h := hit{i, st}
				if slices.ContainsFunc(x.exact[key], func(o hit) bool { return o.place == i && o.strength <= st }) {
					continue
				}
				x.exact[key] = append(x.exact[key], h)
				if suggest {
					x.prefix = append(x.prefix, prefixEntry{key, h})
				}
			}
		}
		add(p.Name, plain, true)
		for _, s := range otherNames(p.Name) {
			add(s, plain, false)
		}
		if p.Kind == District {
			add(p.Title(), precise, true)
			add(p.Name+" Kreis", precise, false)
			add("Landkreis "+p.Name, precise, false)
			for _, s := range strings.FieldsFunc(p.Name, func(r rune) bool { return r == '-' || r == ' ' }) {
				if !strings.EqualFold(s, "Kreis") {
					add(s, loose, true)
				}
			}
			add(strings.TrimSuffix(p.Name, "-Kreis"), loose, false)
			continue
		}
		add(p.Title(), precise, false)
		if p.Official != p.Name {
			add(p.Official, precise, false)
		}
		if p.Kind != Commune {
			add(p.Name+" Stadt", precise, false)
		} else {
			add(p.Name+" Gemeinde", precise, false)
		}
		if p.InDistrict != "" {
			add(p.Label(), precise, false)
			add(bare(p.Name)+" "+p.InDistrict, precise, false)
		}
		for _, s := range parts(p.Name) {
			add(s, part, true)
		}
	}
	slices.SortFunc(x.prefix, func(a, b prefixEntry) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.strength, b.strength), cmp.Compare(a.place, b.place))
	})
	for _, e := range x.prefix {
		if e.strength <= part && len(e.key) >= 4 {
			x.near = append(x.near, e)
		}
	}
	x.twins = twins(places)
	return x
}

// twins pairs municipalities whose long names a single slip of the finger
// turns into one another (Neunkirchen, Neuenkirchen), so that neither is taken
// without asking.
func twins(places []Place) map[int][]int {
	out := map[int][]int{}
	names := make([]string, len(places))
	for i, p := range places {
		if name := Fold(p.Name); p.IsMunicipality() && len(name) >= 8 {
			names[i] = name
		}
	}
	for i, a := range names {
		for j, b := range names[:i] {
			if a != "" && b != "" && a[0] == b[0] && distance(a, b, 1) == 1 {
				out[i], out[j] = append(out[i], j), append(out[j], i)
			}
		}
	}
	return out
}

// bare is the name without an addition in brackets.
func bare(name string) string {
	s, _, _ := strings.Cut(name, " (")
	return s
}

// parts lists what people leave of a long name: what stands before an
// addition ("Halle (Westf.)", "Mülheim an der Ruhr"), the halves of a double
// name, the name without "Bad" or "Sankt".
func parts(name string) []string {
	s := bare(name)
	var out []string
	if s != name {
		out = append(out, s)
	}
	for _, sep := range []string{" an der ", " am "} {
		if before, _, ok := strings.Cut(s, sep); ok {
			out = append(out, before)
		}
	}
	pieces := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '/' })
	if len(pieces) > 1 {
		out = append(out, pieces...)
	}
	for _, p := range pieces {
		for _, prefix := range []string{"Bad ", "Sankt ", "Schloß "} {
			if rest, ok := strings.CutPrefix(p, prefix); ok {
				out = append(out, rest)
			}
		}
	}
	return out
}

// Find looks a place up by what a person typed or a program passed on: a
// name in any usual spelling, a postal code (alone or with the name), an ARS
// (12 digits), AGS (8) or district key (5). It never guesses.
func (a *Atlas) Find(query string) Result { return a.find(query, false) }

// FindMunicipality is Find where only a municipality can be meant: "Soest" is
// the town, and the Kreis that was passed over is named, for the page to say
// so. A Kreis that is named as such is answered with its municipalities, to be
// asked for.
func (a *Atlas) FindMunicipality(query string) Result {
	r := a.find(query, true)
	if r.By == ByName && r.Place().InDistrict != "" {
		for _, p := range a.find(query, false).Places {
			if !p.IsMunicipality() {
				r.Passed = p
			}
		}
	}
	return r
}

func (a *Atlas) find(query string, only bool) Result {
	if len(query) > MaxQuery || !utf8.ValidString(query) {
		return Result{}
	}
	if digits := strings.Join(strings.Fields(query), ""); digits != "" && allDigits(digits) {
		return a.byDigits(digits, only)
	}
	code, name := cutPostalCode(query)
	hits := a.named(name, only)
	if code != "" {
		at := a.byPostal[code]
		both := slices.DeleteFunc(slices.Clone(hits), func(i int) bool { return !slices.Contains(at, i) })
		switch {
		case len(both) > 0:
			hits = both
		case len(at) == 0 && len(hits) == 0: // "20095 Hamburg"
			return Result{By: ByPostalCode, Similar: a.similar(name, only)}
		case len(at) > 0: // the parts disagree (or the name is a quarter's): ask for all
			return a.result(ByPostalCode, union(at, hits), only)
		}
	}
	if len(hits) > 0 {
		return a.result(ByName, hits, only)
	}
	return Result{Similar: a.similar(name, only)}
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// cutPostalCode takes a postal code off either end of "33098 Paderborn".
func cutPostalCode(q string) (code, rest string) {
	f := strings.FieldsFunc(q, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	for _, i := range []int{0, len(f) - 1} {
		if i >= 0 && i < len(f) && len(f[i]) == 5 && allDigits(f[i]) {
			code = f[i]
			return code, strings.Join(slices.Delete(f, i, i+1), " ")
		}
	}
	return "", q
}

func (a *Atlas) byDigits(d string, only bool) Result {
	if i, ok := a.byKey[d]; ok {
		return a.result(ByKey, []int{i}, only)
	}
	if len(d) != 5 {
		return Result{By: ByKey}
	}
	if at := a.byPostal[d]; len(at) > 0 {
		return a.result(ByPostalCode, at, only)
	}
	return Result{By: ByPostalCode}
}

func (a *Atlas) result(by By, hits []int, only bool) Result {
	r := Result{Outcome: Several, By: by}
	for _, i := range hits {
		if p := a.places[i]; only && p.Kind == District {
			r.Places = append(r.Places, a.Within(p.Key)...)
		} else {
			r.Places = append(r.Places, p)
		}
	}
	if len(r.Places) == 1 {
		r.Outcome = One
	}
	return r
}

// named lists the places that name fits, the best first.
func (a *Atlas) named(name string, only bool) []int {
	with, without := folds(name)
	if hits := a.lookup(with, without, only); len(hits) > 0 {
		return hits
	}
	// "Landeshauptstadt Düsseldorf", "Kreis Rhein-Sieg", "Bonn NRW": drop what
	// only describes.
	ws := words(name, "e", true)
	rest := slices.DeleteFunc(slices.Clone(ws), describes)
	if len(rest) == 0 || len(rest) == len(ws) {
		return nil
	}
	without = strings.Join(slices.DeleteFunc(words(name, "", true), describes), "")
	return a.lookup(strings.Join(rest, ""), without, only)
}

func describes(w string) bool {
	switch w {
	case "stadt", "gemeinde", "kreis", "landkreis", "kreisfreie", "kreisstadt", "landeshauptstadt", "bundesstadt",
		"hansestadt", "universitaetsstadt", "universitatsstadt", "nrw", "nordrhein", "westfalen", "germany", "deutschland":
		return true
	}
	return false
}

func (a *Atlas) lookup(with, without string, only bool) []int {
	var by [loose + 1][]int
	for _, key := range []string{with, without} {
		if key == "" {
			continue
		}
		for _, h := range a.index.exact[key] {
			by[h.strength] = append(by[h.strength], h.place)
		}
	}
	if only && len(by[plain]) > 0 {
		// The bare name of a town and a Kreis is the town's; of a Kreis alone
		// ("Lippe", "Rhein-Sieg-Kreis") it is the Kreis's.
		if towns := a.municipalities(by[plain]); len(towns) > 0 {
			by[plain] = towns
		}
	}
	switch {
	case len(by[precise]) > 0:
		return unique(by[precise])
	case len(by[plain]) > 0:
		hits := union(unique(by[plain]), a.municipalities(by[part]))
		for _, i := range by[plain] {
			hits = union(hits, a.index.twins[i])
		}
		return hits
	case len(by[part]) > 0:
		return unique(by[part])
	}
	return unique(by[loose])
}

func (a *Atlas) municipalities(hits []int) []int {
	return slices.DeleteFunc(slices.Clone(hits), func(i int) bool { return !a.places[i].IsMunicipality() })
}

func unique(hits []int) []int { return union(nil, hits) }

func union(a, b []int) []int {
	out := slices.Clone(a)
	for _, i := range b {
		if !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}

// similar lists at most 5 places whose names are nearly what was typed: one
// slip in a name of 4 letters, two from 7, three from 12.
func (a *Atlas) similar(name string, only bool) []Place {
	with, without := folds(name)
	if len(with) < 4 || len(with) > 60 {
		return nil
	}
	limit := 1
	switch {
	case len(with) >= 12:
		limit = 3
	case len(with) >= 7:
		limit = 2
	}
	best := map[int]int{}
	for _, e := range a.index.near {
		if only && a.places[e.place].Kind == District {
			continue
		}
		d := distance(with, e.key, limit)
		if without != "" {
			d = min(d, distance(without, e.key, limit))
		}
		if d > limit {
			continue
		}
		if old, ok := best[e.place]; !ok || d < old {
			best[e.place] = d
		}
	}
	return a.ranked(best, 5)
}

// ranked lists the n places with the least score, the larger town first among
// equals.
func (a *Atlas) ranked(score map[int]int, n int) []Place {
	ids := make([]int, 0, len(score))
	for i := range score {
		ids = append(ids, i)
	}
	slices.SortFunc(ids, func(i, j int) int {
		p, q := &a.places[i], &a.places[j]
		return cmp.Or(cmp.Compare(score[i], score[j]), cmp.Compare(boolInt(p.Kind == District), boolInt(q.Kind == District)),
			cmp.Compare(q.Population, p.Population), strings.Compare(p.ARS, q.ARS))
	})
	out := make([]Place, 0, min(n, len(ids)))
	for _, i := range ids[:min(n, len(ids))] {
		out = append(out, a.places[i])
	}
	return out
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Suggest lists at most n places whose name, part of a name or postal code
// begins with prefix, names before parts and large before small; where none
// does, names that are nearly it. It is meant for a combobox, so each place's
// Label is what to show and to submit.
func (a *Atlas) Suggest(prefix string, n int) []Place {
	if len(prefix) > MaxQuery || !utf8.ValidString(prefix) || n <= 0 {
		return nil
	}
	score := map[int]int{}
	if digits := strings.TrimSpace(prefix); digits != "" && allDigits(digits) {
		for i := sort.SearchStrings(a.codes, digits); i < len(a.codes) && strings.HasPrefix(a.codes[i], digits); i++ {
			for _, p := range a.byPostal[a.codes[i]] {
				score[p] = 0
			}
		}
		return a.ranked(score, n)
	}
	with := strings.Join(words(prefix, "e", false), "")
	without := strings.Join(words(prefix, "", false), "")
	for k, key := range []string{with, without} {
		if key == "" || k == 1 && key == with {
			continue
		}
		from := sort.Search(len(a.index.prefix), func(i int) bool { return a.index.prefix[i].key >= key })
		for _, e := range a.index.prefix[from:] {
			if !strings.HasPrefix(e.key, key) {
				break
			}
			s := int(max(e.strength, plain))
			if old, ok := score[e.place]; !ok || s < old {
				score[e.place] = s
			}
		}
	}
	if len(score) > 0 {
		return a.ranked(score, n)
	}
	r := a.Find(prefix)
	if r.Outcome == None {
		return r.Similar[:min(n, len(r.Similar))]
	}
	return r.Places[:min(n, len(r.Places))]
}
