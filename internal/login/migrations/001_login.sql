-- enrolled: totp_secret was confirmed by a first code; before that it is the
-- one shown for setting up. totp_step is the newest time step accepted.
CREATE TABLE login_credentials (
	tenant      TEXT    NOT NULL,
	member_id   TEXT    NOT NULL,
	password    TEXT    NOT NULL,
	initial     BOOLEAN NOT NULL,
	expires_at  BIGINT  NOT NULL,
	totp_secret BYTEA,
	totp_step   BIGINT  NOT NULL,
	enrolled    BOOLEAN NOT NULL,
	PRIMARY KEY (tenant, member_id)
);

CREATE TABLE login_recovery (
	tenant    TEXT NOT NULL,
	member_id TEXT NOT NULL,
	code_hash TEXT NOT NULL,
	PRIMARY KEY (tenant, member_id, code_hash)
);

CREATE TABLE login_sessions (
	tenant     TEXT   NOT NULL,
	token_hash TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	member_id  TEXT   NOT NULL,
	stage      TEXT   NOT NULL,
	stamp      BIGINT NOT NULL,
	return_to  TEXT   NOT NULL,
	device     TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	PRIMARY KEY (tenant, token_hash)
);

CREATE INDEX login_sessions_member ON login_sessions (tenant, member_id);
