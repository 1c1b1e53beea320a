-- SQLite only: the leaves are their primary key's tree, and not a second tree
-- beside it.
CREATE TABLE ledger_leaves_keyed (
	tenant  TEXT NOT NULL,
	subject TEXT NOT NULL,
	kind    TEXT NOT NULL,
	hash    BYTEA NOT NULL,
	seq     BIGINT,
	PRIMARY KEY (tenant, subject, kind)
) WITHOUT ROWID;
INSERT INTO ledger_leaves_keyed SELECT tenant, subject, kind, hash, seq FROM ledger_leaves;
DROP TABLE ledger_leaves;
ALTER TABLE ledger_leaves_keyed RENAME TO ledger_leaves;
CREATE UNIQUE INDEX ledger_leaves_seq ON ledger_leaves (seq);
CREATE INDEX ledger_leaves_new ON ledger_leaves (hash) WHERE seq IS NULL;
