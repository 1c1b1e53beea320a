package casework

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
)

// decoded is pages of answers as a program reads them.
func decoded(t *testing.T, p *form.Program, pages map[string]string) *form.Answers {
	t.Helper()
	rows := map[string]json.RawMessage{}
	for path, b := range pages {
		rows[path] = json.RawMessage(b)
	}
	b, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := p.DecodeJSON(b)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// stalls is a form that has nothing in common with dog tax.
func stalls(t *testing.T, pages map[string]string) *reading {
	t.Helper()
	texts := `{"section.all":"Alles"`
	for _, key := range []string{
		"page.trader.title", "page.stall.title", "page.stalls.title", "page.money.title", "page.stalls.add", "page.stalls.next", "group.stalls.one",
		"field.trader.given.label", "field.trader.family.label", "field.trader.firm.label", "field.trader.road.label", "field.trader.town.label",
		"field.stalls.sign.label", "field.stalls.metres.label", "field.money.debit.label", "field.money.account.label",
		"compute.rent.title", "compute.rent.metres", "compute.rent.sum.year", "compute.rent.sum.season",
	} {
		texts += `,"` + key + `":"Text"`
	}
	texts += "}"
	def, err := form.Load(fstest.MapFS{
		"schema.yaml": {Data: []byte(`
id: markt
fields:
  - id: trader
    group:
      - {id: given, type: text}
      - {id: family, type: text}
      - {id: firm, type: text}
      - {id: road, type: text}
      - {id: town, type: text}
  - id: stalls
    repeat: {min: 1, max: 9, as: stall, label: sign}
    group:
      - {id: sign, type: text}
      - {id: metres, type: int, min: 0, max: 99}
  - id: money
    group:
      - {id: debit, type: bool}
      - {id: account, type: iban}
`)},
		"pages.yaml": {Data: []byte(`
pages:
  - {id: trader, section: all, fields: [trader.given, trader.family, trader.firm, trader.road, trader.town]}
  - {id: stall, section: all, each: stalls, fields: [stalls.sign, stalls.metres]}
  - {id: stalls, section: all, list: stalls, columns: [stalls.sign]}
  - {id: money, section: all, fields: [money.debit, money.account]}
`)},
		"rules.yaml": {Data: []byte(`
compute:
  - id: rent
    sums: [year, season]
    lines:
      - {id: metres, each: stalls, cents: {year: "stall.metres * 1200", season: "stall.metres * 300"}}
`)},
		"texts/de.json": {Data: []byte(texts)}, "texts/en.json": {Data: []byte(texts)},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := form.Compile(def, form.Options{})
	if err != nil {
		t.Fatal(err)
	}
	answers := decoded(t, p, pages)
	params, err := p.Params(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &reading{
		program: p, view: p.Open(answers, form.Env{Params: params, Today: clock.Date{Year: 2026, Month: 3, Day: 10}, Lang: i18n.DE}),
		offer: solution.Offer{Version: &solution.Version{Manifest: solution.Manifest{Answers: solution.Paths{
			First: "trader.given", Last: "trader.family", Organisation: "trader.firm", Street: "trader.road", City: "trader.town",
			Mandate: "money.debit", IBAN: "money.account", Item: "stalls", ItemName: "stalls.sign", Compute: "rent", SumNow: "season", SumFull: "year",
		}}}},
	}
}

// The desk knows no form: what a letter names stands where the solution says.
func TestFactsOfAnotherSolution(t *testing.T) {
	pages := map[string]string{
		"trader":  `{"trader.family":"Öz","trader.given":"Cem","trader.road":"Markt 1","trader.town":"33098 Paderborn"}`,
		"stall/1": `{"stalls.metres":4,"stalls.sign":"Obst"}`,
		"stall/3": `{"stalls.metres":2,"stalls.sign":"Obst"}`,
		"stall/4": `{"stalls.metres":1,"stalls.sign":"Käse"}`,
		"stalls":  `{"stalls":{"ids":[1,3,4],"next":5,"done":true}}`,
		"money":   `{"money.account":"DE02120300000000202051","money.debit":true}`,
	}
	r := stalls(t, pages)
	f := r.facts()
	if f.name != "Cem Öz" || !slices.Equal(f.address, []string{"Markt 1", "33098 Paderborn"}) || f.iban != "DE02120300000000202051" {
		t.Errorf("%+v", f)
	}
	// Two of one name are told apart, by their place and by their instance.
	if want := []item{{1, "Obst (1)", "Obst"}, {3, "Obst (2)", "Obst"}, {4, "Käse", ""}}; !slices.Equal(f.items, want) {
		t.Errorf("%+v, want %+v", f.items, want)
	}
	if got := f.apart(3, "Obst: 2 m") + f.apart(4, "Käse: 1 m") + f.apart(1, "Marktstand"); got != "Obst (2): 2 mKäse: 1 mMarktstand" {
		t.Error(got)
	}
	a, err := r.tax(r.view, r.offer.Version.Answers, 2026, Texts().In(i18n.DE))
	if err != nil || a.now != 2100 || a.full != 8400 || len(a.lines) != 3 || a.from != (clock.Date{Year: 2026, Month: time.October, Day: 1}) {
		t.Errorf("%+v, %v", a, err)
	}

	pages["trader"] = `{"trader.firm":"Öz & Söhne OHG","trader.town":"33098 Paderborn"}`
	pages["money"] = `{"money.account":"DE02120300000000202051","money.debit":false}`
	if f := stalls(t, pages).facts(); f.name != "Öz & Söhne OHG" || len(f.address) != 1 || f.iban != "" {
		t.Errorf("%+v", f)
	}
}

// A computation without the sums the solution names is a fault, none at all is not.
func TestTaxNeedsItsSums(t *testing.T) {
	r := stalls(t, nil)
	at := r.offer.Version.Answers
	at.SumFull = "century"
	if _, err := r.tax(r.view, at, 2026, Texts().In(i18n.DE)); err == nil {
		t.Error("a sum that is not there is taken for one")
	}
	at.Compute = ""
	if a, err := r.tax(r.view, at, 2026, Texts().In(i18n.DE)); err != nil || a.now != 0 || a.lines != nil {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestFactsOfJointKeepers(t *testing.T) {
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.solutions.Solution("hundesteuer")
	if err != nil {
		t.Fatal(err)
	}
	pages := application()
	pages["keeper-kind"] = `{"keeper.company":false,"keeper.joint":true}`
	pages["partner/1"] = `{"partners.birth":"1981-01-01","partners.first":"Bo","partners.last":"Weiß","partners.same_address":true}`
	pages["partner/2"] = `{"partners.birth":"1981-01-01","partners.first":"Cleo","partners.last":"Grün","partners.same_address":true}`
	pages["partners"] = `{"partners":{"ids":[1,2],"next":3,"done":true}}`
	r := &reading{program: c.program, offer: solution.Offer{Version: v}, view: c.program.Open(decoded(t, c.program, pages), form.Env{})}
	if f := r.facts(); f.name != "Ada Weiß, Bo Weiß, Cleo Grün" || f.joint != 3 || f.lines()[1] != "Musterstraße 12a" || f.iban == "" {
		t.Errorf("%+v", f)
	}
}
