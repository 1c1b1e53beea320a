// Package geomap fetches pictures of a map from one server that the operator
// has named (OGC Web Map Service 1.3.0, OGC 06-042, or 1.1.1, OGC 01-068r3),
// and tells which place a pixel of them shows.
//
// Invariants:
//
//   - Nothing but pictures of a fixed grid within a fixed area is asked for,
//     so that the server learns a part of the map and nothing of who looks.
//   - What comes back is hostile: bounded in length, time and number, of the
//     size that was asked for, and drawn anew. No redirect is followed.
//   - No address of the portal tells which place a picture shows ([Map.Address]),
//     and only pictures that the portal has named are given.
//   - Pictures are kept in bounded memory, never on the disk. What was asked
//     for is not logged.
//
// The room owns no tables.
package geomap
