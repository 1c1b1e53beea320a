package service

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"leitportal/internal/i18n"
)

func load(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCatalogIsWhole(t *testing.T) {
	c := load(t)
	if len(c.Services) != 557 || len(c.Topics) != 14 || len(c.Events) != 55 {
		t.Fatalf("%d services, %d topics, %d events; want 557, 14, 55", len(c.Services), len(c.Topics), len(c.Events))
	}
	keys := 0
	for _, s := range c.Services {
		keys += len(s.Keys)
		if s.Slug == "" || Slugify(s.Slug) != s.Slug {
			t.Errorf("%s has the address %q", s.OZGID, s.Slug)
		}
		for _, l := range i18n.Langs() {
			if title, _ := s.Title(l); title == "" {
				t.Errorf("%s has no title in %s", s.OZGID, l)
			}
		}
	}
	if keys != 4797 {
		t.Errorf("%d LeiKa keys, want 4797", keys)
	}
	total := 0
	for _, topic := range c.Topics {
		total += len(topic.Services)
		for _, l := range i18n.Langs() {
			if topic.Title(l) == "" {
				t.Errorf("topic %s has no title in %s", topic.Name, l)
			}
		}
	}
	if total != 557 {
		t.Errorf("topics hold %d services", total)
	}
	for _, e := range c.Events {
		if e.Topic == nil || len(e.Services) == 0 || e.Title(i18n.EN) == "" || e.Title(i18n.DE) == "" {
			t.Errorf("event %s is incomplete", e.Name)
		}
	}
	if n := len(c.Popular()); n != 12 {
		t.Errorf("%d popular services, want 12", n)
	}
}

func TestDogTax(t *testing.T) {
	c := load(t)
	s, moved, ok := c.BySlug("hundesteuer")
	if !ok || moved || s.OZGID != "10160" || s.Level != Municipality {
		t.Fatalf("BySlug(hundesteuer) = %+v, %v, %v", s, moved, ok)
	}
	if old, moved, ok := c.BySlug("hundehaltung"); !ok || !moved || old != s {
		t.Error("the address of the official name must lead to the same service")
	}
	found := false
	for _, k := range s.Keys {
		found = found || k.Key == "99102013002000" && k.URN() == "urn:de:fim:leika:leistung:99102013002000" && !k.Group()
	}
	if !found {
		t.Error("the key of the assessment is missing")
	}
	if title, in := s.Title(i18n.EN); in != i18n.EN || !strings.Contains(title, "dog") {
		t.Errorf("English title %q in %s", title, in)
	}
}

func TestEnglishTitles(t *testing.T) {
	c, n := load(t), 0
	for _, s := range c.Services {
		if _, in := s.Title(i18n.EN); in == i18n.EN {
			n++
		}
	}
	if n < 60 {
		t.Errorf("%d English titles, want 60", n)
	}
	for _, s := range c.Popular() {
		if _, in := s.Title(i18n.EN); in != i18n.EN {
			t.Errorf("the popular service %s has no English title", s.Name)
		}
	}
}

func TestLevelFromTypes(t *testing.T) {
	k := func(kinds ...string) (out []LeiKa) {
		for _, kind := range kinds {
			out = append(out, LeiKa{Type: kind})
		}
		return out
	}
	for _, tc := range []struct {
		keys []LeiKa
		want Level
	}{{nil, Unrecorded}, {k("1", "1"), Federal}, {k("5"), Municipality}, {k("1", "2/3"), Unrecorded}, {k("2/3"), Unrecorded}, {k("4"), Unrecorded}} {
		if got := levelOf(tc.keys); got != tc.want {
			t.Errorf("levelOf(%v) = %c, want %c", tc.keys, got, tc.want)
		}
	}
}

func TestSlugify(t *testing.T) {
	for in, want := range map[string]string{
		"Führerschein":                      "fuehrerschein",
		"Straßen & Wege":                    "strassen-wege",
		"  Vaterschafts-/Mutterschaft  ":    "vaterschafts-mutterschaft",
		"<script>":                          "script",
		"":                                  "",
		strings.Repeat("Steuer ", 20):       strings.TrimSuffix(strings.Repeat("steuer-", 11), "-"),
		"Café":                              "cafe",
		"Übernahme von Mietrückständen (§)": "uebernahme-von-mietrueckstaenden",
	} {
		if got := Slugify(in); got != want {
			t.Errorf("Slugify(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLawsOfService(t *testing.T) {
	c := load(t)
	s, _ := c.ByID("10119")
	laws := c.Laws(s)
	if len(laws) == 0 {
		t.Fatal("no legal basis for the identity card")
	}
	seen := map[Law]bool{}
	for _, l := range laws {
		if seen[l] || l.Name == "" || !strings.HasPrefix(l.Href, "http") {
			t.Errorf("law %+v is double or broken", l)
		}
		seen[l] = true
	}
}

// The embedded facts are what the generator makes of the data.
func TestFactsAreCurrent(t *testing.T) {
	data, err := filepath.Abs("../../../shared/data/nrw")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(data, "ozg_leistungen.csv")); err != nil {
		t.Skip("the source data (../shared/data/nrw) is not here")
	}
	out := filepath.Join(t.TempDir(), "catalog.txt")
	if b, err := exec.Command("go", "run", "./gen", data, out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != catalogFacts {
		t.Error("facts/catalog.txt is not current: go run ./internal/service/gen ../shared/data/nrw internal/service/facts/catalog.txt")
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}
