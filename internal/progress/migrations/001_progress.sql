CREATE TABLE progress_reports (
	tenant TEXT NOT NULL,
	ozg TEXT NOT NULL,
	level_11 BIGINT NOT NULL,
	criteria_11 TEXT NOT NULL,
	level_20 BIGINT NOT NULL,
	criteria_20 TEXT NOT NULL,
	since TEXT NOT NULL,
	link TEXT NOT NULL,
	source TEXT NOT NULL,
	demo BOOLEAN NOT NULL,
	reported_on TEXT NOT NULL,
	reported_by TEXT NOT NULL,
	updated_at BIGINT NOT NULL,
	PRIMARY KEY (tenant, ozg)
);

CREATE TABLE progress_projects (
	id TEXT NOT NULL PRIMARY KEY,
	project TEXT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE progress_revision (
	id BIGINT NOT NULL PRIMARY KEY,
	revision BIGINT NOT NULL
);

INSERT INTO progress_revision (id, revision) VALUES (1, 0);
