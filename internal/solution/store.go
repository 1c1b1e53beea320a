package solution

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "solution", FS: migrations} }

// Store is the room's SQL.
type Store struct{}

// revision counts the changes to all adoptions.
func (Store) revision(ctx context.Context, q db.Querier) (int64, error) {
	var n int64
	err := q.QueryRow(ctx, `SELECT revision FROM solution_revision WHERE id = $1`, int64(1)).Scan(&n)
	return n, db.NotFound(err)
}

func (Store) count(ctx context.Context, tx db.Querier) error {
	_, err := tx.Exec(ctx, `UPDATE solution_revision SET revision = revision + 1 WHERE id = $1`, int64(1))
	return err
}

// keep stores parameters that are not there yet.
func (Store) keep(ctx context.Context, tx db.Querier, p *Parameters) error {
	_, err := tx.Exec(ctx, `INSERT INTO solution_parameters (digest, file) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING`, p.digest, string(p.JSON()))
	return err
}

// parameters reads the parameters of a digest.
func (Store) parameters(ctx context.Context, q db.Querier, digest string) (*Parameters, error) {
	var file string
	if err := q.QueryRow(ctx, `SELECT file FROM solution_parameters WHERE digest = $1`, digest).Scan(&file); err != nil {
		return nil, db.NotFound(err)
	}
	return readStored([]byte(file), digest)
}

// begin makes an adoption; fail.Conflict when there is one.
func (Store) begin(ctx context.Context, tx db.Querier, a Adoption) error {
	res, err := tx.Exec(ctx, `INSERT INTO solution_adoptions (tenant, solution, state, version, parameters, begun, live, retired, rev)
		VALUES ($1, $2, $3, $4, '', $5, 0, '', 1) ON CONFLICT (tenant, solution) DO NOTHING`,
		a.Tenant, a.Solution, string(a.State), a.Version, clock.Micros(a.Begun))
	return changed(res, err, "solution: %s has adopted %s already", a.Tenant, a.Solution)
}

// change stores what of an adoption can change, if it is still at the revision
// seen; fail.Conflict when somebody was quicker.
func (Store) change(ctx context.Context, tx db.Querier, a Adoption, seen int64) error {
	digest := ""
	if a.Parameters != nil {
		digest = a.Parameters.digest
	}
	live := int64(0)
	if !a.Live.IsZero() {
		live = clock.Micros(a.Live)
	}
	res, err := tx.Exec(ctx, `UPDATE solution_adoptions SET state = $3, version = $4, parameters = $5, live = $6, retired = $7, rev = rev + 1
		WHERE tenant = $1 AND solution = $2 AND rev = $8`,
		a.Tenant, a.Solution, string(a.State), a.Version, digest, live, a.Retired.String(), seen)
	return changed(res, err, "solution: the adoption of %s by %s changed meanwhile", a.Solution, a.Tenant)
}

func changed(res interface{ RowsAffected() (int64, error) }, err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fail.New(fail.Conflict, "solution.conflict", fmt.Errorf(format, args...))
}

// drop takes an adoption away that was never released.
func (Store) drop(ctx context.Context, tx db.Querier, tenant, solution string, seen int64) error {
	res, err := tx.Exec(ctx, `DELETE FROM solution_adoptions WHERE tenant = $1 AND solution = $2 AND rev = $3 AND live = 0`, tenant, solution, seen)
	if err := changed(res, err, "solution: the adoption of %s by %s changed meanwhile", solution, tenant); err != nil {
		return err
	}
	for _, sql := range []string{
		`DELETE FROM solution_tasks WHERE tenant = $1 AND solution = $2`,
		`DELETE FROM solution_editions WHERE tenant = $1 AND solution = $2`,
	} {
		if _, err := tx.Exec(ctx, sql, tenant, solution); err != nil {
			return err
		}
	}
	return nil
}

// addEdition stores a new edition.
func (Store) addEdition(ctx context.Context, tx db.Querier, tenant, solution string, r Edition) error {
	_, err := tx.Exec(ctx, `INSERT INTO solution_editions (tenant, solution, n, version, parameters, from_day, restores, state, author, at, approver, approved)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tenant, solution, r.N, r.Version, r.Parameters.digest, r.From.String(), r.Restores, r.State, r.Author, clock.Micros(r.At), r.Approver, microsOrZero(r.Approved))
	return err
}

// setEdition stores the state of an edition.
func (Store) setEdition(ctx context.Context, tx db.Querier, tenant, solution string, r Edition) error {
	res, err := tx.Exec(ctx, `UPDATE solution_editions SET state = $4, approver = $5, approved = $6, from_day = $7 WHERE tenant = $1 AND solution = $2 AND n = $3`,
		tenant, solution, r.N, r.State, r.Approver, microsOrZero(r.Approved), r.From.String())
	return changed(res, err, "solution: edition %d is gone", r.N)
}

func microsOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return clock.Micros(t)
}

func timeOrZero(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return clock.FromMicros(us)
}

// stored is an adoption or edition as it lies in the database: parameters by
// their digest.
type stored struct {
	Adoption
	digest string
}

const adoptionColumns = `tenant, solution, state, version, parameters, begun, live, retired, rev`

func scanAdoption(row interface{ Scan(...any) error }) (stored, error) {
	var a stored
	var state, retired string
	var begun, live int64
	if err := row.Scan(&a.Tenant, &a.Solution, &state, &a.Version, &a.digest, &begun, &live, &retired, &a.Rev); err != nil {
		return a, db.NotFound(err)
	}
	a.State, a.Begun, a.Live = State(state), clock.FromMicros(begun), timeOrZero(live)
	return a, a.Retired.UnmarshalText([]byte(retired))
}

// adoption is one adoption, without its editions.
func (Store) adoption(ctx context.Context, q db.Querier, tenant, solution string) (stored, error) {
	return scanAdoption(q.QueryRow(ctx, `SELECT `+adoptionColumns+` FROM solution_adoptions WHERE tenant = $1 AND solution = $2`, tenant, solution))
}

// adoptionsOf lists the adoptions of a tenant, without their editions.
func (Store) adoptionsOf(ctx context.Context, q db.Querier, tenant string) ([]stored, error) {
	rows, err := q.Query(ctx, `SELECT `+adoptionColumns+` FROM solution_adoptions WHERE tenant = $1 ORDER BY solution`, tenant)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []stored
	for rows.Next() {
		a, err := scanAdoption(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// users counts, for each solution, who is live with it.
func (Store) users(ctx context.Context, q db.Querier) (map[string]int, error) {
	rows, err := q.Query(ctx, `SELECT solution, COUNT(*) FROM solution_adoptions WHERE state = 'live' GROUP BY solution -- cross-tenant: a catalogue tells how many use a solution`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		out[id] = int(n)
	}
	return out, rows.Err()
}

// eachRetired calls do with the solutions that tenants no longer take anything
// new for.
func (Store) eachRetired(ctx context.Context, q db.Querier, do func(tenant, solution string, from clock.Date)) error {
	rows, err := q.Query(ctx, `SELECT tenant, solution, retired FROM solution_adoptions WHERE retired <> '' -- cross-tenant: the catalogue holds all tenants`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var tenant, solution, day string
		var from clock.Date
		if err := rows.Scan(&tenant, &solution, &day); err != nil {
			return err
		}
		if err := from.UnmarshalText([]byte(day)); err != nil {
			return err
		}
		do(tenant, solution, from)
	}
	return rows.Err()
}

// row is an edition as the catalogue needs it.
type row struct {
	tenant, solution, version, digest string
	n                                 int64
	from                              clock.Date
}

// eachApproved calls do with all approved editions, by tenant, solution, day
// and number.
func (Store) eachApproved(ctx context.Context, q db.Querier, do func(row) error) error {
	rows, err := q.Query(ctx, `SELECT tenant, solution, n, version, parameters, from_day FROM solution_editions WHERE state = 'approved'
		ORDER BY tenant, solution, from_day, n -- cross-tenant: the catalogue holds all tenants`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		var day string
		if err := rows.Scan(&r.tenant, &r.solution, &r.n, &r.version, &r.digest, &day); err != nil {
			return err
		}
		if err := r.from.UnmarshalText([]byte(day)); err != nil {
			return err
		}
		r.tenant, r.solution, r.version, r.digest = strings.Clone(r.tenant), strings.Clone(r.solution), strings.Clone(r.version), strings.Clone(r.digest)
		if err := do(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// eachPrepared calls do with what tenants prepare.
func (Store) eachPrepared(ctx context.Context, q db.Querier, do func(row) error) error {
	rows, err := q.Query(ctx, `SELECT tenant, solution, version, parameters FROM solution_adoptions WHERE parameters <> '' -- cross-tenant: the catalogue holds all tenants`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.tenant, &r.solution, &r.version, &r.digest); err != nil {
			return err
		}
		if err := do(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// storedEdition is an edition with its parameters by their digest.
type storedEdition struct {
	Edition
	digest string
}

// editions lists the editions of an adoption, the first one first.
func (Store) editions(ctx context.Context, q db.Querier, tenant, solution string) ([]storedEdition, error) {
	rows, err := q.Query(ctx, `SELECT n, version, parameters, from_day, restores, state, author, at, approver, approved
		FROM solution_editions WHERE tenant = $1 AND solution = $2 ORDER BY n`, tenant, solution)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []storedEdition
	for rows.Next() {
		var r storedEdition
		var day string
		var at, approved int64
		if err := rows.Scan(&r.N, &r.Version, &r.digest, &day, &r.Restores, &r.State, &r.Author, &at, &r.Approver, &approved); err != nil {
			return nil, err
		}
		if err := r.From.UnmarshalText([]byte(day)); err != nil {
			return nil, err
		}
		r.At, r.Approved = clock.FromMicros(at), timeOrZero(approved)
		out = append(out, r)
	}
	return out, rows.Err()
}

// fourEyes tells whether a tenant wants editions approved by a second person.
func (Store) fourEyes(ctx context.Context, q db.Querier, tenant string) (bool, error) {
	var yes bool
	err := db.NotFound(q.QueryRow(ctx, `SELECT four_eyes FROM solution_rules WHERE tenant = $1`, tenant).Scan(&yes))
	if fail.Is(err, fail.NotFound) {
		return false, nil
	}
	return yes, err
}

func (Store) setFourEyes(ctx context.Context, tx db.Querier, tenant string, yes bool) error {
	_, err := tx.Exec(ctx, `INSERT INTO solution_rules (tenant, four_eyes) VALUES ($1, $2)
		ON CONFLICT (tenant) DO UPDATE SET four_eyes = excluded.four_eyes WHERE solution_rules.tenant = $1`, tenant, yes)
	return err
}

// Done is a task that somebody has ticked off, or taken up again.
type Done struct {
	Task   string
	Done   bool
	Note   string
	Author string
	At     time.Time
}

// tasks are the tasks of an adoption that somebody has touched, by name.
func (Store) tasks(ctx context.Context, q db.Querier, tenant, solution string) (map[string]Done, error) {
	rows, err := q.Query(ctx, `SELECT task, done, note, author, at FROM solution_tasks WHERE tenant = $1 AND solution = $2`, tenant, solution)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]Done{}
	for rows.Next() {
		var d Done
		var at int64
		if err := rows.Scan(&d.Task, &d.Done, &d.Note, &d.Author, &at); err != nil {
			return nil, err
		}
		d.At = clock.FromMicros(at)
		out[d.Task] = d
	}
	return out, rows.Err()
}

func (Store) setTask(ctx context.Context, tx db.Querier, tenant, solution string, d Done) error {
	_, err := tx.Exec(ctx, `INSERT INTO solution_tasks (tenant, solution, task, done, note, author, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, solution, task) DO UPDATE SET done = excluded.done, note = excluded.note, author = excluded.author, at = excluded.at
		WHERE solution_tasks.tenant = $1`, tenant, solution, d.Task, d.Done, d.Note, d.Author, clock.Micros(d.At))
	return err
}

// installed names a version that was taken from a source.
type installed struct{ solution, version string }

// versions lists what was taken.
func (Store) versions(ctx context.Context, q db.Querier) ([]installed, error) {
	rows, err := q.Query(ctx, `SELECT solution, version FROM solution_versions ORDER BY taken, solution, version`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []installed
	for rows.Next() {
		var v installed
		if err := rows.Scan(&v.solution, &v.version); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// archive is the archive of a version that was taken.
func (Store) archive(ctx context.Context, q db.Querier, v installed) ([]byte, error) {
	var b []byte
	err := q.QueryRow(ctx, `SELECT archive FROM solution_versions WHERE solution = $1 AND version = $2`, v.solution, v.version).Scan(&b)
	return b, db.NotFound(err)
}

// addVersion keeps a version; fail.Conflict when it is there.
func (Store) addVersion(ctx context.Context, tx db.Querier, p *Package, at time.Time) error {
	res, err := tx.Exec(ctx, `INSERT INTO solution_versions (solution, version, digest, note, archive, taken) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (solution, version) DO NOTHING`, p.Release.ID, p.Release.Version, p.Release.SHA256, string(p.Signed), p.Archive, clock.Micros(at))
	return changed(res, err, "solution: %s is here already", p.Release.Name())
}

// keys lists the publishers' keys that are trusted.
func (Store) keys(ctx context.Context, q db.Querier) ([]string, error) {
	rows, err := q.Query(ctx, `SELECT key FROM solution_keys ORDER BY added, key`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var k string
		if err := rows.Scan(&k); err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

func (Store) addKey(ctx context.Context, tx db.Querier, key string, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO solution_keys (key, added) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`, key, clock.Micros(at))
	return err
}

func (Store) dropKey(ctx context.Context, tx db.Querier, key string) error {
	res, err := tx.Exec(ctx, `DELETE FROM solution_keys WHERE key = $1`, key)
	return changed(res, err, "solution: this key is not trusted")
}
