package blob_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"leitportal/internal/fail"
)

func from(at int64) func() (int64, error) { return func() (int64, error) { return at, nil } }

// TestResume writes a blob in pieces, with what a crash does in between.
func TestResume(t *testing.T) {
	s, dir, ids := open(t)
	key := ids.New()
	write := func(at int64, text string) {
		t.Helper()
		w, err := s.Resume(t.Context(), key, from(at))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Sync(); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(0, "Wal")
	write(3, "di, of which nothing was acknowledged")
	write(3, "di")
	if _, err := s.Get(t.Context(), key); !fail.Is(err, fail.NotFound) {
		t.Errorf("half a blob is one: %v", err)
	}
	if _, err := s.Resume(t.Context(), key, from(6)); !fail.Is(err, fail.NotFound) {
		t.Errorf("behind its end: %v", err)
	}
	w, err := s.Resume(t.Context(), key, from(5))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resume(t.Context(), key, from(5)); !fail.Is(err, fail.Conflict) {
		t.Errorf("two at once: %v", err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	r, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != "Waldi" {
		t.Errorf("got %q, %v", got, err)
	}
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	for _, bad := range []string{"", "../x", "tmp"} {
		if _, err := s.Resume(t.Context(), bad, from(0)); !fail.Is(err, fail.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestArrivingIsErased(t *testing.T) {
	s, dir, ids := open(t)
	for _, erase := range []func(key string) error{
		func(key string) error { return s.Delete(t.Context(), key) },
		func(key string) error {
			old := time.Now().Add(-48 * time.Hour)
			if err := os.Chtimes(filepath.Join(dir, "tmp", key+".part"), old, old); err != nil {
				return err
			}
			return s.Sweep(t.Context(), old.Add(time.Hour))
		},
	} {
		key := ids.New()
		w, err := s.Resume(t.Context(), key, from(0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "half"); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if len(files(t, dir)) != 1 {
			t.Fatal("what was written does not outlive the Writer")
		}
		if err := erase(key); err != nil {
			t.Fatal(err)
		}
		if left := files(t, dir); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	}
}

func TestGivenUp(t *testing.T) {
	s, dir, ids := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	w, err := s.Create(ctx, ids.New())
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("writes after its end")
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// TestTakenBack: what was committed goes on where its owner did not come to
// know it, and is left alone where he did.
func TestTakenBack(t *testing.T) {
	s, dir, ids := open(t)
	key := ids.New()
	w, err := s.Resume(t.Context(), key, from(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "Waldi"); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resume(t.Context(), key, from(3)); !fail.Is(err, fail.Conflict) {
		t.Errorf("while its writer is at it: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	mine := fail.Newf(fail.Gone, "it is whole")
	if _, err := s.Resume(t.Context(), key, func() (int64, error) { return 0, mine }); !errors.Is(err, mine) {
		t.Error(err)
	}
	if r, err := s.Get(t.Context(), key); err != nil {
		t.Errorf("its owner knew it: %v", err)
	} else if err := r.Close(); err != nil {
		t.Error(err)
	}
	if w, err = s.Resume(t.Context(), key, from(3)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), key); !fail.Is(err, fail.NotFound) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := io.WriteString(w, "demar"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Commit(), w.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != "Waldemar" {
		t.Errorf("got %q, %v", got, err)
	}
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestFree(t *testing.T) {
	s, _, _ := open(t)
	if n, err := s.Free(); err != nil || n < 0 {
		t.Errorf("%d bytes free, %v", n, err)
	}
}
