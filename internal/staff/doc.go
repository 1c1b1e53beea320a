// Package staff knows who works for a tenant: name, organisational unit and
// roles. It says who may do what at the desk; how somebody proves to be that
// member is package login's affair, reached through Credentials.
//
// Invariants:
//
//   - A login name is unique within its tenant; the same person at two
//     tenants is two members.
//   - A tenant that has an active admin keeps one: the last cannot be
//     deactivated nor lose the role, not even by two changes at once.
//   - Members are deactivated, never deleted: cases and the audit name them.
//   - Stamp grows with each change of roles or of being active; a session
//     that began under another stamp has ended.
//   - Every change is recorded in the transaction that makes it.
//
// Tables: staff_members.
package staff
