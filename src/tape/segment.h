/* segment.h - the files of a recording: a plain sink that writes and waits.
 *
 * A recording is a directory of files named by the UTC hour of their first record:
 *     2026-11-25T03.tape
 *     2026-11-25T03_001.tape   the same hour after a restart
 *     2026-11-25T04.tape
 * so that the order of names is the order of times.  A file that is there is never
 * touched again.  Or all goes into one file (import), which replaces what was there.
 *
 * Write errors and short writes: what of a block did get into the file is cut off
 * again, so it ends with a whole block.  The disk thread or a command calls this;
 * the loop never does.
 */
#ifndef TAPE_SEGMENT_H
#define TAPE_SEGMENT_H
#include "base/limits.h"
#include "sys/file.h"
#include "tape/write.h"

struct tape_segment {
	char path[LIMIT_path_bytes_max]; /* of the file being written or written last */
	size_t directory_bytes;          /* of path; 0: path is the file */
	struct file file;
	uint64_t whole_bytes; /* of the file, up to its last whole block */
	int error_number;     /* errno of what failed first; 0: nothing did */
};

/* The directory is there.  ERR_USAGE when the path is empty or too long. */
enum err tape_segment_init(struct tape_segment *s, const char *directory);
enum err tape_segment_init_file(struct tape_segment *s, const char *path);

/* The sink for tape_write_init; `s` is kept. */
struct tape_sink tape_segment_sink(struct tape_segment *s);
#endif
