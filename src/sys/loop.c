/* loop.c - epoll and the timers, one turn at a time; see the header.
 *
 * Limits The kernel wakes in milliseconds: a timer fires up to one late, never
 *        early.  The clock is read once a turn for all that thinks; the further
 *        readings only measure.
 */
#include "sys/loop.h"
#include "base/check.h"
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct loop_watcher {
	loop_call *call;
	void *context;
	const char *name;
	uint64_t order;      /* of being watched: the order of service */
	int fd;
	uint32_t generation;
	uint32_t next_free;  /* first free watcher + 1 */
	bool live;
};

enum err
loop_open(struct loop *l, struct arena *boot, uint32_t watcher_count_max,
          uint32_t timer_count_max)
{
	ASSERT(watcher_count_max > 0);
	memset(l, 0, sizeof *l);
	timer_init(&l->timers, boot, timer_count_max);
	l->watcher = arena_take(boot, "watchers", watcher_count_max, sizeof l->watcher[0]);
	l->watcher_count_max = l->watcher != NULL ? watcher_count_max : 0;
	for (uint32_t i = l->watcher_count_max; l->watcher != NULL && i > 0; i--) {
		l->watcher[i - 1].next_free = l->free;
		l->free = i;
	}
	l->now = clock_read(&l->clock);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return l->epoll_fd < 0 ? ERR_UNAVAILABLE : ERR_NONE;
}

void
loop_close(struct loop *l)
{
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	l->epoll_fd = -1;
}

static uint32_t
events_of(unsigned want)
{
	return ((want & LOOP_READ) ? EPOLLIN | EPOLLRDHUP : 0u) |
	       ((want & LOOP_WRITE) ? (uint32_t)EPOLLOUT : 0u);
}

/* An error wakes whoever waits: the next read or write says which it was. */
static unsigned
ready_of(uint32_t events)
{
	unsigned ready = 0;

	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		ready |= LOOP_READ;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		ready |= LOOP_WRITE;
	if (events & (EPOLLHUP | EPOLLERR))
		ready |= LOOP_HANGUP;
	return ready;
}

/* NULL: names no live watcher. */
static struct loop_watcher *
watcher_of(struct loop *l, uint64_t handle)
{
	uint32_t index = (uint32_t)handle, generation = (uint32_t)(handle >> 32);
	struct loop_watcher *w;

	if (index == 0 || index > l->watcher_count_max)
		return NULL;
	w = &l->watcher[index - 1];
	return w->live && w->generation == generation ? w : NULL;
}

static enum err
err_of_control(int error_number)
{
	switch (error_number) {
	case ENOSPC:
	case ENOMEM:
		return ERR_FULL;
	case EPERM:
		return ERR_PERMISSION;
	default:
		return ERR_IO;
	}
}

enum err
loop_watch(struct loop *l, int fd, unsigned want, const char *name, loop_call *call,
           void *context, uint64_t *handle_out)
{
	uint32_t index = l->free;
	struct epoll_event ask = { .events = events_of(want) };
	struct loop_watcher *w;

	ASSERT(call != NULL);
	ASSERT(name != NULL);
	*handle_out = 0;
	if (index == 0) {
		l->stats.refused_count++;
		return ERR_FULL;
	}
	w = &l->watcher[index - 1];
	ask.data.u64 = (uint64_t)(w->generation + 1) << 32 | index;
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ask) < 0)
		return err_of_control(errno);
	l->free = w->next_free;
	*w = (struct loop_watcher){
		.call = call,
		.context = context,
		.name = name,
		.order = l->stats.watch_count++,
		.fd = fd,
		.generation = w->generation + 1,
		.live = true,
	};
	l->watcher_count++;
	*handle_out = ask.data.u64;
	return ERR_NONE;
}

enum err
loop_want(struct loop *l, uint64_t handle, unsigned want)
{
	struct epoll_event ask = { .events = events_of(want), .data.u64 = handle };
	struct loop_watcher *w = watcher_of(l, handle);

	if (w == NULL)
		return ERR_NOT_FOUND;
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &ask) < 0)
		return err_of_control(errno);
	return ERR_NONE;
}

void
loop_forget(struct loop *l, uint64_t handle)
{
	struct loop_watcher *w = watcher_of(l, handle);

	if (w == NULL)
		return;
	/* It fails only for a descriptor that was closed already, which took
	 * itself out; either way nothing is left to do. */
	(void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	w->live = false;
	w->next_free = l->free;
	l->free = (uint32_t)(w - l->watcher) + 1;
	l->watcher_count--;
}

/* --- a turn ------------------------------------------------------------------- */

/* Closes the measurement of one callback that began at begun_ns; returns now. */
static int64_t
measure(struct loop *l, const char *name, int64_t begun_ns)
{
	int64_t ended_ns = clock_mono_ns(), took_ns = ended_ns - begun_ns;

	if (took_ns > LOOP_SLOW_NS)
		l->stats.slow_count++;
	if (took_ns > l->stats.call_max_ns) {
		l->stats.call_max_ns = took_ns;
		l->stats.call_max_name = name;
	}
	return ended_ns;
}

static int64_t
serve_timers(struct loop *l, int64_t at_ns)
{
	const char *name;

	timer_begin(&l->timers, l->now);
	for (int i = 0; i < LOOP_TIMERS_MAX; i++) {
		name = timer_step(&l->timers, l->now);
		if (name == NULL)
			break;
		at_ns = measure(l, name, at_ns);
	}
	timer_end(&l->timers);
	return at_ns;
}

static uint64_t
order_of(struct loop *l, const struct epoll_event *ev)
{
	const struct loop_watcher *w = watcher_of(l, ev->data.u64);

	return w == NULL ? UINT64_MAX : w->order;
}

/* By order of being watched.  Few and nearly sorted: insertion will do. */
static void
sort(struct loop *l, struct epoll_event *ready, int count)
{
	for (int i = 1; i < count; i++) {
		struct epoll_event one = ready[i];
		uint64_t order = order_of(l, &one);
		int at = i;

		for (; at > 0 && order_of(l, &ready[at - 1]) > order; at--)
			ready[at] = ready[at - 1];
		ready[at] = one;
	}
}

static int64_t
serve_ready(struct loop *l, struct epoll_event *ready, int count, int64_t at_ns)
{
	/* Sorted after the timers fired: some may be forgotten by now. */
	sort(l, ready, count);
	for (int i = 0; i < count; i++) {
		struct loop_watcher *w = watcher_of(l, ready[i].data.u64);
		const char *name;

		if (w == NULL)
			continue;
		name = w->name;
		w->call(w->context, ready_of(ready[i].events), l->now);
		at_ns = measure(l, name, at_ns);
	}
	return at_ns;
}

/* For epoll: whole milliseconds, rounded up so that it does not wake early and
 * spin until the deadline. */
static int
wait_ms(struct loop *l, int64_t wait_max_ns)
{
	/* Turns take time: what is due is told by the clock, not by the turn. */
	int64_t next_ns = timer_next_ns(&l->timers);
	int64_t wait_ns = wait_max_ns < 0 ? 0 : wait_max_ns;

	if (l->stopping)
		return 0;
	if (next_ns != INT64_MAX) {
		int64_t at_ns = clock_mono_ns();

		if (next_ns <= at_ns)
			wait_ns = 0;
		else if (next_ns - at_ns < wait_ns)
			wait_ns = next_ns - at_ns;
	}
	if (wait_ns > (int64_t)60000 * 1000000)
		wait_ns = (int64_t)60000 * 1000000;
	return (int)((wait_ns + 999999) / 1000000);
}

enum err
loop_turn(struct loop *l, int64_t wait_max_ns)
{
	struct epoll_event ready[LOOP_READY_MAX];
	int count = epoll_wait(l->epoll_fd, ready, LOOP_READY_MAX, wait_ms(l, wait_max_ns));
	int64_t at_ns;

	if (count < 0 && errno != EINTR)
		return ERR_IO;
	l->now = clock_read(&l->clock);
	at_ns = serve_timers(l, l->now.mono_ns);
	if (count > 0)
		at_ns = serve_ready(l, ready, count, at_ns);
	l->stats.turn_count++;
	if (at_ns - l->now.mono_ns > l->stats.turn_max_ns)
		l->stats.turn_max_ns = at_ns - l->now.mono_ns;
	return ERR_NONE;
}

enum err
loop_run(struct loop *l)
{
	enum err err = ERR_NONE;

	while (!l->stopping && err == ERR_NONE)
		err = loop_turn(l, INT64_MAX);
	return err;
}

void
loop_stop(struct loop *l)
{
	l->stopping = true;
}

void
loop_stats_reset(struct loop *l)
{
	l->stats.turn_max_ns = 0;
	l->stats.call_max_ns = 0;
	l->stats.call_max_name = NULL;
}
