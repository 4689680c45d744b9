/* pack.c - libdeflate with the arena for its heap.
 *
 * Its allocation hook has no context, so the arena that lends is named in a
 * variable for the length of the call that takes.  That is why the two init
 * functions are for boot, on one thread.
 */
#include "base/pack.h"
#include "base/check.h"
#include <libdeflate.h>

static struct arena *lender;
static const char *lender_name;

static void *
take(size_t bytes)
{
	ASSERT(lender != NULL);
	return arena_take(lender, lender_name, 1, bytes);
}

/* The arena is never given anything back. */
static void
give(void *part)
{
	(void)part;
}

static const struct libdeflate_options options = {
	.sizeof_options = sizeof options,
	.malloc_func = take,
	.free_func = give,
};

/* The structs of the header are the library's own, under a name of ours, so that
 * no other file needs its header. */
struct pack_deflate *
pack_deflate_init(struct arena *boot, const char *name, int level)
{
	struct libdeflate_compressor *d;

	ASSERT(level >= 0);
	ASSERT(level <= 12);
	lender = boot;
	lender_name = name;
	d = libdeflate_alloc_compressor_ex(level, &options);
	lender = NULL;
	return (struct pack_deflate *)d;
}

struct pack_inflate *
pack_inflate_init(struct arena *boot, const char *name)
{
	struct libdeflate_decompressor *i;

	lender = boot;
	lender_name = name;
	i = libdeflate_alloc_decompressor_ex(&options);
	lender = NULL;
	return (struct pack_inflate *)i;
}

/* The library wants an address for no bytes too. */
static const char *
start(struct slice s)
{
	return s.count > 0 ? s.at : "";
}

size_t
pack_deflate_bytes_max(struct pack_deflate *d, enum pack_format format, size_t count)
{
	struct libdeflate_compressor *c = (struct libdeflate_compressor *)d;

	switch (format) {
	case PACK_ZLIB: return libdeflate_zlib_compress_bound(c, count);
	case PACK_GZIP: return libdeflate_gzip_compress_bound(c, count);
	default:        return libdeflate_deflate_compress_bound(c, count);
	}
}

size_t
pack_deflate_as(struct pack_deflate *d, enum pack_format format, struct slice raw, char *to,
                size_t size)
{
	struct libdeflate_compressor *c = (struct libdeflate_compressor *)d;

	switch (format) {
	case PACK_ZLIB: return libdeflate_zlib_compress(c, start(raw), raw.count, to, size);
	case PACK_GZIP: return libdeflate_gzip_compress(c, start(raw), raw.count, to, size);
	default:        return libdeflate_deflate_compress(c, start(raw), raw.count, to, size);
	}
}

bool
pack_inflate_as(struct pack_inflate *i, enum pack_format format, struct slice packed, char *to,
                size_t size, size_t *count_out)
{
	struct libdeflate_decompressor *c = (struct libdeflate_decompressor *)i;
	enum libdeflate_result result;
	size_t read = 0;

	switch (format) {
	case PACK_ZLIB:
		result = libdeflate_zlib_decompress_ex(c, start(packed), packed.count, to, size,
		                                       &read, count_out);
		break;
	case PACK_GZIP:
		result = libdeflate_gzip_decompress_ex(c, start(packed), packed.count, to, size,
		                                       &read, count_out);
		break;
	default:
		result = libdeflate_deflate_decompress_ex(c, start(packed), packed.count, to, size,
		                                          &read, count_out);
		break;
	}
	/* The library stops at the end of the stream and does not mind a rest;
	 * a block of ours with a rest is torn or forged. */
	return result == LIBDEFLATE_SUCCESS && read == packed.count;
}

size_t
pack_deflate(struct pack_deflate *d, struct slice raw, char *to, size_t size)
{
	return pack_deflate_as(d, PACK_RAW, raw, to, size);
}

bool
pack_inflate(struct pack_inflate *i, struct slice packed, char *to, size_t bytes)
{
	size_t count = 0;

	return pack_inflate_as(i, PACK_RAW, packed, to, bytes, &count) && count == bytes;
}

uint32_t
pack_crc32(uint32_t crc, struct slice s)
{
	/* Asked for no bytes at NULL the library would begin anew. */
	return libdeflate_crc32(crc, start(s), s.count);
}
