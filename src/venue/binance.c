/* binance.c - Binance spot, USD-M and COIN-M futures: public market data.
 *
 * Evidence: exchanges' sheet of 2026-10-23, recordings of 2019 to 2026.
 *
 * channel (e)           products  we do                           file
 * aggTrade, trade       all       TRADE                           binance_trade.c
 * blockTrade            spot      TRADE, flag block
 * forceOrder            futures   LIQUIDATION
 * markPriceUpdate       futures   MARK, one object or a list      binance_quote.c
 * indexPriceUpdate      COIN-M    MARK with the index alone
 * 24hrTicker, 24hrMiniTicker  all TICKER, one object or a list
 * bookTicker            all       TOP; spot sends it without e
 * kline, continuous_kline  all    BAR
 * contractInfo          futures   INSTRUMENT with its new status
 * depthUpdate, window tickers, composite and asset indices: known, no event
 * (control)             ack, subscription list, error, serverShutdown
 *
 * Envelope  {"stream":…,"data":…} or the bare payload; members in any order, blanks
 *           anywhere, members we do not know are skipped (but must be JSON).
 * Missing e Spot's bookTicker has no `e`: its stream's name tells, and without an
 *           envelope its members u, s, b, B, a, A do.
 * Limits    An option or user stream is an unknown channel.  A message is decoded
 *           whole or not at all.
 */
#include "venue/binance.h"
#include "base/check.h"

enum { ON_SPOT = 1, ON_USDM = 2, ON_COINM = 4, ON_FUTURES = 6, ON_ALL = 7 };

typedef enum decode row_reader(const struct venue *, struct venue_call *,
                               const struct binance_row *);

static const struct channel {
	const char *name;
	uint8_t products;
	uint8_t result;     /* enum decode, where there is no reader */
	row_reader *reader;
} channels[] = {
	{ "aggTrade",         ON_ALL,     DECODE_OK, binance_agg_trade },
	{ "trade",            ON_ALL,     DECODE_OK, binance_trade },
	{ "bookTicker",       ON_ALL,     DECODE_OK, binance_book_top },
	{ "markPriceUpdate",  ON_FUTURES, DECODE_OK, binance_mark },
	{ "forceOrder",       ON_FUTURES, DECODE_OK, binance_force_order },
	{ "kline",            ON_ALL,     DECODE_OK, binance_kline },
	{ "24hrTicker",       ON_ALL,     DECODE_OK, binance_ticker },
	{ "24hrMiniTicker",   ON_ALL,     DECODE_OK, binance_ticker },
	{ "continuous_kline", ON_FUTURES, DECODE_OK, binance_continuous_kline },
	{ "contractInfo",     ON_FUTURES, DECODE_OK, binance_contract_info },
	{ "indexPriceUpdate", ON_COINM,   DECODE_OK, binance_index },
	{ "blockTrade",       ON_SPOT,    DECODE_OK, binance_block_trade },
	{ "depthUpdate",      ON_ALL,     DECODE_NO_EVENT, NULL },
	{ "1hTicker",         ON_ALL,     DECODE_NO_EVENT, NULL },
	{ "4hTicker",         ON_ALL,     DECODE_NO_EVENT, NULL },
	{ "1dTicker",         ON_ALL,     DECODE_NO_EVENT, NULL },
	{ "avgPrice",         ON_SPOT,    DECODE_NO_EVENT, NULL },
	{ "compositeIndex",   ON_FUTURES, DECODE_NO_EVENT, NULL },
	{ "assetIndexUpdate", ON_FUTURES, DECODE_NO_EVENT, NULL },
	{ "indexPrice_kline", ON_FUTURES, DECODE_NO_EVENT, NULL },
	{ "markPrice_kline",  ON_FUTURES, DECODE_NO_EVENT, NULL },
	{ "tradingSession",   ON_FUTURES, DECODE_NO_EVENT, NULL },
	{ "serverShutdown",   ON_ALL,     DECODE_CONTROL,  NULL },
};

static bool
is_book_top(const struct binance_row *r)
{
	static const char letter[] = { 'u', 's', 'b', 'B', 'a', 'A' };

	for (size_t i = 0; i < sizeof letter; i++)
		if (binance_cell(r, letter[i])->type == JSON_NONE)
			return false;
	return true;
}

static bool
slice_has(struct slice s, struct slice part)
{
	for (size_t i = 0; i + part.count <= s.count; i++)
		if (memcmp(s.at + i, part.at, part.count) == 0)
			return true;
	return false;
}

/* A row that does not say what it is.  An empty stream: it came bare. */
static enum decode
nameless(const struct venue *v, struct venue_call *call, struct slice stream,
         const struct binance_row *r)
{
	if (slice_ends(stream, SLICE("@bookTicker")) || slice_is(stream, "!bookTicker") ||
	    (stream.count == 0 && is_book_top(r)))
		return binance_book_top(v, call, r);
	if (slice_has(stream, SLICE("@depth")) || slice_is(stream, "tradingSession"))
		return DECODE_NO_EVENT;
	return DECODE_UNKNOWN_CHANNEL;
}

static enum decode
one_row(const struct venue *v, struct venue_call *call, struct slice stream,
        const struct binance_row *r)
{
	const uint8_t product = v->kind == KIND_SPOT ? ON_SPOT
	                      : v->kind == KIND_LINEAR ? ON_USDM : ON_COINM;
	const struct json_value *e = binance_cell(r, 'e');

	if (e->type == JSON_NONE)
		return nameless(v, call, stream, r);
	if (e->type != JSON_STRING)
		return DECODE_UNKNOWN_CHANNEL;
	for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
		const struct channel *c = &channels[i];

		if (!slice_equal(e->text, slice_str(c->name)))
			continue;
		if ((c->products & product) == 0)
			return DECODE_UNKNOWN_CHANNEL;
		return c->reader == NULL ? (enum decode)c->result : c->reader(v, call, r);
	}
	return DECODE_UNKNOWN_CHANNEL;
}

/* A list of rows: what is not ours is skipped, what is broken ends it. */
static enum decode
rows(const struct venue *v, struct venue_call *call, struct slice stream,
     struct slice text)
{
	struct json list = json_open(text);
	enum decode other = DECODE_EMPTY; /* why no row was for us */
	struct json_value element;
	struct binance_row r;
	bool any = false;

	while (json_element(&list, &element)) {
		enum decode result;

		if (element.type != JSON_OBJECT)
			return DECODE_SHAPE;
		if (!binance_row_read(&r, NULL, element.text))
			return DECODE_JSON;
		result = one_row(v, call, stream, &r);
		switch (result) {
		case DECODE_OK:
			any = true;
			break;
		case DECODE_UNKNOWN_SYMBOL:
		case DECODE_OTHER_PRODUCT:
			call->skipped[result]++;
			any = true;
			break;
		case DECODE_NO_EVENT:
		case DECODE_CONTROL:
		case DECODE_UNKNOWN_CHANNEL:
			call->skipped[result]++;
			other = result;
			break;
		default:
			return result;
		}
	}
	if (!json_ok(&list))
		return DECODE_JSON;
	return any ? DECODE_OK : other;
}

/* An object without envelope and without `e`: an answer to what we said, a book
 * that only spot sends bare, or nothing we know. */
static enum decode
bare(const struct venue *v, struct venue_call *call, const struct binance_row *r,
     const struct binance_top *top)
{
	if (binance_is_sent(&top->error) ||
	    (top->code.type != JSON_NONE && top->msg.type != JSON_NONE))
		return DECODE_ERROR_REPLY;
	if (top->result.type != JSON_NONE)
		return DECODE_CONTROL;
	if (top->last_update_id.type != JSON_NONE)
		return DECODE_NO_EVENT;
	return one_row(v, call, slice_of(NULL, 0), r);
}

static enum decode
object(const struct venue *v, struct venue_call *call, struct slice msg)
{
	struct binance_row r;
	struct binance_top top;

	if (!binance_row_read(&r, &top, msg))
		return DECODE_JSON;
	if (top.stream.type != JSON_STRING || top.data.type == JSON_NONE) {
		if (binance_cell(&r, 'e')->type != JSON_NONE)
			return one_row(v, call, slice_of(NULL, 0), &r);
		return bare(v, call, &r, &top);
	}
	if (top.data.type == JSON_ARRAY)
		return rows(v, call, top.stream.text, top.data.text);
	if (top.data.type != JSON_OBJECT)
		return DECODE_SHAPE;
	if (!binance_row_read(&r, NULL, top.data.text))
		return DECODE_JSON;
	return one_row(v, call, top.stream.text, &r);
}

static struct slice
trim(struct slice s)
{
	while (s.count > 0 && memchr(" \t\r\n", s.at[0], 4) != NULL)
		s = slice_after(s, 1);
	return s;
}

enum decode
binance_decode_any(const struct venue *v, struct venue_call *call, struct slice msg)
{
	const uint32_t count = call->out->count;
	uint32_t skipped[DECODE_COUNT];
	enum decode result;

	memcpy(skipped, call->skipped, sizeof skipped);
	msg = trim(msg);
	if (msg.count == 0)
		return DECODE_EMPTY;
	if (msg.at[0] == '[')
		result = rows(v, call, slice_of(NULL, 0), msg);
	else
		result = object(v, call, msg);
	if (result != DECODE_OK) {
		/* Whole or not at all: what came before the bad row is taken back. */
		call->out->count = count;
		memcpy(call->skipped, skipped, sizeof skipped);
	}
	return result;
}

static enum decode
decode(const struct venue *v, struct venue_call *call, struct slice msg)
{
	ASSERT(call->out != NULL);
	ASSERT(call->table != NULL);
	if (binance_fast(v, call, msg))
		return DECODE_OK;
	return binance_decode_any(v, call, msg);
}

static size_t
state_bytes(uint32_t instrument_count_max)
{
	(void)instrument_count_max;
	return 0;
}

const struct venue venue_binance_spot = {
	.id = 1,
	.name = "binance-spot",
	.kind = KIND_SPOT,
	.instruments = "/api/v3/exchangeInfo?showPermissionSets=false",
	.state_bytes = state_bytes,
	.decode = decode,
	.body = binance_body,
	.list = binance_list,
	.spell = binance_spell,
};

const struct venue venue_binance_usdm = {
	.id = 2,
	.name = "binance-usdm",
	.kind = KIND_LINEAR,
	.instruments = "/fapi/v1/exchangeInfo",
	.state_bytes = state_bytes,
	.decode = decode,
	.body = binance_body,
	.list = binance_list,
	.spell = binance_spell,
};

const struct venue venue_binance_coinm = {
	.id = 3,
	.name = "binance-coinm",
	.kind = KIND_INVERSE,
	.instruments = "/dapi/v1/exchangeInfo",
	.state_bytes = state_bytes,
	.decode = decode,
	.body = binance_body,
	.list = binance_list,
	.spell = binance_spell,
};
