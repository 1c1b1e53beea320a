// Package tenant makes each municipality a customer of the portal: its slug
// and host names, theme, monogram, contact, opening hours, imprint, privacy
// text and accessibility statement, with the pages that show them, and the
// pages at the desk where its staff enter them and read what people wrote about
// barriers.
//
// Invariants: every municipality of the atlas is a tenant from the start;
// what nobody has entered is derived from its place, and a fact about a real
// authority is never invented: what is unknown is left out, or named as
// missing where the law asks for it. A theme whose contrast is too low is
// refused. A Tenant never changes; the Directory holds one immutable snapshot
// of all of them and swaps it when the revision in the database has changed,
// which every process looks at once a second. A change at the desk is recorded in its
// transaction. Messages about barriers are erased by a job when their term
// (Directory.KeepFeedback) is over.
//
// Tables: tenant_settings (one row per tenant that has entered something),
// tenant_revision (one row, counts changes), tenant_feedback (messages about
// barriers; the sender's words, never logged).
package tenant
