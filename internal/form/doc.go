// Package form asks and checks: it turns the files of a solution (schema,
// pages, rules, texts) into a Program, and a Program with answers into steps,
// problems, sections to review and sums to pay.
//
// It is pure. Load reads an fs.FS; nothing else touches a file, a clock, a
// network or a global. Today and the municipality's parameters are passed in.
//
// Invariants:
//
//   - A *Program never changes after Compile and serves all tenants and
//     goroutines at once. Whatever can be wrong with a form is found by
//     Compile, not by the first applicant.
//   - An answer is typed and canonical before it is stored: the same answers
//     give the same JSON bytes whatever the order they were typed in.
//   - Stored JSON that does not fit the schema is an error, never a panic and
//     never a guess.
//   - A rule never fails on a missing answer: each type has a documented
//     harmless value for it (FORMAT.md), and Compile tries every rule on an
//     empty application.
//   - Pruning is idempotent, and after it nothing of an abandoned branch is
//     left.
//
// How a page is answered:
//
//	a := program.Stored(row)                        // what is stored, page by page
//	view := program.Open(a, form.Env{Params: params, Today: today, Lang: lang})
//	step, err := view.Step("hund/3")                // or view.Current(), view.Steps()
//	out := view.Parse(step, r.PostForm)
//	if len(out.Problems) > 0 {
//		show(step, out.View.Fields(step, out.Raw, out.Problems))
//	}
//	store(step.Path, out.JSON)
//	next, ok := out.View.Next(step.Path)            // !ok: on to the check page
//
// and at the end view.Validate, then view.Prune, whose answers are sent.
// Params come once per municipality from program.Params.
//
// The format of the files is described in FORMAT.md. The package owns no
// tables.
package form
