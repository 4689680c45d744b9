/* Goal: what we say to Binance is what its documents ask for, and its answers are
 *       understood.
 * Method: topics, paths, limits and answers as the exchange's documents and dated notes
 *         give them, written down by hand. */
#include "say_fixture.h"

enum { SPOT = 1, USDM = 2, COINM = 3 };

static void
streams_have_the_documented_names_and_routes(void)
{
	const struct { uint8_t venue; const char *stream, *symbol, *want, *route; } row[] = {
		{ SPOT, "trade", "BTCUSDT", "btcusdt@aggTrade", "/stream" },
		{ SPOT, "ticker", "BTCUSDT", "btcusdt@miniTicker", "/stream" },
		{ SPOT, "ticker", NULL, "!miniTicker@arr", "/stream" },
		{ SPOT, "top", "BTCUSDT", "btcusdt@bookTicker", "/stream" },
		{ SPOT, "top", NULL, "(none)", "/stream" }, /* retired */
		{ SPOT, "liquidation", NULL, "(no stream)", "(no stream)" },
		{ USDM, "trade", "1000PEPEUSDT", "1000pepeusdt@aggTrade", "/market/stream" },
		{ USDM, "liquidation", NULL, "!forceOrder@arr", "/market/stream" },
		{ USDM, "mark", "BTCUSDT", "btcusdt@markPrice@1s", "/market/stream" },
		{ USDM, "mark", NULL, "!markPrice@arr@1s", "/market/stream" },
		{ USDM, "ticker", NULL, "!miniTicker@arr", "/market/stream" },
		{ USDM, "top", "BTCUSDT", "btcusdt@bookTicker", "/public/stream" },
		{ USDM, "top", NULL, "!bookTicker", "/public/stream" },
		{ COINM, "trade", "BTCUSD_PERP", "btcusd_perp@aggTrade", "/stream" },
		{ COINM, "mark", "BTCUSD_260925", "btcusd_260925@markPrice@1s", "/stream" },
		/* Letters without case stay as they are. */
		{ USDM, "trade", "\xe7\x89\x9bUSDT", "\xe7\x89\x9busdt@aggTrade", "/market/stream" },
		{ USDM, "trade", "A\"B", "(none)", "/market/stream" },
		{ USDM, "trade", "", "(none)", "/market/stream" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct venue_say *say = venue_say(row[i].venue);

		CHECK_TEXT(topic_of(say, row[i].stream, row[i].symbol), row[i].want);
		CHECK_TEXT(route_of(say, row[i].stream), row[i].route);
	}
	CHECK_TEXT(venue_say(SPOT)->ws, "wss://stream.binance.com:9443");
	CHECK_TEXT(venue_say(USDM)->ws, "wss://fstream.binance.com");
	CHECK_TEXT(venue_say(COINM)->ws, "wss://dstream.binance.com");
	CHECK_TEXT(venue_say(SPOT)->rest, "https://api.binance.com");
	CHECK_TEXT(venue_say(USDM)->rest, "https://fapi.binance.com");
	CHECK_TEXT(venue_say(COINM)->rest, "https://dapi.binance.com");
}

static void
portions_have_the_documented_form(void)
{
	CHECK_TEXT(portion_of(venue_say(SPOT), true, 7),
	           "{\"method\":\"SUBSCRIBE\",\"params\":[\"a\",\"b\"],\"id\":7}");
	CHECK_TEXT(portion_of(venue_say(USDM), false, 4294967295u),
	           "{\"method\":\"UNSUBSCRIBE\",\"params\":[\"a\",\"b\"],\"id\":4294967295}");
}

static void
limits_stay_within_the_documented_ones(void)
{
	for (uint8_t venue = SPOT; venue <= COINM; venue++) {
		const struct venue_say *say = venue_say(venue);

		CHECK(say->topics_per_link_max <= 1024);
		/* 5 messages a second on spot, 10 on futures, pongs among them. */
		CHECK(say->message_gap_ms >= (venue == SPOT ? 200 : 100));
		CHECK(say->ping == NULL); /* the venue pings */
		CHECK(say->life_ms == 24 * 3600000);
		/* The 20 s ping of spot must fit twice into no quiet limit. */
		CHECK(say->link_quiet_ms > 20000);
	}
	CHECK(venue_say(SPOT)->bucket[0].weight_max == 6000);
	CHECK(venue_say(USDM)->bucket[0].weight_max == 2400);
	/* One pool for both, by the notice of 2026-06-10. */
	CHECK(venue_say(USDM)->bucket[0].shared == venue_say(COINM)->bucket[0].shared);
	CHECK(venue_say(SPOT)->bucket[0].shared != venue_say(USDM)->bucket[0].shared);
	CHECK_TEXT(venue_say(USDM)->bucket[0].header, "X-MBX-USED-WEIGHT-1M");
	CHECK(say_ask_of(venue_say(SPOT), ASK_FILL)->weight == 4);
	CHECK(say_ask_of(venue_say(USDM), ASK_FILL)->weight == 20);
	CHECK(say_ask_of(venue_say(USDM), ASK_RATIO_GLOBAL)->bucket != 0);
	CHECK(venue_say(USDM)->bucket[1].weight_max == 1000);
	CHECK(venue_say(USDM)->bucket[1].window_ms == 300000);
}

static void
requests_have_the_documented_paths(void)
{
	const struct { uint8_t venue; enum say_asked asked; const char *symbol; uint64_t from;
	               const char *want; } row[] = {
		{ SPOT, ASK_FILL, "BTCUSDT", 901,
		  "/api/v3/aggTrades?symbol=BTCUSDT&fromId=901&limit=1000" },
		{ USDM, ASK_FILL, "BTCUSDT", 901,
		  "/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=901&limit=1000" },
		{ COINM, ASK_FILL, "BTCUSD_PERP", 1,
		  "/dapi/v1/aggTrades?symbol=BTCUSD_PERP&fromId=1&limit=1000" },
		{ USDM, ASK_OI, "\xe7\x89\x9bUSDT", 0,
		  "/fapi/v1/openInterest?symbol=%E7%89%9BUSDT" },
		{ USDM, ASK_RATIO_GLOBAL, "ETHUSDT", 0,
		  "/futures/data/globalLongShortAccountRatio?symbol=ETHUSDT&period=5m&limit=2" },
		{ USDM, ASK_RATIO_TAKER, "ETHUSDT", 0,
		  "/futures/data/takerlongshortRatio?symbol=ETHUSDT&period=5m&limit=2" },
		{ COINM, ASK_RATIO_TOP_POSITION, "BTCUSD_PERP", 0,
		  "/futures/data/topLongShortPositionRatio?pair=BTCUSD&period=5m&limit=2" },
		{ COINM, ASK_RATIO_TAKER, "BTCUSD_PERP", 0,
		  "/futures/data/takerBuySellVol?pair=BTCUSD&contractType=PERPETUAL&period=5m"
		  "&limit=2" },
		{ COINM, ASK_OI_HISTORY, "BTCUSD_PERP", 0,
		  "/futures/data/openInterestHist?pair=BTCUSD&contractType=PERPETUAL&period=5m"
		  "&limit=500" },
		{ USDM, ASK_BARS, "BTCUSDT", 0,
		  "/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=1440" },
		{ SPOT, ASK_BARS, "BTCUSDT", 0,
		  "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1000" },
		{ SPOT, ASK_OI, "BTCUSDT", 0, "(not asked)" },
		{ USDM, ASK_OI, NULL, 0, "(none)" },
		{ USDM, ASK_MARKS, NULL, 0, "/fapi/v1/premiumIndex" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK_TEXT(path_of(venue_say(row[i].venue), row[i].asked, row[i].symbol,
		                   row[i].from, ""), row[i].want);
}

static void
replies_are_told_apart(void)
{
	const struct { const char *msg; enum say_reply want; uint32_t id; } row[] = {
		{ "{\"result\":null,\"id\":7}", SAY_ACK, 7 },
		{ "{\"id\":7,\"result\":null}", SAY_ACK, 7 },
		{ "{\"result\":[\"btcusdt@aggTrade\"],\"id\":9}", SAY_ACK, 9 },
		{ "{\"code\":2,\"msg\":\"Invalid request: x\",\"id\":7}", SAY_REFUSED, 7 },
		{ "{\"error\":{\"code\":2,\"msg\":\"x\"},\"id\":7}", SAY_REFUSED, 7 },
		{ "{\"error\":{\"code\":2,\"msg\":\"x\"},\"id\":null}", SAY_REFUSED, 0 },
		{ "{\"stream\":\"btcusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\"}}", SAY_DATA, 0 },
		{ "{\"data\":{\"e\":\"aggTrade\"},\"stream\":\"btcusdt@aggTrade\"}", SAY_DATA, 0 },
		{ "{\"e\":\"aggTrade\",\"E\":1}", SAY_DATA, 0 },
		{ "{\"stream\":\"!serverShutdown\",\"data\":{\"e\":\"serverShutdown\",\"E\":1}}",
		  SAY_SHUTDOWN, 0 },
		{ "{\"e\":\"serverShutdown\",\"E\":1770123456789}", SAY_SHUTDOWN, 0 },
		{ "{\"result\":null,\"id\":7", SAY_DATA, 0 }, /* cut: the decoder counts it */
		{ "{\"result\":null,\"id\":-7}", SAY_ACK, 0 },
		{ "[1]", SAY_DATA, 0 },
		{ "", SAY_DATA, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct say_answer a = { 0 };

		CHECK(venue_say(USDM)->reply(slice_str(row[i].msg), &a) == row[i].want);
		if (row[i].want == SAY_ACK || row[i].want == SAY_REFUSED) {
			CHECK(a.has_id == (row[i].id != 0));
			CHECK(a.id == row[i].id);
		}
	}
}

static void
troubles_are_told_apart(void)
{
	const struct { int status; const char *body; enum say_trouble want; } row[] = {
		{ 200, "[]", TROUBLE_NONE },
		{ 200, "{\"symbols\":[{\"symbol\":\"BTCUSDT\"}]}", TROUBLE_NONE },
		{ 451, "{\"code\":0,\"msg\":\"Service unavailable from a restricted location\"}",
		  TROUBLE_PLACE },
		{ 403, "<html>", TROUBLE_WALL },
		{ 418, "", TROUBLE_BANNED },
		{ 429, "{\"code\":-1003,\"msg\":\"Too many requests\"}", TROUBLE_TOO_MANY },
		{ 400, "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}", TROUBLE_SYMBOL },
		{ 200, "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}", TROUBLE_SYMBOL },
		{ 400, "{\"code\": -1130, \"msg\":\"bad parameter\"}", TROUBLE_REQUEST },
		{ 404, "", TROUBLE_REQUEST },
		{ 503, "", TROUBLE_SERVER },
		{ 400, "{\"code\":-1001,\"msg\":\"Internal error\"}", TROUBLE_SERVER },
		{ 302, "", TROUBLE_STRANGE },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK(venue_say(USDM)->trouble(row[i].status, slice_str(row[i].body)) ==
		      row[i].want);
	/* What cannot get better by asking again is not asked again. */
	CHECK(!say_trouble_again(TROUBLE_SYMBOL));
	CHECK(!say_trouble_again(TROUBLE_REQUEST));
	CHECK(say_trouble_again(TROUBLE_SERVER));
	CHECK(say_trouble_pause_s(TROUBLE_WALL) >= 120); /* minutes, says the sheet */
}

static void
every_trouble_has_a_sentence_of_its_own(void)
{
	char said[TROUBLE_COUNT][400];

	for (int t = TROUBLE_NONE + 1; t < TROUBLE_COUNT; t++) {
		struct text out = text_init(said[t], sizeof said[t] - 1);

		say_trouble_sentence(venue_say(SPOT), (enum say_trouble)t, 403, &out);
		said[t][out.count] = '\0';
		CHECK(!out.cut);
		CHECK(strncmp(said[t], "binance-spot", 12) == 0);
		for (int other = TROUBLE_NONE + 1; other < t; other++)
			CHECK(strcmp(said[t], said[other]) != 0);
	}
}

static void
only_what_trades_for_dollars_is_watched(void)
{
	struct instrument row = row_of(USDM, "BTCUSDT");

	strcpy(row.status, "TRADING");
	CHECK(say_is_watchable(venue_say(USDM), &row));
	CHECK(!say_is_watchable(venue_say(SPOT), &row));
	strcpy(row.status, "SETTLING");
	CHECK(!say_is_watchable(venue_say(USDM), &row));
	strcpy(row.status, "TRADING");
	row.usd_quote = false;
	CHECK(!say_is_watchable(venue_say(USDM), &row));
}

int
main(void)
{
	for (uint8_t venue = SPOT; venue <= COINM; venue++)
		tables_are_whole(venue_say(venue));
	streams_have_the_documented_names_and_routes();
	portions_have_the_documented_form();
	limits_stay_within_the_documented_ones();
	requests_have_the_documented_paths();
	replies_are_told_apart();
	troubles_are_told_apart();
	every_trouble_has_a_sentence_of_its_own();
	only_what_trades_for_dollars_is_watched();
	return CHECK_END("binance_say");
}
