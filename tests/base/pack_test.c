/* pack_test.c - what is packed comes back.
 *
 * Goal: what is packed comes back, in each format and at every level, and what is
 * broken is refused; all memory comes from the arena.
 * Method: round trips of empty, small, repetitive and random data; fixed streams
 * of RFC 1950 to 1952 written by hand; every cut and every flipped byte.
 */
#include "base/pack.h"
#include "check.h"
#include <stdalign.h>
#include <stdlib.h>

enum { DATA_MAX = 70000, PACKED_MAX = DATA_MAX + 4096 };

static alignas(64) char memory[24 << 20];
static char data[DATA_MAX], packed[PACKED_MAX], back[DATA_MAX + 1];

static void
fill(int kind, size_t count)
{
	uint32_t state = 1;

	for (size_t i = 0; i < count; i++) {
		state = state * 1664525 + 1013904223;
		data[i] = (char)(state >> 24);
		if (kind < 2)
			data[i] = kind == 0 ? 'a' : "{\"p\":\"61234.5\"}"[i % 15];
	}
}

static void
what_is_packed_comes_back(void)
{
	static const int level[] = { 0, 1, 6, 12 };
	static const size_t size[] = { 0, 1, 15, 1000, 65536, DATA_MAX };

	for (size_t v = 0; v < sizeof level / sizeof level[0]; v++) {
		struct pack_deflate *d;
		struct pack_inflate *i;
		struct arena a;

		arena_init(&a, memory, sizeof memory);
		d = pack_deflate_init(&a, "pack", level[v]);
		i = pack_inflate_init(&a, "pack");
		CHECK(d != NULL);
		CHECK(i != NULL);
		CHECK(a.part_count == 1);
		/* From here on nothing is taken: it would stop the program. */
		arena_seal(&a);
		for (size_t s = 0; s < sizeof size / sizeof size[0] * 3; s++) {
			struct slice raw = { data, size[s / 3] };

			fill((int)(s % 3), raw.count);
			for (int f = 0; f < PACK_FORMAT_COUNT; f++) {
				enum pack_format format = (enum pack_format)f;
				size_t most = pack_deflate_bytes_max(d, format, raw.count);
				size_t count, got = 0;

				CHECK(most <= PACKED_MAX);
				count = pack_deflate_as(d, format, raw, packed, most);
				CHECK(count > 0);
				CHECK(count <= most);
				CHECK(pack_inflate_as(i, format, slice_of(packed, count), back,
				                      sizeof back, &got));
				CHECK(got == raw.count);
				CHECK(memcmp(back, data, got) == 0);
				/* No room, on either side. */
				if (raw.count > 0)
					CHECK(!pack_inflate_as(i, format, slice_of(packed, count),
					                       back, raw.count - 1, &got));
				CHECK(pack_deflate_as(d, format, raw, packed, count / 2) == 0);
			}
		}
	}
}

static void
streams_of_others_are_read(void)
{
	/* "abc" as a stored block: final, type 0; length 3 and its complement.
	 * Adler-32 of "abc" is 0x024d0127, CRC-32 0x352441c2. */
	static const struct { enum pack_format format; struct slice stream; } row[] = {
		{ PACK_RAW, SLICE_INIT("\x01\x03\x00\xfc\xff" "abc") },
		{ PACK_ZLIB, SLICE_INIT("\x78\x01" "\x01\x03\x00\xfc\xff" "abc"
		                        "\x02\x4d\x01\x27") },
		{ PACK_GZIP, SLICE_INIT("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
		                        "\x01\x03\x00\xfc\xff" "abc"
		                        "\xc2\x41\x24\x35" "\x03\x00\x00\x00") },
	};
	struct pack_inflate *i;
	struct arena a;
	char changed[64], longer[64];
	size_t count;

	arena_init(&a, memory, sizeof memory);
	i = pack_inflate_init(&a, "pack");
	arena_seal(&a);
	for (size_t r = 0; r < sizeof row / sizeof row[0]; r++) {
		struct slice stream = row[r].stream;

		CHECK(pack_inflate_as(i, row[r].format, stream, back, 3, &count));
		CHECK(count == 3);
		CHECK(memcmp(back, "abc", 3) == 0);
		for (size_t cut = 0; cut < stream.count; cut++)
			CHECK(!pack_inflate_as(i, row[r].format, slice_of(stream.at, cut), back,
			                       sizeof back, &count));
		memcpy(longer, stream.at, stream.count);
		longer[stream.count] = 0;
		CHECK(!pack_inflate_as(i, row[r].format, slice_of(longer, stream.count + 1), back,
		                       sizeof back, &count));
		/* A checksum, or a length, that is not the data's. */
		for (size_t at = stream.count - 4; at < stream.count; at++) {
			if (row[r].format == PACK_RAW)
				break;
			memcpy(changed, stream.at, stream.count);
			changed[at] ^= 1;
			CHECK(!pack_inflate_as(i, row[r].format, slice_of(changed, stream.count),
			                       back, sizeof back, &count));
		}
	}
	CHECK(pack_inflate(i, row[0].stream, back, 3));
	CHECK(!pack_inflate(i, row[0].stream, back, 4));
	CHECK(!pack_inflate(i, row[0].stream, back, 2));
	CHECK(!pack_inflate(i, (struct slice){ NULL, 0 }, back, 0));
}

static void
garbage_is_refused_and_writes_nothing_beyond(void)
{
	struct pack_inflate *i;
	struct arena a;
	size_t count;

	arena_init(&a, memory, sizeof memory);
	i = pack_inflate_init(&a, "pack");
	for (unsigned seed = 0; seed < 3000; seed++) {
		uint32_t state = seed;
		char *tight = malloc(100);

		for (size_t n = 0; n < 64; n++) {
			state = state * 1664525 + 1013904223;
			packed[n] = (char)(state >> 24);
		}
		/* Whatever it says, the sanitizer guards the block of a hundred. */
		if (pack_inflate_as(i, (enum pack_format)(seed % 3), slice_of(packed, 64), tight,
		                    100, &count))
			CHECK(count <= 100);
		free(tight);
	}
	CHECK(a.missing_bytes == 0);
}

static void
crc_is_the_one_of_gzip_and_png(void)
{
	/* The check value every catalogue of CRCs gives. */
	CHECK(pack_crc32(0, SLICE("123456789")) == 0xcbf43926u);
	CHECK(pack_crc32(0, SLICE("")) == 0);
	CHECK(pack_crc32(pack_crc32(0, SLICE("1234")), SLICE("56789")) == 0xcbf43926u);
	/* Nothing changes nothing, wherever it is. */
	CHECK(pack_crc32(0x12345678, (struct slice){ NULL, 0 }) == 0x12345678);
	/* The last four bytes of every PNG: CRC of "IEND". */
	CHECK(pack_crc32(0, SLICE("IEND")) == 0xae426082u);
}

static void
an_arena_too_small_is_told_how_much_is_missing(void)
{
	struct arena a;

	arena_init(&a, memory, 4096);
	CHECK(pack_deflate_init(&a, "pack", 6) == NULL);
	CHECK(a.missing_bytes > 4096);
	CHECK(pack_inflate_init(&a, "pack") == NULL);
}

int
main(void)
{
	what_is_packed_comes_back();
	streams_of_others_are_read();
	garbage_is_refused_and_writes_nothing_beyond();
	crc_is_the_one_of_gzip_and_png();
	an_arena_too_small_is_told_how_much_is_missing();
	return CHECK_END("base/pack");
}
