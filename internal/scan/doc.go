// Package scan has files looked at for malware by a clamd (ClamAV's daemon)
// that stands beside the portal.
//
// Invariants: the file goes to clamd piece by piece and nothing of it is kept;
// what clamd does not answer in time, or not clearly, is no verdict. A name of
// malware is for the log, never for people.
//
// The room owns no tables.
package scan
