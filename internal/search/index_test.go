package search

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"leitportal/internal/i18n"
	"leitportal/internal/service"
)

// shared is one index for all tests of the package: it is immutable.
var shared = sync.OnceValues(func() (*Index, error) {
	c, err := service.Load()
	if err != nil {
		return nil, err
	}
	return New(c, Phrases{"10136": {i18n.DE: {"Kaugummiautomat defekt"}}})
})

func index(t testing.TB) *Index {
	t.Helper()
	ix, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

func TestHostileQueries(t *testing.T) {
	ix := index(t)
	for _, q := range []string{
		"", "   ", "\x00\x01", "\xff\xfe\xfd", strings.Repeat("a", 10_000), strings.Repeat("Hund ", 5_000), "<script>alert(1)</script>",
		`"><img src=x onerror=alert(1)>`, "' OR 1=1 --", "+name:* -x^99 ~2 [a TO z]", "\u202ednuH", "😀😀😀", strings.Repeat("ß", 500), "der die das",
	} {
		for _, l := range i18n.Langs() {
			res, err := ix.Search(t.Context(), Query{Text: q, Lang: l, Typing: true})
			if err != nil {
				t.Errorf("Search(%.40q): %v", q, err)
			}
			if len(res.Hits) > maxHits {
				t.Errorf("Search(%.40q) has %d hits", q, len(res.Hits))
			}
		}
	}
	if res, _ := ix.Search(t.Context(), Query{Text: "qwxyzkjh", Lang: i18n.DE}); len(res.Hits) != 0 {
		t.Errorf("nonsense finds %v", names(res))
	}
}

func TestTopicFilter(t *testing.T) {
	ix := index(t)
	res, err := ix.Search(t.Context(), Query{Text: "Steuer", Lang: i18n.DE, Topic: "steuern-zoll"})
	if err != nil || len(res.Hits) < 5 {
		t.Fatalf("%d hits, %v", len(res.Hits), err)
	}
	for _, h := range res.Hits {
		if h.Service.Topic.Slug != "steuern-zoll" {
			t.Errorf("%s is of topic %s", h.Service.Name, h.Service.Topic.Name)
		}
	}
	if all, _ := ix.Search(t.Context(), Query{Text: "Steuer", Lang: i18n.DE, Limit: 2}); len(all.Hits) != 2 {
		t.Errorf("limit 2 gave %d hits", len(all.Hits))
	}
}

func TestExactComesFirstAndGuessesAreTold(t *testing.T) {
	ix := index(t)
	res, _ := ix.Search(t.Context(), Query{Text: "steuer fur mein hund", Lang: i18n.DE})
	if len(res.Hits) == 0 || !res.Hits[0].Exact || res.Guessed {
		t.Errorf("got %+v", res)
	}
	res, _ = ix.Search(t.Context(), Query{Text: "Hundesteur", Lang: i18n.DE})
	if len(res.Hits) == 0 || !res.Hits[0].Exact || !res.Guessed {
		t.Errorf("got %+v", res)
	}
}

func TestSplitCompounds(t *testing.T) {
	a := index(t).a
	for word, want := range map[string]string{
		"hundesteuer":       "hunde steuer",
		"hundesteuermarke":  "hunde steuer marke",
		"mulltonne":         "mull tonne",
		"geburtsurkunde":    "geburt urkunde",
		"steuer":            "",
		"paderborn":         "",
		"personalausweis":   "personal ausweis",
		"anwohnerparkplatz": "anwohner park platz",
		"donaudampfschiff":  "",
	} {
		if got := strings.Join(a.split(word), " "); got != want {
			t.Errorf("split(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{"müll": "mull", "muell": "mull", "straße": "strasse", "steuer": "steuer", "neue": "neue"} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
	if w := wordsOf("Mu\u0308ll, TONNE!"); strings.Join(w, " ") != "müll tonne" {
		t.Errorf("decomposed umlaut: %q", w)
	}
}

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b  string
		limit int
		want  int
	}{{"hund", "hund", 2, 0}, {"hund", "hudn", 2, 1}, {"hund", "hun", 2, 1}, {"steuer", "steur", 2, 1}, {"abc", "xyz", 2, 3}, {"a", "abcdef", 2, 3}, {"", "ab", 2, 2}} {
		if got := distance(tc.a, tc.b, tc.limit); got != tc.want {
			t.Errorf("distance(%q, %q, %d) = %d, want %d", tc.a, tc.b, tc.limit, got, tc.want)
		}
	}
}

func TestSynonymsAreRefused(t *testing.T) {
	c, err := service.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"99999 de hund", "10160 fr chien", "10160 de", "hund"} {
		if _, err := readSynonyms(c, bad); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q is taken: %v", bad, err)
		}
	}
}

func TestMorePhrases(t *testing.T) {
	res, err := index(t).Search(t.Context(), Query{Text: "defekter Kaugummiautomat", Lang: i18n.DE})
	if err != nil || len(res.Hits) == 0 || res.Hits[0].Service.OZGID != "10136" {
		t.Errorf("%v %v", names(res), err)
	}
}

// The catalogue and its index are part of the portal's 90 MB when idle.
func TestIndexIsSmall(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	c, err := service.Load()
	if err != nil {
		t.Fatal(err)
	}
	ix, err := New(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if grown := heap() - before; grown > 12<<20 {
		t.Errorf("catalogue and index take %d kB", grown>>10)
	} else {
		t.Logf("%d kB", grown>>10)
	}
	runtime.KeepAlive(ix)
	if err := ix.Close(); err != nil {
		t.Error(err)
	}
}
