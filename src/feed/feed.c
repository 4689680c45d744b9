/* feed.c - opens the feed, goes round, and tells events to those who wait for them.
 *
 * Why    Links, requests, gaps and watchdogs are small machines of their own; here they
 *        share one clock tick, one sink and the memory that was planned at start.
 * Time   One timer, set to the earliest deadline of all machines, at most 250 ms away and
 *        at least 1 ms.
 */
#include "feed/inside.h"
#include "base/check.h"

enum { PORTION_BYTES = 16384, STREAMS_EACH = 5, RANKED_MAX = 4096 };

static const int64_t tick_max_ns = 250 * MS;

_Static_assert((int)LIMIT_links_max < (int)LIMIT_tape_links_max, "all links fit on a tape");
_Static_assert((int)LIMIT_links_max + (int)LIMIT_hosts_max <= (int)TLS_SHAKING_MAX,
               "after a break of the line all may shake hands at once");

static void on_timer(void *context, struct now now);

/* --- for the other files --------------------------------------------------------------- */

struct place *
feed_place_of(struct feed *f, uint16_t group)
{
	ASSERT(group < PLAN_GROUPS_MAX);
	return &f->place[f->plan.group[group].place];
}

void
feed_record(struct feed *f, struct place *p, enum tape_kind kind, uint16_t link,
            struct slice asked, struct slice data)
{
	struct tape_record record = {
		.kind = (uint8_t)kind, .venue = p != NULL ? p->venue->id : 0, .link = link,
		.recv_ns = f->loop->now.wall_ns, .asked = asked, .data = data,
	};

	f->sink(f->context, &record);
}

void
feed_wake(struct feed *f)
{
	f->woken = true;
	if (!f->in_tick)
		timer_move(&f->loop->timers, f->timer, f->loop->now.mono_ns + MS);
}

void
feed_trouble(struct feed *f, struct place *p, enum say_trouble trouble, int status)
{
	struct text out = text_init(p->sentence, sizeof p->sentence - 1);
	bool news = p->trouble != (uint8_t)trouble;

	/* What a request may do says nothing of what an upgrade may. */
	if (trouble == TROUBLE_NONE && p->refused_until_ns > f->loop->now.mono_ns)
		return;
	p->trouble = (uint8_t)trouble;
	say_trouble_sentence(p->say, trouble, status, &out);
	p->sentence[out.count] = '\0';
	if (!news)
		return;
	log_begin(f->log, f->loop->now.wall_ns, trouble == TROUBLE_NONE ? LOG_INFO : LOG_WARN,
	          trouble == TROUBLE_NONE ? "venue answers again" : "venue refuses");
	log_text(f->log, "venue", slice_str(p->venue->name));
	if (trouble != TROUBLE_NONE) {
		log_text(f->log, "reason", slice_str(say_trouble_word(trouble)));
		log_text(f->log, "what", slice_str(p->sentence));
	}
	log_end(f->log);
}

/* --- time ---------------------------------------------------------------------------------- */

static int64_t
earliest(const struct feed *f)
{
	int64_t next_ns = f->watch_next_ns;

	for (int i = 0; i < PLAN_GROUPS_MAX; i++)
		for (int side = 0; side < 2 && f->plan.group[i].used; side++) {
			int64_t at_ns = link_next_ns(&f->group[i].link[side]);

			next_ns = at_ns < next_ns ? at_ns : next_ns;
		}
	for (int i = 0; i < f->host_count; i++) {
		int64_t at_ns = rest_next_ns(f, i);

		next_ns = at_ns < next_ns ? at_ns : next_ns;
	}
	for (int i = 0; i < f->place_count; i++) {
		int64_t at_ns = poll_next_ns(&f->place[i]);

		next_ns = at_ns < next_ns ? at_ns : next_ns;
	}
	return next_ns;
}

static void
on_timer(void *context, struct now now)
{
	struct feed *f = context;
	int64_t next_ns;

	f->in_tick = true;
	f->woken = false;
	metadata_tick(f);
	for (int i = 0; i < f->place_count && !f->closing; i++)
		poll_tick(f, &f->place[i]);
	if (!f->closing)
		gap_tick(f);
	for (int i = 0; i < PLAN_GROUPS_MAX; i++)
		if (f->plan.group[i].used)
			group_tick(f, (uint16_t)i);
	for (int i = 0; i < f->host_count; i++)
		rest_tick(f, i);
	if (now.mono_ns >= f->watch_next_ns) {
		watchdog_round(f);
		f->watch_next_ns = now.mono_ns + SECONDS;
	}
	f->in_tick = false;
	next_ns = f->woken ? now.mono_ns + MS : earliest(f);
	if (next_ns > now.mono_ns + tick_max_ns)
		next_ns = now.mono_ns + tick_max_ns;
	if (next_ns < now.mono_ns + MS)
		next_ns = now.mono_ns + MS;
	f->timer = timer_set(&f->loop->timers, next_ns, "feed", on_timer, f);
}

/* --- events ------------------------------------------------------------------------------------ */

static void
tell_doubt(struct feed *f, const struct place *p)
{
	const char *text = selftest_text(p->selftest.doubts);

	log_begin(f->log, f->loop->now.wall_ns, text[0] != '\0' ? LOG_ERROR : LOG_INFO,
	          text[0] != '\0' ? "self-test fails" : "self-tests pass again");
	log_text(f->log, "venue", slice_str(p->venue->name));
	log_text(f->log, "what", slice_str(text));
	log_end(f->log);
}

void
feed_event(struct feed *f, const struct event *ev)
{
	int index = f->place_of_venue[ev->venue] - 1;
	struct place *p;
	uint32_t topic;

	if (index < 0 || ev->instrument >= f->table->count)
		return;
	p = &f->place[index];
	if (ev->kind == EVENT_STATUS) {
		if (ev->u.status.what == STATUS_GAP)
			gap_found(f, p, ev->instrument, ev->u.status.from_id, ev->u.status.to_id);
		return;
	}
	if (ev->kind == EVENT_TICKER && !is_absent(ev->u.ticker.usd))
		f->volume_usd[ev->instrument] = (float)ev->u.ticker.usd;
	if (f->gap_open_count > 0 && ev->kind == EVENT_TRADE)
		gap_print(f, p, ev);
	if (f->in_body)
		return;
	if (ev->instrument != 0 && selftest_event(&p->selftest, &f->cell[ev->instrument], ev))
		tell_doubt(f, p);
	topic = plan_topic(&f->plan, p->say, p->index, ev->instrument, ev->kind);
	if (topic == 0)
		return;
	watchdog_heard(f, &f->plan.topic[topic]);
	f->plan.topic[topic].print_count += ev->kind == EVENT_TRADE;
}

/* --- opening -------------------------------------------------------------------------------------- */

static enum err
open_place(struct feed *f, const struct feed_venue *v, struct arena *boot)
{
	struct place *p = &f->place[f->place_count];
	struct conn_endpoint rest;
	struct host *h;
	enum err err;
	char rest_name[sizeof h->name];
	uint32_t most = f->instruments_max < f->table->count_max ? f->instruments_max
	                                                         : f->table->count_max;

	*p = (struct place){ .index = (uint8_t)f->place_count };
	p->venue = venue_by_id(v->venue);
	p->say = venue_say(v->venue);
	if (p->venue == NULL || p->say == NULL || f->place_of_venue[v->venue] != 0)
		return ERR_CONFIG;
	if (!url_read(v->ws[0] != '\0' ? v->ws : p->say->ws, v, &p->ws, p->ws_name,
	              sizeof p->ws_name) ||
	    !url_read(v->rest[0] != '\0' ? v->rest : p->say->rest, v, &rest, rest_name,
	              sizeof rest_name))
		return ERR_CONFIG;
	err = rest_host_of(f, &rest, &p->host);
	if (err != ERR_NONE)
		return err;
	memcpy(f->host[p->host].name, rest_name, sizeof rest_name);
	for (int i = 0; i < p->say->bucket_count; i++)
		budget_init(&f->budget[p->say->bucket[i].shared], p->say->bucket[i].weight_max,
		            p->say->bucket[i].window_ms * MS);
	p->watched = arena_take(boot, "watched", most, sizeof p->watched[0]);
	p->live_top = arena_take(boot, "watched", most, sizeof p->live_top[0]);
	if (p->watched == NULL || p->live_top == NULL)
		return ERR_FULL;
	f->place_of_venue[v->venue] = (int8_t)(++f->place_count);
	return ERR_NONE;
}

static bool
take_memory(struct feed *f, const struct feed_options *o, struct arena *boot)
{
	size_t cells = f->table->count_max + (size_t)1;
	uint32_t topics = o->instruments_max * STREAMS_EACH +
	                  (uint32_t)o->venue_count * SAY_STREAMS_MAX;

	f->coins.count_max = f->trial.count_max = o->coins_max;
	f->rank.count_max = RANKED_MAX < f->table->count_max ? RANKED_MAX : f->table->count_max;
	f->coins.at = arena_take(boot, "coins", o->coins_max, sizeof f->coins.at[0]);
	f->trial.at = arena_take(boot, "coins", o->coins_max, sizeof f->trial.at[0]);
	f->rank.at = arena_take(boot, "coins", f->rank.count_max, sizeof f->rank.at[0]);
	f->volume_usd = arena_take(boot, "feed", cells, sizeof f->volume_usd[0]);
	f->history = arena_take(boot, "feed", cells, sizeof f->history[0]);
	f->cell = arena_take(boot, "self-tests", cells, sizeof f->cell[0]);
	f->order = arena_take(boot, "feed", cells, sizeof f->order[0]);
	f->portion_size = PORTION_BYTES;
	f->portion = arena_take(boot, "feed", f->portion_size, 1);
	return plan_init(&f->plan, boot, topics, f->table->count_max) && f->coins.at != NULL &&
	       f->trial.at != NULL && f->rank.at != NULL && f->volume_usd != NULL &&
	       f->history != NULL && f->cell != NULL && f->order != NULL && f->portion != NULL;
}

enum err
feed_open(struct feed **feed_out, const struct feed_options *options,
          struct loop *loop, struct net *net, struct ws_pool *ws,
          struct instrument_table *table, struct log *log,
          feed_sink *sink, void *context, struct arena *boot)
{
	struct feed *f = arena_take(boot, "feed", 1, sizeof *f);
	enum err err;

	ASSERT(sink != NULL);
	if (f == NULL)
		return ERR_FULL;
	if (options->venue_count < 1 || options->venue_count > PLAN_PLACES_MAX ||
	    options->instruments_max == 0 || options->coins_max == 0)
		return ERR_CONFIG;
	f->loop = loop;
	f->net = net;
	f->ws = ws;
	f->table = table;
	f->log = log;
	f->sink = sink;
	f->context = context;
	f->chance.state = options->seed;
	f->backoff_min_ns = options->backoff_min_ms * MS;
	f->backoff_max_ns = options->backoff_max_ms * MS;
	f->quiet_max_ns = options->quiet_max_ms * MS;
	f->instruments_max = options->instruments_max;
	f->top_live_coins = options->top_live_coins;
	f->backfill = options->backfill;
	if (!take_memory(f, options, boot))
		return ERR_FULL;
	for (int i = 0; i < options->venue_count; i++) {
		err = open_place(f, &options->venue[i], boot);
		if (err != ERR_NONE)
			return err;
	}
	for (int i = 0; i < f->host_count; i++)
		if (!body_init(&f->host[i].body, boot, rest_on_part, &f->host[i]))
			return ERR_FULL;
	if (!coins_read(&f->coins, slice_str(options->coins)))
		return ERR_CONFIG;
	metadata_coins_changed(f);
	f->timer = timer_set(&loop->timers, loop->now.mono_ns + MS, "feed", on_timer, f);
	*feed_out = f;
	return f->timer != 0 ? ERR_NONE : ERR_FULL;
}

void
feed_close(struct feed *f)
{
	f->closing = true;
	rest_close(f);
	feed_wake(f);
}

enum err
feed_watch(struct feed *f, const char *coins)
{
	struct coins old = f->coins;

	if (!coins_read(&f->trial, slice_str(coins)))
		return ERR_FULL;
	f->coins = f->trial;
	f->trial = old;
	metadata_coins_changed(f);
	return ERR_NONE;
}
