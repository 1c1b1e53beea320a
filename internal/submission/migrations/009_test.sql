-- Whether it is a test case of the authority and no application. A draft is
-- begun as one, and stays it.
ALTER TABLE submission_drafts ADD COLUMN test BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE submissions ADD COLUMN test BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX submission_drafts_test ON submission_drafts (tenant, created) WHERE test;
