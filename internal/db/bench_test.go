package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
)

const savePage = `INSERT INTO page (id, n, ok, body) VALUES ($1, $2, $3, $4)
	ON CONFLICT (id) DO UPDATE SET n = excluded.n, body = excluded.body`

// BenchmarkSave saves pages of 400 bytes from 16 callers: through db.Write
// (group commit on SQLite), and on SQLite with a commit each, both with
// synchronous=FULL.
func BenchmarkSave(b *testing.B) {
	body := []byte(strings.Repeat("x", 400))
	each := func(b *testing.B, save func(ctx context.Context, id string) error) {
		b.ReportAllocs()
		b.SetParallelism(8) // times GOMAXPROCS: 16 on two cores
		var n atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := save(context.Background(), fmt.Sprintf("page-%d", n.Add(1)%10000)); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	}
	write := func(d *db.DB) func(ctx context.Context, id string) error {
		return func(ctx context.Context, id string) error {
			return d.Write(ctx, func(ctx context.Context, tx db.Querier) error {
				_, err := tx.Exec(ctx, savePage, id, 1, true, body)
				return err
			})
		}
	}
	b.Run("sqlite/grouped", func(b *testing.B) { each(b, write(dbtest.Open(b, dbtest.SQLite(b), rooms()))) })
	b.Run("sqlite/unbatched", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "raw.db")
		dbtest.Open(b, path, rooms())
		raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
		if err != nil {
			b.Fatal(err)
		}
		defer raw.Close()
		raw.SetMaxOpenConns(1)
		st, err := raw.Prepare(savePage)
		if err != nil {
			b.Fatal(err)
		}
		each(b, func(ctx context.Context, id string) error {
			_, err := st.ExecContext(ctx, id, 1, true, body)
			return err
		})
	})
	b.Run("postgres", func(b *testing.B) { each(b, write(dbtest.Open(b, dbtest.Postgres(b), rooms()))) })
}

func BenchmarkRead(b *testing.B) {
	for name, address := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := dbtest.Open(b, address(b), rooms())
			if err := d.Write(b.Context(), func(ctx context.Context, tx db.Querier) error { return put(ctx, tx, "a", 1) }); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				var n int64
				var body []byte
				for pb.Next() {
					if err := d.Read().QueryRow(b.Context(), `SELECT n, body FROM page WHERE id = $1`, "a").Scan(&n, &body); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
