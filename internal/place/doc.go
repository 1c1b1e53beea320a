// Package place knows where one is in North Rhine-Westphalia: the 396
// municipalities and 53 districts (31 Kreise, 22 district-free cities), their
// keys, postal codes and positions, how people write their names, and which
// authority is competent for a task there.
//
// Invariants: an Atlas never changes after Load and is safe for concurrent
// use. A name or postal code that fits several places is answered with all of
// them (Several), a misspelt one with suggestions (None and Similar): nothing
// is ever guessed. It owns no tables, reads no clock and does no I/O.
//
// The facts are compiled by internal/place/gen into places.tsv from
// ../shared/data/nrw: keys of the official code lists of 2026-04-30,
// population of 2022-12-31. Attribution owed wherever they are shown:
//
//   - © Statistisches Bundesamt (Destatis), dl-de/by-2-0
//   - © GeoBasis-DE / BKG 2017 (Daten verändert)
//   - GeoNames, CC BY 4.0
//
// Postal codes are partly heuristic: a code that spans two municipalities is
// mostly listed with one, so a page that was given a postal code shows the
// place it took and lets the person change it.
//
// The sources of competence.json stand beside its entries.
package place

//go:generate go run ./gen -data ../../../shared/data/nrw -out places.tsv
