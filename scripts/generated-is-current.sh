#!/bin/sh
# Fails when the committed templ code differs from what the .templ files give.
set -eu
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
git ls-files -co --exclude-standard 'internal/**/*.templ' | while read -r f; do
	mkdir -p "$tmp/$(dirname "$f")"
	cp "$f" "$tmp/$f"
done
templ=$(go tool -n templ)
for dir in "$tmp"/internal/*/; do
	"$templ" generate -path "$dir" >/dev/null 2>&1
done
status=0
for f in $(cd "$tmp" && find internal -name '*_templ.go'); do
	if ! cmp -s "$tmp/$f" "$f"; then
		echo "$f is not current (make generate)" >&2
		status=1
	fi
done
exit $status
