package tenant

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/place"
	"leitportal/internal/web"
)

// Directory knows all tenants. It is safe for concurrent use; look-ups read
// an immutable snapshot and take no lock.
type Directory struct {
	// KeepFeedback is how long a message about a barrier is kept, DefaultKeep
	// unless set before the portal serves.
	KeepFeedback time.Duration

	atlas *place.Atlas
	towns []place.Place
	slugs map[ID]string
	db    *db.DB
	store Store
	clock clock.Clock
	log   *slog.Logger

	reload sync.Mutex // one reload at a time
	now    atomic.Pointer[snapshot]
}

// snapshot is all tenants at one revision.
type snapshot struct {
	revision int64
	all      []*Tenant // by ARS
	byID     map[ID]*Tenant
	bySlug   map[string]*Tenant
	byHost   map[string]*Tenant
	state    *Tenant
}

// NewDirectory makes every municipality of the atlas a tenant, with what it
// has entered in d (whose Migrations have run). Call Run to follow changes
// that other processes make.
func NewDirectory(ctx context.Context, atlas *place.Atlas, d *db.DB, c clock.Clock, log *slog.Logger) (*Directory, error) {
	dir := &Directory{KeepFeedback: DefaultKeep, atlas: atlas, towns: atlas.Municipalities(), db: d, clock: c, log: log}
	var err error
	if dir.slugs, err = slugs(dir.towns); err != nil {
		return nil, err
	}
	return dir, dir.Refresh(ctx)
}

// NewBareDirectory is a directory in which nobody has entered anything, for
// tools that work without a database. It cannot be refreshed nor changed.
func NewBareDirectory(atlas *place.Atlas) (*Directory, error) {
	dir := &Directory{atlas: atlas, towns: atlas.Municipalities()}
	var err error
	if dir.slugs, err = slugs(dir.towns); err != nil {
		return nil, err
	}
	dir.now.Store(dir.snapshot(0, nil))
	return dir, nil
}

// Refresh takes up changes made to the settings, by any process.
func (d *Directory) Refresh(ctx context.Context) error {
	d.reload.Lock()
	defer d.reload.Unlock()
	// The counter is read first: a change between the two reads is then taken
	// up again, never missed.
	revision, err := d.store.Revision(ctx, d.db.Read())
	if err != nil {
		return err
	}
	if s := d.now.Load(); s != nil && s.revision == revision {
		return nil
	}
	entered, err := d.store.All(ctx, d.db.Read())
	if err != nil {
		return err
	}
	d.now.Store(d.snapshot(revision, entered))
	return nil
}

func (d *Directory) snapshot(revision int64, entered map[ID]storedSettings) *snapshot {
	s := &snapshot{revision: revision, byID: map[ID]*Tenant{}, bySlug: map[string]*Tenant{}, byHost: map[string]*Tenant{}}
	for _, p := range d.towns {
		e := entered[p.ARS]
		t := derive(p, d.slugs[p.ARS], e.Settings, e.revision)
		s.all = append(s.all, t)
		s.byID[t.ID], s.bySlug[t.Slug] = t, t
		for _, h := range t.Entered.Hosts {
			s.byHost[h] = t
		}
	}
	e := entered[StateID]
	s.state = deriveState(e.Settings, e.revision)
	return s
}

// Run looks once a second whether the settings have changed, until ctx ends.
// A database that does not answer is logged once; the last snapshot stays.
func (d *Directory) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := d.Refresh(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			d.log.WarnContext(ctx, "tenant settings cannot be read; the last ones stay in use", "error", err)
		}
		failing = err != nil
	}
}

// Resolve finds the tenant of a host name or of the first segment of a path
// (its slug); it is web.Resolver. On a tenant's own host base is "" whatever
// the segment.
func (d *Directory) Resolve(host, segment string) (id, base string, ok bool) {
	s := d.now.Load()
	if len(s.byHost) > 0 && host != "" {
		if h, _, found := strings.Cut(host, ":"); found {
			host = h
		}
		if t, ok := s.byHost[strings.ToLower(strings.TrimSuffix(host, "."))]; ok {
			return t.ID, "", true
		}
	}
	if t, ok := s.bySlug[segment]; ok {
		return t.ID, t.Base(), true
	}
	return "", "", false
}

// ByID is the tenant with an id (ARS); an error of kind NotFound when there
// is none.
func (d *Directory) ByID(id ID) (*Tenant, error) {
	if t, ok := d.now.Load().byID[id]; ok {
		return t, nil
	}
	return nil, fail.Newf(fail.NotFound, "tenant: no tenant has the id %q", id)
}

// BySlug is the tenant with a slug; an error of kind NotFound when there is
// none.
func (d *Directory) BySlug(slug string) (*Tenant, error) {
	if t, ok := d.now.Load().bySlug[slug]; ok {
		return t, nil
	}
	return nil, fail.Newf(fail.NotFound, "tenant: no tenant has the slug %q", slug)
}

// State is the state's own site, which has no slug and no place but an
// imprint, a privacy text and an accessibility statement like a tenant's.
func (d *Directory) State() *Tenant { return d.now.Load().state }

// Of is the tenant whose site (or desk) a request has arrived at; the State's
// on all others.
func (d *Directory) Of(ctx context.Context) *Tenant {
	s := d.now.Load()
	if t, ok := s.byID[web.SiteOf(ctx).Tenant]; ok {
		return t
	}
	return s.state
}

// All lists the tenants in the order of their ARS. The slice is shared.
func (d *Directory) All() []*Tenant { return d.now.Load().all }

// Atlas is the places the tenants were made from.
func (d *Directory) Atlas() *place.Atlas { return d.atlas }

// Update stores what tenant id has entered about itself, replacing what was
// there, and takes it up in this process at once; StateID names the state's
// own site. seen is Tenant.Revision of
// what the change was made from. Errors: Invalid around an *InvalidError;
// Conflict when somebody was quicker or a host name is another tenant's;
// NotFound for an unknown id.
func (d *Directory) Update(ctx context.Context, id ID, s Settings, seen int64) error {
	return d.update(ctx, id, s, seen, func(context.Context, db.Querier) error { return nil })
}

// update is Update with more to write in the same transaction.
func (d *Directory) update(ctx context.Context, id ID, s Settings, seen int64, also func(context.Context, db.Querier) error) error {
	if _, err := d.ByID(id); err != nil && id != StateID {
		return err
	}
	if err := s.Check(); err != nil {
		return err
	}
	err := d.db.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		entered, err := d.store.All(ctx, tx)
		if err != nil {
			return err
		}
		for other, e := range entered {
			for _, h := range e.Hosts {
				for _, mine := range s.Hosts {
					if other != id && mine == h {
						return fail.New(fail.Conflict, "tenant.settings.host", fmt.Errorf("tenant: the host name %s is %s's", h, other))
					}
				}
			}
		}
		if err := d.store.Put(ctx, tx, id, s, seen, d.clock.Now()); err != nil {
			return err
		}
		return also(ctx, tx)
	})
	if err != nil {
		return err
	}
	return d.Refresh(ctx)
}
