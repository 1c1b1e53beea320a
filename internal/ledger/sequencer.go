package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

const (
	batch     = 250 // on SQLite everybody waits while a batch is integrated
	leaseTime = time.Second
	gather    = 5 * time.Millisecond   // wait for more leaves after the first
	lookAgain = 50 * time.Millisecond  // after a batch, and for leaves of other processes
	pause     = 500 * time.Millisecond // after a failure
	perMinute = time.Minute            // a checkpoint is published this often
)

// Run sequences until ctx ends, and then returns nil. A failure is logged and
// tried again: leaves wait, nothing is lost.
func (l *Ledger) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	wake := l.wake
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
			timer.Reset(gather)
			select {
			case <-ctx.Done():
				return nil
			case <-timer.C:
			}
		case <-timer.C:
		}
		select { // what woke us since is in this batch
		case <-l.wake:
		default:
		}
		n, err := l.Sequence(ctx)
		wait := lookAgain
		wake = l.wake
		switch {
		case err != nil && ctx.Err() == nil:
			l.Log.ErrorContext(ctx, "ledger: sequencing failed; will try again", "error", err)
			wait = pause
		case n == batch:
			wait = 0 // there is more
		case n > 0:
			wake = nil // a crowd shares the next checkpoint
		}
		timer.Reset(wait)
	}
}

// Sequence integrates one batch and returns how many leaves it held: 0 also
// when another process is at work.
func (l *Ledger) Sequence(ctx context.Context) (int, error) {
	d, err := dueWork(ctx, l.DB.Read())
	if err != nil {
		return 0, err
	}
	now := l.Clock.Now()
	// A clock that went back must not stop publishing.
	since := now.Sub(clock.FromMicros(d.published))
	publishNow := d.published == 0 || since >= perMinute || since < 0
	if !d.leaves && (d.unpublished == 0 || !publishNow) {
		return 0, nil
	}
	n := 0
	err = l.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		n = 0
		if ok, err := takeLease(ctx, tx, l.Holder, clock.Micros(now), clock.Micros(now.Add(leaseTime))); err != nil || !ok {
			return err
		}
		if !d.leaves {
			return publish(ctx, tx, d.unpublished, clock.Micros(now))
		}
		n, err = l.integrate(ctx, tx, now, publishNow)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// integrate numbers a batch, extends the tree and signs a checkpoint.
func (l *Ledger) integrate(ctx context.Context, tx db.Querier, now time.Time, publishNow bool) (int, error) {
	old, err := newest(ctx, tx)
	if err != nil {
		return 0, err
	}
	// The right edge of the old tree is all that the new hashes need of it;
	// reading it also shows that the stored tree is still the one signed.
	known := map[int64]tlog.Hash{}
	stored := nodes(ctx, tx)
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, idx := range indexes {
			h, ok := known[idx]
			if !ok {
				read, err := stored(indexes)
				if err != nil {
					return nil, err
				}
				for k, h := range read {
					known[indexes[k]] = h
				}
				h = read[i]
			}
			out[i] = h
		}
		return out, nil
	})
	if old.size > 0 {
		root, err := tlog.TreeHash(old.size, reader)
		if err != nil {
			return 0, err
		}
		if root != old.root {
			return 0, errors.New("ledger: the stored tree is not the one that was signed; nothing is added to it")
		}
	}
	leaves, err := numberLeaves(ctx, tx, old.size, batch)
	if err != nil || len(leaves) == 0 {
		return 0, err
	}
	first := tlog.StoredHashIndex(0, old.size)
	var fresh []tlog.Hash
	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashes(old.size+int64(i), leaf[:], reader)
		if err != nil {
			return 0, err
		}
		for _, h := range hashes {
			known[first+int64(len(fresh))] = h
			fresh = append(fresh, h)
		}
	}
	if err := addNodes(ctx, tx, first, fresh); err != nil {
		return 0, err
	}
	c := checkpoint{size: old.size + int64(len(leaves)), created: clock.Micros(now)}
	if c.root, err = tlog.TreeHash(c.size, reader); err != nil {
		return 0, err
	}
	if c.note, err = l.sign(c.size, c.root); err != nil {
		return 0, err
	}
	return len(leaves), addCheckpoint(ctx, tx, old.size, c, publishNow)
}

// sign is the signed checkpoint of a tree.
func (l *Ledger) sign(size int64, root tlog.Hash) (string, error) {
	signed, err := note.Sign(&note.Note{Text: checkpointText(l.Signer.Name(), size, root)}, l.Signer)
	if err != nil {
		return "", fmt.Errorf("ledger: sign a checkpoint: %w", err)
	}
	return string(signed), nil
}

// emptyRoot is the root of a tree without leaves: the hash of nothing
// (RFC 6962, section 2.1).
func emptyRoot() tlog.Hash { return sha256.Sum256(nil) }
