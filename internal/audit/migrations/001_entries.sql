CREATE TABLE audit_entries (
	tenant TEXT NOT NULL,
	id TEXT NOT NULL,
	subject TEXT NOT NULL,
	unit TEXT NOT NULL,
	purpose TEXT NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (tenant, id)
);

CREATE INDEX audit_entries_subject ON audit_entries (tenant, subject, at);
CREATE INDEX audit_entries_at ON audit_entries (tenant, at, id);
