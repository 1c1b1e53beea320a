CREATE TABLE tenant_settings (
	tenant TEXT NOT NULL PRIMARY KEY,
	settings TEXT NOT NULL,
	revision BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE tenant_revision (
	id BIGINT NOT NULL PRIMARY KEY,
	revision BIGINT NOT NULL
);

INSERT INTO tenant_revision (id, revision) VALUES (1, 0);

CREATE TABLE tenant_feedback (
	id TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL,
	page TEXT NOT NULL,
	message TEXT NOT NULL,
	reply_to TEXT NOT NULL,
	created_at BIGINT NOT NULL
);

CREATE INDEX tenant_feedback_by_tenant ON tenant_feedback (tenant, created_at);
