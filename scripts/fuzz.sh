#!/bin/sh
# Runs fuzz targets for the given time each, as many side by side as there are
# cores: scripts/fuzz.sh 300s runs all, scripts/fuzz.sh 20s forms those of what
# a form is made of and what is sent to it.
set -eu
cd "$(dirname "$0")/.."
time=${1:-20s}
all() {
	git ls-files 'internal/*_test.go' | xargs grep -l '^func Fuzz' | sort | while read -r f; do
		for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$f"); do
			echo "$(dirname "$f") $target"
		done
	done
}
# Schemas and code lists in XML, rule sentences, answers, the file of a draft.
forms() {
	echo internal/form/fim FuzzRead
	echo internal/form/codelist FuzzRead
	echo internal/form/fim/rule FuzzRead
	echo internal/form FuzzParse
	echo internal/submission FuzzReadDraftFile
}
one='out=$(go test -run "^$" -fuzz "^$2\$" -fuzztime "$0" -parallel 1 "./$1" 2>&1) && echo "ok $1 $2" || { echo "$out"; exit 255; }'
"${2:-all}" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -L 1 sh -c "$one" "$time"
