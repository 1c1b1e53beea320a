package form

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// allKinds is a form of one page with a field of each newer kind.
func allKinds(t testing.TB, rules string) *Program {
	t.Helper()
	words := `{"section.s":"S","page.p.title":"P",
		"field.a.plz.invalid":"Bitte fünf Ziffern","field.a.sig.declaration":"Ich erkläre",
		"field.a.rank.choice.x":"Nähe","field.a.rank.choice.y":"Preis","field.a.rank.choice.z":"Ruhe"`
	pages := "pages:\n  - id: p\n    section: s\n    fields:\n"
	schema := "id: all\nfields:\n  - id: a\n    group:\n"
	for _, f := range []string{
		`id: part, type: partialdate, min: "1900-01-01", max: today`,
		`id: partd, type: partialdate, unknown: day`,
		`id: time, type: time, min: "08:00", max: "18:00"`,
		`id: dt, type: datetime, min: today`,
		`id: per, type: period, max: today+1y`,
		`id: open, type: period, open: true`,
		`id: tax, type: taxid`, `id: tel, type: phone`, `id: plate, type: plate`, `id: reg, type: register`,
		`id: nat, type: nationality`, `id: land, type: country`, `id: geo, type: geo`, `id: sig, type: signature`,
		`id: rank, type: ranking, choices: [x, y, z]`, `id: rank2, type: ranking, list: orte, min: 2`,
		`id: plz, type: text, min: 2, pattern: "([0]{1}[1-9]{1}|[1-9]{1}[0-9]{1})[0-9]{3}"`,
	} {
		id, _, _ := strings.Cut(strings.TrimPrefix(f, "id: "), ",")
		schema += "      - {" + f + "}\n"
		pages += "      - a." + id + "\n"
		words += `,"field.a.` + id + `.label":"` + id + `"`
	}
	words += "}"
	d, err := Load(fstest.MapFS{
		"schema.yaml": {Data: []byte(schema)}, "pages.yaml": {Data: []byte(pages)}, "rules.yaml": {Data: []byte(rules)},
		"texts/de.json": {Data: []byte(words)}, "texts/en.json": {Data: []byte(words)},
		"lists/orte.yaml": {Data: []byte("- {code: b1, de: Nord, en: North}\n- {code: b2, de: Süd, en: South}\n- {code: b3, de: Ost, en: East}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func allView(p *Program, lang i18n.Lang) *View {
	return p.Open(p.Empty(), Env{Today: clock.Date{Year: 2026, Month: 11, Day: 22}, Lang: lang})
}

// A part is required only where no answer does without it.
func TestRequiredParts(t *testing.T) {
	p := allKinds(t, "")
	for _, f := range p.byPath {
		f.node.Required = true
	}
	v := allView(p, i18n.DE)
	st, err := v.Step("p")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"a.geo": "false false false", "a.open": "true false", "a.per": "true true", "a.rank": "true true true", "a.rank2": "false false false",
		"a.sig": "true true", "a.reg": "true true true", "a.dt": "true true",
	}
	for _, f := range v.Fields(st, nil, nil) {
		var got []string
		for _, c := range f.Parted {
			got = append(got, fmt.Sprint(c.Required))
		}
		if w := want[f.Name]; strings.Join(got, " ") != w {
			t.Errorf("%s: %v, want %s", f.Name, got, w)
		}
	}
}

func TestEachKind(t *testing.T) {
	p := allKinds(t, "")
	for _, c := range []struct {
		in     string // posted, without "a." before each name
		stored string // JSON of the answer, or the key of the problem
		de, en string // as shown, or the control of the problem
	}{
		{"part:year=2019", `"2019"`, "2019", "2019"},
		{"part:month=3&part:year=2019", `"2019-03"`, "März 2019", "March 2019"},
		{"part:day=24&part:month=03&part:year=2019", `"2019-03-24"`, "24. März 2019", "24 March 2019"},
		{"part:day=24&part:year=2019", "form.date_month", "part:month", ""},
		{"part:day=24&part:month=3", "form.date_year", "part:year", ""},
		{"part:month=3", "form.date_year", "part:year", ""},
		{"part:day=31&part:month=2&part:year=2019", "form.date_none", "part:day", ""},
		{"part:month=13&part:year=2019", "form.date_none", "part:month", ""},
		{"part:year=19", "form.date_year4", "part:year", ""},
		{"part:year=1899", "form.date_before", "part:day", ""},
		{"part:year=2026", `"2026"`, "2026", "2026"}, // may still be before today
		{"part:year=2027", "form.date_future", "part:day", ""},
		{"part:month=12&part:year=2026", "form.date_future", "part:day", ""},
		{"part=2019", "form.unknown", "", ""},
		{"part:hour=3", "form.unknown", "", ""},
		{"partd:month=3&partd:year=2019", `"2019-03"`, "März 2019", "March 2019"},
		{"partd:year=2019", "form.date_month", "partd:month", ""},
		{"time=8:30", `"08:30"`, "08:30\u00a0Uhr", "08:30"},
		{"time=8", `"08:00"`, "08:00\u00a0Uhr", "08:00"},
		{"time=0830", `"08:30"`, "08:30\u00a0Uhr", "08:30"},
		{"time=830", `"08:30"`, "08:30\u00a0Uhr", "08:30"},
		{"time=8.30 Uhr", `"08:30"`, "08:30\u00a0Uhr", "08:30"},
		{"time=8,30", `"08:30"`, "08:30\u00a0Uhr", "08:30"},
		{"time=2:15 pm", `"14:15"`, "14:15\u00a0Uhr", "14:15"},
		{"time=12 a.m.", "form.time_before", "time", ""},
		{"time=13 pm", "form.time", "time", ""},
		{"time=24:00", "form.time", "time", ""},
		{"time=12:60", "form.time", "time", ""},
		{"time=mittags", "form.time", "time", ""},
		{"time=18:01", "form.time_after", "time", ""},
		{"dt:date:day=22&dt:date:month=11&dt:date:year=2026&dt:time=14.05", `"2026-11-22T14:05"`, "22. November 2026, 14:05\u00a0Uhr", "22 November 2026, 14:05"},
		{"dt:date:day=21&dt:date:month=11&dt:date:year=2026&dt:time=14", "form.date_past", "dt:date:day", ""},
		{"dt:date:day=22&dt:date:month=11&dt:date:year=2026", "form.time_missing", "dt:time", ""},
		{"dt:time=14", "form.date_day", "dt:date:day", ""},
		{"dt:date:day=22&dt:date:month=11&dt:time=14", "form.date_year", "dt:date:year", ""},
		{"per:from:day=1&per:from:month=4&per:from:year=2026&per:to:day=30&per:to:month=4&per:to:year=2026", `{"from":"2026-04-01","to":"2026-04-30"}`, "1. April 2026 bis 30. April 2026", "1 April 2026 to 30 April 2026"},
		{"per:from:day=1&per:from:month=4&per:from:year=2026&per:to:day=1&per:to:month=4&per:to:year=2026", `{"from":"2026-04-01","to":"2026-04-01"}`, "1. April 2026 bis 1. April 2026", "1 April 2026 to 1 April 2026"},
		{"per:from:day=1&per:from:month=4&per:from:year=2026", "form.period_to", "per:to:day", ""},
		{"per:from:day=1&per:from:month=4&per:from:year=2026&per:to:day=31&per:to:month=3&per:to:year=2026", "form.period_order", "per:to:day", ""},
		{"per:from:day=1&per:from:month=4&per:from:year=2026&per:to:day=31&per:to:month=3&per:to:year=2029", "form.date_after", "per:to:day", ""},
		{"per:from:day=32&per:from:month=4&per:from:year=2026", "form.date_none", "per:from:day", ""},
		{"per:to:day=1&per:to:month=4&per:to:year=2026", "form.period_from", "per:from:day", ""},
		{"open:from:day=1&open:from:month=4&open:from:year=2026", `{"from":"2026-04-01"}`, "seit 1. April 2026", "since 1 April 2026"},
		{"tax=12 345 678 903", "form.taxid_digits", "tax", ""},
		{"tax=86 095 742 719", `"86095742719"`, "86 095 742 719", "86 095 742 719"}, // the example of the Federal Central Tax Office
		{"tax=86095742718", "form.taxid_check", "tax", ""},
		{"tax=8609574271", "form.taxid_length", "tax", ""},
		{"tax=8609574271a", "form.taxid_chars", "tax", ""},
		{"tax=06095742719", "form.taxid_digits", "tax", ""},
		{"tel=05251 88-0", `"+495251880"`, "+49 5251880", "+49 5251880"},
		{"tel=%2B1 212 555 0100", `"+12125550100"`, "+1 2125550100", "+1 2125550100"},
		{"tel=88-0", "form.phone", "tel", ""},
		{"plate=pb-ab 123", `"PB-AB 123"`, "PB-AB 123", "PB-AB 123"},
		{"plate=PB AB123e", `"PB-AB 123E"`, "PB-AB 123E", "PB-AB 123E"},
		{"plate=FÜ-A 1H", `"FÜ-A 1H"`, "FÜ-A 1H", "FÜ-A 1H"},
		{"plate=b-x 9 (4/10)", `"B-X 9 04-10"`, "B-X 9 04-10", "B-X 9 04-10"},
		{"plate=B-X 9 11-02", `"B-X 9 11-02"`, "B-X 9 11-02", "B-X 9 11-02"},
		{"plate=B-X 9 04-04", "form.plate_season", "plate", ""},
		{"plate=B-X 9 05-04", "form.plate_season", "plate", ""},
		{"plate=PBAB 123", "form.plate_split", "plate", ""},
		{"plate=PB-AB 0123", "form.plate", "plate", ""},
		{"plate=PB-ABC 123", "form.plate", "plate", ""},
		{"plate=BÜS-AB 1234", "form.plate_length", "plate", ""},
		{"reg:court=Amtsgericht Paderborn&reg:art=HRB&reg:number=HRB 012345 b", `{"art":"HRB","court":"Paderborn","number":"12345 B"}`, "Amtsgericht Paderborn, HRB 12345 B", "Register court (Amtsgericht) Paderborn, HRB 12345 B"},
		{"reg:court=Paderborn&reg:art=XX&reg:number=1", "form.register_art", "reg:art", ""},
		{"reg:court=Paderborn&reg:art=VR&reg:number=keine", "form.register_number", "reg:number", ""},
		{"reg:art=VR&reg:number=1", "form.register_court", "reg:court", ""},
		{"reg:court=Иван&reg:art=VR&reg:number=1", "form.chars", "reg:court", ""},
		{"reg=HRB 1", "form.unknown", "", ""},
		{"nat=XXA", `"XXA"`, "staatenlos", "stateless"},
		{"nat=Frankreich", `"FR"`, "Frankreich", "France"},
		{"land=DE", `"DE"`, "Deutschland", "Germany"},
		{"land=XXA", "form.choice", "land", ""},
		{"geo:lat=51,719053&geo:lon=8.754389", `{"lat":"51.71905","lon":"8.75439"}`, "51,71905° N, 8,75439° O", "51.71905° N, 8.75439° E"},
		{"geo:lat=51.71905, 8.75439", `{"lat":"51.71905","lon":"8.75439"}`, "51,71905° N, 8,75439° O", "51.71905° N, 8.75439° E"},
		{"geo:lat=33 S&geo:lon=70,6° W&geo:place=Hof", `{"lat":"-33.00000","lon":"-70.60000","place":"Hof"}`, "Hof (33,00000° S, 70,60000° W)", "Hof (33.00000° S, 70.60000° W)"},
		{"geo:lat=-0,000001&geo:lon=0", `{"lat":"0.00000","lon":"0.00000"}`, "0,00000° N, 0,00000° O", "0.00000° N, 0.00000° E"},
		{"geo:place=hinter dem Sportplatz", `{"place":"hinter dem Sportplatz"}`, "hinter dem Sportplatz", "hinter dem Sportplatz"},
		{"geo:lat=91&geo:lon=8", "form.geo_lat", "geo:lat", ""},
		{"geo:lat=51", "form.geo_lon", "geo:lon", ""},
		{"geo:lat=NaN&geo:lon=8", "form.geo_lat", "geo:lat", ""},
		{"geo:lat=1.2.3&geo:lon=8", "form.geo_lat", "geo:lat", ""},
		{"sig:declared=yes&sig:name=Kim Muster", `{"declared":"true","name":"Kim Muster"}`, "Kim Muster (Erklärung bestätigt)", "Kim Muster (declaration confirmed)"},
		{"sig:name=Kim Muster", "form.signature_tick", "sig:declared", ""},
		{"sig:declared=yes", "form.signature_name", "sig:name", ""},
		{"sig:declared=yes&sig:name=a%00b", "form.control", "sig:name", ""},
		{"rank:x=2&rank:y=1&rank:z=3", `["y","x","z"]`, "1. Preis, 2. Nähe, 3. Ruhe", "1. Preis, 2. Nähe, 3. Ruhe"},
		{"rank:x=1&rank:y=1&rank:z=3", "form.rank_double", "rank:y", ""},
		{"rank:x=1&rank:z=3", "form.rank_gap", "rank:x", ""},
		{"rank:x=1", "form.rank_min", "rank:x", ""},
		{"rank:x=4", "form.choice", "rank:x", ""},
		{"rank:x=1&rank:x=2", "form.duplicate", "rank:x", ""},
		{"rank2:b3=1&rank2:b1=2", `["b3","b1"]`, "1. Ost, 2. Nord", "1. East, 2. North"},
		{"rank2:b3=1", "form.rank_min", "rank2:b1", ""},
		{"plz=33098", `"33098"`, "33098", "33098"},
		{"plz=00098", "form.pattern", "plz", ""},
		{"plz=330981", "form.pattern", "plz", ""},
		{"plz=3", "form.too_short", "plz", ""},
	} {
		form, err := url.ParseQuery("a." + strings.ReplaceAll(c.in, "&", "&a."))
		if err != nil {
			t.Fatal(err)
		}
		field, _, _ := strings.Cut(c.in, "=")
		field, _, _ = strings.Cut(field, ":")
		v := allView(p, i18n.DE)
		st := v.Steps()[0]
		out := v.Parse(st, form)
		if len(out.Problems) > 0 {
			pr := out.Problems[0]
			if pr.Key != c.stored || strings.TrimPrefix(pr.Control, "a.") != c.de || pr.Text == "" || strings.Contains(pr.Text, "{") {
				t.Errorf("%s: %+v, want %s at %s", c.in, pr, c.stored, c.de)
			}
			shown := out.View.Fields(st, out.Raw, out.Problems)
			if pr.Control != "" && !slicesOfControls(shown)[pr.Control] {
				t.Errorf("%s: there is no control %s", c.in, pr.Control)
			}
			continue
		}
		want := `{"a.` + field + `":` + c.stored + `}`
		if string(out.JSON) != want {
			t.Errorf("%s: stored as %s, want %s", c.in, out.JSON, want)
			continue
		}
		a, err := p.Decode(maps.All(map[string][]byte{"p": out.JSON}))
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		for _, lang := range []i18n.Lang{i18n.DE, i18n.EN} {
			back := p.Open(a, Env{Today: v.env.Today, Lang: lang})
			shown := ""
			for _, ans := range back.Review()[0].Blocks[0].Answers {
				shown += ans.Text
			}
			if want := map[i18n.Lang]string{i18n.DE: c.de, i18n.EN: c.en}[lang]; shown != want {
				t.Errorf("%s in %s: shown as %q, want %q", c.in, lang, shown, want)
			}
			// What the controls hold is read to the same answer again.
			again := back.Parse(back.Steps()[0], controls(back.Fields(back.Steps()[0], nil, nil)))
			if len(again.Problems) > 0 || string(again.JSON) != want {
				t.Errorf("%s in %s: shown again it is read as %s %+v", c.in, lang, again.JSON, again.Problems)
			}
			if probs := back.Validate(); len(probs) > 0 {
				t.Errorf("%s: %+v", c.in, probs)
			}
		}
	}
}

// controls are the fields as a browser would send them.
func controls(fields []Field) url.Values {
	out := url.Values{}
	for _, f := range fields {
		switch {
		case f.Widget == WidgetDate:
			for i, part := range dateParts() {
				out.Set(f.Name+":"+part, f.Parts[i])
			}
		case f.Widget == WidgetGroup:
			maps.Copy(out, controls(f.Parted))
		case f.Widget != WidgetConfirm || f.Value != "":
			out.Set(f.Name, f.Value)
		}
	}
	return out
}

func slicesOfControls(fields []Field) map[string]bool {
	out := map[string]bool{}
	for _, f := range fields {
		out[f.Name] = true
		for _, part := range dateParts() {
			if f.Widget == WidgetDate {
				out[f.Name+":"+part] = true
			}
		}
		maps.Copy(out, slicesOfControls(f.Parted))
	}
	return out
}

// Rules see the parts of an answer, and never fail on one that is not there.
func TestRulesSeeParts(t *testing.T) {
	p := allKinds(t, `
calc:
  - {id: days, expr: "date(a.open.to) < date(a.open.from) ? 'open' : 'closed'"}
  - {id: early, expr: "earliest(a.part) > date(2000, 1, 1) && latest(a.part) < today"}
  - {id: firm, expr: "a.reg.art == 'HRB' && a.sig.declared == 'true' && a.geo.lat != ''"}
  - {id: at, expr: "year(a.dt) == 2026 && a.dt > today && a.time < '12:00'"}
  - {id: best, expr: "at(a.rank, 1)"}
`)
	form, err := url.ParseQuery("a.part:year=2019&a.open:from:day=1&a.open:from:month=4&a.open:from:year=2026&a.reg:court=Paderborn&a.reg:art=HRB&a.reg:number=1" +
		"&a.sig:declared=on&a.sig:name=Kim&a.geo:lat=1&a.geo:lon=2&a.dt:date:day=22&a.dt:date:month=11&a.dt:date:year=2026&a.dt:time=8&a.time=8&a.rank:y=1&a.rank:x=2&a.rank:z=3")
	if err != nil {
		t.Fatal(err)
	}
	v := allView(p, i18n.DE)
	out := v.Parse(v.Steps()[0], form)
	if len(out.Problems) > 0 {
		t.Fatal(out.Problems)
	}
	for _, c := range []struct {
		v    *View
		want [5]any
	}{
		{v, [5]any{"closed", false, false, false, ""}},
		{out.View, [5]any{"open", true, true, true, "y"}},
	} {
		for i, want := range c.want {
			if got := c.v.top.calc(i).Value(); got != want {
				t.Errorf("calc %d: %v, want %v", i, got, want)
			}
		}
		if c.v.Err() != nil {
			t.Error(c.v.Err())
		}
	}
}

// What Compile must refuse, with a word of what is wrong.
func TestKindsCompile(t *testing.T) {
	for def, want := range map[string]string{
		`type: text, pattern: "[a-z-[aeiou]]"`:      "subtraction",
		`type: text, pattern: "\\p{IsGreek}"`:       "Unicode blocks",
		`type: text, pattern: "(?i)a"`:              "XML Schema has no",
		`type: text, pattern: "a+?"`:                "XML Schema has no",
		`type: text, pattern: "(a"`:                 "cannot be used",
		`type: int, pattern: "1"`:                   "pattern belongs to a text",
		`type: date, open: true`:                    "open belongs to a period",
		`type: date, unknown: day`:                  "unknown belongs to a partialdate",
		`type: partialdate, unknown: year`:          "can be day or month",
		`type: time, min: "8:00"`:                   "is no time",
		`type: int, style: text`:                    "style belongs to a date",
		`type: ranking, choices: [x]`:               "a ranking needs 2 to 9 choices",
		`type: choices, choices: [x, y], as: radio`: "as belongs to a choice",
		`type: taxid, choices: [x]`:                 "belong to choice, choices and ranking",
		`type: signature`:                           "field.f.declaration is missing",
		`type: nummer`:                              `there is no type "nummer"`,
	} {
		words := `{"section.s":"S","page.p.title":"P","field.f.label":"F"}`
		d, err := Load(fstest.MapFS{
			"schema.yaml": {Data: []byte("id: x\nfields:\n  - {id: f, " + def + "}\n")}, "pages.yaml": {Data: []byte("pages:\n  - {id: p, section: s, fields: [f]}\n")},
			"texts/de.json": {Data: []byte(words)}, "texts/en.json": {Data: []byte(words)},
		})
		if err != nil {
			t.Fatal(def, err)
		}
		if _, err := Compile(d, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", def, err, want)
		}
	}
}

func TestPattern(t *testing.T) {
	for _, c := range []struct{ pattern, fits, not string }{
		{`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{1,63}$`, "a@b.de", "a@b.de$"},
		{`^\d{2}$`, "12", "123"},
		{`\d+`, "١٢", "a"}, // digits of any script, as XML Schema says
		{`a$b^c`, "a$b^c", "ab"},
		{`a|bc`, "bc", "ac"},
		{`[\d\-/]+`, "12-3/4", "a"},
		{`[[]x`, "[x", "x"},
		{`\i\c*`, "_a-1", "1a"},
		{`\p{Lu}?\w`, "Äb", "."},
		{`[^\s]+`, "ab", "a b"},
		{`\$\[\]`, "$[]", ""},
		{`a\$`, "a$", "a"},
		{`.`, "ä", "ab"},
	} {
		re, err := Pattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if !re.MatchString(c.fits) || re.MatchString(c.not) {
			t.Errorf("%s became %s: fits %q %v, %q %v", c.pattern, re, c.fits, re.MatchString(c.fits), c.not, re.MatchString(c.not))
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{`[a-z]{1,3}`, `\p{L}+`, `[^\d-]`, `(a|b)*`, `a{1000}{1000}`, `[`, `\`, `^$`} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, src string) {
		if re, err := Pattern(src); err == nil {
			re.MatchString(src)
		}
	})
}

// FuzzKinds: whatever is posted, what is taken can be stored, read and shown
// again, and is still right.
func FuzzKinds(f *testing.F) {
	for _, s := range []string{
		"part:year=2019", "time=8:30", "open:from:day=1&open:from:month=4&open:from:year=2026", "tax=86095742719", "tel=05251 88-0", "plate=PB-AB 123E 04-10",
		"reg:court=P&reg:art=HRB&reg:number=1 b", "geo:lat=51,7&geo:lon=8,7&geo:place=x", "sig:declared=on&sig:name=Kim", "rank:x=1&rank:y=2&rank:z=3", "nat=XXA",
	} {
		f.Add(s)
	}
	p := allKinds(f, "")
	f.Fuzz(func(t *testing.T, in string) {
		form, err := url.ParseQuery("a." + strings.ReplaceAll(in, "&", "&a."))
		if err != nil {
			return
		}
		v := allView(p, i18n.DE)
		out := v.Parse(v.Steps()[0], form)
		out.View.Fields(v.Steps()[0], out.Raw, out.Problems)
		if len(out.Problems) > 0 {
			return
		}
		a, err := p.Decode(maps.All(map[string][]byte{"p": out.JSON}))
		if err != nil {
			t.Fatalf("%s was stored and cannot be read: %v", out.JSON, err)
		}
		back := p.Open(a, v.env)
		if probs := back.Validate(); len(probs) > 0 {
			t.Fatalf("%s: %+v", out.JSON, probs)
		}
		back.Review()
		again := back.Parse(back.Steps()[0], controls(back.Fields(back.Steps()[0], nil, nil)))
		if len(again.Problems) > 0 || string(again.JSON) != string(out.JSON) {
			t.Fatalf("%s shown again is read as %s %+v", out.JSON, again.JSON, again.Problems)
		}
	})
}
