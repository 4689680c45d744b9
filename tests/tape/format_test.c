/* format_test.c - the bytes of a tape are those of README.md.
 *
 * Goal: the bytes of a tape are those README.md says, and nothing else is taken.
 * Method: bytes written down by hand from README.md; the CRCs are those of zlib
 * (python3: zlib.crc32).  Every lie a record or a header can tell is a row. */
#include "memory_tape.h"
#include "check.h"
#include "tape/index.h"

static const char two_records[] =
	/* frame, venue 2, link 1, the block's first time, nothing asked, 2 bytes */
	"\x04\x02\x01\x00\x00\x02" "{}"
	/* body, venue 2, link 300, 300 ns later, 2 bytes asked, 2 of data */
	"\x05\x02\xac\x02\xac\x02\x02\x02" "/x" "[]";

static const unsigned char header[TAPE_HEADER_BYTES] = {
	'T', 'W', 'B', '1', 1, 1, 0, 0,
	0x04, 0x03, 0x02, 0x01, /* id 0x01020304 */
	0x07, 0x00, 0x00, 0x00, /* the eighth block */
	0x02, 0x00, 0x00, 0x00, /* two records */
	0x14, 0x00, 0x00, 0x00, /* 20 bytes, stored as they are */
	0x14, 0x00, 0x00, 0x00,
	0xd8, 0xd7, 0xd9, 0xc4, /* CRC32 of two_records */
	0xe8, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* 1000 */
	0x14, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* 1300 */
	0x83, 0xdf, 0xe6, 0x4c, /* CRC32 of the 48 bytes */
};

static void
crc_is_that_of_zlib(void)
{
	/* The check value of CRC-32/ISO-HDLC, "123456789". */
	CHECK(pack_crc32(0, SLICE("123456789")) == 0xcbf43926u);
	CHECK(pack_crc32(pack_crc32(0, SLICE("12345")), SLICE("6789")) == 0xcbf43926u);
}

static void
records_have_their_bytes(void)
{
	struct tape_record row[] = {
		{ .kind = TAPE_FRAME, .venue = 2, .link = 1, .recv_ns = 1000,
		  .data = SLICE("{}") },
		{ .kind = TAPE_BODY, .venue = 2, .link = 300, .recv_ns = 1300,
		  .asked = SLICE("/x"), .data = SLICE("[]") },
	};
	struct tape_cursor c = { two_records, two_records + 20, 1000 };
	struct tape_record got;
	char bytes[64];
	char *end = tape_record_put(bytes, &row[0], 1000);

	end = tape_record_put(end, &row[1], 1000);
	CHECK(sizeof two_records - 1 == 20);
	CHECK(end - bytes == 20);
	CHECK(memcmp(bytes, two_records, 20) == 0);
	CHECK(tape_record_bytes(&row[0], 1000) == 8);
	CHECK(tape_record_bytes(&row[1], 1000) == 12);
	for (int i = 0; i < 2; i++) {
		CHECK(tape_record_get(&c, &got));
		CHECK(got.kind == row[i].kind);
		CHECK(got.venue == row[i].venue);
		CHECK(got.link == row[i].link);
		CHECK(got.recv_ns == row[i].recv_ns);
		CHECK(slice_equal(got.asked, row[i].asked));
		CHECK(slice_equal(got.data, row[i].data));
	}
	CHECK(c.at == c.end);
	CHECK(!tape_record_get(&c, &got));
}

static void
a_record_that_lies_is_refused(void)
{
	const struct { const char *what; struct slice bytes; int64_t ns; bool good; } row[] = {
		{ "the shortest", SLICE("\x04\0\0\0\0\0"), 0, true },
		{ "one byte less", SLICE("\x04\0\0\0\0"), 0, false },
		{ "no kind", SLICE("\0\0\0\0\0\0"), 0, false },
		{ "a kind of the future", SLICE("\xff\0\0\0\0\0"), 0, true },
		{ "link 65535", SLICE("\x04\0\xff\xff\x03\0\0\0"), 0, true },
		{ "link 65536", SLICE("\x04\0\x80\x80\x04\0\0\0"), 0, false },
		{ "a longer zero", SLICE("\x04\0\x80\0\0\0\0"), 0, false },
		{ "time 2^63 - 1",
		  SLICE("\x04\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f\0\0"), 0, true },
		{ "time 2^63 - 1 behind 1",
		  SLICE("\x04\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f\0\0"), 1, false },
		{ "time 2^63",
		  SLICE("\x04\0\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\0\0"), 0, false },
		{ "time 2^64",
		  SLICE("\x04\0\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02\0\0"), 0, false },
		{ "a varint of eleven",
		  SLICE("\x04\0\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\0\0\0"), 0, false },
		{ "a varint without end", SLICE("\x04\0\0\0\0\xff\xff\xff"), 0, false },
		{ "one byte of data, none there", SLICE("\x04\0\0\0\0\x01"), 0, false },
		{ "asked beyond the end", SLICE("\x04\0\0\0\x02\0x"), 0, false },
		{ "asked and data add up to 0",
		  SLICE("\x04\0\0\0\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"), 0, false },
		{ "asked is 2^64 - 1",
		  SLICE("\x04\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01x"), 0, false },
		{ "zeros in the data", SLICE("\x04\0\0\0\0\x03\0\0\0"), 0, true },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct tape_cursor c = { row[i].bytes.at, row[i].bytes.at + row[i].bytes.count,
		                         row[i].ns };
		struct tape_record got;
		bool good = tape_record_get(&c, &got);

		if (good != row[i].good)
			printf("in row: %s\n", row[i].what);
		CHECK(good == row[i].good);
		CHECK(c.at == (good ? c.end : row[i].bytes.at));
	}
}

static void
a_header_has_its_bytes(void)
{
	struct tape_block b, want = {
		.type = TAPE_BLOCK_RECORDS, .method = TAPE_METHOD_PLAIN, .id = 0x01020304,
		.sequence = 7, .record_count = 2, .raw_bytes = 20, .stored_bytes = 20,
		.payload_crc = 0xc4d9d7d8, .first_ns = 1000, .last_ns = 1300,
	};
	char bytes[TAPE_HEADER_BYTES];

	CHECK(pack_crc32(0, slice_of(two_records, 20)) == want.payload_crc);
	tape_block_put(bytes, &want);
	CHECK(memcmp(bytes, header, sizeof header) == 0);
	CHECK(tape_block_get(bytes, &b));
	CHECK(b.type == want.type);
	CHECK(b.method == want.method);
	CHECK(b.id == want.id);
	CHECK(b.sequence == want.sequence);
	CHECK(b.record_count == want.record_count);
	CHECK(b.raw_bytes == want.raw_bytes);
	CHECK(b.stored_bytes == want.stored_bytes);
	CHECK(b.payload_crc == want.payload_crc);
	CHECK(b.first_ns == want.first_ns);
	CHECK(b.last_ns == want.last_ns);
	for (int bit = 0; bit < TAPE_HEADER_BYTES * 8; bit++) {
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
		CHECK(!tape_block_get(bytes, &b));
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
	}
}

/* The CRC is right in all of them: whoever wrote it meant it. */
static void
a_header_that_lies_is_refused(void)
{
	const struct tape_block good = {
		.type = TAPE_BLOCK_RECORDS, .method = TAPE_METHOD_DEFLATE, .record_count = 2,
		.raw_bytes = 20, .stored_bytes = 20, .first_ns = 5, .last_ns = 5,
	};
	struct { const char *what; struct tape_block b; bool good; } row[] = {
		{ "good", good, true }, { "no type", good, false }, { "type 3", good, false },
		{ "no method", good, false }, { "method 3", good, false },
		{ "plain and shorter", good, false }, { "no records", good, false },
		{ "more records than fit", good, false }, { "nothing", good, false },
		{ "nothing stored", good, false }, { "stored is longer", good, false },
		{ "time goes back", good, false }, { "time 2^63", good, false },
		{ "two records in a long block", good, false },
		{ "one record in a long block", good, true },
		{ "one byte too long", good, false }, { "index", good, true },
		{ "index with records", good, false },
	};

	row[1].b.type = TAPE_BLOCK_NONE;
	row[2].b.type = 3;
	row[3].b.method = TAPE_METHOD_NONE;
	row[4].b.method = 3;
	row[5].b.method = TAPE_METHOD_PLAIN;
	row[5].b.stored_bytes = 19;
	row[6].b.record_count = 0;
	row[7].b.record_count = 4; /* 6 bytes each are 24 */
	row[8].b.raw_bytes = row[8].b.stored_bytes = 0;
	row[9].b.stored_bytes = 0;
	row[10].b.stored_bytes = 21;
	row[11].b.first_ns = 6;
	row[12].b.first_ns = row[12].b.last_ns = INT64_MIN;
	row[13].b.raw_bytes = 65537;
	row[14].b.raw_bytes = 4194304;
	row[14].b.record_count = 1;
	row[15].b.raw_bytes = 4194305;
	row[15].b.record_count = 1;
	row[16].b.type = TAPE_BLOCK_INDEX;
	row[16].b.record_count = 0;
	row[17].b.type = TAPE_BLOCK_INDEX;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char bytes[TAPE_HEADER_BYTES];
		struct tape_block got;

		tape_block_put(bytes, &row[i].b);
		if (tape_block_get(bytes, &got) != row[i].good)
			printf("in row: %s\n", row[i].what);
		CHECK(tape_block_get(bytes, &got) == row[i].good);
	}
}

static void
the_trailer_has_its_bytes(void)
{
	static const char want[] = "\x88\x77\x66\x55\x44\x33\x22\x11" "\x2e\xf1\x34\x1d" "TWE1";
	char bytes[TAPE_TRAILER_BYTES];
	uint64_t offset = 0;

	tape_trailer_put(bytes, 0x1122334455667788u);
	CHECK(memcmp(bytes, want, sizeof bytes) == 0);
	CHECK(tape_trailer_get(bytes, &offset));
	CHECK(offset == 0x1122334455667788u);
	for (int bit = 0; bit < TAPE_TRAILER_BYTES * 8; bit++) {
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
		CHECK(!tape_trailer_get(bytes, &offset));
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
	}
}

/* The index stays bounded: after 4096 blocks every second entry goes. */
static void
an_index_thins_itself_out(void)
{
	static struct tape_index ix;
	static struct tape_totals totals;
	static char payload[TAPE_INDEX_BYTES_MAX];
	struct tape_block b = { .record_count = 3, .raw_bytes = 30, .stored_bytes = 10 };
	struct arena arena;
	struct slice s;
	uint64_t offset;
	uint32_t sequence;

	memory_arena(&arena, 1 << 20);
	CHECK(tape_index_init(&ix, &arena));
	for (int i = 0; i < 10000; i++) {
		b.first_ns = b.last_ns = 1000 + i;
		tape_index_block(&ix, (uint64_t)i * 62, &b);
		tape_index_record(&ix, TAPE_FRAME, 255);
	}
	/* 10000 blocks: stride 4, 2500 entries. */
	s = slice_of(payload, tape_index_put(&ix, payload));
	CHECK(s.count == 56 + 2500 * 16 + 16);
	CHECK(tape_index_get(s, &totals));
	CHECK(totals.block_count == 10000);
	CHECK(totals.record_count == 30000);
	CHECK(totals.raw_bytes == 300000);
	CHECK(totals.stored_bytes == 620000);
	CHECK(totals.first_ns == 1000);
	CHECK(totals.last_ns == 10999);
	CHECK(totals.records[TAPE_FRAME][255] == 10000);
	struct { int64_t ns; uint32_t want; } row[] = {
		{ 0, 0 }, { 1000, 0 }, { 1001, 0 }, { 1004, 0 }, { 1005, 4 },
		{ 6000, 4996 }, { 6001, 5000 }, { 10999, 9996 }, { INT64_MAX, 9996 },
	};
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(tape_index_find(s, row[i].ns, &offset, &sequence));
		CHECK(sequence == row[i].want);
		CHECK(offset == row[i].want * 62u);
	}
	for (size_t cut = 0; cut < s.count; cut += 7)
		CHECK(!tape_index_get(slice_of(payload, cut), NULL));
	/* Stride 0 would divide by zero, 2^32 - 1 entries are not there. */
	memset(payload + 4, 0, 4);
	CHECK(!tape_index_get(s, NULL));
	memset(payload + 4, 0xff, 8);
	CHECK(!tape_index_get(s, NULL));
	memory_free(&arena);
}

int
main(void)
{
	crc_is_that_of_zlib();
	records_have_their_bytes();
	a_record_that_lies_is_refused();
	a_header_has_its_bytes();
	a_header_that_lies_is_refused();
	the_trailer_has_its_bytes();
	an_index_thins_itself_out();
	return CHECK_END("tape format");
}
