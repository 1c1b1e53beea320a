// Package db is the one way to the database: SQLite in the portal's own
// folder, or PostgreSQL, with the same SQL text.
//
// Invariants:
//
//   - What Write has acknowledged is on disk. SQLite runs with
//     synchronous=FULL; concurrent callers share one commit (group commit),
//     each in a savepoint of its own, so that one failing closure takes
//     nothing of its neighbours with it.
//   - What Write has acknowledged is seen by every Read that follows.
//   - Read cannot change anything, on either database.
//   - A failed statement ends its transaction, as PostgreSQL has it; say
//     ON CONFLICT where a conflict is expected. Rows are closed before the
//     next statement of a transaction, as PostgreSQL has it too.
//   - Constraints are never DEFERRABLE: a deferred one would fail in the
//     commit that others share.
//
// Tables: schema_migrations(room, version, checksum, applied_at).
package db
