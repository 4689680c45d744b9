/* Goal: websocket messages of Bybit become the events that its documents mean, in
 *       any key order, and what is broken becomes nothing, with the right reason.
 * Method: fixtures with hand-written events; the same fixtures with their keys
 *       shuffled, cut at every length, and a table of what can be wrong with one.
 */
#include "bybit_fixture.h"

static struct bench bench;

static const struct { const char *name; const struct venue *venue; } fixture[] = {
	{ "trade_linear", &venue_bybit_linear },
	{ "trade_lots", &venue_bybit_linear },
	{ "trade_usdc_dated", &venue_bybit_linear },
	{ "trade_inverse", &venue_bybit_inverse },
	{ "trade_spot", &venue_bybit_spot },
	{ "liquidation_linear", &venue_bybit_linear },
	{ "liquidation_inverse", &venue_bybit_inverse },
	{ "ticker_linear", &venue_bybit_linear },
	{ "ticker_lots", &venue_bybit_linear },
	{ "ticker_inverse", &venue_bybit_inverse },
	{ "ticker_dated", &venue_bybit_inverse },
	{ "ticker_spot", &venue_bybit_spot },
	{ "book_spot", &venue_bybit_spot },
	{ "book_delta", &venue_bybit_inverse },
	{ "kline_linear", &venue_bybit_linear },
	{ "kline_inverse", &venue_bybit_inverse },
};

enum { FIXTURE_COUNT = sizeof fixture / sizeof fixture[0] };

static enum decode
decode(const char *text, size_t count)
{
	/* Memory of its exact size, so that a read behind the end is noticed. */
	static char *copy;

	free(copy);
	copy = malloc(count + (count == 0));
	memcpy(copy, text, count);
	return bench.venue->decode(bench.venue, &bench.call, slice_of(copy, count));
}

static void
every_fixture_gives_its_lines(void)
{
	for (int i = 0; i < FIXTURE_COUNT; i++) {
		struct slice frames = bench_file(fixture[i].name, ".ndjson");
		struct slice want = bench_file(fixture[i].name, ".want");

		bench_reset(&bench, fixture[i].venue);
		while (frames.count > 0) {
			struct slice frame = slice_cut(&frames, '\n');
			enum decode result = decode(frame.at, frame.count);

			CHECK(result == DECODE_OK || result == DECODE_NO_EVENT);
			CHECK((result == DECODE_OK) == (bench.batch.count > 0));
			bench_expect(&bench, &want, fixture[i].name);
		}
		CHECK(want.count == 0);
		CHECK(bench_skipped(&bench) == 0);
	}
}

/* --- any order, any blanks ----------------------------------------------------- */

static uint32_t seed;

static uint32_t
chance(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % n;
}

static void
blanks(struct text *t)
{
	static const char *const some[] = { "", "", " ", "\t", "\r\n", "  " };

	text_str(t, some[chance(6)]);
}

/* The same JSON with its members in another order, blanks between, and a member that
 * nobody knows. */
static void
shuffle(struct text *t, struct slice text, uint8_t type, int depth)
{
	struct { struct slice key; struct json_value value; } member[40];
	struct json r = json_open(text);
	int count = 0;

	if (type == JSON_ARRAY) {
		struct json_value v;

		text_char(t, '[');
		for (bool first = true; json_element(&r, &v); first = false) {
			if (!first)
				text_char(t, ',');
			blanks(t);
			if (v.type == JSON_STRING)
				text_json(t, v.text);
			else
				shuffle(t, v.text, v.type, depth + 1);
			blanks(t);
		}
		text_char(t, ']');
		return;
	}
	if (type != JSON_OBJECT) {
		text_put(t, text);
		return;
	}
	while (count < 39 && json_member(&r, &member[count].key, &member[count].value))
		count++;
	CHECK(json_ok(&r));
	member[count].key = SLICE("zzz");
	member[count].value.text = SLICE("{\"a\":[1,{\"T\":\"x\\\"y\"}]}");
	member[count].value.type = JSON_NONE;
	count++;
	text_char(t, '{');
	for (int left = count; left > 0; left--) {
		int i = (int)chance((uint32_t)left);

		if (left < count)
			text_char(t, ',');
		blanks(t);
		text_json(t, member[i].key);
		blanks(t);
		text_char(t, ':');
		blanks(t);
		if (member[i].value.type == JSON_STRING)
			text_json(t, member[i].value.text);
		else
			shuffle(t, member[i].value.text, member[i].value.type, depth + 1);
		blanks(t);
		member[i] = member[left - 1];
	}
	text_char(t, '}');
}

static void
the_order_of_keys_means_nothing(void)
{
	static char memory[16 * 1024];

	for (int i = 0; i < FIXTURE_COUNT; i++) {
		for (uint32_t round = 1; round <= 25; round++) {
			struct slice frames = bench_file(fixture[i].name, ".ndjson");
			struct slice want = bench_file(fixture[i].name, ".want");

			seed = round;
			bench_reset(&bench, fixture[i].venue);
			while (frames.count > 0) {
				struct slice frame = slice_cut(&frames, '\n');
				struct text t = text_init(memory, sizeof memory);

				shuffle(&t, frame, JSON_OBJECT, 0);
				CHECK(!t.cut);
				decode(t.at, t.count);
				bench_expect(&bench, &want, t.at);
			}
			CHECK(want.count == 0);
		}
	}
}

static void
a_cut_message_gives_nothing(void)
{
	for (int i = 0; i < FIXTURE_COUNT; i++) {
		struct slice frames = bench_file(fixture[i].name, ".ndjson");
		struct slice frame = slice_cut(&frames, '\n');
		struct slice want = bench_file(fixture[i].name, ".want");

		bench_reset(&bench, fixture[i].venue);
		for (size_t count = 0; count < frame.count; count++) {
			CHECK(decode(frame.at, count) == DECODE_JSON);
			CHECK(bench.batch.count == 0);
		}
		/* And leaves nothing behind. */
		CHECK(decode(frame.at, frame.count) == DECODE_OK);
		bench_expect(&bench, &want, fixture[i].name);
	}
}

/* --- what gives no event --------------------------------------------------------- */

#define TRADE(row) "{\"topic\":\"publicTrade.BTCUSDT\",\"type\":\"snapshot\",\"ts\":1," \
	"\"data\":[" row "]}"
#define GOOD "{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\",\"p\":\"2\",\"i\":\"x\"," \
	"\"BT\":false}"
#define LIQUIDATION(row) "{\"topic\":\"allLiquidation.BTCUSDT\",\"type\":\"snapshot\"," \
	"\"ts\":1,\"data\":[" row "]}"
#define TICKER(type, fields) "{\"topic\":\"tickers.BTCUSDT\",\"type\":\"" type "\",\"ts\":1," \
	"\"data\":{\"symbol\":\"BTCUSDT\"" fields "}}"
#define BOOK(type, fields) "{\"topic\":\"orderbook.1.BTCUSDT\",\"type\":\"" type "\"," \
	"\"ts\":1,\"data\":{\"s\":\"BTCUSDT\"" fields "}}"
#define KLINE(interval, row) "{\"topic\":\"kline." interval ".BTCUSDT\",\"type\":\"snapshot\"," \
	"\"ts\":1,\"data\":[" row "]}"
#define BAR_BUT(confirm, open) "{\"start\":60000,\"open\":\"" open "\",\"high\":\"3\"," \
	"\"low\":\"1\",\"close\":\"2\",\"volume\":\"5\",\"turnover\":\"10\",\"confirm\":" \
	confirm "}"

static void
what_is_wrong_is_told_by_its_reason(void)
{
	static const struct { enum decode want; const char *text; } row[] = {
		/* answers */
		{ DECODE_CONTROL, "{\"success\":true,\"ret_msg\":\"\",\"conn_id\":\"d\",\"req_id\":"
		                  "\"\",\"op\":\"subscribe\"}" },
		{ DECODE_CONTROL, "{\"success\":true,\"ret_msg\":\"pong\",\"conn_id\":\"d\","
		                  "\"req_id\":\"p\",\"op\":\"ping\"}" },
		{ DECODE_CONTROL, "{\"args\":[\"1672916271846\"],\"op\":\"pong\"}" },
		{ DECODE_ERROR_REPLY, "{\"success\":false,\"ret_msg\":\"Invalid topic :[x]\","
		                      "\"conn_id\":\"d\",\"op\":\"subscribe\"}" },
		{ DECODE_UNKNOWN_CHANNEL, "{}" },
		{ DECODE_UNKNOWN_CHANNEL, "{\"ret_code\":0,\"result\":[]}" },
		{ DECODE_SHAPE, "{\"topic\":5,\"data\":[]}" },
		/* channels without events */
		{ DECODE_NO_EVENT, "{\"topic\":\"orderbook.50.BTCUSDT\",\"type\":\"delta\",\"ts\":1,"
		                   "\"data\":{\"s\":\"BTCUSDT\",\"b\":[],\"a\":[]}}" },
		{ DECODE_NO_EVENT, "{\"topic\":\"orderbook.1000.BTCUSDT\",\"data\":{}}" },
		{ DECODE_NO_EVENT, "{\"topic\":\"adlAlert.USDT\",\"type\":\"snapshot\",\"ts\":1,"
		                   "\"data\":[{\"c\":\"USDT\"}]}" },
		{ DECODE_NO_EVENT, "{\"topic\":\"insurance.USDT\",\"data\":[]}" },
		{ DECODE_NO_EVENT, "{\"topic\":\"priceLimit.BTCUSDT\",\"data\":{}}" },
		{ DECODE_NO_EVENT, "{\"data\":{\"price\":\"0.03803\",\"side\":\"Buy\",\"size\":"
		                   "\"1637\",\"symbol\":\"GALAUSDT\",\"updatedTime\":1673251091822},"
		                   "\"topic\":\"liquidation.GALAUSDT\",\"ts\":1673251091822,"
		                   "\"type\":\"snapshot\"}" },
		{ DECODE_NO_EVENT, KLINE("M", BAR_BUT("true", "2")) },
		/* retired formats */
		{ DECODE_UNKNOWN_CHANNEL, "{\"topic\":\"trade.BTCUSD\",\"data\":[{\"symbol\":"
		                          "\"BTCUSD\",\"side\":\"Buy\",\"size\":6000,\"price\":9366}]}" },
		{ DECODE_UNKNOWN_CHANNEL, "{\"topic\":\"instrument_info.100ms.BTCUSD\",\"type\":"
		                          "\"delta\",\"data\":{}}" },
		{ DECODE_UNKNOWN_CHANNEL, "{\"topic\":\"publicTrades.BTCUSDT\",\"data\":[]}" },
		{ DECODE_UNKNOWN_CHANNEL, "{\"topic\":\"depth\",\"event\":\"cancel\"}" },
		/* broken */
		{ DECODE_JSON, "" },
		{ DECODE_JSON, "   " },
		{ DECODE_JSON, "pong" },
		{ DECODE_JSON, "[1,2]" },
		{ DECODE_JSON, TRADE(GOOD) "}" },
		{ DECODE_JSON, TRADE("{\"T\":5,}") },
		/* trades */
		{ DECODE_OK, TRADE(GOOD) },
		{ DECODE_EMPTY, TRADE("") },
		{ DECODE_SHAPE, "{\"topic\":\"publicTrade.BTCUSDT\",\"ts\":1}" },
		{ DECODE_SHAPE, "{\"topic\":\"publicTrade.BTCUSDT\",\"data\":" GOOD "}" },
		{ DECODE_SHAPE, TRADE("5") },
		{ DECODE_SHAPE, TRADE(GOOD ",{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"buy\",\"v\":\"1\","
		                      "\"p\":\"2\",\"i\":\"x\"}") },
		{ DECODE_SHAPE, TRADE(GOOD ",{\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\","
		                      "\"p\":\"2\",\"i\":\"x\"}") },
		{ DECODE_SHAPE, TRADE("{\"T\":5,\"S\":\"Buy\",\"v\":\"1\",\"p\":\"2\"}") },
		{ DECODE_SHAPE, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"v\":\"1\",\"p\":\"2\"}") },
		{ DECODE_SHAPE, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"p\":\"2\"}") },
		{ DECODE_SHAPE, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\"}") },
		{ DECODE_SHAPE, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\","
		                      "\"p\":\"2\",\"BT\":1}") },
		{ DECODE_SHAPE, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\","
		                      "\"p\":\"2\",\"RPI\":\"yes\"}") },
		{ DECODE_SHAPE, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\","
		                      "\"p\":\"2\",\"i\":[]}") },
		{ DECODE_NUMBER, TRADE(GOOD ",{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"0\","
		                       "\"p\":\"2\",\"i\":\"x\"}") },
		{ DECODE_NUMBER, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\","
		                       "\"p\":\"0.00\",\"i\":\"x\"}") },
		{ DECODE_NUMBER, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"-1\","
		                       "\"p\":\"2\",\"i\":\"x\"}") },
		{ DECODE_NUMBER, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"\","
		                       "\"p\":\"2\",\"i\":\"x\"}") },
		{ DECODE_NUMBER, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1e400\","
		                       "\"p\":\"2\",\"i\":\"x\"}") },
		{ DECODE_NUMBER, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1e300\","
		                       "\"p\":\"1e300\",\"i\":\"x\"}") },
		{ DECODE_NUMBER, TRADE("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"NaN\","
		                       "\"p\":\"2\",\"i\":\"x\"}") },
		{ DECODE_NUMBER, TRADE("{\"T\":0,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\","
		                       "\"p\":\"2\"}") },
		{ DECODE_NUMBER, TRADE("{\"T\":-5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\","
		                       "\"p\":\"2\"}") },
		{ DECODE_NUMBER, TRADE("{\"T\":9223372036855,\"s\":\"BTCUSDT\",\"S\":\"Buy\","
		                       "\"v\":\"1\",\"p\":\"2\"}") },
		{ DECODE_NUMBER, TRADE("{\"T\":1.5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\","
		                       "\"p\":\"2\"}") },
		/* liquidations */
		{ DECODE_EMPTY, LIQUIDATION("") },
		{ DECODE_SHAPE, LIQUIDATION("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Long\",\"v\":\"1\","
		                            "\"p\":\"2\"}") },
		{ DECODE_SHAPE, LIQUIDATION("{\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\","
		                            "\"p\":\"2\"}") },
		{ DECODE_NUMBER, LIQUIDATION("{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\","
		                             "\"p\":\"2\"},{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\","
		                             "\"v\":\"x\",\"p\":\"2\"}") },
		/* tickers */
		{ DECODE_DELTA_FIRST, TICKER("delta", ",\"lastPrice\":\"5\"") },
		{ DECODE_SHAPE, TICKER("partial", ",\"lastPrice\":\"5\"") },
		{ DECODE_SHAPE, "{\"topic\":\"tickers.BTCUSDT\",\"ts\":1,\"data\":{\"symbol\":"
		                "\"BTCUSDT\"}}" },
		{ DECODE_SHAPE, "{\"topic\":\"tickers.BTCUSDT\",\"type\":\"snapshot\",\"ts\":1,"
		                "\"data\":{\"lastPrice\":\"5\"}}" },
		{ DECODE_SHAPE, "{\"topic\":\"tickers.BTCUSDT\",\"type\":\"snapshot\",\"ts\":1,"
		                "\"data\":[]}" },
		{ DECODE_NO_EVENT, TICKER("snapshot", "") },
		{ DECODE_NO_EVENT, TICKER("snapshot", ",\"lastPrice\":\"\",\"basis\":\"7\"") },
		{ DECODE_NUMBER, TICKER("snapshot", ",\"lastPrice\":\"5\",\"volume24h\":\"-1\"") },
		{ DECODE_NUMBER, TICKER("snapshot", ",\"bid1Price\":\"-5\"") },
		{ DECODE_NUMBER, TICKER("snapshot", ",\"markPrice\":\"5,0\"") },
		{ DECODE_NUMBER, TICKER("snapshot", ",\"nextFundingTime\":\"2022-06-02\"") },
		{ DECODE_SHAPE, TICKER("snapshot", ",\"lastPrice\":true") },
		/* books */
		{ DECODE_DELTA_FIRST, BOOK("delta", ",\"b\":[],\"a\":[]") },
		{ DECODE_SHAPE, BOOK("snapshot", ",\"b\":[]") },
		{ DECODE_SHAPE, BOOK("snapshot", ",\"b\":[[\"1\"]],\"a\":[]") },
		{ DECODE_SHAPE, BOOK("snapshot", ",\"b\":[5],\"a\":[]") },
		{ DECODE_NUMBER, BOOK("snapshot", ",\"b\":[[\"0\",\"1\"]],\"a\":[]") },
		{ DECODE_NUMBER, BOOK("snapshot", ",\"b\":[[\"5\",\"-1\"]],\"a\":[]") },
		/* bars */
		{ DECODE_OK, KLINE("1", BAR_BUT("true", "2")) },
		{ DECODE_EMPTY, KLINE("1", "") },
		{ DECODE_SHAPE, KLINE("2", BAR_BUT("true", "2")) },
		{ DECODE_SHAPE, KLINE("1", BAR_BUT("\"true\"", "2")) },
		{ DECODE_NUMBER, KLINE("1", BAR_BUT("true", "0")) },
		{ DECODE_NUMBER, KLINE("1", BAR_BUT("true", "2") "," BAR_BUT("true", "")) },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		enum decode result;

		bench_reset(&bench, &venue_bybit_linear);
		result = decode(row[i].text, strlen(row[i].text));
		CHECK(result == row[i].want);
		if (result != row[i].want)
			printf("%s: %s instead of %s\n", row[i].text, decode_text(result),
			       decode_text(row[i].want));
		CHECK((result == DECODE_OK) == (bench.batch.count > 0));
		CHECK(bench_skipped(&bench) == 0);
	}
}

static void
a_broken_delta_changes_nothing(void)
{
	static const char *const good = TICKER("snapshot", ",\"lastPrice\":\"5\"");
	static const char *const bad = TICKER("delta", ",\"lastPrice\":\"6\",\"volume24h\":\"x\"");
	static const char *const next = TICKER("delta", ",\"highPrice24h\":\"7\"");

	bench_reset(&bench, &venue_bybit_linear);
	CHECK(decode(good, strlen(good)) == DECODE_OK);
	CHECK(decode(bad, strlen(bad)) == DECODE_NUMBER);
	bench.batch.count = 0;
	CHECK(decode(next, strlen(next)) == DECODE_OK);
	CHECK(bench.batch.count == 1);
	CHECK(bench.event[0].u.ticker.last == 5);
	CHECK(bench.event[0].u.ticker.high == 7);
	/* A new subscription begins from nothing. */
	((struct venue_state *)bench.state)->epoch++;
	bench.batch.count = 0;
	CHECK(decode(next, strlen(next)) == DECODE_DELTA_FIRST);
}

/* An old single value must not stand beside a new one of both sides. */
static void
a_value_alone_makes_the_other_old(void)
{
	static const char *const first = TICKER("snapshot",
		",\"openInterest\":\"10\",\"openInterestValue\":\"100\","
		"\"singleOpenInterest\":\"5\",\"singleOpenInterestValue\":\"50\"");
	static const char *const second = TICKER("delta", ",\"openInterestValue\":\"120\"");

	bench_reset(&bench, &venue_bybit_linear);
	CHECK(decode(first, strlen(first)) == DECODE_OK);
	CHECK(bench.batch.count == 1);
	CHECK(bench.event[0].u.oi.qty == 5);
	CHECK(bench.event[0].u.oi.usd == 50);
	bench.batch.count = 0;
	CHECK(decode(second, strlen(second)) == DECODE_OK);
	CHECK(bench.batch.count == 1);
	CHECK(bench.event[0].u.oi.qty == 5);
	CHECK(bench.event[0].u.oi.usd == 60);
}

/* The only price there is makes more coins than a double holds. */
static void
coins_beyond_a_double_are_unknown(void)
{
	static const char *const text =
		"{\"topic\":\"tickers.BTCUSD\",\"type\":\"snapshot\",\"ts\":1,\"data\":{"
		"\"symbol\":\"BTCUSD\",\"bid1Price\":\"1e-300\",\"bid1Size\":\"1e30\","
		"\"ask1Price\":\"2\",\"ask1Size\":\"4\"}}";

	bench_reset(&bench, &venue_bybit_inverse);
	CHECK(decode(text, strlen(text)) == DECODE_OK);
	CHECK(bench.batch.count == 1);
	CHECK(is_absent(bench.event[0].u.top.bid_qty));
	CHECK(bench.event[0].u.top.ask_qty == 2);
}

/* Nobody lists them today; dollars would still be dollars, whatever a lot is. */
static void
inverse_lots_count_dollars(void)
{
	static const char *const trade =
		"{\"topic\":\"publicTrade.1000XUSD\",\"data\":[{\"T\":5,\"s\":\"1000XUSD\","
		"\"S\":\"Buy\",\"v\":\"1000\",\"p\":\"0.5\"}]}";
	static const char *const ticker =
		"{\"topic\":\"tickers.1000XUSD\",\"type\":\"snapshot\",\"ts\":1,\"data\":{"
		"\"symbol\":\"1000XUSD\",\"volume24h\":\"700\",\"turnover24h\":\"3\","
		"\"bid1Price\":\"0.5\",\"bid1Size\":\"10\"}}";

	bench_reset(&bench, &venue_bybit_inverse);
	CHECK(decode(trade, strlen(trade)) == DECODE_OK);
	CHECK(decode(ticker, strlen(ticker)) == DECODE_OK);
	CHECK(bench.batch.count == 3);
	CHECK(bench.event[0].u.trade.price == 0.0005);
	CHECK(bench.event[0].u.trade.qty == 2000000);
	CHECK(bench.event[0].u.trade.usd == 1000);
	CHECK(bench.event[1].u.ticker.usd == 700);
	CHECK(bench.event[1].u.ticker.qty == 3000);
	CHECK(bench.event[2].u.top.bid_qty == 20000);
}

/* More levels than a depth of 1 has. */
static void
the_best_of_several_levels_is_the_top(void)
{
	static const char *const snapshot = BOOK("snapshot",
		",\"b\":[[\"10\",\"1\"],[\"9\",\"2\"]],\"a\":[[\"11\",\"3\"],[\"12\",\"4\"]]");
	static const char *const delta = BOOK("delta",
		",\"b\":[[\"8\",\"5\"],[\"9\",\"6\"],[\"7\",\"7\"]],"
		"\"a\":[[\"14\",\"5\"],[\"13\",\"6\"],[\"15\",\"7\"]]");

	bench_reset(&bench, &venue_bybit_linear);
	CHECK(decode(snapshot, strlen(snapshot)) == DECODE_OK);
	CHECK(decode(delta, strlen(delta)) == DECODE_OK);
	CHECK(bench.batch.count == 2);
	CHECK(bench.event[0].u.top.bid == 10);
	CHECK(bench.event[0].u.top.ask == 11);
	CHECK(bench.event[1].u.top.bid == 9);
	CHECK(bench.event[1].u.top.bid_qty == 6);
	CHECK(bench.event[1].u.top.ask == 13);
	CHECK(bench.event[1].u.top.ask_qty == 6);
}

static void
a_snapshot_forgets_what_was_before(void)
{
	static const char *const first = TICKER("snapshot", ",\"lastPrice\":\"5\",\"lowPrice24h\":"
	                                                    "\"4\"");
	static const char *const second = TICKER("snapshot", ",\"lastPrice\":\"6\"");

	bench_reset(&bench, &venue_bybit_linear);
	CHECK(decode(first, strlen(first)) == DECODE_OK);
	bench.batch.count = 0;
	CHECK(decode(second, strlen(second)) == DECODE_OK);
	CHECK(bench.batch.count == 1);
	CHECK(bench.event[0].u.ticker.last == 6);
	CHECK(is_absent(bench.event[0].u.ticker.low));
}

/* --- rows that are not ours -------------------------------------------------------- */

static void
rows_of_another_line_are_skipped_for_themselves(void)
{
	static const struct {
		const struct venue *venue;
		const char *symbol;
		enum decode want; /* DECODE_OK: it is ours */
	} row[] = {
		{ &venue_bybit_linear, "BTCUSD", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_linear, "BTCUSDU23", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_linear, "ETHBTC", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_linear, "BTC-6JAN23-17500-C", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_linear, "BTC-27DEC24-60000-P-USDT", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_linear, "???", DECODE_UNKNOWN_SYMBOL },
		{ &venue_bybit_linear, "", DECODE_UNKNOWN_SYMBOL },
		{ &venue_bybit_linear, "A23456789012345678901234567890123USDT",
		  DECODE_UNKNOWN_SYMBOL },
		{ &venue_bybit_inverse, "BTCUSDT", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_inverse, "BTCPERP", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_inverse, "BTC-27DEC24", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_spot, "BTCUSD", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_spot, "BTCPERP", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_spot, "BTCUSDT-27DEC24", DECODE_OTHER_PRODUCT },
		{ &venue_bybit_spot, "NOQUOTE", DECODE_UNKNOWN_SYMBOL },
	};
	char text[512];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		/* The bad row stands between two good ones of the venue. */
		const char *ours = row[i].venue == &venue_bybit_inverse ? "ETHUSD" : "ETHUSDT";

		snprintf(text, sizeof text,
		         "{\"topic\":\"publicTrade.X\",\"ts\":1,\"data\":["
		         "{\"T\":5,\"s\":\"%s\",\"S\":\"Buy\",\"v\":\"1\",\"p\":\"2\"},"
		         "{\"T\":5,\"s\":\"%s\",\"S\":\"Buy\",\"v\":\"1\",\"p\":\"2\"},"
		         "{\"T\":6,\"s\":\"%s\",\"S\":\"Sell\",\"v\":\"1\",\"p\":\"2\"}]}",
		         ours, row[i].symbol, ours);
		bench_reset(&bench, row[i].venue);
		CHECK(decode(text, strlen(text)) == DECODE_OK);
		CHECK(bench.batch.count == 2);
		CHECK(bench.call.skipped[row[i].want] == 1);
		CHECK(bench_skipped(&bench) == 1);
		if (bench.call.skipped[row[i].want] != 1)
			printf("%s on %s\n", row[i].symbol, row[i].venue->name);
	}
}

/* A message that is one row says by its result that the row is not ours. */
static void
messages_of_another_line_say_so(void)
{
	static const struct { enum decode want; const char *text; } row[] = {
		{ DECODE_OTHER_PRODUCT,
		  "{\"topic\":\"tickers.BTCUSD\",\"type\":\"snapshot\",\"ts\":1,\"data\":{"
		  "\"symbol\":\"BTCUSD\",\"lastPrice\":\"5\"}}" },
		{ DECODE_OTHER_PRODUCT,
		  "{\"topic\":\"tickers.BTC-6JAN23-17500-C\",\"type\":\"snapshot\",\"ts\":1,"
		  "\"data\":{\"symbol\":\"BTC-6JAN23-17500-C\",\"lastPrice\":\"5\"}}" },
		{ DECODE_OTHER_PRODUCT,
		  "{\"topic\":\"orderbook.1.BTCUSD\",\"type\":\"snapshot\",\"ts\":1,\"data\":{"
		  "\"s\":\"BTCUSD\",\"b\":[],\"a\":[]}}" },
		{ DECODE_OTHER_PRODUCT, "{\"topic\":\"kline.1.BTCUSD\",\"data\":[]}" },
		{ DECODE_UNKNOWN_SYMBOL,
		  "{\"topic\":\"tickers.X\",\"type\":\"snapshot\",\"ts\":1,\"data\":{"
		  "\"symbol\":\"X\",\"lastPrice\":\"5\"}}" },
		{ DECODE_UNKNOWN_SYMBOL, "{\"topic\":\"kline.1.X\",\"data\":[]}" },
		{ DECODE_UNKNOWN_SYMBOL, "{\"topic\":\"kline.1\",\"data\":[]}" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		bench_reset(&bench, &venue_bybit_linear);
		CHECK(decode(row[i].text, strlen(row[i].text)) == row[i].want);
		CHECK(bench.batch.count == 0);
		CHECK(bench_skipped(&bench) == 0);
		CHECK(bench.table.count == 1);
	}
}

/* A list that breaks behind a row that is not ours: nothing is told twice. */
static void
a_broken_list_skips_nothing(void)
{
	static const char *const text = TRADE(
		"{\"T\":5,\"s\":\"BTCUSD\",\"S\":\"Buy\",\"v\":\"1\",\"p\":\"2\"},"
		"{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\",\"p\":\"0\"}");

	bench_reset(&bench, &venue_bybit_linear);
	CHECK(decode(text, strlen(text)) == DECODE_NUMBER);
	CHECK(bench_skipped(&bench) == 0);
}

static void
a_table_that_does_not_learn_knows_only_what_it_was_told(void)
{
	static const char *const known = TRADE(GOOD);
	static const char *const other =
		"{\"topic\":\"publicTrade.ETHUSDT\",\"data\":[{\"T\":5,\"s\":\"ETHUSDT\","
		"\"S\":\"Buy\",\"v\":\"1\",\"p\":\"2\"}]}";

	bench_reset(&bench, &venue_bybit_linear);
	CHECK(decode(known, strlen(known)) == DECODE_OK);
	bench.table.learn = false;
	CHECK(decode(known, strlen(known)) == DECODE_OK);
	CHECK(bench.batch.count == 2);
	CHECK(decode(other, strlen(other)) == DECODE_OK);
	CHECK(bench.batch.count == 2);
	CHECK(bench.call.skipped[DECODE_UNKNOWN_SYMBOL] == 1);
}

static void
spot_has_no_liquidations_and_no_ticker_deltas(void)
{
	static const char *const liquidation = LIQUIDATION(
		"{\"T\":5,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"1\",\"p\":\"2\"}");
	static const char *const snapshot = TICKER("snapshot", ",\"lastPrice\":\"5\",\"markPrice\":"
	                                                       "\"5\",\"bid1Price\":\"5\"");
	static const char *const delta = TICKER("delta", ",\"lastPrice\":\"5\"");

	bench_reset(&bench, &venue_bybit_spot);
	CHECK(decode(liquidation, strlen(liquidation)) == DECODE_OTHER_PRODUCT);
	CHECK(decode(snapshot, strlen(snapshot)) == DECODE_OK);
	CHECK(bench.batch.count == 1);
	CHECK(bench.event[0].kind == EVENT_TICKER);
	CHECK(decode(delta, strlen(delta)) == DECODE_DELTA_FIRST);
}

static void
a_symbol_with_escapes_is_the_same_symbol(void)
{
	static const char *const text =
		"{\"topic\":\"publicTrade.BTCUSDT\",\"data\":[{\"T\":5,\"s\":\"BTC\\u0055SDT\","
		"\"S\":\"Buy\",\"v\":\"1\",\"p\":\"2\"}]}";

	bench_reset(&bench, &venue_bybit_linear);
	CHECK(decode(text, strlen(text)) == DECODE_OK);
	CHECK(bench.batch.count == 1);
	CHECK_TEXT(bench.table.at[bench.event[0].instrument].symbol, "BTCUSDT");
}

static void
a_full_batch_refuses_the_whole_message(void)
{
	static const char *const two = TRADE(GOOD "," GOOD);

	bench_reset(&bench, &venue_bybit_linear);
	bench.batch.count_max = 2;
	CHECK(decode(two, strlen(two)) == DECODE_OK);
	bench.batch.count = 1;
	CHECK(decode(two, strlen(two)) == DECODE_TOO_MANY);
	CHECK(bench.batch.count == 1);
}

int
main(void)
{
	every_fixture_gives_its_lines();
	the_order_of_keys_means_nothing();
	a_cut_message_gives_nothing();
	what_is_wrong_is_told_by_its_reason();
	a_broken_delta_changes_nothing();
	a_value_alone_makes_the_other_old();
	coins_beyond_a_double_are_unknown();
	inverse_lots_count_dollars();
	the_best_of_several_levels_is_the_top();
	a_snapshot_forgets_what_was_before();
	rows_of_another_line_are_skipped_for_themselves();
	messages_of_another_line_say_so();
	a_broken_list_skips_nothing();
	a_table_that_does_not_learn_knows_only_what_it_was_told();
	spot_has_no_liquidations_and_no_ticker_deltas();
	a_symbol_with_escapes_is_the_same_symbol();
	a_full_batch_refuses_the_whole_message();
	return CHECK_END("bybit");
}
