package solution

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/i18n"
)

// small is a complete solution in a few lines.
func small() map[string]string {
	return map[string]string{
		"bin/solution.yaml": `
id: bin
version: 1.2.0
title: {de: Tonne bestellen, en: Order a bin}
summary: {de: Für alle, en: For everybody}
action: {de: Bestellen, en: Order}
case_prefix: BT
services: [{id: order, leika: "99001001000000", ozg: "10110", online: true}]
legal: [{text: {de: Satzung, en: By-law}}]
retention: {draft_days: 30, case_years: 10, basis: {de: Akten, en: Files}}
privacy: [{title: {de: Wer, en: Who}, text: {de: "{authority} mit {params.office}", en: "{authority} with {params.office}"}}]
`,
		"bin/parameters.yaml": `
parameters:
  - {name: office, type: text, min: 2, max: 20, default: Amt, text: {de: Amt, en: Office}}
  - {name: rates, type: moneys, min: 1, max: 3, own: true, default: [1000, 2000], text: {de: Satz, en: Rate}}
  - {name: share, type: percent, default: 0, text: {de: Anteil, en: Share}}
  - {name: days, type: days, default: ["02-15", "07-01"], text: {de: Tage, en: Days}}
  - {name: note, type: words, max: 50, default: {de: "", en: ""}, text: {de: Hinweis, en: Note}}
  - {name: online, type: bool, default: false, text: {de: Online, en: Online}}
  - name: kinds
    type: choices
    default: [bio]
    options: [{id: bio, text: {de: Biotonne, en: organic}}, {id: paper, text: {de: Papier, en: paper}}]
    text: {de: Arten, en: Kinds}
`,
		"bin/parameters/default.yaml":      "tenant: \"\"\nname: Rest\ndemo: true\nbylaws: [{name: Muster, valid_from: 2020-01-01}]\n",
		"bin/parameters/057740032032.yaml": ownFile,
		"bin/notices/assessment.yaml": `
title: {de: "Bescheid {year}", en: "Notice {year}"}
blocks:
  - {text: {de: "{applicant}: {amount_year}, {params.rates.2}, Satzung: {params.bylaw}", en: "{applicant}: {amount_year}, {params.rates.2}, by-law: {params.bylaw}"}}
  - {when: tags, text: {de: "Marke {tags}", en: "Tag {tags}"}}
  - {when: params.online, text: {de: Online, en: Online}}
  - {table: due}
`,
		"bin/service/de.yaml": service,
		"bin/service/en.yaml": service,
	}
}

const ownFile = `tenant: "057740032032"
name: Paderborn
demo: true
bylaws:
  - name: Satzung 2024
    decided: 2023-12-14
    valid_from: 2024-01-01
    valid_to: 2026-12-31
    values: {rates: [1500], share: 50, office: Steueramt}
  - name: Satzung 2027
    valid_from: 2027-01-01
    values: {rates: [1600]}
`

const service = `
services:
  - id: order
    title: Tonne
    short: Kurz
    what: [a]
    who: [b]
    need: [c]
    fee_line: "ab {params.rates.1}"
    duration_line: kurz
    fee: ["Satz {params.rates_text}", {text: "Anteil {params.share}", when: params.share}, {text: Je nach Ort, when: general}]
    duration: [d]
    legal: [e]
    steps: [f]
`

func folder(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func mustLoad(t *testing.T, files map[string]string) *Catalog {
	t.Helper()
	c, err := Load(folder(files))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(s string) clock.Date {
	d, err := clock.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestRatesChangeOnTheirDay(t *testing.T) {
	c := mustLoad(t, small())
	for _, tc := range []struct {
		tenant, day, bylaw string
		rate, share        int64
		standard           bool
	}{
		{"057740032032", "2024-01-01", "Satzung 2024", 1500, 50, false},
		{"057740032032", "2026-12-31", "Satzung 2024", 1500, 50, false},
		{"057740032032", "2027-01-01", "Satzung 2027", 1600, 50, false}, // an amendment keeps what it does not name
		{"051110000000", "2026-11-22", "Muster", 1000, 0, true},
	} {
		o, err := c.Offer(tc.tenant, "bin", day(tc.day))
		if err != nil {
			t.Errorf("%s on %s: %v", tc.tenant, tc.day, err)
			continue
		}
		if o.Set.ByLaw.Name != tc.bylaw || o.Set.Cents("rates")[0] != tc.rate || o.Set.Int("share") != tc.share || o.Default != tc.standard || !o.Demo() {
			t.Errorf("%s on %s: got %s %v %d default=%v", tc.tenant, tc.day, o.Set.ByLaw.Name, o.Set.Cents("rates"), o.Set.Int("share"), o.Default)
		}
	}
	if _, err := c.Offer("057740032032", "bin", day("2023-12-31")); !fail.Is(err, fail.Unavailable) {
		t.Errorf("before the first by-law: %v", err)
	}
	if _, err := c.Offer("05774", "bin", day("2026-01-01")); !fail.Is(err, fail.Invalid) {
		t.Errorf("short key: %v", err)
	}
	if _, err := c.Offer("057740032032", "cat", day("2026-01-01")); !fail.Is(err, fail.NotFound) {
		t.Errorf("no such solution: %v", err)
	}
}

func TestOfferForNamesServicesByEveryKey(t *testing.T) {
	c := mustLoad(t, small())
	for _, key := range []string{"99001001000000", "10110", "bin/order"} {
		if o, err := c.OfferFor(key, "051110000000", day("2026-01-01")); err != nil || o.Version.ID != "bin" {
			t.Errorf("%s: %v", key, err)
		}
	}
	for _, key := range []string{"", "99102013002000", "bin/other"} {
		if _, err := c.OfferFor(key, "051110000000", day("2026-01-01")); !fail.Is(err, fail.NotFound) {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestEqualParametersExistOnce(t *testing.T) {
	files := small()
	files["bin/parameters/053150000000.yaml"] = strings.Replace(ownFile, "057740032032", "053150000000", 1)
	c := mustLoad(t, files)
	a, _ := c.Offer("057740032032", "bin", day("2026-01-01"))
	b, _ := c.Offer("053150000000", "bin", day("2026-01-01"))
	d1, _ := c.Offer("051110000000", "bin", day("2026-01-01"))
	d2, _ := c.Offer("055150000000", "bin", day("2026-01-01"))
	if a.Set != b.Set || d1.Set != d2.Set || a.Set == d1.Set {
		t.Error("equal parameters are not shared, or different ones are")
	}
	if n := len(c.Sets("bin")); n != 3 {
		t.Errorf("%d distinct sets, want 3", n)
	}
}

func TestValuesFitTheirTypes(t *testing.T) {
	c := mustLoad(t, small())
	o, _ := c.Offer("057740032032", "bin", day("2026-01-01"))
	types := o.Version.FormTypes()
	values := o.Set.Values(i18n.EN)
	if !slices.Equal(slices.Sorted(maps.Keys(types)), slices.Sorted(maps.Keys(values))) {
		t.Errorf("types %v\nvalues %v", types, values)
	}
	for name, v := range values {
		ok := false
		switch types[name] {
		case "text":
			_, ok = v.(string)
		case "int", "money":
			_, ok = v.(int64)
		case "bool":
			_, ok = v.(bool)
		case "texts":
			_, ok = v.([]string)
		case "moneys":
			_, ok = v.([]int64)
		}
		if !ok {
			t.Errorf("%s: %T is not %s", name, v, types[name])
		}
	}
	if got := values["days_text"]; got != "15 February and 1 July" {
		t.Errorf("days_text = %q", got)
	}
	if got := o.Set.Values(i18n.DE)["kinds_text"]; got != "Biotonne" {
		t.Errorf("kinds_text = %q", got)
	}
}

// Each case breaks one line of the small solution; the error has to say what
// is wrong.
func TestLoadRefuses(t *testing.T) {
	for _, tc := range []struct{ file, old, new, want string }{
		{"bin/solution.yaml", "id: bin", "id: box", "not the folder's name"},
		{"bin/solution.yaml", "1.2.0", "1.2", "MAJOR.MINOR.PATCH"},
		{"bin/solution.yaml", "en: Order a bin", "en: ''", "title is missing"},
		{"bin/solution.yaml", `leika: "99001001000000"`, `leika: "99"`, "not 14 digits"},
		{"bin/solution.yaml", "draft_days: 30", "draft_days: 0", "retention"},
		{"bin/solution.yaml", "draft_days: 30", "draft_dais: 30", "draft_dais"},
		{"bin/solution.yaml", "{authority} mit", "{autority} mit", "unknown placeholder {autority}"},
		{"bin/parameters.yaml", "name: share", "name: office", "stands there twice"},
		{"bin/parameters.yaml", "type: percent", "type: per", "not a type of parameter"},
		{"bin/parameters.yaml", "default: Amt", "default: A", "characters are outside"},
		{"bin/parameters.yaml", `"02-15", "07-01"`, `"07-01", "02-15"`, "is not a day MM-DD after"},
		{"bin/parameters.yaml", `"02-15"`, `"02-29"`, "is not a day"},
		{"bin/parameters.yaml", "name: online", "name: demo", "taken by the by-law"},
		{"bin/parameters/057740032032.yaml", "rates: [1500], ", "", "rates is missing"},
		{"bin/parameters/057740032032.yaml", "rates: [1500]", "rates: [15.5]", "not an amount"},
		{"bin/parameters/057740032032.yaml", "rates: [1500]", "rates: [99999999]", "not an amount"},
		{"bin/parameters/057740032032.yaml", "rates: [1500]", "rates: []", "outside 1 to 3"},
		{"bin/parameters/057740032032.yaml", "share: 50", "share: 101", "outside 0 to 100"},
		{"bin/parameters/057740032032.yaml", "share: 50", "colour: red", "colour is not a parameter"},
		{"bin/parameters/057740032032.yaml", "valid_to: 2026-12-31", "valid_to: 2027-06-30", "still applies"},
		{"bin/parameters/057740032032.yaml", "valid_to: 2026-12-31", "valid_to: 2023-12-31", "before it begins"},
		{"bin/parameters/057740032032.yaml", `"057740032032"`, `"057740032033"`, "but the file is named"},
		{"bin/parameters/default.yaml", "bylaws: [{name: Muster, valid_from: 2020-01-01}]", "bylaws: []", "no by-law"},
		{"bin/notices/assessment.yaml", "{applicant}:", "{aplicant}:", "unknown placeholder {aplicant}"},
		{"bin/notices/assessment.yaml", "params.rates.2", "params.rate.2", "parameters.yaml does not declare it"},
		{"bin/notices/assessment.yaml", "Marke {tags}", "Marke {tags", "brace"},
		{"bin/notices/assessment.yaml", "table: due", "table: dues", "unknown table"},
		{"bin/notices/assessment.yaml", "when: tags", "when: tagz", "unknown placeholder {tagz}"},
		{"bin/service/en.yaml", "who: [b]", "who: []", "who is empty where no town"},
		{"bin/service/de.yaml", "id: order", "id: buy", "the service order is missing"},
		{"bin/service/de.yaml", "{params.share}", "{params.shar}", "does not declare it"},
	} {
		files := small()
		if !strings.Contains(files[tc.file], tc.old) {
			t.Fatalf("%s has no %q", tc.file, tc.old)
		}
		files[tc.file] = strings.Replace(files[tc.file], tc.old, tc.new, 1)
		if _, err := Load(folder(files)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s with %q: got %v, want %q", tc.file, tc.new, err, tc.want)
		}
	}
	files := small()
	delete(files, "bin/parameters/default.yaml")
	if _, err := Load(folder(files)); err == nil || !strings.Contains(err.Error(), "default.yaml is missing") {
		t.Errorf("without defaults: %v", err)
	}
}

func TestAPublishedVersionNeverChanges(t *testing.T) {
	files := small()
	v, err := mustLoad(t, files).Solution("bin")
	if err != nil {
		t.Fatal(err)
	}
	files["published.txt"] = "# comment\nbin 1.2.0 " + v.Digest + "\n"
	files["bin/parameters/057740032032.yaml"] = strings.Replace(ownFile, "1500", "1700", 1)
	mustLoad(t, files) // a by-law may change

	changed := maps.Clone(files)
	changed["bin/service/de.yaml"] += "# x\n"
	if _, err := Load(folder(changed)); err == nil || !strings.Contains(err.Error(), "changed after it was published") {
		t.Errorf("changed text: %v", err)
	}

	next := maps.Clone(files)
	for name, text := range files {
		if rest, ok := strings.CutPrefix(name, "bin/"); ok {
			next["bin@1.2.0/"+rest] = text
		}
	}
	next["bin/solution.yaml"] = strings.Replace(next["bin/solution.yaml"], "1.2.0", "1.10.0", 1)
	c := mustLoad(t, next)
	if v, _ := c.Solution("bin"); v.Manifest.Version != "1.10.0" {
		t.Errorf("newest is %s", v.Manifest.Version)
	}
	if o, err := c.At("057740032032", "bin", "1.2.0", day("2026-01-01")); err != nil || o.Version.Manifest.Version != "1.2.0" || o.Set.Cents("rates")[0] != 1700 {
		t.Errorf("old version: %v", err)
	}
}

func TestNotice(t *testing.T) {
	c := mustLoad(t, small())
	o, _ := c.Offer("057740032032", "bin", day("2026-01-01"))
	values := map[string]string{"year": "2026", "applicant": "Ada Weiß", "amount_year": "15,00 €"}
	tables := map[string][]Row{"due": {{"15. Februar 2026", "15,00 €"}}}
	n, err := o.Version.Notice(Assessment, i18n.DE, o.Set, values, tables)
	if err != nil {
		t.Fatal(err)
	}
	want := []Block{
		{Text: "Ada Weiß: 15,00\u00a0€, 15,00\u00a0€, Satzung: Satzung 2024"},
		{Rows: tables["due"]},
	}
	if n.Title != "Bescheid 2026" || len(n.Blocks) != len(want) || n.Blocks[0].Text != want[0].Text || n.Blocks[1].Rows[0] != want[1].Rows[0] {
		t.Errorf("got %+v", n)
	}
	delete(values, "applicant")
	if _, err := o.Version.Notice(Assessment, i18n.DE, o.Set, values, tables); !fail.Is(err, fail.Invalid) || !strings.Contains(err.Error(), "applicant") {
		t.Errorf("a hole in the notice: %v", err)
	}
	if _, err := o.Version.Notice(Withdrawn, i18n.DE, o.Set, values, nil); !fail.Is(err, fail.NotFound) {
		t.Errorf("no such notice: %v", err)
	}
}

func TestServiceTextsAndPrivacyAreFilled(t *testing.T) {
	c := mustLoad(t, small())
	o, _ := c.Offer("057740032032", "bin", day("2026-01-01"))
	s, ok := o.ServiceText(i18n.EN, "order")
	if !ok || s.Key != "bin/order" || !slices.Equal(s.Fee, []string{"Satz €15.00", "Anteil 50%"}) {
		t.Errorf("got %+v", s)
	}
	d, _ := c.Offer("051110000000", "bin", day("2026-01-01"))
	if s, _ := d.ServiceText(i18n.DE, "order"); !slices.Equal(s.Fee, []string{"Satz 10,00\u00a0€ und 20,00\u00a0€"}) {
		t.Errorf("a line that does not apply stays out: %q", s.Fee)
	}
	if s.FeeLine != "ab €15.00" || s.DurationLine != "kurz" {
		t.Errorf("lines: %q, %q", s.FeeLine, s.DurationLine)
	}
	if g := o.Version.ServiceTexts(i18n.DE)[0]; !slices.Equal(g.Fee, []string{"Je nach Ort"}) || g.FeeLine != "" || g.DurationLine != "kurz" {
		t.Errorf("where no town is chosen: %+v", g)
	}
	facts, err := o.Version.PrivacyFacts(i18n.DE, o.Set, map[string]string{"authority": "Stadt Paderborn"}, nil)
	if err != nil || facts[0] != (Row{"Wer", "Stadt Paderborn mit Steueramt"}) {
		t.Errorf("%v %v", facts, err)
	}
	if _, err := o.Version.PrivacyFacts(i18n.DE, o.Set, nil, nil); !fail.Is(err, fail.Invalid) {
		t.Errorf("a privacy notice without a controller: %v", err)
	}
}

func TestInstalments(t *testing.T) {
	quarters, half, once := []string{"02-15", "05-15", "08-15", "11-15"}, []string{"02-15", "08-15"}, []string{"07-01"}
	for _, tc := range []struct {
		name           string
		cents          int64
		days           []string
		from, notified string
		want           string
	}{
		{"a full year known in advance", 12000, quarters, "2027-01-01", "2026-12-10", "2027-02-15:3000 2027-05-15:3000 2027-08-15:3000 2027-11-15:3000"},
		{"from August, notified in August", 5000, quarters, "2026-08-01", "2026-08-20", "2026-09-20:2000 2026-11-15:3000"},
		{"the past in one sum", 12000, quarters, "2026-01-01", "2026-06-20", "2026-07-20:6000 2026-08-15:3000 2026-11-15:3000"},
		{"odd cents go to the last", 1001, half, "2026-01-01", "2026-01-02", "2026-02-15:500 2026-08-15:501"},
		{"once, still to come", 9900, once, "2026-01-01", "2026-03-01", "2026-07-01:9900"},
		{"once, over already", 825, once, "2026-12-01", "2026-12-20", "2027-01-20:825"},
		{"no due days", 825, nil, "2026-12-01", "2027-01-31", "2027-02-28:825"},
		{"nothing to pay", 0, quarters, "2026-01-01", "2026-01-01", ""},
	} {
		var got []string
		var sum int64
		for _, i := range Instalments(tc.cents, tc.days, day(tc.from), day(tc.notified)) {
			got = append(got, i.Due.String()+":"+i18n.Number(i18n.EN, i.Cents))
			sum += i.Cents
		}
		if s := strings.ReplaceAll(strings.Join(got, " "), ",", ""); s != tc.want || sum != tc.cents {
			t.Errorf("%s: got %s, want %s", tc.name, s, tc.want)
		}
	}
}

// What an address says in place of a solution's id is nothing for the log.
func TestAnUnknownIDIsNotRepeated(t *testing.T) {
	_, err := mustLoad(t, small()).Solution("ada@weiss.example")
	if !fail.Is(err, fail.NotFound) || strings.Contains(err.Error(), "weiss") {
		t.Error(err)
	}
}
