#!/bin/sh
# build.sh TARGET NAME - builds one library of sources.lock for one target.
#
# TARGET is ARCH-LIBC (x86_64-musl, aarch64-musl, x86_64-glibc).  The result is
# build/vendor/TARGET/{include/,lib/libNAME.a} and NAME.key, which changes only
# when the library was really built again: the key is a hash of the lock's
# record, the recipe, the configuration, the compiler and the flags.
#
# Called by make (vendor.mk) with CC, AR, MAKE and TARGET_CFLAGS set; a recipe is
# sourced with the variables and functions below.  All paths are relative to the
# top of the tree, so no binary learns where the tree is.
set -eu
cd "$(dirname "$0")/.."
target=$1
name=$2
# shellcheck disable=SC2034 # recipes read it
arch=${target%-*}
libc=${target##*-}
src=vendor/.cache/src/$name
config=vendor/config
out=build/vendor/$target
work=$out/work/$name
log=$out/work/$name.log
# What was set on make's command line is for our Makefile, not for theirs; the
# job server, which stands before the `--`, is shared.
MAKEFLAGS=${MAKEFLAGS:-}
export MAKEFLAGS="${MAKEFLAGS%%-- *}"
unset MAKEOVERRIDES ARCH MODE V CFLAGS LDFLAGS
# Other people's code is compiled as it is: optimised, without our warnings.
cflags="-O2 -g -w -ffp-contract=off -fno-strict-aliasing -ffunction-sections -fdata-sections"
cflags="$cflags -fstack-protector-strong -ffile-prefix-map=$PWD=. ${TARGET_CFLAGS:-}"

recipe=vendor/recipe/$name.sh
[ -f "$recipe" ] || {
	echo "vendor: sources.lock has $name, but there is no $recipe" >&2
	exit 1
}
# Two makes in one tree must not build the same thing at once.
mkdir -p "$out/work"
exec 9>"$out/work/$name.lock"
flock 9
key=$({
	cat "$src.is" "$recipe" vendor/compile.mk
	# A recipe names the configuration that it uses: vendor/config/NAME*
	find "$config" -name "$name*" -type f | LC_ALL=C sort | xargs -r cat
	"$CC" --version | head -n 1
	# The tree may move; that changes nothing in what is built.
	echo "$cflags" | sed "s|$PWD||g"
	[ "$libc" != musl ] || [ "$name" = musl ] || cat "$out/musl.key"
} | sha256sum | cut -c1-64)
if [ -f "$out/$name.key" ] && [ "$(cat "$out/$name.key")" = "$key" ]; then
	exit 0
fi

# compile FLAGS SOURCE...: lib/libNAME.a from these, through make's job server.
compile() {
	flags=$1
	shift
	"$MAKE" --no-print-directory -s -f vendor/compile.mk SRC="$*" FROM="$src" \
		WORK="$work" LIB="$out/lib/lib$name.a" CC="$CC" AR="$AR" \
		CFLAGS="$cflags $flags"
}

# header FILE...: gives them to our code.
header() {
	cp "$@" "$out/include/"
}

echo "  VENDOR  $name $(cut -d' ' -f2 "$src.is" | head -n 1) for $target"
rm -rf "$work" "$out/$name.key"
mkdir -p "$work" "$out/include" "$out/lib"
start=$(date +%s)
# Not `if (...)`: inside a condition the shell would go on after a failed command.
set +e
(
	set -e
	# shellcheck source=/dev/null
	. "$recipe"
) >"$log" 2>&1
code=$?
set -e
if [ $code != 0 ]; then
	tail -n 40 "$log" >&2
	echo "vendor: $name did not build for $target; all of it in $log" >&2
	exit 1
fi
rm -rf "$work"
echo "$key" >"$out/$name.key"
echo "  VENDOR  $name for $target: $(($(date +%s) - start)) s"
