/* index.h - what a closed tape says of itself: places, times and counts.
 *
 * The payload of the index block, little-endian:
 *
 *     0  4  block count (records only)      4  4  stride
 *     8  4  entry count                    12  4  row count
 *    16  8  record count
 *    24  8  raw bytes of all blocks        32  8  stored bytes, headers included
 *    40  8  first_ns                       48  8  last_ns
 *    56     entries of 16: offset u64, first_ns
 *           rows of 16: kind u8, venue u8, six zeros, record count u64
 *
 * Entry i is the block number i * stride.  The writer has room for a fixed number
 * of entries; when they are used up every second one is dropped and the stride
 * doubles, so an index is bounded however long a tape gets.
 */
#ifndef TAPE_INDEX_H
#define TAPE_INDEX_H
#include "base/arena.h"
#include "tape/tape.h"

enum {
	TAPE_INDEX_HEAD_BYTES = 56,
	TAPE_INDEX_ENTRY_BYTES = 16,
	TAPE_INDEX_ROW_BYTES = 16,
	TAPE_INDEX_ENTRIES = 4096, /* an hour of a block a second, to the block */
	TAPE_INDEX_ROWS_MAX = TAPE_KIND_COUNT * 256,
	TAPE_INDEX_BYTES_MAX = TAPE_INDEX_HEAD_BYTES +
	                       TAPE_INDEX_ENTRIES * TAPE_INDEX_ENTRY_BYTES +
	                       TAPE_INDEX_ROWS_MAX * TAPE_INDEX_ROW_BYTES,
};

struct tape_index {
	struct tape_totals totals;
	struct tape_index_entry { uint64_t offset; int64_t first_ns; } *entry;
	uint32_t entry_count;
	uint32_t stride;
};

/* False when the arena has no room. */
bool tape_index_init(struct tape_index *ix, struct arena *boot);

/* Forgets everything: a new file begins. */
void tape_index_clear(struct tape_index *ix);

/* A record was put into the open block. */
static inline void
tape_index_record(struct tape_index *ix, uint8_t kind, uint8_t venue)
{
	ix->totals.records[kind][venue]++;
}

struct tape_block;

/* The block was written at `offset`. */
void tape_index_block(struct tape_index *ix, uint64_t offset, const struct tape_block *b);

/* Writes the payload, at most TAPE_INDEX_BYTES_MAX.  Returns its bytes. */
uint32_t tape_index_put(const struct tape_index *ix, char *to);

/* --- for readers ------------------------------------------------------------- */

/* Is this payload an index whose sizes agree?  Fills totals (may be NULL). */
bool tape_index_get(struct slice payload, struct tape_totals *totals);

/* The last entry whose block begins before `ns` (the first entry if there is none
 * such); false for an index without entries.  The payload was found good. */
bool tape_index_find(struct slice payload, int64_t ns, uint64_t *offset_out,
                     uint32_t *sequence_out);
#endif
