/* binance_meta.c - Binance's metadata: exchangeInfo and fundingInfo.
 *
 * Input  One element of exchangeInfo's "symbols", one row of fundingInfo.
 * Output The row in the instrument table, and EVENT_INSTRUMENT.
 * Units  tickSize and stepSize are per venue unit; a 1000X symbol's are turned into
 *        per coin.  A COIN-M step is a contract, which is no fixed number of coins:
 *        it is left out.  pricePrecision and quantityPrecision are something else.
 * Funding  exchangeInfo does not say the interval.  A perpetual that fundingInfo does
 *        not list has 8 h, so 8 stands until a fundingInfo row says otherwise, and
 *        what a fundingInfo row said outlives the next exchangeInfo.
 * Limits Every status is taken: a symbol that is not trading is still a symbol.
 */
#include "venue/binance.h"

static const uint16_t funding_interval_default_h = 8;
static const int64_t funding_interval_max_h = 24;

struct info {
	struct json_value symbol, base, quote, margin, type, status, contract_status;
	struct json_value contract_size, filters;
};

static bool
read_info(struct info *info, struct slice element)
{
	struct json r = json_open(element);
	struct json_value value;
	struct slice key;

	memset(info, 0, sizeof *info);
	while (json_member(&r, &key, &value)) {
		if (slice_is(key, "symbol"))
			info->symbol = value;
		else if (slice_is(key, "baseAsset"))
			info->base = value;
		else if (slice_is(key, "quoteAsset"))
			info->quote = value;
		else if (slice_is(key, "marginAsset"))
			info->margin = value;
		else if (slice_is(key, "contractType"))
			info->type = value;
		else if (slice_is(key, "status"))
			info->status = value;
		else if (slice_is(key, "contractStatus"))
			info->contract_status = value;
		else if (slice_is(key, "contractSize"))
			info->contract_size = value;
		else if (slice_is(key, "filters"))
			info->filters = value;
	}
	return json_ok(&r);
}

/* tickSize of PRICE_FILTER and stepSize of LOT_SIZE; the other filters have members
 * of the same names. */
static void
read_filter(struct slice text, struct json_value *tick, struct json_value *step,
            enum decode *bad)
{
	struct json r = json_open(text);
	struct json_value value, type = { 0 }, tick_size = { 0 }, step_size = { 0 };
	struct slice key;

	while (json_member(&r, &key, &value)) {
		if (slice_is(key, "filterType"))
			type = value;
		else if (slice_is(key, "tickSize"))
			tick_size = value;
		else if (slice_is(key, "stepSize"))
			step_size = value;
	}
	if (!json_ok(&r))
		*bad = DECODE_JSON;
	if (binance_is(&type, "PRICE_FILTER"))
		*tick = tick_size;
	if (binance_is(&type, "LOT_SIZE"))
		*step = step_size;
}

static void
read_filters(const struct json_value *filters, struct instrument *row, enum decode *bad)
{
	struct json_value element, tick = { 0 }, step = { 0 };
	struct json list;

	if (filters->type == JSON_ARRAY) {
		list = json_open(filters->text);
		while (json_element(&list, &element)) {
			if (element.type == JSON_OBJECT)
				read_filter(element.text, &tick, &step, bad);
		}
		if (!json_ok(&list))
			*bad = DECODE_JSON;
	}
	row->tick = binance_price(&tick, -row->multiplier_exp10, bad);
	row->step = binance_price(&step, row->multiplier_exp10, bad);
	if (row->contract_unit == CONTRACT_USD)
		row->step = ABSENT;
}

static uint8_t
kind_of(const struct venue *v, const struct info *info, struct slice symbol)
{
	const struct slice type = info->type.text;
	struct slice base, quote;
	enum binance_spelling spelling;

	if (v->kind == KIND_SPOT)
		return KIND_SPOT;
	/* "CURRENT_QUARTER", "NEXT_QUARTER", with " DELIVERING" behind at the end. */
	if (info->type.type == JSON_STRING && type.count > 0)
		return slice_starts(type, SLICE("CURRENT_")) || slice_starts(type, SLICE("NEXT_"))
		               ? (uint8_t)KIND_DATED : v->kind;
	/* The type is empty before a contract is listed. */
	spelling = binance_spelling(symbol, &base, &quote);
	return spelling == BINANCE_PAIR_DATED || spelling == BINANCE_COIN_DATED
	               ? (uint8_t)KIND_DATED : v->kind;
}

static enum decode
put(const struct venue *v, struct venue_call *call, const struct instrument *row)
{
	struct event *ev;
	uint32_t index;

	if (call->out->count >= call->out->count_max)
		return DECODE_TOO_MANY;
	index = instrument_put(call->table, row);
	if (index == 0)
		return DECODE_UNKNOWN_SYMBOL; /* the table is full, and counts it */
	ev = venue_event(v, call, EVENT_INSTRUMENT, index);
	return ev != NULL ? DECODE_OK : DECODE_TOO_MANY;
}

enum decode
binance_exchange_info(const struct venue *v, struct venue_call *call, struct slice element)
{
	char base[LIMIT_symbol_bytes_max], quote[LIMIT_symbol_bytes_max];
	enum decode bad = DECODE_OK;
	struct instrument row;
	struct info info;
	uint32_t known;

	if (!read_info(&info, element))
		return DECODE_JSON;
	memset(&row, 0, sizeof row);
	row.venue = v->id;
	row.contract_size = ABSENT;
	if (info.symbol.type != JSON_STRING || info.base.type != JSON_STRING ||
	    info.quote.type != JSON_STRING)
		return DECODE_SHAPE;
	if (!binance_is_sent(&info.status))
		info.status = info.contract_status;
	if (!binance_word(&info.symbol, row.symbol, sizeof row.symbol) || row.symbol[0] == '\0' ||
	    !binance_word(&info.base, base, sizeof base) || base[0] == '\0' ||
	    !binance_word(&info.quote, quote, sizeof quote) || quote[0] == '\0' ||
	    !binance_word(&info.margin, row.settle, sizeof row.settle) ||
	    !binance_word(&info.status, row.status, sizeof row.status))
		return DECODE_SHAPE;
	instrument_set_base(&row, slice_str(base));
	instrument_set_quote(&row, slice_str(quote));
	row.kind = kind_of(v, &info, slice_str(row.symbol));
	if (v->kind == KIND_INVERSE) {
		row.contract_unit = CONTRACT_USD;
		row.contract_size = binance_positive(&info.contract_size, 0, &bad);
	}
	read_filters(&info.filters, &row, &bad);
	if (bad != DECODE_OK)
		return bad;
	if (row.kind == KIND_LINEAR || row.kind == KIND_INVERSE) {
		known = instrument_find(call->table, v->id, slice_str(row.symbol));
		row.funding_interval_h = funding_interval_default_h;
		if (known != 0 && call->table->at[known].funding_interval_h != 0)
			row.funding_interval_h = call->table->at[known].funding_interval_h;
	}
	return put(v, call, &row);
}

enum decode
binance_funding_info(const struct venue *v, struct venue_call *call, struct slice element)
{
	struct json r = json_open(element);
	struct json_value value, symbol = { 0 }, hours_text = { 0 };
	enum decode bad = DECODE_OK;
	struct instrument row;
	struct slice key;
	int64_t hours;
	uint32_t index;

	while (json_member(&r, &key, &value)) {
		if (slice_is(key, "symbol"))
			symbol = value;
		else if (slice_is(key, "fundingIntervalHours"))
			hours_text = value;
	}
	if (!json_ok(&r))
		return DECODE_JSON;
	if (hours_text.type != JSON_NUMBER && hours_text.type != JSON_STRING)
		return DECODE_SHAPE;
	if (!json_int64(&hours_text, &hours) || hours <= 0 || hours > funding_interval_max_h)
		return DECODE_NUMBER;
	value.type = JSON_NONE;
	index = binance_instrument(v, call, &symbol, &value, &bad);
	if (index == 0)
		return bad;
	row = call->table->at[index];
	row.funding_interval_h = (uint16_t)hours;
	return put(v, call, &row);
}
