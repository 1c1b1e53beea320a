package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"syscall"
	"time"

	"leitportal/internal/fail"
	"leitportal/internal/id"
)

const tmp = "tmp"

// Store is a folder of blobs. It is safe for concurrent use, by several
// processes too.
type Store struct {
	root *os.Root
}

// Open opens the folder dir, which it makes where missing, for the owner only.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob: make the folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("blob: open the folder: %w", err)
	}
	if err := root.Mkdir(tmp, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, errors.Join(fmt.Errorf("blob: %w", err), root.Close())
	}
	return &Store{root}, nil
}

// Close gives the folder back.
func (s *Store) Close() error { return s.root.Close() }

// Put stores what r gives under key, an id of package id, and returns when it
// is on disk. It is of kind fail.Conflict when the id is taken, fail.Invalid
// when it is none, and fail.Unavailable when the disk is full. The caller
// bounds r.
func (s *Store) Put(ctx context.Context, key string, r io.Reader) error {
	w, err := s.Create(ctx, key)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	if err == nil {
		return w.Commit()
	}
	return errors.Join(classify("write", err), w.Close())
}

// Get opens the blob under key; the caller closes it. It is of kind
// fail.NotFound when there is none.
func (s *Store) Get(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	_, name, err := place(key)
	if err != nil {
		return nil, err
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, classify("open", err)
	}
	return f, nil
}

// Delete removes the blob under key, for good when it returns, and what there
// is of one that is still arriving. One that is not there is no error, so that
// a deletion can be repeated.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	shard, name, err := place(key)
	if err != nil {
		return err
	}
	for dir, name := range map[string]string{tmp: part(key), shard: name} {
		err := s.root.Remove(name)
		if err == nil {
			err = s.sync(dir)
		}
		if ignoreMissing(err) != nil {
			return classify("delete", err)
		}
	}
	return nil
}

// Free is how many bytes the disk of the folder still takes.
func (s *Store) Free() (int64, error) {
	d, err := s.root.Open(".")
	if err != nil {
		return 0, classify("open", err)
	}
	defer d.Close()
	var st syscall.Statfs_t
	if err := syscall.Fstatfs(int(d.Fd()), &st); err != nil {
		return 0, classify("ask the disk", err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// IDs goes through the ids of all blobs, in no order. What is put or deleted
// meanwhile may be among them.
func (s *Store) IDs(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		shards, err := fs.ReadDir(s.root.FS(), ".")
		if err != nil {
			yield("", classify("list", err))
			return
		}
		for _, shard := range shards {
			if shard.Name() == tmp || !shard.IsDir() {
				continue
			}
			files, err := fs.ReadDir(s.root.FS(), shard.Name())
			if err = errors.Join(ctx.Err(), err); err != nil {
				yield("", classify("list", err))
				return
			}
			for _, f := range files {
				if home, _, err := place(f.Name()); err == nil && home == shard.Name() && !yield(f.Name(), nil) {
					return
				}
			}
		}
	}
}

// Sweep removes what a crash has left half written before the given instant.
func (s *Store) Sweep(ctx context.Context, before time.Time) error {
	entries, err := fs.ReadDir(s.root.FS(), tmp)
	if err != nil {
		return classify("sweep", err)
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.ModTime().Before(before) {
			err = s.root.Remove(path.Join(tmp, e.Name()))
		}
		if ignoreMissing(err) != nil {
			return classify("sweep", err)
		}
	}
	return nil
}

// place is the folder and the path of a blob. The last digits of an id are
// random, the first ones are the time.
func place(key string) (shard, name string, err error) {
	if !id.Valid(key) {
		return "", "", fail.Newf(fail.Invalid, "blob: not an id")
	}
	shard = key[len(key)-2:]
	return shard, path.Join(shard, key), nil
}

func (s *Store) sync(dir string) error {
	d, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func classify(what string, err error) error {
	kind := fail.KindOf(err) // that of the caller's reader, where it failed
	switch {
	case errors.Is(err, fs.ErrNotExist):
		kind = fail.NotFound
	case errors.Is(err, fs.ErrExist):
		kind = fail.Conflict
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EIO), errors.Is(err, syscall.EMFILE):
		kind = fail.Unavailable
	}
	return fail.New(kind, "", fmt.Errorf("blob: %s: %w", what, err))
}
