package blob

import (
	"os"
	"syscall"
)

// startWriting asks the kernel to put a piece of a file on the disk soon. It is
// no more than that: whether it is there, and whether it could be, says Sync.
func startWriting(f *os.File, at, n int64) {
	const write = 2 // SYNC_FILE_RANGE_WRITE: begin, and wait for nothing
	_ = syscall.SyncFileRange(int(f.Fd()), at, n, write)
}
