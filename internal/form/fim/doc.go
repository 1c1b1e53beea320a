// Package fim reads and writes XDatenfelder, the federal standard for the data
// of forms (FIM, Baustein Datenfelder): 3.0.0 and 2.0 in, 3.0.0 out.
//
// Read gives the model of version 3.0.0, whichever version the file has: of a
// 2.0 file ids are lengthened (F60000243 → F60000000243) and versions completed
// (1.0 → 1.0.0) as the FIM editors' own conversion does it, and states mapped
// by our own choice (inVorbereitung 2, aktiv 5, inaktiv 7). Write gives 3.0.0.
// What was read, written and read again is the same.
//
// Input is hostile: a file is read once from front to back, within MaxBytes,
// maxDepth and maxElements; document types and with them entities are refused.
// What breaks the standard is an *Error with line, element and reason; what is
// doubtful but can be lived with is a Warning.
package fim
