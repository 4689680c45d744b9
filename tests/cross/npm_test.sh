#!/bin/sh
# tidewatch decode against parsers from npm (ccxt, tardis-dev), offline once installed.
#
#   TIDEWATCH=build/tidewatch CORPUS=../shared/data tests/cross/npm_test.sh
#
# The packages go to MODULES, else build/cross-npm. Exit 0 equal, 1 different, 77 cannot run here.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
CORPUS=${CORPUS:-$top/../shared/data}
TIDEWATCH=${TIDEWATCH:-$top/build/tidewatch}
export TIDEWATCH
modules=${MODULES:-$top/build/cross-npm}

for tool in node npm; do
	if ! command -v $tool >/dev/null 2>&1; then
		echo "skipped: no $tool"
		exit 77
	fi
done
if [ ! -d "$CORPUS/raw-ws" ]; then
	echo "skipped: no recordings at CORPUS=$CORPUS"
	exit 77
fi
if ! command -v "${TIDEWATCH%% *}" >/dev/null 2>&1; then
	echo "no program at TIDEWATCH=$TIDEWATCH"
	exit 1
fi

mkdir -p "$modules" || exit 1
if ! cmp -s "$here/package-lock.json" "$modules/installed-lock.json"; then
	cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$modules/" || exit 1
	if ! (cd "$modules" && npm ci --loglevel=error >npm.log 2>&1); then
		echo "skipped: npm cannot install the pinned packages: $(tail -n 1 "$modules/npm.log")"
		exit 77
	fi
	cp "$here/package-lock.json" "$modules/installed-lock.json"
fi
exec node "$here/npm_check.mjs" "$modules" "$CORPUS"
