CREATE TABLE solution_adoptions (
	tenant TEXT NOT NULL,
	solution TEXT NOT NULL,
	state TEXT NOT NULL,             -- preparing, live, retired
	version TEXT NOT NULL,           -- what is being prepared
	parameters TEXT NOT NULL,        -- digest of what is being prepared, '' for none yet
	begun BIGINT NOT NULL,
	live BIGINT NOT NULL,            -- when it first went live, 0 while it has not
	retired TEXT NOT NULL,           -- day from which nothing new is taken, or ''
	rev BIGINT NOT NULL,             -- grows with every change
	PRIMARY KEY (tenant, solution)
);

-- What an authority has released, and what it may go back to. Rows are added
-- and approved, never changed otherwise.
CREATE TABLE solution_editions (
	tenant TEXT NOT NULL,
	solution TEXT NOT NULL,
	n BIGINT NOT NULL,
	version TEXT NOT NULL,
	parameters TEXT NOT NULL,        -- digest
	from_day TEXT NOT NULL,          -- YYYY-MM-DD
	restores BIGINT NOT NULL,        -- the edition that a roll-back went back to, 0 for none
	state TEXT NOT NULL,             -- proposed, approved, revoked
	author TEXT NOT NULL,            -- member, or command-line
	at BIGINT NOT NULL,
	approver TEXT NOT NULL,
	approved BIGINT NOT NULL,
	PRIMARY KEY (tenant, solution, n)
);

-- Parameters as JSON, once for all who have equal ones.
CREATE TABLE solution_parameters (
	digest TEXT NOT NULL PRIMARY KEY,
	file TEXT NOT NULL
);

CREATE TABLE solution_tasks (
	tenant TEXT NOT NULL,
	solution TEXT NOT NULL,
	task TEXT NOT NULL,
	done BOOLEAN NOT NULL,
	note TEXT NOT NULL,
	author TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (tenant, solution, task)
);

-- Who wants every edition approved by a second person.
CREATE TABLE solution_rules (
	tenant TEXT NOT NULL PRIMARY KEY,
	four_eyes BOOLEAN NOT NULL
);

-- Versions taken from a catalogue, as they came: archive and signed note.
CREATE TABLE solution_versions (
	solution TEXT NOT NULL,
	version TEXT NOT NULL,
	digest TEXT NOT NULL,            -- SHA-256 of the archive
	note TEXT NOT NULL,
	archive BYTEA NOT NULL,
	taken BIGINT NOT NULL,
	PRIMARY KEY (solution, version)
);

CREATE TABLE solution_keys (
	key TEXT NOT NULL PRIMARY KEY,   -- of a publisher, as notes write it
	added BIGINT NOT NULL
);

CREATE TABLE solution_revision (
	id BIGINT NOT NULL PRIMARY KEY,
	revision BIGINT NOT NULL
);
INSERT INTO solution_revision (id, revision) VALUES (1, 1);
