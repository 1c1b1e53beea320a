// Package job is work that must follow a commit: rooms enqueue it in their own
// transaction, and runners, one in each process, do it until it succeeds.
//
// Invariants:
//
//   - A job is enqueued if and only if the transaction around it commits.
//   - It runs at least once: a handler is idempotent. A process that dies
//     leaves a lease behind, and when that ends another process takes over.
//   - A job that keeps failing is kept as a dead letter with its reason, never
//     thrown away.
//   - Payloads of personal data are ciphertext; reasons and errors hold none.
//
// A free job's due is when it may begin; a leased job's due is when its lease
// ends. Whatever is due may be taken, so that nobody has to clean up.
//
// Tables: jobs.
package job
