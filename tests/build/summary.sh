#!/bin/sh
# summary.sh RESULT... - counts what one.sh wrote; fails if any test failed.
#
# A failed result is removed, so that the next `make test` runs it again.
set -u
passed=0
failed=0
skipped=0
for result; do
	name=${result#build/}
	name=${name%.result}
	read -r verdict reason <"$result"
	case $verdict in
	passed) passed=$((passed + 1)) ;;
	skipped)
		skipped=$((skipped + 1))
		echo "skipped $name: $reason"
		rm -f "$result"
		;;
	*)
		failed=$((failed + 1))
		echo "failed  $name (${result%.result}.log)"
		rm -f "$result"
		;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
