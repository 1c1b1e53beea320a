package db

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// mark tells commits of this process from those of others, for what is kept in
// memory. SQLite counts commits, by whomever, in the file that all processes
// map (https://www.sqlite.org/walformat.html, "The WAL-Index Header",
// iChange); we map it too, so that looking at the count costs nothing.
type mark struct {
	file   *os.File      // -shm; closing it gives up SQLite's locks on it
	header []byte        // of the file, as all processes see it
	before uint32        // the count when the open transaction began
	own    atomic.Uint32 // the count after our last commit
	next   atomic.Uint32 // and after the one that is under way; else the same
	others atomic.Uint64 // grows when others have committed
	closed atomic.Bool
}

// openMark maps the count of a database that is open in WAL mode.
func openMark(database string) (*mark, error) {
	f, err := os.Open(database + "-shm")
	if err != nil {
		return nil, fmt.Errorf("db: %w", err)
	}
	m := &mark{file: f}
	info, err := f.Stat()
	if err == nil && info.Size() < headerSize {
		err = errors.New("has no header")
	}
	if err == nil {
		m.header, err = syscall.Mmap(int(f.Fd()), 0, headerSize, syscall.PROT_READ, syscall.MAP_SHARED)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("db: map %s: %w", f.Name(), err)
	}
	// Not in close: somebody may ask later.
	runtime.AddCleanup(m, func(header []byte) { _ = syscall.Munmap(header) }, m.header)
	n := m.count()
	m.own.Store(n)
	m.next.Store(n)
	return m, nil
}

// headerSize is the size of the WAL-index header in bytes.
const headerSize = 136

// count is iChange, in the machine's order. SQLite's header lies there as long
// as we have the file open.
func (m *mark) count() uint32 {
	return atomic.LoadUint32((*uint32)(unsafe.Pointer(&m.header[8])))
}

// begun is called when our transaction holds the write lock and has written
// nothing.
func (m *mark) begun() {
	n := m.count()
	if n != m.own.Load() {
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
	m.closed.Store(true)
	if err := m.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// now is a number that stays the same while nobody else commits; ok is false
// while that is not known, and once it is closed.
func (m *mark) now() (uint64, bool) {
	n := m.count()
	if m.closed.Load() || n != m.own.Load() && n != m.next.Load() {
		return 0, false
	}
	return m.others.Load(), true
}
