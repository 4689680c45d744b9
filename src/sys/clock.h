/* clock.h - the one place that reads the clock.
 *
 * The loop reads it once a turn and hands `struct now` down by value; nobody
 * below asks.  mono_ns counts from some moment of the machine's life and is what
 * deadlines are made of.  wall_ns is ns since 1970, for people and venues.
 *
 * Neither ever goes back.  When somebody sets the machine's clock:
 *   back             wall_ns runs at half speed until it is true again
 *   forward, < 1 s   it runs at one and a half until it is true again
 *   forward, more    it is believed at once (a machine that booted in 1970, one
 *                    that slept): time in between did pass for everybody else
 * ahead_ns says how far wall_ns is from the machine's clock meanwhile, so that a
 * clock that was set back by a year is a fault somebody is told of.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H
#include <stdbool.h>
#include <stdint.h>

struct now { int64_t mono_ns, wall_ns; };

struct clock {
	struct now last;     /* what was handed out */
	int64_t ahead_ns;    /* of the machine's clock; negative: behind */
	uint64_t jump_count; /* forward steps believed at once */
	bool begun;
};

/* `c` is zeroed before the first call. */
struct now clock_read(struct clock *c);

/* The same with readings of the caller: for tests and simulations. */
struct now clock_step(struct clock *c, int64_t mono_ns, int64_t wall_ns);

/* Bare monotonic time, to measure how long something took.  Any thread; no
 * decision may hang on it. */
int64_t clock_mono_ns(void);
#endif
