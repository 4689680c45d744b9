/* Goal: a turn serves what is ready in a fixed order, a bounded amount of it, and
 * nobody who was forgotten; timers are neither early nor lost.
 * Method: pipes and short deadlines on the real kernel, turn by turn. */
#include "sys/loop.h"
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum { PIPES = 80, WATCHERS = 100, TIMERS = 400 };

static const int64_t ms = 1000000;

static _Alignas(64) char memory[1 << 18];
static struct loop l;

static void
begin(void)
{
	struct arena boot;

	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	CHECK(loop_open(&l, &boot, WATCHERS, TIMERS) == ERR_NONE);
}

struct end {
	int fd[2];
	uint64_t handle;
	int called;
	unsigned ready;
	int at;        /* position in the order of service */
	bool forgets;  /* itself */
	struct end *forgets_other;
	struct end *watches; /* in the place that became free */
	bool reads;
};

static int service;
static struct now last_now;

static void
on_ready(void *context, unsigned ready, struct now now)
{
	struct end *e = context;
	char byte;

	e->called++;
	e->ready = ready;
	e->at = service++;
	last_now = now;
	if (e->reads)
		(void)!read(e->fd[0], &byte, 1);
	if (e->forgets)
		loop_forget(&l, e->handle);
	if (e->forgets_other != NULL)
		loop_forget(&l, e->forgets_other->handle);
	if (e->watches != NULL)
		CHECK(loop_watch(&l, e->watches->fd[0], LOOP_READ, "end", on_ready,
		                 e->watches, &e->watches->handle) == ERR_NONE);
}

static struct end
pipe_end(void)
{
	struct end e = { .handle = 0 };

	CHECK(pipe2(e.fd, O_NONBLOCK | O_CLOEXEC) == 0);
	return e;
}

static void
watch(struct end *e, unsigned want)
{
	CHECK(loop_watch(&l, e->fd[0], want, "end", on_ready, e, &e->handle) == ERR_NONE);
	CHECK(e->handle != 0);
}

static void
close_end(struct end *e)
{
	loop_forget(&l, e->handle);
	close(e->fd[0]);
	if (e->fd[1] >= 0)
		close(e->fd[1]);
}

static void
put_byte(struct end *e)
{
	CHECK(write(e->fd[1], "x", 1) == 1);
}

static void
what_stays_unread_comes_again(void)
{
	struct end e = pipe_end();

	begin();
	watch(&e, LOOP_READ);
	CHECK(loop_turn(&l, 0) == ERR_NONE);
	CHECK(e.called == 0);
	put_byte(&e);
	CHECK(loop_turn(&l, 1000 * ms) == ERR_NONE);
	CHECK(loop_turn(&l, 1000 * ms) == ERR_NONE);
	CHECK(e.called == 2);
	CHECK(e.ready == LOOP_READ);
	e.reads = true;
	CHECK(loop_turn(&l, 1000 * ms) == ERR_NONE);
	CHECK(loop_turn(&l, 0) == ERR_NONE);
	CHECK(e.called == 3);
	/* The other side goes: told as something to read, which says the end. */
	close(e.fd[1]);
	e.fd[1] = -1;
	CHECK(loop_turn(&l, 1000 * ms) == ERR_NONE);
	CHECK(e.called == 4);
	CHECK(e.ready & LOOP_HANGUP);
	CHECK(e.ready & LOOP_READ);
	close_end(&e);
	CHECK(loop_turn(&l, 0) == ERR_NONE);
	CHECK(e.called == 4);
	CHECK(l.watcher_count == 0);
	CHECK(l.stats.turn_count == 7);
	loop_close(&l);
}

static void
the_want_can_change(void)
{
	struct end e = pipe_end();
	uint64_t handle;

	begin();
	CHECK(loop_watch(&l, e.fd[1], 0, "end", on_ready, &e, &handle) == ERR_NONE);
	loop_turn(&l, 0);
	CHECK(e.called == 0);
	CHECK(loop_want(&l, handle, LOOP_WRITE) == ERR_NONE);
	loop_turn(&l, 0);
	CHECK(e.called == 1);
	CHECK(e.ready == LOOP_WRITE);
	CHECK(loop_want(&l, handle, 0) == ERR_NONE);
	loop_turn(&l, 0);
	CHECK(e.called == 1);
	loop_forget(&l, handle);
	CHECK(loop_want(&l, handle, LOOP_WRITE) == ERR_NOT_FOUND);
	loop_forget(&l, handle);
	CHECK(loop_want(&l, 0, LOOP_WRITE) == ERR_NOT_FOUND);
	CHECK(loop_want(&l, UINT64_MAX, LOOP_WRITE) == ERR_NOT_FOUND);
	close_end(&e);
	loop_close(&l);
}

static void
ready_ones_are_served_in_the_order_of_watching_and_all_in_time(void)
{
	static struct end e[PIPES];
	int wrong = 0;

	begin();
	for (int i = 0; i < PIPES; i++) {
		e[i] = pipe_end();
		e[i].reads = true;
		watch(&e[i], LOOP_READ);
	}
	/* woken in another order */
	for (int i = 0; i < PIPES; i++)
		put_byte(&e[i * 37 % PIPES]);
	service = 0;
	CHECK(loop_turn(&l, 1000 * ms) == ERR_NONE);
	CHECK(service == LOOP_READY_MAX); /* bounded */
	for (int i = 0, before = -1; i < PIPES; i++) {
		if (e[i].called == 0)
			continue;
		wrong += e[i].at <= before;
		before = e[i].at;
	}
	CHECK(wrong == 0);
	CHECK(loop_turn(&l, 1000 * ms) == ERR_NONE); /* and the rest next */
	for (int i = 0; i < PIPES; i++) {
		wrong += e[i].called != 1;
		close_end(&e[i]);
	}
	CHECK(wrong == 0);
	loop_close(&l);
}

static void
the_forgotten_are_not_called_in_the_same_turn(void)
{
	struct end a = pipe_end(), b = pipe_end(), c = pipe_end();

	begin();
	watch(&a, LOOP_READ);
	watch(&b, LOOP_READ);
	a.forgets = true;
	a.forgets_other = &b;
	a.watches = &c;
	put_byte(&a);
	put_byte(&b);
	loop_turn(&l, 1000 * ms);
	CHECK(a.called == 1);
	CHECK(b.called == 0);
	/* The new one took the place, not the pending event, of the old. */
	CHECK((uint32_t)c.handle == (uint32_t)b.handle);
	CHECK(c.handle != b.handle);
	CHECK(c.called == 0);
	loop_turn(&l, 0);
	CHECK(c.called == 0);
	CHECK(l.watcher_count == 1);
	close_end(&a);
	close_end(&b);
	close_end(&c);
	loop_close(&l);
}

static void
what_cannot_be_watched_is_refused(void)
{
	struct end e = pipe_end();
	uint64_t handle[WATCHERS + 1];
	int fd = open("/proc/self/exe", O_RDONLY), dup_fd[WATCHERS + 1];

	begin();
	CHECK(loop_watch(&l, fd, LOOP_READ, "file", on_ready, &e, &handle[0]) == ERR_PERMISSION);
	CHECK(handle[0] == 0);
	CHECK(loop_watch(&l, -1, LOOP_READ, "none", on_ready, &e, &handle[0]) == ERR_IO);
	close(fd);
	CHECK(loop_watch(&l, fd, LOOP_READ, "closed", on_ready, &e, &handle[0]) == ERR_IO);
	CHECK(l.watcher_count == 0);
	for (int i = 0; i <= WATCHERS; i++) {
		dup_fd[i] = dup(e.fd[0]);
		CHECK(loop_watch(&l, dup_fd[i], LOOP_READ, "end", on_ready, &e, &handle[i]) ==
		      (i < WATCHERS ? ERR_NONE : ERR_FULL));
	}
	CHECK(l.stats.refused_count == 1);
	/* One that closed itself: forgetting it is harmless. */
	close(dup_fd[0]);
	loop_forget(&l, handle[0]);
	CHECK(l.watcher_count == WATCHERS - 1);
	for (int i = 1; i <= WATCHERS; i++) {
		loop_forget(&l, handle[i]);
		close(dup_fd[i]);
	}
	close_end(&e);
	loop_close(&l);
}

static int fired;
static int64_t fired_at_ns;

static void
on_timer(void *context, struct now now)
{
	(void)context;
	fired++;
	fired_at_ns = now.mono_ns;
}

static void
timers_wake_the_loop_and_never_early(void)
{
	int64_t begun_ns;
	struct end e = pipe_end();

	begin();
	fired = 0;
	begun_ns = clock_mono_ns();
	timer_set(&l.timers, begun_ns + 5 * ms, "t", on_timer, NULL);
	while (fired == 0)
		CHECK(loop_turn(&l, 10000 * ms) == ERR_NONE);
	CHECK(fired_at_ns >= begun_ns + 5 * ms);
	CHECK(l.stats.turn_count < 5); /* waited, did not spin */
	/* One reading of the clock serves a whole turn. */
	watch(&e, LOOP_READ);
	put_byte(&e);
	timer_set(&l.timers, 0, "t", on_timer, NULL);
	CHECK(loop_turn(&l, 1000 * ms) == ERR_NONE);
	CHECK(fired == 2);
	CHECK(e.called == 1);
	CHECK(fired_at_ns == last_now.mono_ns);
	CHECK(l.now.mono_ns == last_now.mono_ns);
	/* Many at once are spread over turns. */
	for (int i = 0; i < 300; i++)
		CHECK(timer_set(&l.timers, 0, "t", on_timer, NULL) != 0);
	loop_turn(&l, 0);
	CHECK(fired == 2 + LOOP_TIMERS_MAX);
	loop_turn(&l, 1000 * ms);
	CHECK(fired == 302);
	close_end(&e);
	loop_close(&l);
}

static void
on_slow(void *context, struct now now)
{
	int64_t until_ns = now.mono_ns + *(int64_t *)context;

	while (clock_mono_ns() < until_ns)
		;
}

static void
the_culprit_of_a_long_turn_has_a_name(void)
{
	int64_t slow_ns = LOOP_SLOW_NS + 5 * ms, fast_ns = ms / 100;

	begin();
	/* A busy machine may make an innocent one look slow, but not always. */
	for (int tries = 0; tries < 20; tries++) {
		loop_stats_reset(&l);
		timer_set(&l.timers, 0, "innocent", on_slow, &fast_ns);
		timer_set(&l.timers, 0, "culprit", on_slow, &slow_ns);
		timer_set(&l.timers, 0, "innocent", on_slow, &fast_ns);
		loop_turn(&l, 0);
		if (strcmp(l.stats.call_max_name, "culprit") == 0)
			break;
	}
	CHECK(l.stats.slow_count >= 1);
	CHECK_TEXT(l.stats.call_max_name, "culprit");
	CHECK(l.stats.call_max_ns > LOOP_SLOW_NS);
	CHECK(l.stats.turn_max_ns >= l.stats.call_max_ns);
	loop_stats_reset(&l);
	CHECK(l.stats.call_max_ns == 0);
	CHECK(l.stats.turn_max_ns == 0);
	CHECK(l.stats.slow_count >= 1);
	loop_close(&l);
}

static volatile sig_atomic_t alarm_count;

static void
on_alarm(int number)
{
	(void)number;
	alarm_count++;
}

/* Waits again and again until it was interrupted three times; on a loaded machine that
 * takes as long as it takes, but not for ever. */
static void
stop_after_alarms(void *context, struct now now)
{
	int *tries = context;

	if (alarm_count >= 3 || ++*tries == 2000)
		loop_stop(&l);
	else
		timer_set(&l.timers, now.mono_ns + ms, "again", stop_after_alarms, tries);
}

static void
it_runs_until_it_is_stopped_also_through_interruptions(void)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	int tries = 0;

	begin();
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	timer_set(&l.timers, clock_mono_ns() + ms, "again", stop_after_alarms, &tries);
	CHECK(loop_run(&l) == ERR_NONE);
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(alarm_count >= 3); /* it was interrupted, and went on */
	CHECK(l.stats.turn_count >= 1);
	loop_close(&l);
	CHECK(loop_turn(&l, 0) == ERR_IO); /* closed: says so, does not hang */
}

static void
without_descriptors_or_memory_opening_fails(void)
{
	struct rlimit before, none;
	struct arena boot;
	struct end e = pipe_end();

	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none = (struct rlimit){ 0, before.rlim_max };
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(loop_open(&l, &boot, 4, 4) == ERR_UNAVAILABLE);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	loop_close(&l);

	arena_init(&boot, memory, 64);
	CHECK(loop_open(&l, &boot, WATCHERS, TIMERS) == ERR_NONE);
	CHECK(loop_watch(&l, e.fd[0], LOOP_READ, "end", on_ready, &e, &e.handle) == ERR_FULL);
	CHECK(timer_set(&l.timers, 0, "t", on_timer, NULL) == 0);
	CHECK(loop_turn(&l, 0) == ERR_NONE);
	close_end(&e);
	loop_close(&l);
}

int
main(void)
{
	what_stays_unread_comes_again();
	the_want_can_change();
	ready_ones_are_served_in_the_order_of_watching_and_all_in_time();
	the_forgotten_are_not_called_in_the_same_turn();
	what_cannot_be_watched_is_refused();
	timers_wake_the_loop_and_never_early();
	the_culprit_of_a_long_turn_has_a_name();
	it_runs_until_it_is_stopped_also_through_interruptions();
	without_descriptors_or_memory_opening_fails();
	return CHECK_END("sys/loop");
}
