/* disk.h - the one thread that waits for disks, so that the loop never does.
 *
 * A job is a function and its context.  The loop puts jobs, the disk thread does
 * them one after the other, the loop reaps what is done, in the same order:
 *
 *        reaped          worked              put
 *    ······│── results ───│─── to be done ────│······    one ring of jobs
 *          loop           disk thread         loop       who moves the mark
 *
 * The ring is full when put is count_max ahead of reaped: disk_put refuses and
 * counts, it never waits.  A job that was taken is always done and always reaped,
 * also when the disk is stopped.
 *
 * Whose memory: the context of a job, and everything it points to, belongs to the
 * disk thread from disk_put until `done` is called, and to the loop at all other
 * times.  What only jobs touch (an open database) belongs to the disk thread from
 * the first job to the return of disk_stop.  Nothing else is shared.
 */
#ifndef SYS_DISK_H
#define SYS_DISK_H
#include "base/arena.h"
#include "base/err.h"
#include "sys/clock.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* On the disk thread; waits as long as it must.  The result goes to done. */
typedef int64_t disk_work(void *context);

/* On the loop's thread.  May be NULL where nobody wants to know. */
typedef void disk_done(void *context, int64_t result, struct now now);

struct disk_stats {
	uint64_t put_count;
	uint64_t refused_count;   /* the ring was full, or the disk is stopping */
	uint64_t reaped_count;
	uint32_t depth_max;       /* most jobs ever waiting for their end at once */
	int64_t work_total_ns;
	int64_t work_max_ns;      /* the longest job and its name */
	const char *work_max_name;
	int64_t wait_max_ns;      /* the longest time a job lay in the ring */
};

/* The disk thread's whole stack: SQLite's depth fits several times. */
enum { DISK_STACK_BYTES = 256 * 1024 };

struct disk {
	struct disk_job *job;     /* [count_max] */
	uint32_t count_max;       /* a power of two */
	uint32_t reaped;          /* of the loop alone */
	_Atomic uint32_t worked;  /* moved by the disk thread */
	_Atomic uint32_t put;     /* moved by the loop */
	_Atomic bool stopping;
	sem_t wake;               /* one post per job, one to stop */
	int done_fd;              /* to be watched for LOOP_READ, then disk_reap */
	pthread_t thread;
	bool running;
	struct disk_stats stats;  /* of the loop alone */
};

/* Starts the thread, with every signal blocked.  `d` and the arena's memory stay
 * where they are until disk_stop.  ERR_FULL: no room in the arena. */
enum err disk_start(struct disk *d, struct arena *boot, uint32_t count_max);

/* False: refused, and counted; `done` will not be called.  `name` is a literal. */
bool disk_put(struct disk *d, const char *name, disk_work *work, disk_done *done,
              void *context);

/* How many more disk_put will take now. */
uint32_t disk_room(const struct disk *d);

/* Calls `done` of up to count_max jobs that are finished; returns how many.  If
 * more are left done_fd stays ready. */
uint32_t disk_reap(struct disk *d, struct now now, uint32_t count_max);

/* Lets the thread do all that was put, waits for its end, reaps the rest (with
 * `done` called).  Jobs put by those callbacks are refused. */
void disk_stop(struct disk *d, struct now now);
#endif
