/* bybit_rest.c - the rows of Bybit's REST answers, one element of a list at a time.
 *
 * path (/v5/market/...)   fixture            gives
 * instruments-info        rest_instruments_* INSTRUMENT, into the table
 * tickers                 rest_tickers_*     MARK, OI, TICKER, TOP without a time:
 *                                            it stands in the envelope, not in a row
 * open-interest           rest_oi_*          OI (inverse without coins: no price)
 * account-ratio           rest_ratio         RATIO, share of accounts
 * funding/history         rest_funding       MARK with the rate that was paid
 * kline                   rest_kline_*       BAR
 * recent-trade            rest_trades_*      TRADE, newest first
 * anything else           rest_silent        none
 *
 * What a row leaves out (symbol, interval) is in the request.  A request for another
 * category is another venue's.  An answer without the list comes whole: an error
 * object (retCode != 0), or one without rows.
 *
 * Stocks, metals and currencies (symbolType stock, xstocks, forex, commodity) are
 * instruments like all others: they trade, they have funding, and who does not want
 * them does not watch them.  Options are none of ours.
 */
#include "venue/bybit.h"

/* --- metadata ---------------------------------------------------------------- */

struct metadata {
	struct json_value symbol, contract, status, base, quote, settle, option;
	struct json_value funding_interval, price_filter, lot_filter;
};

static enum decode
read_metadata(struct slice text, struct metadata *m)
{
	struct json r = json_open(text);
	struct json_value v;
	struct slice key;

	while (json_member(&r, &key, &v)) {
		if (slice_is(key, "symbol"))
			m->symbol = v;
		else if (slice_is(key, "contractType"))
			m->contract = v;
		else if (slice_is(key, "status"))
			m->status = v;
		else if (slice_is(key, "baseCoin"))
			m->base = v;
		else if (slice_is(key, "quoteCoin"))
			m->quote = v;
		else if (slice_is(key, "settleCoin"))
			m->settle = v;
		else if (slice_is(key, "optionsType"))
			m->option = v;
		else if (slice_is(key, "fundingInterval"))
			m->funding_interval = v;
		else if (slice_is(key, "priceFilter"))
			m->price_filter = v;
		else if (slice_is(key, "lotSizeFilter"))
			m->lot_filter = v;
	}
	if (!json_ok(&r))
		return r.type == JSON_OBJECT ? DECODE_JSON : DECODE_SHAPE;
	return DECODE_OK;
}

/* The kind of a row; KIND_NONE: another product line. */
static enum instrument_kind
kind_of(const struct venue *v, const struct metadata *m)
{
	static const struct { const char *word; uint8_t line, kind; } table[] = {
		{ "LinearPerpetual", KIND_LINEAR, KIND_LINEAR },
		{ "LinearFutures", KIND_LINEAR, KIND_DATED },
		{ "InversePerpetual", KIND_INVERSE, KIND_INVERSE },
		{ "InverseFutures", KIND_INVERSE, KIND_DATED },
	};

	if (m->option.type != JSON_NONE)
		return KIND_NONE;
	if (m->contract.type == JSON_NONE)
		return v->kind == KIND_SPOT ? KIND_SPOT : KIND_NONE;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (table[i].line == v->kind &&
		    slice_equal(m->contract.text, slice_str(table[i].word)))
			return (enum instrument_kind)table[i].kind;
	return KIND_NONE;
}

/* A string of letters, digits and the like; what needs escapes is no name. */
static bool
is_name(const struct json_value *v)
{
	return v->type == JSON_STRING && !v->escaped && v->text.count > 0;
}

/* The number `name` of a filter object, ABSENT if it has none. */
static enum decode
filter_number(const struct json_value *filter, const char *name, int shift10, double *out)
{
	struct json r = json_open(filter->text);
	struct json_value v;
	struct slice key;

	*out = ABSENT;
	if (filter->type != JSON_OBJECT)
		return filter->type == JSON_NONE ? DECODE_OK : DECODE_SHAPE;
	while (json_member(&r, &key, &v)) {
		if (!slice_equal(key, slice_str(name)))
			continue;
		if (v.type == JSON_STRING && v.text.count == 0)
			continue;
		return bybit_positive(&v, shift10, out);
	}
	return DECODE_OK;
}

/* Minutes, as hours; 0 where there is none or it is no whole number of hours. */
static uint16_t
funding_interval_h(const struct json_value *v)
{
	int64_t minutes;

	if ((v->type != JSON_STRING && v->type != JSON_NUMBER) || !json_int64(v, &minutes))
		return 0;
	if (minutes <= 0 || minutes % 60 != 0 || minutes / 60 > UINT16_MAX)
		return 0;
	return (uint16_t)(minutes / 60);
}

static enum decode
instrument_row(const struct venue *v, struct venue_call *call, struct slice text)
{
	struct metadata m = { 0 };
	struct instrument row = { 0 };
	bool in_usd = v->kind == KIND_INVERSE;
	enum instrument_kind kind;
	uint32_t index;
	struct event *ev;
	enum decode err = read_metadata(text, &m);

	if (err != DECODE_OK)
		return err;
	if (!is_name(&m.symbol) || !is_name(&m.base) || !is_name(&m.quote) ||
	    m.status.escaped || m.settle.escaped)
		return DECODE_SHAPE;
	kind = kind_of(v, &m);
	if (kind == KIND_NONE)
		return DECODE_OTHER_PRODUCT;
	if (!slice_copy(m.symbol.text, row.symbol, sizeof row.symbol))
		return DECODE_UNKNOWN_SYMBOL;
	row.venue = v->id;
	row.kind = (uint8_t)kind;
	instrument_set_base(&row, m.base.text);
	instrument_set_quote(&row, m.quote.text);
	/* Spot rows name no settlement: a trade is paid in its quote. */
	slice_copy(m.settle.type == JSON_STRING ? m.settle.text
	           : kind == KIND_SPOT ? m.quote.text : slice_of(NULL, 0),
	           row.settle, sizeof row.settle);
	if (m.status.type == JSON_STRING)
		slice_copy(m.status.text, row.status, sizeof row.status);
	row.contract_unit = in_usd ? CONTRACT_USD : CONTRACT_NONE;
	row.contract_size = in_usd ? 1 : ABSENT;
	row.funding_interval_h = funding_interval_h(&m.funding_interval);
	err = filter_number(&m.price_filter, "tickSize", -row.multiplier_exp10, &row.tick);
	/* An inverse step is one of contracts, and those are dollars. */
	if (err == DECODE_OK)
		err = filter_number(&m.lot_filter,
		                    kind == KIND_SPOT ? "basePrecision" : "qtyStep",
		                    in_usd ? 0 : row.multiplier_exp10, &row.step);
	if (err != DECODE_OK)
		return err;
	index = instrument_put(call->table, &row);
	if (index == 0)
		return DECODE_OK; /* counted by the table */
	ev = venue_event(v, call, EVENT_INSTRUMENT, index);
	return ev != NULL ? DECODE_OK : DECODE_TOO_MANY;
}

/* --- rows of figures --------------------------------------------------------- */

static enum decode
trade_row(const struct venue *v, struct venue_call *call, struct slice text)
{
	struct bybit_trade trade = { 0 };
	struct json r = json_open(text);
	struct json_value value;
	struct slice key;

	while (json_member(&r, &key, &value)) {
		if (slice_is(key, "time"))
			trade.time = value;
		else if (slice_is(key, "symbol"))
			trade.symbol = value;
		else if (slice_is(key, "side"))
			trade.side = value;
		else if (slice_is(key, "size"))
			trade.size = value;
		else if (slice_is(key, "price"))
			trade.price = value;
		else if (slice_is(key, "execId"))
			trade.id = value;
		else if (slice_is(key, "isBlockTrade"))
			trade.block = value;
		else if (slice_is(key, "isRPITrade"))
			trade.rpi = value;
	}
	return json_ok(&r) ? bybit_trade(v, call, &trade) : DECODE_JSON;
}

static enum decode
ratio_row(const struct venue *v, struct venue_call *call, uint32_t index, struct slice text)
{
	struct json r = json_open(text);
	struct json_value value, share_text = { 0 }, time = { 0 };
	struct slice key;
	double share;
	int64_t ts_ns;
	struct event *ev;
	enum decode err;

	while (json_member(&r, &key, &value)) {
		if (slice_is(key, "buyRatio"))
			share_text = value;
		else if (slice_is(key, "timestamp"))
			time = value;
	}
	err = bybit_amount(&share_text, 0, &share);
	if (err == DECODE_OK)
		err = bybit_time(&time, &ts_ns);
	if (err != DECODE_OK)
		return err;
	if (share > 1)
		return DECODE_NUMBER;
	ev = venue_event(v, call, EVENT_RATIO, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	ev->u.ratio.long_share = share;
	ev->u.ratio.ratio_kind = RATIO_GLOBAL_ACCOUNT;
	return DECODE_OK;
}

static enum decode
funding_row(const struct venue *v, struct venue_call *call, uint32_t index, struct slice text)
{
	struct json r = json_open(text);
	struct json_value value, rate_text = { 0 }, time = { 0 };
	struct slice key;
	double rate;
	int64_t ts_ns;
	struct event *ev;
	enum decode err;

	while (json_member(&r, &key, &value)) {
		if (slice_is(key, "fundingRate"))
			rate_text = value;
		else if (slice_is(key, "fundingRateTimestamp"))
			time = value;
	}
	err = bybit_number(&rate_text, 0, &rate);
	if (err == DECODE_OK)
		err = bybit_time(&time, &ts_ns);
	if (err != DECODE_OK)
		return err;
	ev = venue_event(v, call, EVENT_MARK, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	ev->u.mark.mark = ABSENT;
	ev->u.mark.index = ABSENT;
	ev->u.mark.funding = rate;
	return DECODE_OK;
}

/* --- which answer is it ------------------------------------------------------ */

enum answer {
	ANSWER_UNKNOWN,
	ANSWER_SILENT, /* a path of Bybit's that gives no event */
	ANSWER_INSTRUMENTS,
	ANSWER_TICKERS,
	ANSWER_TRADES,
	/* Those below may name their symbol in the request only. */
	ANSWER_OI,
	ANSWER_RATIO,
	ANSWER_FUNDING,
	ANSWER_KLINE,
};

static enum answer
answer_of(struct slice path)
{
	static const struct { const char *path; enum answer answer; } table[] = {
		{ "/v5/market/instruments-info", ANSWER_INSTRUMENTS },
		{ "/v5/market/tickers", ANSWER_TICKERS },
		{ "/v5/market/recent-trade", ANSWER_TRADES },
		{ "/v5/market/open-interest", ANSWER_OI },
		{ "/v5/market/account-ratio", ANSWER_RATIO },
		{ "/v5/market/funding/history", ANSWER_FUNDING },
		{ "/v5/market/kline", ANSWER_KLINE },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (slice_equal(path, slice_str(table[i].path)))
			return table[i].answer;
	return slice_starts(path, SLICE("/v5/")) ? ANSWER_SILENT : ANSWER_UNKNOWN;
}

/* kline may go without a category: then it is linear, say the documents, but who
 * asked for one venue's rows meant that venue. */
static bool
is_category(const struct venue *v, struct slice asked)
{
	struct slice category = venue_query(asked, "category");

	switch (v->kind) {
	case KIND_SPOT:
		return category.count == 0 || slice_is(category, "spot");
	case KIND_LINEAR:
		return category.count == 0 || slice_is(category, "linear");
	default:
		return category.count == 0 || slice_is(category, "inverse");
	}
}

/* The member `name` of an object; JSON_NONE: it is none, or has no such member. */
static struct json_value
member(struct slice text, struct slice name)
{
	struct json r = json_open(text);
	struct json_value value;
	struct slice key;

	if (r.type == JSON_OBJECT)
		while (json_member(&r, &key, &value))
			if (slice_equal(key, name))
				return value;
	return (struct json_value){ 0 };
}

static enum decode
figure(const struct venue *v, struct venue_call *call, enum answer answer,
       struct slice asked, struct slice element)
{
	char plain[LIMIT_symbol_bytes_max];
	struct json_value symbol = member(element, SLICE("symbol"));
	uint32_t index;
	enum decode err;

	if (symbol.type == JSON_NONE) {
		symbol = (struct json_value){ .type = JSON_STRING };
		if (!venue_query_text(asked, "symbol", plain, sizeof plain, &symbol.text))
			return DECODE_UNKNOWN_SYMBOL;
	}
	if (symbol.type != JSON_STRING)
		return DECODE_SHAPE;
	err = bybit_instrument(v, call, &symbol, &index);
	if (err != DECODE_OK)
		return err;
	switch (answer) {
	case ANSWER_OI:
		return bybit_oi_row(v, call, index, element);
	case ANSWER_RATIO:
		return ratio_row(v, call, index, element);
	case ANSWER_FUNDING:
		return funding_row(v, call, index, element);
	default:
		return bybit_kline_row(v, call, index, venue_query(asked, "interval"), element);
	}
}

static enum decode
read_element(const struct venue *v, struct venue_call *call, struct slice asked,
             struct slice element)
{
	enum answer answer = answer_of(venue_path(asked));
	struct json whole = json_open(element);
	struct json_value value, code;
	struct slice key;

	if (answer == ANSWER_UNKNOWN)
		return DECODE_UNKNOWN_CHANNEL;
	/* Spot has no positions, hence none of their figures. */
	if (!is_category(v, asked) ||
	    (v->kind == KIND_SPOT && (answer == ANSWER_OI || answer == ANSWER_RATIO ||
	                              answer == ANSWER_FUNDING)))
		return DECODE_OTHER_PRODUCT;
	/* To the end once: a cut row must not give an event. */
	if (whole.type == JSON_OBJECT)
		while (json_member(&whole, &key, &value)) { }
	else if (whole.type == JSON_ARRAY)
		while (json_element(&whole, &value)) { }
	if (!json_ok(&whole))
		return DECODE_JSON;

	code = member(element, SLICE("retCode"));
	if (code.type != JSON_NONE) {
		int64_t number;

		if ((code.type != JSON_NUMBER && code.type != JSON_STRING) ||
		    !json_int64(&code, &number))
			return DECODE_SHAPE;
		if (number != 0)
			return DECODE_ERROR_REPLY;
		return answer == ANSWER_SILENT ? DECODE_NO_EVENT : DECODE_EMPTY;
	}
	switch (answer) {
	case ANSWER_SILENT:
		return DECODE_NO_EVENT;
	case ANSWER_INSTRUMENTS:
		return instrument_row(v, call, element);
	case ANSWER_TICKERS:
		return bybit_ticker_row(v, call, element);
	case ANSWER_TRADES:
		return trade_row(v, call, element);
	default:
		return figure(v, call, answer, asked, element);
	}
}

enum decode
bybit_body(const struct venue *v, struct venue_call *call, struct slice asked,
           struct slice element)
{
	uint32_t count = call->out->count;
	enum decode result = read_element(v, call, asked, element);

	if (result != DECODE_OK)
		call->out->count = count;
	return result;
}

/* Answers without it are told whole. */
const char *
bybit_list(const struct venue *v, struct slice asked)
{
	(void)v;
	(void)asked;
	return "result.list";
}
