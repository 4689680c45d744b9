#!/bin/sh
# The simulator against an independent client: see sim_check.py.
# Exit 0 right, 1 wrong, 77 cannot run here (says why).
set -u
here=$(cd "$(dirname "$0")" && pwd)
for tool in python3 openssl; do
	if ! command -v $tool >/dev/null 2>&1; then
		echo "no $tool"
		exit 77
	fi
done
if ! python3 -c 'import sys, ssl; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
	echo "python3 is older than 3.11 or has no ssl"
	exit 77
fi
exec python3 -B "$here/sim_check.py" "$@"
