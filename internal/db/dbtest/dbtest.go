// Package dbtest gives store tests a fresh database of each kind.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leitportal/internal/db"

	// The driver under the name "pgx", to make and drop schemas.
	_ "github.com/jackc/pgx/v5/stdlib"
)

// Variable names the environment variable with the postgres:// address of a
// server on which tests may make what they like (scripts/postgres-test.sh).
const Variable = "LEITPORTAL_TEST_POSTGRES"

// Each runs test as two subtests, "sqlite" and "postgres", each on a fresh
// database with the given migrations applied. Without Variable the second is
// skipped; under CI=true that is a failure.
func Each(t *testing.T, rooms []db.Migrations, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, Open(t, SQLite(t), rooms)) })
	t.Run("postgres", func(t *testing.T) { test(t, Open(t, Postgres(t), rooms)) })
}

// Open opens the database at address, migrates it, and closes it when the
// test ends. Several may be open on one address.
func Open(t testing.TB, address string, rooms []db.Migrations) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	if len(rooms) > 0 {
		if err := d.Migrate(t.Context(), rooms); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// SQLite is the address of a database file, not made yet, that goes with the
// test.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}

// Postgres is the address of an empty schema of its own on the test server,
// dropped when the test ends. (A schema takes a few milliseconds, a database
// about fifty.) It skips the test, or fails it under CI=true, when there is no
// server.
func Postgres(t testing.TB) string {
	t.Helper()
	return postgres(t, "SCHEMA", "CASCADE", func(address *url.URL, name string) {
		q := address.Query()
		q.Set("search_path", name)
		address.RawQuery = q.Encode()
	})
}

// PostgresDatabase is Postgres with a whole database: for what an open
// transaction of another test would disturb, such as VACUUM, which keeps the
// rows that any transaction of the same database may still see.
func PostgresDatabase(t testing.TB) string {
	t.Helper()
	return postgres(t, "DATABASE", "WITH (FORCE)", func(address *url.URL, name string) {
		address.Path = "/" + name
	})
}

func postgres(t testing.TB, what, drop string, into func(address *url.URL, name string)) string {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not set: store tests must run on PostgreSQL too; use scripts/postgres-test.sh", Variable)
		}
		t.Skipf("%s is not set; run scripts/postgres-test.sh go test …", Variable)
	}
	address, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s is not an address", Variable)
	}
	name := "t_" + strings.ToLower(rand.Text())
	admin(t, server, "CREATE "+what+" "+name)
	t.Cleanup(func() { admin(t, server, "DROP "+what+" "+name+" "+drop) })
	into(address, name)
	return address.String()
}

func admin(t testing.TB, server, statement string) {
	t.Helper()
	pool, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	// Not the test's own context: that has ended when its clean-up runs.
	if _, err := pool.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
