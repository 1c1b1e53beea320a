-- SQLite only: these tables are their primary key's tree, and not a second
-- tree beside it. A page saved, or sent, changes half as many pages of the
-- file.
CREATE TABLE submission_pages_keyed (
	tenant TEXT NOT NULL,
	draft TEXT NOT NULL,
	row TEXT NOT NULL,               -- keyed hash of the page's path
	rev BIGINT NOT NULL,
	sealed BYTEA NOT NULL,
	PRIMARY KEY (tenant, draft, row)
) WITHOUT ROWID;
INSERT INTO submission_pages_keyed SELECT tenant, draft, row, rev, sealed FROM submission_pages;
DROP TABLE submission_pages;
ALTER TABLE submission_pages_keyed RENAME TO submission_pages;

CREATE TABLE submission_slots_keyed (
	tenant TEXT NOT NULL,
	draft TEXT NOT NULL,
	lookup TEXT NOT NULL,            -- names the secret without telling it
	kind TEXT NOT NULL,              -- cookie, code
	sealed BYTEA NOT NULL,           -- the draft's data key, sealed by the secret
	created BIGINT NOT NULL,
	stretch TEXT,
	PRIMARY KEY (tenant, draft, lookup)
) WITHOUT ROWID;
INSERT INTO submission_slots_keyed SELECT tenant, draft, lookup, kind, sealed, created, stretch FROM submission_slots;
DROP TABLE submission_slots;
ALTER TABLE submission_slots_keyed RENAME TO submission_slots;
CREATE UNIQUE INDEX submission_slots_lookup ON submission_slots (lookup);

CREATE TABLE submission_events_keyed (
	tenant TEXT NOT NULL,
	submission TEXT NOT NULL,
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (tenant, submission, id)
) WITHOUT ROWID;
INSERT INTO submission_events_keyed SELECT tenant, submission, id, kind, at FROM submission_events;
DROP TABLE submission_events;
ALTER TABLE submission_events_keyed RENAME TO submission_events;
