#!/bin/sh
# Goal: against six simulated venues that misbehave in every way, what is counted is what
# was said, on both TLS libraries; and the tape replays to the same bytes.
# Method: tests/e2e/live/scenarios.py, three at a time; each has a simulator of its own.
set -eu
here=$(dirname "$0")
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR="$work"
failed=0
python3 "$here/live/scenarios.py" --list >"$work/names"
# Long ones first, so that none is left to run alone at the end.
(grep minute "$work/names"; grep -v minute "$work/names") >"$work/order"
xargs -P 3 -I '{}' sh -c 'python3 "$1/live/scenarios.py" {} >"$2/{}.out" 2>&1 || touch "$2/{}.failed"' \
	sh "$here" "$work" <"$work/order"
# The other architecture, calm: it decodes, counts and replays the same.
if [ -n "${ARM64_TIDEWATCH:-}" ]; then
	echo "on arm64, emulated:"
	TIDEWATCH=$ARM64_TIDEWATCH python3 "$here/live/scenarios.py" calm_mbedtls calm_bearssl || failed=1
fi
while read -r name; do
	cat "$work/$name.out"
	if [ -e "$work/$name.failed" ]; then
		failed=1
	fi
done <"$work/names"
exit "$failed"
