package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"leitportal/internal/db"
	"leitportal/internal/db/dbtest"
	"leitportal/internal/fail"
)

func files(pairs ...string) fs.FS {
	out := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return out
}

func rooms() []db.Migrations {
	return []db.Migrations{{Room: "test", FS: files("001_page.sql",
		`CREATE TABLE page (id TEXT PRIMARY KEY, n BIGINT NOT NULL, ok BOOLEAN NOT NULL, body BYTEA);
		CREATE INDEX page_n ON page (n);`)}}
}

func put(ctx context.Context, q db.Querier, id string, n int) error {
	_, err := q.Exec(ctx, `INSERT INTO page (id, n, ok, body) VALUES ($1, $2, $3, $4)`, id, n, n%2 == 0, []byte(id))
	return err
}

func ids(t *testing.T, d *db.DB) string {
	t.Helper()
	rows, err := d.Read().Query(t.Context(), `SELECT id FROM page ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		out = append(out, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func TestWriteThenRead(t *testing.T) {
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) {
		for i := range 50 {
			id := fmt.Sprintf("p%02d", i)
			if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error { return put(ctx, tx, id, i) }); err != nil {
				t.Fatal(err)
			}
			var n int64
			var ok bool
			var body []byte
			if err := d.Read().QueryRow(t.Context(), `SELECT n, ok, body FROM page WHERE id = $1`, id).Scan(&n, &ok, &body); err != nil {
				t.Fatal(err)
			}
			if n != int64(i) || ok != (i%2 == 0) || string(body) != id {
				t.Fatalf("row %s: got %d %v %q", id, n, ok, body)
			}
		}
		err := db.NotFound(d.Read().QueryRow(t.Context(), `SELECT n FROM page WHERE id = $1`, "none").Scan(new(int64)))
		if !fail.Is(err, fail.NotFound) || !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("missing row: %v", err)
		}
		if err := d.Ping(t.Context()); err != nil {
			t.Errorf("ping: %v", err)
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) {
		if err := put(t.Context(), d.Read(), "x", 1); err == nil {
			t.Error("Read changed the database")
		}
		if got := ids(t, d); got != "" {
			t.Errorf("rows: %q", got)
		}
	})
}

// One caller's failure, panic, end of context or runtime.Goexit takes back his
// own writes and nobody else's.
func TestWriteFailuresStayAlone(t *testing.T) {
	boom := errors.New("boom")
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for i := range 120 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				id := fmt.Sprintf("p%03d", i)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%6 == 5 {
					cancel()
				}
				defer func() {
					if got := recover(); (i%6 == 2) != (got == "panic of "+id) {
						t.Errorf("%s: recovered %v", id, got)
					}
				}()
				err := d.Write(ctx, func(ctx context.Context, tx db.Querier) error {
					if err := put(ctx, tx, id, i); err != nil {
						return err
					}
					switch i % 6 {
					case 1:
						return boom
					case 2:
						panic("panic of " + id)
					case 3:
						_ = put(ctx, tx, id, i) // fails, and the closure goes on
						return nil
					case 4:
						runtime.Goexit()
					}
					return nil
				})
				switch i % 6 {
				case 0:
					if err != nil {
						t.Errorf("%s: %v", id, err)
					}
				case 1:
					if err != boom {
						t.Errorf("%s: want the closure's own error, got %v", id, err)
					}
				case 3:
					if err == nil {
						t.Errorf("%s: a swallowed failure was committed", id)
					}
				case 5:
					if !errors.Is(err, context.Canceled) {
						t.Errorf("%s: %v", id, err)
					}
				}
			}()
		}
		wg.Wait()
		var want []string
		for i := 0; i < 120; i += 6 {
			want = append(want, fmt.Sprintf("p%03d", i))
		}
		if got := ids(t, d); got != strings.Join(want, " ") {
			t.Errorf("kept %s", got)
		}
	})
}

func TestWriteCancelledInside(t *testing.T) {
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Write(ctx, func(ctx context.Context, tx db.Querier) error {
			if err := put(ctx, tx, "a", 1); err != nil {
				return err
			}
			cancel()
			if err := tx.QueryRow(ctx, `SELECT n FROM page WHERE id = $1`, "a").Scan(new(int64)); !errors.Is(err, context.Canceled) {
				t.Errorf("QueryRow after cancel: %v", err)
			}
			return put(ctx, tx, "b", 2)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := ids(t, d); got != "" {
			t.Errorf("kept %q", got)
		}
	})
}

func TestWriteMisuse(t *testing.T) {
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) {
		var leaked db.Querier
		err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
			leaked = tx
			return d.Write(ctx, func(context.Context, db.Querier) error { return nil })
		})
		if err == nil || !strings.Contains(err.Error(), "Write inside Write") {
			t.Errorf("nested: %v", err)
		}
		if err := put(t.Context(), leaked, "late", 1); err == nil {
			t.Error("a Querier worked after its transaction")
		}
		if err := leaked.QueryRow(t.Context(), `SELECT 1`).Scan(new(int)); err == nil {
			t.Error("QueryRow worked after its transaction")
		}
		for range 3 { // rows left open disturb nobody
			if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
				rows, err := tx.Query(ctx, `SELECT $1 AS a UNION ALL SELECT $2`, "x", "y")
				if err == nil {
					rows.Next()
				}
				return err
			}); err != nil && d.Kind() == db.SQLite {
				t.Error(err)
			}
		}
		if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error { return put(ctx, tx, "fine", 2) }); err != nil {
			t.Error(err)
		}
	})
}

func TestDuplicate(t *testing.T) {
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) {
		write := func(n int) error {
			return d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error { return put(ctx, tx, "same", n) })
		}
		if err := write(1); err != nil {
			t.Fatal(err)
		}
		if err := write(2); !db.Duplicate(err) || fail.Is(err, fail.Unavailable) {
			t.Errorf("second insert: %v", err)
		}
		if db.Duplicate(nil) || db.Duplicate(sql.ErrNoRows) {
			t.Error("Duplicate sees ghosts")
		}
	})
}

func TestCloseAnswersEveryCaller(t *testing.T) {
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		kept := map[string]bool{}
		started := make(chan struct{}, 40)
		for i := range 40 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for j := range 20 {
					id := fmt.Sprintf("p%02d-%02d", i, j)
					err := d.Write(context.Background(), func(ctx context.Context, tx db.Querier) error { return put(ctx, tx, id, 1) })
					if j == 0 {
						started <- struct{}{}
					}
					if err == nil {
						mu.Lock()
						kept[id] = true
						mu.Unlock()
					} else if !fail.Is(err, fail.Unavailable) {
						t.Errorf("%s: %v", id, err)
					}
				}
			}()
		}
		for range 10 {
			<-started
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if err := d.Write(t.Context(), func(context.Context, db.Querier) error { return nil }); !errors.Is(err, db.ErrClosed) {
			t.Errorf("Write after Close: %v", err)
		}
	})
}

// A disk that is full (here: a page limit) fails with Unavailable, loses
// nothing that was acknowledged, and heals.
func TestDiskFull(t *testing.T) {
	address := dbtest.SQLite(t)
	d := dbtest.Open(t, address, rooms())
	limit := func(pages int) {
		t.Helper()
		if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
			return tx.QueryRow(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)).Scan(new(int))
		}); err != nil {
			t.Fatal(err)
		}
	}
	limit(40)
	var mu sync.Mutex
	acknowledged, full := 0, 0
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range 10 {
				err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
					return put(ctx, tx, fmt.Sprintf("%02d-%02d-%s", i, j, strings.Repeat("x", 3000)), i)
				})
				mu.Lock()
				switch {
				case err == nil:
					acknowledged++
				case fail.Is(err, fail.Unavailable):
					full++
				default:
					t.Error(err)
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	count := func() (n int) {
		if err := d.Read().QueryRow(t.Context(), `SELECT COUNT(*) FROM page`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if full == 0 || acknowledged == 0 || count() != acknowledged {
		t.Errorf("%d acknowledged, %d refused, %d kept", acknowledged, full, count())
	}
	limit(100000)
	if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error { return put(ctx, tx, "again", 1) }); err != nil {
		t.Errorf("after the disk has room again: %v", err)
	}
}

func TestSeveralProcessesOnOneDatabase(t *testing.T) {
	for name, address := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			at := address(t)
			var wg sync.WaitGroup
			for p := range 4 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					d, err := db.Open(context.Background(), at)
					if err != nil {
						t.Error(err)
						return
					}
					defer d.Close()
					if err := d.Migrate(context.Background(), rooms()); err != nil {
						t.Errorf("concurrent start: %v", err)
						return
					}
					for i := range 10 {
						if err := d.Write(context.Background(), func(ctx context.Context, tx db.Querier) error {
							return put(ctx, tx, fmt.Sprintf("%d-%d", p, i), i)
						}); err != nil {
							t.Error(err)
						}
					}
				}()
			}
			wg.Wait()
			d := dbtest.Open(t, at, nil)
			if got := len(strings.Fields(ids(t, d))); got != 40 {
				t.Errorf("%d rows, want 40", got)
			}
		})
	}
}

func TestMigrate(t *testing.T) {
	one := `CREATE TABLE a (id TEXT PRIMARY KEY);`
	two := `ALTER TABLE a ADD COLUMN n BIGINT NOT NULL DEFAULT 0; CREATE TABLE b (id TEXT PRIMARY KEY);`
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB) {
		steps := []struct {
			name  string
			files fs.FS
			want  string // part of the error, "" for none
		}{
			{"a script that fails leaves nothing", files("001_a.sql", one, "002_b.sql", `CREATE TABLE nonsense nonsense`), "a/002_b.sql"},
			{"first release", files("migrations/001_a.sql", one), ""},
			{"again", files("001_a.sql", one), ""},
			{"next release", files("001_a.sql", one, "002_b.sql", two), ""},
			{"previous release", files("001_a.sql", one), ""},
			{"changed file", files("001_a.sql", one+"\n", "002_b.sql", two), "was changed"},
			{"gap", files("001_a.sql", one, "003_b.sql", two), "missing or doubled"},
			{"doubled", files("001_a.sql", one, "001_b.sql", two), "missing or doubled"},
			{"odd name", files("1-a.sql", one), "001_name.sql"},
			{"empty room", files("README", one), "brings no migration"},
		}
		for _, s := range steps {
			err := d.Migrate(t.Context(), []db.Migrations{{Room: "a", FS: s.files}})
			if s.want == "" && err != nil || s.want != "" && (err == nil || !strings.Contains(err.Error(), s.want)) {
				t.Errorf("%s: %v, want %q", s.name, err, s.want)
			}
		}
		var n int
		if err := d.Migrate(t.Context(), []db.Migrations{{Room: "keyed", FS: files("001_c.sql", "-- SQLite only: no second tree\nCREATE TABLE c (id TEXT PRIMARY KEY) WITHOUT ROWID")}}); err != nil {
			t.Errorf("for SQLite only: %v", err)
		}
		err := d.Read().QueryRow(t.Context(), `SELECT COUNT(*) FROM c`).Scan(&n)
		if (err == nil) != (d.Kind() == db.SQLite) {
			t.Errorf("a table for SQLite only on %s: %v", d.Kind(), err)
		}
		if err := d.Read().QueryRow(t.Context(), `SELECT COUNT(*) FROM schema_migrations WHERE room = 'a'`).Scan(&n); err != nil || n != 2 {
			t.Errorf("%d migrations noted, %v", n, err)
		}
		if err := d.Migrate(t.Context(), append(rooms(), rooms()...)); err == nil {
			t.Error("a room was taken twice")
		}
	})
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	odd := filepath.Join(dir, "sub", "a b?c#d%20.db")
	for _, address := range []string{odd, "sqlite:" + odd, "sqlite://" + odd} {
		d, err := db.Open(t.Context(), address)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		if err := d.Migrate(t.Context(), rooms()); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	info, err := os.Stat(odd)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	entries, _ := os.ReadDir(filepath.Dir(odd))
	if len(entries) != 1 {
		t.Errorf("files left: %v", entries)
	}
	for _, bad := range []string{"", "sqlite:", "mysql://x/y", "postgres://nobody:secretword@127.0.0.1:1/none"} {
		_, err := db.Open(t.Context(), bad)
		if err == nil {
			t.Errorf("%q was opened", bad)
		} else if strings.Contains(err.Error(), "secretword") {
			t.Errorf("the password is in %v", err)
		}
	}
}

// A server that cuts all connections costs at most a few writes, each an
// answer of kind Unavailable, and then works again.
func TestPostgresGoesAway(t *testing.T) {
	at := dbtest.Postgres(t)
	d, other := dbtest.Open(t, at, rooms()), dbtest.Open(t, at, nil)
	write := func(id string) error {
		return d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error { return put(ctx, tx, id, 1) })
	}
	err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
		var pid int64
		if err := tx.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
			return err
		}
		if _, err := other.Read().Exec(ctx, `SELECT pg_terminate_backend($1)`, pid); err != nil {
			return err
		}
		return put(ctx, tx, "lost", 1)
	})
	if !fail.Is(err, fail.Unavailable) {
		t.Errorf("cut in the middle: %v", err)
	}
	// Cut while idle. Only this test's own connection: others share the server.
	var idle int64
	if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
		if err := put(ctx, tx, "first", 1); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&idle)
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Read().Exec(t.Context(), `SELECT pg_terminate_backend($1)`, idle); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for i := 0; ; i++ {
		err := write(fmt.Sprintf("again-%d", i))
		if err == nil {
			break
		}
		if failed++; failed > 20 || !fail.Is(err, fail.Unavailable) {
			t.Fatalf("after %d failures: %v", failed, err)
		}
	}
	if got := ids(t, d); strings.Contains(got, "lost") || !strings.HasPrefix(got, "again") || !strings.HasSuffix(got, "first") {
		t.Errorf("kept %q", got)
	}
}

// Who is told of a conflict finds what he conflicts with: the neighbour's
// change is committed by then.
func TestAConflictIsSeenByWhoHeardOfIt(t *testing.T) {
	conflict := errors.New("taken")
	dbtest.Each(t, rooms(), func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		for round := range 100 {
			id := fmt.Sprint("round ", round)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					err := d.Write(ctx, func(ctx context.Context, tx db.Querier) error {
						r, err := tx.Exec(ctx, `INSERT INTO page (id, n, ok) VALUES ($1, 1, true) ON CONFLICT DO NOTHING`, id)
						if err != nil {
							return err
						}
						if n, err := r.RowsAffected(); err != nil || n == 0 {
							return errors.Join(conflict, err)
						}
						return nil
					})
					if err != nil && !errors.Is(err, conflict) {
						t.Error(err)
					}
					var n int
					if err := d.Read().QueryRow(ctx, `SELECT n FROM page WHERE id = $1`, id).Scan(&n); err != nil {
						t.Errorf("%s: %v", id, err)
					}
				})
			}
			wg.Wait()
		}
	})
}
