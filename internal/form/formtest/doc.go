// Package formtest makes up forms of any size for tests and benchmarks: the
// engine's own, the renderer's and those of the load test.
package formtest
