/* Goal: an event becomes exactly the line of the contract, and an instrument line
 * comes back as the row it was.
 * Method: whole lines written by hand from design.md section 3; every instrument
 * line cut at every length; values that are not ours. */
#include "check.h"
#include "market/event_json.h"

static _Alignas(64) char memory[1 << 20];
static char line[8192];

static struct instrument_table
four_instruments(void)
{
	struct instrument_table t;
	struct arena boot;
	struct instrument row;

	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	instrument_table_init(&t, &boot, 16);

	row = (struct instrument){ .venue = 2, .kind = KIND_LINEAR, .symbol = "BTCUSDT",
	                           .settle = "USDT", .status = "TRADING", .tick = 0.1,
	                           .step = 0.001, .contract_size = ABSENT };
	instrument_set_base(&row, SLICE("BTC"));
	instrument_set_quote(&row, SLICE("USDT"));
	CHECK(instrument_put(&t, &row) == 1);

	row = (struct instrument){ .venue = 2, .kind = KIND_LINEAR, .symbol = "1000PEPEUSDT",
	                           .settle = "USDT", .status = "TRADING", .tick = 1e-10,
	                           .step = 1000, .contract_size = ABSENT,
	                           .funding_interval_h = 4 };
	instrument_set_base(&row, SLICE("1000PEPE"));
	instrument_set_quote(&row, SLICE("USDT"));
	CHECK(instrument_put(&t, &row) == 2);

	row = (struct instrument){ .venue = 3, .kind = KIND_INVERSE, .symbol = "BTCUSD_PERP",
	                           .contract_unit = CONTRACT_USD, .contract_size = 100,
	                           .tick = ABSENT, .step = ABSENT, .from_spelling = true };
	instrument_set_base(&row, SLICE("BTC"));
	instrument_set_quote(&row, SLICE("USD"));
	CHECK(instrument_put(&t, &row) == 3);

	/* "Niu Lai", a coin of Binance, and a name with what JSON must escape */
	row = (struct instrument){ .venue = 1, .kind = KIND_SPOT, .symbol = "\xe7\x89\x9b\"\\USDT",
	                           .contract_size = ABSENT, .tick = ABSENT, .step = ABSENT };
	instrument_set_base(&row, SLICE("\xe7\x89\x9b\"\\"));
	instrument_set_quote(&row, SLICE("USDT"));
	CHECK(instrument_put(&t, &row) == 4);
	return t;
}

static const char *
line_of(const struct event *ev, const struct instrument_table *t, const char *venue_name)
{
	struct text out = text_init(line, sizeof line - 1);

	event_json(&out, ev, t, venue_name);
	CHECK(!out.cut);
	line[out.count] = '\0';
	return line;
}

/* Head of an event of BTCUSDT on binance-usdm with both times. */
#define BTC(type)                                                              \
	"{\"type\":\"" type "\",\"venue\":\"binance-usdm\",\"symbol\":\"BTCUSDT\"," \
	"\"coin\":\"BTC\",\"kind\":\"linear\",\"ts_ns\":1723161255123000000,"  \
	"\"recv_ns\":1723161255130000001"

static struct event
btc(enum event_kind kind)
{
	return (struct event){ .kind = (uint8_t)kind, .venue = 2, .instrument = 1,
	                       .ts_ns = 1723161255123000000, .recv_ns = 1723161255130000001 };
}

static void
a_trade_is_the_line_of_the_contract(void)
{
	struct instrument_table t = four_instruments();
	struct event ev = btc(EVENT_TRADE);
	static const struct { unsigned flags; const char *text; } row[] = {
		{ 0, "[]" },
		{ FLAG_BLOCK, "[\"block\"]" },
		{ FLAG_RPI, "[\"rpi\"]" },
		{ FLAG_ADL | FLAG_INSURANCE, "[\"adl\",\"insurance\"]" },
		{ 31, "[\"block\",\"rpi\",\"adl\",\"insurance\",\"other\"]" },
		{ FLAG_OTHER | FLAG_BLOCK, "[\"block\",\"other\"]" },
	};

	ev.side = SIDE_BUY;
	ev.u.trade.id = SLICE("2873");
	ev.u.trade.price = 61234.5;
	ev.u.trade.qty = 0.012;
	ev.u.trade.usd = 734.814;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char want[1024];

		ev.flags = (uint8_t)row[i].flags;
		snprintf(want, sizeof want,
		         BTC("trade") ",\"id\":\"2873\",\"side\":\"buy\",\"price\":61234.5,"
		         "\"qty\":0.012,\"usd\":734.814,\"flags\":%s}\n", row[i].text);
		CHECK_TEXT(line_of(&ev, &t, "binance-usdm"), want);
	}
	/* What was not sent is null, and never 0. */
	ev = (struct event){ .kind = EVENT_TRADE, .instrument = 1,
	                     .u.trade = { .price = ABSENT, .qty = 0, .usd = ABSENT } };
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           "{\"type\":\"trade\",\"venue\":\"binance-usdm\",\"symbol\":\"BTCUSDT\","
	           "\"coin\":\"BTC\",\"kind\":\"linear\",\"ts_ns\":null,\"recv_ns\":null,"
	           "\"id\":null,\"side\":null,\"price\":null,\"qty\":0,\"usd\":null,"
	           "\"flags\":[]}\n");
	ev.u.trade.id = SLICE("a\"b\\c");
	ev.side = SIDE_SELL;
	CHECK(strstr(line_of(&ev, &t, "binance-usdm"),
	             ",\"id\":\"a\\\"b\\\\c\",\"side\":\"sell\",") != NULL);
}

static void
every_other_type_has_its_keys_in_order(void)
{
	struct instrument_table t = four_instruments();
	struct event ev = btc(EVENT_LIQUIDATION);

	ev.side = SIDE_LONG;
	ev.u.liquidation.price = 60000;
	ev.u.liquidation.qty = 1.5;
	ev.u.liquidation.usd = 90000;
	ev.u.liquidation.price_kind = PRICE_FILL;
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           BTC("liquidation") ",\"side\":\"long\",\"price\":60000,\"price_kind\":\"fill\","
	           "\"qty\":1.5,\"usd\":90000}\n");
	ev.side = SIDE_SHORT;
	ev.u.liquidation.price_kind = PRICE_BANKRUPTCY;
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           BTC("liquidation") ",\"side\":\"short\",\"price\":60000,"
	           "\"price_kind\":\"bankruptcy\",\"qty\":1.5,\"usd\":90000}\n");
	ev.u.liquidation.price_kind = PRICE_NONE;
	CHECK(strstr(line_of(&ev, &t, "binance-usdm"), "\"price_kind\":null,") != NULL);

	ev = btc(EVENT_MARK);
	ev.u.mark.mark = 61000.25;
	ev.u.mark.index = ABSENT;
	ev.u.mark.funding = -0.000125;
	ev.u.mark.funding_interval_h = 8;
	ev.u.mark.next_funding_ns = 1723190400000000000;
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           BTC("mark") ",\"mark\":61000.25,\"index\":null,\"funding\":-0.000125,"
	           "\"funding_interval_h\":8,\"next_funding_ns\":1723190400000000000}\n");
	ev.u.mark.funding_interval_h = 0;
	ev.u.mark.next_funding_ns = 0;
	ev.u.mark.funding = 0; /* a funding of zero is a value */
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           BTC("mark") ",\"mark\":61000.25,\"index\":null,\"funding\":0,"
	           "\"funding_interval_h\":null,\"next_funding_ns\":null}\n");

	ev = btc(EVENT_OI);
	ev.u.oi.qty = 80123.5;
	ev.u.oi.usd = ABSENT;
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           BTC("oi") ",\"qty\":80123.5,\"usd\":null}\n");

	ev = btc(EVENT_TICKER);
	ev.u.ticker.last = 1;
	ev.u.ticker.open = 2;
	ev.u.ticker.high = 3;
	ev.u.ticker.low = 4;
	ev.u.ticker.qty = 5;
	ev.u.ticker.usd = 6;
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           BTC("ticker") ",\"last\":1,\"open\":2,\"high\":3,\"low\":4,\"qty\":5,"
	           "\"usd\":6}\n");

	ev = btc(EVENT_TOP);
	ev.u.top.bid = 1.5;
	ev.u.top.bid_qty = 2;
	ev.u.top.ask = 1.75;
	ev.u.top.ask_qty = 3;
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           BTC("top") ",\"bid\":1.5,\"bid_qty\":2,\"ask\":1.75,\"ask_qty\":3}\n");

	ev = btc(EVENT_RATIO);
	ev.u.ratio.long_share = 0.6123;
	ev.u.ratio.ratio_kind = RATIO_TOP_POSITION;
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           BTC("ratio") ",\"ratio_kind\":\"top_position\",\"long\":0.6123}\n");

	ev = btc(EVENT_BAR);
	ev.u.bar.open = 1;
	ev.u.bar.high = 2;
	ev.u.bar.low = 0.5;
	ev.u.bar.close = 1.5;
	ev.u.bar.qty = 100;
	ev.u.bar.usd = 150;
	ev.u.bar.buy_qty = 60;
	ev.u.bar.buy_usd = ABSENT;
	ev.u.bar.interval_s = 60;
	ev.u.bar.final = true;
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           BTC("bar") ",\"interval_s\":60,\"open\":1,\"high\":2,\"low\":0.5,\"close\":1.5,"
	           "\"qty\":100,\"usd\":150,\"buy_qty\":60,\"buy_usd\":null,\"final\":true}\n");
	ev.u.bar.final = false;
	CHECK(strstr(line_of(&ev, &t, "binance-usdm"), ",\"final\":false}\n") != NULL);
}

static void
a_status_is_of_an_instrument_or_of_the_whole_venue(void)
{
	struct instrument_table t = four_instruments();
	struct event ev = btc(EVENT_STATUS);

	ev.u.status.what = STATUS_GAP;
	ev.u.status.from_id = 18446744073709551614u; /* beyond what a double holds */
	ev.u.status.to_id = UINT64_MAX;
	ev.u.status.reason = SLICE("ids missing");
	CHECK_TEXT(line_of(&ev, &t, "binance-usdm"),
	           BTC("status") ",\"what\":\"gap\",\"from_id\":\"18446744073709551614\","
	           "\"to_id\":\"18446744073709551615\",\"reason\":\"ids missing\"}\n");
	ev = (struct event){ .kind = EVENT_STATUS, .recv_ns = 5, .u.status.what = STATUS_DOWN };
	CHECK_TEXT(line_of(&ev, &t, "bybit-linear"),
	           "{\"type\":\"status\",\"venue\":\"bybit-linear\",\"symbol\":null,\"coin\":null,"
	           "\"kind\":null,\"ts_ns\":null,\"recv_ns\":5,\"what\":\"down\",\"from_id\":null,"
	           "\"to_id\":null,\"reason\":null}\n");
}

static void
an_instrument_has_the_keys_of_the_contract(void)
{
	struct instrument_table t = four_instruments();
	struct event ev = { .kind = EVENT_INSTRUMENT, .instrument = 2, .recv_ns = 7 };
	struct text out = text_init(line, sizeof line - 1);
	const char *got = line_of(&ev, &t, "binance-usdm");
	static const char tick[] = "\"tick\":";

	/* 1e-10 may be written either way; everything else is fixed. */
	CHECK(strncmp(got, "{\"type\":\"instrument\",\"venue\":\"binance-usdm\","
	              "\"symbol\":\"1000PEPEUSDT\",\"coin\":\"PEPE\",\"kind\":\"linear\","
	              "\"ts_ns\":null,\"recv_ns\":7,\"quote\":\"USDT\",\"settle\":\"USDT\","
	              "\"status\":\"TRADING\",\"multiplier\":1000,\"contract_size\":null,"
	              "\"contract_unit\":null,\"tick\":",
	              (size_t)(strstr(got, tick) + sizeof tick - 1 - got)) == 0);
	CHECK(strstr(got, ",\"step\":1000,\"funding_interval_h\":4}\n") != NULL);

	event_json_instrument(&out, &t.at[3], "binance-coinm");
	line[out.count] = '\0';
	CHECK_TEXT(line, "{\"type\":\"instrument\",\"venue\":\"binance-coinm\","
	           "\"symbol\":\"BTCUSD_PERP\",\"coin\":\"BTC\",\"kind\":\"inverse\","
	           "\"ts_ns\":null,\"recv_ns\":null,\"quote\":\"USD\",\"settle\":null,"
	           "\"status\":null,\"multiplier\":1,\"contract_size\":100,"
	           "\"contract_unit\":\"usd\",\"tick\":null,\"step\":null,"
	           "\"funding_interval_h\":null,\"from_spelling\":true}\n");
}

static bool
is_same_number(double a, double b)
{
	return a == b || (is_absent(a) && is_absent(b));
}

static void
check_same(const struct instrument *a, const struct instrument *b)
{
	CHECK_TEXT(a->symbol, b->symbol);
	CHECK_TEXT(a->coin, b->coin);
	CHECK_TEXT(a->quote, b->quote);
	CHECK_TEXT(a->settle, b->settle);
	CHECK_TEXT(a->status, b->status);
	CHECK(a->kind == b->kind);
	CHECK(a->contract_unit == b->contract_unit);
	CHECK(a->multiplier_exp10 == b->multiplier_exp10);
	CHECK(a->usd_quote == b->usd_quote);
	CHECK(a->from_spelling == b->from_spelling);
	CHECK(a->funding_interval_h == b->funding_interval_h);
	CHECK(is_same_number(a->contract_size, b->contract_size));
	CHECK(is_same_number(a->tick, b->tick));
	CHECK(is_same_number(a->step, b->step));
}

static void
check_round_trip(const struct instrument *row)
{
	struct text out = text_init(line, sizeof line - 1);
	struct instrument back = { .venue = 9 };
	struct slice venue;

	event_json_instrument(&out, row, "some-venue");
	CHECK(event_json_read_instrument(text_slice(&out), &back, &venue));
	CHECK(slice_is(venue, "some-venue"));
	CHECK(back.venue == 9); /* the caller's to set */
	check_same(&back, row);
}

static void
an_instrument_comes_back_as_it_was(void)
{
	static const double number[] = { 1e-12, 0.1, 1.0 / 3, 100, 1e15, 123456.789, 5e-324 };
	struct instrument_table t = four_instruments();
	struct instrument row = t.at[2];

	for (uint32_t i = 1; i < t.count; i++)
		check_round_trip(&t.at[i]);
	for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) {
		row.tick = number[i];
		row.step = ABSENT;
		row.contract_size = number[i];
		row.contract_unit = CONTRACT_COIN;
		check_round_trip(&row);
	}
	for (int n = 0; n <= 12; n++) {
		row.multiplier_exp10 = (int8_t)n;
		row.funding_interval_h = (uint16_t)(n * 5461);
		check_round_trip(&row);
	}
	/* all texts as long as they may be, and short of everything */
	memset(row.symbol, 'S', sizeof row.symbol - 1);
	memset(row.coin, 'C', sizeof row.coin - 1);
	memset(row.settle, '\\', sizeof row.settle - 1);
	memset(row.status, '\x01', sizeof row.status - 1);
	instrument_set_quote(&row, SLICE("ELEVENBYTES"));
	row.kind = KIND_DATED;
	check_round_trip(&row);
	memset(&row, 0, sizeof row);
	row.symbol[0] = 'A';
	check_round_trip(&row);
}

static void
a_cut_instrument_line_is_none(void)
{
	struct instrument_table t = four_instruments();

	for (uint32_t i = 1; i < t.count; i++) {
		struct text out = text_init(line, sizeof line - 1);
		struct instrument row;
		struct slice venue;

		event_json_instrument(&out, &t.at[i], "binance-usdm");
		/* The last byte is the newline: without it the line is whole. */
		for (size_t n = 0; n < out.count - 1; n++)
			CHECK(!event_json_read_instrument(slice_of(line, n), &row, &venue));
		CHECK(event_json_read_instrument(slice_of(line, out.count - 1), &row, &venue));
	}
}

#define HEAD "{\"type\":\"instrument\",\"venue\":\"v\",\"symbol\":\"S\",\"coin\":\"C\""

static void
other_lines_are_told_apart(void)
{
	static const struct { const char *text; bool is_ours; } row[] = {
		{ HEAD "}", true },
		{ " " HEAD " } ", true },
		{ HEAD ",\"later\":{\"a\":[1,2]}}", true }, /* a key of a later build */
		{ HEAD ",\"tick\":null,\"kind\":null,\"multiplier\":null}", true },
		{ HEAD ",\"multiplier\":1e3}", true },
		{ "", false },
		{ "[]", false },
		{ "{}", false },
		{ HEAD, false },
		{ HEAD "}}", false },
		{ HEAD "} x", false },
		{ "{\"type\":\"trade\",\"venue\":\"v\",\"symbol\":\"S\",\"coin\":\"C\"}", false },
		{ "{\"venue\":\"v\",\"symbol\":\"S\",\"coin\":\"C\"}", false },
		{ "{\"type\":\"instrument\",\"symbol\":\"S\",\"coin\":\"C\"}", false },
		{ "{\"type\":\"instrument\",\"venue\":\"v\",\"coin\":\"C\"}", false },
		{ "{\"type\":\"instrument\",\"venue\":\"v\",\"symbol\":\"S\"}", false },
		{ "{\"type\":\"instrument\",\"venue\":\"v\",\"symbol\":\"\",\"coin\":\"C\"}", false },
		{ "{\"type\":\"instrument\",\"venue\":\"v\",\"symbol\":null,\"coin\":\"C\"}", false },
		{ "{\"type\":\"instrument\",\"venue\":null,\"symbol\":\"S\",\"coin\":\"C\"}", false },
		{ "{\"type\":\"instrument\",\"venue\":\"\",\"symbol\":\"S\",\"coin\":\"C\"}", false },
		{ "{\"type\":\"instrument\",\"venue\":\"\\u0076\",\"symbol\":\"S\",\"coin\":\"C\"}", false },
		{ "{\"type\":\"instrument\",\"venue\":\"v\",\"symbol\":\"A\\u0000B\",\"coin\":\"C\"}", false },
		{ "{\"type\":\"instrument\",\"venue\":\"v\","
		  "\"symbol\":\"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345\",\"coin\":\"C\"}", false },
		{ HEAD ",\"quote\":\"TWELVE_BYTES\"}", false },
		{ HEAD ",\"quote\":5}", false },
		{ HEAD ",\"kind\":\"option\"}", false },
		{ HEAD ",\"kind\":4}", false },
		{ HEAD ",\"contract_unit\":\"lots\"}", false },
		{ HEAD ",\"contract_unit\":1}", false },
		{ HEAD ",\"contract_size\":\"100\"}", false },
		{ HEAD ",\"tick\":true}", false },
		{ HEAD ",\"step\":[]}", false },
		{ HEAD ",\"multiplier\":999}", false },
		{ HEAD ",\"multiplier\":0}", false },
		{ HEAD ",\"multiplier\":-1000}", false },
		{ HEAD ",\"multiplier\":1e300}", false },
		{ HEAD ",\"multiplier\":\"1000\"}", false },
		{ HEAD ",\"funding_interval_h\":-1}", false },
		{ HEAD ",\"funding_interval_h\":65536}", false },
		{ HEAD ",\"funding_interval_h\":1.5}", false },
		{ HEAD ",\"from_spelling\":1}", false },
		{ HEAD ",\"tick\":1,}", false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct instrument in = { .venue = 7, .tick = 42 };
		struct slice venue = { NULL, 0 };
		bool is_ours = event_json_read_instrument(slice_str(row[i].text), &in, &venue);

		CHECK(is_ours == row[i].is_ours);
		if (is_ours != row[i].is_ours)
			printf("  row %zu: %s\n", i, row[i].text);
		CHECK(in.venue == 7);
		if (!is_ours) {
			CHECK(in.tick == 42); /* untouched */
			CHECK(venue.at == NULL);
		} else {
			CHECK_TEXT(in.symbol, "S");
		}
	}
}

static void
a_line_that_does_not_fit_is_marked_as_cut(void)
{
	struct instrument_table t = four_instruments();
	struct event ev = btc(EVENT_BAR);
	char small[600];

	for (size_t n = 0; n < 200; n++) {
		struct text out = text_init(small, n);

		event_json(&out, &ev, &t, "binance-usdm");
		CHECK(out.cut);
		CHECK(out.count <= n);
	}
}

int
main(void)
{
	a_trade_is_the_line_of_the_contract();
	every_other_type_has_its_keys_in_order();
	a_status_is_of_an_instrument_or_of_the_whole_venue();
	an_instrument_has_the_keys_of_the_contract();
	an_instrument_comes_back_as_it_was();
	a_cut_instrument_line_is_none();
	other_lines_are_told_apart();
	a_line_that_does_not_fit_is_marked_as_cut();
	return CHECK_END("market/event_json");
}
