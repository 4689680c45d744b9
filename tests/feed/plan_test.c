/* Goal: the right topics on the right connections, within the venues' limits, and a
 *       change touches only what changes.
 * Method: made-up instruments of 1, 50 and 500 coins; topics and groups are counted. */
#include "check.h"
#include "feed/plan.h"

enum { SPOT = 1, USDM = 2, COINM = 3, BYBIT_SPOT = 4, LINEAR = 5 };

static char memory[8 << 20];
static struct arena arena;
static struct instrument_table table;
static struct plan plan;
static uint32_t watched[600];
static uint8_t live_top[600];

static void
make(uint8_t venue, uint32_t count)
{
	memset(memory, 0, sizeof memory);
	arena_init(&arena, memory, sizeof memory);
	instrument_table_init(&table, &arena, 2000);
	CHECK(plan_init(&plan, &arena, 3000, 2000));
	for (uint32_t i = 0; i < count; i++) {
		struct instrument row = { .venue = venue, .kind = KIND_LINEAR };

		snprintf(row.symbol, sizeof row.symbol, "COIN%03uUSDT", i);
		watched[i] = instrument_put(&table, &row);
		live_top[i] = i < 10;
	}
}

static bool
plan_for(uint8_t venue, uint32_t count, uint32_t of)
{
	struct plan_wish wish = {
		.say = venue_say(venue), .table = &table, .watched = watched,
		.watched_count = count, .live_top = live_top, .instrument_count = of,
	};

	return plan_venue(&plan, &wish);
}

static uint32_t
count_of(const struct venue_say *say, const char *stream, bool all)
{
	uint32_t count = 0;

	for (uint32_t i = 1; i < plan.topic_count; i++)
		count += plan.topic[i].used && plan.topic[i].wanted &&
		         (plan.topic[i].instrument == 0) == all &&
		         strcmp(say->stream[plan.topic[i].stream].name, stream) == 0;
	return count;
}

static uint32_t
groups(void)
{
	uint32_t count = 0;

	for (int i = 0; i < PLAN_GROUPS_MAX; i++)
		count += plan.group[i].used;
	return count;
}

/* Every group within the limits, every topic on a group of its route, once. */
static void
keeps_the_rules(const struct venue_say *say)
{
	for (int g = 0; g < PLAN_GROUPS_MAX; g++) {
		uint32_t topics = 0, bytes = 0;

		if (!plan.group[g].used)
			continue;
		for (uint32_t i = 1; i < plan.topic_count; i++) {
			const struct topic *t = &plan.topic[i];

			if (!t->used || t->group != g)
				continue;
			topics++;
			bytes += t->bytes;
			CHECK(say->stream[t->stream].route == plan.group[g].route);
		}
		CHECK(topics == plan.group[g].topic_count);
		CHECK(bytes == plan.group[g].topic_bytes);
		CHECK(topics <= (uint32_t)say->topics_per_link_max);
		CHECK(say->topic_bytes_per_link_max == 0 ||
		      bytes <= (uint32_t)say->topic_bytes_per_link_max);
	}
}

static void
counts_of_1_50_and_500(void)
{
	/* of 550 instruments; trade, liquidation (all), mark, ticker, top; groups.
	 * A group takes 768 of 1024 topics; Bybit's 15750 of 21000 characters, where
	 * publicTrade.COIN000USDT and its two brothers have 26 + 29 + 22 characters of
	 * 15750: 614 instruments' trades, and so on. */
	const struct { uint8_t venue; uint32_t count, trade, liq_all, mark, mark_all, ticker,
	               ticker_all, top, top_all, groups; } row[] = {
		{ SPOT, 1, 1, 0, 0, 0, 1, 0, 1, 0, 1 },
		{ SPOT, 50, 50, 0, 0, 0, 50, 0, 10, 0, 1 },
		{ SPOT, 500, 500, 0, 0, 0, 0, 1, 10, 0, 1 },
		{ USDM, 1, 1, 1, 1, 0, 1, 0, 1, 0, 2 },
		{ USDM, 50, 50, 1, 50, 0, 50, 0, 10, 1, 2 },
		{ USDM, 500, 500, 1, 0, 1, 0, 1, 10, 1, 2 },
		{ COINM, 50, 50, 1, 50, 0, 50, 0, 10, 1, 1 },
		/* 1511 topics on one route. */
		{ COINM, 500, 500, 1, 500, 0, 500, 0, 10, 1, 2 },
		{ BYBIT_SPOT, 50, 50, 0, 0, 0, 50, 0, 10, 0, 1 },
		{ LINEAR, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1 },
		{ LINEAR, 50, 50, 0, 0, 0, 50, 0, 0, 0, 1 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct venue_say *say = venue_say(row[i].venue);

		make(row[i].venue, row[i].count);
		CHECK(plan_for(row[i].venue, row[i].count, 550));
		CHECK(count_of(say, "trade", false) == row[i].trade);
		CHECK(count_of(say, "liquidation", true) == row[i].liq_all);
		CHECK(count_of(say, "mark", false) == row[i].mark);
		CHECK(count_of(say, "mark", true) == row[i].mark_all);
		CHECK(count_of(say, "ticker", false) == row[i].ticker);
		CHECK(count_of(say, "ticker", true) == row[i].ticker_all);
		CHECK(count_of(say, "top", false) == row[i].top);
		CHECK(count_of(say, "top", true) == row[i].top_all);
		CHECK(groups() == row[i].groups);
		keeps_the_rules(say);
	}
}

static void
characters_limit_bybits_connections(void)
{
	/* publicTrade.COIN000USDT is 23 characters, allLiquidation. 26, tickers. 19, each
	 * with two quotes and a comma: 77 an instrument, 38500 for 500; 15750 a group. */
	make(LINEAR, 500);
	CHECK(plan_for(LINEAR, 500, 550));
	CHECK(groups() == 3);
	keeps_the_rules(venue_say(LINEAR));
}

static void
a_new_list_keeps_what_stays(void)
{
	uint16_t before[50];
	uint32_t kept;

	make(LINEAR, 60);
	CHECK(plan_for(LINEAR, 50, 550));
	for (int i = 0; i < 50; i++)
		before[i] = plan.of[watched[i]][0];
	/* The first ten go, ten others come. */
	for (int i = 0; i < 10; i++)
		watched[i] = watched[50 + i];
	CHECK(plan_for(LINEAR, 50, 550));
	kept = 0;
	for (int i = 10; i < 50; i++)
		kept += plan.of[watched[i]][0] == before[i];
	CHECK(kept == 40);
	CHECK(groups() == 1);
	CHECK(plan.group[0].topic_count == 180);
	/* The old ones are off (they never were on): swept, their places are free. */
	plan_sweep(&plan, 0);
	CHECK(plan.group[0].topic_count == 150);
	keeps_the_rules(venue_say(LINEAR));
	CHECK(plan.of[1][0] == 0);
	/* One that is still subscribed waits for its goodbye. */
	plan.topic[plan.of[watched[20]][0]].state[1] = TOPIC_ON;
	CHECK(plan_for(LINEAR, 0, 550));
	plan_sweep(&plan, 0);
	CHECK(plan.group[0].topic_count == 1);
	CHECK(plan.group[0].sweep);
	plan.topic[plan.of[watched[20]][0]].state[1] = TOPIC_OFF;
	plan_sweep(&plan, 0);
	CHECK(plan.group[0].topic_count == 0);
	CHECK(plan.group[0].topic_bytes == 0);
}

static void
later_wishes_fill_the_reserve_first(void)
{
	/* 250 instruments are 750 topics of 768; 300 are 900: more than three quarters, but
	 * there is a quarter more for what comes later. */
	make(COINM, 300);
	memset(live_top, 0, sizeof live_top);
	CHECK(plan_for(COINM, 250, 2000));
	CHECK(groups() == 1);
	CHECK(plan_for(COINM, 300, 2000));
	CHECK(groups() == 1);
	CHECK(plan.group[0].topic_count == 902); /* and liquidations and tops of all */
	keeps_the_rules(venue_say(COINM));
}

/* The n-th group in use. */
static uint16_t
nth_group(int n)
{
	for (uint16_t g = 0; g < PLAN_GROUPS_MAX; g++)
		if (plan.group[g].used && n-- == 0)
			return g;
	CHECK(!"there are fewer");
	return 0;
}

/* Tapes and the pipeline keep something for each number they ever see, so one that was
 * given back is given out again: a list may change for years. */
static void
numbers_of_connections_are_used_again(void)
{
	enum { COINS = 600 };
	uint32_t all[COINS];

	/* 77 characters each (see above): 46200, two full groups of 21000 and some. */
	make(LINEAR, COINS);
	memcpy(all, watched, sizeof all);
	CHECK(plan_for(LINEAR, COINS, 2000));
	for (int round = 0; round < 200; round++) {
		const uint16_t gone = nth_group(round % 3);
		uint64_t seen = 0;
		uint32_t stay = 0;

		CHECK(groups() == 3);
		for (int i = 0; i < COINS; i++) {
			bool on_it = false;

			for (int s = 0; s < venue_say(LINEAR)->stream_count; s++)
				on_it |= plan.of[all[i]][s] != 0 &&
				         plan.topic[plan.of[all[i]][s]].group == gone;
			if (!on_it)
				watched[stay++] = all[i];
		}
		CHECK(plan_for(LINEAR, stay, 2000));
		for (uint16_t g = 0; g < PLAN_GROUPS_MAX; g++)
			plan_sweep(&plan, g);
		CHECK(plan.group[gone].topic_count == 0);
		plan.group[gone].used = false; /* as group.c does when both sides rest */
		memcpy(watched, all, sizeof all);
		CHECK(plan_for(LINEAR, COINS, 2000));
		for (int n = 0; n < 3; n++) {
			const uint16_t number = plan.group[nth_group(n)].number;

			CHECK(number < 3);
			CHECK((seen >> number % 64 & 1) == 0);
			seen |= (uint64_t)1 << number % 64;
		}
	}
	keeps_the_rules(venue_say(LINEAR));
}

static void
what_finds_no_room_is_counted(void)
{
	make(LINEAR, 60);
	plan.topic_count_max = 101;
	CHECK(!plan_for(LINEAR, 50, 550));
	CHECK(plan.refused_count == 50);
	CHECK(count_of(venue_say(LINEAR), "trade", false) == 50);
	keeps_the_rules(venue_say(LINEAR));
}

static void
dated_contracts_and_events_find_their_topics(void)
{
	const struct venue_say *say = venue_say(USDM);
	uint32_t t;

	make(USDM, 3);
	live_top[0] = 1;
	live_top[1] = live_top[2] = 0;
	CHECK(plan_for(USDM, 3, 550));
	t = plan_topic(&plan, say, 0, watched[0], EVENT_TRADE);
	CHECK(t != 0 && plan.topic[t].instrument == watched[0]);
	/* Liquidations, and the book tops of the rest, come in one topic. */
	t = plan_topic(&plan, say, 0, watched[0], EVENT_LIQUIDATION);
	CHECK(t != 0 && plan.topic[t].instrument == 0);
	t = plan_topic(&plan, say, 0, watched[2], EVENT_TOP);
	CHECK(t != 0 && plan.topic[t].instrument == 0);
	t = plan_topic(&plan, say, 0, watched[0], EVENT_TOP);
	CHECK(t != 0 && plan.topic[t].instrument == watched[0]);
	CHECK(plan_topic(&plan, say, 0, watched[0], EVENT_OI) == 0);
	CHECK(plan_topic(&plan, say, 0, 999999, EVENT_TRADE) == 0);
}

int
main(void)
{
	counts_of_1_50_and_500();
	characters_limit_bybits_connections();
	a_new_list_keeps_what_stays();
	later_wishes_fill_the_reserve_first();
	numbers_of_connections_are_used_again();
	what_finds_no_room_is_counted();
	dated_contracts_and_events_find_their_topics();
	return CHECK_END("plan");
}
