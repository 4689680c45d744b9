/* block.c - headers and payloads of blocks; the layout is in the header file. */
#include "tape/block.h"
#include "base/check.h"
#include "base/limits.h"
#include "tape/bytes.h"
#include "tape/record.h"
#include <string.h>

/* The limits may shrink what we write; what a reader must take is the format. */
_Static_assert((int)LIMIT_tape_block_bytes <= (int)TAPE_BLOCK_RAW_BYTES,
               "every reader has room for a block of TAPE_BLOCK_RAW_BYTES");
_Static_assert((int)LIMIT_tape_record_bytes_max <= (int)TAPE_BLOCK_RAW_BYTES_MAX,
               "every reader has room for a record of TAPE_BLOCK_RAW_BYTES_MAX");

static const char magic[4] = { 'T', 'W', 'B', '1' };
static const char trailer_magic[4] = { 'T', 'W', 'E', '1' };

void
tape_block_put(char *to, const struct tape_block *b)
{
	memcpy(to, magic, sizeof magic);
	to[4] = (char)b->type;
	to[5] = (char)b->method;
	to[6] = 0;
	to[7] = 0;
	bytes_put32(to + 8, b->id);
	bytes_put32(to + 12, b->sequence);
	bytes_put32(to + 16, b->record_count);
	bytes_put32(to + 20, b->raw_bytes);
	bytes_put32(to + 24, b->stored_bytes);
	bytes_put32(to + 28, b->payload_crc);
	bytes_put64(to + 32, (uint64_t)b->first_ns);
	bytes_put64(to + 40, (uint64_t)b->last_ns);
	bytes_put32(to + 48, pack_crc32(0, slice_of(to, 48)));
}

static bool
is_possible(const struct tape_block *b)
{
	if (b->raw_bytes == 0 || b->raw_bytes > TAPE_BLOCK_RAW_BYTES_MAX)
		return false;
	if (b->stored_bytes == 0 || b->stored_bytes > b->raw_bytes)
		return false;
	if (b->method != TAPE_METHOD_DEFLATE &&
	    (b->method != TAPE_METHOD_PLAIN || b->stored_bytes != b->raw_bytes))
		return false;
	if (b->first_ns < 0 || b->last_ns < b->first_ns)
		return false;
	if (b->type == TAPE_BLOCK_INDEX)
		return b->record_count == 0;
	/* More than one record only where every reader has room at any time. */
	return b->type == TAPE_BLOCK_RECORDS && b->record_count > 0 &&
	       b->record_count <= b->raw_bytes / TAPE_RECORD_BYTES_MIN &&
	       (b->raw_bytes <= TAPE_BLOCK_RAW_BYTES || b->record_count == 1);
}

bool
tape_block_get(const char *from, struct tape_block *out)
{
	if (memcmp(from, magic, sizeof magic) != 0 || from[6] != 0 || from[7] != 0)
		return false;
	if (bytes_get32(from + 48) != pack_crc32(0, slice_of(from, 48)))
		return false;
	*out = (struct tape_block){
		.type = (uint8_t)from[4],
		.method = (uint8_t)from[5],
		.id = bytes_get32(from + 8),
		.sequence = bytes_get32(from + 12),
		.record_count = bytes_get32(from + 16),
		.raw_bytes = bytes_get32(from + 20),
		.stored_bytes = bytes_get32(from + 24),
		.payload_crc = bytes_get32(from + 28),
		.first_ns = (int64_t)bytes_get64(from + 32),
		.last_ns = (int64_t)bytes_get64(from + 40),
	};
	return is_possible(out);
}

struct slice
tape_block_pack(struct tape_block *b, struct pack_deflate *deflate, char *raw, char *room)
{
	char *block = room;
	size_t packed = 0;

	ASSERT(b->raw_bytes > 0);
	ASSERT(b->raw_bytes <= TAPE_BLOCK_RAW_BYTES_MAX);
	/* A payload that does not get smaller stays as it is: a reader spares the
	 * work, and what is stored is never longer than what was said. */
	packed = pack_deflate(deflate, slice_of(raw, b->raw_bytes),
	                      room + TAPE_HEADER_BYTES, b->raw_bytes - 1);
	b->method = TAPE_METHOD_DEFLATE;
	if (packed == 0) {
		b->method = TAPE_METHOD_PLAIN;
		block = raw - TAPE_HEADER_BYTES;
		packed = b->raw_bytes;
	}
	b->stored_bytes = (uint32_t)packed;
	b->payload_crc = pack_crc32(0, slice_of(block + TAPE_HEADER_BYTES, packed));
	tape_block_put(block, b);
	return slice_of(block, TAPE_HEADER_BYTES + packed);
}

bool
tape_block_unpack(const struct tape_block *b, struct pack_inflate *inflate,
                  const char *stored, char *raw)
{
	if (b->method == TAPE_METHOD_PLAIN) {
		memcpy(raw, stored, b->raw_bytes);
		return true;
	}
	return pack_inflate(inflate, slice_of(stored, b->stored_bytes), raw, b->raw_bytes);
}

void
tape_trailer_put(char *to, uint64_t index_offset)
{
	bytes_put64(to, index_offset);
	bytes_put32(to + 8, pack_crc32(0, slice_of(to, 8)));
	memcpy(to + 12, trailer_magic, sizeof trailer_magic);
}

bool
tape_trailer_get(const char *from, uint64_t *index_offset)
{
	if (memcmp(from + 12, trailer_magic, sizeof trailer_magic) != 0 ||
	    bytes_get32(from + 8) != pack_crc32(0, slice_of(from, 8)))
		return false;
	*index_offset = bytes_get64(from);
	return true;
}
