/* binance_quote.c - prices, tickers, book top and bars, in any key order.
 *
 * channel            gives
 * markPriceUpdate    MARK: p mark, i index, r funding, T next funding time
 * indexPriceUpdate   MARK of the pair's perpetual with the index alone (COIN-M)
 * 24hrTicker, 24hrMiniTicker   TICKER
 * bookTicker         TOP
 * kline              BAR
 * continuous_kline   BAR of the pair's perpetual
 * contractInfo       INSTRUMENT with its new status
 *
 * Zero      A price of 0 is none; funding `r` is "" and T 0 where a contract has no
 *           funding.  A side of the book with price or size 0 is empty.
 * Funding   `P` is an estimate of the settlement price, no predicted rate, and `ap`
 *           a moving average of the mark: both are left out.  The interval is not in
 *           the message; it comes from the metadata, and stays unknown without.
 * Volume    v coins and q quote; COIN-M v contracts and q coins (the other way).
 * Limits    1h, 4h and 1d window tickers are no rolling 24 h: no event.  A bar of a
 *           month has no fixed length: no event.
 */
#include "venue/binance.h"

enum decode
binance_mark(const struct venue *v, struct venue_call *call, const struct binance_row *r)
{
	enum decode bad = DECODE_OK;
	uint32_t index = binance_instrument(v, call, binance_cell(r, 's'),
	                                    &r->cell[BINANCE_st], &bad);
	const struct instrument *row;
	double mark, index_price, funding;
	int64_t ts_ns, next_ns;
	struct event *ev;

	if (index == 0)
		return bad;
	row = &call->table->at[index];
	mark = binance_price(binance_cell(r, 'p'), -row->multiplier_exp10, &bad);
	index_price = binance_price(binance_cell(r, 'i'), -row->multiplier_exp10, &bad);
	funding = binance_number(binance_cell(r, 'r'), 0, &bad);
	next_ns = binance_time(binance_cell(r, 'T'), &bad);
	ts_ns = binance_time(binance_cell(r, 'E'), &bad);
	if (bad != DECODE_OK)
		return bad;
	if (binance_cell(r, 'p')->type == JSON_NONE)
		return DECODE_SHAPE;
	ev = venue_event(v, call, EVENT_MARK, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	ev->u.mark.mark = mark;
	ev->u.mark.index = index_price;
	ev->u.mark.funding = funding;
	ev->u.mark.next_funding_ns = next_ns;
	if (!is_absent(funding))
		ev->u.mark.funding_interval_h = row->funding_interval_h;
	return DECODE_OK;
}

enum decode
binance_index(const struct venue *v, struct venue_call *call, const struct binance_row *r)
{
	/* The pair is in `s` since 2026-06-30, before it was in `i`. */
	const struct json_value *pair = binance_cell(r, 's');
	enum decode bad = DECODE_OK, line;
	bool said = false;
	uint32_t index;
	double price;
	int64_t ts_ns;
	struct event *ev;

	if (pair->type == JSON_NONE)
		pair = binance_cell(r, 'i');
	if (pair->type != JSON_STRING || pair->escaped)
		return DECODE_SHAPE;
	line = binance_line(v, &r->cell[BINANCE_st], &said);
	if (line != DECODE_OK)
		return line;
	index = binance_pair(v, call, pair->text, SLICE("PERPETUAL"), said, &bad);
	if (index == 0)
		return bad;
	price = binance_positive(binance_cell(r, 'p'),
	                         -call->table->at[index].multiplier_exp10, &bad);
	ts_ns = binance_time(binance_cell(r, 'E'), &bad);
	if (bad != DECODE_OK)
		return bad;
	ev = venue_event(v, call, EVENT_MARK, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	ev->u.mark.mark = ABSENT;
	ev->u.mark.index = price;
	ev->u.mark.funding = ABSENT;
	return DECODE_OK;
}

enum decode
binance_put_ticker(const struct venue *v, struct venue_call *call, uint32_t instrument,
                   int64_t ts_ns, const struct json_value price[4],
                   const struct json_value volume[2])
{
	const struct instrument *row = &call->table->at[instrument];
	enum decode bad = DECODE_OK;
	double at[4], qty, usd;
	struct event *ev;

	if (price[0].type == JSON_NONE)
		return DECODE_SHAPE;
	for (int i = 0; i < 4; i++)
		at[i] = binance_price(&price[i], -row->multiplier_exp10, &bad);
	binance_volumes(row, &volume[0], &volume[1], &qty, &usd, &bad);
	if (bad != DECODE_OK)
		return bad;
	ev = venue_event(v, call, EVENT_TICKER, instrument);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	ev->u.ticker.last = at[0];
	ev->u.ticker.open = at[1];
	ev->u.ticker.high = at[2];
	ev->u.ticker.low = at[3];
	ev->u.ticker.qty = qty;
	ev->u.ticker.usd = usd;
	return DECODE_OK;
}

enum decode
binance_ticker(const struct venue *v, struct venue_call *call, const struct binance_row *r)
{
	const struct json_value price[4] = {
		*binance_cell(r, 'c'), *binance_cell(r, 'o'), *binance_cell(r, 'h'),
		*binance_cell(r, 'l')
	};
	const struct json_value volume[2] = { *binance_cell(r, 'v'), *binance_cell(r, 'q') };
	enum decode bad = DECODE_OK;
	uint32_t index = binance_instrument(v, call, binance_cell(r, 's'),
	                                    &r->cell[BINANCE_st], &bad);
	int64_t ts_ns = binance_time(binance_cell(r, 'E'), &bad);

	return bad != DECODE_OK ? bad : binance_put_ticker(v, call, index, ts_ns, price, volume);
}

enum decode
binance_read_top(const struct venue *v, struct venue_call *call, uint32_t instrument,
                 int64_t ts_ns, const struct json_value side[4])
{
	const struct instrument *row = &call->table->at[instrument];
	const int shift = -row->multiplier_exp10, lots = binance_lots(row);
	enum decode bad = DECODE_OK;
	double bid, bid_size, ask, ask_size;

	for (int i = 0; i < 4; i++)
		if (side[i].type == JSON_NONE)
			return DECODE_SHAPE;
	bid = binance_price(&side[0], shift, &bad);
	bid_size = binance_quantity(&side[1], lots, &bad);
	ask = binance_price(&side[2], shift, &bad);
	ask_size = binance_quantity(&side[3], lots, &bad);
	if (bad != DECODE_OK)
		return bad;
	return binance_put_top(v, call, instrument, ts_ns, bid, bid_size, ask, ask_size);
}

enum decode
binance_book_top(const struct venue *v, struct venue_call *call, const struct binance_row *r)
{
	const struct json_value side[4] = {
		*binance_cell(r, 'b'), *binance_cell(r, 'B'), *binance_cell(r, 'a'),
		*binance_cell(r, 'A')
	};
	enum decode bad = DECODE_OK;
	uint32_t index = binance_instrument(v, call, binance_cell(r, 's'),
	                                    &r->cell[BINANCE_st], &bad);
	int64_t ts_ns = binance_time_of(binance_cell(r, 'T'), binance_cell(r, 'E'), &bad);

	return bad != DECODE_OK ? bad : binance_read_top(v, call, index, ts_ns, side);
}

enum decode
binance_put_bar(const struct venue *v, struct venue_call *call, uint32_t instrument,
                int64_t open_ns, int32_t interval_s, const struct json_value price[4],
                const struct json_value volume[4], bool is_final)
{
	const struct instrument *row = &call->table->at[instrument];
	enum decode bad = DECODE_OK;
	double at[4], qty, usd, buy_qty, buy_usd;
	struct event *ev;

	for (int i = 0; i < 4; i++) {
		if (!binance_is_sent(&price[i]))
			return DECODE_SHAPE;
		at[i] = binance_price(&price[i], -row->multiplier_exp10, &bad);
	}
	binance_volumes(row, &volume[0], &volume[1], &qty, &usd, &bad);
	binance_volumes(row, &volume[2], &volume[3], &buy_qty, &buy_usd, &bad);
	if (bad != DECODE_OK)
		return bad;
	ev = venue_event(v, call, EVENT_BAR, instrument);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = open_ns;
	ev->u.bar.open = at[0];
	ev->u.bar.high = at[1];
	ev->u.bar.low = at[2];
	ev->u.bar.close = at[3];
	ev->u.bar.qty = qty;
	ev->u.bar.usd = usd;
	ev->u.bar.buy_qty = buy_qty;
	ev->u.bar.buy_usd = buy_usd;
	ev->u.bar.interval_s = interval_s;
	ev->u.bar.final = is_final;
	return DECODE_OK;
}

/* The bar in `k`; its instrument is found. */
static enum decode
bar(const struct venue *v, struct venue_call *call, uint32_t index,
    const struct binance_row *k)
{
	const struct json_value price[4] = {
		*binance_cell(k, 'o'), *binance_cell(k, 'h'), *binance_cell(k, 'l'),
		*binance_cell(k, 'c')
	};
	const struct json_value volume[4] = {
		*binance_cell(k, 'v'), *binance_cell(k, 'q'), *binance_cell(k, 'V'),
		*binance_cell(k, 'Q')
	};
	const struct json_value *interval = binance_cell(k, 'i');
	enum decode bad = DECODE_OK;
	int64_t open_ns = binance_time(binance_cell(k, 't'), &bad);
	bool is_final = binance_bool(binance_cell(k, 'x'), &bad);
	int32_t interval_s;

	if (interval->type != JSON_STRING || (bad == DECODE_OK && open_ns == 0))
		bad = DECODE_SHAPE;
	if (bad != DECODE_OK)
		return bad;
	if (slice_is(interval->text, "1M"))
		return DECODE_NO_EVENT;
	interval_s = binance_interval_s(interval->text);
	if (interval_s == 0)
		return DECODE_SHAPE;
	return binance_put_bar(v, call, index, open_ns, interval_s, price, volume, is_final);
}

enum decode
binance_kline(const struct venue *v, struct venue_call *call, const struct binance_row *r)
{
	const struct json_value *symbol = binance_cell(r, 's');
	enum decode bad = DECODE_OK;
	struct binance_row k;
	uint32_t index;

	if (binance_cell(r, 'k')->type != JSON_OBJECT)
		return DECODE_SHAPE;
	if (!binance_row_read(&k, NULL, binance_cell(r, 'k')->text))
		return DECODE_JSON;
	if (!binance_is_sent(symbol))
		symbol = binance_cell(&k, 's');
	index = binance_instrument(v, call, symbol, &r->cell[BINANCE_st], &bad);
	return index == 0 ? bad : bar(v, call, index, &k);
}

enum decode
binance_continuous_kline(const struct venue *v, struct venue_call *call,
                         const struct binance_row *r)
{
	const struct json_value *pair = &r->cell[BINANCE_ps], *type = &r->cell[BINANCE_ct];
	enum decode bad = DECODE_OK, line;
	bool said = false;
	struct binance_row k;
	uint32_t index;

	if (binance_cell(r, 'k')->type != JSON_OBJECT || pair->type != JSON_STRING ||
	    pair->escaped || type->type != JSON_STRING)
		return DECODE_SHAPE;
	if (!binance_row_read(&k, NULL, binance_cell(r, 'k')->text))
		return DECODE_JSON;
	line = binance_line(v, &r->cell[BINANCE_st], &said);
	if (line != DECODE_OK)
		return line;
	index = binance_pair(v, call, pair->text, type->text, said, &bad);
	return index == 0 ? bad : bar(v, call, index, &k);
}

enum decode
binance_contract_info(const struct venue *v, struct venue_call *call,
                      const struct binance_row *r)
{
	const struct json_value *status = &r->cell[BINANCE_cs];
	enum decode bad = DECODE_OK;
	uint32_t index = binance_instrument(v, call, binance_cell(r, 's'),
	                                    &r->cell[BINANCE_st], &bad);
	struct instrument row;
	int64_t ts_ns;
	struct event *ev;

	if (index == 0)
		return bad;
	ts_ns = binance_time(binance_cell(r, 'E'), &bad);
	if (bad != DECODE_OK)
		return bad;
	row = call->table->at[index];
	if (!binance_word(status, row.status, sizeof row.status) || row.status[0] == '\0')
		return DECODE_SHAPE;
	ev = venue_event(v, call, EVENT_INSTRUMENT, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	instrument_put(call->table, &row);
	return DECODE_OK;
}
