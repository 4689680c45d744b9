/* recorder.h - records to the files of a directory, through the disk thread.
 *
 *   loop:         recorder_put ─> tape_write ─> ring of blocks ┐
 *   disk thread:                     segment (write, sync) <───┘   shelf (the oldest go)
 *
 * A block is copied into the ring and written later; the loop never waits.  When the
 * disk is full, or slower than the ring is long, or the file was removed under us,
 * recording fails: it is said once with the reason, what comes is dropped and counted,
 * and after RECORDER_PAUSE_NS a new file is begun.  A crash loses what is younger than
 * RECORDER_FLUSH_NS and one tick, and the ring; a pulled plug also what the kernel had
 * not written yet: a file is synced when it ends.
 *
 * Every record is accounted for: those given and those the writer adds to each file
 * (head, prologue) are on the tapes, or in write.count.refused, write.count.dropped or
 * lost_records (of blocks that the disk refused).
 *
 * The oldest files go when one is begun and while it grows, each 1/32 of retain_bytes;
 * never one of the running hour.
 */
#ifndef TAPE_RECORDER_H
#define TAPE_RECORDER_H
#include "base/log.h"
#include "sys/disk.h"
#include "tape/segment.h"
#include "tape/shelf.h"
#include "tape/write.h"

#define RECORDER_FLUSH_NS ((int64_t)1000000000)
#define RECORDER_PAUSE_NS ((int64_t)60000000000)
enum { RECORDER_JOBS_MAX = 64, RECORDER_RING_BYTES_MIN = 256 * 1024 };

struct recorder_options {
	const char *directory;
	uint64_t retain_bytes;    /* 0: all */
	struct tape_write_options write; /* without its sink; segment_ns 0: by the hour */
	size_t ring_bytes;        /* at least twice write.record_bytes_max, and 256 KB */
};

struct recorder {
	struct tape_write write;
	struct disk *disk;
	struct log *log;
	uint64_t retain_bytes;    /* may be set at any time; 0: all */
	bool failed;
	char reason[160];         /* of the last failure; "" never */
	int64_t again_ns;         /* failed: when it is tried again; wall clock */
	uint64_t failure_count;
	uint64_t lost_bytes;      /* of blocks that were in the ring when it failed */
	uint64_t lost_records;    /* in them */
	uint64_t untrimmed_bytes; /* put since the oldest tapes were last looked at */
	char *ring;
	size_t ring_bytes, put_at;
	struct recorder_job {
		struct recorder *recorder;
		uint8_t what;
		bool gave_up;         /* of an end: the loop's side had failed */
		uint32_t record_count;
		size_t at, bytes;     /* in the ring */
		int64_t first_ns;
		uint64_t retain_bytes; /* of a trim: as it was when that was put */
		enum err err;         /* filled by the disk thread, as the next two */
		int error_number;
		struct shelf_trimmed trimmed;
	} job[RECORDER_JOBS_MAX];
	uint32_t job_put, job_done; /* counts, ever; the difference is under way */
	/* The disk thread's alone. */
	struct tape_segment segment;
	struct tape_sink file;
	char directory[LIMIT_path_bytes_max];
	bool file_failed;         /* blocks are dropped until the file ends */
};

/* Memory from the arena.  The directory is there; what lies torn in it was repaired
 * before.  The disk takes four jobs at least.  ERR_USAGE: the path is too long. */
enum err recorder_init(struct recorder *r, const struct recorder_options *options,
                       struct disk *disk, struct log *log, struct arena *boot);

void recorder_put(struct recorder *r, const struct tape_record *record);

/* About once a second: bounds what a crash loses, says what failed, tries it again. */
void recorder_tick(struct recorder *r, struct now now);

/* The last block and the index on their way to the disk; disk_stop waits for them. */
void recorder_close(struct recorder *r);
#endif
