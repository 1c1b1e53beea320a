CREATE TABLE submission_drafts (
	tenant TEXT NOT NULL,
	id TEXT NOT NULL,
	solution TEXT NOT NULL,
	version TEXT NOT NULL,
	lang TEXT NOT NULL,
	state TEXT NOT NULL,             -- open, submitted, correcting, withdrawn
	rev BIGINT NOT NULL,             -- grows with every change of a page
	created BIGINT NOT NULL,
	updated BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	code BYTEA,                      -- the resume code, sealed under the data key
	recipient_public BYTEA,          -- HPKE: questions, notices and the copy are sealed to it
	recipient_private BYTEA,         -- sealed under the data key
	notify BYTEA,                    -- e-mail address, wrapped by the master key
	PRIMARY KEY (tenant, id)
);
CREATE INDEX submission_drafts_expires ON submission_drafts (expires);

CREATE TABLE submission_slots (
	tenant TEXT NOT NULL,
	draft TEXT NOT NULL,
	lookup TEXT NOT NULL,            -- names the secret without telling it
	kind TEXT NOT NULL,              -- cookie, code
	sealed BYTEA NOT NULL,           -- the draft's data key, sealed by the secret
	created BIGINT NOT NULL,
	PRIMARY KEY (tenant, draft, lookup)
);
CREATE UNIQUE INDEX submission_slots_lookup ON submission_slots (lookup);

CREATE TABLE submission_pages (
	tenant TEXT NOT NULL,
	draft TEXT NOT NULL,
	row TEXT NOT NULL,               -- keyed hash of the page's path
	rev BIGINT NOT NULL,
	sealed BYTEA NOT NULL,
	PRIMARY KEY (tenant, draft, row)
);

CREATE TABLE submission_files (
	tenant TEXT NOT NULL,
	draft TEXT NOT NULL,
	id TEXT NOT NULL,                -- also the id of the blob
	created BIGINT NOT NULL,
	PRIMARY KEY (tenant, draft, id)
);

CREATE TABLE submissions (
	tenant TEXT NOT NULL,
	id TEXT NOT NULL,
	draft TEXT NOT NULL,
	number TEXT NOT NULL,            -- HS-2026-000123
	solution TEXT NOT NULL,
	version TEXT NOT NULL,
	lang TEXT NOT NULL,
	received BIGINT NOT NULL,        -- the legal time of receipt
	revision BIGINT NOT NULL,        -- the newest one
	state TEXT NOT NULL,             -- the newest event that is a state
	changed BIGINT NOT NULL,
	PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX submissions_draft ON submissions (tenant, draft);
CREATE UNIQUE INDEX submissions_number ON submissions (tenant, number);

CREATE TABLE submission_revisions (
	tenant TEXT NOT NULL,
	submission TEXT NOT NULL,
	revision BIGINT NOT NULL,        -- 1 is what was submitted, higher ones are corrections
	received BIGINT NOT NULL,
	kid TEXT NOT NULL,               -- the office's key
	jwe BYTEA NOT NULL,              -- the payload, sealed to the office
	copy BYTEA NOT NULL,             -- the applicant's copy, HPKE to the draft's recipient
	PRIMARY KEY (tenant, submission, revision)
);

CREATE TABLE submission_events (
	tenant TEXT NOT NULL,
	submission TEXT NOT NULL,
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (tenant, submission, id)
);

CREATE TABLE submission_counters (
	tenant TEXT NOT NULL,
	series TEXT NOT NULL,            -- HS-2026
	n BIGINT NOT NULL,
	PRIMARY KEY (tenant, series)
);

CREATE TABLE submission_receipts (
	tenant TEXT NOT NULL,
	submission TEXT NOT NULL,
	revision BIGINT NOT NULL,
	sealed BYTEA NOT NULL,           -- PDF and JSON receipt, sealed under the data key
	created BIGINT NOT NULL,
	PRIMARY KEY (tenant, submission, revision)
);
