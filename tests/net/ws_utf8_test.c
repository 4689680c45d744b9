/* Goal: exactly UTF-8 passes (RFC 3629), whole and in parts, at every distance from the
 * ASCII that is skipped by words; and what cannot go on is refused at that very byte.
 * Method: another reader, which computes the character and compares it with the shortest
 * form, judges every sequence of up to three bytes and those of four around the borders. */
#include "check.h"
#include "net/ws_utf8.h"
#include <stdlib.h>

/* How many bytes of the character at `at`: 0 it is none, -1 it is none yet. */
static int
character(const unsigned char *at, size_t count)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t bytes = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : at[0] >> 3 == 30 ? 4 : 0;
	uint32_t value = bytes == 1 ? at[0] : at[0] & (0x7fu >> bytes);

	if (bytes == 0)
		return 0;
	for (size_t i = 1; i < bytes; i++) {
		if (i == count)
			return -1;
		if (at[i] >> 6 != 2)
			return 0;
		value = value << 6 | (at[i] & 63u);
	}
	return value < least[bytes] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)
	       ? 0 : (int)bytes;
}

static bool
is_text(const unsigned char *at, size_t count)
{
	for (size_t i = 0; i < count;) {
		int bytes = character(at + i, count - i);

		if (bytes <= 0)
			return false;
		i += (size_t)bytes;
	}
	return true;
}

static uint64_t wrong_count, tried_count;

static void
try(const unsigned char *at, size_t count)
{
	struct ws_utf8 u = { 0 };
	const struct slice s = { (const char *)at, count };
	const bool want = is_text(at, count);
	bool fine = true;

	for (size_t i = 0; i < count && fine; i++)
		fine = ws_utf8_step(&u, slice_of(s.at + i, 1));
	wrong_count += ws_utf8_is(s) != want;
	wrong_count += (fine && u.left == 0) != want;
	tried_count++;
}

static void
every_sequence_of_three_bytes(void)
{
	const bool is_emulated = getenv("TEST_EMULATED") != NULL;
	unsigned char b[3];

	for (unsigned n = 0; n < 256; n++) {
		b[0] = (unsigned char)n;
		try(b, 1);
	}
	for (unsigned n = 0; n < 65536; n++) {
		b[0] = (unsigned char)(n >> 8);
		b[1] = (unsigned char)n;
		try(b, 2);
	}
	for (unsigned n = 0; n < 1 << 24; n += is_emulated ? 13 : 1) {
		b[0] = (unsigned char)(n >> 16);
		b[1] = (unsigned char)(n >> 8);
		b[2] = (unsigned char)n;
		/* Two of ASCII are nothing new. */
		if (b[0] >= 0x80 || b[1] >= 0x80)
			try(b, 3);
	}
	CHECK(wrong_count == 0);
	CHECK(tried_count > 1000000);
}

static void
four_bytes_around_every_border(void)
{
	static const unsigned char edge[] = { 0x00, 0x41, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0,
		0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xfe, 0xff };
	const size_t count = sizeof edge;

	wrong_count = 0;
	for (size_t n = 0; n < count * count * count * count; n++) {
		const unsigned char b[] = { edge[n / count / count / count], edge[n / count / count % count],
		                            edge[n / count % count], edge[n % count] };

		try(b, 4);
	}
	CHECK(wrong_count == 0);
}

/* In text of every length up to 80, at every place. */
static void
anywhere_in_ascii(void)
{
	static const char *const piece[] = { "\xce\xba", "\xe5\xb8\x81", "\xf0\x9f\x92\xb0", "\xff", "\xc0\xaf",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe5\xb8", "\x80", "\xf0\x9f\x92" };

	wrong_count = 0;
	for (size_t count = 1; count <= 80; count++)
		for (size_t p = 0; p < sizeof piece / sizeof piece[0]; p++)
			for (size_t at = 0; at + strlen(piece[p]) <= count; at++) {
				/* Its own memory, so that a look behind the end is seen. */
				unsigned char *text = malloc(count);

				memset(text, 'a', count);
				memcpy(text + at, piece[p], strlen(piece[p]));
				try(text, count);
				for (size_t cut = 0; cut <= count; cut += 1 + cut % 3) {
					struct ws_utf8 u = { 0 };
					bool fine = ws_utf8_step(&u, slice_of((char *)text, cut)) &&
					            ws_utf8_step(&u, slice_of((char *)text + cut, count - cut));

					wrong_count += (fine && u.left == 0) != is_text(text, count);
				}
				free(text);
			}
	CHECK(wrong_count == 0);
}

static void
what_cannot_go_on_is_refused_at_that_byte(void)
{
	static const struct { const char *bytes; size_t fine; } row[] = {
		{ "\xff", 0 }, { "\x80", 0 }, { "\xc1", 0 }, { "\xf5", 0 }, { "a\xce" "a", 2 },
		{ "\xe0\x80", 1 }, { "\xed\xa0", 1 }, { "\xf0\x80", 1 }, { "\xf4\x90", 1 },
		{ "\xe5\xb8" "a", 2 }, { "\xf0\x9f\x92\xce", 3 }, { "abcdefgh\xff", 8 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct ws_utf8 u = { 0 };

		CHECK(ws_utf8_step(&u, slice_of(row[i].bytes, row[i].fine)));
		CHECK(!ws_utf8_step(&u, slice_of(row[i].bytes + row[i].fine, 1)));
	}
	CHECK(ws_utf8_is(slice_of("", 0)));
}

int
main(void)
{
	every_sequence_of_three_bytes();
	four_bytes_around_every_border();
	anywhere_in_ascii();
	what_cannot_go_on_is_refused_at_that_byte();
	return CHECK_END("ws_utf8");
}
