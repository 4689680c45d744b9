# shellcheck shell=sh disable=SC2154,SC2164 # set -e; src, out, work ... are build.sh's
# musl: the C library of the release, static only, by its own configure.
#
# Replay must give the same bytes on every architecture.  Where the compiler
# defines __FP_FAST_FMA (arm64) musl's log, log2 and pow take fused paths and
# differ from amd64 in the last bit; without the macro all agree.
top=$PWD
mkdir -p "$work/build"
(
	cd "$work/build"
	# Configure is told the compiler's name without the path of this tree.
	CC="$CC" AR="$AR" CFLAGS="-O2 -g -ffp-contract=off -U__FP_FAST_FMA \
		-fno-pie -ffunction-sections -fdata-sections -ffile-prefix-map=$top/=" \
		sh "$top/$src/configure" --target="$arch-linux-musl" --prefix=/ \
		--syslibdir=/lib --disable-shared --disable-wrapper --enable-static
	"$MAKE" --no-print-directory -s AR="$AR" RANLIB="$AR s" lib/libc.a
	"$MAKE" --no-print-directory -s AR="$AR" RANLIB="$AR s" DESTDIR="$top/$out" \
		install-headers install-libs
)
# The specs make gcc use this libc instead of the machine's.  Relative paths:
# every compile runs at the top of the tree.
sh "$src/tools/musl-gcc.specs.sh" "$out/include" "$out/lib" /none >"$out/lib/musl-gcc.specs"
# The kernel's interface is not part of a libc; three folders of it are enough.
case $arch in
aarch64) kernel=/usr/aarch64-linux-gnu/include asm=/usr/aarch64-linux-gnu/include/asm ;;
*) kernel=/usr/include asm=/usr/include/$arch-linux-gnu/asm ;;
esac
rm -rf "$out/include/linux" "$out/include/asm" "$out/include/asm-generic"
ln -s "$kernel/linux" "$kernel/asm-generic" "$asm" "$out/include/"
