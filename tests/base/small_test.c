/* small_test.c - slices, arena, errors and ASSERT keep their word.
 *
 * Goal: the little pieces keep their word: slices, arena, errors, and ASSERT.
 * Method: tables by hand; the arena is asked for more than it has; a broken ASSERT
 * is tried in a child process, since it must not come back.
 */
#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/slice.h"
#include "check.h"
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void
slices_are_cut_at_the_first_mark(void)
{
	static const struct { const char *text, *head, *rest; } row[] = {
		{ "a,b,c", "a", "b,c" },
		{ ",b", "", "b" },
		{ "a,", "a", "" },
		{ "abc", "abc", "" },
		{ "", "", "" },
	};
	struct slice s, head;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		s = slice_str(row[i].text);
		head = slice_cut(&s, ',');
		CHECK(slice_equal(head, slice_str(row[i].head)));
		CHECK(slice_equal(s, slice_str(row[i].rest)));
	}
	s = (struct slice){ NULL, 0 };
	head = slice_cut(&s, ',');
	CHECK(head.count == 0);
	CHECK(s.count == 0);
	/* A mark behind the end is not seen. */
	s = slice_of("ab,c", 2);
	head = slice_cut(&s, ',');
	CHECK(slice_equal(head, SLICE("ab")));
}

static void
words_are_the_same_whatever_their_case(void)
{
	static const struct { const char *a, *b; bool same; } row[] = {
		{ "", "", true }, { "Upgrade", "uPGRADE", true }, { "a-Z_9", "A-z_9", true },
		{ "upgrade", "upgrad", false }, { "upgrad", "upgrade", false }, { "a", "b", false },
		{ "@", "`", false }, { "[", "{", false }, { "\xc4", "\xe4", false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK(slice_same_word(slice_str(row[i].a), slice_str(row[i].b)) == row[i].same);
	CHECK(slice_same_word((struct slice){ NULL, 0 }, SLICE("")));
}

static void
blanks_at_both_ends_are_trimmed(void)
{
	static const struct { const char *text, *want; } row[] = {
		{ "", "" }, { " \t ", "" }, { "a", "a" }, { "\t a b\t", "a b" }, { "a\r", "a\r" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK(slice_equal(slice_trim(slice_str(row[i].text)), slice_str(row[i].want)));
	CHECK(slice_trim((struct slice){ NULL, 0 }).count == 0);
}

static void
slices_are_compared_by_their_bytes(void)
{
	const struct slice none = { NULL, 0 };

	CHECK(slice_equal(none, SLICE("")));
	CHECK(!slice_equal(SLICE("ab"), SLICE("abc")));
	CHECK(!slice_equal(SLICE("abd"), SLICE("abc")));
	CHECK(slice_equal(slice_of("a\0b", 3), slice_of("a\0b", 3)));
	CHECK(!slice_equal(slice_of("a\0b", 3), slice_of("a\0c", 3)));
	CHECK(slice_is(SLICE("ping"), "ping"));
	CHECK(!slice_is(SLICE("pin"), "ping"));
	CHECK(!slice_is(none, "ping"));
	CHECK(slice_starts(SLICE("btcusdt@trade"), SLICE("btcusdt")));
	CHECK(!slice_starts(SLICE("btc"), SLICE("btcusdt")));
	CHECK(slice_starts(SLICE("btc"), SLICE("")));
	CHECK(slice_ends(SLICE("btcusdt@trade"), SLICE("@trade")));
	CHECK(!slice_ends(SLICE("trade"), SLICE("@trade")));
}

static void
copies_are_terminated_and_tell_when_they_are_cut(void)
{
	static const struct {
		const char *text;
		size_t size;
		bool whole;
		const char *want;
	} row[] = {
		{ "", 1, true, "" },
		{ "abc", 4, true, "abc" },
		{ "abc", 3, false, "ab" },
		{ "abc", 1, false, "" },
	};
	char to[8];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		memset(to, '#', sizeof to);
		CHECK(slice_copy(slice_str(row[i].text), to, row[i].size) == row[i].whole);
		CHECK_TEXT(to, row[i].want);
		CHECK(to[row[i].size] == '#');
	}
	CHECK(slice_copy((struct slice){ NULL, 0 }, to, 1));
}

static void
the_arena_gives_aligned_parts_until_it_is_empty(void)
{
	static char block[1024 + 64];
	struct arena a;
	char *first, *second;

	/* Begun at an odd address: parts are aligned all the same. */
	arena_init(&a, block + 1, sizeof block - 1);
	first = arena_take(&a, "rows", 3, 10);
	second = arena_take(&a, "text", 1, 65);
	CHECK(first != NULL);
	CHECK((uintptr_t)first % 64 == 0);
	CHECK(second == first + 64); /* 30 bytes take 64 */
	CHECK(a.used_bytes == 64 + 128);
	CHECK(first > block);

	/* The plan adds up equal names. */
	CHECK(arena_take(&a, "rows", 1, 1) == first + 192);
	CHECK(a.part_count == 2);
	CHECK_TEXT(a.part[0].name, "rows");
	CHECK(a.part[0].bytes == 128);
	CHECK(a.part[1].bytes == 128);

	/* Too much is refused, remembered and in the plan. */
	CHECK(a.missing_bytes == 0);
	CHECK(arena_take(&a, "huge", 10, 1000) == NULL);
	CHECK(a.missing_bytes == 10048); /* 10000 rounded up to lines of 64 */
	CHECK(arena_take(&a, "huge", 1, 1024) == NULL);
	CHECK(a.missing_bytes == 11072);
	CHECK(a.part[2].bytes == 11072);
	CHECK(a.used_bytes == 256);
	/* A product that wraps around is no small wish. */
	CHECK(arena_take(&a, "absurd", SIZE_MAX / 2, 4) == NULL);
	CHECK(arena_take(&a, "absurd", SIZE_MAX, SIZE_MAX) == NULL);
	CHECK(a.missing_bytes == SIZE_MAX / 2);
	/* What still fits is given, to the last line. */
	CHECK(arena_take(&a, "rest", a.bytes / 64 - 4, 64) != NULL);
	CHECK(a.used_bytes == a.bytes / 64 * 64);
	CHECK(arena_take(&a, "rest", 1, 1) == NULL);
	CHECK(arena_take(&a, "rest", 0, 1) != NULL);

	/* A block that is smaller than its own misalignment is empty. */
	arena_init(&a, block + 1, 5);
	CHECK(a.bytes == 0);
	CHECK(arena_take(&a, "x", 1, 1) == NULL);
}

static void
errors_have_texts_and_exit_codes(void)
{
	/* From the command line contract. */
	static const struct { enum err err; int code; } row[] = {
		{ ERR_NONE, 0 }, { ERR_FAILED, 1 }, { ERR_USAGE, 64 }, { ERR_UNAVAILABLE, 69 },
		{ ERR_INTERNAL, 70 }, { ERR_CREATE, 73 }, { ERR_IO, 74 }, { ERR_AGAIN, 75 },
		{ ERR_PERMISSION, 77 }, { ERR_CONFIG, 78 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK(err_exit(row[i].err) == row[i].code);
	for (int e = 0; e < ERR_COUNT; e++) {
		CHECK(err_text((enum err)e) != NULL);
		CHECK(err_text((enum err)e)[0] != '\0');
		CHECK((err_exit((enum err)e) == 0) == (e == ERR_NONE));
	}
	CHECK_TEXT(err_text(ERR_TORN), "ends in the middle");
}

static void
take_when_sealed(void)
{
	static char block[256];
	struct arena a;

	arena_init(&a, block, sizeof block);
	arena_seal(&a);
	arena_take(&a, "late", 1, 1);
}

static void
no_text_for_no_error(void)
{
	err_text(ERR_COUNT);
}

static void
a_broken_promise_stops_the_program(void)
{
	void (*const broken[])(void) = { take_when_sealed, no_text_for_no_error };

	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		int status = 0;
		pid_t child;

		fflush(stdout);
		child = fork();
		if (child == 0) {
			fclose(stderr);
			signal(SIGABRT, SIG_DFL);
			broken[i]();
			_exit(0);
		}
		CHECK(child > 0);
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(WIFSIGNALED(status));
		CHECK(WTERMSIG(status) == SIGABRT);
	}
}

int
main(void)
{
	slices_are_cut_at_the_first_mark();
	words_are_the_same_whatever_their_case();
	blanks_at_both_ends_are_trimmed();
	slices_are_compared_by_their_bytes();
	copies_are_terminated_and_tell_when_they_are_cut();
	the_arena_gives_aligned_parts_until_it_is_empty();
	errors_have_texts_and_exit_codes();
	a_broken_promise_stops_the_program();
	return CHECK_END("base/small");
}
