// Package service knows what the administration offers: the OZG catalogue of
// 557 services in 14 topics and 55 life and business events, with their LeiKa
// keys; who answers for a service in a place; and the pages that tell it: the
// start pages of the state and of a municipality, the lists, and the page of
// one service.
//
// # Facts and where they are from
//
// facts/catalog.txt is made by the command in gen from ozg_leistungen.csv and
// leika_leistungen.csv: facts compiled from the OZG database of the KDN
// (Dachverband kommunaler IT-Dienstleister, MIT licence), catalogue of October
// 2019, so about 18 of the roughly 575 services of today are missing and legal
// references may have moved since; the page says so. facts/topics.tsv,
// events.tsv and services.tsv are our own: addresses, titles in people's
// words, English titles, and the level that answers as a rule.
//
// Run again after a change of the data:
//
//	go run ./internal/service/gen ../shared/data/nrw internal/service/facts/catalog.txt
//
// # Invariants
//
//   - A Catalog is immutable and shared by all tenants and languages.
//   - What is not known is not said: without a recorded level, text, office or
//     online service the page names the gap in a sentence.
//   - A service page is the same for every visitor of a site, so it is drawn
//     once per (site, language, service, revision) and answered from memory.
//
// # Seams
//
// What the page shows of rooms further right comes through Online, Texts and
// Offices, small interfaces declared here and filled by app. The room owns no
// tables.
package service
