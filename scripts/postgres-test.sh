#!/bin/sh
# Makes a throw-away PostgreSQL server in a temporary folder (no fsync, on a
# free port of 127.0.0.1) for tests, and takes it away on exit.
#
#   scripts/postgres-test.sh go test ./...   runs the command with
#       LEITPORTAL_TEST_POSTGRES set, and exits with its status
#   scripts/postgres-test.sh                 prints the address and waits
#
# As root it installs Debian's postgresql where missing, and runs the server
# as the user postgres, since PostgreSQL refuses to run as root. Where
# LEITPORTAL_TEST_POSTGRES is set already, that server is used.
set -eu

if [ -n "${LEITPORTAL_TEST_POSTGRES:-}" ] && [ $# -gt 0 ]; then
	exec "$@"
fi

bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
pg=$(bin)
if [ -z "$pg" ] && command -v initdb >/dev/null 2>&1; then
	pg=$(dirname "$(command -v initdb)")
fi
if [ -z "$pg" ]; then
	if [ "$(id -u)" != 0 ]; then
		echo "postgres-test: PostgreSQL is missing; install it (Debian: apt-get install postgresql)" >&2
		exit 1
	fi
	echo "postgres-test: installing PostgreSQL" >&2
	# No cluster of its own: the tests bring theirs.
	mkdir -p /etc/postgresql-common/createcluster.d
	echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/leitportal-test.conf
	DEBIAN_FRONTEND=noninteractive apt-get update -q >&2
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql >&2
	pg=$(bin)
fi

if [ "$(id -u)" = 0 ]; then
	as() { runuser -u postgres -- env -C / "$@"; }
else
	as() { env -C / "$@"; }
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/leitportal-postgres.XXXXXX")
[ "$(id -u)" != 0 ] || chown postgres "$dir"
stop() {
	trap - EXIT INT TERM HUP
	as "$pg/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap stop EXIT
trap 'stop; exit 130' INT TERM HUP

if ! as "$pg/initdb" -D "$dir/data" -U leitportal -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1; then
	cat "$dir/initdb.log" >&2
	exit 1
fi
# Somebody may take the free port before the server does: try a few.
port=
for attempt in 1 2 3 4 5 6 7 8; do
	try=$(awk -v s="$$$attempt$(date +%N)" 'BEGIN { srand(s % 2147483647); print 20000 + int(rand() * 30000) }')
	if as "$pg/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/data/server.log" -o "-p $try -h 127.0.0.1 -k $dir/data \
		-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=400 \
		-c shared_buffers=64MB -c log_min_messages=fatal" start >/dev/null 2>&1; then
		port=$try
		break
	fi
done
if [ -z "$port" ]; then
	echo "postgres-test: the server does not start:" >&2
	cat "$dir/data/server.log" >&2
	exit 1
fi

LEITPORTAL_TEST_POSTGRES="postgres://leitportal@127.0.0.1:$port/postgres?sslmode=disable"
export LEITPORTAL_TEST_POSTGRES
if [ $# -gt 0 ]; then
	status=0
	"$@" || status=$?
	exit $status
fi
echo "$LEITPORTAL_TEST_POSTGRES"
while :; do sleep 3600 & wait $!; done
