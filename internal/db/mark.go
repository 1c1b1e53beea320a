package db

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
)

// mark tells commits of this process from those of others, for what is kept in
// memory. SQLite counts commits, by whomever, in the file that all processes
// map (https://www.sqlite.org/walformat.html, "The WAL-Index Header",
// iChange); reading the count is a fraction of the cheapest query.
type mark struct {
	file   *os.File      // -shm
	before uint32        // the count when the open transaction began
	own    atomic.Uint32 // the count after our last commit
	next   atomic.Uint32 // and after the one that is under way; else the same
	others atomic.Uint64 // grows when others have committed
}

// openMark opens the count of a database that is open in WAL mode.
func openMark(database string) (*mark, error) {
	f, err := os.Open(database + "-shm")
	if err != nil {
		return nil, fmt.Errorf("db: %w", err)
	}
	m := &mark{file: f}
	n, err := m.count()
	if err != nil {
		f.Close()
		return nil, err
	}
	m.own.Store(n)
	m.next.Store(n)
	return m, nil
}

// count is iChange: 4 bytes in the machine's order.
func (m *mark) count() (uint32, error) {
	var b [4]byte
	if _, err := m.file.ReadAt(b[:], 8); err != nil {
		return 0, fmt.Errorf("db: %w", err)
	}
	return binary.NativeEndian.Uint32(b[:]), nil
}

// begun is called when our transaction holds the write lock and has written
// nothing.
func (m *mark) begun() {
	n, err := m.count()
	if err != nil || n != m.own.Load() {
		m.others.Add(1)
	}
	m.before = n
}

// committing is called before the commit: the count may be its from now on,
// and is nobody else's as long as it holds the lock.
func (m *mark) committing() { m.next.Store(m.before + 1) }

// ended is called when it is over, and tells whether a commit has written
// anything: then it counts as one. The file is not asked, for another process
// may have committed since; what it counts beyond ours shows as that.
func (m *mark) ended(wrote bool) {
	n := m.before
	if wrote {
		n++
	}
	m.own.Store(n)
	m.next.Store(n)
}

func (m *mark) close() error {
	if err := m.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// now is a number that stays the same while nobody else commits; ok is false
// while that is not known.
func (m *mark) now() (uint64, bool) {
	n, err := m.count()
	if err != nil || n != m.own.Load() && n != m.next.Load() {
		return 0, false
	}
	return m.others.Load(), true
}
