CREATE TABLE delivery_keys (
	tenant TEXT NOT NULL,
	kid TEXT NOT NULL,               -- thumbprint of the public key (RFC 7638)
	public BYTEA NOT NULL,           -- JWK
	private BYTEA NOT NULL,          -- JWK, wrapped by the master key
	current BOOLEAN NOT NULL,        -- the one new submissions are sealed to
	created BIGINT NOT NULL,
	PRIMARY KEY (tenant, kid)
);
CREATE UNIQUE INDEX delivery_keys_current ON delivery_keys (tenant) WHERE current;

CREATE TABLE delivery_handovers (
	tenant TEXT NOT NULL,
	submission TEXT NOT NULL,
	revision BIGINT NOT NULL,
	state TEXT NOT NULL,             -- queued, handed-over, acknowledged
	queued BIGINT NOT NULL,
	handed_over BIGINT,
	acknowledged BIGINT,
	PRIMARY KEY (tenant, submission, revision)
);
CREATE INDEX delivery_handovers_open ON delivery_handovers (queued) WHERE state <> 'acknowledged';
