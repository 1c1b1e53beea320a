// Package build makes a form out of a schema of the federal standard: groups
// become pages, fields become questions with the control that fits them, and
// rules become conditions and checks.
//
// It is pure. Form answers a form.Definition, which form.Compile checks like
// one written by hand, and a Report of everything that the schema says and the
// form does not do; nothing is dropped without a word there. Files writes the
// definition as the files an author goes on with.
//
// Ids follow from the ids of the schema (F60000000227 → f60000000227) and stay
// what they are when a newer version of the schema is built, so that a Layout
// and stored answers still fit.
package build
