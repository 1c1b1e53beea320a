package app

// solutionCmd is what authors and publishers of solutions do
// (solution_package.go).
type solutionCmd struct {
	New     solutionNewCmd     `cmd:"" help:"Make the folder of a new solution, to begin with."`
	Check   solutionCheckCmd   `cmd:"" help:"Check a solution's folder in every way there is, and run its samples."`
	Schema  solutionSchemaCmd  `cmd:"" help:"Print the JSON Schema of the files with an authority's parameters."`
	Key     solutionKeyCmd     `cmd:"" help:"Make a key for signing releases; prints the public part, which others trust."`
	Pack    solutionPackCmd    `cmd:"" help:"Make the one archive there is of a solution's folder."`
	Publish solutionPublishCmd `cmd:"" help:"Check, pack and sign a solution, and put it into a folder that others read."`
	Verify  solutionVerifyCmd  `cmd:"" help:"Tell whether a published archive is genuine."`
	List    solutionListCmd    `cmd:"" help:"List the releases of a source."`
}
