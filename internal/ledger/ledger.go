package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"leitportal/internal/clock"
	"leitportal/internal/db"
)

// Leaf is SHA-256(salt ‖ payloadHash). The salt is 32 random bytes, kept with
// what the leaf proves and given to the person in the receipt.
func Leaf(salt, payloadHash [32]byte) [32]byte {
	var b [64]byte
	copy(b[:32], salt[:])
	copy(b[32:], payloadHash[:])
	return sha256.Sum256(b[:])
}

// checkpointText is what a checkpoint says: origin, size and root, a line each
// (C2SP tlog-checkpoint).
func checkpointText(origin string, size int64, root tlog.Hash) string {
	return origin + "\n" + strconv.FormatInt(size, 10) + "\n" + base64.StdEncoding.EncodeToString(root[:]) + "\n"
}

// Proof shows that a leaf is in the log: its number, the tree's size and root,
// the hashes on the way up (RFC 6962, section 2.1.1), and the signed
// checkpoint that names size and root.
type Proof struct {
	Leaf       [32]byte
	Index      int64
	Size       int64
	Root       tlog.Hash
	Hashes     []tlog.Hash
	Checkpoint string
}

// check tells whether the proof holds for its own leaf and root.
func (p Proof) check() error {
	return tlog.CheckRecord(p.Hashes, p.Size, p.Root, p.Index, tlog.RecordHash(p.Leaf[:]))
}

// Config is what a Ledger works with.
type Config struct {
	DB     *db.DB
	Clock  clock.Clock
	Log    *slog.Logger
	Signer Signer
	// Keys are the verifier strings that receipts are checked against, the
	// signer's own among them (OpenKeys gives them).
	Keys []string
	// Holder names this process in the lease: any string no other process has.
	Holder string
}

// Ledger sequences leaves, gives proofs and serves checkpoints. It is safe for
// concurrent use.
type Ledger struct {
	Config
	wake chan struct{}
}

// New returns a ledger; Run does its work.
func New(c Config) *Ledger { return &Ledger{Config: c, wake: make(chan struct{}, 1)} }

// Wake tells the sequencer that a leaf was committed; it never blocks.
func (l *Ledger) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Proof is the proof for a leaf by the newest checkpoint: kind fail.NotFound
// when there is no such leaf, fail.Unavailable while it is not sequenced.
func (l *Ledger) Proof(ctx context.Context, q db.Querier, tenant, subject, kind string) (Proof, error) {
	seq, leaf, err := leafOf(ctx, q, tenant, subject, kind)
	if err != nil {
		return Proof{}, err
	}
	// Read after the leaf: its checkpoint came in the same commit as its number.
	c, err := newest(ctx, q)
	if err != nil {
		return Proof{}, err
	}
	hashes, err := tlog.ProveRecord(c.size, seq, nodes(ctx, q))
	if err != nil {
		return Proof{}, fmt.Errorf("ledger: prove leaf %d of %d: %w", seq, c.size, err)
	}
	return Proof{leaf, seq, c.size, c.root, hashes, c.note}, nil
}
