#!/bin/sh
# update.sh [NAME...] - looks for newer versions and rewrites sources.lock.
#
# For each library the newest version that the signed index of its suite (and of
# the suite's security archive) names.  It is pinned only when its archive is
# really served; otherwise the record stays and the reason is told.  The lock is
# replaced at the end, whole; the difference is shown.  Build and test what it
# brought before you commit it.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=vendor/common.sh
. vendor/common.sh
[ -z "${VENDOR_CACHE:-}" ] || die "vendor-update asks the archive: unset VENDOR_CACHE"

# newest SOURCE SUITE: the highest version that the index has.
newest() {
	best=
	for version in $(awk -v source="$1" -v suite="$2" \
		'$1 == source && ($3 == suite || $3 == suite "-security") && !seen[$2]++ { print $2 }' \
		"$(index_table)"); do
		if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best"; then
			best=$version
		fi
	done
	echo "$best"
}

# file_of SOURCE VERSION PATTERN: "FILE SHA256" of one file of that version.
file_of() {
	awk -v source="$1" -v version="$2" -v pattern="$3" \
		'$1 == source && $2 == version && $5 ~ pattern { print $5, $6; exit }' "$(index_table)"
}

# 1:0.6+dfsg.1-4 -> 0.6
upstream() {
	echo "$1" | sed -e 's/^[0-9]*://' -e 's/-[^-]*$//' -e 's/[+~].*//'
}

# new_try NAME: the record's first `try`, brought up to date, into $cache/new_try;
# fails when it stays as it is.
new_try() {
	tries "$1" | sed 1q >"$cache/first_try"
	read -r version orig patches inside <<-TRY
		$(awk '{ print $1, $3, $5, $7 }' "$cache/first_try")
	TRY
	read -r source debian suite <<-TRY
		$(record "$1" | awk '$1 == "try" { print $4, $5, $7; exit }')
	TRY
	best=$(newest "$source" "$suite")
	if [ -z "$best" ]; then
		say stays "$1 $version: the index of $suite has no $source"
		return 1
	fi
	# A patch archive that was not served may be by now.
	if ! dpkg --compare-versions "$best" gt "$debian" &&
		! { [ "$best" = "$debian" ] && record "$1" | grep -q 'patches *none .*answered'; }; then
		say stays "$1 $version"
		return 1
	fi
	missing=
	pin=$(file_of "$source" "$best" '[.]orig[.]tar[.](gz|xz|bz2)$')
	[ -n "$pin" ] || pin=$(file_of "$source" "$best" '^[^/]*[0-9a-z][.]tar[.](gz|xz|bz2)$')
	new_orig=${pin% *}
	if ! obtain "$1" "$source" "$new_orig" "${pin#* }"; then
		say stays "$1 $version: $best is in the index, but $new_orig is not served"
		return 1
	fi
	line="patches  none a native package, made by Debian itself"
	debian_tar=$(file_of "$source" "$best" '[.]debian[.]tar[.](gz|xz|bz2)$')
	if [ "$inside" != - ]; then
		line="patches  $(record "$1" | awk '$1 == "patches" { $1 = ""; print substr($0, 2); exit }')"
	elif [ -n "$debian_tar" ]; then
		line="patches  none ${debian_tar% *} answered 404 on $(date -u +%F)"
		if obtain "$1" "$source" "${debian_tar% *}" "${debian_tar#* }"; then
			line="patches  $debian_tar"
		elif [ "$best" = "$debian" ]; then
			say stays "$1 $version: ${debian_tar% *} is still not served"
			return 1
		elif [ "$patches" != none ]; then
			# Losing security patches is not an update.
			say stays "$1 $version: of $best the patches ${debian_tar% *} are not served"
			return 1
		fi
	fi
	# What is inside another package's archive has a version of its own: look.
	[ "$inside" != - ] || version=$(upstream "$best")
	{
		echo "  try      $version from $source $best in $suite"
		echo "    orig     $pin"
		echo "    $line"
		[ "$inside" = - ] || echo "    inside   $inside"
	} >"$cache/new_try"
	say pins "$1 $version from $new_orig (was $orig)"
}

[ $# -gt 0 ] || {
	# shellcheck disable=SC2046 # names are words
	set -- $(awk '$1 == "library" { print $2 }' "$lock")
}
index_table >/dev/null
cp "$lock" "$cache/new_lock"
for each; do
	new_try "$each" || continue
	# The first `try` of this record makes room; the others stay behind it.
	awk -v name="$each" -v text="$cache/new_try" '
		$1 == "library" { on = $2 == name; first = on }
		on && $1 == "try" && first { first = 0; dropping = 1
			while ((getline line <text) > 0) print line
			next }
		dropping && ($1 == "try" || NF == 0) { dropping = 0 }
		!dropping' "$cache/new_lock" >"$cache/new_lock.part"
	mv "$cache/new_lock.part" "$cache/new_lock"
done
if diff -u "$lock" "$cache/new_lock" >"$cache/lock.diff"; then
	echo "sources.lock: nothing newer"
else
	cat "$cache/lock.diff"
	cp "$cache/new_lock" "$lock.part"
	mv "$lock.part" "$lock"
	echo "sources.lock: rewritten; now \`make test\`"
fi
rm -f "$cache/new_lock" "$cache/new_try" "$cache/first_try"
