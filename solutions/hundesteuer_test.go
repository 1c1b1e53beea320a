package solutions

import (
	"encoding/csv"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
)

// named are the municipalities with values of their own.
var named = []string{
	"057740032032", "053340002002", "053150000000", "057110000000", "055150000000",
	"059740040040", "055130000000", "059700040040", "053700024024", "053140000000",
}

// day reads a date that the test itself wrote.
func day(s string) clock.Date {
	d, err := clock.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func readYAML(t testing.TB, name string, into any) {
	t.Helper()
	b, err := fs.ReadFile(Files(), name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalWithOptions(b, into, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestNamedMunicipalitiesDiffer(t *testing.T) {
	c := load(t)
	seen := map[string]string{}
	for _, ars := range append([]string{"051110000000"}, named...) {
		o, err := c.Offer(ars, "hundesteuer", day("2026-11-22"))
		if err != nil {
			t.Fatal(err)
		}
		if !o.Demo() || !strings.Contains(o.Set.ByLaw.Name, "Demo-Wert, nicht die Satzung der Stadt") {
			t.Errorf("%s is not marked as made up", ars)
		}
		if o.Default != (ars == "051110000000") {
			t.Errorf("%s: default = %v", ars, o.Default)
		}
		key := o.Set.Text("office_name", i18n.DE) + o.Set.Text("rates_text", i18n.DE) + o.Set.Text("due_days_text", i18n.DE)
		if twin, twice := seen[key]; twice {
			t.Errorf("%s and %s have the same values", ars, twin)
		}
		seen[key] = ars
		if o.Set.Bool("online_mandate") && (o.Set.Text("creditor_id", i18n.DE) == "" || o.Set.Text("creditor_name", i18n.DE) == "") {
			t.Errorf("%s takes mandates without a creditor", ars)
		}
	}
	if n := len(c.Sets("hundesteuer")); n != len(named)+2 { // Paderborn has two by-laws; the default is one
		t.Errorf("%d distinct sets", n)
	}
}

func TestKeysExist(t *testing.T) {
	known := func(file string) []string {
		f, err := os.Open("../../shared/data/nrw/" + file)
		if err != nil {
			t.Skip("no ../shared/data: ", err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, r := range rows {
			keys = append(keys, r[0])
		}
		return keys
	}
	places, leika, ozg := known("municipalities_nrw.csv"), known("leika_leistungen.csv"), known("ozg_leistungen.csv")
	for _, v := range load(t).Solutions() {
		files, err := fs.Glob(v.Files(), "parameters/0*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if ars := strings.TrimSuffix(path.Base(f), ".yaml"); !slices.Contains(places, ars) {
				t.Errorf("%s: there is no municipality %s", f, ars)
			}
		}
		for _, s := range v.Services {
			if s.LeiKa != "" && !slices.Contains(leika, s.LeiKa) || !slices.Contains(ozg, s.OZG) {
				t.Errorf("%s: %s or %s is not in the catalogue", s.ID, s.LeiKa, s.OZG)
			}
		}
	}
}

func TestOfferForDogTax(t *testing.T) {
	c := load(t)
	for _, key := range []string{"99102013002000", "99102013010000", "10160", "hundesteuer/anmeldung"} {
		if _, err := c.OfferFor(key, "057740032032", day("2026-11-22")); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := c.OfferFor("hundesteuer/abmeldung", "057740032032", day("2026-11-22")); err == nil {
		t.Error("deregistration is not online, but an offer was made")
	}
}

func TestBreeds(t *testing.T) {
	var breeds []struct {
		Code  string            `yaml:"code"`
		DE    string            `yaml:"de"`
		EN    string            `yaml:"en"`
		Attrs map[string]string `yaml:"attrs"`
		Also  []string          `yaml:"also"`
	}
	readYAML(t, "hundesteuer/lists/breeds.yaml", &breeds)
	law := map[string][]string{}
	for _, b := range breeds {
		if b.DE == "" || b.EN == "" {
			t.Errorf("%s lacks a name", b.Code)
		}
		law[b.Attrs["lhundg"]] = append(law[b.Attrs["lhundg"]], b.DE)
	}
	if len(breeds) < 200 {
		t.Errorf("only %d breeds", len(breeds))
	}
	// LHundG NRW § 3 (2) and § 10 (1)
	if got, want := strings.Join(law["3"], ", "), "American Pitbull Terrier, American Staffordshire Terrier, Bullterrier, Staffordshire Bullterrier"; got != want {
		t.Errorf("§ 3: %s", got)
	}
	if got, want := strings.Join(law["10"], ", "), "Alano, American Bulldog, Bullmastiff, Dogo Argentino, Fila Brasileiro, Mastiff, Mastino Español, Mastino Napoletano, Rottweiler, Tosa Inu"; got != want {
		t.Errorf("§ 10: %s", got)
	}
}

// Every notice renders for every municipality and language with what its kind
// is given, and no brace is left.
func TestNoticesRender(t *testing.T) {
	c := load(t)
	for _, ars := range append([]string{"051110000000"}, named...) {
		o, err := c.Offer(ars, "hundesteuer", day("2026-11-22"))
		if err != nil {
			t.Fatal(err)
		}
		kinds := o.Version.NoticeKinds()
		if len(kinds) != 6 {
			t.Fatalf("kinds of notice: %v", kinds)
		}
		for _, kind := range kinds {
			names, tables := solution.NoticeNeeds(kind)
			values, rows := map[string]string{}, map[string][]solution.Row{}
			for _, n := range names {
				values[n] = "<" + n + ">"
			}
			for _, n := range tables {
				rows[n] = []solution.Row{{Label: n, Value: "1,00 €"}}
			}
			for _, lang := range i18n.Langs() {
				n, err := o.Version.Notice(kind, lang, o.Set, values, rows)
				if err != nil {
					t.Errorf("%s %s %s: %v", ars, kind, lang, err)
				}
				var text strings.Builder
				for _, b := range n.Blocks {
					text.WriteString(b.Heading + b.Text + "\n")
				}
				if strings.ContainsAny(n.Title+text.String(), "{}") || n.Title == "" {
					t.Errorf("%s %s %s: %s", ars, kind, lang, text.String())
				}
				if kind == solution.Assessment && (!strings.Contains(text.String(), o.Set.Text("bylaw", lang)) || !strings.Contains(text.String(), "<cash_reference>")) {
					t.Errorf("%s: the assessment lacks by-law or reference", ars)
				}
			}
		}
	}
}

func TestPrivacyFactsRender(t *testing.T) {
	o, err := load(t).Offer("053340002002", "hundesteuer", day("2026-11-22"))
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Langs() {
		facts, err := o.Version.PrivacyFacts(lang, o.Set, map[string]string{"authority": "Stadt Aachen", "authority_contact": "Telefon", "dpo": "E-Mail"}, nil)
		if err != nil || len(facts) < 8 {
			t.Fatalf("%d facts, %v", len(facts), err)
		}
		for _, f := range facts {
			if f.Label == "" || f.Value == "" || strings.ContainsAny(f.Value, "{}") {
				t.Errorf("%s: %+v", lang, f)
			}
		}
	}
}
