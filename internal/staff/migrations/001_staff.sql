CREATE TABLE staff_members (
	tenant     TEXT    NOT NULL,
	id         TEXT    NOT NULL,
	login      TEXT    NOT NULL,
	name       TEXT    NOT NULL,
	unit       TEXT    NOT NULL,
	roles      TEXT    NOT NULL,
	active     BOOLEAN NOT NULL,
	demo       BOOLEAN NOT NULL,
	stamp      BIGINT  NOT NULL,
	created_at BIGINT  NOT NULL,
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, login)
);
