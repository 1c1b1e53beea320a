// Package blob keeps files that are too large for the database: sealed bytes
// under an id, in a folder. What is in them, and who may have them, is the
// business of the room that stores the id.
//
// Invariants: what Put or Commit has acknowledged is on disk, name and content; a file
// is there whole or not at all, and never changes; no id leads out of the
// folder. Content arrives sealed.
//
// The room owns no tables. Layout: <dir>/<last two digits of the id>/<id>, and
// <dir>/tmp for files being written.
package blob
