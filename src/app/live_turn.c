/* live_turn.c - turns the loop, at the pace of what comes, until it is told to end.
 *
 * Waking costs thirty times the work of a message.  So when more than BUSY_TURNS_S wakings
 * a second happened, the loop waits TICK_NS between its turns and takes in one what came
 * meanwhile; below CALM_FRAMES_S messages a second it goes back to taking each at once.
 * A turn that had much to read is followed by the next without a pause.
 */
#include "app/live.h"
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#define SECOND_NS ((int64_t)1000000000)
static const int64_t tick_ns = 5000000;
static const int64_t measure_ns = SECOND_NS / 4;
static const int64_t goodbye_ns = SECOND_NS;
enum { BUSY_TURNS_S = 1000, CALM_FRAMES_S = 700, MUCH_BYTES = 32768, MEASURES_S = 4 };

/* --- pace -------------------------------------------------------------------------------- */

static void
measure(struct live *l)
{
	struct live_pace *p = &l->pace;
	uint64_t turns = l->loop.stats.turn_count - p->turns;
	uint64_t frames = l->pipeline.count.frames - p->frames;

	if (!p->busy && turns > BUSY_TURNS_S / MEASURES_S)
		p->busy = true;
	else if (p->busy && frames < CALM_FRAMES_S / MEASURES_S)
		p->busy = false;
	p->turns = l->loop.stats.turn_count;
	p->frames = l->pipeline.count.frames;
	p->since_ns = l->loop.now.mono_ns;
}

static void
rest(struct live *l)
{
	struct live_pace *p = &l->pace;
	uint64_t bytes = net_stats(l->net)->bytes_in;
	bool much = bytes - p->bytes_before > MUCH_BYTES;
	int64_t wait_ns = p->tick_ns > 0 ? p->tick_ns : tick_ns;
	struct timespec t = { wait_ns / SECOND_NS, wait_ns % SECOND_NS };

	p->bytes_before = bytes;
	if (l->loop.now.mono_ns - p->since_ns >= measure_ns)
		measure(l);
	if (!much && (p->tick_ns > 0 || p->busy))
		nanosleep(&t, NULL);
}

/* --- once a second -------------------------------------------------------------------------- */

static void
tell_ready(struct live *l)
{
	if (l->ready_told || !feed_is_ready(l->feed))
		return;
	l->ready_told = true;
	log_begin(&l->log, l->loop.now.wall_ns, LOG_INFO, "ready");
	log_int(&l->log, "after_ms", (l->loop.now.wall_ns - l->started_ns) / 1000000);
	log_end(&l->log);
}

static void
on_second(void *context, struct now now)
{
	struct live *l = context;

	l->second_timer = timer_set(&l->loop.timers, now.mono_ns + SECOND_NS, "second", on_second,
	                            l);
	tally_tick(&l->tally, now.wall_ns);
	if (l->recording)
		recorder_tick(&l->recorder, now);
	log_tick(&l->log, now.wall_ns);
	tell_ready(l);
}

/* --- the end ----------------------------------------------------------------------------------- */

void
live_stop(struct live *l, const char *why)
{
	if (l->stopping) {
		loop_stop(&l->loop);
		return;
	}
	l->stopping = true;
	l->end_ns = l->loop.now.mono_ns + goodbye_ns;
	log_begin(&l->log, l->loop.now.wall_ns, LOG_INFO, "ending");
	log_text(&l->log, "why", slice_str(why));
	log_int(&l->log, "events", (int64_t)l->pipeline.count.events);
	log_end(&l->log);
	feed_close(l->feed);
}

void
live_on_signal(void *context, unsigned ready, struct now now)
{
	struct live *l = context;
	int number;

	(void)ready;
	(void)now;
	while ((number = signal_next(&l->signals)) != 0) {
		if (number == SIGHUP)
			live_reload(l);
		else if (number == SIGCHLD)
			/* As pid 1 of a container we inherit other people's children. */
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
		else
			live_stop(l, number == SIGTERM ? "SIGTERM" : "SIGINT");
	}
}

static bool
is_over(struct live *l)
{
	if (l->end_ns == 0 || l->loop.now.mono_ns < l->end_ns)
		return l->stopping && net_stats(l->net)->conn_count == 0;
	if (l->stopping)
		return true;
	live_stop(l, "the time given is over");
	return false;
}

enum err
live_turns(struct live *l)
{
	enum err err = ERR_NONE;

	l->pace.tick_ns = l->config.limits.tick_ms * 1000000;
	if (l->options.seconds > 0)
		l->end_ns = l->loop.now.mono_ns + (int64_t)(l->options.seconds * 1e9);
	tally_tick(&l->tally, l->loop.now.wall_ns);
	on_second(l, l->loop.now);
	while (!err && !l->loop.stopping && !is_over(l)) {
		err = loop_turn(&l->loop, SECOND_NS);
		rest(l);
	}
	return err;
}
