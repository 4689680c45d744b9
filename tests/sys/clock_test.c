/* Goal: wall time never goes back and is true again soon, whatever is done to the
 * machine's clock.
 * Method: hand-made readings; the real clock a few times. */
#include "sys/clock.h"
#include "check.h"

static const int64_t sec = 1000000000;
static const int64_t base = 1790000000000000000; /* some day of 2026 */

static void
steps_are_smoothed(void)
{
	/* at: monotonic s; error: what the machine's clock is off by then, s/10 */
	static const struct { int64_t at_s10, error_s10, want_s10; uint64_t jumps; } row[] = {
		{ 0, 0, 0, 0 },
		{ 10, 0, 10, 0 },
		{ 20, -20, 15, 0 },   /* set back by 2 s: half speed */
		{ 30, -20, 20, 0 },
		{ 40, -20, 25, 0 },
		{ 50, -20, 30, 0 },   /* true again: 5 s - 2 s */
		{ 60, -20, 40, 0 },
		{ 70, -15, 55, 0 },   /* forward by half a second: within reach */
		{ 72, -6, 58, 0 },    /* forward by .9 s: at one and a half */
		{ 82, -6, 73, 0 },
		{ 92, -6, 86, 0 },    /* true again */
		{ 93, 36000, 36093, 1 }, /* an hour forward: believed at once */
		{ 103, 36000, 36103, 1 },
		{ 103, 36000, 36103, 1 }, /* the same moment twice */
		{ 103, -9999, 36103, 1 }, /* no time passed: nothing moves */
		{ 105, -9999, 36104, 1 }, /* hours back: half speed, never back */
	};
	struct clock c = { 0 };

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		int64_t mono = 5 * sec + row[i].at_s10 * sec / 10;
		int64_t wall = base + (row[i].at_s10 + row[i].error_s10) * sec / 10;
		struct now now = clock_step(&c, mono, wall);

		CHECK(now.mono_ns == mono);
		CHECK(now.wall_ns == base + row[i].want_s10 * sec / 10);
		CHECK(c.jump_count == row[i].jumps);
		CHECK(c.ahead_ns == now.wall_ns - wall);
	}
}

static void
a_step_at_the_border_is_believed_at_once(void)
{
	struct clock c = { 0 }, d = { 0 };

	clock_step(&c, 0, base);
	CHECK(clock_step(&c, 10, base + 10 + sec).wall_ns == base + 10 + sec);
	CHECK(c.jump_count == 1);
	clock_step(&d, 0, base);
	CHECK(clock_step(&d, 10, base + 10 + sec - 1).wall_ns == base + 15);
	CHECK(d.jump_count == 0);
}

static void
nothing_goes_back_whatever_is_read(void)
{
	struct clock c = { 0 };
	struct now before = clock_step(&c, 0, base);
	uint64_t chance = 7;
	int64_t mono = 0;
	int wrong = 0;

	for (int i = 0; i < 20000; i++) {
		struct now now;

		chance = chance * 6364136223846793005u + 1442695040888963407u;
		/* sometimes even monotonic time goes back, which it must not */
		mono += (int64_t)(chance >> 40) - (i % 97 == 0 ? 30000000 : 0);
		now = clock_step(&c, mono < 0 ? 0 : mono,
		                 base + mono + (int64_t)(chance >> 20 & 0xffffffffff) - (1ll << 39));
		wrong += now.wall_ns < before.wall_ns || now.mono_ns < before.mono_ns;
		before = now;
	}
	CHECK(wrong == 0);
}

static void
the_real_clock_runs(void)
{
	struct clock c = { 0 };
	struct now first = clock_read(&c), now = first;

	CHECK(first.wall_ns > 1600000000 * sec); /* after 2020 */
	for (int i = 0; i < 1000; i++) {
		struct now next = clock_read(&c);

		CHECK(next.mono_ns >= now.mono_ns);
		CHECK(next.wall_ns >= now.wall_ns);
		now = next;
	}
	CHECK(now.mono_ns > first.mono_ns);
	CHECK(clock_mono_ns() >= now.mono_ns);
}

int
main(void)
{
	steps_are_smoothed();
	a_step_at_the_border_is_believed_at_once();
	nothing_goes_back_whatever_is_read();
	the_real_clock_runs();
	return CHECK_END("sys/clock");
}
