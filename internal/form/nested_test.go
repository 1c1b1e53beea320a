package form

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"leitportal/internal/i18n"
)

func loadNested(t testing.TB) *Program {
	t.Helper()
	d, err := Load(os.DirFS("testdata/haushalt"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const kids, times = "haushalt/1.familie.kinder/", "zeiten/"

// household is a complete application: Anna with Mia (two times of care) and
// Tom (none), and Ben without children.
func household(t testing.TB, p *Program) *View {
	t.Helper()
	v := p.Open(p.Empty(), Env{Today: today, Lang: i18n.DE})
	v = post(t, v, "ort", "ort", "Paderborn")
	v = post(t, v, "person/1", "haushalt/1.name", "Anna", "haushalt/1.hat_kinder", "yes")
	v = post(t, v, "kind/1/1", kids+"1.vorname", "Mia", kids+"1.geburt", "1.5.2020", kids+"1.betreut", "yes")
	v = button(t, v, "zeiten/1/1", ListAdd).View
	v = post(t, v, "zeit/1/1/1", kids+"1.zeiten/1.art", "kita", kids+"1.zeiten/1.stunden", "25")
	v = button(t, v, "zeiten/1/1", ListAdd).View
	v = post(t, v, "zeit/1/1/2", kids+"1.zeiten/2.art", "tagespflege", kids+"1.zeiten/2.stunden", "10")
	v = button(t, v, "zeiten/1/1", ListNext).View
	v = button(t, v, "kinder/1", ListAdd).View
	v = post(t, v, "kind/1/2", kids+"2.vorname", "Tom", kids+"2.geburt", "2.6.2022", kids+"2.betreut", "no")
	v = button(t, v, "kinder/1", ListNext).View
	v = post(t, v, "einkommen/1", "haushalt/1.einkommen", "2.000")
	v = button(t, v, "haushalt", ListAdd).View
	v = post(t, v, "person/2", "haushalt/2.name", "Ben", "haushalt/2.hat_kinder", "no")
	v = post(t, v, "einkommen/2", "haushalt/2.einkommen", "1.000")
	v = button(t, v, "haushalt", ListNext).View
	return post(t, v, "abschluss", "erklaerung", "yes")
}

func TestTheWayThroughANestedForm(t *testing.T) {
	p := loadNested(t)
	v := p.Open(p.Empty(), Env{Today: today, Lang: i18n.DE})
	if got, want := paths(v), []string{"ort current", "person/1 open", "einkommen/1 open", "haushalt open"}; !slices.Equal(got, want) {
		t.Errorf("at the start: %v", got)
	}
	v = household(t, p)
	want := []string{
		"ort done", "person/1 done", "kind/1/1 done", "zeit/1/1/1 done", "zeit/1/1/2 done", "zeiten/1/1 done", "kind/1/2 done", "kinder/1 done",
		"einkommen/1 done", "person/2 done", "einkommen/2 done", "haushalt done", "abschluss done",
	}
	if got := paths(v); !slices.Equal(got, want) {
		t.Errorf("at the end: %v", got)
	}
	if problems := v.Validate(); len(problems) > 0 || v.Err() != nil {
		t.Errorf("%+v %v", problems, v.Err())
	}
	for _, c := range []struct{ from, to string }{
		{"kind/1/1", "zeit/1/1/1"},
		{"zeit/1/1/1", "zeiten/1/1"}, // the other time is done
		{"zeiten/1/1", "kinder/1"},   // the other child is done
		{"kinder/1", "einkommen/1"},
		{"einkommen/1", "haushalt"}, // the other person is done
		{"haushalt", "abschluss"},
	} {
		if next, _ := v.Next(c.from); next != c.to {
			t.Errorf("after %s comes %q, want %q", c.from, next, c.to)
		}
	}
	for path, want := range map[string][3]string{ // title, where, within
		"person/2":   {"Ben", "", "haushalt/2"},
		"kind/1/2":   {"Tom", "Tom von Anna", "haushalt/1.familie.kinder/2"},
		"zeit/1/1/2": {"Zeit 2 von Mia", "Zeit 2 von Mia von Anna", "haushalt/1.familie.kinder/1.zeiten/2"},
		"zeiten/1/1": {"Betreuung von Mia, 1. Kind von Anna", "Mia von Anna", "haushalt/1.familie.kinder/1"},
		"kinder/1":   {"Kinder von Anna", "Anna", "haushalt/1"},
		"haushalt":   {"Ihr Haushalt", "", ""},
	} {
		st, err := v.Step(path)
		if got := [3]string{st.Title(), st.Where(), st.Within}; err != nil || got != want {
			t.Errorf("%s: %q %v", path, got, err)
		}
	}
	st, _ := v.Step("kinder/1")
	e := st.Entries()
	if len(e) != 2 || e[1].Label != "Tom" || e[1].Path != "kind/1/2" || !e[0].Done || !e[0].Removable || e[1].Columns[0].Text != "2. Juni 2022" {
		t.Errorf("%+v", e)
	}
	st, _ = v.Step("zeit/1/1/2")
	f := v.Fields(st, nil, nil)
	if len(f) != 3 || f[1].Name != kids+"1.zeiten/2.stunden" || f[1].ID != "haushalt-1-familie-kinder-1-zeiten-2-stunden" || f[1].Value != "10" ||
		f[2].Condition.Name != kids+"1.zeiten/2.art" {
		t.Errorf("%+v", f)
	}
}

func TestRulesSeeNestedInstances(t *testing.T) {
	v := household(t, loadNested(t))
	r := v.Compute()[0]
	if len(r.Lines) != 2 || r.Sums[0].Cents != 25*250/2+1+10*250/2+1 || r.Lines[1].Text != "Mia, 2. Zeit (Tagespflege), Anna" ||
		r.Lines[1].Instance != 2 || r.Lines[1].Within != kids+"1.zeiten/2" {
		t.Errorf("%+v", r)
	}
	out := try(t, v, "kind/1/2", kids+"2.vorname", "Mia", kids+"2.geburt", "2.6.2022", kids+"2.betreut", "no")
	if len(out.Problems) != 1 || out.Problems[0].Key != "rule.vorname-einmal" || out.Problems[0].Path != kids+"2.vorname" ||
		!strings.Contains(out.Problems[0].Text, "von Mia haben Sie bei Anna schon") {
		t.Errorf("%+v", out.Problems)
	}
	// The same name in another family is another child.
	v = post(t, v, "person/2", "haushalt/2.name", "Ben", "haushalt/2.hat_kinder", "yes")
	v = post(t, v, "kind/2/1", "haushalt/2.familie.kinder/1.vorname", "Mia", "haushalt/2.familie.kinder/1.geburt", "1.1.2021", "haushalt/2.familie.kinder/1.betreut", "no")
	v = post(t, v, "zeit/1/1/2", kids+"1.zeiten/2.art", "schule", kids+"1.zeiten/2.stunden", "36")
	st, _ := v.Step("zeiten/1/1")
	if _, problems := v.List(st, ListNext); len(problems) != 1 || problems[0].Key != "rule.stunden-woche" || !strings.HasPrefix(problems[0].Text, "Mia wäre") || problems[0].Page != "zeiten/1/1" {
		t.Errorf("%+v", problems)
	}
	st, _ = v.Step("haushalt")
	if _, problems := v.List(st, ListNext); len(problems) != 1 || problems[0].Key != "form.list_incomplete" || !strings.Contains(problems[0].Text, "Ben") {
		t.Errorf("an open child makes its person incomplete: %+v", problems)
	}
	var pages []string
	for _, pr := range v.Validate() {
		pages = append(pages, pr.Page+" "+pr.Key)
	}
	if want := []string{"zeiten/1/1 rule.stunden-woche", "kinder/2 form.page_open"}; !slices.Equal(pages, want) {
		t.Errorf("%v", pages)
	}
}

func TestNestedAnswersAreStored(t *testing.T) {
	p := loadNested(t)
	a := household(t, p).Answers()
	rows := a.Rows()
	for path, want := range map[string]string{
		"kind/1/1":   `{"haushalt.familie.kinder.betreut":true,"haushalt.familie.kinder.geburt":"2020-05-01","haushalt.familie.kinder.vorname":"Mia"}`,
		"zeit/1/1/2": `{"haushalt.familie.kinder.zeiten.art":"tagespflege","haushalt.familie.kinder.zeiten.stunden":10}`,
		"zeiten/1/1": `{"haushalt.familie.kinder.zeiten":{"ids":[1,2],"next":3,"done":true}}`,
		"kinder/1":   `{"haushalt.familie.kinder":{"ids":[1,2],"next":3,"done":true}}`,
		"haushalt":   `{"haushalt":{"ids":[1,2],"next":3,"done":true}}`,
	} {
		if got := string(rows[path]); got != want {
			t.Errorf("%s:\n got %s\nwant %s", path, got, want)
		}
	}
	if b, err := p.DecodeJSON(a.JSON()); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("decoding changed the answers: %v", err)
	}
	if got := a.Instances(kids + "1.zeiten"); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("times of Mia: %v", got)
	}
	for path, want := range map[string]Value{
		kids + "1.zeiten/2.stunden":         int64(10),
		kids + "2.vorname":                  "Tom",
		kids + "9.vorname":                  nil,
		"haushalt.familie/1.kinder/1":       nil,
		"haushalt/1/1.vorname":              nil,
		"haushalt/1.familie.kinder.vorname": nil,
		"haushalt/01.name":                  nil,
		"haushalt/+1.name":                  nil,
		"haushalt.name":                     nil,
		"ort/1":                             nil,
		"/":                                 nil,
		kids + "1.zeiten/1.x/1.y/1.z":       nil,
	} {
		if got := a.Value(path); got != want {
			t.Errorf("%s is %v", path, got)
		}
	}
	for _, path := range []string{"haushalt", "haushalt/1.familie.kinder", "haushalt.familie.kinder", "haushalt/7.familie.kinder", "ort", "haushalt/1"} {
		if got, want := len(a.Instances(path)) > 0, path == "haushalt" || path == "haushalt/1.familie.kinder"; got != want {
			t.Errorf("instances of %s: %v", path, a.Instances(path))
		}
	}
}

func TestBadNestedRowsAreErrors(t *testing.T) {
	p := loadNested(t)
	for _, c := range []struct {
		path, json string
		ok         bool
	}{
		{"kind/1", `{}`, false},
		{"kind/1/1/1", `{}`, false},
		{"kind/1/x", `{}`, false},
		{"kind/1/01", `{}`, false},
		{"kind/-1/1", `{}`, false},
		{"kind/0/1", `{}`, false},
		{"kind/1/", `{}`, false},
		{"kind//1", `{}`, false},
		{"kinder", `{"haushalt.familie.kinder":{"ids":[1],"next":2,"done":true}}`, false},
		{"kinder/1", `{"kinder":{"ids":[1],"next":2,"done":true}}`, false},
		{"kinder/1", `{"haushalt.familie.kinder":{"ids":[2],"next":2,"done":true}}`, false},
		{"kind/1/1", `{"haushalt.name":"x"}`, false},
		{"kind/1/1", `{}`, true},
		// What was removed may outlive its list.
		{"kind/9/1", `{}`, true},
		{"zeit/1/9/1", `{}`, true},
		{"kinder/9", `{}`, true},
	} {
		if _, err := p.Decode(maps.All(map[string][]byte{c.path: []byte(c.json)})); (err == nil) != c.ok {
			t.Errorf("%s %s: %v", c.path, c.json, err)
		}
	}
}

func TestRemovingTakesWhatIsInside(t *testing.T) {
	p := loadNested(t)
	v := household(t, p)
	rows := v.Answers().Rows()
	ch := button(t, v, "haushalt", ListRemove+"1")
	for _, path := range ch.Removed {
		delete(rows, path)
	}
	rows["haushalt"] = ch.JSON
	left := slices.Sorted(maps.Keys(rows))
	if want := []string{"abschluss", "einkommen/2", "haushalt", "ort", "person/2"}; !slices.Equal(left, want) {
		t.Errorf("left: %v", left)
	}
	if a, err := p.Decode(maps.All(rows)); err != nil || !bytes.Equal(a.JSON(), ch.View.Answers().JSON()) {
		t.Error("the rows left are not the answers left", err)
	}
	if st, err := ch.View.Step("kind/1/1"); !errors.Is(err, ErrNoPage) {
		t.Errorf("a removed person's child is at %s", st.Path)
	}
	// A person added later is another, and so are the children.
	ch = button(t, ch.View, "haushalt", ListAdd)
	if ch.GoTo != "person/3" {
		t.Errorf("added %s", ch.GoTo)
	}
	// Ids within one person are not used again either.
	ch = button(t, v, "kinder/1", ListRemove+"1")
	if want := []string{"kind/1/1", "zeiten/1/1", "zeit/1/1/1", "zeit/1/1/2"}; !slices.Equal(ch.Removed, want) {
		t.Errorf("removed %v", ch.Removed)
	}
	ch = button(t, ch.View, "kinder/1", ListAdd)
	if ch.GoTo != "kind/1/3" || string(ch.JSON) != `{"haushalt.familie.kinder":{"ids":[2,3],"next":4,"done":false}}` {
		t.Errorf("added %s %s", ch.GoTo, ch.JSON)
	}
	if st, _ := ch.View.Step("kind/1/3"); st.Where() != "Kind 2 von Anna" {
		t.Errorf("it is called %q", st.Where())
	}
	if v.Answers().Value(kids+"1.vorname") != "Mia" {
		t.Error("the answers before were changed")
	}
}

func TestNestedReviewAndCorrection(t *testing.T) {
	p := loadNested(t)
	v := household(t, p)
	var labels []string
	for _, b := range v.Review()[1].Blocks {
		labels = append(labels, b.Page+" "+b.Label)
	}
	want := []string{"person/1 Anna", "kind/1/1 Mia von Anna", "zeit/1/1/1 Zeit 1 von Mia von Anna", "zeit/1/1/2 Zeit 2 von Mia von Anna", "kind/1/2 Tom von Anna", "einkommen/1 Anna", "person/2 Ben"}
	if !slices.Equal(labels, want) {
		t.Errorf("%q", labels)
	}
	at := []string{kids + "1.zeiten/2.stunden", kids + "2.vorname"}
	out := v.Correct(at, url.Values{at[0]: {"12"}, at[1]: {"Tim"}})
	if a := out.View.Answers(); len(out.Problems) > 0 || a.Value(at[0]) != int64(12) || a.Value(at[1]) != "Tim" || a.Value(kids+"1.zeiten/1.stunden") != int64(25) {
		t.Errorf("%+v", out.Problems)
	}
	if f := v.FieldsAt(at, nil, nil); len(f) != 2 || f[0].Label != "Zeit 2 von Mia von Anna: Stunden je Woche" || f[1].Value != "Tom" {
		t.Errorf("%+v", f)
	}
	a, err := v.Answers().SetFiles(kids+"1.zeiten/2.vertrag", []File{{ID: "1", Name: "a.pdf", Type: "application/pdf", Size: 10, SHA256: "x", Key: "k"}})
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := a.PageJSON("zeit/1/1/2"); !strings.Contains(string(b), "a.pdf") {
		t.Errorf("%s", b)
	}
	if _, err := v.Answers().SetFiles(kids+"7.zeiten/2.vertrag", nil); err == nil {
		t.Error("a child that is not there took files")
	}
}

func TestMistakesInNestedForms(t *testing.T) {
	for _, c := range []struct{ file, old, with, says string }{
		{"schema.yaml", "as: zeit}", "as: kind}", "a name of its own"},
		{"schema.yaml", "{id: stunden, type: int, required: true, min: 1, max: 60}", "{id: stunden, repeat: {min: 0, max: 2, as: tag}, group: [{id: x, type: int}]}", "3 levels"},
		{"schema.yaml", "repeat: {min: 0, max: 5, as: zeit}", "repeat: {min: 0, max: 100, as: zeit}", ""},
		{"schema.yaml", "repeat: {min: 1, max: 10, as: kind", "repeat: {min: 1, max: 100, as: kind", ""},
		{"schema.yaml", "repeat: {min: 1, max: 10, as: person", "repeat: {min: 1, max: 100, as: person", ""},
		{"pages.yaml", "    each: haushalt.familie.kinder\n    list: haushalt.familie.kinder.zeiten", "    list: haushalt.familie.kinder.zeiten", "needs each: haushalt.familie.kinder"},
		{"pages.yaml", "    each: haushalt\n    list: haushalt.familie.kinder\n", "    each: haushalt.familie.kinder\n    list: haushalt.familie.kinder\n", "needs each: haushalt"},
		{"pages.yaml", "{id: haushalt, section: personen, list: haushalt,", "{id: haushalt, section: personen, each: haushalt, list: haushalt,", "no each"},
		{"pages.yaml", "when: person.hat_kinder", "when: kind.betreut", "only where one kind"},
		{"pages.yaml", "when: person.hat_kinder", "when: person.lange", "asked too late"},
		{"pages.yaml", "when: kind.betreut", "when: size(kind.zeiten) > 0", "zeiten is shown hangs on itself"},
		{"rules.yaml", "kind.zeiten.map(z, z.stunden)", "person.zeiten.map(z, z.stunden)", "undeclared reference"},
		{"rules.yaml", "p.lange || p", "p.laenge || p", "undefined field"},
		{"rules.yaml", "haushalt.filter(p, p.lange", "haushalt.filter(p, haushalt.exists(q, haushalt.exists(r, r.name == q.name)) || p.lange", "loops"},
	} {
		src := exampleOf(t, "testdata/haushalt", c.file, c.old, c.with)
		d, err := Load(src)
		if err == nil {
			_, err = Compile(d, Options{})
		}
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %q: got %v, want %q", c.file, c.with, err, c.says)
		}
	}
	d, err := Load(exampleOf(t, "testdata/haushalt", "schema.yaml", "max: 10, as: kind", "max: 100, as: kind"))
	if err != nil {
		t.Fatal(err)
	}
	d.Nodes[1].Repeat.Max = 100
	if _, err := Compile(d, Options{}); err == nil || !strings.Contains(err.Error(), "allow 50000 instances") {
		t.Errorf("50000 instances: %v", err)
	}
}

// Whatever is answered, removed and added in whatever order: what is stored is
// read the same, pruning twice is pruning once, and the order does not count.
func TestNestedFormsKeepTheirPromises(t *testing.T) {
	p := loadNested(t)
	e := Env{Today: today, Lang: i18n.DE}
	for seed := range uint64(150) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		v := p.Open(p.Empty(), e)
		rows := map[string][]byte{}
		for range 40 {
			steps := v.Steps()
			st := steps[rnd.IntN(len(steps))]
			if st.IsList {
				buttons := []string{ListAdd, ListAdd, ListNext}
				for _, en := range st.Entries() {
					buttons = append(buttons, ListRemove+strconv.Itoa(en.ID))
				}
				ch, problems := v.List(st, buttons[rnd.IntN(len(buttons))])
				if len(problems) == 0 {
					for _, path := range ch.Removed {
						delete(rows, path)
					}
					rows[st.Path], v = ch.JSON, ch.View
				}
				continue
			}
			form := url.Values{}
			for _, f := range v.Fields(st, nil, nil) {
				switch f.Kind {
				case Bool, Confirm:
					form.Set(f.Name, []string{"yes", "yes", "no"}[rnd.IntN(3)])
				case OneOf:
					form.Set(f.Name, f.Choices[rnd.IntN(len(f.Choices))].Value)
				case Date:
					form.Set(f.Name, "1.2.2020")
				case Files:
				default:
					form.Set(f.Name, strconv.Itoa(1+rnd.IntN(9)))
				}
			}
			if out := v.Parse(st, form); len(out.Problems) == 0 {
				rows[st.Path], v = out.JSON, out.View
			}
		}
		a := v.Answers()
		// Decode takes the rows of a map in no order at all.
		back, err := p.Decode(maps.All(rows))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back.JSON(), a.JSON()) {
			t.Fatalf("seed %d: stored %s\nis read as %s", seed, a.JSON(), back.JSON())
		}
		if again, err := p.Decode(maps.All(a.Rows())); err != nil || !reflect.DeepEqual(again, back) {
			t.Fatalf("seed %d: Decode(Rows) is another: %v", seed, err)
		}
		pruned := v.Prune()
		if again := p.Open(pruned, e).Prune(); !reflect.DeepEqual(again, pruned) {
			t.Fatalf("seed %d: pruning twice is not pruning once", seed)
		}
		if got, want := p.Open(pruned, e).Validate(), v.Validate(); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: pruning changed the problems: %v, were %v", seed, got, want)
		}
		v.Compute()
		v.Review()
		if v.Err() != nil {
			t.Fatal(v.Err())
		}
	}
}
