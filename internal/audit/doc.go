// Package audit remembers who read or changed what: for the person whose data
// it was ("who saw my data": unit and purpose, not clerks' names), and for the
// auditor.
//
// Invariants: entries are only ever added, in the transaction of what they
// tell of, and erased with their subject; they hold no content and no personal
// data but the actor's id.
//
// Tables: audit_entries.
package audit
