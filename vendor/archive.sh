# archive.sh - the Debian archive as this machine knows it.  Sourced, not run.
# shellcheck shell=sh disable=SC2154 # cache, lock and here come from who sources it
#
# Which host serves the packages is the machine's business: scheme, host and
# path come from its own apt configuration, or from VENDOR_MIRROR.  The sources
# of the pinned release are read with apt itself, in a state directory of our
# own, so that nothing of the machine's configuration is changed.
#
# Needs: cache (vendor/.cache), lock (vendor/sources.lock), say(), die().

# apt wants its own folders by absolute path.
case $cache in
/*) apt_dir=$cache/apt ;;
*) apt_dir=$PWD/$cache/apt ;;
esac

# apt with our state directory.  The machine's proxy and other settings stay.
apt_private() {
	command=$1
	shift
	"$command" -o Dir::State="$apt_dir/state" -o Dir::Cache="$apt_dir/cache" \
		-o Dir::State::status="$apt_dir/status" \
		-o Dir::Etc::SourceList="$apt_dir/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o Acquire::Retries=2 "$@"
}

apt_helper=${VENDOR_APT_HELPER:-/usr/lib/apt/apt-helper}

# One line an archive: `main URL` or `security URL`.
archive_bases() {
	if [ -n "${VENDOR_MIRROR:-}" ]; then
		echo "main ${VENDOR_MIRROR%/}/"
		return
	fi
	# indextargets knows both the one-line and the deb822 way of writing.
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
		awk '{ kind = $1 ~ /-security$/ ? "security" : "main"
		       if (!seen[kind $2]++) print kind, $2 }'
}

# The suites that the lock speaks of: trixie bookworm ...
lock_suites() {
	awk '$1 == "try" && !seen[$7]++ { print $7 }' "$lock"
}

# Debian's keys: apt takes only an index that they signed.
keyring() {
	for key in /usr/share/keyrings/debian-archive-keyring.gpg \
		/usr/share/keyrings/debian-archive-keyring.pgp; do
		if [ -f "$key" ]; then
			echo "[signed-by=$key] "
			return
		fi
	done
}

# Brings the signed index of sources; once a run is enough.
index_ready=
index_update() {
	[ -z "$index_ready" ] || return 0
	index_ready=1
	command -v apt-get >/dev/null ||
		die "there is no apt-get here: give the archives with VENDOR_CACHE=DIR"
	mkdir -p "$apt_dir/state/lists/partial" "$apt_dir/cache/archives/partial"
	: >"$apt_dir/status"
	archive_bases >"$apt_dir/bases"
	[ -s "$apt_dir/bases" ] || no_suite "this machine's apt has no archive configured"
	signed=$(keyring)
	for suite in $(lock_suites); do
		while read -r kind url; do
			case $kind in
			main) echo "deb-src $signed$url $suite main" ;;
			security) echo "deb-src $signed$url $suite-security main" ;;
			esac
		done <"$apt_dir/bases"
	done >"$apt_dir/sources.list"
	say "index" "Debian sources: $(lock_suites | tr '\n' ' ')"
	# An archive of somebody else has no such suite: its error is expected, and
	# only the absence of every index is one for us.
	apt_private apt-get update >"$apt_dir/update.log" 2>&1 || true
	if [ -z "$(index_files)" ]; then
		grep '^[EW]:' "$apt_dir/update.log" | head -n 5 >&2 || true
		no_suite "no archive this machine knows serves $(lock_suites | tr '\n' ' ')"
	fi
}

no_suite() {
	die "$1
  VENDOR_MIRROR=URL  names a Debian mirror that has them (also needed: its keys,
                     package debian-archive-keyring)
  VENDOR_CACHE=DIR   takes the archives of vendor/sources.lock from a directory"
}

index_files() {
	find "$apt_dir/state/lists" -maxdepth 1 -name '*_Sources*' 2>/dev/null | sort
}

# Flat copy of the index: SOURCE VERSION SUITE URL FILE SHA256 SIZE, one a line.
index_table() {
	index_update
	if [ ! -s "$apt_dir/table" ] ||
		[ -n "$(find "$apt_dir/update.log" -newer "$apt_dir/table")" ]; then
		apt_private apt-get indextargets --format '$(FILENAME) $(REPO_URI) $(RELEASE)' \
			'Created-By: Sources' |
			while read -r file url suite; do
				[ -f "$file" ] || file=$(find "$file".* 2>/dev/null | head -n 1)
				[ -n "$file" ] || continue
				"$apt_helper" cat-file "$file" |
					awk -v url="$url" -v suite="$suite" -f "$here/index.awk"
			done >"$apt_dir/table.part"
		mv "$apt_dir/table.part" "$apt_dir/table"
	fi
	echo "$apt_dir/table"
}

# index_urls FILE SHA256 SOURCE: where that very file may be had.  First what
# the signed index says; then where the pool keeps a file as long as any suite
# needs it, which is often longer than the index speaks of it.
index_urls() {
	awk -v file="$1" -v sha="$2" '$5 == file && $6 == sha { print $4 }' "$(index_table)"
	case $3 in
	lib?*) first=$(printf %.4s "$3") ;;
	*) first=$(printf %.1s "$3") ;;
	esac
	while read -r kind url; do
		case $kind in
		main) echo "${url}pool/main/$first/$3/$1" ;;
		security) echo "${url}pool/updates/main/$first/$3/$1" ;;
		esac
	done <"$apt_dir/bases"
}

# download URL TARGET SIZE: into TARGET.part, and TARGET only when whole.  apt's
# own downloader, so that the machine's proxies and credentials hold.
download() {
	rm -f "$2.part"
	if [ -t 2 ] && [ -n "$3" ]; then
		"$apt_helper" download-file "$1" "$2.part" >"$2.log" 2>&1 &
		pid=$!
		while kill -0 "$pid" 2>/dev/null; do
			have=$(stat -c %s "$2.part" 2>/dev/null || echo 0)
			printf '\r  FETCH %s %s' "$(basename "$2")" "$(human "$have") of $(human "$3") " >&2
			sleep 0.2
		done
		printf '\r\033[K' >&2
		wait "$pid" || return 1
	else
		"$apt_helper" download-file "$1" "$2.part" >"$2.log" 2>&1 || return 1
	fi
	[ -s "$2.part" ] || return 1
	rm -f "$2.log"
}

# 1234567 -> 1.2 MB
human() {
	awk -v n="$1" 'BEGIN {
		if (n >= 1e6) printf "%.1f MB", n / 1e6
		else printf "%.0f kB", (n + 999) / 1000 }'
}
