/* Goal: what is missing is asked for, page by page, and what nobody has stays marked.
 * Method: the whole feed and pipeline on a fake network; a made-up exchange that knows its
 *         trades and keeps some from the stream. */
#include "feed_world.h"
#include "check.h"

enum { SPOT = 1, USDM = 2, BYBIT_SPOT = 4, BYBIT = 5 };

static int64_t oldest_kept; /* ids below are forgotten by the exchange */
static int64_t newest;
static int pages;
static char page[400000];

static int64_t
query_number(struct slice path, const char *name)
{
	struct slice value = venue_query(path, name);
	int64_t n = 0;

	for (size_t i = 0; i < value.count; i++)
		n = n * 10 + (value.at[i] - '0');
	return n;
}

static struct fake_answer
agg_trades(struct conn *c, struct slice path)
{
	struct text out = text_init(page, sizeof page - 1);
	int64_t from, limit;

	(void)c;
	if (!slice_starts(path, SLICE("/fapi/v1/aggTrades")))
		return (struct fake_answer){ 0 };
	pages++;
	from = query_number(path, "fromId");
	limit = query_number(path, "limit");
	if (from < oldest_kept)
		from = oldest_kept;
	text_char(&out, '[');
	for (int64_t id = from; id < from + limit && id <= newest; id++)
		text_format(&out, "%s{\"a\":%lld,\"p\":\"100\",\"q\":\"1\",\"nq\":\"1\",\"f\":1,\"l\":1,"
		            "\"T\":1795622400000,\"m\":false}", id > from ? "," : "", (long long)id);
	text_char(&out, ']');
	page[out.count] = '\0';
	return (struct fake_answer){ .status = 200, .body = page };
}

static void
trade(int64_t id)
{
	char text[400];

	snprintf(text, sizeof text, "{\"stream\":\"btcusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\","
	         "\"E\":1,\"s\":\"BTCUSDT\",\"a\":%lld,\"p\":\"100\",\"q\":\"1\",\"nq\":\"1\",\"f\":1,"
	         "\"l\":1,\"T\":1795622400000,\"m\":false,\"st\":1}}", (long long)id);
	for (int i = 0; i < FAKE_CONNS; i++)
		if (fake.conn[i].state == FAKE_UP && fake.conn[i].ws != NULL &&
		    strcmp(fake.conn[i].ws->path, "/market/stream") == 0)
			fake_say(&fake.conn[i], text);
	newest = id > newest ? id : newest;
}

static int
events(uint8_t kind, uint8_t what)
{
	int count = 0;

	for (int i = 0; i < world.event_count; i++)
		count += world.event[i].kind == kind && (what == 0 || world.event[i].what == what);
	return count;
}

static void
open_usdm(void)
{
	pages = 0;
	newest = oldest_kept = 0;
	world.answer = agg_trades;
	world_open("BTC", USDM);
	fake_run_ms(2000);
	world.event_count = 0;
}

static void
a_gap_is_filled_by_what_is_missing_and_no_more(void)
{
	struct feed_venue_status s;

	open_usdm();
	trade(100);
	trade(111);
	fake_run_ms(2000);
	CHECK(pages == 1);
	CHECK(world_said("aggTrades?symbol=BTCUSDT&fromId=101&limit=10 ") == 1);
	CHECK(events(EVENT_TRADE, 0) == 12);
	CHECK(events(EVENT_STATUS, STATUS_GAP) == 1);
	CHECK(events(EVENT_STATUS, STATUS_FILLED) == 1);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.gap_count == 1 && s.filled_count == 1 && s.unfilled_count == 0);
}

static void
a_long_gap_takes_pages(void)
{
	struct feed_venue_status s;

	open_usdm();
	trade(1000);
	trade(3501);
	fake_run_ms(5000);
	CHECK(pages == 3);
	CHECK(world_said("fromId=1001&limit=1000 ") == 1);
	CHECK(world_said("fromId=2001&limit=1000 ") == 1);
	CHECK(world_said("fromId=3001&limit=500 ") == 1);
	CHECK(world.pipeline.count.kind[EVENT_TRADE] == 2502);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.filled_count == 1);
}

static void
what_the_venue_forgot_stays_marked(void)
{
	struct feed_venue_status s;

	open_usdm();
	trade(100);
	oldest_kept = 200;
	trade(150);
	fake_run_ms(5000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.gap_count == 1 && s.filled_count == 0 && s.unfilled_count == 1);
	CHECK(pages == 1);
	CHECK(events(EVENT_STATUS, STATUS_FILLED) == 0);
	/* Half of it is still there: that half is taken, the rest stays. */
	open_usdm();
	trade(100);
	oldest_kept = 120;
	trade(150);
	fake_run_ms(5000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.filled_count == 0 && s.unfilled_count == 1);
	CHECK(events(EVENT_TRADE, 0) == 2 + 30);
}

static void
an_endless_gap_is_given_up(void)
{
	struct feed_venue_status s;

	open_usdm();
	trade(1000);
	trade(1000000);
	fake_run_ms(300000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.unfilled_count == 1);
	CHECK(pages == 50);
}

static void
a_gap_after_a_broken_link_is_found_by_the_next_trade(void)
{
	struct feed_venue_status s;

	open_usdm();
	trade(100);
	fake_drop(world_conn(0, 0), CONN_REASON_RESET);
	fake_run_ms(3000);
	CHECK(world_active(0) == LINK_LIVE);
	CHECK(pages == 0);
	trade(131);
	fake_run_ms(3000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.filled_count == 1);
	CHECK(events(EVENT_TRADE, 0) == 32);
}

static void
many_gaps_at_once_wait_their_turn(void)
{
	struct feed_venue_status s;

	open_usdm();
	for (int64_t id = 1000; id < 1000 + 2 * 80; id += 2) {
		trade(id);
		fake_run_ms(100);
	}
	fake_run_ms(60000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.gap_count == 79);
	CHECK(s.filled_count + s.unfilled_count == 79);
	CHECK(s.filled_count == 79);
	for (int i = 0; i < GAPS_MAX; i++)
		CHECK(!world.feed->gap[i].used);
}

static struct fake_answer
fail_trades(struct conn *c, struct slice path)
{
	static char empty[] = "";

	(void)c;
	if (!slice_starts(path, SLICE("/fapi/v1/aggTrades")))
		return (struct fake_answer){ 0 };
	pages++;
	return (struct fake_answer){ .status = 503, .body = empty };
}

static void
a_fill_that_fails_is_tried_five_times(void)
{
	struct feed_venue_status s;

	open_usdm();
	world.answer = fail_trades;
	trade(100);
	trade(111);
	fake_run_ms(120000);
	CHECK(pages == 5);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.unfilled_count == 1);
	/* The next gap is asked for again. */
	world.answer = agg_trades;
	trade(113);
	fake_run_ms(5000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.filled_count == 1);
}

/* --- without ids ------------------------------------------------------------------------ */

static int bybit_newest, bybit_rows;

static struct fake_answer
recent_trades(struct conn *c, struct slice path)
{
	struct text out = text_init(page, sizeof page - 1);
	int64_t limit = query_number(path, "limit");

	(void)c;
	if (!slice_starts(path, SLICE("/v5/market/recent-trade")))
		return (struct fake_answer){ 0 };
	pages++;
	text_str(&out, "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{\"list\":[");
	for (int i = 0; i < limit && i < bybit_rows && bybit_newest - i > 0; i++)
		text_format(&out, "%s{\"execId\":\"t-%d\",\"symbol\":\"BTCUSDT\",\"price\":\"100\","
		            "\"size\":\"1\",\"side\":\"Buy\",\"time\":\"1795622400000\","
		            "\"isBlockTrade\":false,\"isRPITrade\":false}", i > 0 ? "," : "",
		            bybit_newest - i);
	text_str(&out, "]}}");
	page[out.count] = '\0';
	return (struct fake_answer){ .status = 200, .body = page };
}

static void
bybit_trade(int id)
{
	char text[400];

	snprintf(text, sizeof text, "{\"topic\":\"publicTrade.BTCUSDT\",\"type\":\"snapshot\",\"ts\":"
	         "1795622400000,\"data\":[{\"T\":1795622400000,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":"
	         "\"1\",\"p\":\"100\",\"L\":\"PlusTick\",\"i\":\"t-%d\",\"BT\":false,\"RPI\":false}]}",
	         id);
	fake_say(world_conn(0, world.feed->group[0].active), text);
	bybit_newest = id;
}

static void
bybits_newest_trades_are_asked_after_a_break(void)
{
	struct feed_venue_status s;

	pages = 0;
	bybit_rows = 1000;
	world.answer = recent_trades;
	world_open("BTC", BYBIT);
	fake_run_ms(2000);
	CHECK(pages == 0); /* nothing was lost at start */
	for (int id = 1; id <= 20; id++)
		bybit_trade(id);
	fake_drop(world_conn(0, 0), CONN_REASON_RESET);
	bybit_newest = 30; /* ten in between */
	world.event_count = 0;
	fake_run_ms(3000);
	CHECK(pages == 1);
	CHECK(world_said("recent-trade?category=linear&symbol=BTCUSDT&limit=1000") == 1);
	CHECK(events(EVENT_TRADE, 0) == 10);
	CHECK(world_count(TAPE_GAP, "", "") == 0);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.filled_count == 1 && s.unfilled_count == 0);
}

static void
bybit_rows_that_may_all_be_new_mark_a_gap(void)
{
	struct feed_venue_status s;

	pages = 0;
	bybit_rows = 1000;
	world.answer = recent_trades;
	world_open("BTC", BYBIT);
	fake_run_ms(2000);
	bybit_trade(1);
	fake_drop(world_conn(0, 0), CONN_REASON_RESET);
	bybit_newest = 5000;
	world.event_count = 0;
	fake_run_ms(3000);
	CHECK(events(EVENT_TRADE, 0) == 1000);
	CHECK(world_count(TAPE_GAP, "BTCUSDT", "") == 1);
	CHECK(events(EVENT_STATUS, STATUS_GAP) == 1);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.gap_count == 1 && s.unfilled_count == 1);
}

int
main(void)
{
	a_gap_is_filled_by_what_is_missing_and_no_more();
	a_long_gap_takes_pages();
	what_the_venue_forgot_stays_marked();
	an_endless_gap_is_given_up();
	a_gap_after_a_broken_link_is_found_by_the_next_trade();
	many_gaps_at_once_wait_their_turn();
	a_fill_that_fails_is_tried_five_times();
	bybits_newest_trades_are_asked_after_a_break();
	bybit_rows_that_may_all_be_new_mark_a_gap();
	return CHECK_END("gap");
}
