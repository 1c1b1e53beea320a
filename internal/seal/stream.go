package seal

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ChunkSize is how many bytes of content each chunk of a sealed stream holds;
// the last one may hold fewer.
const ChunkSize = 64 << 10

const (
	streamVersion = 2
	chunkOverhead = nonceSize + tagSize
	sealedChunk   = ChunkSize + chunkOverhead
)

// Writer seals a stream of any length at constant memory: version 2, then
// chunk after chunk, each AES-256-GCM under a random nonce of its own. As in
// the STREAM construction (Hoang and others, 2015) each chunk is bound to its
// number and to whether it is the last: left out, swapped, added to or cut
// off, the stream does not open. The nonces are random and not counted, for a
// chunk may be sealed again after a crash (see ResumeWriter). Not for
// concurrent use.
type Writer struct {
	aead  cipher.AEAD
	rand  io.Reader
	aad   []byte
	bound []byte // room for what a chunk is bound to
	w     io.Writer
	chunk uint64 // number of the one in buf
	buf   []byte // content that is not sealed yet, at most a chunk
	out   []byte
	begun bool
	err   error
}

// NewWriter returns a Writer that seals to w under key and binds the stream to
// aad (which is not stored).
func NewWriter(rand io.Reader, key [32]byte, aad []byte, w io.Writer) *Writer {
	return &Writer{aead: gcm(key), rand: rand, aad: aad, w: w, buf: make([]byte, 0, ChunkSize), out: make([]byte, 0, 1+sealedChunk)}
}

// ResumeWriter goes on with a stream of which size bytes were taken, the last
// of them being tail (see Writer.Tail). w stands at SealedBefore(size, tail).
func ResumeWriter(rand io.Reader, key [32]byte, aad []byte, w io.Writer, size int64, tail []byte) *Writer {
	out := NewWriter(rand, key, aad, w)
	out.chunk, out.begun = uint64(size-int64(len(tail)))/ChunkSize, SealedBefore(size, tail) > 0
	out.buf = append(out.buf, tail...)
	return out
}

// SealedBefore is how many bytes a Writer has written that took size bytes and
// holds tail of them.
func SealedBefore(size int64, tail []byte) int64 {
	chunks := (size - int64(len(tail))) / ChunkSize
	if chunks == 0 {
		return 0
	}
	return 1 + chunks*sealedChunk
}

// Tail is what was taken and not sealed yet, up to ChunkSize bytes; valid until
// the next Write. Who keeps it, sealed, beside what was written, can go on with
// ResumeWriter.
func (w *Writer) Tail() []byte { return w.buf }

// Write takes p. A chunk is sealed when more comes, for only then is it known
// not to be the last.
func (w *Writer) Write(p []byte) (n int, err error) {
	for len(p) > 0 && w.err == nil {
		k := min(len(p), ChunkSize-len(w.buf))
		switch {
		case k == 0:
			if w.err = w.seal(w.buf, false); w.err == nil {
				w.buf = w.buf[:0]
			}
		case k == ChunkSize && k < len(p): // whole and not the last: it need not be kept
			w.err = w.seal(p[:k], false)
		default:
			w.buf = append(w.buf, p[:k]...)
		}
		if w.err == nil {
			p, n = p[k:], n+k
		}
	}
	return n, w.err
}

// Close seals the last chunk; the stream does not open without it. It does not
// close what is written to.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	err := w.seal(w.buf, true)
	w.err = errors.New("seal: the stream is closed")
	return err
}

func (w *Writer) seal(plain []byte, last bool) error {
	out := w.out[:0]
	if !w.begun {
		out = append(out, streamVersion)
	}
	nonce := out[len(out) : len(out)+nonceSize]
	if _, err := io.ReadFull(w.rand, nonce); err != nil {
		return fmt.Errorf("seal: no randomness: %w", err)
	}
	w.bound = chunkAAD(w.bound[:0], w.chunk, last, w.aad)
	out = w.aead.Seal(out[:len(out)+nonceSize], nonce, plain, w.bound)
	if _, err := w.w.Write(out); err != nil {
		return err
	}
	w.begun = true
	w.chunk++
	return nil
}

// chunkAAD appends to b what a chunk is bound to.
func chunkAAD(b []byte, chunk uint64, last bool, aad []byte) []byte {
	b = binary.BigEndian.AppendUint64(append(b, streamVersion), chunk)
	if last {
		return append(append(b, 1), aad...)
	}
	return append(append(b, 0), aad...)
}

// reader opens what Writer has sealed.
type reader struct {
	aead  cipher.AEAD
	aad   []byte
	bound []byte // as in Writer
	r     io.Reader
	chunk uint64
	buf   []byte // a sealed chunk and the byte that follows it, which tells that it is not the last
	ahead int    // how much of buf is read already
	store []byte // what plain lies in
	plain []byte // opened and not yet read
	err   error
}

// NewReader opens what a Writer or Seal has sealed under key and aad, as it is
// read, and answers ErrOpen where it is damaged: what was given before is
// whole as far as it goes, and only io.EOF says that it went to the end. It
// holds two chunks, or the whole of what was sealed in one piece.
func NewReader(key [32]byte, aad []byte, r io.Reader) (io.Reader, error) {
	var version [1]byte
	if _, err := io.ReadFull(r, version[:]); err != nil {
		return nil, cutOff(err)
	}
	if version[0] == streamVersion {
		return &reader{aead: gcm(key), aad: aad, r: r, buf: make([]byte, sealedChunk+1), store: make([]byte, 0, ChunkSize)}, nil
	}
	box, err := io.ReadAll(io.LimitReader(r, MaxPlain+Overhead))
	if err != nil {
		return nil, err
	}
	plain, err := Open(key, aad, append(version[:], box...))
	if err != nil {
		return nil, err
	}
	return &reader{plain: plain, err: io.EOF}, nil
}

func (r *reader) Read(p []byte) (int, error) {
	for len(r.plain) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.next()
	}
	n := copy(p, r.plain)
	r.plain = r.plain[n:]
	return n, nil
}

func (r *reader) next() {
	n, err := io.ReadFull(r.r, r.buf[r.ahead:])
	n += r.ahead
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		r.err = err
		return
	}
	last := n <= sealedChunk
	n = min(n, sealedChunk)
	if n < chunkOverhead {
		r.err = ErrOpen
		return
	}
	r.bound = chunkAAD(r.bound[:0], r.chunk, last, r.aad)
	plain, err := r.aead.Open(r.store, r.buf[:nonceSize], r.buf[nonceSize:n], r.bound)
	switch {
	case err != nil:
		r.err = ErrOpen
		return
	case last:
		r.err = io.EOF
	default:
		r.buf[0] = r.buf[sealedChunk]
		r.ahead = 1
	}
	r.plain = plain
	r.chunk++
}

// cutOff is ErrOpen for a stream that ends too early.
func cutOff(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrOpen
	}
	return err
}
