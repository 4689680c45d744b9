/* copy_test.c - memcpy and memmove of the C library that is linked.
 *
 * Goal: every byte comes over and none beside it is touched; the release for x86-64 has a
 *       memcpy of its own (vendor/config/musl_memcpy.c), so this is not only trust.
 * Method: every length around its thresholds, at every place in 16 bytes of both sides,
 *         between guards; memmove by every distance that overlaps, both ways.  Called
 *         through pointers, or the compiler would copy itself.
 */
#include "check.h"
#include <stdbool.h>
#include <stdlib.h>

enum { SHORT_MAX = 130, GUARD = 64, ROOM = 40000 };

static void *(*volatile copy)(void *restrict, const void *restrict, size_t) = memcpy;
static void *(*volatile move)(void *, const void *, size_t) = memmove;

static unsigned char source[ROOM], target[ROOM], want[ROOM];

/* No value comes again within 251 bytes. */
static void
fill(unsigned char *at, size_t count, unsigned first)
{
	for (size_t i = 0; i < count; i++)
		at[i] = (unsigned char)((first + i * 7) % 251);
}

static bool
copies(size_t count, size_t to, size_t from)
{
	const size_t all = GUARD + to + count + GUARD;

	fill(source, from + count, 1);
	memset(target, 255, all);
	if (copy(target + GUARD + to, source + from, count) != target + GUARD + to)
		return false;
	for (size_t i = 0; i < all; i++) {
		const bool inside = i >= GUARD + to && i < GUARD + to + count;

		if (target[i] != (inside ? source[from + i - GUARD - to] : 255))
			return false;
	}
	return true;
}

static void
every_length_comes_over(void)
{
	/* One of ours, of musl's, of a page, of a record of TLS. */
	static const size_t middle[] = { 255, 256, 511, 512, 513, 640, 1024, 1447, 4096, 16384 };
	const size_t step = getenv("TEST_EMULATED") != NULL ? 5 : 1;
	int wrong = 0;

	for (size_t to = 0; to < 16; to += step)
		for (size_t from = 0; from < 16; from += step) {
			for (size_t count = 0; count <= SHORT_MAX; count++)
				wrong += !copies(count, to, from);
			for (size_t i = 0; i < sizeof middle / sizeof middle[0]; i++)
				wrong += !copies(middle[i], to, from);
		}
	CHECK(wrong == 0);
}

static bool
moves(size_t count, size_t to, size_t from)
{
	const size_t all = GUARD + (to > from ? to : from) + count + GUARD;

	fill(target, all, 1);
	fill(want, all, 1);
	for (size_t i = 0; i < count; i++)
		want[GUARD + to + i] = (unsigned char)((1 + (GUARD + from + i) * 7) % 251);
	return move(target + GUARD + to, target + GUARD + from, count) == target + GUARD + to &&
	       memcmp(target, want, all) == 0;
}

static void
what_overlaps_is_moved_whole(void)
{
	static const size_t count[] = { 0, 1, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 100, 512, 513, 1000 };
	int wrong = 0;

	for (size_t i = 0; i < sizeof count / sizeof count[0]; i++)
		for (size_t distance = 0; distance <= 70; distance++) {
			wrong += !moves(count[i], 3, 3 + distance);
			wrong += !moves(count[i], 3 + distance, 3);
		}
	CHECK(wrong == 0);
}

int
main(void)
{
	every_length_comes_over();
	what_overlaps_is_moved_whole();
	return CHECK_END("base/copy");
}
