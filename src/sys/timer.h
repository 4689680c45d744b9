/* timer.h - things to do at a moment, for the loop and for simulated time alike.
 *
 * A deadline is absolute and monotonic.  Timers fire in order of their deadline,
 * equal ones in the order they were set: the same on every run.  A timer set
 * while timers fire is never due in the same step, so a step ends.
 *
 * A handle is index and generation; 0 is no timer.  A handle of a timer that has
 * fired or was cancelled is harmless: it names nothing.  Full: refused, counted.
 */
#ifndef SYS_TIMER_H
#define SYS_TIMER_H
#include "base/arena.h"
#include "sys/clock.h"
#include <stdbool.h>
#include <stdint.h>

typedef void timer_fire(void *context, struct now now);

struct timers {
	struct timer_cell *cell;   /* [count_max] */
	uint32_t *heap;            /* cells, the earliest first; [count_max] */
	uint32_t count, count_max;
	uint32_t free;             /* first free cell + 1; 0: none */
	uint64_t order_next;
	int64_t not_before_ns;     /* while firing: the earliest new deadline */
	uint64_t refused_count;
	uint64_t fired_count;
	int64_t late_max_ns;       /* the latest of all firings */
};

/* When the arena has no room count_max becomes 0: every timer is refused. */
void timer_init(struct timers *t, struct arena *boot, uint32_t count_max);

/* `context` is kept until it fires or is cancelled; `name` is a literal. */
uint64_t timer_set(struct timers *t, int64_t deadline_ns, const char *name,
                   timer_fire *fire, void *context);

/* False: it names no pending timer (any more). */
bool timer_cancel(struct timers *t, uint64_t handle);
bool timer_move(struct timers *t, uint64_t handle, int64_t deadline_ns);

/* INT64_MAX: none. */
int64_t timer_next_ns(const struct timers *t);

/* Fires the earliest timer if it is due and returns its name, else NULL: the
 * loop measures each.  To be called until it returns NULL, or until the caller
 * has had enough for this turn; timer_begin opens such a round. */
void timer_begin(struct timers *t, struct now now);
const char *timer_step(struct timers *t, struct now now);
void timer_end(struct timers *t);
#endif
