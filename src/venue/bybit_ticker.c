/* bybit_ticker.c - tickers, which come in pieces.
 *
 * Why    Derivatives send one snapshot and then only the fields that changed; what
 *        an event says is the merged state.
 * Input  tickers (snapshot, delta), rows of the REST tickers and of the open
 *        interest history.
 * Output One event of each kind of which the message holds a field, in the order
 *        MARK, OI, TICKER, TOP.
 * Zero   "" (dated and pre-market fields) is no value: it neither erases what is
 *        known nor becomes 0.  A price of 0 says that there is none, and erases.
 *        Volume, open interest and funding may be 0.
 * OI     openInterest counts both sides, singleOpenInterest one (documents of
 *        2026-06-11).  The single one if there is one, else half of the other.  All
 *        of them change together: a delta that holds only one of two makes the
 *        other old, and an old number is worse than none.
 * Units  Linear: coins, and values in quote.  Inverse: contracts of 1 USD, and
 *        values in coin (449736676 / 28560.00 = 15747.08 on BTCUSD, 2023-04-05);
 *        those are rounded to 0.01, so coins are USD / mark as long as there is a
 *        mark.
 * Limits Spot pushes snapshots only: nothing is kept, and a delta is one too many.
 */
#include "venue/bybit.h"
#include <stddef.h>

enum rule {
	RULE_PRICE, /* of a lot of coins; 0: none */
	RULE_SIZE,  /* coins (lots of them), inverse: dollars */
	RULE_VALUE, /* quote, inverse: coins */
	RULE_RATE,  /* a fraction, may be negative */
	RULE_TIME,  /* milliseconds */
	RULE_HOURS,
};

enum { HAS_MARK = 1, HAS_OI = 2, HAS_TICKER = 4, HAS_TOP = 8 };

enum field_name {
	FIELD_OTHER,
	FIELD_OI,
	FIELD_SINGLE,
	FIELD_OI_VALUE,
	FIELD_SINGLE_VALUE,
};

#define FIELD(key, member, rule, has, name)                                    \
	{ key, sizeof(key) - 1, rule, has, name, offsetof(struct bybit_ticker, member) }

static const struct field {
	const char *key;
	uint8_t count;
	uint8_t rule;
	uint8_t has;
	uint8_t name;
	uint16_t offset;
} field[] = {
	/* The most frequent first. */
	FIELD("bid1Price", top.bid, RULE_PRICE, HAS_TOP, FIELD_OTHER),
	FIELD("bid1Size", top.bid_size, RULE_SIZE, HAS_TOP, FIELD_OTHER),
	FIELD("ask1Price", top.ask, RULE_PRICE, HAS_TOP, FIELD_OTHER),
	FIELD("ask1Size", top.ask_size, RULE_SIZE, HAS_TOP, FIELD_OTHER),
	FIELD("lastPrice", last, RULE_PRICE, HAS_TICKER, FIELD_OTHER),
	FIELD("markPrice", mark, RULE_PRICE, HAS_MARK, FIELD_OTHER),
	FIELD("indexPrice", index, RULE_PRICE, HAS_MARK, FIELD_OTHER),
	FIELD("volume24h", volume, RULE_SIZE, HAS_TICKER, FIELD_OTHER),
	FIELD("turnover24h", turnover, RULE_VALUE, HAS_TICKER, FIELD_OTHER),
	FIELD("openInterest", oi, RULE_SIZE, HAS_OI, FIELD_OI),
	FIELD("openInterestValue", oi_value, RULE_VALUE, HAS_OI, FIELD_OI_VALUE),
	FIELD("singleOpenInterest", single, RULE_SIZE, HAS_OI, FIELD_SINGLE),
	FIELD("singleOpenInterestValue", single_value, RULE_VALUE, HAS_OI,
	      FIELD_SINGLE_VALUE),
	FIELD("fundingRate", funding, RULE_RATE, HAS_MARK, FIELD_OTHER),
	FIELD("nextFundingTime", next_funding_ns, RULE_TIME, HAS_MARK, FIELD_OTHER),
	FIELD("fundingIntervalHour", funding_interval_h, RULE_HOURS, HAS_MARK, FIELD_OTHER),
	FIELD("prevPrice24h", open, RULE_PRICE, HAS_TICKER, FIELD_OTHER),
	FIELD("highPrice24h", high, RULE_PRICE, HAS_TICKER, FIELD_OTHER),
	FIELD("lowPrice24h", low, RULE_PRICE, HAS_TICKER, FIELD_OTHER),
};

static const struct bybit_ticker nothing = {
	.mark = ABSENT, .index = ABSENT, .funding = ABSENT,
	.oi = ABSENT, .single = ABSENT, .oi_value = ABSENT, .single_value = ABSENT,
	.last = ABSENT, .open = ABSENT, .high = ABSENT, .low = ABSENT,
	.volume = ABSENT, .turnover = ABSENT,
	.top = { ABSENT, ABSENT, ABSENT, ABSENT, false },
};

/* --- reading ----------------------------------------------------------------- */

static enum decode
read_field(const struct field *f, const struct instrument *row,
           const struct json_value *v, struct bybit_ticker *t)
{
	char *member = (char *)t + f->offset;
	int lots = row->multiplier_exp10;
	bool in_usd = row->contract_unit == CONTRACT_USD;
	enum decode err = DECODE_OK;
	double number = ABSENT;
	int64_t whole = 0;

	if (v->type != JSON_STRING && v->type != JSON_NUMBER)
		return DECODE_SHAPE;
	switch ((enum rule)f->rule) {
	case RULE_PRICE:
		err = bybit_price(v, lots, &number);
		break;
	case RULE_SIZE:
		err = bybit_amount(v, in_usd ? 0 : lots, &number);
		break;
	case RULE_VALUE:
		err = bybit_amount(v, in_usd ? lots : 0, &number);
		break;
	case RULE_RATE:
		err = bybit_number(v, 0, &number);
		break;
	case RULE_TIME: /* 0 on contracts without funding */
		if (!json_int64(v, &whole) || whole < 0 || whole > INT64_MAX / 1000000)
			return DECODE_NUMBER;
		whole *= 1000000;
		memcpy(member, &whole, sizeof whole);
		return DECODE_OK;
	case RULE_HOURS: {
		int32_t hours;

		if (!json_int64(v, &whole) || whole < 0 || whole > 24 * 365)
			return DECODE_NUMBER;
		hours = (int32_t)whole;
		memcpy(member, &hours, sizeof hours);
		return DECODE_OK;
	}
	}
	if (err == DECODE_OK)
		memcpy(member, &number, sizeof number);
	return err;
}

/* The fields of a row into t; has_out: HAS_ bits of what was there. */
static enum decode
read_row(const struct instrument *row, struct slice text, struct bybit_ticker *t,
         unsigned *has_out)
{
	struct json r = json_open(text);
	struct json_value v;
	struct slice key;
	unsigned has = 0, given = 0;

	while (json_member(&r, &key, &v)) {
		enum decode err;
		const struct field *f = field;
		const struct field *end = field + sizeof field / sizeof field[0];

		while (f < end && (f->count != key.count ||
		                   memcmp(f->key, key.at, key.count) != 0))
			f++;
		if (f == end || v.type == JSON_NULL ||
		    (v.type == JSON_STRING && v.text.count == 0))
			continue;
		err = read_field(f, row, &v, t);
		if (err != DECODE_OK)
			return err;
		has |= f->has;
		given |= 1u << f->name;
	}
	if (!json_ok(&r))
		return DECODE_JSON;

	if (given & 1u << FIELD_OI && !(given & 1u << FIELD_SINGLE))
		t->single = ABSENT;
	if (given & (1u << FIELD_OI | 1u << FIELD_SINGLE)) {
		if (!(given & 1u << FIELD_OI_VALUE))
			t->oi_value = ABSENT;
		if (!(given & 1u << FIELD_SINGLE_VALUE))
			t->single_value = ABSENT;
	} else if (given & 1u << FIELD_OI_VALUE && !(given & 1u << FIELD_SINGLE_VALUE)) {
		t->single_value = ABSENT;
	}
	*has_out = has;
	return DECODE_OK;
}

/* --- telling ----------------------------------------------------------------- */

/* A price like 1e-300 makes more coins than a double holds: then nobody knows. */
static double
bounded(double value)
{
	return isinf(value) ? ABSENT : value;
}

static double
coins(const struct instrument *row, double size, double price)
{
	return is_absent(price) ? ABSENT : bounded(instrument_coins(row, size, price));
}

static double
dollars(const struct instrument *row, double quote)
{
	return row->usd_quote ? bounded(quote) : ABSENT;
}

static void
fill_mark(struct event *ev, const struct bybit_ticker *t)
{
	ev->u.mark.mark = t->mark;
	ev->u.mark.index = t->index;
	ev->u.mark.funding = t->funding;
	ev->u.mark.funding_interval_h = t->funding_interval_h;
	ev->u.mark.next_funding_ns = t->next_funding_ns;
}

static void
fill_oi(struct event *ev, const struct instrument *row, const struct bybit_ticker *t)
{
	double amount = is_absent(t->single) ? t->oi / 2 : t->single;
	double value = is_absent(t->single_value) ? t->oi_value / 2 : t->single_value;

	if (row->contract_unit == CONTRACT_USD) {
		ev->u.oi.usd = dollars(row, amount * row->contract_size);
		ev->u.oi.qty = coins(row, amount, t->mark);
		if (is_absent(ev->u.oi.qty))
			ev->u.oi.qty = value;
	} else {
		ev->u.oi.qty = amount;
		ev->u.oi.usd = dollars(row, is_absent(value) ? amount * t->mark : value);
	}
}

static void
fill_ticker(struct event *ev, const struct instrument *row, const struct bybit_ticker *t)
{
	bool in_usd = row->contract_unit == CONTRACT_USD;

	ev->u.ticker.last = t->last;
	ev->u.ticker.open = t->open;
	ev->u.ticker.high = t->high;
	ev->u.ticker.low = t->low;
	ev->u.ticker.qty = in_usd ? t->turnover : t->volume;
	ev->u.ticker.usd = dollars(row, in_usd ? t->volume * row->contract_size : t->turnover);
}

void
bybit_fill_top(struct event *ev, const struct instrument *row, const struct bybit_book *b)
{
	ev->u.top.bid = b->bid;
	ev->u.top.bid_qty = coins(row, b->bid_size, b->bid);
	ev->u.top.ask = b->ask;
	ev->u.top.ask_qty = coins(row, b->ask_size, b->ask);
}

static enum decode
tell(const struct venue *v, struct venue_call *call, uint32_t index,
     const struct bybit_ticker *t, unsigned has, int64_t ts_ns)
{
	static const struct { uint8_t has, kind; } order[] = {
		{ HAS_MARK, EVENT_MARK },
		{ HAS_OI, EVENT_OI },
		{ HAS_TICKER, EVENT_TICKER },
		{ HAS_TOP, EVENT_TOP },
	};
	const struct instrument *row = &call->table->at[index];

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		struct event *ev;

		if (!(has & order[i].has))
			continue;
		ev = venue_event(v, call, (enum event_kind)order[i].kind, index);
		if (ev == NULL)
			return DECODE_TOO_MANY;
		ev->ts_ns = ts_ns;
		switch (order[i].has) {
		case HAS_MARK: fill_mark(ev, t); break;
		case HAS_OI: fill_oi(ev, row, t); break;
		case HAS_TICKER: fill_ticker(ev, row, t); break;
		default: bybit_fill_top(ev, row, &t->top); break;
		}
	}
	return has != 0 ? DECODE_OK : DECODE_NO_EVENT;
}

/* --- the messages ------------------------------------------------------------ */

/* The string member `name` of an object; false: not there, or no string. */
static bool
string_member(struct slice text, struct slice name, struct json_value *out)
{
	struct json r = json_open(text);
	struct slice key;

	while (json_member(&r, &key, out))
		if (slice_equal(key, name))
			return out->type == JSON_STRING;
	return false;
}

enum decode
bybit_tickers(const struct venue *v, struct venue_call *call, const struct bybit_message *m)
{
	struct json_value symbol;
	struct bybit_ticker *kept = NULL;
	struct bybit_ticker now;
	bool is_snapshot;
	unsigned has;
	int64_t ts_ns;
	uint32_t index;
	enum decode err;

	if (m->data.type != JSON_OBJECT || !bybit_message_type(m, &is_snapshot) ||
	    !string_member(m->data.text, SLICE("symbol"), &symbol))
		return DECODE_SHAPE;
	err = bybit_message_time(&m->ts, &ts_ns);
	if (err != DECODE_OK)
		return err;
	err = bybit_instrument(v, call, &symbol, &index);
	if (err != DECODE_OK)
		return err;
	if (v->kind != KIND_SPOT)
		kept = bybit_kept_ticker(call, index);
	if (!is_snapshot && (kept == NULL || !kept->known))
		return DECODE_DELTA_FIRST;

	now = is_snapshot ? nothing : *kept;
	err = read_row(&call->table->at[index], m->data.text, &now, &has);
	if (err != DECODE_OK)
		return err;
	now.known = true;
	if (kept != NULL)
		*kept = now;
	/* Spot pushes no bid and ask: those of orderbook.1 are the book's. */
	if (v->kind == KIND_SPOT)
		has &= HAS_TICKER;
	return tell(v, call, index, &now, has, ts_ns);
}

enum decode
bybit_ticker_row(const struct venue *v, struct venue_call *call, struct slice text)
{
	struct json_value symbol;
	struct bybit_ticker now = nothing;
	unsigned has;
	uint32_t index;
	enum decode err;

	if (!string_member(text, SLICE("symbol"), &symbol))
		return DECODE_SHAPE;
	err = bybit_instrument(v, call, &symbol, &index);
	if (err != DECODE_OK)
		return err;
	err = read_row(&call->table->at[index], text, &now, &has);
	if (err != DECODE_OK)
		return err;
	if (v->kind == KIND_SPOT)
		has &= HAS_TICKER | HAS_TOP;
	return tell(v, call, index, &now, has, 0);
}

enum decode
bybit_oi_row(const struct venue *v, struct venue_call *call, uint32_t index,
             struct slice text)
{
	const struct instrument *row = &call->table->at[index];
	struct json r = json_open(text);
	struct json_value value, time = { 0 };
	struct bybit_ticker now = nothing;
	struct slice key;
	unsigned has;
	int64_t ts_ns;
	enum decode err;

	while (json_member(&r, &key, &value))
		if (slice_is(key, "timestamp"))
			time = value;
	err = bybit_time(&time, &ts_ns);
	if (err == DECODE_OK)
		err = read_row(row, text, &now, &has);
	if (err != DECODE_OK)
		return err;
	if (is_absent(now.single) && is_absent(now.oi))
		return DECODE_SHAPE;
	return tell(v, call, index, &now, HAS_OI, ts_ns);
}
