// Package build makes a form out of a schema of the federal standard: groups
// become pages, fields become questions with the control that fits them, and
// rules become conditions and checks.
//
// It is pure. Form answers a form.Definition, which form.Compile checks like
// one written by hand, and a Report of everything that the schema says and the
// form does not do; nothing is dropped without a word there. Files writes the
// definition as the files an author goes on with.
//
// What goes together is one question: a date in three numbers (compound.go), a
// period in two dates, a field that may be answered often (further.go: asked
// for once, with the question for more; without bound means 100 times, and 21
// in groups that repeat three deep). What the rules never show in the federal
// state is left out (never.go). What the schema fills in is there at first or
// sent along unasked (given.go). The answers that are sent have the form's
// shape, by page and schema path, not that of the schema's message: a partial
// date is one text there.
//
// Ids follow from the ids of the schema (F60000000227 → f60000000227) and stay
// what they are when a newer version of the schema is built, so that a Layout
// and stored answers still fit.
package build
