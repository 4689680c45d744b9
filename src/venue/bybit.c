/* bybit.c - Bybit v5 public data: spot, linear, inverse; documents of 2026-07-24.
 *
 * channel       kinds            we do                                    fixture
 * publicTrade   snapshot         TRADE each row, S is the taker            trade_*
 * allLiquidation snapshot        LIQUIDATION each row, S is the position   liquidation_*
 * tickers       snapshot, delta  MARK, OI, TICKER, TOP of the merged state ticker_*
 * orderbook.1   snapshot, delta  TOP                                       book_*
 * orderbook.N   snapshot, delta  none                                      silent
 * kline         snapshot         BAR                                       kline_*
 * liquidation   snapshot         none, see below                           silent
 * adlAlert, insurance, priceLimit  none                                    silent
 * (control)     ack, pong, error ignore, count errors                      control
 *
 * Zero      "" is no value; a price of 0 is none; other zeros are values.
 * Time      ms.  T of a row is the match time, cts of a book the engine's, ts of
 *           a ticker the gateway's, start of a kline its open.
 * Size      linear and spot coins; inverse contracts of 1 USD.
 * Order     keys stand in any order, "data" also before "topic".
 *
 * liquidation (2021-2025) showed one liquidation a second, and its `side` has been
 * read as the order's and as the position's by different people; the documents at
 * hand do not say.  A wrong side is worse than none: no event.
 * The formats before v5 (trade, orderBookL2_25, instrument_info, klineV2, the old
 * spot's depth and bookTicker) are unknown channels.
 */
#include "venue/bybit.h"

enum decode
bybit_number(const struct json_value *v, int shift10, double *out)
{
	if (v->type != JSON_STRING && v->type != JSON_NUMBER)
		return DECODE_SHAPE;
	if (!json_double(v, shift10, out))
		return DECODE_NUMBER;
	/* "-0" is no minus that anybody should print. */
	if (*out == 0)
		*out = 0;
	return DECODE_OK;
}

enum decode
bybit_positive(const struct json_value *v, int shift10, double *out)
{
	enum decode err = bybit_number(v, shift10, out);

	/* Below the smallest double a positive decimal becomes zero. */
	return err != DECODE_OK || *out > 0 ? err : DECODE_NUMBER;
}

enum decode
bybit_time(const struct json_value *v, int64_t *ns_out)
{
	int64_t ms;

	if (v->type != JSON_STRING && v->type != JSON_NUMBER)
		return DECODE_SHAPE;
	if (!json_int64(v, &ms) || ms <= 0 || ms > INT64_MAX / 1000000)
		return DECODE_NUMBER;
	*ns_out = ms * 1000000;
	return DECODE_OK;
}

enum decode
bybit_price(const struct json_value *v, int lots, double *out)
{
	enum decode err = bybit_number(v, -lots, out);

	if (err != DECODE_OK)
		return err;
	if (*out < 0)
		return DECODE_NUMBER;
	if (!(*out > 0))
		*out = ABSENT;
	return DECODE_OK;
}

enum decode
bybit_amount(const struct json_value *v, int lots, double *out)
{
	enum decode err = bybit_number(v, lots, out);

	return err != DECODE_OK || *out >= 0 ? err : DECODE_NUMBER;
}

enum decode
bybit_message_time(const struct json_value *v, int64_t *ns_out)
{
	*ns_out = 0;
	return v->type == JSON_NONE ? DECODE_OK : bybit_time(v, ns_out);
}

bool
bybit_message_type(const struct bybit_message *m, bool *is_snapshot)
{
	*is_snapshot = slice_is(m->type.text, "snapshot");
	return m->type.type == JSON_STRING &&
	       (*is_snapshot || slice_is(m->type.text, "delta"));
}

enum decode
bybit_rows(const struct venue *v, struct venue_call *call, const struct json_value *data,
           enum decode (*row)(const struct venue *, struct venue_call *, struct slice))
{
	struct json list = json_open(data->text);
	struct json_value element;
	bool any = false;

	if (data->type != JSON_ARRAY)
		return DECODE_SHAPE;
	while (json_element(&list, &element)) {
		enum decode err = element.type == JSON_OBJECT ? row(v, call, element.text)
		                                              : DECODE_SHAPE;

		if (err == DECODE_OTHER_PRODUCT || err == DECODE_UNKNOWN_SYMBOL)
			call->skipped[err]++;
		else if (err != DECODE_OK)
			return err;
		any = true;
	}
	if (!json_ok(&list))
		return DECODE_JSON;
	return any ? DECODE_OK : DECODE_EMPTY;
}

static enum decode
no_event(const struct venue *v, struct venue_call *call, const struct bybit_message *m)
{
	(void)v;
	(void)call;
	(void)m;
	return DECODE_NO_EVENT;
}

static const struct {
	struct slice name;
	enum decode (*read)(const struct venue *v, struct venue_call *call,
	                    const struct bybit_message *m);
} topic[] = {
	{ { "publicTrade", sizeof "publicTrade" - 1 }, bybit_trades },
	{ { "tickers", sizeof "tickers" - 1 }, bybit_tickers },
	{ { "orderbook", sizeof "orderbook" - 1 }, bybit_book },
	{ { "allLiquidation", sizeof "allLiquidation" - 1 }, bybit_liquidations },
	{ { "kline", sizeof "kline" - 1 }, bybit_klines },
	{ { "liquidation", sizeof "liquidation" - 1 }, no_event },
	{ { "adlAlert", sizeof "adlAlert" - 1 }, no_event },
	{ { "insurance", sizeof "insurance" - 1 }, no_event },
	{ { "priceLimit", sizeof "priceLimit" - 1 }, no_event },
};

/* What has no topic: an answer to something we said. */
static enum decode
control(const struct json_value *success, const struct json_value *op)
{
	if (success->type == JSON_TRUE)
		return DECODE_CONTROL;
	if (success->type == JSON_FALSE)
		return DECODE_ERROR_REPLY;
	/* The option hosts answer {"op":"pong"} without more; and a recording may
	 * hold what the client said ({"op":"subscribe","args":[...]}). */
	return op->type == JSON_STRING ? DECODE_CONTROL : DECODE_UNKNOWN_CHANNEL;
}

enum decode
bybit_decode_any(const struct venue *v, struct venue_call *call, struct slice msg)
{
	struct bybit_message m = { 0 };
	struct json_value value, name = { 0 }, success = { 0 }, op = { 0 };
	struct json r = json_open(msg);
	struct slice key, rest, first;
	uint32_t skipped[DECODE_COUNT];
	uint32_t count = call->out->count;
	enum decode err;

	while (json_member(&r, &key, &value)) {
		if (slice_is(key, "topic"))
			name = value;
		else if (slice_is(key, "type"))
			m.type = value;
		else if (slice_is(key, "ts"))
			m.ts = value;
		else if (slice_is(key, "cts"))
			m.cts = value;
		else if (slice_is(key, "data"))
			m.data = value;
		else if (slice_is(key, "success"))
			success = value;
		else if (slice_is(key, "op"))
			op = value;
	}
	if (!json_ok(&r))
		return DECODE_JSON;
	if (name.type == JSON_NONE)
		return control(&success, &op);
	if (name.type != JSON_STRING)
		return DECODE_SHAPE;

	m.topic = rest = name.text;
	first = slice_cut(&rest, '.');
	for (size_t i = 0; i < sizeof topic / sizeof topic[0]; i++) {
		if (!slice_equal(first, topic[i].name))
			continue;
		memcpy(skipped, call->skipped, sizeof skipped);
		err = topic[i].read(v, call, &m);
		/* A message that fails half-way emits and skips nothing. */
		if (err != DECODE_OK) {
			call->out->count = count;
			memcpy(call->skipped, skipped, sizeof skipped);
		}
		return err;
	}
	return DECODE_UNKNOWN_CHANNEL;
}

static enum decode
decode(const struct venue *v, struct venue_call *call, struct slice msg)
{
	if (bybit_fast_trades(v, call, msg))
		return DECODE_OK;
	return bybit_decode_any(v, call, msg);
}

const struct venue venue_bybit_spot = {
	.id = 4,
	.name = "bybit-spot",
	.kind = KIND_SPOT,
	.instruments = "/v5/market/instruments-info?category=spot",
	.state_bytes = bybit_spot_state_bytes,
	.decode = decode,
	.body = bybit_body,
	.list = bybit_list,
	.spell = bybit_spell,
};

const struct venue venue_bybit_linear = {
	.id = 5,
	.name = "bybit-linear",
	.kind = KIND_LINEAR,
	.instruments = "/v5/market/instruments-info?category=linear&limit=1000",
	.state_bytes = bybit_state_bytes,
	.decode = decode,
	.body = bybit_body,
	.list = bybit_list,
	.spell = bybit_spell,
};

const struct venue venue_bybit_inverse = {
	.id = 6,
	.name = "bybit-inverse",
	.kind = KIND_INVERSE,
	.instruments = "/v5/market/instruments-info?category=inverse&limit=1000",
	.state_bytes = bybit_state_bytes,
	.decode = decode,
	.body = bybit_body,
	.list = bybit_list,
	.spell = bybit_spell,
};
