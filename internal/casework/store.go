package casework

import (
	"context"
	"math"
	"strings"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// Store is the SQL of the room. It has no state.
type Store struct{}

const caseColumns = `tenant, id, number, solution, version, lang, state, assignee, received, changed, due, revision, rev, key, cash_reference, destination, test`

func scanCase(scan func(...any) error) (Case, error) {
	var c Case
	var state, due string
	var received, changed int64
	err := scan(&c.Tenant, &c.ID, &c.Number, &c.Solution, &c.Version, &c.Lang, &state, &c.Assignee, &received, &changed, &due, &c.Revision, &c.Rev, &c.Key, &c.CashReference, &c.Destination, &c.Test)
	if err != nil {
		return Case{}, db.NotFound(err)
	}
	c.State, c.Received, c.Changed = State(state), clock.FromMicros(received), clock.FromMicros(changed)
	return c, c.Due.UnmarshalText([]byte(due))
}

// Case is the case id; fail.NotFound when the tenant has none.
func (Store) Case(ctx context.Context, q db.Querier, tenant, id string) (Case, error) {
	return scanCase(q.QueryRow(ctx, `SELECT `+caseColumns+` FROM casework_cases WHERE tenant = $1 AND id = $2`, tenant, id).Scan)
}

// insert stores a new case; it tells whether there was none before.
func (Store) insert(ctx context.Context, tx db.Querier, c Case) (bool, error) {
	return changed(tx.Exec(ctx, `INSERT INTO casework_cases (tenant, id, number, solution, version, lang, state, open, assignee, received, changed, due, revision, rev, key, cash_reference, destination, test)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, '', $16, $17) ON CONFLICT (tenant, id) DO NOTHING`,
		c.Tenant, c.ID, c.Number, c.Solution, c.Version, c.Lang, string(c.State), c.State.Open(), c.Assignee,
		clock.Micros(c.Received), clock.Micros(c.Changed), c.Due.String(), c.Revision, c.Rev, c.Key, c.Destination, c.Test))
}

// update stores a case that was read at revision c.Rev; fail.Conflict when it
// has another by now.
func (Store) update(ctx context.Context, tx db.Querier, c Case) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE casework_cases SET state = $4, open = $5, assignee = $6, changed = $7, due = $8, revision = $9, destination = $10, rev = rev + 1
		WHERE tenant = $1 AND id = $2 AND rev = $3`,
		c.Tenant, c.ID, c.Rev, string(c.State), c.State.Open(), c.Assignee, clock.Micros(c.Changed), c.Due.String(), c.Revision, c.Destination))
	if err == nil && !ok {
		err = fail.New(fail.Conflict, "casework.error.changed", nil)
	}
	return err
}

// reserve gives the case a cash reference where it has none yet.
func (Store) reserve(ctx context.Context, tx db.Querier, tenant, id, reference string) (bool, error) {
	return changed(tx.Exec(ctx, `UPDATE casework_cases SET cash_reference = $3 WHERE tenant = $1 AND id = $2 AND cash_reference = ''`, tenant, id, reference))
}

// setDestination puts down which office a case is for that came in before that
// was kept; it is no change of the case.
func (Store) setDestination(ctx context.Context, tx db.Querier, c Case) error {
	_, err := tx.Exec(ctx, `UPDATE casework_cases SET destination = $4 WHERE tenant = $1 AND id = $2 AND rev = $3`, c.Tenant, c.ID, c.Rev, c.Destination)
	return err
}

// Destinations lists the offices that the tenant's cases are for, tests left
// out, each by one case of which it gives Solution, Version and Destination, in their order; at
// most MostDestinations. Each costs one step in the index, however many cases
// there are.
func (Store) Destinations(ctx context.Context, q db.Querier, tenant string) ([]Case, error) {
	var out []Case
	var c Case
	for range MostDestinations {
		err := q.QueryRow(ctx, `SELECT solution, destination, version FROM casework_cases
			WHERE tenant = $1 AND destination <> '' AND NOT test AND (solution, destination) > ($2, $3)
			ORDER BY solution, destination, version LIMIT 1`, tenant, c.Solution, c.Destination).Scan(&c.Solution, &c.Destination, &c.Version)
		if err = db.NotFound(err); fail.Is(err, fail.NotFound) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// next is the next number of a series, counted from 1.
func (Store) next(ctx context.Context, tx db.Querier, tenant, series string) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, `INSERT INTO casework_counters (tenant, series, n) VALUES ($1, $2, 1)
		ON CONFLICT (tenant, series) DO UPDATE SET n = casework_counters.n + 1 RETURNING n`, tenant, series).Scan(&n)
	return n, err
}

// keys is the wrapped keys of all cases, in order of their ids, from after
// the given one on.
func (Store) keys(ctx context.Context, q db.Querier, after Case, limit int) ([]Case, error) {
	rows, err := q.Query(ctx, `SELECT tenant, id, key FROM casework_cases
		WHERE (tenant > $1 OR tenant = $1 AND id > $2) -- cross-tenant: the operator changes the master key
		ORDER BY tenant, id LIMIT $3`, after.Tenant, after.ID, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Case
	for rows.Next() {
		var c Case
		if err := rows.Scan(&c.Tenant, &c.ID, &c.Key); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

func (Store) setKey(ctx context.Context, tx db.Querier, c Case) error {
	_, err := tx.Exec(ctx, `UPDATE casework_cases SET key = $3 WHERE tenant = $1 AND id = $2`, c.Tenant, c.ID, c.Key)
	return err
}

// The inbox: whose ($6) is a member's id, "" for nobody's, "*" for all; the
// number ($8) is a pattern of LIKE; of tests ($10) nothing else, or none.
const inboxWhere = ` FROM casework_cases WHERE tenant = $1 AND (open = $2 OR $3) AND ($4 = '' OR state = $4)
	AND ($5 = '' OR solution = $5) AND ($6 = '*' OR assignee = $6) AND received <= $7
	AND ($8 = '%' OR replace(number, '-', '') LIKE $8) AND ($9 = '' OR solution || '/' || destination = $9) AND test = $10`

// inboxOrder is the SQL of an order of Sorts.
func inboxOrder(sort string) string {
	switch sort {
	case "neueste":
		return ` ORDER BY received DESC, id DESC`
	case "nummer":
		return ` ORDER BY number, id`
	case "geaendert":
		return ` ORDER BY changed DESC, id DESC`
	case "faellig":
		return ` ORDER BY due, received, id`
	}
	return ` ORDER BY received, id`
}

func inboxArgs(tenant string, f Filter, me string, now time.Time) []any {
	who := f.Who
	switch who {
	case WhoAll:
		who = "*"
	case WhoNobody:
		who = ""
	case WhoMe:
		who = me
	}
	before := int64(math.MaxInt64)
	if f.Older > 0 {
		before = clock.Micros(now.AddDate(0, 0, -f.Older))
	}
	tests := f.View == ViewTests
	return []any{tenant, f.View != ViewDone, f.View == ViewAll || tests, string(f.State), f.Solution, who, before, numberPattern(f.Number), f.Destination, tests}
}

// numberPattern finds the parts of a number in their order, anywhere in it.
func numberPattern(number string) string {
	if number == "" {
		return "%"
	}
	return "%" + strings.Join(numberParts(number), "%") + "%"
}

// Inbox is one page of the cases a filter shows. me stands for WhoMe.
func (Store) Inbox(ctx context.Context, q db.Querier, tenant string, f Filter, me string, now time.Time) ([]Case, error) {
	f = f.clean()
	args := append(inboxArgs(tenant, f, me, now), PerPage, (f.Page-1)*PerPage)
	rows, err := q.Query(ctx, `SELECT `+caseColumns+inboxWhere+inboxOrder(f.Sort)+` LIMIT $11 OFFSET $12`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make([]Case, 0, PerPage)
	for rows.Next() {
		c, err := scanCase(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Count is how many cases a filter shows, at most Most.
func (Store) Count(ctx context.Context, q db.Querier, tenant string, f Filter, me string, now time.Time) (int, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1`+inboxWhere+` LIMIT $11) AS counted`,
		append(inboxArgs(tenant, f.clean(), me, now), Most)...).Scan(&n)
	return n, err
}

// Numbers gives the number of each of the cases that the tenant has.
func (s Store) Numbers(ctx context.Context, q db.Querier, tenant string, ids []string) (map[string]string, error) {
	out := make(map[string]string, len(ids))
	for _, id := range ids {
		if _, ok := out[id]; ok {
			continue
		}
		var number string
		err := q.QueryRow(ctx, `SELECT number FROM casework_cases WHERE tenant = $1 AND id = $2`, tenant, id).Scan(&number)
		if err = db.NotFound(err); err != nil && !fail.Is(err, fail.NotFound) {
			return nil, err
		}
		out[id] = number
	}
	return out, nil
}

// addEntry adds a line of history; it tells whether the id was new.
func (Store) addEntry(ctx context.Context, tx db.Querier, tenant, caseID string, e Entry) (bool, error) {
	return changed(tx.Exec(ctx, `INSERT INTO casework_entries (tenant, case_id, id, kind, author, at, about, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		tenant, caseID, e.ID, string(e.Kind), e.Author, clock.Micros(e.At), e.About, e.Sealed))
}

// Entries is the history of a case, oldest first.
func (Store) Entries(ctx context.Context, q db.Querier, tenant, caseID string) ([]Entry, error) {
	rows, err := q.Query(ctx, `SELECT id, kind, author, at, about, sealed FROM casework_entries WHERE tenant = $1 AND case_id = $2 ORDER BY at, id`, tenant, caseID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		var e Entry
		var kind string
		var at int64
		if err := rows.Scan(&e.ID, &kind, &e.Author, &at, &e.About, &e.Sealed); err != nil {
			return nil, err
		}
		e.Kind, e.At = EntryKind(kind), clock.FromMicros(at)
		out = append(out, e)
	}
	return out, rows.Err()
}

func (Store) addLetter(ctx context.Context, tx db.Querier, l Letter) error {
	_, err := tx.Exec(ctx, `INSERT INTO casework_letters (tenant, id, case_id, kind, at, run, sealed) VALUES ($1, $2, $3, $4, $5, '', $6)`,
		l.Tenant, l.ID, l.Case, l.Kind, clock.Micros(l.At), l.Sealed)
	return err
}

// Letter is one letter of a case with its sealed PDF.
func (Store) Letter(ctx context.Context, q db.Querier, tenant, caseID, id string) (Letter, error) {
	l := Letter{Tenant: tenant, ID: id, Case: caseID}
	var at int64
	err := q.QueryRow(ctx, `SELECT kind, at, run, sealed FROM casework_letters WHERE tenant = $1 AND id = $2 AND case_id = $3`, tenant, id, caseID).
		Scan(&l.Kind, &at, &l.Run, &l.Sealed)
	l.At = clock.FromMicros(at)
	return l, db.NotFound(err)
}

// Letters lists the letters of a print run ("" for those that wait), oldest
// first, at most limit, without their PDFs. Those of tests are in no run and
// wait for none.
func (Store) Letters(ctx context.Context, q db.Querier, tenant, run string, limit int) ([]Letter, error) {
	rows, err := q.Query(ctx, `SELECT l.id, l.case_id, c.number, l.kind, l.at FROM casework_letters l
		JOIN casework_cases c ON c.tenant = l.tenant AND c.id = l.case_id
		WHERE l.tenant = $1 AND l.run = $2 AND NOT c.test ORDER BY l.id LIMIT $3`, tenant, run, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Letter
	for rows.Next() {
		l := Letter{Tenant: tenant, Run: run}
		var at int64
		if err := rows.Scan(&l.ID, &l.Case, &l.Number, &l.Kind, &at); err != nil {
			return nil, err
		}
		l.At = clock.FromMicros(at)
		out = append(out, l)
	}
	return out, rows.Err()
}

// toRun puts a waiting letter into a run; it tells whether it still waited.
func (Store) toRun(ctx context.Context, tx db.Querier, tenant, id, run string) (bool, error) {
	return changed(tx.Exec(ctx, `UPDATE casework_letters SET run = $3 WHERE tenant = $1 AND id = $2 AND run = ''`, tenant, id, run))
}

// addRun adds a print run; it tells whether the id was new.
func (Store) addRun(ctx context.Context, tx db.Querier, tenant string, r Run) (bool, error) {
	return changed(tx.Exec(ctx, `INSERT INTO casework_runs (tenant, id, n, author, at, letters) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, id) DO NOTHING`,
		tenant, r.ID, r.N, r.Author, clock.Micros(r.At), r.Letters))
}

func scanRun(scan func(...any) error) (Run, error) {
	var r Run
	var at int64
	err := scan(&r.ID, &r.N, &r.Author, &at, &r.Letters)
	r.At = clock.FromMicros(at)
	return r, db.NotFound(err)
}

// Run is one print run; fail.NotFound when the tenant has none.
func (Store) Run(ctx context.Context, q db.Querier, tenant, id string) (Run, error) {
	return scanRun(q.QueryRow(ctx, `SELECT id, n, author, at, letters FROM casework_runs WHERE tenant = $1 AND id = $2`, tenant, id).Scan)
}

// Runs lists the newest print runs, newest first.
func (Store) Runs(ctx context.Context, q db.Querier, tenant string, limit int) ([]Run, error) {
	rows, err := q.Query(ctx, `SELECT id, n, author, at, letters FROM casework_runs WHERE tenant = $1 ORDER BY n DESC LIMIT $2`, tenant, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Run
	for rows.Next() {
		r, err := scanRun(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func changed(r interface{ RowsAffected() (int64, error) }, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}
