package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"leitportal/internal/blob"
	"leitportal/internal/clock"
	"leitportal/internal/fail"
	"leitportal/internal/id"
)

func open(t *testing.T) (*blob.Store, string, *id.Source) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "blobs")
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, dir, id.NewSource(clock.System(), rand.Reader)
}

// files lists the paths of all files below dir.
func files(t *testing.T, dir string) (out []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPutGetDelete(t *testing.T) {
	s, dir, ids := open(t)
	for _, size := range []int{0, 1, 100_000, 20_000_000} {
		key, content := ids.New(), bytes.Repeat([]byte("w"), size)
		if err := s.Put(t.Context(), key, iotest.HalfReader(bytes.NewReader(content))); err != nil {
			t.Fatal(err)
		}
		f, err := s.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes back of %d, %v", len(got), size, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Put(t.Context(), key, strings.NewReader("other")); !fail.Is(err, fail.Conflict) {
			t.Errorf("second Put: %v", err)
		}
		info, err := os.Stat(filepath.Join(dir, key[34:], key))
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() != int64(size) {
			t.Errorf("on disk: %v %v", info, err)
		}
		for range 2 {
			if err := s.Delete(t.Context(), key); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.Get(t.Context(), key); !fail.Is(err, fail.NotFound) {
			t.Errorf("after Delete: %v", err)
		}
	}
}

func TestFailedPutLeavesNothing(t *testing.T) {
	s, dir, ids := open(t)
	boom := fail.Newf(fail.TooLarge, "boom")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(t.Context(), ids.New(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(boom))); !errors.Is(err, boom) || !fail.Is(err, fail.TooLarge) {
		t.Errorf("reader fails: %v", err)
	}
	if err := s.Put(cancelled, ids.New(), strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestConcurrentPutsOfOneID(t *testing.T) {
	s, dir, ids := open(t)
	key := ids.New()
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			switch err := s.Put(t.Context(), key, strings.NewReader("x")); {
			case err == nil:
				won.Add(1)
			case !fail.Is(err, fail.Conflict):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || len(files(t, dir)) != 1 {
		t.Errorf("%d writers won, files %v", won.Load(), files(t, dir))
	}
}

func TestSweep(t *testing.T) {
	s, dir, ids := open(t)
	old, young := filepath.Join(dir, "tmp", ids.New()), filepath.Join(dir, "tmp", ids.New())
	now := time.Now()
	for p, at := range map[string]time.Time{old: now.Add(-48 * time.Hour), young: now} {
		if err := os.WriteFile(p, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(p, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sweep(t.Context(), now.Add(-24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left := files(t, dir); len(left) != 1 || left[0] != young {
		t.Errorf("left: %v", left)
	}
}

func FuzzKeys(f *testing.F) {
	for _, k := range []string{"", ".", "..", "../x", "tmp", "/etc/passwd", "00/../../x", "0190c6f5-0000-7000-8000-0000000000\x00a", "0190C6F5-0000-7000-8000-00000000000A", strings.Repeat("a", 36)} {
		f.Add(k)
	}
	dir := f.TempDir()
	s, err := blob.Open(filepath.Join(dir, "in"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key string) {
		err := s.Put(t.Context(), key, strings.NewReader("x"))
		if id.Valid(key) {
			if err != nil {
				t.Error(err)
			}
			if err := s.Delete(t.Context(), key); err != nil {
				t.Error(err)
			}
			return
		}
		_, gerr := s.Get(t.Context(), key)
		for _, err := range []error{err, gerr, s.Delete(t.Context(), key)} {
			if !fail.Is(err, fail.Invalid) {
				t.Errorf("%q: %v", key, err)
			}
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("outside of the folder: %v", entries)
		}
	})
}

func TestIDs(t *testing.T) {
	s, dir, ids := open(t)
	want := map[string]bool{}
	for range 20 {
		key := ids.New()
		want[key] = true
		if err := s.Put(t.Context(), key, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	gone := ids.New()
	if err := errors.Join(s.Put(t.Context(), gone, strings.NewReader("x")), s.Delete(t.Context(), gone)); err != nil {
		t.Fatal(err)
	}
	// What is not ours is passed over.
	for _, name := range []string{"README", "tmp/" + ids.New(), gone[len(gone)-2:] + "/note.txt", "tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil && name != "tmp" {
			t.Fatal(err)
		}
	}
	for key, err := range s.IDs(t.Context()) {
		if err != nil || !want[key] {
			t.Errorf("lists %s, %v", key, err)
		}
		delete(want, key)
	}
	if len(want) > 0 {
		t.Errorf("%d blobs are not listed", len(want))
	}
	n := 0
	for range s.IDs(t.Context()) {
		if n++; n == 3 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.IDs(ctx) {
		if err == nil {
			t.Error("goes on after its end")
		}
	}
}
