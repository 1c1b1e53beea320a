-- SQLite only: the hand-overs are their primary key's tree, and not a second
-- tree beside it.
CREATE TABLE delivery_handovers_keyed (
	tenant TEXT NOT NULL,
	submission TEXT NOT NULL,
	revision BIGINT NOT NULL,
	state TEXT NOT NULL,             -- queued, handed-over, acknowledged
	queued BIGINT NOT NULL,
	handed_over BIGINT,
	acknowledged BIGINT,
	PRIMARY KEY (tenant, submission, revision)
) WITHOUT ROWID;
INSERT INTO delivery_handovers_keyed SELECT tenant, submission, revision, state, queued, handed_over, acknowledged FROM delivery_handovers;
DROP TABLE delivery_handovers;
ALTER TABLE delivery_handovers_keyed RENAME TO delivery_handovers;
CREATE INDEX delivery_handovers_open ON delivery_handovers (queued) WHERE state <> 'acknowledged';
