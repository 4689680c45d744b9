/* input.h - reads a file or standard input, line by line or in parts.
 *
 * Memory is one buffer of the caller.  A line that does not fit into it with its
 * newline is skipped and counted; the last line needs no newline.  Slices are valid
 * until the next call.
 */
#ifndef APP_INPUT_H
#define APP_INPUT_H
#include "base/err.h"
#include "base/slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
	int fd;
	const char *name; /* kept; for messages */
	char *buffer;
	size_t size, begin, end;
	bool at_end;
	bool skipping;    /* inside a line that is too long */
	int error_number; /* errno of a failed read; 0: none */
	uint64_t line_count;
	uint64_t too_long_count;
	/* Called before a read that may wait: show what was found so far. */
	void (*before_wait)(void *context);
	void *context;
};

/* "-" and NULL are standard input.  On failure says why on stderr and returns
 * ERR_IO or ERR_NOT_FOUND. */
enum err input_open(struct input *in, const char *path, char *buffer, size_t size);

/* The next line without its newline (and without a CR before it).  False at the
 * end, and after a read error. */
bool input_line(struct input *in, struct slice *line);

/* The next bytes as they come; false at the end. */
bool input_part(struct input *in, struct slice *part);

/* Closes; ERR_IO if a read had failed (told on stderr). */
enum err input_close(struct input *in);

/* "1723161255088176367 TAB message": splits off the receipt time.  A line without
 * it is all message, recv_ns 0. */
struct slice input_receipt(struct slice line, int64_t *recv_ns);
#endif
