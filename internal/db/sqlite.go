package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"leitportal/internal/fail"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// maxGroup bounds how many writes share a commit, and so how long the first
// of them waits.
const maxGroup = 64

// busyMillis is how long a statement waits for another process.
const busyMillis = 5000

type sqliteDB struct {
	writer
	readers *sql.DB
	reads   reader
}

func openSQLite(ctx context.Context, path string) (*sqliteDB, error) {
	if path == "" {
		return nil, errors.New("db: sqlite needs the path of a file, as in sqlite:/var/lib/leitportal/portal.db")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("db: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("db: make the folder: %w", err)
	}
	// SQLite would make the file readable for everybody; its -wal and -shm
	// files take over the mode it finds.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("db: open the file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("db: open the file: %w", err)
	}
	// The log is written back every 16 MB, not 4: all who write wait for it.
	// secure_delete on, not fast: else what did not fit into its row stays on
	// pages that are free.
	writers, err := sql.Open("sqlite", dsn(path, "journal_mode(wal)", "synchronous(full)", "foreign_keys(1)", "journal_size_limit(67108864)", "wal_autocheckpoint(4000)", "secure_delete(on)", "temp_store(memory)"))
	if err != nil {
		return nil, fmt.Errorf("db: %w", err)
	}
	writers.SetMaxOpenConns(1)
	conn, err := writers.Conn(ctx)
	if err != nil {
		writers.Close()
		return nil, fmt.Errorf("db: open %s: %w", path, err)
	}
	readers, err := sql.Open("sqlite", dsn(path, "query_only(1)"))
	if err != nil {
		conn.Close()
		writers.Close()
		return nil, fmt.Errorf("db: %w", err)
	}
	n := max(8, 2*runtime.GOMAXPROCS(0))
	readers.SetMaxOpenConns(n)
	readers.SetMaxIdleConns(n)
	_, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE; COMMIT") // makes the -shm file
	var m *mark
	if err == nil {
		m, err = openMark(path)
	}
	if err != nil {
		readers.Close()
		conn.Close()
		writers.Close()
		return nil, fmt.Errorf("db: open %s: %w", path, err)
	}
	return &sqliteDB{
		writer:  writer{pool: writers, conn: conn, st: newStatements(conn), mark: m},
		readers: readers,
		reads:   reader{readers, newStatements(readers)},
	}, nil
}

// dsn is the address in the driver's words.
func dsn(path string, pragmas ...string) string {
	q := url.Values{"_pragma": append(pragmas, fmt.Sprintf("busy_timeout(%d)", busyMillis))}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

func (s *sqliteDB) read() Querier { return s.reads }

func (s *sqliteDB) tidy(ctx context.Context) error { return s.writer.tidy(ctx) }

func (s *sqliteDB) alone() (uint64, bool) { return s.mark.now() }

func (s *sqliteDB) ping(ctx context.Context) error {
	var one int
	return s.reads.QueryRow(ctx, "SELECT 1").Scan(&one)
}

func (s *sqliteDB) close() error {
	// The last, for closing any handle of a file gives up the locks (POSIX)
	// that SQLite holds on it.
	return errors.Join(s.readers.Close(), s.writer.close(), s.mark.close())
}

// reader is the Querier of the read handle.
type reader struct {
	pool *sql.DB
	st   *statements
}

func (r reader) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.st.exec(query, args...)
}

func (r reader) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.st.query(query, args...)
}

func (r reader) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if err := ctx.Err(); err != nil {
		return failedRow(r.pool, err)
	}
	return r.st.queryRow(query, args...)
}

// writer owns the one connection that changes anything. Writers take turns at
// it by mu. Whoever ends his turn while others wait leaves the commit to them
// and waits for it; the last of the queue commits for all.
type writer struct {
	waiting atomic.Int64 // callers that have not had their turn
	mu      sync.Mutex   // the turn; guards the rest
	pool    *sql.DB      // holds conn and nothing else
	conn    *sql.Conn
	st      *statements
	group   *group // the open transaction, or nil
	mark    *mark
	closed  bool
	commits int // so far; for tests
}

// group is the writes that share a commit.
type group struct {
	size  int
	wrote bool          // the commit will write something; false where that is not known
	err   error         // set before done is closed
	done  chan struct{} // closed when the commit has succeeded or failed
}

func (w *writer) write(ctx context.Context, fn func(context.Context, Querier) error) error {
	g, err := w.turn(ctx, fn)
	if g == nil {
		return err
	}
	// Who failed waits too: what made it fail may be a neighbour's change,
	// which is true only when the commit that they share has succeeded, and
	// which the caller, told of a conflict, will want to read.
	<-g.done
	if g.err != nil {
		return g.err
	}
	return err
}

// turn runs fn in the open transaction, which it begins where there is none,
// and returns the group whose commit the caller has to wait for; beside an
// error too, when fn has seen what others of the group have written.
func (w *writer) turn(ctx context.Context, fn func(context.Context, Querier) error) (*group, error) {
	w.waiting.Add(1)
	w.mu.Lock()
	w.waiting.Add(-1)
	defer w.mu.Unlock()
	defer w.settle() // also when this caller gave up: others may rely on it
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if w.closed {
		return nil, ErrClosed
	}
	first := w.group == nil // needs no savepoint: what it did is all there is
	if first {
		if _, err := w.st.exec("BEGIN IMMEDIATE"); err != nil {
			return nil, fmt.Errorf("db: begin: %w", err)
		}
		w.mark.begun()
		w.group = &group{done: make(chan struct{})}
	} else if _, err := w.st.exec("SAVEPOINT caller"); err != nil {
		w.end(err)
		return nil, fmt.Errorf("db: savepoint: %w", err)
	}
	g := w.group
	t := &transaction{pool: w.pool, st: w.st}
	kept := false
	defer func() { // on return, on panic and on runtime.Goexit alike
		t.finish()
		if !kept {
			w.rollback(first)
		}
	}()
	if err := fn(ctx, t); err != nil {
		return g, err
	}
	if t.err != nil {
		return g, fmt.Errorf("db: a statement failed and the closure went on: %w", t.err)
	}
	t.finish()
	if !first {
		if _, err := w.st.exec("RELEASE caller"); err != nil {
			return nil, fmt.Errorf("db: release: %w", err)
		}
	}
	kept = true
	g.size++
	g.wrote = g.wrote || t.wrote || t.returned && w.changed()
	return g, nil
}

// changed tells whether the statement that changed rows last, or was to, did.
func (w *writer) changed() bool {
	var n int64
	return w.st.queryRow("SELECT changes()").Scan(&n) == nil && n > 0
}

// rollback takes back what the present caller did: all there is, where he was
// the first. Where SQLite has rolled back everything (disk full, I/O error)
// there is no savepoint left, and the whole group fails.
func (w *writer) rollback(first bool) {
	if first {
		_, _ = w.st.exec("ROLLBACK") // fails where SQLite has rolled back already
		w.mark.ended(false)
		close(w.group.done)
		w.group = nil
		return
	}
	_, err := w.st.exec("ROLLBACK TO caller")
	if err == nil {
		_, err = w.st.exec("RELEASE caller")
	}
	if err != nil {
		w.end(fmt.Errorf("db: the transaction shared with others was lost: %w", err))
	}
}

// settle commits, unless somebody waits who will.
func (w *writer) settle() {
	if w.group == nil || w.waiting.Load() > 0 && w.group.size < maxGroup {
		return
	}
	for range 4 { // as long as others have work: an idle machine commits at once
		runtime.Gosched() // who is about to write shares the commit
		if w.waiting.Load() > 0 && w.group.size < maxGroup {
			return
		}
	}
	w.commit()
}

// commit writes what the group has done, and answers everybody of it.
func (w *writer) commit() {
	w.mark.committing()
	_, err := w.st.exec("COMMIT")
	if err != nil {
		err = fmt.Errorf("db: commit: %w", err)
	}
	w.end(err)
}

// tidy writes the log back and empties it.
func (w *writer) tidy(ctx context.Context) error {
	w.waiting.Add(1)
	w.mu.Lock()
	w.waiting.Add(-1)
	defer w.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.closed {
		return ErrClosed
	}
	if w.group != nil { // left to us
		w.commit()
	}
	var busy, pages, written int
	if err := w.st.queryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &written); err != nil {
		return fmt.Errorf("db: empty the log: %w", err)
	}
	if busy != 0 {
		return fail.Newf(fail.Unavailable, "db: the log is in use and was not emptied")
	}
	return nil
}

// end answers everybody of the group with err; unless that is nil it takes
// the transaction back.
func (w *writer) end(err error) {
	w.mark.ended(err == nil && w.group.wrote) // first: a commit that failed has let others go on
	if err != nil {
		_, _ = w.st.exec("ROLLBACK") // fails where SQLite has rolled back already
		err = fail.New(fail.Unavailable, "", err)
	} else {
		w.commits++
	}
	w.group.err = err
	close(w.group.done)
	w.group = nil
}

func (w *writer) close() error {
	w.waiting.Add(1)
	w.mu.Lock()
	w.waiting.Add(-1)
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	if w.group != nil { // its members wait for somebody behind us, who will find us closed
		w.commit()
	}
	w.closed = true
	return errors.Join(w.st.close(), w.conn.Close(), w.pool.Close())
}

// transaction is the Querier of one closure.
type transaction struct {
	pool *sql.DB
	st   *statements
	err  error // the first failure: nothing runs after it
	rows *sql.Rows
	over bool
	// A statement has changed rows; one that gives them back may have.
	wrote, returned bool
}

var errOver = errors.New("db: the transaction is over")

func (t *transaction) ready(ctx context.Context) error {
	switch {
	case t.over:
		return errOver
	case t.err != nil:
		return fmt.Errorf("db: an earlier statement of this transaction failed: %w", t.err)
	default:
		return ctx.Err()
	}
}

func (t *transaction) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := t.ready(ctx); err != nil {
		return nil, err
	}
	res, err := t.st.exec(query, args...)
	if err != nil {
		t.err = err
		return res, err
	}
	if n, err := res.RowsAffected(); err == nil && n > 0 {
		t.wrote = true
	}
	return res, nil
}

func (t *transaction) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := t.ready(ctx); err != nil {
		return nil, err
	}
	t.close()
	rows, err := t.st.query(query, args...)
	if err != nil {
		t.err = err
	}
	t.rows, t.returned = rows, t.returned || returning(query)
	return rows, err
}

func (t *transaction) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if err := t.ready(ctx); err != nil {
		return failedRow(t.pool, err)
	}
	row := t.st.queryRow(query, args...)
	if err := row.Err(); err != nil {
		t.err = err
	}
	t.returned = t.returned || returning(query)
	return row
}

func returning(query string) bool { return strings.Contains(query, "RETURNING") }

// close closes rows that the closure forgot: a statement left open would
// disturb the next caller.
func (t *transaction) close() {
	if t.rows != nil {
		_ = t.rows.Close()
		t.rows = nil
	}
}

func (t *transaction) finish() {
	t.close()
	t.over = true
}

func sqliteDuplicate(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func sqliteUnavailable(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}
