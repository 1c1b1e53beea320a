// Package solution knows the online services that authorities share: what a
// solution folder holds (manifest, parameters, notices, texts of the service
// page, files of the form), which versions there are, and which by-law an
// authority applies on a given day.
//
// Invariants:
//
//   - A [Catalog] is immutable once loaded, and safe for concurrent use.
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
// The package owns no tables. What an authority will enter itself (adoption,
// its own by-law) is meant to arrive as further parameter files through
// [Catalog.With], which makes a new snapshot and leaves the old one as it is.
//
// It stands left of form: it hands on the form's files ([Version.Files])
// without reading them.
package solution
