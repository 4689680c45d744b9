/* block.h - a block: header, payload, checks.  The insides of the format.
 *
 *     0  4  magic "TWB1" (the 1 is the version of the format)
 *     4  1  type      1 records, 2 index
 *     5  1  method    1 plain, 2 raw deflate
 *     6  2  zero
 *     8  4  tape id   the same in every block of a file
 *    12  4  sequence  0, 1, 2, ... over all blocks of a file, the index last
 *    16  4  record count
 *    20  4  raw bytes     of the payload, unpacked
 *    24  4  stored bytes  of the payload, as it stands behind the header
 *    28  4  CRC32 of the stored bytes
 *    32  8  first_ns
 *    40  8  last_ns
 *    48  4  CRC32 of the 48 bytes above
 *
 * The header has a CRC of its own, so that its sizes can be trusted when the
 * payload cannot, and so that the next block can be found after damage.  The id
 * keeps a peer from inventing frames: a message that contains the bytes of a whole
 * block cannot know it, and is never taken for a block when the one around it is
 * damaged.
 */
#ifndef TAPE_BLOCK_H
#define TAPE_BLOCK_H
#include "base/arena.h"
#include "base/pack.h"
#include "tape/tape.h"

enum {
	TAPE_HEADER_BYTES = 52,
	TAPE_TRAILER_BYTES = 16,
	TAPE_BLOCK_RAW_BYTES = 65536,       /* of a block with more than one record */
	TAPE_BLOCK_RAW_BYTES_MAX = 4194304, /* of a block with one record, an index */
};

enum tape_block_type { TAPE_BLOCK_NONE, TAPE_BLOCK_RECORDS, TAPE_BLOCK_INDEX };
enum tape_method { TAPE_METHOD_NONE, TAPE_METHOD_PLAIN, TAPE_METHOD_DEFLATE };

struct tape_block {
	uint8_t type;   /* enum tape_block_type */
	uint8_t method; /* enum tape_method */
	uint32_t id;
	uint32_t sequence;
	uint32_t record_count;
	uint32_t raw_bytes;
	uint32_t stored_bytes;
	uint32_t payload_crc;
	int64_t first_ns, last_ns;
};

/* Writes TAPE_HEADER_BYTES. */
void tape_block_put(char *to, const struct tape_block *b);

/* Reads TAPE_HEADER_BYTES.  False when they are no header, or one that no writer
 * writes: sizes beyond the format's, more records than fit, times that go back. */
bool tape_block_get(const char *from, struct tape_block *out);

/* Sets method, sizes and CRC for b->raw_bytes at `raw` and writes header and
 * payload.  TAPE_HEADER_BYTES before `raw` belong to us; `room` holds as many
 * bytes as raw, and a header.  Returns the finished block, in one or the other. */
struct slice tape_block_pack(struct tape_block *b, struct pack_deflate *deflate,
                             char *raw, char *room);

/* Unpacks b->stored_bytes at `stored` into exactly b->raw_bytes at `raw`.  False
 * when they do not say that many; the CRC was checked before. */
bool tape_block_unpack(const struct tape_block *b, struct pack_inflate *inflate,
                       const char *stored, char *raw);

/* The end of a closed tape: where its index block begins. */
void tape_trailer_put(char *to, uint64_t index_offset);
bool tape_trailer_get(const char *from, uint64_t *index_offset);
#endif
