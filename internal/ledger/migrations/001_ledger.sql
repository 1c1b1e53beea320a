CREATE TABLE ledger_leaves (
	tenant  TEXT NOT NULL,
	subject TEXT NOT NULL,
	kind    TEXT NOT NULL,
	hash    BYTEA NOT NULL,
	seq     BIGINT,
	PRIMARY KEY (tenant, subject, kind)
);
CREATE UNIQUE INDEX ledger_leaves_seq ON ledger_leaves (seq);
CREATE INDEX ledger_leaves_new ON ledger_leaves (hash) WHERE seq IS NULL;

-- Hashes of the tree, by the index that tlog gives them.
CREATE TABLE ledger_nodes (
	idx  BIGINT PRIMARY KEY,
	hash BYTEA NOT NULL
);

-- The newest checkpoint, and each published one.
CREATE TABLE ledger_checkpoints (
	size      BIGINT PRIMARY KEY,
	root      BYTEA NOT NULL,
	note      TEXT NOT NULL,
	created   BIGINT NOT NULL,
	published BOOLEAN NOT NULL
);

CREATE TABLE ledger_lease (
	id      BIGINT PRIMARY KEY,
	holder  TEXT NOT NULL,
	expires BIGINT NOT NULL
);
INSERT INTO ledger_lease (id, holder, expires) VALUES (1, '', 0);

-- Signing keys, sealed by the master key; the one with the highest number signs.
CREATE TABLE ledger_keys (
	number   BIGINT PRIMARY KEY,
	verifier TEXT NOT NULL,
	sealed   BYTEA NOT NULL,
	created  BIGINT NOT NULL
);
