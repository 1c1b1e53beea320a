package db_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
)

// SQLite writes its log back when it has 4000 pages (wal_autocheckpoint), and
// over again from its beginning: so it stays at some 16 MB however much is
// written. Who reads on in what was there before lets it grow, and no longer
// than that.
func TestLogStaysBounded(t *testing.T) {
	const (
		mb     = 1 << 20
		each   = 256 << 10
		enough = 4000 * (4096 + 24) // bytes of log at which it is written back
		most   = enough + 2*each    // with the write that got it there
	)
	url := dbtest.SQLite(t)
	d := dbtest.Open(t, url, rooms())
	text, n := make([]byte, each), 0
	write := func(bytes int) (largest int64) {
		t.Helper()
		for range bytes / each {
			n++
			if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
				_, err := tx.Exec(ctx, `INSERT INTO page (id, n, ok, body) VALUES ($1, $2, $3, $4)`, strconv.Itoa(n), n, true, text)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			var last int // readers come and go
			if err := d.Read().QueryRow(t.Context(), `SELECT max(n) FROM page`).Scan(&last); err != nil || last != n {
				t.Fatal(last, err)
			}
			x, err := os.Stat(strings.TrimPrefix(url, "sqlite:") + "-wal")
			if err != nil {
				t.Fatal(err)
			}
			largest = max(largest, x.Size())
		}
		return largest
	}
	if got := write(60 * mb); got < enough || got > most {
		t.Errorf("60 MB make a log of up to %d bytes, want %d to %d", got, enough, most)
	}
	rows, err := d.Read().Query(t.Context(), `SELECT n FROM page ORDER BY n`)
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	grown := write(24 * mb)
	if grown < 24*mb {
		t.Errorf("beside a long reader the log has %d bytes: it is not what this test takes it for", grown)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if got := write(36 * mb); got > grown+2*each {
		t.Errorf("when the reader has gone the log grows on, from %d to %d bytes", grown, got)
	}
}
