package app

// solutionCmd is what authors and publishers of solutions do
// (solution_package.go), and what operators do for municipalities
// (solution_adopt.go).
type solutionCmd struct {
	New     solutionNewCmd     `cmd:"" help:"Make the folder of a new solution, to begin with."`
	Check   solutionCheckCmd   `cmd:"" help:"Check a solution's folder in every way there is, and run its samples."`
	Schema  solutionSchemaCmd  `cmd:"" help:"Print the JSON Schema of the files with an authority's parameters."`
	Key     solutionKeyCmd     `cmd:"" help:"Make a key for signing releases; prints the public part, which others trust."`
	Pack    solutionPackCmd    `cmd:"" help:"Make the one archive there is of a solution's folder."`
	Publish solutionPublishCmd `cmd:"" help:"Check, pack and sign a solution, and put it into a folder that others read."`
	Verify  solutionVerifyCmd  `cmd:"" help:"Tell whether a published archive is genuine."`
	List    solutionListCmd    `cmd:"" help:"List the releases of a source."`

	Trust    solutionTrustCmd    `cmd:"" help:"Trust a publisher's key; list the trusted ones."`
	Take     solutionTakeCmd     `cmd:"" help:"Take a published version into this portal."`
	Adopt    solutionAdoptCmd    `cmd:"" help:"Adopt a solution for one municipality or many, from one file."`
	Set      solutionSetCmd      `cmd:"" help:"Enter other by-laws for an adopted solution."`
	Show     solutionShowCmd     `cmd:"" help:"Print what applies in a municipality today, as set takes it."`
	Users    solutionUsersCmd    `cmd:"" help:"List who has adopted what."`
	Diff     solutionDiffCmd     `cmd:"" help:"Say what another version changes for a municipality."`
	Upgrade  solutionUpgradeCmd  `cmd:"" help:"Go to another version, with the values carried over."`
	Rollback solutionRollbackCmd `cmd:"" help:"Go back, at once, to what applied before."`
	Retire   solutionRetireCmd   `cmd:"" help:"Take nothing new; what was begun goes on."`

	Protection solutionProtectionCmd `cmd:"" help:"Print what data protection law wants written down, for a municipality, as Markdown."`
}
