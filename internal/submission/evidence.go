package submission

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"

	"leitportal/internal/blob"
	"leitportal/internal/db"
	"leitportal/internal/fail"
	"leitportal/internal/form"
	"leitportal/internal/seal"
	"leitportal/internal/web"
)

func fileAAD(id string) []byte { return []byte("file " + id) }

// headSize is how much of a file tells what it is.
const headSize = 1024

// keeping is a file on its way to the disk: sealed under a key of its own as it
// comes, whatever its length.
type keeping struct {
	id   string
	key  dataKey
	blob *blob.Writer
	seal *seal.Writer
	sum  hash.Hash
	head []byte // its first bytes, up to headSize
	size int64
}

// newFile begins a file of a draft, an opened session of it. The caller closes
// it.
func (s *Service) newFile(ctx context.Context, ss *session) (*keeping, error) {
	key, err := newDataKey(s.Rand)
	if err != nil {
		return nil, err
	}
	k := &keeping{id: s.IDs.New(), key: key, sum: sha256.New()}
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

func (k *keeping) Write(p []byte) (int, error) {
	if room := headSize - len(k.head); room > 0 {
		k.head = append(k.head, p[:min(room, len(p))]...)
	}
	k.sum.Write(p)
	n, err := k.seal.Write(p)
	k.size += int64(n)
	return n, err
}

// done puts the file on the disk for good and answers how the answers name it,
// in which its key lies sealed.
func (k *keeping) done(name string) (form.File, error) {
	err := k.seal.Close()
	if err == nil {
		err = k.blob.Commit()
	}
	return form.File{
		ID: k.id, Name: name, Type: sniff(k.head), Size: k.size,
		SHA256: hex.EncodeToString(k.sum.Sum(nil)), Key: base64.RawURLEncoding.EncodeToString(k.key[:]),
	}, err
}

// Close gives the file up, unless it is done.
func (k *keeping) Close() error { return k.blob.Close() }

// keepFile keeps what r gives as a file of the draft.
func (s *Service) keepFile(ctx context.Context, ss *session, name string, r io.Reader) (form.File, error) {
	k, err := s.newFile(ctx, ss)
	if err != nil {
		return form.File{}, err
	}
	defer k.Close()
	if _, err := io.Copy(k, r); err != nil {
		return form.File{}, err
	}
	f, err := k.done(name)
	if err == nil {
		s.uploads.use(web.ClientKey(ctx), f.Size)
	}
	return f, err
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
