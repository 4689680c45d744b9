# shellcheck shell=sh disable=SC2154 # src, out, work ... are build.sh's
# inih: one file.  The longest section and name are constants inside it (50
# bytes, longer ones are cut without a word), so a copy is edited.
sed -e 's/^#define MAX_SECTION 50$/#define MAX_SECTION 256/' \
	-e 's/^#define MAX_NAME 50$/#define MAX_NAME 256/' "$src/ini.c" >"$work/ini.c"
[ "$(grep -c '^#define MAX_[A-Z]* 256$' "$work/ini.c")" = 2 ]
compile "-I$src -include $config/inih.h" ini.c
# Our code must see the same INI_HANDLER_LINENO as the library.
{
	cat "$config/inih.h"
	cat "$src/ini.h"
} >"$out/include/ini.h"
