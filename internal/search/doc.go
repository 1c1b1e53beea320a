// Package search finds services by what people type, and the place they mean.
//
// The texts shared by all tenants are indexed once, in memory (bleve): titles,
// official and LeiKa names, and the maintained list synonyms.txt, in German
// and English. A place never multiplies the index: it is taken out of the
// query (Splitter) or its own field, and decides only where a hit leads and who
// answers there.
//
// A word is looked for by its stem, a German compound also by its parts
// (compounds.txt and the catalogue's own words); a word nobody knows by the
// words that begin with it or are a slip or two away, so that exact hits are
// never crowded by guesses. A query that is, but for small words and endings,
// one of the phrases or names finds that service first, also when it is
// written as one compound ("Hundesteueranmeldung") or a word the page's
// language does not know must be mended for it ("Hunt anmelden").
//
// What is found must be about the question: a service is left out that has too
// small a share of the words, each weighed by how rare it is, beside one that
// has more of them.
//
// Invariants: an Index is immutable; hostile or endless queries are cut, never
// an error; a place that fits several is asked for, never guessed; queries are
// not logged and not kept. The room owns no tables.
package search
