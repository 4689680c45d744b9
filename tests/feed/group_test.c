/* Goal: a stream that was acknowledged and gives nothing is found and cured; a connection
 *       is replaced before its cut with both subscribed for a while; nothing calm is taken
 *       for a fault.
 * Method: the whole feed on a fake network in virtual time, with a market that says a
 *       price a second, or not. */
#include "feed_world.h"
#include "check.h"

enum { SPOT = 1, USDM = 2, BYBIT = 5 };

static bool marks_on, trades_on;
static int64_t trade_id, trade_every_ms = 1000;

/* One second of the market on every connection whose topics were asked for. */
static void
market(struct conn *c)
{
	char text[400];

	if (c->state != FAKE_UP || c->ws == NULL || c->ws->state != WS_OPEN)
		return;
	if (strcmp(c->ws->path, "/market/stream") == 0 && marks_on) {
		snprintf(text, sizeof text, "{\"stream\":\"btcusdt@markPrice@1s\",\"data\":{\"e\":"
		         "\"markPriceUpdate\",\"E\":1,\"s\":\"BTCUSDT\",\"p\":\"100\",\"i\":\"100\","
		         "\"r\":\"0.0001\",\"T\":1795622400000,\"st\":1}}");
		fake_say(c, text);
	}
	if (strcmp(c->ws->path, "/market/stream") == 0 && trades_on) {
		snprintf(text, sizeof text, "{\"stream\":\"btcusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\","
		         "\"E\":1,\"s\":\"BTCUSDT\",\"a\":%lld,\"p\":\"100\",\"q\":\"1\",\"nq\":\"1\","
		         "\"f\":1,\"l\":1,\"T\":1795622400000,\"m\":false,\"st\":1}}",
		         (long long)trade_id);
		fake_say(c, text);
	}
}

static void
run_s(int64_t seconds)
{
	for (int64_t s = 0; s < seconds; s++) {
		for (int64_t ms = 0; ms < 1000; ms += trade_every_ms) {
			trade_id++;
			for (int i = 0; i < FAKE_CONNS; i++)
				market(&fake.conn[i]);
			fake_run_ms(trade_every_ms);
		}
	}
}

static void
open_btc(void)
{
	world_open_as(&(struct world_options){ .coins = "BTC", .venue = { USDM },
	                                       .top_live_coins = 1 });
}

static void
limits_follow_clock_volume_and_habit(void)
{
	static const struct say_stream trade = { .quiet_ms = 10000 };
	static const struct say_stream mark = { .quiet_ms = 5000, .steady = true };
	static const struct say_stream liquidation = { 0 };
	const uint32_t every = 0xffffffffu, never = 0, seldom = 0x11111111u; /* 7 of 31 */
	const struct { const struct say_stream *s; bool all; uint32_t slots; double usd;
	               int64_t most_s, want_s; } row[] = {
		{ &mark, false, never, 0, 0, 5 },
		{ &mark, true, never, 0, 0, 5 },
		{ &mark, false, never, 0, 2, 2 },          /* quiet_max_ms of the configuration */
		{ &liquidation, true, every, 1e10, 0, 0 }, /* silence proves nothing */
		{ &trade, false, never, 0, 0, 0 },         /* nothing is known of it */
		{ &trade, false, never, 1e10, 0, 10 },     /* 2.6 s, but 10 is the least */
		{ &trade, false, never, 1e9, 0, 26 },
		{ &trade, false, never, 1e8, 0, 260 },
		{ &trade, false, never, 1e6, 0, 0 },       /* 7 hours: no limit */
		{ &trade, false, every, 0, 0, 60 },        /* 6 slices */
		{ &trade, false, every, 1e10, 0, 10 },
		{ &trade, false, seldom, 0, 0, 1150 },     /* k = 7: 6 + 32 * 24 / 7 = 115 */
		{ &trade, false, 0xf, 0, 0, 0 },           /* three before the present: too few */
		{ &trade, false, never, 0, 3, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK(watchdog_limit_ns(row[i].s, row[i].all, row[i].slots, row[i].usd,
		                        row[i].most_s * SECONDS) == row[i].want_s * SECONDS);
}

static void
an_acknowledged_stream_without_data_is_subscribed_anew_then_moved(void)
{
	marks_on = false;
	trades_on = true;
	open_btc();
	run_s(8);
	/* The mark is due every second, 5 s are too long. */
	CHECK(world_count(TAPE_LINK, "silent", "btcusdt@markPrice@1s") == 1);
	CHECK(world_said("UNSUBSCRIBE\",\"params\":[\"btcusdt@markPrice@1s\"]") == 1);
	CHECK(world_said("{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@markPrice@1s\"]") == 1);
	CHECK(world_count(TAPE_LINK, "resubscribed", "btcusdt@markPrice@1s") == 1);
	CHECK(world.feed->group[0].link[0].restart_count == 0);
	run_s(22);
	/* That was no cure: another connection. */
	CHECK(world.feed->group[0].active == 1);
	CHECK(world_active(0) == LINK_LIVE);
	CHECK(world_count(TAPE_LINK, "resubscribed", "replaced by link 2") == 1);
	CHECK(world_count(TAPE_LINK, "down", "") == 0);
	/* Data again: forgiven, and quiet. */
	marks_on = true;
	run_s(200);
	CHECK(world_count(TAPE_LINK, "silent", "") <= 3);
	CHECK(world.feed->group[0].silent_count == 0);
}

static void
a_stream_that_stays_dead_is_tried_less_and_less(void)
{
	int before;

	marks_on = false;
	trades_on = true;
	open_btc();
	run_s(600);
	before = world_count(TAPE_LINK, "silent", "markPrice");
	CHECK(before >= 3);
	CHECK(before <= 8);
	run_s(3600);
	CHECK(world_count(TAPE_LINK, "silent", "markPrice") - before <= 5);
}

static void
a_cured_stream_is_not_moved(void)
{
	marks_on = false;
	trades_on = true;
	open_btc();
	run_s(8);
	marks_on = true;
	run_s(120);
	CHECK(world_count(TAPE_LINK, "silent", "") == 1);
	CHECK(world.feed->group[0].active == 0);
	CHECK(world_count(TAPE_LINK, "resubscribed", "replaced") == 0);
}

static void
busy_trades_that_stop_are_noticed(void)
{
	marks_on = trades_on = true;
	open_btc();
	run_s(400);
	CHECK(world_count(TAPE_LINK, "silent", "") == 0);
	trades_on = false;
	run_s(55);
	CHECK(world_count(TAPE_LINK, "silent", "") == 0);
	run_s(15);
	CHECK(world_count(TAPE_LINK, "silent", "btcusdt@aggTrade") == 1);
}

static void
a_connection_is_replaced_before_its_24_hours(void)
{
	int64_t life_s = 0;
	int live = 0;

	marks_on = trades_on = true;
	trade_every_ms = 1000;
	open_btc();
	run_s(60);
	world.event_count = 0;
	while (world.feed->group[0].active == 0 && life_s < 25 * 3600) {
		run_s(10);
		life_s += 10;
		live = 0;
		for (int side = 0; side < 2; side++)
			live += world_state(0, side) == LINK_LIVE;
		CHECK(live >= 1);
	}
	/* Half an hour before the cut, and up to a quarter earlier. */
	CHECK(life_s <= 23 * 3600 + 1800);
	CHECK(life_s >= 23 * 3600 + 1800 - 900 - 120);
	CHECK(live == 1 || live == 2);
	run_s(30);
	CHECK(world_state(0, 0) == LINK_IDLE);
	CHECK(world_state(0, 1) == LINK_LIVE);
	CHECK(world_count(TAPE_LINK, "down", "") == 0);
	CHECK(world_count(TAPE_LINK, "resubscribed", "replaced by link 2") == 1);
	CHECK(world.pipeline.count.gaps == 0);
	/* Both spoke for a while: what came twice was dropped. */
	CHECK(world.pipeline.count.duplicates >= 4);
	CHECK(world.pipeline.count.duplicates <= 12);
}

static void
a_notice_of_shutdown_replaces_at_once(void)
{
	marks_on = trades_on = true;
	open_btc();
	run_s(5);
	fake_say(world_conn(0, 0), "{\"stream\":\"!serverShutdown\",\"data\":{\"e\":\"serverShutdown\","
	                           "\"E\":1770123456789}}");
	run_s(2);
	CHECK(world_state(0, 1) == LINK_LIVE);
	CHECK(world_state(0, 0) == LINK_LIVE);
	/* The venue closes before we do: nothing was lost. */
	fake_drop(world_conn(0, 0), CONN_REASON_ENDED);
	run_s(2);
	CHECK(world.feed->group[0].active == 1);
	CHECK(world_count(TAPE_LINK, "down", "") == 0);
	CHECK(world_count(TAPE_LINK, "resubscribed", "replaced by link 2") == 1);
	run_s(30);
	CHECK(world_state(0, 0) == LINK_IDLE);
	CHECK(world.pipeline.count.gaps == 0);
}

static void
the_old_one_dying_before_the_new_one_lives_is_a_loss(void)
{
	marks_on = trades_on = true;
	open_btc();
	run_s(5);
	fake_say(world_conn(0, 0), "{\"e\":\"serverShutdown\",\"E\":1}");
	fake_drop(world_conn(0, 0), CONN_REASON_RESET);
	CHECK(world_count(TAPE_LINK, "down", "reset") == 1);
	run_s(5);
	CHECK(world_active(0) == LINK_LIVE);
	run_s(30);
	CHECK((world_state(0, 0) == LINK_LIVE) + (world_state(0, 1) == LINK_LIVE) == 1);
}

static void
a_new_side_that_fails_leaves_the_old_one_alone(void)
{
	marks_on = trades_on = true;
	open_btc();
	run_s(5);
	fake.refuse = true;
	fake_say(world_conn(0, 0), "{\"e\":\"serverShutdown\",\"E\":1}");
	run_s(20);
	CHECK(world.feed->group[0].active == 0);
	CHECK(world_state(0, 0) == LINK_LIVE);
	CHECK(world_state(0, 1) == LINK_BACKOFF || world_state(0, 1) == LINK_CONNECT);
	fake.refuse = false;
	run_s(60);
	CHECK(world.feed->group[0].active == 1);
	CHECK(world_state(0, 0) == LINK_IDLE);
	CHECK(world_count(TAPE_LINK, "down", "") == 0);
}

int
main(void)
{
	limits_follow_clock_volume_and_habit();
	an_acknowledged_stream_without_data_is_subscribed_anew_then_moved();
	a_stream_that_stays_dead_is_tried_less_and_less();
	a_cured_stream_is_not_moved();
	busy_trades_that_stop_are_noticed();
	a_connection_is_replaced_before_its_24_hours();
	a_notice_of_shutdown_replaces_at_once();
	the_old_one_dying_before_the_new_one_lives_is_a_loss();
	a_new_side_that_fails_leaves_the_old_one_alone();
	return CHECK_END("group");
}
