package progress

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/place"
	"leitportal/internal/service"
	"leitportal/internal/ui"
)

var update = flag.Bool("update", false, "write golden files anew")

const paderborn, bonn = "057740032032", "053140000000"

func today() clock.Date { return clock.Date{Year: 2026, Month: 11, Day: 23} }

func facts(t testing.TB) (*service.Catalog, *place.Atlas) {
	t.Helper()
	c, err := service.Load()
	if err != nil {
		t.Fatal(err)
	}
	a, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c, a
}

func known(a *place.Atlas) func(string) bool {
	return func(ars string) bool {
		p, ok := a.ByKey(ars)
		return ok && p.ARS == ars && p.IsMunicipality()
	}
}

func report(tenant, ozg string) Report {
	return Report{
		Tenant: tenant, OZG: ozg, Level11: NotAssessed, Level20: NotAssessed, Ratings11: Model11().Unrated(), Ratings20: Model20().Unrated(),
		Source: "Test", On: today(),
	}
}

func TestWeakestCriterionDecides(t *testing.T) {
	m := Model11()
	all := func(r Rating) Ratings {
		out := m.Unrated()
		for i := range out {
			out[i] = r
		}
		return out
	}
	weak := all(4)
	weak[6] = 2
	partly := m.Unrated()
	partly[1], partly[4] = 3, NotNeeded
	for _, x := range []struct {
		name    string
		ratings Ratings
		want    Level
	}{
		{"all", all(4), Level{4, 4, 10, 10}},
		{"one weak", weak, Level{2, 2, 10, 10}},
		{"partly", partly, Level{NotAssessed, 3, 2, 10}},
		{"nobody has looked", m.Unrated(), Level{NotAssessed, 4, 0, 10}},
		{"nothing needed", all(NotNeeded), Level{NotAssessed, 4, 10, 10}},
		{"what the portal knows", m.Known(), Level{NotAssessed, 3, 1, 10}},
	} {
		if got := m.Judge(x.ratings); got != x.want {
			t.Errorf("%s: %+v, want %+v", x.name, got, x.want)
		}
	}
	full := Model20().Unrated()
	for i := range full {
		full[i] = 7
	}
	if got := Model20().Judge(full); got != (Level{NotAssessed, 7, 13, 13}) {
		t.Errorf("model 2.0 derives %+v", got)
	}
}

func TestRatingsRefuseWhatTheyDoNotWrite(t *testing.T) {
	for _, s := range []string{"1", "0=1", "11=1", "1=5", "1=-1", "2=1 1=1", "1=1 1=1", "01=1", "1=01", "1=x", "=", "1==1"} {
		if r, err := Model11().ParseRatings(s); err == nil {
			t.Errorf("%q gives %v", s, r)
		}
	}
}

// TestFiguresEqualACount counts again with loops over everything, and compares.
func TestFiguresEqualACount(t *testing.T) {
	c, atlas := facts(t)
	rng := rand.New(rand.NewPCG(4, 30))
	towns := atlas.Municipalities()
	var running []Online
	var reports []Report
	type pair struct{ ars, ozg string }
	runs, says := map[pair]bool{}, map[pair]Rating{}
	for _, p := range towns {
		for _, s := range c.Services {
			if rng.IntN(40) == 0 {
				runs[pair{p.ARS, s.OZGID}] = true
				for i := range 1 + rng.IntN(2) { // some with two solutions
					running = append(running, Online{Tenant: p.ARS, OZG: s.OZGID, Solution: fmt.Sprint("s", i), Demo: false})
				}
			}
			if rng.IntN(60) == 0 {
				r := report(p.ARS, s.OZGID)
				r.Level11 = Rating(rng.IntN(6) - 1)
				says[pair{p.ARS, s.OZGID}] = r.Level11
				reports = append(reports, r)
			}
		}
	}
	running = append(running, Online{Tenant: "999999999999", OZG: "10160"}, Online{Tenant: paderborn, OZG: "00000"})
	rng.Shuffle(len(running), func(i, j int) { running[i], running[j] = running[j], running[i] })
	f := Calculate(today(), c, towns, running, reports, nil)

	count := func(topic *service.Topic, ars string) (services, pairs, reported int) {
		for _, s := range c.Services {
			if topic != nil && s.Topic != topic {
				continue
			}
			any := false
			for _, p := range towns {
				if ars != "" && p.ARS != ars {
					continue
				}
				if runs[pair{p.ARS, s.OZGID}] {
					any = true
					pairs++
				}
				if _, ok := says[pair{p.ARS, s.OZGID}]; ok {
					reported++
				}
			}
			if any {
				services++
			}
		}
		return services, pairs, reported
	}
	check := func(what string, n Count, topic *service.Topic) {
		t.Helper()
		s, p, r := count(topic, "")
		if n.Online != s || n.Offers != p || n.Reported != r {
			t.Errorf("%s: %+v, counted %d %d %d", what, n, s, p, r)
		}
	}
	check("all", f.All, nil)
	for _, topic := range c.Topics {
		check(topic.Name, f.Topics[topic], topic)
	}
	with := 0
	for _, town := range f.List {
		s, p, r := count(nil, town.Place.ARS)
		if len(town.Online) != s || s != p || len(town.Reports) != r {
			t.Errorf("%s: %d online and %d reports, counted %d and %d", town.Place.Name, len(town.Online), len(town.Reports), s, r)
		}
		if s > 0 {
			with++
		}
		if n := town.In(c, c.Topics[3]); n != func() int { s, _, _ := count(c.Topics[3], town.Place.ARS); return s }() {
			t.Errorf("%s: %d of a topic", town.Place.Name, n)
		}
	}
	if f.Towns != with || f.Of != 396 {
		t.Errorf("%d of %d municipalities, counted %d", f.Towns, f.Of, with)
	}
	levels := make([]int, 6)
	for _, l := range says {
		if l < 0 {
			l = 5
		}
		levels[l]++
	}
	if !reflect.DeepEqual(levels, f.Levels11) {
		t.Errorf("levels %v, counted %v", f.Levels11, levels)
	}
}

func TestSimilarAreOfTheSameKindAndNearest(t *testing.T) {
	c, atlas := facts(t)
	f := Calculate(today(), c, atlas.Municipalities(), nil, nil, nil)
	for _, ars := range []string{paderborn, bonn} {
		me, _ := f.Town(ars)
		list := f.Similar(ars, 5)
		if len(list) != 5 {
			t.Fatalf("%d are like %s", len(list), ars)
		}
		for _, x := range list {
			if x == me || (x.Place.Kind == place.City) != (me.Place.Kind == place.City) {
				t.Errorf("%s is not like %s", x.Place.Name, me.Place.Name)
			}
		}
	}
	if f.Similar("no", 5) != nil {
		t.Error("somebody is like nobody")
	}
}

// randomReports are reports as hostile as the checks let them be.
func randomReports(rng *rand.Rand, c *service.Catalog, towns []place.Place) []Report {
	pick := []string{"=1+1", "+49", "-", "@x", "'", "''=", "a;b", `"q"`, "ä ß", "=cmd|' /C calc'!A0", "a,b", "x"}
	seen := map[string]bool{}
	var out []Report
	for range 40 {
		r := report(towns[rng.IntN(len(towns))].ARS, c.Services[rng.IntN(len(c.Services))].OZGID)
		if seen[r.Tenant+r.OZG] {
			continue
		}
		seen[r.Tenant+r.OZG] = true
		for i := range r.Ratings11 {
			r.Ratings11[i] = Rating(rng.IntN(7) - 2)
		}
		for i := range r.Ratings20 {
			r.Ratings20[i] = Rating(rng.IntN(10) - 2)
		}
		r.Level11 = Rating(rng.IntN(Model11().Judge(r.Ratings11).Most+2) - 1)
		r.Level20 = Rating(rng.IntN(9) - 1)
		r.Source = pick[rng.IntN(len(pick))] + pick[rng.IntN(len(pick))]
		r.Demo = rng.IntN(2) == 0
		if rng.IntN(2) == 0 {
			r.Since, r.Link = clock.Date{Year: 2024, Month: 2, Day: 29}, "https://a.example/?q=;"
		}
		out = append(out, r)
	}
	return out
}

func TestReportsSurviveTheirFile(t *testing.T) {
	c, atlas := facts(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		f := Calculate(today(), c, atlas.Municipalities(), nil, randomReports(rng, c, atlas.Municipalities()), nil)
		var b bytes.Buffer
		if err := f.WriteReports(&b, c); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(strings.TrimPrefix(b.String(), bom)) {
			for cell := range strings.SplitSeq(strings.TrimSpace(line), ";") {
				if cell = strings.TrimPrefix(cell, `"`); cell != "" && strings.ContainsRune("=+@", rune(cell[0])) {
					t.Fatalf("a spreadsheet would compute %q", cell)
				}
			}
		}
		list, err := ReadReports(bytes.NewReader(b.Bytes()), c, known(atlas), today())
		if err != nil {
			t.Fatal(err)
		}
		var stored []Report
		for _, x := range f.List {
			stored = append(stored, x.Reports...)
		}
		if n := Changes(stored, list); len(n) != 0 || len(list) != len(stored) {
			t.Fatalf("%d of %d reports changed on their way: %+v", len(n), len(stored), n)
		}
		var again bytes.Buffer
		if err := Calculate(today(), c, atlas.Municipalities(), nil, list, nil).WriteReports(&again, c); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatal("the second file is another one")
		}
	}
}

func TestBadFilesAreRefusedInWords(t *testing.T) {
	c, atlas := facts(t)
	head := strings.Join(reportColumns(), ";") + "\r\n"
	good := paderborn + ";x;10160;y;3;;;;2025-01-01;https://a.example;Test;false;2026-01-01\r\n"
	if list, err := ReadReports(strings.NewReader(head+good), c, known(atlas), today()); err != nil || len(list) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	for name, x := range map[string]struct{ file, says string }{
		"empty":          {"", "first line"},
		"other head":     {"a;b\r\n", "first line must be"},
		"no place":       {head + strings.Replace(good, paderborn, "1", 1), "no municipality"},
		"kreis":          {head + strings.Replace(good, paderborn, "057740000000", 1), "no municipality"},
		"no service":     {head + strings.Replace(good, "10160", "00001", 1), "no service"},
		"level":          {head + strings.Replace(good, ";3;", ";5;", 1), "no level"},
		"above weakest":  {head + strings.Replace(good, ";3;;", ";3;1=2;", 1), "weakest"},
		"future":         {head + strings.Replace(good, "2025-01-01", "2030-01-01", 1), "future"},
		"no day":         {head + strings.Replace(good, "2025-01-01", "2025-02-30", 1), "line 2"},
		"plain http":     {head + strings.Replace(good, "https:", "http:", 1), "https"},
		"script":         {head + strings.Replace(good, "https://a.example", "javascript:alert(1)", 1), "https"},
		"no source":      {head + strings.Replace(good, "Test", "", 1), "source"},
		"control":        {head + strings.Replace(good, "Test", "Te\x01st", 1), "source"},
		"twice":          {head + good + good, "line 3"},
		"short line":     {head + "a;b\r\n", "fields"},
		"open quotation": {head + "\"" + good, "line 2"},
		"demo":           {head + strings.Replace(good, "false", "maybe", 1), "neither"},
	} {
		list, err := ReadReports(strings.NewReader(x.file), c, known(atlas), today())
		if err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %d reports, error %v, want %q", name, len(list), err, x.says)
		}
	}
}

func FuzzReadReports(f *testing.F) {
	c, atlas := facts(f)
	head := strings.Join(reportColumns(), ";") + "\n"
	f.Add(head + paderborn + ";x;10160;y;3;2=3 5=n;;;2025-01-01;https://a.example;'=Test;false;2026-01-01\n")
	f.Add(bom + head)
	f.Add("\"")
	f.Fuzz(func(t *testing.T, file string) {
		list, err := ReadReports(strings.NewReader(file), c, known(atlas), today())
		if err != nil {
			return
		}
		var b bytes.Buffer
		figures := Calculate(today(), c, atlas.Municipalities(), nil, list, nil)
		if err := figures.WriteReports(&b, c); err != nil {
			t.Fatal(err)
		}
		again, err := ReadReports(&b, c, known(atlas), today())
		if err != nil || len(again) != len(list) || len(Changes(list, again)) != 0 {
			t.Fatalf("%d reports read, %d read again, %v", len(list), len(again), err)
		}
	})
}

func TestProjectsAreChecked(t *testing.T) {
	_, atlas := facts(t)
	good := Project{ID: "a", Title: "T", Topic: "L", Lead: paderborn, Participants: []string{bonn}, State: Going, Link: "https://a.example"}
	if err := CheckProjects([]Project{good}, known(atlas)); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(p *Project){
		"id":      func(p *Project) { p.ID = "" },
		"title":   func(p *Project) { p.Title = "" },
		"topic":   func(p *Project) { p.Topic = strings.Repeat("x", 101) },
		"lead":    func(p *Project) { p.Lead = "1" },
		"part":    func(p *Project) { p.Participants = []string{bonn, bonn} },
		"many":    func(p *Project) { p.Participants = make([]string, 32) },
		"state":   func(p *Project) { p.State = "soon" },
		"link":    func(p *Project) { p.Link = "http://a.example" },
		"control": func(p *Project) { p.Title = "a\u202eb" },
	} {
		bad := good
		spoil(&bad)
		if CheckProjects([]Project{bad}, known(atlas)) == nil {
			t.Errorf("%s passes", name)
		}
	}
	if CheckProjects([]Project{good, good}, known(atlas)) == nil {
		t.Error("one id twice passes")
	}
}

// fixed is what runs in a test.
type fixed struct {
	list     []Online
	revision int64
	asked    int
}

func (f *fixed) Running(context.Context, clock.Date) ([]Online, error) { f.asked++; return f.list, nil }
func (f *fixed) Revision() int64                                       { return f.revision }

func TestBoardCountsAgainOnlyWhenSomethingChanged(t *testing.T) {
	c, atlas := facts(t)
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		clk := clock.NewManual(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
		run := &fixed{list: []Online{{Tenant: paderborn, OZG: "10160", Solution: "hundesteuer"}}}
		b := NewBoard(c, atlas, run, d, clk)
		look := func() *Figures {
			t.Helper()
			f, err := b.Figures(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		first := look()
		clk.Advance(10 * time.Second)
		if look() != first || run.asked != 1 {
			t.Fatalf("counted again without a change (%d times)", run.asked)
		}
		r := report(bonn, "10160")
		r.Level11, r.Level20, r.Since, r.By = 3, 5, clock.Date{Year: 2025, Month: 7, Day: 1}, "m1"
		r.Ratings11[1], r.Ratings20[12] = 3, NotNeeded
		projects := []Project{{ID: "a", Title: "T", Topic: "L", Lead: paderborn, State: Going, Demo: true}}
		store := Store{}
		err := d.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			if err := store.PutReport(ctx, tx, bonn, r, clk.Now()); err != nil {
				return err
			}
			r.Source = "Test 2" // a second time replaces it
			if err := store.PutReport(ctx, tx, bonn, r, clk.Now()); err != nil {
				return err
			}
			return store.PutProjects(ctx, tx, projects, clk.Now())
		})
		if err != nil {
			t.Fatal(err)
		}
		if look() != first {
			t.Error("looked at the tables again within the second")
		}
		clk.Advance(time.Second)
		f := look()
		x, _ := f.Town(bonn)
		if len(x.Reports) != 1 || !reflect.DeepEqual(x.Reports[0], r) || !reflect.DeepEqual(f.Projects, projects) || f.All.Reported != 1 || f.All.Online != 1 {
			t.Fatalf("%+v %+v", x.Reports, f.Projects)
		}
		// The figures are a count over the tables.
		var n, at3 int
		err = d.Read().QueryRow(ctx, `SELECT COUNT(*), SUM(CASE WHEN level_11 = 3 THEN 1 ELSE 0 END) FROM progress_reports`).Scan(&n, &at3)
		if err != nil || n != f.All.Reported || at3 != f.Levels11[3] {
			t.Errorf("%d reports, %d at level 3, %v", n, at3, err)
		}
		got, ok, err := store.Report(ctx, d.Read(), bonn, "10160")
		if err != nil || !ok || got.By != "m1" {
			t.Errorf("%+v %v %v", got, ok, err)
		}
		if _, ok, err := store.Report(ctx, d.Read(), paderborn, "10160"); ok || err != nil {
			t.Errorf("a report of another tenant: %v %v", ok, err)
		}
		drop := func(tenant string) {
			t.Helper()
			if err := d.Write(ctx, func(ctx context.Context, tx db.Querier) error { return store.DropReport(ctx, tx, tenant, "10160") }); err != nil {
				t.Fatal(err)
			}
			b.changed()
		}
		if drop(paderborn); look().All.Reported != 1 {
			t.Error("another tenant's report is gone")
		}
		if drop(bonn); look().All.Reported != 0 {
			t.Error("the report is still there")
		}
		run.revision++
		run.list = nil
		if look().All.Online != 0 {
			t.Error("a change of what runs is not seen")
		}
		clk.Set(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
		if look().Day != (clock.Date{Year: 2026, Month: 11, Day: 24}) {
			t.Error("the day does not change")
		}
	})
}

func TestMapIsDrawnAsBefore(t *testing.T) {
	c, atlas := facts(t)
	f := Calculate(today(), c, atlas.Municipalities(), []Online{{Tenant: paderborn, OZG: "10160"}}, nil, nil)
	w := words{Texts: Texts().In("de"), ctx: t.Context(), c: c}
	m := w.points(f)
	for _, p := range m.Points {
		if p.X < 10 || p.X > mapWidth-10 || p.Y < 10 || p.Y > mapHeight-10 {
			t.Errorf("a point lies at %.1f, %.1f, outside the map", p.X, p.Y)
		}
	}
	var b bytes.Buffer
	if err := m.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if err := (ui.Bar{Value: 1, Of: 40}).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(b.String(), "><", ">\n<")
	const golden = "testdata/map.svg"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("the map is another one; look at it and run with -update")
	}
}

// BenchmarkCalculate counts six services in every municipality, and all 557.
func BenchmarkCalculate(b *testing.B) {
	c, atlas := facts(b)
	towns := atlas.Municipalities()
	for _, n := range []int{6, len(c.Services)} {
		var running []Online
		for _, p := range towns {
			for _, s := range c.Services[:n] {
				running = append(running, Online{Tenant: p.ARS, OZG: s.OZGID, Solution: "s"})
			}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if f := Calculate(today(), c, towns, running, nil, nil); f.All.Online != n {
					b.Fatal(f.All.Online)
				}
			}
		})
	}
}
