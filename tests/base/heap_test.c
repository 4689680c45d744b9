/* heap_test.c - the heap that libraries are given.
 *
 * Goal: blocks are aligned, apart from everything else and come back; zeroed ones are
 *       zero; first fit, so that what was given back is used before what is untouched;
 *       a resize keeps the bytes; full is NULL, counted; after all is given back there is
 *       one block again; a block given twice, or never taken, stops the program.
 * Method: plays written as tables of steps with the place each block must have by first
 *         fit; a model (a list of what is held, each filled with its own byte) beside steps
 *         by chance from a fixed seed; what must stop us in a child process.
 */
#include "base/heap.h"
#include "check.h"
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEAP_BYTES = 8192, HELD_MAX = 64, HEAD = 16 };

static char memory[HEAP_BYTES] __attribute__((aligned(64)));
static uint64_t seed = 88172645463325252u;

static uint64_t
chance(void)
{
	seed ^= seed << 13; /* xorshift64, Marsaglia 2003 */
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static bool
holds(const void *block, size_t count, unsigned char fill)
{
	const unsigned char *at = block;

	for (size_t i = 0; i < count; i++)
		if (at[i] != fill)
			return false;
	return true;
}

static void
begin(struct heap *h, size_t bytes)
{
	memset(memory, 0, sizeof memory);
	heap_init(h, memory, bytes);
}

/* --- first fit, step by step ----------------------------------------------------------- */

enum step { END, TAKE, ZEROED, RESIZE, GIVE };

static void
every_block_is_where_first_fit_puts_it(void)
{
	/* A heap of 256 bytes.  A block takes a head of 16 and its size rounded up to 16;
	 * `place` is that of its bytes, -1: refused.  `used`: all heads and blocks. */
	static const struct {
		const char *play;
		struct { enum step step; int index; size_t size; int place; size_t used; } row[10];
	} play[] = {
		{ "one after the other, until it is full", {
			{ TAKE, 0, 1, 16, 32 }, { TAKE, 1, 16, 48, 64 }, { TAKE, 2, 17, 80, 112 },
			{ ZEROED, 3, 128, 128, 256 }, { TAKE, 4, 1, -1, 256 } } },
		{ "all of it at once, and not one byte more", {
			{ TAKE, 0, 241, -1, 0 }, { TAKE, 0, 240, 16, 256 }, { GIVE, 0, 0, 0, 0 },
			{ ZEROED, 0, 240, 16, 256 } } },
		{ "a rest of a head and 16 bytes is a block", {
			{ TAKE, 0, 208, 16, 224 }, { TAKE, 1, 16, 240, 256 }, { GIVE, 0, 0, 0, 32 } } },
		{ "a rest of a head alone is none", {
			{ TAKE, 0, 224, 16, 256 }, { TAKE, 1, 0, -1, 256 } } },
		{ "no bytes are a place of their own", {
			{ TAKE, 0, 0, 16, 16 }, { ZEROED, 1, 0, 32, 32 }, { TAKE, 2, 16, 48, 64 } } },
		{ "the lowest hole that is large enough", {
			{ TAKE, 0, 16, 16, 32 }, { TAKE, 1, 16, 48, 64 }, { TAKE, 2, 48, 80, 128 },
			{ TAKE, 3, 16, 144, 160 }, { GIVE, 0, 0, 0, 128 }, { GIVE, 2, 0, 0, 64 },
			{ TAKE, 4, 32, 80, 128 /* 16 bytes are no block: they stay with it */ },
			{ TAKE, 5, 16, 16, 160 }, { TAKE, 6, 16, 176, 192 } } },
		{ "neighbours become one, whichever goes last", {
			{ TAKE, 0, 16, 16, 32 }, { TAKE, 1, 16, 48, 64 }, { TAKE, 2, 16, 80, 96 },
			{ TAKE, 3, 16, 112, 128 }, { GIVE, 0, 0, 0, 96 }, { GIVE, 2, 0, 0, 64 },
			{ GIVE, 1, 0, 0, 32 }, { TAKE, 4, 80, 16, 128 } } },
		{ "the first free place is found again after a resize over it", {
			{ TAKE, 0, 16, 16, 32 }, { TAKE, 1, 16, 48, 64 }, { TAKE, 2, 16, 80, 96 },
			{ GIVE, 1, 0, 0, 64 }, { RESIZE, 0, 48, 16, 96 }, { TAKE, 1, 16, 112, 128 } } },
		{ "a resize stays where it has room", {
			{ RESIZE, 0, 10, 16, 32 }, { RESIZE, 0, 16, 16, 32 }, { RESIZE, 0, 17, 16, 48 },
			{ RESIZE, 0, 1, 16, 48 /* never smaller */ }, { TAKE, 1, 16, 64, 80 },
			{ RESIZE, 0, 33, 96, 96 /* it went */ }, { TAKE, 2, 32, 16, 144 } } },
		{ "a resize that finds no room leaves the old block", {
			{ TAKE, 0, 100, 16, 128 }, { TAKE, 1, 16, 144, 160 }, { RESIZE, 0, 113, -1, 160 },
			{ RESIZE, 0, 112, 16, 160 },
			/* The last 16 would be a head and no block. */
			{ RESIZE, 1, 96, 144, 256 }, { RESIZE, 1, 112, 144, 256 }, { RESIZE, 1, 113, -1, 256 } } },
	};

	for (size_t p = 0; p < sizeof play / sizeof play[0]; p++) {
		char *held[8] = { NULL };
		uint64_t refused = 0;
		size_t most = 0;
		struct heap h;

		begin(&h, 256);
		for (int i = 0; i < 10 && play[p].row[i].step != END; i++) {
			const size_t size = play[p].row[i].size;
			char **at = &held[play[p].row[i].index], *had = *at;

			switch (play[p].row[i].step) {
			case TAKE:
				*at = heap_take(&h, size);
				break;
			case ZEROED:
				*at = heap_take_zeroed(&h, 1, size);
				break;
			case RESIZE:
				*at = heap_resize(&h, *at, size);
				break;
			case GIVE:
			case END:
				heap_give(&h, *at);
				*at = NULL;
				break;
			}
			if (play[p].row[i].step == GIVE) {
				CHECK(*at == NULL);
			} else if (play[p].row[i].place < 0) {
				CHECK(*at == NULL);
				refused++;
				*at = had;
			} else {
				CHECK(*at == memory + play[p].row[i].place);
			}
			if (play[p].row[i].used > most)
				most = play[p].row[i].used;
			if (h.used_bytes != play[p].row[i].used)
				printf("%s, step %d: %zu bytes in use\n", play[p].play, i, h.used_bytes);
			CHECK(h.used_bytes == play[p].row[i].used);
			CHECK(h.refused_count == refused);
		}
		CHECK(h.used_max_bytes >= most);
	}
}

/* --- by chance, beside a model --------------------------------------------------------- */

static struct { unsigned char *at; size_t count; unsigned char fill; } held[HELD_MAX];

static void
fill(struct heap *h, int index, int turn)
{
	CHECK((uintptr_t)held[index].at % 16 == 0);
	CHECK(held[index].at >= (unsigned char *)memory + HEAD);
	CHECK(held[index].at + held[index].count <= (unsigned char *)memory + HEAP_BYTES);
	CHECK(held[index].at + held[index].count <= (unsigned char *)memory + h->reached);
	held[index].fill = (unsigned char)(turn % 255 + 1);
	memset(held[index].at, held[index].fill, held[index].count);
}

static void
change(struct heap *h, int index, int turn)
{
	const size_t count = chance() % 7 == 0 ? chance() % 2000 : chance() % 200;
	size_t same = count < held[index].count ? count : held[index].count;
	unsigned char *at;

	if (held[index].at != NULL && turn % 3 != 0) {
		CHECK(holds(held[index].at, held[index].count, held[index].fill));
		heap_give(h, held[index].at);
		held[index].at = NULL;
		held[index].count = 0;
		return;
	}
	if (held[index].at != NULL) {
		at = heap_resize(h, held[index].at, count);
		if (at == NULL) {
			CHECK(holds(held[index].at, held[index].count, held[index].fill));
			return;
		}
		CHECK(holds(at, same, held[index].fill));
	} else if (turn % 2 == 0) {
		at = heap_take(h, count);
	} else {
		at = heap_take_zeroed(h, 1, count);
		CHECK(at == NULL || holds(at, count, 0));
	}
	held[index].at = at;
	held[index].count = at != NULL ? count : 0;
	if (at != NULL)
		fill(h, index, turn);
}

static void
blocks_are_apart_and_come_back(void)
{
	uint64_t refused;
	struct heap h;

	begin(&h, sizeof memory);
	for (int turn = 0; turn < 30000; turn++) {
		size_t least = 0;

		change(&h, (int)(chance() % HELD_MAX), turn);
		for (int i = 0; i < HELD_MAX; i++)
			least += held[i].at != NULL ? HEAD + held[i].count : 0;
		/* At least: rounded up, and what a resize left stays with its block. */
		CHECK(h.used_bytes >= least);
		CHECK(h.used_bytes <= sizeof memory);
		CHECK(h.used_bytes <= h.used_max_bytes);
	}
	refused = h.refused_count;
	CHECK(refused > 0); /* it was full now and then */
	for (int i = 0; i < HELD_MAX; i++) {
		if (held[i].at == NULL)
			continue;
		CHECK(holds(held[i].at, held[i].count, held[i].fill));
		heap_give(&h, held[i].at);
	}
	CHECK(h.used_bytes == 0);
	/* One block again: all of it can be had at once. */
	CHECK(heap_take_zeroed(&h, 1, HEAP_BYTES - HEAD) != NULL);
	CHECK(h.used_bytes == HEAP_BYTES);
	CHECK(h.used_max_bytes == HEAP_BYTES);
	CHECK(h.refused_count == refused);
	CHECK(heap_take(&h, 1) == NULL);
	CHECK(h.refused_count == refused + 1);
}

/* --- pages and zeros ------------------------------------------------------------------- */

static void
freed_memory_is_used_before_untouched(void)
{
	void *first, *second;
	size_t reached;
	struct heap h;

	begin(&h, sizeof memory);
	first = heap_take_zeroed(&h, 10, 50);
	second = heap_take(&h, 100);
	reached = h.reached;
	/* Heads, 512 and 112 bytes, and the head of what is free. */
	CHECK(reached == 2 * HEAD + 512 + 112 + HEAD);
	CHECK(holds(memory + reached, HEAP_BYTES - reached, 0));
	for (int i = 0; i < 100; i++) {
		heap_give(&h, first);
		CHECK(heap_take_zeroed(&h, 5, 100) == first);
		heap_give(&h, second);
		CHECK(heap_take(&h, 90) == second);
	}
	CHECK(h.reached == reached);
}

/* Large buffers of which little is used cost little: asked of the memory itself, in which
 * the test has put what nobody would otherwise see. */
static void
zeros_are_written_only_where_somebody_was(void)
{
	char *block;
	struct heap h;

	begin(&h, sizeof memory);
	heap_give(&h, heap_take(&h, 1000));
	memset(memory + HEAD, 'x', 1000);
	memory[4000] = 'x'; /* untouched, says the heap */
	block = heap_take_zeroed(&h, 1, 6000);
	CHECK(block == memory + HEAD);
	CHECK(holds(block, 1000, 0));
	CHECK(memory[4000] == 'x');
	memory[4000] = 0;
	CHECK(holds(block, 6000, 0));
}

static void
a_wipe_leaves_zeros_and_begins_anew(void)
{
	struct heap h;

	begin(&h, sizeof memory);
	for (int i = 0; i < 10; i++) {
		char *at = heap_take(&h, 300);

		memset(at, 'x', 300);
		if (i % 3 == 0)
			heap_give(&h, at);
	}
	heap_wipe(&h);
	CHECK(holds(memory + HEAD, HEAP_BYTES - HEAD, 0));
	CHECK(h.refused_count == 0);
	CHECK(h.used_bytes == 0);
	CHECK(heap_take(&h, HEAP_BYTES - HEAD) == memory + HEAD);
}

/* --- what cannot be, and what must not be ---------------------------------------------- */

static void
what_cannot_be_is_refused_and_counted(void)
{
	static const struct { size_t count, size; } row[] = {
		{ SIZE_MAX, 1 },
		{ 1, SIZE_MAX },
		{ SIZE_MAX / 2 + 1, 2 }, /* wraps to 0 */
		{ (size_t)1 << 32, (size_t)1 << 32 },
		{ 3, SIZE_MAX / 3 + 2 }, /* wraps to 5 or so */
		{ 1, SIZE_MAX - 15 },    /* wraps with its head */
		{ 1, UINT32_MAX },
		{ 1, (size_t)UINT32_MAX + 1 },
		{ 1, (size_t)1 << 30 },
		{ 1, HEAP_BYTES - HEAD + 1 },
		{ HEAP_BYTES - HEAD + 1, 1 },
	};
	struct heap h;
	char *block;

	begin(&h, sizeof memory);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(heap_take_zeroed(&h, row[i].count, row[i].size) == NULL);
		CHECK(h.refused_count == i + 1);
	}
	block = heap_take(&h, 8);
	memcpy(block, "a block", 8);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		if (row[i].count != 1)
			continue;
		CHECK(heap_take(&h, row[i].size) == NULL);
		CHECK(heap_resize(&h, block, row[i].size) == NULL);
		CHECK_TEXT(block, "a block");
	}
	heap_give(&h, NULL);
	heap_give(&h, block);
	CHECK(h.used_bytes == 0);
}

static void
given_twice(struct heap *h, char *block)
{
	heap_give(h, block);
	heap_give(h, block);
}

static void
given_twice_after_its_neighbour(struct heap *h, char *block)
{
	char *behind = heap_take(h, 32);

	heap_give(h, block);
	heap_give(h, behind); /* one with the block in front of it */
	heap_give(h, behind);
}

static void
resized_when_gone(struct heap *h, char *block)
{
	heap_give(h, block);
	(void)heap_resize(h, block, 1000);
}

static void
given_off_its_beginning(struct heap *h, char *block)
{
	heap_give(h, block + 16);
}

static void
given_at_an_odd_place(struct heap *h, char *block)
{
	/* Written so that the head there looks right. */
	memcpy(block + 8, block - HEAD, HEAD);
	heap_give(h, block + 8 + HEAD);
}

static void
given_from_elsewhere(struct heap *h, char *block)
{
	static char other[64] __attribute__((aligned(16)));

	(void)block;
	heap_give(h, other + 32);
}

static void
given_from_below(struct heap *h, char *block)
{
	(void)block;
	heap_give(h, memory);
}

static void
taken_from_a_broken_heap(struct heap *h, char *block)
{
	memset(block, 'x', 64); /* beyond its 32 bytes, over the next head */
	(void)heap_take(h, 100);
}

static void
what_must_not_be_stops_the_program(void)
{
	static void (*const wrong[])(struct heap *h, char *block) = {
		given_twice, given_twice_after_its_neighbour, resized_when_gone,
		given_off_its_beginning, given_at_an_odd_place, given_from_elsewhere,
		given_from_below, taken_from_a_broken_heap,
	};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct heap h;
		int status = 0;
		pid_t child;
		char *block;

		begin(&h, 1024);
		block = heap_take_zeroed(&h, 1, 32);
		fflush(stdout);
		child = fork();
		if (child == 0) {
			fclose(stderr);
			signal(SIGABRT, SIG_DFL);
			wrong[i](&h, block);
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
	every_block_is_where_first_fit_puts_it();
	blocks_are_apart_and_come_back();
	freed_memory_is_used_before_untouched();
	zeros_are_written_only_where_somebody_was();
	a_wipe_leaves_zeros_and_begins_anew();
	what_cannot_be_is_refused_and_counted();
	what_must_not_be_stops_the_program();
	return CHECK_END("heap");
}
