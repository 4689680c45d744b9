/* gap.c - trades that are missing, asked for over REST.
 *
 * With ids     The pipeline proves a gap (EVENT_STATUS, GAP, from..to).  Pages from the first
 *              missing id on are asked for, each beginning behind the highest id that the
 *              last one gave, and every print that comes is counted off until nothing is
 *              missing.  A page that brings nothing new, or too many pages, leave the gap
 *              as it is: marked.
 * Without ids  (Bybit) Nothing proves a gap.  After a link was down the newest trades are
 *              asked for; those that are known are dropped behind the sink.  When all rows
 *              of the answer may be new, older ones may be missing: a TAPE_GAP says so.
 * Liquidations Nobody gives them again; "down" and "up" on the tape say when.
 */
#include "feed/inside.h"

enum { PAGES_MAX = 50, IN_QUEUE_MAX = 8 };

static bool
has_ids(const struct say_ask *say)
{
	return strstr(say->path, "{from}") != NULL;
}

static struct gap *
new_gap(struct feed *f, struct place *p, uint32_t instrument)
{
	for (int i = 0; i < GAPS_MAX; i++) {
		struct gap *g = &f->gap[i];

		if (g->used)
			continue;
		*g = (struct gap){
			.used = true, .place = p->index, .instrument = instrument,
			.since_ns = f->loop->now.mono_ns,
		};
		f->gap_open_count++;
		feed_wake(f);
		return g;
	}
	return NULL;
}

static void
tell(struct feed *f, const struct place *p, const struct gap *g, bool filled, const char *why)
{
	log_begin(f->log, f->loop->now.wall_ns, filled ? LOG_INFO : LOG_WARN,
	          filled ? "gap filled" : "gap stays");
	log_text(f->log, "venue", slice_str(p->venue->name));
	log_text(f->log, "symbol", slice_str(f->table->at[g->instrument].symbol));
	log_int(f->log, "from_id", (int64_t)g->from_id);
	log_int(f->log, "to_id", (int64_t)g->to_id);
	if (!filled)
		log_text(f->log, "reason", slice_str(why));
	log_end(f->log);
}

/* What was still to be asked for it is not asked any more. */
static void
forget_asks(struct feed *f, const struct gap *g)
{
	for (int i = 0; i < ASKS_MAX; i++) {
		struct ask *a = &f->ask[i];

		if (!a->used || a->gap != (int32_t)(g - f->gap) + 1)
			continue;
		if (a->in_air)
			a->gap = 0;
		else
			*a = (struct ask){ 0 };
	}
}

static void
end_gap(struct feed *f, struct place *p, struct gap *g, bool filled, const char *why)
{
	tell(f, p, g, filled, why);
	forget_asks(f, g);
	if (filled)
		p->filled_count++;
	else
		p->unfilled_count++;
	g->used = false;
	f->gap_open_count--;
}

void
gap_found(struct feed *f, struct place *p, uint32_t instrument, uint64_t from_id,
          uint64_t to_id)
{
	const struct say_ask *say = say_ask_of(p->say, ASK_FILL);
	struct gap *g;

	/* One of our own TAPE_GAPs comes back without ids. */
	if (instrument == 0 || from_id == 0 || to_id < from_id)
		return;
	p->gap_count++;
	g = say != NULL && has_ids(say) ? new_gap(f, p, instrument) : NULL;
	if (g == NULL) {
		p->unfilled_count++;
		return;
	}
	g->from_id = g->first_id = from_id;
	g->to_id = to_id;
	g->missing = to_id - from_id + 1;
}

/* How many ids of the gap a print covers. */
static uint64_t
covered(const struct gap *g, const struct event *ev)
{
	uint64_t first = ev->u.trade.first_id, last = ev->u.trade.last_id;

	if (first == 0 || last < g->first_id || first > g->to_id)
		return 0;
	first = first > g->first_id ? first : g->first_id;
	last = last < g->to_id ? last : g->to_id;
	return last - first + 1;
}

/* What comes here is new: what is told twice is dropped before.  So ids can be counted. */
void
gap_print(struct feed *f, struct place *p, const struct event *ev)
{
	int asked = f->body_of != NULL ? f->body_of->gap - 1 : -1;

	for (int i = 0; i < GAPS_MAX; i++) {
		struct gap *g = &f->gap[i];
		uint64_t count;

		if (!g->used || g->instrument != ev->instrument)
			continue;
		g->new_count += i == asked;
		count = covered(g, ev);
		if (count == 0)
			continue;
		g->missing -= count < g->missing ? count : g->missing;
		if (i == asked && ev->u.trade.last_id > g->reached_id)
			g->reached_id = ev->u.trade.last_id;
		if (g->missing == 0)
			end_gap(f, p, g, true, "");
	}
}

static uint32_t
prints_since_up(const struct feed *f, const struct place *p, uint32_t instrument)
{
	uint32_t topic = plan_topic(&f->plan, p->say, p->index, instrument, EVENT_TRADE);

	return topic != 0 ? f->plan.topic[topic].print_count : 0;
}

static void
without_ids(struct feed *f, struct place *p, struct gap *g, const struct ask *a, bool ok)
{
	/* Rows that were not new overlap with what was known before; when there may be
	 * none of those, nobody knows what is missing. */
	uint64_t rows = (uint64_t)g->new_count + prints_since_up(f, p, g->instrument);

	if (ok && rows < (uint64_t)a->limit) {
		end_gap(f, p, g, true, "");
		return;
	}
	p->gap_count++;
	feed_record(f, p, TAPE_GAP, 0, slice_str(f->table->at[g->instrument].symbol),
	            slice_of("", 0));
	end_gap(f, p, g, false, ok ? "longer_than_the_venue_tells" : "no_answer");
}

void
gap_done(struct feed *f, struct place *p, const struct ask *a, bool ok)
{
	struct gap *g;

	if (a->gap == 0)
		return;
	g = &f->gap[a->gap - 1];
	if (!g->used || g->instrument != a->instrument)
		return; /* filled, and perhaps another's by now */
	g->asked = false;
	if (g->to_id == 0) {
		without_ids(f, p, g, a, ok);
		return;
	}
	g->pages++;
	if (!ok)
		end_gap(f, p, g, false, "no_answer");
	else if (g->reached_id < g->from_id)
		end_gap(f, p, g, false, "the_venue_has_them_no_more");
	else if (g->reached_id >= g->to_id)
		end_gap(f, p, g, false, "the_venue_has_not_all_of_them");
	else if (g->pages >= PAGES_MAX)
		end_gap(f, p, g, false, "too_long");
	else
		g->from_id = g->reached_id + 1;
}

void
gap_after_down(struct feed *f, uint16_t group)
{
	struct place *p = feed_place_of(f, group);
	const struct say_ask *say = say_ask_of(p->say, ASK_FILL);

	if (say == NULL || has_ids(say))
		return;
	for (uint32_t i = 1; i < f->plan.topic_count; i++) {
		struct topic *t = &f->plan.topic[i];

		if (t->used && t->group == group && t->instrument != 0 && t->wanted &&
		    (p->say->stream[t->stream].carries & SAY_CARRIES(EVENT_TRADE)) != 0)
			t->refill = true;
	}
	feed_wake(f);
}

static void
take_refills(struct feed *f)
{
	for (uint32_t i = 1; i < f->plan.topic_count; i++) {
		struct topic *t = &f->plan.topic[i];

		if (!t->used || !t->refill)
			continue;
		if (new_gap(f, &f->place[t->place], t->instrument) == NULL)
			return;
		t->refill = false;
	}
}

void
gap_tick(struct feed *f)
{
	int in_queue = 0;

	take_refills(f);
	for (int i = 0; i < GAPS_MAX; i++)
		in_queue += f->gap[i].used && f->gap[i].asked;
	for (int i = 0; i < GAPS_MAX && in_queue < IN_QUEUE_MAX; i++) {
		struct gap *g = &f->gap[i];
		struct place *p = &f->place[g->place];
		struct ask *a;

		if (!g->used || g->asked)
			continue;
		a = rest_ask(f, p, say_ask_of(p->say, ASK_FILL), g->instrument);
		if (a == NULL)
			return;
		a->gap = i + 1;
		a->from_id = g->from_id;
		if (g->to_id > 0 && g->to_id - g->from_id < (uint64_t)a->limit)
			a->limit = (int32_t)(g->to_id - g->from_id + 1);
		g->asked = true;
		in_queue++;
	}
}
