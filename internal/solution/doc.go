// Package solution knows the online services that authorities share: what a
// solution folder holds (manifest, parameters, notices, texts of the service
// page, files of the form), which versions there are, and which by-law an
// authority applies on a given day.
//
// Invariants:
//
//   - What a [Catalog] says at one moment is one immutable snapshot; [Adoptions]
//     puts the next in its place, within a second of a change by any process.
//   - Nothing is offered that the authority has not released, but for its own
//     parameter file in the operator's folder, and everything in the
//     demonstration ([Adoptions].Everywhere).
//   - An edition is never changed, only followed by the next; which one applies is
//     a matter of the day alone. A roll-back is an edition too.
//   - A published version never changes: published.txt beside it names its
//     digest, and Load refuses a folder that differs.
//   - All folders of an id lie in one place, the binary or the operator's folder
//     ([Folder]), whose published.txt vouches for them.
//   - Parameters are not part of a version's digest: a by-law comes into force
//     on its day by itself, with the same version of the form.
//   - Equal parameters exist once: [Set.Key] is the same exactly for equal
//     ones, so that whatever is compiled from a set is compiled once, however
//     many authorities share it.
//
// Tables: solution_adoptions, solution_editions, solution_parameters,
// solution_tasks, solution_rules, solution_versions, solution_keys,
// solution_revision.
//
// It stands left of form: it hands on the form's files ([Version.Files])
// without reading them.
package solution
