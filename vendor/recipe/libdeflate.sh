# shellcheck shell=sh disable=SC2154 # src, out, work ... are build.sh's
# libdeflate: deflate, zlib and gzip, both ways, with its own choice of the
# processor's vector instructions at start.
compile "-I$src" lib/utils.c lib/deflate_compress.c lib/deflate_decompress.c \
	lib/adler32.c lib/zlib_compress.c lib/zlib_decompress.c \
	lib/crc32.c lib/gzip_compress.c lib/gzip_decompress.c \
	lib/arm/cpu_features.c lib/x86/cpu_features.c
header "$src/libdeflate.h"
