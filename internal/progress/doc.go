// Package progress tells how far the OZG services have come: which of the 557
// are online in which municipality, since when, in which maturity; as pages, as
// open data, and in comparison with similar municipalities. Beside what really
// runs it shows what the municipalities say of themselves, and the cooperation
// projects of the OZG laboratories that the programme office has entered.
//
// # Invariants
//
//   - What runs comes from Running, never from a report; a report never counts
//     as running. Each figure says which of the two it is.
//   - A maturity is named with the version of its model. A criterion that nobody
//     has checked is "not assessed", and so is the level then.
//   - Figures are counted once per day, revision of what runs and revision of
//     the tables, and shared by all requests (Board).
//   - A file is imported as a whole or not at all. Nothing about a real project
//     or municipality is shipped.
//
// # The models
//
// Model 1.1 (June 2020): levels 0 to 4, ten criteria, the weakest decides. The
// names of criteria 1 to 6 are those of OZG_Reifegrad_Check.xlsx (IT planning
// council, leitfaden.ozg-umsetzung.de); those of 7 to 10 could not be had.
// Model 2.0 (July 2025): levels 0 to 7, 13 criteria, whose names could not be
// had either (ozg.sachsen-anhalt.de/grundlagen/reifegradmodell, 02-2026, tells
// the levels and their number). What could not be had is asked for by number
// and named "not checked against the official text".
//
// # Tables
//
// progress_reports (what a tenant says of a service), progress_projects (JSON),
// progress_revision (one row, counts changes of both).
package progress
