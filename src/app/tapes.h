/* tapes.h - the tapes named on a command line, opened and merged.
 *
 * "-" is standard input (once).  A directory stands for the tapes in it, in the
 * order of their names, which is the order of their times.
 */
#ifndef APP_TAPES_H
#define APP_TAPES_H
#include "sys/file.h"
#include "tape/command.h"
#include "tape/merge.h"

struct tapes {
	struct arena arena;
	struct file *file;
	struct tape_read *read;
	const char **name;
	uint32_t count;
	struct tape_rooms rooms;
	struct tape_stream stream;
	struct tape_merge merge;
	struct tape_print out, log; /* standard output and error */
};

/* Says on stderr what is wrong, with the file.  extra_bytes: of the arena, for
 * the caller. */
enum err tapes_open(struct tapes *t, const char *const *path, int path_count,
                    size_t extra_bytes);

/* Closes the files; ERR_IO when standard output failed (a closed pipe did not). */
enum err tapes_close(struct tapes *t);
#endif
