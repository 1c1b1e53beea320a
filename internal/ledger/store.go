package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"leitportal/internal/db"
	"leitportal/internal/fail"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this room.
func Migrations() db.Migrations { return db.Migrations{Room: "ledger", FS: migrations} }

// Add puts a leaf into the ledger, in the caller's transaction; it has no
// number yet. There is one leaf for each tenant (ARS), subject (such as the
// id of a submission) and kind ("received", "decided"); a second one is an
// error of kind fail.Conflict. Wake the sequencer after the commit.
func Add(ctx context.Context, tx db.Querier, tenant, subject, kind string, leaf [32]byte) error {
	res, err := tx.Exec(ctx, `INSERT INTO ledger_leaves (tenant, subject, kind, hash) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, subject, kind) DO NOTHING`, tenant, subject, kind, leaf[:])
	if err != nil {
		return fmt.Errorf("ledger: add a leaf: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return fail.Newf(fail.Conflict, "ledger: there is a leaf %s of this subject already", kind)
	}
	return nil
}

// leafOf is a leaf and its number; kind fail.NotFound when there is none,
// fail.Unavailable while it has no number.
func leafOf(ctx context.Context, q db.Querier, tenant, subject, kind string) (seq int64, leaf [32]byte, err error) {
	var n sql.NullInt64
	var hash []byte
	err = q.QueryRow(ctx, `SELECT seq, hash FROM ledger_leaves WHERE tenant = $1 AND subject = $2 AND kind = $3`,
		tenant, subject, kind).Scan(&n, &hash)
	if err != nil {
		return 0, leaf, db.NotFound(err)
	}
	if !n.Valid {
		return 0, leaf, fail.Newf(fail.Unavailable, "ledger: the leaf has no number yet")
	}
	return n.Int64, [32]byte(hash), nil
}

// due says whether the sequencer has something to do.
type due struct {
	leaves      bool  // there are leaves without a number
	unpublished int64 // size of the newest checkpoint if it is unpublished, else 0
	published   int64 // when the last one was published (microseconds), 0 = never
}

func dueWork(ctx context.Context, q db.Querier) (d due, err error) {
	err = q.QueryRow(ctx, `-- cross-tenant: the ledger is one for all
		SELECT EXISTS (SELECT 1 FROM ledger_leaves WHERE seq IS NULL),
			COALESCE((SELECT CASE WHEN published THEN 0 ELSE size END FROM ledger_checkpoints ORDER BY size DESC LIMIT 1), 0),
			COALESCE((SELECT created FROM ledger_checkpoints WHERE published ORDER BY size DESC LIMIT 1), 0)`).
		Scan(&d.leaves, &d.unpublished, &d.published)
	return d, err
}

// takeLease makes holder the one that sequences until expires, unless another
// one is. On PostgreSQL the row stays locked to the end of the transaction,
// so that two holders never work at once even when clocks differ.
func takeLease(ctx context.Context, tx db.Querier, holder string, now, expires int64) (bool, error) {
	res, err := tx.Exec(ctx, `UPDATE ledger_lease SET holder = $1, expires = $2 WHERE id = 1 AND (holder = $1 OR expires <= $3)`,
		holder, expires, now)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// numberLeaves gives the next leaves without a number the numbers from first
// on and returns their hashes in that order. The order within a batch is that
// of the hashes, which tells nothing about who came first.
func numberLeaves(ctx context.Context, tx db.Querier, first int64, limit int) ([][32]byte, error) {
	rows, err := tx.Query(ctx, `-- cross-tenant: the ledger is one for all
		UPDATE ledger_leaves SET seq = $1 + b.n FROM (
			SELECT w.tenant, w.subject, w.kind, row_number() OVER (ORDER BY w.hash, w.tenant, w.subject, w.kind) - 1 AS n
			FROM (SELECT tenant, subject, kind, hash FROM ledger_leaves WHERE seq IS NULL ORDER BY hash`+db.Limit(limit)+`) AS w
		) AS b
		WHERE ledger_leaves.tenant = b.tenant AND ledger_leaves.subject = b.subject AND ledger_leaves.kind = b.kind
		RETURNING ledger_leaves.seq, ledger_leaves.hash`, first)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	bySeq := map[int64][32]byte{}
	for rows.Next() {
		var seq int64
		var hash []byte
		if err := rows.Scan(&seq, &hash); err != nil {
			return nil, err
		}
		if len(hash) != 32 {
			return nil, fmt.Errorf("ledger: leaf %d is %d bytes long", seq, len(hash))
		}
		bySeq[seq] = [32]byte(hash)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	out := make([][32]byte, len(bySeq))
	for i := range out {
		h, ok := bySeq[first+int64(i)]
		if !ok {
			return nil, fmt.Errorf("ledger: leaf %d was not numbered", first+int64(i))
		}
		out[i] = h
	}
	return out, nil
}

// addNodes stores hashes of the tree from index first on. Few sizes of
// statement, so that each is prepared once.
func addNodes(ctx context.Context, tx db.Querier, first int64, hashes []tlog.Hash) error {
	for len(hashes) > 0 {
		n := 1
		for _, size := range []int{128, 16} {
			if len(hashes) >= size {
				n = size
				break
			}
		}
		args := make([]any, 0, 2*n)
		for i, h := range hashes[:n] {
			args = append(args, first+int64(i), h[:])
		}
		if _, err := tx.Exec(ctx, `INSERT INTO ledger_nodes (idx, hash) VALUES `+places(n, 2), args...); err != nil {
			return err
		}
		first, hashes = first+int64(n), hashes[n:]
	}
	return nil
}

// places is "($1, $2), ($3, $4)" for n rows of width columns.
func places(n, width int) string {
	var b strings.Builder
	for i := range n * width {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	return b.String() + ")"
}

// nodes reads hashes of the tree from the database.
func nodes(ctx context.Context, q db.Querier) tlog.HashReaderFunc {
	return func(indexes []int64) ([]tlog.Hash, error) {
		if len(indexes) == 0 {
			return nil, nil
		}
		n := 1 // a power of two, the last index repeated: few statements
		for n < len(indexes) {
			n *= 2
		}
		args := make([]any, n)
		for i := range args {
			args[i] = indexes[min(i, len(indexes)-1)]
		}
		rows, err := q.Query(ctx, `SELECT idx, hash FROM ledger_nodes WHERE idx IN `+places(1, n), args...)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		found := make(map[int64]tlog.Hash, len(indexes))
		for rows.Next() {
			var idx int64
			var hash []byte
			if err := rows.Scan(&idx, &hash); err != nil {
				return nil, err
			}
			found[idx] = tlog.Hash(hash)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		out := make([]tlog.Hash, len(indexes))
		for i, idx := range indexes {
			h, ok := found[idx]
			if !ok {
				return nil, fmt.Errorf("ledger: hash %d of the tree is missing", idx)
			}
			out[i] = h
		}
		return out, nil
	}
}

// checkpoint is a row of ledger_checkpoints.
type checkpoint struct {
	size    int64
	root    tlog.Hash
	note    string
	created int64
}

// newest is the newest checkpoint; the zero one of an empty ledger.
func newest(ctx context.Context, q db.Querier) (checkpoint, error) {
	c, err := scanCheckpoint(q.QueryRow(ctx, `SELECT size, root, note, created FROM ledger_checkpoints ORDER BY size DESC LIMIT 1`))
	if errors.Is(err, sql.ErrNoRows) {
		return checkpoint{}, nil
	}
	return c, err
}

// published is the published checkpoint of the given size, or the newest of
// all when size is 0.
func published(ctx context.Context, q db.Querier, size int64) (checkpoint, error) {
	query, args := `SELECT size, root, note, created FROM ledger_checkpoints WHERE size = $1 AND published`, []any{size}
	if size == 0 {
		query, args = `SELECT size, root, note, created FROM ledger_checkpoints WHERE published ORDER BY size DESC LIMIT 1`, nil
	}
	c, err := scanCheckpoint(q.QueryRow(ctx, query, args...))
	return c, db.NotFound(err)
}

func scanCheckpoint(row *sql.Row) (c checkpoint, err error) {
	var root []byte
	if err = row.Scan(&c.size, &root, &c.note, &c.created); err == nil {
		c.root = tlog.Hash(root)
	}
	return c, err
}

// addCheckpoint stores the newest checkpoint and drops the one before it, of
// size old, unless that was published: a receipt holds its own.
func addCheckpoint(ctx context.Context, tx db.Querier, old int64, c checkpoint, publish bool) error {
	if _, err := tx.Exec(ctx, `DELETE FROM ledger_checkpoints WHERE size = $1 AND NOT published`, old); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO ledger_checkpoints (size, root, note, created, published) VALUES ($1, $2, $3, $4, $5)`,
		c.size, c.root[:], c.note, c.created, publish)
	return err
}

func publish(ctx context.Context, tx db.Querier, size, now int64) error {
	_, err := tx.Exec(ctx, `UPDATE ledger_checkpoints SET published = TRUE, created = $2 WHERE size = $1 AND NOT published`, size, now)
	return err
}

// eachLeaf calls fn for every numbered leaf in order, and eachNode for every
// stored hash, page by page.
func eachLeaf(ctx context.Context, q db.Querier, fn func(seq int64, hash []byte)) error {
	return pages(ctx, q, `-- cross-tenant: the ledger is one for all
		SELECT seq, hash FROM ledger_leaves WHERE seq >= $1 ORDER BY seq LIMIT 1000`, fn)
}

func eachNode(ctx context.Context, q db.Querier, fn func(idx int64, hash []byte)) error {
	return pages(ctx, q, `SELECT idx, hash FROM ledger_nodes WHERE idx >= $1 ORDER BY idx LIMIT 1000`, fn)
}

func eachRoot(ctx context.Context, q db.Querier, fn func(size int64, root []byte)) error {
	return pages(ctx, q, `SELECT size, root FROM ledger_checkpoints WHERE size >= $1 ORDER BY size LIMIT 1000`, fn)
}

func pages(ctx context.Context, q db.Querier, query string, fn func(n int64, hash []byte)) error {
	for next := int64(0); ; {
		rows, err := q.Query(ctx, query, next)
		if err != nil {
			return err
		}
		count := 0
		for rows.Next() {
			var n int64
			var hash []byte
			if err := rows.Scan(&n, &hash); err != nil {
				rows.Close()
				return err
			}
			fn(n, hash)
			count, next = count+1, n+1
		}
		rows.Close()
		if err := rows.Err(); err != nil || count == 0 {
			return err
		}
	}
}

func waiting(ctx context.Context, q db.Querier) (n int64, err error) {
	err = q.QueryRow(ctx, `-- cross-tenant: the ledger is one for all
		SELECT COUNT(*) FROM ledger_leaves WHERE seq IS NULL`).Scan(&n)
	return n, err
}

// storedKey is a row of ledger_keys.
type storedKey struct {
	number   int64
	verifier string
	sealed   []byte
}

// keys are all keys, the newest first.
func keys(ctx context.Context, q db.Querier) ([]storedKey, error) {
	rows, err := q.Query(ctx, `SELECT number, verifier, sealed FROM ledger_keys ORDER BY number DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []storedKey
	for rows.Next() {
		var k storedKey
		if err := rows.Scan(&k.number, &k.verifier, &k.sealed); err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

// addKey stores a key unless another process has stored one of that number.
func addKey(ctx context.Context, tx db.Querier, k storedKey, now int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO ledger_keys (number, verifier, sealed, created) VALUES ($1, $2, $3, $4)
		ON CONFLICT (number) DO NOTHING`, k.number, k.verifier, k.sealed, now)
	return err
}

func reseal(ctx context.Context, tx db.Querier, number int64, sealed []byte) error {
	_, err := tx.Exec(ctx, `UPDATE ledger_keys SET sealed = $2 WHERE number = $1`, number, sealed)
	return err
}
