package rules_test

// knownHiddenInputs are the places that draw randomness by themselves: a name
// that only has to be unique, which nothing is decided by and no test needs to
// foresee.
var knownHiddenInputs = exceptions{
	"internal/audit/store.go: rand.Text: take the randomness that was passed in": "name of an audit entry",
	"internal/blob/writer.go: rand.Text: take the randomness that was passed in": "name of a file while it is being written",
	"internal/job/store.go: rand.Text: take the randomness that was passed in":   "name of a job",
}
