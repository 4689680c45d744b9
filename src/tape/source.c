/* source.c - memory, files and pipes for a reader; see the header. */
#include "tape/source.h"
#include "sys/file.h"
#include "tape/block.h"
#include <string.h>

enum {
	/* Back by one block, and forward by a good piece. */
	STREAM_KEEP_BYTES = TAPE_HEADER_BYTES + TAPE_BLOCK_RAW_BYTES_MAX,
	STREAM_BYTES = STREAM_KEEP_BYTES * 2,
};

static int64_t
memory_read_at(void *context, uint64_t offset, void *to, size_t count)
{
	const struct slice *tape = context;

	if (offset >= tape->count)
		return 0;
	if (count > tape->count - (size_t)offset)
		count = tape->count - (size_t)offset;
	memcpy(to, tape->at + offset, count);
	return (int64_t)count;
}

struct tape_source
tape_source_memory(const struct slice *tape)
{
	/* Only read through: the cast takes nothing from the caller. */
	return (struct tape_source){ (void *)(uintptr_t)tape, memory_read_at, tape->count };
}

static int64_t
file_read_at(void *context, uint64_t offset, void *to, size_t count)
{
	/* A tape may lie about places; files end before this one. */
	if (offset > INT64_MAX - (uint64_t)count)
		return 0;
	return file_pread(context, (int64_t)offset, to, count);
}

struct tape_source
tape_source_file(struct file *file)
{
	int64_t bytes = file_size(file);

	return (struct tape_source){ file, file_read_at, bytes > 0 ? (uint64_t)bytes : 0 };
}

enum err
tape_stream_init(struct tape_stream *s, struct file *file, struct arena *boot)
{
	*s = (struct tape_stream){ .file = file, .window_bytes = STREAM_BYTES };
	s->window = arena_take(boot, "tape", STREAM_BYTES, 1);
	return s->window != NULL ? ERR_NONE : ERR_FULL;
}

/* Reads on until the window holds what lies before `end`, or the stream ends. */
static bool
stream_fill(struct tape_stream *s, uint64_t end)
{
	while (!s->at_end && s->begin + s->count < end) {
		int64_t got;

		if (s->count == s->window_bytes) {
			size_t gone = s->window_bytes - STREAM_KEEP_BYTES;

			memmove(s->window, s->window + gone, STREAM_KEEP_BYTES);
			s->begin += gone;
			s->count = STREAM_KEEP_BYTES;
		}
		got = file_read_some(s->file, s->window + s->count, s->window_bytes - s->count);
		if (got < 0)
			return false;
		if (got == 0)
			s->at_end = true;
		s->count += (size_t)got;
	}
	return true;
}

static int64_t
stream_read_at(void *context, uint64_t offset, void *to, size_t count)
{
	struct tape_stream *s = context;

	/* Too far back is not asked for; if it were, the bytes are gone. */
	if (!stream_fill(s, offset + count) || offset < s->begin)
		return -(int64_t)ERR_IO;
	if (offset >= s->begin + s->count)
		return 0;
	if (count > s->begin + s->count - offset)
		count = (size_t)(s->begin + s->count - offset);
	memcpy(to, s->window + (offset - s->begin), count);
	return (int64_t)count;
}

struct tape_source
tape_source_stream(struct tape_stream *s)
{
	return (struct tape_source){ s, stream_read_at, UINT64_MAX };
}
