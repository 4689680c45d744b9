#!/bin/sh
# Goal:   layers.awk finds what LAYERS forbids and nothing else.
# Method: a small tree for each case, with the words that must (or must not) be said.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
failed=0

tree() { # a fresh one, without a fault
	rm -rf src
	mkdir -p src/base src/market src/net src/app
	cat >src/LAYERS <<-'ROWS'
		# room : rooms
		base   : +cJSON.h
		market : base
		net    : base +mbedtls +ares   # two doors
		app    : base market net
		.      : base app
	ROWS
	printf '#include "base/err.h"\n#include <cJSON.h>\n#include <stdio.h>\n' >src/base/json.c
	printf '#include "base/err.h"\n#include "market/event.h"\n' >src/market/event.c
	printf '#include <mbedtls/ssl.h>\n#include <psa/crypto.h>\n#include "ares_dns.h"\n' >src/net/tls.c
	printf '#include "build_info.h"\n  #  include "net/tls.h"\n' >src/app/run.c
	printf '#include "app/run.h"\n' >src/main.c
}

# shellcheck disable=SC2046 # the names hold no blanks
layers() {
	awk -v doors='cJSON.h mbedtls,psa ares bearssl' -v generated='build_info.h' \
		-f "$here/layers.awk" src/LAYERS $(find src -name '*.[ch]' | sort)
}

finds() { # WHAT TEXT: exit 1 and this text, on one line and no other
	if layers >out 2>&1; then
		echo "FAIL $1: nothing was said"
		failed=1
	elif [ "$(wc -l <out)" != 1 ] || ! grep -qF "$2" out; then
		echo "FAIL $1: said"
		cat out
		failed=1
	else
		echo "ok   $1"
	fi
	tree
}

tree
if layers >out 2>&1 && [ ! -s out ]; then
	echo "ok   a tree without a fault"
else
	echo "FAIL a tree without a fault: said"
	cat out
	failed=1
fi
echo '#include "net/tls.h"' >>src/market/event.c
finds "a room that the row does not name" \
	'src/market/event.c:3: market includes net/tls.h, but its row does not name net'
echo '#include <cJSON.h>' >src/market/x.h
finds "a library through another room's door" 'market includes cJSON.h, but its row has no +cJSON.h'
echo '#include <psa/crypto.h>' >>src/base/json.c
finds "the second door of a library" 'base includes psa/crypto.h, but its row has no +mbedtls'
echo '#include <bearssl_ssl.h>' >>src/net/tls.c
finds "a library whose door is shut" 'net includes bearssl_ssl.h, but its row has no +bearssl'
echo '#include "json.h"' >>src/base/json.c
finds "an include that is not written from src/" 'write it from src/'
mkdir src/feed && echo 'int x;' >src/feed/link.c
finds "a room without a row" 'room feed has no row in src/LAYERS'
echo '#include "feed/link.h"' >>src/app/run.c
finds "an include of a room without a row" 'feed has no row in src/LAYERS'
echo '#include "market/event.h"' >>src/main.c
finds "the top room" '. includes market/event.h, but its row does not name market'
sed -i 's/^market : base/market : base app/' src/LAYERS
finds "a row that names one below it" 'market names app, which has no row above it'
echo 'base : market' >>src/LAYERS
finds "a second row" 'a second row for base'
sed -i 's/+ares /+zlib.h /' src/LAYERS && rm src/net/tls.c
finds "a door that no library has" '+zlib.h is no door in vendor/sources.lock'
exit $failed
