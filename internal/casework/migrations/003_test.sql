-- Whether it is a test case and no application: kept out of the inbox and of
-- every print run.
ALTER TABLE casework_cases ADD COLUMN test BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX casework_cases_test ON casework_cases (tenant, received) WHERE test;
