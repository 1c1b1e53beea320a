#!/bin/sh
# Installs, as root on Debian, the programs that the tests drive and that are
# missing: Chromium and its headless shell, PostgreSQL, poppler and qpdf. Elsewhere it says which.
# And fetches the history where a clone has not all of it.
set -eu

# A test takes over what an earlier version of the program has begun.
if [ "$(git rev-parse --is-shallow-repository 2>/dev/null)" = true ]; then
	git fetch -q --unshallow || echo "setup-test: the history is not here, and cannot be fetched" >&2
fi

missing=
need() { # program package
	command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need chromium chromium
# Draws no windows around its pages, and so is quicker; elsewhere Chromium does.
[ "$(id -u)" != 0 ] || need chromium-headless-shell chromium-headless-shell
need pdfinfo poppler-utils
need qpdf qpdf
[ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
	echo "setup-test: missing:$missing (Debian: sudo apt-get install$missing)" >&2
	exit 1
fi
echo "setup-test: installing$missing" >&2
case "$missing" in *postgresql*)
	# No cluster of its own: the tests bring theirs.
	mkdir -p /etc/postgresql-common/createcluster.d
	echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/leitportal-test.conf
	;;
esac
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >&2
# shellcheck disable=SC2086
apt-get install -q -y --no-install-recommends $missing >&2
