/* output.h - NDJSON lines to standard output, through one buffer.
 *
 * A write that fails (a closed pipe, a full disk) is remembered; what follows is
 * dropped, and output_close says so.
 */
#ifndef APP_OUTPUT_H
#define APP_OUTPUT_H
#include "base/err.h"
#include "base/text.h"

enum { OUTPUT_BYTES = 256 * 1024, OUTPUT_LINE_BYTES = 16 * 1024 };

struct output {
	struct text text; /* write lines here, then call output_line */
	int error_number; /* errno of the first write that failed; 0: none */
	char buffer[OUTPUT_BYTES];
};

void output_init(struct output *o);

/* A line (at most OUTPUT_LINE_BYTES) is complete: writes when little room is left. */
void output_line(struct output *o);

void output_flush(struct output *o);

/* Flushes.  A closed pipe is no error: the reader had enough. */
enum err output_close(struct output *o);
#endif
