/* binance_scan.h - the smallest pieces of the fast reader: known bytes, runs of
 * digits, texts without escapes.
 *
 * Why    A loop over digits ends at another place in every message, and a branch that
 *        was guessed wrong costs as much as reading twenty bytes.  So 16 or 32 bytes
 *        are looked at together, a bit a byte, and the position of the first bit is
 *        computed, not guessed.
 * Input  A position and the end of the message; its last byte is a '}', which no
 *        number contains, so loops over digits look for no end.  Nothing behind the
 *        end is read: where there are too few bytes left for a wide look, numbers
 *        take the plain loop, and texts are refused.
 * Maths  Eight digits to a number in three multiplications: neighbours are joined to
 *        pairs, pairs to fours, fours to eight.
 */
#ifndef VENUE_BINANCE_SCAN_H
#define VENUE_BINANCE_SCAN_H
#include "base/slice.h"
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SCAN_INLINE static inline __attribute__((always_inline))

struct scan {
	const char *at;
	const char *end; /* end[-1] is '}' */
};

struct scan_decimal {
	uint64_t mantissa; /* at most 2^53 */
	int scale;         /* digits behind the point, at most 22 */
};

SCAN_INLINE uint64_t
scan_load8(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
	return word;
}

SCAN_INLINE uint32_t
scan_load4(const char *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof word);
	return word;
}

/* memcmp() == 0 for a count that the compiler knows: it calls the library for more
 * than a few bytes, and there are a dozen such pieces in a message. */
SCAN_INLINE bool
scan_same(const char *a, const char *b, size_t count)
{
	if (count >= 8)
		return scan_load8(a) == scan_load8(b) &&
		       (count <= 16 || scan_load8(a + 8) == scan_load8(b + 8)) &&
		       (count <= 8 || scan_load8(a + count - 8) == scan_load8(b + count - 8));
	if (count >= 4)
		return scan_load4(a) == scan_load4(b) &&
		       (count <= 4 || scan_load4(a + count - 4) == scan_load4(b + count - 4));
	for (size_t i = 0; i < count; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* Steps over `text`, of at most 24 bytes, or stays.  Macros, so that the length is
 * known.  SCAN_NEXT asks for no end: the piece before it said that there is room. */
#define SCAN_NEXT(s, text)                                                     \
	(scan_same((s)->at, (text), sizeof(text) - 1) &&                       \
	 ((s)->at += sizeof(text) - 1, true))
#define SCAN_TAKE(s, text)                                                     \
	((size_t)((s)->end - (s)->at) >= sizeof(text) - 1 && SCAN_NEXT(s, text))

/* --- a bit a byte ------------------------------------------------------------------ */

#ifndef __SSE2__
/* The top bits of eight bytes, as the lowest eight bits. */
SCAN_INLINE uint32_t
scan_gather(uint64_t tops)
{
	return (uint32_t)(((tops >> 7) * 0x0102040810204080u) >> 56);
}

/* The top bit of each byte that is zero; no carry leaves a byte. */
SCAN_INLINE uint64_t
scan_zero8(uint64_t t)
{
	const uint64_t lows = 0x7f7f7f7f7f7f7f7fu;

	return ~(((t & lows) + lows) | t | lows);
}

SCAN_INLINE uint32_t
scan_no_digit8(uint64_t word)
{
	const uint64_t tops = 0x8080808080808080u;
	uint64_t t = word ^ 0x3030303030303030u;

	return scan_gather((((t & ~tops) + 0x7676767676767676u) | t) & tops);
}

SCAN_INLINE uint32_t
scan_point8(uint64_t word)
{
	return scan_gather(scan_zero8(word ^ 0x2e2e2e2e2e2e2e2eu));
}

SCAN_INLINE uint32_t
scan_special8(uint64_t word)
{
	return scan_gather(scan_zero8(word ^ 0x2222222222222222u) |
	                   scan_zero8(word ^ 0x5c5c5c5c5c5c5c5cu) |
	                   scan_zero8(word & 0xe0e0e0e0e0e0e0e0u));
}
#endif

/* Which of 16 bytes are no digits. */
SCAN_INLINE uint32_t
scan_no_digit16(const char *at)
{
#ifdef __SSE2__
	const __m128i nine = _mm_set1_epi8(9);
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);

	v = _mm_sub_epi8(v, _mm_set1_epi8('0'));
	v = _mm_cmpeq_epi8(_mm_min_epu8(v, nine), v);
	return (uint32_t)_mm_movemask_epi8(v) ^ 0xffffu;
#else
	return scan_no_digit8(scan_load8(at)) | scan_no_digit8(scan_load8(at + 8)) << 8;
#endif
}

/* Which of 16 bytes are a decimal point. */
SCAN_INLINE uint32_t
scan_point16(const char *at)
{
#ifdef __SSE2__
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('.')));
#else
	return scan_point8(scan_load8(at)) | scan_point8(scan_load8(at + 8)) << 8;
#endif
}

/* Which of 16 bytes end a plain text: a quote, a backslash, a control character. */
SCAN_INLINE uint32_t
scan_special16(const char *at)
{
#ifdef __SSE2__
	const __m128i control = _mm_set1_epi8(0x1f);
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
	__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
	                           _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));

	hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
	return (uint32_t)_mm_movemask_epi8(hit);
#else
	return scan_special8(scan_load8(at)) | scan_special8(scan_load8(at + 8)) << 8;
#endif
}

/* Where the first of 16 bits is, 16 if there is none; but if it is where it was
 * expected the answer is the expectation itself.  The processor then goes on with
 * what it knows, without waiting for the bytes: a chain of ten such positions is
 * what a message costs. */
SCAN_INLINE unsigned
scan_first(uint32_t bits, unsigned expected)
{
	if (expected < 16 && (bits & ((2u << expected) - 1)) == 1u << expected)
		return expected;
	return (unsigned)__builtin_ctz(bits | 0x10000u);
}

/* --- numbers ----------------------------------------------------------------------- */

SCAN_INLINE unsigned
scan_digit(char c)
{
	return (unsigned char)(c - '0');
}

/* The number of the first `count` <= 8 digits in eight bytes. */
SCAN_INLINE uint64_t
scan_eight(uint64_t v, unsigned count)
{
	/* The last digit goes to the top, what is behind it falls out.  In two
	 * steps: a shift by 64 has no meaning in C. */
	v = v << 4 * (8 - count) << 4 * (8 - count);
	v = (v & 0x0f0f0f0f0f0f0f0fu) * (1 + (10 << 8)) >> 8;
	v = (v & 0x00ff00ff00ff00ffu) * (1 + (100u << 16)) >> 16;
	return (v & 0x0000ffff0000ffffu) * (1 + ((uint64_t)10000 << 32)) >> 32;
}

/* The pieces below leave at least `room` bytes before the end, for the text that
 * must follow; where there are less they are false. */

/* A whole number as JSON writes it, of at most 16 digits: how many they are, and 0
 * for none.  Steps over it. */
SCAN_INLINE unsigned
scan_skip_whole(struct scan *s, unsigned expected, int room)
{
	const char *at = s->at;
	unsigned count;

	if (s->end - at < 17 || s->end - at < 16 + room)
		return 0;
	count = scan_first(scan_no_digit16(at), expected);
	s->at = at + count;
	if (count == 16 && scan_digit(at[16]) < 10)
		return 0;
	return *at == '0' && count != 1 ? 0 : count;
}

SCAN_INLINE bool
scan_whole(struct scan *s, uint64_t *out, unsigned expected, int room)
{
	const char *at = s->at;
	unsigned count = scan_skip_whole(s, expected, room), high;

	if (count == 0)
		return false;
	if (count == expected) {
		/* A constant for the compiler: no shifts to compute. */
		high = expected > 8 ? expected - 8 : 0;
		*out = scan_eight(scan_load8(at), high) * 100000000u +
		       scan_eight(scan_load8(at + high), expected - high);
		return true;
	}
	high = count > 8 ? count - 8 : 0;
	*out = scan_eight(scan_load8(at), high) * 100000000u +
	       scan_eight(scan_load8(at + high), count - high);
	return true;
}

/* Digits one by one: near the end of the message, and for long numbers. */
static inline bool
scan_decimal_slow(struct scan *s, struct scan_decimal *d, int room)
{
	const char *start = s->at, *at = start, *point;
	uint64_t mantissa = 0;
	unsigned c;

	while ((c = scan_digit(*at)) < 10) {
		mantissa = mantissa * 10 + c;
		at++;
	}
	if (at == start)
		return false;
	d->scale = 0;
	if (*at == '.') {
		point = ++at;
		while ((c = scan_digit(*at)) < 10) {
			mantissa = mantissa * 10 + c;
			at++;
		}
		if (at == point || at - point > 22)
			return false;
		d->scale = (int)(at - point);
	}
	s->at = at;
	d->mantissa = mantissa;
	/* 19 digits cannot wrap; what is longer might have. */
	return at - start <= 19 && mantissa <= (uint64_t)1 << 53 && s->end - at >= room;
}

/* Digits, with or without a point in them.  False too where they are too many for
 * an exact double. */
SCAN_INLINE bool
scan_decimal(struct scan *s, struct scan_decimal *d, int room)
{
	static const uint32_t power[] = {
		1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000
	};
	const char *at = s->at;
	uint32_t point, stops;
	uint64_t v, behind;
	unsigned count, whole, part;

	if (s->end - at < 24 || s->end - at < 16 + room)
		return scan_decimal_slow(s, d, room);
	point = scan_point16(at);
	stops = scan_no_digit16(at);
	count = (unsigned)__builtin_ctz((stops ^ point) | 0x10000u);
	whole = (unsigned)__builtin_ctz(stops | 0x10000u);
	part = count - whole; /* with the point */
	d->scale = (int)part - (part > 0);
	if (count == 16 || whole == 0 || whole > 8 || d->scale > 8)
		return scan_decimal_slow(s, d, room);
	s->at = at + count;
	/* A second point, or one without digits behind it. */
	if (part == 1 || (stops & ((1u << count) - 1) & ~(1u << whole)) != 0)
		return false;
	v = scan_load8(at);
	if (count <= 8) {
		/* Closes the gap of the point. */
		behind = ~(uint64_t)0 << 4 * whole << 4 * whole;
		d->mantissa = scan_eight((v & ~behind) | (v >> 8 & behind),
		                         count - (part > 0));
		return true;
	}
	d->mantissa = scan_eight(v, whole) * power[d->scale] +
	              scan_eight(scan_load8(at + whole + 1), (unsigned)d->scale);
	return d->mantissa <= (uint64_t)1 << 53;
}

/* Up to 15 characters of a decimal that nobody reads. */
SCAN_INLINE bool
scan_skip_decimal(struct scan *s, unsigned expected, int room)
{
	unsigned count;

	if (s->end - s->at < 16 + room)
		return false;
	count = scan_first(scan_no_digit16(s->at) ^ scan_point16(s->at), expected);
	s->at += count;
	return count < 16;
}

/* --- texts ------------------------------------------------------------------------- */

/* The characters up to the closing quote, which is not taken.  False with escapes
 * and for more than 31 bytes. */
SCAN_INLINE bool
scan_text(struct scan *s, struct slice *out, unsigned expected, int room)
{
	uint32_t stops;
	unsigned count;

	if (s->end - s->at < 32 + room)
		return false;
	stops = scan_special16(s->at);
	count = scan_first(stops, expected);
	if (count == 16) {
		stops = scan_special16(s->at + 16);
		if (stops == 0)
			return false;
		count = 16 + (unsigned)__builtin_ctz(stops);
	}
	*out = slice_of(s->at, count);
	s->at += count;
	return *s->at == '"';
}
#endif
