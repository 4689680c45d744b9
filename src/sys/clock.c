/* clock.c - reads the clock, and smooths what people do to it.
 *
 * Maths  wall handed out moves by elapsed + move, where move brings it towards
 *        the machine's clock and |move| <= elapsed / 2: it always advances by
 *        at least half of what passed.
 */
#include "sys/clock.h"
#include "base/check.h"
#include <time.h>

static const int64_t jump_min_ns = 1000000000;

/* The two clocks are read one after the other.  When we lost the processor in
 * between, their difference is wrong by as much: read again, a few times. */
static const int64_t apart_max_ns = 20000;
enum { TRIES_MAX = 4 };

static int64_t
read_ns(clockid_t id)
{
	struct timespec ts;
	int result = clock_gettime(id, &ts);

	ASSERT(result == 0); /* both clocks are there since Linux 2.6 */
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

struct now
clock_step(struct clock *c, int64_t mono_ns, int64_t wall_ns)
{
	int64_t elapsed_ns, error_ns, move_ns;

	if (!c->begun) {
		c->begun = true;
		c->last = (struct now){ mono_ns, wall_ns };
		return c->last;
	}
	elapsed_ns = mono_ns - c->last.mono_ns;
	if (elapsed_ns < 0)
		elapsed_ns = 0;
	/* What is missing to the machine's clock if we just went on. */
	error_ns = wall_ns - (c->last.wall_ns + elapsed_ns);
	move_ns = error_ns;
	if (error_ns >= jump_min_ns)
		c->jump_count++;
	else if (move_ns > elapsed_ns / 2)
		move_ns = elapsed_ns / 2;
	else if (move_ns < -(elapsed_ns / 2))
		move_ns = -(elapsed_ns / 2);
	c->last.mono_ns += elapsed_ns;
	c->last.wall_ns += elapsed_ns + move_ns;
	c->ahead_ns = c->last.wall_ns - wall_ns;
	return c->last;
}

struct now
clock_read(struct clock *c)
{
	int64_t before_ns = read_ns(CLOCK_MONOTONIC), wall_ns, mono_ns;

	for (int i = 0;; i++) {
		wall_ns = read_ns(CLOCK_REALTIME);
		mono_ns = read_ns(CLOCK_MONOTONIC);
		if (mono_ns - before_ns <= apart_max_ns || i + 1 == TRIES_MAX)
			break;
		before_ns = mono_ns;
	}
	return clock_step(c, mono_ns, wall_ns);
}
