/* Goal: REST answers of Bybit become the events and instruments that its documents
 *       mean, row by row, and what is no such row becomes nothing.
 * Method: whole bodies with hand-written lines, walked as the pipeline walks them;
 *       rows cut at every length; a table of what can be wrong.
 */
#include "base/jsonlist.h"
#include "bybit_fixture.h"

static struct bench bench;
static struct slice asked, want;
static const char *name;
static uint32_t result_count[DECODE_COUNT];

static void
on_element(void *context, struct slice element)
{
	enum decode result = bench.venue->body(bench.venue, &bench.call, asked, element);

	(void)context;
	CHECK((result == DECODE_OK) || bench.batch.count == 0);
	result_count[result]++;
	bench_expect(&bench, &want, name);
}

static void
every_body_gives_its_lines(void)
{
	static const struct {
		const char *name;
		const struct venue *venue;
		const char *asked;
		uint32_t other; /* rows of other lines */
	} row[] = {
		{ "rest_instruments_linear", &venue_bybit_linear,
		  "/v5/market/instruments-info?category=linear&limit=1000", 2 },
		{ "rest_instruments_inverse", &venue_bybit_inverse,
		  "/v5/market/instruments-info?category=inverse", 0 },
		{ "rest_instruments_spot", &venue_bybit_spot,
		  "/v5/market/instruments-info?category=spot", 0 },
		{ "rest_tickers_linear", &venue_bybit_linear,
		  "/v5/market/tickers?category=linear", 1 },
		{ "rest_tickers_spot", &venue_bybit_spot,
		  "/v5/market/tickers?category=spot", 0 },
		{ "rest_oi_linear", &venue_bybit_linear,
		  "/v5/market/open-interest?category=linear&symbol=1000PEPEUSDT&intervalTime=5min",
		  0 },
		{ "rest_oi_inverse", &venue_bybit_inverse,
		  "/v5/market/open-interest?category=inverse&symbol=BTCUSD&intervalTime=5min", 0 },
		{ "rest_ratio", &venue_bybit_linear,
		  "/v5/market/account-ratio?category=linear&symbol=BTCUSDT&period=5min", 0 },
		{ "rest_funding", &venue_bybit_linear,
		  "/v5/market/funding/history?category=linear&symbol=ETHPERP", 0 },
		{ "rest_kline_linear", &venue_bybit_linear,
		  "/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1", 0 },
		{ "rest_kline_inverse", &venue_bybit_inverse,
		  "/v5/market/kline?category=inverse&symbol=BTCUSD&interval=60", 0 },
		{ "rest_trades_linear", &venue_bybit_linear,
		  "/v5/market/recent-trade?category=linear&symbol=BTCUSDT", 0 },
		{ "rest_trades_inverse", &venue_bybit_inverse,
		  "/v5/market/recent-trade?category=inverse&symbol=ETHUSD", 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct slice body = bench_file(row[i].name, ".json");
		static char element[8192];
		struct jsonlist list;

		name = row[i].name;
		want = bench_file(row[i].name, ".want");
		asked = slice_str(row[i].asked);
		memset(result_count, 0, sizeof result_count);
		bench_reset(&bench, row[i].venue);
		jsonlist_init(&list, row[i].venue->list(row[i].venue, asked), element,
		              sizeof element, on_element, NULL);
		jsonlist_feed(&list, body);
		CHECK(jsonlist_end(&list));
		CHECK(want.count == 0);
		CHECK(result_count[DECODE_OTHER_PRODUCT] == row[i].other);
		CHECK(bench_skipped(&bench) == 0);
	}
}

/* A minute that began at 60 s; it is over once 5 s more have passed. */
static void
a_bar_is_open_until_its_end_was_seen(void)
{
	static const struct { int64_t recv_ns; bool final; } row[] = {
		{ INT64_C(60000000001), false },
		{ INT64_C(120000000000), false },
		{ INT64_C(125000000000), false },
		{ INT64_C(125000000001), true },
		{ 1, false },
		{ INT64_MAX, true },
		{ 0, true }, /* nobody knows */
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		bench_reset(&bench, &venue_bybit_linear);
		bench.call.recv_ns = row[i].recv_ns;
		CHECK(bench.venue->body(bench.venue, &bench.call,
		                        SLICE("/v5/market/kline?symbol=BTCUSDT&interval=1"),
		                        SLICE("[\"60000\",\"2\",\"3\",\"1\",\"2\",\"5\",\"10\"]")) ==
		      DECODE_OK);
		CHECK(bench.batch.count == 1);
		CHECK(bench.event[0].u.bar.final == row[i].final);
	}
}

static void
what_is_wrong_is_told_by_its_reason(void)
{
	static const char *const kline = "/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1";
	static const char *const ratio = "/v5/market/account-ratio?category=linear&symbol=BTCUSDT";
	static const char *const oi = "/v5/market/open-interest?category=linear&symbol=BTCUSDT";
	static const char *const info = "/v5/market/instruments-info?category=linear";
	static const char *const trade = "/v5/market/recent-trade?category=linear&symbol=BTCUSDT";
	const struct { enum decode want; const char *asked, *element; } row[] = {
		{ DECODE_ERROR_REPLY, kline, "{\"retCode\":10001,\"retMsg\":\"Not supported "
		                             "symbols\",\"result\":{},\"retExtInfo\":{},\"time\":1}" },
		{ DECODE_ERROR_REPLY, "/v5/market/time", "{\"retCode\":10006,\"result\":{}}" },
		{ DECODE_EMPTY, kline, "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{}}" },
		{ DECODE_NO_EVENT, "/v5/market/time", "{\"retCode\":0,\"result\":{\"timeSecond\":"
		                                      "\"1688639403\"}}" },
		{ DECODE_SHAPE, kline, "{\"retCode\":true}" },
		{ DECODE_OTHER_PRODUCT, "/v5/market/kline?category=inverse&symbol=BTCUSD&interval=1",
		  "[\"60000\",\"2\",\"3\",\"1\",\"2\",\"5\",\"10\"]" },
		{ DECODE_OTHER_PRODUCT, "/v5/market/tickers?category=option", "{\"symbol\":\"x\"}" },
		{ DECODE_NO_EVENT, "/v5/market/mark-price-kline?category=linear&symbol=BTCUSDT"
		                   "&interval=1", "[\"60000\",\"2\",\"3\",\"1\",\"2\"]" },
		{ DECODE_NO_EVENT, "/v5/account/fee-rate?category=linear",
		  "{\"symbol\":\"BTCUSDT\",\"takerFeeRate\":\"0.0006\"}" },
		{ DECODE_UNKNOWN_CHANNEL, "/v2/public/symbols", "{\"name\":\"BTCUSD\"}" },
		{ DECODE_JSON, kline, "[\"60000\",\"2\"" },
		{ DECODE_JSON, kline, "" },
		{ DECODE_JSON, kline, "5" },
		{ DECODE_JSON, trade, "{\"symbol\":\"BTCUSDT\"" },
		/* klines */
		{ DECODE_SHAPE, kline, "[\"60000\",\"2\",\"3\",\"1\",\"2\",\"5\"]" },
		{ DECODE_SHAPE, kline, "{\"start\":60000}" },
		{ DECODE_NUMBER, kline, "[\"60000\",\"0\",\"3\",\"1\",\"2\",\"5\",\"10\"]" },
		{ DECODE_NUMBER, kline, "[\"60000\",\"2\",\"3\",\"1\",\"2\",\"-5\",\"10\"]" },
		{ DECODE_NUMBER, kline, "[\"0\",\"2\",\"3\",\"1\",\"2\",\"5\",\"10\"]" },
		{ DECODE_SHAPE, "/v5/market/kline?symbol=BTCUSDT&interval=7",
		  "[\"60000\",\"2\",\"3\",\"1\",\"2\",\"5\",\"10\"]" },
		{ DECODE_NO_EVENT, "/v5/market/kline?symbol=BTCUSDT&interval=M",
		  "[\"60000\",\"2\",\"3\",\"1\",\"2\",\"5\",\"10\"]" },
		{ DECODE_UNKNOWN_SYMBOL, "/v5/market/kline?interval=1",
		  "[\"60000\",\"2\",\"3\",\"1\",\"2\",\"5\",\"10\"]" },
		/* figures */
		{ DECODE_SHAPE, ratio, "{\"sellRatio\":\"0.4\",\"timestamp\":\"5\"}" },
		{ DECODE_SHAPE, ratio, "{\"buyRatio\":\"0.4\"}" },
		{ DECODE_NUMBER, ratio, "{\"buyRatio\":\"1.01\",\"timestamp\":\"5\"}" },
		{ DECODE_NUMBER, ratio, "{\"buyRatio\":\"-0.1\",\"timestamp\":\"5\"}" },
		{ DECODE_SHAPE, ratio, "[1]" },
		{ DECODE_SHAPE, oi, "{\"timestamp\":\"5\"}" },
		{ DECODE_SHAPE, oi, "{\"openInterest\":\"5\"}" },
		{ DECODE_NUMBER, oi, "{\"openInterest\":\"x\",\"timestamp\":\"5\"}" },
		{ DECODE_SHAPE, "/v5/market/funding/history?category=linear",
		  "{\"symbol\":\"BTCUSDT\",\"fundingRate\":\"0.1\"}" },
		/* trades and tickers */
		{ DECODE_SHAPE, trade, "{\"execId\":\"1\",\"symbol\":\"BTCUSDT\",\"price\":\"1\","
		                       "\"size\":\"1\",\"side\":\"\",\"time\":\"5\"}" },
		{ DECODE_NUMBER, trade, "{\"execId\":\"1\",\"symbol\":\"BTCUSDT\",\"price\":\"1\","
		                        "\"size\":\"0\",\"side\":\"Buy\",\"time\":\"5\"}" },
		{ DECODE_SHAPE, "/v5/market/tickers?category=linear", "{\"lastPrice\":\"5\"}" },
		{ DECODE_NO_EVENT, "/v5/market/tickers?category=linear",
		  "{\"symbol\":\"BTCUSDT\",\"lastPrice\":\"\"}" },
		/* metadata */
		{ DECODE_OTHER_PRODUCT, info, "{\"symbol\":\"BTCUSD\",\"contractType\":"
		                              "\"InversePerpetual\",\"baseCoin\":\"BTC\",\"quoteCoin\":"
		                              "\"USD\"}" },
		{ DECODE_OTHER_PRODUCT, info, "{\"symbol\":\"BTCUSDT\",\"baseCoin\":\"BTC\","
		                              "\"quoteCoin\":\"USDT\"}" },
		{ DECODE_UNKNOWN_SYMBOL, info,
		  "{\"symbol\":\"A23456789012345678901234567890123\",\"contractType\":"
		  "\"LinearPerpetual\",\"baseCoin\":\"A\",\"quoteCoin\":\"USDT\"}" },
		{ DECODE_SHAPE, info, "{\"contractType\":\"LinearPerpetual\",\"baseCoin\":\"BTC\","
		                      "\"quoteCoin\":\"USDT\"}" },
		{ DECODE_SHAPE, info, "{\"symbol\":\"BTCUSDT\",\"contractType\":\"LinearPerpetual\","
		                      "\"quoteCoin\":\"USDT\"}" },
		{ DECODE_SHAPE, info, "{\"symbol\":\"BTCUSDT\",\"contractType\":\"LinearPerpetual\","
		                      "\"baseCoin\":\"BTC\",\"quoteCoin\":\"USDT\",\"priceFilter\":5}" },
		{ DECODE_NUMBER, info, "{\"symbol\":\"BTCUSDT\",\"contractType\":\"LinearPerpetual\","
		                       "\"baseCoin\":\"BTC\",\"quoteCoin\":\"USDT\",\"priceFilter\":"
		                       "{\"tickSize\":\"0\"}}" },
		{ DECODE_SHAPE, info, "[]" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		enum decode result;

		bench_reset(&bench, &venue_bybit_linear);
		result = bench.venue->body(bench.venue, &bench.call, slice_str(row[i].asked),
		                           slice_str(row[i].element));
		CHECK(result == row[i].want);
		if (result != row[i].want)
			printf("%s: %s instead of %s\n", row[i].element, decode_text(result),
			       decode_text(row[i].want));
		CHECK(bench.batch.count == 0);
		CHECK(bench_skipped(&bench) == 0);
		if (row[i].want == DECODE_SHAPE && row[i].asked == info)
			CHECK(bench.table.count == 1);
	}
}

/* An hour's worth of minutes is what the exchange means; what is not a whole number
 * of hours is unknown rather than wrong. */
static void
funding_minutes_are_hours(void)
{
	static const struct { const char *minutes; uint16_t hours; } row[] = {
		{ "480", 8 }, { "240", 4 }, { "60", 1 }, { "\"120\"", 2 },
		{ "8", 0 }, { "90", 0 }, { "0", 0 }, { "-60", 0 }, { "null", 0 },
	};
	char text[256];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		snprintf(text, sizeof text,
		         "{\"symbol\":\"BTCUSDT\",\"contractType\":\"LinearPerpetual\","
		         "\"baseCoin\":\"BTC\",\"quoteCoin\":\"USDT\",\"fundingInterval\":%s}",
		         row[i].minutes);
		bench_reset(&bench, &venue_bybit_linear);
		CHECK(bench.venue->body(bench.venue, &bench.call,
		                        slice_str(bench.venue->instruments),
		                        slice_str(text)) == DECODE_OK);
		CHECK(bench.table.at[1].funding_interval_h == row[i].hours);
		CHECK(is_absent(bench.table.at[1].tick));
	}
}

/* Metadata wins over spelling: the same symbol, told with other units. */
static void
metadata_replaces_what_was_guessed(void)
{
	static const char *const info =
		"{\"symbol\":\"1000XUSDT\",\"contractType\":\"LinearPerpetual\",\"status\":"
		"\"Trading\",\"baseCoin\":\"1000XX\",\"quoteCoin\":\"USDT\",\"settleCoin\":\"USDT\"}";
	static const char *const trade =
		"{\"topic\":\"publicTrade.1000XUSDT\",\"data\":[{\"T\":5,\"s\":\"1000XUSDT\","
		"\"S\":\"Buy\",\"v\":\"1\",\"p\":\"2\"}]}";

	bench_reset(&bench, &venue_bybit_linear);
	CHECK(bench.venue->decode(bench.venue, &bench.call, slice_str(trade)) == DECODE_OK);
	CHECK_TEXT(bench.table.at[1].coin, "X");
	CHECK(bench.table.at[1].from_spelling);
	bench.batch.count = 0;
	CHECK(bench.venue->body(bench.venue, &bench.call, slice_str(bench.venue->instruments),
	                        slice_str(info)) == DECODE_OK);
	CHECK(bench.batch.count == 1);
	CHECK(bench.event[0].kind == EVENT_INSTRUMENT);
	CHECK(bench.event[0].instrument == 1);
	CHECK(bench.table.count == 2);
	CHECK_TEXT(bench.table.at[1].coin, "XX");
	CHECK(!bench.table.at[1].from_spelling);
}

static void
spot_has_no_figures_of_positions(void)
{
	static const struct { const char *asked, *row; } answer[] = {
		{ "/v5/market/open-interest?symbol=BTCUSDT",
		  "{\"openInterest\":\"5\",\"timestamp\":\"5\"}" },
		{ "/v5/market/account-ratio?symbol=BTCUSDT",
		  "{\"buyRatio\":\"0.5\",\"timestamp\":\"5\"}" },
		{ "/v5/market/funding/history?symbol=BTCUSDT",
		  "{\"fundingRate\":\"0.1\",\"fundingRateTimestamp\":\"5\"}" },
	};
	static const char *const ticker =
		"{\"symbol\":\"BTCUSDT\",\"markPrice\":\"5\",\"openInterest\":\"5\"}";

	bench_reset(&bench, &venue_bybit_spot);
	CHECK(bench.venue->body(bench.venue, &bench.call, SLICE("/v5/market/tickers"),
	                        slice_str(ticker)) == DECODE_NO_EVENT);
	for (size_t i = 0; i < 3; i++) {
		bench_reset(&bench, &venue_bybit_spot);
		CHECK(bench.venue->body(bench.venue, &bench.call, slice_str(answer[i].asked),
		                        slice_str(answer[i].row)) == DECODE_OTHER_PRODUCT);
		bench_reset(&bench, &venue_bybit_linear);
		CHECK(bench.venue->body(bench.venue, &bench.call, slice_str(answer[i].asked),
		                        slice_str(answer[i].row)) == DECODE_OK);
		CHECK(bench.batch.count == 1);
	}
}

static void
a_full_batch_refuses_the_whole_row(void)
{
	static const char *const ticker =
		"{\"symbol\":\"BTCUSDT\",\"markPrice\":\"5\",\"openInterest\":\"5\"}";

	for (uint32_t room = 0; room <= 2; room++) {
		bench_reset(&bench, &venue_bybit_linear);
		bench.batch.count_max = room;
		CHECK(bench.venue->body(bench.venue, &bench.call, SLICE("/v5/market/tickers"),
		                        slice_str(ticker)) ==
		      (room == 2 ? DECODE_OK : DECODE_TOO_MANY));
		CHECK(bench.batch.count == (room == 2 ? 2 : 0));
	}
}

static void
a_cut_row_gives_nothing(void)
{
	static const char *const row =
		"{\"execId\":\"1\",\"symbol\":\"BTCUSDT\",\"price\":\"1\",\"size\":\"1\","
		"\"side\":\"Buy\",\"time\":\"5\",\"isBlockTrade\":false}";

	bench_reset(&bench, &venue_bybit_linear);
	for (size_t count = 0; count <= strlen(row); count++) {
		enum decode result = bench.venue->body(
			bench.venue, &bench.call, SLICE("/v5/market/recent-trade?category=linear"),
			slice_of(row, count));

		CHECK(result == (count == strlen(row) ? DECODE_OK : DECODE_JSON));
		CHECK(bench.batch.count == (count == strlen(row)));
	}
}

int
main(void)
{
	every_body_gives_its_lines();
	a_bar_is_open_until_its_end_was_seen();
	what_is_wrong_is_told_by_its_reason();
	funding_minutes_are_hours();
	metadata_replaces_what_was_guessed();
	spot_has_no_figures_of_positions();
	a_full_batch_refuses_the_whole_row();
	a_cut_row_gives_nothing();
	return CHECK_END("bybit_rest");
}
