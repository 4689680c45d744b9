/* poll.c - what is asked when: the rhythm of each request of a venue's table.
 *
 * One ask of a row is in the queue at a time.  A row that is asked for each instrument
 * walks round the watched ones, its steps spread evenly over its period; what the budget
 * does not allow stretches the round, and is not made up for.
 */
#include "feed/inside.h"
#include "base/check.h"

/* The statistics of a period come a little after its end. */
static const int64_t settle_ns = 20 * SECONDS;

static bool
has_rest(const struct place *p)
{
	for (uint32_t i = 0; i < p->watched_count; i++)
		if (!p->live_top[i])
			return true;
	return false;
}

static bool
is_wanted(struct feed *f, struct place *p, const struct say_ask *say, const struct poll *poll)
{
	if (say->asked == ASK_INSTRUMENTS)
		return true;
	if (say->when == WHEN_RANK && f->ranking)
		return p->known && !p->ranked;
	if (!p->planned || p->watched_count == 0)
		return false;
	switch ((enum say_when)say->when) {
	case WHEN_ALWAYS:
		return true;
	case WHEN_SILENT:
	case WHEN_RANK:
		return !watchdog_is_carried(f, p, say->instead);
	case WHEN_REST:
		return has_rest(p);
	case WHEN_START:
		return f->backfill && !poll->done;
	default:
		return false;
	}
}

/* The next instrument of a history that was not asked for yet; 0: all were. */
static uint32_t
next_history(struct feed *f, struct place *p, int row)
{
	for (uint32_t i = 0; i < p->watched_count; i++) {
		uint32_t instrument = p->watched[i];
		const struct say_ask *say = &p->say->ask[row];

		if ((f->history[instrument] >> row & 1) != 0)
			continue;
		f->history[instrument] |= (uint16_t)(1u << row);
		if (!say->perpetual_only || f->table->at[instrument].kind != KIND_DATED)
			return instrument;
	}
	return 0;
}

/* The next of the round; 0: the round is over. */
static uint32_t
next_of_round(const struct feed *f, const struct place *p, const struct say_ask *say,
              struct poll *poll)
{
	while (poll->cursor < p->watched_count) {
		uint32_t instrument = p->watched[poll->cursor++];

		if (!say->perpetual_only || f->table->at[instrument].kind != KIND_DATED)
			return instrument;
	}
	poll->cursor = 0;
	return 0;
}

/* The begin of the next period of the wall clock, and a little more, as monotonic time:
 * statistics of five minutes are made every five minutes. */
static int64_t
next_period_ns(const struct feed *f, int64_t period_ns)
{
	int64_t wall_ns = f->loop->now.wall_ns;

	return f->loop->now.mono_ns + period_ns - wall_ns % period_ns + settle_ns;
}

/* Between two of a round.  What is made every five minutes is wanted soon after it was
 * made; what changes all the time is spread over its period. */
static int64_t
step_ns(const struct place *p, const struct say_ask *say)
{
	int64_t even_ns = say->period_s * SECONDS / (p->watched_count + 1);

	if (say->period_s < 300)
		return even_ns;
	return even_ns / 2 < 3 * SECONDS ? even_ns / 2 : 3 * SECONDS;
}

static void
turn(struct feed *f, struct place *p, int row)
{
	const struct say_ask *say = &p->say->ask[row];
	struct poll *poll = &p->poll[row];
	int64_t now_ns = f->loop->now.mono_ns, period_ns = say->period_s * SECONDS;
	uint32_t instrument = 0;

	if (say->when == WHEN_START) {
		instrument = next_history(f, p, row);
		poll->done = instrument == 0;
		if (poll->done)
			return;
	} else if (say->each) {
		instrument = next_of_round(f, p, say, poll);
		if (instrument == 0) {
			poll->next_ns = say->period_s >= 300 ? next_period_ns(f, period_ns)
			                                     : now_ns + step_ns(p, say);
			return;
		}
		poll->next_ns = now_ns + step_ns(p, say);
	} else {
		poll->next_ns = now_ns + period_ns;
	}
	poll->queued = rest_ask(f, p, say, instrument) != NULL;
	if (!poll->queued && say->when == WHEN_START)
		f->history[instrument] &= (uint16_t)~(1u << row);
	if (!poll->queued)
		poll->next_ns = now_ns + SECONDS;
}

void
poll_tick(struct feed *f, struct place *p)
{
	int64_t now_ns = f->loop->now.mono_ns;

	ASSERT(p->say->ask_count <= POLLS_MAX);
	for (int row = 0; row < p->say->ask_count; row++) {
		struct poll *poll = &p->poll[row];

		if (poll->queued || poll->next_ns > now_ns)
			continue;
		if (is_wanted(f, p, &p->say->ask[row], poll))
			turn(f, p, row);
		else
			poll->next_ns = now_ns + SECONDS;
	}
}

int64_t
poll_next_ns(const struct place *p)
{
	int64_t next_ns = INT64_MAX;

	for (int row = 0; row < p->say->ask_count; row++)
		if (!p->poll[row].queued && p->poll[row].next_ns < next_ns)
			next_ns = p->poll[row].next_ns;
	return next_ns;
}

void
poll_done(struct feed *f, struct place *p, const struct ask *a, bool ok)
{
	int64_t now_ns = f->loop->now.mono_ns;

	for (int row = 0; row < p->say->ask_count; row++) {
		if (&p->say->ask[row] != a->say)
			continue;
		p->poll[row].queued = false;
		/* Without metadata there is nothing: it is asked for for ever. */
		if (a->say->asked == ASK_INSTRUMENTS && !ok)
			p->poll[row].next_ns = now_ns + backoff_ns(p->metadata_tries,
			        f->backoff_min_ns, f->backoff_max_ns, &f->chance);
	}
}
