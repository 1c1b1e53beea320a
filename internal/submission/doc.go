// Package submission walks a person from the first question to the receipt:
// drafts that are sealed page by page, resuming, the check page, submitting,
// the receipt, and afterwards the status page with questions and notices.
//
// Invariants:
//
//   - What the person was told is saved is on disk. A page is written, in the
//     same transaction as the draft's revision, before it is acknowledged.
//   - A draft's answers can be opened only with a key that the applicant
//     holds: the draft's random data key lies in slots, each sealed by a
//     secret of which the portal keeps no copy (the browser's cookie, the
//     resume code, with a passphrase or without, any Holder). See keys.go. A
//     draft taken along as a file needs no slot: it becomes a new draft.
//   - Submitting checks everything again, seals the payload to the office's
//     key, and writes submission, hand-over job and ledger leaf in one
//     transaction. A draft becomes at most one submission.
//   - The state of a submission is what receivers have told us, never a hope:
//     "acknowledged" is recorded by the room that heard it.
//   - A test is one from its first row to its last, says so wherever it is
//     seen, counts nowhere, and is erased after TestDays (trial.go).
//
// A draft stays after it was submitted: it holds the slots with which the
// applicant opens the copy of their answers, questions and notices.
//
// Tables: submission_drafts, submission_slots, submission_pages,
// submission_files, submissions, submission_revisions, submission_events,
// submission_counters, submission_receipts, submission_erased.
package submission
