package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresDB keeps two pools, so that a closure that reads outside of its
// transaction cannot wait for a connection that only its like could free.
// Statements stay prepared inside pgx, by connection. A PgBouncer that shares
// connections between transactions needs default_query_exec_mode=exec in the
// address, and has to let the two parameters set below pass.
type postgresDB struct {
	writers *sql.DB
	readers *sql.DB
	closed  atomic.Bool
}

// connectTimeout bounds a connection attempt where the address names no
// connect_timeout.
const connectTimeout = 10 * time.Second

func openPostgres(ctx context.Context, url string) (*postgresDB, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("db: the address of the PostgreSQL server: %w", err) // pgx leaves out the password
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	reads := cfg.Copy()
	reads.RuntimeParams["default_transaction_read_only"] = "on"
	// What Write has acknowledged is on disk, whatever the server's default.
	cfg.RuntimeParams["synchronous_commit"] = "on"
	p := &postgresDB{writers: stdlib.OpenDB(*cfg), readers: stdlib.OpenDB(*reads)}
	n := max(8, 4*runtime.GOMAXPROCS(0))
	for _, pool := range []*sql.DB{p.writers, p.readers} {
		pool.SetMaxOpenConns(n)
		pool.SetMaxIdleConns(n)
	}
	if err := p.ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("db: the PostgreSQL server does not answer: %w", err), p.close())
	}
	return p, nil
}

func (p *postgresDB) tidy(context.Context) error { return nil }

func (p *postgresDB) read() Querier { return pgQuerier{p.readers} }

func (p *postgresDB) alone() (uint64, bool) { return 0, false }

func (p *postgresDB) ping(ctx context.Context) error {
	return errors.Join(p.writers.PingContext(ctx), p.readers.PingContext(ctx))
}

func (p *postgresDB) close() error {
	p.closed.Store(true)
	return errors.Join(p.readers.Close(), p.writers.Close())
}

func (p *postgresDB) write(ctx context.Context, fn func(context.Context, Querier) error) error {
	tx, err := p.writers.BeginTx(ctx, nil)
	if err != nil && p.closed.Load() {
		return ErrClosed
	}
	if err != nil {
		return fmt.Errorf("db: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit; also on panic
	if err := fn(ctx, pgQuerier{tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("db: commit: %w", err)
	}
	return nil
}

// pgQuerier is the Querier of a pool or a transaction.
type pgQuerier struct {
	h interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
		QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	}
}

func (q pgQuerier) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return q.h.ExecContext(ctx, query, args...)
}

func (q pgQuerier) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return q.h.QueryContext(ctx, query, args...)
}

func (q pgQuerier) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return q.h.QueryRowContext(ctx, query, args...)
}

func postgresDuplicate(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23505"
}

// postgresUnavailable tells whether err is of the connection or of the server
// as a whole: classes 08 (connection), 53 (resources) and 57P (going down),
// and the deadlock or serialization failure that asks for another attempt.
func postgresUnavailable(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "53") || strings.HasPrefix(e.Code, "57P") ||
			e.Code == "40001" || e.Code == "40P01"
	}
	var dial *pgconn.ConnectError
	var network *net.OpError
	return errors.As(err, &dial) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, sql.ErrConnDone)
}
