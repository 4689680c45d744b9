# shellcheck shell=sh disable=SC2154 # src, out, work ... are build.sh's
# bearssl: all of it; the linker keeps what is used.
# shellcheck disable=SC2046 # the names hold no blanks
compile "-I$src/src -I$src/inc -include $config/bearssl.h" \
	$(cd "$src" && find src -name '*.c' | LC_ALL=C sort)
header "$src"/inc/bearssl*.h
