#!/bin/sh
# fetch.sh - brings the archives of sources.lock, checks, patches, unpacks them.
#
#   fetch.sh              everything that the lock names
#   fetch.sh NAME...      only these libraries
#
# Archives go to vendor/.cache/tar, unpacked trees to vendor/.cache/src/NAME, and
# what was chosen to vendor/.cache/src/NAME.is (one line: name version licence,
# then a hash of the lock's record).  Nothing is built here.
#
#   VENDOR_CACHE=DIR      take the archives from DIR; the network is not touched
#   VENDOR_MIRROR=URL     a Debian mirror, instead of the one apt is set up for
#
# A hash that differs is told and never used.  A file is renamed into place only
# when it is whole and right, so a broken run leaves nothing that counts.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=vendor/common.sh
. vendor/common.sh

# unpack NAME ORIG PATCHES INSIDE: vendor/.cache/src/NAME, patched.
unpack() {
	tree=$cache/src/$1
	rm -rf "$tree" "$tree.part" "$tree.debian"
	mkdir -p "$tree.part"
	# Some archives wrap everything in one folder, none needs to.
	tar -xf "$cache/tar/$2" -C "$tree.part" --strip-components=1 --no-same-owner
	if [ "$3" != none ]; then
		mkdir -p "$tree.debian"
		tar -xf "$cache/tar/$3" -C "$tree.debian" --no-same-owner
		series=$tree.debian/debian/patches/series
		if [ -f "$series" ]; then
			grep -v '^[[:space:]]*\(#\|$\)' "$series" >"$tree.debian/series" || true
			while read -r patch _; do
				patch -d "$tree.part" -p1 -s -f --no-backup-if-mismatch \
					<"$tree.debian/debian/patches/$patch" >"$tree.debian/log" 2>&1 || {
					cat "$tree.debian/log" >&2
					die "$1: Debian's patch $patch does not apply"
				}
			done <"$tree.debian/series"
		fi
		rm -rf "$tree.debian"
	fi
	if [ -n "$4" ]; then
		mv "$tree.part/$4" "$tree"
		rm -rf "$tree.part"
	else
		mv "$tree.part" "$tree"
	fi
}

bring() {
	name=$1
	record "$name" >"$cache/record"
	[ -s "$cache/record" ] || die "vendor/sources.lock has no library $name"
	key=$(hash_of "$cache/record")
	is=$cache/src/$name.is
	if [ -d "$cache/src/$name" ] && [ -f "$is" ] && [ "$(sed -n 2p "$is")" = "$key" ]; then
		return 0
	fi
	licence=$(awk '$1 == "licence" { print $2 }' "$cache/record")
	missing=
	first=1
	tries "$name" >"$cache/tries"
	while read -r version source orig orig_sha patches patches_sha inside; do
		if obtain "$name" "$source" "$orig" "$orig_sha" &&
			{ [ "$patches" = none ] ||
				obtain "$name" "$source" "$patches" "$patches_sha"; }; then
			[ "$inside" != - ] || inside=
			unpack "$name" "$orig" "$patches" "$inside"
			printf '%s %s %s\n%s\n' "$name" "$version" "$licence" "$key" >"$is.part"
			mv "$is.part" "$is"
			[ -n "$first" ] || say note "$name: took $version from $orig, not the first in the lock"
			say unpack "$name $version"
			return 0
		fi
		first=
	done <"$cache/tries"
	if [ -z "$missing" ]; then
		die "$name: no archive with the pinned hash (see above)"
	elif [ -n "${VENDOR_CACHE:-}" ]; then
		die "$name: not in VENDOR_CACHE=$VENDOR_CACHE:$missing
  any one \`try\` of its record in vendor/sources.lock would do"
	else
		die "$name: the archive no longer serves$missing
  \`make vendor-update\` looks for what it serves now and rewrites the lock,
  VENDOR_MIRROR=URL names another mirror, VENDOR_CACHE=DIR a directory that has it"
	fi
}

[ $# -gt 0 ] || {
	# shellcheck disable=SC2046 # names are words
	set -- $(awk '$1 == "library" { print $2 }' "$lock")
}
for each; do
	bring "$each"
done
