/* binance_row.c - the fields of Binance's rows, websocket and REST alike.
 *
 * Why    Every reader of a channel needs the same few things: a price, a time, whose
 *        instrument it is.  What is odd about them is decided here, once.
 * Zero   A price of 0 means that there is none; a volume or a funding rate of 0 is
 *        a value.  `r` is "" where a contract has no funding.
 * Time   Milliseconds; microseconds where a spot link asked for timeUnit=MICROSECOND.
 *        Nothing in a message says which, so the magnitude does.
 * Line   Since 2026-06-30 rows of futures say `st` (1 USD-M, 2 COIN-M), and streams
 *        of all markets carry both.  A row without it is of the line that was
 *        subscribed, unless its symbol is spelled as only another line spells them
 *        and nobody announced it: recordings of 2021 have COIN-M rows in one file
 *        with USD-M ones, and contracts must not become coins.
 */
#include "venue/binance.h"
#include "base/num.h"
#include <math.h>

/* Where a member of this name goes; NULL: nobody wants it. */
static struct json_value *
place(struct binance_row *row, struct binance_top *top, struct slice key)
{
	if (key.count == 1) {
		char c = key.at[0];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			return &row->cell[BINANCE_CELL(c)];
		return NULL;
	}
	if (key.count == 2) {
		if (slice_is(key, "st"))
			return &row->cell[BINANCE_st];
		if (slice_is(key, "ps"))
			return &row->cell[BINANCE_ps];
		if (slice_is(key, "ap"))
			return &row->cell[BINANCE_ap];
		if (slice_is(key, "ct"))
			return &row->cell[BINANCE_ct];
		if (slice_is(key, "cs"))
			return &row->cell[BINANCE_cs];
	}
	if (top == NULL)
		return NULL;
	if (slice_is(key, "stream"))
		return &top->stream;
	if (slice_is(key, "data"))
		return &top->data;
	if (slice_is(key, "id"))
		return &top->id;
	if (slice_is(key, "result"))
		return &top->result;
	if (slice_is(key, "error"))
		return &top->error;
	if (slice_is(key, "code"))
		return &top->code;
	if (slice_is(key, "msg"))
		return &top->msg;
	if (slice_is(key, "lastUpdateId"))
		return &top->last_update_id;
	return NULL;
}

bool
binance_row_read(struct binance_row *row, struct binance_top *top, struct slice object)
{
	struct json r = json_open(object);
	struct json_value value;
	struct slice key;

	memset(row, 0, sizeof *row);
	if (top != NULL)
		memset(top, 0, sizeof *top);
	while (json_member(&r, &key, &value)) {
		struct json_value *to = place(row, top, key);

		if (to != NULL)
			*to = value;
	}
	return json_ok(&r);
}

static double
fail(enum decode *bad, enum decode why)
{
	if (*bad == DECODE_OK)
		*bad = why;
	return ABSENT;
}

double
binance_number(const struct json_value *v, int shift10, enum decode *bad)
{
	double value;

	if (*bad != DECODE_OK || !binance_is_sent(v))
		return ABSENT;
	if (v->type != JSON_STRING && v->type != JSON_NUMBER)
		return fail(bad, DECODE_SHAPE);
	return json_double(v, shift10, &value) ? value : fail(bad, DECODE_NUMBER);
}

double
binance_quantity(const struct json_value *v, int shift10, enum decode *bad)
{
	double value = binance_number(v, shift10, bad);

	if (value < 0)
		return fail(bad, DECODE_NUMBER);
	/* "-0" is no minus that anybody should print. */
	return value == 0 ? 0 : value;
}

double
binance_price(const struct json_value *v, int shift10, enum decode *bad)
{
	double value = binance_quantity(v, shift10, bad);

	return value == 0 ? ABSENT : value;
}

double
binance_positive(const struct json_value *v, int shift10, enum decode *bad)
{
	double value = binance_number(v, shift10, bad);

	if (*bad != DECODE_OK)
		return ABSENT;
	if (is_absent(value))
		return fail(bad, DECODE_SHAPE);
	return value > 0 ? value : fail(bad, DECODE_NUMBER);
}

int64_t
binance_time(const struct json_value *v, enum decode *bad)
{
	int64_t value;

	if (*bad != DECODE_OK || !binance_is_sent(v))
		return 0;
	if (v->type != JSON_STRING && v->type != JSON_NUMBER) {
		fail(bad, DECODE_SHAPE);
		return 0;
	}
	if (!json_int64(v, &value) || binance_time_ns(value) < 0) {
		fail(bad, DECODE_NUMBER);
		return 0;
	}
	return binance_time_ns(value);
}

int64_t
binance_time_of(const struct json_value *first, const struct json_value *second,
                enum decode *bad)
{
	int64_t ns = binance_time(first, bad);

	return ns != 0 ? ns : binance_time(second, bad);
}

bool
binance_bool(const struct json_value *v, enum decode *bad)
{
	if (v->type != JSON_TRUE && v->type != JSON_FALSE)
		fail(bad, DECODE_SHAPE);
	return v->type == JSON_TRUE;
}

uint64_t
binance_id(const struct json_value *v, struct slice *text, enum decode *bad)
{
	uint64_t id = 0;

	*text = v->text;
	if (!binance_is_sent(v) || (v->type != JSON_STRING && v->type != JSON_NUMBER))
		fail(bad, DECODE_SHAPE);
	else if (!num_uint64(v->text, &id))
		fail(bad, DECODE_NUMBER);
	return id;
}

bool
binance_word(const struct json_value *v, char *to, size_t size)
{
	size_t count = 0;

	to[0] = '\0';
	if (v->type != JSON_STRING)
		return !binance_is_sent(v);
	if (!json_unescape(v->text, to, size - 1, &count))
		return false;
	to[count] = '\0';
	return strlen(to) == count;
}

enum decode
binance_line(const struct venue *v, const struct json_value *st, bool *said)
{
	const int64_t own = v->kind == KIND_LINEAR ? 1 : v->kind == KIND_INVERSE ? 2 : 0;
	int64_t line;

	if (!binance_is_sent(st))
		return DECODE_OK;
	if ((st->type != JSON_STRING && st->type != JSON_NUMBER) || !json_int64(st, &line))
		return DECODE_SHAPE;
	*said = true;
	return line == own ? DECODE_OK : DECODE_OTHER_PRODUCT;
}

uint32_t
binance_symbol(const struct venue *v, struct venue_call *call, struct slice symbol,
               bool is_ours, enum decode *bad)
{
	uint32_t index;

	if (*bad != DECODE_OK)
		return 0;
	index = instrument_find(call->table, v->id, symbol);
	if (index != 0)
		return index;
	if (!is_ours && binance_is_foreign(v, symbol)) {
		fail(bad, DECODE_OTHER_PRODUCT);
		return 0;
	}
	index = venue_instrument(v, call, symbol);
	if (index == 0) {
		/* Whoever walks the rows counts them, for every reason alike. */
		call->skipped[DECODE_UNKNOWN_SYMBOL]--;
		fail(bad, DECODE_UNKNOWN_SYMBOL);
	}
	return index;
}

uint32_t
binance_instrument(const struct venue *v, struct venue_call *call,
                   const struct json_value *symbol, const struct json_value *st,
                   enum decode *bad)
{
	char plain[LIMIT_symbol_bytes_max];
	struct slice name = symbol->text;
	bool said = false;
	enum decode line = binance_line(v, st, &said);

	if (symbol->type != JSON_STRING)
		fail(bad, DECODE_SHAPE);
	if (line != DECODE_OK)
		fail(bad, line);
	if (*bad != DECODE_OK)
		return 0;
	if (symbol->escaped) {
		/* Symbols of other alphabets may come as \uXXXX. */
		name.at = plain;
		if (!json_unescape(symbol->text, plain, sizeof plain, &name.count)) {
			fail(bad, DECODE_UNKNOWN_SYMBOL);
			return 0;
		}
	}
	return binance_symbol(v, call, name, said, bad);
}

uint32_t
binance_pair(const struct venue *v, struct venue_call *call, struct slice pair,
             struct slice contract_type, bool is_ours, enum decode *bad)
{
	static const struct slice tail = { "_PERP", 5 };
	char symbol[LIMIT_symbol_bytes_max];

	/* The quarterlies of a pair have dates in their symbols, which neither the
	 * row nor the instrument table can tell from the type. */
	if (!slice_ends(contract_type, SLICE("PERPETUAL")) ||
	    pair.count + tail.count >= sizeof symbol) {
		fail(bad, DECODE_UNKNOWN_SYMBOL);
		return 0;
	}
	if (v->kind != KIND_INVERSE)
		return binance_symbol(v, call, pair, is_ours, bad);
	if (pair.count > 0)
		memcpy(symbol, pair.at, pair.count);
	memcpy(symbol + pair.count, tail.at, tail.count);
	return binance_symbol(v, call, slice_of(symbol, pair.count + tail.count), is_ours, bad);
}

void
binance_volumes(const struct instrument *row, const struct json_value *v,
                const struct json_value *q, double *qty, double *usd, enum decode *bad)
{
	if (row->contract_unit == CONTRACT_USD) {
		*qty = binance_quantity(q, row->multiplier_exp10, bad);
		*usd = binance_quantity(v, 0, bad) * row->contract_size;
	} else {
		*qty = binance_quantity(v, row->multiplier_exp10, bad);
		*usd = binance_quantity(q, 0, bad);
	}
	if (!row->usd_quote)
		*usd = ABSENT;
	if (isinf(*usd))
		fail(bad, DECODE_NUMBER);
}

int32_t
binance_interval_s(struct slice text)
{
	static const struct { char name[4]; int32_t s; } known[] = {
		{ "1s", 1 }, { "1m", 60 }, { "3m", 180 }, { "5m", 300 }, { "15m", 900 },
		{ "30m", 1800 }, { "1h", 3600 }, { "2h", 7200 }, { "4h", 14400 },
		{ "6h", 21600 }, { "8h", 28800 }, { "12h", 43200 }, { "1d", 86400 },
		{ "3d", 259200 }, { "1w", 604800 },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (slice_equal(text, slice_str(known[i].name)))
			return known[i].s;
	return 0;
}
