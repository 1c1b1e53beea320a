package form

import (
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// giving is a form in which rules give answers.
func giving(t *testing.T, pages string) (*Program, error) {
	t.Helper()
	words := `{"section.s":"S","page.a.title":"A","page.b.title":"B","page.c.title":"C"`
	for _, f := range []string{"land", "art", "staat", "name", "von", "zahl"} {
		words += `,"field.` + f + `.label":"` + f + `"`
	}
	words += "}"
	d, err := Load(fstest.MapFS{
		"schema.yaml": {Data: []byte("id: g\nfields:\n  - {id: land, type: choice, required: true, list: l}\n  - {id: art, type: choice, list: l}\n  - {id: staat, type: choice, required: true, list: l}\n  - {id: name, type: text, required: true}\n  - {id: von, type: date}\n  - {id: zahl, type: int}\n")},
		"pages.yaml":  {Data: []byte(pages)}, "texts/de.json": {Data: []byte(words)},
		"lists/l.yaml": {Data: []byte("- {code: \"000\", de: Hier}\n- {code: \"001\", de: Dort}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return Compile(d, Options{})
}

func TestGiven(t *testing.T) {
	p, err := giving(t, `pages:
  - {id: a, section: s, fields: [land, {field: art, value: "'001'"}]}
  - {id: b, section: s, fields: [{field: staat, value: "land == '000' ? '000' : ''"}]}
  - {id: c, section: s, fields: [name, {field: von, default: "date('2026-01-02')"}, {field: zahl, default: "art == '001' ? 7 : 8"}]}
`)
	if err != nil {
		t.Fatal(err)
	}
	post := func(v *View, path, typed string) *View {
		t.Helper()
		st, err := v.Step(path)
		if err != nil {
			t.Fatal(err)
		}
		q, _ := url.ParseQuery(typed)
		out := v.Parse(st, q)
		if len(out.Problems) > 0 {
			t.Fatal(out.Problems)
		}
		return out.View
	}
	v := p.Open(p.Empty(), Env{Today: clock.Date{Year: 2026, Month: 11, Day: 22}, Lang: i18n.DE})
	st, _ := v.Step("a")
	if fields := v.Fields(st, nil, nil); len(fields) != 1 {
		t.Errorf("%d fields are asked, want 1", len(fields))
	}
	there := post(v, "a", "land=001")
	if st, ok := there.Current(); !ok || st.Path != "b" {
		t.Errorf("page b is passed over: %v", st.Path)
	}
	here := post(v, "a", "land=000")
	st, ok := here.Current()
	if !ok || st.Path != "c" {
		t.Fatalf("page b is asked, though a rule answers it: %v", st.Path)
	}
	fields := here.Fields(st, nil, nil)
	if fields[1].Parts != [3]string{"02", "01", "2026"} || fields[2].Value != "7" {
		t.Errorf("at first there stands %v and %q", fields[1].Parts, fields[2].Value)
	}
	done := post(here, "c", "name=Kim&von:day=&von:month=&von:year=&zahl=")
	if st, ok := done.Current(); ok {
		t.Errorf("%s is asked yet", st.Path)
	}
	st, _ = done.Step("c")
	if fields := done.Fields(st, nil, nil); fields[2].Value != "" {
		t.Error("what was emptied stands there again")
	}
	if problems := done.Validate(); len(problems) > 0 {
		t.Error(problems)
	}
	pruned := done.Prune()
	const want = `{"a":{"art":"001","land":"000"},"b":{"staat":"000"},"c":{"name":"Kim"}}`
	if got := string(pruned.JSON()); got != want {
		t.Errorf("sent is %s, want %s", got, want)
	}
	again := p.Open(pruned, Env{Today: clock.Date{Year: 2026, Month: 11, Day: 22}, Lang: i18n.DE})
	if got := string(again.Prune().JSON()); got != want {
		t.Errorf("pruned twice: %s", got)
	}
	if a, err := p.DecodeJSON([]byte(want)); err != nil || a.Value("staat") != "000" {
		t.Errorf("the office cannot read it: %v", err)
	}
	// Who changes the answer is asked after all, and nothing stale is sent.
	changed := post(done, "a", "land=001")
	if st, ok := changed.Current(); !ok || st.Path != "b" {
		t.Errorf("after the change %v is asked", st.Path)
	}
	for pages, want := range map[string]string{
		`[land, {field: art, value: "'002'"}]`:                   "no answer",
		`[land, {field: art, value: "name"}]`:                    "too late",
		`[land, {field: art, value: "'001'", default: "'001'"}]`: "exclude",
		`[land, {field: art, value: "1"}]`:                       "int",
		`[land, {field: art, default: "land"}]`:                  "too late",
	} {
		_, err := giving(t, "pages:\n  - {id: a, section: s, fields: "+pages+"}\n  - {id: b, section: s, fields: [staat]}\n  - {id: c, section: s, fields: [name, von, zahl]}\n")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", pages, err)
		}
	}
}
