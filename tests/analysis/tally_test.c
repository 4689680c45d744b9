/* Goal: the board's sums are exact, slide, and one market gives the price.
 * Method: events made by hand in virtual time; expectations by the definitions in
 * tally.h, worked out on paper. */
#include "analysis/tally.h"
#include "check.h"

enum { USDM = 2, BYBIT = 5, SPOT = 1 };
#define S ((int64_t)1000000000)
static const int64_t t0_ns = 1790526500 * S; /* a multiple of 5 s */

static _Alignas(64) char memory[1 << 20];
static struct arena arena;
static struct instrument_table table;
static struct tally t;
static uint32_t usdm, bybit, spot, dated, pepe;

static uint32_t
put(uint8_t venue, uint8_t kind, const char *symbol, const char *coin, bool usd)
{
	struct instrument row = { .venue = venue, .kind = kind, .usd_quote = usd };

	CHECK(slice_copy(slice_str(symbol), row.symbol, sizeof row.symbol));
	CHECK(slice_copy(slice_str(coin), row.coin, sizeof row.coin));
	return instrument_put(&table, &row);
}

static void
begin(uint32_t coins_max)
{
	memset(memory, 0, sizeof memory);
	arena_init(&arena, memory, sizeof memory);
	instrument_table_init(&table, &arena, 100);
	tally_init(&t, &arena, coins_max, 100);
	usdm = put(USDM, KIND_LINEAR, "BTCUSDT", "BTC", true);
	bybit = put(BYBIT, KIND_LINEAR, "BTCUSDT", "BTC", true);
	spot = put(SPOT, KIND_SPOT, "BTCUSDT", "BTC", true);
	dated = put(USDM, KIND_DATED, "BTCUSDT_261225", "BTC", true);
	pepe = put(USDM, KIND_LINEAR, "1000PEPEUSDT", "PEPE", true);
	tally_tick(&t, t0_ns);
}

static void
trade(uint32_t instrument, int64_t at_ns, enum side side, double price, double usd)
{
	struct event ev = { .kind = EVENT_TRADE, .side = (uint8_t)side,
	                    .instrument = instrument, .ts_ns = at_ns, .recv_ns = at_ns };

	ev.u.trade.price = price;
	ev.u.trade.qty = 1;
	ev.u.trade.usd = usd;
	tally_event(&t, &table, &ev);
}

static void
liquidation(uint32_t instrument, int64_t at_ns, enum side side, double usd)
{
	struct event ev = { .kind = EVENT_LIQUIDATION, .side = (uint8_t)side,
	                    .instrument = instrument, .ts_ns = at_ns, .recv_ns = at_ns };

	ev.u.liquidation.usd = usd;
	tally_event(&t, &table, &ev);
}

static void
venues_of_a_coin_are_one_sum(void)
{
	begin(4);
	trade(usdm, t0_ns, SIDE_BUY, 100, 1000.00007);  /* rounds to 1000.0001 */
	trade(bybit, t0_ns, SIDE_SELL, 101, 250.5);
	trade(spot, t0_ns, SIDE_NONE, 99, 7);
	trade(pepe, t0_ns, SIDE_BUY, 0.00001, 3);
	liquidation(bybit, t0_ns, SIDE_LONG, 5000);
	liquidation(usdm, t0_ns, SIDE_SHORT, 40);
	CHECK(t.coin_count == 2);
	CHECK_TEXT(t.coin[0].name, "BTC");
	CHECK(t.coin[0].window.buy_e4 == 10000001);
	CHECK(t.coin[0].window.sell_e4 == 2505000);
	CHECK(t.coin[0].window.other_e4 == 70000);
	CHECK(t.coin[0].window.long_e4 == 50000000);
	CHECK(t.coin[0].window.short_e4 == 400000);
	CHECK(t.coin[0].window.trade_count == 3);
	CHECK(t.coin[1].window.buy_e4 == 30000);
}

static void
what_is_off_the_book_or_no_amount_is_left_out(void)
{
	static const uint8_t flag[] = { FLAG_BLOCK, FLAG_ADL, FLAG_INSURANCE, FLAG_OTHER };
	struct event ev = { .kind = EVENT_TRADE, .side = SIDE_BUY, .recv_ns = t0_ns,
	                    .ts_ns = t0_ns };

	begin(4);
	ev.instrument = usdm;
	ev.u.trade.price = 100;
	ev.u.trade.usd = 50;
	for (size_t i = 0; i < sizeof flag; i++) {
		ev.flags = flag[i];
		tally_event(&t, &table, &ev);
	}
	CHECK(t.coin_count == 0);
	ev.flags = FLAG_RPI; /* a match in the book like others */
	tally_event(&t, &table, &ev);
	CHECK(t.coin[0].window.buy_e4 == 500000);
	ev.flags = 0;
	ev.u.trade.usd = ABSENT;
	tally_event(&t, &table, &ev);
	ev.u.trade.usd = -1;
	tally_event(&t, &table, &ev);
	ev.u.trade.usd = (double)INFINITY;
	tally_event(&t, &table, &ev);
	CHECK(t.coin[0].window.buy_e4 == 500000);
	CHECK(t.coin[0].window.trade_count == 4);
}

static void
the_window_slides_by_slots(void)
{
	begin(4);
	trade(usdm, t0_ns, SIDE_BUY, 100, 10);
	tally_tick(&t, t0_ns + 5 * S);
	trade(usdm, t0_ns + 5 * S, SIDE_BUY, 100, 20);
	tally_tick(&t, t0_ns + 299 * S + S / 2);
	CHECK(t.coin[0].window.buy_e4 == 300000); /* both are within 300 s */
	tally_tick(&t, t0_ns + 300 * S);
	CHECK(t.coin[0].window.buy_e4 == 200000); /* the first slot went */
	tally_tick(&t, t0_ns + 304 * S);
	CHECK(t.coin[0].window.buy_e4 == 200000);
	tally_tick(&t, t0_ns + 305 * S);
	CHECK(t.coin[0].window.buy_e4 == 0);
	CHECK(t.coin[0].window.trade_count == 0);
	/* A sleep of a day. */
	trade(usdm, t0_ns + 305 * S, SIDE_SELL, 100, 20);
	tally_tick(&t, t0_ns + 86400 * S);
	CHECK(t.coin[0].window.sell_e4 == 0);
}

static void
late_events_stand_where_they_belong(void)
{
	begin(4);
	tally_tick(&t, t0_ns + 100 * S);
	trade(usdm, t0_ns + 100 * S, SIDE_BUY, 100, 1);
	trade(usdm, t0_ns + 10 * S, SIDE_BUY, 90, 2);   /* a gap was filled */
	trade(usdm, t0_ns - 300 * S, SIDE_BUY, 80, 4);  /* older than the window */
	trade(usdm, t0_ns + 900 * S, SIDE_BUY, 110, 8); /* the venue's clock is ahead: now */
	CHECK(t.coin[0].window.buy_e4 == 110000);
	CHECK(t.coin[0].price == 110);
	tally_tick(&t, t0_ns + 310 * S);
	CHECK(t.coin[0].window.buy_e4 == 90000);
	tally_tick(&t, t0_ns + 400 * S);
	CHECK(t.coin[0].window.buy_e4 == 0);
}

static void
one_market_gives_the_price_until_it_is_silent(void)
{
	begin(4);
	trade(spot, t0_ns, SIDE_BUY, 99, 1);
	CHECK(t.coin[0].price == 99);
	trade(bybit, t0_ns, SIDE_BUY, 101, 1);
	CHECK(t.coin[0].price == 101);
	trade(usdm, t0_ns, SIDE_BUY, 100, 1);
	CHECK(t.coin[0].price == 100);
	trade(bybit, t0_ns + 30 * S, SIDE_BUY, 102, 1);
	trade(dated, t0_ns + 30 * S, SIDE_BUY, 200, 1);
	CHECK(t.coin[0].price == 100);
	tally_tick(&t, t0_ns + 60 * S);
	trade(dated, t0_ns + 60 * S, SIDE_BUY, 200, 1);
	trade(bybit, t0_ns + 60 * S, SIDE_BUY, 103, 1);
	CHECK(t.coin[0].price == 103);
}

static void
the_change_is_that_of_the_window(void)
{
	begin(4);
	trade(usdm, t0_ns, SIDE_BUY, 100, 1);
	CHECK(is_absent(tally_change(&t, &t.coin[0])));
	tally_tick(&t, t0_ns + 5 * S); /* begins with 100 */
	trade(usdm, t0_ns + 5 * S, SIDE_BUY, 110, 1);
	CHECK(fabs(tally_change(&t, &t.coin[0]) - 0.1) < 1e-12);
	tally_tick(&t, t0_ns + 300 * S); /* the slot of 5 s is the oldest */
	CHECK(fabs(tally_change(&t, &t.coin[0]) - 0.1) < 1e-12);
	tally_tick(&t, t0_ns + 305 * S); /* the slot of 10 s is: it began with 110 */
	CHECK(tally_change(&t, &t.coin[0]) == 0);
}

static void
coins_beyond_the_places_are_counted_and_dropped_ones_make_room(void)
{
	begin(1);
	trade(usdm, t0_ns, SIDE_BUY, 100, 1);
	trade(pepe, t0_ns, SIDE_BUY, 100, 1);
	trade(0, t0_ns, SIDE_BUY, 100, 1);
	CHECK(t.coin_count == 1);
	CHECK(t.no_room_count == 2);
}

static void
amounts_no_market_has_neither_trap_nor_count(void)
{
	begin(4);
	for (int i = 0; i < 20000; i++) {
		trade(usdm, t0_ns, SIDE_BUY, 100, 1e12);
		trade(usdm, t0_ns, SIDE_BUY, 100, 1.0000001e12);
	}
	CHECK(t.coin[0].window.trade_count == 40000);
	tally_tick(&t, t0_ns + 600 * S);
	CHECK(t.coin[0].window.buy_e4 == 0);
	trade(usdm, t0_ns + 600 * S, SIDE_BUY, 100, 1.5e12);
	CHECK(t.coin[0].window.buy_e4 == 0);
}

static bool
is_pepe(void *context, struct slice coin)
{
	(void)context;
	return slice_is(coin, "PEPE");
}

static void
a_dropped_coin_leaves_the_others_their_figures(void)
{
	begin(2);
	trade(usdm, t0_ns, SIDE_BUY, 100, 1);
	trade(pepe, t0_ns, SIDE_BUY, 2, 5);
	tally_forget(&t, is_pepe, NULL);
	CHECK(t.coin_count == 1);
	trade(pepe, t0_ns, SIDE_BUY, 2, 5);
	CHECK(t.coin[0].window.buy_e4 == 100000);
	trade(usdm, t0_ns, SIDE_BUY, 100, 1);
	CHECK(t.coin[1].window.buy_e4 == 10000);
}

int
main(void)
{
	venues_of_a_coin_are_one_sum();
	what_is_off_the_book_or_no_amount_is_left_out();
	the_window_slides_by_slots();
	late_events_stand_where_they_belong();
	one_market_gives_the_price_until_it_is_silent();
	the_change_is_that_of_the_window();
	coins_beyond_the_places_are_counted_and_dropped_ones_make_room();
	a_dropped_coin_leaves_the_others_their_figures();
	amounts_no_market_has_neither_trap_nor_count();
	return CHECK_END("tally");
}
