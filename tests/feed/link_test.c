/* Goal: a link goes through its states as the table says, subscribes in the venue's
 *       portions and pace, understands refusals, and comes back with growing pauses.
 * Method: the whole feed on a fake network in virtual time; a peer that does what the
 *       test tells it. */
#include "feed_world.h"
#include "check.h"

enum { SPOT = 1, USDM = 2, BYBIT_SPOT = 4, BYBIT = 5 };

static void
comes_up_and_subscribes_on_the_right_routes(void)
{
	world_open_as(&(struct world_options){ .coins = "BTC,ETH", .venue = { USDM },
	                                       .top_live_coins = 1 });
	fake_run_ms(2000);
	CHECK(world_state(0, 0) == LINK_LIVE);
	CHECK(world_state(1, 0) == LINK_LIVE);
	CHECK_TEXT(world_conn(0, 0)->to.host, "fstream.binance.com");
	CHECK(world_conn(0, 0)->to.port == 443);
	CHECK(world_conn(0, 0)->to.secure);
	CHECK_TEXT(world_conn(0, 0)->ws->path, "/market/stream");
	CHECK_TEXT(world_conn(1, 0)->ws->path, "/public/stream");
	CHECK(world_said("{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@aggTrade\","
	                 "\"ethusdt@aggTrade\",\"!forceOrder@arr\",\"btcusdt@markPrice@1s\","
	                 "\"ethusdt@markPrice@1s\"") == 1);
	/* Live book top for the first coin, the common stream for the rest. */
	CHECK(world_said("\"params\":[\"btcusdt@bookTicker\",\"!bookTicker\"]") == 1);
	CHECK(world_said("ethusdt@bookTicker") == 0);
	CHECK(world_count(TAPE_LINK, "up", "192.0.2.1") == 2);
	CHECK(feed_is_ready(world.feed));
}

static void
up_is_told_before_anything_is_subscribed(void)
{
	int up = -1;

	world_open("BTC", BYBIT);
	fake.mute = true;
	fake_run_ms(1000);
	for (int i = 0; i < world.record_count; i++)
		if (world.record[i].kind == TAPE_LINK)
			up = i;
	CHECK(up >= 0);
	CHECK_TEXT(world.record[up].asked, "up");
	CHECK(world.record[up].link == 1);
	CHECK(world_state(0, 0) == LINK_SUBSCRIBE);
	CHECK(world.frames == 0);
}

static void
many_topics_go_in_portions_at_the_venues_pace(void)
{
	static const char *coins[301];
	static char name[300][16];
	int64_t last_ns = 0;
	int portions = 0;

	for (int i = 0; i < 300; i++) {
		snprintf(name[i], sizeof name[i], "C%03d", i);
		coins[i] = name[i];
	}
	world.coins = coins;
	world_open_as(&(struct world_options){ .coins = "all", .venue = { SPOT },
	                                       .instruments_max = 300, .coins_max = 300 });
	fake.on_request = world_request;
	fake_run_ms(60000);
	/* "all" without volumes ranks nobody: names are needed. */
	CHECK(world_state(0, 0) == LINK_IDLE);
	{
		static char list[300 * 16];
		struct text out = text_init(list, sizeof list - 1);

		for (int i = 0; i < 300; i++)
			text_format(&out, "%s%s", i > 0 ? "," : "", name[i]);
		world_open_as(&(struct world_options){ .coins = list, .venue = { SPOT },
		                                       .instruments_max = 300 });
	}
	fake_run_ms(10000);
	CHECK(world_state(0, 0) == LINK_LIVE);
	for (int i = 0; i < fake.sent_count; i++) {
		int topics = 0;

		if (strstr(fake.sent[i].text, "SUBSCRIBE") == NULL)
			continue;
		for (const char *c = fake.sent[i].text; (c = strchr(c, '@')) != NULL; c++)
			topics++;
		CHECK(topics <= 100);
		CHECK(last_ns == 0 || fake.sent[i].at_ns - last_ns >= 250 * MS);
		last_ns = fake.sent[i].at_ns;
		portions++;
	}
	/* 300 trades and one ticker of all: more than half of the market is watched. */
	CHECK(portions == 4);
	CHECK(world_said("!miniTicker@arr") == 1);
	world.coins = NULL;
}

static void
refuse_eth(struct conn *c, struct slice message)
{
	if (say_contains(message, "publicTrade.ETHUSDT\""))
		fake_say(c, "{\"success\":false,\"ret_msg\":\"error:handler not found,topic:"
		            "publicTrade.ETHUSDT\",\"conn_id\":\"x\",\"op\":\"subscribe\"}");
	else
		fake_acknowledge(c, message);
}

static void
a_named_topic_is_left_out_and_the_rest_sent_again(void)
{
	struct feed_link_status s;

	world_open("BTC,ETH", BYBIT);
	fake.on_message = refuse_eth;
	fake_run_ms(3000);
	CHECK(world_state(0, 0) == LINK_LIVE);
	CHECK(world_said("publicTrade.ETHUSDT") == 1);
	CHECK(world_said("publicTrade.BTCUSDT") == 2);
	CHECK(feed_link_status(world.feed, 0, &s));
	CHECK(s.stream_count == 5); /* trades, liquidations, tickers of two, less one */
}

static void
refuse_two(struct conn *c, struct slice message)
{
	char text[128];

	if (say_contains(message, "ethusdt@aggTrade")) {
		snprintf(text, sizeof text, "{\"code\":2,\"msg\":\"Invalid request\",\"id\":%u}",
		         fake_id(message, "\"id\""));
		fake_say(c, text);
	} else {
		fake_acknowledge(c, message);
	}
}

static void
an_unnamed_refusal_sends_each_alone(void)
{
	struct feed_link_status s;

	world_open("BTC,ETH", SPOT);
	fake.on_message = refuse_two;
	fake_run_ms(5000);
	CHECK(world_state(0, 0) == LINK_LIVE);
	CHECK(world_said("\"params\":[\"btcusdt@aggTrade\"]") == 1);
	CHECK(world_said("\"params\":[\"ethusdt@aggTrade\"]") == 1);
	CHECK(feed_link_status(world.feed, 0, &s));
	CHECK(s.stream_count == 3); /* trades of one, tickers of two */
}

static void
an_answer_to_another_request_is_not_ours(void)
{
	world_open("BTC", SPOT);
	fake.mute = true;
	fake_run_ms(1000);
	CHECK(world_state(0, 0) == LINK_SUBSCRIBE);
	fake_say(world_conn(0, 0), "{\"result\":null,\"id\":999}");
	fake_run_ms(100);
	CHECK(world_state(0, 0) == LINK_SUBSCRIBE);
}

static void
no_answer_ends_the_link(void)
{
	world_open("BTC", SPOT);
	fake.mute = true;
	fake_run_ms(12000);
	CHECK(world_state(0, 0) != LINK_LIVE);
	CHECK(world_count(TAPE_LINK, "down", "subscription_not_answered") == 1);
	fake.mute = false;
	fake_run_ms(15000); /* the second try was mute too */
	CHECK(world_state(0, 0) == LINK_LIVE);
}

static void
pauses_grow_and_jitter(void)
{
	int64_t opened_ns[20], pause_ns;
	int count = 0, opened;

	world_open("BTC", SPOT);
	fake_run_ms(1000);
	CHECK(world_state(0, 0) == LINK_LIVE);
	fake_drop(world_conn(0, 0), CONN_REASON_RESET);
	CHECK(world_count(TAPE_LINK, "down", "reset") == 1);
	fake.refuse = true;
	opened_ns[count++] = fake.loop.now.mono_ns;
	opened = fake.conn_count;
	for (int ms = 0; ms < 500000 && count < 15; ms++) {
		fake_run_ms(1);
		if (fake.conn_count > opened)
			opened_ns[count++] = fake.loop.now.mono_ns;
		opened = fake.conn_count;
	}
	CHECK(count == 15);
	/* 500 ms doubled up to a minute, each between its half and its whole; a try takes
	 * 10 ms here, and the feed goes round every millisecond at most. */
	for (int i = 1; i < count; i++) {
		int64_t most_ns = i <= 7 ? 500 * MS << (i - 1) : 60 * SECONDS;

		pause_ns = opened_ns[i] - opened_ns[i - 1];
		CHECK(pause_ns <= most_ns + 13 * MS);
		CHECK(pause_ns >= most_ns / 2);
		CHECK(i < 10 || pause_ns != opened_ns[i - 1] - opened_ns[i - 2]);
	}
	/* For ever: it is back as soon as the peer is. */
	fake.refuse = false;
	fake_run_ms(70000);
	CHECK(world_state(0, 0) == LINK_LIVE);
}

static void
a_refused_place_is_told_apart_and_not_hammered(void)
{
	struct feed_venue_status s;
	int opened;

	world_open("BTC", USDM);
	fake.upgrade_status = 451;
	fake_run_ms(3000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK_TEXT(s.state, "refused");
	CHECK(strstr(s.trouble, "country") != NULL);
	CHECK(feed_is_ready(world.feed));
	opened = fake.conn_count;
	fake_run_ms(25 * 60000);
	CHECK(fake.conn_count - opened <= 1); /* the host of requests may reconnect */
	fake.upgrade_status = 0;
	fake_run_ms(10 * 60000);
	CHECK(world_active(0) == LINK_LIVE);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK_TEXT(s.state, "up");
	CHECK_TEXT(s.trouble, "");
}

static void
a_dead_venue_stops_nobody_else(void)
{
	struct feed_venue_status s;

	world_open_as(&(struct world_options){ .coins = "BTC", .venue = { SPOT, BYBIT } });
	fake_run_ms(2000);
	for (int i = 0; i < 40; i++) {
		for (int k = 0; k < FAKE_CONNS; k++)
			if (fake.conn[k].state == FAKE_UP &&
			    strstr(fake.conn[k].to.host, "binance") != NULL)
				fake_drop(&fake.conn[k], CONN_REASON_RESET);
		fake_run_ms(500);
	}
	CHECK(feed_venue_status(world.feed, 1, &s));
	CHECK_TEXT(s.state, "up");
	CHECK(world.feed->group[1].link[0].restart_count == 0);
}

static void
say_nothing(struct conn *c, struct slice message)
{
	(void)c;
	(void)message;
}

static void
a_quiet_link_is_pinged_and_then_closed(void)
{
	world_open("BTC", SPOT);
	fake_run_ms(1000);
	/* Pongs are signs of life. */
	fake_run_ms(120000);
	CHECK(world_state(0, 0) == LINK_LIVE);
	CHECK(world_said("(ping)") >= 4);
	CHECK(world.feed->group[0].link[0].restart_count == 0);
	/* A peer that says nothing any more. */
	fake.on_message = say_nothing;
	fake_run_ms(31000);
	CHECK(world_count(TAPE_LINK, "down", "quiet") == 1);
}

static void
bybit_is_pinged_every_twenty_seconds(void)
{
	int64_t last_ns = 0;
	int pings = 0;

	world_open("BTC", BYBIT);
	fake_run_ms(125000);
	for (int i = 0; i < fake.sent_count; i++) {
		if (strcmp(fake.sent[i].text, "{\"op\":\"ping\"}") != 0)
			continue;
		CHECK(last_ns == 0 || fake.sent[i].at_ns - last_ns >= 20 * SECONDS);
		CHECK(last_ns == 0 || fake.sent[i].at_ns - last_ns <= 20 * SECONDS + 300 * MS);
		last_ns = fake.sent[i].at_ns;
		pings++;
	}
	CHECK(pings == 6);
	CHECK(world_state(0, 0) == LINK_LIVE);
}

static void
garbage_reaches_the_tape_and_nothing_else(void)
{
	static const char *const garbage[] = {
		"{", "[]", "null", "{\"id\":", "{\"id\":-1,\"result\":null}",
		"{\"result\":null,\"id\":99999999999999999999}", "\xff\xfe", "{\"e\":1}",
		"{\"success\":false}", "{\"op\":\"subscribe\",\"success\":true}",
	};

	world_open_as(&(struct world_options){ .coins = "BTC", .venue = { SPOT, BYBIT } });
	fake_run_ms(2000);
	for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
		fake_say(world_conn(0, 0), garbage[i]);
		fake_say(world_conn(1, 0), garbage[i]);
	}
	fake_run_ms(1000);
	CHECK(world_state(0, 0) == LINK_LIVE);
	CHECK(world_state(1, 0) == LINK_LIVE);
	CHECK(world.frames == 2 * 10 + 2); /* and an acknowledgement each */
}

static void
a_new_list_touches_nothing_that_stays(void)
{
	int before;

	world_open("BTC,ETH", BYBIT);
	fake_run_ms(2000);
	before = fake.sent_count;
	CHECK(feed_watch(world.feed, "BTC,SOL") == ERR_NONE);
	fake_run_ms(2000);
	CHECK(world.feed->group[0].link[0].restart_count == 0);
	for (int i = before; i < fake.sent_count; i++)
		CHECK(strstr(fake.sent[i].text, ".BTCUSDT") == NULL);
	CHECK(world_said("\"op\":\"unsubscribe\",\"args\":[\"publicTrade.ETHUSDT\","
	                 "\"allLiquidation.ETHUSDT\",\"tickers.ETHUSDT\"]") == 1);
	CHECK(world_said("publicTrade.SOLUSDT") == 1);
	CHECK(feed_watch(world.feed, "A,B,C,D,E,F,G,H,I,J,K") == ERR_FULL);
	CHECK(feed_watch(world.feed, "top:0") == ERR_FULL);
	fake_run_ms(1000);
	CHECK(world.feed->place[0].watched_count == 2);
	/* Nothing at all: the link goes, without a "down". */
	CHECK(feed_watch(world.feed, "NOBODY") == ERR_NONE);
	fake_run_ms(2000);
	CHECK(!world.feed->plan.group[0].used);
	CHECK(feed_watch(world.feed, "ETH") == ERR_NONE);
	fake_run_ms(2000);
	CHECK(world_state(0, 0) == LINK_LIVE);
}

static void
goodbye_ends_everything(void)
{
	world_open_as(&(struct world_options){ .coins = "BTC", .venue = { SPOT, BYBIT } });
	fake_run_ms(2000);
	feed_close(world.feed);
	fake_run_ms(1000);
	for (int i = 0; i < FAKE_CONNS; i++)
		CHECK(fake.conn[i].state == FAKE_FREE);
}

int
main(void)
{
	comes_up_and_subscribes_on_the_right_routes();
	up_is_told_before_anything_is_subscribed();
	many_topics_go_in_portions_at_the_venues_pace();
	a_named_topic_is_left_out_and_the_rest_sent_again();
	an_unnamed_refusal_sends_each_alone();
	an_answer_to_another_request_is_not_ours();
	no_answer_ends_the_link();
	pauses_grow_and_jitter();
	a_refused_place_is_told_apart_and_not_hammered();
	a_dead_venue_stops_nobody_else();
	a_quiet_link_is_pinged_and_then_closed();
	bybit_is_pinged_every_twenty_seconds();
	garbage_reaches_the_tape_and_nothing_else();
	a_new_list_touches_nothing_that_stays();
	goodbye_ends_everything();
	return CHECK_END("link");
}
