// Package rule reads the rule sentences of a FIM schema (fim.Rule.Text): German
// in a controlled style, compiled by a grammar, without guessing.
//
// Read gives clauses: what happens (Effect) to what (Targets) on which
// condition (When). A sentence may have several; an ELSE branch is a further
// clause with the negated condition. What the grammar does not have, refers to
// what the schema lacks, or contradicts itself is kept as Open with the
// sentence and the reason. Rule and clause together cover every sentence:
// nothing is dropped. A sentence that may mean two things ("nicht a oder b", "nur
// eines muss") stays open, and so does one whose exception or further condition
// behind it could not be read: a wrong rule is worse than none.
//
// How several clauses on one target go together: a target with Show clauses, or
// with Require clauses beside Hide or Forbid ones, is shown when one of its Show
// and Require clauses holds; one with Hide or Forbid clauses only is hidden when
// one of them holds; any other is always shown. So Show wins over Hide of another rule: the
// released schemas show one field for several questions, with a rule for each.
// Inside one rule both at once is a contradiction, and stays open.
//
// A compiled clause has an example that keeps it and a counter-example; see
// Clause.Examples. Clause.When and Clause.Holds write themselves as CEL of
// internal/form/FORMAT.md.
//
// Sentences are hostile input: their length, tokens and nesting are bounded,
// and what lies beyond is Open.
package rule
