CREATE INDEX submissions_closed ON submissions (solution, version, changed, id) WHERE state IN ('decided', 'withdrawn');

-- How many cases were erased when their term was over, and how many lines of
-- "who saw my data" went with them: all that is left of them but the leaf in
-- the ledger.
CREATE TABLE submission_erased (
	tenant TEXT NOT NULL,
	solution TEXT NOT NULL,
	year BIGINT NOT NULL,            -- of the erasure
	cases BIGINT NOT NULL,
	accesses BIGINT NOT NULL,
	PRIMARY KEY (tenant, solution, year)
);
