package solution

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// Event is a change that is put on record: who did what to the adoption of the
// solution Subject.
type Event struct {
	Tenant, Subject, Actor, Action string
	At                             time.Time
}

// Recorder puts an event on record in the transaction tx.
type Recorder func(ctx context.Context, tx db.Querier, e Event) error

// Adoptions is what authorities have made of the solutions of a catalogue. It
// keeps the catalogue at what the database says, and is safe for concurrent use.
type Adoptions struct {
	DB      *db.DB
	Clock   clock.Clock
	Log     *slog.Logger
	Catalog *Catalog
	Record  Recorder
	// Everywhere tells that who has adopted nothing offers what lies in the
	// folders, with the values of its authors: the demonstration.
	Everywhere bool
	// Prove tells what is wrong with a version of a form under parameters, nil
	// for nothing; it is asked before anything is released.
	Prove func(v *Version, sets []*Set) error

	store   Store
	reading sync.Mutex // one refresh at a time
	folders *snapshot  // the catalogue of the folders alone
	taken   map[installed]takenVersion
	known   map[string]*Parameters
	proved  sync.Map // provenUnder → error: what Prove has said
}

var (
	errNothingEntered = errors.New("solution: nothing was entered")
	errPast           = errors.New("solution: an edition applies from today on, not before")
)

// Refresh brings the catalogue to what the database says, whichever process has
// changed it.
func (s *Adoptions) Refresh(ctx context.Context) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	// The counter is read first: a change between the two reads is then taken
	// up again, never missed.
	revision, err := s.store.revision(ctx, s.DB.Read())
	if err != nil {
		return err
	}
	before := s.Catalog.now.Load()
	if s.folders == nil {
		s.folders, s.taken = before, map[installed]takenVersion{}
	} else if before.revision == revision {
		return nil
	}
	next, err := s.withTaken(ctx)
	if err != nil {
		return err
	}
	next.revision, next.everywhere, next.bound = revision, s.Everywhere, &sync.Map{}
	next.adopted = map[string]map[string]*adopted{}
	at := func(tenant, solution string) *adopted {
		if next.adopted[tenant] == nil {
			next.adopted[tenant] = map[string]*adopted{}
		}
		a := next.adopted[tenant][solution]
		if a == nil {
			a = &adopted{}
			next.adopted[tenant][solution] = a
		}
		return a
	}
	known := map[string]*Parameters{}
	missing := map[string]int{}
	entry := func(r row) (*inForce, error) {
		v, err := next.version(r.solution, r.version)
		if err != nil {
			missing[r.solution+" "+r.version]++
			return nil, nil // what is missing is said below
		}
		p := known[r.digest]
		if p == nil {
			if p = s.known[r.digest]; p == nil {
				if p, err = s.store.parameters(ctx, s.DB.Read(), r.digest); err != nil {
					return nil, err
				}
			}
			known[r.digest] = p
		}
		return &inForce{r.n, r.from, v, p}, nil
	}
	err = s.store.eachApproved(ctx, s.DB.Read(), func(r row) error {
		e, err := entry(r)
		if e == nil || err != nil {
			return err
		}
		a := at(r.tenant, r.solution)
		a.editions = append(a.editions, *e)
		return nil
	})
	if err != nil {
		return err
	}
	err = s.store.eachPrepared(ctx, s.DB.Read(), func(r row) error {
		e, err := entry(r)
		if e != nil {
			at(r.tenant, r.solution).prepared = e
		}
		return err
	})
	if err != nil {
		return err
	}
	err = s.store.eachRetired(ctx, s.DB.Read(), func(tenant, solution string, from clock.Date) { at(tenant, solution).retired = from })
	if err != nil {
		return err
	}
	for name, n := range missing {
		s.Log.ErrorContext(ctx, "a solution that authorities offer is not here; they offer nothing of it until its folder is back", "solution", name, "entries", n)
	}
	for k, sets := range before.bound.Range { // what still counts need not be checked again
		if b := k.(binding); known[b.p.digest] == b.p || next.fromFolder(b.p) {
			next.bound.Store(b, sets)
		}
	}
	s.known = known
	s.Catalog.now.Store(next)
	return nil
}

// fromFolder tells whether p lies in a folder.
func (s *snapshot) fromFolder(p *Parameters) bool {
	for _, byTenant := range s.params {
		for _, x := range byTenant {
			if x == p {
				return true
			}
		}
	}
	return false
}

// Run looks once a second whether an adoption has changed, until ctx ends. A
// database that does not answer is logged once; the last catalogue stays.
func (s *Adoptions) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := s.Refresh(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "adoptions cannot be read; the last ones stay in use", "error", err)
		}
		failing = err != nil
	}
}

// Get is the adoption of a solution by a tenant, with its editions;
// fail.NotFound when there is none.
func (s *Adoptions) Get(ctx context.Context, tenant, solution string) (Adoption, error) {
	return s.get(ctx, s.DB.Read(), tenant, solution)
}

func (s *Adoptions) get(ctx context.Context, q db.Querier, tenant, solution string) (Adoption, error) {
	a, err := s.store.adoption(ctx, q, tenant, solution)
	if err != nil {
		return Adoption{}, err
	}
	return s.whole(ctx, q, a)
}

// whole reads what belongs to a stored adoption.
func (s *Adoptions) whole(ctx context.Context, q db.Querier, a stored) (Adoption, error) {
	seen := map[string]*Parameters{}
	params := func(digest string) (*Parameters, error) {
		if p, ok := seen[digest]; ok || digest == "" {
			return p, nil
		}
		p, err := s.store.parameters(ctx, q, digest)
		seen[digest] = p
		return p, err
	}
	var err error
	if a.Parameters, err = params(a.digest); err != nil {
		return Adoption{}, err
	}
	editions, err := s.store.editions(ctx, q, a.Tenant, a.Solution)
	if err != nil {
		return Adoption{}, err
	}
	for _, r := range editions {
		if r.Edition.Parameters, err = params(r.digest); err != nil {
			return Adoption{}, err
		}
		a.Editions = append(a.Editions, r.Edition)
	}
	return a.Adoption, nil
}

// Of lists the adoptions of a tenant, by solution.
func (s *Adoptions) Of(ctx context.Context, tenant string) ([]Adoption, error) {
	list, err := s.store.adoptionsOf(ctx, s.DB.Read(), tenant)
	if err != nil {
		return nil, err
	}
	out := make([]Adoption, len(list))
	for i, a := range list {
		if out[i], err = s.whole(ctx, s.DB.Read(), a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Users counts, for each solution, the authorities that are live with it.
func (s *Adoptions) Users(ctx context.Context) (map[string]int, error) {
	return s.store.users(ctx, s.DB.Read())
}

// FourEyes tells whether a tenant wants its editions approved by a second
// person.
func (s *Adoptions) FourEyes(ctx context.Context, tenant string) (bool, error) {
	return s.store.fourEyes(ctx, s.DB.Read(), tenant)
}

// SetFourEyes says whether a tenant wants its editions approved by a second
// person.
func (s *Adoptions) SetFourEyes(ctx context.Context, actor, tenant string, yes bool) error {
	action := "solution.four-eyes.off"
	if yes {
		action = "solution.four-eyes.on"
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.store.setFourEyes(ctx, tx, tenant, yes); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, tenant, "four-eyes", action)
	})
}

func (s *Adoptions) record(ctx context.Context, tx db.Querier, actor, tenant, solution, action string) error {
	return s.Record(ctx, tx, Event{Tenant: tenant, Subject: solution, Actor: actor, Action: action, At: s.Clock.Now()})
}

// Adopt begins to prepare a solution in its newest version; fail.NotFound when
// there is no such solution, fail.Conflict when the tenant has it already.
func (s *Adoptions) Adopt(ctx context.Context, actor, tenant, solution string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error { return s.adopt(ctx, tx, actor, tenant, solution) })
}

func (s *Adoptions) adopt(ctx context.Context, tx db.Querier, actor, tenant, solution string) error {
	v, err := s.Catalog.Solution(solution)
	if err != nil {
		return err
	}
	err = s.store.begin(ctx, tx, Adoption{Tenant: tenant, Solution: solution, State: Preparing, Version: v.Manifest.Version, Begun: s.Clock.Now()})
	if err != nil {
		return err
	}
	return s.record(ctx, tx, actor, tenant, solution, "solution.adopt")
}

// Drop ends the preparation of a solution that was never released; fail.Conflict
// where it was, or where the adoption is no longer at the revision seen.
func (s *Adoptions) Drop(ctx context.Context, actor, tenant, solution string, seen int64) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.store.drop(ctx, tx, tenant, solution, seen); err != nil {
			return err
		}
		if err := s.store.count(ctx, tx); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, tenant, solution, "solution.drop")
	})
	if err != nil {
		return err
	}
	return s.Refresh(ctx)
}

// Prepare keeps a version and parameters for the next edition, without
// releasing them. Parameters were made for that version (NewParameters).
func (s *Adoptions) Prepare(ctx context.Context, actor, tenant, solution string, seen int64, version string, p *Parameters) error {
	return s.change(ctx, actor, tenant, solution, seen, "solution.prepare", func(ctx context.Context, tx db.Querier, a *Adoption) error {
		return s.prepare(ctx, tx, a, version, p)
	})
}

func (s *Adoptions) prepare(ctx context.Context, tx db.Querier, a *Adoption, version string, p *Parameters) error {
	v, err := s.Catalog.Version(a.Solution, version)
	if err != nil {
		return err
	}
	if p != nil {
		if p, err = NewParameters(v, p.ByLaws, p.Demo); err != nil {
			return err
		}
		if err := s.store.keep(ctx, tx, p); err != nil {
			return err
		}
	}
	a.Version, a.Parameters = version, p
	return nil
}

// Release makes what is prepared apply from a day on: at once, or, where the
// tenant wants four eyes, once a second person approves. A retired solution
// comes back by it.
func (s *Adoptions) Release(ctx context.Context, actor, tenant, solution string, seen int64, from clock.Date) error {
	if a, err := s.Get(ctx, tenant, solution); err == nil && a.Parameters != nil {
		_ = s.proven(a.Version, a.Parameters, solution) // not while others wait to write
	}
	return s.change(ctx, actor, tenant, solution, seen, "solution.release", func(ctx context.Context, tx db.Querier, a *Adoption) error {
		return s.release(ctx, tx, actor, a, from)
	})
}

func (s *Adoptions) release(ctx context.Context, tx db.Querier, actor string, a *Adoption, from clock.Date) error {
	r, err := a.next(from, clock.Today(s.Clock), actor, s.Clock.Now())
	if err != nil {
		return err
	}
	if err := s.proven(r.Version, r.Parameters, a.Solution); err != nil {
		return err
	}
	four, err := s.store.fourEyes(ctx, tx, a.Tenant)
	if err != nil {
		return err
	}
	if !four {
		r = r.approve(actor, s.Clock.Now())
		s.goLive(a)
	}
	return s.store.addEdition(ctx, tx, a.Tenant, a.Solution, r)
}

// goLive is what the first approved edition makes of an adoption, and each
// later one of a retired one.
func (s *Adoptions) goLive(a *Adoption) {
	a.State, a.Retired = Live, clock.Date{}
	if a.Live.IsZero() {
		a.Live = s.Clock.Now()
	}
}

// proven refuses an edition whose parameters do not fit its version, or under
// which its form does not work.
func (s *Adoptions) proven(version string, p *Parameters, solution string) error {
	v, err := s.Catalog.Version(solution, version)
	if err != nil {
		return err
	}
	key := provenUnder{v.Digest, p.digest}
	if said, ok := s.proved.Load(key); ok {
		return said.(verdict).err
	}
	sets, err := p.sets(v, p.ByLaws, true)
	if err == nil && s.Prove != nil {
		err = s.Prove(v, sets)
	}
	if err != nil {
		err = fail.New(fail.Invalid, "", err)
	}
	s.proved.Store(key, verdict{err})
	return err
}

// verdict is what Prove has said, nil for nothing.
type verdict struct{ err error }

// provenUnder names a version and parameters by their digests.
type provenUnder struct{ version, params string }

// Approve lets a proposed release apply. Who proposed it cannot:
// fail.Forbidden. One whose day is over applies from today on.
func (s *Adoptions) Approve(ctx context.Context, actor, tenant, solution string, seen, n int64) error {
	return s.change(ctx, actor, tenant, solution, seen, "solution.approve", func(ctx context.Context, tx db.Querier, a *Adoption) error {
		r, err := a.edition(n)
		if err != nil {
			return err
		}
		if r.State != Proposed {
			return fail.Newf(fail.Conflict, "solution: edition %d is %s", n, r.State)
		}
		if r.Author == actor {
			return fail.New(fail.Forbidden, "solution.release.own", errors.New("solution: who proposes does not approve"))
		}
		if err := s.proven(r.Version, r.Parameters, solution); err != nil {
			return err
		}
		if today := clock.Today(s.Clock); r.From.Before(today) {
			r.From = today
		}
		s.goLive(a)
		return s.store.setEdition(ctx, tx, tenant, solution, r.approve(actor, s.Clock.Now()))
	})
}

// Revoke takes back an edition that does not apply yet; fail.Conflict for one
// that does.
func (s *Adoptions) Revoke(ctx context.Context, actor, tenant, solution string, seen, n int64) error {
	return s.change(ctx, actor, tenant, solution, seen, "solution.revoke", func(ctx context.Context, tx db.Querier, a *Adoption) error {
		r, err := a.edition(n)
		if err != nil {
			return err
		}
		if r.State != Proposed && (r.State != Approved || !clock.Today(s.Clock).Before(r.From)) {
			return fail.New(fail.Conflict, "solution.release.applies", fmt.Errorf("solution: edition %d is %s", n, r.State))
		}
		r.State = Revoked
		a.Editions[n-1] = r
		if a.Since().IsZero() {
			a.State, a.Live = Preparing, time.Time{}
		}
		return s.store.setEdition(ctx, tx, tenant, solution, r)
	})
}

// RollBack goes back, at once, to what applied before; fail.Conflict where
// nothing did, or the solution is retired. It needs no second person: what it brings back was approved.
func (s *Adoptions) RollBack(ctx context.Context, actor, tenant, solution string, seen int64) error {
	return s.change(ctx, actor, tenant, solution, seen, "solution.roll-back", func(ctx context.Context, tx db.Querier, a *Adoption) error {
		today := clock.Today(s.Clock)
		was, ok := a.Before(today)
		if !ok || a.State != Live {
			return fail.New(fail.Conflict, "solution.release.first", errors.New("solution: there is nothing to go back to"))
		}
		r := Edition{N: int64(len(a.Editions)) + 1, Version: was.Version, Parameters: was.Parameters, From: today, Restores: was.N, Author: actor, At: s.Clock.Now()}
		a.Version, a.Parameters = was.Version, was.Parameters
		return s.store.addEdition(ctx, tx, tenant, solution, r.approve(actor, r.At))
	})
}

// Retire takes nothing new from a day on; what was begun goes on.
func (s *Adoptions) Retire(ctx context.Context, actor, tenant, solution string, seen int64, from clock.Date) error {
	return s.change(ctx, actor, tenant, solution, seen, "solution.retire", func(_ context.Context, _ db.Querier, a *Adoption) error {
		if a.State != Live {
			return fail.New(fail.Conflict, "solution.retire.not-live", fmt.Errorf("solution: %s is %s", solution, a.State))
		}
		if from.Before(clock.Today(s.Clock)) {
			return fail.New(fail.Invalid, "solution.release.past", errPast)
		}
		a.State, a.Retired = Retired, from
		return nil
	})
}

// change changes an adoption that is still at the revision seen (0: whichever
// it is at), and takes the catalogue along.
func (s *Adoptions) change(ctx context.Context, actor, tenant, solution string, seen int64, action string, do func(context.Context, db.Querier, *Adoption) error) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		return s.changeIn(ctx, tx, actor, tenant, solution, seen, action, do)
	})
	if err != nil {
		return err
	}
	return s.Refresh(ctx)
}

func (s *Adoptions) changeIn(ctx context.Context, tx db.Querier, actor, tenant, solution string, seen int64, action string, do func(context.Context, db.Querier, *Adoption) error) error {
	a, err := s.get(ctx, tx, tenant, solution)
	if err != nil {
		return err
	}
	if seen == 0 {
		seen = a.Rev
	}
	if seen != a.Rev {
		return fail.New(fail.Conflict, "solution.conflict", fmt.Errorf("solution: the adoption changed after revision %d", seen))
	}
	if err := do(ctx, tx, &a); err != nil {
		return err
	}
	if err := s.store.change(ctx, tx, a, seen); err != nil {
		return err
	}
	if err := s.store.count(ctx, tx); err != nil {
		return err
	}
	return s.record(ctx, tx, actor, tenant, solution, action)
}
