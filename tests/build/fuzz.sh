#!/bin/sh
# fuzz.sh SECONDS NAME... - runs build/fuzz/tests/fuzz/NAME_fuzz, each so long.
#
# Seeds are read from tests/fuzz/corpus/NAME, what is found grows in
# build/fuzz/corpus/NAME.  An input that breaks something is kept in
# build/fuzz/crash/NAME-...; give it to the program to see it again.
set -u
seconds=$1
shift
passed=0
failed=0
table=
mkdir -p build/fuzz/crash
for name; do
	found=build/fuzz/corpus/$name
	log=build/fuzz/$name.log
	mkdir -p "$found"
	set -- "$found"
	[ ! -d "tests/fuzz/corpus/$name" ] || set -- "$@" "tests/fuzz/corpus/$name"
	[ ! -f "tests/fuzz/$name.dict" ] || set -- "$@" "-dict=tests/fuzz/$name.dict"
	# Leaks are looked for at exit; a slow input counts as a failure too.
	if "build/fuzz/tests/fuzz/${name}_fuzz" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/crash/$name-" "$@" >"$log" 2>&1; then
		verdict=passed
		passed=$((passed + 1))
	else
		verdict=FAILED
		failed=$((failed + 1))
		tail -n 40 "$log" | sed 's/^/    | /'
	fi
	runs=$(awk '/number_of_executed_units/ { print $2 }' "$log")
	edges=$(awk '/cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") n = $(i + 1) }
		END { print n + 0 }' "$log")
	row=$(printf '  %-28s %10s runs %8s/s %6s edges %5s inputs  %s' "$name" "${runs:-0}" \
		"$((${runs:-0} / (seconds > 0 ? seconds : 1)))" "$edges" \
		"$(find "$found" -type f | wc -l)" "$verdict")
	printf '  FUZZ    %s: %s\n' "$name" "$verdict"
	table="$table$row
"
done
printf '%s' "$table"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
