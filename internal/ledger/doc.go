// Package ledger proves what was submitted, received and decided: a Merkle
// log (RFC 6962, as golang.org/x/mod/sumdb/tlog has it) that only grows,
// checkpoints of it signed as notes, and receipts that anyone can verify
// without asking us.
//
// A leaf is SHA-256(32 random bytes ‖ SHA-256 of the payload). It is added in
// the transaction of what it proves, without a number. One sequencer at a
// time, of however many processes, gives new leaves their numbers, stores the
// tree's new hashes and signs a checkpoint, all in one transaction. When a
// salt is destroyed its leaf says nothing any more; the log stays whole.
//
// Invariants:
//
//   - the numbers of sequenced leaves are 0, 1, 2, … without a gap, and never
//     change;
//   - ledger_nodes holds exactly the hashes of the tree over these leaves;
//   - the newest checkpoint is over all of them; every checkpoint ever
//     published is of a prefix of the log (Check recomputes all three);
//   - a receipt is canonical: verifying encodes it again and compares, so that
//     no byte of it can be another one; trusted keys never come from the file.
//
// Tables: ledger_leaves, ledger_nodes, ledger_checkpoints, ledger_lease,
// ledger_keys.
package ledger
