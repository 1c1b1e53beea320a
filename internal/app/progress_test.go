package app

import (
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
