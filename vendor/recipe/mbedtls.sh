# shellcheck shell=sh disable=SC2154 # src, out, work ... are build.sh's
# mbedtls: its three libraries as one.  Which parts is decided by our header,
# which takes the place of its own, so that our code sees the same.  Time, heap and
# random bytes are hooks that net/ fills (see the header).
rm -rf "$out/include/mbedtls" "$out/include/psa"
cp -r "$src/include/mbedtls" "$src/include/psa" "$out/include/"
cp "$config/mbedtls.h" "$out/include/mbedtls/mbedtls_config.h"
cp "$config/mbedtls_gcm.h" "$out/include/mbedtls/gcm_alt.h"
# shellcheck disable=SC2046 # the names hold no blanks
compile "-I$out/include -I$src/library" $(cd "$src" && LC_ALL=C ls library/*.c)
