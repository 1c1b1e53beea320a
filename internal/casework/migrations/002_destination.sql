-- The office that the form's rules chose, by its id there; '' for none, and of
-- cases received before until somebody opens them.
ALTER TABLE casework_cases ADD COLUMN destination TEXT NOT NULL DEFAULT '';
CREATE INDEX casework_cases_destination ON casework_cases (tenant, solution, destination, version) WHERE destination <> '';
