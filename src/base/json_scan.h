/* json_scan.h - the smallest pieces of JSON text, shared inside of this room.
 *
 * Each function takes a position and the end of the bytes and returns the first
 * position that does not belong to what it reads, which may be `end`.  Sixteen
 * bytes at a time where there is SSE2 (every x86-64); the portable twins say the
 * same one byte at a time, and a test holds them against each other.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline bool
json_is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline bool
json_is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline const char *
json_scan_blanks(const char *at, const char *end)
{
	while (at < end && json_is_blank(*at))
		at++;
	return at;
}

static inline bool
json_is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* The first byte that ends a run of a string: a quote, a backslash, a control
 * character (which JSON forbids), or `end`. */
static inline const char *
json_scan_run_portable(const char *at, const char *end)
{
	while (at < end && json_is_plain(*at))
		at++;
	return at;
}

static inline const char *
json_scan_run(const char *at, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i back = _mm_set1_epi8('\\');
	const __m128i control = _mm_set1_epi8(0x1f);

	for (; end - at >= 16; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, quote),
		                           _mm_cmpeq_epi8(v, back));
		int mask;

		/* Unsigned v <= 0x1f, spelled with what SSE2 has. */
		hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
		mask = _mm_movemask_epi8(hit);
		if (mask != 0)
			return at + __builtin_ctz((unsigned)mask);
	}
#endif
	return json_scan_run_portable(at, end);
}

/* The first byte that is no digit, or `end`. */
static inline const char *
json_scan_digits_portable(const char *at, const char *end)
{
	while (at < end && (unsigned char)(*at - '0') < 10)
		at++;
	return at;
}

static inline const char *
json_scan_digits(const char *at, const char *end)
{
#ifdef __SSE2__
	for (; end - at >= 16; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
		int mask;

		/* Unsigned v - '0' <= 9. */
		v = _mm_sub_epi8(v, _mm_set1_epi8('0'));
		v = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v);
		mask = _mm_movemask_epi8(v) ^ 0xffff;
		if (mask != 0)
			return at + __builtin_ctz((unsigned)mask);
	}
#endif
	return json_scan_digits_portable(at, end);
}
#endif
