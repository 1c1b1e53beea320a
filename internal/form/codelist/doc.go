// Package codelist reads code lists of XRepository, which are files of OASIS
// genericode 1.0 (Code List Representation Version 1.0, OASIS Standard, 31
// January 2023), and keeps a folder of them, several versions of one list beside
// each other.
//
// Input is hostile: a file is read once from front to back, within MaxBytes and
// MaxEntries; document types and with them entities are refused. What breaks the
// standard is an *Error with line, element and reason; what is doubtful but can
// be lived with is a Warning.
//
// Of the standard these are not read, and are errors: columns, keys and lists
// kept in other files (ColumnSetRef, ColumnRef, KeyRef, CodeListSet). A value
// that is XML itself (ComplexValue) is left out with a Warning. Not checked
// against the official schema.
package codelist
