// Package prove shows that a form traps nobody, and fills forms in.
//
// It reasons about a compiled form (form.Program) by trying it: for every
// field it draws up the answers at which some rule may turn (the codes of a
// choice, the bounds of a number or date, the values that rules compare it
// with, and their neighbours), looks in the rules for those that would make a
// condition true or false, and walks from the first page to the last through
// the engine itself. The engine alone says what is shown, refused or missing;
// the search only proposes.
//
// Invariants:
//
//   - Nothing here reads a clock or makes a random choice: the same form, day
//     and budget give the same applications and the same findings.
//   - Every Application passes View.Validate, also after View.Prune.
//   - Work is bounded by a Budget of engine calls. What it does not reach is
//     reported as not decided, never left out.
//
// The package owns no tables.
package prove
