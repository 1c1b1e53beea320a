// Package delivery hands sealed submissions over to the office and remembers
// what the receiver has answered. It owns the offices' keys: who holds the
// private one can open a submission, and only such a receiver can acknowledge
// it.
//
// A receiver is a Subscriber. The built-in one is the municipality's desk
// (package casework); specialist systems follow with FIT-Connect.
//
// Invariants:
//
//   - "Acknowledged" is recorded only after the subscriber's Receive has
//     returned without an error, which it does when it has opened the
//     submission with the office key, validated it and stored it.
//   - A hand-over is enqueued in the transaction that stored the submission
//     and repeated until it is acknowledged; Receive is idempotent.
//   - Private keys lie on the disk wrapped by the master key; old keys stay, so
//     that what was sealed to them can be opened.
//
// Tables: delivery_keys, delivery_handovers.
package delivery
