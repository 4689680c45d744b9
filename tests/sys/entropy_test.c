/* Goal: all bytes asked for are filled, and nothing around them; a signal in the middle
 * of a long request leaves no hole.
 * Method: fills of many lengths between marks; a timer that interrupts; counts of bits
 * within what chance allows (8 standard deviations: once in 10^15 runs it lies). */
#include "sys/entropy.h"
#include "check.h"
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>

static void
every_byte_is_filled_and_none_beside(void)
{
	enum { ROOM = 600 };
	static unsigned char buffer[ROOM + 2];

	for (size_t count = 0; count <= ROOM; count += count < 40 ? 1 : 37) {
		/* A byte that stays 0 in 20 fills has no entropy: chance is 2^-160. */
		unsigned char seen[ROOM] = { 0 };
		size_t holes = 0;

		for (int fill = 0; fill < 20; fill++) {
			memset(buffer, 0, sizeof buffer);
			buffer[0] = buffer[count + 1] = 0xa5;
			entropy_fill(buffer + 1, count);
			CHECK(buffer[0] == 0xa5);
			CHECK(buffer[count + 1] == 0xa5);
			for (size_t i = 0; i < count; i++)
				seen[i] |= buffer[i + 1];
		}
		for (size_t i = 0; i < count; i++)
			holes += seen[i] == 0;
		CHECK(holes == 0);
	}
}

static void
two_fills_differ(void)
{
	unsigned char a[32], b[32];

	entropy_fill(a, sizeof a);
	entropy_fill(b, sizeof b);
	CHECK(memcmp(a, b, sizeof a) != 0);
}

static volatile sig_atomic_t ticks;

static void
on_tick(int number)
{
	(void)number;
	ticks++;
}

static void
signals_leave_no_hole(void)
{
	enum { COUNT = 4 << 20 };
	struct sigaction act = { .sa_handler = on_tick }; /* without SA_RESTART */
	struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
	unsigned char *at = malloc(COUNT);
	int64_t ones = 0, half = (int64_t)COUNT * 4;
	size_t run = 0, run_max = 0;

	memset(at, 0, COUNT);
	CHECK(sigaction(SIGALRM, &act, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
	entropy_fill(at, COUNT);
	CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
	CHECK(ticks > 0);
	for (size_t i = 0; i < COUNT; i++) {
		ones += __builtin_popcount(at[i]);
		run = at[i] == 0 ? run + 1 : 0;
		run_max = run > run_max ? run : run_max;
	}
	/* 2^25 bits: the deviation is 2896 = sqrt(2^25) / 2. */
	CHECK(ones > half - 8 * 2897);
	CHECK(ones < half + 8 * 2897);
	CHECK(run_max < 12);
	free(at);
}

int
main(void)
{
	CHECK(entropy_open() == ERR_NONE);
	every_byte_is_filled_and_none_beside();
	two_fills_differ();
	signals_leave_no_hole();
	return CHECK_END("entropy");
}
