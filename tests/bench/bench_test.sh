#!/bin/sh
# Goal:   `make bench` works: every contestant that is here takes every message of every load
#         exactly once and adds up the same dollars, and no part of it fails.
# Method: BENCH_QUICK=1, some seconds.  The figures are not looked at: this machine is busy.
#         Then a program that miscounts by one must be caught.
set -eu
here=$(dirname "$0")
for tool in python3 openssl cc; do
	command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR="$work"
code=0
BENCH_QUICK=1 "$here/bench.sh" >"$work/out" 2>&1 || code=$?
cat "$work/out"
[ $code = 0 ] || exit $code
grep -q 'every count was exact' "$work/out"
if grep -qE 'void|Traceback' "$work/out"; then
	echo "FAIL: a figure is void"
	exit 1
fi
python3 -B "$here/rig_check.py"
