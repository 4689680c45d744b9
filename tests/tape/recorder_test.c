/* recorder_test.c - records to files through the disk thread.
 *
 * Goal: the loop never waits; every record is on a tape, whole and in order, or counted;
 * a disk that is slow, full or gone is said once and recovered from; a crash loses no
 * more than the header says.
 * Method: real files and a real disk thread that waits at gates of ours; virtual time;
 * each number given is looked for on the tapes that are left.  No sleep. */
#include "memory_tape.h"
#include "check.h"
#include "base/log.h"
#include "sys/file.h"
#include "tape/recorder.c" /* ring_take is its own */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RING = 1 << 18, RECORD_MAX = 1 << 17, NUMBERS_MAX = 1 << 17, DISK_JOBS = 64, PROLOGUE = 3 };

/* 2026-11-25T03:00:00Z */
#define HOUR_3 ((int64_t)1795575600 * 1000000000)
#define SECOND ((int64_t)1000000000)

static char directory[] = "/tmp/tape_recorder_test.XXXXXX";
static char in_memory[] = "/dev/shm/tape_recorder_test.XXXXXX";
static char place[64]; /* below it: the recording */
static struct tape_rooms *rooms;
static struct arena arena;
static struct disk disk;
static struct log log_;
static struct recorder r;
static struct now now;
static uint64_t given, prologue_given;
static char said[1 << 16]; /* what was logged */
static size_t said_bytes;

static void
on_line(void *context, struct slice line)
{
	(void)context;
	if (line.count < sizeof said - said_bytes) {
		memcpy(said + said_bytes, line.at, line.count);
		said_bytes += line.count;
		said[said_bytes] = '\0';
	}
}

static int
times_said(const char *words)
{
	int count = 0;

	for (const char *at = said; (at = strstr(at, words)) != NULL; at++)
		count++;
	return count;
}

/* What a segment needs, of kinds that are not frames. */
static void
prologue(void *context, struct tape_write *w)
{
	static const char text[2000] = "instrument ";

	(void)context;
	for (int i = 0; i < PROLOGUE; i++) {
		struct tape_record record = { .kind = TAPE_INSTRUMENT,
		                              .data = slice_of(text, sizeof text) };

		prologue_given++;
		tape_write_put(w, &record);
	}
}

static void
begin(uint64_t retain_bytes)
{
	struct recorder_options options = {
		.directory = place,
		.retain_bytes = retain_bytes,
		.write = memory_options((struct tape_sink){ 0 }),
		.ring_bytes = RING,
	};

	options.write.record_bytes_max = RECORD_MAX;
	options.write.prologue = prologue;
	options.write.segment_ns = 0;
	memory_arena(&arena, 16 << 20);
	log_init(&log_, LOG_DEBUG, LOG_LOGFMT, on_line, NULL);
	log_.fold_ns = 0;
	said_bytes = 0;
	said[0] = '\0';
	given = prologue_given = 0;
	now = (struct now){ .mono_ns = 1, .wall_ns = HOUR_3 };
	CHECK(disk_start(&disk, &arena, DISK_JOBS) == ERR_NONE);
	CHECK(recorder_init(&r, &options, &disk, &log_, &arena) == ERR_NONE);
}

/* All that is under way is done and reaped. */
static void
drain(void)
{
	struct pollfd bell = { .fd = disk.done_fd, .events = POLLIN };

	disk_reap(&disk, now, UINT32_MAX);
	while (disk_room(&disk) < DISK_JOBS) {
		CHECK(poll(&bell, 1, 60000) == 1);
		disk_reap(&disk, now, UINT32_MAX);
	}
	CHECK(r.job_put == r.job_done);
}

static void
end(void)
{
	recorder_close(&r);
	disk_stop(&disk, now);
	CHECK(r.job_put == r.job_done);
	CHECK(r.segment.file.fd < 0);
	memory_free(&arena);
}

static struct slice
frame_of(uint64_t number, size_t bytes)
{
	static char text[RECORD_MAX];
	uint64_t seed = number + 1;
	int n = snprintf(text, sizeof text, "%llu ", (unsigned long long)number);

	for (size_t i = (size_t)n; i < bytes; i++)
		text[i] = (char)chance(&seed);
	return slice_of(text, bytes < (size_t)n ? (size_t)n : bytes);
}

static void
put(size_t bytes)
{
	struct tape_record record = memory_frame(now.wall_ns, frame_of(given, bytes));

	given++;
	recorder_put(&r, &record);
}

/* --- what is on the tapes ------------------------------------------------------------------ */

static struct found {
	uint64_t records, frames; /* all kinds; those of put() */
	uint64_t first, next;     /* numbers; next is one behind the last */
	int files, unclosed, faults, wrong;
	char names[4096];         /* "2026-11-25T03.tape " ... */
} found;

static int
is_file(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void
read_file(const char *path)
{
	struct tape_record got;
	struct tape_read reader;
	enum tape_read_result result;
	struct file f;

	CHECK(file_open(&f, path) == ERR_NONE);
	tape_read_init(&reader, tape_source_file(&f), rooms);
	while ((result = tape_read_next(&reader, &got)) != TAPE_READ_END) {
		uint64_t number;

		if (result == TAPE_READ_FAULT) {
			found.unclosed += reader.fault.kind == TAPE_FAULT_UNCLOSED;
			found.faults += reader.fault.kind != TAPE_FAULT_UNCLOSED;
			continue;
		}
		found.records++;
		if (got.kind != TAPE_FRAME)
			continue;
		number = strtoull(got.data.at, NULL, 10);
		found.wrong += found.frames > 0 && number < found.next; /* order, and never twice */
		found.first = found.frames == 0 ? number : found.first;
		found.wrong += !slice_equal(got.data, frame_of(number, got.data.count));
		found.next = number + 1;
		found.frames++;
	}
	file_close(&f);
}

static void
read_place(void)
{
	struct dirent **entry;
	int count = scandir(place, &entry, is_file, alphasort);

	memset(&found, 0, sizeof found);
	for (int i = 0; i < count; i++) {
		char path[600];

		snprintf(path, sizeof path, "%s/%s", place, entry[i]->d_name);
		read_file(path);
		found.files++;
		if (strlen(found.names) + 32 < sizeof found.names) {
			strcat(found.names, entry[i]->d_name);
			strcat(found.names, " ");
		}
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	CHECK(found.faults == 0);
	CHECK(found.wrong == 0);
}

static void
empty_place(void)
{
	struct dirent **entry;
	int count = scandir(place, &entry, is_file, alphasort);

	for (int i = 0; i < count; i++) {
		char path[600];

		snprintf(path, sizeof path, "%s/%s", place, entry[i]->d_name);
		CHECK(unlink(path) == 0);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
}

/* After end(): nothing is missing that was not counted. */
static void
everything_is_accounted_for(void)
{
	uint64_t own = prologue_given + r.write.segment_count; /* a head each */

	read_place();
	CHECK(given + own == found.records + r.write.count.dropped + r.write.count.refused +
	      r.lost_records);
	if (given + own != found.records + r.write.count.dropped + r.write.count.refused + r.lost_records)
		printf("  given %d own %d on tape %d dropped %d refused %d lost %d\n", (int)given,
		       (int)own, (int)found.records, (int)r.write.count.dropped,
		       (int)r.write.count.refused, (int)r.lost_records);
}

/* --- a disk that waits at a gate ------------------------------------------------------------ */

static sem_t gate;

static int64_t
wait_at_gate(void *context)
{
	sem_wait(context);
	return 0;
}

static void
close_gate(void)
{
	sem_init(&gate, 0, 0);
	CHECK(disk_put(&disk, "gate", wait_at_gate, NULL, &gate));
}

static void
open_gate(void)
{
	sem_post(&gate);
	drain();
	sem_destroy(&gate);
}

static void
go_on_after_the_pause(void)
{
	now.wall_ns += RECORDER_PAUSE_NS;
	recorder_tick(&r, now);
	drain();
	recorder_tick(&r, now);
	drain();
}

/* --- plays ---------------------------------------------------------------------------------- */

static void
a_file_an_hour_and_all_of_it_is_there(void)
{
	begin(0);
	r.write.options.segment_ns = TAPE_HOUR_NS;
	/* Two and a half hours, a record a second and three at a time, a pause of an hour. */
	for (int i = 0; i < 9000; i++) {
		put(20 + (size_t)i % 300);
		if (i % 100 == 0)
			put(0), put(1000);
		now.wall_ns += SECOND + (i == 8000 ? TAPE_HOUR_NS : 0);
		recorder_tick(&r, now);
		disk_reap(&disk, now, UINT32_MAX);
		if (disk_room(&disk) < DISK_JOBS / 2)
			drain();
	}
	CHECK(!r.failed);
	end();
	everything_is_accounted_for();
	/* 9000 s from 03:00; 8000 s are 05:13, an hour on the rest of 1000 s ends at 06:30. */
	CHECK_TEXT(found.names, "2026-11-25T03.tape 2026-11-25T04.tape 2026-11-25T05.tape "
	                        "2026-11-25T06.tape ");
	CHECK(found.frames == given);
	CHECK(found.unclosed == 0);
	CHECK(r.lost_bytes == 0);
	CHECK(r.write.count.files == 4);
	CHECK(said_bytes == 0);
	CHECK_TEXT(r.reason, "");
	empty_place();
}

/* Against a model: whose bytes are whose, in rings of every small size. */
static void
room_is_nobody_elses_and_an_empty_ring_refuses_nothing(void)
{
	static struct recorder x;
	uint64_t seed = 3;
	int overlaps = 0, refused_empty = 0, refused = 0;

	for (size_t size = 1; size <= 40; size++) {
		char owner[40] = { 0 };

		memset(&x, 0, sizeof x);
		x.ring_bytes = size;
		x.job_put = x.job_done = UINT32_MAX - 100; /* the counts wrap */
		for (int i = 0; i < 20000; i++) {
			size_t bytes = chance(&seed) % (size + 1), at = 0, gap = 0, gap_max = 0;

			if (x.job_put != x.job_done && chance(&seed) % 2 == 0) {
				struct recorder_job *j = &x.job[x.job_done++ % RECORDER_JOBS_MAX];

				memset(owner + j->at, 0, j->bytes);
				if (x.job_done == x.job_put)
					x.put_at = 0; /* as done() does */
				continue;
			}
			if (x.job_put - x.job_done == RECORDER_JOBS_MAX)
				continue;
			for (size_t k = 0; k < size; k++) {
				gap = owner[k] ? 0 : gap + 1;
				gap_max = gap > gap_max ? gap : gap_max;
			}
			if (bytes > 0 && !ring_take(&x, bytes, &at)) {
				refused++;
				refused_empty += gap_max == size;
				continue;
			}
			for (size_t k = 0; k < bytes; k++) {
				overlaps += at + k >= size || owner[at + k];
				if (at + k < size)
					owner[at + k] = 1;
			}
			x.job[x.job_put++ % RECORDER_JOBS_MAX] = (struct recorder_job){ .at = at, .bytes = bytes };
		}
	}
	CHECK(overlaps == 0);
	CHECK(refused_empty == 0);
	CHECK(refused > 1000);
}

/* Every size of block at every place of the ring, and a disk that lags by chance. */
static void
the_ring_wraps_at_every_place(uint64_t seed)
{
	uint64_t failures = 0;

	begin(0);
	for (int i = 0; i < 4000; i++) {
		uint64_t dice = chance(&seed) % 100;
		size_t bytes = dice < 80 ? chance(&seed) % 3000 : chance(&seed) % (RECORD_MAX - 30);

		now.wall_ns += SECOND / 100;
		put(dice == 99 ? RECORD_MAX : bytes); /* too long: refused */
		if (chance(&seed) % 16 == 0)
			tape_write_flush(&r.write);
		if (i % 40 == 7)
			close_gate();
		if (i % 40 == 20)
			open_gate();
		if (chance(&seed) % 2 == 0)
			disk_reap(&disk, now, (uint32_t)(chance(&seed) % 4));
		if (r.failed) {
			if (i % 40 < 20 && i % 40 >= 7)
				continue;
			drain();
			failures++;
			now.wall_ns += RECORDER_PAUSE_NS;
			recorder_tick(&r, now);
			drain();
			recorder_tick(&r, now);
			CHECK(!r.failed);
		}
	}
	if (sem_trywait(&gate) != 0)
		drain();
	end();
	everything_is_accounted_for();
	CHECK(r.write.count.refused > 0);
	CHECK(found.frames > 2000);
	CHECK(failures > 0);
	CHECK((int)failures <= times_said("recording again"));
	empty_place();
}

static void
a_slow_disk_is_said_once_and_recovered_from(bool by_tick)
{
	bool by_put = false;

	begin(0);
	put(100);
	drain();
	close_gate();
	/* A block a record, until there are too many of them under way. */
	for (int i = 0; i < 100; i++) {
		now.wall_ns += 2 * SECOND;
		if (by_tick)
			recorder_tick(&r, now);
		else
			tape_write_flush(&r.write);
		if (by_tick && (r.failed || by_put))
			break;
		put(1000);
		by_put = r.failed;
	}
	CHECK(r.failed);
	CHECK(by_put != by_tick); /* who noticed */
	CHECK(times_said("recording stopped") == 1);
	CHECK(strstr(said, "reason=\"recording: the disk is slower than what comes\"") != NULL);
	CHECK(r.write.count.dropped > 0);
	/* As long as the disk hangs nothing is tried. */
	now.wall_ns += 2 * RECORDER_PAUSE_NS;
	recorder_tick(&r, now);
	CHECK(r.failed);
	open_gate();
	recorder_tick(&r, now); /* lets go of the old file */
	CHECK(r.failed);
	put(10); /* still dropped */
	drain();
	recorder_tick(&r, now);
	CHECK(!r.failed);
	CHECK(times_said("recording again") == 1);
	put(10);
	end();
	everything_is_accounted_for();
	CHECK_TEXT(found.names, "2026-11-25T03.tape 2026-11-25T03_001.tape ");
	CHECK(found.unclosed == 1); /* the one that was given up */
	CHECK(found.next == given);
	CHECK(r.lost_records == 0); /* what was in the ring got through */
	CHECK(r.failure_count == 1);
	empty_place();
}

/* The ring of jobs is somebody else's too. */
static void
no_file_stays_open_when_its_end_finds_no_room(void)
{
	int fd_before, fd_after;

	begin(0);
	put(100);
	drain();
	close_gate();
	fd_before = dup(0);
	close(fd_before);
	while (disk_put(&disk, "another", wait_at_gate, NULL, &gate))
		;
	tape_write_close(&r.write);
	CHECK(r.write.err == ERR_FULL);
	put(100);
	CHECK(r.failed);
	for (int i = 0; i < DISK_JOBS; i++)
		sem_post(&gate);
	open_gate();
	now.wall_ns += RECORDER_PAUSE_NS;
	recorder_tick(&r, now);
	CHECK(!r.failed);
	put(100);
	drain();
	fd_after = dup(0); /* one tape is open, as before */
	close(fd_after);
	CHECK(fd_after == fd_before);
	end();
	everything_is_accounted_for();
	CHECK(found.files == 2);
	empty_place();
}

static void
a_file_can_be_let_go_of_while_the_disk_hangs(void)
{
	begin(0);
	put(100);
	drain();
	close_gate();
	for (int i = 0; i < 100; i++) {
		put(100);
		tape_write_flush(&r.write);
	}
	recorder_close(&r); /* finds its place behind all the blocks */
	open_gate();
	CHECK(r.segment.file.fd < 0);
	end();
	everything_is_accounted_for();
	CHECK(found.frames > RECORDER_JOBS_MAX / 2);
	empty_place();
}

/* A file was begun, and then there was no room for its first block. */
static void
a_file_without_a_block_does_not_stay(void)
{
	int others = 0;

	begin(0);
	close_gate();
	while (disk_room(&disk) > 3)
		others += disk_put(&disk, "another", wait_at_gate, NULL, &gate);
	put(100);
	CHECK(r.failed);
	CHECK(r.write.segment_count == 1);
	for (int i = 0; i < others; i++)
		sem_post(&gate);
	open_gate();
	read_place();
	CHECK(found.files == 1);
	go_on_after_the_pause();
	read_place();
	CHECK(found.files == 0);
	CHECK(!r.failed);
	end();
	everything_is_accounted_for();
}

/* A disk that is full after `limit` bytes of a file.  False: it was not. */
static bool
a_full_disk_is_recovered_from(rlim_t limit)
{
	const struct rlimit small = { limit, RLIM_INFINITY }, none = { RLIM_INFINITY, RLIM_INFINITY };
	bool was_full;

	begin(0);
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	for (int i = 0; i < 12; i++) {
		put(300);
		now.wall_ns += 2 * SECOND;
		recorder_tick(&r, now);
		drain();
	}
	tape_write_close(&r.write);
	drain();
	was_full = r.failed;
	CHECK(times_said("recording stopped") == was_full);
	CHECK(times_said("File too large") == was_full);
	CHECK((r.lost_bytes > 0) == was_full);
	if (was_full) {
		/* Full still: said again, after the pause. */
		now.wall_ns = r.again_ns;
		recorder_tick(&r, now);
		drain();
		recorder_tick(&r, now);
		CHECK(!r.failed);
		put(100000);
		tape_write_flush(&r.write);
		drain();
		CHECK(r.failed == (limit < 100000));
		CHECK(times_said("recording stopped") == 2);
		now.wall_ns = r.again_ns - 1;
		recorder_tick(&r, now);
		CHECK(r.failed);
		CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
		now.wall_ns = r.again_ns;
		recorder_tick(&r, now);
		drain();
		recorder_tick(&r, now);
		CHECK(!r.failed);
	}
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
	put(300);
	end();
	everything_is_accounted_for();
	CHECK(found.next == given);
	empty_place();
	return was_full;
}

static void
a_directory_that_is_removed_is_missed(void)
{
	begin(0);
	put(100);
	tape_write_flush(&r.write);
	drain();
	CHECK(!r.failed);
	empty_place();
	CHECK(rmdir(place) == 0);
	put(100); /* to a file that nobody will see again */
	tape_write_flush(&r.write);
	drain();
	CHECK(r.failed);
	CHECK(strstr(said, "No such file or directory") != NULL);
	CHECK(r.lost_records == 1);
	go_on_after_the_pause();
	put(100);
	tape_write_flush(&r.write);
	drain();
	CHECK(r.failed);
	CHECK_TEXT(r.reason, "tape begin: No such file or directory");
	CHECK(mkdir(place, 0700) == 0);
	go_on_after_the_pause();
	CHECK(!r.failed);
	put(100);
	end();
	CHECK(!r.failed);
	read_place();
	CHECK(found.frames == 1);
	CHECK(found.first == given - 1);
	CHECK(found.unclosed == 0);
	/* 2 heads and prologues and the second frame are lost, the first went by hand. */
	CHECK(r.lost_records == 1 + 1 + PROLOGUE + 1);
	empty_place();
}

/* --- the n-th call of the disk fails -------------------------------------------------------- */

static struct tape_sink real;
static int call_count, fail_at;

static enum err
fail_begin(void *context, int64_t first_ns)
{
	return ++call_count == fail_at ? ERR_IO : real.begin(context, first_ns);
}

static enum err
fail_put(void *context, struct slice bytes)
{
	return ++call_count == fail_at ? ERR_IO : real.put(context, bytes);
}

static enum err
fail_end(void *context, bool failed)
{
	enum err err = real.end(context, failed);

	return ++call_count == fail_at ? ERR_IO : err;
}

static bool
one_call_fails(int n)
{
	begin(0);
	r.write.options.segment_ns = TAPE_HOUR_NS;
	real = r.file;
	r.file = (struct tape_sink){ real.context, fail_begin, fail_put, fail_end };
	call_count = 0;
	fail_at = n;
	for (int i = 0; i < 60; i++) {
		put(300);
		now.wall_ns += 150 * SECOND; /* two files and a half */
		recorder_tick(&r, now);
		if (i % 3 == n % 3)
			drain();
	}
	end();
	everything_is_accounted_for();
	CHECK(r.failure_count == (call_count >= n));
	CHECK(times_said("recording stopped") == (call_count >= n));
	CHECK(found.unclosed <= (call_count >= n ? 2 : 0));
	CHECK(found.frames > 30);
	empty_place();
	return call_count >= n;
}

/* --- the oldest go -------------------------------------------------------------------------- */

static void
the_oldest_go_and_never_what_is_written(void)
{
	enum { RETAIN = 200000 };
	struct stat about;
	char path[128];

	begin(RETAIN);
	r.write.options.segment_ns = TAPE_HOUR_NS;
	for (int i = 0; i < 40; i++) { /* ten hours of 60 KB */
		put(15000);
		now.wall_ns += TAPE_HOUR_NS / 4;
		recorder_tick(&r, now);
		drain();
	}
	/* This hour is longer than all that is kept, and stays; the ones before go. */
	for (int i = 0; i < 40; i++) {
		put(15000);
		now.wall_ns += SECOND;
		tape_write_flush(&r.write);
		drain();
	}
	snprintf(path, sizeof path, "%s/2026-11-25T13.tape", place);
	CHECK(stat(path, &about) == 0);
	CHECK(about.st_size > 600000 * 9 / 10);
	read_place();
	CHECK(found.files == 1);
	CHECK(found.frames == 40);
	now.wall_ns += TAPE_HOUR_NS;
	put(100);
	put(100);
	end();
	read_place();
	/* The long one is past now, and too much. */
	CHECK_TEXT(found.names, "2026-11-25T14.tape ");
	CHECK(times_said("oldest tapes removed") > 0);
	CHECK(times_said("level=error") + times_said("level=warn") == 0);
	CHECK(r.lost_records == 0);
	empty_place();
}

static void
retention_is_kept_all_the_time(void)
{
	enum { RETAIN = 300000 };

	begin(RETAIN);
	r.write.options.segment_ns = TAPE_HOUR_NS;
	for (int i = 0; i < 200; i++) {
		struct shelf_trimmed all;

		put(5000 + (size_t)i * 50);
		now.wall_ns += TAPE_HOUR_NS / 8;
		recorder_tick(&r, now);
		drain();
		/* Beyond it by what is put between two looks, a block and a file's ends. */
		CHECK(shelf_trim(place, "", UINT64_MAX, &all) == ERR_NONE);
		CHECK(all.kept_bytes <= RETAIN + RETAIN / 32 + 2 * 20000);
	}
	end();
	read_place();
	CHECK(found.next == given);
	CHECK(found.frames == found.next - found.first); /* none missing between */
	CHECK(found.first > 0);
	CHECK(found.unclosed == 0);
	empty_place();
}

/* --- disks of our own: needs the right to mount --------------------------------------------- */

static void
a_real_disk_that_fills_and_turns_read_only(void)
{
	if (mount("tape", place, "tmpfs", 0, "size=64k") != 0) {
		printf("  (no mounting here: %s)\n", strerror(errno));
		return;
	}
	begin(0);
	r.write.options.segment_ns = TAPE_HOUR_NS;
	for (int i = 0; i < 40; i++) {
		put(5000);
		tape_write_flush(&r.write);
		drain();
	}
	CHECK(r.failed);
	CHECK(strstr(said, "No space left on device") != NULL);
	CHECK(times_said("recording stopped") == 1);
	go_on_after_the_pause();
	put(5000); /* full still */
	tape_write_flush(&r.write);
	drain();
	CHECK(times_said("recording stopped") == 2);
	read_place(); /* what is there is whole */
	CHECK(found.frames > 5);
	CHECK(mount(NULL, place, NULL, MS_REMOUNT, "size=1m") == 0);
	go_on_after_the_pause();
	put(5000);
	tape_write_flush(&r.write);
	drain();
	CHECK(!r.failed);
	end();
	everything_is_accounted_for();
	empty_place();
	CHECK(mount(NULL, place, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	begin(0);
	put(100);
	tape_write_flush(&r.write);
	drain();
	CHECK_TEXT(r.reason, "tape begin: Read-only file system");
	CHECK(mount(NULL, place, NULL, MS_REMOUNT, NULL) == 0);
	go_on_after_the_pause();
	put(100);
	end();
	CHECK(r.lost_records == 1 + PROLOGUE + 1);
	read_place();
	CHECK(umount(place) == 0);
	/* Old hours make room for a new one. */
	CHECK(mount("tape", place, "tmpfs", 0, "size=200k") == 0);
	begin(100000);
	r.write.options.segment_ns = TAPE_HOUR_NS;
	for (int i = 0; i < 100; i++) {
		put(10000);
		now.wall_ns += TAPE_HOUR_NS / 4;
		recorder_tick(&r, now);
		drain();
	}
	CHECK(!r.failed);
	CHECK(r.failure_count == 0);
	end();
	read_place();
	CHECK(found.next == given);
	CHECK(umount(place) == 0);
}

/* --- killed --------------------------------------------------------------------------------- */

static struct shared { _Atomic uint64_t safe, put; } *shared;

static void
record_until_killed(uint64_t seed)
{
	begin(0);
	given = atomic_load(&shared->put) + 1; /* one more was perhaps put before the kill */
	for (;;) {
		uint64_t old = given;

		for (int i = 0; i < 20; i++) {
			put(chance(&seed) % 2000);
			atomic_store(&shared->put, given);
			disk_reap(&disk, now, UINT32_MAX);
		}
		/* More than the second that may be lost. */
		now.wall_ns += RECORDER_FLUSH_NS + 1;
		recorder_tick(&r, now);
		drain();
		if (r.failed)
			_exit(3);
		CHECK(given > old);
		atomic_store(&shared->safe, given);
	}
}

/* Each run goes on in the hour of the one before, and repairs what that left. */
static void
a_crash_loses_no_more_than_a_second(void)
{
	static struct tape_repair repair;
	struct arena boot;
	uint32_t left_before = 0, closed_before = 0;
	int runs = 12;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memory_arena(&boot, 4 << 20);
	CHECK(tape_repair_init(&repair, rooms, &boot) == ERR_NONE);
	for (int run = 0; run < runs; run++) {
		uint64_t until = atomic_load(&shared->put) + (uint64_t)run * 97 % 400;
		uint64_t first = atomic_load(&shared->put);
		struct shelf_told told;
		int status;
		pid_t pid = fork();

		if (pid == 0)
			record_until_killed((uint64_t)run + 1);
		while (atomic_load(&shared->put) <= until && waitpid(pid, &status, WNOHANG) == 0)
			sched_yield();
		/* The one that writes holds its tape: another start leaves it alone. */
		if (run % 3 == 2) {
			while (atomic_load(&shared->safe) <= first)
				sched_yield();
			CHECK(shelf_repair(place, &repair, &told) == ERR_NONE);
			CHECK(told.left_count == left_before + 1);
			CHECK(told.repaired_count == 0);
			CHECK(told.closed_count == closed_before);
		}
		CHECK(kill(pid, SIGKILL) == 0);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFSIGNALED(status));
		CHECK(shelf_repair(place, &repair, &told) == ERR_NONE);
		CHECK(told.closed_count == closed_before);
		/* Left is what was killed before its first block. */
		CHECK(told.repaired_count + told.left_count - left_before <= 1); /* none: not begun yet */
		left_before = told.left_count;
		closed_before += told.repaired_count;
		read_place();
		CHECK(found.files == (int)(left_before + closed_before));
		CHECK(found.unclosed == (int)left_before);
		CHECK(atomic_load(&shared->safe) <= first || found.next >= atomic_load(&shared->safe));
		CHECK(found.next <= atomic_load(&shared->put) + 2);
		/* The next run counts on; what this one lost is its last second. */
		atomic_store(&shared->safe, 0);
	}
	CHECK(found.files > 2);
	CHECK(strstr(found.names, "2026-11-25T03_001.tape") != NULL);
	empty_place();
	memory_free(&boot);
	munmap(shared, sizeof *shared);
}

static void
what_cannot_begin_says_so(void)
{
	static char long_path[2000];
	struct recorder_options options = { .directory = long_path,
	                                    .write = memory_options((struct tape_sink){ 0 }),
	                                    .ring_bytes = RING };

	memset(long_path, 'x', sizeof long_path - 1);
	options.write.record_bytes_max = RECORD_MAX;
	memory_arena(&arena, 16 << 20);
	CHECK(recorder_init(&r, &options, &disk, &log_, &arena) == ERR_USAGE);
	memory_free(&arena);
	options.directory = place;
	for (size_t bytes = 4096; bytes < RING * 2; bytes *= 2) {
		memory_arena(&arena, bytes);
		CHECK(recorder_init(&r, &options, &disk, &log_, &arena) == ERR_FULL);
		memory_free(&arena);
	}
	/* A closed recorder that got nothing leaves nothing. */
	begin(0);
	end();
	read_place();
	CHECK(found.files == 0);
}

int
main(void)
{
	bool emulated = getenv("TEST_EMULATED") != NULL, goes_on = true;

	if (mkdtemp(directory) == NULL) {
		printf("no directory for temporary files: %s\n", strerror(errno));
		return 77;
	}
	snprintf(place, sizeof place, "%s/tape", directory);
	CHECK(mkdir(place, 0700) == 0);
	rooms = memory_rooms(1);
	signal(SIGXFSZ, SIG_IGN);
	room_is_nobody_elses_and_an_empty_ring_refuses_nothing();
	what_cannot_begin_says_so();
	a_file_an_hour_and_all_of_it_is_there();
	for (uint64_t seed = 1; seed <= (emulated ? 1 : 5); seed++)
		the_ring_wraps_at_every_place(seed);
	a_slow_disk_is_said_once_and_recovered_from(false);
	a_slow_disk_is_said_once_and_recovered_from(true);
	no_file_stays_open_when_its_end_finds_no_room();
	a_file_can_be_let_go_of_while_the_disk_hangs();
	a_file_without_a_block_does_not_stay();
	/* Hundreds of files: in memory where that goes, for each is synced. */
	if (mkdtemp(in_memory) != NULL)
		snprintf(place, sizeof place, "%s", in_memory);
	for (rlim_t limit = 0; goes_on && limit < 50000; limit += emulated ? 501 : 67)
		goes_on = a_full_disk_is_recovered_from(limit);
	CHECK(!goes_on);
	for (int n = 1; one_call_fails(n); n++)
		CHECK(n < 1000);
	rmdir(in_memory);
	snprintf(place, sizeof place, "%s/tape", directory);
	a_directory_that_is_removed_is_missed();
	the_oldest_go_and_never_what_is_written();
	retention_is_kept_all_the_time();
	a_real_disk_that_fills_and_turns_read_only();
	a_crash_loses_no_more_than_a_second();
	CHECK(rmdir(place) == 0);
	CHECK(rmdir(directory) == 0);
	return CHECK_END("tape recorder");
}
