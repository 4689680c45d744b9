/* pipeline_test.c - records in, events out: once only, watched only, gaps told.
 *
 * Goal: whatever is told twice counts once, a gap is told before the event that
 * proves it, a body becomes events, a link that comes back begins anew.
 * Method: hand-made records of two venues; the sink writes short words into a text.
 */
#include "app/pipeline.h"
#include "base/text.h"
#include "check.h"

static char memory[160 * 1024 * 1024];
static char said_text[4096];
static struct text said;
static struct pipeline p;
static struct arena arena;

static void
on_event(void *context, const struct event *ev)
{
	struct pipeline *pl = context;

	if (said.count > 0)
		text_char(&said, ' ');
	text_str(&said, event_kind_name((enum event_kind)ev->kind));
	if (ev->kind == EVENT_STATUS) {
		text_format(&said, ":%s:%llu-%llu",
		            event_status_name((enum status_what)ev->u.status.what),
		            (unsigned long long)ev->u.status.from_id,
		            (unsigned long long)ev->u.status.to_id);
		return;
	}
	text_format(&said, ":%s", pl->table.at[ev->instrument].coin);
	if (ev->kind == EVENT_TRADE)
		text_format(&said, ":%.*s", (int)ev->u.trade.id.count, ev->u.trade.id.at);
}

static void
begin(void)
{
	memset(memory, 0, arena.used_bytes);
	arena_init(&arena, memory, sizeof memory);
	pipeline_init(&p, &arena, &(struct pipeline_room){ 1000, 100, 4 << 20 }, on_event, &p);
	p.table.learn = true;
	said = text_init(said_text, sizeof said_text - 1);
}

static const char *
tell(void)
{
	said_text[said.count] = '\0';
	said.count = 0;
	return said_text;
}

static void
record(enum tape_kind kind, uint8_t venue, uint16_t link, const char *asked,
       const char *data)
{
	struct tape_record r = { .kind = (uint8_t)kind, .venue = venue, .link = link,
	                         .recv_ns = 1790526539000000000,
	                         .asked = slice_str(asked), .data = slice_str(data) };

	pipeline_record(&p, &r);
}

static void
agg(uint16_t link, const char *symbol, int id)
{
	char text[256];

	snprintf(text, sizeof text,
	         "{\"e\":\"aggTrade\",\"E\":1790526539033,\"a\":%d,\"s\":\"%s\",\"p\":\"84551.10\","
	         "\"q\":\"0.030\",\"nq\":\"0.030\",\"f\":1,\"l\":1,\"T\":1790526538883,"
	         "\"m\":false,\"st\":1}", id, symbol);
	record(TAPE_FRAME, 2, link, "", text);
}

static void
trades_count_once_and_gaps_are_told(void)
{
	begin();
	agg(1, "BTCUSDT", 100);
	agg(1, "BTCUSDT", 101);
	agg(2, "BTCUSDT", 101); /* the overlapping link says it again */
	agg(2, "BTCUSDT", 102);
	agg(1, "ETHUSDT", 7);
	CHECK_TEXT(tell(), "trade:BTC:100 trade:BTC:101 trade:BTC:102 trade:ETH:7");
	agg(1, "BTCUSDT", 105);
	CHECK_TEXT(tell(), "status:gap:103-104 trade:BTC:105");
	/* The gap is filled by a body; what it repeats is dropped. */
	record(TAPE_BODY, 2, 0, "/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=102",
	       "[{\"a\":102,\"p\":\"1\",\"q\":\"1\",\"f\":1,\"l\":1,\"T\":1790526538883,\"m\":true},"
	       "{\"a\":103,\"p\":\"1\",\"q\":\"1\",\"f\":1,\"l\":1,\"T\":1790526538883,\"m\":true},"
	       "{\"a\":104,\"p\":\"1\",\"q\":\"1\",\"f\":1,\"l\":1,\"T\":1790526538883,\"m\":true}]");
	CHECK_TEXT(tell(), "trade:BTC:103 trade:BTC:104 status:filled:103-104");
	CHECK(p.count.duplicates == 2);
	CHECK(p.count.gaps == 1);
	CHECK(p.count.gaps_filled == 1);
}

static void
the_same_trades_told_another_way_are_not_counted(void)
{
	begin();
	agg(1, "BTCUSDT", 100);
	record(TAPE_FRAME, 2, 1, "",
	       "{\"e\":\"trade\",\"E\":1790526539033,\"T\":1790526538883,\"s\":\"BTCUSDT\",\"t\":5,"
	       "\"p\":\"84551.10\",\"q\":\"0.030\",\"X\":\"MARKET\",\"m\":false}");
	CHECK_TEXT(tell(), "trade:BTC:100");
	CHECK(p.count.told_otherwise == 1);
}

static void
liquidations_without_ids_count_once(void)
{
	static const char batch[] =
		"{\"topic\":\"allLiquidation.ADAUSDT\",\"type\":\"snapshot\",\"ts\":1786014947330,"
		"\"data\":[{\"T\":1786014946933,\"s\":\"ADAUSDT\",\"S\":\"Sell\",\"v\":\"13\",\"p\":\"0.19\"},"
		"{\"T\":1786014946933,\"s\":\"ADAUSDT\",\"S\":\"Sell\",\"v\":\"13\",\"p\":\"0.19\"}]}";

	begin();
	/* Two equal ones in a message are two; the message again is nothing. */
	record(TAPE_FRAME, 5, 1, "", batch);
	CHECK_TEXT(tell(), "liquidation:ADA liquidation:ADA");
	record(TAPE_FRAME, 5, 2, "", batch);
	CHECK_TEXT(tell(), "");
	CHECK(p.count.duplicates == 2);
}

static bool
only_eth(void *context, const struct instrument *row)
{
	(void)context;
	return strcmp(row->coin, "ETH") == 0;
}

static void
what_nobody_watches_is_kept_out(void)
{
	begin();
	p.watch = only_eth;
	agg(1, "BTCUSDT", 1);
	agg(1, "ETHUSDT", 1);
	CHECK_TEXT(tell(), "trade:ETH:1");
	CHECK(p.count.unwatched == 1);
	p.watch = NULL;
	pipeline_watch_changed(&p);
	agg(1, "BTCUSDT", 2);
	CHECK_TEXT(tell(), "trade:BTC:2");
}

static void
a_link_that_is_up_again_begins_anew(void)
{
	static const char snapshot[] =
		"{\"topic\":\"tickers.BTCUSDT\",\"type\":\"snapshot\",\"data\":{\"symbol\":\"BTCUSDT\","
		"\"lastPrice\":\"1\",\"markPrice\":\"2\"},\"cs\":1,\"ts\":1786659827683}";
	static const char delta[] =
		"{\"topic\":\"tickers.BTCUSDT\",\"type\":\"delta\",\"data\":{\"symbol\":\"BTCUSDT\","
		"\"markPrice\":\"3\"},\"cs\":2,\"ts\":1786659827983}";

	begin();
	record(TAPE_LINK, 5, 1, "up", "");
	record(TAPE_FRAME, 5, 1, "", snapshot);
	record(TAPE_FRAME, 5, 1, "", delta);
	CHECK_TEXT(tell(), "status:up:0-0 mark:BTC ticker:BTC mark:BTC");
	/* Another link has a state of its own: its delta comes before a snapshot. */
	record(TAPE_FRAME, 5, 2, "", delta);
	CHECK_TEXT(tell(), "");
	record(TAPE_LINK, 5, 1, "down", "quiet");
	record(TAPE_LINK, 5, 1, "up", "");
	record(TAPE_FRAME, 5, 1, "", delta);
	CHECK_TEXT(tell(), "status:down:0-0 status:up:0-0");
	/* One of the same side shares the room and nothing of what is in it. */
	record(TAPE_FRAME, 5, 1, "", snapshot);
	record(TAPE_FRAME, 5, 3, "", delta);
	CHECK_TEXT(tell(), "mark:BTC ticker:BTC");
	CHECK(p.count.decode[DECODE_DELTA_FIRST] == 3);
}

static void
odd_records_are_counted(void)
{
	begin();
	record(TAPE_FRAME, 77, 1, "", "{}");          /* no such venue */
	record(TAPE_LINK, 5, 1, "sideways", "");      /* no such change */
	record(TAPE_GAP, 5, 1, "BTCUSDT", "x y");     /* no ids */
	record(TAPE_INSTRUMENT, 0, 0, "", "{}");      /* no instrument line */
	record(TAPE_FRAME, 2, 1, "", "half a mess");
	record(TAPE_BODY, 2, 0, "/fapi/v1/aggTrades?symbol=BTCUSDT", "[{\"a\":1,");
	CHECK_TEXT(tell(), "");
	CHECK(p.count.no_venue == 1);
	CHECK(p.count.bad_records == 3);
	CHECK(p.count.decode[DECODE_JSON] == 2);
	record(TAPE_GAP, 5, 1, "BTCUSDT", "");        /* unproved, without ids */
	CHECK_TEXT(tell(), "status:gap:0-0");
}

int
main(void)
{
	trades_count_once_and_gaps_are_told();
	the_same_trades_told_another_way_are_not_counted();
	liquidations_without_ids_count_once();
	what_nobody_watches_is_kept_out();
	a_link_that_is_up_again_begins_anew();
	odd_records_are_counted();
	return CHECK_END("pipeline");
}
