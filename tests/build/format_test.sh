#!/bin/sh
# Goal:   format.awk finds what it says it finds, and leaves tables alone.
# Method: one good file, then the same with one line made wrong.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
failed=0

good() {
	printf '%s\n' '/* a.c - a file for a test.  Größe: µs, “quoted”. */' '#include <stdio.h>' '' \
		'static const struct { const char *name; int n; } row[] =' '{' \
		"$(printf '\t{ "one",    1 }, /* in columns */')" '};' '' \
		'static int' 'twice(int n,' '      int m)' '{' "$(printf '\tif (n > m) {')" \
		"$(printf '\t\treturn n;')" "$(printf '\t} else {')" "$(printf '\t\treturn m;')" \
		"$(printf '\t}')" '}' >a.c
}

format() { LC_ALL=C awk -f "$here/format.awk" a.c; }

finds() { # WHAT SED TEXT
	good
	sed -i "$2" a.c
	if format >out 2>&1 || ! grep -qF "$3" out; then
		echo "FAIL $1: said"
		cat out
		failed=1
	else
		echo "ok   $1"
	fi
}

good
if format; then
	echo "ok   a good file"
else
	echo "FAIL a good file"
	failed=1
fi
finds "another name at the head" '1s/a[.]c/b.c/' 'first line'
finds "blanks at the end" '2s/$/ /' 'blanks at the end'
finds "a blank before a tab" '14s/^/ /' 'blank before a tab'
finds "a wide line" '14s/n;/n; \/* xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx *\//' 'columns, at most'
finds "a C++ comment" '14s/return n;/\/\/ n/' 'a comment is'
finds "if(" '13s/if (/if(/' 'between the keyword and ('
finds "a type before the name" '9d;10s/^/static int /' 'its own line'
finds "else on a line of its own" '15s/} else/}\n\telse/' 'is one line'
exit $failed
