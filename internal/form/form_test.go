package form

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
	"leitportal/internal/i18n/i18ntest"
)

var today = clock.Date{Year: 2026, Month: 11, Day: 22}

func env(t testing.TB, p *Program) Env {
	t.Helper()
	ps, err := p.Params(map[string]any{
		"gefaehrliche": []string{"3"}, "saetze": []int64{9600, 12000, 14400}, "erhoeht": int64(60000), "lastschrift": true, "satzung_name": "der Satzung",
	})
	if err != nil {
		t.Fatal(err)
	}
	return Env{Params: ps, Today: today, Lang: i18n.DE}
}

// post answers one page, and fails on problems.
func post(t testing.TB, v *View, path string, pairs ...string) *View {
	t.Helper()
	out := try(t, v, path, pairs...)
	if len(out.Problems) > 0 {
		t.Fatalf("%s: %+v", path, out.Problems)
	}
	return out.View
}

func try(t testing.TB, v *View, path string, pairs ...string) Parsed {
	t.Helper()
	st, err := v.Step(path)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return v.Parse(st, form)
}

func button(t testing.TB, v *View, path, name string) Change {
	t.Helper()
	st, err := v.Step(path)
	if err != nil {
		t.Fatal(err)
	}
	ch, problems := v.List(st, name)
	if len(problems) > 0 {
		t.Fatalf("%s %s: %+v", path, name, problems)
	}
	return ch
}

func dog(id int, name, breed, since string) []string {
	p := fmt.Sprintf("hunde/%d.", id)
	d := strings.Split(since, ".")
	return []string{p + "name", name, p + "rasse", breed, p + "gehalten_seit:day", d[0], p + "gehalten_seit:month", d[1], p + "gehalten_seit:year", d[2]}
}

// filled is a complete application with two dogs, the second on the list.
func filled(t testing.TB, p *Program) *View {
	t.Helper()
	v := p.Open(p.Empty(), env(t, p))
	v = post(t, v, "datenschutz")
	v = post(t, v, "halter", "halter.art", "person", "halter.nachname", " Weiß ", "halter.geburt:day", "29", "halter.geburt:month", "2", "halter.geburt:year", "1980")
	v = post(t, v, "anschrift", "halter.anschrift.strasse", "Am Bogen", "halter.anschrift.hausnummer", "12 a", "halter.anschrift.plz", "33098", "halter.anschrift.land", "DE")
	v = post(t, v, "hund/1", append(dog(1, "Rex", "labrador", "1.3.2020"), "hunde/1.masse.gewicht", "31,50")...)
	v = button(t, v, "hunde", ListAdd).View
	v = post(t, v, "hund/2", append(dog(2, "Bella", "pitbull", "15.9.2026"), "hunde/2.chip", "276 0981 0233 4455")...)
	v = post(t, v, "hund-nachweis/2", "hunde/2.pruefung", "no")
	v = button(t, v, "hunde", ListNext).View
	v = post(t, v, "weitere", "weitere.anzahl", "0", "weitere.merkmale", "zwinger", "weitere.merkmale", "blindenhund", "weitere.kaufpreis", "1.234,5", "weitere.seit", "1.1.2020")
	v = post(t, v, "zahlung", "zahlung.lastschrift", "yes", "zahlung.iban", "de89 3704 0044 0532 0130 00")
	return post(t, v, "abschluss", "erklaerung", "yes")
}

func paths(v *View) []string {
	var out []string
	for _, st := range v.Steps() {
		out = append(out, st.Path+" "+string(st.State))
	}
	return out
}

func TestOwnTextsAreComplete(t *testing.T) { i18ntest.Check(t, Texts()) }

func TestTheWayThroughTheForm(t *testing.T) {
	p := load(t)
	v := p.Open(p.Empty(), env(t, p))
	want := []string{"datenschutz current", "halter open", "anschrift open", "hund/1 open", "hunde open", "weitere open", "zahlung open", "abschluss open"}
	if got := paths(v); !slices.Equal(got, want) {
		t.Errorf("at the start: %v", got)
	}
	v = filled(t, p)
	want = []string{"datenschutz done", "halter done", "anschrift done", "hund/1 done", "hund/2 done", "hund-nachweis/2 done", "hunde done", "weitere done", "zahlung done", "abschluss done"}
	if got := paths(v); !slices.Equal(got, want) {
		t.Errorf("at the end: %v", got)
	}
	if problems := v.Validate(); len(problems) > 0 {
		t.Errorf("problems: %+v", problems)
	}
	if v.Err() != nil {
		t.Error(v.Err())
	}
	if _, open := v.Current(); open {
		t.Error("something is still open")
	}
	for _, c := range []struct{ from, to string }{
		{"datenschutz", "halter"},
		{"hund/1", "hunde"}, // the other dog is done
		{"hund/2", "hund-nachweis/2"},
		{"hund-nachweis/2", "hunde"},
		{"abschluss", ""},
	} {
		if next, _ := v.Next(c.from); next != c.to {
			t.Errorf("after %s comes %q, want %q", c.from, next, c.to)
		}
	}
	if st, ok := v.Before("halter"); !ok || st.Path != "datenschutz" {
		t.Errorf("before halter: %v %v", st, ok)
	}
}

func TestStoredAnswersAreCanonical(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	rows := v.Answers().Rows()
	for path, want := range map[string]string{
		"datenschutz": `{}`,
		"halter":      `{"halter.art":"person","halter.geburt":"1980-02-29","halter.nachname":"Weiß"}`,
		"hund/2":      `{"hunde.chip":"276098102334455","hunde.gehalten_seit":"2026-09-15","hunde.name":"Bella","hunde.rasse":"pitbull"}`,
		"hund/1":      `{"hunde.gehalten_seit":"2020-03-01","hunde.masse.gewicht":"31.5","hunde.name":"Rex","hunde.rasse":"labrador"}`,
		"hunde":       `{"hunde":{"ids":[1,2],"next":3,"done":true}}`,
		"weitere":     `{"weitere.anzahl":0,"weitere.kaufpreis":123450,"weitere.merkmale":["blindenhund","zwinger"],"weitere.seit":"2020-01-01"}`,
		"zahlung":     `{"zahlung.iban":"DE89370400440532013000","zahlung.lastschrift":true}`,
	} {
		if got := string(rows[path]); got != want {
			t.Errorf("%s:\n got %s\nwant %s", path, got, want)
		}
	}
	a, err := p.Decode(maps.All(rows))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.JSON(), v.Answers().JSON()) {
		t.Error("decoding and encoding changed the answers")
	}
	if b, err := p.DecodeJSON(a.JSON()); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("DecodeJSON: %v", err)
	}
}

func TestBadStoredAnswersAreErrors(t *testing.T) {
	p := load(t)
	for _, c := range []struct{ path, json string }{
		{"halter", `[]`},
		{"halter", `null`},
		{"halter", `{"halter.art":"king"}`},
		{"halter", `{"halter.art":7}`},
		{"halter", `{"halter.name":"x"}`},
		{"halter", `{"halter.nachname":"a\u0000b"}`},
		{"halter", `{"halter.nachname":""}`},
		{"halter", `{"halter.geburt":"1980-02-30"}`},
		{"halter", `{"halter.geburt":""}`},
		{"halter/1", `{}`},
		{"hund", `{}`},
		{"hund/x", `{}`},
		{"hund/01", `{}`},
		{"nirgends", `{}`},
		{"weitere", `{"weitere.merkmale":[]}`},
		{"weitere", `{"weitere.merkmale":["zwinger","blindenhund"]}`},
		{"weitere", `{"weitere.anzahl":1.5}`},
		{"hunde", `{"hunde":{"ids":[1,1],"next":2}}`},
		{"hunde", `{"hunde":{"ids":[2],"next":2}}`},
		{"hunde", `{"hunde":{"ids":[-1],"next":2}}`},
		{"hunde", `{"hunde":[]}`},
		{"hunde", `{}`},
	} {
		if _, err := p.Decode(maps.All(map[string][]byte{c.path: []byte(c.json)})); err == nil {
			t.Errorf("%s %s was accepted", c.path, c.json)
		}
	}
	// The row of a dog that was removed may outlive it.
	if _, err := p.Decode(maps.All(map[string][]byte{"hund/9": []byte(`{}`)})); err != nil {
		t.Error(err)
	}
}

func TestInstancesKeepTheirIDs(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	ch := button(t, v, "hunde", ListRemove+"1")
	if want := []string{"hund/1", "hund-nachweis/1"}; !slices.Equal(ch.Removed, want) {
		t.Errorf("removed %v", ch.Removed)
	}
	v = ch.View
	if got := v.Answers().Instances("hunde"); !slices.Equal(got, []int{2}) {
		t.Errorf("left: %v", got)
	}
	if got := v.Answers().Value("hunde/2.name"); got != "Bella" {
		t.Errorf("the second dog is %v", got)
	}
	if st, err := v.Step("hund/2"); err != nil || st.Title() != "Bella" {
		t.Errorf("%v %v", st.Title(), err)
	}
	ch = button(t, v, "hunde", ListAdd)
	if ch.GoTo != "hund/3" || string(ch.JSON) != `{"hunde":{"ids":[2,3],"next":4,"done":false}}` {
		t.Errorf("added: %s %s", ch.GoTo, ch.JSON)
	}
	if st, _ := ch.View.Step("hund/3"); st.Title() != "Hund 2" {
		t.Errorf("new dog is called %q", st.Title())
	}
	st, _ := v.Step("hunde")
	for name, key := range map[string]string{ListRemove + "2": "form.list_min", ListRemove + "7": "form.list_unknown", "x": "form.list_unknown", ListRemove: "form.list_unknown"} {
		if _, problems := v.List(st, name); len(problems) != 1 || problems[0].Key != key {
			t.Errorf("%q: %+v", name, problems)
		}
	}
	st, _ = ch.View.Step("hunde")
	if _, problems := ch.View.List(st, ListNext); len(problems) != 1 || problems[0].Key != "form.list_incomplete" || !strings.Contains(problems[0].Text, "Hund 2") {
		t.Errorf("going on with an empty dog: %+v", problems)
	}
	if _, err := v.Step("hund/1"); !errors.Is(err, ErrNoPage) {
		t.Errorf("the removed dog's page: %v", err)
	}
}

func TestListPageShowsWhatIsThere(t *testing.T) {
	p := load(t)
	st, _ := filled(t, p).Step("hunde")
	got := st.Entries()
	if len(got) != 2 || got[1].Label != "Bella" || got[1].Path != "hund/2" || !got[1].Done || got[1].Columns[1].Text != "American Pitbull Terrier" {
		t.Errorf("%+v", got)
	}
	if st.AddLabel() != "Weiteren Hund hinzufügen" || st.NextLabel() != "Weiter" {
		t.Error(st.AddLabel(), st.NextLabel())
	}
}

func TestProblemsOfAPost(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	for _, c := range []struct {
		name, path string
		pairs      []string
		want       []string // path|control|key
	}{
		{"nothing", "halter", nil, []string{"halter.art|halter.art|form.missing_choice", "halter.nachname|halter.nachname|form.missing", "halter.geburt|halter.geburt:day|form.missing"}},
		{"twice", "anschrift", []string{"halter.anschrift.strasse", "A", "halter.anschrift.strasse", "B", "halter.anschrift.hausnummer", "1", "halter.anschrift.plz", "33098"}, []string{"halter.anschrift.strasse|halter.anschrift.strasse|form.duplicate"}},
		{"strange", "abschluss", []string{"erklaerung", "yes", "admin", "1", "_csrf", "x"}, []string{"||form.unknown"}},
		{"another page's", "abschluss", []string{"erklaerung", "yes", "halter.nachname", "X"}, []string{"||form.unknown"}},
		{"another dog's", "hund/1", append(dog(1, "Rex", "labrador", "1.3.2020"), "hunde/2.name", "X"), []string{"||form.unknown"}},
		{"broken UTF-8", "zahlung", []string{"zahlung.lastschrift", "yes", "zahlung.iban", "\xff\xfe"}, []string{"zahlung.iban|zahlung.iban|form.bad_utf8"}},
		{"too long", "halter", []string{"halter.art", "firma", "halter.firma", "F", "halter.telefon", "05251 1234", "halter.nachname", strings.Repeat("ä", 81)}, []string{"halter.nachname|halter.nachname|form.too_long"}},
		{"a megabyte", "halter", []string{"halter.art", "firma", "halter.firma", "F", "halter.telefon", "05251 1234", "halter.nachname", strings.Repeat("a", 1<<20)}, []string{"halter.nachname|halter.nachname|form.too_long"}},
		{"not on offer", "halter", []string{"halter.art", "king", "halter.nachname", "X", "halter.geburt:day", "1", "halter.geburt:month", "1", "halter.geburt:year", "1980"}, []string{"halter.art|halter.art|form.choice"}},
		{"required by rule", "halter", []string{"halter.art", "firma", "halter.firma", "F", "halter.nachname", "X"}, []string{"halter.telefon|halter.telefon|form.missing"}},
		{"hidden field is not checked", "halter", []string{"halter.art", "firma", "halter.firma", "F", "halter.telefon", "05251 1234", "halter.nachname", "X", "halter.geburt:day", "99"}, nil},
		{"minor", "halter", []string{"halter.art", "person", "halter.nachname", "X", "halter.geburt:day", "23", "halter.geburt:month", "11", "halter.geburt:year", "2008"}, []string{"halter.geburt|halter.geburt:day|rule.volljaehrig"}},
		{"not ticked", "abschluss", nil, []string{"erklaerung|erklaerung|form.confirm"}},
		{"chip of the other dog", "hund/1", append(dog(1, "Rex", "labrador", "1.3.2020"), "hunde/1.chip", "276098102334455"), []string{"hunde/1.chip|hunde/1.chip|rule.chip-einmal"}},
		{"own words", "hund/1", dog(1, "", "labrador", "1.3.2020"), []string{"hunde/1.name|hunde/1.name|form.missing"}},
		{"wrong part", "weitere", []string{"weitere.seit:day", "1"}, []string{"||form.unknown"}},
		{"too many", "weitere", []string{"weitere.merkmale", "zwinger", "weitere.merkmale", "blindenhund", "weitere.merkmale", "sozialleistung"}, []string{"weitere.merkmale|weitere.merkmale|form.choices_max"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := try(t, v, c.path, c.pairs...)
			var got []string
			for _, pr := range out.Problems {
				if pr.Page != c.path || pr.Text == "" || strings.ContainsAny(pr.Text, "⟦{") {
					t.Errorf("unfit problem %+v", pr)
				}
				got = append(got, pr.Path+"|"+pr.Control+"|"+pr.Key)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %v\nwant %v", got, c.want)
			}
		})
	}
}

func TestDatesSayWhatIsWrong(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	for _, c := range []struct{ d, m, y, key, part, says string }{
		{"30", "02", "2020", "form.date_none", "day", "Den 30.02. gibt es nicht"},
		{"29", "2", "2021", "form.date_none", "day", "Den 29.02.2021 gibt es nicht"},
		{"1", "13", "2020", "form.date_none", "month", ""},
		{"", "2", "2020", "form.date_day", "day", ""},
		{"1", "", "2020", "form.date_month", "month", ""},
		{"1", "1", "", "form.date_year", "year", ""},
		{"1", "1", "20", "form.date_year4", "year", "vier Ziffern"},
		{"x", "1", "2020", "form.date_digits", "day", ""},
		{"1", "1", "99999", "form.date_digits", "year", ""},
		{"23", "11", "2026", "form.date_future", "day", "Zukunft"},
		{"31", "12", "1899", "form.date_before", "day", "01.01.1900"},
	} {
		out := try(t, v, "halter", "halter.art", "person", "halter.nachname", "X", "halter.geburt:day", c.d, "halter.geburt:month", c.m, "halter.geburt:year", c.y)
		if len(out.Problems) != 1 || out.Problems[0].Key != c.key || !strings.HasSuffix(out.Problems[0].Control, ":"+c.part) || !strings.Contains(out.Problems[0].Text, c.says) {
			t.Errorf("%s.%s.%s: %+v", c.d, c.m, c.y, out.Problems)
		}
		if got := out.Raw.Get("halter.geburt:day"); got != c.d {
			t.Errorf("typed %q is shown again as %q", c.d, got)
		}
	}
}

// A day is a day whatever the clock does in its night: 29 March and 25
// October 2026 have 23 and 25 hours in Germany.
func TestDaysOfTheClockChange(t *testing.T) {
	p := load(t)
	for _, day := range []clock.Date{{Year: 2026, Month: 3, Day: 29}, {Year: 2026, Month: 10, Day: 25}} {
		e := env(t, p)
		e.Today = day
		v := p.Open(p.Empty(), e)
		at := func(d clock.Date) []Problem {
			return try(t, v, "halter", "halter.art", "person", "halter.nachname", "X", "halter.geburt:day", fmt.Sprint(d.Day), "halter.geburt:month", fmt.Sprint(int(d.Month)), "halter.geburt:year", fmt.Sprint(d.Year)).Problems
		}
		adult := clock.Date{Year: day.Year - 18, Month: day.Month, Day: day.Day}
		if got := at(adult); len(got) != 0 {
			t.Errorf("18 on %s: %+v", day, got)
		}
		if got := at(adult.AddDays(1)); len(got) != 1 || got[0].Key != "rule.volljaehrig" {
			t.Errorf("a day short of 18 on %s: %+v", day, got)
		}
	}
}

func TestAbandonedBranchesArePruned(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	v = post(t, v, "zahlung", "zahlung.lastschrift", "no", "zahlung.iban", "DE89370400440532013000")
	if v.Answers().Value("zahlung.iban") != nil {
		t.Error("the hidden IBAN was kept")
	}
	v = post(t, v, "hund/2", dog(2, "Bella", "pudel", "15.9.2026")...)
	if v.Answers().Value("hunde/2.pruefung") == nil {
		t.Error("the answer of the page that is now hidden should survive until it is pruned")
	}
	a := v.Prune()
	if a.Value("hunde/2.pruefung") != nil {
		t.Error("pruning kept a hidden page's answer")
	}
	if _, ok := a.PageJSON("hund-nachweis/2"); ok {
		t.Error("pruning kept a hidden page")
	}
	if again := p.Open(a, v.env).Prune(); !reflect.DeepEqual(again, a) {
		t.Error("pruning twice is not pruning once")
	}
}

func TestForeignIBANAsksForABIC(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	v = post(t, v, "zahlung", "zahlung.lastschrift", "yes", "zahlung.iban", "CH93 0076 2011 6238 5295 7")
	if next, _ := v.Next("zahlung"); next != "bic" {
		t.Fatalf("next is %q", next)
	}
	if problems := v.Validate(); len(problems) != 1 || problems[0].Page != "bic" || problems[0].Path != "zahlung.bic" {
		t.Errorf("%+v", problems)
	}
	if out := try(t, v, "bic", "zahlung.bic", "POFICHBE"); len(out.Problems) > 0 {
		t.Errorf("%+v", out.Problems)
	}
}

func TestValidateFindsEverythingOpen(t *testing.T) {
	p := load(t)
	v := p.Open(p.Empty(), env(t, p))
	pages := map[string]bool{}
	for _, pr := range v.Validate() {
		pages[pr.Page] = true
		if pr.Text == "" {
			t.Errorf("%+v", pr)
		}
	}
	for _, st := range v.Steps() {
		if !pages[st.Path] {
			t.Errorf("nothing said about %s", st.Path)
		}
	}
}

func TestComputeExplainsTheTax(t *testing.T) {
	p := load(t)
	got := filled(t, p).Compute()
	if len(got) != 1 {
		t.Fatal(got)
	}
	r := got[0]
	// Rex: two dogs pay the two-dog rate, all year; Bella: raised rate, from
	// September; the guide dog takes off ten euros.
	if r.Sums[0].Cents != 12000+60000*4/12-1000 || r.Sums[1].Cents != 12000+60000-1000 {
		t.Errorf("sums %+v", r.Sums)
	}
	if want := "Bella (American Pitbull Terrier): 4 Monate ab 15. September 2026, 600,00\u00a0€ im Jahr"; r.Lines[1].Text != want || r.Lines[1].Instance != 2 {
		t.Errorf("got %q", r.Lines[1].Text)
	}
}

func TestReviewSpeaksBothLanguages(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	sections := v.Review()
	if len(sections) != 5 || sections[0].Title != "Halter" || len(sections[1].Blocks) != 2 || sections[1].Blocks[1].Label != "Bella" {
		t.Fatalf("%+v", sections)
	}
	find := func(secs []Section, path string) Answer {
		for _, s := range secs {
			for _, b := range s.Blocks {
				for _, a := range b.Answers {
					if a.Path == path {
						return a
					}
				}
			}
		}
		t.Fatalf("%s is not in the review", path)
		return Answer{}
	}
	e := v.env
	e.Lang = i18n.EN
	english := p.Open(v.Answers(), e).Review()
	for _, c := range []struct{ path, label, de, en string }{
		{"halter.art", "Halter", "Eine Person", "One person"},
		{"halter.geburt", "Geburtsdatum", "29. Februar 1980", "29 February 1980"},
		{"hunde/1.masse.gewicht", "Gewicht in kg", "31,5", "31.5"},
		{"hunde/2.rasse", "Rasse", "American Pitbull Terrier", "American Pit Bull Terrier"},
		{"hunde/2.pruefung", "Hat der Hund eine Verhaltensprüfung?", "Nein", "No"},
		{"weitere.kaufpreis", "Kaufpreis", "1.234,50\u00a0€", "€1,234.50"},
		{"weitere.merkmale", "Merkmale", "Blindenführhund, Zwinger", "Guide dog, Kennel"},
		{"halter.anschrift.land", "Land", "Deutschland", "Germany"},
		{"zahlung.iban", "IBAN", "DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"},
	} {
		de, en := find(sections, c.path), find(english, c.path)
		if de.Label != c.label || de.Text != c.de || en.Text != c.en {
			t.Errorf("%s: %q %q %q", c.path, de.Label, de.Text, en.Text)
		}
	}
	if a := find(sections, "weitere.merkmale"); a.Sensitive != Health || a.Page != "weitere" {
		t.Errorf("%+v", a)
	}
}

func TestFieldsForTheScreen(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	st, _ := v.Step("halter")
	fields := v.Fields(st, nil, nil)
	if len(fields) != 6 {
		t.Fatalf("%d fields", len(fields))
	}
	firma, geburt := fields[1], fields[3]
	if firma.Shown || !reflect.DeepEqual(firma.Condition, &Condition{Name: "halter.art", Values: []string{"firma"}}) {
		t.Errorf("%+v", firma)
	}
	if !geburt.Shown || geburt.Parts != [3]string{"29", "02", "1980"} || !geburt.Condition.Not || geburt.Autocomplete != "bday" || geburt.ID != "halter-geburt" {
		t.Errorf("%+v", geburt)
	}
	if fields[0].Widget != WidgetRadio || len(fields[0].Choices) != 3 || fields[0].Value != fields[0].Choices[0].Value {
		t.Errorf("%+v", fields[0])
	}
	out := v.Parse(st, url.Values{"halter.art": {"person"}, "halter.nachname": {"X"}, "halter.geburt:day": {"31"}, "halter.geburt:month": {"4"}, "halter.geburt:year": {"1980"}})
	again := out.View.Fields(st, out.Raw, out.Problems)
	if f := again[3]; f.Parts[0] != "31" || f.Error == "" || f.ErrorPart != "day" {
		t.Errorf("%+v", f)
	}
	st, _ = v.Step("hund/2")
	breed := v.Fields(st, nil, nil)[1]
	if breed.Widget != WidgetSelect || breed.Name != "hunde/2.rasse" || breed.ID != "hunde-2-rasse" || breed.Value != "pitbull" {
		t.Errorf("%+v", breed)
	}
	st, _ = v.Step("hund-nachweis/2")
	if notes := st.Notes(); len(notes) != 1 || notes[0].Kind != "warning" || st.Title() != "Nachweise zu Bella" {
		t.Errorf("%+v %s", notes, st.Title())
	}
	st, _ = v.Step("datenschutz")
	if st.Intro() != "Wir erheben Ihre Angaben nach der Satzung." {
		t.Error(st.Intro())
	}
}

func TestCorrectSingleFields(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	paths := []string{"halter.nachname", "hunde/2.chip"}
	out := v.Correct(paths, url.Values{"halter.nachname": {"Groß"}, "hunde/2.chip": {"276098102334456"}})
	if len(out.Problems) > 0 || out.View.Answers().Value("halter.nachname") != "Groß" || out.View.Answers().Value("hunde/2.chip") != "276098102334456" {
		t.Errorf("%+v", out.Problems)
	}
	if problems := out.View.Validate(); len(problems) > 0 {
		t.Errorf("%+v", problems)
	}
	if out.View.Answers().Value("halter.art") != "person" {
		t.Error("a field that was not asked about has changed")
	}
	out = v.Correct(paths, url.Values{"halter.nachname": {""}, "hunde/2.chip": {"12"}, "halter.art": {"firma"}})
	var keys []string
	for _, pr := range out.Problems {
		keys = append(keys, pr.Page+" "+pr.Key)
	}
	if want := []string{"halter form.missing", "hund/2 form.chip_length", " form.unknown"}; !slices.Equal(keys, want) {
		t.Errorf("%v", keys)
	}
	if f := v.FieldsAt(paths, nil, nil); len(f) != 2 || f[1].Value != "276098102334455" {
		t.Errorf("%+v", f)
	}
}

func TestFilesAreCheckedWithTheirPage(t *testing.T) {
	p := load(t)
	v := filled(t, p)
	v = post(t, v, "hund-nachweis/2", "hunde/2.pruefung", "yes")
	good := File{ID: "1", Name: "a.pdf", Type: "application/pdf", Size: 10, SHA256: "x", Key: "k"}
	for _, c := range []struct {
		change func(*File)
		n      int
		key    string
	}{
		{func(*File) {}, 1, ""},
		{func(f *File) { f.Size = 0 }, 1, "form.file_empty"},
		{func(f *File) { f.Size = 6e6 }, 1, "form.file_size"},
		{func(f *File) { f.Type = "text/html" }, 1, "form.file_type"},
		{func(*File) {}, 4, "form.file_count"},
	} {
		f := good
		c.change(&f)
		a, err := v.Answers().SetFiles("hunde/2.nachweis", slices.Repeat([]File{f}, c.n))
		if err != nil {
			t.Fatal(err)
		}
		out := try(t, p.Open(a, v.env), "hund-nachweis/2", "hunde/2.pruefung", "yes")
		key := ""
		if len(out.Problems) > 0 {
			key = out.Problems[0].Key
		}
		if key != c.key {
			t.Errorf("got %q, want %q", key, c.key)
		}
	}
	if _, err := v.Answers().SetFiles("halter.nachname", nil); err == nil {
		t.Error("a name took files")
	}
}

// Whatever the order in which pages are answered, the answers are the same.
func TestOrderOfAnsweringDoesNotMatter(t *testing.T) {
	p := load(t)
	want := filled(t, p).Answers().JSON()
	rows := filled(t, p).Answers().Rows()
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		v := p.Open(p.Empty(), env(t, p))
		v = button(t, v, "hunde", ListAdd).View
		pages := []string{"datenschutz", "halter", "anschrift", "hund/1", "hund/2", "hund-nachweis/2", "weitere", "zahlung", "abschluss"}
		rnd.Shuffle(len(pages), func(i, j int) { pages[i], pages[j] = pages[j], pages[i] })
		for _, page := range pages {
			single := map[string][]byte{"hunde": rows["hunde"], page: rows[page]}
			one, err := p.Decode(maps.All(single))
			if err != nil {
				t.Fatal(err)
			}
			pg, r, err := one.at(page)
			if err != nil {
				t.Fatal(err)
			}
			form := url.Values{}
			for _, f := range pg.fields {
				name := f.answerPath(r)
				switch val := r.val(f).(type) {
				case nil:
				case clock.Date:
					form.Set(name, f.edit(val, i18n.DE))
				case []string:
					form[name] = val
				default:
					form.Set(name, f.edit(val, i18n.DE))
				}
			}
			_, at, err := v.a.at(page)
			if err != nil {
				t.Fatal(err)
			}
			s := v.scopeOf(pg.table, at.ids)
			out := v.Parse(v.step(pg, s), form)
			// An early page may look hidden or wrong now; what counts is the end.
			if !s.pageVisible(pg) {
				continue
			}
			v = out.View
		}
		if _, err := v.Step("hund-nachweis/2"); err == nil {
			v = post(t, v, "hund-nachweis/2", "hunde/2.pruefung", "no")
		}
		v = button(t, v, "hunde", ListNext).View
		if got := v.Answers().JSON(); !bytes.Equal(got, want) {
			t.Fatalf("order %v:\n got %s\nwant %s", pages, got, want)
		}
	}
}

func TestMissingParametersAreHarmless(t *testing.T) {
	p := load(t)
	v := p.Open(filled(t, p).Answers(), Env{Today: today, Lang: i18n.EN})
	v.Steps()
	v.Validate()
	v.Compute()
	if v.Err() != nil {
		t.Error(v.Err())
	}
	if _, err := p.Params(map[string]any{"erhoeht": "viel"}); err == nil {
		t.Error("a text passed as money")
	}
	if _, err := p.Params(map[string]any{"nichts": 1}); err == nil {
		t.Error("an undeclared parameter passed")
	}
}
