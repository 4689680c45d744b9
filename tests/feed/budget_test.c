/* Goal: no window is asked for more than its share, whatever others at this address do;
 *       pauses grow and differ.
 * Method: weights and wall times by hand. */
#include "check.h"
#include "feed/backoff.h"
#include "feed/budget.h"

static const int64_t second = 1000000000, minute = 60000000000;

static void
polls_take_half_and_fills_three_quarters(void)
{
	struct budget b;
	int64_t again, now = 1000 * minute;
	int polls = 0, urgent = 0;

	budget_init(&b, 2400, minute);
	while (budget_take(&b, 20, BUDGET_POLL, now, &again))
		polls++;
	CHECK(polls == 60); /* 1200 */
	CHECK(again == 1001 * minute);
	while (budget_take(&b, 20, BUDGET_URGENT, now + 30 * second, &again))
		urgent++;
	CHECK(urgent == 30); /* 1800 */
	CHECK(budget_used(&b, now + 30 * second) == 1800);
	CHECK(budget_take(&b, 20, BUDGET_POLL, again, &again));
	CHECK(budget_used(&b, now + minute) == 20);
	CHECK(budget_used(&b, now + 2 * minute) == 0);
}

static void
a_sliding_window_is_safe(void)
{
	struct budget b;
	int64_t again, now = 1000 * minute + 4 * second + second / 2;
	int asked = 0;

	/* As much as allowed at the end of one fixed window and the begin of the next:
	 * together not more than 600 in any 5 s. */
	budget_init(&b, 600, 5 * second);
	for (int64_t at = now; at < now + 5 * second; at += second / 2000)
		asked += budget_take(&b, 1, BUDGET_URGENT, at, &again);
	CHECK(asked == 600);
}

static void
what_the_venue_says_counts(void)
{
	struct budget b;
	int64_t again, now = 1000 * minute + 10 * second;

	budget_init(&b, 2400, minute);
	CHECK(budget_take(&b, 1, BUDGET_POLL, now, &again));
	budget_told(&b, 1500, now);
	CHECK(budget_used(&b, now) == 1500);
	CHECK(!budget_take(&b, 1, BUDGET_POLL, now, &again));
	CHECK(budget_take(&b, 1, BUDGET_URGENT, now, &again));
	/* Less than we know ourselves is an old answer. */
	budget_told(&b, 3, now + second);
	CHECK(budget_used(&b, now + second) == 1501);
	/* The first moments of a window: the number may be of the one before. */
	CHECK(budget_take(&b, 1, BUDGET_POLL, 1001 * minute, &again));
	budget_told(&b, 2300, 1001 * minute + second);
	CHECK(budget_used(&b, 1001 * minute + second) == 1);
	/* Nonsense is not believed. */
	budget_told(&b, 2300000, 1001 * minute + 30 * second);
	CHECK(budget_used(&b, 1001 * minute + 30 * second) == 2300 ||
	      budget_used(&b, 1001 * minute + 30 * second) == 1);
}

static void
a_clock_that_was_set_back_gives_no_window_twice(void)
{
	struct budget b;
	int64_t again;

	budget_init(&b, 100, minute);
	CHECK(budget_take(&b, 50, BUDGET_POLL, 1000 * minute, &again));
	CHECK(!budget_take(&b, 50, BUDGET_POLL, 900 * minute, &again));
}

static void
a_weight_above_the_share_goes_alone(void)
{
	struct budget b;
	int64_t again;

	budget_init(&b, 100, minute);
	CHECK(budget_take(&b, 80, BUDGET_POLL, 1000 * minute, &again));
	CHECK(!budget_take(&b, 1, BUDGET_POLL, 1000 * minute, &again));
	CHECK(!budget_take(&b, 80, BUDGET_POLL, 1000 * minute, &again));
	CHECK(budget_take(&b, 80, BUDGET_POLL, 1001 * minute, &again));
}

static void
pauses_double_up_to_the_most_and_differ(void)
{
	struct chance c = { 1 };
	int64_t last = 0;
	int differ = 0;

	for (uint32_t tries = 0; tries < 100; tries++) {
		int64_t whole = tries < 7 ? 500 << tries : 60000;
		int64_t got = backoff_ns(tries, 500, 60000, &c);

		CHECK(got <= whole);
		CHECK(got >= whole / 2);
		differ += tries > 10 && got != last;
		last = got;
	}
	CHECK(differ > 80);
	CHECK(backoff_ns(5, 0, 0, &c) >= 0);
	CHECK(backoff_ns(UINT32_MAX, 1, INT64_MAX / 2, &c) > 0);
}

int
main(void)
{
	polls_take_half_and_fills_three_quarters();
	a_sliding_window_is_safe();
	what_the_venue_says_counts();
	a_clock_that_was_set_back_gives_no_window_twice();
	a_weight_above_the_share_goes_alone();
	pauses_double_up_to_the_most_and_differ();
	return CHECK_END("budget");
}
