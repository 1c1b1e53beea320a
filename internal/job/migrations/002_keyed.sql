-- SQLite only: the jobs are their primary key's tree, and not a second tree
-- beside it.
CREATE TABLE jobs_keyed (
	id TEXT NOT NULL PRIMARY KEY,
	kind TEXT NOT NULL,
	tenant TEXT NOT NULL,
	payload BYTEA NOT NULL,
	unique_key TEXT UNIQUE,
	due BIGINT NOT NULL,
	lease TEXT NOT NULL DEFAULT '',
	attempts BIGINT NOT NULL DEFAULT 0,
	again BOOLEAN NOT NULL DEFAULT FALSE,
	dead_at BIGINT NOT NULL DEFAULT 0,
	reason TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
INSERT INTO jobs_keyed SELECT id, kind, tenant, payload, unique_key, due, lease, attempts, again, dead_at, reason FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_keyed RENAME TO jobs;
CREATE INDEX jobs_due ON jobs (kind, due) WHERE dead_at = 0;
