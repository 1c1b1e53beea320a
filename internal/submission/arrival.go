package submission

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
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

// Bounds of uploads in pieces.
const (
	// arrivalLife is how long one that nobody goes on with is kept; blobs of
	// which nothing more came are swept after as long (see leftover).
	arrivalLife = leftover
	// maxArrivals is how many of them a draft has; more replace those that were
	// left alone longest.
	maxArrivals = 20
	// savedAtOnce is how much of a piece arrives before it is on the disk and
	// acknowledged: no more is lost when the portal is killed.
	savedAtOnce = 4 << 20
)

// What is wrong with a piece.
var (
	errElsewhere = errors.New("submission: the upload goes on at another byte")
	errTooLong   = errors.New("submission: more bytes than were announced")
	errCut       = errors.New("submission: the piece was cut off")
	errBusy      = errors.New("submission: another request sends this upload")
)

// arrival is an upload in pieces, opened.
type arrival struct {
	arrivalRow
	file string // id of its file
	arrivalPlan
	tail []byte // what came last and is not on the disk as a chunk
}

// arrivalPlan is what has been agreed on at its beginning.
type arrivalPlan struct {
	Page, Field, Name string
	Modified          string // of the file in the browser, in its own measure
	Length            int64  // of the whole, in bytes
	Metadata          string // as it was sent
	Key               []byte // of the file
}

func arrivalAAD(id string) string { return "arrival " + id }

// idLength is that of an id of package id.
const idLength = 36

// expires is when the upload ends if nobody goes on with it.
func (a *arrivalRow) expires() time.Time { return a.touched.Add(arrivalLife) }

// sealTo writes what is needed to go on into the row: the id of the file in
// the clear, by which the night's job finds it, the rest under the draft's key.
func (a *arrival) sealTo(rand io.Reader, key dataKey) error {
	plan, err := json.Marshal(a.arrivalPlan)
	if err != nil {
		return err
	}
	sealed, err := key.seal(rand, arrivalAAD(a.id), pack(plan, a.tail))
	a.sealed = append([]byte(a.file), sealed...)
	return err
}

func openArrival(row arrivalRow, key dataKey) (*arrival, error) {
	a := &arrival{arrivalRow: row}
	if row.state == arrived {
		return a, nil
	}
	if len(row.sealed) < idLength {
		return nil, errors.New("submission: an upload without a file")
	}
	a.file = string(row.sealed[:idLength])
	plain, err := key.open(arrivalAAD(row.id), row.sealed[idLength:])
	if err != nil {
		return nil, err
	}
	plan, tail, err := unpack(plain)
	if err != nil {
		return nil, err
	}
	a.tail = tail
	return a, json.Unmarshal(plan, &a.arrivalPlan)
}

// arrivalOf is an upload of a draft; fail.NotFound for none, fail.Gone for one
// whose time is over.
func (s *Service) arrivalOf(ctx context.Context, ss *session, id string) (*arrival, error) {
	row, err := s.store.arrival(ctx, s.DB.Read(), ss.tenant, ss.id, id)
	if err != nil {
		return nil, err
	}
	if row.state == arriving && !s.Clock.Now().Before(row.expires()) {
		return nil, fail.Newf(fail.Gone, "submission: nobody went on with the upload in time")
	}
	return openArrival(row, ss.key)
}

// announce begins an upload for a field of a page.
func (s *Service) announce(ctx context.Context, ss *session, plan arrivalPlan) (*arrival, error) {
	key, err := newDataKey(s.Rand)
	if err != nil {
		return nil, err
	}
	plan.Key = key[:]
	a := &arrival{arrivalRow: arrivalRow{tenant: ss.tenant, draft: ss.id, id: s.IDs.New(), state: arriving, touched: s.Clock.Now()}, file: s.IDs.New(), arrivalPlan: plan}
	if err := a.sealTo(s.Rand, ss.key); err != nil {
		return nil, err
	}
	others, err := s.store.arrivals(ctx, s.DB.Read(), ss.tenant, ss.id)
	if err != nil {
		return nil, err
	}
	for len(others) >= maxArrivals {
		if err := s.dropArrival(ctx, others[0]); err != nil {
			return nil, err
		}
		others = others[1:]
	}
	return a, s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if err := s.store.insertFile(ctx, tx, a.tenant, a.draft, a.file, a.touched); err != nil {
			return err
		}
		return s.store.insertArrival(ctx, tx, a.arrivalRow)
	})
}

// dropArrival erases an upload, with what there is of its file.
func (s *Service) dropArrival(ctx context.Context, a arrivalRow) error {
	ids := []string{a.id}
	if a.state == arriving && len(a.sealed) >= idLength {
		ids = []string{string(a.sealed[:idLength]), a.id}
	}
	return s.dropFiles(ctx, a.tenant, a.draft, ids)
}

// dropOverdue erases uploads that nobody went on with in time.
func (s *Service) dropOverdue(ctx context.Context) error {
	const batch = 100
	for {
		rows, err := s.store.overdue(ctx, s.DB.Read(), s.Clock.Now().Add(-arrivalLife), batch)
		for i := 0; i < len(rows) && err == nil; i++ {
			err = s.dropArrival(ctx, rows[i])
		}
		if err != nil || len(rows) < batch {
			return err
		}
	}
}

// resumedAt goes on with the file of an upload where at bytes of it are on the
// disk. The upload is read again once nobody else can move it.
func (s *Service) resumedAt(ctx context.Context, ss *session, id, file string, at int64) (*arrival, *keeping, error) {
	var a *arrival
	b, err := s.Blobs.Resume(ctx, file, func() (_ int64, err error) {
		if a, err = s.arrivalOf(ctx, ss, id); err != nil {
			return 0, err
		}
		if a.state != arriving || a.done != at {
			return 0, errElsewhere
		}
		return seal.SealedBefore(a.done, a.tail), nil
	})
	if fail.Is(err, fail.Conflict) {
		return nil, nil, errBusy
	}
	if err != nil {
		return a, nil, err
	}
	return a, s.keepingOf(ctx, a, b), nil
}

func (s *Service) keepingOf(ctx context.Context, a *arrival, b *blob.Writer) *keeping {
	k := &keeping{
		id: a.file, key: dataKey(a.Key), blob: b, sum: sha256.New(), size: a.done, charged: a.done,
		charge: s.charge(ctx), room: s.room(0),
	}
	k.seal = seal.ResumeWriter(s.Rand, k.key, fileAAD(k.id), b, a.done, a.tail)
	if a.done > 0 {
		k.reread = func(w io.Writer) error {
			r, err := s.Blobs.Get(ctx, k.id)
			if err != nil {
				return err
			}
			defer r.Close()
			plain, err := seal.NewReader(k.key, fileAAD(k.id), r)
			if err == nil {
				_, err = io.Copy(w, plain)
			}
			return err
		}
	}
	return k
}

// keepPiece acknowledges what has come of an upload: it is on the disk, and
// the row says so.
func (s *Service) keepPiece(ctx context.Context, ss *session, a *arrival, k *keeping) error {
	err := k.count()
	if err == nil {
		err = k.blob.Sync()
	}
	if err != nil {
		return err
	}
	a.done, a.tail, a.touched = k.size, k.seal.Tail(), s.Clock.Now()
	if err := a.sealTo(s.Rand, ss.key); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error { return s.store.moveArrival(ctx, tx, a.arrivalRow) })
}

// takeIn takes a piece of an upload, and acknowledges it, bit by bit. It is
// errCut when it broke off; what had come until then is kept. What completes
// the upload is not acknowledged before the file is taken.
func (s *Service) takeIn(ctx context.Context, ss *session, a *arrival, k *keeping, r *bufio.Reader) error {
	buf := make([]byte, 256<<10)
	for k.size < a.Length {
		n, err := r.Read(buf[:min(int64(len(buf)), a.Length-k.size)])
		if _, err := k.Write(buf[:n]); err != nil {
			return err
		}
		if err != nil && k.size < a.Length {
			if k.size > a.done {
				if err := s.keepPiece(ctx, ss, a, k); err != nil {
					return err
				}
			}
			if err != io.EOF {
				return errCut
			}
			return nil
		}
		if k.size < a.Length && k.size-a.done >= savedAtOnce {
			if err := s.keepPiece(ctx, ss, a, k); err != nil {
				return err
			}
		}
	}
	if _, err := r.ReadByte(); err == nil {
		return errTooLong
	}
	return nil
}

// early says in words why a field does not take a file that begins like this,
// as far as that shows yet.
func early(d *desk, f *form.Field, a *arrival, r *bufio.Reader) string {
	if a.done > 0 {
		return ""
	}
	head, _ := r.Peek(int(min(media.HeadSize, a.Length)))
	if int64(len(head)) < min(media.HeadSize, a.Length) {
		return ""
	}
	return refused(d.t, f, a.Name, head)
}

// arrivals are the uploads that this process is just reading, by id.
type arrivals struct {
	mu sync.Mutex
	by map[string]*reading
}

// reading is a request that sends a piece.
type reading struct {
	stop func()
	over chan struct{}
}

// stopPatience is how long a piece may take to end that another one replaces:
// the time in which a file is taken.
const stopPatience = 5 * time.Second

// enter makes the caller the one who reads an upload. Who read it until then
// is stopped: it is a lost connection of the same person. It is errBusy where
// he does not end.
func (as *arrivals) enter(ctx context.Context, id string, stop func()) (leave func(), err error) {
	if err := as.calm(ctx, id); err != nil {
		return nil, err
	}
	as.mu.Lock()
	defer as.mu.Unlock()
	if as.by[id] != nil {
		return nil, errBusy
	}
	if as.by == nil {
		as.by = map[string]*reading{}
	}
	me := &reading{stop, make(chan struct{})}
	as.by[id] = me
	return func() {
		as.mu.Lock()
		delete(as.by, id)
		as.mu.Unlock()
		close(me.over)
	}, nil
}

// calm stops who reads an upload, and waits until what he has is on the disk.
func (as *arrivals) calm(ctx context.Context, id string) error {
	as.mu.Lock()
	other := as.by[id]
	as.mu.Unlock()
	if other == nil {
		return nil
	}
	other.stop()
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	select {
	case <-other.over:
		return nil
	case <-ctx.Done():
		return errBusy
	}
}

// unfinished lists the uploads of a page that can be gone on with, by field.
func (s *Service) unfinished(ctx context.Context, ss *session, page string) (map[string][]*arrival, error) {
	rows, err := s.store.arrivals(ctx, s.DB.Read(), ss.tenant, ss.id)
	out := map[string][]*arrival{}
	for _, row := range rows {
		a, err := openArrival(row, ss.key)
		if err != nil {
			return nil, err
		}
		if a.Page == page && s.Clock.Now().Before(a.expires()) {
			out[a.Field] = append(out[a.Field], a)
		}
	}
	return out, err
}

// giveBack takes back what was counted for an upload that comes to nothing.
func (s *Service) giveBack(ctx context.Context, n int64) {
	s.uploads.giveBack(web.ClientKey(ctx), n)
}

// parseMetadata reads an Upload-Metadata heading (tus 1.0.0, Creation):
// comma-separated pairs of a key and a value in base64. It is fail.Invalid
// where it is not that, or longer than anybody needs.
func parseMetadata(s string) (map[string]string, error) {
	const most, pairs = 4096, 16
	bad := fail.Newf(fail.Invalid, "submission: broken Upload-Metadata")
	if len(s) > most || strings.Count(s, ",") >= pairs {
		return nil, bad
	}
	out := map[string]string{}
	if strings.TrimSpace(s) == "" {
		return out, nil
	}
	for pair := range strings.SplitSeq(s, ",") {
		key, value, _ := strings.Cut(strings.Trim(pair, " "), " ")
		b, err := base64.StdEncoding.Strict().DecodeString(value)
		if _, twice := out[key]; twice || err != nil || key == "" || strings.ContainsAny(value, "\r\n") || strings.ContainsFunc(key, func(r rune) bool { return r <= 0x20 || r > 0x7e }) {
			return nil, bad
		}
		out[key] = string(b)
	}
	return out, nil
}
