package delivery

import (
	"context"
	"crypto/rsa"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/id"
	"leitportal/internal/job"
	"leitportal/internal/seal"
	"leitportal/internal/submission"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "delivery", FS: migrations} }

// Kinds of the room's jobs.
const (
	JobKey      = "delivery.key"      // makes a tenant's office key; much computing
	JobHandOver = "delivery.handover" // hands a revision over; opening it is much computing
	JobWithdraw = "delivery.withdraw" // tells the receiver of a withdrawal
)

// Subscriber is a receiver of submissions. Its methods are idempotent.
type Subscriber interface {
	// Receive takes a revision over. It returns nil when it has opened it with
	// the office key, validated and stored it: that is the acknowledgement.
	Receive(ctx context.Context, s submission.Sealed) error
	// Withdrawn hears that the applicant has withdrawn a submission.
	Withdrawn(ctx context.Context, tenant, submissionID string) error
}

// Config is what the room needs.
type Config struct {
	DB     *db.DB
	Clock  clock.Clock
	IDs    *id.Source
	Rand   io.Reader
	Master *seal.Master
}

// Service hands over and keeps the office keys. It implements
// submission.Offices and submission.Delivery.
type Service struct {
	Config
	store       store
	submissions submission.Store

	mu   sync.Mutex
	open map[string]*rsa.PrivateKey // by tenant and kid; bounded

	current sync.Map // tenant → current
	made    atomic.Uint64
}

// current is a tenant's current key, as it was read under a mark of the
// database (db.DB.Alone) when this process had made so many keys.
type current struct {
	mark, made uint64
	kid        string
	key        *rsa.PublicKey
}

// New returns the room's service.
func New(c Config) *Service { return &Service{Config: c, open: map[string]*rsa.PrivateKey{}} }

// Handlers are the room's jobs, for the one built-in subscriber.
func (s *Service) Handlers(to Subscriber) map[string]job.Handler {
	return map[string]job.Handler{
		JobKey:      s.makeKey,
		JobHandOver: func(ctx context.Context, j job.Job) error { return s.handOver(ctx, j, to) },
		JobWithdraw: func(ctx context.Context, j job.Job) error { return to.Withdrawn(ctx, j.Tenant, string(j.Payload)) },
	}
}

// Prepare sees to it, in the caller's transaction, that the tenant's office
// will have a key.
func (s *Service) Prepare(ctx context.Context, tx db.Querier, tenant string) error {
	_, err := s.store.currentKey(ctx, tx, tenant)
	if !fail.Is(err, fail.NotFound) {
		return err
	}
	return job.Enqueue(ctx, tx, job.New{Kind: JobKey, Tenant: tenant, NotBefore: s.Clock.Now(), Unique: "first"})
}

// Key is the key that submissions to the tenant's office are sealed to;
// fail.Unavailable while it is being made.
func (s *Service) Key(ctx context.Context, q db.Querier, tenant string) (string, *rsa.PublicKey, error) {
	mark, alone := s.DB.Alone()
	now := current{mark: mark, made: s.made.Load()}
	if c, ok := s.current.Load(tenant); ok && alone {
		if c := c.(current); c.mark == now.mark && c.made == now.made {
			return c.kid, c.key, nil
		}
	}
	k, err := s.store.currentKey(ctx, q, tenant)
	if fail.Is(err, fail.NotFound) {
		return "", nil, fail.Newf(fail.Unavailable, "delivery: the office has no key yet")
	}
	if err != nil {
		return "", nil, err
	}
	now.kid = k.kid
	if now.key, err = seal.ParsePublicJWK(k.public); err == nil && alone {
		s.current.Store(tenant, now)
	}
	return now.kid, now.key, err
}

func (s *Service) makeKey(ctx context.Context, j job.Job) error {
	if _, err := s.store.currentKey(ctx, s.DB.Read(), j.Tenant); !fail.Is(err, fail.NotFound) {
		return err
	}
	return s.RotateKey(ctx, j.Tenant)
}

// RotateKey makes a new key for the tenant's office (RSA, 4096 bits: takes
// seconds). Submissions are sealed to it from now on; the older keys stay to
// open what was sealed to them.
func (s *Service) RotateKey(ctx context.Context, tenant string) error {
	key, err := seal.NewOfficeKey(s.Rand)
	if err != nil {
		return err
	}
	private, err := seal.PrivateJWK(key)
	if err != nil {
		return err
	}
	k := keyRow{tenant: tenant, kid: seal.Kid(&key.PublicKey), public: seal.PublicJWK(&key.PublicKey)}
	if k.private, err = s.Master.Wrap(purpose(tenant, k.kid), private); err != nil {
		return err
	}
	defer s.made.Add(1)
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		return s.store.insertCurrent(ctx, tx, k, s.Clock.Now())
	})
}

// Rewrap wraps all office keys anew, after the master key was rotated, and
// answers how many.
func (s *Service) Rewrap(ctx context.Context) (int, error) {
	n := 0
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		n = 0
		keys, err := s.store.allKeys(ctx, tx)
		if err != nil {
			return err
		}
		for _, k := range keys {
			wrapped, changed, err := s.Master.Rewrap(purpose(k.tenant, k.kid), k.private)
			if err != nil {
				return fmt.Errorf("delivery: key %s of %s: %w", k.kid, k.tenant, err)
			}
			if !changed {
				continue
			}
			k.private = wrapped
			if err := s.store.setPrivate(ctx, tx, k); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

func purpose(tenant, kid string) string { return "office key " + tenant + " " + kid }

// mostOpenKeys bounds the private keys held ready in memory.
const mostOpenKeys = 64

// Open opens what was sealed to a key of the tenant's office. It fails with
// fail.NotFound when the tenant has no such key, and with fail.Invalid when
// the key does not open it.
func (s *Service) Open(ctx context.Context, tenant, kid string, jwe []byte) ([]byte, error) {
	key, err := s.privateKey(ctx, tenant, kid)
	if err != nil {
		return nil, err
	}
	plain, err := seal.DecryptJWE(key, jwe)
	if err != nil {
		return nil, fail.New(fail.Invalid, "", err)
	}
	return plain, nil
}

func (s *Service) privateKey(ctx context.Context, tenant, kid string) (*rsa.PrivateKey, error) {
	name := tenant + " " + kid
	s.mu.Lock()
	key, ok := s.open[name]
	s.mu.Unlock()
	if ok {
		return key, nil
	}
	k, err := s.store.key(ctx, s.DB.Read(), tenant, kid)
	if err != nil {
		return nil, err
	}
	private, err := s.Master.Unwrap(purpose(tenant, kid), k.private)
	if err != nil {
		return nil, err
	}
	if key, err = seal.ParsePrivateJWK(private); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.open {
		if len(s.open) < mostOpenKeys {
			break
		}
		delete(s.open, other)
	}
	s.open[name] = key
	return key, nil
}

type handover struct {
	Submission string `json:"submission"`
	Revision   int    `json:"revision"`
	Test       bool   `json:"test,omitempty"`
}

// Enqueue starts the hand-over of a revision, in the transaction that stores
// it. One of a test is measured nowhere.
func (s *Service) Enqueue(ctx context.Context, tx db.Querier, tenant, submissionID string, revision int, test bool) error {
	now := s.Clock.Now()
	if err := s.store.queue(ctx, tx, tenant, submissionID, revision, test, now); err != nil {
		return err
	}
	payload, err := json.Marshal(handover{submissionID, revision, test})
	if err != nil {
		return err
	}
	return job.Enqueue(ctx, tx, job.New{Kind: JobHandOver, Tenant: tenant, Payload: payload, NotBefore: now})
}

// Withdrawn tells the office, in the caller's transaction, that the applicant
// has withdrawn.
func (s *Service) Withdrawn(ctx context.Context, tx db.Querier, tenant, submissionID string) error {
	return job.Enqueue(ctx, tx, job.New{Kind: JobWithdraw, Tenant: tenant, Payload: []byte(submissionID), NotBefore: s.Clock.Now(), Unique: submissionID})
}

// helpAfter is the attempt after which the applicant sees that the hand-over
// is late; it goes on being tried.
const helpAfter = 6

func (s *Service) handOver(ctx context.Context, j job.Job, to Subscriber) error {
	var h handover
	if err := json.Unmarshal(j.Payload, &h); err != nil {
		return job.Permanent(fmt.Errorf("delivery: hand-over: %w", err))
	}
	sealed, err := s.submissions.Revision(ctx, s.DB.Read(), j.Tenant, h.Submission, h.Revision)
	if fail.Is(err, fail.NotFound) && h.Test { // erased meanwhile
		return nil
	}
	if fail.Is(err, fail.NotFound) {
		return job.Permanent(err)
	}
	if err != nil {
		return err
	}
	if err := s.note(ctx, sealed, submission.HandedOver, s.store.handedOver); err != nil {
		return err
	}
	if err := to.Receive(ctx, sealed); err != nil {
		if j.Attempt >= helpAfter && sealed.Revision == 1 {
			if late := s.late(ctx, j.Tenant, h.Submission); late != nil {
				err = errors.Join(err, late)
			}
		}
		return err
	}
	return s.note(ctx, sealed, submission.Acknowledged, s.store.acknowledged)
}

// late puts it on the applicant's timeline, once, that the hand-over needs
// help. A submission that is further on (withdrawn) stays that.
func (s *Service) late(ctx context.Context, tenant, submissionID string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		sub, err := s.submissions.Submission(ctx, tx, tenant, submissionID)
		if err != nil || sub.State != submission.Received && sub.State != submission.HandedOver {
			return err
		}
		return s.submissions.Advance(ctx, tx, tenant, submissionID, s.IDs.New(), submission.Failed, s.Clock.Now())
	})
}

// note records a step of the hand-over. The applicant's timeline shows those
// of the first revision; a correction has its own event, when it is sent.
func (s *Service) note(ctx context.Context, sealed submission.Sealed, kind submission.EventKind, step func(context.Context, db.Querier, string, string, int, time.Time) (bool, error)) error {
	now := s.Clock.Now()
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		isNews, err := step(ctx, tx, sealed.Tenant, sealed.Submission, sealed.Revision, now)
		if err != nil || !isNews || sealed.Revision > 1 {
			return err
		}
		return s.submissions.Advance(ctx, tx, sealed.Tenant, sealed.Submission, s.IDs.New(), kind, now)
	})
}

// Waiting is how many hand-overs are not acknowledged, and since when the
// oldest of them waits, for the operator's metrics. Tests do not count.
func (s *Service) Waiting(ctx context.Context) (n int, oldest time.Time, err error) {
	return s.store.oldestOpen(ctx, s.DB.Read())
}
