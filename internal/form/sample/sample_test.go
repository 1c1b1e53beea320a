package sample

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/form"
	"leitportal/internal/i18n"
)

func household(t *testing.T) *form.Program {
	t.Helper()
	d, err := form.Load(os.DirFS("../testdata/haushalt"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := form.Compile(d, form.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const baseFile = `
day: "2026-11-22"
answers: {ort: Paderborn, erklaerung: true}
each:
  haushalt: {name: "Person {nn}", hat_kinder: false, einkommen: "1.000"}
  haushalt.familie.kinder: {vorname: Mia, geburt: "2020-05-01", betreut: false}
  haushalt.familie.kinder.zeiten: {art: kita, stunden: 25}
`

// read are the samples of a file.
func read(t *testing.T, text string) []Sample {
	t.Helper()
	list, err := Read(fstest.MapFS{"samples/base.yaml": {Data: []byte(baseFile)}, "samples/x.yaml": {Data: []byte("samples:\n" + text)}})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A sample goes through groups within groups, and is stored as it was meant.
func TestFillNestedGroups(t *testing.T) {
	p := household(t)
	list := read(t, `
  - name: two persons, two children
    answers:
      haushalt:
        - hat_kinder: true
          familie.kinder:
            - {betreut: true, zeiten: [{}, {art: tagespflege, stunden: 10}]}
            - {vorname: Tom}
        - {name: Ben}
`)
	res, err := New(p).Fill(list[0], form.Env{Today: list[0].Day, Lang: i18n.DE}, nil)
	if err != nil || len(res.Problems) > 0 {
		t.Fatal(res.Problems, err)
	}
	a := res.View.Answers()
	for path, want := range map[string]form.Value{
		"haushalt/1.name": "Person 01", "haushalt/2.name": "Ben", "haushalt/1.familie.kinder/2.vorname": "Tom",
		"haushalt/1.familie.kinder/1.zeiten/1.art": "kita", "haushalt/1.familie.kinder/1.zeiten/2.stunden": int64(10), "ort": "Paderborn",
	} {
		if got := a.Value(path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if got := a.Instances("haushalt"); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("persons %v", got)
	}
	if got := a.Instances("haushalt/1.familie.kinder"); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("children %v", got)
	}
}

// A sample that expects what does not come says so.
func TestCheckTellsWhatIsWrong(t *testing.T) {
	p := household(t)
	one := `answers: {haushalt: [{}]}`
	for _, c := range []struct{ sample, want string }{
		{one + ", expect: {pages: [ort, person], no_pages: [kind]}", ""},
		{one + ", expect: {problems: [ort]}", `problems at [], expected at ["ort"]`},
		{"answers: {ort: null, haushalt: [{}]}, expect: {problems: [ort]}", ""},
		{"answers: {ort: null, haushalt: [{}]}", `problems at ["ort"], expected at []: `},
		{"answers: {haushalt: [{name: null}]}, expect: {problems: [haushalt/1.name]}", ""},
		{"answers: {haushalt: [{}, {name: null}]}, expect: {problems: [haushalt/2.name]}", ""},
		{one + ", expect: {stop: ort}", `ends without being sent on page "", expected on "ort"`},
		{one + ", expect: {pages: [kind]}", "page kind is not asked"},
		{one + ", expect: {no_pages: [person]}", "page person is asked"},
		{one + ", expect: {sums: {no.such: 1}}", "there is no sum no.such"},
		{one + ", expect: {lines: {no: []}}", "the lines of no are"},
		{one + ", expect: {destination: nowhere}", `goes to "", expected "nowhere"`},
		{"answers: {orte: x, haushalt: [{nam: x}]}", "the form does not ask for haushalt.nam, orte"},
		{"answers: {haushalt: x}", "the form does not ask for haushalt"},
	} {
		s := read(t, "  - {name: x, "+c.sample+"}")[0]
		got := strings.Join(New(p).Check(s, form.Env{Today: s.Day, Lang: i18n.DE}), "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.sample, got, c.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ base, text, want string }{
		{baseFile, "samples: [{name: a}, {name: a}]", `"a" is no name of its own`},
		{baseFile, "samples: [{answers: {}}]", "no name of its own"},
		{"answers: {}", "samples: [{name: a}]", "day is missing"},
		{baseFile, "samples: [{name: a, expected: {}}]", "samples/x.yaml"},
		{"base: x", "samples: []", "samples/base.yaml"},
	} {
		_, err := Read(fstest.MapFS{"samples/base.yaml": {Data: []byte(c.base)}, "samples/x.yaml": {Data: []byte(c.text)}})
		if !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: got %v, want %q", c.text, err, c.want)
		}
	}
	if list, err := Read(fstest.MapFS{}); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
}
