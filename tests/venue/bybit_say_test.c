/* Goal: what we say to Bybit is what its documents ask for, and its answers are
 *       understood.
 * Method: topics, paths, limits and answers as the exchange's documents give them,
 *         written down by hand. */
#include "say_fixture.h"

enum { SPOT = 4, LINEAR = 5, INVERSE = 6 };

static void
streams_have_the_documented_names_and_routes(void)
{
	const struct { uint8_t venue; const char *stream, *symbol, *want, *route; } row[] = {
		{ SPOT, "trade", "BTCUSDT", "publicTrade.BTCUSDT", "/v5/public/spot" },
		{ SPOT, "ticker", "BTCUSDT", "tickers.BTCUSDT", "/v5/public/spot" },
		{ SPOT, "top", "BTCUSDT", "orderbook.1.BTCUSDT", "/v5/public/spot" },
		{ SPOT, "liquidation", "BTCUSDT", "(no stream)", "(no stream)" },
		{ LINEAR, "trade", "BTCPERP", "publicTrade.BTCPERP", "/v5/public/linear" },
		{ LINEAR, "liquidation", "BTC-27DEC24", "allLiquidation.BTC-27DEC24",
		  "/v5/public/linear" },
		{ LINEAR, "liquidation", NULL, "(none)", "/v5/public/linear" }, /* none for all */
		{ INVERSE, "ticker", "BTCUSD", "tickers.BTCUSD", "/v5/public/inverse" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct venue_say *say = venue_say(row[i].venue);

		CHECK_TEXT(topic_of(say, row[i].stream, row[i].symbol), row[i].want);
		CHECK_TEXT(route_of(say, row[i].stream), row[i].route);
		CHECK_TEXT(say->ws, "wss://stream.bybit.com");
		CHECK_TEXT(say->rest, "https://api.bybit.com");
	}
}

static void
portions_and_limits_are_the_documented_ones(void)
{
	CHECK_TEXT(portion_of(venue_say(LINEAR), true, 3),
	           "{\"req_id\":\"3\",\"op\":\"subscribe\",\"args\":[\"a\",\"b\"]}");
	CHECK_TEXT(portion_of(venue_say(LINEAR), false, 4),
	           "{\"req_id\":\"4\",\"op\":\"unsubscribe\",\"args\":[\"a\",\"b\"]}");
	for (uint8_t venue = SPOT; venue <= INVERSE; venue++) {
		const struct venue_say *say = venue_say(venue);

		CHECK(say->topic_bytes_per_link_max <= 21000);
		CHECK(say->topics_per_message_max <= 10);
		CHECK(say->ping_every_ms == 20000);
		CHECK_TEXT(say->ping, "{\"op\":\"ping\"}");
		CHECK(say->link_quiet_ms > 2 * say->ping_every_ms); /* one pong may be lost */
		CHECK(say->bucket[0].weight_max == 600);
		CHECK(say->bucket[0].window_ms == 5000);
		CHECK(say->bucket[0].shared == venue_say(SPOT)->bucket[0].shared);
	}
}

static void
requests_have_the_documented_paths(void)
{
	const struct { uint8_t venue; enum say_asked asked; const char *symbol, *cursor, *want; }
	row[] = {
		{ LINEAR, ASK_INSTRUMENTS, NULL, "first%3DX",
		  "/v5/market/instruments-info?category=linear&limit=1000&cursor=first%3DX" },
		{ SPOT, ASK_FILL, "BTCUSDT", "",
		  "/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=60" },
		{ LINEAR, ASK_FILL, "BTCUSDT", "",
		  "/v5/market/recent-trade?category=linear&symbol=BTCUSDT&limit=1000" },
		{ INVERSE, ASK_TICKERS, NULL, "", "/v5/market/tickers?category=inverse" },
		{ LINEAR, ASK_RATIO_GLOBAL, "BTCUSDT", "",
		  "/v5/market/account-ratio?category=linear&symbol=BTCUSDT&period=5min&limit=2" },
		{ LINEAR, ASK_BARS, "BTCUSDT", "",
		  "/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1&limit=1000" },
		{ LINEAR, ASK_OI_HISTORY, "BTCUSDT", "",
		  "/v5/market/open-interest?category=linear&symbol=BTCUSDT&intervalTime=5min"
		  "&limit=200" },
		{ SPOT, ASK_RATIO_GLOBAL, "BTCUSDT", "", "(not asked)" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK_TEXT(path_of(venue_say(row[i].venue), row[i].asked, row[i].symbol, 0,
		                   row[i].cursor), row[i].want);
}

static void
replies_are_told_apart(void)
{
	const struct { const char *msg; enum say_reply want; uint32_t id; } row[] = {
		{ "{\"success\":true,\"ret_msg\":\"\",\"conn_id\":\"c\",\"req_id\":\"12\",\"op\":"
		  "\"subscribe\"}", SAY_ACK, 12 },
		{ "{\"success\":true,\"ret_msg\":\"subscribe\",\"conn_id\":\"c\",\"req_id\":\"12\","
		  "\"op\":\"subscribe\"}", SAY_ACK, 12 },
		{ "{\"success\":false,\"ret_msg\":\"Invalid topic :[x]\",\"conn_id\":\"c\",\"op\":"
		  "\"subscribe\"}", SAY_REFUSED, 0 },
		{ "{\"success\":false,\"ret_msg\":\"error:handler not found,topic:x\",\"conn_id\":"
		  "\"c\",\"req_id\":\"9\",\"op\":\"subscribe\"}", SAY_REFUSED, 9 },
		/* The pong of spot and contracts says op ping; that of options op pong. */
		{ "{\"success\":true,\"ret_msg\":\"pong\",\"conn_id\":\"c\",\"req_id\":\"\",\"op\":"
		  "\"ping\"}", SAY_PONG, 0 },
		{ "{\"args\":[\"1\"],\"op\":\"pong\"}", SAY_PONG, 0 },
		{ "{\"topic\":\"tickers.BTCUSDT\",\"type\":\"delta\",\"data\":{}}", SAY_DATA, 0 },
		{ "{\"type\":\"delta\",\"topic\":\"tickers.BTCUSDT\",\"data\":{}}", SAY_DATA, 0 },
		{ "{\"success\":true", SAY_DATA, 0 },
		{ "", SAY_DATA, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct say_answer a = { 0 };

		CHECK(venue_say(LINEAR)->reply(slice_str(row[i].msg), &a) == row[i].want);
		CHECK(a.id == row[i].id);
		CHECK(a.has_id == (row[i].id != 0));
	}
}

static void
troubles_are_told_apart(void)
{
	const struct { int status; const char *body; enum say_trouble want; } row[] = {
		{ 200, "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{}}", TROUBLE_NONE },
		{ 200, "{\"retCode\": 0}", TROUBLE_NONE },
		{ 403, "403 Forbidden: access too frequent", TROUBLE_BANNED },
		{ 403, "<html>The Amazon CloudFront distribution is configured to block access "
		       "from your country", TROUBLE_PLACE },
		{ 200, "{\"retCode\":10009,\"retMsg\":\"x\"}", TROUBLE_PLACE },
		{ 200, "{\"retCode\":10024,\"retMsg\":\"x\"}", TROUBLE_PLACE },
		{ 200, "{\"retCode\":10006,\"retMsg\":\"Too many visits!\"}", TROUBLE_TOO_MANY },
		{ 429, "", TROUBLE_TOO_MANY },
		{ 200, "{\"retCode\":429,\"retMsg\":\"x\"}", TROUBLE_TOO_MANY },
		{ 200, "{\"retCode\":10001,\"retMsg\":\"params error: Symbol Is Invalid\"}",
		  TROUBLE_SYMBOL },
		{ 200, "{\"retCode\":10001,\"retMsg\":\"params error\"}", TROUBLE_REQUEST },
		{ 404, "", TROUBLE_REQUEST },
		{ 502, "<html>", TROUBLE_SERVER },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK(venue_say(LINEAR)->trouble(row[i].status, slice_str(row[i].body)) ==
		      row[i].want);
}

int
main(void)
{
	for (uint8_t venue = SPOT; venue <= INVERSE; venue++)
		tables_are_whole(venue_say(venue));
	streams_have_the_documented_names_and_routes();
	portions_and_limits_are_the_documented_ones();
	requests_have_the_documented_paths();
	replies_are_told_apart();
	troubles_are_told_apart();
	return CHECK_END("bybit_say");
}
