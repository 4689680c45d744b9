/* metadata.c - from a watch list and the venues' instruments to what is watched.
 *
 *   metadata of a venue ─> [tickers of all venues ─> ranks] ─> watched ─> plan
 *
 * Names need no ranks: such a venue is planned as soon as its metadata is there.  "top:N"
 * and "all" wait for the volumes of every venue, but not for long: a dead one is planned
 * when it comes, by the list that was made without it.
 */
#include "feed/inside.h"
#include <stdlib.h>

static const int64_t rank_max_ns = 20 * SECONDS;

/* --- who is watched --------------------------------------------------------------------- */

static int
by_number(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static uint32_t
watched_elsewhere(const struct feed *f, const struct place *p)
{
	uint32_t count = 0;

	for (int i = 0; i < f->place_count; i++)
		if (&f->place[i] != p)
			count += f->place[i].watched_count;
	return count;
}

/* The venue's instruments of the listed coins, in the order of the coins. */
static void
choose(struct feed *f, struct place *p)
{
	uint32_t elsewhere = watched_elsewhere(f, p), count = 0, most;

	most = f->instruments_max > elsewhere ? f->instruments_max - elsewhere : 0;
	p->instrument_count = 0;
	for (uint32_t i = 1; i < f->table->count; i++) {
		const struct instrument *row = &f->table->at[i];
		int32_t rank;

		if (!say_is_watchable(p->say, row))
			continue;
		p->instrument_count++;
		rank = coins_find(&f->coins, slice_str(row->coin));
		if (rank >= 0)
			f->order[count++] = (uint64_t)rank << 32 | i;
	}
	qsort(f->order, count, sizeof f->order[0], by_number);
	if (count > most) {
		log_begin(f->log, f->loop->now.wall_ns, LOG_WARN, "instruments left out");
		log_text(f->log, "venue", slice_str(p->venue->name));
		log_int(f->log, "count", count - most);
		log_int(f->log, "instruments_max", f->instruments_max);
		log_end(f->log);
		count = most;
	}
	for (uint32_t i = 0; i < count; i++) {
		p->watched[i] = (uint32_t)f->order[i];
		p->live_top[i] = (f->order[i] >> 32) < f->top_live_coins;
	}
	p->watched_count = count;
}

void
metadata_plan(struct feed *f, struct place *p)
{
	struct plan_wish wish = { .say = p->say, .place = p->index, .table = f->table };
	bool used[PLAN_GROUPS_MAX];

	choose(f, p);
	wish.watched = p->watched;
	wish.live_top = p->live_top;
	wish.watched_count = p->watched_count;
	wish.instrument_count = p->instrument_count;
	for (int i = 0; i < PLAN_GROUPS_MAX; i++)
		used[i] = f->plan.group[i].used;
	if (!plan_venue(&f->plan, &wish)) {
		log_begin(f->log, f->loop->now.wall_ns, LOG_WARN, "streams left out");
		log_text(f->log, "venue", slice_str(p->venue->name));
		log_end(f->log);
	}
	for (int i = 0; i < PLAN_GROUPS_MAX; i++)
		if (f->plan.group[i].used && !used[i]) {
			f->group[i] = (struct group){ 0 };
			link_init(&f->group[i].link[0], f, (uint16_t)i, 0);
			link_init(&f->group[i].link[1], f, (uint16_t)i, 1);
		}
	p->planned = true;
	for (int row = 0; row < POLLS_MAX; row++) {
		p->poll[row].done = false;
		if (p->say->ask[row < p->say->ask_count ? row : 0].asked != ASK_INSTRUMENTS &&
		    p->poll[row].cursor > p->watched_count)
			p->poll[row].cursor = 0;
	}
	log_begin(f->log, f->loop->now.wall_ns, LOG_INFO, "plan");
	log_text(f->log, "venue", slice_str(p->venue->name));
	log_int(f->log, "instruments", p->watched_count);
	log_int(f->log, "of", p->instrument_count);
	log_end(f->log);
	feed_wake(f);
}

/* --- ranks --------------------------------------------------------------------------------- */

static void
rank_now(struct feed *f)
{
	struct text out = text_init(f->portion, f->portion_size);

	f->ranking = false;
	f->rank.count = 0;
	for (uint32_t i = 1; i < f->table->count; i++) {
		const struct instrument *row = &f->table->at[i];
		int place = f->place_of_venue[row->venue] - 1;

		if (place >= 0 && say_is_watchable(f->place[place].say, row))
			coins_weigh(&f->rank, slice_str(row->coin), (double)f->volume_usd[i]);
	}
	coins_rank(&f->coins, &f->rank);
	if (!f->coins.all) {
		coins_text(&f->coins, &out);
		if (!out.cut)
			feed_record(f, NULL, TAPE_WATCH, 0, slice_of("", 0), text_slice(&out));
	}
	for (int i = 0; i < f->place_count; i++)
		if (f->place[i].known)
			metadata_plan(f, &f->place[i]);
}

void
metadata_tick(struct feed *f)
{
	bool complete = true;

	if (!f->ranking)
		return;
	for (int i = 0; i < f->place_count; i++)
		complete &= f->place[i].ranked;
	if (complete || f->loop->now.mono_ns >= f->rank_until_ns)
		rank_now(f);
}

void
metadata_coins_changed(struct feed *f)
{
	if (f->coins.top > 0 || f->coins.all) {
		f->ranking = true;
		f->rank_until_ns = f->loop->now.mono_ns + rank_max_ns;
		for (int i = 0; i < f->place_count; i++) {
			f->place[i].ranked = say_ask_of(f->place[i].say, ASK_TICKERS) == NULL;
			for (int row = 0; row < f->place[i].say->ask_count; row++)
				if (f->place[i].say->ask[row].when == WHEN_RANK)
					f->place[i].poll[row].next_ns = 0;
		}
	} else {
		f->ranking = false;
		for (int i = 0; i < f->place_count; i++)
			if (f->place[i].known)
				metadata_plan(f, &f->place[i]);
	}
	feed_wake(f);
}

/* --- answers --------------------------------------------------------------------------------- */

void
metadata_done(struct feed *f, struct place *p, bool ok)
{
	if (ok) {
		p->metadata_tries = 0;
		p->known = true;
	} else {
		p->metadata_tries++;
		/* The table may know the venue from before: better than nothing. */
		for (uint32_t i = 1; i < f->table->count && p->metadata_tries >= 3; i++)
			p->known |= say_is_watchable(p->say, &f->table->at[i]);
	}
	if (p->known && !f->ranking)
		metadata_plan(f, p);
	for (int row = 0; row < p->say->ask_count && f->ranking; row++)
		if (p->say->ask[row].when == WHEN_RANK)
			p->poll[row].next_ns = 0;
}

void
metadata_ranked(struct feed *f, struct place *p)
{
	p->ranked = true;
	metadata_tick(f);
}
