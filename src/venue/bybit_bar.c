/* bybit_bar.c - klines, pushed and asked for.
 *
 * Input  kline.INTERVAL.SYMBOL: rows with names and `confirm`; /v5/market/kline:
 *        rows [start, open, high, low, close, volume, turnover], newest first,
 *        whose symbol and interval stand in the request only.
 * Output EVENT_BAR; no taker volume, Bybit has none.
 * Units  Linear and spot: volume coins, turnover quote.  Inverse: volume USD,
 *        turnover coins.
 * Final  What is pushed says it (`confirm`).  A REST row is open when its end is not
 *        well before the receipt; without a receipt time it counts as final, as all
 *        rows of a history but perhaps the newest are.
 * Limits M (a month) has no length in seconds: no event.
 */
#include "venue/bybit.h"

enum { MONTH_S = -1 };

/* A bar that ended this short before the receipt may still have been open: clocks
 * of recorders were seen more than a second off (2024-08), and a bar that is asked
 * for again costs less than one that is wrong for ever. */
static const int64_t final_after_ns = 5000000000;

/* 0: no interval of Bybit. */
static int32_t
interval_s(struct slice name)
{
	static const struct { const char *name; int32_t seconds; } table[] = {
		{ "1", 60 },      { "3", 180 },     { "5", 300 },
		{ "15", 900 },    { "30", 1800 },   { "60", 3600 },
		{ "120", 7200 },  { "240", 14400 }, { "360", 21600 },
		{ "720", 43200 }, { "D", 86400 },   { "W", 604800 },
		{ "M", MONTH_S },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (slice_equal(name, slice_str(table[i].name)))
			return table[i].seconds;
	return 0;
}

enum { COLUMN_START, COLUMN_OPEN, COLUMN_HIGH, COLUMN_LOW, COLUMN_CLOSE,
       COLUMN_VOLUME, COLUMN_TURNOVER, COLUMN_COUNT };

/* One bar of the columns; `final` is the caller's to set. */
static enum decode
bar(const struct venue *v, struct venue_call *call, uint32_t index, int32_t seconds,
    const struct json_value *column, struct event **ev_out)
{
	const struct instrument *row = &call->table->at[index];
	int lots = row->multiplier_exp10;
	bool in_usd = row->contract_unit == CONTRACT_USD;
	double price[4], volume, turnover, usd;
	int64_t ts_ns;
	struct event *ev;
	enum decode err = bybit_time(&column[COLUMN_START], &ts_ns);

	for (int i = 0; i < 4 && err == DECODE_OK; i++)
		err = bybit_positive(&column[COLUMN_OPEN + i], -lots, &price[i]);
	if (err == DECODE_OK)
		err = bybit_amount(&column[COLUMN_VOLUME], in_usd ? 0 : lots, &volume);
	if (err == DECODE_OK)
		err = bybit_amount(&column[COLUMN_TURNOVER], in_usd ? lots : 0, &turnover);
	if (err != DECODE_OK)
		return err;
	usd = in_usd ? volume * row->contract_size : turnover;
	if (isinf(usd))
		return DECODE_NUMBER;
	ev = venue_event(v, call, EVENT_BAR, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	ev->u.bar.open = price[0];
	ev->u.bar.high = price[1];
	ev->u.bar.low = price[2];
	ev->u.bar.close = price[3];
	ev->u.bar.qty = in_usd ? turnover : volume;
	ev->u.bar.usd = row->usd_quote ? usd : ABSENT;
	ev->u.bar.buy_qty = ABSENT;
	ev->u.bar.buy_usd = ABSENT;
	ev->u.bar.interval_s = seconds;
	*ev_out = ev;
	return DECODE_OK;
}

/* The members of a pushed row, in the order of the columns. */
static enum decode
read_named(struct slice text, struct json_value *column, struct json_value *confirm)
{
	static const struct slice name[COLUMN_COUNT] = {
#define NAME(text) { text, sizeof(text) - 1 }
		NAME("start"), NAME("open"), NAME("high"), NAME("low"), NAME("close"),
		NAME("volume"), NAME("turnover"),
#undef NAME
	};
	struct json r = json_open(text);
	struct json_value value;
	struct slice key;

	while (json_member(&r, &key, &value)) {
		for (int i = 0; i < COLUMN_COUNT; i++)
			if (slice_equal(key, name[i]))
				column[i] = value;
		if (slice_is(key, "confirm"))
			*confirm = value;
	}
	return json_ok(&r) ? DECODE_OK : DECODE_JSON;
}

enum decode
bybit_klines(const struct venue *v, struct venue_call *call, const struct bybit_message *m)
{
	struct slice rest = m->topic;
	struct json list = json_open(m->data.text);
	struct json_value element, symbol = { .type = JSON_STRING };
	int32_t seconds;
	uint32_t index;
	bool any = false;
	enum decode err;

	slice_cut(&rest, '.');
	seconds = interval_s(slice_cut(&rest, '.'));
	if (seconds == MONTH_S)
		return DECODE_NO_EVENT;
	if (seconds == 0 || m->data.type != JSON_ARRAY)
		return DECODE_SHAPE;
	symbol.text = rest;
	err = bybit_instrument(v, call, &symbol, &index);
	if (err != DECODE_OK)
		return err;
	while (json_element(&list, &element)) {
		struct json_value column[COLUMN_COUNT] = { 0 }, confirm = { 0 };
		struct event *ev;

		if (element.type != JSON_OBJECT)
			return DECODE_SHAPE;
		err = read_named(element.text, column, &confirm);
		if (err != DECODE_OK)
			return err;
		if (confirm.type != JSON_TRUE && confirm.type != JSON_FALSE)
			return DECODE_SHAPE;
		err = bar(v, call, index, seconds, column, &ev);
		if (err != DECODE_OK)
			return err;
		ev->u.bar.final = confirm.type == JSON_TRUE;
		any = true;
	}
	if (!json_ok(&list))
		return DECODE_JSON;
	return any ? DECODE_OK : DECODE_EMPTY;
}

enum decode
bybit_kline_row(const struct venue *v, struct venue_call *call, uint32_t index,
                struct slice interval, struct slice text)
{
	struct json_value column[COLUMN_COUNT] = { 0 };
	struct json_value value;
	struct json r = json_open(text);
	int32_t seconds = interval_s(interval);
	struct event *ev;
	int count = 0;
	enum decode err;

	if (seconds == MONTH_S)
		return DECODE_NO_EVENT;
	if (seconds == 0 || r.type != JSON_ARRAY)
		return DECODE_SHAPE;
	while (json_element(&r, &value))
		if (count < COLUMN_COUNT)
			column[count++] = value;
	if (!json_ok(&r))
		return DECODE_JSON;
	err = bar(v, call, index, seconds, column, &ev);
	if (err != DECODE_OK)
		return err;
	/* This way round nothing can overflow. */
	ev->u.bar.final = call->recv_ns <= 0 ||
	                  ev->ts_ns < call->recv_ns - final_after_ns -
	                              seconds * INT64_C(1000000000);
	return DECODE_OK;
}
