package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/place"
	"leitportal/internal/service"
	"leitportal/internal/solution"
	"leitportal/internal/tenant"
	"leitportal/solutions"
)

// TestWhatRunsIsWhatTheServicePagesOffer asks for each service in each
// municipality what its page says, and compares with what is counted.
func TestWhatRunsIsWhatTheServicePagesOffer(t *testing.T) {
	all, err := (Config{}).loadSolutions()
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := service.Load()
	if err != nil {
		t.Fatal(err)
	}
	atlas, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	tenants, err := tenant.NewBareDirectory(atlas)
	if err != nil {
		t.Fatal(err)
	}
	see := &sight{solutions: all, tenants: tenants, clock: clock.System()}
	running, err := see.Running(t.Context(), clock.Today(see.clock))
	if err != nil {
		t.Fatal(err)
	}
	counted := map[[2]string]bool{}
	for _, o := range running {
		counted[[2]string{o.Tenant, o.OZG}] = true
	}
	offered := 0
	for _, x := range tenants.All() {
		for _, s := range catalog.Services {
			_, ok := see.Online(t.Context(), x.ID, s.OZGID)
			if ok {
				offered++
			}
			if ok != counted[[2]string{x.ID, s.OZGID}] {
				t.Errorf("%s in %s: the page says %v", s.Name, x.Name, ok)
			}
		}
	}
	if offered == 0 || offered != len(counted) {
		t.Errorf("%d offers, %d counted", offered, len(counted))
	}
}

// TestReportsByCommand walks a file in by command, and out again.
func TestReportsByCommand(t *testing.T) {
	dir := start(t, clock.System()).cfg.Data
	file := filepath.Join(t.TempDir(), "reports.csv")
	content := "\ufeffars;name;ozg_id;service;level_1_1;criteria_1_1;level_2_0;criteria_2_0;since;link;source;demo;reported_on\r\n" +
		"057740032032;Paderborn;10160;Hundehaltung;3;2=3 5=n;;;2025-07-01;https://a.example;'=Test;true;2026-01-01\r\n"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if got := Main(t.Context(), append([]string{"--data", dir}, args...), nil, strings.NewReader(""), &out, &errs); got != want {
			t.Fatalf("%v: %d\n%s%s", args, got, out.String(), errs.String())
		}
		return out.String() + errs.String()
	}
	if said := run(0, "progress", "import", file); !strings.Contains(said, "1 of 1 self-reports are new") {
		t.Error(said)
	}
	if got := run(0, "progress", "export"); strings.Contains(got, "Paderborn") {
		t.Error("a run that only tells has stored something")
	}
	run(0, "progress", "import", "--apply", file)
	if got := run(0, "progress", "export"); got != content {
		t.Errorf("%q", got)
	}
	if said := run(0, "progress", "import", file); !strings.Contains(said, "0 of 1") {
		t.Error(said)
	}
	bad := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(bad, []byte(content+"1;;;;;;;;;;;;\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := run(1, "progress", "import", "--apply", bad); !strings.Contains(said, "line 3") {
		t.Error(said)
	}
	projects := filepath.Join(t.TempDir(), "projects.yaml")
	text := "- {id: a, title: Beispiel, topic: Labor, lead: \"057740032032\", participants: [\"053140000000\"], state: running, demo: true}\n"
	if err := os.WriteFile(projects, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := run(0, "progress", "projects", projects); !strings.Contains(said, "1 projects are in order") {
		t.Error(said)
	}
	run(0, "progress", "projects", "--apply", projects)
	if err := os.WriteFile(projects, []byte(strings.Replace(text, "running", "soon", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := run(1, "progress", "projects", "--apply", projects); !strings.Contains(said, "planned, running or done") {
		t.Error(said)
	}
}

// TestBoardEqualsACountOverTheDatabase adopts the dog tax in some towns, at
// different states, and compares what the pages, the files and the start page
// say with SQL over the tables of the adoptions.
func TestBoardEqualsACountOverTheDatabase(t *testing.T) {
	clk := clock.NewManual(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	a, err := newAt(t.Context(), Config{Listen: "127.0.0.1:0", Data: t.TempDir(), MailFrom: "portal@localhost"}, "http://portal.example", slog.New(slog.DiscardHandler), clk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	v, err := a.solutions.Solution("hundesteuer")
	if err != nil {
		t.Fatal(err)
	}
	file, err := fs.ReadFile(solutions.Files(), "hundesteuer/parameters/057740032032.yaml")
	if err != nil {
		t.Fatal(err)
	}
	params, err := solution.ReadParameters(file, v)
	if err != nil {
		t.Fatal(err)
	}
	today := clock.Today(clk)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	for i, town := range a.tenants.All()[:9] {
		must(a.adoptions.Adopt(ctx, "kim", town.ID, v.ID))
		if i%3 == 2 {
			continue // only begun
		}
		must(a.adoptions.Prepare(ctx, "kim", town.ID, v.ID, 0, v.Manifest.Version, params))
		must(a.adoptions.Release(ctx, "kim", town.ID, v.ID, 0, today.AddDays(i)))
	}
	must(a.adoptions.Retire(ctx, "kim", a.tenants.All()[0].ID, v.ID, 0, today.AddDays(5)))
	ozg := map[string]bool{}
	for _, s := range v.Services {
		if s.Online {
			ozg[s.OZG] = true
		}
	}
	seen := map[int]bool{}
	for range 12 {
		must(a.adoptions.Refresh(ctx))
		day := clock.Today(clk).String()
		rows, err := a.db.Read().Query(ctx, `SELECT e.tenant, MIN(e.from_day) FROM solution_editions e JOIN solution_adoptions a ON a.tenant = e.tenant AND a.solution = e.solution
			WHERE e.state = 'approved' AND e.from_day <= $1 AND (a.retired = '' OR a.retired > $1) GROUP BY e.tenant`, day)
		must(err)
		since := map[string]string{}
		for rows.Next() {
			var tenant, from string
			must(rows.Scan(&tenant, &from))
			since[tenant] = from
		}
		must(rows.Err())
		must(rows.Close())
		seen[len(since)] = true

		f, err := a.board.Figures(ctx)
		must(err)
		if f.Towns != len(since) || f.All.Offers != len(since)*len(ozg) {
			t.Errorf("%s: %d municipalities, %d offers; the database says %d", day, f.Towns, f.All.Offers, len(since))
		}
		for _, town := range f.List {
			for _, o := range town.Online {
				if o.Since.String() != since[o.Tenant] || !ozg[o.OZG] {
					t.Errorf("%s: %+v, the database says since %q", day, o, since[o.Tenant])
				}
			}
		}
		get := func(path string) string {
			w := httptest.NewRecorder()
			a.router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://portal.example"+path, nil))
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d", path, w.Code)
			}
			return w.Body.String()
		}
		var data struct {
			Day  string `json:"day"`
			With int    `json:"municipalities_with_services_online"`
		}
		must(json.Unmarshal([]byte(get("/api/progress.json")), &data))
		if data.Day != day || data.With != len(since) {
			t.Errorf("%s: the JSON says %+v, the database %d", day, data, len(since))
		}
		if n := strings.Count(get("/api/progress.csv"), "\r\n") - 1; n != f.All.Offers {
			t.Errorf("%s: the CSV has %d lines for %d offers", day, n, f.All.Offers)
		}
		if says := fmt.Sprintf("online in %d von 396", len(since)); len(since) > 0 && !strings.Contains(get("/"), says) {
			t.Errorf("%s: the start page does not say %q", day, says)
		}
		if says := fmt.Sprintf(`<strong class="lp-figure__number">%d</strong>`, len(since)); !strings.Contains(get("/fortschritt"), says) {
			t.Errorf("%s: the page does not say %s", day, says)
		}
		clk.Advance(24 * time.Hour)
	}
	if len(seen) < 3 {
		t.Errorf("the days do not differ: %v", seen)
	}
}
