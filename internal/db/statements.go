package db

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
)

// maxStatements bounds a statement cache; texts beyond it (made-up IN lists)
// run unprepared.
const maxStatements = 1024

// handle is what *sql.DB and *sql.Conn have in common.
type handle interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// statements runs queries on a handle and keeps them prepared. It hands the
// driver a context that never ends: an interrupt would roll back the whole
// transaction, the neighbours' writes with it, and watching for one costs a
// goroutine per statement.
type statements struct {
	handle handle
	known  atomic.Pointer[map[string]*sql.Stmt] // copied on write
	mu     sync.Mutex
}

func newStatements(h handle) *statements {
	s := &statements{handle: h}
	s.known.Store(&map[string]*sql.Stmt{})
	return s
}

// get returns the prepared statement, or nil when the cache is full.
func (s *statements) get(query string) (*sql.Stmt, error) {
	if st, ok := (*s.known.Load())[query]; ok {
		return st, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := *s.known.Load()
	if st, ok := known[query]; ok {
		return st, nil
	}
	if len(known) >= maxStatements {
		return nil, nil
	}
	st, err := s.handle.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	known = maps.Clone(known)
	known[query] = st
	s.known.Store(&known)
	return st, nil
}

// close frees the statements. Those of a *sql.Conn nobody else would free, and
// SQLite keeps its -wal file as long as one lives.
func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, st := range *s.known.Load() {
		errs = append(errs, st.Close())
	}
	return errors.Join(errs...)
}

func (s *statements) exec(query string, args ...any) (sql.Result, error) {
	st, err := s.get(query)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return s.handle.ExecContext(context.Background(), query, args...)
	}
	return st.ExecContext(context.Background(), args...)
}

func (s *statements) query(query string, args ...any) (*sql.Rows, error) {
	st, err := s.get(query)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return s.handle.QueryContext(context.Background(), query, args...)
	}
	return st.QueryContext(context.Background(), args...)
}

func (s *statements) queryRow(query string, args ...any) *sql.Row {
	// A text that cannot be prepared fails again below, inside the Row.
	st, _ := s.get(query)
	if st == nil {
		return s.handle.QueryRowContext(context.Background(), query, args...)
	}
	return st.QueryRowContext(context.Background(), args...)
}

// failedRow is a Row whose Scan gives err. Only database/sql can make a Row,
// so a pool is asked with a context that has ended with err.
func failedRow(pool *sql.DB, err error) *sql.Row {
	return pool.QueryRowContext(ended{context.Background(), err}, "")
}

type ended struct {
	context.Context
	err error
}

func (e ended) Err() error { return e.err }

func (ended) Done() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
