package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// engine runs the benchmarks of the form's rooms, which need what these rooms
// keep to themselves.
func (b *bench) engine(ctx context.Context) error {
	if b.address != "" {
		return nil // no database in it
	}
	step, err := b.measured(ctx, "leitportal/internal/form", "BenchmarkParse", serving)
	if err != nil {
		return err
	}
	took := step["ns/op"] / 1e3
	b.table.add(row{what: "engine step (parse, validate, rules, next), 20 fields", figure: fmt.Sprintf("%.1f µs", took), bar: "≤ 30 µs", ratio: took / 30, ok: took <= 30})
	draw, err := b.measured(ctx, "leitportal/internal/submission", "BenchmarkStep", serving)
	if err != nil {
		return err
	}
	took = draw["ns/op"] / 1e3
	b.table.add(row{what: "render of a page of 20 fields", figure: fmt.Sprintf("%.1f µs", took), bar: "≤ 80 µs", ratio: took / 80, ok: took <= 80})
	b.table.add(row{what: "  the same, allocations", figure: fmt.Sprintf("%.0f", draw["allocs/op"]), bar: "≤ 800", ratio: draw["allocs/op"] / 800, ok: draw["allocs/op"] <= 800})
	all, err := b.measured(ctx, "leitportal/internal/form/fim/build", "BenchmarkSamples")
	if err != nil {
		return err
	}
	n, s, mb := all["schemas"], all["ns/op"]/1e9, all["peak-MB"]
	if n == 0 {
		b.table.add(row{what: "compile all samples", figure: "not measured: there are none in ../shared/data"})
		return nil
	}
	b.table.add(row{what: fmt.Sprintf("compile all %.0f samples", n), figure: fmt.Sprintf("%.2f s", s), bar: "≤ 3 s", ratio: s / 3, ok: s <= 3})
	b.table.add(row{what: "  the same, memory of the process", figure: fmt.Sprintf("%.0f MB", mb), bar: "≤ 300 MB", ratio: mb / 300, ok: mb <= 300})
	return nil
}

// serving is how often a portal collects garbage while it serves
// (internal/app/serve.go, tuneMemory).
const serving = "GOGC=400"

// measured is the best of three runs of a benchmark, by unit; empty where it
// skips itself.
func (b *bench) measured(ctx context.Context, pkg, name string, env ...string) (map[string]float64, error) {
	long, times := "1s", "3"
	if b.quick {
		long, times = "1x", "1"
	}
	found, _, err := calm(b.times(), stolen, func() (string, error) {
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^"+name+"$", "-benchtime", long, "-count", times, "-benchmem", pkg)
		cmd.Env = append(os.Environ(), env...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("%s of %s: %w\n%s%s", name, pkg, err, &out, &errs)
		}
		return out.String(), nil
	})
	return best(found, name), err
}

// best are the figures of the quickest of some runs, as go test prints them.
func best(out, name string) map[string]float64 {
	least := map[string]float64{}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], name) {
			continue
		}
		found := map[string]float64{}
		for i := 2; i+1 < len(f); i += 2 {
			if v, err := strconv.ParseFloat(f[i], 64); err == nil {
				found[f[i+1]] = v
			}
		}
		if was, ok := least["ns/op"]; !ok || found["ns/op"] < was {
			least = found
		}
	}
	return least
}
