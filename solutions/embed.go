// Package solutions carries the online services in the binary. Each folder is
// one solution: YAML and JSON only, no Go code (see docs/handbook/solutions.md).
package solutions

import "embed"

// files holds every solution and the list of published versions.
//
//go:embed published.txt */solution.yaml */*.yaml */*.yml */*/*
var files embed.FS

// Files is every solution folder, for solution.Load.
func Files() embed.FS { return files }
