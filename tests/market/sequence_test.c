/* sequence_test.c - duplicates and gaps by id.
 *
 * Goal: a trade counts once however often and in whatever order it is told, and
 * what is missing is known exactly.
 * Method: hand-made ids in tables; for the ring, a plain list as the reference.
 */
#include "market/sequence.h"
#include "check.h"
#include <stdlib.h>

static void
gaps_and_duplicates_by_id(void)
{
	struct {
		uint64_t first, last;
		enum sequence_result want;
		uint64_t from, to;
	} row[] = {
		{ 100, 100, SEQUENCE_NEW, 0, 0 },        /* the first one opens no gap */
		{ 101, 101, SEQUENCE_NEW, 0, 0 },
		{ 101, 101, SEQUENCE_DUPLICATE, 0, 0 },
		{ 99, 99, SEQUENCE_DUPLICATE, 0, 0 },    /* older than all we know */
		{ 105, 105, SEQUENCE_GAP, 102, 104 },
		{ 103, 103, SEQUENCE_LATE, 0, 0 },       /* splits it: 102, 104 */
		{ 103, 103, SEQUENCE_DUPLICATE, 0, 0 },
		{ 102, 102, SEQUENCE_LATE, 0, 0 },       /* 104 is still missing */
		{ 104, 104, SEQUENCE_FILLED, 102, 104 },
		{ 104, 104, SEQUENCE_DUPLICATE, 0, 0 },
		{ 106, 110, SEQUENCE_NEW, 0, 0 },        /* a print of five fills */
		{ 109, 112, SEQUENCE_NEW, 0, 0 },        /* partly new is new */
		{ 120, 121, SEQUENCE_GAP, 113, 119 },
		{ 113, 119, SEQUENCE_FILLED, 113, 119 },
	};
	struct sequence s = { 0 };
	struct id_range range;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(sequence_step(&s, 1, row[i].first, row[i].last, &range) == row[i].want);
		CHECK(range.from == row[i].from);
		CHECK(range.to == row[i].to);
	}
	CHECK(s.gap_count == 0);
	CHECK(sequence_step(&s, 2, 122, 122, &range) == SEQUENCE_OTHER);
}

static void
the_oldest_of_too_many_gaps_is_forgotten(void)
{
	struct sequence s = { 0 };
	struct id_range range;

	sequence_step(&s, 1, 1, 1, &range);
	for (uint64_t i = 1; i <= SEQUENCE_GAPS_MAX + 1; i++)
		CHECK(sequence_step(&s, 1, 10 * i, 10 * i, &range) == SEQUENCE_GAP);
	CHECK(s.forgotten_gap_count == 1);
	CHECK(s.gap_count == SEQUENCE_GAPS_MAX);
	CHECK(sequence_step(&s, 1, 5, 5, &range) == SEQUENCE_DUPLICATE);
	/* Splitting one of four makes five: the oldest part goes, and its gap is never
	 * told as filled, also when all the rest of it came. */
	CHECK(sequence_step(&s, 1, 15, 15, &range) == SEQUENCE_LATE);
	CHECK(s.forgotten_gap_count == 2);
	for (uint64_t id = 11; id < 20; id++)
		CHECK(sequence_step(&s, 1, id, id, &range) != SEQUENCE_FILLED);
	for (uint64_t id = 21; id < 29; id++)
		CHECK(sequence_step(&s, 1, id, id, &range) == SEQUENCE_LATE);
	CHECK(sequence_step(&s, 1, 29, 29, &range) == SEQUENCE_FILLED);
	CHECK(range.from == 21);
	CHECK(range.to == 29);
	/* The last id there is. */
	CHECK(sequence_step(&s, 1, UINT64_MAX, UINT64_MAX, &range) == SEQUENCE_GAP);
	CHECK(range.to == UINT64_MAX - 1);
}

/* Blocks of six ids, told in random order with repeats, then told once more in
 * order: each id is new exactly once, whatever came before. */
static void
each_id_counts_once_in_any_order(void)
{
	static bool told[6000];
	struct sequence s = { 0 };
	struct id_range range;
	uint32_t fresh = 0, seed = 7;

	told[1] = true;
	sequence_step(&s, 1, 1, 1, &range);
	for (uint64_t base = 2; base + 6 <= 6000; base += 6) {
		for (uint64_t n = 0; n < 18; n++) {
			uint64_t id = base + n - 12; /* the last six: in order */

			seed = seed * 1664525u + 1013904223u;
			if (n < 12)
				id = base + (seed >> 24) % 6;
			CHECK((sequence_step(&s, 1, id, id, &range) == SEQUENCE_DUPLICATE) == told[id]);
			fresh += !told[id];
			told[id] = true;
		}
		CHECK(s.gap_count == 0);
	}
	CHECK(fresh == 5994);
	CHECK(s.forgotten_gap_count == 0);
}

static void
the_ring_remembers_as_many_as_it_says(void)
{
	static struct seen s;
	static uint64_t put[20000];
	uint32_t count = 0, seed = 1;

	for (uint32_t n = 1; n < 20000; n++) {
		uint64_t id, h;
		bool want = false;

		seed = seed * 1664525u + 1013904223u;
		id = (seed >> 8) % 3000; /* many come back, some after being forgotten */
		h = seen_hash(1, &id, sizeof id);
		for (uint32_t i = count > SEEN_RING ? count - SEEN_RING : 0; i < count; i++)
			want = want || put[i] == id;
		CHECK(seen_before(&s, h, n) == want);
		if (!want)
			put[count++] = id;
	}
	CHECK(count > 3 * SEEN_RING);
}

static void
equal_facts_in_one_message_are_two(void)
{
	static struct seen s;

	CHECK(!seen_before(&s, 42, 1));
	CHECK(!seen_before(&s, 42, 1));
	CHECK(seen_before(&s, 42, 2));
	CHECK(seen_before(&s, 42, 2));
	CHECK(!seen_before(&s, 43, 2));
}

int
main(void)
{
	gaps_and_duplicates_by_id();
	the_oldest_of_too_many_gaps_is_forgotten();
	each_id_counts_once_in_any_order();
	the_ring_remembers_as_many_as_it_says();
	equal_facts_in_one_message_are_two();
	return CHECK_END("sequence");
}
