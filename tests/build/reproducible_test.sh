#!/bin/sh
# Goal:   the same source gives the same bytes, wherever the tree lies.
# Method: a copy of the tree in a folder of another name, built from nothing with the
#         archives already fetched and no network, against the binary at hand.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
copy="$dir/quite another place/../deeper"
mkdir -p "$dir/quite another place" "$copy"
copy=$(realpath "$copy")
tar -cf - --exclude=./build --exclude=./vendor/.cache . | tar -xf - -C "$copy"

# Nothing of this make may reach that one.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
without_network=
[ "$(id -u)" != 0 ] || ! unshare -n true 2>/dev/null || without_network="unshare -n"
VENDOR_CACHE="$PWD/vendor/.cache/tar" \
	$without_network make -C "$copy" -j2 ARCH=x86_64 MODE=release >"$dir/log" 2>&1 || {
	tail -n 30 "$dir/log"
	exit 1
}
built=$copy/build/release-x86_64/tidewatch
sha256sum "$TIDEWATCH" "$built"
if ! cmp "$TIDEWATCH" "$built"; then
	echo "FAIL the two builds differ"
	"$TIDEWATCH" version 2>&1 | head -n 2
	"$built" version 2>&1 | head -n 2
	exit 1
fi
echo "ok   built without network, in another place: the same bytes"
cmp "$TIDEWATCH.debug" "$built.debug"
echo "ok   the symbols too"
