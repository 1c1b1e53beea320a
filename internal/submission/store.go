package submission

import (
	"context"
	"database/sql"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// Store is the SQL of the room. It has no state.
type Store struct{}

// draft is a row of submission_drafts with the slot that was asked for.
type draft struct {
	tenant, id               string
	solution, version, lang  string
	state                    string
	rev                      int64
	created, updated, expire time.Time
	code, public, private    []byte
	notify, remind           []byte
	slot                     []byte
	stretch                  string // costs of the slot's passphrase, "" for none
	test                     bool   // a test case, no application
}

// States of a draft.
const (
	open       = "open"
	submitted  = "submitted"
	correcting = "correcting"
)

const draftColumns = `d.tenant, d.id, d.solution, d.version, d.lang, d.state, d.rev, d.created, d.updated, d.expires, d.code, d.recipient_public, d.recipient_private, d.notify, d.remind, s.sealed, COALESCE(s.stretch, ''), d.test`

func scanDraft(scan func(...any) error) (draft, error) {
	var d draft
	var created, updated, expires int64
	err := scan(&d.tenant, &d.id, &d.solution, &d.version, &d.lang, &d.state, &d.rev, &created, &updated, &expires, &d.code, &d.public, &d.private, &d.notify, &d.remind, &d.slot, &d.stretch, &d.test)
	d.created, d.updated, d.expire = clock.FromMicros(created), clock.FromMicros(updated), clock.FromMicros(expires)
	return d, db.NotFound(err)
}

// draft is the draft with the slot of lookup; fail.NotFound when either is
// missing.
func (Store) draft(ctx context.Context, q db.Querier, tenant, id, lookup string) (draft, error) {
	return scanDraft(q.QueryRow(ctx, `SELECT `+draftColumns+`
		FROM submission_drafts d JOIN submission_slots s ON s.tenant = d.tenant AND s.draft = d.id
		WHERE d.tenant = $1 AND d.id = $2 AND s.lookup = $3`, tenant, id, lookup).Scan)
}

// revision is the draft's, which every change of the draft raises, of its
// pages and its slots too.
func (Store) revision(ctx context.Context, q db.Querier, tenant, id string) (rev int64, err error) {
	err = q.QueryRow(ctx, `SELECT rev FROM submission_drafts WHERE tenant = $1 AND id = $2`, tenant, id).Scan(&rev)
	return rev, db.NotFound(err)
}

// draftByCode finds a draft by the lookup of its resume code alone.
func (Store) draftByCode(ctx context.Context, q db.Querier, lookup string) (draft, error) {
	return scanDraft(q.QueryRow(ctx, `SELECT `+draftColumns+`
		FROM submission_slots s JOIN submission_drafts d ON d.tenant = s.tenant AND d.id = s.draft
		WHERE s.lookup = $1 AND s.kind = 'code' -- cross-tenant: the code itself names the draft
		`, lookup).Scan)
}

func (Store) insertDraft(ctx context.Context, tx changing, d draft) error {
	_, err := tx.Exec(ctx, `INSERT INTO submission_drafts (tenant, id, solution, version, lang, state, rev, created, updated, expires, test)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		d.tenant, d.id, d.solution, d.version, d.lang, d.state, d.rev, clock.Micros(d.created), clock.Micros(d.updated), clock.Micros(d.expire), d.test)
	return err
}

func (Store) insertSlot(ctx context.Context, tx changing, tenant, draft, lookup, kind string, sealed []byte, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO submission_slots (tenant, draft, lookup, kind, sealed, created) VALUES ($1, $2, $3, $4, $5, $6)`,
		tenant, draft, lookup, kind, sealed, clock.Micros(now))
	return err
}

func (Store) deleteSlot(ctx context.Context, tx changing, tenant, draft, lookup string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM submission_slots WHERE tenant = $1 AND draft = $2 AND lookup = $3`, tenant, draft, lookup); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE submission_drafts SET rev = rev + 1 WHERE tenant = $1 AND id = $2`, tenant, draft)
	return err
}

func (Store) setCode(ctx context.Context, tx changing, tenant, draft string, sealed []byte) (bool, error) {
	return changed(tx.Exec(ctx, `UPDATE submission_drafts SET code = $3, rev = rev + 1 WHERE tenant = $1 AND id = $2 AND code IS NULL`, tenant, draft, sealed))
}

func (Store) setNotify(ctx context.Context, tx changing, tenant, draft string, wrapped []byte) error {
	_, err := tx.Exec(ctx, `UPDATE submission_drafts SET notify = $3, rev = rev + 1 WHERE tenant = $1 AND id = $2`, tenant, draft, wrapped)
	return err
}

// setUnfit keeps what of a brought file had no place. No shelf has it.
func (Store) setUnfit(ctx context.Context, tx db.Querier, tenant, draft string, sealed []byte) error {
	_, err := tx.Exec(ctx, `UPDATE submission_drafts SET unfit = $3 WHERE tenant = $1 AND id = $2`, tenant, draft, sealed)
	return err
}

// unfit is what setUnfit kept; nil for nothing.
func (Store) unfit(ctx context.Context, q db.Querier, tenant, draft string) (sealed []byte, err error) {
	err = q.QueryRow(ctx, `SELECT unfit FROM submission_drafts WHERE tenant = $1 AND id = $2`, tenant, draft).Scan(&sealed)
	return sealed, db.NotFound(err)
}

// row is one sealed page.
type row struct {
	row    string
	rev    int64
	sealed []byte
}

func (Store) pages(ctx context.Context, q db.Querier, tenant, draft string) ([]row, error) {
	rows, err := q.Query(ctx, `SELECT row, rev, sealed FROM submission_pages WHERE tenant = $1 AND draft = $2`, tenant, draft)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make([]row, 0, 12)
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.row, &r.rev, &r.sealed); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// savePage writes one page whose stored revision is r.rev-1 (0: none yet);
// fail.Conflict when it is another meanwhile.
func (Store) savePage(ctx context.Context, tx changing, tenant, draft string, r row) error {
	if r.rev == 1 {
		ok, err := changed(tx.Exec(ctx, `INSERT INTO submission_pages (tenant, draft, row, rev, sealed) VALUES ($1, $2, $3, 1, $4) ON CONFLICT DO NOTHING`,
			tenant, draft, r.row, r.sealed))
		return conflict(ok, err)
	}
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_pages SET rev = $4, sealed = $5 WHERE tenant = $1 AND draft = $2 AND row = $3 AND rev = $4 - 1`,
		tenant, draft, r.row, r.rev, r.sealed))
	return conflict(ok, err)
}

func (Store) deletePage(ctx context.Context, tx changing, tenant, draft, name string) error {
	_, err := tx.Exec(ctx, `DELETE FROM submission_pages WHERE tenant = $1 AND draft = $2 AND row = $3`, tenant, draft, name)
	return err
}

func (Store) deletePages(ctx context.Context, tx changing, tenant, draft string) error {
	_, err := tx.Exec(ctx, `DELETE FROM submission_pages WHERE tenant = $1 AND draft = $2`, tenant, draft)
	return err
}

// touch counts a change of an open draft, last seen at a revision, and answers
// its new one; fail.Conflict when it is open no more.
func (Store) touch(ctx context.Context, tx changing, tenant, draft string, seen int64, now time.Time) (rev int64, err error) {
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_drafts SET rev = rev + 1, updated = $4
		WHERE tenant = $1 AND id = $2 AND rev = $3 AND state IN ('open', 'correcting')`, tenant, draft, seen, clock.Micros(now)))
	if ok || err != nil {
		return seen + 1, err
	}
	err = tx.QueryRow(ctx, `UPDATE submission_drafts SET rev = rev + 1, updated = $3
		WHERE tenant = $1 AND id = $2 AND state IN ('open', 'correcting') RETURNING rev`, tenant, draft, clock.Micros(now)).Scan(&rev)
	if fail.Is(db.NotFound(err), fail.NotFound) {
		return 0, conflict(false, nil)
	}
	return rev, err
}

// keepUntil moves the day on which a draft that was not sent expires.
func (Store) keepUntil(ctx context.Context, tx changing, tenant, draft string, expires time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE submission_drafts SET expires = $3 WHERE tenant = $1 AND id = $2 AND state = 'open'`, tenant, draft, clock.Micros(expires))
	return err
}

// setState moves a draft from one state, at one revision, to another, also to
// the same, and counts that as a change: of two moves made from what both have
// read, one is a fail.Conflict.
func (Store) setState(ctx context.Context, tx changing, d draft, to string, now, expires time.Time) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_drafts SET state = $5, rev = rev + 1, updated = $6, expires = $7
		WHERE tenant = $1 AND id = $2 AND state = $3 AND rev = $4`,
		d.tenant, d.id, d.state, d.rev, to, clock.Micros(now), clock.Micros(expires)))
	return conflict(ok, err)
}

// submit makes an open draft what d is, and counts that as a change of its
// revision; fail.Conflict when it is not open any more, or not at d's revision.
func (Store) submit(ctx context.Context, tx changing, d draft) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE submission_drafts SET state = $4, rev = rev + 1, updated = $5, expires = $6, code = $7, recipient_public = $8, recipient_private = $9, notify = $10, remind = NULL, unfit = NULL
		WHERE tenant = $1 AND id = $2 AND state = 'open' AND rev = $3`,
		d.tenant, d.id, d.rev, d.state, clock.Micros(d.updated), clock.Micros(d.expire), d.code, d.public, d.private, d.notify))
	return conflict(ok, err)
}

// insertFile notes a file of a draft; fail.Conflict when there is no such
// draft any more.
func (Store) insertFile(ctx context.Context, tx db.Querier, tenant, draft, file string, now time.Time) error {
	ok, err := changed(tx.Exec(ctx, `INSERT INTO submission_files (tenant, draft, id, created)
		SELECT d.tenant, d.id, $3, $4 FROM submission_drafts d WHERE d.tenant = $1 AND d.id = $2`, tenant, draft, file, clock.Micros(now)))
	return conflict(ok, err)
}

func (Store) deleteFile(ctx context.Context, tx db.Querier, tenant, draft, file string) error {
	_, err := tx.Exec(ctx, `DELETE FROM submission_files WHERE tenant = $1 AND draft = $2 AND id = $3`, tenant, draft, file)
	return err
}

func (Store) files(ctx context.Context, q db.Querier, tenant, draft string) ([]string, error) {
	return fileIDs(q.Query(ctx, `SELECT id FROM submission_files WHERE tenant = $1 AND draft = $2 ORDER BY id`, tenant, draft))
}

// fileIDs reads rows of the id of a file.
func fileIDs(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// expired lists drafts that were never submitted and whose time is over.
func (Store) expired(ctx context.Context, q db.Querier, now time.Time, limit int) ([]draft, error) {
	return draftNames(q.Query(ctx, `SELECT tenant, id FROM submission_drafts
		WHERE expires <= $1 AND state = 'open' -- cross-tenant: one job erases what has expired anywhere
		ORDER BY expires LIMIT $2`, clock.Micros(now), limit))
}

// draftNames reads rows of tenant and id of a draft.
func draftNames(rows *sql.Rows, err error) ([]draft, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []draft
	for rows.Next() {
		var d draft
		if err := rows.Scan(&d.tenant, &d.id); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// erase takes an open draft away with all that hangs on it, and answers the
// ids of its files: their blobs, and then their rows, are the caller's to
// delete, so that a crash in between leaves none unknown. fail.Conflict when it is not
// open any more, or was given more time than until due.
func (s Store) erase(ctx context.Context, tx changing, tenant, draft string, due time.Time) ([]string, error) {
	ok, err := changed(tx.Exec(ctx, `DELETE FROM submission_drafts WHERE tenant = $1 AND id = $2 AND state = 'open' AND expires <= $3`,
		tenant, draft, clock.Micros(due)))
	if err := conflict(ok, err); err != nil {
		return nil, err
	}
	files, err := s.files(ctx, tx, tenant, draft)
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{
		`DELETE FROM submission_slots WHERE tenant = $1 AND draft = $2`,
		`DELETE FROM submission_pages WHERE tenant = $1 AND draft = $2`,
	} {
		if _, err := tx.Exec(ctx, sql, tenant, draft); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// leftFiles lists files whose draft was erased: id is the file's own.
func (Store) leftFiles(ctx context.Context, q db.Querier, limit int) (ids []string, of []draft, err error) {
	rows, err := q.Query(ctx, `SELECT f.id, f.tenant, f.draft FROM submission_files f
		WHERE NOT EXISTS (SELECT 1 FROM submission_drafts d WHERE d.tenant = f.tenant AND d.id = f.draft) -- cross-tenant: one job erases what was left anywhere
		ORDER BY f.id LIMIT $1`, limit)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var d draft
		if err := rows.Scan(&id, &d.tenant, &d.id); err != nil {
			return nil, nil, err
		}
		ids, of = append(ids, id), append(of, d)
	}
	return ids, of, rows.Err()
}

// nextNumber is the next number of a series, counted from 1 without gaps.
func (Store) nextNumber(ctx context.Context, tx db.Querier, tenant, series string) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, `INSERT INTO submission_counters (tenant, series, n) VALUES ($1, $2, 1)
		ON CONFLICT (tenant, series) DO UPDATE SET n = submission_counters.n + 1 RETURNING n`, tenant, series).Scan(&n)
	return n, err
}

func (Store) insertSubmission(ctx context.Context, tx db.Querier, s Submission) error {
	_, err := tx.Exec(ctx, `INSERT INTO submissions (tenant, id, draft, number, solution, version, lang, received, revision, state, changed, test)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		s.Tenant, s.ID, s.Draft, s.Number, s.Solution, s.Version, s.Lang, clock.Micros(s.Received), s.Revision, string(s.State), clock.Micros(s.Changed), s.Test)
	return err
}

func (Store) insertRevision(ctx context.Context, tx db.Querier, s Sealed, copy []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO submission_revisions (tenant, submission, revision, received, kid, jwe, copy) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		s.Tenant, s.Submission, s.Revision, clock.Micros(s.Received), s.KID, s.JWE, copy)
	return err
}

// setRevision makes revision the newest one of a submission whose newest was
// the one before; fail.Conflict otherwise.
func (Store) setRevision(ctx context.Context, tx db.Querier, tenant, submission string, revision int) error {
	ok, err := changed(tx.Exec(ctx, `UPDATE submissions SET revision = $3 WHERE tenant = $1 AND id = $2 AND revision = $3 - 1`, tenant, submission, revision))
	return conflict(ok, err)
}

const submissionColumns = `s.tenant, s.id, s.draft, s.number, s.solution, s.version, s.lang, s.received, s.changed, s.revision, s.state, d.recipient_public, s.test`

func scanSubmission(scan func(...any) error) (Submission, error) {
	var s Submission
	var received, changed int64
	var state string
	err := scan(&s.Tenant, &s.ID, &s.Draft, &s.Number, &s.Solution, &s.Version, &s.Lang, &received, &changed, &s.Revision, &state, &s.Recipient, &s.Test)
	s.Received, s.Changed, s.State = clock.FromMicros(received), clock.FromMicros(changed), EventKind(state)
	return s, db.NotFound(err)
}

// Submission is the submission id; fail.NotFound when the tenant has none.
func (Store) Submission(ctx context.Context, q db.Querier, tenant, id string) (Submission, error) {
	return scanSubmission(q.QueryRow(ctx, `SELECT `+submissionColumns+` FROM submissions s JOIN submission_drafts d ON d.tenant = s.tenant AND d.id = s.draft
		WHERE s.tenant = $1 AND s.id = $2`, tenant, id).Scan)
}

func (Store) submissionOfDraft(ctx context.Context, q db.Querier, tenant, draft string) (Submission, error) {
	return scanSubmission(q.QueryRow(ctx, `SELECT `+submissionColumns+` FROM submissions s JOIN submission_drafts d ON d.tenant = s.tenant AND d.id = s.draft
		WHERE s.tenant = $1 AND s.draft = $2`, tenant, draft).Scan)
}

// Revision is one sealed revision; revision 0 asks for the newest.
func (Store) Revision(ctx context.Context, q db.Querier, tenant, submission string, revision int) (Sealed, error) {
	s := Sealed{Tenant: tenant, Submission: submission}
	var received int64
	err := q.QueryRow(ctx, `SELECT r.revision, r.received, r.kid, r.jwe, s.test
		FROM submission_revisions r JOIN submissions s ON s.tenant = r.tenant AND s.id = r.submission
		WHERE r.tenant = $1 AND r.submission = $2 AND (r.revision = $3 OR $3 = 0) ORDER BY r.revision DESC LIMIT 1`, tenant, submission, revision).
		Scan(&s.Revision, &received, &s.KID, &s.JWE, &s.Test)
	s.Received = clock.FromMicros(received)
	return s, db.NotFound(err)
}

// copyOf is the applicant's sealed copy of a revision.
func (Store) copyOf(ctx context.Context, q db.Querier, tenant, submission string, revision int) ([]byte, error) {
	var b []byte
	err := q.QueryRow(ctx, `SELECT copy FROM submission_revisions WHERE tenant = $1 AND submission = $2 AND revision = $3`, tenant, submission, revision).Scan(&b)
	return b, db.NotFound(err)
}

// Record notes an event of a submission, and makes it the submission's state
// where it is one. id is a fresh UUIDv7; it orders events of the same moment.
// What the applicant has withdrawn has no further states, and what is decided
// the applicant cannot change: fail.Conflict then.
func (s Store) Record(ctx context.Context, tx db.Querier, tenant, submission, id string, kind EventKind, at time.Time) error {
	if !kind.state() {
		return s.insertEvent(ctx, tx, tenant, submission, id, kind, at)
	}
	ok, err := changed(tx.Exec(ctx, `UPDATE submissions SET state = $3, changed = $4
		WHERE tenant = $1 AND id = $2 AND state <> 'withdrawn' AND (state <> 'decided' OR $3 NOT IN ('answered', 'withdrawn'))`,
		tenant, submission, string(kind), clock.Micros(at)))
	if err != nil {
		return err
	}
	if !ok {
		now, err := s.Submission(ctx, tx, tenant, submission)
		if err != nil {
			return err
		}
		return fail.Newf(fail.Conflict, "submission: %s already", now.State)
	}
	return s.insertEvent(ctx, tx, tenant, submission, id, kind, at)
}

// Advance is Record for a step of the hand-over: it never takes back a state
// that is further on (withdrawn, in work).
func (s Store) Advance(ctx context.Context, tx db.Querier, tenant, submission, id string, kind EventKind, at time.Time) error {
	if err := s.insertEvent(ctx, tx, tenant, submission, id, kind, at); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE submissions SET state = $3, changed = $4
		WHERE tenant = $1 AND id = $2 AND state IN ('received', 'handed-over', 'failed')`, tenant, submission, string(kind), clock.Micros(at))
	return err
}

func (Store) insertEvent(ctx context.Context, tx db.Querier, tenant, submission, id string, kind EventKind, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO submission_events (tenant, submission, id, kind, at) VALUES ($1, $2, $3, $4, $5)`,
		tenant, submission, id, string(kind), clock.Micros(at))
	return err
}

// Events is the timeline of a submission, oldest first.
func (Store) Events(ctx context.Context, q db.Querier, tenant, submission string) ([]Event, error) {
	rows, err := q.Query(ctx, `SELECT kind, at FROM submission_events WHERE tenant = $1 AND submission = $2 ORDER BY id`, tenant, submission)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Event
	for rows.Next() {
		var kind string
		var at int64
		if err := rows.Scan(&kind, &at); err != nil {
			return nil, err
		}
		out = append(out, Event{EventKind(kind), clock.FromMicros(at)})
	}
	return out, rows.Err()
}

func (Store) receipt(ctx context.Context, q db.Querier, tenant, submission string, revision int) ([]byte, error) {
	var b []byte
	err := q.QueryRow(ctx, `SELECT sealed FROM submission_receipts WHERE tenant = $1 AND submission = $2 AND revision = $3`, tenant, submission, revision).Scan(&b)
	return b, db.NotFound(err)
}

// insertReceipt keeps the first receipt that was made; it tells whether this
// one was.
func (Store) insertReceipt(ctx context.Context, tx db.Querier, tenant, submission string, revision int, sealed []byte, now time.Time) (bool, error) {
	return changed(tx.Exec(ctx, `INSERT INTO submission_receipts (tenant, submission, revision, sealed, created) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		tenant, submission, revision, sealed, clock.Micros(now)))
}

// notifyAddress is the wrapped e-mail address of a submission's applicant, nil
// when none was given.
func (Store) notifyAddress(ctx context.Context, q db.Querier, tenant, submission string) (wrapped []byte, lang string, err error) {
	err = q.QueryRow(ctx, `SELECT d.notify, d.lang FROM submissions s JOIN submission_drafts d ON d.tenant = s.tenant AND d.id = s.draft
		WHERE s.tenant = $1 AND s.id = $2`, tenant, submission).Scan(&wrapped, &lang)
	return wrapped, lang, db.NotFound(err)
}

type result interface{ RowsAffected() (int64, error) }

// changed tells whether a statement changed a row.
func changed(r result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

func conflict(ok bool, err error) error {
	if err == nil && !ok {
		return fail.Newf(fail.Conflict, "submission: changed meanwhile")
	}
	return err
}
