/* segment.c - names, creates, writes and ends the files of a recording. */
#include "tape/segment.h"
#include "base/check.h"
#include "base/text.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	NAME_BYTES = 32,
	RESTARTS_MAX = 999, /* three digits keep names in order; every 4 s for an hour */
	FILE_MODE = 0640,   /* no secrets in it, and still nobody else's business */
};

static enum err
init(struct tape_segment *s, const char *path, bool is_directory)
{
	size_t bytes = strlen(path);

	*s = (struct tape_segment){ .file = { .fd = -1 } };
	if (bytes == 0 || bytes + NAME_BYTES > sizeof s->path) {
		s->error_number = bytes == 0 ? ENOENT : ENAMETOOLONG;
		return ERR_USAGE;
	}
	memcpy(s->path, path, bytes + 1);
	s->directory_bytes = is_directory ? bytes : 0;
	return ERR_NONE;
}

enum err
tape_segment_init(struct tape_segment *s, const char *directory)
{
	return init(s, directory, true);
}

enum err
tape_segment_init_file(struct tape_segment *s, const char *path)
{
	return init(s, path, false);
}

static enum err
failed(struct tape_segment *s, int error_number)
{
	if (s->error_number == 0)
		s->error_number = error_number;
	return file_err(error_number);
}

/* Writes the name for the hour of first_ns behind the directory. */
static void
name_file(struct tape_segment *s, int64_t first_ns, int restart)
{
	struct text name = text_init(s->path + s->directory_bytes,
	                             sizeof s->path - s->directory_bytes);
	char time[32];
	struct text utc = text_init(time, sizeof time);

	text_time(&utc, first_ns, 0);
	text_char(&name, '/');
	/* 2026-11-25T03:59:59Z up to the hour.  Years after 9999 cannot be: 2^63 ns
	 * end in 2262. */
	text_put(&name, slice_of(time, 13));
	if (restart > 0)
		text_format(&name, "_%03d", restart);
	text_str(&name, ".tape");
	text_char(&name, '\0');
	ASSERT(!name.cut);
}

static enum err
create(struct tape_segment *s, int64_t first_ns)
{
	char directory[LIMIT_path_bytes_max];

	for (int restart = 0; restart <= RESTARTS_MAX; restart++) {
		name_file(s, first_ns, restart);
		if (file_create(&s->file, s->path, FILE_MODE) == ERR_NONE)
			break;
		if (s->file.error_number != EEXIST)
			break;
	}
	if (s->file.error_number != 0)
		return failed(s, s->file.error_number);
	/* Without this a pulled plug could leave no name for the blocks. */
	slice_copy(slice_of(s->path, s->directory_bytes), directory, sizeof directory);
	file_sync_dir(directory);
	return ERR_NONE;
}

static enum err
on_begin(void *context, int64_t first_ns)
{
	struct tape_segment *s = context;

	ASSERT(s->file.fd < 0);
	s->whole_bytes = 0;
	if (s->directory_bytes > 0)
		return create(s, first_ns);
	file_open_append(&s->file, s->path, FILE_MODE);
	/* A pipe or a device has no size, and nothing to cut. */
	if (s->file.error_number == 0 && file_size(&s->file) > 0)
		file_truncate(&s->file, 0);
	if (s->file.error_number == 0)
		return ERR_NONE;
	failed(s, s->file.error_number);
	file_close(&s->file);
	return file_err(s->error_number);
}

static enum err
on_put(void *context, struct slice bytes)
{
	struct tape_segment *s = context;
	struct file whole = { .fd = s->file.fd };

	if (file_write(&s->file, bytes) == ERR_NONE) {
		s->whole_bytes += bytes.count;
		return ERR_NONE;
	}
	/* The file itself refuses everything from now on.  Where this cut fails too
	 * (a pipe) the half block is a torn tail. */
	file_truncate(&whole, (int64_t)s->whole_bytes);
	return failed(s, s->file.error_number);
}

static enum err
on_end(void *context, bool gave_up)
{
	struct tape_segment *s = context;
	/* Asked of another struct: what cannot be synced (a pipe) is no failure, and
	 * one that failed before is synced up to its last whole block. */
	struct file whole = { .fd = s->file.fd };
	enum err err = ERR_NONE;

	if (file_sync(&whole) != ERR_NONE && whole.error_number != EINVAL)
		err = failed(s, whole.error_number);
	if (file_close(&s->file) != ERR_NONE && err == ERR_NONE)
		err = failed(s, s->file.error_number);
	/* A file without one whole block says nothing. */
	if (gave_up && s->whole_bytes == 0 && s->directory_bytes > 0)
		unlink(s->path);
	return err;
}

struct tape_sink
tape_segment_sink(struct tape_segment *s)
{
	return (struct tape_sink){ s, on_begin, on_put, on_end };
}
