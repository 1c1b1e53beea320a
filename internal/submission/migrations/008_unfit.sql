-- What of a brought file had no place in the form, to be read once more; sealed
-- under the draft's key, until the draft is sent.
ALTER TABLE submission_drafts ADD COLUMN unfit BYTEA;
