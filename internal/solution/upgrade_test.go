package solution

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
)

// bin is a version of the small solution with other parameters.
func bin(t *testing.T, number, parameters string) *Version {
	t.Helper()
	files := small()
	files["bin/solution.yaml"] = strings.Replace(files["bin/solution.yaml"], "1.2.0", number, 1)
	files["bin/parameters.yaml"] = "parameters:\n  - {name: office, type: text, min: 2, max: 20, default: Amt, text: {de: Amt, en: Office}}\n  - {name: rates, type: moneys, min: 1, max: 3, own: true, default: [1000, 2000], text: {de: Satz, en: Rate}}\n" + parameters
	for _, name := range []string{"bin/service/de.yaml", "bin/service/en.yaml"} {
		files[name] = strings.ReplaceAll(files[name], `{text: "Anteil {params.share}", when: params.share}, `, "")
	}
	files["bin/notices/assessment.yaml"] = strings.Replace(files["bin/notices/assessment.yaml"], "  - {when: params.online, text: {de: Online, en: Online}}\n", "", 1)
	delete(files, "bin/parameters/057740032032.yaml")
	v, err := mustLoad(t, files).Solution("bin")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func param(name, typ, rest string) string {
	return fmt.Sprintf("  - {name: %s, type: %s, %s, text: {de: x, en: x}}\n", name, typ, rest)
}

func TestUpgrade(t *testing.T) {
	from := bin(t, "1.0.0", param("days", "int", "default: 10, max: 60")+param("share", "percent", "default: 20")+param("tag", "bool", "default: true")+param("months", "int", "default: 3, max: 12"))
	for name, tc := range map[string]struct {
		to, stated    string
		changes, open string
		values        string // of the first by-law, after the merge
	}{
		"nothing to do":      {param("days", "int", "default: 10, max: 60") + param("share", "percent", "default: 20") + param("tag", "bool", "default: true") + param("months", "int", "default: 3, max: 12"), "", "", "", "map[rates:[1500]]"},
		"new with a default": {param("days", "int", "default: 10, max: 60") + param("share", "percent", "default: 20") + param("tag", "bool", "default: true") + param("months", "int", "default: 3, max: 12") + param("zone", "text", "default: A"), "", "param.new zone +A", "", "map[rates:[1500]]"},
		"new, to be stated":  {param("days", "int", "default: 10, max: 60") + param("share", "percent", "default: 20") + param("tag", "bool", "default: true") + param("months", "int", "default: 3, max: 12") + param("zone", "text", "default: A, own: true"), "", "param.new zone +A", "zone", "map[rates:[1500]]"},
		"gone":               {param("days", "int", "default: 10, max: 60") + param("share", "percent", "default: 20") + param("tag", "bool", "default: true"), "months: 5", "param.gone months 3+", "", "map[rates:[1500]]"},
		"renamed":            {param("days", "int", "default: 10, max: 60") + param("share", "percent", "default: 20") + param("tag", "bool", "default: true") + param("age", "int", "default: 3, max: 12, was: months"), "months: 5", "param.renamed age months+age", "", "map[age:5 rates:[1500]]"},
		"proposal, unstated": {param("days", "int", "default: 12, max: 60") + param("share", "percent", "default: 20") + param("tag", "bool", "default: true") + param("months", "int", "default: 3, max: 12"), "", "param.default days 10+12", "", "map[rates:[1500]]"},
		"proposal, repeated": {param("days", "int", "default: 12, max: 60") + param("share", "percent", "default: 20") + param("tag", "bool", "default: true") + param("months", "int", "default: 3, max: 12"), "days: 10", "param.default days 10+12", "", "map[rates:[1500]]"},
		"proposal, own":      {param("days", "int", "default: 12, max: 60") + param("share", "percent", "default: 20") + param("tag", "bool", "default: true") + param("months", "int", "default: 3, max: 12"), "days: 15", "param.default days 10+12", "", "map[days:15 rates:[1500]]"},
		"out of bounds":      {param("days", "int", "default: 10, max: 12") + param("share", "percent", "default: 20") + param("tag", "bool", "default: true") + param("months", "int", "default: 3, max: 12"), "days: 15", "", "days", "map[rates:[1500]]"},
		"another type":       {param("days", "text", "default: zehn") + param("share", "percent", "default: 20") + param("tag", "bool", "default: true") + param("months", "int", "default: 3, max: 12"), "days: 15", "param.default days 10+zehn", "days", "map[rates:[1500]]"},
	} {
		to := bin(t, "2.0.0", tc.to)
		p, err := ReadParameters([]byte("bylaws: [{name: S, valid_from: 2026-01-01, values: {rates: [1500], "+tc.stated+"}}]"), from)
		if err != nil {
			t.Fatal(name, err)
		}
		u := NewUpgrade(from, to, p)
		var changes, open []string
		for _, c := range u.Changes {
			changes = append(changes, c.Kind+" "+c.Name+" "+c.From+"+"+c.To)
		}
		for _, c := range u.Open {
			open = append(open, c.Name)
		}
		if got := strings.Join(changes, "; "); got != strings.Replace(tc.changes, " +", " +", 1) {
			t.Errorf("%s: changes %q, want %q", name, got, tc.changes)
		}
		if got := strings.Join(open, "; "); got != tc.open {
			t.Errorf("%s: open %q, want %q", name, got, tc.open)
		}
		if got := fmt.Sprint(u.ByLaws[0].Values); got != tc.values {
			t.Errorf("%s: values %s, want %s", name, got, tc.values)
		}
		if _, err := NewParameters(to, u.ByLaws, false); tc.open == "" && err != nil {
			t.Errorf("%s: the result cannot be released: %v", name, err)
		}
	}
}

// packed is a version as a trusted publisher gives it.
func packed(t *testing.T, v *Version, private, public string) *Package {
	t.Helper()
	archive, err := Pack(v.Files())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Describe(archive, day("2026-11-23"))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := r.Sign(private)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := Keys(public)
	if err != nil {
		t.Fatal(err)
	}
	p, err := OpenPackage(signed, archive, keys)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTake(t *testing.T) {
	private, public, err := NewKey(rand.Reader, "kreis.example")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		x, ctx := newDesk(t, d), t.Context()
		rest := param("share", "percent", "default: 0") + param("days", "days", `default: ["02-15"]`)
		next, middle := bin(t, "1.3.0", rest), bin(t, "1.1.0", rest)
		x.must(x.Take(ctx, "operator", packed(t, next, private, public), false))
		x.must(x.Take(ctx, "operator", packed(t, next, private, public), false)) // once more is nothing
		if v, err := x.Catalog.Solution("bin"); err != nil || v.Manifest.Version != "1.3.0" {
			t.Fatalf("the newest is %v, %v", v, err)
		}
		other := bin(t, "1.3.0", strings.Replace(rest, "02-15", "03-15", 1))
		x.is(x.Take(ctx, "operator", packed(t, other, private, public), false), fail.Conflict)
		err := x.Take(ctx, "operator", packed(t, middle, private, public), false)
		if x.is(err, fail.Invalid); !strings.Contains(fmt.Sprint(err), "older than version 1.3.0") {
			t.Error(err)
		}
		x.must(x.Take(ctx, "operator", packed(t, middle, private, public), true))
		x.Prove = func(*Version, []*Set) error { return fs.ErrInvalid }
		x.is(x.Take(ctx, "operator", packed(t, bin(t, "1.4.0", rest), private, public), false), fail.Invalid)
		x.Prove = nil

		// what was taken is there after a new start, and can be adopted
		again := x.another(d)
		var have []string
		for _, v := range again.Catalog.Versions("bin") {
			have = append(have, v.Manifest.Version)
		}
		if fmt.Sprint(have) != "[1.3.0 1.2.0 1.1.0 1.0.0]" {
			t.Errorf("after a new start there are %v", have)
		}
		x.want(bielefeld, "2026-11-23", "-")
		x.must(x.Adopt(ctx, "kim", bielefeld, "bin"))
		x.must(x.Prepare(ctx, "kim", bielefeld, "bin", 0, "1.3.0", x.params("1.3.0", rates15)))
		x.must(x.Release(ctx, "kim", bielefeld, "bin", 0, clock.Today(x.clock)))
		x.want(bielefeld, "2026-11-23", "1.3.0 Kasse 15,00 €")
		x.must(again.Refresh(ctx))
		if o, err := again.Catalog.Offer(bielefeld, "bin", day("2026-11-23")); err != nil || o.Version.Manifest.Version != "1.3.0" {
			t.Errorf("another process: %v", err)
		}

		// trust is by key
		if keys, err := x.Trusted(ctx); err != nil || len(keys) != 0 {
			t.Errorf("%v %v", keys, err)
		}
		x.is(x.Trust(ctx, "operator", "kein Schlüssel"), fail.Invalid)
		x.must(x.Trust(ctx, "operator", public))
		x.must(x.Trust(ctx, "operator", public))
		if keys, err := again.Trusted(ctx); err != nil || len(keys) != 1 || keys[0] != public {
			t.Errorf("%v %v", keys, err)
		}
		x.must(x.Distrust(ctx, "operator", public))
		x.is(x.Distrust(ctx, "operator", public), fail.Conflict)
	})
}

// Many adopt at once: all of them or nobody.
func TestApply(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		x, ctx := newDesk(t, d), t.Context()
		today := clock.Today(x.clock)
		p := x.params("1.2.0", rates15)
		step := func(tenant, version string, p *Parameters) Step {
			return Step{Tenant: tenant, Solution: "bin", Version: version, Parameters: p, From: today}
		}
		steps := []Step{step(bielefeld, "1.2.0", p), step(paderborn, "1.2.0", p)}
		for _, dry := range []bool{true, false} {
			got, err := x.Apply(ctx, "operator", steps, dry)
			if x.must(err); fmt.Sprint(got) != "[new new]" {
				t.Errorf("dry=%v: %v", dry, got)
			}
			if dry {
				x.want(bielefeld, "2026-11-23", "-")
			}
		}
		x.want(bielefeld, "2026-11-23", "1.2.0 Kasse 15,00 €")
		q := x.params("1.2.0", rates20)
		got, err := x.Apply(ctx, "operator", []Step{step(bielefeld, "1.2.0", p), step(paderborn, "1.2.0", q)}, false)
		if x.must(err); fmt.Sprint(got) != "[same change]" {
			t.Errorf("%v", got)
		}
		x.want(paderborn, "2026-11-23", "1.2.0 Kasse 20,00 €")

		// one wrong step, and nothing has happened
		past := step(paderborn, "1.2.0", p)
		past.From = today.AddDays(-1)
		for _, wrong := range []Step{past, step(paderborn, "9.9.9", p)} {
			if _, err := x.Apply(ctx, "operator", []Step{step("055150000000", "1.2.0", p), wrong}, false); err == nil {
				t.Error("a wrong step was taken")
			}
			x.want("055150000000", "2026-11-23", "-")
			x.want(paderborn, "2026-11-23", "1.2.0 Kasse 20,00 €")
		}
		if a, err := x.Get(ctx, paderborn, "bin"); err != nil || len(a.Editions) != 2 || a.State != Live || a.Rev != 3 {
			t.Errorf("%+v %v", a, err)
		}
	})
}

func TestTasks(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		x, ctx := newDesk(t, d), t.Context()
		x.is(x.Tick(ctx, "kim", bielefeld, "bin", "council", true, ""), fail.NotFound)
		x.must(x.Adopt(ctx, "kim", bielefeld, "bin"))
		x.is(x.Tick(ctx, "kim", bielefeld, "bin", "coffee", true, ""), fail.NotFound)
		x.is(x.Tick(ctx, "kim", bielefeld, "bin", "council", true, strings.Repeat("ü", 501)), fail.Invalid)
		x.must(x.Tick(ctx, "kim", bielefeld, "bin", "council", true, "Vorlage 12/2026"))
		x.must(x.Tick(ctx, "lou", bielefeld, "bin", "payment", true, ""))
		x.must(x.Tick(ctx, "lou", bielefeld, "bin", "payment", false, "doch noch"))
		list, err := x.TasksOf(ctx, bielefeld, "bin")
		x.must(err)
		done := 0
		for _, task := range list {
			if task.Done.Done {
				done++
			}
		}
		if len(list) != len(Tasks()) || done != 1 || list[3].Note != "Vorlage 12/2026" || list[5].Note != "doch noch" {
			t.Errorf("%+v", list)
		}
	})
}
