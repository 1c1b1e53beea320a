-- Whether a file went to the office with what was sent. One that did not goes
-- with its draft, or soon after the rest was sent.
ALTER TABLE submission_files ADD COLUMN sent BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE submission_files SET sent = TRUE WHERE EXISTS (
	SELECT 1 FROM submission_drafts d WHERE d.tenant = submission_files.tenant AND d.id = submission_files.draft AND d.state <> 'open');
CREATE INDEX submission_files_id ON submission_files (id);
CREATE INDEX submission_files_unsent ON submission_files (created) WHERE NOT sent;
