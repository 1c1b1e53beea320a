package prove_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/form"
	"leitportal/internal/form/prove"
	"leitportal/internal/i18n"
)

// probe is a small form without a fault; each seed changes a few words of it.
var probe = map[string]string{
	"schema.yaml": `id: probe
fields:
  - id: halter
    basis: gesetz
    group:
      - {id: verein, type: bool, required: true}
      - {id: name, type: text, required: true, max: 40}
      - {id: art, type: choice, required: true, choices: [a, b, c]}
      - {id: alter, type: int, min: 0, max: 120}
      - {id: seit, type: date, min: "1990-01-01", max: today}
      - {id: nachweis, type: file, accept: [application/pdf]}
      - {id: merkmale, type: choices, choices: [x, y]}
  - id: hunde
    basis: gesetz
    repeat: {min: 1, max: 3, as: hund, label: name}
    group:
      - {id: name, type: text, required: true, max: 40}
      - {id: bissig, type: bool, required: true}
  - id: zahlung
    basis: gesetz
    group:
      - {id: lastschrift, type: bool, required: true}
      - {id: iban, type: iban, required: true}
`,
	"pages.yaml": `pages:
  - {id: start, section: alles}
  - {id: halter, section: alles, fields: [halter.verein, halter.name, halter.art, halter.alter]}
  - {id: mehr, section: alles, when: "!halter.verein", fields: [halter.seit, halter.nachweis, halter.merkmale]}
  - {id: hund, section: alles, each: hunde, fields: [hunde.name, hunde.bissig]}
  - {id: hunde, section: alles, list: hunde, columns: [hunde.name]}
  - id: zahlung
    section: alles
    fields:
      - zahlung.lastschrift
      - {field: zahlung.iban, when: zahlung.lastschrift}
    notes:
      - {id: bissig, when: "hunde.exists(h, h.bissig)"}
`,
	"rules.yaml": `calc:
  - {id: alt, expr: "halter.alter > 100"}
  - {id: anzahl, expr: "size(hunde)"}
validate:
  - {id: volljaehrig, field: halter.alter, check: "halter.alter >= 18"}
compute:
  - id: gebuehr
    sums: [jahr]
    lines:
      - {id: satz, when: "calc.anzahl > 1", cents: {jahr: "params.satz * calc.anzahl"}}
`,
	"parameters.yaml": `parameters:
  - {name: satz, type: money}
`,
}

// words are texts for every key the form lacks, in both languages.
func words(t *testing.T, files fstest.MapFS, own map[string]string) {
	t.Helper()
	de := map[string]string{}
	for key, text := range own {
		de[key] = text
	}
	missing := regexp.MustCompile(`texts/de\.json: (\S+) is missing`)
	for range 6 {
		en := map[string]any{}
		for key, text := range de {
			en[key] = map[string]string{"text": "Word", "of": i18n.Hash(text)}
		}
		put := func(name string, v any) {
			b, err := json.MarshalIndent(v, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			files[name] = &fstest.MapFile{Data: b}
		}
		put("texts/de.json", de)
		put("texts/en.json", en)
		d, err := form.Load(files)
		if err != nil {
			return
		}
		_, err = form.Compile(d, form.Options{Params: map[string]form.ParamType{"satz": form.ParamMoney}})
		if err == nil {
			return
		}
		found := missing.FindAllStringSubmatch(err.Error(), -1)
		for _, m := range found {
			de[m[1]] = "Ein Wort"
		}
		if found == nil {
			return
		}
	}
}

type seed struct {
	name       string
	file       string
	old, new   string
	texts      map[string]string // further German texts
	after      func(fstest.MapFS)
	level      prove.Level
	kind       prove.Kind
	where      string
	text, path string
}

func put(name, text string) func(fstest.MapFS) {
	return func(files fstest.MapFS) { files[name] = &fstest.MapFile{Data: []byte(text)} }
}

func replace(name, old, repl string) func(fstest.MapFS) {
	return func(files fstest.MapFS) {
		before := string(files[name].Data)
		after := strings.Replace(before, old, repl, 1)
		if before == after {
			panic(name + " has no " + old)
		}
		files[name] = &fstest.MapFile{Data: []byte(after)}
	}
}

func (s seed) source(t *testing.T) prove.Source {
	t.Helper()
	files := fstest.MapFS{}
	for name, text := range probe {
		if name == s.file {
			if !strings.Contains(text, s.old) {
				t.Fatalf("%s has no %q", name, s.old)
			}
			text = strings.Replace(text, s.old, s.new, 1)
		}
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	words(t, files, s.texts)
	if s.after != nil {
		s.after(files)
	}
	declared := []string{"satz"}
	if strings.Contains(s.new, "name: rabatt") {
		declared = append(declared, "rabatt")
	}
	return prove.Source{Files: files, Params: map[string]form.ParamType{"satz": form.ParamMoney}, Declared: declared, Today: today}
}

const (
	when   = `when: "!halter.verein"`
	iban   = "{field: zahlung.iban, when: zahlung.lastschrift}"
	must   = `  - {id: volljaehrig, field: halter.alter, check: "halter.alter >= 18"}`
	alt    = `  - {id: alt, expr: "halter.alter > 100"}`
	bissig = `when: "hunde.exists(h, h.bissig)"`
)

func seeds() []seed {
	long := "Wir bitten Sie, dass Sie uns alle Angaben, die wir für die Bearbeitung des Antrags, den Sie stellen, brauchen, so bald wie es Ihnen nur möglich ist, ganz und richtig und in der Schrift, die wir lesen können, zusenden."
	heavy := strings.Repeat("Verwaltungsverfahrensrechtliche Zuständigkeitsregelungen beeinflussen Entscheidungsmöglichkeiten beteiligter Aufsichtsbehörden außerordentlich nachhaltig. ", 6)
	heavy = strings.ReplaceAll(heavy, "Verwaltungsverfahrensrechtliche", "Verfahrensrechtliche")
	return []seed{
		{name: "a page whose condition contradicts itself", file: "pages.yaml", old: when, new: `when: "halter.verein && !halter.verein"`, kind: prove.Unreachable, where: "pages.yaml:4", text: "page mehr can never be reached"},
		{name: "a page behind a choice there is not", file: "pages.yaml", old: when, new: `when: "halter.art == 'z'"`, kind: prove.Unreachable, where: "pages.yaml:4", text: "page mehr can never be reached"},
		{name: "a page whose condition contradicts a calculation", file: "pages.yaml", old: when, new: `when: "calc.alt && halter.alter < 50"`, kind: prove.Unreachable, where: "pages.yaml:4", text: "page mehr can never be reached"},
		{name: "a required field that is never shown", file: "pages.yaml", old: iban, new: `{field: zahlung.iban, when: "halter.art == 'a' && halter.art == 'b'"}`, kind: prove.Unreachable, where: "pages.yaml:11", text: "field zahlung.iban is required and can never be shown"},
		{name: "a required field on a page never reached", file: "pages.yaml", old: "    section: alles\n    fields:", new: "    section: alles\n    when: halter.alter > 200\n    fields:", kind: prove.Unreachable, text: "field zahlung.lastschrift is required and can never be shown: it stands on page zahlung"},
		{name: "a field that hangs on a later page", file: "pages.yaml", old: "halter.art, halter.alter]", new: "halter.art, {field: halter.alter, when: zahlung.lastschrift}]", kind: prove.Broken, where: "pages.yaml:3", text: "uses zahlung.lastschrift, which is asked later (page zahlung)"},
		{name: "checks that contradict each other on a required field", file: "rules.yaml", old: must, new: must + "\n  - {id: kind, field: halter.alter, check: \"halter.alter < 18\"}", after: replace("schema.yaml", "{id: alter, type: int,", "{id: alter, type: int, required: true,"), kind: prove.Unanswerable, where: "schema.yaml:9", text: "field halter.alter can never be answered: its checks refuse every value (volljaehrig, kind)"},
		{name: "the page with them cannot be left", file: "rules.yaml", old: must, new: must + "\n  - {id: kind, field: halter.alter, check: \"halter.alter < 18\"}", after: replace("schema.yaml", "{id: alter, type: int,", "{id: alter, type: int, required: true,"), kind: prove.DeadEnd, where: "pages.yaml:3", text: "page halter cannot be left: refused by volljaehrig", path: "start → stuck on halter"},
		{name: "and what comes after is never reached", file: "rules.yaml", old: must, new: must + "\n  - {id: kind, field: halter.alter, check: \"halter.alter < 18\"}", after: replace("schema.yaml", "{id: alter, type: int,", "{id: alter, type: int, required: true,"), kind: prove.Unreachable, where: "pages.yaml:7", text: "page zahlung was never reached: page halter before it could not be left"},
		{name: "a dead end after an earlier answer", file: "rules.yaml", old: must, new: must + "\n  - {id: nur-menschen, field: zahlung.lastschrift, check: \"!halter.verein\"}", kind: prove.DeadEnd, where: "pages.yaml:7", text: "page zahlung cannot be left by whoever answers so: refused by nur-menschen", path: "= Ja → hund/1 → Ein Wort: 1 → stuck on zahlung: Ein Wort"},
		{name: "a list that wants more than it takes", file: "rules.yaml", old: must, new: must + "\n  - {id: rudel, field: hunde, check: \"size(hunde) > 5\"}", kind: prove.DeadEnd, where: "pages.yaml:6", text: "page hunde cannot be left: refused by rudel", path: "stuck on hunde"},
		{name: "a check that is never true", file: "rules.yaml", old: must, new: `  - {id: volljaehrig, field: halter.alter, check: "halter.alter > 10 && halter.alter < 5"}`, kind: prove.NeverTrue, where: "rules.yaml:5", text: "check volljaehrig of halter.alter"},
		{name: "a check that is always true", file: "rules.yaml", old: must, new: `  - {id: volljaehrig, field: halter.alter, check: "halter.alter >= 0"}`, kind: prove.AlwaysTrue, where: "rules.yaml:5", text: "check volljaehrig of halter.alter (halter.alter >= 0) is always true"},
		{name: "a condition that is always true", file: "pages.yaml", old: when, new: `when: "halter.verein || !halter.verein"`, kind: prove.AlwaysTrue, where: "pages.yaml:4", text: "the condition of page mehr"},
		{name: "a note that is never shown", file: "pages.yaml", old: bissig, new: `when: "halter.seit > date('2999-01-01')"`, kind: prove.NeverTrue, where: "pages.yaml:13", text: "the condition of note bissig"},
		{name: "a require that is never true", file: "pages.yaml", old: "halter.art, halter.alter]", new: "halter.art, {field: halter.alter, require: \"halter.art in ['q', 'r']\"}]", kind: prove.NeverTrue, where: "pages.yaml:3", text: "require of field halter.alter"},
		{name: "a line that is never drawn up", file: "rules.yaml", old: `when: "calc.anzahl > 1"`, new: `when: "size(hunde) > 3"`, kind: prove.NeverTrue, where: "rules.yaml:10", text: "the condition of line gebuehr.satz"},
		{name: "a choice that every check refuses", file: "rules.yaml", old: must, new: must + "\n  - {id: nicht-b, field: halter.art, check: \"halter.art != 'b'\"}", kind: prove.Unanswerable, where: "schema.yaml:8", text: "choice b of field halter.art can never be chosen: the checks of the field refuse it (nicht-b)"},
		{name: "calculations in a circle", file: "rules.yaml", old: alt, new: "  - {id: alt, expr: \"calc.jung + 1\"}\n  - {id: jung, expr: \"calc.alt - 1\"}", kind: prove.Cycle, where: "rules.yaml:2", text: "calc.alt → calc.jung → calc.alt"},
		{name: "a rule that costs without bound", file: "rules.yaml", old: `expr: "size(hunde)"`, new: `expr: "size(hunde.map(a, hunde.map(b, hunde.map(c, a.name + b.name + c.name))))"`, kind: prove.Broken, where: "rules.yaml:3", text: "loops within each other"},
		{name: "a text that is missing", after: replace("texts/de.json", `"note.bissig"`, `"foo.bissig"`), kind: prove.Broken, where: "texts/de.json", text: "note.bissig is missing"},
		{name: "a translation that is missing", after: replace("texts/en.json", `"note.bissig"`, `"foo.bissig"`), kind: prove.Broken, where: "texts/en.json", text: "note.bissig is missing"},
		{name: "a translation of an older text", after: replace("texts/de.json", `"note.bissig": "Ein Wort"`, `"note.bissig": "Zwei Worte"`), kind: prove.Stale, where: "texts/en.json:", text: "note.bissig: the German text was changed"},
		{name: "a further language that is not complete", after: put("texts/ar.json", `{"note.bissig": "كلمة"}`), level: prove.Note, kind: prove.Untranslated, where: "texts/ar.json", text: "32 of 33 texts are not there, and are shown in German: basis.gesetz, "},
		{name: "a further translation of an older text", after: put("texts/ar.json", `{"note.bissig": {"text": "كلمة", "of": "00000000"}}`), kind: prove.Stale, where: "texts/ar.json:", text: "note.bissig: the German text was changed"},
		{name: "a further translation of nothing", after: put("texts/ar.json", `{"solution.titel": "كلمة"}`), kind: prove.Stale, where: "texts/ar.json:", text: "solution.titel: there is no German text"},
		{name: "a placeholder in a translation alone", after: put("texts/ar.json", `{"note.bissig": "كلمة {n}"}`), kind: prove.Placeholder, where: "texts/ar.json:", text: "note.bissig: nothing fills in {n}"},
		{name: "no Leichte Sprache: a sentence too long", after: put("texts/de-simple.json", `{"note.bissig": "Das ist ein Satz mit sehr vielen Wörtern und noch mehr Wörtern und einem Ende."}`), kind: prove.Hard, where: "texts/de-simple.json:", text: "a sentence of 15 words (at most 14)"},
		{name: "no Leichte Sprache: a word too long", after: put("texts/de-simple.json", `{"note.bissig": "Das ist eine Haftpflichtversicherung."}`), kind: prove.Hard, where: "texts/de-simple.json:", text: "the word Haftpflichtversicherung has"},
		{name: "a text for nothing", texts: map[string]string{"note.zahm": "Wau"}, kind: prove.Broken, where: "texts/de.json:", text: "note.zahm fits nothing"},
		{name: "a question without a legal basis", file: "schema.yaml", old: "  - id: zahlung\n    basis: gesetz\n", new: "  - id: zahlung\n", kind: prove.NoBasis, where: "schema.yaml:22", text: "field zahlung.iban names no legal basis"},
		{name: "a sentence too long", texts: map[string]string{"page.start.intro": long}, kind: prove.Hard, where: "texts/de.json:", text: "page.start.intro: a sentence of 39 words"},
		{name: "a word too long", texts: map[string]string{"page.start.intro": "Grundstücksverkehrsgenehmigungszuständigkeit"}, kind: prove.Hard, where: "texts/de.json:", text: "the word Grundstücksverkehrsgenehmigungszuständigkeit has"},
		{name: "a text too hard", texts: map[string]string{"page.start.intro": heavy}, kind: prove.Hard, where: "texts/de.json:", text: "Wiener Sachtextformel"},
		{name: "a placeholder that nothing fills", texts: map[string]string{"page.start.intro": "Guten Tag {vorname}"}, kind: prove.Placeholder, where: "texts/de.json:", text: "page.start.intro: nothing fills in {vorname}"},
		{name: "a parameter that is not declared", file: "rules.yaml", old: "params.satz *", new: "params.tarif *", kind: prove.Parameter, where: "rules.yaml:10", text: "parameter tarif is used and not declared"},
		{name: "a parameter that nothing uses", file: "parameters.yaml", old: "type: money}", new: "type: money}\n  - {name: rabatt, type: percent}", kind: prove.Parameter, where: "parameters.yaml:3", text: "parameter rabatt is declared and nothing uses it"},
		{name: "a file of no type", file: "schema.yaml", old: "accept: [application/pdf]", new: "required: true, accept: [pdf]", kind: prove.Bounds, where: "schema.yaml:11", text: `accept: "pdf" is no media type`},
		{name: "a file that none may be", file: "schema.yaml", old: "accept: [application/pdf]", new: "required: true, max: 0, accept: [application/pdf]", kind: prove.DeadEnd, where: "pages.yaml:4", text: "page mehr cannot be left", path: "stuck on mehr"},
		{name: "a file of no size", file: "schema.yaml", old: "accept: [application/pdf]", new: "maxBytes: 10, accept: [application/pdf]", kind: prove.Bounds, where: "schema.yaml:11", text: "no real file has at most 10 bytes"},
		{name: "numbers between 9 and 3", file: "schema.yaml", old: "min: 0, max: 120", new: "min: 9, max: 3", kind: prove.Bounds, where: "schema.yaml:9", text: "field halter.alter: min 9 is larger than max 3"},
		{name: "and no answer to them", file: "schema.yaml", old: "min: 0, max: 120", new: "min: 9, max: 3", kind: prove.Unanswerable, where: "schema.yaml:9", text: "field halter.alter can never be answered: no value lies within its limits"},
		{name: "days between tomorrow and today", file: "schema.yaml", old: `min: "1990-01-01", max: today`, new: "min: today+1d, max: today", kind: prove.Bounds, where: "schema.yaml:10", text: "min today+1d is later than max today"},
		{name: "months between tomorrow and today", file: "schema.yaml", old: `seit, type: date, min: "1990-01-01", max: today`, new: "seit, type: partialdate, min: today+1d, max: today", kind: prove.Bounds, where: "schema.yaml:10", text: "min today+1d is later than max today"},
		{name: "a period between tomorrow and today", file: "schema.yaml", old: `seit, type: date, min: "1990-01-01", max: today`, new: "seit, type: period, min: today+1d, max: today", kind: prove.Bounds, where: "schema.yaml:10", text: "min today+1d is later than max today"},
		{name: "a time after closing", file: "schema.yaml", old: `seit, type: date, min: "1990-01-01", max: today`, new: `seit, type: time, min: "18:00", max: "08:00"`, kind: prove.Bounds, where: "schema.yaml:10", text: "min 18:00 is later than max 08:00"},
		{name: "three places of two", file: "schema.yaml", old: "type: choices,", new: "type: ranking, min: 3,", kind: prove.Bounds, where: "schema.yaml:12", text: "min asks for 3 choices and there are 2"},
		{name: "three of two choices", file: "schema.yaml", old: "type: choices,", new: "type: choices, min: 3,", kind: prove.Bounds, where: "schema.yaml:12", text: "min asks for 3 choices and there are 2"},
		{name: "a repetition of five to three", file: "schema.yaml", old: "repeat: {min: 1,", new: "repeat: {min: 5,", kind: prove.Broken, where: "schema.yaml:13", text: "min"},
		{name: "a field twice", file: "schema.yaml", old: "{id: bissig, type: bool", new: "{id: name, type: bool", kind: prove.Broken, where: "schema.yaml", text: "hunde.name stands there twice"},
		{name: "a page twice", file: "pages.yaml", old: "{id: mehr", new: "{id: halter", kind: prove.Broken, where: "pages.yaml:3", text: "halter stands there twice"},
		{name: "a field there is not", file: "pages.yaml", old: when, new: `when: "halter.hut == 'x'"`, kind: prove.Broken, where: "pages.yaml:4", text: "undeclared"},
		{name: "a page that stops everybody", file: "pages.yaml", old: "  - {id: mehr,", new: "  - {id: halt, section: alles, when: \"halter.verein || !halter.verein\", stop: true}\n  - {id: mehr,", kind: prove.AlwaysTrue, where: "pages.yaml:4", text: "the condition of page halt"},
		{name: "a page behind one that stops", file: "pages.yaml", old: "  - {id: mehr, section: alles, " + when, new: "  - {id: halt, section: alles, " + when + ", stop: true}\n  - {id: mehr, section: alles, " + when, kind: prove.Unreachable, where: "pages.yaml:5", text: "page mehr can never be reached: whoever would get it is stopped before"},
		{name: "a destination never chosen", file: "rules.yaml", old: "compute:", new: "destinations:\n  - {id: amt, when: halter.alter > 200}\ncompute:", kind: prove.NeverTrue, where: "rules.yaml:7", text: "the condition of destination amt"},
		{name: "a pattern nobody can follow", file: "rules.yaml", old: must, new: must + "\n  - {id: muster, field: halter.name, check: \"halter.name.matches('^[0-9]$') && halter.name.matches('^[a-z]$')\"}", level: prove.Undecided, kind: prove.DeadEnd, where: "pages.yaml:3", text: "page halter cannot be left: refused by muster"},
	}
}

func TestCheckFindsSeededFaults(t *testing.T) {
	if r := prove.Check((seed{}).source(t), prove.Budget{Left: 100_000}); len(r.Findings) > 0 || r.Asked != r.Pages || r.Seen != r.Values {
		t.Fatalf("the form without a fault has %v; pages %d of %d, values %d of %d", r.Findings, r.Asked, r.Pages, r.Seen, r.Values)
	}
	for _, s := range seeds() {
		t.Run(s.name, func(t *testing.T) {
			r := prove.Check(s.source(t), prove.Budget{Left: 100_000})
			if s.level == "" {
				s.level = prove.Fault
			}
			for _, f := range r.Findings {
				if f.Level == s.level && f.Kind == s.kind && strings.HasPrefix(f.Where, s.where) && strings.Contains(f.Text, s.text) && strings.Contains(f.Path, s.path) {
					return
				}
			}
			t.Errorf("not found: %s %s %s %q %q, but", s.level, s.kind, s.where, s.text, s.path)
			for _, f := range r.Findings {
				t.Errorf("  %s", f)
			}
		})
	}
}

// A form that stops some people and chooses an office for the others has no
// fault, nor have placeholders of a group inside an ordinary one.
func TestCheckOfAFormThatStops(t *testing.T) {
	s := seed{
		file: "pages.yaml", old: "  - {id: mehr,", new: "  - {id: halt, section: alles, when: \"halter.art == 'c'\", stop: true}\n  - {id: mehr,",
		after: replace("rules.yaml", "compute:", "destinations:\n  - {id: amt, when: halter.verein}\n  - {id: sonst}\ncompute:"),
	}
	src := s.source(t)
	words(t, src.Files.(fstest.MapFS), nil)
	r := prove.Check(src, prove.Budget{Left: 100_000})
	if len(r.Stops) != 1 || r.Stops[0].Steps[len(r.Stops[0].Steps)-1].Path != "halt" {
		t.Errorf("ways to the page that stops: %+v", r.Stops)
	}
	if len(r.Findings) > 0 || r.Asked != r.Pages || r.Seen != r.Values || len(r.Applications) == 0 {
		t.Errorf("%v; pages %d of %d, values %d of %d, applications %d", r.Findings, r.Asked, r.Pages, r.Seen, r.Values, len(r.Applications))
	}
}

func TestCheckSaysTheSameTwice(t *testing.T) {
	for _, s := range []seed{{}, seeds()[9]} {
		a, b := prove.Check(s.source(t), prove.Budget{Left: 100_000}), prove.Check(s.source(t), prove.Budget{Left: 100_000})
		if fmt.Sprint(a.Findings, a.Walks, a.Seen, len(a.Applications)) != fmt.Sprint(b.Findings, b.Walks, b.Seen, len(b.Applications)) {
			t.Errorf("first %v, then %v", a.Findings, b.Findings)
		}
	}
}

// Every application that the check makes is valid.
func TestApplicationsAreValid(t *testing.T) {
	src := seed{}.source(t)
	d, err := form.Load(src.Files)
	if err != nil {
		t.Fatal(err)
	}
	p, err := form.Compile(d, form.Options{Params: src.Params})
	if err != nil {
		t.Fatal(err)
	}
	r := prove.Check(src, prove.Budget{Left: 100_000})
	for _, a := range r.Applications {
		v := p.Open(a.Answers, form.Env{Today: today, Lang: i18n.EN})
		if problems := v.Validate(); len(problems) > 0 {
			t.Errorf("%s: %+v", a.Answers.JSON(), problems)
		}
	}
	if len(r.Applications) < 3 {
		t.Errorf("only %d applications", len(r.Applications))
	}
}

// A page whose fields rules answer is not missed among those that are walked.
func TestCheckCountsPagesThatOnlyCarryValues(t *testing.T) {
	s := seed{
		file: "schema.yaml", old: "  - id: zahlung\n", new: "  - {id: kennung, type: text, basis: gesetz}\n  - {id: stadt, type: text, basis: gesetz}\n  - id: zahlung\n",
		after: replace("pages.yaml", "  - id: zahlung\n", "  - {id: still, section: alles, fields: [{field: kennung, value: \"'X1'\"}]}\n  - {id: ort, section: alles, fields: [{field: stadt, value: \"halter.verein ? 'Unna' : ''\"}]}\n  - id: zahlung\n"),
	}
	src := s.source(t)
	words(t, src.Files.(fstest.MapFS), nil)
	r := prove.Check(src, prove.Budget{Left: 100_000})
	if len(r.Findings) > 0 || r.Pages != 7 || r.Asked != 7 || r.Silent != 1 {
		t.Errorf("pages %d of %d, silent %d: %v", r.Asked, r.Pages, r.Silent, r.Findings)
	}
}

// Forty yes-or-no questions have 2⁴⁰ answers. One rule wants them all to be
// yes, which can be read off; another hides the same behind arithmetic.
func TestCheckKeepsToItsBudget(t *testing.T) {
	var schema, pages, all, sum strings.Builder
	schema.WriteString("id: viele\nfields:\n")
	pages.WriteString("pages:\n")
	for i := range 40 {
		fmt.Fprintf(&schema, "  - {id: f%d, type: bool, required: true, basis: gesetz}\n", i)
		fmt.Fprintf(&pages, "  - {id: p%d, section: s, fields: [f%d]}\n", i, i)
		if i > 0 {
			all.WriteString(" && ")
			sum.WriteString(" + ")
		}
		fmt.Fprintf(&all, "f%d", i)
		fmt.Fprintf(&sum, "(f%d ? 1 : 0)", i)
	}
	schema.WriteString("  - {id: ja, type: text, basis: gesetz}\n  - {id: halb, type: text, basis: gesetz}\n")
	fmt.Fprintf(&pages, "  - {id: ja, section: s, when: %q, fields: [ja]}\n", all.String())
	fmt.Fprintf(&pages, "  - {id: halb, section: s, when: %q, fields: [halb]}\n", sum.String()+" == 20")
	files := fstest.MapFS{"schema.yaml": {Data: []byte(schema.String())}, "pages.yaml": {Data: []byte(pages.String())}}
	words(t, files, nil)
	const budget = 20_000
	r := prove.Check(prove.Source{Files: files, Today: today}, prove.Budget{Left: budget})
	undecided := false
	for _, f := range r.Findings {
		if f.Level == prove.Fault {
			t.Errorf("%s", f)
		}
		undecided = undecided || f.Level == prove.Undecided && strings.Contains(f.Text, "page halb")
	}
	if !undecided {
		t.Errorf("page halb is behind arithmetic over 40 answers, and the check does not say it is not decided: %v", r.Findings)
	}
	if r.Asked < 41 {
		t.Errorf("%d pages walked; page ja can be read off its rule", r.Asked)
	}
}

func TestGradeOfPlainAndHeavyGerman(t *testing.T) {
	plain, _ := prove.Grade("Sie haben einen Hund? Dann melden Sie ihn bei uns an. Das geht hier in zehn Minuten. Sie brauchen nur Ihre Anschrift und den Namen des Hundes.")
	heavy, words := prove.Grade("Die steuerrechtliche Veranlagung erfordert eine vollständige Sachverhaltsermittlung durch die zuständige Festsetzungsbehörde.")
	if plain > 6 || heavy < 15 || words != 11 {
		t.Errorf("plain %.1f, heavy %.1f in %d words", plain, heavy, words)
	}
}

// The example forms of the engine, one with groups within groups.
func TestCheckOfTheExamples(t *testing.T) {
	for _, name := range []string{"hund", "haushalt"} {
		src := prove.Source{Files: os.DirFS("../testdata/" + name), Today: today}
		if name == "hund" {
			src.Params, src.Settings = hundTypes(), []prove.Setting{{Params: hundParams, Today: today}}
		}
		r := prove.Check(src, prove.Budget{Left: 100_000})
		for _, f := range r.Findings {
			if f.Kind != prove.NoBasis {
				t.Errorf("%s: %s", name, f)
			}
		}
		if r.Asked != r.Pages || r.Seen != r.Values {
			t.Errorf("%s: pages %d of %d, values %d of %d", name, r.Asked, r.Pages, r.Seen, r.Values)
		}
	}
}
