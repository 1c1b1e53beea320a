package db

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"leitportal/internal/clock"
)

// Migrations are the tables of one room: files NNN_name.sql, numbered from
// 001 without a gap, at the root of FS or in its folder "migrations". A file
// that was released never changes; what has to change gets a new file, which
// the previous release must survive (add, do not rename or drop). A file that
// begins with "-- SQLite only" is noted on PostgreSQL, but not run.
type Migrations struct {
	Room string
	FS   fs.FS
}

type migration struct {
	room     string
	version  int64
	name     string
	script   string
	checksum string
}

// sqliteOnly begins a migration that changes how SQLite keeps a table, which
// PostgreSQL has no word for.
const sqliteOnly = "-- SQLite only"

// migrateLock is the advisory lock on PostgreSQL under which one process
// migrates while others wait: "leitport" as a number.
const migrateLock = 0x6c656974706f7274

// Migrate brings the tables of all rooms up to date, in the order given, in
// one transaction: all or nothing. Several processes may do so at once. It is
// an error when a file that was applied has changed since. What a newer
// release has applied is let be.
func (d *DB) Migrate(ctx context.Context, rooms []Migrations) error {
	var all []migration
	seen := map[string]bool{}
	for _, r := range rooms {
		if seen[r.Room] {
			return fmt.Errorf("db: the room %q brings its migrations twice", r.Room)
		}
		seen[r.Room] = true
		ms, err := load(r)
		if err != nil {
			return err
		}
		all = append(all, ms...)
	}
	return d.Write(ctx, func(ctx context.Context, tx Querier) error {
		if d.kind == Postgres {
			if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(migrateLock)); err != nil {
				return fmt.Errorf("db: wait for another process that migrates: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_migrations (
			room TEXT NOT NULL, version BIGINT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL,
			PRIMARY KEY (room, version))`); err != nil {
			return fmt.Errorf("db: make schema_migrations: %w", err)
		}
		applied, newest, err := appliedMigrations(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range all {
			sum, done := applied[m.room+"/"+strconv.FormatInt(m.version, 10)]
			switch {
			case done && sum == m.checksum:
				continue
			case done:
				return fmt.Errorf("db: migration %s/%s was changed after it had been applied; restore the file and add a new one", m.room, m.name)
			case m.version < newest[m.room]:
				return fmt.Errorf("db: migration %s/%s is older than version %d, which is applied already; give it the next number", m.room, m.name, newest[m.room])
			}
			if d.kind == SQLite || !strings.HasPrefix(m.script, sqliteOnly) {
				if _, err := tx.Exec(ctx, m.script); err != nil {
					return fmt.Errorf("db: migration %s/%s: %w", m.room, m.name, err)
				}
			}
			// The instant is for the operator's eye alone; no logic reads it.
			if _, err := tx.Exec(ctx, `INSERT INTO schema_migrations (room, version, checksum, applied_at) VALUES ($1, $2, $3, $4)`,
				m.room, m.version, m.checksum, clock.Micros(clock.System().Now())); err != nil {
				return fmt.Errorf("db: note migration %s/%s: %w", m.room, m.name, err)
			}
		}
		return nil
	})
}

// appliedMigrations gives the checksum by "room/version", and the newest
// version by room.
func appliedMigrations(ctx context.Context, tx Querier) (map[string]string, map[string]int64, error) {
	rows, err := tx.Query(ctx, `SELECT room, version, checksum FROM schema_migrations`)
	if err != nil {
		return nil, nil, fmt.Errorf("db: read schema_migrations: %w", err)
	}
	defer rows.Close()
	applied, newest := map[string]string{}, map[string]int64{}
	for rows.Next() {
		var room, sum string
		var version int64
		if err := rows.Scan(&room, &version, &sum); err != nil {
			return nil, nil, fmt.Errorf("db: read schema_migrations: %w", err)
		}
		applied[room+"/"+strconv.FormatInt(version, 10)] = sum
		newest[room] = max(newest[room], version)
	}
	return applied, newest, rows.Err()
}

// load reads and checks the files of a room, ordered by version.
func load(r Migrations) ([]migration, error) {
	name := regexp.MustCompile(`^([0-9]{3})_[a-z0-9_]+\.sql$`)
	root := r.FS
	if info, err := fs.Stat(root, "migrations"); err == nil && info.IsDir() {
		if root, err = fs.Sub(root, "migrations"); err != nil {
			return nil, fmt.Errorf("db: migrations of %s: %w", r.Room, err)
		}
	}
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, fmt.Errorf("db: migrations of %s: %w", r.Room, err)
	}
	var out []migration
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".sql") {
			continue
		}
		parts := name.FindStringSubmatch(e.Name())
		if parts == nil {
			return nil, fmt.Errorf("db: migration %s/%s is not named like 001_name.sql", r.Room, e.Name())
		}
		script, err := fs.ReadFile(root, e.Name())
		if err != nil {
			return nil, fmt.Errorf("db: migration %s/%s: %w", r.Room, e.Name(), err)
		}
		version, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("db: migration %s/%s: %w", r.Room, e.Name(), err)
		}
		sum := sha256.Sum256(script)
		out = append(out, migration{r.Room, version, e.Name(), string(script), hex.EncodeToString(sum[:])})
	}
	slices.SortFunc(out, func(a, b migration) int { return cmp.Compare(a.version, b.version) })
	for i, m := range out {
		if m.version != int64(i)+1 {
			return nil, fmt.Errorf("db: migrations of %s: number %03d is missing or doubled before %s", r.Room, i+1, m.name)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("db: the room %s brings no migration", r.Room)
	}
	return out, nil
}
