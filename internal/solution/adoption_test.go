package solution

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
)

const (
	paderborn = "057740032032"
	bielefeld = "057110000000"
)

// desk is a portal's adoptions over the small solution, in two versions, on a
// clock set by hand.
type desk struct {
	*Adoptions
	t      *testing.T
	clock  *clock.Manual
	events []string
}

func newDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	x := &desk{t: t, clock: clock.NewManual(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))}
	x.Adoptions = x.another(d)
	return x
}

// another is what a second process has over the same database.
func (x *desk) another(d *db.DB) *Adoptions {
	files := small()
	for name, text := range files {
		if rest, ok := strings.CutPrefix(name, "bin/"); ok && !strings.HasPrefix(rest, "parameters/") {
			files["bin@1.0.0/"+rest] = text
		}
	}
	files["bin@1.0.0/solution.yaml"] = strings.Replace(files["bin/solution.yaml"], "1.2.0", "1.0.0", 1)
	files["bin@1.0.0/parameters.yaml"] = strings.Replace(files["bin/parameters.yaml"], "name: share,", "name: part,", 1)
	files["bin@1.0.0/service/de.yaml"] = strings.ReplaceAll(service, "params.share", "params.part")
	files["bin@1.0.0/service/en.yaml"] = files["bin@1.0.0/service/de.yaml"]
	s := &Adoptions{
		DB: d, Clock: x.clock, Log: slog.New(slog.DiscardHandler), Catalog: mustLoad(x.t, files),
		Record: func(_ context.Context, _ db.Querier, e Event) error {
			x.events = append(x.events, e.Tenant+" "+e.Subject+" "+e.Actor+" "+e.Action)
			return nil
		},
	}
	x.must(s.Refresh(x.t.Context()))
	return s
}

func (x *desk) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *desk) is(err error, kind fail.Kind) {
	x.t.Helper()
	if !fail.Is(err, kind) {
		x.t.Errorf("got %v, want an error of kind %v", err, kind)
	}
}

// params reads parameters for a version of the small solution.
func (x *desk) params(version, yaml string) *Parameters {
	x.t.Helper()
	v, err := x.Catalog.Version("bin", version)
	x.must(err)
	p, err := ReadParameters([]byte(yaml), v)
	x.must(err)
	return p
}

// offers tells the version and the first rate that a tenant offers on a day, "-"
// where it offers nothing.
func (x *desk) offers(tenant, on string) string {
	x.t.Helper()
	o, err := x.Catalog.Offer(tenant, "bin", day(on))
	if fail.Is(err, fail.NotFound) {
		return "-"
	}
	x.must(err)
	return o.Version.Manifest.Version + " " + strings.TrimSpace(o.Set.Text("office", "de")) + " " + amounts(o.Set.Cents("rates"), "de")
}

func (x *desk) want(tenant, on, want string) {
	x.t.Helper()
	if got := strings.ReplaceAll(x.offers(tenant, on), "\u00a0", " "); got != want {
		x.t.Errorf("%s offers %q on %s, want %q", tenant, got, on, want)
	}
}

const (
	rates15 = "bylaws: [{name: Satzung, decided: 2025-12-01, valid_from: 2026-01-01, values: {rates: [1500], office: Kasse}}]"
	rates20 = "bylaws: [{name: Satzung, valid_from: 2026-01-01, valid_to: 2026-12-31, values: {rates: [2000], office: Kasse}}, {name: Neue Satzung, valid_from: 2027-01-01, values: {rates: [2500]}}]"
)

func TestAdoption(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		x, ctx := newDesk(t, d), t.Context()
		today := clock.Today(x.clock)
		x.want(paderborn, "2026-11-23", "-") // a demonstration's values in a folder offer nothing
		x.want(bielefeld, "2026-11-23", "-")

		// begun, nothing entered, entered
		x.must(x.Adopt(ctx, "kim", bielefeld, "bin"))
		x.is(x.Adopt(ctx, "kim", bielefeld, "bin"), fail.Conflict)
		x.is(x.Adopt(ctx, "kim", bielefeld, "none"), fail.NotFound)
		x.is(x.Release(ctx, "kim", bielefeld, "bin", 1, today), fail.Conflict)
		x.must(x.Prepare(ctx, "kim", bielefeld, "bin", 1, "1.0.0", x.params("1.0.0", rates15)))
		x.is(x.Prepare(ctx, "kim", bielefeld, "bin", 1, "1.0.0", nil), fail.Conflict) // an older tab
		x.want(bielefeld, "2026-11-23", "-")
		if o, err := x.Catalog.Trial(bielefeld, "bin", today); err != nil || o.Version.Manifest.Version != "1.0.0" || o.Set.Cents("rates")[0] != 1500 {
			t.Errorf("what is prepared cannot be tried: %v", err)
		}
		_, err := x.Catalog.Trial(paderborn, "bin", today)
		x.is(err, fail.NotFound)

		// live, on the day
		x.is(x.Release(ctx, "kim", bielefeld, "bin", 2, today.AddDays(-1)), fail.Invalid)
		x.must(x.Release(ctx, "kim", bielefeld, "bin", 2, today.AddDays(7)))
		x.want(bielefeld, "2026-11-29", "-")
		x.want(bielefeld, "2026-11-30", "1.0.0 Kasse 15,00 €")
		x.want(paderborn, "2026-11-30", "-")
		x.clock.Advance(8 * 24 * time.Hour)
		today = clock.Today(x.clock)

		// a new version with other rates; the draft of the old one goes on
		x.must(x.Prepare(ctx, "kim", bielefeld, "bin", 0, "1.2.0", x.params("1.2.0", rates20)))
		x.must(x.Release(ctx, "kim", bielefeld, "bin", 0, today))
		x.want(bielefeld, today.String(), "1.2.0 Kasse 20,00 €")
		x.want(bielefeld, "2027-01-01", "1.2.0 Kasse 25,00 €")
		old, err := x.Catalog.At(bielefeld, "bin", "1.0.0", day("2027-02-01"))
		x.must(err)
		if old.Version.Manifest.Version != "1.0.0" || old.Set.Cents("rates")[0] != 2500 || old.Since != day("2026-11-30") {
			t.Errorf("the old version is at %v since %v", old.Set.Cents("rates"), old.Since)
		}

		// another process sees the same
		other := x.another(d)
		if o, err := other.Catalog.Offer(bielefeld, "bin", today); err != nil || o.Version.Manifest.Version != "1.2.0" {
			t.Errorf("another process offers %+v, %v", o.Version, err)
		}

		// back, and back no further; then forward again
		x.must(x.RollBack(ctx, "kim", bielefeld, "bin", 0))
		x.want(bielefeld, today.String(), "1.0.0 Kasse 15,00 €")
		x.is(x.RollBack(ctx, "kim", bielefeld, "bin", 0), fail.Conflict)
		x.must(other.Refresh(ctx))
		if o, err := other.Catalog.Offer(bielefeld, "bin", today); err != nil || o.Version.Manifest.Version != "1.0.0" {
			t.Errorf("another process did not go back: %v", err)
		}

		// retired: nothing new, what was begun goes on, and it can come back
		x.must(x.Retire(ctx, "kim", bielefeld, "bin", 0, today.AddDays(1)))
		x.want(bielefeld, today.String(), "1.0.0 Kasse 15,00 €")
		x.want(bielefeld, today.AddDays(1).String(), "-")
		if _, err := x.Catalog.At(bielefeld, "bin", "1.2.0", today.AddDays(400)); err != nil {
			t.Errorf("a draft does not go on after retirement: %v", err)
		}
		x.is(x.Retire(ctx, "kim", bielefeld, "bin", 0, today), fail.Conflict)
		x.is(x.RollBack(ctx, "kim", bielefeld, "bin", 0), fail.Conflict)
		x.is(x.Drop(ctx, "kim", bielefeld, "bin", 1), fail.Conflict)
		x.must(x.Release(ctx, "kim", bielefeld, "bin", 0, today.AddDays(2)))
		x.want(bielefeld, today.AddDays(2).String(), "1.0.0 Kasse 15,00 €")
		if last := x.events[len(x.events)-1]; last != bielefeld+" bin kim solution.release" {
			t.Errorf("on record is %s", last)
		}
	})
}

// What is prepared and given up leaves nothing behind.
func TestDrop(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		x, ctx := newDesk(t, d), t.Context()
		x.must(x.Adopt(ctx, "kim", bielefeld, "bin"))
		x.must(x.Prepare(ctx, "kim", bielefeld, "bin", 1, "1.2.0", x.params("1.2.0", rates15)))
		x.is(x.Drop(ctx, "kim", bielefeld, "bin", 1), fail.Conflict)
		x.must(x.Drop(ctx, "kim", bielefeld, "bin", 2))
		_, err := x.Catalog.Trial(bielefeld, "bin", clock.Today(x.clock))
		x.is(err, fail.NotFound)
		_, err = x.Get(ctx, bielefeld, "bin")
		x.is(err, fail.NotFound)
		x.must(x.Adopt(ctx, "kim", bielefeld, "bin"))
	})
}

func TestFourEyes(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		x, ctx := newDesk(t, d), t.Context()
		today := clock.Today(x.clock)
		x.must(x.SetFourEyes(ctx, "kim", bielefeld, true))
		x.must(x.Adopt(ctx, "kim", bielefeld, "bin"))
		x.must(x.Prepare(ctx, "kim", bielefeld, "bin", 0, "1.2.0", x.params("1.2.0", rates15)))
		x.must(x.Release(ctx, "kim", bielefeld, "bin", 0, today))
		x.want(bielefeld, today.String(), "-")
		x.is(x.Approve(ctx, "kim", bielefeld, "bin", 0, 1), fail.Forbidden)
		x.is(x.Approve(ctx, "lou", bielefeld, "bin", 0, 2), fail.NotFound)
		x.clock.Advance(24 * time.Hour) // approved a day later it applies from then on
		x.must(x.Approve(ctx, "lou", bielefeld, "bin", 0, 1))
		x.want(bielefeld, today.String(), "-")
		x.want(bielefeld, today.AddDays(1).String(), "1.2.0 Kasse 15,00 €")
		x.is(x.Approve(ctx, "lou", bielefeld, "bin", 0, 1), fail.Conflict)
		x.is(x.Revoke(ctx, "lou", bielefeld, "bin", 0, 1), fail.Conflict)

		// proposed and revoked
		x.must(x.Prepare(ctx, "kim", bielefeld, "bin", 0, "1.2.0", x.params("1.2.0", rates20)))
		x.must(x.Release(ctx, "kim", bielefeld, "bin", 0, today.AddDays(10)))
		x.must(x.Revoke(ctx, "kim", bielefeld, "bin", 0, 2))
		x.is(x.Approve(ctx, "lou", bielefeld, "bin", 0, 2), fail.Conflict)
		x.want(bielefeld, today.AddDays(11).String(), "1.2.0 Kasse 15,00 €")
	})
}

func TestWhatIsReleasedIsProven(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		x, ctx := newDesk(t, d), t.Context()
		asked := 0
		x.Prove = func(_ *Version, sets []*Set) error {
			asked++
			if sets[0].Cents("rates")[0] == 2000 {
				return errors.New("a page is never reached")
			}
			return nil
		}
		for _, town := range []string{paderborn, bielefeld} {
			x.must(x.Adopt(ctx, "kim", town, "bin"))
			x.must(x.Prepare(ctx, "kim", town, "bin", 0, "1.2.0", x.params("1.2.0", rates15)))
			x.must(x.Release(ctx, "kim", town, "bin", 0, clock.Today(x.clock)))
		}
		if asked != 1 {
			t.Errorf("equal parameters were proven %d times", asked)
		}
		x.must(x.Prepare(ctx, "kim", bielefeld, "bin", 0, "1.2.0", x.params("1.2.0", rates20)))
		x.is(x.Release(ctx, "kim", bielefeld, "bin", 0, clock.Today(x.clock)), fail.Invalid)
		x.want(bielefeld, "2026-11-23", "1.2.0 Kasse 15,00 €")
		if n := len(x.Catalog.Sets("bin")); n != 4 { // default, Paderborn's two in the folder, and the one released
			t.Errorf("%d distinct sets", n)
		}
	})
}

func TestWrongParameters(t *testing.T) {
	x := newDesk(t, dbtest.Open(t, dbtest.SQLite(t), []db.Migrations{Migrations()}))
	v, err := x.Catalog.Version("bin", "1.2.0")
	x.must(err)
	for name, tc := range map[string]struct{ file, want string }{
		"negative":       {"bylaws: [{name: S, valid_from: 2026-01-01, values: {rates: [-1]}}]", "-1 is not an amount"},
		"unknown":        {"bylaws: [{name: S, valid_from: 2026-01-01, values: {rates: [1], rate: 2}}]", "rate is not a parameter"},
		"missing":        {"bylaws: [{name: S, valid_from: 2026-01-01}]", "rates is missing"},
		"ends early":     {"bylaws: [{name: S, valid_from: 2026-01-02, valid_to: 2026-01-01, values: {rates: [1]}}]", "ends"},
		"two at once":    {"bylaws: [{name: S, valid_from: 2026-01-01, values: {rates: [1]}}, {name: T, valid_from: 2026-06-01}]", "still applies"},
		"no by-law":      {"bylaws: []", "no by-law"},
		"another key":    {"bylaws: [{name: S, valid_from: 2026-01-01, values: {rates: [1]}, colour: red}]", "colour"},
		"not YAML":       {"bylaws: [", ""},
		"an alias":       {"a: &a [1]\nbylaws: *a", "aliases"},
		"no such day":    {"bylaws: [{name: S, valid_from: 2026-02-30, values: {rates: [1]}}]", "2026-02-30"},
		"a word":         {"bylaws: [{name: S, valid_from: 2026-01-01, values: {rates: viel}}]", "not a list"},
		"over 100 %":     {"bylaws: [{name: S, valid_from: 2026-01-01, values: {rates: [1], share: 101}}]", "outside"},
		"a long by-law":  {"bylaws: [{name: " + strings.Repeat("S", 301) + ", valid_from: 2026-01-01, values: {rates: [1]}}]", "longer than"},
		"a hundred laws": {"bylaws:" + strings.Repeat("\n  - {name: S, valid_from: 2026-01-01}", 101), "more than"},
	} {
		_, err := ReadParameters([]byte(tc.file), v)
		if !fail.Is(err, fail.Invalid) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What was stored is read back as it was, and again has the same bytes.
func TestParametersRoundTrip(t *testing.T) {
	x := newDesk(t, dbtest.Open(t, dbtest.SQLite(t), []db.Migrations{Migrations()}))
	p := x.params("1.2.0", `bylaws: [{name: S, decided: 2025-12-01, valid_from: 2026-01-01, valid_to: 2026-12-31, values: {rates: [1, 200], share: 5, days: ["01-02"], note: {de: ä, en: a}, online: true, kinds: [paper]}}]`)
	again, err := readStored(p.JSON(), p.digest)
	x.must(err)
	v, err := x.Catalog.Version("bin", "1.2.0")
	x.must(err)
	checked, err := NewParameters(v, again.ByLaws, again.Demo)
	x.must(err)
	if string(again.JSON()) != string(p.JSON()) || checked.digest != p.digest {
		t.Errorf("%s\n%s", again.JSON(), p.JSON())
	}
	fromJSON, err := ReadParameters(p.JSON(), v)
	x.must(err)
	if fromJSON.digest != p.digest {
		t.Error("its JSON is not read as what it was")
	}
}
