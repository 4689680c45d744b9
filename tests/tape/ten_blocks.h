/* ten_blocks.h - one small tape in memory, of which the places of all blocks are known,
 * and a reading of anything that should be that tape: which blocks came whole, whether
 * something came that was not put, and what was said to be wrong. */
#ifndef TESTS_TAPE_TEN_BLOCKS_H
#define TESTS_TAPE_TEN_BLOCKS_H
#include "memory_tape.h"
#include "check.h"

enum { BLOCKS = 10, FRAMES = 3 }; /* the head's block, and nine of three frames */

static struct tape_rooms *rooms;
static char tape[1 << 16];
static size_t tape_bytes;
static size_t block_at[BLOCKS + 2]; /* of each block, the index, the trailer */

/* Frame n has 7 * n noughts behind its number, and comes in the second n / 2: two
 * of a time, also across blocks. */
static struct slice
frame_text(int n)
{
	static char text[512];
	int count = snprintf(text, sizeof text, "%d:%0*d", n, 7 * n + 1, 0);

	return slice_of(text, (size_t)count);
}

static int64_t
frame_ns(int n)
{
	return (int64_t)(n / 2 + 1) * 1000000000;
}

static uint32_t
stored_bytes(const char *header)
{
	const unsigned char *b = (const unsigned char *)header + 24;

	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void
make_tape(void)
{
	static struct tape_write w;
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, sizeof tape));
	struct arena arena;
	size_t at = 0;

	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (int n = 0; n < (BLOCKS - 1) * FRAMES; n++) {
		struct tape_record r = memory_frame(frame_ns(n), frame_text(n));

		CHECK(tape_write_put(&w, &r) == ERR_NONE);
		if (n % FRAMES == FRAMES - 1)
			CHECK(tape_write_flush(&w) == ERR_NONE);
	}
	CHECK(tape_write_close(&w) == ERR_NONE);
	memcpy(tape, s.at, s.count);
	tape_bytes = s.count;
	for (int i = 0; i <= BLOCKS; i++) {
		block_at[i] = at;
		CHECK(memcmp(tape + at, "TWB1", 4) == 0);
		at += 52 + stored_bytes(tape + at);
	}
	block_at[BLOCKS + 1] = at;
	CHECK(at + 16 == tape_bytes);
	free(s.at);
	memory_free(&arena);
}

/* What came out of a reading. */
struct outcome {
	bool block[BLOCKS]; /* all its records came; no record came of the others */
	bool strange;       /* a record that was not put, twice, or out of order */
	int fault_count;
	struct tape_fault fault[64];
};

static struct outcome
read_all(struct tape_source source)
{
	struct outcome o = { 0 };
	struct tape_record got;
	struct tape_read r;
	enum tape_read_result result;
	int last = -1, in_block = 0;

	tape_read_init(&r, source, rooms);
	while ((result = tape_read_next(&r, &got)) != TAPE_READ_END) {
		int n = -1;

		if (result == TAPE_READ_FAULT) {
			if (o.fault_count < 64)
				o.fault[o.fault_count] = r.fault;
			o.fault_count++;
			if (o.fault_count > 100000)
				break;
			continue;
		}
		if (got.kind == TAPE_HEAD) {
			o.strange |= last != -1 || o.block[0];
			o.block[0] = true;
			continue;
		}
		for (size_t i = 0; i < got.data.count && got.data.at[i] != ':'; i++)
			n = (n < 0 ? 0 : n * 10) + got.data.at[i] - '0';
		o.strange |= n <= last || n >= (BLOCKS - 1) * FRAMES || got.kind != TAPE_FRAME ||
		             !slice_equal(got.data, frame_text(n)) || got.recv_ns != frame_ns(n);
		if (o.strange)
			break;
		in_block = n % FRAMES == 0 ? 1 : in_block + 1;
		if (in_block == FRAMES)
			o.block[n / FRAMES + 1] = true;
		last = n;
	}
	/* A block comes whole: the last one too. */
	o.strange |= in_block != 0 && in_block != FRAMES;
	CHECK(tape_read_next(&r, &got) == TAPE_READ_END || o.strange);
	return o;
}

static struct outcome
read_bytes(const char *at, size_t count)
{
	struct slice s = slice_of(at, count);

	return read_all(tape_source_memory(&s));
}

/* Blocks came: all whose bit is set in `want`. */
static bool
came(const struct outcome *o, unsigned want)
{
	for (int i = 0; i < BLOCKS; i++)
		if (o->block[i] != ((want >> i & 1) != 0))
			return false;
	return !o->strange;
}

static const unsigned all = (1u << BLOCKS) - 1;
#endif
