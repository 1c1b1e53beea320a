package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"leitportal/internal/fail"
)

// Querier runs single SQL statements with $1 parameters: outside of
// transactions (DB.Read) or inside one (DB.Write). Arguments and results are
// string, int64, bool, []byte and their sql.Null forms.
type Querier interface {
	// Exec runs a statement that gives no rows.
	Exec(ctx context.Context, query string, args ...any) (sql.Result, error)
	// Query runs a statement that gives rows; the caller closes them.
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	// QueryRow runs a statement that gives at most one row; its error
	// (sql.ErrNoRows when there is none) comes out of Scan.
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

// Kind names a database engine.
type Kind string

// The engines.
const (
	SQLite   Kind = "sqlite"
	Postgres Kind = "postgres"
)

// ErrClosed is what a Write gets after Close.
var ErrClosed = fail.New(fail.Unavailable, "", errors.New("db: closed"))

var errNested = errors.New("db: Write inside Write; pass the Querier on instead")

// engine is what differs between the two databases.
type engine interface {
	read() Querier
	write(ctx context.Context, fn func(context.Context, Querier) error) error
	ping(ctx context.Context) error
	tidy(ctx context.Context) error
	alone() (mark uint64, ok bool)
	close() error
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	kind   Kind
	engine engine
}

// Open opens the database that url names: "sqlite:/path/file.db" or a plain
// path (folder and file are made where missing, readable by the owner only),
// or "postgres://…" (or "postgresql://…"), of which it is seen whether the
// server answers.
func Open(ctx context.Context, url string) (*DB, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch {
	case url == "":
		return nil, errors.New("db: the database address is empty; use sqlite:/path/file.db or postgres://…")
	case scheme == "postgres" || scheme == "postgresql":
		e, err := openPostgres(ctx, url)
		if err != nil {
			return nil, err
		}
		return &DB{Postgres, e}, nil
	case scheme == "sqlite":
		url = rest
		if strings.HasPrefix(rest, "///") {
			url = rest[2:]
		}
	case strings.Contains(url, "://"):
		return nil, fmt.Errorf("db: unknown kind of database %q; use sqlite:/path/file.db or postgres://…", scheme)
	}
	e, err := openSQLite(ctx, url)
	if err != nil {
		return nil, err
	}
	return &DB{SQLite, e}, nil
}

// Kind is the engine in use; rooms need it for nothing but messages.
func (d *DB) Kind() Kind { return d.kind }

// Read gives access outside of transactions; each statement sees everything
// that was committed before it. On SQLite a statement that has begun runs to
// its end even when its context ends.
func (d *DB) Read() Querier { return d.engine.read() }

type insideKey struct{}

// Write runs fn in a transaction and returns when that is on disk, or has
// left no trace because fn failed, panicked, or the commit did. fn runs in the
// caller's goroutine, at most once, and must be quick: on SQLite everybody
// else waits for it, so it does nothing but SQL. It uses the Querier only
// before it returns, and never calls Write. A failure of the database itself
// is of kind fail.Unavailable; every other error is fn's own.
func (d *DB) Write(ctx context.Context, fn func(ctx context.Context, tx Querier) error) error {
	if ctx.Value(insideKey{}) == d {
		return errNested
	}
	return classify(d.engine.write(context.WithValue(ctx, insideKey{}, d), fn))
}

// Alone gives a number that stays the same as long as no other process commits
// to the database: what was read under it is still so, but for what this
// process itself has changed. ok is false where that is not known: always on
// PostgreSQL, on SQLite after a commit of another process until our next.
func (d *DB) Alone() (mark uint64, ok bool) { return d.engine.alone() }

// Tidy takes out of SQLite's log what was erased from the tables: the log keeps
// older pages until it happens to be written over. Who writes waits meanwhile.
// On PostgreSQL it does nothing; the server has its own ways (VACUUM).
func (d *DB) Tidy(ctx context.Context) error { return classify(d.engine.tidy(ctx)) }

// Ping tells whether the database answers, for /readyz.
func (d *DB) Ping(ctx context.Context) error { return classify(d.engine.ping(ctx)) }

// Close waits for the writes under way, and closes the database.
func (d *DB) Close() error { return d.engine.close() }

// NotFound makes sql.ErrNoRows in err's chain an error of kind fail.NotFound,
// and a failure of the database one of kind fail.Unavailable; every other
// error, nil too, stays as it is. Stores pass the error of Scan through it.
func NotFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fail.New(fail.NotFound, "", err)
	}
	return classify(err)
}

// Limit is " LIMIT n" with n written out. Where the limit of a statement is a
// parameter, SQLite plans the statement anew each time it runs. n must be one
// of few numbers, for each makes a statement of its own.
func Limit(n int) string { return " LIMIT " + strconv.Itoa(n) }

// Duplicate tells whether err says that a row with the same unique or primary
// key exists already. The transaction in which it happened is lost; where a
// conflict is expected, use ON CONFLICT.
func Duplicate(err error) bool {
	return err != nil && (sqliteDuplicate(err) || postgresDuplicate(err))
}

// classify marks the failures of the database itself, which may be gone at
// the next attempt.
func classify(err error) error {
	var known *fail.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if sqliteUnavailable(err) || postgresUnavailable(err) {
		return fail.New(fail.Unavailable, "", err)
	}
	return err
}
