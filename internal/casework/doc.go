// Package casework is the clerk's desk: the inbox, the case with its answers,
// files and history, questions back, decisions with their notices, and the
// print run. It is the built-in receiver of submissions (delivery.Subscriber):
// a submission counts as acknowledged when Receive has opened it with the
// office's key, checked it and stored its case.
//
// Invariants:
//
//   - No answer lies readable in a table, but for the office that the form's
//     rules chose, where they choose one: the inbox is narrowed by it. Answers
//     stay in the sealed revision of the submission and are opened for one
//     request; notes, questions and notices are sealed under a key of the case,
//     which the master key wraps.
//   - Nothing of a case is shown or changed without an entry in "who saw my
//     data" (package audit), written in the transaction of the change or
//     before the answers are shown.
//   - Two clerks never overwrite each other silently: a change names the
//     revision of the case it was decided on, and fails with a conflict that
//     shows what the other did and keeps what was typed.
//   - A letter is printed from the bytes that were decided, and belongs to at
//     most one print run.
//   - A test case is in the view of tests only, and in no print run.
//   - A forged id of another tenant's case is a case that does not exist.
//
// Tables: casework_cases, casework_entries, casework_letters, casework_runs,
// casework_counters.
package casework
