/* binance_rest.c - Binance's REST answers, one element at a time.
 *
 * path ends with                     gives
 * exchangeInfo, fundingInfo          INSTRUMENT (binance_meta.c)
 * aggTrades, trades, historicalTrades  TRADE; the symbol is in the request
 * klines, continuousKlines           BAR
 * premiumIndex                       MARK as it is now
 * fundingRate                        MARK of the moment of a settlement: ts_ns is
 *                                    fundingTime, mark the price it was settled at;
 *                                    no index, interval and next time, which are
 *                                    of now and not of then.  rateType Special: none
 * openInterest                       OI; coins without dollars, COIN-M dollars without
 *                                    coins: there is no price in the answer
 * openInterestHist                   OI
 * globalLongShortAccountRatio, topLongShort{Account,Position}Ratio   RATIO
 * takerlongshortRatio, takerBuySellVol   RATIO: bought / (bought + sold)
 * ticker/24hr                        TICKER
 * ticker/bookTicker                  TOP
 * ticker/price, depth, time, ping, mark, index and premium klines: no event
 *
 * Pairs     COIN-M statistics are of a pair (BTCUSD): they are given for the pair's
 *           perpetual, BTCUSD_PERP.  Rows of a quarterly cannot be told by their type.
 * Final     Every bar of an answer is over but the last, which nobody marks.  A bar
 *           is open when its end is not well before our receipt; without a receipt
 *           time all count as over.
 * Limits    A path of another product line gives nothing: /dapi has other units.
 */
#include "venue/binance.h"

/* A bar that ended this short before the receipt may still have been open: clocks
 * of recorders were seen more than a second off (2024-08), and a bar that is asked
 * for again costs less than one that is wrong for ever. */
static const int64_t final_after_ns = 5000000000;

/* Every member that some endpoint needs.  Names are unique over all of them. */
#define FIELDS(X) \
	X(symbol) X(pair) X(contractType) X(time) X(timestamp) X(id) X(price) X(qty) \
	X(isBuyerMaker) X(isRPITrade) X(markPrice) X(indexPrice) X(lastFundingRate) \
	X(nextFundingTime) X(fundingRate) X(fundingTime) X(rateType) X(openInterest) \
	X(sumOpenInterest) X(sumOpenInterestValue) X(longAccount) X(longPosition) \
	X(buyVol) X(sellVol) X(takerBuyVol) X(takerSellVol) X(lastPrice) X(openPrice) \
	X(highPrice) X(lowPrice) X(volume) X(quoteVolume) X(baseVolume) X(closeTime) \
	X(bidPrice) X(bidQty) X(askPrice) X(askQty)

enum field {
#define X(name) F_##name,
	FIELDS(X)
#undef X
	F_COUNT
};

static const struct slice field_names[F_COUNT] = {
#define X(name) [F_##name] = { #name, sizeof(#name) - 1 },
	FIELDS(X)
#undef X
};

struct rest {
	const struct venue *v;
	struct venue_call *call;
	struct slice asked;
	enum ratio_kind ratio;
	struct json_value at[F_COUNT]; /* of an object; JSON_NONE: not sent */
	enum decode bad;
};

typedef enum decode rest_reader(struct rest *r, struct slice element);

/* --- whose row is it -------------------------------------------------------------- */

static struct slice
asked_text(const struct rest *r, const char *name, char *memory, size_t size)
{
	struct slice text;

	if (!venue_query_text(r->asked, name, memory, size, &text))
		text = slice_of(NULL, 0);
	return text;
}

static uint32_t
asked_instrument(struct rest *r)
{
	char memory[LIMIT_symbol_bytes_max];
	struct slice symbol = asked_text(r, "symbol", memory, sizeof memory);

	return binance_symbol(r->v, r->call, symbol, false, &r->bad);
}

/* By the row's symbol, else its pair, else what was asked for. */
static uint32_t
row_instrument(struct rest *r)
{
	static const struct json_value no_st = { .type = JSON_NONE };
	char memory[LIMIT_symbol_bytes_max], type_memory[LIMIT_symbol_bytes_max];
	struct slice pair, type = SLICE("PERPETUAL");

	if (binance_is_sent(&r->at[F_symbol]))
		return binance_instrument(r->v, r->call, &r->at[F_symbol], &no_st, &r->bad);
	if (binance_is_sent(&r->at[F_contractType]))
		type = r->at[F_contractType].text;
	else if (venue_query(r->asked, "contractType").count > 0)
		type = asked_text(r, "contractType", type_memory, sizeof type_memory);
	if (r->at[F_pair].type == JSON_STRING && !r->at[F_pair].escaped)
		return binance_pair(r->v, r->call, r->at[F_pair].text, type, false, &r->bad);
	pair = asked_text(r, "pair", memory, sizeof memory);
	if (pair.count > 0)
		return binance_pair(r->v, r->call, pair, type, false, &r->bad);
	return asked_instrument(r);
}

static int
shift_of(const struct rest *r, uint32_t index)
{
	return -r->call->table->at[index].multiplier_exp10;
}

/* --- rows ------------------------------------------------------------------------- */

static enum decode
no_event(struct rest *r, struct slice element)
{
	(void)r;
	(void)element;
	return DECODE_NO_EVENT;
}

static enum decode
exchange_info(struct rest *r, struct slice element)
{
	return binance_exchange_info(r->v, r->call, element);
}

static enum decode
funding_info(struct rest *r, struct slice element)
{
	return binance_funding_info(r->v, r->call, element);
}

/* The same row as the stream's, but for its symbol. */
static enum decode
agg_trade(struct rest *r, struct slice element)
{
	char memory[LIMIT_symbol_bytes_max];
	struct binance_row row;

	if (!binance_row_read(&row, NULL, element))
		return DECODE_JSON;
	row.cell[BINANCE_CELL('s')] = (struct json_value){
		.type = JSON_STRING,
		.text = asked_text(r, "symbol", memory, sizeof memory),
	};
	return binance_agg_trade(r->v, r->call, &row);
}

static enum decode
trade(struct rest *r, struct slice element)
{
	struct binance_print print = { .id_space = ID_TRADE };
	const struct json_value *rpi = &r->at[F_isRPITrade];
	uint32_t index = asked_instrument(r);

	(void)element;
	if (index == 0)
		return r->bad;
	print.side = binance_bool(&r->at[F_isBuyerMaker], &r->bad) ? SIDE_SELL : SIDE_BUY;
	if (binance_is_sent(rpi) && binance_bool(rpi, &r->bad))
		print.flags = FLAG_RPI;
	print.number = binance_id(&r->at[F_id], &print.id, &r->bad);
	print.price = binance_positive(&r->at[F_price], shift_of(r, index), &r->bad);
	print.size = binance_positive(&r->at[F_qty], binance_lots(&r->call->table->at[index]),
	                              &r->bad);
	print.ts_ns = binance_time(&r->at[F_time], &r->bad);
	return r->bad != DECODE_OK ? r->bad : binance_print(r->v, r->call, index, &print);
}

/* [open time, o, h, l, c, volume, close time, quote volume, trades, taker buys,
 * taker buys in quote, ignore]; COIN-M: contracts and coins. */
static enum decode
kline(struct rest *r, struct slice element)
{
	enum { OPEN_TIME, OPEN, HIGH, LOW, CLOSE, VOLUME, CLOSE_TIME, QUOTE, TRADES, BUY,
	       BUY_QUOTE, COLUMNS };
	struct json list = json_open(element);
	struct json_value column[COLUMNS], volume[4], value;
	char memory[8];
	struct slice interval = asked_text(r, "interval", memory, sizeof memory);
	int count = 0;
	int32_t interval_s = binance_interval_s(interval);
	int64_t open_ns, close_ns, recv_ns = r->call->recv_ns;
	uint32_t index;

	while (json_element(&list, &value))
		if (count < COLUMNS)
			column[count++] = value;
	if (list.type != JSON_ARRAY)
		return DECODE_SHAPE;
	if (!json_ok(&list))
		return DECODE_JSON;
	if (count < COLUMNS)
		return DECODE_SHAPE;
	if (slice_is(interval, "1M"))
		return DECODE_NO_EVENT; /* no fixed length */
	if (interval_s == 0)
		return DECODE_SHAPE;
	index = row_instrument(r);
	open_ns = binance_time(&column[OPEN_TIME], &r->bad);
	close_ns = binance_time(&column[CLOSE_TIME], &r->bad);
	if (r->bad == DECODE_OK && open_ns == 0)
		r->bad = DECODE_SHAPE;
	if (r->bad != DECODE_OK)
		return r->bad;
	volume[0] = column[VOLUME];
	volume[1] = column[QUOTE];
	volume[2] = column[BUY];
	volume[3] = column[BUY_QUOTE];
	return binance_put_bar(r->v, r->call, index, open_ns, interval_s, &column[OPEN], volume,
	                       recv_ns == 0 || recv_ns - close_ns > final_after_ns);
}

static enum decode
put_mark(struct rest *r, uint32_t index, int64_t ts_ns, double mark, double index_price,
         double funding, int32_t interval_h, int64_t next_ns)
{
	struct event *ev;

	if (r->bad != DECODE_OK)
		return r->bad;
	ev = venue_event(r->v, r->call, EVENT_MARK, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	ev->u.mark.mark = mark;
	ev->u.mark.index = index_price;
	ev->u.mark.funding = funding;
	ev->u.mark.funding_interval_h = interval_h;
	ev->u.mark.next_funding_ns = next_ns;
	return DECODE_OK;
}

static enum decode
premium_index(struct rest *r, struct slice element)
{
	uint32_t index = row_instrument(r);
	double mark, index_price, funding;
	int64_t ts_ns, next_ns;

	(void)element;
	if (index == 0)
		return r->bad;
	if (r->at[F_markPrice].type == JSON_NONE)
		return DECODE_SHAPE;
	mark = binance_price(&r->at[F_markPrice], shift_of(r, index), &r->bad);
	index_price = binance_price(&r->at[F_indexPrice], shift_of(r, index), &r->bad);
	funding = binance_number(&r->at[F_lastFundingRate], 0, &r->bad);
	next_ns = binance_time(&r->at[F_nextFundingTime], &r->bad);
	ts_ns = binance_time(&r->at[F_time], &r->bad);
	return put_mark(r, index, ts_ns, mark, index_price, funding,
	                is_absent(funding) ? 0 : r->call->table->at[index].funding_interval_h,
	                next_ns);
}

static enum decode
funding_rate(struct rest *r, struct slice element)
{
	uint32_t index = row_instrument(r);
	double mark, funding;
	int64_t ts_ns;

	(void)element;
	if (index == 0)
		return r->bad;
	if (!binance_is_sent(&r->at[F_fundingRate]) || !binance_is_sent(&r->at[F_fundingTime]))
		return DECODE_SHAPE;
	/* A special rate is no rate of the ordinary rhythm: it must not be compared
	 * or made annual with the others. */
	if (binance_is_sent(&r->at[F_rateType]) && !binance_is(&r->at[F_rateType], "Regular"))
		return DECODE_NO_EVENT;
	mark = binance_price(&r->at[F_markPrice], shift_of(r, index), &r->bad);
	funding = binance_number(&r->at[F_fundingRate], 0, &r->bad);
	ts_ns = binance_time(&r->at[F_fundingTime], &r->bad);
	return put_mark(r, index, ts_ns, mark, ABSENT, funding, 0, 0);
}

static enum decode
put_oi(struct rest *r, uint32_t index, int64_t ts_ns, double qty, double usd)
{
	struct event *ev;

	if (r->bad == DECODE_OK && isinf(usd))
		r->bad = DECODE_NUMBER;
	if (r->bad != DECODE_OK)
		return r->bad;
	ev = venue_event(r->v, r->call, EVENT_OI, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	ev->u.oi.qty = qty;
	ev->u.oi.usd = usd;
	return DECODE_OK;
}

static enum decode
open_interest(struct rest *r, struct slice element)
{
	uint32_t index = row_instrument(r);
	const struct instrument *row;
	double amount;
	int64_t ts_ns;

	(void)element;
	if (index == 0)
		return r->bad;
	row = &r->call->table->at[index];
	if (!binance_is_sent(&r->at[F_openInterest]))
		return DECODE_SHAPE;
	amount = binance_quantity(&r->at[F_openInterest], binance_lots(row), &r->bad);
	ts_ns = binance_time(&r->at[F_time], &r->bad);
	if (row->contract_unit == CONTRACT_USD)
		return put_oi(r, index, ts_ns, ABSENT, amount * row->contract_size);
	return put_oi(r, index, ts_ns, amount, ABSENT);
}

static enum decode
open_interest_hist(struct rest *r, struct slice element)
{
	uint32_t index = row_instrument(r);
	double qty, usd;
	int64_t ts_ns;

	(void)element;
	if (index == 0)
		return r->bad;
	if (!binance_is_sent(&r->at[F_sumOpenInterest]))
		return DECODE_SHAPE;
	binance_volumes(&r->call->table->at[index], &r->at[F_sumOpenInterest],
	                &r->at[F_sumOpenInterestValue], &qty, &usd, &r->bad);
	ts_ns = binance_time(&r->at[F_timestamp], &r->bad);
	return put_oi(r, index, ts_ns, qty, usd);
}

static enum decode
put_ratio(struct rest *r, uint32_t index, double share)
{
	int64_t ts_ns = binance_time(&r->at[F_timestamp], &r->bad);
	struct event *ev;

	if (r->bad == DECODE_OK && !(share >= 0 && share <= 1))
		r->bad = DECODE_NUMBER;
	if (r->bad != DECODE_OK)
		return r->bad;
	ev = venue_event(r->v, r->call, EVENT_RATIO, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	ev->u.ratio.long_share = share;
	ev->u.ratio.ratio_kind = (uint8_t)r->ratio;
	return DECODE_OK;
}

static enum decode
ratio(struct rest *r, struct slice element)
{
	/* COIN-M calls a share of positions longPosition. */
	const struct json_value *share = &r->at[F_longAccount];
	uint32_t index = row_instrument(r);

	(void)element;
	if (index == 0)
		return r->bad;
	if (!binance_is_sent(share))
		share = &r->at[F_longPosition];
	if (!binance_is_sent(share))
		return DECODE_SHAPE;
	return put_ratio(r, index, binance_quantity(share, 0, &r->bad));
}

static enum decode
taker_ratio(struct rest *r, struct slice element)
{
	const struct json_value *buy = &r->at[F_buyVol], *sell = &r->at[F_sellVol];
	uint32_t index = row_instrument(r);
	double bought, sold;

	(void)element;
	if (index == 0)
		return r->bad;
	if (!binance_is_sent(buy))
		buy = &r->at[F_takerBuyVol];
	if (!binance_is_sent(sell))
		sell = &r->at[F_takerSellVol];
	if (!binance_is_sent(buy) || !binance_is_sent(sell))
		return DECODE_SHAPE;
	bought = binance_quantity(buy, 0, &r->bad);
	sold = binance_quantity(sell, 0, &r->bad);
	if (r->bad == DECODE_OK && bought == 0 && sold == 0)
		return DECODE_NO_EVENT; /* nobody traded: there is no share */
	return put_ratio(r, index, bought / (bought + sold));
}

static enum decode
ticker(struct rest *r, struct slice element)
{
	const struct json_value price[4] = {
		r->at[F_lastPrice], r->at[F_openPrice], r->at[F_highPrice], r->at[F_lowPrice]
	};
	struct json_value volume[2] = { r->at[F_volume], r->at[F_quoteVolume] };
	uint32_t index = row_instrument(r);
	int64_t ts_ns = binance_time(&r->at[F_closeTime], &r->bad);

	(void)element;
	if (r->bad != DECODE_OK)
		return r->bad;
	if (r->call->table->at[index].contract_unit == CONTRACT_USD)
		volume[1] = r->at[F_baseVolume];
	return binance_put_ticker(r->v, r->call, index, ts_ns, price, volume);
}

static enum decode
book_ticker(struct rest *r, struct slice element)
{
	const struct json_value side[4] = {
		r->at[F_bidPrice], r->at[F_bidQty], r->at[F_askPrice], r->at[F_askQty]
	};
	uint32_t index = row_instrument(r);
	int64_t ts_ns = binance_time(&r->at[F_time], &r->bad);

	(void)element;
	if (r->bad != DECODE_OK)
		return r->bad;
	return binance_read_top(r->v, r->call, index, ts_ns, side);
}

/* --- endpoints -------------------------------------------------------------------- */

static const struct endpoint {
	const char *name;       /* the last part of the path */
	bool is_data;           /* below /futures/data/ */
	uint8_t ratio;          /* enum ratio_kind */
	rest_reader *reader;
} endpoints[] = {
	{ "exchangeInfo",                false, RATIO_NONE, exchange_info },
	{ "fundingInfo",                 false, RATIO_NONE, funding_info },
	{ "aggTrades",                   false, RATIO_NONE, agg_trade },
	{ "trades",                      false, RATIO_NONE, trade },
	{ "historicalTrades",            false, RATIO_NONE, trade },
	{ "klines",                      false, RATIO_NONE, kline },
	{ "continuousKlines",            false, RATIO_NONE, kline },
	{ "premiumIndex",                false, RATIO_NONE, premium_index },
	{ "fundingRate",                 false, RATIO_NONE, funding_rate },
	{ "openInterest",                false, RATIO_NONE, open_interest },
	{ "24hr",                        false, RATIO_NONE, ticker },
	{ "bookTicker",                  false, RATIO_NONE, book_ticker },
	{ "openInterestHist",            true,  RATIO_NONE, open_interest_hist },
	{ "globalLongShortAccountRatio", true,  RATIO_GLOBAL_ACCOUNT, ratio },
	{ "topLongShortAccountRatio",    true,  RATIO_TOP_ACCOUNT, ratio },
	{ "topLongShortPositionRatio",   true,  RATIO_TOP_POSITION, ratio },
	{ "takerlongshortRatio",         true,  RATIO_TAKER, taker_ratio },
	{ "takerBuySellVol",             true,  RATIO_TAKER, taker_ratio },
	{ "basis",                       true,  RATIO_NONE, no_event },
	{ "markPriceKlines",             false, RATIO_NONE, no_event },
	{ "indexPriceKlines",            false, RATIO_NONE, no_event },
	{ "premiumIndexKlines",          false, RATIO_NONE, no_event },
	{ "uiKlines",                    false, RATIO_NONE, no_event },
	{ "price",                       false, RATIO_NONE, no_event },
	{ "avgPrice",                    false, RATIO_NONE, no_event },
	{ "ticker",                      false, RATIO_NONE, no_event },
	{ "tradingDay",                  false, RATIO_NONE, no_event },
	{ "depth",                       false, RATIO_NONE, no_event },
	{ "time",                        false, RATIO_NONE, no_event },
	{ "ping",                        false, RATIO_NONE, no_event },
};

static const struct endpoint *
endpoint_of(struct slice path, bool is_data)
{
	struct slice name = path;

	while (memchr(name.at, '/', name.count) != NULL)
		slice_cut(&name, '/');
	for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++)
		if (endpoints[i].is_data == is_data &&
		    slice_equal(name, slice_str(endpoints[i].name)))
			return &endpoints[i];
	return NULL;
}

/* {"code":-1121,"msg":"…"} or {"status":"ERROR",…}, also with HTTP status 200. */
static bool
is_error(struct slice object)
{
	struct json r = json_open(object);
	struct json_value value;
	struct slice key;
	bool code = false, msg = false, status = false;

	while (json_member(&r, &key, &value)) {
		code |= slice_is(key, "code");
		msg |= slice_is(key, "msg");
		status |= slice_is(key, "status") && binance_is(&value, "ERROR");
	}
	return json_ok(&r) && ((code && msg) || status);
}

static bool
read_fields(struct rest *r, struct slice object)
{
	struct json reader = json_open(object);
	struct json_value value;
	struct slice key;

	while (json_member(&reader, &key, &value)) {
		for (int i = 0; i < F_COUNT; i++) {
			if (slice_equal(key, field_names[i])) {
				r->at[i] = value;
				break;
			}
		}
	}
	return json_ok(&reader);
}

static enum decode
element_of(const struct venue *v, struct venue_call *call, struct slice asked,
           struct slice element)
{
	struct slice path = venue_path(asked);
	const bool is_data = slice_starts(path, SLICE("/futures/data/"));
	const struct slice root = v->kind == KIND_SPOT ? SLICE("/api/")
	                        : v->kind == KIND_LINEAR ? SLICE("/fapi/") : SLICE("/dapi/");
	const struct endpoint *e;
	struct rest r = { .v = v, .call = call, .asked = asked, .bad = DECODE_OK };
	struct json kind = json_open(element);

	if (kind.type == JSON_OBJECT && is_error(element))
		return DECODE_ERROR_REPLY;
	if (!slice_starts(path, root) && !(is_data && v->kind != KIND_SPOT))
		return DECODE_OTHER_PRODUCT;
	e = endpoint_of(path, is_data);
	if (e == NULL)
		return DECODE_UNKNOWN_CHANNEL;
	if (kind.type == JSON_NONE)
		return DECODE_JSON;
	/* A bar is a list, all other rows are objects; the readers of lists look
	 * for themselves. */
	if (kind.type == JSON_OBJECT && !read_fields(&r, element))
		return DECODE_JSON;
	if (kind.type == JSON_ARRAY && e->reader != kline && e->reader != no_event)
		return DECODE_SHAPE;
	r.ratio = (enum ratio_kind)e->ratio;
	return e->reader(&r, element);
}

enum decode
binance_body(const struct venue *v, struct venue_call *call, struct slice asked,
             struct slice element)
{
	const uint32_t count = call->out->count;
	enum decode result = element_of(v, call, asked, element);

	if (result != DECODE_OK)
		call->out->count = count;
	return result;
}

const char *
binance_list(const struct venue *v, struct slice asked)
{
	(void)v;
	return slice_ends(venue_path(asked), SLICE("/exchangeInfo")) ? "symbols" : "";
}
