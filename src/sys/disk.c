/* disk.c - the disk thread and its ring; see the header for the drawing.
 *
 * Why    fsync takes milliseconds on a good day and seconds on a bad one.
 * Limits Indices count up and wrap at 2^32; a difference of two is always right
 *        because at most count_max lie between them.  `put` is released by the
 *        loop and acquired by the thread, `worked` the other way round: each sees
 *        a slot only when the other has finished with it.
 */
#include "sys/disk.h"
#include "base/check.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct disk_job {
	disk_work *work;
	disk_done *done;
	void *context;
	const char *name;
	int64_t put_ns;
	int64_t begun_ns, ended_ns; /* written by the disk thread */
	int64_t result;
};

static struct disk_job *
job_at(const struct disk *d, uint32_t index)
{
	return &d->job[index & (d->count_max - 1)];
}

/* An eventfd's counter only saturates, and then it is ready anyway. */
static void
ring_bell(struct disk *d)
{
	static const uint64_t one = 1;
	ssize_t put;

	do {
		put = write(d->done_fd, &one, sizeof one);
	} while (put < 0 && errno == EINTR);
}

static void *
thread_main(void *context)
{
	struct disk *d = context;

	for (;;) {
		struct disk_job *job;
		uint32_t worked;

		while (sem_wait(&d->wake) < 0)
			ASSERT(errno == EINTR);
		/* One post per job: an empty ring means that this one was the
		 * stop, which came after all jobs. */
		worked = atomic_load_explicit(&d->worked, memory_order_relaxed);
		if (worked == atomic_load_explicit(&d->put, memory_order_acquire)) {
			ASSERT(atomic_load(&d->stopping));
			return NULL;
		}
		job = job_at(d, worked);
		job->begun_ns = clock_mono_ns();
		job->result = job->work(job->context);
		job->ended_ns = clock_mono_ns();
		atomic_store_explicit(&d->worked, worked + 1, memory_order_release);
		ring_bell(d);
	}
}

static bool
start_thread(struct disk *d)
{
	pthread_attr_t how;
	sigset_t all, before;
	int result;

	if (pthread_attr_init(&how) != 0)
		return false;
	/* The thread inherits the mask: signals are the loop's business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_attr_setstacksize(&how, DISK_STACK_BYTES);
	if (result == 0)
		result = pthread_create(&d->thread, &how, thread_main, d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&how);
	return result == 0;
}

enum err
disk_start(struct disk *d, struct arena *boot, uint32_t count_max)
{
	ASSERT(count_max > 0);
	ASSERT((count_max & (count_max - 1)) == 0);
	memset(d, 0, sizeof *d);
	d->done_fd = -1;
	d->job = arena_take(boot, "disk jobs", count_max, sizeof d->job[0]);
	if (d->job == NULL)
		return ERR_FULL;
	d->count_max = count_max;
	d->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (d->done_fd < 0)
		return ERR_UNAVAILABLE;
	if (sem_init(&d->wake, 0, 0) == 0) {
		d->running = start_thread(d);
		if (d->running)
			return ERR_NONE;
		sem_destroy(&d->wake);
	}
	close(d->done_fd);
	d->done_fd = -1;
	return ERR_UNAVAILABLE;
}

uint32_t
disk_room(const struct disk *d)
{
	if (!d->running || atomic_load_explicit(&d->stopping, memory_order_relaxed))
		return 0;
	return d->count_max -
	       (atomic_load_explicit(&d->put, memory_order_relaxed) - d->reaped);
}

bool
disk_put(struct disk *d, const char *name, disk_work *work, disk_done *done, void *context)
{
	uint32_t put = atomic_load_explicit(&d->put, memory_order_relaxed);

	ASSERT(work != NULL);
	ASSERT(name != NULL);
	if (disk_room(d) == 0) {
		d->stats.refused_count++;
		return false;
	}
	*job_at(d, put) = (struct disk_job){
		.work = work,
		.done = done,
		.context = context,
		.name = name,
		.put_ns = clock_mono_ns(),
	};
	atomic_store_explicit(&d->put, put + 1, memory_order_release);
	sem_post(&d->wake); /* cannot overflow: at most count_max + 1 are posted */
	d->stats.put_count++;
	if (put + 1 - d->reaped > d->stats.depth_max)
		d->stats.depth_max = put + 1 - d->reaped;
	return true;
}

static void
add_up(struct disk_stats *s, const struct disk_job *job)
{
	int64_t work_ns = job->ended_ns - job->begun_ns;
	int64_t wait_ns = job->begun_ns - job->put_ns;

	s->reaped_count++;
	s->work_total_ns += work_ns;
	if (work_ns >= s->work_max_ns) {
		s->work_max_ns = work_ns;
		s->work_max_name = job->name;
	}
	if (wait_ns > s->wait_max_ns)
		s->wait_max_ns = wait_ns;
}

/* Those that are finished now, and no more than count_max of them. */
static uint32_t
reap(struct disk *d, struct now now, uint32_t count_max)
{
	uint32_t count = 0;

	for (; count < count_max; count++) {
		struct disk_job job;

		/* Looked at anew each time: `done` may reap, too. */
		if (d->reaped == atomic_load_explicit(&d->worked, memory_order_acquire))
			break;
		/* A copy: `done` may put a job into this very slot. */
		job = *job_at(d, d->reaped);
		d->reaped++;
		add_up(&d->stats, &job);
		if (job.done != NULL)
			job.done(job.context, job.result, now);
	}
	return count;
}

uint32_t
disk_reap(struct disk *d, struct now now, uint32_t count_max)
{
	uint64_t rung;
	ssize_t got;
	uint32_t count;

	/* Silence the bell first: what ends while we reap rings it anew. */
	do {
		got = read(d->done_fd, &rung, sizeof rung);
	} while (got < 0 && errno == EINTR);
	count = reap(d, now, count_max);
	if (d->reaped != atomic_load_explicit(&d->worked, memory_order_acquire))
		ring_bell(d);
	return count;
}

void
disk_stop(struct disk *d, struct now now)
{
	if (!d->running)
		return;
	atomic_store(&d->stopping, true);
	sem_post(&d->wake);
	pthread_join(d->thread, NULL);
	d->running = false;
	reap(d, now, UINT32_MAX);
	sem_destroy(&d->wake);
	close(d->done_fd);
	d->done_fd = -1;
}
