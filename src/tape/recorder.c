/* recorder.c - blocks over to the disk thread, and what came of them back.
 *
 * Jobs are done and reaped in the order they were put (disk.h), so both rings, of jobs
 * and of bytes, are queues: a job's bytes are free when it is reaped.
 */
#include "tape/recorder.h"
#include "base/check.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { JOB_BEGIN, JOB_PUT, JOB_END, JOB_TRIM };
enum {
	/* Left free by all but an end, so that a file that was begun can be let go of. */
	JOBS_SPARE = 2,
	TRIMS_EACH = 32, /* looks at the oldest while as many bytes are put as are kept */
};

static const char *const job_name[] = { "tape begin", "tape write", "tape end", "tape trim" };

/* --- on the disk thread --------------------------------------------------------------- */

static enum err
begin_file(struct recorder *r, int64_t first_ns)
{
	enum err err;

	/* Its end had found no room in the ring of jobs. */
	if (r->segment.file.fd >= 0)
		(void)r->file.end(r->file.context, true);
	tape_segment_init(&r->segment, r->directory);
	err = r->file.begin(r->file.context, first_ns);
	if (err == ERR_NONE)
		shelf_claim(r->segment.file.fd);
	return err;
}

/* Writing to a file that was removed succeeds for ever, and nobody will read it. */
static enum err
put_block(struct recorder *r, struct slice block)
{
	enum err err = r->file.put(r->file.context, block);
	struct stat about;

	if (err != ERR_NONE || fstat(r->segment.file.fd, &about) != 0 || about.st_nlink > 0)
		return err;
	r->segment.error_number = ENOENT;
	return ERR_NOT_FOUND;
}

static enum err
work_of(struct recorder *r, struct recorder_job *j)
{
	enum err err;

	switch (j->what) {
	case JOB_BEGIN:
		err = begin_file(r, j->first_ns);
		r->file_failed = err != ERR_NONE;
		return err;
	case JOB_PUT:
		if (r->file_failed)
			return ERR_IO;
		err = put_block(r, slice_of(r->ring + j->at, j->bytes));
		r->file_failed = err != ERR_NONE;
		return err;
	case JOB_END:
		if (r->segment.file.fd < 0)
			return ERR_NONE;
		return r->file.end(r->file.context, r->file_failed || j->gave_up);
	default:
		return shelf_trim(r->directory, r->segment.path, j->retain_bytes, &j->trimmed);
	}
}

static int64_t
work(void *context)
{
	struct recorder_job *j = context;
	struct recorder *r = j->recorder;

	errno = 0;
	j->err = work_of(r, j);
	j->error_number = j->what == JOB_TRIM ? errno : r->segment.error_number;
	return 0;
}

/* --- on the loop ------------------------------------------------------------------------ */

static void
fail(struct recorder *r, int64_t wall_ns, const char *what, const char *why)
{
	if (r->failed)
		return;
	r->failed = true;
	r->failure_count++;
	r->again_ns = wall_ns + RECORDER_PAUSE_NS;
	snprintf(r->reason, sizeof r->reason, "%s: %s", what, why);
	log_begin(r->log, wall_ns, LOG_ERROR, "recording stopped");
	log_text(r->log, "reason", slice_str(r->reason));
	log_text(r->log, "directory", slice_str(r->directory));
	log_int(r->log, "again_in_s", RECORDER_PAUSE_NS / 1000000000);
	log_end(r->log);
}

static void
done(void *context, int64_t result, struct now now)
{
	struct recorder_job *j = context;
	struct recorder *r = j->recorder;

	(void)result;
	r->job_done++;
	if (r->job_done == r->job_put)
		r->put_at = 0; /* the same pages again */
	if (j->what == JOB_TRIM) {
		if (j->err == ERR_NONE && j->trimmed.removed_count == 0)
			return;
		log_begin(r->log, now.wall_ns, j->err == ERR_NONE ? LOG_INFO : LOG_WARN,
		          j->err == ERR_NONE ? "oldest tapes removed" : "tapes cannot be removed");
		log_int(r->log, "tapes", j->trimmed.removed_count);
		log_int(r->log, "bytes", (int64_t)j->trimmed.removed_bytes);
		log_int(r->log, "kept_bytes", (int64_t)j->trimmed.kept_bytes);
		if (j->err != ERR_NONE)
			log_text(r->log, "reason", slice_str(strerror(j->error_number)));
		log_end(r->log);
		return;
	}
	if (j->err == ERR_NONE)
		return;
	r->lost_bytes += j->bytes;
	r->lost_records += j->record_count;
	fail(r, now.wall_ns, job_name[j->what],
	     j->error_number != 0 ? strerror(j->error_number) : err_text(j->err));
}

/* Room for so many bytes in one piece; false: the disk is too slow. */
static bool
ring_take(struct recorder *r, size_t bytes, size_t *at_out)
{
	/* The oldest bytes under way; jobs without bytes say nothing. */
	size_t oldest = SIZE_MAX;

	for (uint32_t i = r->job_done; i != r->job_put && oldest == SIZE_MAX; i++)
		if (r->job[i % RECORDER_JOBS_MAX].bytes > 0)
			oldest = r->job[i % RECORDER_JOBS_MAX].at;
	if (oldest == SIZE_MAX) {
		if (bytes > r->ring_bytes)
			return false;
		*at_out = 0;
	} else if (r->put_at > oldest) {
		/* In use: oldest to put_at, else what wraps.  Full is not taken for empty,
		 * for empty is what has no oldest. */
		if (r->ring_bytes - r->put_at >= bytes)
			*at_out = r->put_at;
		else if (bytes <= oldest)
			*at_out = 0;
		else
			return false;
	} else {
		if (oldest - r->put_at < bytes)
			return false;
		*at_out = r->put_at;
	}
	r->put_at = *at_out + bytes;
	return true;
}

/* `ask` says what, and of what; ERR_FULL: the disk is too slow. */
static enum err
put_job(struct recorder *r, struct recorder_job ask, struct slice bytes)
{
	struct recorder_job *j = &r->job[r->job_put % RECORDER_JOBS_MAX];
	uint32_t spare = ask.what == JOB_END ? 0 : JOBS_SPARE;

	if (r->job_put - r->job_done + spare >= RECORDER_JOBS_MAX ||
	    disk_room(r->disk) <= spare)
		return ERR_FULL;
	if (bytes.count > 0 && !ring_take(r, bytes.count, &ask.at))
		return ERR_FULL;
	ask.recorder = r;
	ask.bytes = bytes.count;
	*j = ask;
	if (bytes.count > 0)
		memcpy(r->ring + j->at, bytes.at, bytes.count);
	r->job_put++;
	/* There was room: nobody else puts on this thread meanwhile. */
	if (!disk_put(r->disk, job_name[j->what], work, done, j)) {
		r->job_put--;
		return ERR_FULL;
	}
	return ERR_NONE;
}

static enum err
put_plain(struct recorder *r, struct recorder_job ask)
{
	return put_job(r, ask, (struct slice){ 0 });
}

/* Left out when there is no room: it comes again. */
static void
put_trim(struct recorder *r)
{
	if (r->retain_bytes > 0 &&
	    put_plain(r, (struct recorder_job){ .what = JOB_TRIM,
	                                        .retain_bytes = r->retain_bytes }) == ERR_NONE)
		r->untrimmed_bytes = 0;
}

static enum err
on_begin(void *context, int64_t first_ns)
{
	struct recorder *r = context;
	enum err err = put_plain(r, (struct recorder_job){ .what = JOB_BEGIN,
	                                                   .first_ns = first_ns });

	if (err == ERR_NONE)
		put_trim(r);
	return err;
}

static enum err
on_put(void *context, struct slice bytes)
{
	struct recorder *r = context;
	struct recorder_job ask = { .what = JOB_PUT };
	struct tape_block block;
	enum err err;

	if (r->failed)
		return ERR_IO;
	/* A trailer is shorter than a header, an index says 0. */
	if (bytes.count >= TAPE_HEADER_BYTES && tape_block_get(bytes.at, &block))
		ask.record_count = block.record_count;
	err = put_job(r, ask, bytes);
	r->untrimmed_bytes += bytes.count;
	if (err == ERR_NONE && r->untrimmed_bytes > r->retain_bytes / TRIMS_EACH)
		put_trim(r);
	return err;
}

static enum err
on_end(void *context, bool gave_up)
{
	/* What reached the file the disk thread knows. */
	return put_plain(context, (struct recorder_job){ .what = JOB_END, .gave_up = gave_up });
}

enum err
recorder_init(struct recorder *r, const struct recorder_options *options,
              struct disk *disk, struct log *log, struct arena *boot)
{
	struct tape_write_options write = options->write;
	enum err err;

	ASSERT(options->ring_bytes >= RECORDER_RING_BYTES_MIN);
	ASSERT(options->ring_bytes / 2 >= write.record_bytes_max);
	ASSERT(write.record_bytes_max > 0 || options->ring_bytes / 2 >= LIMIT_tape_record_bytes_max);
	*r = (struct recorder){ .disk = disk, .log = log,
	                        .retain_bytes = options->retain_bytes };
	r->ring = arena_take(boot, "tape", options->ring_bytes, 1);
	r->ring_bytes = options->ring_bytes;
	if (r->ring == NULL)
		return ERR_FULL;
	err = tape_segment_init(&r->segment, options->directory);
	if (err != ERR_NONE)
		return err;
	snprintf(r->directory, sizeof r->directory, "%s", options->directory);
	r->file = tape_segment_sink(&r->segment);
	write.sink = (struct tape_sink){ r, on_begin, on_put, on_end };
	if (write.segment_ns == 0)
		write.segment_ns = TAPE_HOUR_NS;
	return tape_write_init(&r->write, &write, boot);
}

/* The writer's side; the disk's own failures come through done, with their reason. */
static void
fail_slow(struct recorder *r, int64_t wall_ns)
{
	fail(r, wall_ns, "recording", "the disk is slower than what comes");
}

void
recorder_put(struct recorder *r, const struct tape_record *record)
{
	if (tape_write_put(&r->write, record) != ERR_NONE && r->write.err != ERR_NONE)
		fail_slow(r, record->recv_ns);
}

void
recorder_tick(struct recorder *r, struct now now)
{
	if (!r->failed) {
		tape_write_flush_older(&r->write, now.wall_ns - RECORDER_FLUSH_NS);
		if (r->write.err != ERR_NONE)
			fail_slow(r, now.wall_ns);
		return;
	}
	if (now.wall_ns < r->again_ns || r->job_put != r->job_done)
		return;
	if (r->write.is_open) {
		/* Lets go of the old file; when that is done the next tick goes on. */
		tape_write_close(&r->write);
		return;
	}
	tape_write_again(&r->write);
	r->failed = false;
	log_begin(r->log, now.wall_ns, LOG_INFO, "recording again");
	log_int(r->log, "dropped_records", (int64_t)r->write.count.dropped);
	log_int(r->log, "lost_records", (int64_t)r->lost_records);
	log_end(r->log);
}

void
recorder_close(struct recorder *r)
{
	if (tape_write_close(&r->write) != ERR_NONE)
		fail_slow(r, r->write.last_ns);
}
