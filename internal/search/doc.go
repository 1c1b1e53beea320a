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
// one of the phrases or names finds that service first.
//
// Invariants: an Index is immutable; hostile or endless queries are cut, never
// an error; a place that fits several is asked for, never guessed; queries are
// not logged and not kept. The room owns no tables.
package search
