CREATE TABLE postbox_messages (
	tenant TEXT NOT NULL,
	submission TEXT NOT NULL,
	id TEXT NOT NULL,
	kind TEXT NOT NULL,              -- question, notice, info
	at BIGINT NOT NULL,
	read_at BIGINT,
	done_at BIGINT,                  -- a question was answered
	sealed BYTEA NOT NULL,           -- HPKE to the applicant
	PRIMARY KEY (tenant, submission, id)
);
