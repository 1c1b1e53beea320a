package seal_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"testing/iotest"

	"leitportal/internal/seal"
)

const sealedChunk = seal.ChunkSize + 28

func sealStream(t testing.TB, key [32]byte, aad, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := seal.NewWriter(rand.Reader, key, aad, &out)
	if _, err := io.Copy(w, iotest.HalfReader(bytes.NewReader(plain))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sealAtOnce seals in pieces of many chunks.
func sealAtOnce(t testing.TB, key [32]byte, aad []byte, pieces ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := seal.NewWriter(rand.Reader, key, aad, &out)
	for _, p := range pieces {
		if n, err := w.Write(p); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openStream(key [32]byte, aad, sealed []byte) ([]byte, error) {
	r, err := seal.NewReader(key, aad, bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7 >> 3)
	}
	return b
}

func TestStream(t *testing.T) {
	key, aad := [32]byte{1}, []byte("file 1")
	for _, n := range []int{0, 1, seal.ChunkSize - 1, seal.ChunkSize, seal.ChunkSize + 1, 3 * seal.ChunkSize, 3*seal.ChunkSize + 5} {
		plain := content(n)
		sealed := sealStream(t, key, aad, plain)
		got, err := openStream(key, aad, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes: %d back, %v", n, len(got), err)
		}
		for _, at := range []int{0, 1, seal.ChunkSize, 2*seal.ChunkSize + 1} {
			at = min(at, n)
			in := slices.Clone(plain)
			large := sealAtOnce(t, key, aad, in[:at], in[at:])
			if got, err := openStream(key, aad, large); err != nil || !bytes.Equal(got, plain) || len(large) != len(sealed) || !bytes.Equal(in, plain) {
				t.Fatalf("%d bytes, %d and the rest at once: %d back, %v", n, at, len(got), err)
			}
		}
		if _, err := openStream([32]byte{2}, aad, sealed); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%d bytes, another key: %v", n, err)
		}
		if _, err := openStream(key, []byte("file 2"), sealed); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%d bytes, of another file: %v", n, err)
		}
	}
	small := sealStream(t, key, aad, content(500))
	damage(t, small, func(b []byte) ([]byte, error) { return openStream(key, aad, b) })
}

// TestStreamDamaged cuts off, swaps, repeats and changes chunks.
func TestStreamDamaged(t *testing.T) {
	key, aad := [32]byte{1}, []byte("file 1")
	plain := content(4*seal.ChunkSize + 100)
	sealed := sealStream(t, key, aad, plain)
	chunk := func(i int) []byte { return sealed[1+i*sealedChunk : min(len(sealed), 1+(i+1)*sealedChunk)] }
	bad := map[string][]byte{
		"swapped":         slices.Concat(sealed[:1], chunk(1), chunk(0), chunk(2), chunk(3), chunk(4)),
		"left out":        slices.Concat(sealed[:1], chunk(0), chunk(2), chunk(3), chunk(4)),
		"repeated":        slices.Concat(sealed[:1], chunk(0), chunk(0), chunk(1), chunk(2), chunk(3), chunk(4)),
		"last one twice":  slices.Concat(sealed, chunk(4)),
		"longer":          append(slices.Clone(sealed), 0),
		"version":         append([]byte{3}, sealed[1:]...),
		"the one of old":  append([]byte{1}, sealed[1:]...),
		"of another file": slices.Concat(sealed[:1+sealedChunk], sealStream(t, key, []byte("file 2"), plain)[1+sealedChunk:]),
	}
	for i := range 5 {
		bad["cut before chunk "+string(rune('0'+i))] = sealed[:1+i*sealedChunk]
		bad["cut in chunk "+string(rune('0'+i))] = sealed[:1+i*sealedChunk+50]
		bad["cut at the end of chunk "+string(rune('0'+i))] = sealed[:min(len(sealed), 1+(i+1)*sealedChunk)-1]
		changed := slices.Clone(sealed)
		changed[1+i*sealedChunk+60] ^= 1
		bad["changed in chunk "+string(rune('0'+i))] = changed
	}
	for name, b := range bad {
		got, err := openStream(key, aad, b)
		if !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if !bytes.HasPrefix(plain, got) {
			t.Errorf("%s: gave what was never sealed", name)
		}
	}
	broken := errors.New("broken")
	r, err := seal.NewReader(key, aad, io.MultiReader(bytes.NewReader(sealed[:100]), iotest.ErrReader(broken)))
	if err == nil {
		_, err = io.ReadAll(r)
	}
	if !errors.Is(err, broken) {
		t.Errorf("a disk that fails: %v", err)
	}
}

// TestStreamOpensOldBoxes opens what was sealed in one piece.
func TestStreamOpensOldBoxes(t *testing.T) {
	key, aad := [32]byte{1}, []byte("file 1")
	for _, plain := range plains {
		box, err := seal.Seal(rand.Reader, key, aad, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := openStream(key, aad, box); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", len(plain), err)
		}
		if len(plain) < 100 {
			damage(t, box, func(b []byte) ([]byte, error) { return openStream(key, aad, b) })
		}
	}
}

// TestStreamResumes goes on at every kind of place, after a crash that lost
// what was written last.
func TestStreamResumes(t *testing.T) {
	key, aad := [32]byte{1}, []byte("file 1")
	plain := content(3*seal.ChunkSize + 9)
	for _, at := range []int{0, 1, seal.ChunkSize - 1, seal.ChunkSize, seal.ChunkSize + 1, 2 * seal.ChunkSize, len(plain)} {
		var out bytes.Buffer
		w := seal.NewWriter(rand.Reader, key, aad, &out)
		w.Write(plain[:at])
		tail := slices.Clone(w.Tail())
		if got := seal.SealedBefore(int64(at), tail); got != int64(out.Len()) {
			t.Fatalf("at %d: %d bytes are written, not %d", at, out.Len(), got)
		}
		before := slices.Clone(out.Bytes())
		w.Write(plain[at:]) // and this is lost
		out.Reset()
		out.Write(before)
		w = seal.ResumeWriter(rand.Reader, key, aad, &out, int64(at), tail)
		w.Write(plain[at:])
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := openStream(key, aad, out.Bytes()); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("at %d: %v", at, err)
		}
	}
}

func TestStreamWriterFails(t *testing.T) {
	broken := errors.New("broken")
	w := seal.NewWriter(rand.Reader, [32]byte{1}, nil, failing{broken})
	if _, err := w.Write(content(3 * seal.ChunkSize)); !errors.Is(err, broken) {
		t.Errorf("a disk that fails: %v", err)
	}
	if err := w.Close(); !errors.Is(err, broken) {
		t.Errorf("its end: %v", err)
	}
	w = seal.NewWriter(iotest.ErrReader(broken), [32]byte{1}, nil, io.Discard)
	if err := w.Close(); !errors.Is(err, broken) {
		t.Errorf("no randomness: %v", err)
	}
	w = seal.NewWriter(rand.Reader, [32]byte{1}, nil, io.Discard)
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("a closed stream takes more")
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestStreamMemory seals and opens 64 MiB and looks at the heap on the way.
func TestStreamMemory(t *testing.T) {
	const size, most = 64 << 20, 2 << 20
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	pr, pw := io.Pipe()
	w := seal.NewWriter(rand.Reader, [32]byte{1}, nil, pw)
	go func() {
		_, err := io.Copy(w, io.LimitReader(zeros{}, size))
		pw.CloseWithError(errors.Join(err, w.Close()))
	}()
	r, err := seal.NewReader([32]byte{1}, nil, pr)
	if err != nil {
		t.Fatal(err)
	}
	for n := range int64(8) {
		if _, err := io.CopyN(io.Discard, r, size/8); err != nil {
			t.Fatal(n, err)
		}
		if now := heap(); now > before+most {
			t.Fatalf("after %d MiB the heap has grown by %d bytes", (n+1)*8, now-before)
		}
	}
	if n, err := io.Copy(io.Discard, r); n != 0 || err != nil {
		t.Errorf("at the end %d bytes, %v", n, err)
	}
	runtime.KeepAlive(w)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func FuzzStreamOpen(f *testing.F) {
	key := [32]byte{1}
	f.Add([]byte{})
	f.Add([]byte{2})
	f.Add(sealStream(f, key, nil, []byte("Waldi")))
	f.Add(sealStream(f, key, nil, content(seal.ChunkSize))[:200])
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := openStream(key, nil, b)
		if err != nil && !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%v", err)
		}
		if err == nil && len(got) > len(b) {
			t.Error("more came out than went in")
		}
	})
}

// BenchmarkStream seals a megabyte in pieces of a size, and opens it.
func BenchmarkStream(b *testing.B) {
	plain := content(1 << 20)
	for _, size := range []int{4 << 10, 256 << 10} {
		b.Run(fmt.Sprintf("seal/%dk", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			w := seal.NewWriter(rand.Reader, [32]byte{1}, nil, io.Discard)
			for b.Loop() {
				for p := range slices.Chunk(plain, size) {
					if _, err := w.Write(p); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
	sealed := sealAtOnce(b, [32]byte{1}, nil, plain)
	b.Run("open", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		b.ReportAllocs()
		buf := make([]byte, 32<<10)
		for b.Loop() {
			r, err := seal.NewReader([32]byte{1}, nil, bytes.NewReader(sealed))
			if err == nil {
				_, err = io.CopyBuffer(io.Discard, struct{ io.Reader }{r}, buf)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
