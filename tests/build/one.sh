#!/bin/sh
# one.sh RESULT NAME COMMAND... - runs one test and writes down how it went.
#
# RESULT gets one line: passed, failed or "skipped REASON" (exit code 77, the
# reason is the last line that the test printed).  The output is kept beside it
# and shown when the test failed.  Always exits 0: the summary judges, so that
# every test has run before anything is said to be wrong.
set -u
result=$1
name=$2
shift 2
log=${result%.result}.log
mkdir -p "$(dirname "$result")"
start=$(date +%s.%N)
timeout "${TEST_TIMEOUT_S:-600}" "$@" >"$log" 2>&1 </dev/null
code=$?
took=$(echo "$start $(date +%s.%N)" | awk '{ printf "%.1f s", $2 - $1 }')
case $code in
0)
	echo passed >"$result"
	printf '  TEST    %-48s %s\n' "$name" "$took"
	;;
77)
	reason=$(tail -n 1 "$log")
	echo "skipped $reason" >"$result"
	printf '  TEST    %-48s skipped: %s\n' "$name" "$reason"
	;;
*)
	echo failed >"$result"
	[ $code != 124 ] || echo "stopped after ${TEST_TIMEOUT_S:-600} s" >>"$log"
	# One write, so that two failures at once do not mix.
	text=$(printf '  TEST    %-48s FAILED, exit code %s\n' "$name" "$code"
		tail -n 60 "$log" | sed 's/^/    | /'
		printf '    | (all of it: %s)\n' "$log")
	printf '%s\n' "$text"
	;;
esac
exit 0
