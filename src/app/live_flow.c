/* live_flow.c - the way of a record, from the feed to the tape, the pipeline and the board.
 *
 * The order is that of replay: the tape first, then what the record says of the watch list,
 * then the pipeline.  So a tape gives what the live run gave.
 */
#include "app/live.h"
#include "base/check.h"
#include "market/event_json.h"

/* --- records --------------------------------------------------------------------------- */

static bool
still_watched(void *context, struct slice coin)
{
	return watch_has(context, coin);
}

static void
take_watch_list(struct live *l, struct slice list)
{
	if (!watch_set(&l->watch, list)) {
		log_begin(&l->log, l->loop.now.wall_ns, LOG_ERROR, "watch list too long");
		log_int(&l->log, "bytes", (int64_t)list.count);
		log_end(&l->log);
		return;
	}
	pipeline_watch_changed(&l->pipeline);
	tally_forget(&l->tally, still_watched, &l->watch);
}

void
live_record(void *context, const struct tape_record *record)
{
	struct live *l = context;

	tally_tick(&l->tally, record->recv_ns);
	if (l->recording)
		recorder_put(&l->recorder, record);
	if (record->kind == TAPE_WATCH)
		take_watch_list(l, record->data);
	l->link = record->link;
	pipeline_record(&l->pipeline, record);
}

void
live_own_record(struct live *l, enum tape_kind kind, struct slice data)
{
	struct tape_record record = { .kind = (uint8_t)kind, .recv_ns = l->loop.now.wall_ns,
	                              .data = data };

	live_record(l, &record);
}

void
live_prologue(void *context, struct tape_write *w)
{
	static char room[LIMIT_config_bytes_max];
	struct text t = text_init(room, sizeof room);
	struct live *l = context;
	struct tape_record record = { .kind = TAPE_CONFIG };

	config_write_public(&l->config, &t);
	record.data = text_slice(&t);
	tape_write_put(w, &record);
	record.kind = TAPE_INSTRUMENT;
	for (uint32_t i = 1; i < l->pipeline.table.count; i++) {
		const struct instrument *row = &l->pipeline.table.at[i];

		/* What nobody watches gives no event. */
		if (!watch_has(&l->watch, slice_str(row->coin)))
			continue;
		t.count = 0;
		event_json_instrument(&t, row, venue_by_id(row->venue)->name);
		record.data = slice_of(t.at, t.count - 1); /* without its newline */
		tape_write_put(w, &record);
	}
	if (l->watch.all)
		return;
	record.kind = TAPE_WATCH;
	record.data = slice_str(l->watch.list);
	tape_write_put(w, &record);
}

/* --- events ------------------------------------------------------------------------------- */

bool
live_watches(void *context, const struct instrument *row)
{
	const struct live *l = context;

	return watch_has(&l->watch, slice_str(row->coin));
}

static void
note_lag(struct live *l, const struct event *ev)
{
	struct live_lag *g = NULL;

	for (int i = 0; i < l->lag_count && g == NULL; i++)
		if (l->lag[i].link == l->link && l->lag[i].venue == ev->venue)
			g = &l->lag[i];
	if (g == NULL) {
		if (l->lag_count == FEED_LINKS_MAX)
			return;
		g = &l->lag[l->lag_count++];
		*g = (struct live_lag){ .venue = ev->venue, .link = l->link };
	}
	g->trade_count++;
	g->lag_ns = ev->recv_ns - ev->ts_ns;
}

void
live_event(void *context, const struct event *ev)
{
	struct live *l = context;

	feed_event(l->feed, ev);
	tally_event(&l->tally, &l->pipeline.table, ev);
	if (ev->kind == EVENT_TRADE) {
		l->sum[ev->venue].trades++;
		l->sum[ev->venue].usd_e4 = tally_plus(l->sum[ev->venue].usd_e4,
		                                      tally_usd_e4(ev->u.trade.usd));
		/* What REST told late says nothing of a link. */
		if (l->link != 0 && ev->ts_ns > 0)
			note_lag(l, ev);
	}
	if (l->options.print_events) {
		l->line.count = 0;
		event_json(&l->line, ev, &l->pipeline.table, venue_by_id(ev->venue)->name);
		console_put(&l->out, text_slice(&l->line));
	}
}
