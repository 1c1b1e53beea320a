package form

import (
	"fmt"
	"net/url"
	"reflect"
	"testing"

	"leitportal/internal/clock"
	"leitportal/internal/i18n"
)

// places is a form that asks twice for one of n places, and why it is Köln.
func places(t testing.TB, n int) *View {
	t.Helper()
	list := []Choice{
		{Code: "koeln", DE: "Köln", EN: "Cologne"},
		{Code: "kolumbien", DE: "Kolumbien", EN: "Colombia", Also: []string{"Bogotá"}},
		{Code: "neustadt-1", DE: "Neustadt", EN: "Neustadt"},
		{Code: "neustadt-2", DE: "Neustadt", EN: "Neustadt"},
	}
	for i := len(list); i < n; i++ {
		list = append(list, Choice{Code: fmt.Sprint("ort-", i), DE: fmt.Sprint("Ort Nummer ", i), EN: fmt.Sprint("Place number ", i)})
	}
	words := map[string]string{
		"section.s": "S", "page.p.title": "P",
		"field.ort.label": "Ort", "field.zweiter.label": "Zweiter", "field.warum.label": "Warum",
	}
	p, err := Compile(&Definition{
		ID: "orte",
		Nodes: []Node{
			{ID: "ort", Type: "choice", List: "orte", Required: true},
			{ID: "zweiter", Type: "choice", List: "orte"},
			{ID: "warum", Type: "text"},
		},
		Pages: []PageDef{{ID: "p", Section: "s", Fields: []PageField{{Field: "ort"}, {Field: "zweiter"}, {Field: "warum", When: "ort == 'koeln'"}}}},
		Lists: map[string][]Choice{"orte": list},
		Texts: map[i18n.Lang]map[string]string{i18n.DE: words, i18n.EN: words},
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Open(p.Empty(), Env{Today: clock.Date{Year: 2026, Month: 11, Day: 22}, Lang: i18n.DE})
}

// A long list is asked for by a text, and what is no entry brings up those that
// fit.
func TestFind(t *testing.T) {
	v := places(t, 1000)
	st, err := v.Step("p")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		posted  url.Values
		stored  string
		problem string   // its key
		value   string   // shown
		offered []string // codes
		total   int
	}{
		{url.Values{}, "", "form.missing_choice", "", nil, 0},
		{url.Values{"ort": {"Kolumbien"}}, "kolumbien", "", "Kolumbien", nil, 0},
		{url.Values{"ort": {" KOELN "}}, "koeln", "", "Köln", nil, 0},
		{url.Values{"ort": {"ort-77"}}, "ort-77", "", "Ort Nummer 77", nil, 0},
		{url.Values{"ort:code": {"ort-77"}}, "ort-77", "", "Ort Nummer 77", nil, 0},
		{url.Values{"ort": {"ko"}}, "", "form.find", "ko", []string{"koeln", "kolumbien"}, 2},
		{url.Values{"ort": {"ko"}, "ort:code": {"kolumbien"}}, "kolumbien", "", "Kolumbien", nil, 0},
		{url.Values{"ort": {"bogota"}}, "", "form.find", "bogota", []string{"kolumbien"}, 1},
		{url.Values{"ort": {"Neustadt"}}, "", "form.find", "Neustadt", []string{"neustadt-1", "neustadt-2"}, 2},
		{url.Values{"ort": {"Neustadt"}, "ort:code": {"neustadt-2"}}, "neustadt-2", "", "Neustadt", nil, 0},
		{url.Values{"ort": {"ko"}, "ort:code": {"ort-5"}}, "", "form.find", "ko", []string{"koeln", "kolumbien"}, 2}, // of an earlier search
		{url.Values{"ort": {""}, "ort:code": {"koeln"}}, "", "form.missing_choice", "", nil, 0},                      // emptied
		{url.Values{"ort": {"xyz"}}, "", "form.find_none", "xyz", nil, 0},
		{url.Values{"ort": {"a", "b"}}, "", "form.duplicate", "a", nil, 0},
		{url.Values{"ort": {"a\xff"}}, "", "form.bad_utf8", "a\uFFFD", nil, 0},
		{url.Values{"ort": {"koeln"}, "warum:code": {"x"}}, "", "form.unknown", "Köln", nil, 0},
	} {
		out := v.Parse(st, c.posted)
		if len(out.Problems) == 0 {
			if want := fmt.Sprintf(`{"ort":%q}`, c.stored); string(out.JSON) != want || c.problem != "" {
				t.Errorf("%v: %s, want %s", c.posted, out.JSON, want)
			}
		} else if out.Problems[0].Key != c.problem || c.problem != "form.unknown" && out.Problems[0].Control != "ort" {
			t.Errorf("%v: %+v, want %s", c.posted, out.Problems[0], c.problem)
		}
		m := out.View.Fields(st, out.Raw, out.Problems)[0]
		var codes []string
		for _, o := range m.Choices {
			codes = append(codes, o.Value)
		}
		if m.Widget != WidgetFind || m.Value != c.value || m.Matches != c.total {
			t.Errorf("%v: %+v", c.posted, m)
		}
		if c.offered != nil && !reflect.DeepEqual(codes, c.offered) {
			t.Errorf("%v: offered %v", c.posted, codes)
		}
	}
	hits := v.Parse(st, url.Values{"ort": {"Neustadt"}})
	if m := hits.View.Fields(st, hits.Raw, nil)[0]; m.Choices[0].Hint != "neustadt-1" || m.Choices[1].Hint != "neustadt-2" {
		t.Errorf("two places of one name: %+v", m.Choices)
	}
	if f := v.p.byPath["zweiter"]; f.finder == nil || f.finder != v.p.byPath["ort"].finder || f.options != nil {
		t.Error("the fields of a list do not share it")
	}
	// What hangs on it is always shown, with the reason in words.
	if m := v.Fields(st, nil, nil)[2]; m.Name != "warum" || !reflect.DeepEqual(m.Condition.Labels, []string{"Köln"}) {
		t.Errorf("%+v", m)
	}
	v = places(t, findFrom)
	st, _ = v.Step("p")
	if m := v.Fields(st, nil, nil)[0]; m.Widget != WidgetSearch || len(m.Choices) != findFrom {
		t.Errorf("%s with %d choices", m.Widget, len(m.Choices))
	}
}

// 100,000 entries are a page of a dozen.
func TestFindInALongList(t *testing.T) {
	v := places(t, 100_000)
	st, err := v.Step("p")
	if err != nil {
		t.Fatal(err)
	}
	out := v.Parse(st, url.Values{"ort": {"nummer 9999"}})
	m := out.View.Fields(st, out.Raw, out.Problems)[0]
	if m.Matches != 11 || len(m.Choices) != 11 || m.Choices[0].Value != "ort-9999" || m.Choices[10].Value != "ort-99999" {
		t.Errorf("%d of %d: %+v", len(m.Choices), m.Matches, m.Choices)
	}
	if out := v.Parse(st, url.Values{"ort": {"Ort Nummer 99999"}}); string(out.JSON) != `{"ort":"ort-99999"}` {
		t.Errorf("%s %v", out.JSON, out.Problems)
	}
}

// BenchmarkFind is a page posted with a text to find among 100,000 entries, and
// shown again; the bar is 20 ms.
func BenchmarkFind(b *testing.B) {
	v := places(b, 100_000)
	st, err := v.Step("p")
	if err != nil {
		b.Fatal(err)
	}
	for _, text := range []string{"nummer 4711", "ort", "ummer", "Ort Nummer 4711"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				out := v.Parse(st, url.Values{"ort": {text}})
				out.View.Fields(st, out.Raw, out.Problems)
			}
		})
	}
}
