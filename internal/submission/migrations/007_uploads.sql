-- What is the matter with a file: '' for nothing, 'arriving' while it is
-- uploaded in pieces, 'waiting' until it was looked at for malware, 'infected'
-- when some was found (and the file erased).
ALTER TABLE submission_files ADD COLUMN state TEXT NOT NULL DEFAULT '';
-- Of a waiting file its key, wrapped by the master key; of an arriving one what
-- is needed to go on, sealed under the draft's key.
ALTER TABLE submission_files ADD COLUMN sealed BYTEA;
-- Of an arriving file: how many bytes there are by now, and when they came.
ALTER TABLE submission_files ADD COLUMN done BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission_files ADD COLUMN touched BIGINT NOT NULL DEFAULT 0;
CREATE INDEX submission_files_waiting ON submission_files (created) WHERE state = 'waiting';
CREATE INDEX submission_files_arriving ON submission_files (touched) WHERE state = 'arriving';
