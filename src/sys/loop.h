/* loop.h - the one loop: waits for descriptors and deadlines, and goes round.
 *
 *        ┌────────────── a turn ───────────────────────────────┐
 *   wait │ read the clock once │ due timers │ ready descriptors │ wait ...
 *        └─────────────────────────────────────────────────────┘
 *
 * Level-triggered: what a callback leaves unread comes again in the next turn, so
 * every callback may stop after a bounded amount, and should.  A turn serves at
 * most LOOP_READY_MAX descriptors and LOOP_TIMERS_MAX timers.  Ready descriptors
 * are served in the order in which they were watched, whichever woke first.
 *
 * A watcher is a handle (index and generation; 0 is none).  One that was
 * forgotten is never called again, also not later in the same turn.  Forget a
 * descriptor before it is closed: the number may be somebody else's next.
 *
 * Callbacks run on the loop's thread and never wait.  One that takes long shows
 * in `slow` with its name.
 */
#ifndef SYS_LOOP_H
#define SYS_LOOP_H
#include "base/arena.h"
#include "base/err.h"
#include "sys/clock.h"
#include "sys/timer.h"
#include <stdbool.h>
#include <stdint.h>

enum { LOOP_READY_MAX = 64, LOOP_TIMERS_MAX = 256 };

enum loop_ready {
	LOOP_READ = 1,   /* bytes, or the end, or an error: read() will tell */
	LOOP_WRITE = 2,  /* room, or an error: write() will tell */
	LOOP_HANGUP = 4, /* told always, also unasked: the other side is gone */
};

typedef void loop_call(void *context, unsigned ready, struct now now);

/* How long turns take.  A turn is measured without its waiting. */
struct loop_stats {
	uint64_t turn_count;
	uint64_t slow_count;     /* callbacks longer than LOOP_SLOW_NS */
	int64_t turn_max_ns;     /* since loop_stats_reset */
	int64_t call_max_ns;     /* the longest single callback, and its name */
	const char *call_max_name;
	uint64_t watch_count;    /* ever watched */
	uint64_t refused_count;  /* no free watcher */
};

#define LOOP_SLOW_NS ((int64_t)20000000)

struct loop {
	int epoll_fd;
	struct clock clock;
	struct now now;             /* of this turn */
	struct timers timers;       /* timer_set(&loop->timers, ...) */
	struct loop_watcher *watcher; /* [watcher_count_max] */
	uint32_t watcher_count_max;
	uint32_t watcher_count;
	uint32_t free;              /* first free watcher + 1; 0: none */
	bool stopping;
	struct loop_stats stats;
};

/* Memory from the arena; when that has no room every watcher is refused. */
enum err loop_open(struct loop *l, struct arena *boot, uint32_t watcher_count_max,
                   uint32_t timer_count_max);
void loop_close(struct loop *l);

/* `want` is LOOP_READ, LOOP_WRITE, both or 0.  `name` is a literal.  ERR_FULL: no
 * free watcher.  ERR_PERMISSION: not a descriptor one can wait for (a file). */
enum err loop_watch(struct loop *l, int fd, unsigned want, const char *name,
                    loop_call *call, void *context, uint64_t *handle_out);

/* A stale handle is harmless in both. */
enum err loop_want(struct loop *l, uint64_t handle, unsigned want);
void loop_forget(struct loop *l, uint64_t handle);

/* One turn; waits at most until the next deadline and at most wait_max_ns. */
enum err loop_turn(struct loop *l, int64_t wait_max_ns);

/* Turns until loop_stop was called, or until waiting itself fails. */
enum err loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* Begins new maxima; counts go on. */
void loop_stats_reset(struct loop *l);
#endif
