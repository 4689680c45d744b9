#!/bin/sh
# demo.sh - a simulated market, the real program on it, and its live board.
#
# Six simulated venues on loopback (TLS with an authority made for this run, checks on),
# the scenario `demo`: a whale, a liquidation cascade, a venue that is lost and found.
#
#   TIDEWATCH=build/tidewatch tests/sim/demo.sh
#
# DEMO_S=N    end by itself after N seconds; exit code 0 only if every venue delivered
# DEMO_TLS=   mbedtls or bearssl
# DEMO_DIR=   keep everything there: configuration, log, tapes, the venues' own account
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${TIDEWATCH:?the program}"
seconds=${DEMO_S:-}
if [ -n "${DEMO_DIR:-}" ]; then
	dir=$DEMO_DIR
	mkdir -p "$dir"
else
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tidewatch-demo.XXXXXX")
fi
sim='' run=''

# shellcheck disable=SC2317  # called by the trap
leave() {
	for pid in $run $sim; do
		kill "$pid" 2>/dev/null || :
	done
	wait 2>/dev/null || :
	[ -n "${DEMO_DIR:-}" ] || rm -rf "$dir"
}
trap leave EXIT
trap 'exit 130' INT TERM

for tool in python3 openssl; do
	command -v "$tool" >/dev/null || {
		echo "demo: $tool is missing: apt-get install $tool" >&2
		exit 69
	}
done

# Waits for a command to succeed, at most $1 tenths of a second.
await() {
	left=$1
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.1
	done
}

python3 "$here/sim.py" --dir "$dir" --scenario demo >"$dir/sim.out" 2>&1 &
sim=$!
await 300 grep -q ready "$dir/sim.out" || {
	echo "demo: the simulated venues did not begin:" >&2
	cat "$dir/sim.out" >&2
	exit 69
}
cat >>"$dir/tidewatch.conf" <<CONF

[tls]
backend = ${DEMO_TLS:-mbedtls}

[tape]
dir = $dir/tapes

[http]
listen = ${DEMO_LISTEN:-off}
CONF

"$TIDEWATCH" run -c "$dir/tidewatch.conf" 2>"$dir/log" &
run=$!
await 200 "$TIDEWATCH" health --ready -c "$dir/tidewatch.conf" || {
	echo "demo: tidewatch is not ready after 20 s; its log:" >&2
	tail -n 20 "$dir/log" >&2
	exit 69
}

# On a terminal the board redraws in place; else it is a block every few seconds.
if [ -n "$seconds" ]; then
	if [ -t 1 ]; then
		timeout --foreground "$seconds" "$TIDEWATCH" top -c "$dir/tidewatch.conf" || :
	else
		timeout --foreground "$seconds" "$TIDEWATCH" top --interval 5 \
			-c "$dir/tidewatch.conf" || :
	fi
else
	"$TIDEWATCH" top -c "$dir/tidewatch.conf" || :
fi
"$TIDEWATCH" status --json -c "$dir/tidewatch.conf" >"$dir/status.json"

# What the venues say they said, beside what was counted.
python3 "$here/demo_sum.py" "$dir"
