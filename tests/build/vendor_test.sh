#!/bin/sh
# Goal:   an archive is used only when it is the pinned one; every way in which it
#         cannot be had says which library, which file, and what to do.
# Method: a lock with made-up libraries, and stand-ins for apt-get and apt-helper that
#         serve a folder.  No network, and nothing of vendor/.cache is touched.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
export VENDOR_STATE="$dir/state" VENDOR_LOCK="$dir/lock" VENDOR_APT_HELPER="$dir/bin/apt-helper"
export SERVED="$dir/served"
unset VENDOR_CACHE VENDOR_MIRROR
PATH=$dir/bin:$PATH

hash_of() { sha256sum "$1" | cut -c1-64; }

# --- the stand-ins -----------------------------------------------------------------
mkdir -p "$dir/bin" "$SERVED"
cat >"$dir/bin/apt-get" <<'APT'
#!/bin/sh
# Two archives are configured; one of them has nothing to do with Debian.
for word; do
	case $word in
	Dir::State=*) lists=${word#Dir::State=}/lists ;;
	indextargets) verb=targets ;;
	update) verb=update ;;
	*Packages) what=packages ;;
	*Sources) what=sources ;;
	esac
done
case $verb.${what:-} in
targets.packages)
	echo "bookworm http://mirror.invalid/debian/"
	echo "bookworm-security http://mirror.invalid/security/"
	echo "stable http://else.invalid/apt/"
	;;
targets.sources) [ ! -f "$lists/x_Sources" ] || echo "$lists/x_Sources http://mirror.invalid/debian/ trixie" ;;
update.)
	echo "update" >>"$SERVED/asked"
	if [ -f "$SERVED/Sources" ]; then
		cp "$SERVED/Sources" "$lists/x_Sources"
	else
		rm -f "$lists/x_Sources"
		echo "E: The repository has no Release file."
	fi
	exit 100
	;;
esac
APT
cat >"$dir/bin/apt-helper" <<'APT'
#!/bin/sh
case $1 in
cat-file) cat "$2" ;;
download-file)
	echo "$2" >>"$SERVED/asked"
	name=$(basename "$2")
	[ -f "$SERVED/$name" ] || exit 100
	if [ -f "$SERVED/$name.half" ]; then
		head -c 100 "$SERVED/$name" >"$3"
		exit 100
	fi
	cp "$SERVED/$name" "$3"
	;;
esac
APT
chmod +x "$dir"/bin/*

# --- a library of two files, with a Debian patch --------------------------------------
mkdir -p "$dir/work/toy-1.0" "$dir/work/debian/patches"
printf 'one\ntwo\nthree\n' >"$dir/work/toy-1.0/text"
printf -- '--- a/text\n+++ b/text\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n' \
	>"$dir/work/debian/patches/number.patch"
printf '# a comment\nnumber.patch -p1\n' >"$dir/work/debian/patches/series"
tar -C "$dir/work" -czf "$SERVED/toy_1.0.orig.tar.gz" toy-1.0
tar -C "$dir/work" -cJf "$SERVED/toy_1.0-2.debian.tar.xz" debian
tar -C "$dir/work" -czf "$SERVED/toy_0.9.orig.tar.gz" toy-1.0
orig=$(hash_of "$SERVED/toy_1.0.orig.tar.gz")
patches=$(hash_of "$SERVED/toy_1.0-2.debian.tar.xz")
older=$(hash_of "$SERVED/toy_0.9.orig.tar.gz")

index() {
	cat >"$SERVED/Sources" <<-INDEX
		Package: other
		Version: 3
		Checksums-Sha256:
		 $orig 11 other_3.orig.tar.gz
		Directory: pool/main/o/other

		Package: toy
		Version: 1.0-2
		Files:
		 0123456789abcdef0123456789abcdef 12 toy_1.0.orig.tar.gz
		Checksums-Sha256:
		 $orig 12 toy_1.0.orig.tar.gz
		 $patches 13 toy_1.0-2.debian.tar.xz
		Directory: pool/main/t/toy
	INDEX
}

lock() { # the lock, and nothing fetched yet
	rm -rf "$VENDOR_STATE" "$SERVED/asked"
	: >"$SERVED/asked"
	index
	cat >"$VENDOR_LOCK" <<-LOCK
		library  toy
		  licence  MIT
		  home     https://toy.example/
		  try      1.0 from toy 1.0-2 in trixie
		    orig     toy_1.0.orig.tar.gz $orig
		    patches  toy_1.0-2.debian.tar.xz $patches
	LOCK
}

second_try() {
	cat >>"$VENDOR_LOCK" <<-LOCK
		  try      0.9 from toy 0.9-1 in trixie
		    orig     toy_0.9.orig.tar.gz $older
		    patches  none for this test
	LOCK
}

# --- the cases -------------------------------------------------------------------------
check() { # WHAT COMMAND...
	what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		sed 's/^/     | /' "$dir/out"
		failed=1
	fi
}
not() { ! "$@"; }
fetch() { vendor/fetch.sh >"$dir/out" 2>&1; }
says() { grep -qF -- "$1" "$dir/out"; }
text() { tr '\n' ' ' <"$VENDOR_STATE/src/toy/text"; }

lock
check "fetches and unpacks" fetch
check "applies Debian's patch" test "$(text)" = "one 2 three "
check "says what it fetched and how much" says "toy_1.0.orig.tar.gz  1 kB"
check "asks where the signed index says" grep -q 'http://mirror.invalid/debian/pool/main/t/toy/toy_1.0.orig' "$SERVED/asked"
check "writes plain lines without a terminal" not grep -q "$(printf '\r')" "$dir/out"
: >"$SERVED/asked"
check "a second run" fetch
check "asks nobody for what is there" test ! -s "$SERVED/asked"
rm -rf "$VENDOR_STATE/src"
check "unpacks again from what is there" fetch
check "still asks nobody" test ! -s "$SERVED/asked"

lock
fetch
echo more >>"$VENDOR_STATE/tar/toy_1.0.orig.tar.gz"
rm -rf "$VENDOR_STATE/src"
check "a changed archive in the cache is refused" not fetch
check "... naming the file" says "file      $VENDOR_STATE/tar/toy_1.0.orig.tar.gz"
check "... the hash it should have" says "expected  $orig"
check "... and the one it has" says "found     $(hash_of "$VENDOR_STATE/tar/toy_1.0.orig.tar.gz")"
check "... and leaves no tree" test ! -e "$VENDOR_STATE/src/toy"

lock
cp "$SERVED/toy_1.0.orig.tar.gz" "$dir/keep"
echo more >>"$SERVED/toy_1.0.orig.tar.gz"
changed=$(hash_of "$SERVED/toy_1.0.orig.tar.gz")
check "a changed archive on the mirror is refused" not fetch
check "... with both hashes" grep -q "$orig" "$dir/out"
check "... with both hashes, found" says "$changed"
check "... and is not kept" test -z "$(ls "$VENDOR_STATE/tar")"
second_try
check "the next candidate serves instead" fetch
check "... and that is told" says "toy: took 0.9 from toy_0.9.orig.tar.gz, not the first in the lock"
check "... and recorded" grep -q '^toy 0.9 MIT$' "$VENDOR_STATE/src/toy.is"
mv "$dir/keep" "$SERVED/toy_1.0.orig.tar.gz"

lock
touch "$SERVED/toy_1.0.orig.tar.gz.half"
check "half a download does not count" not fetch
check "... and is not kept" test -z "$(ls "$VENDOR_STATE/tar")"
rm "$SERVED/toy_1.0.orig.tar.gz.half"
check "... and the next run is whole" fetch

lock
mv "$SERVED/toy_1.0-2.debian.tar.xz" "$dir/keep"
check "a pin that vanished" not fetch
check "... names library and file" says "toy: the archive no longer serves toy_1.0-2.debian.tar.xz"
check "... and the way out" says "make vendor-update"
check "looked in every pool it knows" grep -q 'http://mirror.invalid/security/pool/updates/main/t/toy/' "$SERVED/asked"
mv "$dir/keep" "$SERVED/toy_1.0-2.debian.tar.xz"

lock
rm "$SERVED/Sources"
check "a machine without the suite" not fetch
check "... is told of VENDOR_MIRROR" says "VENDOR_MIRROR=URL"
check "... and of VENDOR_CACHE" says "VENDOR_CACHE=DIR"
lock
export VENDOR_MIRROR=http://given.invalid/debian
mv "$SERVED/Sources" "$dir/Sources"
printf 'Package: x\nVersion: 1\n' >"$SERVED/Sources"
check "VENDOR_MIRROR is asked" fetch
check "... by pool path" grep -q '^http://given.invalid/debian/pool/main/t/toy/toy_1.0.orig.tar.gz$' "$SERVED/asked"
check "... and nobody else" not grep -q 'mirror.invalid' "$SERVED/asked"
unset VENDOR_MIRROR

lock
mkdir -p "$dir/given"
cp "$SERVED"/toy_1.0* "$dir/given/"
export VENDOR_CACHE="$dir/given"
check "VENDOR_CACHE serves" fetch
check "... and the network is not touched" test ! -s "$SERVED/asked"
rm -rf "$VENDOR_STATE"
echo more >>"$dir/given/toy_1.0-2.debian.tar.xz"
check "a changed archive in VENDOR_CACHE is refused" not fetch
check "... naming the file" says "file      $dir/given/toy_1.0-2.debian.tar.xz"
check "... with both hashes" says "expected  $patches"
rm -rf "$VENDOR_STATE"
rm "$dir/given/toy_1.0.orig.tar.gz"
check "an archive missing from VENDOR_CACHE" not fetch
check "... names library, folder and file" says "toy: not in VENDOR_CACHE=$dir/given: toy_1.0.orig.tar.gz"
unset VENDOR_CACHE

lock
cp "$SERVED/toy_1.0.orig.tar.gz" "$SERVED/toy_1.1.orig.tar.gz"
cat >>"$SERVED/Sources" <<INDEX

Package: toy
Version: 1.1-1
Checksums-Sha256:
 $(hash_of "$SERVED/toy_1.1.orig.tar.gz") 12 toy_1.1.orig.tar.gz
 $patches 13 toy_1.1-1.debian.tar.xz
Directory: pool/main/t/toy
INDEX
vendor/update.sh >"$dir/out" 2>&1
check "an update without its patches is not taken" says "of 1.1-1 the patches toy_1.1-1.debian.tar.xz are not served"
cp "$SERVED/toy_1.0-2.debian.tar.xz" "$SERVED/toy_1.1-1.debian.tar.xz"
vendor/update.sh >"$dir/out" 2>&1
check "an update rewrites the lock" grep -q 'try      1.1 from toy 1.1-1 in trixie' "$VENDOR_LOCK"
check "... and shows the difference" says "+  try      1.1 from toy 1.1-1 in trixie"
check "... which can be fetched" fetch
check "... and a second finds nothing" vendor/update.sh
exit $failed
