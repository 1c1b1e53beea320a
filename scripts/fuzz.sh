#!/bin/sh
# Runs every fuzz target for the given time: scripts/fuzz.sh 20s
set -eu
cd "$(dirname "$0")/.."
time=${1:-20s}
git ls-files 'internal/**/*_test.go' | xargs grep -l '^func Fuzz' | sort | while read -r f; do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$f"); do
		echo "== $(dirname "$f") $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$(dirname "$f")"
	done
done
