/* pack.h - deflate, zlib and gzip, whole buffers at a time: the door to libdeflate.
 *
 * Everything is taken from the arena at boot: nothing here allocates later, and
 * nothing has to be given back.  One object is used by one thread at a time.
 *
 * Compressed bytes are promised to unpack to the same data, not to be the same
 * bytes for ever: another version of the library may choose differently, so no
 * test may compare them.
 */
#ifndef BASE_PACK_H
#define BASE_PACK_H
#include "base/arena.h"
#include "base/slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pack_format {
	PACK_RAW,  /* RFC 1951, no frame and no checksum */
	PACK_ZLIB, /* RFC 1950, Adler-32 */
	PACK_GZIP, /* RFC 1952, CRC-32, one member */
	PACK_FORMAT_COUNT
};

struct pack_deflate;
struct pack_inflate;

/* At boot only, on one thread.  level 0 (stored) to 12; `name` is the arena's
 * line.  NULL when the arena has no room, which the arena then remembers.  A
 * compressor takes 0.2 MB at level 1, 0.7 MB at 2 to 9, 9 MB above (libdeflate
 * 1.23); a decompressor 12 KB. */
struct pack_deflate *pack_deflate_init(struct arena *boot, const char *name, int level);
struct pack_inflate *pack_inflate_init(struct arena *boot, const char *name);

/* The most bytes that `count` bytes can become, whatever they are. */
size_t pack_deflate_bytes_max(struct pack_deflate *d, enum pack_format format, size_t count);

/* Returns how many bytes were written, 0 when they do not fit into `size`. */
size_t pack_deflate_as(struct pack_deflate *d, enum pack_format format, struct slice raw,
                       char *to, size_t size);

/* False when the data is broken, does not fit into `size`, or something stands
 * behind its end; what was written to `to` then means nothing. */
bool pack_inflate_as(struct pack_inflate *i, enum pack_format format, struct slice packed,
                     char *to, size_t size, size_t *count_out);

/* The same for PACK_RAW; inflating must give exactly `bytes` bytes. */
size_t pack_deflate(struct pack_deflate *d, struct slice raw, char *to, size_t size);
bool pack_inflate(struct pack_inflate *i, struct slice packed, char *to, size_t bytes);

/* CRC-32 of gzip and PNG, continued from `crc`; 0 to begin. */
uint32_t pack_crc32(uint32_t crc, struct slice s);
#endif
