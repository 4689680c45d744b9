/* Goal: nothing that Bybit's links or a recording can say breaks the adapter, and
 *       the fast reader and the any-order decoder are one decoder.
 * Method: the first byte chooses venue and road (websocket, or one REST path), the
 *       rest is lines.  Two benches read the same lines, one through decode, one
 *       through bybit_decode_any: results, events, skipped rows, tables and merged
 *       state must be the same.  Every event must be whole, and its line valid JSON.
 */
#include "base/json.h"
#include "base/limits.h"
#include "market/event_json.h"
#include "venue/bybit.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct venue venue_bybit_spot, venue_bybit_linear, venue_bybit_inverse;

enum { INSTRUMENTS = 8, EVENTS = 16 };

struct bench {
	struct venue_call call;
	struct instrument_table table;
	struct event_batch batch;
	struct event event[EVENTS];
	struct arena arena;
	_Alignas(64) char memory[16 * 1024];
	_Alignas(64) char state[4 * 1024];
};

static struct bench bench[2];

static void
reset(struct bench *b, const struct venue *v)
{
	memset(b, 0, sizeof *b);
	arena_init(&b->arena, b->memory, sizeof b->memory);
	instrument_table_init(&b->table, &b->arena, INSTRUMENTS);
	b->table.learn = true;
	b->batch = (struct event_batch){ b->event, 0, EVENTS };
	b->call = (struct venue_call){ .state = b->state, .table = &b->table,
	                               .out = &b->batch, .recv_ns = 1790000000600000000 };
	if (b->arena.missing_bytes > 0 || v->state_bytes(INSTRUMENTS) > sizeof b->state)
		abort();
}

static bool
same_double(double a, double b)
{
	return a == b || (is_absent(a) && is_absent(b));
}

/* All numbers of an event, whatever its kind: none may be infinite. */
static size_t
numbers_of(const struct event *ev, double *to)
{
	size_t count = 0;

#define N(value) to[count++] = ev->u.value
	switch (ev->kind) {
	case EVENT_TRADE: N(trade.price); N(trade.qty); N(trade.usd); break;
	case EVENT_LIQUIDATION:
		N(liquidation.price); N(liquidation.qty); N(liquidation.usd);
		break;
	case EVENT_MARK: N(mark.mark); N(mark.index); N(mark.funding); break;
	case EVENT_OI: N(oi.qty); N(oi.usd); break;
	case EVENT_TICKER:
		N(ticker.last); N(ticker.open); N(ticker.high); N(ticker.low);
		N(ticker.qty); N(ticker.usd);
		break;
	case EVENT_TOP: N(top.bid); N(top.bid_qty); N(top.ask); N(top.ask_qty); break;
	case EVENT_RATIO: N(ratio.long_share); break;
	case EVENT_BAR:
		N(bar.open); N(bar.high); N(bar.low); N(bar.close); N(bar.qty); N(bar.usd);
		N(bar.buy_qty); N(bar.buy_usd);
		break;
	case EVENT_INSTRUMENT: break;
	default: abort();
	}
#undef N
	return count;
}

static void
check_event(const struct bench *b, const struct event *ev, const struct venue *v)
{
	static char memory[65536];
	struct text line = text_init(memory, sizeof memory);
	struct json_value value;
	struct slice key;
	struct json r;
	double number[8];
	size_t count = numbers_of(ev, number);

	if (ev->venue != v->id || ev->instrument == 0 || ev->instrument >= b->table.count)
		abort();
	for (size_t i = 0; i < count; i++)
		if (isinf(number[i]))
			abort();
	if (ev->kind == EVENT_TRADE || ev->kind == EVENT_LIQUIDATION)
		if (!(number[0] > 0) || number[1] < 0 || ev->side == SIDE_NONE || ev->ts_ns <= 0)
			abort();
	event_json(&line, ev, &b->table, v->name);
	if (line.cut)
		return;
	r = json_open(slice_of(line.at, line.count - 1));
	while (json_member(&r, &key, &value)) { }
	if (!json_ok(&r))
		abort();
}

static void
check_same(const struct bench *a, const struct bench *b)
{
	double x[8], y[8];

	if (a->batch.count != b->batch.count || a->table.count != b->table.count ||
	    memcmp(a->call.skipped, b->call.skipped, sizeof a->call.skipped) != 0 ||
	    memcmp(a->state, b->state, sizeof a->state) != 0)
		abort();
	for (uint32_t i = 0; i < a->batch.count; i++) {
		const struct event *p = &a->event[i], *q = &b->event[i];
		size_t count = numbers_of(p, x);

		if (p->kind != q->kind || p->side != q->side || p->flags != q->flags ||
		    p->instrument != q->instrument || p->ts_ns != q->ts_ns ||
		    p->recv_ns != q->recv_ns)
			abort();
		if (numbers_of(q, y) != count)
			abort();
		for (size_t n = 0; n < count; n++)
			if (!same_double(x[n], y[n]))
				abort();
		if (p->kind == EVENT_TRADE && !slice_equal(p->u.trade.id, q->u.trade.id))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct venue *const venue[] = { &venue_bybit_spot, &venue_bybit_linear,
	                                             &venue_bybit_inverse };
	static const char *const path[] = {
		NULL,
		"/v5/market/instruments-info",
		"/v5/market/tickers",
		"/v5/market/open-interest?symbol=BTCUSDT",
		"/v5/market/account-ratio?symbol=BTCUSDT",
		"/v5/market/funding/history",
		"/v5/market/kline?symbol=BTCUSD&interval=1",
		"/v5/market/recent-trade",
		"/v5/market/time",
	};
	const struct venue *v;
	const char *asked;
	struct slice rest;

	if (size == 0)
		return 0;
	v = venue[(uint8_t)(data[0] - '0') % 3];
	asked = path[(uint8_t)(data[0] - '0') / 3 % (sizeof path / sizeof path[0])];
	rest = slice_of((const char *)data + 1, size - 1);
	reset(&bench[0], v);
	reset(&bench[1], v);
	while (rest.count > 0) {
		struct slice line = slice_cut(&rest, '\n');
		enum decode result[2];

		if (asked != NULL) {
			for (int i = 0; i < 2; i++)
				result[i] = v->body(v, &bench[i].call, slice_str(asked), line);
		} else {
			result[0] = v->decode(v, &bench[0].call, line);
			result[1] = bybit_decode_any(v, &bench[1].call, line);
		}
		if (result[0] != result[1] || result[0] >= DECODE_COUNT)
			abort();
		if (result[0] != DECODE_OK && bench[0].batch.count != 0)
			abort();
		check_same(&bench[0], &bench[1]);
		for (uint32_t i = 0; i < bench[0].batch.count; i++)
			check_event(&bench[0], &bench[0].event[i], v);
		bench[0].batch.count = bench[1].batch.count = 0;
	}
	return 0;
}
