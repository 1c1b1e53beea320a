package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"leitportal/internal/fail"
)

// Writer writes a blob, which is there when Commit returns. Not for concurrent
// use.
type Writer struct {
	s     *Store
	ctx   context.Context
	key   string
	f     *os.File // nil after Commit or Close
	temp  string
	end   int64 // behind what was written
	asked int64 // up to where the kernel was asked to put it on disk
	stays bool  // what was written outlives Close
	named bool  // the folder of half-written blobs knows it
}

// Create begins the blob key, an id of package id. The caller closes the
// Writer; what was not committed then is gone. Write ends with ctx.
func (s *Store) Create(ctx context.Context, key string) (*Writer, error) {
	// A name of its own: what a crash has left must not stop the next attempt.
	return s.writer(ctx, key, path.Join(tmp, key+"."+rand.Text()), os.O_CREATE|os.O_EXCL)
}

// Resume goes on with the blob key behind its first bytes, as many as at
// answers, and forgets what was written after those; where there is nothing of
// it, it begins it. at is asked once nobody else can write the blob. What was
// written stays when the Writer is closed, until Delete or Sweep; a blob that
// was committed already is taken back, for a crash may have come before its
// owner knew. It is of kind fail.Conflict while somebody else has it open, in
// whatever process, and fail.NotFound when there are fewer bytes of it.
func (s *Store) Resume(ctx context.Context, key string, at func() (int64, error)) (*Writer, error) {
	w, err := s.lock(ctx, key)
	if err != nil {
		return nil, err
	}
	n, err := at()
	if err == nil {
		err = w.from(n)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// lock opens what there is of a blob, or begins it, for one writer alone.
func (s *Store) lock(ctx context.Context, key string) (*Writer, error) {
	_, name, err := place(key)
	if err != nil {
		return nil, err
	}
	w, err := s.writer(ctx, key, part(key), 0)
	if fail.Is(err, fail.NotFound) {
		w, err = s.writer(ctx, key, name, 0)
	}
	if fail.Is(err, fail.NotFound) {
		w, err = s.writer(ctx, key, part(key), os.O_CREATE)
	}
	if err != nil {
		return nil, err
	}
	w.stays = true
	// The kernel gives the lock back when the process ends, however it does.
	err = syscall.Flock(int(w.f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil { // it may have moved since it was opened
		var mine, there fs.FileInfo
		if mine, err = w.f.Stat(); err == nil {
			if there, err = s.root.Stat(w.temp); err == nil && !os.SameFile(mine, there) {
				err = fs.ErrNotExist
			}
		}
	}
	if err != nil {
		return nil, errors.Join(fail.Newf(fail.Conflict, "blob: somebody else is writing it"), w.Close())
	}
	return w, nil
}

func (w *Writer) from(at int64) error {
	info, err := w.f.Stat()
	if err == nil && info.Size() < at {
		return fail.Newf(fail.NotFound, "blob: %d bytes of %d are there", info.Size(), at)
	}
	if err == nil && w.temp != part(w.key) {
		if err = w.s.root.Rename(w.temp, part(w.key)); err == nil {
			w.temp = part(w.key)
		}
	}
	if err == nil {
		err = w.f.Truncate(at)
	}
	if err == nil {
		_, err = w.f.Seek(at, io.SeekStart)
	}
	if err != nil {
		return classify("go on with", err)
	}
	w.end, w.asked = at, at
	return nil
}

func (s *Store) writer(ctx context.Context, key, temp string, create int) (*Writer, error) {
	if _, _, err := place(key); err != nil {
		return nil, err
	}
	f, err := s.root.OpenFile(temp, os.O_WRONLY|create, 0o600)
	if err != nil {
		return nil, classify("create", err)
	}
	return &Writer{s: s, ctx: ctx, key: key, f: f, temp: temp}, nil
}

// askedAtOnce is how many bytes of a large blob go to the disk together while
// it is still arriving, so that Commit need not wait for all of them.
const askedAtOnce = 8 << 20

// Write appends p. Errors are of the kinds of Put.
func (w *Writer) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.f.Write(p)
	if w.end += int64(n); w.end-w.asked >= askedAtOnce {
		startWriting(w.f, w.asked, w.end-w.asked)
		w.asked = w.end
	}
	if err != nil {
		err = classify("write", err)
	}
	return n, err
}

// Sync returns when what was written is on disk, where Resume finds it.
func (w *Writer) Sync() error {
	err := w.f.Sync()
	if err == nil && w.stays && !w.named {
		err = w.s.sync(tmp)
		w.named = err == nil
	}
	if err != nil {
		return classify("write", err)
	}
	return nil
}

// Commit makes what was written the blob, and closes the Writer; one from
// Resume stays open, so that nobody else goes on with it, until Close. Errors
// are of the kinds of Put.
func (w *Writer) Commit() (err error) {
	shard, name, err := place(w.key)
	if err != nil {
		return err
	}
	if err := w.f.Sync(); err != nil {
		return errors.Join(classify("write", err), w.Close())
	}
	defer func() {
		switch {
		case !w.stays: // the link keeps the content where all went well
			err = errors.Join(err, w.Close())
		case err == nil:
			err = ignoreMissing(w.s.root.Remove(w.temp))
		}
	}()
	err = w.s.root.Mkdir(shard, 0o700)
	if err == nil {
		err = w.s.sync(".")
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return classify("make a folder", err)
	}
	if err := w.s.root.Link(w.temp, name); err != nil { // unlike Rename, never replaces
		return classify("name", err)
	}
	if err := w.s.sync(shard); err != nil {
		return classify("write the folder", err)
	}
	return nil
}

// Close gives up what was not committed, unless it came from Resume. After
// Commit it does nothing.
func (w *Writer) Close() error {
	if w.f == nil {
		return nil
	}
	err := w.f.Close()
	w.f = nil
	if !w.stays {
		err = errors.Join(err, ignoreMissing(w.s.root.Remove(w.temp)))
	}
	if err != nil {
		return classify("close", err)
	}
	return nil
}

// part is where a blob lies that is arriving and can be gone on with.
func part(key string) string { return path.Join(tmp, key+".part") }
