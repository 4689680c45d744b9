/* Goal: the loop never waits, every job that was taken is done once, in order, and
 * reaped once; a full ring refuses.
 * Method: jobs that wait for a gate of ours, thousands of small ones for the
 * thread checker, a real file with no room left.  No sleep. */
#include "sys/disk.h"
#include "sys/file.h"
#include "sys/loop.h"
#include "check.h"
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { RING = 8 };

static _Alignas(64) char memory[1 << 16];
static struct arena boot;
static struct disk d;
static const struct now now_zero;

static void
begin(uint32_t count_max)
{
	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	CHECK(disk_start(&d, &boot, count_max) == ERR_NONE);
}

/* Plain memory on purpose: only the ring orders who touches it. */
struct box {
	int64_t in;
	int64_t out;
	int64_t told;
	int done_count;
	sem_t *gate;
};

static int64_t
work(void *context)
{
	struct box *b = context;

	if (b->gate != NULL)
		sem_wait(b->gate);
	b->out = b->in * 2;
	return b->in + 1;
}

static int64_t done_order[64];
static int done_total;

static void
done(void *context, int64_t result, struct now now)
{
	struct box *b = context;

	(void)now;
	b->told = result;
	b->done_count++;
	done_order[done_total++ % 64] = b->in;
}

static void
reap_until(int count)
{
	struct pollfd wait = { .fd = d.done_fd, .events = POLLIN };

	while (done_total < count) {
		CHECK(poll(&wait, 1, 10000) == 1);
		disk_reap(&d, now_zero, UINT32_MAX);
	}
}

static void
a_full_ring_refuses_and_nobody_waits(void)
{
	static struct box box[RING + 1];
	sem_t gate;

	begin(RING);
	done_total = 0;
	memset(box, 0, sizeof box);
	sem_init(&gate, 0, 0);
	box[0].gate = &gate; /* the disk hangs */
	for (int i = 0; i <= RING; i++) {
		box[i].in = i;
		CHECK(disk_room(&d) == (uint32_t)(RING - i));
		CHECK(disk_put(&d, "work", work, done, &box[i]) == (i < RING));
	}
	CHECK(d.stats.refused_count == 1);
	CHECK(d.stats.depth_max == RING);
	CHECK(disk_reap(&d, now_zero, UINT32_MAX) == 0);
	sem_post(&gate);
	reap_until(RING);
	for (int i = 0; i < RING; i++) {
		CHECK(done_order[i] == i);
		CHECK(box[i].out == 2 * i);
		CHECK(box[i].told == i + 1);
		CHECK(box[i].done_count == 1);
	}
	CHECK(box[RING].done_count == 0);
	CHECK(disk_room(&d) == RING);
	/* There is room again. */
	CHECK(disk_put(&d, "work", work, done, &box[RING]));
	reap_until(RING + 1);
	CHECK(box[RING].done_count == 1);
	CHECK(d.stats.put_count == RING + 1);
	CHECK(d.stats.reaped_count == RING + 1);
	CHECK_TEXT(d.stats.work_max_name, "work");
	disk_stop(&d, now_zero);
	sem_destroy(&gate);
}

static void
reaping_is_bounded_and_the_bell_rings_on(void)
{
	static struct box box[RING];
	struct pollfd wait;
	sem_t gate;

	begin(RING);
	done_total = 0;
	memset(box, 0, sizeof box);
	sem_init(&gate, 0, 0);
	for (int i = 0; i < RING; i++) {
		box[i].in = i;
		box[i].gate = i == RING - 1 ? &gate : NULL;
		CHECK(disk_put(&d, "work", work, i == 2 ? NULL : done, &box[i]));
	}
	/* All but the one at the gate are worked when this returns. */
	while (atomic_load(&d.worked) < RING - 1)
		sched_yield();
	CHECK(disk_reap(&d, now_zero, 3) == 3); /* one has nobody to tell */
	CHECK(done_total == 2);
	wait = (struct pollfd){ .fd = d.done_fd, .events = POLLIN };
	CHECK(poll(&wait, 1, 0) == 1);
	CHECK(disk_reap(&d, now_zero, 100) == 4);
	CHECK(poll(&wait, 1, 0) == 0); /* silent: nothing is finished */
	CHECK(disk_reap(&d, now_zero, 100) == 0);
	sem_post(&gate);
	CHECK(poll(&wait, 1, 10000) == 1);
	CHECK(disk_reap(&d, now_zero, 100) == 1);
	disk_stop(&d, now_zero);
	sem_destroy(&gate);
}

static int chain_left;

/* Puts the next job from within `done`, into the slot just freed. */
static void
chain(void *context, int64_t result, struct now now)
{
	struct box *b = context;

	done(context, result, now);
	if (--chain_left > 0)
		CHECK(disk_put(&d, "chain", work, chain, b));
}

static void
a_job_may_follow_from_the_end_of_another(void)
{
	struct box box = { .in = 1 };

	begin(1);
	done_total = 0;
	chain_left = 50;
	CHECK(disk_put(&d, "chain", work, chain, &box));
	reap_until(50);
	CHECK(box.done_count == 50);
	CHECK(d.stats.depth_max == 1);
	disk_stop(&d, now_zero);
}

static void
put_again(void *context, int64_t result, struct now now)
{
	done(context, result, now);
	CHECK(!disk_put(&d, "late", work, done, context));
}

static void
stopping_does_all_that_was_taken(void)
{
	static struct box box[RING];
	sem_t gate;

	begin(RING);
	done_total = 0;
	memset(box, 0, sizeof box);
	sem_init(&gate, 0, 0);
	for (int i = 0; i < RING; i++) {
		box[i].in = i;
		box[i].gate = i == 0 ? &gate : NULL;
		CHECK(disk_put(&d, "work", work, put_again, &box[i]));
	}
	sem_post(&gate);
	disk_stop(&d, now_zero);
	CHECK(done_total == RING);
	for (int i = 0; i < RING; i++)
		CHECK(done_order[i] == i && box[i].out == 2 * i);
	CHECK(d.stats.refused_count == RING);
	CHECK(!disk_put(&d, "late", work, done, &box[0]));
	CHECK(disk_room(&d) == 0);
	disk_stop(&d, now_zero); /* twice is once */
	CHECK(done_total == RING);
	sem_destroy(&gate);

	begin(RING); /* and with nothing to do at all */
	disk_stop(&d, now_zero);
	CHECK(d.stats.reaped_count == 0);
}

static void
thousands_of_jobs_are_done_once_each(void)
{
	enum { MANY = 20000, BOXES = 64 };
	static struct box box[BOXES];
	int put = 0, full = 0, wrong = 0;

	begin(BOXES);
	done_total = 0;
	memset(box, 0, sizeof box);
	while (done_total < MANY) {
		struct box *b = &box[put % BOXES];

		if (put < MANY && disk_room(&d) > 0) {
			b->in = put;
			wrong += !disk_put(&d, "work", work, done, b);
			put++;
		} else {
			/* Half the time without waiting for the bell: then the
			 * ring alone says what is finished. */
			if (full++ % 2 == 0)
				reap_until(done_total + 1);
			else
				disk_reap(&d, now_zero, UINT32_MAX);
		}
	}
	for (int i = 0; i < BOXES; i++)
		wrong += box[i].out != box[i].in * 2 || box[i].told != box[i].in + 1;
	CHECK(wrong == 0);
	CHECK(full > 0);
	CHECK(d.stats.put_count == MANY);
	CHECK(d.stats.reaped_count == MANY);
	CHECK(d.stats.work_total_ns >= 0);
	disk_stop(&d, now_zero);
}

static void
the_counters_may_wrap(void)
{
	static struct box box[RING * 3];

	begin(RING);
	/* As if it had been in use for 2^32 - 5 jobs: the thread looks at its
	 * mark only when there is a job. */
	atomic_store(&d.put, UINT32_MAX - 4);
	atomic_store(&d.worked, UINT32_MAX - 4);
	d.reaped = UINT32_MAX - 4;
	done_total = 0;
	memset(box, 0, sizeof box);
	for (int i = 0; i < RING * 3; i++) {
		box[i].in = i;
		while (disk_room(&d) == 0)
			reap_until(done_total + 1);
		CHECK(disk_put(&d, "work", work, done, &box[i]));
	}
	disk_stop(&d, now_zero);
	CHECK(done_total == RING * 3);
	for (int i = 0; i < RING * 3; i++)
		CHECK(box[i].done_count == 1 && done_order[i] == i);
}

/* --- with the loop, and a disk that fails ------------------------------------- */

static struct loop l;
static int64_t results[3];
static int result_count;

static int64_t
write_full(void *context)
{
	struct file *f = context;

	return -(int64_t)file_write(f, SLICE("an alert"));
}

static void
on_result(void *context, int64_t result, struct now now)
{
	(void)context;
	CHECK(now.mono_ns == l.now.mono_ns);
	results[result_count++] = result;
	if (result_count == 3)
		loop_stop(&l);
}

static void
on_bell(void *context, unsigned ready, struct now now)
{
	(void)ready;
	disk_reap(context, now, 16);
}

static void
a_full_disk_is_a_result_like_any_other(void)
{
	struct file full, plain;
	char name[] = "/tmp/disk_testXXXXXX";
	uint64_t handle;
	int fd = mkstemp(name);

	begin(RING);
	CHECK(fd >= 0);
	plain = (struct file){ .fd = fd };
	CHECK(file_open_append(&full, "/dev/full", 0600) == ERR_NONE);
	CHECK(loop_open(&l, &boot, 4, 4) == ERR_NONE);
	CHECK(loop_watch(&l, d.done_fd, LOOP_READ, "disk", on_bell, &d, &handle) == ERR_NONE);
	result_count = 0;
	CHECK(disk_put(&d, "full", write_full, on_result, &full));
	CHECK(disk_put(&d, "plain", write_full, on_result, &plain));
	CHECK(disk_put(&d, "full", write_full, on_result, &full));
	CHECK(loop_run(&l) == ERR_NONE);
	CHECK(results[0] == -ERR_FULL);
	CHECK(results[1] == 0);
	CHECK(results[2] == -ERR_FULL);
	CHECK(file_size(&plain) == 8);
	loop_forget(&l, handle);
	loop_close(&l);
	disk_stop(&d, now_zero);
	file_close(&full);
	file_close(&plain);
	unlink(name);
}

static int64_t
mask_of(void *context)
{
	sigset_t *mask = context;

	return pthread_sigmask(SIG_BLOCK, NULL, mask);
}

static void
signals_are_not_the_disk_threads_business(void)
{
	sigset_t mask, mine;

	begin(1);
	done_total = 0;
	sigemptyset(&mask);
	CHECK(disk_put(&d, "mask", mask_of, NULL, &mask));
	disk_stop(&d, now_zero);
	CHECK(sigismember(&mask, SIGTERM));
	CHECK(sigismember(&mask, SIGALRM));
	CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mine) == 0);
	CHECK(!sigismember(&mine, SIGTERM));
}

static void
what_cannot_start_says_so(void)
{
	struct rlimit before, none;

	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, 64);
	CHECK(disk_start(&d, &boot, 64) == ERR_FULL);
	CHECK(!disk_put(&d, "work", work, done, NULL));
	disk_stop(&d, now_zero);

	arena_init(&boot, memory, sizeof memory);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none = (struct rlimit){ 0, before.rlim_max };
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(disk_start(&d, &boot, RING) == ERR_UNAVAILABLE);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(!disk_put(&d, "work", work, done, NULL));
	disk_stop(&d, now_zero);
}

int
main(void)
{
	a_full_ring_refuses_and_nobody_waits();
	reaping_is_bounded_and_the_bell_rings_on();
	a_job_may_follow_from_the_end_of_another();
	stopping_does_all_that_was_taken();
	thousands_of_jobs_are_done_once_each();
	the_counters_may_wrap();
	a_full_disk_is_a_result_like_any_other();
	signals_are_not_the_disk_threads_business();
	what_cannot_start_says_so();
	return CHECK_END("sys/disk");
}
