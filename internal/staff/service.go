package staff

import (
	"context"
	"errors"
	"slices"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/id"
)

// Event is a change that is put on record: who (Actor) did what (Action) to
// the member Subject, all ids, when.
type Event struct {
	Tenant, Subject, Actor, Action string
	At                             time.Time
}

// Recorder puts an event on record in the transaction tx.
type Recorder func(ctx context.Context, tx db.Querier, e Event) error

// CommandLine is the actor of what the operator does by a command.
const CommandLine = "command-line"

// Credentials gives members their access. The parts are two because making a
// hash is slow and a transaction must be quick.
type Credentials interface {
	// Initial makes an initial password, and its hash for Reset.
	Initial(ctx context.Context) (password, hash string, err error)
	// Reset makes the password with that hash the member's only way in: the
	// second factor is forgotten and all sessions end.
	Reset(ctx context.Context, tx db.Querier, tenant, member, hash string) error
}

// Service changes the list of members. All fields are needed.
type Service struct {
	DB          *db.DB
	Clock       clock.Clock
	IDs         *id.Source
	Record      Recorder
	Credentials Credentials

	store Store
}

// InvalidError is Details that cannot be used; it is of kind fail.Invalid.
type InvalidError struct{ Problems []Problem }

func (e *InvalidError) Error() string {
	s := "staff: invalid"
	for _, p := range e.Problems {
		s += " " + p.Field
	}
	return s
}

func invalid(problems ...Problem) error {
	return fail.New(fail.Invalid, problems[0].Key, &InvalidError{problems})
}

// Add takes on a member and gives them an initial password, which is nowhere
// else to be had. A fail.Invalid wraps an *InvalidError that says what is
// wrong with d.
func (s *Service) Add(ctx context.Context, tenant, actor string, d Details) (m Member, password string, err error) {
	d, problems := Check(d)
	if len(problems) > 0 {
		return Member{}, "", invalid(problems...)
	}
	password, hash, err := s.Credentials.Initial(ctx)
	if err != nil {
		return Member{}, "", err
	}
	m = Member{
		Tenant: tenant, ID: s.IDs.New(), Login: d.Login, Name: d.Name, Unit: d.Unit, Roles: d.Roles,
		Active: true, Demo: d.Demo, Created: s.Clock.Now(),
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		free, err := s.store.add(ctx, tx, m)
		if err != nil {
			return err
		}
		if !free {
			return invalid(Problem{"login", "staff.problem.taken"})
		}
		if err := s.Credentials.Reset(ctx, tx, tenant, m.ID, hash); err != nil {
			return err
		}
		return s.record(ctx, tx, m, actor, "staff.add")
	})
	if err != nil {
		return Member{}, "", err
	}
	return m, password, nil
}

// Change gives a member another name, unit and roles; d.Login and d.Demo are
// not looked at. Errors are those of Add, and fail.Conflict where the tenant
// would lose its last admin.
func (s *Service) Change(ctx context.Context, tenant, actor, member string, d Details) error {
	return s.change(ctx, tenant, actor, member, "staff.change", func(m Member) (Member, error) {
		d.Login = m.Login
		d, problems := Check(d)
		if len(problems) > 0 {
			return m, invalid(problems...)
		}
		return m.apply(d, m.Active), nil
	})
}

// SetActive lets a member sign in, or not any longer; their sessions end.
// fail.Conflict where the tenant would lose its last admin.
func (s *Service) SetActive(ctx context.Context, tenant, actor, member string, active bool) error {
	action := "staff.deactivate"
	if active {
		action = "staff.activate"
	}
	return s.change(ctx, tenant, actor, member, action, func(m Member) (Member, error) {
		return m.apply(Details{Name: m.Name, Unit: m.Unit, Roles: m.Roles}, active), nil
	})
}

func (s *Service) change(ctx context.Context, tenant, actor, member, action string, decide func(Member) (Member, error)) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.store.lock(ctx, tx, tenant); err != nil {
			return err
		}
		members, err := s.store.List(ctx, tx, tenant)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(members, func(m Member) bool { return m.ID == member })
		if i < 0 {
			return fail.Newf(fail.NotFound, "no such member")
		}
		m, err := decide(members[i])
		if err != nil {
			return err
		}
		if lastAdmin(members, m) {
			return fail.New(fail.Conflict, "staff.problem.lastadmin", errors.New("last admin of the tenant"))
		}
		if err := s.store.update(ctx, tx, m); err != nil {
			return err
		}
		return s.record(ctx, tx, m, actor, action)
	})
}

// ResetAccess gives a member a new initial password in place of password,
// second factor and recovery codes, and ends their sessions.
func (s *Service) ResetAccess(ctx context.Context, tenant, actor, member string) (m Member, password string, err error) {
	if m, err = s.store.Get(ctx, s.DB.Read(), tenant, member); err != nil {
		return Member{}, "", err
	}
	password, hash, err := s.Credentials.Initial(ctx)
	if err != nil {
		return Member{}, "", err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.Credentials.Reset(ctx, tx, tenant, member, hash); err != nil {
			return err
		}
		return s.record(ctx, tx, m, actor, "staff.reset-access")
	})
	if err != nil {
		return Member{}, "", err
	}
	return m, password, nil
}

func (s *Service) record(ctx context.Context, tx db.Querier, m Member, actor, action string) error {
	return s.Record(ctx, tx, Event{Tenant: m.Tenant, Subject: m.ID, Actor: actor, Action: action, At: s.Clock.Now()})
}

// Directory answers who the members are, for lists of colleagues and for
// names beside what somebody did.
type Directory struct {
	DB    *db.DB
	store Store
}

// Member is the member with the given id, active or not; fail.NotFound when
// the tenant has none.
func (d Directory) Member(ctx context.Context, tenant, id string) (Member, error) {
	return d.store.Get(ctx, d.DB.Read(), tenant, id)
}

// Assignable lists whom a case can be given to: active clerks and leads of
// the unit (of all units for ""), by name.
func (d Directory) Assignable(ctx context.Context, tenant, unit string) ([]Member, error) {
	members, err := d.store.List(ctx, d.DB.Read(), tenant)
	return slices.DeleteFunc(members, func(m Member) bool {
		return !m.Active || !m.Has(Clerk, Lead) || unit != "" && m.Unit != unit
	}), err
}

// Names gives the name of each member, active or not, by id.
func (d Directory) Names(ctx context.Context, tenant string) (map[string]string, error) {
	members, err := d.store.List(ctx, d.DB.Read(), tenant)
	names := make(map[string]string, len(members))
	for _, m := range members {
		names[m.ID] = m.Name
	}
	return names, err
}
