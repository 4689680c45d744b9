/* timer.c - a binary heap of deadlines over a fixed pool of cells.
 *
 * Maths  heap order is (deadline, order of setting); every cell knows its place
 *        in the heap, so cancelling is as cheap as firing: O(log count).
 */
#include "sys/timer.h"
#include "base/check.h"
#include <stddef.h>
#include <string.h>

struct timer_cell {
	int64_t deadline_ns;
	uint64_t order;
	timer_fire *fire;
	void *context;
	const char *name;
	uint32_t generation; /* 1 up; a handle of another one is stale */
	uint32_t place;      /* in the heap; or the next free cell + 1 */
	bool pending;
};

void
timer_init(struct timers *t, struct arena *boot, uint32_t count_max)
{
	ASSERT(count_max > 0);
	memset(t, 0, sizeof *t);
	t->not_before_ns = 0;
	t->cell = arena_take(boot, "timers", count_max, sizeof t->cell[0]);
	t->heap = arena_take(boot, "timers", count_max, sizeof t->heap[0]);
	if (t->cell == NULL || t->heap == NULL)
		return;
	t->count_max = count_max;
	for (uint32_t i = count_max; i > 0; i--) {
		t->cell[i - 1].place = t->free;
		t->free = i;
	}
}

static bool
is_before(const struct timers *t, uint32_t a, uint32_t b)
{
	const struct timer_cell *x = &t->cell[a], *y = &t->cell[b];

	if (x->deadline_ns != y->deadline_ns)
		return x->deadline_ns < y->deadline_ns;
	return x->order < y->order;
}

static void
place(struct timers *t, uint32_t at, uint32_t cell)
{
	t->heap[at] = cell;
	t->cell[cell].place = at;
}

/* Moves the cell at `at` to where it belongs, up or down. */
static void
settle(struct timers *t, uint32_t at)
{
	uint32_t cell = t->heap[at];

	while (at > 0 && is_before(t, cell, t->heap[(at - 1) / 2])) {
		place(t, at, t->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (;;) {
		uint32_t child = at * 2 + 1;

		if (child >= t->count)
			break;
		if (child + 1 < t->count && is_before(t, t->heap[child + 1], t->heap[child]))
			child++;
		if (is_before(t, cell, t->heap[child]))
			break;
		place(t, at, t->heap[child]);
		at = child;
	}
	place(t, at, cell);
}

/* Takes a pending cell out of the heap and gives it back to the pool. */
static void
release(struct timers *t, uint32_t cell)
{
	struct timer_cell *c = &t->cell[cell];
	uint32_t at = c->place, final;

	ASSERT(c->pending);
	ASSERT(t->heap[at] == cell);
	t->count--;
	final = t->heap[t->count];
	if (final != cell) {
		place(t, at, final);
		settle(t, at);
	}
	c->pending = false;
	c->place = t->free;
	t->free = cell + 1;
}

/* NULL: names no pending timer. */
static struct timer_cell *
cell_of(struct timers *t, uint64_t handle)
{
	uint32_t index = (uint32_t)handle, generation = (uint32_t)(handle >> 32);
	struct timer_cell *c;

	if (index == 0 || index > t->count_max)
		return NULL;
	c = &t->cell[index - 1];
	return c->pending && c->generation == generation ? c : NULL;
}

/* Monotonic time is never negative, so nothing is due before 0. */
static int64_t
not_before(const struct timers *t, int64_t deadline_ns)
{
	return deadline_ns < t->not_before_ns ? t->not_before_ns : deadline_ns;
}

uint64_t
timer_set(struct timers *t, int64_t deadline_ns, const char *name, timer_fire *fire,
          void *context)
{
	uint32_t index = t->free;
	struct timer_cell *c;

	ASSERT(fire != NULL);
	ASSERT(name != NULL);
	if (index == 0) {
		t->refused_count++;
		return 0;
	}
	c = &t->cell[index - 1];
	t->free = c->place;
	*c = (struct timer_cell){
		.deadline_ns = not_before(t, deadline_ns),
		.order = t->order_next++,
		.fire = fire,
		.context = context,
		.name = name,
		.generation = c->generation + 1,
		.pending = true,
	};
	t->count++;
	place(t, t->count - 1, index - 1);
	settle(t, t->count - 1);
	return (uint64_t)c->generation << 32 | index;
}

bool
timer_cancel(struct timers *t, uint64_t handle)
{
	struct timer_cell *c = cell_of(t, handle);

	if (c == NULL)
		return false;
	release(t, (uint32_t)(c - t->cell));
	return true;
}

bool
timer_move(struct timers *t, uint64_t handle, int64_t deadline_ns)
{
	struct timer_cell *c = cell_of(t, handle);

	if (c == NULL)
		return false;
	c->deadline_ns = not_before(t, deadline_ns);
	/* As if set just now: among equals the last. */
	c->order = t->order_next++;
	settle(t, c->place);
	return true;
}

int64_t
timer_next_ns(const struct timers *t)
{
	return t->count == 0 ? INT64_MAX : t->cell[t->heap[0]].deadline_ns;
}

void
timer_begin(struct timers *t, struct now now)
{
	ASSERT(now.mono_ns < INT64_MAX);
	t->not_before_ns = now.mono_ns + 1;
}

const char *
timer_step(struct timers *t, struct now now)
{
	struct timer_cell *c, fired;

	if (timer_next_ns(t) > now.mono_ns || t->count == 0)
		return NULL;
	c = &t->cell[t->heap[0]];
	fired = *c;
	/* Given back first: what it calls may set it again. */
	release(t, t->heap[0]);
	t->fired_count++;
	if (now.mono_ns - fired.deadline_ns > t->late_max_ns)
		t->late_max_ns = now.mono_ns - fired.deadline_ns;
	fired.fire(fired.context, now);
	return fired.name;
}

void
timer_end(struct timers *t)
{
	t->not_before_ns = 0;
}
