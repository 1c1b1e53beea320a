// Package pdf writes tagged PDF documents: letters, notices, receipts.
//
// The file is PDF 1.7 (ISO 32000-1) and its structure follows what PDF/UA-1
// (ISO 14289-1) and PDF/A-2a (ISO 19005-2) ask for: every piece of content is
// either in the structure tree, in reading order, or marked as an artifact;
// language, title and XMP metadata are set; fonts are embedded as subsets with
// ToUnicode maps; figures carry alternative text. Conformance is not claimed,
// because no validator of these norms was at hand.
//
// Invariants: equal input gives equal bytes (there is no clock and no
// randomness in here); text never leaves the page (long words break); a
// character that the font lacks is drawn as a visible box and stays readable
// to a machine.
package pdf
