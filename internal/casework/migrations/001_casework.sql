CREATE TABLE casework_cases (
	tenant TEXT NOT NULL,
	id TEXT NOT NULL,                -- of the submission
	number TEXT NOT NULL,
	solution TEXT NOT NULL,
	version TEXT NOT NULL,
	lang TEXT NOT NULL,
	state TEXT NOT NULL,
	open BOOLEAN NOT NULL,           -- the office still has something to do
	assignee TEXT NOT NULL,          -- member, or ''
	received BIGINT NOT NULL,
	changed BIGINT NOT NULL,
	due TEXT NOT NULL,               -- YYYY-MM-DD, or ''
	revision BIGINT NOT NULL,        -- newest revision of the answers received
	rev BIGINT NOT NULL,             -- grows with every change
	key BYTEA NOT NULL,              -- the case's key, wrapped by the master key
	cash_reference TEXT NOT NULL,    -- reserved Kassenzeichen, or ''
	PRIMARY KEY (tenant, id)
);
CREATE INDEX casework_cases_inbox ON casework_cases (tenant, open, received);
CREATE INDEX casework_cases_assignee ON casework_cases (tenant, assignee, open, received);

CREATE TABLE casework_entries (
	tenant TEXT NOT NULL,
	case_id TEXT NOT NULL,
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	author TEXT NOT NULL,            -- member, or '' for the applicant
	at BIGINT NOT NULL,
	about TEXT NOT NULL,
	sealed BYTEA,                    -- under the case's key
	PRIMARY KEY (tenant, case_id, id)
);

CREATE TABLE casework_letters (
	tenant TEXT NOT NULL,
	id TEXT NOT NULL,
	case_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	at BIGINT NOT NULL,
	run TEXT NOT NULL,               -- print run, or '' while it waits
	sealed BYTEA NOT NULL,           -- the PDF, under the case's key
	PRIMARY KEY (tenant, id)
);
CREATE INDEX casework_letters_run ON casework_letters (tenant, run, id);

CREATE TABLE casework_runs (
	tenant TEXT NOT NULL,
	id TEXT NOT NULL,
	n BIGINT NOT NULL,
	author TEXT NOT NULL,
	at BIGINT NOT NULL,
	letters BIGINT NOT NULL,
	PRIMARY KEY (tenant, id)
);

CREATE TABLE casework_counters (
	tenant TEXT NOT NULL,
	series TEXT NOT NULL,            -- cash-2026, run
	n BIGINT NOT NULL,
	PRIMARY KEY (tenant, series)
);
