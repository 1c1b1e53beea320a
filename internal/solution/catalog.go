package solution

import (
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"leitportal/internal/clock"
	"leitportal/internal/fail"
)

// Catalog is all solutions in all versions, and who offers which of them with
// which parameters. What it says at one moment is one immutable snapshot, which
// [Adoptions] replaces by the next; it is safe for concurrent use.
type Catalog struct{ now atomic.Pointer[snapshot] }

// snapshot is a catalogue at one moment; it is immutable once stored.
type snapshot struct {
	// revision is the count of changes it was read at, 0 for that of the
	// folders alone.
	revision  int64
	solutions map[string][]*Version // newest first
	// params are those in the folders, by solution and tenant; whoever has none
	// is called defaults.
	params map[string]map[string]*Parameters
	// everywhere tells that who has adopted nothing offers all that lies in the
	// folders.
	everywhere bool
	adopted    map[string]map[string]*adopted // tenant, solution
	// bound are the sets of parameters in a version, shared by all who have equal
	// ones: binding → []*Set.
	bound *sync.Map
}

// adopted is one adoption, as far as offers depend on it.
type adopted struct {
	retired  clock.Date // zero while it is not
	editions []inForce  // by day, the later of one day last
	prepared *inForce   // what the next edition will hold; nil for nothing
}

// inForce is an approved edition.
type inForce struct {
	n       int64
	from    clock.Date
	version *Version
	params  *Parameters
}

// defaults names, among the tenants of a solution, the parameters of whoever
// has none.
const defaults = ""

func newCatalog(s *snapshot) *Catalog {
	c := &Catalog{}
	c.now.Store(s)
	return c
}

// Revision grows with every change of the catalogue.
func (c *Catalog) Revision() int64 { return c.now.Load().revision }

// Solutions lists the newest version of every solution, ordered by id.
func (c *Catalog) Solutions() []*Version { return c.now.Load().newest() }

func (s *snapshot) newest() []*Version {
	out := make([]*Version, 0, len(s.solutions))
	for _, vs := range s.solutions {
		out = append(out, vs[0])
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// Solution is the newest version of the solution id; fail.NotFound when there
// is none.
func (c *Catalog) Solution(id string) (*Version, error) { return c.now.Load().solution(id) }

func (s *snapshot) solution(id string) (*Version, error) {
	vs := s.solutions[id]
	if len(vs) == 0 {
		return nil, fail.Newf(fail.NotFound, "solution: there is none with this id") // it may be anything an address says: nothing for the log
	}
	return vs[0], nil
}

// Version is the named version of the solution id; fail.NotFound when it is
// not there. Drafts and submissions name the version they began with.
func (c *Catalog) Version(id, version string) (*Version, error) {
	return c.now.Load().version(id, version)
}

func (s *snapshot) version(id, version string) (*Version, error) {
	for _, v := range s.solutions[id] {
		if v.Manifest.Version == version {
			return v, nil
		}
	}
	return nil, fail.Newf(fail.NotFound, "solution: there is no %q in version %q", id, version)
}

// Versions lists the versions of the solution id, the newest first; none where
// there is no such solution.
func (c *Catalog) Versions(id string) []*Version { return slices.Clone(c.now.Load().solutions[id]) }

// Offer is a solution as an authority offers it on a day.
type Offer struct {
	// Version is the one that new applications begin with.
	Version *Version
	// Tenant is the ARS of the authority.
	Tenant string
	// Set holds the parameters in force, shared with every other authority
	// that has equal ones.
	Set *Set
	// Default tells that the authority has entered nothing and the general
	// values apply.
	Default bool
	// Since is the day on which the authority went live with the solution, zero
	// where it has not adopted it.
	Since clock.Date
}

// Demo tells whether the values are made up for the demonstration.
func (o Offer) Demo() bool { return o.Set.ByLaw.Demo }

// Offer is what the authority tenantARS (12 digits) offers of solutionID on
// day. It fails with fail.NotFound when there is no such solution or it is not
// offered there, with fail.Invalid when the key is malformed, and with
// fail.Unavailable when the authority has by-laws but none is in force on that
// day.
func (c *Catalog) Offer(tenantARS, solutionID string, day clock.Date) (Offer, error) {
	return c.now.Load().offer(tenantARS, solutionID, day)
}

func (s *snapshot) offer(tenantARS, solutionID string, day clock.Date) (Offer, error) {
	v, err := s.solution(solutionID)
	if err != nil {
		return Offer{}, err
	}
	if !digits(tenantARS, 12) {
		return Offer{}, fail.Newf(fail.Invalid, "solution: %q is not an ARS", tenantARS)
	}
	if a := s.adopted[tenantARS][solutionID]; a != nil && len(a.editions) > 0 {
		r, ok := a.on(day)
		if !ok {
			return Offer{}, fail.Newf(fail.NotFound, "solution: %s does not offer %s on %s", tenantARS, solutionID, day)
		}
		return s.with(Offer{Version: r.version, Tenant: tenantARS, Since: a.editions[0].from}, r.params, nil, day)
	}
	o := Offer{Version: v, Tenant: tenantARS}
	params, own := s.params[solutionID][tenantARS]
	switch {
	case own && (s.everywhere || !params.Demo):
	case s.everywhere:
		params, o.Default = s.params[solutionID][defaults], true
	default:
		return Offer{}, fail.Newf(fail.NotFound, "solution: %s has not adopted %s", tenantARS, solutionID)
	}
	return s.with(o, params, nil, day)
}

// Trial is what a tenant tries before it releases it: what it prepares, or where
// it prepares nothing what it offers. A by-law that is still to come is tried as
// on its first day.
func (c *Catalog) Trial(tenantARS, solutionID string, day clock.Date) (Offer, error) {
	s := c.now.Load()
	a := s.adopted[tenantARS][solutionID]
	if a == nil || a.prepared == nil {
		return s.offer(tenantARS, solutionID, day)
	}
	if first := a.prepared.params.ByLaws[0].From; day.Before(first) {
		day = first
	}
	return s.with(Offer{Version: a.prepared.version, Tenant: tenantARS}, a.prepared.params, nil, day)
}

// on is the edition in force on day.
func (a *adopted) on(day clock.Date) (inForce, bool) {
	if !a.retired.IsZero() && !day.Before(a.retired) {
		return inForce{}, false
	}
	for _, r := range slices.Backward(a.editions) {
		if !day.Before(r.from) {
			return r, true
		}
	}
	return inForce{}, false
}

// with is the offer with the by-law of p in force on day.
func (s *snapshot) with(o Offer, p, under *Parameters, day clock.Date) (Offer, error) {
	sets, err := s.bind(o.Version, p, under)
	if err != nil {
		return Offer{}, err
	}
	for _, set := range sets {
		if set.ByLaw.InForce(day) {
			o.Set = set
			return o, nil
		}
	}
	return Offer{}, fail.Newf(fail.Unavailable, "solution: %s has no by-law for %s in force on %s", o.Tenant, o.Version.ID, day)
}

// binding is parameters in a version, and what holds where they say nothing.
type binding struct {
	v        *Version
	p, under *Parameters
}

// bind is the sets of p in the version v.
func (s *snapshot) bind(v *Version, p, under *Parameters) ([]*Set, error) {
	key := binding{v, p, under}
	if sets, ok := s.bound.Load(key); ok {
		return sets.([]*Set), nil
	}
	sets, err := p.sets(v, p.fit(v, under), false)
	if err != nil {
		return nil, fmt.Errorf("solution: %s %s: %w", v.ID, v.Manifest.Version, err)
	}
	kept, _ := s.bound.LoadOrStore(key, sets)
	return kept.([]*Set), nil
}

// OfferFor is the offer of tenantARS on day that answers a public service,
// named by its LeiKa key (14 digits), its OZG id, or "solution/service" as
// [ServiceText.Key] has it. fail.NotFound means: not online here.
func (c *Catalog) OfferFor(service, tenantARS string, day clock.Date) (Offer, error) {
	s := c.now.Load()
	found := fail.Newf(fail.NotFound, "solution: no solution answers the service %q", service)
	for _, v := range s.newest() {
		if !v.answers(service) {
			continue
		}
		o, err := s.offer(tenantARS, v.ID, day)
		if err == nil {
			return o, nil
		}
		found = err
	}
	return Offer{}, found
}

// OfferSomewhere is, with its authors' values, a solution that answers a public
// service and that somebody offers on day: what can be shown where no town is
// chosen.
func (c *Catalog) OfferSomewhere(service string, day clock.Date) (Offer, error) {
	s := c.now.Load()
	for _, v := range s.newest() {
		if v.answers(service) && s.offered(v.ID, day) {
			return c.General(v.ID, day)
		}
	}
	return Offer{}, fail.Newf(fail.NotFound, "solution: nobody offers the service %q", service)
}

// offered tells whether anybody offers a solution on day.
func (s *snapshot) offered(solutionID string, day clock.Date) bool {
	if s.everywhere {
		return true
	}
	for tenant := range s.params[solutionID] {
		if _, err := s.offer(tenant, solutionID, day); err == nil {
			return true
		}
	}
	for _, byID := range s.adopted {
		if a := byID[solutionID]; a != nil {
			if _, ok := a.on(day); ok {
				return true
			}
		}
	}
	return false
}

// answers tells whether the form of v serves a service.
func (v *Version) answers(service string) bool {
	return service != "" && slices.ContainsFunc(v.Services, func(s Service) bool {
		return s.Online && (service == s.LeiKa || service == s.OZG || service == v.ID+"/"+s.ID)
	})
}

// General is a solution with the values of whoever says nothing, as its authors
// have written them down: what can be shown where no town is chosen.
func (c *Catalog) General(solutionID string, day clock.Date) (Offer, error) {
	s := c.now.Load()
	v, err := s.solution(solutionID)
	if err != nil {
		return Offer{}, err
	}
	return s.with(Offer{Version: v, Default: true}, s.params[solutionID][defaults], nil, day)
}

// At is the parameters that applied on day to a case which began with the given
// version, whatever the authority offers by now. Values that the version does
// not know are left out, those that only it knows are the last that the
// authority had with it, or its own.
func (c *Catalog) At(tenantARS, solutionID, version string, day clock.Date) (Offer, error) {
	s := c.now.Load()
	v, err := s.version(solutionID, version)
	if err != nil {
		return Offer{}, err
	}
	o := Offer{Version: v, Tenant: tenantARS}
	if a := s.adopted[tenantARS][solutionID]; a != nil && len(a.editions) > 0 {
		still := *a
		still.retired = clock.Date{}
		r, ok := still.on(day)
		if !ok {
			r = a.editions[0]
		}
		o.Since = a.editions[0].from
		return s.with(o, r.params, a.last(version), day)
	}
	params, own := s.params[solutionID][tenantARS]
	if !own {
		params, o.Default = s.params[solutionID][defaults], true
	}
	return s.with(o, params, nil, day)
}

// last is the parameters that the authority had last with a version, nil for
// none.
func (a *adopted) last(version string) *Parameters {
	for _, r := range slices.Backward(a.editions) {
		if r.version.Manifest.Version == version {
			return r.params
		}
	}
	return nil
}

// Sets lists the distinct parameter sets of a solution, by key: what the form
// engine has to bind, however many authorities there are.
func (c *Catalog) Sets(solutionID string) []*Set {
	s := c.now.Load()
	seen := map[string]*Set{}
	add := func(v *Version, p *Parameters) {
		sets, _ := s.bind(v, p, nil) // they were checked when they were entered
		for _, set := range sets {
			seen[set.Key] = set
		}
	}
	if v, err := s.solution(solutionID); err == nil {
		for _, p := range s.params[solutionID] {
			add(v, p)
		}
	}
	for _, byID := range s.adopted {
		if a := byID[solutionID]; a != nil {
			for _, r := range a.editions {
				add(r.version, r.params)
			}
		}
	}
	out := make([]*Set, 0, len(seen))
	for _, set := range seen {
		out = append(out, set)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}
