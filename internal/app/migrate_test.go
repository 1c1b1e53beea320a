package app

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"leitportal/internal/db"
)

// A table that a migration makes anew on SQLite has the rows, columns and
// indexes it had before, and a release from before reads it.
func TestTablesMadeAnewKeepWhatTheyHeld(t *testing.T) {
	ctx := t.Context()
	made := 0
	for _, room := range migrations() {
		upTo, anew, first := before(t, room)
		if first == "" {
			continue
		}
		made++
		t.Run(room.Room, func(t *testing.T) {
			d, err := db.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "portal.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if err := d.Migrate(ctx, []db.Migrations{upTo}); err != nil {
				t.Fatal(err)
			}
			for _, table := range tables(t, d) {
				insertSome(t, d, table)
			}
			was := dump(t, d)
			if err := d.Migrate(ctx, []db.Migrations{anew}); err != nil {
				t.Fatal(err)
			}
			if is := dump(t, d); is != was {
				t.Errorf("%s changed what was there; before:\n%s\nafter:\n%s", first, was, is)
			}
			if err := d.Migrate(ctx, []db.Migrations{upTo}); err != nil {
				t.Errorf("the release before: %v", err)
			}
		})
	}
	if made == 0 {
		t.Error("no room makes a table anew on SQLite")
	}
}

// before is the room's migrations up to the first one for SQLite only, the same
// with it, and its name, "" where there is none.
func before(t *testing.T, room db.Migrations) (upTo, anew db.Migrations, first string) {
	t.Helper()
	names, err := fs.Glob(room.FS, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	files := fstest.MapFS{}
	for _, name := range names {
		b, err := fs.ReadFile(room.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(string(b), "-- SQLite only") {
			with := maps.Clone(files)
			with[name] = &fstest.MapFile{Data: b}
			return db.Migrations{Room: room.Room, FS: files}, db.Migrations{Room: room.Room, FS: with}, name
		}
		files[name] = &fstest.MapFile{Data: b}
	}
	return room, room, ""
}

func tables(t *testing.T, d *db.DB) []string {
	t.Helper()
	return column(t, d, `SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_migrations' ORDER BY name`)
}

// column is what the statement selects, each row as one text.
func column(t *testing.T, d *db.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := d.Read().Query(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// insertSome puts two rows into the table, each value of its own.
func insertSome(t *testing.T, d *db.DB, table string) {
	t.Helper()
	columns := column(t, d, `SELECT name FROM pragma_table_info($1) ORDER BY cid`, table)
	types := column(t, d, `SELECT type FROM pragma_table_info($1) ORDER BY cid`, table)
	if err := d.Write(t.Context(), func(ctx context.Context, tx db.Querier) error {
		for row := range 2 {
			values := make([]string, len(columns))
			for i := range columns {
				switch n := 1000*(row+1) + i; types[i] {
				case "BIGINT":
					values[i] = fmt.Sprint(n)
				case "BOOLEAN":
					values[i] = fmt.Sprint(row)
				case "BYTEA":
					values[i] = fmt.Sprintf("X'00%d'", n)
				default:
					values[i] = fmt.Sprintf("'%d'", n)
				}
			}
			if _, err := tx.Exec(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(values, ", ")+")"); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatalf("%s: %v", table, err)
	}
}

// dump is the columns, indexes and rows of all tables.
func dump(t *testing.T, d *db.DB) string {
	t.Helper()
	var b strings.Builder
	for _, table := range tables(t, d) {
		fmt.Fprintln(&b, table)
		for _, c := range column(t, d, `SELECT name || ' ' || type || ' ' || "notnull" || ' ' || COALESCE(dflt_value, '') || ' ' || pk FROM pragma_table_info($1) ORDER BY name`, table) {
			fmt.Fprintln(&b, "  column", c)
		}
		for _, i := range column(t, d, `SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = $1 ORDER BY name`, table) {
			fmt.Fprintln(&b, "  index", i)
		}
		columns := column(t, d, `SELECT 'quote(' || name || ')' FROM pragma_table_info($1) ORDER BY name`, table)
		for _, r := range column(t, d, "SELECT "+strings.Join(columns, " || ' ' || ")+" FROM "+table+" ORDER BY 1") {
			fmt.Fprintln(&b, "  row", r)
		}
	}
	return b.String()
}
