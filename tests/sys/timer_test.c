/* Goal: timers fire once, in order of deadline and of being set, never early, and
 * a cancelled one never.
 * Method: hand-made time; a plain list as the reference for thousands of random
 * sets, moves and cancels. */
#include "sys/timer.h"
#include "check.h"

enum { COUNT_MAX = 64 };

static _Alignas(64) char memory[1 << 16];
static struct timers t;
static int fired[4096];
static uint32_t fired_count;

static void
begin(uint32_t count_max)
{
	struct arena boot;

	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	timer_init(&t, &boot, count_max);
	fired_count = 0;
}

static void
note(void *context, struct now now)
{
	(void)now;
	fired[fired_count++ % 4096] = *(int *)context;
}

/* All that is due at `at_ns`, as the loop does it. */
static uint32_t
run(int64_t at_ns)
{
	struct now now = { .mono_ns = at_ns };
	uint32_t count = 0;

	timer_begin(&t, now);
	while (timer_step(&t, now) != NULL)
		count++;
	timer_end(&t);
	return count;
}

static int number[COUNT_MAX];

static void
they_fire_in_order_and_equal_ones_as_they_were_set(void)
{
	static const int64_t deadline[] = { 30, 10, 20, 10, 30, 10, 5 };
	static const int want[] = { 6, 1, 3, 5, 2, 0, 4 };

	begin(COUNT_MAX);
	CHECK(timer_next_ns(&t) == INT64_MAX);
	for (size_t i = 0; i < 7; i++)
		CHECK(timer_set(&t, deadline[i], "t", note, &number[i]) != 0);
	CHECK(timer_next_ns(&t) == 5);
	CHECK(run(4) == 0); /* never early */
	CHECK(run(5) == 1);
	CHECK(run(100) == 6);
	CHECK(run(1000) == 0);
	for (size_t i = 0; i < 7; i++)
		CHECK(fired[i] == want[i]);
	CHECK(t.late_max_ns == 90); /* 10, fired at 100 */
	CHECK(t.fired_count == 7);
}

static void
a_handle_is_good_until_it_fired(void)
{
	uint64_t first, second;

	begin(2);
	first = timer_set(&t, 10, "t", note, &number[0]);
	second = timer_set(&t, 20, "t", note, &number[1]);
	CHECK(first != 0);
	CHECK(second != 0);
	CHECK(first != second);
	CHECK(timer_set(&t, 30, "t", note, &number[2]) == 0); /* full */
	CHECK(t.refused_count == 1);
	CHECK(timer_cancel(&t, first));
	CHECK(!timer_cancel(&t, first));
	CHECK(timer_set(&t, 5, "t", note, &number[3]) != 0); /* takes its place */
	CHECK(!timer_cancel(&t, first));                     /* and not its name */
	CHECK(!timer_move(&t, first, 1));
	CHECK(timer_move(&t, second, 4));
	CHECK(run(100) == 2);
	CHECK(fired[0] == 1);
	CHECK(fired[1] == 3);
	CHECK(!timer_cancel(&t, second));
	CHECK(!timer_cancel(&t, 0));
	CHECK(!timer_cancel(&t, UINT64_MAX));
	CHECK(!timer_cancel(&t, 3)); /* beyond the last cell */
}

static uint64_t again_handle;
static int again_count;

/* A timer that is always due at once. */
static void
again(void *context, struct now now)
{
	again_count++;
	again_handle = timer_set(&t, now.mono_ns - 5, "again", again, context);
}

static void
cancel_other(void *context, struct now now)
{
	(void)now;
	CHECK(timer_cancel(&t, *(uint64_t *)context));
}

static void
what_is_set_while_firing_waits_for_the_next_step(void)
{
	begin(COUNT_MAX);
	again_count = 0;
	timer_set(&t, 10, "again", again, NULL);
	timer_set(&t, 12, "t", note, &number[7]);
	CHECK(run(20) == 2); /* it does not starve the other, nor go on for ever */
	CHECK(again_count == 1);
	CHECK(fired[0] == 7);
	CHECK(timer_next_ns(&t) == 21);
	CHECK(run(20) == 0);
	CHECK(run(21) == 1);
	CHECK(timer_cancel(&t, again_handle));
	CHECK(t.count == 0);
}

static void
a_timer_may_cancel_the_next_one(void)
{
	uint64_t victim;

	begin(COUNT_MAX);
	timer_set(&t, 10, "cancel", cancel_other, &victim);
	victim = timer_set(&t, 10, "t", note, &number[1]);
	CHECK(run(10) == 1);
	CHECK(fired_count == 0);
}

static void
without_memory_every_timer_is_refused(void)
{
	struct arena boot;

	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, 64);
	timer_init(&t, &boot, COUNT_MAX);
	CHECK(timer_set(&t, 1, "t", note, &number[0]) == 0);
	CHECK(t.refused_count == 1);
	CHECK(timer_next_ns(&t) == INT64_MAX);
	CHECK(run(1000) == 0);
}

struct plain { uint64_t handle; int64_t deadline_ns; uint64_t order; bool pending; };

/* What must fire next by the plain list; -1: nothing is due. */
static int
plain_next(const struct plain *list, int64_t at_ns)
{
	int best = -1;

	for (int i = 0; i < COUNT_MAX; i++) {
		const struct plain *p = &list[i];

		if (!p->pending || p->deadline_ns > at_ns)
			continue;
		if (best < 0 || p->deadline_ns < list[best].deadline_ns ||
		    (p->deadline_ns == list[best].deadline_ns && p->order < list[best].order))
			best = i;
	}
	return best;
}

static void
it_does_what_a_plain_list_does(void)
{
	static struct plain list[COUNT_MAX];
	uint64_t chance = 3, order = 0;
	int64_t at_ns = 0;
	int wrong = 0;

	begin(COUNT_MAX);
	memset(list, 0, sizeof list);
	for (int round = 0; round < 20000; round++) {
		struct plain *p;
		uint32_t seen;

		chance = chance * 6364136223846793005u + 1442695040888963407u;
		p = &list[chance >> 33 & (COUNT_MAX - 1)];
		/* Few different deadlines, so that many are equal. */
		int64_t deadline_ns = at_ns + (int64_t)(chance >> 50 & 15);

		if (!p->pending) {
			p->handle = timer_set(&t, deadline_ns, "t", note, &number[p - list]);
			wrong += p->handle == 0;
			*p = (struct plain){ p->handle, deadline_ns, order++, true };
		} else if (chance >> 60 & 1) {
			wrong += !timer_move(&t, p->handle, deadline_ns);
			p->deadline_ns = deadline_ns;
			p->order = order++;
		} else {
			wrong += !timer_cancel(&t, p->handle);
			p->pending = false;
		}
		if (round % 8 != 0)
			continue;
		at_ns += 4;
		seen = fired_count;
		run(at_ns);
		for (int next; (next = plain_next(list, at_ns)) >= 0;) {
			wrong += fired[seen++ % 4096] != next;
			list[next].pending = false;
		}
		wrong += seen != fired_count;
	}
	CHECK(wrong == 0);
	CHECK(fired_count > 1000);
}

int
main(void)
{
	for (int i = 0; i < COUNT_MAX; i++)
		number[i] = i;
	they_fire_in_order_and_equal_ones_as_they_were_set();
	a_handle_is_good_until_it_fired();
	what_is_set_while_firing_waits_for_the_next_step();
	a_timer_may_cancel_the_next_one();
	without_memory_every_timer_is_refused();
	it_does_what_a_plain_list_does();
	return CHECK_END("sys/timer");
}
