/* pipeline.c - records in, events out; see the header for the order of things. */
#include "app/pipeline.h"
#include "base/check.h"
#include "base/num.h"
#include "market/event_json.h"
#include <string.h>

void
pipeline_init(struct pipeline *p, struct arena *arena, const struct pipeline_room *room,
              pipeline_sink *sink, void *context)
{
	size_t cells = (size_t)room->instruments_max + 1;
	void *states = arena_take(arena, "link state", room->state_bytes, 1);

	ASSERT(sink != NULL);
	*p = (struct pipeline){ .sink = sink, .context = context };
	if (states != NULL)
		arena_init(&p->states, states, room->state_bytes);
	instrument_table_init(&p->table, arena, room->instruments_max);
	p->link = arena_take(arena, "links", LIMIT_tape_links_max, sizeof p->link[0]);
	p->watched = arena_take(arena, "watched", cells, sizeof p->watched[0]);
	p->sequence = arena_take(arena, "trade ids", cells, sizeof p->sequence[0]);
	p->seen_index = arena_take(arena, "trade ids", cells, sizeof p->seen_index[0]);
	p->seen_count_max = room->seen_max;
	p->seen = arena_take(arena, "seen ids", room->seen_max, sizeof p->seen[0]);
	p->batch.count_max = LIMIT_message_events_max;
	p->batch.at = arena_take(arena, "events", LIMIT_message_events_max,
	                         sizeof p->batch.at[0]);
	p->element = arena_take(arena, "body element", LIMIT_body_element_bytes_max, 1);
}

void
pipeline_watch_changed(struct pipeline *p)
{
	memset(p->watched, 0, p->table.count_max + (size_t)1);
}

/* False: the venue keeps a state, and there is no room. */
static bool
state_of(struct pipeline *p, const struct venue *v, uint16_t link, struct venue_state **out)
{
	struct venue_state **shared = &p->state[v->id][link & 1];
	size_t bytes;

	ASSERT(v->id < LIMIT_venues_max);
	if (*shared == NULL) {
		*shared = venue_state(v, &p->states, p->table.count_max, &bytes);
		if (*shared == NULL && bytes > 0)
			return false;
	}
	*out = *shared;
	return true;
}

static struct pipeline_link *
link_of(struct pipeline *p, const struct venue *v, uint16_t link)
{
	struct pipeline_link *l;

	for (uint32_t i = 0; i < p->link_count; i++)
		if (p->link[i].venue == v->id && p->link[i].link == link)
			return &p->link[i];
	if (p->link_count == LIMIT_tape_links_max)
		return NULL;
	l = &p->link[p->link_count];
	if (!state_of(p, v, link, &l->state))
		return NULL;
	l->epoch = ++p->epoch_last;
	l->venue = v->id;
	l->link = link;
	p->link_count++;
	return l;
}

static bool
is_watched(struct pipeline *p, uint32_t instrument)
{
	uint8_t *w = &p->watched[instrument];

	if (*w == 0)
		*w = p->watch == NULL || p->watch(p->context, &p->table.at[instrument]) ? 1 : 2;
	return *w == 1;
}

static void
emit(struct pipeline *p, const struct event *ev)
{
	p->count.events++;
	p->count.kind[ev->kind]++;
	p->sink(p->context, ev);
}

static void
emit_gap(struct pipeline *p, const struct event *cause, enum status_what what,
         struct id_range range)
{
	struct event ev = {
		.kind = EVENT_STATUS,
		.venue = cause->venue,
		.instrument = cause->instrument,
		.ts_ns = cause->ts_ns,
		.recv_ns = cause->recv_ns,
	};

	ev.u.status.what = (uint8_t)what;
	ev.u.status.from_id = range.from;
	ev.u.status.to_id = range.to;
	ev.u.status.reason = SLICE("trade_id");
	emit(p, &ev);
}

/* The ring of an instrument without counting ids; NULL when all are taken. */
static struct seen *
seen_of(struct pipeline *p, uint32_t instrument)
{
	uint32_t *index = &p->seen_index[instrument];

	if (*index == 0 && p->seen_count < p->seen_count_max)
		*index = ++p->seen_count;
	if (*index == 0) {
		p->count.seen_full++;
		return NULL;
	}
	return &p->seen[*index - 1];
}

static bool
is_repeated(struct pipeline *p, const struct event *ev)
{
	struct seen *s;
	uint64_t hash;

	if (ev->kind == EVENT_TRADE) {
		if (ev->u.trade.id.count == 0)
			return false;
		hash = seen_hash(EVENT_TRADE, ev->u.trade.id.at,
		                 (uint32_t)ev->u.trade.id.count);
	} else {
		struct { int64_t ts_ns; double price, qty; uint64_t side; } key = {
			ev->ts_ns, ev->u.liquidation.price, ev->u.liquidation.qty, ev->side
		};

		hash = seen_hash(EVENT_LIQUIDATION, &key, sizeof key);
	}
	s = seen_of(p, ev->instrument);
	return s != NULL && seen_before(s, hash, p->message);
}

static void
pass(struct pipeline *p, const struct event *ev)
{
	struct id_range range;
	enum sequence_result r = SEQUENCE_NEW;

	if (ev->instrument != 0 && !is_watched(p, ev->instrument)) {
		p->count.unwatched++;
		return;
	}
	if (ev->kind == EVENT_TRADE && ev->u.trade.first_id > 0 &&
	    ev->u.trade.first_id <= ev->u.trade.last_id) {
		r = sequence_step(&p->sequence[ev->instrument], ev->u.trade.id_space,
		                  ev->u.trade.first_id, ev->u.trade.last_id, &range);
	} else if (ev->kind == EVENT_TRADE || ev->kind == EVENT_LIQUIDATION) {
		if (is_repeated(p, ev))
			r = SEQUENCE_DUPLICATE;
	}
	if (r == SEQUENCE_DUPLICATE || r == SEQUENCE_OTHER) {
		p->count.duplicates += r == SEQUENCE_DUPLICATE;
		p->count.told_otherwise += r == SEQUENCE_OTHER;
		return;
	}
	if (r == SEQUENCE_GAP) {
		p->count.gaps++;
		emit_gap(p, ev, STATUS_GAP, range);
	}
	emit(p, ev);
	if (r == SEQUENCE_FILLED) {
		p->count.gaps_filled++;
		emit_gap(p, ev, STATUS_FILLED, range);
	}
}

static void
pass_batch(struct pipeline *p, struct venue_call *call, enum decode result)
{
	p->count.decode[result]++;
	for (int i = 0; i < DECODE_COUNT; i++)
		p->count.skipped[i] += call->skipped[i];
	memset(call->skipped, 0, sizeof call->skipped);
	for (uint32_t i = 0; i < p->batch.count; i++)
		pass(p, &p->batch.at[i]);
	p->batch.count = 0;
}

struct body_walk {
	struct pipeline *pipeline;
	const struct venue *venue;
	struct venue_call *call;
	struct slice asked;
};

static void
on_element(void *context, struct slice element)
{
	struct body_walk *w = context;

	pass_batch(w->pipeline, w->call,
	           w->venue->body(w->venue, w->call, w->asked, element));
}

static void
body(struct pipeline *p, const struct venue *v, struct venue_call *call,
     const struct tape_record *record)
{
	struct body_walk walk = { p, v, call, record->asked };
	struct jsonlist list;

	p->count.bodies++;
	jsonlist_init(&list, v->list(v, record->asked), p->element,
	              LIMIT_body_element_bytes_max, on_element, &walk);
	jsonlist_feed(&list, record->data);
	if (!jsonlist_end(&list))
		p->count.decode[DECODE_JSON]++;
}

static void
status(struct pipeline *p, const struct venue *v, const struct tape_record *record)
{
	struct event ev = { .kind = EVENT_STATUS, .venue = v->id, .recv_ns = record->recv_ns };
	struct pipeline_link *l;

	for (int what = STATUS_NONE + 1; what < STATUS_WHAT_COUNT; what++)
		if (slice_equal(record->asked, slice_str(event_status_name((enum status_what)what))))
			ev.u.status.what = (uint8_t)what;
	if (ev.u.status.what == STATUS_NONE) {
		p->count.bad_records++;
		return;
	}
	/* What a new subscription says comes from the beginning: merged deltas of
	 * the old one are gone. */
	l = link_of(p, v, record->link);
	if (l != NULL &&
	    (ev.u.status.what == STATUS_UP || ev.u.status.what == STATUS_RESUBSCRIBED))
		l->epoch = ++p->epoch_last;
	ev.u.status.reason = record->data;
	emit(p, &ev);
}

/* A gap that no id proves: the feed knows it, and says "from to" or nothing. */
static void
gap(struct pipeline *p, const struct venue *v, const struct tape_record *record)
{
	struct event ev = { .kind = EVENT_STATUS, .venue = v->id, .recv_ns = record->recv_ns };
	struct slice to = record->data, from = slice_cut(&to, ' ');

	ev.instrument = instrument_find(&p->table, v->id, record->asked);
	ev.u.status.what = STATUS_GAP;
	if (from.count > 0 && (!num_uint64(from, &ev.u.status.from_id) ||
	                       !num_uint64(to, &ev.u.status.to_id))) {
		p->count.bad_records++;
		return;
	}
	ev.u.status.reason = SLICE("link");
	emit(p, &ev);
}

static void
instrument(struct pipeline *p, const struct tape_record *record)
{
	struct instrument row;
	struct slice venue_name;
	const struct venue *v;

	memset(&row, 0, sizeof row);
	if (!event_json_read_instrument(record->data, &row, &venue_name)) {
		p->count.bad_records++;
		return;
	}
	v = venue_by_name(venue_name);
	if (v == NULL) {
		p->count.no_venue++;
		return;
	}
	row.venue = v->id;
	instrument_put(&p->table, &row);
}

void
pipeline_record(struct pipeline *p, const struct tape_record *record)
{
	const struct venue *v = venue_by_id(record->venue);
	struct venue_call call = { .table = &p->table, .out = &p->batch,
	                           .recv_ns = record->recv_ns };
	struct pipeline_link *l;

	p->count.records++;
	p->message = p->message == UINT32_MAX ? 1 : p->message + 1;
	switch ((enum tape_kind)record->kind) {
	case TAPE_INSTRUMENT:
		instrument(p, record);
		return;
	case TAPE_FRAME:
	case TAPE_BODY:
	case TAPE_LINK:
	case TAPE_GAP:
		break;
	default: /* head, configuration, watch list, rules: their readers' business */
		return;
	}
	if (v == NULL) {
		p->count.no_venue++;
		return;
	}
	if (record->kind == TAPE_LINK) {
		status(p, v, record);
		return;
	}
	if (record->kind == TAPE_GAP) {
		gap(p, v, record);
		return;
	}
	l = link_of(p, v, record->link);
	if (l == NULL) {
		p->count.links_full++;
		return;
	}
	call.state = l->state;
	if (l->state != NULL)
		l->state->epoch = l->epoch;
	if (record->kind == TAPE_BODY) {
		body(p, v, &call, record);
		return;
	}
	p->count.frames++;
	pass_batch(p, &call, v->decode(v, &call, record->data));
}
