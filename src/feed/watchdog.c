/* watchdog.c - streams that were acknowledged and give nothing.
 *
 * Why    Binance acknowledges a stream on the wrong route and never sends it; a venue may
 *        forget one stream of a thousand.  Zero trades is a fault, not calm.
 * Does   First silence: subscribe that stream anew.  Again: bring up another connection
 *        beside this one and move there.  Again: the same, after growing pauses.  When
 *        half of what a link carries by the clock is silent, it is the link.
 */
#include "feed/inside.h"

static const int64_t limit_max_ns = 3600 * SECONDS;
static const int64_t patience_ns = 15 * SECONDS;

int64_t
watchdog_limit_ns(const struct say_stream *stream, bool all, uint32_t slots,
                  double volume_usd, int64_t quiet_max_ns)
{
	const int64_t least_ns = stream->quiet_ms * MS;
	int64_t limit_ns = limit_max_ns + 1;
	int k = __builtin_popcount(slots >> 1);

	if (stream->quiet_ms == 0)
		return 0;
	if (stream->steady || all) {
		limit_ns = least_ns;
	} else {
		if (k >= 4)
			limit_ns = (6 + 32 * (31 - k) / k) * WATCHDOG_SLICE_NS;
		if (volume_usd > 0 && 2.6e10 / volume_usd < (double)limit_ns / 1e9)
			limit_ns = (int64_t)(2.6e10 / volume_usd * 1e9);
		if (limit_ns > limit_max_ns)
			return 0;
		if (limit_ns < least_ns)
			limit_ns = least_ns;
	}
	if (quiet_max_ns > 0 && limit_ns > quiet_max_ns)
		limit_ns = quiet_max_ns;
	return limit_ns;
}

void
watchdog_heard(struct feed *f, struct topic *t)
{
	int64_t now_ns = f->loop->now.mono_ns, slot = now_ns / WATCHDOG_SLICE_NS;

	if (slot != t->slot) {
		t->slots = slot - t->slot < 32 ? t->slots << (slot - t->slot) : 0;
		t->slot = slot;
	}
	t->slots |= 1;
	t->data_ns = now_ns;
	t->fault_count = 0;
}

bool
watchdog_is_carried(const struct feed *f, const struct place *p, uint32_t carries)
{
	for (uint32_t i = 1; i < f->plan.topic_count; i++) {
		const struct topic *t = &f->plan.topic[i];
		const struct group *g = &f->group[t->group];

		if (t->used && t->wanted && t->place == p->index && t->fault_count == 0 &&
		    (p->say->stream[t->stream].carries & carries) != 0 &&
		    g->link[g->active].state == LINK_LIVE && t->state[g->active] == TOPIC_ON)
			return true;
	}
	return false;
}

/* Later than its limit?  0: no. */
static int64_t
silent_ns(const struct feed *f, const struct place *p, const struct topic *t, int side)
{
	double volume = t->instrument != 0 ? (double)f->volume_usd[t->instrument] : 0;
	int64_t limit_ns = watchdog_limit_ns(&p->say->stream[t->stream], t->instrument == 0,
	                                     t->slots, volume, f->quiet_max_ns);
	int64_t since_ns = t->data_ns > t->on_ns[side] ? t->data_ns : t->on_ns[side];

	if (limit_ns == 0)
		return 0;
	since_ns = f->loop->now.mono_ns - since_ns;
	return since_ns > limit_ns ? since_ns : 0;
}

static void
tell(struct feed *f, struct place *p, const struct link *l, struct slice what, int64_t ns)
{
	feed_record(f, p, TAPE_LINK, link_number(l), SLICE("silent"), what);
	log_begin(f->log, f->loop->now.wall_ns, LOG_WARN, "stream silent");
	log_text(f->log, "venue", slice_str(p->venue->name));
	log_int(f->log, "link", link_number(l));
	log_text(f->log, "stream", what);
	log_int(f->log, "silent_ms", ns / MS);
	log_end(f->log);
}

/* The next judgement: after a resubscription soon, then later and later. */
static void
be_patient(const struct feed *f, struct topic *t)
{
	int64_t now_ns = f->loop->now.mono_ns;

	if (t->fault_count < UINT8_MAX)
		t->fault_count++;
	t->patient_ns = now_ns + (t->fault_count == 1 ? patience_ns
	                        : (60 * SECONDS) << (t->fault_count < 6 ? t->fault_count - 2 : 4));
}

static void
fault(struct feed *f, struct place *p, uint16_t group, struct topic *t, int64_t ns)
{
	struct group *g = &f->group[group];
	char memory[LIMIT_topic_bytes];
	struct text out = text_init(memory, sizeof memory);

	say_topic(p->say, t->stream,
	          t->instrument != 0 ? &f->table->at[t->instrument] : NULL, &out);
	be_patient(f, t);
	tell(f, p, &g->link[g->active], text_slice(&out), ns);
	if (t->fault_count > 1) {
		group_replace(f, group, "silent stream");
		return;
	}
	t->again[g->active] = AGAIN_LEAVE;
	f->plan.group[group].changed[g->active] = true;
	feed_wake(f);
}

/* Half of what the clock should bring is not there: not the streams, the link. */
static void
fault_of_link(struct feed *f, struct place *p, uint16_t group, uint32_t silent)
{
	struct group *g = &f->group[group];
	char memory[48];
	struct text out = text_init(memory, sizeof memory);

	text_format(&out, "%u of its streams", silent);
	tell(f, p, &g->link[g->active], text_slice(&out), 0);
	group_replace(f, group, "silent streams");
}

static bool
is_judged(const struct topic *t, uint16_t group, int side)
{
	return t->used && t->group == group && t->wanted && t->state[side] == TOPIC_ON;
}

static void
look_at(struct feed *f, uint16_t group)
{
	struct place *p = feed_place_of(f, group);
	struct group *g = &f->group[group];
	int side = g->active;
	uint32_t steady = 0, steady_silent = 0, due = 0;
	int64_t now_ns = f->loop->now.mono_ns;
	bool of_link;

	g->silent_count = 0;
	if (g->link[side].state != LINK_LIVE)
		return;
	for (uint32_t i = 1; i < f->plan.topic_count; i++) {
		const struct topic *t = &f->plan.topic[i];
		bool is_steady = is_judged(t, group, side) && p->say->stream[t->stream].steady;

		steady += is_steady;
		if (!is_judged(t, group, side) || silent_ns(f, p, t, side) == 0)
			continue;
		g->silent_count++;
		steady_silent += is_steady;
		due += now_ns >= t->patient_ns;
	}
	if (due == 0)
		return;
	of_link = steady >= 4 && steady_silent * 2 > steady;
	if (of_link)
		fault_of_link(f, p, group, g->silent_count);
	for (uint32_t i = 1; i < f->plan.topic_count; i++) {
		struct topic *t = &f->plan.topic[i];
		int64_t ns;

		if (!is_judged(t, group, side) || now_ns < t->patient_ns)
			continue;
		ns = silent_ns(f, p, t, side);
		if (ns == 0)
			continue;
		if (of_link)
			be_patient(f, t);
		else
			fault(f, p, group, t, ns);
	}
}

void
watchdog_round(struct feed *f)
{
	for (int group = 0; group < PLAN_GROUPS_MAX; group++)
		if (f->plan.group[group].used)
			look_at(f, (uint16_t)group);
}
