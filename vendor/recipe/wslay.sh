# shellcheck shell=sh disable=SC2154 # src, out, work ... are build.sh's
# wslay: a few files.  Its heap is malloc, calloc, realloc and free by these
# names only; the door in net/ may rename them with the linker.
mkdir -p "$out/include/wslay"
cp "$config/wslay.h" "$work/config.h"
echo '#define WSLAY_VERSION "1.1.1"' >"$out/include/wslay/wslayver.h"
cp "$src/lib/includes/wslay/wslay.h" "$out/include/wslay/"
# shellcheck disable=SC2046 # the names hold no blanks
compile "-DHAVE_CONFIG_H -I$work -I$out/include -I$src/lib" \
	$(cd "$src" && LC_ALL=C ls lib/wslay_*.c)
