package login

import (
	"context"
	"embed"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "login", FS: migrations} }

// store is the room's SQL.
type store struct{}

// credential is a row of login_credentials.
type credential struct {
	Tenant, Member string
	Password       string // PHC string
	Initial        bool   // has to be changed at the next sign-in
	Expires        time.Time
	Secret         []byte // wrapped; nil while there is none
	Step           int64
	Enrolled       bool
}

func (store) credential(ctx context.Context, q db.Querier, tenant, member string) (credential, error) {
	c := credential{Tenant: tenant, Member: member}
	var expires int64
	err := q.QueryRow(ctx, `SELECT password, initial, expires_at, totp_secret, totp_step, enrolled
		FROM login_credentials WHERE tenant = $1 AND member_id = $2`, tenant, member).
		Scan(&c.Password, &c.Initial, &expires, &c.Secret, &c.Step, &c.Enrolled)
	c.Expires = clock.FromMicros(expires)
	return c, db.NotFound(err)
}

// reset puts an initial password in place of everything a member had.
func (s store) reset(ctx context.Context, tx db.Querier, tenant, member, hash string, expires time.Time) error {
	if err := s.exec(ctx, tx, `INSERT INTO login_credentials (tenant, member_id, password, initial, expires_at, totp_secret, totp_step, enrolled)
		VALUES ($1, $2, $3, TRUE, $4, NULL, 0, FALSE)
		ON CONFLICT (tenant, member_id) DO UPDATE SET password = $3, initial = TRUE, expires_at = $4, totp_secret = NULL, enrolled = FALSE`,
		tenant, member, hash, clock.Micros(expires)); err != nil {
		return err
	}
	if err := s.setRecovery(ctx, tx, tenant, member, nil); err != nil {
		return err
	}
	return s.endSessions(ctx, tx, tenant, member, "")
}

// setPassword makes hash the member's own password where old is still the
// stored one; false when somebody was faster.
func (s store) setPassword(ctx context.Context, tx db.Querier, tenant, member, old, hash string) (bool, error) {
	return s.one(ctx, tx, `UPDATE login_credentials SET password = $4, initial = FALSE, expires_at = 0
		WHERE tenant = $1 AND member_id = $2 AND password = $3`, tenant, member, old, hash)
}

// offerSecret stores the secret that is shown for setting up.
func (s store) offerSecret(ctx context.Context, tx db.Querier, tenant, member string, secret []byte) (bool, error) {
	return s.one(ctx, tx, `UPDATE login_credentials SET totp_secret = $3
		WHERE tenant = $1 AND member_id = $2 AND enrolled = FALSE`, tenant, member, secret)
}

// enrol confirms the offered secret by the time step of its first code; false
// when another was offered meanwhile.
func (s store) enrol(ctx context.Context, tx db.Querier, tenant, member string, secret []byte, step int64) (bool, error) {
	return s.one(ctx, tx, `UPDATE login_credentials SET enrolled = TRUE, totp_step = $4
		WHERE tenant = $1 AND member_id = $2 AND totp_secret = $3 AND enrolled = FALSE AND initial = FALSE`, tenant, member, secret, step)
}

// useStep accepts the code of a time step; false when that or a newer one
// was accepted before.
func (s store) useStep(ctx context.Context, tx db.Querier, tenant, member string, step int64) (bool, error) {
	return s.one(ctx, tx, `UPDATE login_credentials SET totp_step = $3
		WHERE tenant = $1 AND member_id = $2 AND enrolled = TRUE AND totp_step < $3`, tenant, member, step)
}

// rewrap puts the secret, wrapped anew, in place of what it was.
func (s store) rewrap(ctx context.Context, tx db.Querier, tenant, member string, old, secret []byte) (bool, error) {
	return s.one(ctx, tx, `UPDATE login_credentials SET totp_secret = $4
		WHERE tenant = $1 AND member_id = $2 AND totp_secret = $3`, tenant, member, old, secret)
}

// secrets lists all wrapped secrets.
func (store) secrets(ctx context.Context, q db.Querier) ([]credential, error) {
	rows, err := q.Query(ctx, `-- cross-tenant: the operator rotates the master key
		SELECT tenant, member_id, totp_secret FROM login_credentials WHERE totp_secret IS NOT NULL`)
	if err != nil {
		return nil, db.NotFound(err)
	}
	defer rows.Close()
	var out []credential
	for rows.Next() {
		var c credential
		if err := rows.Scan(&c.Tenant, &c.Member, &c.Secret); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, db.NotFound(rows.Err())
}

// setRecovery puts the given recovery codes in place of all the member has.
func (s store) setRecovery(ctx context.Context, tx db.Querier, tenant, member string, hashes []string) error {
	err := s.exec(ctx, tx, `DELETE FROM login_recovery WHERE tenant = $1 AND member_id = $2`, tenant, member)
	for _, h := range hashes {
		if err == nil {
			err = s.exec(ctx, tx, `INSERT INTO login_recovery (tenant, member_id, code_hash) VALUES ($1, $2, $3)`, tenant, member, h)
		}
	}
	return err
}

// useRecovery takes a recovery code; false when the member has none such.
func (s store) useRecovery(ctx context.Context, tx db.Querier, tenant, member, hash string) (bool, error) {
	return s.one(ctx, tx, `DELETE FROM login_recovery WHERE tenant = $1 AND member_id = $2 AND code_hash = $3`, tenant, member, hash)
}

func (store) recoveryLeft(ctx context.Context, q db.Querier, tenant, member string) (n int, err error) {
	err = q.QueryRow(ctx, `SELECT COUNT(*) FROM login_recovery WHERE tenant = $1 AND member_id = $2`, tenant, member).Scan(&n)
	return n, db.NotFound(err)
}

const sessionColumns = `tenant, token_hash, id, member_id, stage, stamp, return_to, device, created_at, seen_at`

func scanSession(row interface{ Scan(...any) error }) (session, error) {
	var s session
	var created, seen int64
	err := row.Scan(&s.Tenant, &s.TokenHash, &s.ID, &s.Member, &s.Stage, &s.Stamp, &s.ReturnTo, &s.Device, &created, &seen)
	s.Created, s.Seen = clock.FromMicros(created), clock.FromMicros(seen)
	return s, db.NotFound(err)
}

func (store) session(ctx context.Context, q db.Querier, tenant, tokenHash string) (session, error) {
	return scanSession(q.QueryRow(ctx, `SELECT `+sessionColumns+` FROM login_sessions WHERE tenant = $1 AND token_hash = $2`, tenant, tokenHash))
}

// sessions lists the member's sessions, the newest first.
func (store) sessions(ctx context.Context, q db.Querier, tenant, member string) ([]session, error) {
	rows, err := q.Query(ctx, `SELECT `+sessionColumns+` FROM login_sessions WHERE tenant = $1 AND member_id = $2 ORDER BY id DESC`, tenant, member)
	if err != nil {
		return nil, db.NotFound(err)
	}
	defer rows.Close()
	var out []session
	for rows.Next() {
		s, err := scanSession(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, db.NotFound(rows.Err())
}

func (s store) addSession(ctx context.Context, tx db.Querier, x session) error {
	return s.exec(ctx, tx, `INSERT INTO login_sessions (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		x.Tenant, x.TokenHash, x.ID, x.Member, string(x.Stage), x.Stamp, x.ReturnTo, x.Device, clock.Micros(x.Created), clock.Micros(x.Seen))
}

func (s store) touch(ctx context.Context, tx db.Querier, tenant, tokenHash string, now time.Time) error {
	return s.exec(ctx, tx, `UPDATE login_sessions SET seen_at = $3 WHERE tenant = $1 AND token_hash = $2`, tenant, tokenHash, clock.Micros(now))
}

// endSession ends the session with the given token; false when it had ended.
func (s store) endSession(ctx context.Context, tx db.Querier, tenant, tokenHash string) (bool, error) {
	return s.one(ctx, tx, `DELETE FROM login_sessions WHERE tenant = $1 AND token_hash = $2`, tenant, tokenHash)
}

// endByID ends a session that the member sees in their list.
func (s store) endByID(ctx context.Context, tx db.Querier, tenant, member, id string) error {
	return s.exec(ctx, tx, `DELETE FROM login_sessions WHERE tenant = $1 AND member_id = $2 AND id = $3`, tenant, member, id)
}

// endSessions ends all sessions of the member but the one with the given
// token ("" for none).
func (s store) endSessions(ctx context.Context, tx db.Querier, tenant, member, but string) error {
	return s.exec(ctx, tx, `DELETE FROM login_sessions WHERE tenant = $1 AND member_id = $2 AND token_hash <> $3`, tenant, member, but)
}

// sweep deletes the tenant's sessions that are dead by age alone.
func (s store) sweep(ctx context.Context, tx db.Querier, tenant string, now time.Time) error {
	return s.exec(ctx, tx, `DELETE FROM login_sessions WHERE tenant = $1 AND (created_at <= $2 OR seen_at <= $3)`,
		tenant, clock.Micros(now.Add(-longest)), clock.Micros(now.Add(-idle)))
}

func (store) exec(ctx context.Context, tx db.Querier, query string, args ...any) error {
	_, err := tx.Exec(ctx, query, args...)
	return err
}

// one runs a statement and tells whether it met a row.
func (store) one(ctx context.Context, tx db.Querier, query string, args ...any) (bool, error) {
	res, err := tx.Exec(ctx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}
