#!/bin/sh
# tidewatch decode against an independent reference, over real recordings.
#
#   TIDEWATCH=build/tidewatch CORPUS=../shared/data tests/cross/cross_test.sh
#
# Exit 0 equal, 1 different, 77 cannot run here (says why).
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
CORPUS=${CORPUS:-$top/../shared/data}
TIDEWATCH=${TIDEWATCH:-$top/build/tidewatch}
export TIDEWATCH
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

if ! command -v python3 >/dev/null 2>&1; then
	echo "skipped: no python3"
	exit 77
fi
if ! command -v "${TIDEWATCH%% *}" >/dev/null 2>&1; then
	echo "no program at TIDEWATCH=$TIDEWATCH"
	exit 1
fi

status=0
python3 "$here/self_test.py" || status=1
python3 "$here/traps.py" || status=1
if [ ! -d "$CORPUS/raw-ws" ]; then
	python3 "$here/broken.py" || status=1
	[ $status -ne 0 ] && exit 1
	echo "skipped: no recordings at CORPUS=$CORPUS"
	exit 77
fi
python3 "$here/broken.py" "$CORPUS" || status=1
python3 "$here/corpus.py" "$CORPUS" || status=1
exit $status
