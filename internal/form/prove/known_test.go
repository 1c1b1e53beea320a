package prove_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"net/url"
	"os"
	"regexp"
	"slices"
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
	p, err := compiled(`id: crooked
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
`, `pages:
  - {id: first, section: s, fields: [{field: a, require: "f || size(g) > 1"}]}
  - {id: early, section: s, when: a, fields: [b, {field: h, value: "a"}]}
  - {id: inner, section: s, each: g, fields: [g.x, {field: g.y, when: "one.x", require: "size(g) > 2"}]}
  - {id: between, section: s, when: "g.exists(o, o.x)", fields: [c]}
  - {id: list, section: s, list: g}
  - {id: after, section: s, when: "g.exists(o, o.y) || c", fields: [{field: d, when: "b"}, e]}
  - {id: stop, section: s, when: "d && size(g) == 3", stop: true}
  - {id: last, section: s, when: "!d || e", fields: [f]}
`)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// compiled is a form whose words do not matter.
func compiled(schema, pages string) (*form.Program, error) {
	files := fstest.MapFS{"schema.yaml": {Data: []byte(schema)}, "pages.yaml": {Data: []byte(pages)}}
	keys := map[string]bool{}
	missing := regexp.MustCompile(`texts/de\.json: (\S+) is missing`)
	for {
		words := map[string]string{}
		for key := range keys {
			words[key] = "Wort"
		}
		b, err := json.Marshal(words)
		if err != nil {
			return nil, err
		}
		files["texts/de.json"], files["texts/en.json"] = &fstest.MapFile{Data: b}, &fstest.MapFile{Data: b}
		d, err := form.Load(files)
		if err != nil {
			return nil, err
		}
		p, err := form.Compile(d, form.Options{})
		if err == nil {
			return p, nil
		}
		found := missing.FindAllStringSubmatch(err.Error(), -1)
		for _, m := range found {
			keys[m[1]] = true
		}
		if found == nil {
			return nil, err
		}
	}
}

// anyForm is a form made up at random: two groups that repeat, one of them with
// another in it, pages between their instances and their lists, rules that look
// at whatever the compiler lets them see, and some that fail for three
// instances.
func anyForm(t *testing.T, r *rand.Rand) *form.Program {
	t.Helper()
	some := func(list []string) string { return list[r.Intn(len(list))] }
	var rule func(names []string, depth int) string
	rule = func(names []string, depth int) string {
		switch n := r.Intn(8); {
		case depth == 0 || n < 3:
			return some(names)
		case n == 3:
			return "!(" + rule(names, depth-1) + ")"
		case n < 6:
			return "(" + rule(names, depth-1) + " && " + rule(names, depth-1) + ")"
		}
		return "(" + rule(names, depth-1) + " || " + rule(names, depth-1) + ")"
	}
	of := map[string][]string{
		"g": {"size(g) > 1", "g.exists(o, o.x)", "g.all(o, o.y)", "g.exists(o, size(o.h) > 1)", "10 / (size(g) - 3) > 0"},
		"k": {"size(k) == 1", "k.exists(o, o.z)"},
	}
	for try := 0; ; try++ {
		schema := "id: any\nfields:\n"
		bool := func(indent, id string) {
			schema += fmt.Sprintf("%s- {id: %s, type: bool, required: %v}\n", indent, id, r.Intn(4) == 0)
		}
		group := func(indent, id, as string) {
			schema += fmt.Sprintf("%[1]s- id: %[2]s\n%[1]s  repeat: {min: %[4]d, max: 4, as: %[3]s}\n%[1]s  group:\n", indent, id, as, r.Intn(2))
		}
		var top []string
		for i := range 10 {
			top = append(top, fmt.Sprint("f", i))
			bool("  ", top[i])
		}
		group("  ", "g", "one")
		bool("      ", "x")
		bool("      ", "y")
		group("      ", "h", "deep")
		bool("          ", "u")
		bool("          ", "v")
		group("  ", "k", "other")
		bool("      ", "z")
		bool("      ", "w")

		all := append(slices.Clone(top), append(slices.Clone(of["g"]), of["k"]...)...)
		before, n := []string{"true"}, 0 // what was asked so far
		pages := "pages:\n"
		when := func(names []string, often int) string {
			if r.Intn(4) >= often {
				return ""
			}
			return fmt.Sprintf(", when: %q", rule(names, 2))
		}
		page := func(id, each string, fields, see []string) {
			pages += fmt.Sprintf("  - {id: %s, section: s%s%s, fields: [", id, each, when(see, 2))
			for i, f := range fields {
				if i > 0 {
					pages += ", "
				}
				pages += "{field: " + f
				if pages += when(see, 1); r.Intn(4) == 0 {
					pages += fmt.Sprintf(", require: %q", rule(append(slices.Clone(all), see...), 1))
				}
				if r.Intn(6) == 0 {
					pages += fmt.Sprintf(", value: %q", rule(see, 1))
				}
				pages += "}"
			}
			pages += "]}\n"
		}
		next := func(most int) {
			for range r.Intn(most + 1) {
				if len(top) == 0 {
					return
				}
				fields := top[:min(len(top), 1+r.Intn(2))]
				see := slices.Clone(before)
				if r.Intn(4) == 0 { // how many there will be
					see = append(see, "size(g) > 0", "size(k) > 0")
				}
				page(fmt.Sprint("p", n), "", fields, see)
				for _, f := range fields {
					before = append(before, f, "answered."+f)
				}
				top, n = top[len(fields):], n+1
				if r.Intn(8) == 0 {
					pages += fmt.Sprintf("  - {id: stop%d, section: s, stop: true, when: %q}\n", n, rule(before, 2))
				}
			}
		}
		list := func(id, each string, see []string) {
			pages += fmt.Sprintf("  - {id: l%s, section: s%s, list: %s%s}\n", strings.ReplaceAll(id, ".", ""), each, id, when(see, 1))
		}
		next(3)
		outside := slices.Clone(before)
		one := append(slices.Clone(before), "one.index > 1")
		page("gx", ", each: g", []string{"g.x"}, one)
		one = append(one, "one.x")
		deep := append(slices.Clone(one), "deep.index > 1")
		page("hu", ", each: g.h", []string{"g.h.u"}, deep)
		page("hv", ", each: g.h", []string{"g.h.v"}, append(deep, "deep.u"))
		list("g.h", ", each: g", one)
		page("gy", ", each: g", []string{"g.y"}, append(one, "size(one.h) > 0", "one.h.exists(d, d.v)"))
		before = append(before, "size(g) > 1")
		next(2)
		list("g", "", outside)
		before = append(before, of["g"]...)
		next(2)
		outside = slices.Clone(before)
		page("kz", ", each: k", []string{"k.z", "k.w"}, append(slices.Clone(before), "other.index > 1"))
		list("k", "", outside)
		before = append(before, of["k"]...)
		next(1)
		if len(top) > 0 {
			page("last", "", top, before)
		}
		p, err := compiled(schema, pages)
		if err == nil {
			return p
		}
		if try == 200 {
			t.Fatal(err)
		}
	}
}

// What one View has found out holds for the next one of the same answers, and
// what goes from View to View over many changes holds as well: the steps, how
// far they are, and where each leads.
func TestWhatIsKnownStaysTrue(t *testing.T) {
	recalled := 0
	course := func(t *testing.T, p *form.Program, env form.Env, a *form.Answers, seed int64) {
		r := rand.New(rand.NewSource(seed))
		var known []byte
		for n := range 60 {
			rows := a.Rows()
			v := p.Open(p.Stored(func(path string) ([]byte, error) { return rows[path], nil }), env)
			v.Recall(known)
			steps := p.Open(a, env).Steps()
			asked := steps[r.Intn(len(steps))]
			if got, err := v.Step(asked.Path); err != nil || got.State != asked.State {
				t.Fatalf("%d: %s is %q, %v, not %q, in\n%s", n, asked.Path, got.State, err, asked.State, a.JSON())
			}
			if fields := v.Fields(asked, nil, nil); len(fields) > 0 { // as the office asks for single answers
				name := fields[r.Intn(len(fields))].Name
				got := v.Correct([]string{name}, url.Values{name: changed(r, fields)[name]}).View
				if x, y := states(got), states(p.Open(got.Answers(), env)); x != y {
					t.Fatalf("%d: %s corrected, the steps are\n%s\nnot\n%s\nin\n%s", n, name, x, y, a.JSON())
				}
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
				if x, y := got.Err() != nil, fresh.Err() != nil; x != y {
					t.Fatalf("%d: %s, %s, a rule has failed: %v, not %v", n, st.Path, how, x, y)
				}
			}
		}
	}
	defer func() {
		if recalled == 0 {
			t.Error("nothing was known")
		}
	}()
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
	t.Run("any", func(t *testing.T) {
		seeds := int64(20)
		if os.Getenv("LEITPORTAL_SOAK") != "" {
			seeds = 400
		}
		for seed := range seeds {
			p := anyForm(t, rand.New(rand.NewSource(seed)))
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
