package whole

import (
	"strings"
	"testing"
	"time"

	"leitportal/tests/apptest"
	"leitportal/tests/whole/walker"
)

// A second start on the same data finds everything again, and shows its first
// page within two seconds.
func TestSecondStart(t *testing.T) {
	apptest.Databases(t, func(t *testing.T, databaseURL string) {
		portal := apptest.StartProcess(t, apptest.Options{Demo: true, DatabaseURL: databaseURL})
		b := walker.New(portal.URL)
		defer b.Close()
		walk(t, b, walker.Keeper(), 1, "/contact")
		if out := portal.Stop(); strings.Contains(out, "level=ERROR") {
			t.Errorf("stopping was not graceful: %s", out)
		}
		began := time.Now()
		portal.Start()
		get(t, b, "/paderborn/")
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("the first page took %s", took)
		} else {
			t.Logf("first page after %s", took.Round(time.Millisecond))
		}
		if p := get(t, b, service+"/seite/keeper"); p.Own().Shown("keeper.last") != "Weiß" {
			t.Error("the draft is gone")
		}
	})
}
