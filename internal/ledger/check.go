package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"leitportal/internal/db"
)

// Report is what Check found.
type Report struct {
	Size    int64 // sequenced leaves
	Waiting int64 // leaves without a number
	Nodes   int64 // hashes of the tree
	// Problems is empty when the stored log is whole and every checkpoint in
	// it is of a prefix of it.
	Problems []string
}

// Check recomputes the whole log from its leaves, with code of its own, and
// compares every stored hash and checkpoint. It reads everything: for tests,
// doctor and after an accident; run it while nothing is sequenced.
func Check(ctx context.Context, q db.Querier) (Report, error) {
	var r Report
	var tree []tlog.Hash // what ledger_nodes must hold, by index
	var edge []tlog.Hash // roots of complete subtrees, by level
	roots := map[int64]tlog.Hash{}
	problem := func(format string, args ...any) { r.Problems = append(r.Problems, fmt.Sprintf(format, args...)) }
	sizes := map[int64][]byte{}
	last := int64(0)
	err := eachRoot(ctx, q, func(size int64, root []byte) { sizes[size], last = root, size })
	if err != nil {
		return r, err
	}
	err = eachLeaf(ctx, q, func(seq int64, hash []byte) {
		if seq != r.Size {
			problem("leaf %d follows leaf %d", seq, r.Size-1)
		}
		h := tlog.RecordHash(hash)
		tree = append(tree, h)
		level := 0
		for n := r.Size; n&1 == 1; n >>= 1 {
			h = tlog.NodeHash(edge[level], h)
			tree = append(tree, h)
			level++
		}
		if level == len(edge) {
			edge = append(edge, h)
		} else {
			edge[level] = h
		}
		r.Size++
		if _, ok := sizes[r.Size]; ok {
			roots[r.Size] = fold(edge, r.Size)
		}
	})
	if err != nil {
		return r, err
	}
	if last != r.Size {
		problem("the newest checkpoint is of size %d, the log of size %d", last, r.Size)
	}
	for size, root := range sizes {
		if h, ok := roots[size]; ok && string(h[:]) != string(root) {
			problem("the checkpoint of size %d does not fit the leaves", size)
		}
	}
	err = eachNode(ctx, q, func(idx int64, hash []byte) {
		if idx != r.Nodes || idx >= int64(len(tree)) || string(tree[idx][:]) != string(hash) {
			problem("hash %d of the tree is wrong", idx)
		}
		r.Nodes++
	})
	if err != nil {
		return r, err
	}
	if r.Nodes != int64(len(tree)) {
		problem("%d hashes are stored, %d are due", r.Nodes, len(tree))
	}
	r.Waiting, err = waiting(ctx, q)
	return r, err
}

// fold is the root over the complete subtrees that make up size leaves.
func fold(edge []tlog.Hash, size int64) (root tlog.Hash) {
	begun := false
	for level, h := range edge {
		if size>>level&1 == 0 {
			continue
		}
		if begun {
			h = tlog.NodeHash(h, root)
		}
		root, begun = h, true
	}
	return root
}
