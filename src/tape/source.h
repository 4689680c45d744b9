/* source.h - where a reader's bytes come from: memory, a file, a pipe.
 *
 * A reader asks for bytes at an offset.  It goes forward, and back by no more than
 * one block (to look for a header inside of damage), and, where it may jump, to the
 * index and to the place it names.
 */
#ifndef TAPE_SOURCE_H
#define TAPE_SOURCE_H
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

struct file;

struct tape_source {
	void *context;
	/* Copies up to `count` bytes at `offset`; fewer only at the end.  Negative:
	 * -ERR_IO, the bytes cannot be read. */
	int64_t (*read_at)(void *context, uint64_t offset, void *to, size_t count);
	uint64_t bytes; /* of the whole; UINT64_MAX: unknown, and it cannot jump */
};

/* The whole tape in memory (mapped, or a test's).  `tape` is kept. */
struct tape_source tape_source_memory(const struct slice *tape);

/* A file.  Its size is asked now, for its index; a tape that is still written to is
 * read as far as it got.  `file` is kept, the caller closes it. */
struct tape_source tape_source_file(struct file *file);

/* What can only be read forward: a pipe, a terminal, an upload.  Holds the last
 * part of the stream, enough for a reader. */
struct tape_stream {
	struct file *file;
	char *window;
	size_t window_bytes;
	uint64_t begin; /* offset of window[0] in the stream */
	size_t count;   /* bytes held */
	bool at_end;
};

/* `file` is kept.  ERR_FULL when the arena has no room. */
enum err tape_stream_init(struct tape_stream *s, struct file *file, struct arena *boot);
struct tape_source tape_source_stream(struct tape_stream *s);
#endif
