/* feed_status.c - the feed as people see it: links, venues, are we there yet?
 *
 * Reads only; changes nothing.
 */
#include "feed/inside.h"

static uint32_t
streams_on(const struct feed *f, uint16_t group, int side)
{
	uint32_t count = 0;

	for (uint32_t i = 1; i < f->plan.topic_count; i++) {
		const struct topic *t = &f->plan.topic[i];

		count += t->used && t->group == group && t->state[side] == TOPIC_ON;
	}
	return count;
}

bool
feed_link_status(const struct feed *f, int index, struct feed_link_status *out)
{
	for (int i = 0; i < PLAN_GROUPS_MAX; i++) {
		const struct group *g = &f->group[i];

		if (!f->plan.group[i].used)
			continue;
		for (int side = 0; side < 2; side++) {
			const struct link *l = &g->link[side];

			/* The other side is nothing to look at while it rests. */
			if ((side != g->active && l->state == LINK_IDLE) || index-- > 0)
				continue;
			*out = (struct feed_link_status){
				.venue = f->place[f->plan.group[i].place].venue->id,
				.link = link_number(l),
				.state = link_state_text((enum link_state)l->state),
				.reason = l->reason,
				.about = l->conn != NULL ? conn_about(l->conn) : "",
				.since_ns = l->entered_ns,
				.last_frame_ns = l->last_frame_ns,
				.stream_count = streams_on(f, (uint16_t)i, side),
				.silent_count = side == g->active ? g->silent_count : 0,
				.tries = l->tries,
				.restart_count = l->restart_count,
				.frame_count = l->frame_count,
				.byte_count = l->byte_count,
			};
			return true;
		}
	}
	return false;
}

static void
count_groups(const struct feed *f, const struct place *p, uint32_t *live, uint32_t *all)
{
	*live = *all = 0;
	for (int i = 0; i < PLAN_GROUPS_MAX; i++) {
		const struct plan_group *pg = &f->plan.group[i];

		if (!pg->used || pg->place != p->index || pg->topic_count == 0)
			continue;
		(*all)++;
		*live += f->group[i].link[f->group[i].active].state == LINK_LIVE;
	}
}

/* Why there is no data, in the words of whoever knows best: the venue, its REST host,
 * a link that is down. */
static const char *
trouble_of(const struct feed *f, const struct place *p)
{
	if (p->sentence[0] != '\0')
		return p->sentence;
	if (f->host[p->host].unreached[0] != '\0')
		return f->host[p->host].unreached;
	for (int i = 0; i < PLAN_GROUPS_MAX; i++) {
		const struct plan_group *pg = &f->plan.group[i];
		const struct link *l = &f->group[i].link[f->group[i].active];

		if (pg->used && pg->place == p->index && l->state == LINK_BACKOFF)
			return l->reason;
	}
	return "";
}

static bool
is_refused(const struct feed *f, const struct place *p)
{
	int64_t now_ns = f->loop->now.mono_ns;
	bool is_refusal = p->trouble == TROUBLE_PLACE || p->trouble == TROUBLE_WALL ||
	                  p->trouble == TROUBLE_BANNED;

	return is_refusal && (p->refused_until_ns > now_ns ||
	                      (!p->known && f->host[p->host].not_before_ns > now_ns));
}

bool
feed_venue_status(const struct feed *f, int index, struct feed_venue_status *out)
{
	const struct place *p;
	const struct budget *b;
	uint32_t live, all;

	if (index < 0 || index >= f->place_count)
		return false;
	p = &f->place[index];
	b = &f->budget[p->say->bucket[0].shared];
	count_groups(f, p, &live, &all);
	*out = (struct feed_venue_status){
		.venue = p->venue->id,
		.state = is_refused(f, p) ? "refused"
		       : !p->planned || (live == 0 && all > 0) ? "down"
		       : live < all ? "partly" : "up",
		.trouble = trouble_of(f, p),
		.doubt = selftest_text(p->selftest.doubts),
		.instrument_count = p->watched_count,
		.gap_count = p->gap_count,
		.filled_count = p->filled_count,
		.unfilled_count = p->unfilled_count,
		.weight_used = (uint32_t)budget_used(b, f->loop->now.wall_ns),
		.weight_max = (uint32_t)b->weight_max,
		.request_count = p->request_count,
		.request_failed_count = p->request_failed_count,
	};
	return true;
}

bool
feed_is_ready(const struct feed *f)
{
	for (int i = 0; i < f->place_count; i++) {
		const struct place *p = &f->place[i];
		uint32_t live, all;

		if (is_refused(f, p))
			continue;
		count_groups(f, p, &live, &all);
		if (!p->planned || live < all)
			return false;
	}
	return true;
}
