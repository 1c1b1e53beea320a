-- The costs by which the passphrase of a code is stretched (argon2id,
-- m=19456,t=2,p=1), NULL for a code without one. A code with one opens its
-- slot together with the passphrase only.
ALTER TABLE submission_slots ADD COLUMN stretch TEXT;
-- An e-mail address, wrapped by the master key, to which one reminder goes
-- before the draft is erased; NULL again once it was used, or is not needed.
ALTER TABLE submission_drafts ADD COLUMN remind BYTEA;
CREATE INDEX submission_drafts_remind ON submission_drafts (expires) WHERE remind IS NOT NULL;
