/* input.c - lines and parts of a file; see the header. */
#include "app/input.h"
#include "base/num.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum err
input_open(struct input *in, const char *path, char *buffer, size_t size)
{
	bool is_stdin = path == NULL || strcmp(path, "-") == 0;

	*in = (struct input){ .name = is_stdin ? "standard input" : path,
	                      .buffer = buffer, .size = size };
	in->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd >= 0)
		return ERR_NONE;
	fprintf(stderr, "tidewatch: %s: cannot open: %s\n", in->name, strerror(errno));
	return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
}

/* Moves what is left to the front and reads more behind it. */
static void
fill(struct input *in)
{
	ssize_t got;

	if (in->begin > 0) {
		memmove(in->buffer, in->buffer + in->begin, in->end - in->begin);
		in->end -= in->begin;
		in->begin = 0;
	}
	if (in->before_wait != NULL)
		in->before_wait(in->context);
	do {
		got = read(in->fd, in->buffer + in->end, in->size - in->end);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		in->error_number = errno;
		fprintf(stderr, "tidewatch: %s: cannot read: %s\n", in->name,
		        strerror(errno));
	}
	if (got <= 0)
		in->at_end = true;
	else
		in->end += (size_t)got;
}

bool
input_line(struct input *in, struct slice *line)
{
	size_t searched = 0;

	for (;;) {
		char *begin = in->buffer + in->begin;
		char *newline = NULL;

		if (in->end - in->begin > searched)
			newline = memchr(begin + searched, '\n',
			                 in->end - in->begin - searched);
		searched = in->end - in->begin;
		if (newline == NULL && in->at_end && searched > 0)
			newline = begin + searched; /* the last line, without one */
		if (newline != NULL) {
			*line = slice_of(begin, (size_t)(newline - begin));
			in->begin += line->count + (in->begin + line->count < in->end);
			in->line_count++;
			searched = 0;
			if (in->skipping) {
				in->skipping = false;
				continue;
			}
			if (line->count > 0 && line->at[line->count - 1] == '\r')
				line->count--;
			return true;
		}
		if (in->at_end)
			return false;
		if (searched == in->size) {
			in->too_long_count += !in->skipping;
			in->skipping = true;
			in->begin = in->end = 0;
			searched = 0;
		}
		fill(in);
	}
}

bool
input_part(struct input *in, struct slice *part)
{
	in->begin = in->end = 0;
	if (!in->at_end)
		fill(in);
	*part = slice_of(in->buffer, in->end);
	in->begin = in->end;
	return part->count > 0;
}

enum err
input_close(struct input *in)
{
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	return in->error_number != 0 ? ERR_IO : ERR_NONE;
}

struct slice
input_receipt(struct slice line, int64_t *recv_ns)
{
	struct slice message = line;
	struct slice time;

	*recv_ns = 0;
	if (line.count == 0 || line.at[0] < '0' || line.at[0] > '9')
		return line;
	time = slice_cut(&message, '\t');
	if (time.count == line.count || !num_int64(time, recv_ns) || *recv_ns <= 0) {
		*recv_ns = 0;
		return line;
	}
	return message;
}
