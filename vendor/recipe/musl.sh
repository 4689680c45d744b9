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
# Short copies: see the head of musl_memcpy.c.  musl's own stays for long ones, under
# its second name.  What must not be in ours is a call of itself.
if [ "$arch" = x86_64 ]; then
	map="-ffile-prefix-map=$top=."
	"$CC" -O2 -g -ffp-contract=off -fno-pie -ffreestanding -minline-all-stringops \
		-mmemcpy-strategy=unrolled_loop:-1:noalign "$map" \
		-S -o "$work/memcpy.s" "$config/musl_memcpy.c"
	if grep -E '(call|jmp)[[:space:]]+memcpy' "$work/memcpy.s"; then
		echo "this compiler does not expand memcpy in place" >&2
		exit 1
	fi
	"$CC" -Wa,--noexecstack -c -o "$work/memcpy.o" "$work/memcpy.s"
	"$CC" -Wa,--noexecstack -x assembler-with-cpp -Dmemcpy=__memcpy_musl \
		-c -o "$work/memcpy_fwd.o" "$src/src/string/x86_64/memcpy.s"
	"$AR" rD "$out/lib/libc.a" "$work/memcpy.o" "$work/memcpy_fwd.o"
fi
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
