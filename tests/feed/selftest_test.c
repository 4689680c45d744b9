/* Goal: a side or a unit that is wrong is noticed, and an honest market never is.
 * Method: made-up markets: honest, inverted, and with a contract size forgotten. */
#include "check.h"
#include "feed/chance.h"
#include "feed/selftest.h"

static const int64_t second = 1000000000;

static struct selftest s;
static struct selftest_cell c;
static int changes;

static void
say(struct event ev, int64_t at_ns)
{
	ev.recv_ns = at_ns;
	ev.instrument = 1;
	changes += selftest_event(&s, &c, &ev);
}

static void
top(double bid, double ask, int64_t at_ns)
{
	struct event ev = { .kind = EVENT_TOP };

	ev.u.top.bid = bid;
	ev.u.top.ask = ask;
	say(ev, at_ns);
}

static void
trade(double price, double usd, enum side side, uint8_t flags, int64_t at_ns)
{
	struct event ev = { .kind = EVENT_TRADE, .side = (uint8_t)side, .flags = flags };

	ev.u.trade.price = price;
	ev.u.trade.usd = usd;
	say(ev, at_ns);
}

static void
ticker(double usd)
{
	struct event ev = { .kind = EVENT_TICKER };

	ev.u.ticker.usd = usd;
	say(ev, 1);
}

static void
liquidation(enum side side, int64_t at_ns)
{
	say((struct event){ .kind = EVENT_LIQUIDATION, .side = (uint8_t)side }, at_ns);
}

static void
begin(void)
{
	memset(&s, 0, sizeof s);
	memset(&c, 0, sizeof c);
	changes = 0;
}

/* `right_percent` of the trades on the taker's side of the book. */
static void
market(int count, int right_percent, uint8_t flags, int64_t top_age_ns)
{
	struct chance chance = { 5 };

	for (int i = 0; i < count; i++) {
		bool right = chance_below(&chance, 100) < right_percent;
		enum side side = i % 2 == 0 ? SIDE_BUY : SIDE_SELL;

		top(99, 101, (i + 1) * second);
		trade((side == SIDE_BUY) == right ? 101 : 99, 100, side, flags,
		      (i + 1) * second + top_age_ns);
	}
}

static void
sides_are_judged_against_the_book(void)
{
	const struct { int count, right; uint8_t flags; int64_t age_ns; bool doubt; } row[] = {
		{ 5000, 90, 0, 0, false },
		{ 5000, 50, 0, 0, false }, /* a stale book, not a turned one */
		{ 5000, 10, 0, 0, true },
		{ 1999, 0, 0, 0, false },  /* too few to say */
		{ 5000, 0, 0, 3000000000, false }, /* the book is old */
		{ 5000, 0, FLAG_BLOCK, 0, false },     /* no prints of the book */
		{ 5000, 0, FLAG_RPI, 0, false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		begin();
		market(row[i].count, row[i].right, row[i].flags, row[i].age_ns);
		CHECK(((s.doubts & DOUBT_AGGRESSOR) != 0) == row[i].doubt);
		CHECK(changes == row[i].doubt);
		CHECK((selftest_text(s.doubts)[0] != '\0') == row[i].doubt);
	}
	/* What ends is forgotten. */
	begin();
	market(3000, 0, 0, 0);
	CHECK(s.doubts == DOUBT_AGGRESSOR);
	market(20000, 95, 0, 0);
	CHECK(s.doubts == 0);
	CHECK(changes == 2);
}

static void
longs_die_in_falling_minutes(void)
{
	for (int inverted = 0; inverted < 2; inverted++) {
		begin();
		for (int minute = 1; minute <= 100; minute++) {
			bool falls = minute % 3 != 0;
			int64_t at = minute * 60 * second;

			/* 100, then 99 or 101: against the minute before. */
			trade(minute % 2 == 0 ? 100 : falls ? 99 : 101, 1, SIDE_NONE, 0, at);
			falls = c.price < c.price_before;
			liquidation(falls != (inverted == 1) ? SIDE_LONG : SIDE_SHORT, at + second);
		}
		CHECK(((s.doubts & DOUBT_LIQUIDATION) != 0) == (inverted == 1));
	}
	/* Without a price before, or in another minute, nothing is said. */
	begin();
	for (int i = 0; i < 200; i++)
		liquidation(SIDE_LONG, i * second);
	CHECK(s.liq_count == 0);
}

static void
volumes_are_compared_by_the_hour(void)
{
	/* 1800 trades an hour; 24 h by the venue. */
	const struct { double usd, day; int count; bool doubt; } row[] = {
		{ 1000, 1000 * 1800 * 24.0, 4000, false },
		{ 1000, 1000 * 1800 * 24.0 * 15, 4000, false }, /* a quiet hour */
		{ 1000, 1000 * 1800 * 24.0 / 15, 4000, false }, /* a wild one */
		{ 1000, 1000 * 1800 * 24.0 * 100, 4000, true },
		{ 1000, 1000 * 1800 * 24.0 / 100, 4000, true },
		{ 1000, 1000 * 1800 * 24.0 / 100, 1700, false }, /* no hour yet */
		{ 1000, 0, 4000, false },
		{ ABSENT, 1, 4000, false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		begin();
		ticker(row[i].day);
		for (int k = 1; k <= row[i].count; k++)
			trade(100, row[i].usd, SIDE_BUY, 0, k * 2 * second);
		CHECK(((s.doubts & DOUBT_VOLUME) != 0) == row[i].doubt);
	}
}

int
main(void)
{
	sides_are_judged_against_the_book();
	longs_die_in_falling_minutes();
	volumes_are_compared_by_the_hour();
	return CHECK_END("selftest");
}
