CREATE INDEX submission_drafts_correcting ON submission_drafts (tenant, id) WHERE state = 'correcting';
