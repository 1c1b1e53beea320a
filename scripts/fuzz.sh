#!/bin/sh
# Runs fuzz targets for about the given time each, as many side by side as there
# are cores: scripts/fuzz.sh 300s runs all, scripts/fuzz.sh 20s forms those of
# what a form is made of and what is sent to it.
set -eu
cd "$(dirname "$0")/.."

all() {
	git ls-files 'internal/*_test.go' | xargs grep -l '^func Fuzz' | sort | while read -r f; do
		for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$f"); do
			echo "$(dirname "$f") $target"
		done
	done
}
# Schemas and code lists in XML, rule sentences, answers, the file of a draft, a
# file of reports.
forms() {
	echo internal/form/fim FuzzRead
	echo internal/form/codelist FuzzRead
	echo internal/form/fim/rule FuzzRead
	echo internal/form FuzzParse
	echo internal/submission FuzzReadDraftFile
	echo internal/progress FuzzReadReports
}

# A target runs in rounds of so many executions until its time is over: Go 1.26
# takes the end of a -fuzztime in seconds for an error now and then
# (go.dev/issue/75804). And it looks for new inputs, not for a minute at how to
# make one shorter.
round() { # package target executions
	out=$(go test -run '^$' -fuzz "^$2\$" -fuzztime "$3x" -fuzzminimizetime 20x -parallel 1 "./$1" 2>&1) || {
		echo "$out"
		exit 255 # xargs begins no other
	}
}
one() { # package target seconds
	round "$1" "$2" 1 # is built
	begun=$(date +%s) before=$(date +%s) count=1000 executions=0
	while :; do
		round "$1" "$2" "$count"
		now=$(date +%s)
		left=$((begun + $3 - now)) took=$((now - before + 1)) before=$now executions=$((executions + count))
		[ "$left" -gt 0 ] || break
		next=$((count * left / took))
		count=$((next > 20 * count ? 20 * count : next > 100 ? next : 100))
	done
	echo "ok $1 $2: $executions executions"
}

if [ "${1:-}" = one ]; then
	one "$3" "$4" "$2"
	exit
fi
time=${1:-20s}
"${2:-all}" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -L 1 scripts/fuzz.sh one "${time%s}"
