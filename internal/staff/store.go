package staff

import (
	"context"
	"embed"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "staff", FS: migrations} }

// Store is the room's SQL. Its zero value is ready.
type Store struct{}

// Get is the member with the given id, active or not; fail.NotFound when the
// tenant has none.
func (Store) Get(ctx context.Context, q db.Querier, tenant, id string) (Member, error) {
	return scan(q.QueryRow(ctx, `SELECT tenant, id, login, name, unit, roles, active, demo, stamp, created_at
		FROM staff_members WHERE tenant = $1 AND id = $2`, tenant, id))
}

// ByLogin is the member with the given login name (see NormalLogin), active
// or not; fail.NotFound when the tenant has none.
func (Store) ByLogin(ctx context.Context, q db.Querier, tenant, login string) (Member, error) {
	return scan(q.QueryRow(ctx, `SELECT tenant, id, login, name, unit, roles, active, demo, stamp, created_at
		FROM staff_members WHERE tenant = $1 AND login = $2`, tenant, login))
}

// List is all members of the tenant, active or not, by name.
func (Store) List(ctx context.Context, q db.Querier, tenant string) ([]Member, error) {
	rows, err := q.Query(ctx, `SELECT tenant, id, login, name, unit, roles, active, demo, stamp, created_at
		FROM staff_members WHERE tenant = $1 ORDER BY name, id`, tenant)
	if err != nil {
		return nil, db.NotFound(err)
	}
	defer rows.Close()
	var out []Member
	for rows.Next() {
		m, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, db.NotFound(rows.Err())
}

// add inserts m and tells whether its login name was free.
func (Store) add(ctx context.Context, tx db.Querier, m Member) (bool, error) {
	res, err := tx.Exec(ctx, `INSERT INTO staff_members (tenant, id, login, name, unit, roles, active, demo, stamp, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant, login) DO NOTHING`,
		m.Tenant, m.ID, m.Login, m.Name, m.Unit, strings.Join(m.Roles, " "), m.Active, m.Demo, m.Stamp, clock.Micros(m.Created))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

func (Store) update(ctx context.Context, tx db.Querier, m Member) error {
	_, err := tx.Exec(ctx, `UPDATE staff_members SET name = $3, unit = $4, roles = $5, active = $6, stamp = $7
		WHERE tenant = $1 AND id = $2`, m.Tenant, m.ID, m.Name, m.Unit, strings.Join(m.Roles, " "), m.Active, m.Stamp)
	return err
}

// lock makes changes to the members of one tenant come one after another:
// writing a row without changing it locks it on PostgreSQL until the commit.
func (Store) lock(ctx context.Context, tx db.Querier, tenant string) error {
	_, err := tx.Exec(ctx, `UPDATE staff_members SET stamp = stamp WHERE tenant = $1`, tenant)
	return err
}

func scan(row interface{ Scan(...any) error }) (Member, error) {
	var m Member
	var roles string
	var created int64
	err := row.Scan(&m.Tenant, &m.ID, &m.Login, &m.Name, &m.Unit, &roles, &m.Active, &m.Demo, &m.Stamp, &created)
	m.Roles, m.Created = strings.Fields(roles), clock.FromMicros(created)
	return m, db.NotFound(err)
}
