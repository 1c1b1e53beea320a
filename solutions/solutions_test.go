package solutions

import (
	"strings"
	"testing"

	"leitportal/internal/i18n"
	"leitportal/internal/solution"
)

func load(t *testing.T) *solution.Catalog {
	t.Helper()
	c, err := solution.Load(Files())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Prints what published.txt needs, and sees that every folder loads.
func TestDigests(t *testing.T) {
	for _, v := range load(t).Solutions() {
		t.Logf("%s %s %s", v.ID, v.Manifest.Version, v.Digest)
	}
}

func TestTexts(t *testing.T) {
	for _, v := range load(t).Solutions() {
		c, err := i18n.Load(v.Files())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range c.Stale() {
			if !strings.Contains(s, ": solution.") && !strings.Contains(s, ": list.") { // form check sees to these: their German is in YAML
				t.Error(s)
			}
		}
	}
}

func TestServiceTextsHaveNoHoles(t *testing.T) {
	c := load(t)
	for _, v := range c.Solutions() {
		for _, ars := range named {
			o, err := c.Offer(ars, v.ID, day("2026-11-22"))
			if err != nil {
				t.Fatal(err)
			}
			for _, lang := range i18n.Langs() {
				for _, s := range o.ServiceTexts(lang) {
					for _, part := range [][]string{s.What, s.Who, s.Need, s.Fee, s.Duration, s.Legal, s.Steps} {
						all := strings.Join(part, "\n")
						if all == "" || strings.ContainsAny(all, "{}") || strings.Contains(all, "  ") {
							t.Errorf("%s %s %s: %q", ars, lang, s.Key, all)
						}
					}
				}
			}
		}
	}
}
