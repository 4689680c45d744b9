/* bybit_book.c - the best bid and ask of orderbook.1.
 *
 * Why    Spot tickers carry no bid and ask, so this is where spot's come from.
 * Input  orderbook.1: snapshots today, also repeated when nothing changed; until
 *        2023 deltas too, which need the book before them.
 * Output EVENT_TOP; a side that is empty is absent.
 * Limits Any other depth is a channel without events.
 */
#include "venue/bybit.h"

size_t
bybit_spot_state_bytes(uint32_t instrument_count_max)
{
	return sizeof(struct venue_state) +
	       ((size_t)instrument_count_max + 1) * sizeof(struct bybit_spot_cell);
}

size_t
bybit_state_bytes(uint32_t instrument_count_max)
{
	return sizeof(struct venue_state) +
	       ((size_t)instrument_count_max + 1) * sizeof(struct bybit_cell);
}

static struct bybit_cell *
cell_of(const struct venue_call *call, uint32_t instrument)
{
	struct venue_state *state = call->state;
	struct bybit_cell *cell = (struct bybit_cell *)(state + 1) + instrument;

	if (cell->epoch != state->epoch)
		*cell = (struct bybit_cell){ .epoch = state->epoch };
	return cell;
}

struct bybit_book *
bybit_kept_book(const struct venue *v, const struct venue_call *call, uint32_t instrument)
{
	struct venue_state *state = call->state;
	struct bybit_spot_cell *cell = (struct bybit_spot_cell *)(state + 1) + instrument;

	if (v->kind != KIND_SPOT)
		return &cell_of(call, instrument)->book;
	if (cell->epoch != state->epoch)
		*cell = (struct bybit_spot_cell){ .epoch = state->epoch };
	return &cell->book;
}

struct bybit_ticker *
bybit_kept_ticker(const struct venue_call *call, uint32_t instrument)
{
	return &cell_of(call, instrument)->ticker;
}

/* One side of a depth-1 book: `levels` is [[price, size], ...].  A size of 0 takes a
 * level away, a level with a size is the new top; the best, should there be more. */
static enum decode
read_side(const struct json_value *levels, int lots, int size_lots, bool is_snapshot,
          bool is_bid, double *price, double *size)
{
	struct json list = json_open(levels->text);
	struct json_value element;
	bool is_new = false;

	if (levels->type == JSON_NONE && !is_snapshot)
		return DECODE_OK;
	if (levels->type != JSON_ARRAY)
		return DECODE_SHAPE;
	if (is_snapshot)
		*price = *size = ABSENT;
	while (json_element(&list, &element)) {
		struct json level = json_open(element.text);
		struct json_value text[2];
		double p, q;
		enum decode err;

		if (element.type != JSON_ARRAY || !json_element(&level, &text[0]) ||
		    !json_element(&level, &text[1]))
			return DECODE_SHAPE;
		err = bybit_positive(&text[0], -lots, &p);
		if (err == DECODE_OK)
			err = bybit_amount(&text[1], size_lots, &q);
		if (err != DECODE_OK)
			return err;
		if (q > 0) {
			if (is_new && (is_bid ? p < *price : p > *price))
				continue;
			*price = p;
			*size = q;
			is_new = true;
		} else if (p == *price && !is_new) {
			*price = *size = ABSENT;
		}
	}
	return json_ok(&list) ? DECODE_OK : DECODE_JSON;
}

enum decode
bybit_book(const struct venue *v, struct venue_call *call, const struct bybit_message *m)
{
	struct json r = json_open(m->data.text);
	struct json_value value, symbol = { 0 }, bids = { 0 }, asks = { 0 };
	const struct instrument *row;
	struct slice key;
	struct bybit_book *kept;
	struct bybit_book now;
	struct event *ev;
	bool is_snapshot;
	int64_t ts_ns;
	int lots, size_lots;
	uint32_t index;
	enum decode err;

	if (!slice_starts(m->topic, SLICE("orderbook.1.")))
		return DECODE_NO_EVENT;
	if (m->data.type != JSON_OBJECT || !bybit_message_type(m, &is_snapshot))
		return DECODE_SHAPE;
	while (json_member(&r, &key, &value)) {
		if (slice_is(key, "s"))
			symbol = value;
		else if (slice_is(key, "b"))
			bids = value;
		else if (slice_is(key, "a"))
			asks = value;
	}
	if (!json_ok(&r))
		return DECODE_JSON;
	if (symbol.type != JSON_STRING)
		return DECODE_SHAPE;
	/* cts is the time of the matching engine, ts that of the gateway. */
	err = bybit_message_time(m->cts.type != JSON_NONE ? &m->cts : &m->ts, &ts_ns);
	if (err != DECODE_OK)
		return err;
	err = bybit_instrument(v, call, &symbol, &index);
	if (err != DECODE_OK)
		return err;
	kept = bybit_kept_book(v, call, index);
	if (!is_snapshot && !kept->known)
		return DECODE_DELTA_FIRST;

	row = &call->table->at[index];
	lots = row->multiplier_exp10;
	size_lots = row->contract_unit == CONTRACT_USD ? 0 : lots;
	now = *kept;
	err = read_side(&bids, lots, size_lots, is_snapshot, true, &now.bid, &now.bid_size);
	if (err == DECODE_OK)
		err = read_side(&asks, lots, size_lots, is_snapshot, false, &now.ask,
		                &now.ask_size);
	if (err != DECODE_OK)
		return err;
	now.known = true;
	*kept = now;
	ev = venue_event(v, call, EVENT_TOP, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	bybit_fill_top(ev, row, &now);
	return DECODE_OK;
}
