/* lies_test.c - blocks whose CRCs are right and whose content is not.
 *
 * Goal: a tape that was made to deceive gives no record that breaks the promises of
 * read.h, crashes nothing, and ends.
 * Method: forged blocks in the place of a good one, each lie a row; a block inside of a
 * message whose own block is hit at every byte; a file of headers that claim each
 * other. */
#include "ten_blocks.h"

/* A block of one frame or of the given payload, with any header one likes. */
static size_t
forge(char *to, struct tape_block b, const char *payload, size_t bytes)
{
	struct tape_block first;

	CHECK(tape_block_get(tape, &first));
	b.id = first.id;
	b.type = b.type != 0 ? b.type : TAPE_BLOCK_RECORDS;
	b.method = b.method != 0 ? b.method : TAPE_METHOD_PLAIN;
	b.stored_bytes = (uint32_t)bytes;
	b.raw_bytes = b.raw_bytes != 0 ? b.raw_bytes : (uint32_t)bytes;
	b.record_count = b.record_count != 0 ? b.record_count : 1;
	b.payload_crc = pack_crc32(0, slice_of(payload, bytes));
	memcpy(to + 52, payload, bytes);
	tape_block_put(to, &b);
	return 52 + bytes;
}

/* Forged blocks in the place of the third: the CRCs are right. */
static void
a_block_that_lies_is_left_out(void)
{
	static char copy[sizeof tape];
	const int64_t ns = frame_ns(3);
	const struct tape_block good = { .sequence = 2, .first_ns = ns, .last_ns = ns };
	struct { const char *what; struct tape_block b; struct slice payload; int want; } row[] = {
		{ "count too high", good, SLICE("\4\2\1\0\0\1x"), TAPE_FAULT_HEADER },
		{ "count too low", good, SLICE("\4\2\1\0\0\1x\4\2\1\0\0\1x"), TAPE_FAULT_RECORDS },
		{ "half a record behind", good, SLICE("\4\2\1\0\0\1x\4\2\1\0\0"),
		  TAPE_FAULT_RECORDS },
		{ "no record", good, SLICE("\0\0\0\0\0\0\0"), TAPE_FAULT_RECORDS },
		{ "ends earlier than it says", good, SLICE("\4\2\1\0\0\1x"), TAPE_FAULT_RECORDS },
		{ "ends later than it says", good, SLICE("\4\2\1\0\0\1x\4\2\1\5\0\1x"),
		  TAPE_FAULT_RECORDS },
		{ "begins later than it says", good, SLICE("\4\2\1\5\0\1x"), TAPE_FAULT_RECORDS },
		{ "before the block before it", good, SLICE("\4\2\1\0\0\1x"), TAPE_FAULT_TIME },
		{ "no deflate", good, SLICE("\xff\xff\xff\xff\xff\xff\xff"), TAPE_FAULT_RECORDS },
		/* "x" three times as a fixed block of deflate: 4b aa a8 00 */
		{ "unpacks to less", good, SLICE("\x4b\xaa\xa8\0"), TAPE_FAULT_RECORDS },
		{ "one byte says four megabytes", good, SLICE("\x03"), TAPE_FAULT_RECORDS },
		{ "an index of nothing", good, SLICE("\1\2\3"), TAPE_FAULT_INDEX },
	};

	row[0].b.record_count = 2;
	row[1].b.record_count = 1;
	row[4].b.last_ns++;
	row[5].b.record_count = 2;
	row[5].b.last_ns += 4;
	row[6].b.last_ns += 5;
	row[7].b.first_ns = row[7].b.last_ns = 999999999;
	row[8].b.method = row[9].b.method = row[10].b.method = TAPE_METHOD_DEFLATE;
	row[8].b.raw_bytes = 65536;
	row[9].b.raw_bytes = 7;
	row[10].b.raw_bytes = 4194304;
	row[11].b.type = TAPE_BLOCK_INDEX;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		size_t at = block_at[2], rest = tape_bytes - block_at[3];
		struct outcome o;

		memcpy(copy, tape, at);
		at += forge(copy + at, row[i].b, row[i].payload.at, row[i].payload.count);
		if (row[i].b.type == TAPE_BLOCK_INDEX) {
			/* forge() gave it a record, which an index has not. */
			struct tape_block b;

			CHECK(!tape_block_get(copy + block_at[2], &b));
			b = row[i].b;
			CHECK(tape_block_get(tape, &b));
			b.type = TAPE_BLOCK_INDEX;
			b.method = TAPE_METHOD_PLAIN;
			b.sequence = 2;
			b.record_count = 0;
			b.raw_bytes = b.stored_bytes = 3;
			b.payload_crc = pack_crc32(0, row[i].payload);
			tape_block_put(copy + block_at[2], &b);
		}
		memcpy(copy + at, tape + block_at[3], rest);
		o = read_bytes(copy, at + rest);
		if (!came(&o, all & ~4u) || o.fault[0].kind != row[i].want)
			printf("in row: %s (%s)\n", row[i].what,
			       tape_fault_name((enum tape_fault_kind)o.fault[0].kind));
		CHECK(came(&o, all & ~4u));
		CHECK(o.fault_count >= 1);
		CHECK(o.fault[0].kind == row[i].want);
		CHECK(o.fault[0].offset == block_at[2]);
	}
	/* The same with nothing wrong comes: the rows fail for what they say. */
	{
		size_t at = block_at[2];
		struct slice s = { copy, 0 };
		struct tape_record got;
		struct tape_read r;
		int frames = 0;

		memcpy(copy, tape, at);
		at += forge(copy + at, good, "\4\2\1\0\0\1x", 7);
		s.count = at;
		tape_read_init(&r, tape_source_memory(&s), rooms);
		for (int i = 0; i < 5; i++)
			frames += tape_read_next(&r, &got) == TAPE_READ_RECORD;
		CHECK(frames == 1 + FRAMES + 1);
		CHECK(slice_is(got.data, "x"));
		CHECK(tape_read_next(&r, &got) == TAPE_READ_FAULT);
		CHECK(r.fault.kind == TAPE_FAULT_UNCLOSED);
	}
}

static void
a_kind_of_the_future_is_skipped_and_counted(void)
{
	static char copy[sizeof tape];
	const struct tape_block b = { .sequence = 2, .record_count = 2,
	                              .first_ns = frame_ns(3), .last_ns = frame_ns(3) };
	size_t at = block_at[2];
	struct slice s = { copy, 0 };
	struct tape_record got;
	struct tape_read r;

	memcpy(copy, tape, at);
	at += forge(copy + at, b, "\x63\2\1\0\0\1y\4\2\1\0\0\1x", 14);
	s.count = at;
	tape_read_init(&r, tape_source_memory(&s), rooms);
	for (int i = 0; i < 1 + FRAMES + 1; i++)
		CHECK(tape_read_next(&r, &got) == TAPE_READ_RECORD);
	CHECK(slice_is(got.data, "x"));
	CHECK(r.unknown_count == 1);
	CHECK(tape_read_next(&r, &got) == TAPE_READ_FAULT);
	CHECK(tape_read_next(&r, &got) == TAPE_READ_END);
}

/* A peer sends the bytes of a whole block inside of a message, and the header around
 * them is hit: its records must not come to life. */
static void
a_block_inside_of_a_message_stays_a_message(void)
{
	static struct tape_write w;
	static char message[4096];
	struct memory_sink s[2];
	struct slice file;
	const char *fake = NULL;
	size_t fake_bytes = 0;
	uint64_t seed = 99;

	/* The peer records a tape of its own, to have good blocks. */
	for (int round = 0; round < 2; round++) {
		struct tape_write_options options = memory_options(memory_sink(&s[round], 1 << 16));
		struct tape_record r = memory_frame(5000, SLICE("invented"));
		struct arena arena;

		memory_arena(&arena, MEMORY_BYTES);
		if (round == 1) {
			options.head = SLICE("seed=2\n");
			r.data = slice_of(message, sizeof message);
		}
		CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
		CHECK(tape_write_put(&w, &r) == ERR_NONE);
		CHECK(tape_write_close(&w) == ERR_NONE);
		memory_free(&arena);
		if (round == 1)
			break;
		for (size_t i = 0; i < sizeof message; i++)
			message[i] = (char)chance(&seed);
		/* The block of the frame only: with more the message could be packed,
		 * and its bytes would not stand in the file. */
		fake = s[0].at + TAPE_HEADER_BYTES + stored_bytes(s[0].at);
		fake_bytes = TAPE_HEADER_BYTES + stored_bytes(fake);
		memcpy(message + 100, fake, fake_bytes);
	}
	file = memory_file(&s[1], 0);
	CHECK(memmem(file.at, file.count, fake, fake_bytes) != NULL);
	for (size_t byte = 0; byte < file.count; byte++) {
		struct tape_record got;
		struct tape_read r;
		enum tape_read_result result;
		char *at = s[1].at + byte;

		*at = (char)(*at ^ 4);
		tape_read_init(&r, tape_source_memory(&file), rooms);
		while ((result = tape_read_next(&r, &got)) != TAPE_READ_END)
			CHECK(result == TAPE_READ_FAULT || !slice_is(got.data, "invented"));
		CHECK(r.fault_count >= 1);
		*at = (char)(*at ^ 4);
	}
	free(s[0].at);
	free(s[1].at);
}

/* The first block is overwritten by one of another tape: the id comes from the index. */
static void
a_strange_block_in_front_is_not_the_tape(void)
{
	static char copy[sizeof tape];
	const struct tape_block b = { .first_ns = 1, .last_ns = 1 };
	struct tape_block strange;
	struct outcome o;

	memcpy(copy, tape, tape_bytes);
	CHECK(20 + forge(copy + 20, b, "\4\2\1\0\0\1x", 7) < block_at[1]);
	CHECK(tape_block_get(copy + 20, &strange));
	strange.id++;
	tape_block_put(copy + 20, &strange);
	o = read_bytes(copy, tape_bytes);
	CHECK(came(&o, all & ~1u));
	CHECK(o.fault_count == 1);
	CHECK(o.fault[0].kind == TAPE_FAULT_HEADER);
	CHECK(o.fault[0].offset == 0);
	CHECK(o.fault[0].bytes == block_at[1]);
}

/* Each header claims all that follows it as its payload. */
static void
a_file_of_nested_headers_ends(void)
{
	const size_t bytes = 3 << 20;
	char *nest = malloc(bytes);
	struct slice s = { nest, bytes };
	struct tape_record got;
	struct tape_read r;
	uint64_t faults = 0;

	if (nest == NULL)
		abort();
	memset(nest, 'T', bytes);
	for (size_t at = 0; at + 53 <= bytes; at += 52) {
		struct tape_block b = {
			.type = TAPE_BLOCK_RECORDS, .method = TAPE_METHOD_PLAIN, .id = 1,
			.sequence = (uint32_t)(at / 52), .record_count = 1,
		};

		b.raw_bytes = b.stored_bytes = (uint32_t)(bytes - at - 52);
		tape_block_put(nest + at, &b);
	}
	tape_read_init(&r, tape_source_memory(&s), rooms);
	while (tape_read_next(&r, &got) != TAPE_READ_END)
		faults++;
	CHECK(faults > 0);
	/* 16 long blocks and eight times its length, and not 60000 times 3 MB. */
	CHECK(r.load_bytes < 100u << 20);
	free(nest);
}

int
main(void)
{
	rooms = memory_rooms(1);
	make_tape();
	a_block_that_lies_is_left_out();
	a_kind_of_the_future_is_skipped_and_counted();
	a_block_inside_of_a_message_stays_a_message();
	a_strange_block_in_front_is_not_the_tape();
	a_file_of_nested_headers_ends();
	return CHECK_END("tape lies");
}
