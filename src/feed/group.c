/* group.c - the two sides of a group: one carries, the other replaces it.
 *
 *   side 0 live ──── age, notice, silence ───> side 1 comes up ─> both live ─> side 0 ends
 *
 * Both are subscribed for a while: what comes twice is dropped by ids behind the sink.
 * Nothing is lost, so the old one's end is told as "resubscribed", not as "down".
 */
#include "feed/inside.h"

static const int64_t overlap_ns = 5 * SECONDS;

static void
tell_replaced(struct feed *f, struct link *old, const struct link *by)
{
	char memory[40];
	struct text out = text_init(memory, sizeof memory);

	text_format(&out, "replaced by link %u", link_number(by));
	feed_record(f, feed_place_of(f, old->group), TAPE_LINK, link_number(old),
	            SLICE("resubscribed"), text_slice(&out));
}

void
group_replace(struct feed *f, uint16_t group, const char *why)
{
	struct group *g = &f->group[group];
	struct link *other = &g->link[!g->active];

	if (g->replacing || other->state != LINK_IDLE)
		return;
	g->replacing = true;
	g->both_live_ns = 0;
	other->restart_count = 0;
	other->tries = 0;
	other->frame_count = 0;
	log_begin(f->log, f->loop->now.wall_ns, LOG_INFO, "link replace");
	log_text(f->log, "venue", slice_str(feed_place_of(f, group)->venue->name));
	log_int(f->log, "link", link_number(&g->link[g->active]));
	log_int(f->log, "by", link_number(other));
	log_text(f->log, "reason", slice_str(why));
	log_end(f->log);
	link_start(other);
}

void
group_side_ended(struct feed *f, uint16_t group, uint8_t side)
{
	struct group *g = &f->group[group];
	struct link *ended = &g->link[side], *other = &g->link[!side];

	/* The old one went before it was let go: the new one carries now. */
	if (side == g->active && g->replacing) {
		g->active = !side;
		g->replacing = false;
		ended->resting = true;
		if (other->state == LINK_LIVE) {
			tell_replaced(f, ended, other);
			return;
		}
		/* What was said until the other is live is missing. */
		other->restart_count++;
	} else if (side != g->active) {
		/* The old one, let go after the overlap, or a new one that failed: the
		 * active side carries on. */
		return;
	}
	feed_record(f, feed_place_of(f, group), TAPE_LINK, link_number(ended), SLICE("down"),
	            slice_str(ended->reason));
}

static void
finish_replacing(struct feed *f, uint16_t group)
{
	struct group *g = &f->group[group];
	struct link *old = &g->link[g->active], *by = &g->link[!g->active];
	int64_t now_ns = f->loop->now.mono_ns;

	if (by->state != LINK_LIVE) {
		g->both_live_ns = 0;
		return;
	}
	if (g->both_live_ns == 0)
		g->both_live_ns = now_ns;
	if (now_ns - g->both_live_ns < overlap_ns && old->state == LINK_LIVE)
		return;
	g->active = !g->active;
	g->replacing = false;
	if (old->told_up)
		tell_replaced(f, old, by);
	link_end(old, "replaced", true);
}

void
group_tick(struct feed *f, uint16_t group)
{
	struct plan_group *pg = &f->plan.group[group];
	struct group *g = &f->group[group];
	struct link *l = &g->link[g->active];

	plan_sweep(&f->plan, group);
	if (f->closing || pg->topic_count == 0) {
		g->replacing = false;
		for (int side = 0; side < 2; side++)
			link_end(&g->link[side], f->closing ? "closing" : "nothing_wanted", true);
		if (g->link[0].state == LINK_IDLE && g->link[1].state == LINK_IDLE &&
		    pg->topic_count == 0)
			pg->used = false;
	} else {
		if (l->state == LINK_IDLE)
			link_start(l);
		if (l->state == LINK_LIVE && l->replace_ns > 0 &&
		    f->loop->now.mono_ns >= l->replace_ns)
			group_replace(f, group, "age");
		if (g->replacing)
			finish_replacing(f, group);
	}
	for (int side = 0; side < 2; side++)
		link_tick(&g->link[side]);
}
