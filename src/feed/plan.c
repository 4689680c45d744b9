/* plan.c - see the header.
 *
 * Why    A wrong plan is silent: a stream on the wrong route, or one topic too many,
 *        gives no error and no data.  So it is pure and tested alone.
 * Limits Topics and groups are planned at start; what finds no room is counted and told.
 */
#include "feed/plan.h"
#include "base/check.h"

bool
plan_init(struct plan *p, struct arena *boot, uint32_t topic_count_max,
          uint32_t instrument_count_max)
{
	*p = (struct plan){ 0 };
	if (topic_count_max > UINT16_MAX - 1)
		topic_count_max = UINT16_MAX - 1;
	p->topic = arena_take(boot, "topics", topic_count_max + (size_t)1, sizeof p->topic[0]);
	p->of = arena_take(boot, "topics", instrument_count_max + (size_t)1, sizeof p->of[0]);
	if (p->topic == NULL || p->of == NULL)
		return false;
	p->topic_count = 1;
	p->topic_count_max = topic_count_max + 1;
	p->instrument_count_max = instrument_count_max;
	return true;
}

static void
touch(struct plan_group *g)
{
	g->changed[0] = true;
	g->changed[1] = true;
	g->sweep = true;
}

static uint32_t
bytes_of(const struct venue_say *say, int stream, const struct instrument *row)
{
	char memory[LIMIT_topic_bytes];
	struct text out = text_init(memory, sizeof memory);

	if (!say_topic(say, stream, row, &out))
		return 0;
	return (uint32_t)out.count + 3; /* two quotes and a comma */
}

static bool
has_room(const struct plan_group *g, const struct venue_say *say, uint32_t bytes, int quarters)
{
	uint32_t topics_max = (uint32_t)say->topics_per_link_max * (uint32_t)quarters / 4;
	uint32_t bytes_max = (uint32_t)say->topic_bytes_per_link_max * (uint32_t)quarters / 4;

	return g->topic_count < topics_max &&
	       (bytes_max == 0 || g->topic_bytes + bytes <= bytes_max);
}

_Static_assert(PLAN_GROUPS_MAX < 64, "numbers are bits of a word");

/* A group of this route with room; -1: none, and no new one. */
static int
group_for(struct plan *p, const struct plan_wish *wish, int route, uint32_t bytes, bool first)
{
	uint64_t numbers = 0; /* a bit for each that the venue uses */
	int unused = -1;

	for (int i = 0; i < PLAN_GROUPS_MAX; i++) {
		struct plan_group *g = &p->group[i];

		if (!g->used) {
			if (unused < 0)
				unused = i;
			continue;
		}
		if (g->place != wish->place)
			continue;
		numbers |= (uint64_t)1 << g->number;
		/* The first plan leaves a quarter free, later wishes use it. */
		if (g->route == route && has_room(g, wish->say, bytes, first ? 3 : 4))
			return i;
	}
	if (unused >= 0)
		p->group[unused] = (struct plan_group){
			.used = true, .place = wish->place, .route = (uint8_t)route,
			/* The lowest: who keeps something for each number sees few. */
			.number = (uint16_t)__builtin_ctzll(~numbers),
		};
	return unused;
}

static uint16_t *
cell_of(struct plan *p, uint8_t place, uint32_t instrument, int stream)
{
	return instrument == 0 ? &p->all[place][stream] : &p->of[instrument][stream];
}

static uint32_t
free_topic(struct plan *p)
{
	if (p->free_count > 0)
		for (uint32_t i = 1; i < p->topic_count; i++)
			if (!p->topic[i].used) {
				p->free_count--;
				return i;
			}
	return p->topic_count < p->topic_count_max ? p->topic_count++ : 0;
}

static bool
want(struct plan *p, const struct plan_wish *wish, uint32_t instrument, int stream, bool first)
{
	const struct instrument *row = instrument != 0 ? &wish->table->at[instrument] : NULL;
	uint16_t *cell = cell_of(p, wish->place, instrument, stream);
	uint32_t bytes, index;
	int group;

	if (*cell != 0) {
		struct topic *t = &p->topic[*cell];

		if (!t->wanted)
			touch(&p->group[t->group]);
		t->wanted = true;
		return true;
	}
	bytes = bytes_of(wish->say, stream, row);
	if (bytes == 0)
		return false;
	group = group_for(p, wish, wish->say->stream[stream].route, bytes, first);
	index = group >= 0 ? free_topic(p) : 0;
	if (index == 0) {
		p->refused_count++;
		return false;
	}
	p->topic[index] = (struct topic){
		.instrument = instrument, .group = (uint16_t)group, .place = wish->place,
		.bytes = (uint16_t)bytes,
		.stream = (uint8_t)stream, .used = true, .wanted = true,
	};
	*cell = (uint16_t)index;
	p->group[group].topic_count++;
	p->group[group].topic_bytes += bytes;
	touch(&p->group[group]);
	return true;
}

static bool
is_for(const struct say_stream *s, const struct instrument *row)
{
	return !s->perpetual_only || row->kind != KIND_DATED;
}

/* All in one topic?  Where there is nothing else, or where it is cheaper. */
static bool
in_one(const struct plan_wish *wish, const struct say_stream *s)
{
	if (s->all == NULL || wish->watched_count == 0)
		return false;
	if (s->each == NULL)
		return true;
	return !s->live_top && s->all_percent > 0 &&
	       (uint64_t)wish->watched_count * 100 >=
	       (uint64_t)wish->instrument_count * s->all_percent;
}

static bool
stream_wanted(struct plan *p, const struct plan_wish *wish, int stream, bool first)
{
	const struct say_stream *s = &wish->say->stream[stream];
	bool all = in_one(wish, s), fits = true;

	if (!all && s->each != NULL)
		for (uint32_t i = 0; i < wish->watched_count; i++) {
			if (!is_for(s, &wish->table->at[wish->watched[i]]))
				continue;
			if (s->live_top && !wish->live_top[i])
				all = s->all != NULL; /* the rest comes together */
			else
				fits &= want(p, wish, wish->watched[i], stream, first);
		}
	return (!all || want(p, wish, 0, stream, first)) && fits;
}

bool
plan_venue(struct plan *p, const struct plan_wish *wish)
{
	bool first = true, fits = true;

	ASSERT(wish->place < PLAN_PLACES_MAX);
	ASSERT(wish->say->stream_count <= SAY_STREAMS_MAX);
	for (uint32_t i = 1; i < p->topic_count; i++)
		if (p->topic[i].used && p->topic[i].place == wish->place) {
			p->topic[i].wanted = false;
			first = false;
		}
	for (int stream = 0; stream < wish->say->stream_count; stream++)
		fits &= stream_wanted(p, wish, stream, first);
	for (uint32_t i = 1; i < p->topic_count; i++) {
		const struct topic *t = &p->topic[i];

		if (t->used && t->place == wish->place && !t->wanted)
			touch(&p->group[t->group]);
	}
	return fits;
}

static bool
is_off(const struct topic *t, int side)
{
	return t->state[side] == TOPIC_OFF || t->state[side] == TOPIC_REFUSED;
}

static void
release(struct plan *p, struct topic *t)
{
	struct plan_group *g = &p->group[t->group];

	ASSERT(g->topic_count > 0);
	ASSERT(g->topic_bytes >= t->bytes);
	*cell_of(p, t->place, t->instrument, t->stream) = 0;
	g->topic_count--;
	g->topic_bytes -= t->bytes;
	*t = (struct topic){ 0 };
	p->free_count++;
}

void
plan_sweep(struct plan *p, uint16_t group)
{
	bool waits = false;

	if (!p->group[group].sweep)
		return;
	for (uint32_t i = 1; i < p->topic_count; i++) {
		struct topic *t = &p->topic[i];

		if (!t->used || t->group != group || t->wanted)
			continue;
		if (is_off(t, 0) && is_off(t, 1))
			release(p, t);
		else
			waits = true;
	}
	p->group[group].sweep = waits;
}

uint32_t
plan_topic(const struct plan *p, const struct venue_say *say, uint8_t place,
           uint32_t instrument, unsigned event_kind)
{
	if (instrument > p->instrument_count_max)
		return 0;
	for (int s = 0; s < say->stream_count; s++) {
		if ((say->stream[s].carries & SAY_CARRIES(event_kind)) == 0)
			continue;
		if (instrument != 0 && p->of[instrument][s] != 0)
			return p->of[instrument][s];
		if (p->all[place][s] != 0)
			return p->all[place][s];
	}
	return 0;
}
