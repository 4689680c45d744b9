# shellcheck shell=sh disable=SC2154 # src, out, work ... are build.sh's
# wslay: the frame layer alone.  Its event layer allocates and copies per message,
# so it is left out.  The heap is renamed: config/wslay.h.
mkdir -p "$out/include/wslay"
cp "$config/wslay.h" "$work/config.h"
echo '#define WSLAY_VERSION "1.1.1"' >"$out/include/wslay/wslayver.h"
cp "$src/lib/includes/wslay/wslay.h" "$out/include/wslay/"
compile "-DHAVE_CONFIG_H -I$work -I$out/include -I$src/lib" lib/wslay_frame.c lib/wslay_net.c
