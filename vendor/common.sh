# common.sh - reading the lock and obtaining its archives.  Sourced, not run, at
# the top of the tree, by fetch.sh and update.sh.
# shellcheck shell=sh
here=vendor
cache=${VENDOR_STATE:-vendor/.cache}
lock=${VENDOR_LOCK:-vendor/sources.lock}

say() { printf '  %-7s %s\n' "$(echo "$1" | tr '[:lower:]' '[:upper:]')" "$2" >&2; }
die() {
	printf 'vendor: %s\n' "$1" >&2
	exit 1
}
# shellcheck source=vendor/archive.sh
. "$here/archive.sh"

mkdir -p "$cache/tar" "$cache/src"
# Two makes in one tree must not fetch or unpack the same thing at once.
exec 9>"$cache/lock"
flock 9

hash_of() { sha256sum "$1" | cut -c1-64; }

# The record of one library, comments and blank lines dropped.
record() {
	awk -v name="$1" '$1 == "library" { on = $2 == name }
		on && NF && $1 !~ /^#/' "$lock"
}

# tampered WHERE FILE WANT GOT
tampered() {
	printf 'vendor: %s is not the file that was pinned\n  file      %s\n  expected  %s\n  found     %s\n' \
		"$2" "$1" "$3" "$4" >&2
}

# obtain NAME SOURCE FILE SHA256: true when vendor/.cache/tar/FILE is right.
obtain() {
	target=$cache/tar/$3
	if [ -n "${VENDOR_CACHE:-}" ]; then
		given=$VENDOR_CACHE/$3
		if [ ! -f "$given" ]; then
			missing="$missing $3"
			return 1
		fi
		found=$(hash_of "$given")
		if [ "$found" != "$4" ]; then
			tampered "$given" "$3" "$4" "$found"
			return 1
		fi
		if [ "$(realpath "$given")" != "$(realpath "$target")" ]; then
			cp "$given" "$target.part" && mv "$target.part" "$target" ||
				die "cannot copy $given to $target"
		fi
		return 0
	fi
	if [ -f "$target" ]; then
		found=$(hash_of "$target")
		[ "$found" = "$4" ] && return 0
		tampered "$target" "$3" "$4" "$found"
		echo "  remove it to fetch it again" >&2
		return 1
	fi
	index_table >/dev/null
	size=$(awk -v file="$3" -v sha="$4" '$5 == file && $6 == sha { print $7; exit }' \
		"$(index_table)")
	for url in $(index_urls "$3" "$4" "$2"); do
		download "$url" "$target" "$size" || continue
		found=$(hash_of "$target.part")
		if [ "$found" != "$4" ]; then
			tampered "$url" "$3" "$4" "$found"
			rm -f "$target.part"
			continue
		fi
		mv "$target.part" "$target"
		say fetch "$1  $3  $(human "$(stat -c %s "$target")")"
		return 0
	done
	rm -f "$target.part" "$target.log"
	missing="$missing $3"
	return 1
}

# One `try` a line: VERSION SOURCE ORIG SHA PATCHES SHA INSIDE ("-" for none).
tries() {
	record "$1" | awk '
		function flush() { if (version) print version, source, orig, patches, inside }
		$1 == "try" { flush(); version = $2; source = $4; inside = "-"; patches = "none -" }
		$1 == "orig" { orig = $2 " " $3 }
		$1 == "patches" { patches = $2 " " ($2 == "none" ? "-" : $3) }
		$1 == "inside" { inside = $2 }
		END { flush() }'
}
