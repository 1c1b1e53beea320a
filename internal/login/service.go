package login

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/id"
	"leitportal/internal/seal"
	"leitportal/internal/staff"
	"leitportal/internal/web"
)

// Master wraps what the portal must keep readable to itself; seal.Master is
// one.
type Master interface {
	Wrap(purpose string, plain []byte) ([]byte, error)
	Unwrap(purpose string, sealed []byte) ([]byte, error)
	// Rewrap wraps anew what an older key has wrapped; false when the newest
	// key has.
	Rewrap(purpose string, sealed []byte) ([]byte, bool, error)
}

// Config is what a Service needs; all but Hashes must be given.
type Config struct {
	DB     *db.DB
	Clock  clock.Clock
	IDs    *id.Source
	Rand   io.Reader
	Master Master
	Record staff.Recorder
	// Hashes is how many passwords are checked at once, 19 MiB each; 0 is 1.
	Hashes int
}

// Service signs staff in. It is safe for concurrent use.
type Service struct {
	Config
	hasher  *hasher
	store   store
	members staff.Store
	// Failures: of passwords by client and by account, of codes by account.
	clients, accounts, codes *web.Guesses
}

var _ staff.Credentials = (*Service)(nil)

// New returns a service.
func New(c Config) *Service {
	return &Service{
		Config:   c,
		hasher:   newHasher(c.Rand, seal.UsualCost(), max(c.Hashes, 1)),
		clients:  web.NewGuesses(c.Clock, 50, 15*time.Minute), // an office shares an address
		accounts: web.NewGuesses(c.Clock, 10, 15*time.Minute),
		codes:    web.NewGuesses(c.Clock, 10, time.Hour), // 3 of 1,000,000 codes fit at a time
	}
}

// Errors a person can mend.
var (
	errWrong     = fail.New(fail.Invalid, "login.problem.wrong", errors.New("login or password wrong"))
	errWrongCode = fail.New(fail.Invalid, "login.problem.code", errors.New("code wrong or used"))
)

func errSignIn() error { return fail.Newf(fail.SignIn, "no session") }

// cookie carries the session; one per tenant, since tenants share a host.
func cookie(tenant string) string { return "amt-" + tenant }

// visit is a live session and whose it is.
type visit struct {
	session
	member staff.Member
}

// visit finds the live session of a request, whatever its stage, by two
// look-ups; fail.SignIn when there is none.
func (s *Service) visit(r *http.Request) (visit, error) {
	ctx := r.Context()
	tenant := web.SiteOf(ctx).Tenant
	hash, ok := tokenHash(web.Cookie(r, cookie(tenant)))
	if !ok {
		return visit{}, errSignIn()
	}
	x, err := s.store.session(ctx, s.DB.Read(), tenant, hash)
	if err == nil && !x.alive(s.Clock.Now()) {
		return visit{}, errSignIn()
	}
	var m staff.Member
	if err == nil {
		m, err = s.members.Get(ctx, s.DB.Read(), tenant, x.Member)
	}
	switch {
	case fail.Is(err, fail.NotFound):
		return visit{}, errSignIn()
	case err != nil:
		return visit{}, err
	case !m.Active || m.Stamp != x.Stamp:
		return visit{}, errSignIn()
	}
	return visit{x, m}, nil
}

// Authenticate tells who is signed in at the desk that r has arrived at; nil,
// nil for nobody. It is web.Config's function of that name. It reads session
// and member, and at most once a minute notes that the session is in use.
func (s *Service) Authenticate(r *http.Request) (*web.Principal, error) {
	x, err := s.visit(r)
	if fail.Is(err, fail.SignIn) || err == nil && x.Stage != stageFull {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if now := s.Clock.Now(); now.Sub(x.Seen) >= touchAfter {
		if err := s.DB.Write(r.Context(), func(ctx context.Context, tx db.Querier) error {
			return s.store.touch(ctx, tx, x.Tenant, x.TokenHash, now)
		}); err != nil {
			return nil, err
		}
	}
	return &web.Principal{ID: x.member.ID, Tenant: x.member.Tenant, Name: x.member.Name, Roles: x.member.Roles}, nil
}

// checkPassword finds the member whose login name and password these are.
// Every failure of the caller's is errWrong, after one hash. limit names the
// counters of an account (by the member's id, "" when unknown).
func (s *Service) checkPassword(ctx context.Context, tenant, login, password string, limit func(member string) []counter) (staff.Member, credential, error) {
	m, err := s.members.ByLogin(ctx, s.DB.Read(), tenant, login)
	if err != nil && !fail.Is(err, fail.NotFound) {
		return m, credential{}, err
	}
	c, err := s.store.credential(ctx, s.DB.Read(), tenant, m.ID)
	if err != nil && !fail.Is(err, fail.NotFound) {
		return m, credential{}, err
	}
	if err := s.hasher.Enter(ctx); err != nil {
		return m, c, err
	}
	defer s.hasher.Leave()
	counters := limit(m.ID)
	for _, k := range counters { // inside the slot: as many may slip through as there are slots
		if err := k.g.Allow(k.key); err != nil {
			return m, c, err
		}
	}
	ok, stale, err := s.hasher.check(c.Password, password)
	if err != nil {
		return m, c, err
	}
	if !ok || !m.Active || c.Initial && !s.Clock.Now().Before(c.Expires) {
		for _, k := range counters {
			k.g.Fail(k.key)
		}
		return m, c, errWrong
	}
	for _, k := range counters {
		if k.g != s.clients { // else one good login would free its client to guess at others
			k.g.Forget(k.key)
		}
	}
	if stale && !c.Initial {
		fresh, err := s.hasher.hash(password)
		if err != nil {
			return m, c, err
		}
		if err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			_, err := s.store.setPassword(ctx, tx, tenant, m.ID, c.Password, fresh)
			return err
		}); err != nil {
			return m, c, err
		}
		c.Password = fresh
	}
	return m, c, nil
}

// counter counts failures under a key.
type counter struct {
	g   *web.Guesses
	key string
}

// limits are the counters of a sign-in with a login name.
func (s *Service) limits(r *http.Request, tenant, login string) func(member string) []counter {
	return func(member string) []counter {
		if device := s.knownDevice(r, tenant, member); device != "" {
			return []counter{{s.accounts, device}}
		}
		return []counter{{s.clients, web.ClientKey(r.Context())}, {s.accounts, tenant + "/" + login}}
	}
}

// A device on which a member has signed in carries a cookie that says so
// (OWASP, "Slow down online guessing attacks with device cookies"). It opens
// nothing; it only counts failures apart from those of strangers.
const (
	devicePurpose = "login.device"
	deviceFor     = 180 * 24 * time.Hour
)

func deviceCookie(tenant string) string { return "amt-geraet-" + tenant }

// knownDevice is the counter key of the device, "" where member has not
// signed in on it.
func (s *Service) knownDevice(r *http.Request, tenant, member string) string {
	value := web.Cookie(r, deviceCookie(tenant))
	if value == "" || len(value) > 512 || member == "" {
		return ""
	}
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return ""
	}
	plain, err := s.Master.Unwrap(devicePurpose, sealed)
	if err != nil {
		return ""
	}
	part := strings.Split(string(plain), "\n") // tenant, member, id of the device, until
	if len(part) != 4 || part[0] != tenant || part[1] != member {
		return ""
	}
	until, err := strconv.ParseInt(part[3], 10, 64)
	if err != nil || !s.Clock.Now().Before(clock.FromMicros(until)) {
		return ""
	}
	return "device/" + part[2]
}

func (s *Service) rememberDevice(w http.ResponseWriter, r *http.Request, m staff.Member) error {
	until := strconv.FormatInt(clock.Micros(s.Clock.Now().Add(deviceFor)), 10)
	sealed, err := s.Master.Wrap(devicePurpose, []byte(strings.Join([]string{m.Tenant, m.ID, s.IDs.New(), until}, "\n")))
	if err != nil {
		return err
	}
	web.SetCookie(w, r, deviceCookie(m.Tenant), base64.RawURLEncoding.EncodeToString(sealed), deviceFor)
	return nil
}

// newSession is a session of m that begins now, and its token.
func (s *Service) newSession(r *http.Request, m staff.Member, to stage, returnTo string) (session, string, error) {
	token, err := newToken(s.Rand)
	if err != nil {
		return session{}, "", err
	}
	hash, _ := tokenHash(token)
	now := s.Clock.Now()
	return session{
		Tenant: m.Tenant, TokenHash: hash, ID: s.IDs.New(), Member: m.ID, Stage: to, Stamp: m.Stamp,
		ReturnTo: returnTo, Device: deviceName(r.UserAgent()), Created: now, Seen: now,
	}, token, nil
}

// begin opens the pending session after the password was right. Whatever
// session the browser had at this tenant ends.
func (s *Service) begin(w http.ResponseWriter, r *http.Request, m staff.Member, c credential, returnTo string) (stage, error) {
	to := next(c)
	secret, err := s.offer(to, m)
	if err != nil {
		return "", err
	}
	x, token, err := s.newSession(r, m, to, returnTo)
	if err != nil {
		return "", err
	}
	old, _ := tokenHash(web.Cookie(r, cookie(m.Tenant)))
	err = s.DB.Write(r.Context(), func(ctx context.Context, tx db.Querier) error {
		if err := s.store.sweep(ctx, tx, m.Tenant, x.Created); err != nil {
			return err
		}
		if _, err := s.store.endSession(ctx, tx, m.Tenant, old); err != nil {
			return err
		}
		if secret != nil {
			if _, err := s.store.offerSecret(ctx, tx, m.Tenant, m.ID, secret); err != nil {
				return err
			}
		}
		return s.store.addSession(ctx, tx, x)
	})
	if err == nil {
		web.SetCookie(w, r, cookie(m.Tenant), token, 0)
	}
	return to, err
}

// offer makes the wrapped secret that the stage to will show, nil for others.
func (s *Service) offer(to stage, m staff.Member) ([]byte, error) {
	if to != stageEnrol {
		return nil, nil
	}
	return s.newSecret(m)
}

func (s *Service) newSecret(m staff.Member) ([]byte, error) {
	secret := make([]byte, secretSize)
	if _, err := io.ReadFull(s.Rand, secret); err != nil {
		return nil, fmt.Errorf("login: secret: %w", err)
	}
	return s.Master.Wrap(secretPurpose(m.Tenant, m.ID), secret)
}

func secretPurpose(tenant, member string) string { return "login.totp/" + tenant + "/" + member }

// advance puts a session of another stage, with a fresh token, in place of
// x, together with what change does. When x was used up meanwhile, or change
// fails, nothing has happened. A session that becomes full is put on record
// as action.
func (s *Service) advance(w http.ResponseWriter, r *http.Request, x visit, to stage, action string, change func(ctx context.Context, tx db.Querier) error) error {
	fresh, token, err := s.newSession(r, x.member, to, x.ReturnTo)
	if err != nil {
		return err
	}
	fresh.Stamp = x.Stamp
	if x.Stage == stageFull { // a new token, not a new day
		fresh.Created = x.Created
	}
	err = s.DB.Write(r.Context(), func(ctx context.Context, tx db.Querier) error {
		live, err := s.store.endSession(ctx, tx, x.Tenant, x.TokenHash)
		if err != nil {
			return err
		}
		if !live {
			return errSignIn()
		}
		if err := change(ctx, tx); err != nil {
			return err
		}
		if err := s.store.addSession(ctx, tx, fresh); err != nil {
			return err
		}
		return s.record(ctx, tx, x.member, action)
	})
	if err == nil {
		web.SetCookie(w, r, cookie(x.Tenant), token, 0)
	}
	return err
}

func (s *Service) record(ctx context.Context, tx db.Querier, m staff.Member, action string) error {
	return s.Record(ctx, tx, staff.Event{Tenant: m.Tenant, Subject: m.ID, Actor: m.ID, Action: action, At: s.Clock.Now()})
}

// must turns a change that met no row into err.
func must(ok bool, err, otherwise error) error {
	if err == nil && !ok {
		return otherwise
	}
	return err
}

// secondFactor is what a typed code stands for: a change that uses it up, or
// errWrongCode.
func (s *Service) secondFactor(c credential, typed string) (use func(ctx context.Context, tx db.Querier) error, recovery bool, err error) {
	code, spare := given(typed)
	if spare != "" {
		return func(ctx context.Context, tx db.Querier) error {
			ok, err := s.store.useRecovery(ctx, tx, c.Tenant, c.Member, recoveryHash(c.Member, spare))
			return must(ok, err, errWrongCode)
		}, true, nil
	}
	step, err := s.step(c, code)
	if err != nil {
		return nil, false, err
	}
	return func(ctx context.Context, tx db.Querier) error {
		ok, err := s.store.useStep(ctx, tx, c.Tenant, c.Member, step)
		return must(ok, err, errWrongCode)
	}, false, nil
}

// step is the time step whose code was typed, else errWrongCode.
func (s *Service) step(c credential, code string) (int64, error) {
	secret, err := s.Master.Unwrap(secretPurpose(c.Tenant, c.Member), c.Secret)
	if err != nil {
		return 0, err
	}
	step, ok, err := matchCode(secret, code, s.Clock.Now())
	return step, must(ok, err, errWrongCode)
}

// initialFor is how long an initial password is valid.
const initialFor = 7 * 24 * time.Hour

// Initial implements staff.Credentials.
func (s *Service) Initial(ctx context.Context) (password, hash string, err error) {
	if password, err = newCode(s.Rand); err != nil {
		return "", "", err
	}
	if err := s.hasher.Enter(ctx); err != nil {
		return "", "", err
	}
	defer s.hasher.Leave()
	hash, err = s.hasher.hash(password)
	return password, hash, err
}

// Reset implements staff.Credentials.
func (s *Service) Reset(ctx context.Context, tx db.Querier, tenant, member, hash string) error {
	return s.store.reset(ctx, tx, tenant, member, hash, s.Clock.Now().Add(initialFor))
}

// Rewrap wraps the secrets of all tenants with the newest master key, after
// that was rotated, and tells how many it has changed. It may be run again.
func (s *Service) Rewrap(ctx context.Context) (n int, err error) {
	all, err := s.store.secrets(ctx, s.DB.Read())
	for _, c := range all {
		if err != nil {
			break
		}
		fresh, changed, rewrapErr := s.Master.Rewrap(secretPurpose(c.Tenant, c.Member), c.Secret)
		if rewrapErr != nil {
			return n, rewrapErr
		}
		if !changed {
			continue
		}
		err = s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			_, err := s.store.rewrap(ctx, tx, c.Tenant, c.Member, c.Secret, fresh)
			return err
		})
		n++
	}
	return n, err
}
