package prove_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/form"
	"leitportal/internal/form/prove"
)

// crooked is a form whose rules look ahead and into groups that are not done:
// the first page requires what later pages say, a page between the instances of
// a group and its list depends on how many there are, one before them too, and
// what is shown hangs on what hangs on what is shown.
func crooked(t *testing.T) *form.Program {
	t.Helper()
	files := fstest.MapFS{}
	words := map[string]string{"section.s": "S", "group.g.one": "Eins", "page.list.add": "Noch eins", "page.list.next": "Weiter"}
	for _, id := range []string{"first", "early", "inner", "between", "list", "after", "stop", "last"} {
		words["page."+id+".title"] = id
	}
	for _, f := range []string{"a", "b", "c", "d", "e", "f", "h", "g.x", "g.y"} {
		words["field."+f+".label"] = f
	}
	var b strings.Builder
	b.WriteString("{")
	for k, v := range words {
		fmt.Fprintf(&b, "%q: %q,", k, v)
	}
	b.WriteString(`"page.stop.intro": "Ende"}`)
	for name, text := range map[string]string{
		"schema.yaml": `id: crooked
fields:
  - {id: a, type: bool}
  - {id: b, type: bool}
  - id: g
    repeat: {min: 0, max: 4, as: one}
    group:
      - {id: x, type: bool, required: true}
      - {id: y, type: bool}
  - {id: c, type: bool}
  - {id: d, type: bool}
  - {id: e, type: bool, required: true}
  - {id: f, type: bool}
  - {id: h, type: bool}
`,
		"pages.yaml": `pages:
  - {id: first, section: s, fields: [{field: a, require: "f || size(g) > 1"}]}
  - {id: early, section: s, when: a, fields: [b, {field: h, value: "a"}]}
  - {id: inner, section: s, each: g, fields: [g.x, {field: g.y, when: "one.x", require: "size(g) > 2"}]}
  - {id: between, section: s, when: "g.exists(o, o.x)", fields: [c]}
  - {id: list, section: s, list: g}
  - {id: after, section: s, when: "g.exists(o, o.y) || c", fields: [{field: d, when: "b"}, e]}
  - {id: stop, section: s, when: "d && size(g) == 3", stop: true}
  - {id: last, section: s, when: "!d || e", fields: [f]}
`,
		"texts/de.json": b.String(), "texts/en.json": b.String(),
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	d, err := form.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	p, err := form.Compile(d, form.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What one View has found out holds for the next one of the same answers, and
// what goes from View to View over many changes holds as well: the steps, how
// far they are, and where each leads.
func TestWhatIsKnownStaysTrue(t *testing.T) {
	course := func(t *testing.T, p *form.Program, env form.Env, a *form.Answers, seed int64) {
		r := rand.New(rand.NewSource(seed))
		var known []byte
		recalled := 0
		for n := range 60 {
			rows := a.Rows()
			v := p.Open(p.Stored(func(path string) ([]byte, error) { return rows[path], nil }), env)
			v.Recall(known)
			steps := p.Open(a, env).Steps()
			asked := steps[r.Intn(len(steps))]
			if got, err := v.Step(asked.Path); err != nil || got.State != asked.State {
				t.Fatalf("%d: %s is %q, %v, not %q, in\n%s", n, asked.Path, got.State, err, asked.State, a.JSON())
			}
			st, err := v.Step(steps[r.Intn(len(steps))].Path)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case st.Stop:
				continue
			case st.IsList:
				button := form.ListAdd
				switch entries := st.Entries(); {
				case r.Intn(3) == 0:
					button = form.ListNext
				case len(entries) > 0 && r.Intn(2) == 0:
					button = fmt.Sprint(form.ListRemove, entries[r.Intn(len(entries))].ID)
				}
				change, problems := v.List(st, button)
				if len(problems) > 0 {
					continue
				}
				v = change.View
			default:
				v = v.Parse(st, changed(r, v.Fields(st, nil, nil))).View
			}
			if r.Intn(2) == 0 {
				v.Next(st.Path)
			}
			if r.Intn(3) == 0 {
				v.Steps()
			}
			known = v.Known()
			for _, k := range known {
				recalled += int(min(k, 1))
			}
			rows = v.Answers().Rows()
			if a, err = p.Decode(maps.All(rows)); err != nil {
				t.Fatal(err)
			}
			fresh, knowing := p.Open(a, env), p.Open(a, env)
			knowing.Recall(known)
			for how, got := range map[string]*form.View{"after the change": v, "with what is known": knowing} {
				if x, y := states(got), states(fresh); x != y {
					t.Fatalf("%d: %s, %s, the steps are\n%s\nnot\n%s\nin\n%s", n, st.Path, how, x, y, a.JSON())
				}
				for _, from := range fresh.Steps() {
					x, okX := got.Next(from.Path)
					y, okY := fresh.Next(from.Path)
					if x != y || okX != okY {
						t.Fatalf("%d: %s, %s, from %s it goes to %s, not to %s", n, st.Path, how, from.Path, x, y)
					}
				}
				if !bytes.Equal(got.Prune().JSON(), fresh.Prune().JSON()) {
					t.Fatalf("%d: %s, %s, something else is sent", n, st.Path, how)
				}
			}
		}
		if recalled == 0 {
			t.Error("nothing was known")
		}
	}
	forms(t, func(t *testing.T, p *form.Program, env form.Env, app prove.Application) {
		course(t, p, env, app.Answers, 11)
		course(t, p, env, p.Empty(), 12)
	})
	t.Run("crooked", func(t *testing.T) {
		p := crooked(t)
		for seed := range int64(40) {
			course(t, p, form.Env{Today: today}, p.Empty(), seed)
		}
	})
}

func states(v *form.View) string {
	var b strings.Builder
	for _, st := range v.Steps() {
		fmt.Fprintf(&b, "%s %s; ", st.Path, st.State)
	}
	return b.String()
}

// A View believes nothing that is not of its form: neither more pages than it
// has nor states that there are not.
func TestNonsenseIsNotRecalled(t *testing.T) {
	p := crooked(t)
	want := states(p.Open(p.Empty(), form.Env{Today: today}))
	for _, known := range [][]byte{nil, {}, {0xff, 0xf0, 15, 3}, bytes.Repeat([]byte{0xf0}, 1000)} {
		v := p.Open(p.Empty(), form.Env{Today: today})
		v.Recall(known)
		if got := states(v); got != want {
			t.Errorf("%v recalled: %s, not %s", known, got, want)
		}
		if st, err := v.Step("first"); err != nil || len(v.Parse(st, url.Values{"a": {"yes"}}).Problems) > 0 {
			t.Errorf("%v recalled: %v", known, err)
		}
	}
}
