/* binance_trade.c - what was traded and who was liquidated, in any key order.
 *
 * Input  The rows of aggTrade, trade, blockTrade and forceOrder.
 * Output EVENT_TRADE with the taker's side, EVENT_LIQUIDATION with the side of the
 *        position that died.
 * Side   `m` asks "was the buyer the maker?": true means that the taker SOLD.
 *        forceOrder's S is the side of the forced ORDER: SELL closes a LONG.  That is
 *        the opposite of Bybit.
 * Size   aggTrade's `q`, with RPI fills in it: it is what klines and tickers count
 *        (`nq` leaves them out).  forceOrder: what was filled (`z`), at the average
 *        fill price (`ap`); without them the order and its limit, which comes from
 *        the bankruptcy price.  COIN-M: contracts.
 * Ids    `a` and `t` count up by one per symbol, each in its own row of numbers.
 *        Nobody says whether blocks count with the other trades, so a block's id
 *        proves nothing.
 * Limits An aggTrade or trade without its id could not be told from a repeated one:
 *        it is a shape we do not know.
 */
#include "venue/binance.h"

static void
read_print(struct binance_print *print, const struct instrument *row,
           const struct binance_row *r, enum decode *bad)
{
	print->price = binance_positive(binance_cell(r, 'p'), -row->multiplier_exp10, bad);
	print->size = binance_positive(binance_cell(r, 'q'), binance_lots(row), bad);
	print->ts_ns = binance_time_of(binance_cell(r, 'T'), binance_cell(r, 'E'), bad);
}

static uint32_t
instrument_of(const struct venue *v, struct venue_call *call, const struct binance_row *r,
              enum decode *bad)
{
	return binance_instrument(v, call, binance_cell(r, 's'), &r->cell[BINANCE_st], bad);
}

enum decode
binance_agg_trade(const struct venue *v, struct venue_call *call, const struct binance_row *r)
{
	struct binance_print print = { .id_space = ID_AGGREGATE };
	enum decode bad = DECODE_OK;
	uint32_t index = instrument_of(v, call, r, &bad);

	if (index == 0)
		return bad;
	print.side = binance_bool(binance_cell(r, 'm'), &bad) ? SIDE_SELL : SIDE_BUY;
	print.number = binance_id(binance_cell(r, 'a'), &print.id, &bad);
	read_print(&print, &call->table->at[index], r, &bad);
	return bad != DECODE_OK ? bad : binance_print(v, call, index, &print);
}

/* X, where futures say what kind of print it is: only MARKET and RPI are matches in
 * the book.  The insurance fund and deleveraging have no taker, so `m` has no
 * meaning there. */
static void
origin(const struct json_value *x, struct binance_print *print)
{
	if (!binance_is_sent(x) || binance_is(x, "MARKET"))
		return;
	if (binance_is(x, "RPI")) {
		print->flags = FLAG_RPI;
	} else if (binance_is(x, "INSURANCE_FUND")) {
		print->flags = FLAG_INSURANCE;
		print->side = SIDE_NONE;
	} else if (binance_is(x, "ADL")) {
		print->flags = FLAG_ADL;
		print->side = SIDE_NONE;
	} else {
		print->flags = FLAG_OTHER;
	}
}

enum decode
binance_trade(const struct venue *v, struct venue_call *call, const struct binance_row *r)
{
	struct binance_print print = { .id_space = ID_TRADE };
	enum decode bad = DECODE_OK;
	uint32_t index = instrument_of(v, call, r, &bad);

	if (index == 0)
		return bad;
	print.side = binance_bool(binance_cell(r, 'm'), &bad) ? SIDE_SELL : SIDE_BUY;
	origin(binance_cell(r, 'X'), &print);
	print.number = binance_id(binance_cell(r, 't'), &print.id, &bad);
	read_print(&print, &call->table->at[index], r, &bad);
	return bad != DECODE_OK ? bad : binance_print(v, call, index, &print);
}

enum decode
binance_block_trade(const struct venue *v, struct venue_call *call,
                    const struct binance_row *r)
{
	struct binance_print print = { .flags = FLAG_BLOCK };
	enum decode bad = DECODE_OK;
	uint32_t index = instrument_of(v, call, r, &bad);

	if (index == 0)
		return bad;
	if (binance_is_sent(binance_cell(r, 'm')))
		print.side = binance_bool(binance_cell(r, 'm'), &bad) ? SIDE_SELL : SIDE_BUY;
	if (binance_is_sent(binance_cell(r, 't')))
		binance_id(binance_cell(r, 't'), &print.id, &bad);
	read_print(&print, &call->table->at[index], r, &bad);
	return bad != DECODE_OK ? bad : binance_print(v, call, index, &print);
}

/* The first of the cells with a number above zero; 0: none. */
static double
first_positive(const struct binance_row *r, const unsigned char *cell, size_t count,
               int shift10, size_t *which, enum decode *bad)
{
	for (size_t i = 0; i < count; i++) {
		double value = binance_number(&r->cell[cell[i]], shift10, bad);

		if (value > 0) {
			*which = i;
			return value;
		}
	}
	return 0;
}

enum decode
binance_force_order(const struct venue *v, struct venue_call *call,
                    const struct binance_row *outer)
{
	static const unsigned char sizes[] = {
		BINANCE_CELL('z'), BINANCE_CELL('l'), BINANCE_CELL('q')
	};
	static const unsigned char prices[] = { BINANCE_ap, BINANCE_CELL('p') };
	const struct json_value *order = binance_cell(outer, 'o'), *st, *word;
	const struct instrument *row;
	struct binance_row r;
	enum decode bad = DECODE_OK;
	double price, size, qty, usd;
	size_t which_size = 0, which_price = 0;
	int64_t ts_ns;
	uint32_t index;
	struct event *ev;

	if (order->type != JSON_OBJECT)
		return DECODE_SHAPE;
	if (!binance_row_read(&r, NULL, order->text))
		return DECODE_JSON;
	/* The specification has st outside, what is recorded has it inside. */
	st = &outer->cell[BINANCE_st];
	if (!binance_is_sent(st))
		st = &r.cell[BINANCE_st];
	index = binance_instrument(v, call, binance_cell(&r, 's'), st, &bad);
	if (index == 0)
		return bad;
	word = binance_cell(&r, 'S');
	if (!binance_is(word, "SELL") && !binance_is(word, "BUY"))
		return DECODE_SHAPE;
	row = &call->table->at[index];
	size = first_positive(&r, sizes, sizeof sizes, binance_lots(row), &which_size, &bad);
	price = first_positive(&r, prices, sizeof prices, -row->multiplier_exp10,
	                       &which_price, &bad);
	ts_ns = binance_time_of(binance_cell(&r, 'T'), binance_cell(outer, 'E'), &bad);
	if (bad != DECODE_OK)
		return bad;
	qty = instrument_coins(row, size, price);
	usd = instrument_usd(row, size, price, qty);
	if (size <= 0 || price <= 0 || isinf(qty) || isinf(usd))
		return DECODE_NUMBER;
	ev = venue_event(v, call, EVENT_LIQUIDATION, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->side = binance_is(word, "SELL") ? SIDE_LONG : SIDE_SHORT;
	ev->ts_ns = ts_ns;
	ev->u.liquidation.price = price;
	ev->u.liquidation.qty = qty;
	ev->u.liquidation.usd = usd;
	ev->u.liquidation.price_kind = which_price == 0 ? PRICE_FILL : PRICE_BANKRUPTCY;
	return DECODE_OK;
}
