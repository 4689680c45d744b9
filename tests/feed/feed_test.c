/* Goal: ranks turn "top:N" into names before anything is planned, a venue that does not
 *       answer stops nobody, addresses are read as they are meant, and the same seed gives
 *       the same run.
 * Method: the whole feed on a fake network; made-up volumes. */
#include "feed_world.h"
#include "check.h"

enum { SPOT = 1, USDM = 2, COINM = 3, BYBIT_SPOT = 4, BYBIT = 5, INVERSE = 6 };

static struct fake_answer
tickers(struct conn *c, struct slice path)
{
	static char text[4000];
	static const struct { const char *coin; int usd; } row[] = {
		{ "BTC", 500 }, { "ETH", 900 }, { "SOL", 100 }, { "XRP", 700 },
	};
	struct text out = text_init(text, sizeof text - 1);

	(void)c;
	if (!slice_starts(path, SLICE("/fapi/v1/ticker/24hr")))
		return (struct fake_answer){ 0 };
	text_char(&out, '[');
	for (int i = 0; i < 4; i++)
		text_format(&out, "%s{\"symbol\":\"%sUSDT\",\"lastPrice\":\"10\",\"openPrice\":\"10\","
		            "\"highPrice\":\"10\",\"lowPrice\":\"10\",\"volume\":\"1\",\"quoteVolume\":"
		            "\"%d\",\"closeTime\":1795622400000}", i > 0 ? "," : "", row[i].coin,
		            row[i].usd);
	text_char(&out, ']');
	text[out.count] = '\0';
	return (struct fake_answer){ .status = 200, .body = text };
}

static void
the_top_is_named_by_volume(void)
{
	world.answer = tickers;
	world_open("top:3", USDM);
	fake_run_ms(3000);
	CHECK(world_count(TAPE_WATCH, "", "ETH,XRP,BTC") == 1);
	CHECK(world.feed->place[0].watched_count == 3);
	CHECK_TEXT(world.pipeline.table.at[world.feed->place[0].watched[0]].symbol, "ETHUSDT");
	CHECK(world_said("ethusdt@aggTrade") == 1);
	CHECK(world_said("solusdt@aggTrade") == 0);
	CHECK(feed_is_ready(world.feed));
	/* Another top asks again; one that is larger than planned is refused. */
	CHECK(feed_watch(world.feed, "top:4") == ERR_NONE);
	watch_set(&world.watch, SLICE("top:4"));
	pipeline_watch_changed(&world.pipeline);
	fake_run_ms(3000);
	CHECK(world_count(TAPE_WATCH, "", "ETH,XRP,BTC,SOL") == 1);
	CHECK(feed_watch(world.feed, "top:50") == ERR_FULL);
}

static void
a_venue_that_does_not_answer_stops_no_rank(void)
{
	world.answer = tickers;
	world_open_as(&(struct world_options){ .coins = "top:2", .venue = { USDM, BYBIT } });
	fake.refuse_host = "bybit";
	fake_run_ms(40000);
	CHECK(world.feed->place[0].planned);
	CHECK(!world.feed->place[1].planned);
	/* When it comes it is planned by the list that was made without it. */
	fake.refuse_host = NULL;
	fake_run_ms(120000);
	CHECK(world.feed->place[1].planned);
	CHECK(world.feed->place[1].watched_count == 2);
}

static void
more_instruments_than_planned_are_left_out(void)
{
	world.answer = NULL;
	world_open_as(&(struct world_options){ .coins = "BTC,ETH,SOL,XRP", .instruments_max = 6,
	                                       .venue = { USDM, BYBIT } });
	fake_run_ms(3000);
	CHECK(world.feed->place[0].watched_count + world.feed->place[1].watched_count == 6);
	CHECK(strstr(world.log_text, "instruments left out") != NULL);
}

static void
addresses_are_read(void)
{
	const struct { const char *url; bool ok, secure; const char *host, *name; int port; }
	row[] = {
		{ "wss://stream.bybit.com", true, true, "stream.bybit.com", "stream.bybit.com", 443 },
		{ "wss://stream.binance.com:9443", true, true, "stream.binance.com",
		  "stream.binance.com:9443", 9443 },
		{ "ws://127.0.0.1:8080/", true, false, "127.0.0.1", "127.0.0.1:8080", 8080 },
		{ "http://[::1]:81", true, false, "::1", "[::1]:81", 81 },
		{ "https://[::1]", true, true, "::1", "[::1]", 443 },
		{ "https://x:0", false, false, "", "", 0 },
		{ "https://x:65536", false, false, "", "", 0 },
		{ "https://x:y", false, false, "", "", 0 },
		{ "https://", false, false, "", "", 0 },
		{ "ftp://x", false, false, "", "", 0 },
		{ "https://u@x", false, false, "", "", 0 },
		{ "https://x/path", false, false, "", "", 0 },
		{ "https://[::1]x", false, false, "", "", 0 },
		{ "", false, false, "", "", 0 },
	};
	static const struct feed_venue v = { .proxy = "socks5://p:1" };

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct conn_endpoint e;
		char name[DNS_NAME_BYTES + 8];

		CHECK(url_read(row[i].url, &v, &e, name, sizeof name) == row[i].ok);
		if (!row[i].ok)
			continue;
		CHECK(e.secure == row[i].secure);
		CHECK(e.port == row[i].port);
		CHECK_TEXT(e.host, row[i].host);
		CHECK_TEXT(name, row[i].name);
		CHECK_TEXT(e.proxy, "socks5://p:1");
	}
}

static void
bad_configurations_are_refused(void)
{
	static struct feed_venue venue[2];
	struct feed_options o = { .venue = venue, .venue_count = 1, .coins = "BTC",
	                          .instruments_max = 10, .coins_max = 10 };
	struct feed *f;

	world.answer = NULL;
	world_open("BTC", USDM);
#define OPEN() feed_open(&f, &o, &fake.loop, NULL, NULL, &world.pipeline.table, &world.log, \
	                     world_sink, NULL, &world.arena)
	venue[0].venue = 99;
	CHECK(OPEN() == ERR_CONFIG);
	venue[0].venue = USDM;
	strcpy(venue[0].ws, "nonsense");
	CHECK(OPEN() == ERR_CONFIG);
	venue[0].ws[0] = '\0';
	venue[1] = venue[0];
	o.venue_count = 2; /* the same one twice */
	CHECK(OPEN() == ERR_CONFIG);
	o.venue_count = 0;
	CHECK(OPEN() == ERR_CONFIG);
	o.venue_count = 1;
	o.coins = "top:x";
	CHECK(OPEN() == ERR_CONFIG);
	o.coins = "BTC";
	o.coins_max = 0;
	CHECK(OPEN() == ERR_CONFIG);
	o.coins_max = 10;
	CHECK(OPEN() == ERR_NONE);
	world.arena.used_bytes = world.arena.bytes - 1000;
	CHECK(OPEN() == ERR_FULL);
}

static uint64_t
run_and_hash(void)
{
	uint64_t hash = 14695981039346656037u;

	world.answer = NULL;
	world_open_as(&(struct world_options){ .coins = "BTC,ETH", .venue = { USDM, BYBIT } });
	fake_run_ms(5000);
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < FAKE_CONNS; k++)
			if (fake.conn[k].state == FAKE_UP)
				fake_drop(&fake.conn[k], CONN_REASON_RESET);
		fake_run_ms(20000);
	}
	for (int i = 0; i < fake.sent_count; i++) {
		hash = (hash ^ (uint64_t)fake.sent[i].at_ns) * 1099511628211u;
		for (const char *c = fake.sent[i].text; *c != '\0'; c++)
			hash = (hash ^ (unsigned char)*c) * 1099511628211u;
	}
	return hash;
}

static void
the_same_seed_gives_the_same_run(void)
{
	uint64_t first = run_and_hash();

	CHECK(run_and_hash() == first);
}

static void
status_tells_links_and_venues(void)
{
	struct feed_link_status l;
	struct feed_venue_status v;

	world.answer = NULL;
	world_open_as(&(struct world_options){ .coins = "BTC", .venue = { USDM, BYBIT } });
	CHECK(feed_venue_status(world.feed, 0, &v));
	CHECK_TEXT(v.state, "down");
	CHECK(!feed_is_ready(world.feed));
	fake_run_ms(2000);
	CHECK(feed_link_status(world.feed, 0, &l));
	CHECK(l.venue == USDM && l.link == 1);
	CHECK_TEXT(l.state, "live");
	CHECK_TEXT(l.reason, "");
	CHECK(l.stream_count == 4); /* trade, liquidations, mark, ticker */
	CHECK(feed_link_status(world.feed, 2, &l));
	CHECK(l.venue == BYBIT && l.stream_count == 3);
	CHECK(!feed_link_status(world.feed, 3, &l));
	CHECK(!feed_venue_status(world.feed, 2, &v));
	CHECK(!feed_venue_status(world.feed, -1, &v));
	fake.refuse = true;
	fake_drop(world_conn(1, 0), CONN_REASON_RESET);
	fake_run_ms(300);
	CHECK(feed_venue_status(world.feed, 0, &v));
	CHECK_TEXT(v.state, "partly");
	CHECK(v.instrument_count == 1);
	CHECK(!feed_is_ready(world.feed));
}

int
main(void)
{
	the_top_is_named_by_volume();
	a_venue_that_does_not_answer_stops_no_rank();
	more_instruments_than_planned_are_left_out();
	addresses_are_read();
	bad_configurations_are_refused();
	the_same_seed_gives_the_same_run();
	status_tells_links_and_venues();
	return CHECK_END("feed");
}
