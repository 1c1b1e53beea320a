package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leitportal/internal/clock"
	"leitportal/internal/place"
	"leitportal/internal/service"
	"leitportal/internal/tenant"
)

// TestWhatRunsIsWhatTheServicePagesOffer asks for each service in each
// municipality what its page says, and compares with what is counted.
func TestWhatRunsIsWhatTheServicePagesOffer(t *testing.T) {
	solutions, err := (Config{}).loadSolutions()
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
	see := &sight{solutions: solutions, tenants: tenants, clock: clock.System()}
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
