# shellcheck shell=sh disable=SC2154 # src, out, work ... are build.sh's
# c-ares: straight, without its configure (14 s to learn what config/c-ares.h
# says).  Its heap is given at start: ares_library_init_mem().
cp "$config/c-ares.h" "$work/ares_config.h"
# shellcheck disable=SC2046 # the names hold no blanks
compile "-DHAVE_CONFIG_H -DCARES_STATICLIB -DCARES_BUILDING_LIBRARY -I$work -I$src/include \
	-I$src/src/lib -I$src/src/lib/include" \
	$(cd "$src" && find src/lib -name '*.c' | grep -v -e windows -e win32 | LC_ALL=C sort)
header "$src"/include/ares*.h
