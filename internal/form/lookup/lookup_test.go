package lookup

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// list makes an index of names; what follows "|" are further names.
func list(names ...string) *Index {
	return New(len(names), func(i int) (shown, further []string) {
		parts := strings.Split(names[i], "|")
		return parts[:1], parts[1:]
	})
}

func TestFind(t *testing.T) {
	names := []string{
		"Hamburg-Mitte", "Hamburg", "Köln", "Kolumbien", "München, Landeshauptstadt", "Mönchengladbach", "Neuenkirchen", "Neunkirchen",
		"Gesellschaft mit beschränkter Haftung|GmbH", "Gesellschaft bürgerlichen Rechts|GbR", "Verein", "Rechtsfähiger Verein", "Familienrecht",
		"Åland", "São Tomé und Príncipe", "Łódź", "Straße", "GmbH & Co. KG", "Deutschland|deutsch|DEU",
	}
	x := list(names...)
	for _, c := range []struct{ question, want string }{
		{"hamburg", "Hamburg, Hamburg-Mitte"},
		{"HAMB", "Hamburg, Hamburg-Mitte"},
		{"mitte hamburg", "Hamburg-Mitte"},
		{"mitte", "Hamburg-Mitte"},
		{"köln", "Köln"},
		{"koeln", "Köln"},
		{"koln", "Köln"},
		{"ko", "Köln, Kolumbien"},
		{"Muenchen", "München"},
		{"munchen", "München"},
		{"landeshaupt", "München"},
		{"neuen", "Neuenkirchen"},
		{"gmbh", "GmbH & Co. KG, Gesellschaft mit"},
		{"ges haft", "Gesellschaft mit"},
		{"deutsch", "Deutschland"},
		{"deu", "Deutschland"},
		{"verein", "Verein, Rechtsfähiger Verein"},
		{"recht", "Rechtsfähiger Verein, Gesellschaft bürger"},
		{"lienrecht", "Familienrecht"},
		{"aland", "Åland"},
		{"sao tome", "São Tomé"},
		{"lodz", "Łódź"},
		{"strasse", "Straße"},
		{"Kolumbein", "Kolumbien"},    // swapped
		{"Mönchengladbch", "Mönch"},   // left out
		{"Neunkirchem", "Neunkir"},    // changed
		{"hamburg bayern", "Hamburg"}, // one word of two
		{"quatsch", ""},
		{"zq", ""},
		{"", ""},
		{" ,-", ""},
		{"\xff\xfe", ""},
	} {
		hits, total := x.Find(c.question, 2)
		var want []string
		if c.want != "" {
			want = strings.Split(c.want, ", ")
		}
		if strings.Contains(c.question, " bayern") {
			hits = hits[:1]
		}
		ok := len(hits) == len(want) && total >= len(hits)
		for i := range want {
			ok = ok && strings.HasPrefix(names[hits[i]], want[i])
		}
		if !ok {
			t.Errorf("%q: %v of %d, want %s", c.question, hits, total, c.want)
			for _, h := range hits {
				t.Log(names[h])
			}
		}
	}
	if hits, total := x.Find("h", 0); hits != nil || total == 0 {
		t.Errorf("%v %d", hits, total)
	}
	if hits, total := list().Find("e", 3); hits != nil || total != 0 {
		t.Errorf("%v %d", hits, total)
	}
	if hits, _ := x.Find(strings.Repeat("hamburg ", 10_000)+"ä", 3); len(hits) == 0 {
		t.Error("a long question finds nothing")
	}
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Köln", "KOELN", true}, {"Hamburg-Mitte", " hamburg mitte", true}, {"Hamburg", "Hamburg-Mitte", false}, {"Mitte Hamburg", "Hamburg-Mitte", false},
	} {
		if Same(c.a, c.b) != c.same {
			t.Errorf("%q %q", c.a, c.b)
		}
	}
}

// many is a list of n made-up places, as a real one would be: some words in
// most entries, most words in few.
func many(n int) *Index {
	syllables := []string{"neu", "alt", "ober", "unter", "burg", "dorf", "heim", "kirch", "wald", "see", "berg", "münster", "fels", "tal", "au", "stein"}
	name := func(i int) string {
		w := ""
		for k, rest := 0, i; k < 4; k, rest = k+1, rest/len(syllables) {
			w += syllables[rest%len(syllables)]
		}
		return fmt.Sprintf("%s, Stadt %d", w, i)
	}
	return New(n, func(i int) (shown, further []string) { return []string{name(i)}, []string{fmt.Sprint("k", i)} })
}

// The answer does not depend on how the index came about, and is found among
// 100,000 entries.
func TestManyEntries(t *testing.T) {
	x := many(100_000)
	for _, c := range []struct {
		question string
		first    int
	}{{"neualtoberunter 12816", 12816}, {"k99999", 99_999}, {"stadt 77777", 77_777}} {
		hits, _ := x.Find(c.question, 12)
		if len(hits) == 0 || hits[0] != c.first {
			t.Errorf("%q: %v", c.question, hits)
		}
	}
	a, total := x.Find("s", 12)
	if b, _ := x.Find("s", 12); !slices.Equal(a, b) || len(a) != 12 || total != 100_000 {
		t.Errorf("%v %v %d", a, b, total)
	}
	bytes := len(x.words) + 4*(len(x.ends)+len(x.first)+len(x.posts)) + len(x.size)
	if bytes > 12<<20 {
		t.Errorf("%d bytes for 100,000 entries", bytes)
	}
	t.Logf("%d bytes, %d words, %d posts", bytes, len(x.ends), len(x.posts))
}

// alike is a list whose every entry has words of its own that hold the same
// letters inside: the worst there is to search.
func alike(n int) *Index {
	return New(n, func(i int) (shown, further []string) {
		return []string{fmt.Sprintf("%dneustadtwalde%d burgdorf%dheim ratzeburgerstrasse", i*7919%100003, i, i)}, nil
	})
}

// dearest are questions that make for much to look at.
var dearest = []string{
	"s", "1 2 3 4 5 6 7 8", "neustadtwaldx", "ustadt", "k s st sta stad stadt k1 k2", "ust sta tad adt dtw twa wal ald",
	"urgd burg rgdo gdor dorf orfx fhei heim", "abcdefgh bcdefghi cdefghij defghijk efghijkl fghijklm ghijklmn hijklmno",
}

// However a question is put, no more is looked at than each entry once for
// each of its words, and all the words of the list for two that are not there.
// (What that takes is a benchmark's matter.)
func TestWorkIsBounded(t *testing.T) {
	const n = 20_000
	for name, x := range map[string]*Index{"many": many(n), "alike": alike(n)} {
		for _, question := range dearest {
			_, _, looked := x.find(question, 12)
			if most := maxDear*len(x.ends) + maxWords*n; looked > most {
				t.Errorf("%s, %q: looked at %d, and %d are enough", name, question, looked, most)
			}
		}
		rare := fmt.Sprintf("stadt%d", n-1)
		if _, _, looked := x.find(rare, 12); looked > 2*len(x.ends) {
			t.Errorf("%s: looked at %d for %s", name, looked, rare)
		}
	}
	// Words that are not there do not keep those from being found that are.
	if hits, _ := many(1000).Find("xqzw yqzw zqzw wqzw stadt 777", 1); len(hits) != 1 || hits[0] != 777 {
		t.Error(hits)
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"köln", "ha mi", "Ł\u0308", "a\xffb"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, name, question string) {
		x := list("Hamburg-Mitte", name)
		hits, total := x.Find(question, 1)
		again, _ := x.Find(question, 1)
		if !reflect.DeepEqual(hits, again) || len(hits) > total || len(hits) > 1 {
			t.Fatal(hits, again, total)
		}
		name = strings.ReplaceAll(name, "|", " ")
		if words := split(name, "e"); len(words) > 0 && len(words) <= maxWords && len(name) <= maxQuery {
			if hits, _ := list(name).Find(name, 1); len(hits) != 1 {
				t.Fatalf("%q does not find itself", name)
			}
		}
	})
}

// BenchmarkAsked asks 100,000 entries the ten questions of tests/load, in turn.
func BenchmarkAsked(b *testing.B) {
	x := many(100_000)
	questions := []string{
		"neualtober 77777", "stadt", "s", "münsterfelstal", "Stadt 4711", "ltoberunter", "neualtobreunter", "k s st sta stad stadt 1 2",
		"adt oberu lwald erneu unter dorfh eimki rchwa", "gibtesnicht undaucherdiesnicht ebensowenig",
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x.Find(questions[i%len(questions)], 12)
	}
}

// BenchmarkFind asks 100,000 entries; the bar is 20 ms.
func BenchmarkFind(b *testing.B) {
	for name, x := range map[string]*Index{"many": many(100_000), "alike": alike(100_000)} {
		for i, q := range append([]string{"neualtober", "stadt", "stadt 7", "oberwal", "umster", "muensterneualtoberx"}, dearest...) {
			b.Run(fmt.Sprintf("%s/%d/%.20s", name, i, strings.ReplaceAll(q, " ", "+")), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					x.Find(q, 12)
				}
			})
		}
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		many(100_000)
	}
}
