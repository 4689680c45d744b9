/* binance_harness.h - what the Binance tests share: a decoder with its memory, and
 * messages and bodies through it. */
#ifndef TESTS_VENUE_BINANCE_HARNESS_H
#define TESTS_VENUE_BINANCE_HARNESS_H
#include "base/jsonlist.h"
#include "market/event_json.h"
#include "venue/binance.h"

/* The table rows, named here so that a test needs no table look-up. */
extern const struct venue venue_binance_spot, venue_binance_usdm, venue_binance_coinm;
#include <stdlib.h>

enum { HARNESS_INSTRUMENTS = 64, HARNESS_EVENTS = 64 };

struct harness {
	const struct venue *v;
	struct venue_call call;
	struct arena arena;
	struct instrument_table table;
	struct event_batch batch;
	struct event event[HARNESS_EVENTS];
	char memory[65536];
};

/* A fresh table that learns from spelling, an empty batch. */
static inline void
harness_init(struct harness *h, const struct venue *v)
{
	memset(h, 0, sizeof *h);
	arena_init(&h->arena, h->memory, sizeof h->memory);
	instrument_table_init(&h->table, &h->arena, HARNESS_INSTRUMENTS);
	h->table.learn = true;
	h->v = v;
	h->batch = (struct event_batch){ h->event, 0, HARNESS_EVENTS };
	h->call = (struct venue_call){ .table = &h->table, .out = &h->batch };
}

static inline void
harness_print(struct harness *h, struct text *out)
{
	for (uint32_t i = 0; i < h->batch.count; i++)
		event_json(out, &h->event[i], &h->table, h->v->name);
}

/* --- REST bodies as cmd_decode walks them ----------------------------------------- */

struct harness_walk {
	struct harness *h;
	struct slice asked;
	struct text *out;    /* event lines; NULL: none wanted */
	enum decode result;  /* of the last element that was not OK, else OK */
	uint32_t elements;
};

static inline void
harness_element(void *context, struct slice element)
{
	struct harness_walk *w = context;
	enum decode result;

	w->h->batch.count = 0;
	result = w->h->v->body(w->h->v, &w->h->call, w->asked, element);
	w->elements++;
	if (result != DECODE_OK)
		w->result = result;
	if (w->out != NULL)
		harness_print(w->h, w->out);
}

static inline enum decode
harness_body(struct harness *h, struct slice asked, struct slice body, struct text *out)
{
	static char buffer[LIMIT_body_element_bytes_max];
	struct harness_walk walk = { h, asked, out, DECODE_OK, 0 };
	struct jsonlist list;

	jsonlist_init(&list, h->v->list(h->v, asked), buffer, sizeof buffer, harness_element,
	              &walk);
	jsonlist_feed(&list, body);
	return jsonlist_end(&list) ? walk.result : DECODE_JSON;
}

/* --- comparing -------------------------------------------------------------------- */

static inline bool
harness_same_number(double a, double b)
{
	return a == b || (is_absent(a) && is_absent(b));
}

/* Two events to the last bit of what they say. */
static inline bool
harness_same_event(const struct event *a, const struct event *b)
{
	if (a->kind != b->kind || a->side != b->side || a->flags != b->flags ||
	    a->venue != b->venue || a->instrument != b->instrument || a->ts_ns != b->ts_ns ||
	    a->recv_ns != b->recv_ns)
		return false;
	if (a->kind == EVENT_TRADE)
		return harness_same_number(a->u.trade.price, b->u.trade.price) &&
		       harness_same_number(a->u.trade.qty, b->u.trade.qty) &&
		       harness_same_number(a->u.trade.usd, b->u.trade.usd) &&
		       a->u.trade.id.at == b->u.trade.id.at &&
		       a->u.trade.id.count == b->u.trade.id.count &&
		       a->u.trade.first_id == b->u.trade.first_id &&
		       a->u.trade.last_id == b->u.trade.last_id &&
		       a->u.trade.id_space == b->u.trade.id_space;
	if (a->kind == EVENT_TOP)
		return harness_same_number(a->u.top.bid, b->u.top.bid) &&
		       harness_same_number(a->u.top.bid_qty, b->u.top.bid_qty) &&
		       harness_same_number(a->u.top.ask, b->u.top.ask) &&
		       harness_same_number(a->u.top.ask_qty, b->u.top.ask_qty);
	return true; /* the fast path has no other kinds */
}

/* Decodes msg both ways and tells whether they agree.  *took: the fast way took it. */
static inline bool
harness_agree(struct harness *h, struct slice msg, bool *took)
{
	struct event fast;
	enum decode slow;

	h->batch.count = 0;
	*took = binance_fast(h->v, &h->call, msg);
	if (*took ? h->batch.count != 1 : h->batch.count != 0)
		return false;
	fast = h->event[0];
	h->batch.count = 0;
	slow = binance_decode_any(h->v, &h->call, msg);
	if (slow != DECODE_OK && h->batch.count != 0)
		return false;
	return !*took || (slow == DECODE_OK && h->batch.count == 1 &&
	                  harness_same_event(&fast, &h->event[0]));
}
#endif
