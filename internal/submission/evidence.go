package submission

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"sync"
	"time"

	"leitportal/internal/blob"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/media"
	"leitportal/internal/seal"
	"leitportal/internal/web"
)

func fileAAD(id string) []byte { return []byte("file " + id) }

// keeping is a file on its way to the disk: sealed under a key of its own as it
// comes, whatever its length.
type keeping struct {
	id      string
	key     dataKey
	blob    *blob.Writer
	seal    *seal.Writer
	sum     hash.Hash
	head    []byte       // its first bytes, up to media.HeadSize
	pages   *media.Pages // nil where they are not counted
	size    int64
	charged int64 // how much of it is counted for the caller
	charge  func(own, n int64) time.Duration
	wait    time.Duration         // with errWait
	room    func() error          // errFull where the disk has none to spare
	reread  func(io.Writer) error // gives it from its beginning; nil where it was all written at once
	done    bool
}

// errWait stops a file that is more than its sender may upload now.
var errWait = errors.New("submission: too much was uploaded within the hour")

// errFull stops a file that would fill the disk.
var errFull = fail.New(fail.Unavailable, "submission.error.full", errors.New("submission: the disk has no room to spare"))

// chargedAtOnce is how much of a file arrives before it is counted.
const chargedAtOnce = 1 << 20

// newFile begins a file of a draft. The caller ends it with keep, and gives it
// up in any case.
func (s *Service) newFile(ctx context.Context, ss *session) (*keeping, error) {
	key, err := newDataKey(s.Rand)
	if err != nil {
		return nil, err
	}
	k := &keeping{id: s.IDs.New(), key: key, sum: sha256.New(), charge: s.charge(ctx), room: s.room(0)}
	if err := k.room(); err != nil {
		return nil, err
	}
	// Noted before it is written: a crash in between leaves a row, which goes
	// with the draft, and never a blob that nobody knows.
	if err := s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		return s.store.insertFile(ctx, tx, ss.tenant, ss.id, k.id, s.Clock.Now())
	}); err != nil {
		return nil, err
	}
	if k.blob, err = s.Blobs.Create(ctx, k.id); err != nil {
		return nil, err
	}
	k.seal = seal.NewWriter(s.Rand, key, fileAAD(k.id), k.blob)
	return k, nil
}

// charge counts bytes for the caller, as far as he may have them.
func (s *Service) charge(ctx context.Context) func(own, n int64) time.Duration {
	caller := web.ClientKey(ctx)
	return func(own, n int64) time.Duration { return s.uploads.more(caller, own, n) }
}

// room is errFull where the disk has less than n bytes beside its reserve.
func (s *Service) room(n int64) func() error {
	return func() error {
		free, err := s.Blobs.Free()
		if err == nil && free-n < s.reserve {
			err = errFull
		}
		return err
	}
}

// besideFrom is from how many bytes on a piece is hashed beside being sealed.
const besideFrom = 64 << 10

// Write takes a piece of the file. After an error it can only be given up.
func (k *keeping) Write(p []byte) (int, error) {
	var hashed sync.WaitGroup
	if k.reread == nil {
		k.look(p)
		if len(p) < besideFrom {
			k.sum.Write(p)
		} else { // as long as everything else together
			hashed.Go(func() { k.sum.Write(p) })
		}
	}
	n, err := k.seal.Write(p)
	hashed.Wait()
	if k.size += int64(n); err == nil && k.size-k.charged >= chargedAtOnce {
		err = k.count()
	}
	return n, err
}

// look looks at a piece, from the first byte on. Whether the pages are
// counted, the first one says.
func (k *keeping) look(p []byte) {
	if len(k.head) == 0 && media.Sniff(p) == media.PDF {
		k.pages = media.NewPages()
	}
	if room := media.HeadSize - len(k.head); room > 0 {
		k.head = append(k.head, p[:min(room, len(p))]...)
	}
	if k.pages != nil {
		k.pages.Write(p)
	}
}

// ReadFrom takes all of r, in pieces that are worth hashing beside.
func (k *keeping) ReadFrom(r io.Reader) (total int64, err error) {
	piece := make([]byte, bodyAtOnce)
	for {
		n := 0
		for n < len(piece) && err == nil {
			var m int
			m, err = r.Read(piece[n:])
			n += m
		}
		if _, bad := k.Write(piece[:n]); bad != nil {
			return total, bad
		}
		total += int64(n)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// count charges what was not charged yet.
func (k *keeping) count() error {
	if err := k.room(); err != nil {
		return err
	}
	if k.wait = k.charge(k.charged, k.size-k.charged); k.wait > 0 {
		return errWait
	}
	k.charged = k.size
	return nil
}

// keep puts the file on the disk for good and answers how the answers name it,
// in which its key lies sealed.
func (k *keeping) keep(name string) (form.File, error) {
	err := k.count()
	if err == nil {
		err = k.seal.Close()
	}
	if err == nil {
		err = k.blob.Commit()
	}
	if err == nil && k.reread != nil {
		err = k.reread(learner{k})
	}
	k.done = err == nil
	return form.File{
		ID: k.id, Name: name, Type: media.Sniff(k.head), Size: k.size,
		SHA256: hex.EncodeToString(k.sum.Sum(nil)), Key: base64.RawURLEncoding.EncodeToString(k.key[:]),
	}, err
}

// learner is where a file goes that was written in several pieces.
type learner struct{ k *keeping }

func (l learner) Write(p []byte) (int, error) {
	l.k.look(p)
	return l.k.sum.Write(p)
}

// giveUp erases a file that was not kept, if it was not.
func (s *Service) giveUp(ctx context.Context, ss *session, k *keeping) {
	if k.done {
		return
	}
	s.uploads.giveBack(web.ClientKey(ctx), k.charged)
	ctx = context.WithoutCancel(ctx)
	if err := errors.Join(k.blob.Close(), s.dropFiles(ctx, ss.tenant, ss.id, []string{k.id})); err != nil {
		s.Log.Warn("a file that was not taken stays for now", "error", err)
	}
}

// keepFile keeps what r gives as a file of the draft.
func (s *Service) keepFile(ctx context.Context, ss *session, name string, r io.Reader) (form.File, error) {
	k, err := s.newFile(ctx, ss)
	if err != nil {
		return form.File{}, err
	}
	defer s.giveUp(ctx, ss, k)
	if _, err := io.Copy(k, r); err != nil {
		return form.File{}, err
	}
	return k.keep(name)
}

// OpenFile opens an evidence file of a submission by the reference that its
// answers hold. It is given out as it is opened, chunk by chunk: only io.EOF
// says that it is the file described, to its last byte; anything else is an
// error, of kind fail.Invalid or seal.ErrOpen. The caller closes it.
func OpenFile(ctx context.Context, blobs interface {
	Get(ctx context.Context, id string) (io.ReadSeekCloser, error)
}, f form.File,
) (io.ReadCloser, error) {
	key, err := base64.RawURLEncoding.DecodeString(f.Key)
	if err != nil || len(key) != 32 {
		return nil, fail.Newf(fail.Invalid, "submission: file without key")
	}
	sealed, err := blobs.Get(ctx, f.ID)
	if err != nil {
		return nil, err
	}
	plain, err := seal.NewReader([32]byte(key), fileAAD(f.ID), sealed)
	if err != nil {
		sealed.Close()
		return nil, err
	}
	return &opened{sealed, plain, sha256.New(), f}, nil
}

// opened is a file that is compared with its description while it is read.
type opened struct {
	io.Closer
	r    io.Reader
	sum  hash.Hash
	file form.File
}

func (o *opened) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	o.sum.Write(p[:n])
	if err == io.EOF {
		want, bad := hex.DecodeString(o.file.SHA256)
		if bad != nil || !bytes.Equal(o.sum.Sum(nil), want) {
			return n, fail.Newf(fail.Invalid, "submission: the file differs from its description")
		}
	}
	return n, err
}

// readFile is OpenFile for a file known to be small.
func (s *Service) readFile(ctx context.Context, f form.File) ([]byte, error) {
	r, err := OpenFile(ctx, s.Blobs, f)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
