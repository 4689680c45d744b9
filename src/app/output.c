/* output.c - see the header. */
#include "app/output.h"
#include "base/check.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

void
output_init(struct output *o)
{
	o->text = text_init(o->buffer, sizeof o->buffer);
	o->error_number = 0;
}

void
output_flush(struct output *o)
{
	size_t done = 0;

	ASSERT(!o->text.cut);
	while (done < o->text.count && o->error_number == 0) {
		ssize_t put = write(STDOUT_FILENO, o->text.at + done, o->text.count - done);

		if (put >= 0)
			done += (size_t)put;
		else if (errno != EINTR)
			o->error_number = errno;
	}
	o->text.count = 0;
}

void
output_line(struct output *o)
{
	if (o->text.size - o->text.count < OUTPUT_LINE_BYTES)
		output_flush(o);
}

enum err
output_close(struct output *o)
{
	output_flush(o);
	if (o->error_number == 0 || o->error_number == EPIPE)
		return ERR_NONE;
	fprintf(stderr, "tidewatch: standard output: %s\n", strerror(o->error_number));
	return ERR_IO;
}
