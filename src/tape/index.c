/* index.c - the index at the end of a tape; the layout is in the header file. */
#include "tape/index.h"
#include "base/check.h"
#include "tape/block.h"
#include "tape/bytes.h"
#include <string.h>

bool
tape_index_init(struct tape_index *ix, struct arena *boot)
{
	ix->entry = arena_take(boot, "tape", TAPE_INDEX_ENTRIES, sizeof ix->entry[0]);
	tape_index_clear(ix);
	return ix->entry != NULL;
}

void
tape_index_clear(struct tape_index *ix)
{
	memset(&ix->totals, 0, sizeof ix->totals);
	ix->entry_count = 0;
	ix->stride = 1;
}

void
tape_index_block(struct tape_index *ix, uint64_t offset, const struct tape_block *b)
{
	struct tape_totals *t = &ix->totals;

	if (t->block_count % ix->stride == 0 && ix->entry_count == TAPE_INDEX_ENTRIES) {
		ix->entry_count /= 2;
		for (uint32_t i = 0; i < ix->entry_count; i++)
			ix->entry[i] = ix->entry[(size_t)i * 2];
		ix->stride *= 2;
	}
	if (t->block_count % ix->stride == 0) {
		ASSERT(ix->entry_count < TAPE_INDEX_ENTRIES);
		ix->entry[ix->entry_count++] =
			(struct tape_index_entry){ offset, b->first_ns };
	}
	if (t->block_count == 0)
		t->first_ns = b->first_ns;
	t->last_ns = b->last_ns;
	t->block_count++;
	t->record_count += b->record_count;
	t->raw_bytes += b->raw_bytes;
	t->stored_bytes += TAPE_HEADER_BYTES + (uint64_t)b->stored_bytes;
}

uint32_t
tape_index_put(const struct tape_index *ix, char *to)
{
	const struct tape_totals *t = &ix->totals;
	char *at = to + TAPE_INDEX_HEAD_BYTES;
	uint32_t rows = 0;

	for (uint32_t i = 0; i < ix->entry_count; i++, at += TAPE_INDEX_ENTRY_BYTES) {
		bytes_put64(at, ix->entry[i].offset);
		bytes_put64(at + 8, (uint64_t)ix->entry[i].first_ns);
	}
	for (int kind = TAPE_NONE + 1; kind < TAPE_KIND_COUNT; kind++) {
		for (int venue = 0; venue < 256; venue++) {
			if (t->records[kind][venue] == 0)
				continue;
			memset(at, 0, 8);
			at[0] = (char)kind;
			at[1] = (char)venue;
			bytes_put64(at + 8, t->records[kind][venue]);
			at += TAPE_INDEX_ROW_BYTES;
			rows++;
		}
	}
	bytes_put32(to, (uint32_t)t->block_count);
	bytes_put32(to + 4, ix->stride);
	bytes_put32(to + 8, ix->entry_count);
	bytes_put32(to + 12, rows);
	bytes_put64(to + 16, t->record_count);
	bytes_put64(to + 24, t->raw_bytes);
	bytes_put64(to + 32, t->stored_bytes);
	bytes_put64(to + 40, (uint64_t)t->first_ns);
	bytes_put64(to + 48, (uint64_t)t->last_ns);
	return (uint32_t)(at - to);
}

bool
tape_index_get(struct slice payload, struct tape_totals *totals)
{
	uint64_t blocks, stride, entries, rows;
	const char *at;

	if (payload.count < TAPE_INDEX_HEAD_BYTES)
		return false;
	blocks = bytes_get32(payload.at);
	stride = bytes_get32(payload.at + 4);
	entries = bytes_get32(payload.at + 8);
	rows = bytes_get32(payload.at + 12);
	/* Four billion entries of 16 bytes do not overflow 64 bits. */
	if (payload.count != TAPE_INDEX_HEAD_BYTES + entries * TAPE_INDEX_ENTRY_BYTES +
	                             rows * TAPE_INDEX_ROW_BYTES)
		return false;
	if (stride == 0 || entries != (blocks + stride - 1) / stride)
		return false;
	if (totals == NULL)
		return true;
	memset(totals, 0, sizeof *totals);
	totals->block_count = blocks;
	totals->record_count = bytes_get64(payload.at + 16);
	totals->raw_bytes = bytes_get64(payload.at + 24);
	totals->stored_bytes = bytes_get64(payload.at + 32);
	totals->first_ns = (int64_t)bytes_get64(payload.at + 40);
	totals->last_ns = (int64_t)bytes_get64(payload.at + 48);
	at = payload.at + TAPE_INDEX_HEAD_BYTES + entries * TAPE_INDEX_ENTRY_BYTES;
	for (uint64_t i = 0; i < rows; i++, at += TAPE_INDEX_ROW_BYTES) {
		uint8_t kind = (uint8_t)at[0];

		/* A kind of a newer writer has no cell here; it is in the sums. */
		if (kind < TAPE_KIND_COUNT)
			totals->records[kind][(uint8_t)at[1]] += bytes_get64(at + 8);
	}
	return true;
}

bool
tape_index_find(struct slice payload, int64_t ns, uint64_t *offset_out,
                uint32_t *sequence_out)
{
	const char *entry = payload.at + TAPE_INDEX_HEAD_BYTES;
	uint32_t first = 0, end = bytes_get32(payload.at + 8);

	if (end == 0)
		return false;
	/* The first entry that begins at `ns` or later lies in [first, end]. */
	while (first < end) {
		uint32_t middle = first + (end - first) / 2;
		const char *at = entry + (size_t)middle * TAPE_INDEX_ENTRY_BYTES;

		if ((int64_t)bytes_get64(at + 8) < ns)
			first = middle + 1;
		else
			end = middle;
	}
	if (first > 0)
		first--;
	*offset_out = bytes_get64(entry + (size_t)first * TAPE_INDEX_ENTRY_BYTES);
	*sequence_out = first * bytes_get32(payload.at + 4);
	return true;
}
